//! How a queue chooses, when it sends on, and how long an agent rests: the operator writes it, and routing does it. The names
//! of these values stand in the journal.

use serde::{Deserialize, Serialize};
use std::time::Duration;

/// Which agent first inside a tier, or which together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum Strategy {
    /// Idle for the longest time (refused and missed offers do not count as work).
    #[default]
    LongestIdle,
    /// The operator's order.
    Linear,
    /// The next after the one offered last.
    RoundRobin,
    /// All of the tier at once.
    RingAll,
    /// The one who has been idle for the longest time, and after each delay the next one too.
    Progressive,
}

/// How long an agent rests after an offer that failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct BackOff {
    /// After no answer.
    pub no_answer: Duration,
    /// After busy.
    pub busy: Duration,
    /// After a refusal.
    pub declined: Duration,
    /// After a failure to reach him.
    pub unreachable: Duration,
    /// This many misses in a row make him NotReady ("missed"); 0 never does.
    pub misses_max: u32,
}

impl Default for BackOff {
    fn default() -> Self {
        BackOff {
            no_answer: Duration::from_secs(5),
            busy: Duration::from_secs(10),
            declined: Duration::from_secs(10),
            unreachable: Duration::from_secs(5),
            misses_max: 3,
        }
    }
}

/// A condition for leaving the queue.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum OverflowWhen {
    /// It has waited longer than this: `waited > 5m`.
    Waited(Duration),
    /// No agent of the queue has been working for this long (0: tested at entry too): `no agents for 10s`.
    NoAgents(Duration),
    /// The queue is full at entry: `full`.
    Full,
}
