//! Who is in a conference room, as its watchers are told it: by number, each with the legs by which he is there.

use std::collections::BTreeMap;
use terms::{LegId, PhoneId};

/// Who is in a room.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roster {
    /// How many may be in it.
    pub most: u32,
    /// Nobody but a host comes in.
    pub locked: bool,
    /// By number, as the others are shown it.
    pub people: BTreeMap<String, Vec<Seat>>,
}

/// One leg by which somebody is there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Seat {
    /// The leg.
    pub leg: LegId,
    /// The phone, if it is one of ours.
    pub phone: Option<PhoneId>,
    /// He is a host.
    pub host: bool,
    /// Nobody hears him.
    pub muted: bool,
    /// He has put the others on hold.
    pub holds: bool,
}

impl Roster {
    /// How many are in it.
    pub(crate) fn len(&self) -> usize {
        self.people.values().map(Vec::len).sum()
    }

    /// Whether this phone is in it.
    pub(crate) fn has(&self, phone: PhoneId) -> bool {
        self.people.values().flatten().any(|seat| seat.phone == Some(phone))
    }
}
