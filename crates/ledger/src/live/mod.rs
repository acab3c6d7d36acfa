//! Figures of queues as they stand: of today, and of the last 30 minutes.
//!
//! What happened is counted by the rules of a report ([`Tally`]) into the quarter of an hour and the minute in which it
//! happened. Today is the sum of the quarters since midnight, wherever the queue's midnight is: every time zone's lies
//! at a quarter. Waits are kept by the second beside it. So a changed threshold or zone judges the whole day anew, and a
//! start that reads the account ([`crate::Reader::live`]) comes to the same figures as the switch that wrote it.

mod read;
mod slots;
mod today;

use crate::report::Tally;
use call::cdr::{CallEvent, CallEventKind};
use slots::{QUARTER_MS, Slots};
use std::collections::BTreeMap;
use std::time::Duration;
use terms::{QueueId, Wall};
pub use today::Today;

const MINUTE_MS: i64 = 60_000;
/// The present minute and those before it.
const MINUTES: usize = 30;
/// A day of 25 hours, and the begun quarter at either end.
const QUARTERS: usize = 25 * 4 + 2;
/// What happened longer ago is in no figure of today.
pub const LOOK_BACK: Duration = Duration::from_secs(26 * 3_600);

/// The figures of every queue in which something happened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Live {
    queues: BTreeMap<QueueId, Counted>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Counted {
    quarters: Slots,
    minutes: Slots,
}

/// One queue's figures at one moment. Of a [`Tally`] they have what a queue's contacts say: no agents' times.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Figures {
    /// Since midnight.
    pub today: Tally,
    /// Of the present minute and the 29 before it.
    pub last_30_minutes: Tally,
}

impl Live {
    /// Counts what happened in a queue.
    pub fn take(&mut self, event: &CallEvent) {
        let Some(queue) = event.queue.filter(|_| counts(&event.what)) else { return };
        let counted = self.queues.entry(queue).or_insert_with(|| Counted {
            quarters: Slots::new(QUARTER_MS, QUARTERS),
            minutes: Slots::new(MINUTE_MS, MINUTES),
        });
        counted.quarters.take(event.at, &event.what);
        counted.minutes.take(event.at, &event.what);
    }

    /// Forgets queues that are no more.
    pub fn retain(&mut self, is_there: impl Fn(QueueId) -> bool) {
        self.queues.retain(|queue, _| is_there(*queue));
    }

    /// A queue's figures, by its threshold T, of the day that began at `midnight`.
    pub fn of(&self, queue: QueueId, within: Duration, midnight: Wall, now: Wall) -> Figures {
        let Some(counted) = self.queues.get(&queue) else { return Figures::default() };
        let half_an_hour = now.as_millis() - (MINUTES as i64 - 1) * MINUTE_MS;
        Figures {
            today: counted.quarters.sum(midnight.as_millis(), now.as_millis(), within),
            last_30_minutes: counted.minutes.sum(half_an_hour, now.as_millis(), within),
        }
    }
}

/// Whether it is about a contact of the queue; what agents do is not.
fn counts(what: &CallEventKind) -> bool {
    !matches!(what, CallEventKind::AgentState { .. } | CallEventKind::Disposed { .. })
}
