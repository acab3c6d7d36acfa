//! The deadlines of all streams in one heap. An entry whose stream no longer has that deadline is passed over.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
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

/// The heap.
#[derive(Debug, Default)]
pub(super) struct Timers(BinaryHeap<Reverse<(Mono, u32, Timer)>>);

impl Timers {
    /// Sets a stream's deadline, in place of the one that it had.
    pub(super) fn set(&mut self, slot: u32, deadlines: &mut Deadlines, timer: Timer, at: Mono) {
        if deadlines.0[timer as usize].replace(at) != Some(at) {
            self.0.push(Reverse((at, slot, timer)));
        }
    }

    /// Sets a deadline that need not be exact, so that the worker is woken once for many.
    pub(super) fn set_about(&mut self, slot: u32, deadlines: &mut Deadlines, timer: Timer, at: Mono) {
        self.set(slot, deadlines, timer, Mono::from_micros(at.as_micros().next_multiple_of(GRAIN_US)));
    }

    /// The earliest entry.
    pub(super) fn first(&self) -> Option<(Mono, u32, Timer)> {
        self.0.peek().map(|Reverse(entry)| *entry)
    }

    /// Forgets the earliest entry.
    pub(super) fn drop_first(&mut self) {
        self.0.pop();
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
}
