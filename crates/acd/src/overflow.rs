//! When a queue sends a contact on: full or unstaffed at entry, waited too long, unstaffed for too long,
//! or no longer defined. Where it goes then is the dial plan's part.
//!
//! A contact that is suspended stays: its rule acts when that is over. So does one that is being offered, unless its
//! queue interrupts rings. A contact that comes by no call is for no flow, and nobody hangs on the line for it: it waits
//! until it is served, but where its queue is full as it comes, or moves it to another queue.

use crate::contact::Stage;
use crate::counters::{Name, count};
use crate::engine::Engine;
use crate::face::{ContactEvent, OverflowReason, OverflowWhen, Revocation, Stay};
use crate::queue::Queue;
use std::time::Duration;
use terms::{ContactId, QueueId, limits};

impl Queue {
    /// Why a new contact is not let in, and the rule that says so.
    pub(crate) fn closed_to_new(&self, stay: &Stay) -> Option<(OverflowReason, Option<OverflowWhen>)> {
        if self.line.len() >= self.length {
            let rule = self.overflow.iter().copied().find(|when| *when == OverflowWhen::Full);
            return Some((OverflowReason::Full, rule));
        }
        match self.grace(stay) {
            Some(Duration::ZERO) if self.working == 0 => {
                Some((OverflowReason::NoAgents, Some(OverflowWhen::NoAgents(Duration::ZERO))))
            }
            _ => None,
        }
    }

    /// How long a contact may wait, by the first rule that acts on it.
    pub(crate) fn longest_wait(&self, stay: &Stay) -> Option<Duration> {
        if !stay.kind.is_call() {
            return self.moves_absent.filter(|_| stay.segment < limits::ABSENT_MOVES);
        }
        let limit = |when: &OverflowWhen| match when {
            OverflowWhen::Waited(limit) => Some(*limit),
            OverflowWhen::NoAgents(_) | OverflowWhen::Full => None,
        };
        self.overflow.iter().filter_map(limit).min()
    }

    /// How long a contact tolerates a lack of agents, by the first rule that acts on it.
    pub(crate) fn grace(&self, stay: &Stay) -> Option<Duration> {
        if !stay.kind.is_call() {
            return None;
        }
        let grace = |when: &OverflowWhen| match when {
            OverflowWhen::NoAgents(grace) => Some(*grace),
            OverflowWhen::Waited(_) | OverflowWhen::Full => None,
        };
        self.overflow.iter().filter_map(grace).min()
    }
}

impl Engine {
    /// A contact has waited as long as its queue lets it.
    pub(crate) fn waited_out(&mut self, id: ContactId) {
        let Some(contact) = self.contacts.get(&id) else { return };
        let queue = self.queues.get(&contact.queue);
        let rule = queue.and_then(|queue| queue.longest_wait(&contact.stay)).map(OverflowWhen::Waited);
        match contact.stage {
            Stage::Waiting => {}
            Stage::Offered if self.is_answered(id) => return,
            Stage::Offered if queue.is_some_and(|queue| queue.interrupts_ring) => {
                self.revoke_all(id, Revocation::SentOn);
            }
            Stage::Offered | Stage::Suspended | Stage::Talking => return,
        }
        self.send_on(id, OverflowReason::Waited, rule);
    }

    /// The queue sends on a contact that is in it.
    pub(crate) fn send_on(&mut self, id: ContactId, why: OverflowReason, rule: Option<OverflowWhen>) {
        let Some(contact) = self.contacts.get(&id) else { return };
        let (queue, segment, waited) = (contact.queue, contact.stay.segment, contact.waited(self.now.mono));
        self.forget(id);
        self.overflowed((id, segment), queue, waited, why, rule);
    }

    /// Says that a contact was sent on in one of its stays.
    pub(crate) fn overflowed(
        &mut self,
        (contact, segment): (ContactId, u16),
        queue: QueueId,
        waited: Duration,
        why: OverflowReason,
        rule: Option<OverflowWhen>,
    ) {
        count(&mut self.counters.overflowed, why.name());
        self.decide_of(contact, ContactEvent::Overflowed { queue, why, rule, waited, segment });
    }
}
