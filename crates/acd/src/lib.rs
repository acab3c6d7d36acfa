//! The routing core: contacts, agents, queues and offers, without I/O.
//!
//! A single writer of agent and queue state, and a pure function of its inputs: the journal of inputs
//! replays to the same decisions.

mod face;

pub use face::*;
