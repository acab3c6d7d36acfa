//! A party presses a key: whoever hears him gets it, as he takes keys. One who stands before a menu is heard by nobody, so
//! that his keys stay there; where both sides take them with the sound, the worker passes them on by itself, but for those
//! that may be a code.

use crate::call::{Call, Whose};
use crate::desk::Desk;
use crate::leg::By;
use terms::{LegId, StreamId};

/// Whoever hears him gets it.
pub(crate) fn pass(call: &Call, desk: &mut Desk<'_>, who: LegId, key: char, by: By) {
    let Some(party) = call.parties.iter().find(|party| party.leg.id == who) else { return };
    if party.seat.is_some() {
        // In a room they would be told two hundred times.
        return;
    }
    let (speaker, levels) = (party.leg.stream, call.hearing());
    let level = |stream: StreamId| levels.iter().find(|(of, _)| *of == stream).map(|(_, level)| *level);
    let Some(his) = level(speaker) else { return };
    let others = call.legs().filter(|(whose, leg)| *whose != Whose::Leaving && leg.stream != speaker);
    let hearers = others.filter(|(_, leg)| level(leg.stream).is_some_and(|level| level.hears(&his)));
    hearers.for_each(|(_, leg)| leg.press(desk, key, by));
}
