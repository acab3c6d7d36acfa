//! The endpoint at the level of messages, against itself and against bytes.

mod calls;
mod cancels;
mod chaos;
mod devices;
mod farewells;
mod faults;
mod forks;
mod guesses;
mod hostile;
mod limits;
mod office;
mod pair;
mod privacy;
mod probes;
mod recalls;
mod registering;
mod reinvites;
mod reliable;
mod sessions;
mod stage;
mod strangers;
mod streams;
mod trunk_registrations;
mod unanswered;
mod updates;
