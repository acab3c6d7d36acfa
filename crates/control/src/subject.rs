//! To whom something is done: the queues, agents and phones that it touches.

use crate::{Change, Verb};
use terms::{AgentId, PhoneId, QueueId};

/// What a verb or a view touches. Nothing named: the switch as a whole.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Subject {
    /// Queues.
    pub queues: Vec<QueueId>,
    /// Agents.
    pub agents: Vec<AgentId>,
    /// Phones.
    pub phones: Vec<PhoneId>,
}

impl Subject {
    /// The switch as a whole.
    pub const WHOLE: Subject = Subject { queues: vec![], agents: vec![], phones: vec![] };

    /// What a verb names by itself. Of a call, whoever knows the call says who is in it.
    pub fn of(verb: &Verb) -> Subject {
        match verb {
            Verb::LogIn { agent, phone } => {
                Subject { agents: vec![AgentId::of(agent)], phones: vec![PhoneId::of(phone)], ..Subject::WHOLE }
            }
            Verb::Agent { name, .. } | Verb::Dispose { agent: name, .. } | Verb::Take { agent: name, .. } => {
                Subject { agents: vec![AgentId::of(name)], ..Subject::WHOLE }
            }
            Verb::Change(change) => Subject::of_changes(std::slice::from_ref(change)),
            Verb::Changes(changes) => Subject::of_changes(changes),
            Verb::Assign { changes, .. } => Subject::of_changes(changes),
            Verb::QueueOpen { name } => Subject { queues: vec![QueueId::of(name)], ..Subject::WHOLE },
            Verb::Dial { agent: Some(name), .. } => Subject { agents: vec![AgentId::of(name)], ..Subject::WHOLE },
            Verb::ContactAdd { queue, .. } => Subject { queues: vec![QueueId::of(queue)], ..Subject::WHOLE },
            Verb::Contact { agent: Some(name), .. } => Subject { agents: vec![AgentId::of(name)], ..Subject::WHOLE },
            Verb::Drain { .. }
            | Verb::Invite { .. }
            | Verb::LockOut { .. }
            | Verb::Token { .. }
            | Verb::RevokeToken { .. }
            | Verb::Contact { .. }
            | Verb::Dial { .. }
            | Verb::Lift { .. }
            | Verb::Reload(())
            | Verb::OverlayDrop { .. }
            | Verb::Prefer { .. }
            | Verb::Hangup { .. }
            | Verb::Hold { .. }
            | Verb::Resume { .. }
            | Verb::Transfer { .. }
            | Verb::Consult { .. }
            | Verb::Swap { .. }
            | Verb::Join { .. }
            | Verb::Leave { .. }
            | Verb::Lock { .. }
            | Verb::Unlock { .. }
            | Verb::Mute { .. }
            | Verb::Unmute { .. }
            | Verb::Kick { .. }
            | Verb::RoomInvite { .. }
            | Verb::Complete { .. }
            | Verb::Back { .. }
            | Verb::Listen { .. }
            | Verb::Observe { .. }
            | Verb::Play { .. }
            | Verb::Mode { .. }
            | Verb::TakeOver { .. }
            | Verb::Park { .. }
            | Verb::Pickup { .. }
            | Verb::Retrieve { .. } => Subject::WHOLE,
        }
    }

    fn of_changes(changes: &[Change]) -> Subject {
        Subject {
            queues: changes.iter().filter_map(Change::queue).collect(),
            agents: changes.iter().filter_map(Change::agent).collect(),
            phones: changes.iter().filter_map(|change| change.phone().or_else(|| change.seat())).collect(),
        }
    }

    /// Whether it is the switch as a whole.
    pub fn is_whole(&self) -> bool {
        self.queues.is_empty() && self.agents.is_empty() && self.phones.is_empty()
    }
}
