//! A call begins with who brings it: its record from its first moment, and its first party, who is to walk the plan.

use super::{Call, Count};
use crate::admission::{caller_leg, record};
use crate::cdr::{CallRecord, Entry};
use crate::claim::{self, Claim};
use crate::desk::Desk;
use crate::face::Dial;
use crate::leg::{Leg, Talk};
use crate::life::Life;
use crate::origin::{Dialled, LeftRoom, Origin};
use crate::pad::Pad;
use crate::parcel::Away;
use crate::party::{Name, Party};
use crate::room::{Room, Stance};
use crate::seat::{Before, Entrance};
use crate::trail::Trail;
use crate::verb::introduce;
use crate::walk::Walk;
use dialplan::flow::Cursor;
use dialplan::{Agent, Destination, Plan, Routed};
use sip::{Arrival, Source};
use smallvec::smallvec;
use std::sync::Arc;
use terms::{CallRef, Cause, LegId, Now, Pii};

/// Hops that a call has which begins here (RFC 3261 8.1.1.6).
const MAX_FORWARDS: u8 = 70;

/// A call in which nobody is yet, for one who arrives.
pub(crate) fn call(
    now: Now,
    plan: &Arc<Plan>,
    worker: u16,
    (call, leg): (CallRef, LegId),
    arrival: &mut Arrival,
    routed: &Routed,
) -> Call {
    let origin = Origin {
        leg,
        at: now.mono,
        name: arrival.caller_name.take(),
        withheld: arrival.withheld,
        route: routed.route,
        max_forwards: arrival.max_forwards,
        recorded: routed.record,
        room: None,
        trail: arrival.diversion.take().map(|before| Box::new(Trail { before: Some(before), ..Trail::default() })),
        dialled: None,
        charge: None,
    };
    let mut call = empty(plan, worker, origin, record(call, arrival, now));
    call.count.leg();
    call
}

/// A call that begins here, for one who is to be rung first.
pub(crate) fn dial(desk: &mut Desk<'_>, plan: &Arc<Plan>, worker: u16, call: CallRef, dial: Dial) -> Call {
    let Dial { agent, phone, called, routed, name } = dial;
    let caller = Pii::new(plan.phone(phone).map(|phone| phone.user.clone()).unwrap_or_default());
    let arrival = Source::Phone(phone);
    let record = CallRecord { agent, ..CallRecord::new(call, arrival, (caller, called), desk.now.wall) };
    let origin = Origin {
        leg: desk.ids.leg(),
        at: desk.now.mono,
        name: None,
        withheld: false,
        route: routed.route,
        max_forwards: MAX_FORWARDS,
        recorded: routed.record,
        dialled: Some(Box::new(Dialled { routed, name })),
        room: None,
        charge: None,
        trail: None,
    };
    empty(plan, worker, origin, record)
}

/// A call that is to stand with an agent: his devices are rung for it.
pub(crate) fn stand(
    desk: &mut Desk<'_>,
    plan: &Arc<Plan>,
    worker: u16,
    call: CallRef,
    (agent, source): (&Agent, Source),
) -> Call {
    let known = Pii::new(agent.number.clone().unwrap_or_else(|| agent.name.clone()));
    let numbers = (known.clone(), known);
    let record = CallRecord { agent: Some(agent.id), ..CallRecord::new(call, source, numbers, desk.now.wall) };
    let routed = Routed { destination: Destination::HangUp(Cause::NORMAL), record: false, route: None };
    let origin = Origin {
        leg: desk.ids.leg(),
        at: desk.now.mono,
        name: None,
        withheld: false,
        route: None,
        max_forwards: MAX_FORWARDS,
        recorded: false,
        dialled: Some(Box::new(Dialled { routed, name: Some(Pii::new(agent.name.clone())) })),
        room: None,
        charge: None,
        trail: None,
    };
    Call { stands: Some(agent.id), ..empty(plan, worker, origin, record) }
}

/// Who comes out of a room.
pub(crate) struct Brought {
    source: Source,
    name: Name,
    from: LeftRoom,
}

impl Brought {
    /// One who is in a room.
    pub fn of(room: &Call, who: LegId) -> Option<Brought> {
        let party = room.seated().find(|party| party.leg.id == who)?;
        let (leg, seat, hall) = (&party.leg, party.seat.as_ref()?, room.hall.as_ref()?);
        let back = Some(Before { muted: seat.muted });
        let seat = Entrance { room: hall.room.id, host: seat.host, record: false, back };
        let unknown = || Name { number: room.number(leg), name: None };
        let name = introduce::shown(room, who).unwrap_or_else(unknown);
        Some(Brought { source: leg.who()?, name, from: LeftRoom { call: room.id(), seat } })
    }
}

/// A call in which nobody is yet, for one who is on his way there out of a room.
pub(crate) fn alone(
    desk: &mut Desk<'_>,
    plan: &Arc<Plan>,
    worker: u16,
    (call, leg): (CallRef, LegId),
    brought: Brought,
    away: Away,
) -> Call {
    let Brought { source, name, from } = brought;
    let (Away { to: routed, charge }, withheld) = (away, name == Name::withheld());
    let record = CallRecord::new(call, source, (name.number, charge.called.clone()), desk.now.wall);
    desk.ledger(Entry::Opened(Box::new(record.clone())));
    let origin = Origin {
        leg,
        at: desk.now.mono,
        name: name.name,
        withheld,
        route: routed.route,
        max_forwards: MAX_FORWARDS,
        recorded: routed.record,
        charge: Some(Box::new(charge)),
        dialled: Some(Box::new(Dialled { routed, name: None })),
        room: Some(Box::new(from)),
        trail: None,
    };
    let mut call = empty(plan, worker, origin, record);
    call.awaited.push(leg);
    call
}

fn empty(plan: &Arc<Plan>, worker: u16, origin: Origin, record: CallRecord) -> Call {
    Call {
        plan: plan.clone(),
        worker,
        origin,
        parties: smallvec![],
        ringings: smallvec![],
        parked: None,
        watched: Vec::new(),
        hall: None,
        stands: None,
        lent: smallvec![],
        awaited: smallvec![],
        errands: vec![],
        leaving: vec![],
        room: Room::default(),
        wakes: None,
        record,
        capture: None,
        message: None,
        count: Count::default(),
        life: Life::Open,
        exit: None,
    }
}

/// Takes him in.
pub(crate) fn admit(call: &mut Call, desk: &mut Desk<'_>, arrival: &Arrival, routed: Routed, talk: Talk) {
    desk.ledger(Entry::Opened(Box::new(call.record.clone())));
    let (id, leg) = (call.id(), call.origin.leg);
    let mut caller = Leg::received(desk, leg, call.worker, talk, caller_leg(id, arrival, desk.now));
    caller.signalled_from(arrival.remote);
    let claim = Claim::of(arrival.source);
    if let Claim::Phone(phone) = claim {
        desk.index.phones.insert(phone, id);
    }
    if claim::take(desk, &call.plan, claim) {
        caller.holds(claim);
    }
    let walk = Some(Walk::new(Cursor::new(routed.destination, routed.record)));
    let pad = Pad::of(&call.plan, arrival).map(Box::new);
    call.parties.push(Party { walk, pad, ..Party::new(caller, None, Stance::Apart) });
}
