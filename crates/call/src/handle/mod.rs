//! How a call is told something: a signal is read ([`learn`], which changes nothing), whoever's leg it is about takes it
//! and gives a verdict, [`step`] and [`rung`] say what that means, and [`settle`] draws the consequences.

pub(crate) mod abandon;
mod end;
mod learn;
mod rung;
mod settle;
mod signal;
mod step;

use crate::call::{Call, Timer, begin};
use crate::desk::Desk;
use crate::leg::{LegFact, Talk};
use crate::life::Exit;
use crate::parcel::News;
use crate::ringing::{Behalf, Ringing, RingingId, Verdict};
use crate::verb::{self, code, parcel, park, queue, ring, said, voicemail, watch};
use crate::want::Want;
use dialplan::Routed;
use dialplan::flow::RingTarget;
use learn::{Learnt, learn};
use settle::settle;
pub(crate) use signal::Signal;
use sip::Arrival;
use step::step;
use terms::LegId;

/// Tells the call.
pub(crate) fn handle(call: &mut Call, desk: &mut Desk<'_>, signal: Signal) {
    match learn(call, signal) {
        Learnt::Party(who, fact) => told(call, desk, who, fact),
        Learnt::Ringing(id, leg, fact) => {
            ringing(call, desk, id, |ringing, desk, behalf| ringing.on(desk, behalf, leg, fact));
        }
        Learnt::Leaving(leg, fact) => call.left(desk, leg, fact),
        Learnt::Contact(who, event) => {
            let want = queue::on(call, desk, who, event);
            step(call, desk, who, want);
        }
        Learnt::Parcel(news) => {
            let whose = if let News::Noted { who, .. } = *news { Some(who) } else { None };
            let want = parcel::told(call, desk, *news);
            step(call, desk, whose.unwrap_or(call.origin.leg), want);
        }
        Learnt::Verb(verb) => {
            if let Some((who, want)) = verb::obey(call, desk, verb) {
                step(call, desk, who, want);
            }
        }
        Learnt::Obeyed(who, done) => said::obeyed(call, desk, who, done),
        Learnt::Silent(capture) => {
            if let Some((who, want)) = voicemail::silent(call, capture) {
                step(call, desk, who, want);
            }
        }
        Learnt::Due => due(call, desk),
        Learnt::Release(cause) => call.decide(Exit::of(cause, None)),
        Learnt::Nothing => {}
        Learnt::Astray(what) => desk.astray(what),
    }
    settle(call, desk);
}

/// A call begins: whoever brings it is taken in; where his stream has a port already, his flow begins.
pub(crate) fn begin(call: &mut Call, desk: &mut Desk<'_>, arrival: &Arrival, routed: Routed, talk: Talk) {
    begin::admit(call, desk, arrival, routed, talk);
    let who = call.origin.leg;
    if call.party(who).is_some_and(|party| party.leg.is_open()) {
        step(call, desk, who, Want::Begin);
    }
    settle(call, desk);
}

/// A call begins here: the one for whom it is dialled is rung.
pub(crate) fn dial(call: &mut Call, desk: &mut Desk<'_>, target: RingTarget) {
    let want = verb::dial::ring(call, desk, target);
    step(call, desk, call.origin.leg, want);
    settle(call, desk);
}

/// Something happened to a party's leg.
fn told(call: &mut Call, desk: &mut Desk<'_>, who: LegId, fact: LegFact) {
    call.note_media(who, &fact);
    if let LegFact::Key { key, by } = fact
        && call.watching(who).is_some()
    {
        return watch::pressed(call, desk, who, key, by);
    }
    if let LegFact::Key { key, by } = fact
        && !code::press(call, desk, who, key, by)
    {
        return;
    }
    let want = call.party(who).map_or(Want::Nothing, |party| party.on(desk, fact));
    step(call, desk, who, want);
}

/// Something happened to those who are rung.
fn ringing(
    call: &mut Call,
    desk: &mut Desk<'_>,
    id: RingingId,
    what: impl FnOnce(&mut Ringing, &mut Desk<'_>, &mut Behalf<'_>) -> Verdict,
) {
    let Some(of) = call.ringing(id).map(|ringing| ringing.aim.of()) else { return };
    let verdict = ring::tell(call, of, id, |ringing, behalf| what(ringing, desk, behalf));
    step(call, desk, of, Want::Rung(id, verdict));
}

/// Does all that is due.
fn due(call: &mut Call, desk: &mut Desk<'_>) {
    call.wakes = None;
    for timer in call.due(desk.now.mono) {
        match timer {
            Timer::Walk(who) => {
                let walk = call.party(who).and_then(|party| party.walk.as_mut());
                let playing = |sound| desk.ids.playing(sound, false);
                let want = walk.map_or(Want::Nothing, |walk| walk.due(desk.now.mono, playing));
                step(call, desk, who, want);
            }
            Timer::Pad(who) => {
                let want = code::due(call, desk, who);
                step(call, desk, who, want);
            }
            Timer::Ring(id) => ringing(call, desk, id, Ringing::due),
            Timer::Park => {
                if let Some((who, want)) = park::due(call, desk) {
                    step(call, desk, who, want);
                }
            }
            // It settles for what it has.
            Timer::End => {}
        }
    }
}
