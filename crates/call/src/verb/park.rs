//! A party is parked: it waits alone in a slot, with music, and whoever parked it is free. Who dials the slot has it. After a
//! time whoever parked it is rung to take it back, while it can still be fetched; where nobody does, it goes where the plan
//! says, or stays, and it rings again later.

use super::slot::{self, NO_SLOT, over};
use super::{ring, transfer};
use crate::call::Call;
use crate::cdr::Unparked;
use crate::desk::Desk;
use crate::ringing::waves::Waves;
use crate::ringing::{Aim, Attempt, Charge, Rest, RingingId};
use crate::want::Want;
use dialplan::flow::{Action, Cursor, Outcome, RingTarget};
use dialplan::{Destination, Routed};
use sip::Source;
use std::time::Duration;
use terms::{Cause, LegId, PhoneId, Slot};

/// Why a party cannot be parked now.
pub(crate) fn may(call: &Call, who: LegId) -> Result<(), &'static str> {
    if call.parked.is_some() {
        return Err("it is parked already");
    }
    transfer::may(call, who)
}

/// Somebody outside parks a party.
pub(crate) fn command(call: &mut Call, desk: &mut Desk<'_>, who: LegId, slot: Slot, by: Option<PhoneId>) {
    let Ok(back) = transfer::other(call, who) else { return };
    let by = by.map(Source::Phone).or_else(|| call.party(back).and_then(|party| party.leg.who()));
    match slot::free(desk.plan, desk.index, Some(slot)) {
        Some(slot) => transfer::park(call, desk, (who, back), slot, by),
        None => desk.count(NO_SLOT),
    }
}

/// The flow of a party parks it.
pub(crate) fn arrive(call: &mut Call, desk: &mut Desk<'_>, who: LegId, slot: Option<Slot>) -> Want {
    let Some(slot) = slot::free(desk.plan, desk.index, slot).filter(|_| call.parked.is_none()) else {
        desk.count(NO_SLOT);
        return Want::Next(Outcome::Unreachable);
    };
    slot::put(call, desk, who, slot, None);
    Want::Nothing
}

/// He has been parked for long enough: whoever parked him, or whom the plan names, is rung to take him back.
pub(crate) fn due(call: &mut Call, desk: &mut Desk<'_>) -> Option<(LegId, Want)> {
    let (who, by) = call.parked.as_ref().map(|parked| (parked.who, parked.account.by))?;
    if call.ringings.iter().any(|ringing| ringing.aim.of() == who) {
        // Somebody is rung for him already.
        stay(call, desk);
        return None;
    }
    let back = call.plan.park.return_to.clone();
    let back = back.or(if let Some(Source::Phone(phone)) = by { Some(Destination::Phone(phone)) } else { None });
    let Some(back) = back else { return Some((who, not_taken(call, desk, who))) };
    let mut cursor = Cursor::new(back, call.origin.recorded);
    let want = match cursor.arrive(&call.plan) {
        Action::Ring { target, .. } => {
            let wait = call.plan.park.ring_back;
            let charge = by.map(|by| Charge { by, called: call.record.called.clone(), route: None });
            reach(call, desk, Aim::Unpark { of: who, returns: true }, (target, wait), charge)
        }
        action => send_on(call, desk, who, cursor, action),
    };
    Some((who, want))
}

/// He waits on for as long as before.
fn stay(call: &mut Call, desk: &Desk<'_>) {
    let until = Some(desk.now.mono + call.plan.park.return_after);
    if let Some(parked) = &mut call.parked {
        parked.until = until;
    }
}

/// He is parked no more, and walks a flow.
fn send_on(call: &mut Call, desk: &mut Desk<'_>, who: LegId, cursor: Cursor, action: Action) -> Want {
    over(call, desk, Unparked::SentOn, None);
    transfer::set_out(call, who, cursor);
    Want::Go(action)
}

/// Somebody is rung for him, who keeps his music.
fn reach(
    call: &mut Call,
    desk: &mut Desk<'_>,
    aim: Aim,
    (target, wait): (RingTarget, Duration),
    charge: Option<Charge>,
) -> Want {
    if let Some(parked) = &mut call.parked {
        parked.until = None;
    }
    let agent = if let RingTarget::Agent(agent) = target { Some(agent) } else { None };
    let (waves, engages) = match target {
        // Who is in a group with whoever parked him is rung, and so is that one.
        RingTarget::Group(_) => ring::waves(call, desk, target, None),
        target => (Waves::at_once([target]), true),
    };
    let (until, charge) = (Some(desk.now.mono + wait), charge.map(Box::new));
    ring::begin(call, desk, Rest { aim, agent, charge, waves, until, engages, gone: Default::default() })
}

/// Somebody has taken him.
pub(crate) fn won(call: &mut Call, desk: &mut Desk<'_>, id: RingingId, winner: Attempt) {
    let aim = call.ringing(id).map(|ringing| ringing.aim);
    let returns = matches!(aim, Some(Aim::Unpark { returns: true, .. }));
    let how = if returns { Unparked::Returned } else { Unparked::Retrieved };
    over(call, desk, how, winner.leg.who());
    transfer::won(call, desk, id, winner);
}

/// Nobody who was rung for him has taken him.
pub(crate) fn lost(call: &mut Call, desk: &mut Desk<'_>, id: RingingId) -> Want {
    let aim = call.ringing(id).map(|ringing| ringing.aim);
    call.stop_ringing(desk, id, Cause::NORMAL);
    match aim {
        Some(Aim::Unpark { of, returns: true }) => not_taken(call, desk, of),
        _ => {
            stay(call, desk);
            Want::Nothing
        }
    }
}

/// He goes where the plan says, or stays where he is.
fn not_taken(call: &mut Call, desk: &mut Desk<'_>, who: LegId) -> Want {
    let Some(destination) = call.plan.park.otherwise.clone() else {
        stay(call, desk);
        return Want::Nothing;
    };
    let mut cursor = Cursor::new(destination, call.origin.recorded);
    let action = cursor.arrive(&call.plan);
    send_on(call, desk, who, cursor, action)
}

/// Why nobody can be rung to fetch him.
pub(crate) fn may_retrieve(call: &Call, to: &Routed) -> Result<(), &'static str> {
    let fetched = |aim| matches!(aim, Aim::Unpark { returns: false, .. });
    match to.destination {
        _ if call.parked.is_none() => Err("nobody is parked"),
        _ if call.ringings.iter().any(|ringing| fetched(ringing.aim)) => Err("somebody is rung for him already"),
        Destination::Flow(_)
        | Destination::Queue(_)
        | Destination::Park(_)
        | Destination::Room(_)
        | Destination::HangUp(_) => Err("only who can be rung can fetch him"),
        _ => Ok(()),
    }
}

/// Somebody is rung to fetch him.
pub(crate) fn retrieve(call: &mut Call, desk: &mut Desk<'_>, to: Routed, by: Option<PhoneId>) -> Option<(LegId, Want)> {
    let who = call.parked.as_ref()?.who;
    let Action::Ring { target, wait, .. } = Cursor::new(to.destination, to.record).arrive(&call.plan) else {
        return None;
    };
    ring::stop(call, desk, who, Cause::NORMAL);
    let charge = by.map(|by| Charge { by: Source::Phone(by), called: call.record.called.clone(), route: to.route });
    Some((who, reach(call, desk, Aim::Unpark { of: who, returns: false }, (target, wait), charge)))
}

/// A phone that has dialled the slot has its port: the two talk. Who it is that was parked comes back; nobody, where another
/// one was quicker.
pub(crate) fn fetch(call: &mut Call, desk: &mut Desk<'_>, by: Option<Source>) -> Option<LegId> {
    let who = over(call, desk, Unparked::Retrieved, by)?;
    ring::stop(call, desk, who, Cause::TAKEN_ELSEWHERE);
    transfer::talk(call, who);
    Some(who)
}
