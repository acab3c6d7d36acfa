//! The one clock of the process: every thread reads the same monotonic origin and the same wall.

use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};
use terms::{Mono, Now, Wall};

/// A clock that all threads share by copy.
#[derive(Clone, Copy, Debug)]
pub struct Clock {
    origin: Instant,
}

impl Clock {
    /// A clock whose monotonic time begins now, at one second (so that "a second ago" exists).
    pub fn start() -> Clock {
        Clock { origin: Instant::now() - Duration::from_secs(1) }
    }

    /// Both times.
    pub fn now(&self) -> Now {
        let mono = Mono::ZERO + self.origin.elapsed();
        let since_epoch = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Now { mono, wall: Wall::from_millis(i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX)) }
    }

    /// When that is, for a runtime's timers.
    pub fn instant(&self, at: Mono) -> Instant {
        self.origin + Duration::from_micros(at.as_micros())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_goes_forward_and_back_to_the_same_instant() {
        let clock = Clock::start();
        let now = clock.now();
        assert!(clock.now().mono >= now.mono);
        assert!(clock.instant(now.mono) <= Instant::now());
    }
}
