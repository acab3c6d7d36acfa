//! One takes another's place in a call: where he stands, the flow that he walks, those who ring for him, his place in a
//! queue. The other is let go of. So does who is transferred, and who calls with Replaces (RFC 3891).

use super::{connect, hall, introduce, park, pickup, queue};
use crate::call::{Call, Whose};
use crate::cdr::{LegRecord, LegRole};
use crate::claim::{self, Claim};
use crate::contact::Contact;
use crate::desk::Desk;
use crate::leg::{Leg, Talk};
use crate::party::Party;
use crate::ringing::{Aim, Charge, only_agent_at};
use crate::room::Stance;
use crate::walk::{At, Walk};
use crate::want::{ComesFor, Want};
use acd::Withdrawal;
use media::Playing;
use sip::{Arrival, Source};
use smallvec::SmallVec;
use std::time::Duration;
use terms::{AgentId, By, Cause, LegId};

/// What a caller is told who is not needed any more since another has his place.
const REPLACED: u16 = 487;

/// A party takes the place of another one.
pub(crate) fn replace(call: &mut Call, desk: &mut Desk<'_>, who: LegId, instead: LegId) {
    if call.hall.is_some() {
        return seated(call, desk, who, instead);
    }
    let before = call.agents();
    if call.origin.leg == instead {
        call.origin.leg = who;
    }
    match call.remove(instead) {
        Some(old) => succeed(call, desk, who, old),
        // He has left meanwhile: whoever talked to him is still there.
        None => call.party(who).into_iter().for_each(|party| party.stance = Stance::Floor),
    }
    match call.in_conversation().count() > 2 {
        true => replaced(call, desk, who, &before),
        false => joined(call, desk, who),
    }
}

/// The place is a seat in a room; where that has been left meanwhile, he has one of his own.
fn seated(call: &mut Call, desk: &mut Desk<'_>, who: LegId, instead: LegId) {
    match call.remove(instead) {
        Some(old) => {
            succeed(call, desk, who, old);
            hall::succeeded(call, desk, who, instead);
        }
        None => hall::come_in(call, desk, who),
    }
}

/// One has taken the place of another, when these agents talked: where others do now, the customers are theirs.
fn replaced(call: &mut Call, desk: &mut Desk<'_>, who: LegId, before: &[AgentId]) {
    agent_of(call, desk, who);
    let now = call.agents();
    if before.len() != now.len() || before.iter().any(|agent| !now.contains(agent)) {
        queue::goes_on(call, desk);
        queue::deserted(call, desk, By::Switch);
    }
}

fn succeed(call: &mut Call, desk: &mut Desk<'_>, who: LegId, mut old: Party) {
    let (instead, contact) = (old.leg.id, old.contact.take());
    let walk = old.walk.take().filter(Walk::goes_on);
    let walks = walk.is_some();
    match walk {
        Some(Walk { at: At::Ring(ringback), .. }) if !old.leg.is_up() => rings_on(call, who, &old, ringback),
        walk => {
            for ringing in call.ringings.iter_mut().filter(|ringing| ringing.aim.of() == instead) {
                ringing.aim = ringing.aim.on_behalf_of(who);
            }
            if let Some(party) = call.party(who) {
                (party.stance, party.comfort, party.walk) = (old.stance, old.comfort, walk);
                (party.asked, party.seat) = (old.asked, old.seat.take());
            }
            if let Some(parked) = call.parked.as_mut().filter(|parked| parked.who == instead) {
                parked.who = who;
            }
            let asked = call.parties.iter_mut().filter_map(|party| party.asked.as_mut());
            asked.filter(|asked| asked.by == instead).for_each(|asked| asked.by = who);
            call.watch_on(&old, who);
        }
    }
    call.dismiss(desk, old, Cause::NORMAL, Some(REPLACED));
    contact.into_iter().for_each(|contact| inherit(call, desk, who, contact));
    if walks {
        // The agent who brought him here is out of it.
        queue::deserted(call, desk, By::Switch);
    }
}

/// Those whom the other has called ring for this one, who hears that, as if he had been transferred to them: where nobody
/// answers, he comes back to the one who has transferred him.
fn rings_on(call: &mut Call, who: LegId, old: &Party, ringback: Playing) {
    let charge = Charge {
        by: old.leg.who().unwrap_or(call.record.source),
        called: call.record.called.clone(),
        route: call.origin.route,
    };
    for ringing in call.ringings.iter_mut().filter(|ringing| ringing.aim.of() == old.leg.id) {
        ringing.aim = match ringing.aim {
            Aim::Step { record, .. } => Aim::Transfer { of: who, back: old.leg.id, refer: None, record },
            aim => aim.on_behalf_of(who),
        };
        ringing.charge.get_or_insert_with(|| Box::new(charge.clone()));
    }
    if let Some(party) = call.party(who) {
        (party.stance, party.comfort, party.walk) = (Stance::Waiting, Some(ringback), None);
    }
}

/// Two talk who did not before: that is noted, recorded if anybody wants that, and shown.
pub(crate) fn joined(call: &mut Call, desk: &mut Desk<'_>, who: LegId) {
    let talks = |party: &Party| party.stance == Stance::Floor;
    let Some(party) = call.parties.iter().find(|party| party.leg.id == who && talks(party)) else { return };
    let (source, agent, stream) = (party.leg.who(), party.agent, party.leg.stream);
    let other = call.parties.iter().find(|party| party.leg.id != who && talks(party)).map(|party| party.leg.id);
    if let Some(source) = source.filter(|_| call.origin.leg != who) {
        connect::note(call, desk, source, agent);
    }
    hand_over(call, desk);
    if let Some(other) = other.filter(|_| call.capture.is_some() || call.origin.recorded) {
        connect::capture(call, desk, other, (who, stream));
    }
    introduce::introduce(call, desk);
}

/// The place in a queue, or the conversation that came of it, goes to a party that may have one of its own. The older one
/// lives on.
fn inherit(call: &mut Call, desk: &mut Desk<'_>, who: LegId, theirs: Contact) {
    let now = desk.now.mono;
    let own = call.party(who).and_then(|party| party.contact);
    let held = call.held(&own.filter(|_| theirs.waits()).unwrap_or(theirs), now);
    let before = call.talk_held(now);
    let Some(party) = call.party(who) else { return };
    let Some(own) = own else {
        party.contact = Some(theirs);
        return;
    };
    desk.index.contacts.remove(&theirs.id);
    if !theirs.waits() {
        return desk.acd(acd::Command::Finished { contact: theirs.id, by: By::Switch, held });
    }
    party.contact = Some(Contact { id: own.id, held: Duration::ZERO, before, ..theirs });
    let credit = desk.now.mono.since(theirs.since);
    desk.acd(acd::Command::Withdraw { contact: theirs.id, why: Withdrawal::Dropped });
    desk.acd(acd::Command::Requeue { contact: own.id, queue: theirs.queue, credit, held });
    call.count.segments = call.count.segments.saturating_add(1);
    let offered = |aim: Aim| matches!(aim, Aim::Offer { of, .. } if of == who);
    while let Some(id) = call.ringings.iter().find(|ringing| offered(ringing.aim)).map(|ringing| ringing.id) {
        call.stop_ringing(desk, id, Cause::NORMAL);
    }
}

/// Whoever had a contact talks to another one now: to an agent, with whom it goes on; or to nobody of the queue's, and it is
/// done.
fn hand_over(call: &mut Call, desk: &mut Desk<'_>) {
    let talking = |party: &Party| party.contact.is_some_and(|contact| !contact.waits()).then_some(party.leg.id);
    let talking: SmallVec<[LegId; 2]> = call.parties.iter().filter_map(talking).collect();
    for whose in talking {
        match agent_beside(call, desk, whose) {
            Some(agent) => {
                call.record.agent = Some(agent);
                queue::hand_over(call, desk, whose, agent, false);
            }
            None => queue::give_up(call, desk, whose, By::Callee),
        }
    }
}

/// The agent who talks to a party.
fn agent_beside(call: &mut Call, desk: &Desk<'_>, whose: LegId) -> Option<AgentId> {
    let others = call.parties.iter().filter(|party| party.leg.id != whose && party.stance == Stance::Floor);
    let others: SmallVec<[LegId; 2]> = others.map(|party| party.leg.id).collect();
    others.into_iter().find_map(|other| agent_of(call, desk, other))
}

/// Which agent a party is: on whose behalf a phone was rung, or the only one whose phone it is.
pub(super) fn agent_of(call: &mut Call, desk: &Desk<'_>, who: LegId) -> Option<AgentId> {
    let party = call.party(who)?;
    let only = if let Some(Source::Phone(phone)) = party.leg.who() { only_agent_at(desk, phone) } else { None };
    party.agent = party.agent.filter(|agent| desk.plan.agent(*agent).is_some()).or(only);
    party.agent
}

/// Somebody calls to take a place, or to fetch who is parked. He is answered as soon as his stream has a port.
pub(crate) fn arrives(
    call: &mut Call,
    desk: &mut Desk<'_>,
    leg: LegId,
    arrival: &Arrival,
    talk: Talk,
    what: ComesFor,
) -> Want {
    let nth = call.count.leg();
    let role = if what == ComesFor::Place(call.origin.leg) { LegRole::Caller } else { LegRole::Callee };
    let mut record = LegRecord::new(call.id(), nth, role, arrival.source, desk.now.wall);
    record.sip_call_id.clone_from(&arrival.call_id);
    record.device = Some(arrival.remote);
    let mut leg = Leg::received(desk, leg, call.worker, talk, record);
    leg.signalled_from(arrival.remote);
    let claim = Claim::of(arrival.source);
    if claim::take(desk, &call.plan, claim) {
        leg.holds(claim);
    }
    let (id, open) = (leg.id, leg.is_open());
    call.parties.push(Party { comes_for: Some(what), ..Party::new(leg, None, Stance::Apart) });
    if open { newcomer(call, desk, id, what) } else { Want::Nothing }
}

/// His stream has its port: he is answered, and the other let go of.
pub(crate) fn newcomer(call: &mut Call, desk: &mut Desk<'_>, who: LegId, what: ComesFor) -> Want {
    let instead = if let ComesFor::Place(instead) = what { instead } else { who };
    // Two legs with one codec need no transcoding.
    let codec = call.parties.iter().find(|party| party.leg.id != who && party.leg.id != instead);
    let codec = codec.and_then(|party| party.leg.codec());
    let place = call.legs().find(|(_, leg)| leg.id == instead).map(|(whose, _)| whose);
    let Some(party) = call.party(who).filter(|party| party.leg.is_reached()) else {
        return refuse(call, desk, who, 488, Cause::INCOMPATIBLE);
    };
    party.comes_for = None;
    party.leg.lead_with(codec);
    if what == ComesFor::Parked {
        return fetch(call, desk, who);
    }
    match place {
        Some(Whose::Party) => {
            party.leg.accept_call(desk);
            replace(call, desk, who, instead);
        }
        Some(Whose::Rung(ringing)) if pickup::is_for_nobody_else(call, ringing) => {
            return refuse(call, desk, who, 603, Cause::NORMAL);
        }
        Some(Whose::Rung(ringing)) => return pickup::relieve(call, desk, who, ringing),
        // RFC 3891 3: he has just ended.
        Some(Whose::Leaving) | None => return refuse(call, desk, who, 603, Cause::NORMAL),
    }
    Want::Nothing
}

/// Who is parked is his.
fn fetch(call: &mut Call, desk: &mut Desk<'_>, who: LegId) -> Want {
    let by = call.party(who).and_then(|party| party.leg.who());
    if park::fetch(call, desk, by).is_none() {
        return refuse(call, desk, who, 480, Cause::ABSENT);
    }
    if let Some(party) = call.party(who) {
        party.stance = Stance::Floor;
        party.leg.accept_call(desk);
    }
    joined(call, desk, who);
    Want::Nothing
}

fn refuse(call: &mut Call, desk: &mut Desk<'_>, who: LegId, status: u16, cause: Cause) -> Want {
    if let Some(party) = call.remove(who) {
        call.dismiss(desk, party, cause, Some(status));
    }
    Want::Nothing
}
