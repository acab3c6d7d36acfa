//! One who is in a conference room is sent somewhere else, and the room goes on without him: a call of his own begins, whose
//! way is as if he had dialled it from where he is. The switchboard begins that call, and carries him there.

use super::{enter, hall};
use crate::call::Call;
use crate::cdr::By;
use crate::desk::Desk;
use crate::life::Exit;
use crate::origin::LeftRoom;
use crate::parcel::{Away, Errand};
use crate::ringing::Charge;
use crate::room::Stance;
use crate::verb::{connect, queue, ring};
use crate::walk::{At, Walk};
use crate::want::Want;
use dialplan::flow::{Action, Cursor};
use dialplan::{Destination, Routed};
use sip::Source;
use terms::{Cause, LegId, PhoneId, Pii};

/// Why he cannot be sent now.
pub(crate) fn may(call: &Call, who: LegId) -> Result<(), &'static str> {
    let party = call.seated().find(|party| party.leg.id == who);
    match party {
        None => Err("no such party"),
        Some(party) if !party.leg.is_up() => Err("he has not answered yet"),
        Some(_) if !call.lent.is_empty() || !call.awaited.is_empty() => Err("a party is on its way"),
        Some(_) => Ok(()),
    }
}

/// He goes: with the rights and on account of this phone, or else his own.
pub(crate) fn send(call: &mut Call, who: LegId, to: Routed, (by, called): (Option<PhoneId>, Pii<String>)) {
    let own = call.seated().find(|party| party.leg.id == who).and_then(|party| party.leg.who());
    let by = by.map(Source::Phone).or(own).unwrap_or(call.record.source);
    let charge = Charge { by, called, route: to.route };
    call.errands.push(Errand::Away { home: call.id(), who, away: Box::new(Away { to, charge }) });
}

/// He is about to leave the room, which no longer records him.
pub(crate) fn rises(call: &mut Call, desk: &mut Desk<'_>, who: LegId) {
    call.rings_on_for_room(who);
    ring::stop(call, desk, who, Cause::NORMAL);
    connect::off_record(call, desk, who);
}

/// He has left it.
pub(crate) fn risen(call: &mut Call, desk: &mut Desk<'_>) {
    call.went(Exit::of(Cause::NORMAL, None));
    hall::one_less(call, desk);
    queue::deserted(call, desk, By::Switch);
}

/// He is in his own call: what he is to get begins.
pub(crate) fn begin(call: &mut Call, desk: &mut Desk<'_>, who: LegId) -> Want {
    let Some(dialled) = call.origin.dialled.take() else { return Want::End(Exit::of(Cause::TEMPORARY, None)) };
    call.record.answered = Some(desk.now.wall);
    let walks = matches!(dialled.routed.destination, Destination::Flow(_) | Destination::Queue(_));
    let cursor = Cursor::new(dialled.routed.destination, dialled.routed.record);
    let action = cursor.action(&call.plan);
    // A flow or a queue has him: that is taken for an answer.
    call.origin.room.take_if(|_| walks || !matches!(action, Action::Ring { .. }));
    if let Some(party) = call.party(who) {
        (party.stance, party.seat, party.comfort) = (Stance::Apart, None, None);
        party.walk = Some(Walk::new(cursor));
        party.at(At::Next);
        let call_id = party.leg.call_id().map(str::to_owned);
        call.record.sip_call_id = call_id.unwrap_or_default();
    }
    Want::Go(action)
}

/// Whom he was sent to does not take him, and this would follow: he comes back into the room, as long as anybody is there.
pub(crate) fn otherwise(call: &mut Call, desk: &mut Desk<'_>, who: LegId, then: Want) -> Want {
    match then {
        Want::Go(Action::Ring { .. }) => return then,
        Want::End(_) | Want::Go(Action::HangUp { .. }) => {}
        // Whatever the plan has for him instead has him.
        _ => call.origin.room = None,
    }
    let there = |room: &LeftRoom| desk.index.rooms.get(&room.seat.room).is_some_and(|there| there.call == room.call);
    match call.origin.room.take().filter(|room| there(room)) {
        Some(room) => enter::enter(call, desk, who, room.seat),
        None => then,
    }
}
