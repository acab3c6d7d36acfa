//! The RTP/RTCP port pairs of one worker: an even port for RTP, the next one for RTCP (RFC 3550 11).
//! A freed pair rests before it is used again, so that a late packet of the old call does not reach a new one.
//! It rests as long as there are others, and when there are none, at least as long as packets are under way.
//!
//! Some pairs keep their sockets after their stream: to open new ones costs more than anything else of a call's sound.
//! Such a pair rests for a shorter time, since what still arrives there can be seen: the shell refuses the pair then.
//! After its rest it is spare: call control is told of it, and a stream that begins there costs no question and answer.
//! So that there always are some, pairs are also opened in advance.

use crate::rng::Rng;
use std::collections::{BTreeSet, VecDeque};
use std::time::Duration;
use terms::{Mono, limits};

/// Rests end together, this far apart: each alone would wake the worker.
const ROUND: Duration = Duration::from_millis(32);

/// The pairs that are free, and those that rest. Those in use belong to their streams.
#[derive(Debug)]
pub(crate) struct Ports {
    range: (u16, u16),
    free: VecDeque<u16>,
    resting: VecDeque<(Mono, u16)>,
    /// Those that rest with open sockets, the longest unused first.
    kept: VecDeque<(Mono, u16)>,
    /// Those that call control may use.
    spare: BTreeSet<u16>,
    /// How many are being opened to become so.
    opening: usize,
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
        let (resting, kept) = (VecDeque::new(), VecDeque::new());
        Ports { range: (low, high), free: free.into(), resting, kept, spare: BTreeSet::new(), opening: 0, kept_most }
    }

    /// Whether a port is of this range.
    pub(crate) fn has(&self, port: u16) -> bool {
        (self.range.0..=self.range.1).contains(&port)
    }

    /// The pair that has been unused the longest, unless all are in use or have only just been.
    pub(crate) fn take(&mut self, now: Mono) -> Option<u16> {
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
        let room = self.kept.len() + self.spare.len() + self.opening < self.kept_most;
        match room {
            true => self.kept.push_back((now, port)),
            false => self.give(now, port),
        }
        room
    }

    /// A kept pair that has rested.
    pub(crate) fn rested(&mut self, now: Mono) -> Option<u16> {
        let (_, port) = self.kept.pop_front_if(|(freed, _)| *freed + limits::PORT_REST_KEPT <= now)?;
        self.opening += 1;
        Some(port)
    }

    /// When to ask for kept pairs that have rested.
    pub(crate) fn rested_at(&self) -> Option<Mono> {
        let (freed, _) = self.kept.front()?;
        let (at, round) = ((*freed + limits::PORT_REST_KEPT).as_micros(), ROUND.as_micros() as u64);
        Some(Mono::from_micros(at.next_multiple_of(round)))
    }

    /// A pair to open in advance, if there are too few spare ones.
    pub(crate) fn advance(&mut self, now: Mono) -> Option<u16> {
        let port = if self.is_short() { self.take(now)? } else { return None };
        self.opening += 1;
        Some(port)
    }

    /// Whether there are fewer spare pairs than there should be.
    pub(crate) fn is_short(&self) -> bool {
        self.spare.len() + self.opening < limits::SPARE_PAIRS.min(self.kept_most / 2)
    }

    /// Whether a pair that has rested, or one that was to be opened, is open and may be used.
    pub(crate) fn prepared(&mut self, now: Mono, port: u16, usable: bool) {
        self.opening = self.opening.saturating_sub(1);
        match usable {
            true => _ = self.spare.insert(port),
            false => self.give(now, port),
        }
    }

    /// Call control does; false when it never was told that it may.
    pub(crate) fn take_spare(&mut self, port: u16) -> bool {
        self.spare.remove(&port)
    }

    /// Gives a pair back; it rests.
    pub(crate) fn give(&mut self, now: Mono, port: u16) {
        self.resting.push_back((now, port));
    }

    /// How many pairs are free now, and how many rest.
    pub(crate) fn counts(&self) -> (usize, usize) {
        (self.free.len() + self.spare.len(), self.resting.len() + self.kept.len())
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
    fn a_pair_that_keeps_its_sockets_is_spare_after_its_rest_and_only_so_many_are() {
        let start = Mono::ZERO;
        let mut pool = ports(10_000, 10_099);
        let (first, second) = (pool.take(start).expect("free"), pool.take(start).expect("free"));
        assert_eq!((pool.keep(start, first), pool.keep(start, second)), (true, false));
        assert_eq!(pool.counts(), (48, 2));
        assert_eq!(pool.rested(start), None);
        let at = pool.rested_at().expect("one rests");
        assert!((limits::PORT_REST_KEPT..=limits::PORT_REST_KEPT + ROUND).contains(&at.since(start)), "{at:?}");
        assert_eq!((pool.rested(at), pool.rested(at), pool.rested_at()), (Some(first), None, None));
        pool.prepared(at, first, true);
        assert!(!pool.keep(at, second), "it has its sockets still");
        let others: BTreeSet<u16> = std::iter::from_fn(|| pool.take(at)).collect();
        assert!(!others.contains(&first), "it is call control's");
        assert_eq!((pool.take_spare(first), pool.take_spare(first), pool.take_spare(second)), (true, false, false));
    }

    #[test]
    fn so_many_pairs_are_opened_in_advance_as_are_missing() {
        let now = Mono::ZERO;
        let mut pool = Ports::new(10_000, 10_099, 6, &mut Rng::new(1));
        let opened: Vec<u16> = std::iter::from_fn(|| pool.advance(now)).collect();
        assert_eq!((opened.len(), pool.is_short()), (3, false), "half of those that may be open");
        pool.prepared(now, opened[0], true);
        pool.prepared(now, opened[1], false);
        assert!(pool.is_short() && !pool.take_spare(opened[1]));
        assert!(pool.take_spare(opened[0]));
        assert_eq!(std::iter::from_fn(|| pool.advance(now)).count(), 2, "one is being opened still");
        assert_eq!(ports(10_000, 10_099).advance(now), None, "half of one is none");
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
