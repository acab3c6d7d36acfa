//! A contact while the engine knows it: from its entry into a queue to the end of its conversation.

use crate::face::Stay;
use crate::queue::Class;
use smallvec::SmallVec;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use terms::{AgentId, ContactId, Mono, OfferId, QueueId, Requirement};

/// The place in the one order of all waiting contacts: emergencies, then the earlier effective time
/// (entry minus credit), then the earlier entry. Smaller is served first; it changes while the contact waits only where somebody has it preferred.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    calm: bool,
    /// Microseconds; below zero where the credit reaches back beyond the origin.
    effective: i128,
    sequence: u64,
}

impl Place {
    /// The place of a contact that came at `entered`, as the `sequence`-th.
    /// Before all that are no emergencies.
    pub(crate) fn preferred(self) -> Place {
        Place { calm: false, ..self }
    }

    pub(crate) fn new(emergency: bool, entered: Mono, credit: Duration, sequence: u64) -> Place {
        let credit = i128::try_from(credit.as_micros()).unwrap_or(i128::MAX / 2);
        Place { calm: !emergency, effective: i128::from(entered.as_micros()) - credit, sequence }
    }
}

/// Where a contact stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stage {
    /// It can be offered.
    Waiting,
    /// It keeps its place, not offered.
    Suspended,
    /// It has live offers, and is not offered to anybody else.
    Offered,
    /// It talks to agents; its stay in the queue is over.
    Talking,
}

/// One contact.
#[derive(Clone, Debug)]
pub(crate) struct Contact {
    pub(crate) id: ContactId,
    /// What it is, and which of its stays in queues this is.
    pub(crate) stay: Stay,
    pub(crate) queue: QueueId,
    pub(crate) place: Place,
    pub(crate) entered: Mono,
    pub(crate) credit: Duration,
    pub(crate) emergency: bool,
    /// Its own requirement, which replaces all steps of the queue's.
    pub(crate) own: Option<Arc<Requirement>>,
    /// What the current step asks for; the class that it waits in.
    pub(crate) requirement: Arc<Requirement>,
    pub(crate) stage: Stage,
    /// Its live offers; most often one at most.
    pub(crate) offers: SmallVec<[OfferId; 1]>,
    /// Others may be rung for it beside those (see [`crate::together`]).
    pub(crate) beside: bool,
    /// Who talks to it.
    pub(crate) talking: SmallVec<[AgentId; 1]>,
    /// Who declined it, and until when it is kept from him (see [`crate::matcher`]).
    pub(crate) refused: BTreeMap<AgentId, Mono>,
    /// How often each agent has missed it (see [`crate::face::Revocation::failure`]).
    pub(crate) missed: BTreeMap<AgentId, u32>,
    /// The after-call work that its queue asks for, should the queue be gone by then.
    pub(crate) wrap_up: Duration,
}

impl Contact {
    /// How long it has waited, credit aside.
    pub(crate) fn waited(&self, now: Mono) -> Duration {
        now - self.entered
    }

    /// Whether this agent declined it a short while ago.
    pub(crate) fn refused_by(&self, agent: AgentId, now: Mono) -> bool {
        self.refused.get(&agent).is_some_and(|until| now < *until)
    }

    /// How often this agent has missed it.
    pub(crate) fn missed_by(&self, agent: AgentId) -> u32 {
        self.missed.get(&agent).copied().unwrap_or(0)
    }

    /// Whether it is still in its queue.
    pub(crate) fn in_queue(&self) -> bool {
        self.stage != Stage::Talking
    }

    /// With whom it waits alike.
    pub(crate) fn class(&self) -> Class {
        Class { kind: self.stay.kind, requirement: Arc::clone(&self.requirement) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_order_is_emergency_then_effective_time_then_entry() {
        let at = Mono::from_micros;
        let place = |emergency, entered, credit, sequence| {
            Place::new(emergency, at(entered), Duration::from_micros(credit), sequence)
        };
        assert!(place(true, 900, 0, 9) < place(false, 0, 0, 1));
        assert!(place(false, 900, 500, 9) < place(false, 401, 0, 1));
        assert!(place(false, 400, 0, 1) < place(false, 900, 500, 9));
        assert!(place(false, 5, 50, 2) < place(false, 0, 0, 1), "credit may reach back beyond the origin");
        assert!(Place::new(false, at(u64::MAX), Duration::MAX, 0) < place(false, 0, 0, 0), "the largest credit fits");
    }
}
