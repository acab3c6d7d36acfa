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
use crate::walk::Walk;
use dialplan::flow::Cursor;
use dialplan::{Plan, Routed};
use sip::Arrival;
use smallvec::smallvec;
use std::sync::Arc;
use terms::{CallRef, LegId};

/// Takes a call.
pub(crate) fn admit(
    desk: &mut Desk<'_>,
    plan: &Arc<Plan>,
    worker: u16,
    (call, leg): (CallRef, LegId),
    arrival: Arrival,
    (routed, talk): (Routed, Talk),
) -> Call {
    let record = record(call, &arrival, desk);
    desk.ledger(Entry::Opened(Box::new(record.clone())));
    let caller = caller(desk, plan, worker, (call, leg), &arrival, talk);
    let walk = Some(Walk::new(Cursor::new(routed.destination, routed.record)));
    let party = Party { walk, ..Party::new(caller, None, Stance::Apart) };
    let origin = Origin {
        leg,
        at: desk.now.mono,
        name: arrival.caller_name,
        withheld: arrival.withheld,
        route: routed.route,
        max_forwards: arrival.max_forwards,
        recorded: routed.record,
    };
    Call {
        plan: plan.clone(),
        worker,
        origin,
        parties: smallvec![party],
        ringings: smallvec![],
        lent: smallvec![],
        awaited: smallvec![],
        errands: vec![],
        leaving: vec![],
        room: Room::default(),
        wakes: None,
        record,
        capture: None,
        count: Count::default(),
        life: Life::Open,
        exit: None,
    }
}

fn caller(
    desk: &mut Desk<'_>,
    plan: &Plan,
    worker: u16,
    (call, leg): (CallRef, LegId),
    arrival: &Arrival,
    talk: Talk,
) -> Leg {
    let mut caller = Leg::received(desk, leg, worker, talk, caller_leg(call, arrival, desk));
    caller.signalled_from(arrival.remote);
    let claim = Claim::of(arrival.source);
    if let Claim::Phone(phone) = claim {
        desk.index.phones.insert(phone, call);
    }
    if claim::take(desk, plan, claim) {
        caller.holds(claim);
    }
    caller
}
