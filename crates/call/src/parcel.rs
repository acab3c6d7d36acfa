//! What calls want of each other, and what they are told of that: values, since no call ever holds another one.

use crate::desk::Standing;
use crate::leg::Talk;
use crate::party::Party;
use crate::ringing::Charge;
use crate::seat::{Entrance, No};
use crate::want::{ComesFor, Join};
use dialplan::Routed;
use media::StreamState;
use sip::Arrival;
use std::fmt;
use std::time::Duration;
use terms::{CallRef, LegId, Pii, QueueId};

/// A party between two calls.
pub(crate) struct Parcel {
    pub party: Party,
    /// Its call was recorded, or was to be: so is the one that it comes to.
    pub recorded: bool,
    /// In how many queues its contact has been.
    pub segments: u16,
    /// Its stream, where another worker is to go on with it.
    pub stream: Option<StreamState>,
}

impl fmt::Debug for Parcel {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Parcel").field("leg", &self.party.leg.id).finish_non_exhaustive()
    }
}

/// Where somebody goes who leaves a room, and on whose account.
#[derive(Debug)]
pub(crate) struct Away {
    pub to: Routed,
    pub charge: Charge,
}

/// What a call wants of another one.
#[derive(Debug)]
pub(crate) enum Errand {
    /// A phone wants the other side of this leg connected with that of another leg of its.
    Merge { leg: LegId, refer: u32, other: LegId },
    /// A party of its wants to go to another call.
    Visit { home: CallRef, who: LegId, to: CallRef, then: Join },
    /// Somebody was let into a room.
    Enter { who: LegId, entrance: Entrance },
    /// The number of a party is to wait in a queue in its place, with what it has waited already.
    CallBack { home: CallRef, who: LegId, queue: QueueId, number: Pii<String>, waited: Duration },
    /// One who is in a room goes to a call of his own.
    Away { home: CallRef, who: LegId, away: Box<Away> },
    /// The standing call of an agent is to come to this call, whose contact is offered to him.
    Fetch { to: CallRef, from: Standing },
    /// It goes back.
    Home { home: CallRef, parcel: Box<Parcel> },
    /// A call stands instead of this one.
    Supersede(CallRef),
    /// A party goes to another call.
    Lend { home: CallRef, to: CallRef, then: Join, parcel: Box<Parcel> },
}

/// What a call is told about parties that come and go.
#[derive(Debug)]
pub(crate) enum News {
    /// It is to lend this party to another call.
    Lend { who: LegId, to: CallRef, then: Join },
    /// A party of another call is on its way here.
    Await(LegId),
    /// It is here.
    Comes(Box<Parcel>, Join),
    /// It does not come.
    Missed(LegId),
    /// What was lent comes back: nobody wanted it.
    Returns(Box<Parcel>, Join),
    /// What was lent is in that other call for good.
    Moved { who: LegId, into: CallRef },
    /// The stream of a party that came back without it.
    Stream(StreamState),
    /// The room in which he is to be is this call: nobody is there yet.
    Opens { who: LegId, entrance: Entrance },
    /// It is nobody's standing call any more.
    Unnailed,
    /// Whether the number of a party waits in its place.
    Noted { who: LegId, done: bool },
    /// He is not let in after all.
    Denied { who: LegId, no: No },
    /// Somebody calls for this.
    Newcomer { leg: LegId, arrival: Box<Arrival>, talk: Box<Talk>, what: ComesFor },
}
