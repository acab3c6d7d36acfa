//! Call control: the back-to-back user agent as a core without I/O.
//!
//! The [`Switchboard`] owns every running call and is the hub between signalling, media and routing. A call is its tables:
//! parties (each with a leg, a stance towards the others, and the flow that it walks), ringings, and legs that were let go
//! of. A signal changes them; all that follows from them, who hears whom and whether it is over, is derived. What a call
//! asks of the world goes through the `Desk`.

mod admission;
mod call;
pub mod cdr;
mod desk;
mod face;
mod handle;
mod leg;
mod party;
mod ringing;
mod room;
mod setup;
mod sheet;
mod succession;
mod switchboard;
mod usage;
mod verb;
mod walk;

pub use face::*;
pub use setup::acd_setup;
pub use sheet::{At, CallSheet, PartyLine, Side, Standing, State};
pub use switchboard::{Settings, Switchboard};
pub use verb::Verb;
