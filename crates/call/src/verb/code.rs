//! A party uses a feature code: it has dialled one, or presses its keys in a conversation. Those are held back for a
//! moment: either they become a code, or they go on, whole and in order. What a code has done is no business of a call's:
//! it is said, like any other wish, and the party hears what became of it.

use super::said::{hear, obeyed, say, set};
use super::{duty, log_in, press};
use crate::call::Call;
use crate::desk::Desk;
use crate::leg::By;
use crate::life::Exit;
use crate::pad::{ANSWERED, At, BETWEEN, HELD, Held, ON_ITS_WAY};
use crate::room::Stance;
use crate::want::Want;
use dialplan::codes::{Code, Pressed, Row, Takes};
use terms::{Cause, LegId, Mono, Pii, limits};

/// A party presses a key; false where it is no other than the one before, or belongs to a code.
pub(crate) fn press(call: &mut Call, desk: &mut Desk<'_>, who: LegId, key: char, by: By) -> bool {
    let Some(party) = call.party(who) else { return false };
    if !party.leg.pressed(desk, key, by) {
        return false;
    }
    if log_in::press(call, desk, who, key) {
        return false;
    }
    let Some(party) = call.party(who) else { return false };
    if party.leg.has_codes() && takes(call, desk, who, key, by) {
        return false;
    }
    press::pass(call, desk, who, key, by);
    true
}

/// Whether a key is one of a code, or may be: then nobody else gets it now.
fn takes(call: &mut Call, desk: &mut Desk<'_>, who: LegId, key: char, by: By) -> bool {
    let talks = call.room.talk.is_some();
    // What the worker has passed on already is no code.
    if by == By::Sound {
        return false;
    }
    if duty::is_for(call, who) {
        if let Some((code, argument)) = duty::press(call, desk, who, (key, by)) {
            said(call, desk, who, code, argument);
        }
        return true;
    }
    let Some(party) = call.party(who) else { return false };
    if !talks || party.stance == Stance::Apart {
        if by == By::Kept {
            party.leg.let_keys(desk);
        }
        return false;
    }
    let now = desk.now.mono;
    match party.pad.as_deref_mut().map(|pad| &mut pad.at) {
        Some(At::Argument { typed, until, .. }) => {
            let complete = key == '#' || typed.len() == limits::DIGITS;
            if !complete {
                typed.push(key);
                *until = now + BETWEEN;
                return true;
            }
            argued(call, desk, who);
        }
        Some(At::Beginning { keys, until }) => {
            keys.push((key, by));
            let (keys, until) = (std::mem::take(keys), *until);
            begun(call, desk, who, keys, until);
        }
        at => {
            let behind = matches!(at, Some(At::Passing { .. }));
            if call.plan.codes.pressed(key.encode_utf8(&mut [0; 4])) == Pressed::Other {
                if behind || by == By::Kept {
                    let until = now + HELD;
                    set(call, who, At::Passing { until });
                }
                return false;
            }
            begun(call, desk, who, std::iter::once((key, by)).collect(), now + HELD);
        }
    }
    true
}

/// These keys were pressed, one after the other: a code, perhaps one, or none.
fn begun(call: &mut Call, desk: &mut Desk<'_>, who: LegId, keys: Held, until: Mono) {
    let text: String = keys.iter().map(|(key, _)| *key).collect();
    match call.plan.codes.pressed(&text) {
        Pressed::Begins => set(call, who, At::Beginning { keys, until }),
        Pressed::Other => let_go(call, desk, who, &keys),
        // What may be followed by a digit is dialled.
        Pressed::Code(Row { code, takes: Takes::Nothing | Takes::Digit, .. }) => {
            said(call, desk, who, code, String::new())
        }
        Pressed::Code(Row { code, takes: Takes::Number, .. }) => {
            let until = desk.now.mono + BETWEEN;
            set(call, who, At::Argument { code, typed: String::new(), until });
            hear(call, desk, who, true);
        }
    }
}

/// No code: whoever hears him gets them, in their order. Until they are with him, others go behind them.
fn let_go(call: &mut Call, desk: &mut Desk<'_>, who: LegId, keys: &[(char, By)]) {
    keys.iter().for_each(|(key, by)| press::pass(call, desk, who, *key, *by));
    let on_its_way = ON_ITS_WAY * u32::try_from(keys.len()).unwrap_or(1);
    set(call, who, At::Passing { until: desk.now.mono + on_its_way });
}

/// What follows a code is complete.
fn argued(call: &mut Call, desk: &mut Desk<'_>, who: LegId) {
    let pad = call.party(who).and_then(|party| party.pad.as_deref_mut());
    let Some(At::Argument { code, typed, .. }) = pad.map(|pad| std::mem::take(&mut pad.at)) else { return };
    match typed.is_empty() {
        true => {
            keys_pass(call, desk, who);
            hear(call, desk, who, false);
        }
        false => said(call, desk, who, code, typed),
    }
}

/// A code, whole. What is wanted of the call alone is done at once; anything else is said.
fn said(call: &mut Call, desk: &mut Desk<'_>, who: LegId, code: Code, argument: String) {
    if code == Code::Off {
        set(call, who, At::Nothing);
        call.party(who).into_iter().for_each(|party| party.leg.without_codes(desk));
        return hear(call, desk, who, true);
    }
    keys_pass(call, desk, who);
    let until = desk.now.mono + ANSWERED;
    set(call, who, At::Waits { until, voice: code.voice() });
    say(call, desk, who, code, (Pii::new(argument), None));
}

/// These were no code.
fn unknown(call: &mut Call, desk: &mut Desk<'_>, who: LegId) {
    keys_pass(call, desk, who);
    hear(call, desk, who, false);
}

/// A party's time is over: for the rest of a code, for what follows one, for a tone.
pub(crate) fn due(call: &mut Call, desk: &mut Desk<'_>, who: LegId) -> Want {
    let now = desk.now.mono;
    let Some(pad) = call.party(who).and_then(|party| party.pad.as_deref_mut()) else { return Want::Nothing };
    pad.hush(now);
    if matches!(pad.at, At::Told) && !pad.has_tone() {
        return Want::End(Exit::of(Cause::NORMAL, None));
    }
    if pad.at.deadline().is_some_and(|until| until <= now) {
        match &mut pad.at {
            At::Beginning { keys, .. } => {
                let keys = std::mem::take(keys);
                if duty::is_for(call, who) {
                    match duty::pressed(call, &keys) {
                        Some((code, argument)) => said(call, desk, who, code, argument),
                        None => unknown(call, desk, who),
                    }
                    return Want::Nothing;
                }
                let_go(call, desk, who, &keys);
            }
            At::Argument { .. } => argued(call, desk, who),
            At::Passing { .. } => keys_pass(call, desk, who),
            At::Asked { .. } => log_in::typed(call, desk, who),
            At::Waits { .. } | At::Goes { .. } => obeyed(call, desk, who, false),
            At::Nothing | At::Dialled(..) | At::Told => {}
        }
    }
    tidy(call, who);
    Want::Nothing
}

/// A call begins; whether it is a code.
pub(crate) fn begins(call: &mut Call, desk: &mut Desk<'_>, who: LegId) -> bool {
    let Some(party) = call.party(who) else { return false };
    let Some(pad) = party.pad.as_mut() else { return false };
    let At::Dialled(code, argument) = std::mem::take(&mut pad.at) else { return false };
    if code == Code::LogIn {
        party.at(crate::walk::At::Next);
        log_in::begin(call, desk, who, argument);
        return true;
    }
    pad.at = At::Waits { until: desk.now.mono + ANSWERED, voice: code.voice() };
    party.at(crate::walk::At::Next);
    say(call, desk, who, code, (argument, None));
    true
}

/// His keys go the way of all keys again.
fn keys_pass(call: &mut Call, desk: &mut Desk<'_>, who: LegId) {
    set(call, who, At::Nothing);
    call.party(who).into_iter().for_each(|party| party.leg.let_keys(desk));
}

fn tidy(call: &mut Call, who: LegId) {
    if let Some(party) = call.party(who) {
        party.pad.take_if(|pad| pad.is_empty());
    }
}
