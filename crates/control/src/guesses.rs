//! The brake on guessing PINs: who tries wrong ones waits, longer from try to try, as it is with passwords. Whoever asks
//! counts each try for everybody whom it concerns: whose PIN it was to be, and from where it came.

use std::collections::BTreeMap;
use std::time::Duration;
use terms::{Mono, limits};

/// So many wrong ones cost nothing: people mistype.
const FREE: u32 = 4;
/// The pause after the first one that does; each further one doubles it.
const PAUSE: Duration = Duration::from_secs(1);
/// The longest pause.
const PAUSE_MAX: Duration = Duration::from_secs(60);
/// After so long without a wrong one everything is forgotten.
const FORGIVEN: Duration = Duration::from_secs(1_800);

#[derive(Clone, Copy, Debug)]
struct Tries {
    wrong: u32,
    last: Mono,
    until: Mono,
}

/// What was tried lately, by whom it concerns.
#[derive(Clone, Debug)]
pub struct Guesses<K>(BTreeMap<K, Tries>);

impl<K> Default for Guesses<K> {
    fn default() -> Self {
        Guesses(BTreeMap::new())
    }
}

impl<K: Ord + Copy> Guesses<K> {
    /// How long nothing is looked at that concerns him.
    pub fn pause(&self, of: K, now: Mono) -> Option<Duration> {
        let tries = self.0.get(&of)?;
        (tries.until > now).then(|| tries.until.since(now))
    }

    /// A wrong one.
    pub fn wrong(&mut self, of: K, now: Mono) {
        self.make_room(of);
        let tries = self.0.entry(of).or_insert(Tries { wrong: 0, last: now, until: now });
        if now.since(tries.last) >= FORGIVEN {
            tries.wrong = 0;
        }
        tries.wrong = tries.wrong.saturating_add(1);
        (tries.last, tries.until) = (now, now + pause_after(tries.wrong));
    }

    /// Forgets them all; how many waited.
    pub fn lift(&mut self, now: Mono) -> usize {
        std::mem::take(&mut self.0).values().filter(|tries| tries.until > now).count()
    }

    /// Beyond the limit the one who was quiet for the longest time is forgotten.
    fn make_room(&mut self, of: K) {
        if self.0.len() < limits::GUESSED_PINS || self.0.contains_key(&of) {
            return;
        }
        let quiet = self.0.iter().min_by_key(|(_, tries)| tries.last).map(|(of, _)| *of);
        quiet.into_iter().for_each(|quiet| _ = self.0.remove(&quiet));
    }
}

fn pause_after(wrong: u32) -> Duration {
    let Some(doubled) = wrong.checked_sub(FREE + 1) else { return Duration::ZERO };
    PAUSE.saturating_mul(1 << doubled.min(16)).min(PAUSE_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(secs: u64) -> Mono {
        Mono::from_micros(secs * 1_000_000)
    }

    #[test]
    fn who_mistypes_waits_for_nothing_and_who_guesses_longer_and_longer_until_he_is_forgiven() {
        let mut guesses = Guesses::default();
        (0..4).for_each(|_| guesses.wrong(1, at(0)));
        assert_eq!(guesses.pause(1, at(0)), None);
        let pauses = (0..9).map(|_| {
            guesses.wrong(1, at(0));
            guesses.pause(1, at(0)).map_or(0, |pause| pause.as_secs())
        });
        assert_eq!(pauses.collect::<Vec<_>>(), [1, 2, 4, 8, 16, 32, 60, 60, 60]);
        assert_eq!((guesses.pause(2, at(0)), guesses.pause(1, at(60))), (None, None), "another one; and later");
        guesses.wrong(1, at(1_860));
        assert_eq!(guesses.pause(1, at(1_860)), None, "it is half an hour ago");
    }

    #[test]
    fn memory_has_an_end_and_whoever_was_quiet_for_longest_is_forgotten() {
        let mut guesses = Guesses::default();
        (0..5).for_each(|_| guesses.wrong(0, at(0)));
        (1..=limits::GUESSED_PINS).for_each(|who| guesses.wrong(who, at(0)));
        assert_eq!((guesses.0.len(), guesses.pause(0, at(0))), (limits::GUESSED_PINS, None));
        (0..5).for_each(|_| guesses.wrong(7, at(1)));
        assert_eq!((guesses.lift(at(1)), guesses.pause(7, at(1))), (1, None));
    }
}
