//! The signalling core: bytes to dialogs and back (RFC 3261 and its family), without I/O.
//!
//! It opens no socket, reads no clock and never looks inside a body. Drive an `Endpoint` with
//! `handle_input(now, Input)`, then drain `poll_output()` and ask `poll_timeout()` when to call
//! `handle_timeout(now)`.

mod brake;
mod dialog;
pub mod digest;
mod endpoint;
mod face;
mod fingerprint;
mod kept;
pub mod message;
mod noted;
mod notifier;
mod origin;
mod ours;
mod reach;
mod recent;
mod registrar;
mod table;
mod transaction;

pub use brake::{Ban, Guesses};
pub use endpoint::{Endpoint, Registered, Snapshot};
pub use face::*;
pub use origin::Origin;
