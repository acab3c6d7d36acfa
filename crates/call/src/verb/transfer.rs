//! A party is connected with somebody else, and who has transferred it leaves: by REFER (RFC 3515, RFC 5589 6), or by a
//! command. Where nobody takes it, it comes back: to who has transferred it, if he is still there; else he is rung; and if
//! that fails, too, it goes where the plan says, or the call ends with the cause that was heard.

use super::{connect, queue, ring, slot};
use crate::call::{CROWD, Call};
use crate::cdr::By;
use crate::desk::Desk;
use crate::life::Exit;
use crate::ringing::waves::Waves;
use crate::ringing::{Aim, Attempt, Charge, Rest, RingingId};
use crate::room::Stance;
use crate::walk::{At, Walk};
use crate::want::Want;
use dialplan::flow::{Action, Cursor, RingTarget};
use dialplan::{Arrival, Destination, Origin, Routed};
use sip::{Referral, Source};
use std::time::Duration;
use terms::{Cause, LegId, PhoneId, Rejection, Slot};

/// Why a phone's wish is not done: the reason as it is counted, and the status.
type No = (&'static str, u16);

/// RFC 3261 21.4.27: one after the other.
const PENDING: No = ("transfer under way", 491);
const NOBODY: No = ("nobody to transfer", 603);
const NO_ROUTE: No = ("no route", 404);

/// Who goes where.
struct Transfer {
    of: LegId,
    /// Who is let go of.
    back: LegId,
    /// His wish, if it came by REFER.
    refer: Option<u32>,
    to: Routed,
    charge: Charge,
}

/// Why a party cannot be transferred now.
pub(crate) fn may(call: &Call, of: LegId) -> Result<(), &'static str> {
    if let Some(why) = call.busy() {
        return Err(why);
    }
    other(call, of).map(|_| ())
}

/// The only one who is in the conversation with this one; else why there is none.
pub(crate) fn other(call: &Call, who: LegId) -> Result<LegId, &'static str> {
    let talks = |stance| matches!(stance, Stance::Floor | Stance::Waiting);
    let here = call.parties.iter().any(|party| party.leg.id == who && talks(party.stance));
    match call.others(who)[..] {
        [other] if here => Ok(other),
        [] | [_] => Err("in no conversation"),
        _ => Err(CROWD),
    }
}

/// Somebody outside transfers a party.
pub(crate) fn command(
    call: &mut Call,
    desk: &mut Desk<'_>,
    of: LegId,
    to: Routed,
    by: Option<PhoneId>,
) -> Option<(LegId, Want)> {
    let back = other(call, of).ok()?;
    let own = call.party(back).and_then(|party| party.leg.who());
    let by = by.map(Source::Phone).or(own).unwrap_or(call.record.source);
    let charge = Charge { by, called: call.record.called.clone(), route: to.route };
    Some((of, begin(call, desk, Transfer { of, back, refer: None, to, charge })))
}

/// A party wants to be replaced by somebody else: as if its phone had dialled him.
pub(crate) fn refer(call: &mut Call, desk: &mut Desk<'_>, back: LegId, wish: &Referral) -> Option<(LegId, Want)> {
    let refer = wish.refer;
    match asked(call, desk, back, wish) {
        Err((reason, status)) => {
            desk.count(reason);
            desk.sip(sip::Command::RefuseRefer { leg: back, refer, status });
            None
        }
        Ok((of, to)) => {
            desk.sip(sip::Command::AcceptRefer { leg: back, refer });
            let charge = Charge { by: Source::Phone(wish.by), called: wish.to.clone(), route: to.route };
            Some((of, begin(call, desk, Transfer { of, back, refer: Some(refer), to, charge })))
        }
    }
}

/// Who goes where, or why nobody does.
fn asked(call: &Call, desk: &Desk<'_>, back: LegId, wish: &Referral) -> Result<(LegId, Routed), No> {
    if call.busy().is_some() {
        return Err(PENDING);
    }
    let of = other(call, back).map_err(|why| if why == CROWD { (CROWD, NOBODY.1) } else { NOBODY })?;
    let plan = &call.plan;
    let user = plan.phone(wish.by).map(|phone| phone.user.as_str()).unwrap_or_default();
    let asked = Arrival { from: Origin::Phone(wish.by), caller: user, called: wish.to.reveal() };
    let to = plan.decide(&asked, desk.now.wall).ok_or(NO_ROUTE)?;
    match to.destination {
        Destination::Park(slot) if slot::free(desk.plan, desk.index, slot).is_none() => Err((slot::NO_SLOT, 486)),
        Destination::HangUp(cause) => Err(("transfer to where the plan hangs up", cause.to_status())),
        _ => Ok((of, to)),
    }
}

fn begin(call: &mut Call, desk: &mut Desk<'_>, transfer: Transfer) -> Want {
    let mut cursor = Cursor::new(transfer.to.destination.clone(), transfer.to.record);
    let walks = matches!(transfer.to.destination, Destination::Flow(_) | Destination::Queue(_));
    match cursor.arrive(&call.plan) {
        Action::Park { slot } if !walks => put_away(call, desk, transfer, slot),
        Action::Ring { target, wait, record } if !walks => reach(call, desk, transfer, (target, wait, record)),
        action => walk(call, desk, &transfer, cursor, action),
    }
}

/// It is parked: that is taken for an answer, too.
fn put_away(call: &mut Call, desk: &mut Desk<'_>, transfer: Transfer, slot: Option<Slot>) -> Want {
    let Transfer { of, back, refer, charge, .. } = transfer;
    if let Some(slot) = slot::free(desk.plan, desk.index, slot) {
        refer.into_iter().for_each(|refer| desk.sip(sip::Command::TellRefer { leg: back, refer, status: 200 }));
        park(call, desk, (of, back), slot, Some(charge.by));
    }
    Want::Nothing
}

/// A party goes into a slot, and the one who talks to it is let go of.
pub(crate) fn park(call: &mut Call, desk: &mut Desk<'_>, (who, back): (LegId, LegId), slot: Slot, by: Option<Source>) {
    slot::put(call, desk, who, slot, by);
    call.converse(desk);
    dismiss(call, desk, back);
    queue::deserted(call, desk, By::Switch);
}

/// It walks a flow, or enters a queue: that is taken for an answer, and who has transferred it is free.
fn walk(call: &mut Call, desk: &mut Desk<'_>, transfer: &Transfer, cursor: Cursor, action: Action) -> Want {
    let Transfer { of, back, refer, .. } = *transfer;
    set_out(call, of, cursor);
    call.converse(desk);
    refer.into_iter().for_each(|refer| desk.sip(sip::Command::TellRefer { leg: back, refer, status: 200 }));
    let requeued = matches!(action, Action::Queue { .. });
    let action = with_wait(call, action);
    dismiss(call, desk, back);
    if !requeued {
        queue::deserted(call, desk, By::Switch);
    }
    Want::Go(action)
}

/// What it has waited before counts in the queue, if the plan says so.
fn with_wait(call: &Call, action: Action) -> Action {
    match action {
        Action::Queue { queue, credit } if call.plan.transfer.keep_wait => {
            Action::Queue { queue, credit: credit + Duration::from_millis(call.record.waited_ms) }
        }
        action => action,
    }
}

/// Somebody is rung for it, while it hears that.
fn reach(
    call: &mut Call,
    desk: &mut Desk<'_>,
    transfer: Transfer,
    (target, wait, record): (RingTarget, Duration, bool),
) -> Want {
    let Transfer { of, back, refer, charge, .. } = transfer;
    call.party(back).into_iter().for_each(|party| party.stance = Stance::Apart);
    wait_for(call, desk, of);
    let agent = if let RingTarget::Agent(agent) = target { Some(agent) } else { None };
    let (waves, engages) = ring::waves(call, desk, target, Some(charge.by));
    let (aim, until) = (Aim::Transfer { of, back, refer, record }, Some(desk.now.mono + wait));
    let charge = Some(Box::new(charge));
    ring::begin(call, desk, Rest { aim, agent, charge, waves, until, engages, gone: Default::default() })
}

pub(crate) fn wait_for(call: &mut Call, desk: &mut Desk<'_>, of: LegId) {
    let comfort = Some(ring::ringback(desk));
    if let Some(party) = call.party(of) {
        (party.stance, party.comfort) = (Stance::Waiting, comfort);
    }
}

/// Somebody has answered: he takes the place of who has transferred it, or has it back.
pub(crate) fn won(call: &mut Call, desk: &mut Desk<'_>, id: RingingId, winner: Attempt) {
    let Some(came) = connect::come(call, desk, id, winner) else { return };
    let (aim, of) = (came.aim, came.aim.of());
    call.converse(desk);
    if let Some(party) = call.party(of) {
        (party.stance, party.comfort) = (Stance::Floor, None);
    }
    came.agent.into_iter().for_each(|agent| queue::hand_over(call, desk, of, agent, false));
    aim.tell(desk, 200);
    let mut record = call.origin.recorded;
    if let Aim::Transfer { back, record: wanted, .. } = aim {
        dismiss(call, desk, back);
        record |= wanted;
    }
    if came.agent.is_none() {
        queue::deserted(call, desk, By::Switch);
    }
    connect::note(call, desk, came.who, came.agent);
    if record || call.capture.is_some() {
        connect::capture(call, desk, of, (came.leg, came.stream));
    }
    introduce(call, desk, of, came.leg);
}

/// The phone of one is told who it talks to now.
pub(crate) fn introduce(call: &Call, desk: &mut Desk<'_>, to: LegId, other: LegId) {
    if let Some(party) = call.parties.iter().find(|party| party.leg.id == other) {
        desk.sip(sip::Command::Introduce { leg: to, number: call.number(&party.leg), name: None });
    }
}

/// Nobody took it.
pub(crate) fn lost(call: &mut Call, desk: &mut Desk<'_>, id: RingingId, heard: Rejection) -> Want {
    let Some(ringing) = call.take_ringing(id) else { return Want::Nothing };
    let (aim, charge, heard) = (ringing.aim, ringing.charge.as_ref().map(|charge| charge.by), heard.passed_on());
    aim.tell(desk, heard.status);
    ringing.cancel(desk, &mut call.leaving, Cause::NORMAL);
    match aim {
        Aim::Transfer { of, back, .. } if call.party(back).is_some() => {
            [of, back].into_iter().for_each(|one| talk(call, one));
            Want::Nothing
        }
        Aim::Transfer { of, .. } => ring_back(call, desk, of, heard, charge),
        Aim::Return { of, heard } => otherwise(call, of, heard),
        Aim::Step { .. }
        | Aim::Offer { .. }
        | Aim::Consult { .. }
        | Aim::Unpark { .. }
        | Aim::Watch { .. }
        | Aim::Seat { .. }
        | Aim::Begin { .. } => {
            desk.astray("a transfer that is none");
            Want::Nothing
        }
    }
}

pub(crate) fn talk(call: &mut Call, who: LegId) {
    if let Some(party) = call.party(who) {
        (party.stance, party.comfort) = (Stance::Floor, None);
    }
}

/// Who has transferred it has hung up: he is rung.
fn ring_back(call: &mut Call, desk: &mut Desk<'_>, of: LegId, heard: Rejection, by: Option<Source>) -> Want {
    let Some(Source::Phone(phone)) = by else { return otherwise(call, of, heard) };
    wait_for(call, desk, of);
    let rest = Rest {
        aim: Aim::Return { of, heard },
        agent: None,
        charge: None,
        waves: Waves::at_once([RingTarget::Phone(phone)]),
        until: Some(desk.now.mono + call.plan.transfer.ring_back),
        engages: true,
        gone: Default::default(),
    };
    ring::begin(call, desk, rest)
}

/// Nobody has it back: it goes where the plan says, or the call ends with what was heard first.
fn otherwise(call: &mut Call, of: LegId, heard: Rejection) -> Want {
    let Some(destination) = call.plan.transfer.otherwise.clone() else {
        return Want::End(Exit::of(heard.cause, None));
    };
    let mut cursor = Cursor::new(destination, call.origin.recorded);
    let action = cursor.arrive(&call.plan);
    set_out(call, of, cursor);
    Want::Go(action)
}

/// It walks another flow than before.
pub(crate) fn set_out(call: &mut Call, of: LegId, cursor: Cursor) {
    if let Some(party) = call.party(of) {
        (party.stance, party.comfort, party.walk) = (Stance::Apart, None, Some(Walk::new(cursor)));
        party.at(At::Next);
    }
}

/// He is let go of, having done what he wanted.
pub(crate) fn dismiss(call: &mut Call, desk: &mut Desk<'_>, who: LegId) {
    let by = call.side(who);
    queue::give_up(call, desk, who, by);
    if let Some(party) = call.remove(who) {
        call.part(desk, party.leg, Cause::NORMAL);
    }
}
