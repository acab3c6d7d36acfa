//! Somebody is rung to come into a conference room, as a guest and past its PIN and its lock: whoever runs the room wants him
//! there. Those who are in it hear nothing of that until he is there, too; who goes meanwhile is not in the way.

use super::ring;
use crate::call::Call;
use crate::desk::Desk;
use crate::ringing::{Aim, Charge, Rest};
use crate::want::Want;
use dialplan::flow::{Action, Cursor, RingTarget};
use dialplan::{Destination, Routed};
use sip::Source;
use terms::{LegId, PhoneId, Pii};

/// Why he cannot be rung now.
pub(crate) fn may(call: &Call, to: &Routed) -> Result<(), &'static str> {
    let hall = call.hall.as_ref().ok_or("it is no room")?;
    let here = call.seated().count() + call.awaited.len() + call.rung_for_places();
    match to.destination {
        Destination::Phone(phone) if is_in(call, phone) => Err("his phone is in the room"),
        Destination::Phone(phone) if is_rung(call, phone) => Err("his phone rings for it"),
        Destination::Phone(_) | Destination::Agent(_) | Destination::Group(_) | Destination::Trunk(..) => {
            let nobody = call.seated().next().is_none();
            match hall.room.most as usize {
                _ if nobody => Err("nobody is in it"),
                most if here >= most => Err("the room is full"),
                _ if call.next_ringing().is_none() => Err("too many ring for it"),
                _ => Ok(()),
            }
        }
        _ => Err("only a phone, an agent, a group or a number can be rung into a room"),
    }
}

fn is_in(call: &Call, phone: PhoneId) -> bool {
    call.parties.iter().any(|party| party.leg.who() == Some(Source::Phone(phone)))
}

fn is_rung(call: &Call, phone: PhoneId) -> bool {
    let mut legs = call.ringings.iter().flat_map(|ringing| ringing.legs());
    legs.any(|leg| leg.who() == Some(Source::Phone(phone)))
}

/// Rings him: on account of this phone, or else of who opened the room.
pub(crate) fn ring(
    call: &mut Call,
    desk: &mut Desk<'_>,
    to: Routed,
    (by, called): (Option<PhoneId>, Pii<String>),
) -> Option<(LegId, Want)> {
    let of = call.seated().next()?.leg.id;
    let route = to.route;
    let Action::Ring { target, wait, .. } = Cursor::new(to.destination, false).arrive(&call.plan) else { return None };
    let by = by.map_or(call.record.source, Source::Phone);
    let agent = if let RingTarget::Agent(agent) = target { Some(agent) } else { None };
    let (waves, engages) = ring::waves(call, desk, target, Some(by));
    let (aim, until) = (Aim::Seat { of, refer: None }, Some(desk.now.mono + wait));
    let charge = Some(Box::new(Charge { by, called, route }));
    Some((of, ring::begin(call, desk, Rest { aim, agent, charge, waves, until, engages, gone: Default::default() })))
}
