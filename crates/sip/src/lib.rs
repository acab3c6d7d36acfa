//! The signalling core: bytes to dialogs and back (RFC 3261 and its family), without I/O.
//!
//! It opens no socket, reads no clock and never looks inside a body. Drive an `Endpoint` with
//! `handle_input(now, Input)`, then drain `poll_output()` and ask `poll_timeout()` when to call
//! `handle_timeout(now)`.

mod dialog;
pub mod digest;
mod endpoint;
mod face;
mod fingerprint;
mod kept;
pub mod message;
mod registrar;
mod table;
mod transaction;

pub use endpoint::{Endpoint, Snapshot};
pub use face::*;
