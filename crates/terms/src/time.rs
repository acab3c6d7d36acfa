//! Time as a core sees it: a monotonic instant for timers and a wall time for hours and midnights.
//! Both are values that the shell (or the simulator) hands in; no core reads a clock.

use serde::{Deserialize, Serialize};
use std::ops::{Add, AddAssign, Sub};
use std::time::Duration;

/// Monotonic time, in microseconds since an origin that the shell chose.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Mono(u64);

impl Mono {
    /// The origin.
    pub const ZERO: Mono = Mono(0);

    /// An instant from microseconds since the origin.
    pub const fn from_micros(micros: u64) -> Mono {
        Mono(micros)
    }

    /// Microseconds since the origin.
    pub const fn as_micros(self) -> u64 {
        self.0
    }

    /// Time since `earlier`; zero when `earlier` lies ahead.
    pub fn since(self, earlier: Mono) -> Duration {
        Duration::from_micros(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Mono {
    type Output = Mono;
    fn add(self, d: Duration) -> Mono {
        Mono(self.0.saturating_add(u64::try_from(d.as_micros()).unwrap_or(u64::MAX)))
    }
}

impl AddAssign<Duration> for Mono {
    fn add_assign(&mut self, d: Duration) {
        *self = *self + d;
    }
}

impl Sub<Mono> for Mono {
    type Output = Duration;
    fn sub(self, earlier: Mono) -> Duration {
        self.since(earlier)
    }
}

/// Wall time, in milliseconds since the Unix epoch. It may step; timers never use it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Wall(i64);

impl Wall {
    /// A wall time from milliseconds since the Unix epoch.
    pub const fn from_millis(ms: i64) -> Wall {
        Wall(ms)
    }

    /// Milliseconds since the Unix epoch.
    pub const fn as_millis(self) -> i64 {
        self.0
    }

    /// Milliseconds since `earlier`; 0 when the clock was set back behind it.
    pub fn ms_since(self, earlier: Wall) -> u64 {
        u64::try_from(self.0.saturating_sub(earlier.0)).unwrap_or(0)
    }
}

/// The time of an input: both clocks read at once, by whoever drives the core.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Now {
    /// For timers and durations.
    pub mono: Mono,
    /// For opening hours, records and midnights.
    pub wall: Wall,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_never_overflows_or_goes_below_zero() {
        assert_eq!(Mono::from_micros(u64::MAX) + Duration::MAX, Mono::from_micros(u64::MAX));
        assert_eq!(Mono::ZERO - Mono::from_micros(5), Duration::ZERO);
    }

    #[test]
    fn a_wall_clock_that_was_set_back_has_let_no_time_pass() {
        let (noon, later) = (Wall::from_millis(1_000), Wall::from_millis(1_250));
        assert_eq!((later.ms_since(noon), noon.ms_since(later)), (250, 0));
        assert_eq!(Wall::from_millis(i64::MIN).ms_since(Wall::from_millis(i64::MAX)), 0);
    }
}
