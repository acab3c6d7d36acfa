//! Counts of one queue since the start of the switch, by the formulas of [`crate::report`].

use super::share;
use call::cdr::CallEventKind;
use serde::Serialize;
use std::time::Duration;

/// Counts of one queue, fed with what happened in it: live, or from the account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Meter {
    threshold_ms: u64,
    /// Contacts that entered.
    pub entered: u64,
    /// Contacts that were connected to an agent.
    pub answered: u64,
    /// Of which within the threshold.
    pub answered_in_time: u64,
    /// Contacts whose caller left.
    pub abandoned: u64,
    /// Of which within the threshold.
    pub abandoned_in_time: u64,
    /// Contacts that the queue sent on.
    pub overflowed: u64,
    /// Conversations that ended.
    pub completed: u64,
    /// The waits of the answered, added.
    pub answered_wait_ms: u64,
    /// The longest wait of all.
    pub longest_wait_ms: u64,
    /// Conversations, added.
    pub talked_ms: u64,
}

impl Meter {
    /// Counts from zero, with the queue's threshold T.
    pub fn new(threshold: Duration) -> Meter {
        Meter {
            threshold_ms: u64::try_from(threshold.as_millis()).unwrap_or(u64::MAX),
            entered: 0,
            answered: 0,
            answered_in_time: 0,
            abandoned: 0,
            abandoned_in_time: 0,
            overflowed: 0,
            completed: 0,
            answered_wait_ms: 0,
            longest_wait_ms: 0,
            talked_ms: 0,
        }
    }

    /// Counts one event.
    pub fn count(&mut self, what: &CallEventKind) {
        match what {
            CallEventKind::Entered { .. } => self.entered += 1,
            CallEventKind::Connected { waited_ms, .. } => {
                self.answered += 1;
                self.answered_in_time += u64::from(*waited_ms <= self.threshold_ms);
                self.answered_wait_ms += waited_ms;
                self.longest_wait_ms = self.longest_wait_ms.max(*waited_ms);
            }
            CallEventKind::Abandoned { waited_ms, .. } => {
                self.abandoned += 1;
                self.abandoned_in_time += u64::from(*waited_ms <= self.threshold_ms);
                self.longest_wait_ms = self.longest_wait_ms.max(*waited_ms);
            }
            CallEventKind::Overflowed { waited_ms, .. } => {
                self.overflowed += 1;
                self.longest_wait_ms = self.longest_wait_ms.max(*waited_ms);
            }
            CallEventKind::Completed { talked_ms, .. } => {
                self.completed += 1;
                self.talked_ms += talked_ms;
            }
            CallEventKind::Offered | CallEventKind::OfferFailed { .. } | CallEventKind::AgentState { .. } => {}
        }
    }

    /// SL3, from 0 to 1; none while nothing counts towards it.
    pub fn service_level(&self) -> Option<f64> {
        share(self.answered_in_time, self.answered + (self.abandoned - self.abandoned_in_time))
    }

    /// The share of those who came and left without an answer: abandoned / (answered + abandoned).
    pub fn abandoned_share(&self) -> Option<f64> {
        share(self.abandoned, self.answered + self.abandoned)
    }

    /// ASA, the average speed of answer.
    pub fn average_wait_ms(&self) -> Option<u64> {
        self.answered_wait_ms.checked_div(self.answered)
    }

    /// The average conversation.
    pub fn average_talk_ms(&self) -> Option<u64> {
        self.talked_ms.checked_div(self.completed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 1000 answered, of which 860 within 20 s; 60 abandoned, of which 20 within 20 s: SL3 is 82.7 %.
    #[test]
    fn service_level_is_sl3() {
        let mut meter = Meter::new(Duration::from_secs(20));
        for (n, waited_ms) in [(860, 20_000), (140, 20_001)] {
            (0..n).for_each(|_| meter.count(&CallEventKind::Connected { waited_ms, rang_ms: 0, before_ms: 0 }));
        }
        for (n, waited_ms) in [(20, 5_000), (40, 30_000)] {
            (0..n).for_each(|_| meter.count(&CallEventKind::Abandoned { waited_ms, before_ms: 0 }));
        }
        assert_eq!(meter.service_level().map(|level| (level * 1000.0).round()), Some(827.0));
        assert_eq!(meter.average_wait_ms(), Some(20_000));
        assert_eq!(meter.longest_wait_ms, 30_000);
    }

    #[test]
    fn an_empty_queue_has_no_service_level_rather_than_a_perfect_one() {
        let mut meter = Meter::new(Duration::from_secs(20));
        assert_eq!((meter.service_level(), meter.average_wait_ms()), (None, None));
        meter.count(&CallEventKind::Abandoned { waited_ms: 1, before_ms: 0 });
        assert_eq!(meter.service_level(), None, "who leaves at once counts neither way");
    }
}
