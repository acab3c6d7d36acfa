//! Who talks to whom, for the screens: where one side of a conversation has changed, the phones in it are told who is at
//! the other end now.

use crate::call::Call;
use crate::desk::Desk;
use crate::party::Name;
use crate::room::Stance;
use dialplan::Room;
use smallvec::SmallVec;
use terms::{LegId, Pii};

/// Tells the phones of the two who talk.
pub(crate) fn introduce(call: &Call, desk: &mut Desk<'_>) {
    let floor = call.parties.iter().filter(|party| party.stance == Stance::Floor && party.leg.is_up());
    let floor: SmallVec<[LegId; 2]> = floor.map(|party| party.leg.id).collect();
    let [one, other] = floor[..] else { return };
    for (leg, of) in [(one, other), (other, one)] {
        if let Some(Name { number, name }) = shown(call, of) {
            desk.sip(sip::Command::Introduce { leg, number, name });
        }
    }
}

/// One comes into the room that the call is: its dialog is with a conference from now on.
pub(crate) fn focus(call: &Call, desk: &mut Desk<'_>, who: LegId) {
    if let Some(hall) = &call.hall {
        desk.sip(with(who, &hall.room));
    }
}

/// The same of one who is answered since he goes to a room.
pub(crate) fn with(leg: LegId, room: &Room) -> sip::Command {
    // By this it is watched, too.
    let number = room.extension.clone().unwrap_or_else(|| format!("room/{}", room.name));
    sip::Command::Focus { leg, number: Pii::new(number), name: Some(Pii::new(room.name.clone())) }
}

/// As whom a party is shown.
pub(crate) fn shown(call: &Call, who: LegId) -> Option<Name> {
    let party = call.parties.iter().find(|party| party.leg.id == who)?;
    if let Some(name) = &party.name {
        return Some((**name).clone());
    }
    let own = who == call.origin.leg;
    if own && call.origin.withheld {
        return Some(Name::withheld());
    }
    let number = call.number(&party.leg);
    (!number.reveal().is_empty()).then(|| Name { number, name: call.origin.name.clone().filter(|_| own) })
}
