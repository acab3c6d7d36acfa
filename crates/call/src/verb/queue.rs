//! A party waits in a queue. The routing core decides; here he only hears music, until an agent is rung for him or the
//! queue sends him on.

use super::ring;
use crate::admission::SPENT;
use crate::call::Call;
use crate::cdr::{By, Outcome as How};
use crate::contact::Contact;
use crate::desk::Desk;
use crate::life::Exit;
use crate::party::Party;
use crate::ringing::{Aim, Answer};
use crate::room::Stance;
use crate::succession;
use crate::walk::{Announcing, At};
use crate::want::Want;
use acd::{ContactEvent, OfferFailure, OverflowReason, OverflowWhen, Revocation, Withdrawal};
use dialplan::flow::Outcome;
use media::{Sound, Tone};
use smallvec::SmallVec;
use std::time::Duration;
use terms::{AgentId, Cause, ContactKind, LegId, OfferId, QueueId};

/// A party enters a queue.
pub(crate) fn enter(call: &mut Call, desk: &mut Desk<'_>, who: LegId, queue: QueueId, credit: Duration) -> Want {
    let Some(id) = call.record.contact.or_else(|| desk.ids.contact()) else {
        desk.count(SPENT);
        return Want::End(Exit::of(Cause::TEMPORARY, None));
    };
    through(call, desk, who);
    let talked = call.party(who).and_then(|party| party.contact).filter(|contact| !contact.waits());
    desk.index.contacts.insert(id, call.id());
    (call.record.queue, call.record.contact) = (Some(queue), Some(id));
    let segment = call.count.segments;
    call.count.segments = segment.saturating_add(1);
    desk.acd(match talked {
        // It was transferred: the conversation ends, and the next of its stays begins.
        Some(talked) => {
            let held = call.held(&talked, desk.now.mono);
            acd::Command::Requeue { contact: id, queue, credit, held }
        }
        None => {
            let before = Duration::from_millis(call.record.waited_ms);
            let stay = acd::Stay { kind: ContactKind::Voice, segment, before, call: Some(call.id()) };
            acd::Command::Enqueue { contact: id, queue, credit, emergency: false, requirement: None, stay }
        }
    });
    let at = waits(call, desk, who, queue);
    let music = call.plan.queue(queue).and_then(|queue| queue.music);
    let music = desk.ids.playing(music.map_or(Sound::Tone(Tone::Ringback), Sound::Prompt), true);
    let (since, held, before) = (desk.now.mono, Duration::ZERO, call.talk_held(desk.now.mono));
    let Some(party) = call.party(who) else { return Want::Nothing };
    party.contact = Some(Contact { id, queue, since, music, talks: None, joins: false, held, before });
    party.at(at);
    Want::Nothing
}

/// What a party is at who waits in a queue. Nothing is announced to one who hears ringback until an agent answers.
fn waits(call: &mut Call, desk: &Desk<'_>, who: LegId, queue: QueueId) -> At {
    let is_up = call.party(who).is_some_and(|party| party.leg.is_up());
    let queue = call.plan.queue(queue).filter(|queue| queue.answer || is_up);
    At::Queue(queue.and_then(|queue| Announcing::of(&queue.announce, desk.now.mono)))
}

/// The routing core has decided something about the contact of a party.
pub(crate) fn on(call: &mut Call, desk: &mut Desk<'_>, who: LegId, event: ContactEvent) -> Want {
    let Some(contact) = call.party(who).and_then(|party| party.contact) else { return Want::Nothing };
    match event {
        ContactEvent::Queued { .. } => taken_in(call, desk, who, &contact),
        ContactEvent::OfferRevoked { offer, why, .. } => revoked(call, desk, who, &contact, offer, why),
        ContactEvent::Offered { offer, agent, .. } if contact.waits() => {
            return ring::offer(call, desk, who, offer, agent);
        }
        ContactEvent::Overflowed { why, rule, .. } if contact.waits() => {
            return sent_on(call, desk, who, &contact, why, rule);
        }
        // It was on its way when an agent took the contact.
        ContactEvent::Offered { .. } | ContactEvent::Overflowed { .. } => {}
    }
    Want::Nothing
}

/// The queue has a place for him: now he is answered, and hears its music once his ACK is here.
fn taken_in(call: &mut Call, desk: &mut Desk<'_>, who: LegId, contact: &Contact) {
    if call.plan.queue(contact.queue).is_some_and(|queue| queue.answer) {
        return call.answer(desk, who);
    }
    if let Some(party) = call.party(who).filter(|party| !party.leg.is_up()) {
        party.leg.ring_back(desk);
    }
}

/// The routing core took an offer back: its agent is not rung any more. Where his answer crossed the end of the ring time
/// he is let go of, and the caller keeps his place.
fn revoked(call: &mut Call, desk: &mut Desk<'_>, who: LegId, contact: &Contact, offer: OfferId, why: Revocation) {
    let rung = call.ringings.iter().find(|ringing| ringing.aim == Aim::Offer { of: who, offer });
    if let Some(ringing) = rung.map(|ringing| ringing.id) {
        let cause = match why {
            Revocation::RingTimeOver => Cause::NO_ANSWER,
            Revocation::AnsweredElsewhere => Cause::TAKEN_ELSEWHERE,
            Revocation::ContactGone | Revocation::AgentGone | Revocation::SentOn => Cause::NORMAL,
        };
        return call.stop_ringing(desk, ringing, cause);
    }
    // It came to nothing, but for the agent for whom another one has answered.
    if contact.talks != Some(offer) || why == Revocation::AnsweredElsewhere {
        return;
    }
    let agent = call.parties.iter().find(|party| party.agent.is_some()).map(|party| party.leg.id);
    if let Some(agent) = agent.and_then(|agent| call.remove(agent)) {
        call.part(desk, agent.leg, Cause::NORMAL);
    }
    if !contact.joins {
        call.record.waited_ms = call.record.waited_ms.saturating_sub(contact.waited_ms(desk.now));
    }
    waits_on(call, desk, who, contact);
}

/// No agent has him after all: he waits on.
fn waits_on(call: &mut Call, desk: &Desk<'_>, who: LegId, contact: &Contact) {
    call.room.talk = None;
    call.record.phone = None;
    let at = waits(call, desk, who, contact.queue);
    if let Some(party) = call.party(who) {
        party.stance = Stance::Apart;
        party.at(at);
        party.contact = Some(Contact { talks: None, joins: false, ..*contact });
    }
}

/// He is through to the agent who has answered: only now is he served.
pub(crate) fn through(call: &mut Call, desk: &mut Desk<'_>, who: LegId) {
    let Some(contact) = call.party(who).and_then(|party| party.contact.as_mut()).filter(|contact| contact.joins) else {
        return;
    };
    contact.joins = false;
    let (offer, waited_ms) = (contact.talks, contact.waited_ms(desk.now));
    offer.into_iter().for_each(|offer| desk.acd(acd::Command::Accepted { offer }));
    call.record.waited_ms += waited_ms;
}

/// The agent who leaves had answered, and the customer was not through to him yet: the customer keeps his place.
pub(crate) fn lost_again(call: &mut Call, desk: &mut Desk<'_>, who: LegId) -> bool {
    let is_agent = call.party(who).is_some_and(|party| party.agent.is_some() && party.contact.is_none());
    let joins = |party: &&Party| is_agent && party.contact.is_some_and(|contact| contact.joins);
    let Some((of, contact)) = call.parties.iter().find(joins).and_then(|party| Some((party.leg.id, party.contact?)))
    else {
        return false;
    };
    let why = OfferFailure::Declined;
    contact.talks.into_iter().for_each(|offer| desk.acd(acd::Command::OfferFailed { offer, why }));
    waits_on(call, desk, of, &contact);
    true
}

/// The queue sends him on; the routing core has freed whoever was rung for him.
fn sent_on(
    call: &mut Call,
    desk: &mut Desk<'_>,
    who: LegId,
    contact: &Contact,
    why: OverflowReason,
    rule: Option<OverflowWhen>,
) -> Want {
    ring::stop(call, desk, who, Cause::NORMAL);
    let rule = succession::own_rule(&call.plan, contact.queue, why, rule);
    left(call, desk, who);
    Want::Next(Outcome::Overflow(rule))
}

/// His contact is in the queue no more.
fn left(call: &mut Call, desk: &mut Desk<'_>, who: LegId) {
    let Some(contact) = call.party(who).and_then(|party| party.contact.take()) else { return };
    desk.index.contacts.remove(&contact.id);
    call.record.waited_ms += contact.waited_ms(desk.now);
}

/// Somebody has answered for him. Where that is no agent, the queue is done with him.
pub(crate) fn answered(call: &mut Call, desk: &mut Desk<'_>, who: LegId, offer: OfferId, by: Answer) {
    let Some(party) = call.party(who) else { return };
    let is_up = party.leg.is_up();
    let Some(contact) = party.contact.as_mut() else { return };
    let waited_ms = contact.waited_ms(desk.now);
    let id = contact.id;
    contact.talks = Some(offer);
    match by {
        Answer::Meant if !is_up => {
            contact.joins = true;
            return desk.acd(acd::Command::Answered { offer });
        }
        Answer::Meant => desk.acd(acd::Command::Accepted { offer }),
        Answer::Instead(Some(agent)) => desk.acd(acd::Command::TakenBy { offer, agent }),
        Answer::Instead(None) => {
            desk.acd(acd::Command::Withdraw { contact: id, why: Withdrawal::TakenElsewhere });
            desk.index.contacts.remove(&id);
            call.party(who).into_iter().for_each(|party| party.contact = None);
            // The queue has nothing left of it to take their offers back with.
            ring::stop(call, desk, who, Cause::TAKEN_ELSEWHERE);
        }
    }
    call.record.waited_ms += waited_ms;
}

/// No agent is left in a conversation that came of a queue: he does his after-call work, and the contact lives on.
pub(crate) fn deserted(call: &mut Call, desk: &mut Desk<'_>, by: By) {
    if call.parties.iter().any(|party| party.agent.is_some()) {
        return;
    }
    let talks = |contact: &Contact| !contact.waits();
    if let Some(party) = call.parties.iter().find(|party| party.contact.as_ref().is_some_and(talks)) {
        let who = party.leg.id;
        give_up(call, desk, who, by);
    }
}

/// A conversation that came of a queue goes on with this agent: with him alone, or with those who are in it already.
pub(crate) fn hand_over(call: &mut Call, desk: &mut Desk<'_>, who: LegId, to: AgentId, joins: bool) {
    through(call, desk, who);
    let contact = call.party(who).and_then(|party| party.contact).filter(|contact| !contact.waits());
    let Some(contact) = contact.filter(|_| desk.plan.agent(to).is_some()) else { return };
    let held = call.held(&contact, desk.now.mono);
    desk.acd(acd::Command::HandOver { contact: contact.id, to, joins, held });
    call.count.segments = call.count.segments.saturating_add(1);
}

/// The call ends: whoever waits gives up, and who talked has talked.
pub(crate) fn abandon(call: &mut Call, desk: &mut Desk<'_>, by: By) {
    while let Some(party) = call.parties.iter().find(|party| party.contact.is_some()) {
        let who = party.leg.id;
        give_up(call, desk, who, by);
    }
}

/// One who leaves gives up his place, or ends the conversation that came of it.
pub(crate) fn give_up(call: &mut Call, desk: &mut Desk<'_>, who: LegId, by: By) {
    let Some(contact) = call.party(who).and_then(|party| party.contact.take()) else { return };
    desk.index.contacts.remove(&contact.id);
    if !contact.waits() && !contact.joins {
        let held = call.held(&contact, desk.now.mono);
        return desk.acd(acd::Command::Finished { contact: contact.id, by, held });
    }
    let why = if by == By::Caller { Withdrawal::Abandoned } else { Withdrawal::Dropped };
    if by == By::Caller {
        call.record.outcome = How::Abandoned;
    }
    desk.acd(acd::Command::Withdraw { contact: contact.id, why });
    call.record.waited_ms += contact.waited_ms(desk.now);
}

/// Those whom a queue has led into the conversation are the customers of the agents who talk now.
pub(crate) fn goes_on(call: &mut Call, desk: &mut Desk<'_>) {
    let agents = call.agents();
    let Some(first) = agents.first() else { return };
    call.record.agent = Some(*first);
    for whose in customers(call) {
        for agent in &agents {
            // The first has them alone, and then the others come to him.
            hand_over(call, desk, whose, *agent, agent != first);
        }
    }
}

/// An agent has left those who talk: where more than one stays, each of them has his part of it on; else it is that one's.
pub(crate) fn one_less(call: &mut Call, desk: &mut Desk<'_>, gone: AgentId) {
    let agents = call.agents();
    if agents.len() < 2 {
        return goes_on(call, desk);
    }
    call.record.agent = agents.first().copied();
    for whose in customers(call) {
        through(call, desk, whose);
        let Some(contact) = call.party(whose).and_then(|party| party.contact) else { continue };
        let held = call.held(&contact, desk.now.mono);
        desk.acd(acd::Command::Leaves { contact: contact.id, agent: gone, held });
    }
}

/// Those whom a queue has led into the conversation.
pub(crate) fn customers(call: &Call) -> SmallVec<[LegId; 2]> {
    let talks = |party: &&Party| party.contact.is_some_and(|contact| !contact.waits());
    call.parties.iter().filter(talks).map(|party| party.leg.id).collect()
}
