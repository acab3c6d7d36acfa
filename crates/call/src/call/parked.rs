//! A call whose only party waits in a slot, until somebody fetches him.

use super::Call;
use crate::cdr::Parking;
use terms::{LegId, Mono};

/// Who is parked.
#[derive(Debug)]
pub(crate) struct Parked {
    pub who: LegId,
    /// When somebody is rung to take him back; absent while that is done.
    pub until: Option<Mono>,
    /// Where, since when, and by whom.
    pub account: Parking,
}

impl Call {
    /// Whether this party is parked.
    pub fn is_parked(&self, who: LegId) -> bool {
        self.parked.as_ref().is_some_and(|parked| parked.who == who)
    }
}
