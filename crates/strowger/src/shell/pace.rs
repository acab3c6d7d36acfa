//! How fast the signalling loop turns. A wake-up costs as much as several messages, so when many come they are let
//! gather for a moment; when few come each is served at once.

use std::time::Duration;
use terms::Mono;

/// How long messages gather when many come. Well below what anybody notices: a call needs three messages to ring.
const GATHER: Duration = Duration::from_millis(1);
/// Over how long the rate is taken.
const WINDOW: Duration = Duration::from_millis(10);
/// Messages in a window from which on they are many: more than one in each [`GATHER`].
const MANY: u128 = 15;

/// The rate of messages, as the loop sees it.
#[derive(Debug, Default)]
pub struct Pace {
    taken: usize,
    since: Mono,
    many: bool,
}

impl Pace {
    /// Takes note of messages.
    pub fn took(&mut self, messages: usize) {
        self.taken += messages;
    }

    /// How long to let messages gather before looking for the next one.
    pub fn rest(&mut self, now: Mono) -> Option<Duration> {
        let passed = now.since(self.since);
        if passed >= WINDOW {
            self.many = self.taken as u128 * WINDOW.as_micros() >= MANY * passed.as_micros();
            self.taken = 0;
            self.since = now;
        }
        self.many.then_some(GATHER)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(ms: u64) -> Mono {
        Mono::from_micros(ms * 1_000)
    }

    #[test]
    fn many_messages_gather_and_few_are_served_at_once() {
        let mut pace = Pace::default();
        for ms in 0..100 {
            pace.took(1);
            assert_eq!(pace.rest(at(ms)), None, "one each millisecond");
        }
        let rests: Vec<bool> = (100..200).map(|ms| (pace.took(3), pace.rest(at(ms)).is_some()).1).collect();
        assert!(rests[20..].iter().all(|rests| *rests), "three each millisecond");
        assert_eq!(pace.rest(at(1_000)), None, "and then none for long");
    }
}
