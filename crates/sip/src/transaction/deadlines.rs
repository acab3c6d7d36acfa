//! The one heap of deadlines of the core. A deadline has a key; setting the key again moves it.
//! Cancelled entries stay in the heap until they surface or make up half of it.

use crate::table::Table;
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::hash::Hash;
use terms::Mono;

/// Stale entries tolerated beyond the living ones before the heap is swept.
const SLACK: usize = 256;

/// All deadlines, by key.
pub(crate) struct Deadlines<K> {
    heap: BinaryHeap<Reverse<(Mono, u64, K)>>,
    live: Table<K, u64>,
    serial: u64,
}

impl<K: Copy + Ord + Hash> Deadlines<K> {
    /// No deadlines.
    pub(crate) fn new() -> Self {
        Deadlines { heap: BinaryHeap::new(), live: Table::default(), serial: 0 }
    }

    /// Sets or moves the deadline of `key`.
    pub(crate) fn set(&mut self, key: K, when: Mono) {
        self.serial += 1;
        self.live.insert(key, self.serial);
        self.heap.push(Reverse((when, self.serial, key)));
        self.sweep();
    }

    /// Forgets the deadline of `key`.
    pub(crate) fn cancel(&mut self, key: K) {
        self.live.remove(&key);
        self.sweep();
    }

    /// The next deadline.
    pub(crate) fn next(&mut self) -> Option<Mono> {
        self.drop_stale_top();
        self.heap.peek().map(|Reverse((when, _, _))| *when)
    }

    /// The key whose deadline has come, earliest first, in the order of setting among equals.
    pub(crate) fn pop_due(&mut self, now: Mono) -> Option<K> {
        self.drop_stale_top();
        if self.heap.peek().is_none_or(|Reverse((when, _, _))| *when > now) {
            return None;
        }
        let Reverse((_, _, key)) = self.heap.pop()?;
        self.live.remove(&key);
        Some(key)
    }

    /// Whether this one is set.
    pub(crate) fn is_set(&self, key: K) -> bool {
        self.live.contains_key(&key)
    }

    /// How many deadlines are set.
    pub(crate) fn len(&self) -> usize {
        self.live.len()
    }

    fn drop_stale_top(&mut self) {
        while let Some(Reverse((_, serial, key))) = self.heap.peek() {
            if self.live.get(key) == Some(serial) {
                return;
            }
            self.heap.pop();
        }
    }

    fn sweep(&mut self) {
        if self.heap.len() <= self.live.len() * 2 + SLACK {
            return;
        }
        let live = &self.live;
        self.heap.retain(|Reverse((_, serial, key))| live.get(key) == Some(serial));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(micros: u64) -> Mono {
        Mono::from_micros(micros)
    }

    #[test]
    fn deadlines_come_in_order_and_a_moved_one_fires_once() {
        let mut deadlines = Deadlines::new();
        deadlines.set("b", at(20));
        deadlines.set("a", at(10));
        deadlines.set("b", at(5));
        assert_eq!(deadlines.next(), Some(at(5)));
        assert_eq!(deadlines.pop_due(at(4)), None);
        assert_eq!(deadlines.pop_due(at(30)), Some("b"));
        assert_eq!(deadlines.pop_due(at(30)), Some("a"));
        assert_eq!(deadlines.pop_due(at(30)), None);
        assert_eq!(deadlines.len(), 0);
    }

    #[test]
    fn a_cancelled_deadline_never_fires_and_its_memory_is_bounded() {
        let mut deadlines = Deadlines::new();
        deadlines.set(0_u32, at(1));
        deadlines.cancel(0);
        assert_eq!(deadlines.next(), None);
        for key in 0..100_000 {
            deadlines.set(key, at(1_000_000));
            deadlines.cancel(key);
        }
        assert!(deadlines.heap.len() <= SLACK, "{} stale entries", deadlines.heap.len());
    }
}
