//! What happens, on its way to those who look: [`hub`] takes it in and keeps the latest, [`reader`] gives each reader what
//! lies behind his cursor, from memory or from the account, and [`sse`] and [`socket`] write it.
//! By the socket a page speaks of its voice, too ([`voice`]).

pub mod frame;
pub mod hub;
pub mod pieces;
pub mod reader;
mod ring;
pub mod socket;
pub mod sse;
pub mod voice;

use std::time::Duration;

/// A reader hears from the switch so often, though nothing happens.
pub const BEAT: Duration = Duration::from_secs(5);
/// No reader gets more than so many pieces a second: one each of these.
pub const FRAME: Duration = Duration::from_millis(100);
/// Who does not take a piece for so long is cut off; he can come back with his cursor.
pub const PATIENCE: Duration = Duration::from_secs(10);
