//! The endpoint at the level of messages, against itself and against bytes.

mod calls;
mod pair;
