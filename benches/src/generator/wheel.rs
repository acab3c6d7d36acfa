//! A wheel of timers, a slot a millisecond. Timers are never taken out: the load asks itself, when one is
//! due, whether it still means something.

use super::Micros;

/// Slots: a power of two. A timer further off than one turn stays in its slot for another.
const SLOTS: usize = 1 << 14;

/// What a load is reminded of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timer {
    /// Whose.
    pub unit: u32,
    /// What: the load's own code.
    pub kind: u8,
    /// Which repetition.
    pub round: u8,
}

/// The wheel.
#[derive(Debug)]
pub struct Wheel {
    slots: Vec<Vec<(u64, Timer)>>,
    /// The millisecond that is looked at.
    at: u64,
    /// Those of it that are not due in this turn are before this index.
    kept: usize,
}

impl Default for Wheel {
    fn default() -> Wheel {
        Wheel { slots: vec![Vec::new(); SLOTS], at: 0, kept: 0 }
    }
}

impl Wheel {
    /// Reminds at this time, rounded up to the millisecond.
    pub fn add(&mut self, at: Micros, timer: Timer) {
        let at = at.div_ceil(1_000).max(self.at + 1);
        self.slots[at as usize % SLOTS].push((at, timer));
    }

    /// The next timer that is due.
    pub fn due(&mut self, now: Micros) -> Option<Timer> {
        while self.at <= now / 1_000 {
            let slot = &mut self.slots[self.at as usize % SLOTS];
            while let Some((at, timer)) = slot.get(self.kept).copied() {
                if at <= self.at {
                    slot.swap_remove(self.kept);
                    return Some(timer);
                }
                self.kept += 1;
            }
            if self.at == now / 1_000 {
                // Whatever is added from now on belongs to a later slot.
                return None;
            }
            (self.at, self.kept) = (self.at + 1, 0);
        }
        None
    }

    /// When to look again: the next slot with anything in it, within the next 32.
    pub fn next(&self, now: Micros) -> Micros {
        let from = now / 1_000 + 1;
        let filled = (from..from + 32).find(|at| !self.slots[*at as usize % SLOTS].is_empty());
        filled.unwrap_or(from + 32) * 1_000
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timer(unit: u32) -> Timer {
        Timer { unit, kind: 0, round: 0 }
    }

    #[test]
    fn timers_come_in_their_millisecond_and_not_before_even_after_turns_of_the_wheel() {
        let mut wheel = Wheel::default();
        let turn = SLOTS as u64 * 1_000;
        wheel.add(2_500, timer(1));
        wheel.add(2_500 + 2 * turn, timer(2));
        wheel.add(2_000, timer(3));
        assert_eq!(wheel.next(0), 2_000);
        assert_eq!(wheel.due(1_999), None);
        assert_eq!(wheel.due(2_000), Some(timer(3)));
        assert_eq!(wheel.due(2_999), None);
        assert_eq!(wheel.due(3_000), Some(timer(1)));
        assert_eq!(wheel.due(3_000 + turn), None);
        assert_eq!(wheel.due(3_000 + 2 * turn), Some(timer(2)));
        assert_eq!(wheel.due(9_000 + 4 * turn), None);
    }

    #[test]
    fn a_timer_for_the_past_is_due_in_the_next_millisecond() {
        let mut wheel = Wheel::default();
        assert_eq!(wheel.due(5_000), None);
        wheel.add(1_000, timer(1));
        assert_eq!(wheel.due(5_500), None);
        assert_eq!(wheel.due(6_000), Some(timer(1)));
    }
}
