//! What a supervisor changes on top of the configuration, in names as the operator writes them.

use serde::{Deserialize, Serialize};
use std::fmt;
use terms::{AgentId, PhoneId, QueueId};

/// A change. It is kept as it is written here: a word that was released is never given another meaning.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Change {
    /// An agent has a skill at this level; 0: he does not have it.
    Skill {
        /// Who.
        agent: String,
        /// Which.
        skill: String,
        /// From 0 to 10.
        level: u8,
    },
    /// An agent serves a queue.
    Join {
        /// Who.
        agent: String,
        /// Which.
        queue: String,
        /// His tier: the first is 1; lower ones are tried first.
        #[serde(default = "Change::first_tier")]
        tier: u8,
    },
    /// An agent does not serve a queue.
    Leave {
        /// Who.
        agent: String,
        /// Which.
        queue: String,
    },
    /// A queue takes no new callers; those who wait in it are served.
    Close {
        /// Which.
        queue: String,
        /// Where new callers go instead, such as `flow:closed`; absent: where they go when it is full.
        #[serde(default)]
        go: Option<String>,
    },
    /// A setting of a queue has another value.
    Set {
        /// Which.
        queue: String,
        /// Such as `ring`.
        key: String,
        /// Such as `15s`, as it would stand in the file.
        value: String,
    },
    /// An agent is rung at this phone and nowhere else.
    Seat {
        /// Who.
        agent: String,
        /// Where.
        phone: String,
    },
    /// What becomes of calls to a phone is another thing.
    Phone {
        /// Which.
        phone: String,
        /// Such as `dnd` or `forward.busy`.
        key: String,
        /// Such as `true` or `103`; of a forward also `off`.
        value: String,
    },
}

impl fmt::Display for Change {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Change::Skill { agent, skill, level: 0 } => write!(f, "agent {agent}: without skill {skill}"),
            Change::Skill { agent, skill, level } => write!(f, "agent {agent}: skill {skill} = {level}"),
            Change::Join { agent, queue, tier: 1 } => write!(f, "agent {agent}: serves queue {queue}"),
            Change::Join { agent, queue, tier } => write!(f, "agent {agent}: serves queue {queue} in tier {tier}"),
            Change::Leave { agent, queue } => write!(f, "agent {agent}: does not serve queue {queue}"),
            Change::Close { queue, go: None } => write!(f, "queue {queue}: closed"),
            Change::Close { queue, go: Some(go) } => write!(f, "queue {queue}: closed, callers go to {go}"),
            Change::Set { queue, key, value } => write!(f, "queue {queue}: {key} = {value}"),
            Change::Seat { agent, phone } => write!(f, "agent {agent}: is at phone {phone}"),
            Change::Phone { phone, key, value } => write!(f, "phone {phone}: {key} = {value}"),
        }
    }
}

impl Change {
    /// Where an agent joins when nobody says.
    pub fn first_tier() -> u8 {
        1
    }

    /// Two changes of the same thing: the later one replaces the earlier.
    pub fn same_thing(&self, other: &Change) -> bool {
        match (self, other) {
            (Change::Skill { agent: a, skill: s, .. }, Change::Skill { agent: b, skill: t, .. }) => (a, s) == (b, t),
            (Change::Close { queue: a, .. }, Change::Close { queue: b, .. }) => a == b,
            (Change::Set { queue: a, key: k, .. }, Change::Set { queue: b, key: l, .. }) => (a, k) == (b, l),
            (Change::Phone { phone: a, key: k, .. }, Change::Phone { phone: b, key: l, .. }) => (a, k) == (b, l),
            // Nobody sits in two places, and no two on one chair.
            (Change::Seat { agent: a, phone: p }, Change::Seat { agent: b, phone: q }) => a == b || p == q,
            (
                Change::Join { agent: a, queue: p, .. } | Change::Leave { agent: a, queue: p },
                Change::Join { agent: b, queue: q, .. } | Change::Leave { agent: b, queue: q },
            ) => (a, p) == (b, q),
            _ => false,
        }
    }

    /// The agent whom it is about.
    pub fn agent(&self) -> Option<AgentId> {
        match self {
            Change::Skill { agent, .. }
            | Change::Join { agent, .. }
            | Change::Leave { agent, .. }
            | Change::Seat { agent, .. } => Some(AgentId::of(agent)),
            Change::Close { .. } | Change::Set { .. } | Change::Phone { .. } => None,
        }
    }

    /// The phone that it is about.
    pub fn phone(&self) -> Option<PhoneId> {
        if let Change::Phone { phone, .. } = self { Some(PhoneId::of(phone)) } else { None }
    }

    /// The phone at which it seats an agent.
    pub fn seat(&self) -> Option<PhoneId> {
        if let Change::Seat { phone, .. } = self { Some(PhoneId::of(phone)) } else { None }
    }

    /// The queue that it is about.
    pub fn queue(&self) -> Option<QueueId> {
        match self {
            Change::Skill { .. } | Change::Phone { .. } | Change::Seat { .. } => None,
            Change::Join { queue, .. }
            | Change::Leave { queue, .. }
            | Change::Close { queue, .. }
            | Change::Set { queue, .. } => Some(QueueId::of(queue)),
        }
    }
}
