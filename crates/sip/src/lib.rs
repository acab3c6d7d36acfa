//! The signalling core: bytes to dialogs and back (RFC 3261 and its family), without I/O.
//!
//! It opens no socket, reads no clock and never looks inside a body. Drive an `Endpoint` with
//! `handle_input(now, Input)`, then drain `poll_output()` and ask `poll_timeout()` when to call
//! `handle_timeout(now)`.

pub mod digest;
mod face;
pub mod message;

pub use face::*;
