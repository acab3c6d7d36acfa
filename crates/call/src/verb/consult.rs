//! A party asks somebody else, beside the conversation: the two hear each other, and whoever talked to it waits with music.
//! It may go to and fro between them. When one of the three leaves, the other two are together: so who asks and hangs up has
//! transferred the one who waits, also while it still rings; and whoever does not come leaves the conversation as it was.

use super::{connect, replace, ring, transfer};
use crate::call::Call;
use crate::desk::Desk;
use crate::party::{Asked, Party};
use crate::ringing::{Aim, Attempt, Charge, Rest, RingingId};
use crate::room::Stance;
use crate::want::Want;
use dialplan::flow::{Action, Cursor, RingTarget};
use dialplan::{Destination, Routed};
use sip::Source;
use std::time::Duration;
use terms::{Cause, LegId, PhoneId, limits};

/// Why a party cannot ask this one now.
pub(crate) fn may(call: &Call, who: LegId, to: &Routed) -> Result<(), &'static str> {
    let party = call.parties.iter().find(|party| party.leg.id == who).ok_or("no such party")?;
    if let Some(why) = call.busy() {
        return Err(why);
    }
    match to.destination {
        Destination::Flow(_)
        | Destination::Queue(_)
        | Destination::Park(_)
        | Destination::Room(_)
        | Destination::HangUp(_) => Err("only who can be rung can be asked"),
        _ if party.stance != Stance::Floor || call.room.talk.is_none() => Err("in no conversation"),
        _ if call.parties.len() >= limits::CONFERENCE => Err("no free place in the conversation"),
        _ if call.next_ringing().is_none() => Err("too many groups in one call"),
        _ => Ok(()),
    }
}

/// Rings him.
pub(crate) fn ask(
    call: &mut Call,
    desk: &mut Desk<'_>,
    who: LegId,
    to: Routed,
    by: Option<PhoneId>,
) -> Option<(LegId, Want)> {
    let Routed { destination, record, route } = to;
    let Action::Ring { target, wait, .. } = Cursor::new(destination, record).arrive(&call.plan) else { return None };
    let own = call.party(who).and_then(|party| party.leg.who());
    let by = by.map(Source::Phone).or(own).unwrap_or(call.record.source);
    let charge = Charge { by, called: call.record.called.clone(), route };
    let want = reach(call, desk, who, (target, wait), charge);
    let id = call.ringings.last()?.id;
    step_aside(call, who, Stance::early(id.0));
    let ringback = ring::ringback(desk);
    call.party(who).into_iter().for_each(|party| party.comfort = Some(ringback));
    Some((who, want))
}

fn reach(
    call: &mut Call,
    desk: &mut Desk<'_>,
    of: LegId,
    (target, wait): (RingTarget, Duration),
    charge: Charge,
) -> Want {
    let agent = if let RingTarget::Agent(agent) = target { Some(agent) } else { None };
    let (waves, engages) = ring::waves(call, desk, target, Some(charge.by));
    let (aim, until, charge) = (Aim::Consult { of }, Some(desk.now.mono + wait), Some(Box::new(charge)));
    ring::begin(call, desk, Rest { aim, agent, charge, waves, until, engages, gone: Default::default() })
}

/// He leaves the conversation for one beside it; who is alone in it then has music.
fn step_aside(call: &mut Call, who: LegId, aside: Stance) {
    call.party(who).into_iter().for_each(|party| party.stance = aside);
    comfort_one_alone(call, who);
}

/// Who is alone in the conversation that this one has left for another has music.
fn comfort_one_alone(call: &mut Call, who: LegId) {
    let comfort = call.comfort();
    let mut others = here(call).filter(|party| party.leg.id != who && party.asked.is_none());
    if let (Some(alone), None) = (others.next(), others.next()) {
        (alone.stance, alone.comfort) = (Stance::Waiting, comfort);
    }
}

/// He has answered: he and who asks hear each other; where nobody waits for that one any more, they have a conversation.
pub(crate) fn won(call: &mut Call, desk: &mut Desk<'_>, id: RingingId, winner: Attempt) {
    let (aside, Some(came)) = (Stance::early(id.0), connect::come(call, desk, id, winner)) else { return };
    let by = came.aim.of();
    call.party(by).into_iter().for_each(|party| party.comfort = None);
    if let Some(party) = call.party(came.leg) {
        (party.stance, party.asked) = (aside, Some(Asked { by, aside }));
    }
    if here(call).count() == 2 {
        together(call);
        replace::joined(call, desk, came.leg);
    }
}

/// Nobody came: the conversation is as it was.
pub(crate) fn lost(call: &mut Call, desk: &mut Desk<'_>, id: RingingId) {
    call.stop_ringing(desk, id, Cause::NORMAL);
    together(call);
}

/// Why it cannot go to and fro.
pub(crate) fn may_swap(call: &Call) -> Result<(), &'static str> {
    match call.parties.iter().any(|party| party.asked.is_some()) {
        true => Ok(()),
        false if call.asks() => Err("it still rings"),
        false => Err("nobody is asked"),
    }
}

/// Who asks goes to the others.
pub(crate) fn swap(call: &mut Call) {
    let Some((who, Asked { by, aside })) = call.parties.iter().find_map(|party| Some((party.leg.id, party.asked?)))
    else {
        return;
    };
    let beside = call.party(by).is_some_and(|party| party.stance == aside);
    let comfort = call.comfort();
    match beside {
        true => {
            let others = here(call).filter(|party| party.leg.id != who);
            others.for_each(|party| (party.stance, party.comfort) = (Stance::Floor, None));
        }
        false => step_aside(call, by, aside),
    }
    if let Some(party) = call.party(who) {
        (party.stance, party.comfort) = if beside { (Stance::Waiting, comfort) } else { (aside, None) };
    }
}

/// Who is in the conversation or beside it; not one who only comes to take a place there, or watches.
fn here(call: &mut Call) -> impl Iterator<Item = &mut Party> {
    call.parties.iter_mut().filter(|party| party.stance.is_there())
}

/// All who are there have one conversation.
pub(super) fn together(call: &mut Call) {
    for party in here(call) {
        (party.stance, party.comfort, party.asked) = (Stance::Floor, None, None);
    }
}

/// Somebody has left a call in which one was asked: whoever is left talks, unless the two still stand beside others. Whether
/// one talks then who did not before, which is noted.
pub(crate) fn one_less(call: &mut Call, desk: &mut Desk<'_>, gone: LegId) -> bool {
    let asked = call.parties.iter().find_map(|party| Some((party.leg.id, party.asked?)));
    let rings = call.ringings.iter().any(|ringing| matches!(ringing.aim, Aim::Consult { .. }));
    let goes_on = asked.is_some_and(|(_, asked)| asked.by != gone) && here(call).count() > 2;
    if let Some((_, Asked { by, aside })) = asked.filter(|_| goes_on)
        && call.party(by).is_some_and(|party| party.stance == aside)
    {
        comfort_one_alone(call, by);
    }
    if rings || goes_on {
        return false;
    }
    together(call);
    let Some((who, _)) = asked.filter(|(_, asked)| asked.by == gone) else { return false };
    replace::agent_of(call, desk, who);
    if here(call).count() > 2 {
        return false;
    }
    replace::joined(call, desk, who);
    true
}

/// Who asks leaves while it still rings: it rings on for the one who waits for him, as if that one had been transferred.
pub(crate) fn rings_on(call: &mut Call, desk: &mut Desk<'_>, who: LegId) -> bool {
    let asks = |aim: Aim| matches!(aim, Aim::Consult { of } if of == who);
    let waits = call.parties.iter().find(|party| party.leg.id != who && party.stance == Stance::Waiting);
    let ringing = call.ringings.iter_mut().find(|ringing| asks(ringing.aim));
    let Some((of, ringing)) = waits.map(|party| party.leg.id).zip(ringing) else { return false };
    ringing.aim = Aim::Transfer { of, back: who, refer: None, record: false };
    transfer::wait_for(call, desk, of);
    true
}
