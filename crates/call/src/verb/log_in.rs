//! A party has dialled the code with which an agent logs in: he is asked for his number and his PIN, and types each up to
//! `#`. Neither is a key for anybody else, nor stands in a record.

use super::said::{hear_voice, obeyed, say, set};
use crate::call::Call;
use crate::desk::Desk;
use crate::pad::{ANSWERED, ASKED, At, BETWEEN};
use dialplan::codes::Code;
use dialplan::duty::Voice;
use terms::{LegId, Pii, limits};

/// He is answered, and asked for his number, where it did not follow the code.
pub(super) fn begin(call: &mut Call, desk: &mut Desk<'_>, who: LegId, number: Pii<String>) {
    call.answer(desk, who);
    let known = !number.reveal().is_empty();
    ask(call, desk, who, known.then_some(number));
}

fn ask(call: &mut Call, desk: &mut Desk<'_>, who: LegId, number: Option<Pii<String>>) {
    let voice = if number.is_some() { Voice::Pin } else { Voice::Number };
    let until = desk.now.mono + ASKED;
    set(call, who, At::Asked { number, typed: Pii::new(String::new()), until });
    hear_voice(call, desk, who, voice);
}

/// He presses a key; whether it is one of these.
pub(super) fn press(call: &mut Call, desk: &mut Desk<'_>, who: LegId, key: char) -> bool {
    let Some(pad) = call.party(who).and_then(|party| party.pad.as_deref_mut()) else { return false };
    let At::Asked { typed, until, .. } = &mut pad.at else { return false };
    if key == '#' {
        typed_whole(call, desk, who);
        return true;
    }
    let mut text = typed.reveal().clone();
    if text.len() < limits::DIGITS {
        text.push(key);
    }
    (*typed, *until) = (Pii::new(text), desk.now.mono + BETWEEN);
    pad.cut_short();
    true
}

/// He types no more. Who has typed nothing at all is not there.
pub(super) fn typed(call: &mut Call, desk: &mut Desk<'_>, who: LegId) {
    let pad = call.party(who).and_then(|party| party.pad.as_deref());
    let nothing = pad.is_some_and(|pad| matches!(&pad.at, At::Asked { typed, .. } if typed.reveal().is_empty()));
    if nothing {
        let until = desk.now.mono;
        set(call, who, At::Waits { until, voice: None });
        return obeyed(call, desk, who, false);
    }
    typed_whole(call, desk, who);
}

/// What he has typed is his number, and his PIN is asked for; or it is that. Without a number he is the agent of the phone.
fn typed_whole(call: &mut Call, desk: &mut Desk<'_>, who: LegId) {
    let Some(pad) = call.party(who).and_then(|party| party.pad.as_deref_mut()) else { return };
    pad.cut_short();
    let At::Asked { number, typed, .. } = std::mem::take(&mut pad.at) else { return };
    let argument = match (number, typed.reveal().is_empty()) {
        (None, false) => return ask(call, desk, who, Some(typed)),
        (None, true) => (typed, None),
        (Some(number), _) => (number, Some(typed)),
    };
    let until = desk.now.mono + ANSWERED;
    set(call, who, At::Waits { until, voice: Code::LogIn.voice() });
    say(call, desk, who, Code::LogIn, argument);
}
