//! A party is put on hold by somebody outside: neither hears the others nor is heard, until it is taken back.

use crate::call::Call;
use crate::room::Stance;
use terms::LegId;

/// Why it cannot be.
pub(crate) fn may(call: &Call, who: LegId, on: bool) -> Result<(), &'static str> {
    let party = call.parties.iter().find(|party| party.leg.id == who).ok_or("no such party")?;
    let rung = call.ringings.iter().any(|ringing| ringing.aim.of() == who);
    match (party.stance, on) {
        _ if call.parked.is_some() => Err("it is parked"),
        _ if call.hall.is_some() => Err("it is a room: mute him"),
        _ if call.asks() => Err("somebody is asked already"),
        (Stance::Floor, true) if call.room.talk.is_some() => Ok(()),
        (Stance::Waiting, false) if !rung => Ok(()),
        (Stance::Waiting, true) => Err("on hold already"),
        (_, true) => Err("in no conversation"),
        (_, false) => Err("not on hold"),
    }
}

/// Puts a party on hold, or takes it back. It hears the music of its queue, if it came through one, or what `hold` says.
pub(crate) fn hold(call: &mut Call, who: LegId, on: bool) {
    let comfort = call.comfort();
    if let Some(party) = call.party(who) {
        (party.stance, party.comfort) = if on { (Stance::Waiting, comfort) } else { (Stance::Floor, None) };
    }
}
