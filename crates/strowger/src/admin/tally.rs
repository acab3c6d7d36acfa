//! What ended calls add up to since the start, for the status.

use super::distribution::Distribution;
use call::cdr::{CallEvent, CallEventKind, CallRecord, Entry, Outcome};
use sip::Source;
use std::collections::BTreeMap;
use terms::{QueueId, TrunkId};

/// The sums.
#[derive(Clone, Debug)]
pub struct Tally {
    /// By the carrier that brought them.
    pub trunks: BTreeMap<TrunkId, TrunkTally>,
    /// From an INVITE to its answer.
    pub setups: Distribution,
    /// How long the answered waited in each queue.
    pub waits: BTreeMap<QueueId, Distribution>,
    received: u64,
    lost: u64,
}

impl Default for Tally {
    fn default() -> Tally {
        let (trunks, waits) = (BTreeMap::new(), BTreeMap::new());
        Tally { trunks, setups: Distribution::setups(), waits, received: 0, lost: 0 }
    }
}

/// The calls that a carrier brought.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TrunkTally {
    /// All.
    pub calls: u64,
    /// Of which ended, and not by going on in another one: whether somebody answered is decided.
    pub ended: u64,
    /// Of which somebody had answered.
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
            Entry::Event(event) => self.happened(event),
            Entry::Captured(_)
            | Entry::Leg(_)
            | Entry::Moved { .. }
            | Entry::Parked(_)
            | Entry::Seated(_)
            | Entry::Message(_)
            | Entry::Marked(_)
            | Entry::Watched(_) => {}
        }
    }

    fn happened(&mut self, event: &CallEvent) {
        if let (Some(queue), CallEventKind::Connected { waited_ms, contact_kind, .. }) = (event.queue, &event.what)
            && contact_kind.is_call()
        {
            self.waits.entry(queue).or_insert_with(Distribution::waits).count(*waited_ms);
        }
    }

    fn closed(&mut self, record: &CallRecord) {
        if let Some(answered) = record.answered {
            self.setups.count(answered.ms_since(record.started));
        }
        // Whoever was left in one that was joined goes on in another call, which counts.
        if let (Source::Trunk(trunk), false) = (record.source, record.outcome == Outcome::Joined) {
            let tally = self.trunks.entry(trunk).or_default();
            tally.ended += 1;
            tally.answered += u64::from(record.connected.is_some());
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
