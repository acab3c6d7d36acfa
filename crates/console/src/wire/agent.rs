//! An agent, as the API tells of him.

use serde::Serialize;
use utoipa::ToSchema;

/// An agent. The words are those of `strowger status --json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Agent)]
pub struct AgentState {
    /// His name in the configuration.
    pub name: String,
    /// The team that he is in.
    pub team: Option<String>,
    /// What he is in one word: `ready`, `ringing`, `talking`, `wrap_up`, `paused`, `unreachable` (ready, without a phone that
    /// could be rung), `other_call` (ready, in a call that no queue gave him), `logged_out`.
    pub state: &'static str,
    /// `ready`, `not_ready`, `logged_out`.
    pub status: &'static str,
    /// Why he is not ready.
    pub reason: Option<String>,
    /// `idle`, `reserved`, `talking`, `wrap_up`.
    pub work: &'static str,
    /// The status that he has asked for and takes once he is free.
    pub pending: Option<&'static str>,
    /// Since when his status and his work have been so (RFC 3339, UTC).
    pub since: String,
    /// The queue whose contact he is offered, has, or had last.
    pub queue: Option<String>,
    /// In after-call work: when it ends by itself.
    pub wrap_up_until: Option<String>,
    /// The queues that he serves.
    pub queues: Vec<String>,
    /// What somebody else has wanted of him last; absent once he has said something himself.
    pub set_by: Option<SetBy>,
}

/// What somebody else has wanted of an agent.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct SetBy {
    /// Who, such as `user:anna`.
    pub by: String,
    /// The command's name among his.
    pub command: Option<String>,
    /// `ready`, `not_ready`, `logged_out`, or `done` with his after-call work.
    pub wish: &'static str,
    /// Why.
    pub reason: Option<String>,
}
