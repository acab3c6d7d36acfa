//! A call whose only party waits in a slot, until somebody fetches him.

use super::Call;
use sip::Source;
use terms::{LegId, Mono, Slot, Wall};

/// Who is parked, and where.
#[derive(Debug)]
pub(crate) struct Parked {
    pub slot: Slot,
    pub who: LegId,
    /// Who parked him; absent: his flow did.
    pub by: Option<Source>,
    pub since: Wall,
    /// When somebody is rung to take him back; absent while that is done.
    pub until: Option<Mono>,
}

impl Call {
    /// Whether this party is parked.
    pub fn is_parked(&self, who: LegId) -> bool {
        self.parked.as_ref().is_some_and(|parked| parked.who == who)
    }
}
