//! The lane for two cores that share a thread: a `VecDeque` with a bound. No doorbell: whoever drives
//! the thread drains it after each input.

use std::collections::VecDeque;

/// A bounded queue that keeps count of what it refused and how far it filled.
#[derive(Debug)]
pub struct Local<T> {
    items: VecDeque<T>,
    capacity: usize,
    high_water: usize,
    refused: u64,
}

/// A lane of at most `capacity` items (at least one) within one thread.
pub fn local<T>(capacity: usize) -> Local<T> {
    Local { items: VecDeque::new(), capacity: capacity.max(1), high_water: 0, refused: 0 }
}

impl<T> Local<T> {
    /// Puts an item at the end; gives it back when the lane is full.
    pub fn push(&mut self, item: T) -> Result<(), T> {
        if self.items.len() >= self.capacity {
            self.refused += 1;
            return Err(item);
        }
        self.items.push_back(item);
        self.high_water = self.high_water.max(self.items.len());
        Ok(())
    }

    /// Takes the item at the front.
    pub fn pop(&mut self) -> Option<T> {
        self.items.pop_front()
    }

    /// Items inside.
    pub fn len(&self) -> usize {
        self.items.len()
    }

    /// Whether nothing is inside.
    pub fn is_empty(&self) -> bool {
        self.items.is_empty()
    }

    /// Items that fit.
    pub fn capacity(&self) -> usize {
        self.capacity
    }

    /// The most items that were ever inside.
    pub fn high_water(&self) -> usize {
        self.high_water
    }

    /// How many pushes found it full.
    pub fn refused(&self) -> u64 {
        self.refused
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_lane_gives_the_item_back_and_counts_it() {
        let mut lane = local(2);
        assert_eq!((lane.push('a'), lane.push('b'), lane.push('c')), (Ok(()), Ok(()), Err('c')));
        assert_eq!(lane.pop(), Some('a'));
        assert_eq!(lane.push('d'), Ok(()));
        assert_eq!((lane.pop(), lane.pop(), lane.pop()), (Some('b'), Some('d'), None));
        assert_eq!((lane.high_water(), lane.refused(), lane.len()), (2, 1, 0));
    }
}
