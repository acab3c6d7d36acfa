//! Why an agent is, or is not, eligible for a contact now: the same words the matcher decides by.

use crate::contact::Stage;
use crate::engine::Engine;
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
    /// His skills do not meet what the current step requires.
    LacksSkill,
    /// He declined this contact, and another agent at work could take it.
    Declined {
        /// Until then.
        until: Mono,
    },
}

impl Engine {
    /// Every agent of the contact's queue, and what keeps him from this contact now: those eligible come
    /// first, in the order in which they would be offered it. Empty when the contact is not in a queue.
    pub fn explain(&self, contact: ContactId) -> Vec<(AgentId, Verdict)> {
        let Some(contact) = self.contacts.get(&contact).filter(|contact| contact.in_queue()) else { return Vec::new() };
        let Some(queue) = self.queues.get(&contact.queue) else { return Vec::new() };
        let seats = queue.seats.iter().filter_map(|seat| Some((seat, self.agents.get(&seat.agent)?)));
        let mut lines: Vec<_> =
            seats.map(|(seat, agent)| (self.verdict(agent, contact), queue.turn(seat, agent))).collect();
        lines.sort_by(|(a, a_turn), (b, b_turn)| {
            (*a != Verdict::Eligible, a_turn).cmp(&(*b != Verdict::Eligible, b_turn))
        });
        lines.into_iter().map(|(verdict, turn)| (turn.agent(), verdict)).collect()
    }

    /// Whether the contact itself can be offered now (it waits, neither suspended nor being offered).
    pub fn can_be_offered(&self, contact: ContactId) -> bool {
        self.contacts.get(&contact).is_some_and(|contact| contact.stage == Stage::Waiting)
    }
}
