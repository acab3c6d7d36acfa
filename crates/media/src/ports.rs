//! The RTP/RTCP port pairs of one worker: an even port for RTP, the next one for RTCP (RFC 3550 11).
//! A freed pair rests before it is used again, so that a late packet of the old call does not reach a new one.
//! It rests as long as there are others, and when there are none, at least as long as packets are under way.
//!
//! Some pairs keep their sockets after their stream: to open new ones costs more than anything else of a call's sound.
//! Such a pair is used again first, and soon, since what still arrives there can be seen: the shell refuses the pair then.

use crate::rng::Rng;
use std::collections::VecDeque;
use terms::{Mono, limits};

/// The pairs that are free, and those that rest. Those in use belong to their streams.
#[derive(Debug)]
pub(crate) struct Ports {
    free: VecDeque<u16>,
    resting: VecDeque<(Mono, u16)>,
    /// Whose sockets are open, the longest unused first.
    kept: VecDeque<(Mono, u16)>,
    kept_most: usize,
}

impl Ports {
    /// All pairs that fit into `low..=high`, in an order that a stranger cannot guess. So many of those that are not
    /// in use may keep their sockets.
    pub(crate) fn new(low: u16, high: u16, kept_most: usize, rng: &mut Rng) -> Ports {
        let first = u32::from(low.max(2)).next_multiple_of(2);
        let mut free: Vec<u16> =
            (first..u32::from(high)).step_by(2).filter_map(|port| u16::try_from(port).ok()).collect();
        for i in (1..free.len()).rev() {
            let j = usize::try_from(rng.below(i as u64 + 1)).unwrap_or(0);
            free.swap(i, j);
        }
        Ports { free: free.into(), resting: VecDeque::new(), kept: VecDeque::new(), kept_most }
    }

    /// One whose sockets are open, or else the pair that has been unused the longest, unless all are in use or have
    /// only just been.
    pub(crate) fn take(&mut self, now: Mono) -> Option<u16> {
        if let Some(&(freed, port)) = self.kept.front()
            && freed + limits::PORT_REST_KEPT <= now
        {
            self.kept.pop_front();
            return Some(port);
        }
        while let Some(&(freed, port)) = self.resting.front()
            && freed + limits::PORT_REST <= now
        {
            self.resting.pop_front();
            self.free.push_back(port);
        }
        if self.free.is_empty()
            && let Some(&(freed, port)) = self.resting.front()
            && freed + limits::PORT_REST_LEAST <= now
        {
            self.resting.pop_front();
            return Some(port);
        }
        self.free.pop_front()
    }

    /// Gives a pair back whose sockets are open; whether they are to stay so.
    pub(crate) fn keep(&mut self, now: Mono, port: u16) -> bool {
        let room = self.kept.len() < self.kept_most;
        match room {
            true => self.kept.push_back((now, port)),
            false => self.give(now, port),
        }
        room
    }

    /// Gives a pair back; it rests.
    pub(crate) fn give(&mut self, now: Mono, port: u16) {
        self.resting.push_back((now, port));
    }

    /// How many pairs are free now, and how many rest.
    pub(crate) fn counts(&self) -> (usize, usize) {
        (self.free.len(), self.resting.len() + self.kept.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    fn ports(low: u16, high: u16) -> Ports {
        Ports::new(low, high, 1, &mut Rng::new(1))
    }

    #[test]
    fn pairs_are_even_distinct_and_within_the_range() {
        let mut pool = ports(16_385, 16_400);
        let taken: BTreeSet<u16> = std::iter::from_fn(|| pool.take(Mono::ZERO)).collect();
        assert_eq!(taken, (16_386..16_400).step_by(2).collect());
        assert_eq!(std::iter::from_fn(|| ports(65_530, 65_535).take(Mono::ZERO)).take(9).count(), 9);
        assert!(ports(7, 7).take(Mono::ZERO).is_none() && ports(9, 3).take(Mono::ZERO).is_none());
    }

    #[test]
    fn a_pair_that_keeps_its_sockets_is_used_again_first_and_only_so_many_do() {
        let start = Mono::ZERO;
        let mut pool = ports(10_000, 10_099);
        let (first, second) = (pool.take(start).expect("free"), pool.take(start).expect("free"));
        assert_eq!((pool.keep(start, first), pool.keep(start, second)), (true, false));
        assert_eq!(pool.counts(), (48, 2));
        assert_ne!(pool.take(start), Some(first), "it rests");
        assert_eq!(pool.take(start + limits::PORT_REST_KEPT), Some(first));
        assert_ne!(pool.take(start + limits::PORT_REST_KEPT), Some(second), "its sockets are closed: it rests longer");
    }

    #[test]
    fn a_freed_pair_rests_before_it_is_used_again_the_shortest_time_when_there_is_no_other() {
        let just_before = |rest: std::time::Duration| Mono::from_micros(rest.as_micros() as u64 - 1);
        let start = Mono::ZERO;
        let mut pool = ports(10_000, 10_005);
        let (first, second) = (pool.take(start).expect("three pairs"), pool.take(start).expect("two pairs"));
        pool.give(start, first);
        pool.give(start, second);
        let third = pool.take(just_before(limits::PORT_REST)).expect("the third pair never rested");
        assert!(third != first && third != second);
        assert_eq!(pool.take(just_before(limits::PORT_REST_LEAST)), None);
        assert_eq!(pool.take(start + limits::PORT_REST_LEAST), Some(first));
        assert_eq!(pool.take(start + limits::PORT_REST), Some(second));
    }
}
