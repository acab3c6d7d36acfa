//! Somebody takes a call that rings at another one. Whose it is then is the ringing's to say; what follows is as if he had
//! been rung.

use super::ring;
use crate::call::{Call, Whose};
use crate::desk::Desk;
use crate::ringing::{Aim, RingingId, Verdict};
use crate::want::Want;
use sip::Source;
use terms::{LegId, PhoneId};

/// For which ringing a leg rings.
fn ringing_of(call: &Call, leg: LegId) -> Option<RingingId> {
    let (whose, _) = call.legs().find(|(_, one)| one.id == leg)?;
    if let Whose::Rung(ringing) = whose { Some(ringing) } else { None }
}

/// What rings is for nobody else: what a watcher hears is for his ears alone, and the one for whom a call is dialled has nobody
/// yet whom another could have.
pub(crate) fn is_for_nobody_else(call: &Call, id: RingingId) -> bool {
    call.ringings.iter().any(|one| one.id == id && matches!(one.aim, Aim::Watch { .. } | Aim::Begin { .. }))
}

/// Why a phone cannot be rung to take what rings there.
pub(crate) fn may(call: &Call, leg: LegId, at: PhoneId) -> Result<(), &'static str> {
    let id = ringing_of(call, leg).ok_or("it rings there no more")?;
    if is_for_nobody_else(call, id) {
        return Err("it rings for nobody else");
    }
    let rung = call.ringings.iter().any(|ringing| ringing.id == id && ringing.rings_at(at));
    if rung { Err("it rings there, too") } else { Ok(()) }
}

/// Rings it, beside those who are rung.
pub(crate) fn ring_too(call: &mut Call, desk: &mut Desk<'_>, leg: LegId, at: PhoneId) -> Option<(LegId, Want)> {
    let id = ringing_of(call, leg)?;
    let of = call.ringing(id)?.aim.of();
    let verdict = ring::tell(call, of, id, |ringing, behalf| ringing.ring_too(desk, behalf, at));
    Some((of, Want::Rung(id, verdict)))
}

/// Somebody has called for it who was not rung: he has it on another device, or has it for a colleague.
pub(crate) fn relieve(call: &mut Call, desk: &mut Desk<'_>, who: LegId, id: RingingId) -> Want {
    let Some(mut party) = call.remove(who) else { return Want::Nothing };
    let Some(Source::Phone(phone)) = party.leg.who() else {
        desk.astray("a place that no phone takes");
        return Want::Nothing;
    };
    party.leg.accept_call(desk);
    let (ringings, leaving) = (&mut call.ringings, &mut call.leaving);
    let Some(ringing) = ringings.iter_mut().find(|one| one.id == id) else { return Want::Nothing };
    let winner = ringing.relieved(desk, leaving, party.leg, phone);
    Want::Rung(id, Verdict::Won(Box::new(winner)))
}
