//! What an agent, his supervisor or his devices do: status, reachability, the end of a call, wrap-up.

use crate::contact::Stage;
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
        if agent.status == Status::LoggedOut && agent.work == Work::WrapUp {
            // Who is not at work does no after-call work.
            agent.work = Work::Idle;
            self.timers.stop(Timer::WrapUp(id));
        }
        self.settle(id);
        Ok(())
    }

    /// One of his devices can be rung, or none.
    pub(crate) fn set_reachable(&mut self, id: AgentId, reachable: bool) -> Result<(), Stale> {
        let agent = self.agents.get_mut(&id).ok_or(Stale::AgentUnknown)?;
        agent.reachable = reachable;
        let work = agent.work;
        if let (false, Work::Reserved(offer)) = (reachable, work) {
            self.agent_gone(offer);
        }
        self.settle(id);
        Ok(())
    }

    /// He is in a call that no queue gave him, or no longer.
    pub(crate) fn set_engaged(&mut self, id: AgentId, engaged: bool) -> Result<(), Stale> {
        let agent = self.agents.get_mut(&id).ok_or(Stale::AgentUnknown)?;
        agent.engaged = engaged;
        let work = agent.work;
        if let (true, Work::Reserved(offer)) = (engaged, work) {
            self.agent_gone(offer);
        }
        self.settle(id);
        Ok(())
    }

    /// A conversation is over; its agent's own wrap-up, or else the queue's, begins.
    pub(crate) fn finished(&mut self, id: ContactId) -> Result<(), Stale> {
        let contact = self.contacts.get(&id).ok_or(Stale::ContactUnknown)?;
        let Stage::Talking(agent_id) = contact.stage else { return Err(Stale::NotTalking) };
        let by_queue = self.queues.get(&contact.queue).map_or(contact.wrap_up, |queue| queue.wrap_up);
        self.contacts.remove(&id);
        self.counters.finished += 1;
        let Some(agent) = self.agents.get_mut(&agent_id) else { return Ok(()) };
        agent.take_pending();
        let wrap_up = agent.wrap_up.unwrap_or(by_queue);
        agent.work = Work::Idle;
        if !wrap_up.is_zero() && agent.status != Status::LoggedOut && !agent.leaving {
            agent.work = Work::WrapUp;
            self.timers.set(Timer::WrapUp(agent_id), self.now.mono + wrap_up);
        }
        self.settle(agent_id);
        Ok(())
    }

    /// He has finished his wrap-up early.
    pub(crate) fn wrap_up_done(&mut self, id: AgentId) -> Result<(), Stale> {
        let agent = self.agents.get(&id).ok_or(Stale::AgentUnknown)?;
        if agent.work != Work::WrapUp {
            return Err(Stale::NotInWrapUp);
        }
        self.wrap_up_over(id);
        Ok(())
    }

    /// His wrap-up is over.
    pub(crate) fn wrap_up_over(&mut self, id: AgentId) {
        self.timers.stop(Timer::WrapUp(id));
        if let Some(agent) = self.agents.get_mut(&id) {
            agent.work = Work::Idle;
        }
        self.settle(id);
    }

    /// What follows from any change of an agent: his clock, his queues' staffing, the news of it, the next match.
    /// An agent who is no longer in the plan goes here, once nothing holds him.
    pub(crate) fn settle(&mut self, id: AgentId) {
        let Some(agent) = self.agents.get_mut(&id) else { return };
        let goes = agent.leaving && !agent.held();
        if goes {
            agent.work = Work::Idle;
            agent.take_status(Status::LoggedOut);
        }
        agent.settle_clock(self.now.mono);
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
        let same_duty = agent.shown.as_ref().is_some_and(|(s, w, _)| *s == agent.status && *w == agent.work);
        let same_reach = agent.shown.as_ref().is_some_and(|(_, _, reachable)| *reachable == agent.reachable);
        if same_duty && same_reach {
            return;
        }
        if !same_duty {
            agent.since = self.now.mono;
        }
        let (status, work, reachable) = (agent.status.clone(), agent.work, agent.reachable);
        agent.shown = Some((status.clone(), work, reachable));
        self.decide(Event::AgentChanged { agent: id, status, work, reachable });
    }
}
