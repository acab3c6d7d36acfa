//! The endpoint at the level of messages, against itself and against bytes.

mod calls;
mod cancels;
mod faults;
mod forks;
mod limits;
mod pair;
mod registering;
mod reinvites;
mod strangers;
mod streams;
