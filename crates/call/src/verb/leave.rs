//! A party leaves: it has hung up, or its leg was lost. Whether the call goes on without it is the rule of its end.

use super::{conference, consult, queue, ring};
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
    if queue::lost_again(call, desk, who) {
        call.went(Exit::by(by, cause));
        remove(call, who);
        return Want::Nothing;
    }
    // Those who could be rung instead of it are rung.
    let instead = call.parties.iter_mut().filter(|party| party.leg.id != who);
    if let Some(rest) = instead.filter_map(|party| party.walk.as_mut()).find_map(|walk| walk.rest()) {
        call.went(Exit::by(by, cause));
        remove(call, who);
        return ring::again(call, desk, *rest);
    }
    let cause_or = cause.unwrap_or(Cause::NORMAL);
    depart(call, desk, who, (Exit::by(by, cause), cause_or), |call, _| remove(call, who));
    Want::Nothing
}

/// It is let go of: it has done what it wanted, or somebody outside wants it so.
pub(crate) fn dismiss(call: &mut Call, desk: &mut Desk<'_>, who: LegId) {
    if call.watching(who).is_some() {
        if let Some(party) = call.remove(who) {
            call.dismiss(desk, party, Cause::NORMAL, None);
        }
        return;
    }
    depart(call, desk, who, (Exit::of(Cause::NORMAL, None), Cause::NORMAL), |call, desk| {
        if let Some(party) = call.remove(who) {
            call.dismiss(desk, party, Cause::NORMAL, None);
        }
    });
}

/// What it was in goes on without it: the conversation, what it has asked for, its place in a queue.
fn depart(
    call: &mut Call,
    desk: &mut Desk<'_>,
    who: LegId,
    (exit, cause): (Exit, Cause),
    let_go: impl FnOnce(&mut Call, &mut Desk<'_>),
) {
    let by = call.side(who);
    call.went(exit);
    let mut agent = None;
    if let Some(party) = call.party(who) {
        party.stance = Stance::Apart;
        // Whoever is asked beside the conversation is not the queue's yet.
        agent = party.agent.filter(|_| party.asked.is_none());
    }
    call.converse(desk);
    let asks = call.asks() && !consult::rings_on(call, desk, who);
    queue::give_up(call, desk, who, by);
    if call.hall.is_some() {
        call.rings_on_for_room(who);
    }
    ring::stop(call, desk, who, cause);
    let_go(call, desk);
    if !(asks && consult::one_less(call, desk, who)) {
        conference::one_less(call, desk, agent);
    }
    queue::deserted(call, desk, by);
}

/// Its leg lingers until the worker has forgotten it, too.
fn remove(call: &mut Call, who: LegId) {
    let gone = call.remove(who).filter(|party| !party.leg.is_gone());
    call.leaving.extend(gone.map(|party| party.leg));
}
