//! What ended calls add up to since the start, for the status.

use call::cdr::{CallRecord, Entry};
use sip::Source;
use std::collections::BTreeMap;
use terms::TrunkId;

/// The sums.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// By the carrier that brought them.
    pub trunks: BTreeMap<TrunkId, TrunkTally>,
    received: u64,
    lost: u64,
}

/// The calls that a carrier brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TrunkTally {
    /// All.
    pub calls: u64,
    /// Of which somebody answered.
    pub answered: u64,
}

impl Tally {
    /// Counts what the account is told.
    pub fn count(&mut self, entry: &Entry) {
        match entry {
            Entry::Opened(record) => {
                if let Source::Trunk(trunk) = record.source {
                    self.trunks.entry(trunk).or_default().calls += 1;
                }
            }
            Entry::Closed(record) => self.closed(record),
            Entry::Event(_) | Entry::Captured(_) => {}
        }
    }

    fn closed(&mut self, record: &CallRecord) {
        if let Source::Trunk(trunk) = record.source
            && record.connected.is_some()
        {
            self.trunks.entry(trunk).or_default().answered += 1;
        }
        if let Some(media) = &record.media {
            self.received += media.packets_received;
            self.lost += media.packets_lost;
        }
    }

    /// The share of the callers' packets that never came; none before the first packet.
    #[allow(clippy::cast_precision_loss)] // Counts of packets stay far below 2^53.
    pub fn loss(&self) -> Option<f64> {
        let expected = self.received + self.lost;
        (expected > 0).then(|| self.lost as f64 / expected as f64)
    }
}
