//! Delays counted in steps of 10 microseconds: a percentile without keeping every value.

const STEP_NS: u64 = 10_000;
/// One second; what took longer counts as that.
const STEPS: usize = 100_000;

/// The counts.
#[derive(Clone, Debug)]
pub struct Histogram {
    counts: Vec<u32>,
    total: u64,
}

impl Default for Histogram {
    fn default() -> Histogram {
        Histogram { counts: vec![0; STEPS + 1], total: 0 }
    }
}

impl Histogram {
    /// Counts one delay.
    pub fn note(&mut self, ns: u64) {
        let step = usize::try_from(ns / STEP_NS).unwrap_or(STEPS).min(STEPS);
        if let Some(count) = self.counts.get_mut(step) {
            *count += 1;
        }
        self.total += 1;
    }

    /// How many were counted.
    pub fn count(&self) -> u64 {
        self.total
    }

    /// The delay that this share of all do not exceed, in milliseconds.
    pub fn quantile_ms(&self, share: f64) -> f64 {
        let rank = (self.total as f64 * share).ceil() as u64;
        let mut seen = 0;
        let step = self.counts.iter().position(|count| {
            seen += u64::from(*count);
            seen >= rank.max(1)
        });
        (step.unwrap_or(0) as u64 * STEP_NS) as f64 / 1e6
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quantile_is_the_value_that_this_share_does_not_exceed() {
        let mut histogram = Histogram::default();
        assert_eq!(histogram.quantile_ms(0.99), 0.0);
        (1..=100u64).for_each(|ms| histogram.note(ms * 1_000_000));
        assert_eq!((histogram.quantile_ms(0.5), histogram.quantile_ms(0.99)), (50.0, 99.0));
        histogram.note(u64::MAX);
        assert_eq!(histogram.quantile_ms(1.0), 1_000.0, "what took longer than a second counts as one");
    }
}
