//! What somebody is rung for.

use crate::desk::Desk;
use terms::{LegId, OfferId, Rejection, WatchMode};

/// What for, and for which party.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Aim {
    /// A step of its flow; who answers is recorded, if the plan says so.
    Step { of: LegId, record: bool },
    /// The routing core reserved an agent for its contact.
    Offer { of: LegId, offer: OfferId },
    /// Somebody who is to take the place of another party; who asked for that by REFER is told how it goes.
    Transfer { of: LegId, back: LegId, refer: Option<u32>, record: bool },
    /// Somebody whom it asks, beside the conversation.
    Consult { of: LegId },
    /// Somebody who is to watch it.
    Watch { of: LegId, mode: WatchMode },
    /// Somebody who is to have a seat in the room that the call is: the one of him who has asked for that by REFER, or, where
    /// he has gone, one of his own.
    Seat { of: LegId, refer: Option<u32> },
    /// The one for whom a call is dialled that begins here: nobody is in it before he answers, and it has no leg yet.
    Begin { of: LegId },
    /// One who is to have it, since it is parked: it comes back to him, or he fetches it.
    Unpark { of: LegId, returns: bool },
    /// One who has transferred it, since nobody took it: what was said there.
    Return { of: LegId, heard: Rejection },
}

impl Aim {
    /// The party for which somebody is rung.
    pub fn of(self) -> LegId {
        match self {
            Aim::Step { of, .. }
            | Aim::Offer { of, .. }
            | Aim::Transfer { of, .. }
            | Aim::Consult { of }
            | Aim::Watch { of, .. }
            | Aim::Seat { of, .. }
            | Aim::Begin { of }
            | Aim::Unpark { of, .. }
            | Aim::Return { of, .. } => of,
        }
    }

    /// Who asked for it by REFER is told how it goes on (RFC 3515 2.4.5).
    pub fn tell(self, desk: &mut Desk<'_>, status: u16) {
        if let Aim::Transfer { back: leg, refer: Some(refer), .. } | Aim::Seat { of: leg, refer: Some(refer) } = self {
            desk.sip(sip::Command::TellRefer { leg, refer, status });
        }
    }

    /// The same for another party, which has its place.
    pub fn on_behalf_of(self, who: LegId) -> Aim {
        match self {
            Aim::Step { record, .. } => Aim::Step { of: who, record },
            Aim::Offer { offer, .. } => Aim::Offer { of: who, offer },
            Aim::Transfer { back, refer, record, .. } => Aim::Transfer { of: who, back, refer, record },
            Aim::Consult { .. } => Aim::Consult { of: who },
            Aim::Watch { mode, .. } => Aim::Watch { of: who, mode },
            // Who has wished for it has gone.
            Aim::Seat { .. } => Aim::Seat { of: who, refer: None },
            Aim::Begin { .. } => Aim::Begin { of: who },
            Aim::Unpark { returns, .. } => Aim::Unpark { of: who, returns },
            Aim::Return { heard, .. } => Aim::Return { of: who, heard },
        }
    }

    /// Whether it hears who is heard before he answers. In a queue it keeps its music, and in a slot; who is to watch it is
    /// not for its ears, and who is to come into a room not for those who are there.
    pub fn lets_hear(self) -> bool {
        !matches!(self, Aim::Offer { .. } | Aim::Unpark { .. } | Aim::Watch { .. } | Aim::Seat { .. })
    }

    /// Whether the phone of who answers is engaged by that. A reserved agent is busy by the word of his queue.
    pub fn engages(self) -> bool {
        !matches!(self, Aim::Offer { .. })
    }
}
