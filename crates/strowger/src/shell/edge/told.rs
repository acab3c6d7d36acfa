//! What is told of handshakes that fail: so much a minute, since strangers make them fail as they like.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

/// Lines in a minute.
const LINES: u32 = 20;
const MINUTE: Duration = Duration::from_secs(60);

/// How many lines were written, since when.
#[derive(Debug, Default)]
pub struct Told(Mutex<Option<(Instant, u32)>>);

impl Told {
    /// Whether one more may be written.
    pub fn may(&self, now: Instant) -> bool {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (since, lines) = told.filter(|(since, _)| now.duration_since(*since) < MINUTE).unwrap_or((now, 0));
        *told = Some((since, lines.saturating_add(1)));
        lines < LINES
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_failures_is_no_flood_of_lines() {
        let (told, now) = (Told::default(), Instant::now());
        assert_eq!((0..1_000).filter(|_| told.may(now)).count(), LINES as usize);
        assert!(told.may(now + MINUTE), "and the next minute has its own");
    }
}
