//! Why an agent is, or is not, eligible for a contact now: the same words the matcher decides by.

use crate::agent::Agent;
use crate::contact::Stage;
use crate::engine::Engine;
use crate::face::Status;
use serde::Serialize;
use terms::{AgentId, ContactId, Mono, OfferId};

/// One agent in the eyes of one contact.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub enum Verdict {
    /// He would be offered this contact now.
    Eligible,
    /// Not at work.
    LoggedOut,
    /// On a break, for the operator's reason.
    NotReady(String),
    /// None of his devices can be rung.
    Unreachable,
    /// In a call that no queue gave him.
    Engaged,
    /// This offer holds him.
    Reserved(OfferId),
    /// Talking to this contact.
    Talking(ContactId),
    /// In after-call work.
    WrapUp,
    /// Resting after an offer that failed.
    Resting {
        /// Until then.
        until: Mono,
    },
    /// He takes no contacts of this kind, or not beside what he has.
    OtherKind,
    /// His skills do not meet what the current step requires.
    LacksSkill,
    /// He declined this contact, and another agent at work could take it.
    Declined {
        /// Until then.
        until: Mono,
    },
}

/// What keeps an agent from a contact, as the matcher asks it of many at every step: a [`Verdict`] without its words.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Hindrance {
    LoggedOut,
    NotReady,
    Unreachable,
    Engaged,
    Reserved(OfferId),
    Talking(ContactId),
    WrapUp,
    Resting { until: Mono },
    OtherKind,
    LacksSkill,
    Declined { until: Mono },
}

impl Verdict {
    fn of(hindrance: Option<Hindrance>, agent: &Agent) -> Verdict {
        match hindrance {
            None => Verdict::Eligible,
            Some(Hindrance::LoggedOut) => Verdict::LoggedOut,
            Some(Hindrance::NotReady) => Verdict::NotReady(match &agent.status {
                Status::NotReady(reason) => reason.clone(),
                Status::Ready | Status::LoggedOut => String::new(),
            }),
            Some(Hindrance::Unreachable) => Verdict::Unreachable,
            Some(Hindrance::Engaged) => Verdict::Engaged,
            Some(Hindrance::Reserved(offer)) => Verdict::Reserved(offer),
            Some(Hindrance::Talking(contact)) => Verdict::Talking(contact),
            Some(Hindrance::WrapUp) => Verdict::WrapUp,
            Some(Hindrance::Resting { until }) => Verdict::Resting { until },
            Some(Hindrance::OtherKind) => Verdict::OtherKind,
            Some(Hindrance::LacksSkill) => Verdict::LacksSkill,
            Some(Hindrance::Declined { until }) => Verdict::Declined { until },
        }
    }
}

impl Engine {
    /// Every agent of the contact's queue, and what keeps him from this contact now: those eligible come
    /// first, in the order in which they would be offered it. Empty when the contact is not in a queue.
    pub fn explain(&self, contact: ContactId) -> Vec<(AgentId, Verdict)> {
        let Some(contact) = self.contacts.get(&contact).filter(|contact| contact.in_queue()) else { return Vec::new() };
        let Some(queue) = self.queues.get(&contact.queue) else { return Vec::new() };
        let seats = queue.seats.iter().filter_map(|seat| Some((seat, self.agents.get(&seat.agent)?)));
        let mut lines: Vec<_> = seats
            .map(|(seat, agent)| (self.hindrance(agent, contact), queue.turn(seat, agent, contact), agent))
            .collect();
        lines.sort_by_key(|(hindrance, turn, _)| (hindrance.is_some(), *turn));
        lines.into_iter().map(|(hindrance, turn, agent)| (turn.agent(), Verdict::of(hindrance, agent))).collect()
    }

    /// Whether the contact itself can be offered now (it waits, neither suspended nor being offered).
    pub fn can_be_offered(&self, contact: ContactId) -> bool {
        self.contacts.get(&contact).is_some_and(|contact| contact.stage == Stage::Waiting)
    }
}
