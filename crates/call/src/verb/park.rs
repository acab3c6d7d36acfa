//! A party is parked: it waits alone in a slot, with music, and whoever parked it is free. Who dials the slot has it. After a
//! time whoever parked it is rung to take it back, while it can still be fetched; where nobody does, it goes where the plan
//! says, or stays, and it rings again later.

use super::{queue, ring, transfer};
use crate::call::{Call, Parked};
use crate::desk::{Desk, Index};
use crate::ringing::waves::Waves;
use crate::ringing::{Aim, Attempt, Charge, Rest, RingingId};
use crate::room::Stance;
use crate::want::Want;
use dialplan::flow::{Action, Cursor, Outcome, RingTarget};
use dialplan::{Destination, Plan, Routed};
use media::Sound;
use sip::Source;
use std::time::Duration;
use terms::{By, Cause, LegId, PhoneId, Slot};

/// Why nobody can be parked.
pub(crate) const NO_SLOT: &str = "no free slot";

/// Why a party cannot be parked now.
pub(crate) fn may(call: &Call, who: LegId) -> Result<(), &'static str> {
    if call.parked.is_some() {
        return Err("it is parked already");
    }
    transfer::may(call, who)
}

/// The slot that is meant, or the first one, if it is free. Which slots there are the plan in force says.
pub(crate) fn free(plan: &Plan, index: &Index, wanted: Option<Slot>) -> Option<Slot> {
    let is_free = |slot: &Slot| !index.slots.contains_key(slot);
    match wanted {
        Some(slot) => Some(slot).filter(|slot| plan.park.has(*slot) && is_free(slot)),
        None => plan.park.all().find(is_free),
    }
}

/// A party goes into a slot, and the one who talks to it is let go of; false where no slot is free.
pub(crate) fn park(
    call: &mut Call,
    desk: &mut Desk<'_>,
    (who, back): (LegId, LegId),
    slot: Option<Slot>,
    by: Option<Source>,
) -> bool {
    let Some(slot) = free(desk.plan, desk.index, slot) else { return false };
    put(call, desk, who, slot, by);
    call.converse(desk);
    transfer::dismiss(call, desk, back);
    queue::deserted(call, desk, By::Switch);
    true
}

/// Somebody outside parks a party.
pub(crate) fn command(call: &mut Call, desk: &mut Desk<'_>, who: LegId, slot: Slot, by: Option<PhoneId>) {
    let Ok(back) = transfer::other(call, who) else { return };
    let by = by.map(Source::Phone).or_else(|| call.party(back).and_then(|party| party.leg.who()));
    if !park(call, desk, (who, back), Some(slot), by) {
        desk.count(NO_SLOT);
    }
}

/// The flow of a party parks it.
pub(crate) fn arrive(call: &mut Call, desk: &mut Desk<'_>, who: LegId, slot: Option<Slot>) -> Want {
    let Some(slot) = free(desk.plan, desk.index, slot).filter(|_| call.parked.is_none()) else {
        desk.count(NO_SLOT);
        return Want::Next(Outcome::Unreachable);
    };
    put(call, desk, who, slot, None);
    Want::Nothing
}

fn put(call: &mut Call, desk: &mut Desk<'_>, who: LegId, slot: Slot, by: Option<Source>) {
    let music = call.plan.park.music.or(call.plan.media.hold).map_or(Sound::Silence, Sound::Prompt);
    let music = desk.ids.playing(music, true);
    let (id, until) = (call.id(), Some(desk.now.mono + call.plan.park.return_after));
    let Some(party) = call.party(who) else { return };
    (party.stance, party.comfort, party.walk) = (Stance::Waiting, Some(music), None);
    desk.index.slots.insert(slot, id);
    call.parked = Some(Box::new(Parked { slot, who, by, since: desk.now.wall, until }));
}

/// Nobody is parked any more; who it was comes back.
fn over(call: &mut Call, desk: &mut Desk<'_>) -> Option<Box<Parked>> {
    let parked = call.parked.take()?;
    desk.index.slots.remove(&parked.slot);
    Some(parked)
}

/// Who was parked may have gone, or the call may have ended.
pub(crate) fn check(call: &mut Call, desk: &mut Desk<'_>) {
    let Some(parked) = &call.parked else { return };
    let waits = call.parties.iter().any(|party| party.leg.id == parked.who && party.stance == Stance::Waiting);
    if !waits {
        over(call, desk);
    }
}

/// He has been parked for long enough: whoever parked him, or whom the plan names, is rung to take him back.
pub(crate) fn due(call: &mut Call, desk: &mut Desk<'_>) -> Option<(LegId, Want)> {
    let (who, by) = call.parked.as_ref().map(|parked| (parked.who, parked.by))?;
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
    over(call, desk);
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
    over(call, desk);
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
        Destination::Flow(_) | Destination::Queue(_) | Destination::Park(_) | Destination::HangUp(_) => {
            Err("only who can be rung can fetch him")
        }
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
pub(crate) fn fetch(call: &mut Call, desk: &mut Desk<'_>) -> Option<LegId> {
    let Parked { who, .. } = *over(call, desk)?;
    ring::stop(call, desk, who, Cause::TAKEN_ELSEWHERE);
    transfer::talk(call, who);
    Some(who)
}
