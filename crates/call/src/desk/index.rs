//! Which call what the spokes tell belongs to.

use crate::cdr::Track;
use crate::leg::Nailed;
use crate::seat::{FULL, LOCKED, No};
use dialplan::Room;
use std::collections::{BTreeMap, BTreeSet};
use terms::{AgentId, CallRef, CaptureId, ContactId, LegId, PhoneId, RoomId, Slot, StreamId, Wall};

/// Which call an event belongs to.
#[derive(Debug, Default)]
pub(crate) struct Index {
    pub legs: BTreeMap<LegId, CallRef>,
    pub streams: BTreeMap<StreamId, CallRef>,
    /// The call in which a phone was last, whether it still is or not.
    pub phones: BTreeMap<PhoneId, CallRef>,
    pub contacts: BTreeMap<ContactId, CallRef>,
    /// Who is parked where.
    pub slots: BTreeMap<Slot, CallRef>,
    /// The conference rooms in which somebody is.
    pub rooms: BTreeMap<RoomId, Occupied>,
    /// The standing calls of agents.
    pub standing: BTreeMap<AgentId, Standing>,
    /// Those whose leg, or whose call, has ended just now.
    pub lost: Vec<Nailed>,
    /// Those with whom a call is to stand, as far as they are ready.
    pub at_work: BTreeSet<AgentId>,
    /// Agents with whom a call should stand, and does not.
    pub wanting: Vec<AgentId>,
    /// Recordings outlive their calls: hashing and closing the file must not hold a call.
    pub captures: BTreeMap<CaptureId, Capturing>,
}

/// The standing call of an agent; without a leg before he has answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Standing {
    pub call: CallRef,
    pub leg: Option<LegId>,
}

/// A conference room in which somebody is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Occupied {
    pub call: CallRef,
    /// How many are in it, or on their way.
    pub here: usize,
    pub locked: bool,
}

impl Occupied {
    /// Whether one more may come in; a lock is none for a host, nor for who was there before.
    pub fn admits(&self, room: &Room, opens_locks: bool) -> Result<(), No> {
        match opens_locks {
            _ if self.here >= room.most as usize => Err(FULL),
            false if self.locked => Err(LOCKED),
            _ => Ok(()),
        }
    }
}

/// A recording that is not complete.
#[derive(Debug)]
pub(crate) struct Capturing {
    pub call: CallRef,
    pub started: Wall,
    pub tracks: Vec<Track>,
}
