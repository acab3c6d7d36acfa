//! When whom to tell: what changes within a moment is told together, nobody is told more than once a second, and of many
//! who are to be told only some are at a time, so that calls in between do not wait for them.

use sip::SubId;
use std::collections::BTreeSet;
use std::time::Duration;
use terms::Mono;

/// Changes that come within this time are told together.
const MOMENT: Duration = Duration::from_millis(50);
/// The least time between two NOTIFYs to one watcher.
pub(crate) const PAUSE: Duration = Duration::from_secs(1);
/// So many are told at a time: that takes well under a millisecond.
pub(crate) const SLICE: usize = 16;
/// The pause between two slices, in which calls have their turn.
const BREATH: Duration = Duration::from_millis(2);

/// Who is to be told, and when.
#[derive(Debug, Default)]
pub(crate) struct Pace {
    due: BTreeSet<(Mono, SubId)>,
    /// Nobody before this.
    not_before: Mono,
}

impl Pace {
    /// How many are to be told.
    pub(crate) fn len(&self) -> usize {
        self.due.len()
    }

    /// Something changed for one who was told last at `told`: when he is to hear of it.
    pub(crate) fn mark(&mut self, sub: SubId, now: Mono, told: Mono) -> Mono {
        let at = (now + MOMENT).max(told + PAUSE);
        self.due.insert((at, sub));
        at
    }

    /// He was told, or is gone.
    pub(crate) fn unmark(&mut self, sub: SubId, at: Mono) {
        self.due.remove(&(at, sub));
    }

    /// When the next one is to be told.
    pub(crate) fn next(&self) -> Option<Mono> {
        self.due.first().map(|(at, _)| (*at).max(self.not_before))
    }

    /// Whose time has come, a slice of them.
    pub(crate) fn pop(&mut self, now: Mono) -> Vec<SubId> {
        if now < self.not_before {
            return vec![];
        }
        let ripe: Vec<(Mono, SubId)> = self.due.iter().take_while(|(at, _)| *at <= now).take(SLICE).copied().collect();
        if !ripe.is_empty() {
            self.not_before = now + BREATH;
        }
        ripe.iter().for_each(|one| _ = self.due.remove(one));
        ripe.into_iter().map(|(_, sub)| sub).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_are_told_in_slices_with_a_breath_between_and_each_once() {
        let (mut pace, mut now) = (Pace::default(), Mono::from_micros(5_000_000));
        (0..500).for_each(|number| _ = pace.mark(SubId(number), now, Mono::default()));
        assert!(pace.pop(now).is_empty(), "what else changes in this moment is told with it");
        let (mut told, mut slices) = (vec![], 0);
        while let Some(next) = pace.next() {
            assert!(next > now);
            now = next;
            let slice = pace.pop(now);
            assert!((1..=SLICE).contains(&slice.len()));
            assert!(pace.pop(now).is_empty(), "calls have their turn");
            told.extend(slice);
            slices += 1;
        }
        assert_eq!((told.len(), slices), (500, 500_usize.div_ceil(SLICE)));
        assert!(now.since(Mono::from_micros(5_000_000)) < Duration::from_millis(150));
    }

    #[test]
    fn nobody_is_told_twice_within_a_second() {
        let (mut pace, now) = (Pace::default(), Mono::from_micros(5_000_000));
        assert_eq!(pace.mark(SubId(1), now, now), now + PAUSE);
        assert_eq!(pace.next(), Some(now + PAUSE));
        pace.unmark(SubId(1), now + PAUSE);
        assert_eq!((pace.next(), pace.len()), (None, 0));
    }
}
