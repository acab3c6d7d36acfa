//! Strategies that ring several agents for one contact: all at once, or one more after each delay. Each of them has an
//! offer of his own; the first who answers has the contact, and the others have missed nothing.
//!
//! A contact for which somebody rings, and for which more are to ring, stands among its queue's *wanting*. There it keeps
//! its place in the one order: an agent who becomes free is rung for it before he is for those behind it.

use crate::contact::{Contact, Place, Stage};
use crate::engine::Engine;
use crate::face::Strategy;
use crate::queue::Queue;
use crate::timers::Timer;
use std::time::Duration;
use terms::{AgentId, ContactId, Mono, limits};

/// The shortest time between one agent and the next.
pub(crate) const DELAY_MIN: Duration = Duration::from_secs(1);

impl Queue {
    /// Whether it rings several agents for one contact.
    fn rings_several(&self) -> bool {
        matches!(self.strategy, Strategy::RingAll | Strategy::Progressive)
    }

    /// Whether more agents are to ring for a contact for which somebody rings.
    pub(crate) fn wants_more(&self, contact: &Contact) -> bool {
        contact.stage == Stage::Offered && self.wanting.contains_key(&contact.place)
    }

    /// Whether no further agent rings for it, since it will be sent on once nobody does.
    fn is_spent(&self, contact: &Contact, now: Mono) -> bool {
        self.longest_wait(&contact.stay).is_some_and(|limit| contact.waited(now) >= limit)
    }

    fn tier(&self, agent: AgentId) -> Option<u8> {
        let place = self.places.get(&agent)?;
        self.seats.get(*place).map(|seat| seat.tier)
    }
}

impl Engine {
    /// Whether this agent may be rung, beside those who are, for a contact that wants more. All at once ring those of the
    /// tiers that ring already; whoever comes later may be of any.
    pub(crate) fn may_join(&self, queue: &Queue, contact: &Contact, agent: AgentId) -> bool {
        let mut rung = contact.offers.iter().filter_map(|offer| self.offers.get(offer)).map(|offer| offer.agent);
        let full = contact.offers.len() >= limits::RINGING_LEGS;
        if full || queue.is_spent(contact, self.now.mono) || rung.clone().any(|one| one == agent) {
            return false;
        }
        queue.strategy != Strategy::RingAll || rung.any(|one| queue.tier(one) >= queue.tier(agent))
    }

    /// The first contact of a queue for which this agent may be rung beside those who are.
    pub(crate) fn first_to_join(&self, queue: &Queue, agent: AgentId) -> Option<(Place, ContactId)> {
        let agent = self.agents.get(&agent)?;
        let may = |contact: &Contact| {
            queue.wants_more(contact)
                && self.hindrance(agent, contact).is_none()
                && self.may_join(queue, contact, agent.id)
        };
        let found = queue.wanting.iter().find(|(_, id)| self.contacts.get(id).is_some_and(may));
        found.map(|(place, id)| (*place, *id))
    }

    /// An agent is rung for a contact by its turn: whether, and when, others are too.
    pub(crate) fn rings_on(&mut self, id: ContactId) {
        let Some(contact) = self.contacts.get_mut(&id) else { return };
        let Some(queue) = self.queues.get_mut(&contact.queue) else { return };
        contact.beside = queue.rings_several();
        match queue.strategy {
            Strategy::LongestIdle | Strategy::Linear | Strategy::RoundRobin => {}
            Strategy::RingAll => {
                queue.wanting.insert(contact.place, id);
                self.wake_contact(id);
            }
            Strategy::Progressive => {
                queue.wanting.remove(&contact.place);
                self.timers.set(Timer::More(id), self.now.mono + queue.delay);
            }
        }
    }

    /// Nobody rings for a contact by turns any more.
    pub(crate) fn rings_no_more(&mut self, id: ContactId) {
        let Some(contact) = self.contacts.get_mut(&id).filter(|contact| contact.beside) else { return };
        contact.beside = false;
        if let Some(queue) = self.queues.get_mut(&contact.queue) {
            queue.wanting.remove(&contact.place);
        }
        self.timers.stop(Timer::More(id));
    }

    /// One more agent is to ring for a contact.
    pub(crate) fn one_more(&mut self, id: ContactId) {
        let Some(contact) = self.contacts.get(&id).filter(|contact| contact.stage == Stage::Offered) else { return };
        let queue = self.queues.get_mut(&contact.queue).filter(|queue| queue.strategy == Strategy::Progressive);
        let Some(queue) = queue else { return };
        queue.wanting.insert(contact.place, id);
        self.wake_contact(id);
    }
}
