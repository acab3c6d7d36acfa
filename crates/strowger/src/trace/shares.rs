//! How much is kept of each Call-ID, without a place for each: two rows of counters, in each of which a Call-ID shares one
//! with others. What the lesser of its two counts says is at least what there is of it, and seldom more: to be taken for
//! one who says too much, somebody would have to share both counters with such people.

/// One counter in each row for so many bytes that may be kept: of those who say as much as a call does, few share one.
const BYTES_A_COUNTER: usize = 4_096;

/// The counters. Where a Call-ID's are is told by its key, which a stranger cannot choose.
pub struct Shares {
    rows: [Vec<u32>; 2],
}

impl Shares {
    /// For so many bytes in all.
    pub fn new(room: usize) -> Shares {
        let length = (room / BYTES_A_COUNTER).next_power_of_two();
        Shares { rows: [vec![0; length], vec![0; length]] }
    }

    /// What is kept of a Call-ID, at most.
    pub fn of(&self, key: u64) -> usize {
        let counts = self.rows.iter().zip(places(key)).filter_map(|(row, place)| row.get(place & (row.len() - 1)));
        counts.min().copied().unwrap_or(0) as usize
    }

    /// So much more of it.
    pub fn more(&mut self, key: u64, bytes: usize) {
        self.each(key, |count| count.saturating_add(bytes as u32));
    }

    /// So much less.
    pub fn less(&mut self, key: u64, bytes: usize) {
        self.each(key, |count| count.saturating_sub(bytes as u32));
    }

    fn each(&mut self, key: u64, change: impl Fn(u32) -> u32) {
        for (row, place) in self.rows.iter_mut().zip(places(key)) {
            let last = row.len() - 1;
            if let Some(count) = row.get_mut(place & last) {
                *count = change(*count);
            }
        }
    }
}

fn places(key: u64) -> [usize; 2] {
    [key as u32 as usize, (key >> 32) as usize]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_count_is_never_less_than_what_is_there_and_one_neighbour_does_not_change_it() {
        let mut shares = Shares::new(16 * BYTES_A_COUNTER);
        let (one, beside, other) = (3 << 32 | 5, 4 << 32 | 5, 7 << 32 | 9);
        shares.more(one, 1_000);
        assert_eq!((shares.of(one), shares.of(beside), shares.of(other)), (1_000, 0, 0));
        shares.more(beside, 90_000);
        assert_eq!((shares.of(one), shares.of(beside)), (1_000, 90_000), "they share one counter of two");
        shares.less(one, 400);
        shares.less(beside, 90_000);
        assert_eq!((shares.of(one), shares.of(beside)), (600, 0));
    }

    #[test]
    fn there_is_a_counter_where_there_is_room_for_nothing() {
        let mut shares = Shares::new(0);
        shares.more(u64::MAX, 5);
        shares.less(1, 9);
        assert_eq!(shares.of(7), 0);
    }
}
