//! Contacts that go to an agent or a queue by somebody's word: picked, sent back to a queue, handed over.

use crate::contact::{Contact, Stage};
use crate::counters::{Stale, count};
use crate::engine::Engine;
use crate::face::{Revocation, Status, Stay, What, Withdrawal, Work};
use crate::timers::Timer;
use smallvec::SmallVec;
use std::time::Duration;
use terms::{AgentId, ContactId, ContactKind, QueueId};

impl Engine {
    /// An agent is to have this contact: it is offered to him, whoever else is rung for it.
    pub(crate) fn pick(&mut self, contact_id: ContactId, agent_id: AgentId) -> Result<(), Stale> {
        let contact = self.contacts.get(&contact_id).ok_or(Stale::ContactUnknown)?;
        let agent = self.agents.get(&agent_id).ok_or(Stale::AgentUnknown)?;
        if !contact.in_queue() || self.is_answered(contact_id) || !self.queues.contains_key(&contact.queue) {
            return Err(Stale::NotWaiting);
        }
        let at_work = agent.status != Status::LoggedOut && agent.reachable && !agent.engaged && !agent.leaving;
        let rung =
            contact.offers.iter().filter_map(|offer| self.offers.get(offer)).any(|offer| offer.agent == agent_id);
        if rung || !at_work || !agent.has_place(contact.stay.kind) {
            return Err(Stale::CannotTake);
        }
        self.timers.stop(Timer::Resume(contact_id));
        self.offer(contact_id, agent_id);
        Ok(())
    }

    /// A contact that waits is served from now on as an emergency is.
    pub(crate) fn prefer(&mut self, id: ContactId) -> Result<(), Stale> {
        let contact = self.contacts.get_mut(&id).ok_or(Stale::ContactUnknown)?;
        if !matches!(contact.stage, Stage::Waiting | Stage::Suspended) {
            return Err(Stale::NotWaiting);
        }
        let queue = self.queues.get_mut(&contact.queue).ok_or(Stale::NotWaiting)?;
        queue.remove(contact);
        (contact.emergency, contact.place) = (true, contact.place.preferred());
        queue.line.insert(contact.place, id);
        if contact.stage == Stage::Waiting {
            queue.open(contact);
        }
        self.wake_contact(id);
        Ok(())
    }

    /// A contact goes to a queue from wherever it is; the next of its stays begins.
    pub(crate) fn requeue(&mut self, id: ContactId, queue: QueueId, credit: Duration) -> Result<(), Stale> {
        let contact = self.contacts.get(&id).ok_or(Stale::ContactUnknown)?;
        let (mut stay, emergency) = (contact.stay, contact.emergency);
        match contact.stage {
            Stage::Talking => self.finished(id)?,
            Stage::Waiting | Stage::Suspended | Stage::Offered => {
                stay.before += contact.waited(self.now.mono);
                self.revoke_all(id, Revocation::ContactGone);
                count(&mut self.counters.withdrawn, crate::counters::Name::name(Withdrawal::TakenElsewhere));
                self.forget(id);
            }
        }
        stay.segment = stay.segment.saturating_add(1);
        self.enqueue(id, queue, credit, emergency, None, stay)
    }

    /// A conversation goes on with this agent, beside whoever has it or instead of them.
    pub(crate) fn hand_over(&mut self, id: ContactId, to: AgentId, joins: bool) -> Result<(), Stale> {
        let contact = self.contacts.get(&id).ok_or(Stale::ContactUnknown)?;
        if contact.stage != Stage::Talking {
            return Err(Stale::NotTalking);
        }
        let agent = self.agents.get(&to).ok_or(Stale::AgentUnknown)?;
        let talks = contact.talking.contains(&to);
        if agent.leaving || (talks && (joins || contact.talking.len() == 1)) {
            return Err(Stale::CannotTake);
        }
        if !talks {
            self.take_over(id, to);
        }
        let Some(contact) = self.contacts.get_mut(&id) else { return Ok(()) };
        let (agent, segment) = (to, contact.stay.segment);
        let leave: SmallVec<[AgentId; 1]> = contact.talking.iter().copied().filter(|agent| *agent != to).collect();
        if !joins {
            contact.talking.retain(|agent| *agent == to);
        }
        let contact = contact.clone();
        self.record(What::HandedOver { contact: id, agent, segment, joins });
        if !joins {
            leave.into_iter().for_each(|agent| self.stops_talking(&contact, agent));
        }
        self.settle(to);
        Ok(())
    }

    /// One of several agents leaves a conversation, and the others stay in it.
    pub(crate) fn leaves(&mut self, id: ContactId, agent: AgentId) -> Result<(), Stale> {
        let contact = self.contacts.get_mut(&id).ok_or(Stale::ContactUnknown)?;
        if contact.stage != Stage::Talking || contact.talking.len() < 2 || !contact.talking.contains(&agent) {
            return Err(Stale::NotTalking);
        }
        contact.talking.retain(|other| *other != agent);
        let contact = contact.clone();
        self.stops_talking(&contact, agent);
        Ok(())
    }

    /// His after-call work and what rings at an agent goes, where he has no room for a conversation that he has all the same.
    pub(crate) fn make_room(&mut self, at: AgentId, kind: ContactKind) {
        let Some(agent) = self.agents.get_mut(&at) else { return };
        if !agent.has_place(kind) {
            agent.vacate(Work::WrapUp);
            let offers = agent.offers();
            self.timers.stop(Timer::WrapUp(at));
            offers.into_iter().for_each(|offer| self.agent_gone(offer));
        }
    }

    /// An agent begins to talk to a contact that no offer brought him.
    fn take_over(&mut self, id: ContactId, to: AgentId) {
        let Some(Contact { stay: Stay { kind, .. }, .. }) = self.contacts.get(&id) else { return };
        let kind = *kind;
        self.make_room(to, kind);
        if let Some(agent) = self.agents.get_mut(&to) {
            agent.occupy(kind, Work::Talking(id));
        }
        if let Some(contact) = self.contacts.get_mut(&id) {
            contact.talking.push(to);
            contact.stay.segment = contact.stay.segment.saturating_add(1);
        }
    }
}
