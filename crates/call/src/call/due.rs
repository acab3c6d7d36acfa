//! What a call waits for, and until when: derived from its tables.

use super::Call;
use crate::life::Life;
use crate::ringing::RingingId;
use smallvec::SmallVec;
use terms::{LegId, Mono};

/// What a call waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Timer {
    /// A party before a menu, or in a queue where something is announced.
    Walk(LegId),
    /// A party with a code.
    Pad(LegId),
    /// Those who ring: the next of them, or the end of their time.
    Ring(RingingId),
    /// Somebody to fetch who is parked.
    Park,
    /// The cores, which are to forget the call.
    End,
}

impl Call {
    /// What it waits for, and until when.
    fn deadlines(&self) -> impl Iterator<Item = (Mono, Timer)> {
        let walks =
            self.parties.iter().filter_map(|party| Some((party.walk.as_ref()?.deadline()?, Timer::Walk(party.leg.id))));
        let pads =
            self.parties.iter().filter_map(|party| Some((party.pad.as_ref()?.deadline()?, Timer::Pad(party.leg.id))));
        let rings = self.ringings.iter().filter_map(|ringing| Some((ringing.deadline()?, Timer::Ring(ringing.id))));
        let end = if let Life::Ending { until } = self.life { Some((until, Timer::End)) } else { None };
        let parked = self.parked.as_ref().and_then(|parked| Some((parked.until?, Timer::Park)));
        walks.chain(pads).chain(rings).chain(parked).chain(end)
    }

    /// When the office is to wake it.
    pub fn next_due(&self) -> Option<Mono> {
        self.deadlines().map(|(at, _)| at).min()
    }

    /// What is due by now.
    pub fn due(&self, now: Mono) -> SmallVec<[Timer; 2]> {
        self.deadlines().filter(|(at, _)| *at <= now).map(|(_, timer)| timer).collect()
    }
}
