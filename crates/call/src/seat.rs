//! What one who is in a conference room is there, beside a party of its call.

use media::Playing;
use terms::{Cause, PlayId, RoomId, Wall};

/// How somebody comes into a room.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entrance {
    pub room: RoomId,
    pub host: bool,
    /// What led him there wants it recorded.
    pub record: bool,
    /// He was in it before.
    pub back: Option<Before>,
}

/// How one was there who comes back into a room, since nobody took him where he was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Before {
    pub muted: bool,
}

impl Entrance {
    /// Whether a lock does not keep him out.
    pub fn opens_locks(self) -> bool {
        self.host || self.back.is_some()
    }
}

/// Why somebody does not get in: the reason as it is counted, and what he is told.
pub(crate) type No = (&'static str, Cause);
pub(crate) const GONE: No = ("no such room", Cause::UNALLOCATED);
pub(crate) const FULL: No = ("room full", Cause::BUSY);
pub(crate) const LOCKED: No = ("room locked", Cause::BUSY);

/// His seat.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seat {
    pub host: bool,
    /// Nobody hears him.
    pub muted: bool,
    pub since: Wall,
    /// What he hears while there is nobody to talk to, or no host.
    pub music: Option<Playing>,
    /// What he hears of one who has come or gone.
    pub chime: Option<Playing>,
}

impl Seat {
    /// A sound that was played to him is over; whether it was that of one who has come or gone.
    pub fn played(&mut self, play: PlayId) -> bool {
        self.chime.take_if(|chime| chime.play == play).is_some()
    }
}
