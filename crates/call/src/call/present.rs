//! Who is in a call as far as its room is concerned, so that it follows who hears whom.

use super::Call;
use crate::leg::Leg;
use crate::ringing::Ringing;
use crate::room::{Levels, Present, Stance, hearing};
use media::Playing;
use smallvec::SmallVec;
use terms::LegId;

impl Call {
    /// Who hears whom, as the state of the call says it.
    pub fn hearing(&self) -> Levels {
        hearing(&present(self))
    }
}

/// Who is in a call, and where each stands.
fn present(call: &Call) -> SmallVec<[Present; 2]> {
    let comfort = call.comfort();
    let parties = call.parties.iter().filter_map(|party| {
        let stance = early(call, party.leg.id).unwrap_or(party.stance);
        // Before his ACK he may not know yet what is agreed, unless a 183 has told him.
        let sound = party.sound().filter(|_| party.leg.hears_us());
        let present = one(&party.leg, stance, sound, comfort)?;
        // Who holds a room with music of his own would talk all others down with it.
        let quiet = party.seat.as_ref().is_some_and(|seat| seat.muted || party.leg.held);
        Some(Present { speaks: present.speaks && !quiet, ..present })
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
