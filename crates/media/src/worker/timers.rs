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
}

/// One stream's deadlines.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Deadlines([Option<Mono>; 4]);

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

    /// The earliest entry.
    pub(super) fn first(&self) -> Option<(Mono, u32, Timer)> {
        self.0.peek().map(|Reverse(entry)| *entry)
    }

    /// Forgets the earliest entry.
    pub(super) fn drop_first(&mut self) {
        self.0.pop();
    }
}
