//! Somebody has dialled a code to watch another one's call: once he is answered he is taken there as he is, and his own call
//! has become that one. Where it comes to nothing he hears so, and hangs up.

use super::watch;
use crate::call::Call;
use crate::desk::Desk;
use crate::pad::{ANSWERED, At};
use crate::parcel::Errand;
use crate::room::Stance;
use crate::want::Join;
use terms::{CallRef, LegId, WatchMode};

/// Why he cannot be taken there.
pub(crate) fn may(call: &Call, who: LegId) -> Result<(), &'static str> {
    let party = call.parties.iter().find(|party| party.leg.id == who).ok_or("no such party")?;
    match party.pad.as_deref().map(|pad| &pad.at) {
        Some(At::Waits { .. }) if party.stance == Stance::Apart && party.walk.is_some() => Ok(()),
        _ => Err("he has not dialled for it"),
    }
}

/// He is answered, and goes once that has reached him.
pub(crate) fn observe(call: &mut Call, desk: &mut Desk<'_>, who: LegId, to: CallRef, (of, mode): (LegId, WatchMode)) {
    let until = desk.now.mono + ANSWERED;
    if let Some(pad) = call.party(who).and_then(|party| party.pad.as_mut()) {
        pad.at = At::Goes { to, join: Join::Watch { of, mode }, until };
    }
    call.answer(desk, who);
}

/// That has reached him.
pub(crate) fn go(call: &mut Call, who: LegId) {
    let pad = call.party(who).and_then(|party| party.pad.as_deref());
    if let Some(At::Goes { to, join, .. }) = pad.map(|pad| &pad.at) {
        let (to, then) = (*to, *join);
        call.errands.push(Errand::Visit { home: call.id(), who, to, then });
    }
}

/// He is in the call that he wanted to watch: his own is not his any more.
pub(crate) fn comes(call: &mut Call, desk: &mut Desk<'_>, who: LegId, (of, mode): (LegId, WatchMode)) {
    if let Some(party) = call.party(who) {
        party.walk = None;
        party.pad.iter_mut().for_each(|pad| pad.at = At::Nothing);
    }
    watch::begin(call, desk, who, of, mode);
}
