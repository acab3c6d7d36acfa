//! The room of a call: who hears whom in it, and what a media worker must be told of that. Nobody says that a sound
//! begins or ends, or that two hear each other: after each signal it follows from the state of the call.

pub(crate) mod hearing;

#[cfg(test)]
mod tests;

use crate::call::Common;
use crate::leg::Leg;
use crate::phase::Phase;
use crate::ringing::Ringing;
pub(crate) use hearing::{Levels, Present, Stance, hearing};
use media::{Hearing, Playing};
use smallvec::SmallVec;
use terms::StreamId;

/// Who is in a call, and where each stands.
pub(crate) fn present(common: &Common, phase: &Phase) -> SmallVec<[Present; 2]> {
    let ringing = common.ringing.as_deref();
    let early = phase.lets_hear() && ringing.is_some_and(Ringing::is_heard);
    let stance = if early { Stance::EARLY } else { phase.stance() };
    // Before his ACK the caller may not know yet what is agreed, unless a 183 has told him.
    let sound = phase.sound().filter(|_| common.caller.hears_us());
    let caller = party(&common.caller, stance, sound, phase.comfort());
    let callee = common.callee.as_ref().and_then(|leg| party(leg, stance, None, phase.comfort()));
    let rung = ringing
        .into_iter()
        .flat_map(Ringing::legs)
        .filter_map(|(leg, heard)| party(leg, if early && heard { Stance::EARLY } else { Stance::Apart }, None, None));
    caller.into_iter().chain(callee).chain(rung).collect()
}

fn party(leg: &Leg, stance: Stance, sound: Option<Playing>, comfort: Option<Playing>) -> Option<Present> {
    leg.has_stream().then(|| Present {
        stream: leg.stream,
        stance,
        listens: !leg.held,
        speaks: leg.speaks(),
        sound,
        comfort,
    })
}

/// The levels that a worker must be told, in one command, when it knows those of `told`; `None` when it knows them all. Of
/// whom nothing was told hears nobody and is heard by nobody; a stream that is gone took its level with it.
pub(crate) fn difference(told: &Levels, now: &Levels) -> Option<Box<[(StreamId, Hearing)]>> {
    if told == now {
        return None;
    }
    let known = |stream: &StreamId| told.iter().find(|(of, _)| of == stream).map(|(_, level)| *level);
    let changed: Levels =
        now.iter().filter(|(stream, level)| known(stream).unwrap_or_default() != *level).copied().collect();
    (!changed.is_empty()).then(|| changed.into_boxed_slice())
}
