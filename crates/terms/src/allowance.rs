//! How much a process of given size takes on: what its descriptors and its memory allow, and never more than the limits.
//! Calls, links and recordings draw on the same descriptors, so the room for one shrinks as the others grow.

use crate::limits::{CALLS, DESCRIPTORS_PER_CALL, DESCRIPTORS_SPARE, KEPT_PAIRS, KEPT_SHARE, LINKS, MEMORY_PER_CALL};

/// What a process may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Allowance {
    descriptors: usize,
    kept_pairs: usize,
    calls_max: usize,
}

impl Allowance {
    /// A process that may open so many descriptors and use half of so much memory for its calls.
    pub fn of(descriptors: u64, memory_bytes: u64) -> Allowance {
        let descriptors = usize::try_from(descriptors).unwrap_or(usize::MAX).saturating_sub(DESCRIPTORS_SPARE);
        let memory = usize::try_from(memory_bytes / 2).unwrap_or(usize::MAX) / MEMORY_PER_CALL;
        let kept_pairs = (descriptors / KEPT_SHARE / 2).min(KEPT_PAIRS);
        Allowance { descriptors: descriptors - 2 * kept_pairs, kept_pairs, calls_max: memory.min(CALLS) }
    }

    /// The same with so many pairs of RTP ports: each side of a call takes one.
    pub fn with_pairs(self, pairs: usize) -> Allowance {
        Allowance { calls_max: self.calls_max.min(pairs / 2), ..self }
    }

    /// RTP port pairs that keep their sockets while no stream has them.
    pub fn kept_pairs(&self) -> usize {
        self.kept_pairs
    }

    /// Calls at once, beside so many links and recordings: beyond it, new INVITEs get 503.
    pub fn calls(&self, links: usize, recordings: usize) -> usize {
        (self.descriptors.saturating_sub(links + recordings) / DESCRIPTORS_PER_CALL).min(self.calls_max)
    }

    /// Stream links at once, beside so many calls and recordings: beyond it, new connections are closed. Half of the
    /// descriptors at most, so that no crowd of phones takes the calls' away.
    pub fn links(&self, calls: usize, recordings: usize) -> usize {
        let left = self.descriptors.saturating_sub(calls * DESCRIPTORS_PER_CALL + recordings);
        left.min(self.descriptors / 2).min(LINKS)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_room_never_needs_more_descriptors_than_there_are() {
        for descriptors in [0, 1, 96, 97, 256, 1_024, 4_096, 65_536, 1 << 20] {
            let allowance = Allowance::of(descriptors, 64 << 30);
            for (links, recordings) in [(0, 0), (10, 3), (400, 400), (LINKS, 0)] {
                let links = links.min(allowance.links(0, recordings));
                let calls = allowance.calls(links, recordings);
                let needed =
                    DESCRIPTORS_SPARE + 2 * allowance.kept_pairs() + calls * DESCRIPTORS_PER_CALL + links + recordings;
                assert!(calls == 0 || needed as u64 <= descriptors, "{descriptors}: {calls} calls and {links} links");
                assert!(
                    allowance.links(calls, recordings) >= links.min(allowance.links(0, 0)) || calls == 0 || links == 0
                );
            }
        }
        let whole = Allowance::of(1 << 20, 64 << 30);
        assert_eq!((whole.calls(LINKS, CALLS), whole.links(CALLS, CALLS)), (CALLS, LINKS));
    }

    #[test]
    fn the_ports_for_sound_bound_the_calls_too() {
        let whole = Allowance::of(1 << 20, 64 << 30);
        assert_eq!(whole.with_pairs(4).calls(0, 0), 2);
        assert_eq!(whole.with_pairs(0).calls(0, 0), 0);
        assert_eq!(whole.with_pairs(1 << 15).calls(0, 0), CALLS);
    }

    #[test]
    fn memory_bounds_the_calls_too() {
        assert_eq!(Allowance::of(1 << 20, 1 << 30).calls(0, 0), 2_048);
    }
}
