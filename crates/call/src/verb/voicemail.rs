//! A party leaves a message: a greeting, a tone, and what it says until then is recorded as the message. It ends by a key, by
//! silence, at its longest, or with whoever leaves it; what is too short is none.

use super::connect::{LEFT, track};
use super::introduce;
use crate::admission::SPENT;
use crate::call::Call;
use crate::cdr::{Entry, Message, millis};
use crate::desk::{Capturing, Desk, Lying};
use crate::spoken::Spoken;
use crate::walk::{At, Leaving, Stage};
use crate::want::Want;
use dialplan::Leave;
use dialplan::flow::Outcome;
use media::{Sound, Tone};
use std::time::Duration;
use terms::{CaptureId, LegId, Pii};

/// How long the tone sounds.
const BEEP: Duration = Duration::from_millis(500);
/// Why a message is not taken.
const FULL: &str = "mailbox full";

/// Its flow says so.
pub(crate) fn begin(call: &mut Call, desk: &mut Desk<'_>, who: LegId, leave: Leave) -> Want {
    // Of two in one call the other is not recorded.
    if call.message.is_some() || desk.boxes.is_full(leave.mailbox) {
        desk.count(FULL);
        return Want::Next(Outcome::Unreachable);
    }
    let stage = match leave.greeting {
        Some(prompt) => Stage::Greeting(desk.ids.playing(Sound::Prompt(prompt), false)),
        None => beep(desk),
    };
    call.party(who).into_iter().for_each(|party| party.at(At::Message(Box::new(Leaving { leave, stage }))));
    Want::Nothing
}

fn beep(desk: &mut Desk<'_>) -> Stage {
    Stage::Beep(desk.ids.playing(Sound::Tone(Tone::Beep), false), desk.now.mono + BEEP)
}

/// What it was at is over.
pub(crate) fn go_on(call: &mut Call, desk: &mut Desk<'_>, who: LegId) -> Want {
    let Some(leaving) = leaving(call, who) else { return Want::Nothing };
    match leaving.stage {
        Stage::Greeting(_) => leaving.stage = beep(desk),
        Stage::Beep(..) => return speak(call, desk, who),
        Stage::Speaking(..) => return Want::Next(end(call, desk)),
    }
    Want::Nothing
}

fn leaving(call: &mut Call, who: LegId) -> Option<&mut Leaving> {
    match &mut call.party(who)?.walk.as_mut()?.at {
        At::Message(leaving) => Some(leaving),
        _ => None,
    }
}

/// From now on it is recorded.
fn speak(call: &mut Call, desk: &mut Desk<'_>, who: LegId) -> Want {
    let number = introduce::shown(call, who).map_or_else(|| Pii::new(String::new()), |name| name.number);
    let id = call.id();
    let Some(party) = call.party(who) else { return Want::Nothing };
    let (stream, source) = (party.leg.stream, party.leg.who());
    let Some(At::Message(leaving)) = party.walk.as_mut().map(|walk| &mut walk.at) else { return Want::Nothing };
    let Some((capture, source)) = desk.ids.capture().zip(source) else {
        desk.count(SPENT);
        return Want::Next(Outcome::Unreachable);
    };
    let leave = leaving.leave;
    leaving.stage = Stage::Speaking(desk.ids.playing(Sound::Silence, false), desk.now.mono + leave.longest);
    let (since, mailbox) = (desk.now.wall, leave.mailbox);
    let account = Message { capture, call: id, mailbox, who: source, number, since, until: None, dropped: false };
    desk.index.captures.insert(capture, Capturing { call: id, started: since, tracks: vec![] });
    track(call, desk, capture, LEFT, Some(who));
    desk.media(call.worker, media::Command::Capture { capture, call: id, left: stream, right: None });
    desk.media(call.worker, media::Command::HearSilence { capture, lasts: leave.silence });
    desk.ledger(Entry::Message(Box::new(account.clone())));
    call.message = Some(Box::new(Spoken { who, leave, since: desk.now.mono, account, silent: false }));
    Want::Nothing
}

/// Nobody has spoken on a recording for a while.
pub(crate) fn silent(call: &mut Call, capture: CaptureId) -> Option<(LegId, Want)> {
    let spoken = call.message.as_mut().filter(|spoken| spoken.account.capture == capture)?;
    spoken.silent = true;
    Some((spoken.who, Want::Message))
}

/// Whoever left one does so no more, whichever way he went.
pub(crate) fn check(call: &mut Call, desk: &mut Desk<'_>) {
    let Some(who) = call.message.as_ref().map(|spoken| spoken.who) else { return };
    if !leaving(call, who).is_some_and(|leaving| leaving.speaks()) {
        end(call, desk);
    }
}

/// It ends as it is; whether it is one.
fn end(call: &mut Call, desk: &mut Desk<'_>) -> Outcome {
    let Some(spoken) = call.message.take() else { return Outcome::Unreachable };
    let Spoken { leave, since, account, silent, .. } = *spoken;
    let capture = account.capture;
    desk.media(call.worker, media::Command::EndCapture { capture });
    let length = desk.now.mono.since(since);
    let said = if silent { length.saturating_sub(leave.silence) } else { length };
    let dropped = said < leave.shortest;
    if !dropped {
        let (call, number, since) = (account.call, account.number.clone(), account.since);
        let lying = Lying { capture, call, number, since, length_ms: millis(length), heard: false };
        desk.boxes.put(account.mailbox, lying);
        desk.mail(account.mailbox);
    }
    desk.ledger(Entry::Message(Box::new(Message { until: Some(desk.now.wall), dropped, ..account })));
    if dropped { Outcome::Unreachable } else { Outcome::Done }
}
