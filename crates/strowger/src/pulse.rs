//! The pulse of the signalling loop: it beats with each turn, at least once a second. Who watches over the
//! switch (liveness over HTTP, systemd's watchdog) looks at it and never asks the loop itself.

use crate::clock::Clock;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::Duration;
use terms::Mono;

/// A loop that has not turned for this long hangs.
pub const LIVE: Duration = Duration::from_secs(5);

/// When the loop turned last.
#[derive(Clone, Debug)]
pub struct Pulse {
    last_us: Arc<AtomicU64>,
    clock: Clock,
}

impl Pulse {
    /// A pulse that beats now for the first time.
    pub fn start(clock: Clock) -> Pulse {
        Pulse { last_us: Arc::new(AtomicU64::new(clock.now().mono.as_micros())), clock }
    }

    /// The loop turns.
    pub fn beat(&self, now: Mono) {
        self.last_us.store(now.as_micros(), Relaxed);
    }

    /// The loop has ended as it should: from now on nobody misses its pulse.
    pub fn retire(&self) {
        self.last_us.store(u64::MAX, Relaxed);
    }

    /// Since the last turn.
    pub fn age(&self) -> Duration {
        self.clock.now().mono.since(Mono::from_micros(self.last_us.load(Relaxed)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pulse_ages_until_it_beats_and_not_once_it_has_retired() {
        let clock = Clock::start();
        let pulse = Pulse::start(clock);
        pulse.beat(Mono::ZERO);
        assert!(pulse.age() >= Duration::from_secs(1), "the clock begins at one second");
        pulse.beat(clock.now().mono);
        assert!(pulse.age() < Duration::from_secs(1));
        pulse.retire();
        assert_eq!(pulse.age(), Duration::ZERO);
    }
}
