//! A bounded single-producer single-consumer lane between two cores.
//!
//! Two lanes with the same verbs: [`local`], a `VecDeque` for cores that share a thread (and for the
//! simulator), and [`ring`], a lock-free ring with an eventfd doorbell that is rung only when the
//! consumer has said that it sleeps. What to do when a lane is full is the wiring's policy, not the lane's.

mod local;
mod ring;

pub use local::{Local, local};
pub use ring::{Receiver, Sender, ring};
