//! Something is wanted by a code: it is said, and whoever wanted it hears what became of it, in words or by a tone.

use super::{stand, transfer};
use crate::call::Call;
use crate::desk::Desk;
use crate::face::Output;
use crate::pad::{At, DONE, Pad, REFUSED};
use crate::party::Party;
use crate::room::Stance;
use dialplan::codes::{Code, Said};
use dialplan::duty::Voice;
use media::Sound;
use sip::Source;
use terms::{AgentId, LegId, Pii};

/// What followed a code, and the PIN of whoever says it.
pub(crate) type Argument = (Pii<String>, Option<Pii<String>>);

pub(crate) fn say(call: &mut Call, desk: &mut Desk<'_>, who: LegId, code: Code, (argument, pin): Argument) {
    let (id, beside) = (call.id(), transfer::other(call, who).ok());
    let Some(party) = call.party(who) else { return };
    let phone = if let Some(Source::Phone(phone)) = party.leg.who() { Some(phone) } else { None };
    let said = Said { code, call: id, leg: who, beside, phone, agent: party.agent, argument, pin };
    desk.out.push_back(Output::Said(Box::new(said)));
}

/// What became of what a party wanted. Whoever is connected with somebody by it hears that anyway.
pub(crate) fn obeyed(call: &mut Call, desk: &mut Desk<'_>, who: LegId, done: bool) {
    let Some(party) = call.party(who) else { return };
    // He is on his way: that he has come is what he hears.
    if done && party.pad.as_deref().is_some_and(Pad::goes) {
        return;
    }
    let voice = match party.pad.as_deref() {
        Some(Pad { at: At::Goes { .. }, .. }) => Some(None),
        Some(Pad { at: At::Waits { voice, .. }, .. }) => Some(*voice),
        _ => None,
    };
    let waited = voice.is_some();
    let dialled = waited && walks(party);
    let stands = if dialled && done { nailed_up(desk, party, voice.flatten()) } else { None };
    if dialled {
        call.answer(desk, who);
    }
    if waited {
        set(call, who, if dialled && stands.is_none() { At::Told } else { At::Nothing });
    }
    stands.into_iter().for_each(|agent| stand::stand(call, desk, who, agent));
    match voice.flatten().filter(|_| done) {
        Some(voice) => hear_voice(call, desk, who, voice),
        None => hear(call, desk, who, done),
    }
}

/// The agent who is at work by that, and with whom the call is to stand.
fn nailed_up(desk: &Desk<'_>, party: &Party, voice: Option<Voice>) -> Option<AgentId> {
    let Some(Source::Phone(phone)) = party.leg.who() else { return None };
    let at_work = matches!(voice, Some(Voice::LoggedIn | Voice::Ready));
    if at_work { stand::of_phone(desk, phone) } else { None }
}

/// He is told in words that it is done.
pub(crate) fn hear_voice(call: &mut Call, desk: &mut Desk<'_>, who: LegId, voice: Voice) {
    let said = desk.ids.playing(Sound::Prompt(call.plan.duty.sound(voice)), false);
    let now = desk.now.mono;
    call.party(who).into_iter().for_each(|party| party.pad.get_or_insert_default().hear(said, now));
}

/// He is alone in his call, which is a code.
fn walks(party: &Party) -> bool {
    party.stance == Stance::Apart && party.walk.as_ref().is_some_and(|walk| matches!(walk.at, crate::walk::At::Next))
}

pub(crate) fn set(call: &mut Call, who: LegId, at: At) {
    if let Some(party) = call.party(who) {
        party.pad.get_or_insert_default().at = at;
    }
}

pub(crate) fn hear(call: &mut Call, desk: &mut Desk<'_>, who: LegId, done: bool) {
    let tone = desk.ids.playing(if done { DONE } else { REFUSED }, true);
    let now = desk.now.mono;
    call.party(who).into_iter().for_each(|party| party.pad.get_or_insert_default().hear(tone, now));
}

/// He hears in a moment's tone that somebody watches him.
pub(crate) fn warn(call: &mut Call, desk: &mut Desk<'_>, who: LegId) {
    let tone = desk.ids.playing(DONE, true);
    let now = desk.now.mono;
    call.party(who).into_iter().for_each(|party| party.pad.get_or_insert_default().warn(tone, now));
}
