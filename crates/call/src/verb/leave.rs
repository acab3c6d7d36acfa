//! A party leaves: it has hung up, or its leg was lost. Whether the call goes on without it is the rule of its end.

use super::{consult, queue, ring};
use crate::call::Call;
use crate::desk::Desk;
use crate::life::Exit;
use crate::room::Stance;
use crate::want::Want;
use terms::{Cause, LegId};

/// Signalling has forgotten the leg of a party, for this cause.
pub(crate) fn leave(call: &mut Call, desk: &mut Desk<'_>, who: LegId, cause: Option<Cause>) -> Want {
    // The call neither goes on nor ends for one who watches.
    if call.watching(who).is_some() {
        remove(call, who);
        return Want::Nothing;
    }
    let by = call.side(who);
    call.went(Exit::by(by, cause));
    // Those who could be rung instead of it are rung.
    let instead = call.parties.iter_mut().filter(|party| party.leg.id != who);
    if let Some(rest) = instead.filter_map(|party| party.walk.as_mut()).find_map(|walk| walk.rest()) {
        remove(call, who);
        return ring::again(call, desk, *rest);
    }
    if let Some(party) = call.party(who) {
        party.stance = Stance::Apart;
    }
    call.converse(desk);
    let asks = call.asks() && !consult::rings_on(call, desk, who);
    queue::give_up(call, desk, who, by);
    ring::stop(call, desk, who, cause.unwrap_or(Cause::NORMAL));
    remove(call, who);
    if asks {
        consult::one_less(call, desk, who);
    }
    queue::deserted(call, desk, by);
    Want::Nothing
}

/// Its leg lingers until the worker has forgotten it, too.
fn remove(call: &mut Call, who: LegId) {
    let gone = call.remove(who).filter(|party| !party.leg.is_gone());
    call.leaving.extend(gone.map(|party| party.leg));
}
