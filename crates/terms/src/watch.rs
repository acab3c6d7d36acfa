//! How somebody stands in a conversation of which he is no part.

use crate::words;
use serde::{Deserialize, Serialize};

/// Who hears one who watches a conversation; he hears all of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WatchMode {
    /// Nobody.
    #[default]
    Listen,
    /// Only the one whom he watches.
    Whisper,
    /// All.
    Barge,
}

words! { WatchMode { Listen "listen", Whisper "whisper", Barge "barge", } }
