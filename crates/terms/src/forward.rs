//! Why a call goes on from one phone to somebody else. The account keeps the word, so it is never given another meaning.

use crate::words;
use serde::{Deserialize, Serialize};

/// Why a call was forwarded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ForwardWhy {
    /// All calls are, without a ring.
    Always,
    /// Busy, refused, or not to be disturbed.
    Busy,
    /// Nobody took it in time.
    NoAnswer,
    /// It could not be reached.
    Unreachable,
    /// The phone itself named somebody else (RFC 3261 21.3).
    Redirected,
}

words! { ForwardWhy {
    Always "always", Busy "busy", NoAnswer "no_answer", Unreachable "unreachable", Redirected "redirected",
} }
