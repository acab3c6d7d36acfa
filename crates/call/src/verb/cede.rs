//! One who is in a conference room has somebody else take his seat, by REFER (RFC 3515): that one is rung, and until he answers
//! nothing changes in the room. Who has gone before that is not in the way: whoever answers then comes in as a guest.
//! And one whom a phone of the room has at another of its legs, by REFER with Replaces (RFC 5589 7): he takes its seat.

use super::{connect, hall, replace, ring};
use crate::call::Call;
use crate::desk::Desk;
use crate::ringing::{Aim, Attempt, Charge, Rest, RingingId};
use crate::want::Want;
use dialplan::flow::{Action, Cursor, RingTarget};
use dialplan::{Arrival, Origin, Routed};
use sip::{Referral, Source};
use std::time::Duration;
use terms::{Cause, LegId, Rejection};

/// Why a phone's wish is not done: the reason as it is counted, and the status.
pub(crate) type No = (&'static str, u16);

/// Where nobody is rung there is nobody who could take a seat; and whoever is kept out by a lock is not brought in by a guest.
pub(crate) const NO_SEAT: No = ("a seat in a room for nobody", 603);
const PENDING: No = ("transfer under way", 491);
const NO_ROUTE: No = ("no route", 404);

/// One who is in a room wants somebody else to have his seat.
pub(crate) fn refer(call: &mut Call, desk: &mut Desk<'_>, who: LegId, wish: &Referral) -> Option<(LegId, Want)> {
    let refer = wish.refer;
    match asked(call, desk, who, wish) {
        Err((reason, status)) => {
            desk.count(reason);
            desk.sip(sip::Command::RefuseRefer { leg: who, refer, status });
            None
        }
        Ok((to, target)) => {
            desk.sip(sip::Command::AcceptRefer { leg: who, refer });
            let charge = Charge { by: Source::Phone(wish.by), called: wish.to.clone(), route: to.route };
            Some((who, reach(call, desk, (who, refer), target, charge)))
        }
    }
}

/// Who is to be rung, and for how long; or why nobody is.
fn asked(call: &Call, desk: &Desk<'_>, who: LegId, wish: &Referral) -> Result<(Routed, (RingTarget, Duration)), No> {
    may(call, who)?;
    let own = |aim| matches!(aim, Aim::Seat { of, refer: Some(_) } if of == who);
    if call.ringings.iter().any(|ringing| own(ringing.aim)) || call.next_ringing().is_none() {
        return Err(PENDING);
    }
    let user = call.plan.phone(wish.by).map(|phone| phone.user.as_str()).unwrap_or_default();
    let asked = Arrival { from: Origin::Phone(wish.by), caller: user, called: wish.to.reveal() };
    let to = call.plan.decide(&asked, desk.now.wall).ok_or(NO_ROUTE)?;
    match Cursor::new(to.destination.clone(), to.record).arrive(&call.plan) {
        Action::Ring { target, wait, .. } => Ok((to, (target, wait))),
        _ => Err(NO_SEAT),
    }
}

/// Whether he may give his seat to somebody else.
pub(crate) fn may(call: &Call, who: LegId) -> Result<(), No> {
    let seat = call.seated().find(|party| party.leg.id == who).and_then(|party| party.seat.as_ref()).ok_or(NO_SEAT)?;
    let shut = call.hall.as_ref().is_some_and(|hall| hall.locked) && !seat.host;
    if shut { Err(NO_SEAT) } else { Ok(()) }
}

fn reach(
    call: &mut Call,
    desk: &mut Desk<'_>,
    (of, refer): (LegId, u32),
    (target, wait): (RingTarget, Duration),
    charge: Charge,
) -> Want {
    let agent = if let RingTarget::Agent(agent) = target { Some(agent) } else { None };
    let (waves, engages) = ring::waves(call, desk, target, Some(charge.by));
    let (aim, until, charge) =
        (Aim::Seat { of, refer: Some(refer) }, Some(desk.now.mono + wait), Some(Box::new(charge)));
    ring::begin(call, desk, Rest { aim, agent, charge, waves, until, engages, gone: Default::default() })
}

/// He has answered.
pub(crate) fn won(call: &mut Call, desk: &mut Desk<'_>, id: RingingId, winner: Attempt) {
    let Some(came) = connect::come(call, desk, id, winner) else { return };
    came.aim.tell(desk, 200);
    match came.aim {
        Aim::Seat { of, refer: Some(_) } => replace::replace(call, desk, came.leg, of),
        _ => hall::come_in(call, desk, came.leg),
    }
}

/// Nobody took it: all is as it was.
pub(crate) fn lost(call: &mut Call, desk: &mut Desk<'_>, id: RingingId, heard: Rejection) {
    if let Some(ringing) = call.take_ringing(id) {
        ringing.aim.tell(desk, heard.passed_on().status);
        ringing.cancel(desk, &mut call.leaving, Cause::NORMAL);
    }
}
