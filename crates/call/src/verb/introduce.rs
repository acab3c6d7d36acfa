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
        shown(call, of).into_iter().for_each(|name| tell(call, desk, leg, name));
    }
}

/// Tells a phone who is at its other end. One that is watched is told that, too, where that is wanted.
pub(crate) fn tell(call: &Call, desk: &mut Desk<'_>, leg: LegId, Name { number, name }: Name) {
    let watched = call.plan.supervision.display.as_deref().filter(|_| call.is_watched(leg));
    let own = name.as_ref().map(|name| name.reveal().as_str());
    let name = [watched, own].into_iter().flatten().collect::<SmallVec<[&str; 2]>>().join(": ");
    let name = (!name.is_empty()).then(|| Pii::new(name));
    desk.sip(sip::Command::Introduce { leg, number, name });
}

/// An agent who was not rung is told whom he gets, and of which queue.
pub(crate) fn to_agent(call: &Call, desk: &mut Desk<'_>, leg: LegId, of: LegId) {
    with_queue(call, leg, of).into_iter().for_each(|name| tell(call, desk, leg, name));
}

/// Whoever has just been watched, or is no more, is told with whom he talks as he was at first, and that.
pub(crate) fn observed(call: &Call, desk: &mut Desk<'_>, leg: LegId) {
    if call.plan.supervision.display.is_none() {
        return;
    }
    let name = match &call.hall {
        Some(hall) => Some(Name::of_room(&hall.room)),
        None => facing(call, leg).and_then(|of| with_queue(call, leg, of)),
    };
    name.into_iter().for_each(|name| tell(call, desk, leg, name));
}

/// To whom one talks: of several to the first.
fn facing(call: &Call, leg: LegId) -> Option<LegId> {
    let stance = call.parties.iter().find(|party| party.leg.id == leg)?.stance;
    let others = || call.parties.iter().filter(|party| party.leg.id != leg && party.stance.is_there());
    let beside = others().find(|party| party.stance == stance).or_else(|| others().next());
    beside.map(|party| party.leg.id)
}

/// As whom an agent is shown somebody: with the queue that has led him there, unless that does not want it.
fn with_queue(call: &Call, to: LegId, of: LegId) -> Option<Name> {
    let name = shown(call, of)?;
    let agent = call.parties.iter().any(|party| party.leg.id == to && party.agent.is_some());
    let contact = call.parties.iter().find(|party| party.leg.id == of).and_then(|party| party.contact);
    let queue = contact.filter(|_| agent).and_then(|contact| call.plan.queue(contact.queue));
    let Some(queue) = queue.filter(|queue| queue.briefing.display) else { return Some(name) };
    let own = name.name.as_ref().map(|name| name.reveal().as_str());
    let text = [Some(queue.name.as_str()), own].into_iter().flatten().collect::<SmallVec<[&str; 2]>>().join(": ");
    Some(Name { name: Some(Pii::new(text)), ..name })
}

/// One comes into the room that the call is: its dialog is with a conference from now on.
pub(crate) fn focus(call: &Call, desk: &mut Desk<'_>, who: LegId) {
    if let Some(hall) = &call.hall {
        desk.sip(with(who, &hall.room));
    }
}

/// The same of one who is answered since he goes to a room.
pub(crate) fn with(leg: LegId, room: &Room) -> sip::Command {
    let Name { number, name } = Name::of_room(room);
    sip::Command::Focus { leg, number, name }
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
