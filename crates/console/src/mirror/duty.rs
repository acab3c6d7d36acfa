//! Agents, as the routing core's journal tells of them.

use super::Mirror;
use acd::{Command, Entry, Event, State, Status, What, Work};
use terms::{AgentId, Now, Wall};

/// An agent.
#[derive(Clone, Debug)]
pub(super) struct Agent {
    pub status: Status,
    pub pending: Option<Status>,
    pub work: Work,
    pub since: Wall,
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

    fn agent_changed(&mut self, id: AgentId, status: &Status, work: Work, reachable: bool, at: Wall) {
        let unknown = || Agent {
            status: Status::LoggedOut,
            pending: None,
            work: Work::Idle,
            since: at,
            reachable: false,
            engaged: false,
        };
        let agent = self.agents.entry(id).or_insert_with(unknown);
        if agent.status != *status || agent.work != work {
            agent.since = at;
        }
        (agent.status, agent.work, agent.reachable) = (status.clone(), work, reachable);
        if !agent.is_held() {
            agent.pending = None;
        }
    }
}
