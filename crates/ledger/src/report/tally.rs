//! What one row of a report counts, and the figures made of it.

use super::share;
use call::cdr::{CallEventKind, is_missed};
use serde::Serialize;

/// The counts of one row. Lengths are milliseconds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Tally {
    /// Contacts that came to a queue, those that it had no room for among them.
    pub came: u64,
    /// Of which from another queue, or a second time.
    pub came_again: u64,
    /// Contacts connected to an agent.
    pub answered: u64,
    /// Of which within their queue's threshold.
    pub answered_in_time: u64,
    /// Contacts whose caller left.
    pub abandoned: u64,
    /// Of which within their queue's threshold.
    pub abandoned_in_time: u64,
    /// Contacts that a queue sent on.
    pub overflowed: u64,
    /// The waits of the answered, added.
    pub answered_wait_ms: u64,
    /// The longest wait that ended, however it did.
    pub longest_wait_ms: u64,
    /// Offers to agents.
    pub offered: u64,
    /// Offers that an agent let ring, declined, or could not be reached for.
    pub missed: u64,
    /// Conversations that ended.
    pub handled: u64,
    /// Their length, but for hold.
    pub talk_ms: u64,
    /// Their time on hold.
    pub hold_ms: u64,
    /// The after-call work that followed them.
    pub wrap_up_ms: u64,
    /// Agents' time in conversation within the row's time.
    pub talking_ms: u64,
    /// Agents' time in after-call work within the row's time.
    pub wrapping_ms: u64,
    /// Agents' time ready for a contact within the row's time: idle, or while their phone rang.
    pub ready_ms: u64,
}

/// A figure with what it is made of.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Ratio {
    /// None while there is nothing to divide by.
    pub value: Option<f64>,
    /// Above the line.
    pub numerator: u64,
    /// Below it.
    pub denominator: u64,
}

impl Ratio {
    fn new(numerator: u64, denominator: u64) -> Ratio {
        Ratio { value: share(numerator, denominator), numerator, denominator }
    }
}

impl Tally {
    /// Counts what happened in a queue whose threshold this is.
    pub(super) fn count(&mut self, what: &CallEventKind, threshold_ms: u64) {
        match what {
            CallEventKind::Entered { again, .. } => self.arrived(*again),
            CallEventKind::Offered => self.offered += 1,
            CallEventKind::OfferFailed { why, .. } => self.missed += u64::from(is_missed(why)),
            CallEventKind::Connected { waited_ms, .. } => {
                self.answered += 1;
                self.answered_in_time += u64::from(*waited_ms <= threshold_ms);
                self.answered_wait_ms += waited_ms;
                self.waited(*waited_ms);
            }
            CallEventKind::Abandoned { waited_ms } => {
                self.abandoned += 1;
                self.abandoned_in_time += u64::from(*waited_ms <= threshold_ms);
                self.waited(*waited_ms);
            }
            CallEventKind::Overflowed { why, waited_ms, again } => {
                // A queue that is full, or not there any more, never let it in.
                if matches!(why.as_str(), "full" | "unknown_queue") {
                    self.arrived(*again);
                }
                self.overflowed += 1;
                self.waited(*waited_ms);
            }
            CallEventKind::Completed { talked_ms, held_ms, .. } => {
                self.handled += 1;
                self.hold_ms += held_ms;
                self.talk_ms += talked_ms.saturating_sub(*held_ms);
            }
            CallEventKind::AgentState { .. } => {}
        }
    }

    fn arrived(&mut self, again: bool) {
        self.came += 1;
        self.came_again += u64::from(again);
    }

    fn waited(&mut self, waited_ms: u64) {
        self.longest_wait_ms = self.longest_wait_ms.max(waited_ms);
    }

    /// Each contact once, however many queues it went through.
    pub fn contacts(&self) -> u64 {
        self.came - self.came_again
    }

    /// SL3.
    pub fn service_level(&self) -> Ratio {
        Ratio::new(self.answered_in_time, self.answered + self.abandoned - self.abandoned_in_time)
    }

    /// The share of those who left.
    pub fn abandoned_share(&self) -> Ratio {
        Ratio::new(self.abandoned, self.answered + self.abandoned)
    }

    /// ASA, in milliseconds.
    pub fn average_wait_ms(&self) -> Ratio {
        Ratio::new(self.answered_wait_ms, self.answered)
    }

    /// AHT, in milliseconds.
    pub fn average_handle_ms(&self) -> Ratio {
        Ratio::new(self.talk_ms + self.hold_ms + self.wrap_up_ms, self.handled)
    }

    /// Counts what happened in a queue, a stay in it by itself, whatever queues the contact came through.
    pub fn count_stay(&mut self, what: &CallEventKind, threshold_ms: u64) {
        self.count(what, threshold_ms);
    }

    /// Occupancy.
    pub fn occupancy(&self) -> Ratio {
        let busy_ms = self.talking_ms + self.wrapping_ms;
        Ratio::new(busy_ms, busy_ms + self.ready_ms)
    }
}
