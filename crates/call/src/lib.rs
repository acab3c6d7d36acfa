//! Call control: the back-to-back user agent as a core without I/O.
//!
//! The [`Switchboard`] owns every running call and is the hub between signalling, media and routing. A call is its tables:
//! parties (each with a leg, a stance towards the others, and the flow that it walks), ringings, and legs that were let go
//! of. A signal changes them; all that follows from them, who hears whom and whether it is over, is derived. What a call
//! asks of the world goes through the `Desk`.
//!
//! The files lie in layers, and none names one that is above it: words (`face`, `cdr`, `life`, `contact`, `trail`, `origin`,
//! `room`);
//! the `desk`, and what a leg `claim`s; a `leg`; `ringing`, `admission`, `succession`; what a party may `want`, its `walk`,
//! the `party` itself and the `parcel` that carries it; the `call`; what can happen in one (`verb`) and what is seen of it
//! (`sheet`); how it is told anything, and what follows from that (`handle`); the `switchboard`.

mod admission;
mod call;
pub mod cdr;
mod claim;
mod contact;
mod desk;
mod face;
mod handle;
mod leg;
mod life;
mod origin;
mod pad;
mod parcel;
mod party;
mod pins;
mod ringing;
mod room;
mod seat;
mod setup;
mod sheet;
mod spoken;
mod succession;
mod switchboard;
mod trail;
mod verb;
mod walk;
mod want;

pub use desk::Lying;
pub use face::*;
pub use pins::{Guesser, Held, Pin, Pins, RoomPins};
pub use setup::acd_setup;
pub use sheet::{At, CallSheet, PartyLine, Side, Standing, State};
pub use switchboard::{Settings, Switchboard};
