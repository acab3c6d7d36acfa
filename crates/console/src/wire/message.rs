//! A message that a caller has left, as the API tells of it.

use super::time;
use ledger::{Marked, MessageRow};
use serde::Serialize;
use utoipa::ToSchema;

/// A message that a caller has left.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Message {
    /// Its name, which is that of its recording.
    pub message: String,
    /// The call in which it was left.
    pub call: String,
    /// Where it lies: `queue:support`, `agent:anna`, `phone:desk`.
    pub mailbox: String,
    /// Who left it; `anonymous`, where he withheld it.
    pub number: String,
    /// When he began to speak (RFC 3339, UTC).
    pub since: String,
    /// How long it is; absent of one that was cut off and of which nothing was found.
    pub length_ms: Option<u64>,
    /// Whether its sound is there.
    pub sound: bool,
    /// Who has heard it first, and when.
    pub heard: Option<MessageMark>,
    /// Who is done with it, and when.
    pub done: Option<MessageMark>,
    /// Who has deleted it, and when.
    pub deleted: Option<MessageMark>,
}

/// What somebody has done with a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct MessageMark {
    /// When.
    pub at: String,
    /// Who: `user:anna`, `agent:ben`, `phone:desk`.
    pub by: String,
}

/// Messages, the newest first: at most a thousand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Messages {
    /// The messages.
    pub items: Vec<Message>,
}

impl From<MessageRow> for Message {
    fn from(row: MessageRow) -> Message {
        let mark = |mark: Option<Marked>| mark.map(|mark| MessageMark { at: time(mark.at), by: mark.by });
        Message {
            message: row.message.to_string(),
            call: row.call.to_string(),
            mailbox: row.mailbox,
            number: row.number.reveal().clone(),
            since: time(row.since),
            length_ms: row.length_ms,
            sound: row.file.is_some() && row.deleted.is_none(),
            heard: mark(row.heard),
            done: mark(row.done),
            deleted: mark(row.deleted),
        }
    }
}
