//! An agent's own figures of today, as the API tells of them: those of `strowger report --by agent`.

use ledger::report::Tally;
use serde::Serialize;
use utoipa::ToSchema;

/// What an agent has done since midnight.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct Statistics {
    /// Conversations that ended.
    pub handled: u64,
    /// Offers that he missed.
    pub missed: u64,
    /// Time in conversation, hold aside.
    pub talk_ms: u64,
    /// Time in after-call work.
    pub wrap_up_ms: u64,
    /// Average handle time: (talk + hold + wrap-up) / conversations; absent without any.
    pub average_handle_ms: Option<f64>,
    /// Time on a break.
    pub paused_ms: u64,
}

impl From<&Tally> for Statistics {
    fn from(tally: &Tally) -> Statistics {
        Statistics {
            handled: tally.handled,
            missed: tally.missed,
            talk_ms: tally.talk_ms,
            wrap_up_ms: tally.wrap_up_ms,
            average_handle_ms: tally.average_handle_ms().value,
            paused_ms: tally.paused_all_ms(),
        }
    }
}
