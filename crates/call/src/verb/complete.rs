//! Who asks somebody beside a conversation ends that: he leaves the two to each other, or lets go of the one whom he asks.

use super::{consult, leave};
use crate::call::Call;
use crate::desk::Desk;
use crate::ringing::{Aim, RingingId};
use terms::LegId;

/// Why it cannot be ended.
pub(crate) fn may_end(call: &Call) -> Result<(), &'static str> {
    if call.asks() { Ok(()) } else { Err("nobody is asked") }
}

/// Who asks leaves the others to each other.
pub(crate) fn complete(call: &mut Call, desk: &mut Desk<'_>) {
    let rung = rings(call).map(|(_, of)| of);
    let asks = call.parties.iter().find_map(|party| Some(party.asked?.by)).or(rung);
    asks.into_iter().for_each(|who| leave::dismiss(call, desk, who));
}

/// The conversation goes on without whoever is asked.
pub(crate) fn back(call: &mut Call, desk: &mut Desk<'_>) {
    if let Some((id, _)) = rings(call) {
        return consult::lost(call, desk, id);
    }
    let asked = call.parties.iter().find(|party| party.asked.is_some()).map(|party| party.leg.id);
    asked.into_iter().for_each(|who| leave::dismiss(call, desk, who));
}

/// Who is being rung to be asked, and for whom.
fn rings(call: &Call) -> Option<(RingingId, LegId)> {
    let mut ringings = call.ringings.iter();
    ringings.find_map(|ringing| match ringing.aim {
        Aim::Consult { of } => Some((ringing.id, of)),
        _ => None,
    })
}
