//! Why a contact waits: what the routing core's own rule says of each agent of its queue.

use acd::Verdict;
use serde::{Deserialize, Serialize};
use terms::Now;

/// A contact that waits.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct WhyView {
    /// Which.
    pub contact: String,
    /// Its queue.
    pub queue: String,
    /// What place it has among those who compete for the same agents; the first is 1.
    pub position: u32,
    /// Whether it can be offered now: nobody is rung for it, and it is in no menu.
    pub can_be_offered: bool,
    /// The queue's agents: those who would be offered it come first, in the order in which they would be.
    pub agents: Vec<WhyLine>,
}

/// What keeps one agent from it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct WhyLine {
    /// Who.
    pub agent: String,
    /// `eligible`, `logged_out`, `not_ready`, `unreachable`, `engaged`, `reserved`, `talking`, `wrap_up`, `resting`,
    /// `other_kind`, `lacks_skill` or `declined`.
    pub verdict: String,
    /// Why he is not ready.
    pub reason: Option<String>,
    /// How long it still keeps him, where that is known.
    pub left_ms: Option<u64>,
}

impl WhyLine {
    /// In the words of the API.
    pub fn of(agent: String, verdict: Verdict, now: Now) -> WhyLine {
        let left = |until: terms::Mono| u64::try_from(until.since(now.mono).as_millis()).ok();
        let (word, reason, left_ms) = match verdict {
            Verdict::Eligible => ("eligible", None, None),
            Verdict::LoggedOut => ("logged_out", None, None),
            Verdict::NotReady(reason) => ("not_ready", Some(reason), None),
            Verdict::Unreachable => ("unreachable", None, None),
            Verdict::Engaged => ("engaged", None, None),
            Verdict::Reserved(_) => ("reserved", None, None),
            Verdict::Talking(_) => ("talking", None, None),
            Verdict::WrapUp => ("wrap_up", None, None),
            Verdict::Resting { until } => ("resting", None, left(until)),
            Verdict::OtherKind => ("other_kind", None, None),
            Verdict::LacksSkill => ("lacks_skill", None, None),
            Verdict::Declined { until } => ("declined", None, left(until)),
        };
        WhyLine { agent, verdict: word.to_owned(), reason, left_ms }
    }
}
