//! The room of a call: who hears whom in it, and what a media worker must be told of that. Nobody says that a sound
//! begins or ends, or that two hear each other: after each signal it follows from the state of the call.

pub(crate) mod hearing;

#[cfg(test)]
mod tests;

use crate::call::Common;
use crate::leg::Leg;
use crate::phase::Phase;
pub(crate) use hearing::{Levels, Present, Stance, hearing};
use media::{Hearing, Playing};
use smallvec::SmallVec;
use terms::StreamId;

/// Who is in a call, and where each stands.
pub(crate) fn present(common: &Common, phase: &Phase) -> SmallVec<[Present; 2]> {
    // Before his ACK the caller may not know yet what is agreed, unless a 183 has told him.
    let sound = phase.sound().filter(|_| common.caller.hears_us());
    let caller = party(&common.caller, phase, sound);
    let callee = common.callee.as_ref().and_then(|leg| party(leg, phase, None));
    caller.into_iter().chain(callee).collect()
}

fn party(leg: &Leg, phase: &Phase, sound: Option<Playing>) -> Option<Present> {
    leg.has_stream().then(|| Present {
        stream: leg.stream,
        stance: phase.stance(),
        listens: !leg.held,
        speaks: leg.speaks(),
        sound,
        comfort: phase.comfort(),
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
