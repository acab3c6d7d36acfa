//! Somebody is rung for a party: an agent whom the routing core reserved, or whom a step of his flow names. The ringing
//! itself is [`crate::ringing`].

use crate::call::Call;
use crate::desk::{Desk, Standing};
use crate::life::Exit;
use crate::parcel::Errand;
use crate::ringing::waves::Waves;
use crate::ringing::{Aim, Behalf, Rest, Ringing, RingingId, Verdict};
use crate::room::Stance;
use crate::trail::Trail;
use crate::walk::{At, Walk};
use crate::want::Want;
use acd::OfferFailure;
use dialplan::Routed;
use dialplan::flow::{Action, Cursor, Outcome, RingTarget};
use media::{Playing, Sound, Tone};
use sip::Source;
use std::time::Duration;
use terms::{AgentId, Cause, LegId, OfferId, Rejection};

/// The routing core reserved an agent: all of his devices ring. The party stays in the queue and hears its music.
pub(crate) fn offer(call: &mut Call, desk: &mut Desk<'_>, of: LegId, offer: OfferId, agent: AgentId) -> Want {
    let rest = Rest {
        aim: Aim::Offer { of, offer },
        agent: Some(agent),
        charge: None,
        waves: Waves::at_once([RingTarget::Agent(agent)]),
        until: None,
        // A reserved agent is busy by that alone.
        engages: false,
        gone: Default::default(),
    };
    over_line(call, desk, rest)
}

/// An agent with whom a call stands is not rung: that comes.
pub(crate) fn over_line(call: &mut Call, desk: &mut Desk<'_>, rest: Rest) -> Want {
    let standing = rest.agent.and_then(|agent| desk.index.standing.get(&agent).copied());
    let Some(from @ Standing { leg: Some(leg), .. }) = standing else { return begin(call, desk, rest) };
    let id = push(call, desk, Rest { waves: Waves::default(), ..rest });
    call.ringing(id).into_iter().for_each(|ringing| ringing.awaits = Some(leg));
    call.errands.push(Errand::Fetch { to: call.id(), from });
    Want::Nothing
}

/// A step of a party's flow rings somebody.
pub(crate) fn step(
    call: &mut Call,
    desk: &mut Desk<'_>,
    of: LegId,
    (target, wait, record): (RingTarget, Duration, bool),
) -> Want {
    let agent = if let RingTarget::Agent(agent) = target { Some(agent) } else { None };
    if let RingTarget::Trunk(trunk, _) = target {
        call.record.trunk_out = Some(trunk);
    }
    let (waves, engages) = waves(call, desk, target, None);
    let until = Some(desk.now.mono + wait);
    let aim = Aim::Step { of, record };
    let charge = call.origin.charge.clone();
    listen(call, desk, of);
    begin(call, desk, Rest { aim, agent, charge, waves, until, engages, gone: Default::default() })
}

/// The one to whom a party was put through went before he was joined to him: whoever had not refused is rung again, for
/// what is left of the time.
pub(crate) fn again(call: &mut Call, desk: &mut Desk<'_>, rest: Rest) -> Want {
    let of = rest.aim.of();
    call.room.talk = None;
    (call.record.phone, call.record.trunk_out) = (None, None);
    if let Some(party) = call.party(of) {
        party.stance = Stance::Apart;
    }
    listen(call, desk, of);
    begin(call, desk, rest)
}

/// He hears that it rings. Early media that never come leave him with the tone.
fn listen(call: &mut Call, desk: &mut Desk<'_>, of: LegId) {
    let ringback = ringback(desk);
    call.party(of).into_iter().for_each(|party| party.at(At::Ring(ringback)));
}

/// The tone that somebody hears while it rings for him, until he hears who is rung.
pub(crate) fn ringback(desk: &mut Desk<'_>) -> Playing {
    Playing { yields: true, ..desk.ids.playing(Sound::Tone(Tone::Ringback), true) }
}

/// Rings them; how that stands at once comes back.
pub(crate) fn begin(call: &mut Call, desk: &mut Desk<'_>, rest: Rest) -> Want {
    let of = rest.aim.of();
    let id = push(call, desk, rest);
    let verdict = tell(call, of, id, |ringing, behalf| ringing.go_on(desk, behalf));
    Want::Rung(id, verdict)
}

fn push(call: &mut Call, desk: &Desk<'_>, rest: Rest) -> RingingId {
    // There are more groups than a call may ever use at once; were there none, two would hear each other's ringing.
    let id = call.next_ringing().unwrap_or(RingingId(call.count.ringings));
    call.count.ringings = id.0.wrapping_add(1);
    call.ringings.push(Box::new(Ringing::new(desk.now.mono, id, rest)));
    id
}

/// Tells a ringing something; what it says comes back.
pub(crate) fn tell(
    call: &mut Call,
    of: LegId,
    id: RingingId,
    what: impl FnOnce(&mut Ringing, &mut Behalf<'_>) -> Verdict,
) -> Verdict {
    let (ringings, mut behalf) = call.behalf(of);
    let found = ringings.iter_mut().find(|ringing| ringing.id == id);
    found.map_or(Verdict::Waits, |ringing| what(ringing, &mut behalf))
}

/// Nobody is rung for a party any more.
pub(crate) fn stop(call: &mut Call, desk: &mut Desk<'_>, of: LegId, cause: Cause) {
    while let Some(ringing) = call.ringings.iter().find(|ringing| ringing.aim.of() == of) {
        let id = ringing.id;
        call.stop_ringing(desk, id, cause);
    }
}

/// Who is rung for a target of the plan, when; and whether they are engaged meanwhile. A group that is newer than the call is
/// as the plan in force has it.
pub(crate) fn waves(call: &Call, desk: &Desk<'_>, target: RingTarget, by: Option<Source>) -> (Waves, bool) {
    let RingTarget::Group(id) = target else { return (Waves::of_one(target), true) };
    let Some(group) = call.plan.group(id).or_else(|| desk.plan.group(id)) else { return (Waves::default(), true) };
    // Whoever calls his own group is not rung himself, nor is who sends somebody there.
    let own = [Some(call.record.source), by];
    let is_own =
        |target: &RingTarget| matches!(target, RingTarget::Phone(phone) if own.contains(&Some(Source::Phone(*phone))));
    let others = group.members.iter().filter(|member| !is_own(&member.target)).cloned().collect();
    (Waves::of_group(group, others, call.id().0), group.engages)
}

/// The agent did not take it; the contact keeps its place.
pub(crate) fn offer_failed(desk: &mut Desk<'_>, offer: OfferId, heard: Rejection, rang_out: bool) {
    desk.acd(acd::Command::OfferFailed { offer, why: failure(heard, rang_out) });
}

/// A step's ringing came to nothing: the flow says what follows.
pub(crate) fn step_failed(call: &mut Call, of: LegId, heard: Rejection, rang_out: bool) -> Want {
    let outcome = match failure(heard, rang_out) {
        OfferFailure::NoAnswer => Outcome::NoAnswer,
        OfferFailure::Busy | OfferFailure::Declined => Outcome::Busy,
        OfferFailure::Unreachable => Outcome::Unreachable,
    };
    let Some((action, as_rung)) = call.advance(of, outcome) else { return Want::Nothing };
    match action {
        Action::HangUp { .. } if as_rung => {
            let Rejection { status, cause } = heard.passed_on();
            Want::End(Exit::of(cause, Some(status)))
        }
        action => Want::Go(action),
    }
}

/// Whoever was called has his calls go to a flow or a queue: the party walks there, and does not come back.
pub(crate) fn onward(call: &mut Call, of: LegId, to: Routed, trail: Trail) -> Want {
    (call.origin.trail, call.origin.room) = (Some(Box::new(trail)), None);
    let mut cursor = Cursor::new(to.destination, to.record || call.origin.recorded);
    let action = cursor.arrive(&call.plan);
    let Some(party) = call.party(of) else { return Want::Nothing };
    party.walk = Some(Walk::new(cursor));
    party.at(At::Next);
    Want::Go(action)
}

/// What became of a ringing says about the person behind the phone.
fn failure(heard: Rejection, rang_out: bool) -> OfferFailure {
    match heard.status {
        _ if rang_out => OfferFailure::NoAnswer,
        486 | 600 => OfferFailure::Busy,
        // A phone that would rather have somebody else rung.
        300..=399 => OfferFailure::Declined,
        401 | 403 | 407 | 603 | 607 | 608 => OfferFailure::Declined,
        _ => OfferFailure::Unreachable,
    }
}
