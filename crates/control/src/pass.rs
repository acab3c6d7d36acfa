//! What a token lets its bearer see.

use serde::{Deserialize, Serialize};
use terms::Wall;

/// What a token is good for: looking, and nothing else.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Pass {
    /// What its bearer is: words of roles. None: a screen on a wall.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub roles: Vec<String>,
    /// The queues that he sees; none: all of them, and the switch as a whole.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub queues: Vec<String>,
    /// The one board that a screen shows.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub board: Option<String>,
    /// Until when it is good; without it, until it is revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Wall>,
}
