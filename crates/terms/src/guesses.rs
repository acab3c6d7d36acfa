//! The brake on guessing PINs, of agents and of rooms: who tries wrong ones waits, longer from try to try, as it is with
//! passwords. Whoever asks counts each try for everybody whom it concerns: whose PIN it was to be, and from where it came.
//! It keeps no PIN and decides nothing about right and wrong.

use crate::{Mono, limits};
use std::collections::BTreeMap;
use std::time::Duration;

/// The pause after the first wrong one that costs anything; each further one doubles it.
const PAUSE: Duration = Duration::from_secs(1);
/// After so long without a wrong one everything is forgotten.
const FORGIVEN: Duration = Duration::from_secs(1_800);

/// How much is borne of somebody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Patience {
    /// So many wrong ones cost nothing: people mistype.
    pub free: u32,
    /// The longest pause.
    pub longest: Duration,
}

impl Patience {
    fn pause_after(&self, wrong: u32) -> Duration {
        let Some(doubled) = wrong.checked_sub(self.free.saturating_add(1)) else { return Duration::ZERO };
        PAUSE.saturating_mul(1 << doubled.min(16)).min(self.longest)
    }
}

#[derive(Clone, Copy, Debug)]
struct Tries {
    wrong: u32,
    held: u64,
    first: Mono,
    last: Mono,
    until: Mono,
}

/// What somebody waits for, or had to lately.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Waits {
    /// Wrong ones.
    pub wrong: u32,
    /// Tries since then that were not looked at.
    pub held: u64,
    /// How long ago the first wrong one was.
    pub since: Duration,
    /// For how long still nothing is looked at; zero: the next one is.
    pub pause: Duration,
}

/// What was tried lately, by whom it concerns.
#[derive(Clone, Debug)]
pub struct Guesses<K>(BTreeMap<K, Tries>);

impl<K> Default for Guesses<K> {
    fn default() -> Self {
        Guesses(BTreeMap::new())
    }
}

impl<K: Ord + Clone> Guesses<K> {
    /// How long nothing is looked at that concerns him.
    pub fn pause(&self, of: &K, now: Mono) -> Option<Duration> {
        let tries = self.0.get(of)?;
        (tries.until > now).then(|| tries.until.since(now))
    }

    /// One that was not looked at, of somebody who waits.
    pub fn held(&mut self, of: &K) {
        self.0.get_mut(of).into_iter().for_each(|tries| tries.held = tries.held.saturating_add(1));
    }

    /// A wrong one.
    pub fn wrong(&mut self, of: K, patience: &Patience, now: Mono) {
        self.make_room(&of);
        let fresh = Tries { wrong: 0, held: 0, first: now, last: now, until: now };
        let tries = self.0.entry(of).or_insert(fresh);
        if now.since(tries.last) >= FORGIVEN {
            *tries = fresh;
        }
        tries.wrong = tries.wrong.saturating_add(1);
        (tries.last, tries.until) = (now, now + patience.pause_after(tries.wrong));
    }

    /// He has proved that he knows it: nothing is held against him any more.
    pub fn forgive(&mut self, of: &K) {
        self.0.remove(of);
    }

    /// Those who wait, or had to lately.
    pub fn waiting(&self, now: Mono) -> impl Iterator<Item = (&K, Waits)> {
        let lately =
            self.0.iter().filter(move |(_, tries)| tries.until > tries.last && now.since(tries.last) < FORGIVEN);
        lately.map(move |(of, tries)| {
            let Tries { wrong, held, first, until, .. } = *tries;
            (of, Waits { wrong, held, since: now.since(first), pause: until.since(now) })
        })
    }

    /// Forgets them all; how many waited.
    pub fn lift(&mut self, now: Mono) -> usize {
        std::mem::take(&mut self.0).values().filter(|tries| tries.until > now).count()
    }

    /// Beyond the limit the one who was quiet for the longest time is forgotten.
    fn make_room(&mut self, of: &K) {
        if self.0.len() < limits::PIN_GUESSERS || self.0.contains_key(of) {
            return;
        }
        let quiet = self.0.iter().min_by_key(|(_, tries)| tries.last).map(|(of, _)| of.clone());
        quiet.into_iter().for_each(|quiet| _ = self.0.remove(&quiet));
    }
}

/// Whether these are the same; it takes the same time wherever they differ.
pub fn is_same(one: &[u8], other: &[u8]) -> bool {
    let differ = one.iter().zip(other).fold(0, |differ, (one, other)| differ | (one ^ other));
    one.len() == other.len() && std::hint::black_box(differ) == 0
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOME: Patience = Patience { free: 4, longest: Duration::from_secs(60) };

    fn at(secs: u64) -> Mono {
        Mono::from_micros(secs * 1_000_000)
    }

    #[test]
    fn who_mistypes_waits_for_nothing_and_who_guesses_longer_and_longer_until_he_is_forgiven() {
        let mut guesses = Guesses::default();
        (0..4).for_each(|_| guesses.wrong(1, &SOME, at(0)));
        assert_eq!(guesses.pause(&1, at(0)), None);
        let pauses = (0..9).map(|_| {
            guesses.wrong(1, &SOME, at(0));
            guesses.pause(&1, at(0)).map_or(0, |pause| pause.as_secs())
        });
        assert_eq!(pauses.collect::<Vec<_>>(), [1, 2, 4, 8, 16, 32, 60, 60, 60]);
        assert_eq!((guesses.pause(&2, at(0)), guesses.pause(&1, at(60))), (None, None), "another one; and later");
        guesses.wrong(1, &SOME, at(1_860));
        assert_eq!(guesses.pause(&1, at(1_860)), None, "it is half an hour ago");
    }

    #[test]
    fn how_much_is_borne_is_said_with_each_try_and_whoever_knows_it_is_forgiven() {
        let mut guesses = Guesses::default();
        let little = Patience { free: 0, longest: Duration::from_secs(2) };
        (0..3).for_each(|_| guesses.wrong('a', &little, at(0)));
        assert_eq!(guesses.pause(&'a', at(0)), Some(Duration::from_secs(2)));
        guesses.forgive(&'a');
        guesses.wrong('a', &SOME, at(0));
        assert_eq!(guesses.pause(&'a', at(0)), None);
    }

    #[test]
    fn memory_has_an_end_and_whoever_was_quiet_for_longest_is_forgotten() {
        let mut guesses = Guesses::default();
        (0..5).for_each(|_| guesses.wrong(0, &SOME, at(0)));
        (1..=limits::PIN_GUESSERS).for_each(|who| guesses.wrong(who, &SOME, at(0)));
        assert_eq!((guesses.0.len(), guesses.pause(&0, at(0))), (limits::PIN_GUESSERS, None));
        (0..5).for_each(|_| guesses.wrong(7, &SOME, at(1)));
        assert_eq!((guesses.lift(at(1)), guesses.pause(&7, at(1))), (1, None));
    }

    #[test]
    fn who_waits_can_be_seen_and_who_mistypes_cannot() {
        let mut guesses = Guesses::default();
        guesses.wrong('m', &SOME, at(0));
        (0..6).for_each(|_| guesses.wrong('g', &SOME, at(10)));
        guesses.held(&'g');
        guesses.held(&'n');
        let waits =
            |guesses: &Guesses<char>, secs| guesses.waiting(at(secs)).map(|(of, it)| (*of, it)).collect::<Vec<_>>();
        let of = |since, pause| {
            let (since, pause) = (Duration::from_secs(since), Duration::from_secs(pause));
            vec![('g', Waits { wrong: 6, held: 1, since, pause })]
        };
        assert_eq!((waits(&guesses, 11), waits(&guesses, 20)), (of(1, 1), of(10, 0)));
        assert_eq!(waits(&guesses, 1_810), vec![]);
    }

    #[test]
    fn what_differs_anywhere_or_is_longer_is_not_the_same() {
        assert!(is_same(b"4711", b"4711") && is_same(b"", b""));
        for other in ["4710", "5711", "471", "47111", ""] {
            assert!(!is_same(b"4711", other.as_bytes()), "{other}");
        }
    }
}
