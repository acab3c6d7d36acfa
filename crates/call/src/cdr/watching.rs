//! The account of somebody who watches a conversation: told when he begins to, and again when he does so no more. Another
//! mode, or another device of the one whom he watches, is another stretch of it.

use serde::{Deserialize, Serialize};
use sip::Source;
use terms::{AgentId, CallRef, Wall, WatchMode};

/// A stretch of watching.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Watching {
    /// In which call.
    pub call: CallRef,
    /// Which stretch of it: the first is 0.
    pub nth: u16,
    /// Which of the call's legs watches.
    pub leg: Option<u16>,
    /// Who is at its other end.
    pub who: Source,
    /// Which of the call's legs is watched.
    pub of_leg: Option<u16>,
    /// Who is at its other end.
    pub whom: Source,
    /// The agent who speaks there.
    pub agent: Option<AgentId>,
    /// Who hears him.
    pub mode: WatchMode,
    /// Since when.
    pub since: Wall,
    /// Until when; absent while it goes on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Wall>,
}
