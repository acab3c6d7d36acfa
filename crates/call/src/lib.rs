//! Call control: the back-to-back user agent as a core without I/O, split by phase.
//!
//! The [`Switchboard`] owns every running call and is the hub between signalling, media and routing.
//! A call owns its legs and is in exactly one phase; a phase takes a signal and gives back the next
//! phase, by value. What a phase asks of the world goes through the `Desk`.

mod admission;
mod call;
pub mod cdr;
mod desk;
mod face;
mod handle;
mod leg;
mod phase;
mod ringing;
mod room;
mod setup;
mod sheet;
mod succession;
mod switchboard;
mod timers;
mod usage;

pub use face::*;
pub use setup::acd_setup;
pub use sheet::{At, CallSheet, PartyLine};
pub use switchboard::{Settings, Switchboard};
