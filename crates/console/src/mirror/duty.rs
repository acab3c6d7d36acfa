//! Agents, as the routing core's journal tells of them.

use super::Mirror;
use acd::{Command, Entry, Event, State, Status, What, Work};
use call::cdr::{CallEvent, CallEventKind};
use std::time::Duration;
use terms::{AgentId, Now, QueueId, Wall};

/// An agent.
#[derive(Clone, Debug)]
pub(super) struct Agent {
    pub status: Status,
    pub pending: Option<Status>,
    pub work: Work,
    pub since: Wall,
    /// The queue whose contact he has or had last.
    pub queue: Option<QueueId>,
    pub wrap_up_until: Option<Wall>,
    reachable: bool,
    engaged: bool,
}

impl Agent {
    pub fn seen(line: &acd::AgentLine, at: Now) -> Agent {
        let ago = u64::try_from(at.mono.since(line.since).as_millis()).unwrap_or(0);
        Agent {
            status: line.status.clone(),
            pending: line.pending.clone(),
            work: line.work,
            since: super::before(at, ago),
            queue: None,
            wrap_up_until: line.wrap_up_until.map(|until| after(at.wall, until.since(at.mono))),
            reachable: line.reachable,
            engaged: line.engaged,
        }
    }

    pub fn state(&self) -> State {
        State::of(&self.status, self.work, self.reachable, self.engaged)
    }

    /// Whether a change of his status waits.
    fn is_held(&self) -> bool {
        matches!(self.work, Work::Reserved(_) | Work::Talking(_))
    }
}

impl Mirror {
    pub(super) fn journal(&mut self, entry: &Entry) {
        let agent = match &entry.what {
            What::Decision(Event::AgentChanged { agent, status, work, reachable }) => {
                self.agent_changed(*agent, status, *work, *reachable, entry.now.wall);
                *agent
            }
            What::Input(Command::Engaged { agent, engaged }) => {
                let Some(known) = self.agents.get_mut(agent) else { return };
                known.engaged = *engaged;
                *agent
            }
            What::Input(Command::SetStatus { agent, status }) => {
                let Some(known) = self.agents.get_mut(agent).filter(|agent| agent.is_held()) else { return };
                known.pending = (*status != known.status).then(|| status.clone());
                *agent
            }
            _ => return,
        };
        self.changed.agents.insert(agent);
        let serves = self.plan.queues.iter().filter(|queue| queue.agents.iter().any(|(id, _)| *id == agent));
        self.changed.queues.extend(serves.map(|queue| queue.id));
    }

    /// For which queue somebody works.
    pub(super) fn serves(&mut self, event: &CallEvent) {
        let is_his = matches!(
            event.what,
            CallEventKind::Offered { .. } | CallEventKind::Connected { .. } | CallEventKind::TakenOver { .. }
        );
        let known = event.agent.filter(|_| is_his).and_then(|id| Some((id, self.agents.get_mut(&id)?)));
        let Some((id, agent)) = known else { return };
        agent.queue = event.queue;
        self.changed.agents.insert(id);
    }

    fn agent_changed(&mut self, id: AgentId, status: &Status, work: Work, reachable: bool, at: Wall) {
        let unknown = || Agent {
            status: Status::LoggedOut,
            pending: None,
            work: Work::Idle,
            since: at,
            queue: None,
            wrap_up_until: None,
            reachable: false,
            engaged: false,
        };
        let own = self.plan.agent(id).and_then(|agent| agent.wrap_up);
        let agent = self.agents.entry(id).or_insert_with(unknown);
        if work != Work::WrapUp {
            agent.wrap_up_until = None;
        } else if agent.work != Work::WrapUp {
            let of_queue = agent.queue.and_then(|queue| self.plan.queue(queue)).map(|queue| queue.wrap_up);
            agent.wrap_up_until = own.or(of_queue).map(|length| after(at, length));
        }
        if agent.status != *status || agent.work != work {
            agent.since = at;
        }
        (agent.status, agent.work, agent.reachable) = (status.clone(), work, reachable);
        if !agent.is_held() {
            agent.pending = None;
        }
    }
}

/// So long behind a moment.
fn after(at: Wall, length: Duration) -> Wall {
    Wall::from_millis(at.as_millis() + i64::try_from(length.as_millis()).unwrap_or(0))
}
