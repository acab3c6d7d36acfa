//! What somebody is rung for.

use terms::{LegId, OfferId};

/// What for, and for which party.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Aim {
    /// A step of its flow; who answers is recorded, if the plan says so.
    Step { of: LegId, record: bool },
    /// The routing core reserved an agent for its contact.
    Offer { of: LegId, offer: OfferId },
}

impl Aim {
    /// The party for which somebody is rung.
    pub fn of(self) -> LegId {
        match self {
            Aim::Step { of, .. } | Aim::Offer { of, .. } => of,
        }
    }

    /// The same for another party, which has its place.
    pub fn on_behalf_of(self, who: LegId) -> Aim {
        match self {
            Aim::Step { record, .. } => Aim::Step { of: who, record },
            Aim::Offer { offer, .. } => Aim::Offer { of: who, offer },
        }
    }

    /// Whether it hears who is heard before he answers. In a queue it keeps its music.
    pub fn lets_hear(self) -> bool {
        matches!(self, Aim::Step { .. })
    }
}
