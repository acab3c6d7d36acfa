//! Whether a thread waits for its storage: a mark that it sets before and takes away after, for others to look at.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::time::{Duration, Instant};

/// A disk that takes longer than this for one request hangs.
const STALLED: Duration = Duration::from_secs(1);

/// The mark.
#[derive(Debug)]
pub struct Busy {
    origin: Instant,
    /// Milliseconds since the origin, plus one; zero: it does not wait.
    since: AtomicU64,
    /// Files that it has open.
    pub files: AtomicUsize,
}

impl Default for Busy {
    fn default() -> Busy {
        Busy { origin: Instant::now(), since: AtomicU64::new(0), files: AtomicUsize::new(0) }
    }
}

impl Busy {
    /// Does something that may take as long as the disk likes.
    pub fn with<T>(&self, request: impl FnOnce() -> T) -> T {
        self.since.store(self.elapsed_ms() + 1, Relaxed);
        let done = request();
        self.since.store(0, Relaxed);
        done
    }

    /// For how long it has waited, when that is too long.
    pub fn stalled_ms(&self) -> Option<u64> {
        let since = self.since.load(Relaxed).checked_sub(1)?;
        let waited_ms = self.elapsed_ms().saturating_sub(since);
        (u128::from(waited_ms) >= STALLED.as_millis()).then_some(waited_ms)
    }

    fn elapsed_ms(&self) -> u64 {
        u64::try_from(self.origin.elapsed().as_millis()).unwrap_or(u64::MAX - 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_that_does_not_return_is_told_and_one_that_did_is_not() {
        let mut busy = Busy::default();
        busy.with(|| ());
        assert_eq!(busy.stalled_ms(), None);
        busy.origin -= Duration::from_secs(5);
        busy.since.store(1, Relaxed);
        assert!(busy.stalled_ms() >= Some(5_000));
        busy.with(|| assert_eq!(busy.stalled_ms(), None, "it has only begun"));
        assert_eq!(busy.stalled_ms(), None);
    }
}
