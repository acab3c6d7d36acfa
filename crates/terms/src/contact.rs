//! What kind of work a contact is, and who ended something.

use crate::words;
use serde::{Deserialize, Serialize};

/// What kind of work a contact is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContactKind {
    /// A call.
    #[default]
    Voice,
    /// A call with pictures.
    Video,
    /// Somebody who is to be called back; nobody waits on the line.
    Callback,
    /// A message that was spoken and is to be heard.
    Voicemail,
    /// A conversation in writing, while both are there.
    Chat,
    /// A letter that is to be answered.
    Email,
    /// Work without a customer in it.
    Task,
}

impl ContactKind {
    /// Whether it comes by a call, so that somebody is on the line while it waits. All other kinds wait without one.
    pub fn is_call(self) -> bool {
        matches!(self, ContactKind::Voice | ContactKind::Video)
    }
}

words! { ContactKind {
    Voice "voice", Video "video", Callback "callback", Voicemail "voicemail", Chat "chat", Email "email", Task "task",
} }

/// Who did it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// The caller.
    Caller,
    /// The agent or the called party.
    Callee,
    /// The switch: a flow's end, a limit, a fault.
    #[default]
    Switch,
}

words! { By { Caller "caller", Callee "callee", Switch "switch", } }
