//! The room of a call: who hears whom in it, and what a media worker must be told of that. Nobody says that a sound
//! begins or ends, or that two hear each other: after each signal it follows from the state of the call.

mod conversation;
pub(crate) mod hearing;

#[cfg(test)]
mod tests;

use crate::call::Call;
use crate::leg::Leg;
use crate::ringing::Ringing;
pub(crate) use conversation::Conversation;
pub(crate) use hearing::{Levels, Present, Stance, hearing};
use media::{Hearing, Playing};
use smallvec::SmallVec;
use terms::{LegId, StreamId};

/// What is known of the room beside who is in it.
#[derive(Default)]
pub(crate) struct Room {
    /// Who hears whom, as the media worker was told it.
    pub told: Levels,
    /// The conversation that goes on.
    pub talk: Option<Conversation>,
    /// What is heard in it by one whom somebody holds, where no queue has music for him.
    pub hold: Option<Playing>,
}

/// Who is in a call, and where each stands.
pub(crate) fn present(call: &Call) -> SmallVec<[Present; 2]> {
    let comfort = call.comfort();
    let parties = call.parties.iter().filter_map(|party| {
        let stance = early(call, party.leg.id).unwrap_or(party.stance);
        // Before his ACK he may not know yet what is agreed, unless a 183 has told him.
        let sound = party.sound().filter(|_| party.leg.hears_us());
        one(&party.leg, stance, sound, comfort)
    });
    let rung = call.ringings.iter().flat_map(|ringing| {
        let early = ringing.aim.lets_hear().then(|| Stance::early(ringing.id.0));
        ringing.heard().map(move |(leg, heard, sound)| (leg, early.filter(|_| heard).unwrap_or(Stance::Apart), sound))
    });
    parties.chain(rung.filter_map(|(leg, stance, sound)| one(leg, stance, sound, None))).collect()
}

/// Where somebody stands who hears those who are rung for him before they answer.
fn early(call: &Call, of: LegId) -> Option<Stance> {
    let heard = |ringing: &Ringing| ringing.aim.of() == of && ringing.aim.lets_hear() && ringing.is_heard();
    call.ringings.iter().find(|ringing| heard(ringing)).map(|ringing| Stance::early(ringing.id.0))
}

fn one(leg: &Leg, stance: Stance, sound: Option<Playing>, comfort: Option<Playing>) -> Option<Present> {
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
