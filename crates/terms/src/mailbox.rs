//! Where messages lie that callers have left.

use crate::{AgentId, PhoneId, QueueId};
use serde::{Deserialize, Serialize};

/// A mailbox: that of a phone, of an agent at whichever phone he sits, or of all who serve a queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Mailbox {
    /// A phone's.
    Phone(PhoneId),
    /// An agent's.
    Agent(AgentId),
    /// A queue's.
    Queue(QueueId),
}

impl Mailbox {
    /// Of what it is, in a word.
    pub fn kind(self) -> &'static str {
        match self {
            Mailbox::Phone(_) => "phone",
            Mailbox::Agent(_) => "agent",
            Mailbox::Queue(_) => "queue",
        }
    }

    /// Whose, as a number.
    pub fn owner(self) -> u64 {
        match self {
            Mailbox::Phone(id) => id.0,
            Mailbox::Agent(id) => id.0,
            Mailbox::Queue(id) => id.0,
        }
    }

    /// That of such a kind with this number.
    pub fn of(kind: &str, owner: u64) -> Option<Mailbox> {
        match kind {
            "phone" => Some(Mailbox::Phone(PhoneId(owner))),
            "agent" => Some(Mailbox::Agent(AgentId(owner))),
            "queue" => Some(Mailbox::Queue(QueueId(owner))),
            _ => None,
        }
    }
}
