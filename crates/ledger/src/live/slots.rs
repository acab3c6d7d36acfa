//! What happened, by the slice of time in which it did; the slices of the last while, and no more of them.

use crate::report::Tally;
use call::cdr::CallEventKind;
use std::collections::BTreeMap;
use std::time::Duration;
use terms::Wall;

pub(super) const QUARTER_MS: i64 = 15 * 60_000;
/// The longest threshold of a service level, in seconds: whoever waited longer is above each.
const LONGEST: u64 = 3_600;

/// Slices of one length, by their number since 1970.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Slots {
    length_ms: i64,
    most: usize,
    slots: BTreeMap<i64, Slot>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Slot {
    tally: Tally,
    /// By the wait in seconds, rounded up: how many were answered, and how many left.
    waits: BTreeMap<u64, (u64, u64)>,
}

impl Slots {
    pub fn new(length_ms: i64, most: usize) -> Slots {
        Slots { length_ms, most, slots: BTreeMap::new() }
    }

    pub fn take(&mut self, at: Wall, what: &CallEventKind) {
        let slot = self.slots.entry(at.as_millis().div_euclid(self.length_ms)).or_default();
        slot.tally.count_stay(what, 0);
        match what {
            what if what.contact_kind().is_some_and(|kind| !kind.is_call()) => {}
            CallEventKind::Connected { waited_ms, .. } => slot.waits.entry(seconds(*waited_ms)).or_default().0 += 1,
            CallEventKind::Abandoned { waited_ms, .. } => slot.waits.entry(seconds(*waited_ms)).or_default().1 += 1,
            _ => {}
        }
        // The earliest goes, also one of a clock that was set back since.
        while self.slots.len() > self.most {
            self.slots.pop_first();
        }
    }

    /// All from the slice of `from` to that of `to`, judged by the threshold.
    pub fn sum(&self, from: i64, to: i64, within: Duration) -> Tally {
        let (first, last) = (from.div_euclid(self.length_ms), to.div_euclid(self.length_ms));
        let mut sum = Tally::default();
        for slot in self.slots.range(first..=last.max(first)).map(|(_, slot)| slot) {
            add(&mut sum, slot, within.as_secs());
        }
        sum
    }
}

/// Whole seconds, so that `seconds(wait) <= T` exactly when the wait is at most T.
fn seconds(wait_ms: u64) -> u64 {
    wait_ms.div_ceil(1_000).min(LONGEST + 1)
}

fn add(sum: &mut Tally, slot: &Slot, within: u64) {
    let tally = &slot.tally;
    sum.came += tally.came;
    sum.came_again += tally.came_again;
    sum.answered += tally.answered;
    sum.abandoned += tally.abandoned;
    sum.overflowed += tally.overflowed;
    sum.answered_wait_ms += tally.answered_wait_ms;
    sum.longest_wait_ms = sum.longest_wait_ms.max(tally.longest_wait_ms);
    for (answered, abandoned) in slot.waits.range(..=within).map(|(_, counts)| counts) {
        sum.answered_in_time += answered;
        sum.abandoned_in_time += abandoned;
    }
}
