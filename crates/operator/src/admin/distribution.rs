//! How lengths of time are spread: counts between bounds, cheap enough for every call.

use serde::{Deserialize, Serialize};

/// Lengths of time since the start, counted between bounds.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Distribution {
    /// Upper bounds, included.
    pub bounds_ms: Vec<u64>,
    /// So many up to each bound and above the one before it; one more at the end for the rest.
    pub counts: Vec<u64>,
    /// All lengths, added.
    pub sum_ms: u64,
}

impl Distribution {
    /// None so far.
    pub fn new(bounds_ms: &[u64]) -> Distribution {
        Distribution { bounds_ms: bounds_ms.to_vec(), counts: vec![0; bounds_ms.len() + 1], sum_ms: 0 }
    }

    /// From an INVITE to the answer.
    pub fn setups() -> Distribution {
        Distribution::new(&[5, 10, 25, 50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 30_000])
    }

    /// In a queue, to the agent's answer.
    pub fn waits() -> Distribution {
        Distribution::new(&[1_000, 5_000, 10_000, 20_000, 30_000, 60_000, 120_000, 300_000, 600_000, 1_800_000])
    }

    /// One more.
    pub fn count(&mut self, length_ms: u64) {
        let place = self.bounds_ms.partition_point(|bound| *bound < length_ms);
        if let Some(count) = self.counts.get_mut(place) {
            *count += 1;
        }
        self.sum_ms = self.sum_ms.saturating_add(length_ms);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_counts_at_the_first_bound_that_it_does_not_pass() {
        let mut lengths = Distribution::new(&[10, 20]);
        [0, 10, 11, 20, 21, u64::MAX].into_iter().for_each(|length| lengths.count(length));
        assert_eq!(lengths.counts, [2, 2, 2]);
        assert_eq!(lengths.sum_ms, u64::MAX);
    }
}
