//! What an agent, his supervisor or his devices do: status, reachability, the end of a call, wrap-up.

use crate::contact::{Contact, Stage};
use crate::counters::Stale;
use crate::engine::Engine;
use crate::face::{Event, Status, Work};
use crate::timers::Timer;
use terms::{AgentId, ContactId};

impl Engine {
    /// A status is asked for; while he is reserved or talking it waits.
    pub(crate) fn set_status(&mut self, id: AgentId, status: Status) -> Result<(), Stale> {
        let agent = self.agents.get_mut(&id).ok_or(Stale::AgentUnknown)?;
        if agent.held() {
            agent.pending = (status != agent.status).then_some(status);
            return Ok(());
        }
        agent.take_status(status);
        if agent.status == Status::LoggedOut {
            // Who is not at work does no after-call work.
            agent.vacate(Work::WrapUp);
            self.timers.stop(Timer::WrapUp(id));
        }
        self.settle(id);
        Ok(())
    }

    /// One of his devices can be rung, or none.
    pub(crate) fn set_reachable(&mut self, id: AgentId, reachable: bool) -> Result<(), Stale> {
        let agent = self.agents.get_mut(&id).ok_or(Stale::AgentUnknown)?;
        agent.reachable = reachable;
        if !reachable {
            self.cannot_answer(id);
        }
        self.settle(id);
        Ok(())
    }

    /// He is in a call that no queue gave him, or no longer.
    pub(crate) fn set_engaged(&mut self, id: AgentId, engaged: bool) -> Result<(), Stale> {
        let agent = self.agents.get_mut(&id).ok_or(Stale::AgentUnknown)?;
        agent.engaged = engaged;
        match engaged {
            true => self.cannot_answer(id),
            false => self.take_wished(id),
        }
        self.settle(id);
        Ok(())
    }

    /// A conversation is over; the after-call work of whoever talked begins.
    pub(crate) fn finished(&mut self, id: ContactId) -> Result<(), Stale> {
        let contact = self.contacts.get(&id).ok_or(Stale::ContactUnknown)?;
        if contact.stage != Stage::Talking {
            return Err(Stale::NotTalking);
        }
        let Some(contact) = self.contacts.remove(&id) else { return Ok(()) };
        self.counters.finished += 1;
        contact.talking.iter().for_each(|agent| self.stops_talking(&contact, *agent));
        Ok(())
    }

    /// An agent is out of a conversation; his own wrap-up, or else the queue's, begins.
    pub(crate) fn stops_talking(&mut self, contact: &Contact, agent_id: AgentId) {
        let by_queue = self.queues.get(&contact.queue).map_or(contact.wrap_up, |queue| queue.wrap_up);
        self.release_reservation(agent_id, contact.id);
        let Some(agent) = self.agents.get_mut(&agent_id) else { return };
        agent.vacate(Work::Talking(contact.id));
        agent.served = Some(contact.queue);
        if !agent.held() {
            agent.take_pending();
        }
        let wrap_up = agent.wrap_up.unwrap_or(by_queue);
        if !wrap_up.is_zero() && agent.status != Status::LoggedOut && !agent.leaving {
            agent.occupy(contact.stay.kind, Work::WrapUp);
            // Who has several to do is done with all of them when the last one's time is over.
            let timer = Timer::WrapUp(agent_id);
            let until = self.now.mono + wrap_up;
            self.timers.set(timer, self.timers.deadline(timer).map_or(until, |known| known.max(until)));
        }
        self.settle(agent_id);
    }

    /// He has finished his wrap-up early.
    pub(crate) fn wrap_up_done(&mut self, id: AgentId) -> Result<(), Stale> {
        let agent = self.agents.get(&id).ok_or(Stale::AgentUnknown)?;
        if !agent.wraps() {
            return Err(Stale::NotInWrapUp);
        }
        self.wrap_up_over(id);
        Ok(())
    }

    /// He says what came of a conversation: the journal has it. Nothing is decided by it.
    pub(crate) fn dispose(&mut self, id: AgentId) -> Result<(), Stale> {
        let agent = self.agents.get(&id).ok_or(Stale::AgentUnknown)?;
        if agent.work() == Work::WrapUp { Ok(()) } else { Err(Stale::NotInWrapUp) }
    }

    /// His wrap-up is over.
    pub(crate) fn wrap_up_over(&mut self, id: AgentId) {
        self.timers.stop(Timer::WrapUp(id));
        if let Some(agent) = self.agents.get_mut(&id) {
            agent.vacate(Work::WrapUp);
        }
        self.settle(id);
    }

    /// What follows from any change of an agent: his clock, his queues' staffing, the news of it, the next match.
    /// An agent who is no longer in the plan goes here, once nothing holds him.
    pub(crate) fn settle(&mut self, id: AgentId) {
        let Some(agent) = self.agents.get_mut(&id) else { return };
        let goes = agent.leaving && !agent.held();
        if goes {
            agent.occupied.clear();
            agent.take_status(Status::LoggedOut);
        }
        agent.settle_clock(self.now.mono);
        self.settle_turns(id);
        self.settle_staffing(id);
        self.show(id);
        if goes {
            self.timers.stop(Timer::WrapUp(id));
            self.timers.stop(Timer::Rest(id));
            self.agents.remove(&id);
        } else {
            self.woken.agents.insert(id);
        }
    }

    /// Tells what changed of an agent, when something did.
    fn show(&mut self, id: AgentId) {
        let Some(agent) = self.agents.get_mut(&id) else { return };
        let work = agent.work();
        let same_duty = agent.shown.as_ref().is_some_and(|(s, w, _)| *s == agent.status && *w == work);
        let same_reach = agent.shown.as_ref().is_some_and(|(_, _, reachable)| *reachable == agent.reachable);
        if same_duty && same_reach {
            return;
        }
        if !same_duty {
            agent.since = self.now.mono;
        }
        let (status, reachable) = (agent.status.clone(), agent.reachable);
        agent.shown = Some((status.clone(), work, reachable));
        self.decide(Event::AgentChanged { agent: id, status, work, reachable });
    }
}
