//! When a queue sends a contact on: full or unstaffed at entry, waited too long, unstaffed for too long,
//! or no longer defined. Where it goes then is the dial plan's part.
//!
//! A contact that is suspended stays: its rule acts when that is over. So does one that is being offered, unless its
//! queue interrupts rings.

use crate::contact::Stage;
use crate::counters::{Name, count};
use crate::engine::Engine;
use crate::face::{ContactEvent, OverflowReason, OverflowWhen, Revocation};
use crate::queue::Queue;
use std::time::Duration;
use terms::{ContactId, QueueId};

impl Queue {
    /// Why a new contact is not let in, and the rule that says so.
    pub(crate) fn closed_to_new(&self) -> Option<(OverflowReason, Option<usize>)> {
        if self.line.len() >= self.length {
            let rule = self.overflow.iter().position(|when| matches!(when, OverflowWhen::Full));
            return Some((OverflowReason::Full, rule));
        }
        match self.no_agents_rule() {
            Some((Duration::ZERO, rule)) if self.working == 0 => Some((OverflowReason::NoAgents, Some(rule))),
            _ => None,
        }
    }

    /// The first rule by which a long wait sends a contact on: its limit and its index.
    pub(crate) fn waited_rule(&self) -> Option<(Duration, usize)> {
        self.first_rule(|when| match when {
            OverflowWhen::Waited(limit) => Some(limit),
            OverflowWhen::NoAgents(_) | OverflowWhen::Full => None,
        })
    }

    /// The first rule by which a lack of agents sends a contact on: its grace and its index.
    pub(crate) fn no_agents_rule(&self) -> Option<(Duration, usize)> {
        self.first_rule(|when| match when {
            OverflowWhen::NoAgents(grace) => Some(grace),
            OverflowWhen::Waited(_) | OverflowWhen::Full => None,
        })
    }

    fn first_rule(&self, limit: impl Fn(OverflowWhen) -> Option<Duration>) -> Option<(Duration, usize)> {
        let rules = self.overflow.iter().zip(0..);
        rules.filter_map(|(when, index)| Some((limit(*when)?, index))).min()
    }
}

impl Engine {
    /// A contact has waited as long as its queue lets it.
    pub(crate) fn waited_out(&mut self, id: ContactId) {
        let Some(contact) = self.contacts.get(&id) else { return };
        let queue = self.queues.get(&contact.queue);
        let rule = queue.and_then(Queue::waited_rule).map(|(_, rule)| rule);
        match contact.stage {
            Stage::Waiting => {}
            Stage::Offered(offer) if queue.is_some_and(|queue| queue.interrupts_ring) => {
                self.revoke(offer, Revocation::SentOn);
            }
            Stage::Offered(_) | Stage::Suspended | Stage::Talking(_) => return,
        }
        self.send_on(id, OverflowReason::Waited, rule);
    }

    /// The queue sends on a contact that is in it.
    pub(crate) fn send_on(&mut self, id: ContactId, why: OverflowReason, rule: Option<usize>) {
        let Some(queue) = self.contacts.get(&id).map(|contact| contact.queue) else { return };
        self.forget(id);
        self.overflowed(id, queue, why, rule);
    }

    /// Says that a contact was sent on.
    pub(crate) fn overflowed(&mut self, contact: ContactId, queue: QueueId, why: OverflowReason, rule: Option<usize>) {
        count(&mut self.counters.overflowed, why.name());
        self.decide_of(contact, ContactEvent::Overflowed { queue, why, rule });
    }
}
