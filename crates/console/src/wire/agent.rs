//! An agent, as the API tells of him.

use serde::Serialize;
use utoipa::ToSchema;

/// An agent. The words are those of `strowger status --json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Agent)]
pub struct AgentState {
    /// His name in the configuration.
    pub name: String,
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
}
