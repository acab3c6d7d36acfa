//! A running call, as the API tells of it.

use serde::Serialize;
use terms::{Word as _, words};
use utoipa::ToSchema;

/// A running call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Call)]
pub struct CallState {
    /// Its reference in the account.
    pub call: String,
    /// Where it is.
    #[serde(serialize_with = "as_word")]
    #[schema(value_type = String)]
    pub stage: Stage,
    /// The caller's number.
    pub caller: String,
    /// The number that was called.
    pub called: String,
    /// The last queue that it came to.
    pub queue: Option<String>,
    /// The agent who is rung for it or talks.
    pub agent: Option<String>,
    /// Its contact, once it came to a queue.
    pub contact: Option<String>,
    /// Who watches it: rung to listen, and not of the conversation.
    pub watchers: Vec<Watcher>,
    /// Whether somebody in it was put on hold by a command. A phone's own hold is not told.
    pub held: bool,
    /// Whether one of it asks somebody else, by a command, and whoever talked to him waits.
    pub consulting: bool,
    /// When it came (RFC 3339, UTC).
    pub started: String,
    /// Since when its stage has been so.
    pub since: String,
}

/// Somebody who watches a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Watcher {
    /// At which phone, as commands name a party.
    pub at: String,
    /// Who hears him: `listen` (nobody), `whisper` (the one whom he watches), `barge` (all).
    pub mode: &'static str,
    /// The agent whom he watches.
    pub agent: Option<String>,
}

/// Where a call is, as far as the stream tells: more coarsely than `strowger call show`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stage {
    /// It runs, and is in no queue: it walks a flow, rings or talks outside queues.
    Open,
    /// It waits in a queue.
    Queued,
    /// An agent is rung for it.
    Offered,
    /// It talks to an agent.
    Talking,
    /// Somebody in it is parked.
    Parked,
}

words! { Stage { Open "open", Queued "queued", Offered "offered", Talking "talking", Parked "parked", } }

fn as_word<S: serde::Serializer>(stage: &Stage, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(stage.word())
}
