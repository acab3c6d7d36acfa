//! How much a process of given size takes on: what its descriptors and its memory allow, and never more than the limits.

use crate::limits::{CALLS, DESCRIPTORS_PER_CALL, DESCRIPTORS_SPARE, LINKS, MEMORY_PER_CALL};

/// Room for calls and links.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Room {
    /// Calls at once: beyond it, new INVITEs get 503.
    pub calls: usize,
    /// Stream links at once: beyond it, new connections are closed.
    pub links: usize,
}

impl Room {
    /// As much as the limits allow.
    pub const WHOLE: Room = Room { calls: CALLS, links: LINKS };

    /// Room in a process that may open so many descriptors and use half of so much memory for its calls. A fifth of
    /// the descriptors is for links, so that no crowd of phones takes the calls' away, nor the other way round.
    pub fn of(descriptors: u64, memory_bytes: u64) -> Room {
        let descriptors = usize::try_from(descriptors).unwrap_or(usize::MAX).saturating_sub(DESCRIPTORS_SPARE);
        let memory = usize::try_from(memory_bytes / 2).unwrap_or(usize::MAX) / MEMORY_PER_CALL;
        let calls = (descriptors / 5 * 4 / DESCRIPTORS_PER_CALL).min(memory).min(CALLS);
        let links = descriptors.saturating_sub(calls * DESCRIPTORS_PER_CALL).min(LINKS);
        Room { calls, links }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_room_never_needs_more_descriptors_than_there_are() {
        for descriptors in [0, 1, 96, 97, 256, 1_024, 4_096, 65_536, 1 << 20] {
            let Room { calls, links } = Room::of(descriptors, 64 << 30);
            let needed = DESCRIPTORS_SPARE + calls * DESCRIPTORS_PER_CALL + links;
            assert!(calls == 0 || needed as u64 <= descriptors, "{descriptors}: {calls} calls and {links} links");
        }
        assert_eq!(Room::of(1 << 20, 64 << 30), Room::WHOLE);
    }

    #[test]
    fn memory_bounds_the_calls_too() {
        assert_eq!(Room::of(1 << 20, 1 << 30).calls, 2_048);
    }
}
