//! What was seen lately, in bounded memory: when half of the room is full, what was not touched since the half before is
//! forgotten. Nothing is ever searched for, so a flood of new keys costs no more than a few of them.

use crate::table::Table;
use std::hash::Hash;

/// A table of at most `room` entries that forgets the oldest.
#[derive(Debug)]
pub(crate) struct Recent<K, V> {
    young: Table<K, V>,
    old: Table<K, V>,
    room: usize,
}

impl<K: Copy + Eq + Hash, V> Recent<K, V> {
    /// An empty table with this much room.
    pub(crate) fn new(room: usize) -> Recent<K, V> {
        Recent { young: Table::default(), old: Table::default(), room }
    }

    /// How many entries there are.
    pub(crate) fn len(&self) -> usize {
        self.young.len() + self.old.len()
    }

    /// What is there, without making it any younger.
    pub(crate) fn get(&self, key: &K) -> Option<&V> {
        self.young.get(key).or_else(|| self.old.get(key))
    }

    /// What is there, made the youngest; `fresh` where there is nothing.
    pub(crate) fn touch(&mut self, key: K, fresh: impl FnOnce() -> V) -> &mut V {
        let aged = if self.old.is_empty() { None } else { self.old.remove(&key) };
        if self.young.len() >= (self.room / 2).max(1) && !self.young.contains_key(&key) {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.entry(key).or_insert_with(|| aged.unwrap_or_else(fresh))
    }

    /// Forgets an entry.
    pub(crate) fn remove(&mut self, key: &K) -> Option<V> {
        if self.len() == 0 {
            return None;
        }
        self.young.remove(key).or_else(|| self.old.remove(key))
    }

    /// All entries, in no order.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&K, &V)> {
        self.young.iter().chain(&self.old)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_of_keys_stays_within_the_room_and_what_is_touched_stays() {
        let mut recent: Recent<u64, u64> = Recent::new(100);
        for key in 0..10_000 {
            *recent.touch(7, || 0) += 1;
            recent.touch(key + 100, || key);
            assert!(recent.len() <= 100);
        }
        assert_eq!(recent.get(&7), Some(&10_000));
        assert_eq!(recent.get(&100), None);
        assert_eq!(recent.remove(&7), Some(10_000));
        assert_eq!(recent.remove(&7), None);
    }
}
