//! Who watches whom in a call.

use super::Call;
use crate::cdr::Watching;
use crate::party::Party;
use crate::ringing::{Aim, RingingId};
use crate::room::Watch;
use terms::LegId;

/// What the account was told of one who watches.
#[derive(Debug)]
pub(crate) struct Watched {
    pub who: LegId,
    /// Whom.
    pub of: LegId,
    pub watch: Watch,
    pub account: Watching,
}

impl Call {
    /// Those who watch.
    pub fn watches(&self) -> impl Iterator<Item = Watch> + Clone {
        self.parties.iter().filter_map(|party| party.stance.watches())
    }

    /// Whether somebody watches this one.
    pub fn is_watched(&self, who: LegId) -> bool {
        let party = self.parties.iter().find(|party| party.leg.id == who);
        party.is_some_and(|party| self.watches().any(|watch| watch.of == party.leg.stream))
    }

    /// Whether this one watches, and how.
    pub fn watching(&self, who: LegId) -> Option<Watch> {
        self.parties.iter().find(|party| party.leg.id == who)?.stance.watches()
    }

    /// Whether somebody is rung to watch.
    pub fn is_to_watch(&self, id: RingingId) -> bool {
        self.ringings.iter().any(|ringing| ringing.id == id && matches!(ringing.aim, Aim::Watch { .. }))
    }

    /// One whom somebody may watch goes on with another device of his.
    pub fn watch_on(&mut self, old: &Party, who: LegId) {
        let Some(party) = self.party(who).filter(|party| party.leg.who() == old.leg.who()) else { return };
        let (now, before) = (party.leg.stream, old.leg.stream);
        let watches = self.parties.iter_mut().filter_map(|party| party.stance.watching());
        watches.filter(|watch| watch.of == before).for_each(|watch| watch.of = now);
    }
}
