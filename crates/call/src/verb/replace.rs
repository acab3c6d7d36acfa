//! One takes another's place in a call: where he stands, the flow that he walks, those who ring for him, his place in a
//! queue. The other is let go of. So does who is transferred, and who calls with Replaces (RFC 3891).

use super::queue::Contact;
use super::{connect, introduce};
use crate::call::{Call, Whose, end};
use crate::cdr::{LegRecord, LegRole};
use crate::desk::Desk;
use crate::leg::{Leg, Talk};
use crate::party::{Party, Want};
use crate::ringing::{Aim, RingingId};
use crate::room::Stance;
use crate::usage;
use crate::walk::Walk;
use acd::Withdrawal;
use sip::{Arrival, Source};
use terms::{AgentId, By, Cause, LegId};

/// What a caller is told who is not needed any more since another has his place.
const REPLACED: u16 = 487;

/// A party takes the place of another one.
pub(crate) fn replace(call: &mut Call, desk: &mut Desk<'_>, who: LegId, instead: LegId) {
    if call.origin.leg == instead {
        call.origin.leg = who;
    }
    let old = call.remove(instead);
    let contact = old.as_ref().and_then(|old| old.contact);
    if let Some(party) = call.party(who) {
        party.stance = old.as_ref().map_or(Stance::Floor, |old| old.stance);
    }
    for ringing in call.ringings.iter_mut().filter(|ringing| ringing.aim.of() == instead) {
        ringing.aim = ringing.aim.on_behalf_of(who);
    }
    if let Some(mut old) = old {
        if let Some(party) = call.party(who) {
            party.walk = old.walk.take().filter(Walk::goes_on);
        }
        end::dismiss(call, desk, old, Cause::NORMAL, Some(REPLACED));
    }
    contact.into_iter().for_each(|contact| inherit(call, desk, who, contact));
    joined(call, desk, who);
}

/// Two talk who did not before: that is noted, recorded if anybody wants that, and shown.
fn joined(call: &mut Call, desk: &mut Desk<'_>, who: LegId) {
    let talks = |party: &Party| party.stance == Stance::Floor;
    let Some(party) = call.parties.iter().find(|party| party.leg.id == who && talks(party)) else { return };
    let (source, agent, stream) = (party.leg.who(), party.agent, party.leg.stream);
    if let Some(source) = source.filter(|_| call.origin.leg != who) {
        connect::note(call, desk, source, agent);
    }
    hand_over(call, desk);
    if call.capture.is_some() || call.origin.recorded {
        connect::capture_with(call, desk, who, stream);
    }
    introduce::introduce(call, desk);
}

/// The place in a queue, or the conversation that came of it, goes to a party that may have one of its own. The older one
/// lives on.
fn inherit(call: &mut Call, desk: &mut Desk<'_>, who: LegId, theirs: Contact) {
    let Some(party) = call.party(who) else { return };
    let Some(own) = party.contact else {
        party.contact = Some(theirs);
        return;
    };
    desk.index.contacts.remove(&theirs.id);
    if !theirs.waits() {
        return desk.acd(acd::Command::Finished { contact: theirs.id, by: By::Switch, held: theirs.held });
    }
    party.contact = Some(Contact { id: own.id, held: own.held, ..theirs });
    let credit = desk.now.mono.since(theirs.since);
    desk.acd(acd::Command::Withdraw { contact: theirs.id, why: Withdrawal::Dropped });
    desk.acd(acd::Command::Requeue { contact: own.id, queue: theirs.queue, credit });
    let offered = |aim: Aim| matches!(aim, Aim::Offer { of, .. } if of == who);
    while let Some(id) = call.ringings.iter().find(|ringing| offered(ringing.aim)).map(|ringing| ringing.id) {
        call.stop_ringing(desk, id, Cause::NORMAL);
    }
}

/// Whoever had a contact talks to another one now: to an agent, with whom it goes on; or to nobody of the queue's, and it is
/// done.
fn hand_over(call: &mut Call, desk: &mut Desk<'_>) {
    let talking =
        |party: &Party| party.contact.filter(|contact| !contact.waits()).map(|contact| (party.leg.id, contact));
    while let Some((whose, contact)) = call.parties.iter().find_map(talking) {
        match agent_beside(call, desk, whose) {
            Some(agent) => {
                call.record.agent = Some(agent);
                return desk.acd(acd::Command::HandOver { contact: contact.id, to: agent, joins: false });
            }
            None => {
                desk.index.contacts.remove(&contact.id);
                call.party(whose).into_iter().for_each(|party| party.contact = None);
                desk.acd(acd::Command::Finished { contact: contact.id, by: By::Callee, held: contact.held });
            }
        }
    }
}

/// The agent who talks to a party: on whose behalf a phone was rung, or the only one whose phone it is.
fn agent_beside(call: &mut Call, desk: &Desk<'_>, whose: LegId) -> Option<AgentId> {
    let others = call.parties.iter_mut().filter(|party| party.leg.id != whose && party.stance == Stance::Floor);
    for party in others {
        let phone = if let Some(Source::Phone(phone)) = party.leg.who() { Some(phone) } else { None };
        let mut there = phone.into_iter().flat_map(|phone| desk.plan.agents_at(phone)).map(|agent| agent.id);
        let only = there.next().filter(|_| there.next().is_none());
        party.agent = party.agent.filter(|agent| desk.plan.agent(*agent).is_some()).or(only);
        if party.agent.is_some() {
            return party.agent;
        }
    }
    None
}

/// Somebody calls to take a place. He is answered as soon as his stream has a port.
pub(crate) fn arrives(call: &mut Call, desk: &mut Desk<'_>, leg: LegId, arrival: &Arrival, talk: Talk, instead: LegId) {
    call.count.legs = call.count.legs.saturating_add(1);
    let role = if call.origin.leg == instead { LegRole::Caller } else { LegRole::Callee };
    let mut record = LegRecord::new(call.id(), call.count.legs, role, arrival.source, desk.now.wall);
    record.sip_call_id.clone_from(&arrival.call_id);
    record.device = Some(arrival.remote);
    let mut leg = Leg::received(desk, leg, call.worker, talk, record);
    leg.signalled_from(arrival.remote);
    let claim = crate::admission::claim_of(arrival);
    if usage::take(desk, &call.plan, claim) {
        leg.holds(claim);
    }
    let (id, open) = (leg.id, leg.is_open());
    call.parties.push(Party {
        leg,
        agent: None,
        stance: Stance::Apart,
        walk: None,
        contact: None,
        name: None,
        instead: Some(instead),
    });
    if open {
        newcomer(call, desk, id, instead);
    }
}

/// His stream has its port: he is answered, and the other let go of.
pub(crate) fn newcomer(call: &mut Call, desk: &mut Desk<'_>, who: LegId, instead: LegId) -> Want {
    // Two legs with one codec need no transcoding.
    let codec = call.parties.iter().find(|party| party.leg.id != who && party.leg.id != instead);
    let codec = codec.and_then(|party| party.leg.codec());
    let place = call.legs().find(|(_, leg)| leg.id == instead).map(|(whose, _)| whose);
    let Some(party) = call.party(who).filter(|party| party.leg.is_reached()) else {
        return refuse(call, desk, who, 488, Cause::INCOMPATIBLE);
    };
    party.instead = None;
    party.leg.lead_with(codec);
    match place {
        Some(Whose::Party) => {
            party.leg.accept_call(desk);
            replace(call, desk, who, instead);
        }
        Some(Whose::Rung(ringing)) => relieve(call, desk, who, ringing),
        // RFC 3891 3: he has just ended.
        Some(Whose::Leaving) | None => return refuse(call, desk, who, 603, Cause::NORMAL),
    }
    Want::Nothing
}

/// One who is rung has it, on another device than those that ring.
fn relieve(call: &mut Call, desk: &mut Desk<'_>, who: LegId, ringing: RingingId) {
    let Some(mut party) = call.remove(who) else { return };
    let Some(Source::Phone(phone)) = party.leg.who() else { return desk.astray("a place that no phone takes") };
    party.leg.accept_call(desk);
    let (ringings, leaving) = (&mut call.ringings, &mut call.leaving);
    let Some(ringing) = ringings.iter_mut().find(|one| one.id == ringing) else { return };
    let winner = ringing.relieved(desk, leaving, party.leg, phone);
    let id = ringing.id;
    connect::join(call, desk, id, winner);
}

fn refuse(call: &mut Call, desk: &mut Desk<'_>, who: LegId, status: u16, cause: Cause) -> Want {
    if let Some(party) = call.remove(who) {
        end::dismiss(call, desk, party, cause, Some(status));
    }
    Want::Nothing
}
