//! The account of messages: told when a caller begins to speak, and again when he has; and what became of one that lies in a mailbox.

use serde::{Deserialize, Serialize};
use sip::Source;
use terms::{CallRef, CaptureId, Mailbox, Pii, Wall, words};

/// A message that somebody leaves. It is its recording.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The recording, by which the message is named, too.
    pub capture: CaptureId,
    /// The call in which it is left.
    pub call: CallRef,
    /// Where.
    pub mailbox: Mailbox,
    /// Who leaves it.
    pub who: Source,
    /// By which number he is known.
    pub number: Pii<String>,
    /// When he began to speak.
    pub since: Wall,
    /// When he had spoken; absent while he does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Wall>,
    /// It was too short, and is none.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub dropped: bool,
}

/// What became of a message in its mailbox.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageMark {
    /// The message.
    pub capture: CaptureId,
    /// What.
    pub what: Mark,
    /// When.
    pub at: Wall,
    /// Who did it: `agent:anna`, `phone:desk`, a user's name.
    pub by: String,
}

/// What can become of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mark {
    /// Somebody has heard it.
    Heard,
    /// Somebody has done what it asks for; it waits no more.
    Done,
    /// It is deleted, and its sound with it.
    Deleted,
}

words! { Mark { Heard "heard", Done "done", Deleted "deleted", } }
