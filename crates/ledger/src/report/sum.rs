//! Rows added up: a team is the sum of its agents.

use super::Tally;

impl Tally {
    /// With what another row counts.
    pub fn add(&mut self, other: &Tally) {
        let Tally { paused_ms, dispositions, longest_wait_ms, .. } = other;
        for (own, more) in self.counts().into_iter().zip(other.clone().counts()) {
            *own += *more;
        }
        self.longest_wait_ms = self.longest_wait_ms.max(*longest_wait_ms);
        for (why, ms) in paused_ms {
            *self.paused_ms.entry(why.clone()).or_insert(0) += ms;
        }
        for (word, count) in dispositions {
            *self.dispositions.entry(word.clone()).or_insert(0) += count;
        }
    }

    /// Whatever is added up as it is.
    fn counts(&mut self) -> [&mut u64; 18] {
        let Tally {
            came,
            came_again,
            answered,
            answered_in_time,
            abandoned,
            abandoned_in_time,
            overflowed,
            answered_wait_ms,
            longest_wait_ms: _,
            offered,
            missed,
            handled,
            talk_ms,
            hold_ms,
            wrap_up_ms,
            talking_ms,
            wrapping_ms,
            ready_ms,
            unreachable_ms,
            paused_ms: _,
            dispositions: _,
        } = self;
        let contacts = [came, came_again, answered, answered_in_time, abandoned, abandoned_in_time, overflowed];
        let [a, b, c, d, e, f, g] = contacts;
        let [h, i, j, k, l, m, n] = [answered_wait_ms, offered, missed, handled, talk_ms, hold_ms, wrap_up_ms];
        [a, b, c, d, e, f, g, h, i, j, k, l, m, n, talking_ms, wrapping_ms, ready_ms, unreachable_ms]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_and_times_are_added_and_the_longest_wait_is_that_of_either() {
        let row = |nth: u64| Tally {
            answered: nth,
            longest_wait_ms: 10 * nth,
            unreachable_ms: 100 * nth,
            paused_ms: [("lunch".to_owned(), nth), (format!("own {nth}"), nth)].into(),
            dispositions: [("sold".to_owned(), nth)].into(),
            ..Tally::default()
        };
        let mut team = row(1);
        team.add(&row(2));
        let paused = [("lunch".to_owned(), 3), ("own 1".to_owned(), 1), ("own 2".to_owned(), 2)].into();
        let dispositions = [("sold".to_owned(), 3)].into();
        let expected = Tally {
            answered: 3,
            longest_wait_ms: 20,
            unreachable_ms: 300,
            paused_ms: paused,
            dispositions,
            ..Tally::default()
        };
        assert_eq!(team, expected);
    }
}
