//! The state in the operator's names, as the API says it.

use super::Mirror;
use super::told::Watch;
use crate::wire::{AgentState, CallState, Figures, QueueState, SetBy, Staff, Watcher, time};
use acd::State;
use control::AgentWish;
use dialplan::Queue;
use terms::{AgentId, CallRef, QueueId, Wall, Word as _};

impl Mirror {
    /// Every queue of the plan, in the operator's order.
    pub fn queues(&self, now: Wall) -> Vec<QueueState> {
        self.plan.queues.iter().map(|queue| self.queue_line(queue, now)).collect()
    }

    /// One queue.
    pub fn queue_state(&self, queue: QueueId, now: Wall) -> Option<QueueState> {
        self.plan.queue(queue).map(|queue| self.queue_line(queue, now))
    }

    /// Every agent of the plan, in the operator's order.
    pub fn agents(&self) -> Vec<AgentState> {
        self.plan.agents.iter().map(|agent| self.agent_line(agent)).collect()
    }

    /// One agent.
    pub fn agent_state(&self, agent: AgentId) -> Option<AgentState> {
        self.plan.agent(agent).map(|agent| self.agent_line(agent))
    }

    /// Every running call, the oldest first.
    pub fn calls(&self) -> Vec<CallState> {
        self.calls.keys().filter_map(|call| self.call_state(*call)).collect()
    }

    /// One call.
    pub fn call_state(&self, id: CallRef) -> Option<CallState> {
        let call = self.calls.get(&id)?;
        Some(CallState {
            call: id.to_string(),
            stage: call.stage,
            caller: call.caller.reveal().clone(),
            called: call.called.reveal().clone(),
            queue: call.queue.and_then(|queue| self.plan.queue(queue)).map(|queue| queue.name.clone()),
            agent: call.agent.and_then(|agent| self.plan.agent(agent)).map(|agent| agent.name.clone()),
            contact: call.contact.map(|contact| contact.to_string()),
            watchers: self.watchers(id),
            held: call.held,
            consulting: call.consulting,
            started: time(call.started),
            since: time(call.since),
        })
    }

    fn watchers(&self, call: CallRef) -> Vec<Watcher> {
        let watches = self.told.watches.range((call, None)..=(call, Some(u16::MAX)));
        let watcher = |watch: &Watch| {
            let phone = watch.at.and_then(|phone| self.plan.phone(phone))?;
            let agent = watch.whom.and_then(|agent| self.plan.agent(agent)).map(|agent| agent.name.clone());
            Some(Watcher { at: format!("phone:{}", phone.user), mode: watch.mode.word(), agent })
        };
        watches.filter_map(|(_, watch)| watcher(watch)).collect()
    }

    fn set_by(&self, agent: AgentId) -> Option<SetBy> {
        let word = self.told.words.get(&agent)?;
        let wish = match word.wish {
            AgentWish::Ready => "ready",
            AgentWish::Pause => "not_ready",
            AgentWish::Logout => "logged_out",
            AgentWish::Done => "done",
        };
        let (by, command, reason) = (word.by.to_string(), word.command.clone(), word.reason.clone());
        Some(SetBy { by, command, wish, reason })
    }

    fn queue_line(&self, queue: &Queue, now: Wall) -> QueueState {
        let figures = self.figures.of(queue.id, now);
        let waiting: Vec<Wall> =
            self.waiting.values().filter(|waiting| waiting.queue == queue.id).map(|waiting| waiting.since).collect();
        QueueState {
            name: queue.name.clone(),
            waiting: waiting.len(),
            longest_since: waiting.iter().min().map(|since| time(*since)),
            closed: self.closed.contains(&queue.id),
            within_ms: u64::try_from(queue.service_level.as_millis()).unwrap_or(u64::MAX),
            target: queue.service_target,
            agents: self.staff(queue),
            today: Figures::from(&figures.today),
            last_30_minutes: Figures::from(&figures.last_30_minutes),
        }
    }

    fn staff(&self, queue: &Queue) -> Staff {
        let mut staff = Staff::default();
        for agent in queue.agents.iter().filter_map(|(id, _)| self.agents.get(id)) {
            let count = match agent.state() {
                State::Ready => &mut staff.ready,
                State::Ringing => &mut staff.ringing,
                State::Talking => &mut staff.talking,
                State::WrapUp => &mut staff.wrap_up,
                State::Paused => &mut staff.paused,
                State::Unreachable => &mut staff.unreachable,
                State::OtherCall => &mut staff.other_call,
                State::LoggedOut => continue,
            };
            *count += 1;
            staff.logged_in += 1;
        }
        staff
    }

    fn agent_line(&self, agent: &dialplan::Agent) -> AgentState {
        let serves = self.plan.queues.iter().filter(|queue| queue.agents.iter().any(|(id, _)| *id == agent.id));
        let queues = serves.map(|queue| queue.name.clone()).collect();
        let name = agent.name.clone();
        let team = agent.team.clone();
        let set_by = self.set_by(agent.id);
        let Some(seen) = self.agents.get(&agent.id) else {
            let out = State::LoggedOut.word();
            let since = time(Wall::default());
            return AgentState {
                name,
                team,
                state: out,
                status: out,
                reason: None,
                work: "idle",
                pending: None,
                since,
                queue: None,
                wrap_up_until: None,
                queues,
                set_by,
            };
        };
        AgentState {
            name,
            team,
            state: seen.state().word(),
            status: seen.status.kind().word(),
            reason: seen.status.reason().cloned(),
            work: seen.work.kind().word(),
            pending: seen.pending.as_ref().map(|status| status.kind().word()),
            since: time(seen.since),
            queue: seen.queue.and_then(|queue| self.plan.queue(queue)).map(|queue| queue.name.clone()),
            wrap_up_until: seen.wrap_up_until.map(time),
            queues,
            set_by,
        }
    }
}
