//! The deadlines of all streams. An entry whose stream no longer has that deadline is passed over.
//!
//! Those that need not be exact fall together, many on one moment: they lie by the moment, in the order in which they
//! were set. A heap of them, most of which are of streams that are gone when they come, cost more than what they wake.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};
use terms::Mono;

/// What a stream waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Timer {
    /// The next packet of the sound that it plays.
    Tick,
    /// The next RTCP report.
    Report,
    /// The next packet to a peer who was not heard yet.
    Knock,
    /// The next look whether the voice that it hears still comes.
    Quiet,
    /// The next packet of a key that is sent to the peer.
    Key,
    /// The next frame of the mix that its room hears.
    Beat,
}

/// Deadlines that need not be exact fall on multiples of it.
const GRAIN_US: u64 = 20_000;

/// One stream's deadlines.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Deadlines([Option<Mono>; 6]);

impl Deadlines {
    pub(super) fn get(&self, timer: Timer) -> Option<Mono> {
        self.0[timer as usize]
    }

    pub(super) fn clear(&mut self, timer: Timer) {
        self.0[timer as usize] = None;
    }
}

/// All of them.
#[derive(Debug, Default)]
pub(super) struct Timers {
    exact: BinaryHeap<Reverse<(Mono, u32, Timer)>>,
    /// By moment; each has one at least.
    about: BTreeMap<Mono, VecDeque<(u32, Timer)>>,
}

impl Timers {
    /// Sets a stream's deadline, in place of the one that it had.
    pub(super) fn set(&mut self, slot: u32, deadlines: &mut Deadlines, timer: Timer, at: Mono) {
        if deadlines.0[timer as usize].replace(at) != Some(at) {
            self.exact.push(Reverse((at, slot, timer)));
        }
    }

    /// Sets a deadline that need not be exact, so that the worker is woken once for many.
    pub(super) fn set_about(&mut self, slot: u32, deadlines: &mut Deadlines, timer: Timer, at: Mono) {
        let at = Mono::from_micros(at.as_micros().next_multiple_of(GRAIN_US));
        if deadlines.0[timer as usize].replace(at) != Some(at) {
            self.about.entry(at).or_default().push_back((slot, timer));
        }
    }

    /// The earliest entry.
    pub(super) fn first(&self) -> Option<(Mono, u32, Timer)> {
        let exact = self.exact.peek().map(|Reverse(entry)| *entry);
        let about = self.about_first().filter(|(at, ..)| exact.is_none_or(|(sooner, ..)| *at < sooner));
        about.or(exact)
    }

    /// Forgets the earliest entry.
    pub(super) fn drop_first(&mut self) {
        let exact = self.exact.peek().map(|Reverse((at, ..))| *at);
        match self.about.first_entry().filter(|about| exact.is_none_or(|sooner| *about.key() < sooner)) {
            Some(mut about) => {
                about.get_mut().pop_front();
                if about.get().is_empty() {
                    about.remove();
                }
            }
            None => _ = self.exact.pop(),
        }
    }

    fn about_first(&self) -> Option<(Mono, u32, Timer)> {
        let (at, entries) = self.about.first_key_value()?;
        entries.front().map(|(slot, timer)| (*at, *slot, *timer))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn deadlines_that_need_not_be_exact_fall_together_and_never_before_their_time() {
        let (mut timers, mut exact) = (Timers::default(), 0);
        let mut at: Vec<_> = (0..100u32)
            .map(|slot| {
                let wanted = Mono::from_micros(200_001 + u64::from(slot) * 199);
                let mut deadlines = Deadlines::default();
                timers.set_about(slot, &mut deadlines, Timer::Knock, wanted);
                let set = deadlines.get(Timer::Knock).unwrap();
                exact += usize::from(set == wanted);
                assert!(set >= wanted && set.since(wanted).as_micros() < u128::from(GRAIN_US));
                set
            })
            .collect();
        at.dedup();
        assert_eq!((at.len(), exact), (1, 0));
    }

    #[test]
    fn each_comes_once_in_the_order_of_its_time_whether_it_is_exact_or_not() {
        let (mut timers, mut tick, mut quiet) = (Timers::default(), Deadlines::default(), Deadlines::default());
        timers.set_about(1, &mut quiet, Timer::Quiet, Mono::from_micros(39_000));
        timers.set(2, &mut tick, Timer::Tick, Mono::from_micros(40_000));
        timers.set_about(3, &mut Deadlines::default(), Timer::Report, Mono::from_micros(40_000));
        timers.set(2, &mut tick, Timer::Tick, Mono::from_micros(39_999));
        timers.set_about(1, &mut quiet, Timer::Quiet, Mono::from_micros(40_000));
        timers.set_about(4, &mut Deadlines::default(), Timer::Knock, Mono::from_micros(1));
        let mut seen = vec![];
        while let Some((at, slot, timer)) = timers.first() {
            seen.push((at.as_micros(), slot, timer));
            timers.drop_first();
        }
        let wanted = [
            (20_000, 4, Timer::Knock),
            (39_999, 2, Timer::Tick),
            (40_000, 2, Timer::Tick),
            (40_000, 1, Timer::Quiet),
            (40_000, 3, Timer::Report),
        ];
        assert_eq!(seen, wanted, "the one that was set to the same moment again is there once");
    }
}
