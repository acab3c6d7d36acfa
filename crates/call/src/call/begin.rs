//! A call begins with who brings it: its record from its first moment, and its first party, who is to walk the plan.

use super::{Call, Count};
use crate::admission::{caller_leg, record};
use crate::cdr::Entry;
use crate::claim::{self, Claim};
use crate::desk::Desk;
use crate::leg::{Leg, Talk};
use crate::life::Life;
use crate::origin::Origin;
use crate::party::Party;
use crate::room::{Room, Stance};
use crate::trail::Trail;
use crate::walk::Walk;
use dialplan::flow::Cursor;
use dialplan::{Plan, Routed};
use sip::Arrival;
use smallvec::smallvec;
use std::sync::Arc;
use terms::{CallRef, LegId, Now};

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
        trail: arrival.diversion.take().map(|before| Box::new(Trail { before: Some(before), ..Trail::default() })),
    };
    Call {
        plan: plan.clone(),
        worker,
        origin,
        parties: smallvec![],
        ringings: smallvec![],
        parked: None,
        lent: smallvec![],
        awaited: smallvec![],
        errands: vec![],
        leaving: vec![],
        room: Room::default(),
        wakes: None,
        record: record(call, arrival, now),
        capture: None,
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
    call.parties.push(Party { walk, ..Party::new(caller, None, Stance::Apart) });
}
