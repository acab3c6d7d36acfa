//! A call that is to take the place of another one (RFC 3891 3): which leg is meant, and whether it can be replaced at
//! all. Whether it may is call control's to say.

use super::Endpoint;
use super::leg::Phase;
use crate::face::{Replaced, Source};
use crate::message::{Message, Replaces};

impl Endpoint {
    /// What an INVITE is to replace; or the status that says why it cannot.
    pub(super) fn replaces(&self, invite: &Message, source: Source) -> Result<Option<Replaced>, (u16, &'static str)> {
        let Some(replaces) = invite.replaces().map_err(|flaw| (flaw.status, "bad Replaces"))? else {
            return Ok(None);
        };
        if matches!(source, Source::Trunk(_)) {
            // RFC 3891 3: nobody outside is authorized.
            return Err((403, "Replaces from outside"));
        }
        match self.resolve(&replaces) {
            // RFC 3891 3: whoever began an early dialog may give it away, and that was not we.
            Ok(found) if found.early && found.leg.is_inbound() => Err((481, "nothing to replace")),
            Ok(found) => Ok(Some(found)),
            Err(status) => Err((status, "nothing to replace")),
        }
    }

    /// The leg that is meant.
    pub(super) fn resolve(&self, replaces: &Replaces<'_>) -> Result<Replaced, u16> {
        let key = self.keys.dialog(&replaces.call_id, &replaces.to_tag);
        let found = self.dialogs.get(&key).and_then(|id| Some((*id, self.legs.get(id)?)));
        let known = found.filter(|(_, leg)| leg.dialog_with(&replaces.from_tag).is_some_and(|at| leg.is_in(at)));
        let shown = || self.by_handle(replaces).and_then(|id| Some((id, self.legs.get(&id)?)));
        let (id, leg) = known.or_else(shown).ok_or(481_u16)?;
        if leg.told {
            // It is over, though not everything is said in it.
            return Err(603);
        }
        match leg.phase {
            Phase::Placed { .. } | Phase::Offered { .. } => Ok(Replaced { leg: id, early: true }),
            _ if replaces.early_only => Err(486),
            _ => Ok(Replaced { leg: id, early: false }),
        }
    }
}
