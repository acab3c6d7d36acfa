//! Whose turn it is.

use super::{Agent, Contact, Reference, Stage};
use acd::Strategy;
use std::cmp::Reverse;
use std::time::Duration;
use terms::{AgentId, ContactId, QueueId};

impl Reference {
    /// The contact that is first among those that somebody may serve, and its agent.
    pub(super) fn next_pair(&self) -> Option<(ContactId, AgentId)> {
        let leaves = |contact: &Contact| {
            let interrupts = self.queue(contact.queue).is_some_and(|queue| queue.interrupts_ring);
            interrupts && self.waited_too_long(contact).is_some()
        };
        let wants = |contact: &Contact| contact.wants && self.waited_too_long(contact).is_none();
        let waits = |contact: &Contact| (contact.stage == Stage::Waiting || wants(contact)) && !leaves(contact);
        let waiting = self.contacts.iter().filter(|(_, contact)| waits(contact));
        let mut pairs = vec![];
        for (contact_id, contact) in waiting {
            for (id, agent) in &self.agents {
                if self.may_serve(*id, agent, contact) && self.may_join(*id, contact) {
                    let missed = contact.missed.iter().filter(|agent| *agent == id).count();
                    let turn = self.turn(contact.queue, *id, agent);
                    pairs.push(((contact.order, missed, turn), (*contact_id, *id)));
                }
            }
        }
        pairs.into_iter().min().map(|(_, pair)| pair)
    }

    /// Whether an agent may be rung beside those who are: once, and where all ring at once, in no later tier than they.
    fn may_join(&self, id: AgentId, contact: &Contact) -> bool {
        let Stage::Offered(offers) = &contact.stage else { return true };
        let queue = self.queue(contact.queue).expect("somebody may serve it");
        let tier = |agent| Self::seat(queue, agent).map(|(_, tier)| tier);
        let rung: Vec<_> = offers.iter().map(|offer| self.offers[offer].agent).collect();
        let last = rung.iter().map(|agent| tier(*agent)).max().expect("somebody rings");
        !rung.contains(&id) && (queue.strategy != Strategy::RingAll || tier(id) <= last)
    }

    fn turn(&self, queue_id: QueueId, id: AgentId, agent: &Agent) -> (u8, Reverse<Duration>, usize, AgentId) {
        let queue = self.queue(queue_id).expect("somebody may serve it");
        let (index, tier) = Self::seat(queue, id).expect("he is in the queue");
        let last = self.rounds.get(&(queue_id, tier));
        match queue.strategy {
            Strategy::LongestIdle | Strategy::RingAll | Strategy::Progressive => (tier, Reverse(agent.idle), 0, id),
            Strategy::Linear => (tier, Reverse(Duration::ZERO), index, id),
            Strategy::RoundRobin if last.is_some_and(|last| index <= *last) => {
                (tier, Reverse(Duration::ZERO), index + 1_000, id)
            }
            Strategy::RoundRobin => (tier, Reverse(Duration::ZERO), index, id),
        }
    }
}
