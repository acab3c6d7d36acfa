//! `strowger overlay list`, line by line.

use control::Change;
use serde::{Deserialize, Serialize};

/// One line of `strowger overlay list --json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverlayLine {
    /// Its number, for `strowger overlay drop`.
    pub id: i64,
    /// When it was made, in wall milliseconds since 1970.
    pub at: i64,
    /// By whom.
    pub asked: String,
    /// What, in words.
    pub text: String,
    /// What, for programs.
    pub change: Change,
    /// What the configuration says of the same thing; absent when it has no such thing.
    #[serde(default)]
    pub configured: Option<String>,
    /// Why it has no effect now; absent when it has.
    pub without_effect: Option<String>,
}
