//! What is wrong with a message, and which response says so (RFC 3261 21.4, 21.5).
//! Whether it is answered, counted or dropped is for the endpoint.

use super::Message;
use std::fmt;

/// A fault in a message: the status that names it and a reason phrase for the sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{status} {reason}")]
pub struct Flaw {
    /// The response that tells the sender: 400 as a rule, 413, 416, 501, 505, 513.
    pub status: u16,
    /// The reason phrase.
    pub reason: &'static str,
}

impl Flaw {
    /// 400 with this reason phrase.
    pub const fn bad(reason: &'static str) -> Flaw {
        Flaw { status: 400, reason }
    }

    /// Any status with this reason phrase.
    pub const fn new(status: u16, reason: &'static str) -> Flaw {
        Flaw { status, reason }
    }
}

/// Bytes that could not be framed as a message, with what could be read of it.
#[derive(Clone)]
pub struct Malformed {
    /// What is wrong.
    pub flaw: Flaw,
    /// The readable part, when at least the first line made sense. Its body is empty.
    pub message: Option<Box<Message>>,
}

impl Malformed {
    pub(super) fn unreadable(reason: &'static str) -> Malformed {
        Malformed { flaw: Flaw::bad(reason), message: None }
    }

    /// The readable part, when it is a request that can be answered: it has Via, From, To,
    /// Call-ID and CSeq, and is not an ACK.
    pub fn answerable(&self) -> Option<&Message> {
        self.message.as_deref().filter(|message| message.is_answerable())
    }
}

impl fmt::Debug for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Malformed({}, readable: {})", self.flaw, self.message.is_some())
    }
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.flaw.fmt(f)
    }
}

impl std::error::Error for Malformed {}
