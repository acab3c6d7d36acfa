//! A sound is played into a conversation, to one who is in it or to all: whoever hears it hears nobody else meanwhile, and
//! the conversation goes on after it.

use crate::call::Call;
use crate::desk::Desk;
use crate::party::Party;
use media::Sound;
use smallvec::SmallVec;
use terms::{LegId, PromptId};

/// Why nobody can hear it there.
pub(crate) fn may(call: &Call, to: Option<LegId>) -> Result<(), &'static str> {
    if let Some(leg) = to
        && !call.parties.iter().any(|party| party.leg.id == leg)
    {
        return Err("no such party");
    }
    match listeners(call, to).next() {
        Some(_) if call.room.talk.is_some() => Ok(()),
        _ => Err("in no conversation"),
    }
}

/// They hear it, instead of whatever was played before.
pub(crate) fn play(call: &mut Call, desk: &mut Desk<'_>, to: Option<LegId>, sound: PromptId) {
    let all: SmallVec<[LegId; 2]> = listeners(call, to).map(|party| party.leg.id).collect();
    for who in all {
        let playing = desk.ids.playing(Sound::Prompt(sound), false);
        call.party(who).into_iter().for_each(|party| party.pad.get_or_insert_default().announce(playing));
    }
}

fn listeners(call: &Call, to: Option<LegId>) -> impl Iterator<Item = &Party> {
    let meant = move |party: &&Party| to.is_none_or(|leg| party.leg.id == leg);
    call.parties.iter().filter(|party| party.stance.is_there() && party.leg.has_stream()).filter(meant)
}
