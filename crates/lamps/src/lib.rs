//! What phones see of each other: the lamps beside their keys (RFC 4235), presence (RFC 3856), registrations (RFC 3680),
//! whether there are messages (RFC 3842), and who is in a conference room (RFC 4575).
//!
//! [`Lamps`] decides who may watch what, notes what may have changed, and makes the documents; signalling carries them. It
//! keeps nothing of what it shows, but for who was in a room when that was told: it looks when it tells ([`Sight`]), so that what was lost or came too often is never
//! wrong for longer than a moment. While nobody watches it does nothing.

mod document;
mod face;
mod light;
mod pace;
mod published;
mod resource;
mod rights;
mod roster;
mod watchers;

#[cfg(test)]
mod tests;

pub use face::{Contact, Input, Sight, Snapshot};
pub use roster::{Roster, Seat};
pub use watchers::Lamps;
