//! The one place that brings contacts and agents together.
//!
//! Before an event no agent is idle while a contact waits that he may serve. So after it only pairs with
//! somebody whom the event concerned can have come about: the *woken* contacts and agents. Of all pairs the
//! contact that is first in order is served, by the agent whose turn it is; then the next. What is chosen
//! depends on the state alone, not on the event that led there.
//!
//! Cost: a freed agent looks at the first contact of each class of each of his queues; a new contact looks at the free
//! agents of its queue in the order of their turns, until one can take it. Both are logarithmic in the contacts that wait.
//!
//! A contact that an agent declined is kept from him for a while, as long as somebody else at work could take
//! it. When nobody else is there, he is asked again after his rest, so that nothing waits for ever. One who missed it
//! in any way comes after those who did not (see [`crate::strategy`]).

use crate::agent::Agent;
use crate::contact::{Contact, Place, Stage};
use crate::engine::Engine;
use crate::queue::{Class, Queue};
use crate::strategy::Turn;
use crate::verdict::Hindrance;
use std::collections::{BTreeMap, BTreeSet};
use terms::{AgentId, ContactId};

/// Whom the events since the last matching concerned. Too many cost time, too few leave a pair unmatched.
#[derive(Debug, Default)]
pub(crate) struct Woken {
    pub(crate) contacts: BTreeMap<Place, ContactId>,
    pub(crate) agents: BTreeSet<AgentId>,
}

impl Engine {
    /// Makes every offer that can be made.
    pub(crate) fn match_all(&mut self) {
        while let Some((contact, agent)) = self.best_pair() {
            self.offer(contact, agent);
            self.rings_on(contact);
        }
        self.woken.contacts.clear();
        self.woken.agents.clear();
    }

    /// The first contact in order that can be served now, and the agent whose turn it is.
    fn best_pair(&mut self) -> Option<(ContactId, AgentId)> {
        let by_agent = self.woken.agents.iter().filter_map(|agent| self.best_contact_for(*agent)).min();
        while let Some((place, contact)) = self.woken.contacts.first_key_value().map(|(place, id)| (*place, *id)) {
            if by_agent.is_some_and(|(best, _)| best < place) {
                break;
            }
            if let Some(agent) = self.best_agent_for(contact) {
                return Some((contact, agent));
            }
            // Agents only become fewer during one matching: nobody will do for this one later.
            self.woken.contacts.remove(&place);
        }
        let (_, contact) = by_agent?;
        Some((contact, self.best_agent_for(contact)?))
    }

    /// The first contact in order that this agent may be offered now, over all queues that he serves.
    fn best_contact_for(&self, agent: AgentId) -> Option<(Place, ContactId)> {
        let agent = self.agents.get(&agent)?;
        if agent.takes_nothing(self.now.mono) {
            return None;
        }
        let queues = agent.queues.iter().filter_map(|queue| self.queues.get(queue));
        let classes = queues.flat_map(|queue| queue.classes.iter().map(move |class| (queue, class)));
        let takes = |class: &Class| {
            agent.hindrance(self.now.mono, class.kind).is_none() && class.requirement.admits(&agent.skills)
        };
        let fitting = classes.filter(|(_, (class, _))| takes(class));
        let waiting = fitting.filter_map(|(queue, (_, class))| self.first_for(agent, queue, class)).min();
        let wanting =
            agent.queues.iter().filter_map(|queue| self.queues.get(queue)).filter(|queue| !queue.wanting.is_empty());
        let wanting = wanting.filter_map(|queue| self.first_to_join(queue, agent.id)).min();
        waiting.into_iter().chain(wanting).min()
    }

    fn first_for(
        &self,
        agent: &Agent,
        queue: &Queue,
        class: &BTreeMap<Place, ContactId>,
    ) -> Option<(Place, ContactId)> {
        let may = |contact: &Contact| !self.leaves_now(queue, contact) && self.kept_from(agent, contact).is_none();
        let may = |id: &ContactId| self.contacts.get(id).is_some_and(may);
        class.iter().find(|(_, contact)| may(contact)).map(|(place, contact)| (*place, *contact))
    }

    /// The eligible agent whose turn it is for this contact.
    fn best_agent_for(&self, contact: ContactId) -> Option<AgentId> {
        let contact = self.contacts.get(&contact)?;
        let queue = self.queues.get(&contact.queue)?;
        let waits = contact.stage == Stage::Waiting;
        if !(waits || queue.wants_more(contact)) || self.leaves_now(queue, contact) {
            return None;
        }
        let free = queue.free_seats().filter_map(|seat| Some((seat, self.agents.get(&seat.agent)?)));
        let may = |agent: &Agent| waits || self.may_join(queue, contact, agent.id);
        let eligible = free.filter(|(_, agent)| self.hindrance(agent, contact).is_none() && may(agent));
        let mut turns = eligible.map(|(seat, agent)| queue.turn(seat, agent, contact));
        // They stand in the order of their turns: the first who has not missed it comes before all others.
        let (mut best, stand_in_turn) = (None::<Turn>, queue.stand_in_turn());
        let first = turns.find(|turn| {
            best = Some(best.map_or(*turn, |best| best.min(*turn)));
            stand_in_turn && turn.is_clean()
        });
        first.or(best).map(Turn::agent)
    }

    /// What keeps an agent of the contact's queue from this contact now, if anything does.
    pub(crate) fn hindrance(&self, agent: &Agent, contact: &Contact) -> Option<Hindrance> {
        let lacks = || (!contact.requirement.admits(&agent.skills)).then_some(Hindrance::LacksSkill);
        agent.hindrance(self.now.mono, contact.stay.kind).or_else(lacks).or_else(|| self.kept_from(agent, contact))
    }

    /// Whether the contact is kept from an agent who declined it.
    fn kept_from(&self, agent: &Agent, contact: &Contact) -> Option<Hindrance> {
        let until = *contact.refused.get(&agent.id).filter(|until| self.now.mono < **until)?;
        self.somebody_else(contact).then_some(Hindrance::Declined { until })
    }

    /// Whether its queue sends the contact on at this instant, whoever becomes free in it.
    fn leaves_now(&self, queue: &Queue, contact: &Contact) -> bool {
        queue.interrupts_ring
            && queue.longest_wait(&contact.stay).is_some_and(|limit| contact.waited(self.now.mono) >= limit)
    }

    /// Whether an agent at work, busy or not, could take this contact and has not declined it lately.
    fn somebody_else(&self, contact: &Contact) -> bool {
        let Some(queue) = self.queues.get(&contact.queue) else { return false };
        queue.seats.iter().filter_map(|seat| self.agents.get(&seat.agent)).any(|agent| {
            agent.working() && contact.requirement.admits(&agent.skills) && !contact.refused_by(agent.id, self.now.mono)
        })
    }
}
