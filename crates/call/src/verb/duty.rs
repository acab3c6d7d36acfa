//! An agent whose call stands and who talks to nobody says there by keys what she does: the codes that she would dial at a phone
//! of hers. Nobody hears these keys.

use super::said::set;
use crate::call::Call;
use crate::desk::Desk;
use crate::leg::By;
use crate::pad::{At, BETWEEN, Held};
use dialplan::codes::{Code, Codes};
use terms::LegId;

/// Whether one's keys are such.
pub(super) fn is_for(call: &mut Call, who: LegId) -> bool {
    let stands = call.stands.is_some();
    stands && call.party(who).is_some_and(|party| party.leg.nailed().is_some() && party.walk.is_none())
}

/// She presses a key; the code that is whole with it, and what follows that.
pub(super) fn press(call: &mut Call, desk: &Desk<'_>, who: LegId, key: (char, By)) -> Option<(Code, String)> {
    let pad = call.party(who).and_then(|party| party.pad.as_deref_mut()).map(|pad| std::mem::take(&mut pad.at));
    let mut keys = if let Some(At::Beginning { keys, .. }) = pad { keys } else { Held::new() };
    if key.0 == '*' && keys.first().is_none_or(|(first, _)| *first != '*') {
        // What came before it was a slip.
        keys.clear();
    }
    keys.push(key);
    let text = text(&keys);
    let code = whole(&call.plan.codes, &text).filter(|(code, argument)| key.0 == '#' || is_complete(*code, argument));
    if code.is_none() && text.len() <= terms::limits::DIGITS {
        set(call, who, At::Beginning { keys, until: desk.now.mono + BETWEEN });
    }
    code
}

/// She presses no more: the code that it is.
pub(super) fn pressed(call: &Call, keys: &Held) -> Option<(Code, String)> {
    whole(&call.plan.codes, &text(keys))
}

fn text(keys: &Held) -> String {
    keys.iter().map(|(key, _)| *key).collect()
}

/// One that says what an agent does: a voice tells her that it is done.
fn whole(codes: &Codes, text: &str) -> Option<(Code, String)> {
    let (code, argument) = codes.dialled(text)?;
    (code.voice().is_some() && code != Code::LogIn).then(|| (code, argument.to_owned()))
}

/// Nothing more can follow it.
fn is_complete(code: Code, argument: &str) -> bool {
    matches!(code, Code::Ready | Code::LogOut | Code::Done)
        || matches!(code, Code::Pause | Code::Dispose) && !argument.is_empty()
}
