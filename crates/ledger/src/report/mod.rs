//! Figures of queues, agents and times, each by a named formula; what they count is in [`Tally`]. How many calls
//! went which way, over which trunk and phone, is in [`Volume`].
//!
//! A queue's figures are of stays: each counts in its queue, with the wait in it. Those of agents, times and of
//! everything are of contacts: whoever went through two queues counts once, with the whole wait.
//!
//! A contact counts where its wait ends: an answer, an abandonment or a way on belongs to the time in which
//! it happens, a conversation to the time in which it ends, and the after-call work that follows it to the
//! same time. An agent's own time is cut at the edges of the times instead. So the figures of adjacent
//! times add up, and a report of the past never changes, but for after-call work that was still going on.

mod compiler;
mod read;
mod spans;
mod sum;
mod tally;
mod volume;

pub use compiler::{Compiler, Grouping, Key, LoginSession, Report};
pub use read::Question;
pub use tally::{Ratio, Tally};
pub use volume::{CallGrouping, CallKey, Calls, Volume, Way};

/// SL3. Who leaves within T counts neither for nor against it; who was sent on is counted apart.
pub const SERVICE_LEVEL: &str = "SL3: answered within T / (answered + abandoned after T)";
/// Average speed of answer.
pub const ASA: &str = "ASA: waits of the answered / answered";
/// Average handle time.
pub const AHT: &str = "AHT: (talk + hold + wrap-up) / conversations ended";
/// The share of those who left.
pub const ABANDONED: &str = "lost: abandoned / (answered + abandoned)";
/// Answer-seizure ratio.
pub const ASR: &str = "ASR: answered / ended, of calls; running ones are not decided";
/// How busy agents were while they were at work for their queues.
pub const OCCUPANCY: &str = "occupancy: (talking + wrap-up) / (talking + wrap-up + ready), of agents' time; talking \
    includes hold, ready includes ringing; who has no phone is not ready";

#[allow(clippy::cast_precision_loss)] // Counts of calls stay far below 2^53.
fn share(part: u64, whole: u64) -> Option<f64> {
    (whole > 0).then(|| part as f64 / whole as f64)
}
