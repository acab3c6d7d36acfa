//! Queues and agents as routing knows them: what the plan says of each, and nothing else.

use super::Status;
use crate::capacity::Capacity;
use serde::{Deserialize, Serialize};
use std::time::Duration;
use terms::{AgentId, BackOff, OverflowWhen, QueueId, Requirement, Skills, Strategy};

/// Queues and agents as the plan has them.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Setup {
    /// The queues.
    pub queues: Vec<QueueSetup>,
    /// The agents.
    pub agents: Vec<AgentSetup>,
    /// Which of them can be rung, and who is in a call of his own: known together with the plan, so that no queue
    /// looks deserted in between. Whoever is not named stays as he is.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub present: Vec<(AgentId, Presence)>,
}

/// What `Reachable` and `Engaged` say of an agent.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Presence {
    /// One of his devices can be rung.
    pub reachable: bool,
    /// He is in a call that no queue gave him.
    pub engaged: bool,
}

/// One queue.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct QueueSetup {
    /// Its id.
    pub id: QueueId,
    /// Its agents, in the operator's order; lower tier first, strategy inside a tier.
    pub agents: Vec<(AgentId, u8)>,
    /// The steps of the requirement: from this wait on, this is required. The first begins at zero.
    pub requirements: Vec<(Duration, Requirement)>,
    /// How the agent is chosen inside a tier.
    pub strategy: Strategy,
    /// How long after one agent the next is rung too, where they are rung progressively.
    #[serde(default, skip_serializing_if = "super::is_default")]
    pub delay: Duration,
    /// How long an agent's device rings.
    pub ring: Duration,
    /// After-call work.
    pub wrap_up: Duration,
    /// Rest after an offer that failed.
    pub back_off: BackOff,
    /// How many contacts it may hold.
    pub length: usize,
    /// When contacts are sent on. Those that come by no call are not, but where the queue is full.
    pub overflow: Vec<OverflowWhen>,
    /// After this wait such a contact is sent on all the same: to another queue.
    #[serde(default, skip_serializing_if = "super::is_default")]
    pub moves_absent: Option<Duration>,
    /// Whether a contact that has waited for long enough is sent on although a phone rings for it. Else it rings on,
    /// and the contact goes once that came to nothing.
    #[serde(default)]
    pub interrupts_ring: bool,
}

/// One agent.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct AgentSetup {
    /// His id.
    pub id: AgentId,
    /// What he can do.
    pub skills: Skills,
    /// Instead of the queue's wrap-up.
    pub wrap_up: Option<Duration>,
    /// The status he has when the engine sees him for the first time.
    pub initial: Status,
    /// How many contacts he takes at once, by kind.
    #[serde(default, skip_serializing_if = "super::is_default")]
    pub capacity: Capacity,
}
