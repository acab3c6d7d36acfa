//! A new call: admitted with a record from its first moment, or refused with a record all the same.

use crate::cdr::{CallRecord, Entry, ForwardedBy, How, LegRecord, LegRole, Outcome};
use crate::claim::Claim;
use crate::desk::Desk;
use crate::leg::{End, Talk};
use crate::pad::Pad;
use dialplan::{Arrival as Asked, Destination, Origin, Plan, Routed};
use sip::{Arrival, Source};
use std::time::Duration;
use terms::{CallRef, Cause, LegId, Now, Pii};

/// Why a new call is not taken when a start has no ids left for it.
pub(crate) const SPENT: &str = "ids exhausted";

/// Why a call is not taken whose sound cannot be agreed upon.
pub(crate) const UNUSABLE: &str = "session description refused";

/// Why a new call is not taken.
pub(crate) struct Refusal {
    pub reason: &'static str,
    pub status: u16,
    pub cause: Cause,
    pub retry_after: Option<Duration>,
}

impl Refusal {
    pub const fn new(reason: &'static str, status: u16, cause: Cause) -> Refusal {
        Refusal { reason, status, cause, retry_after: None }
    }
    /// The node is full; a jittered Retry-After keeps the refused from coming back all at once.
    pub fn node(reason: &'static str, seed: u64) -> Refusal {
        let retry_after = Some(Duration::from_secs(5 + seed % 11));
        Refusal { reason, status: 503, cause: Cause::OVERLOAD, retry_after }
    }
}

/// The record of a call, as it begins.
pub(crate) fn record(call: CallRef, arrival: &Arrival, now: Now) -> CallRecord {
    let numbers = (arrival.caller.clone(), arrival.called.clone());
    let record = CallRecord::new(call, arrival.source, numbers, now.wall);
    CallRecord { sip_call_id: arrival.call_id.clone(), ..record }
}

/// The account of the leg that brings the call.
pub(crate) fn caller_leg(call: CallRef, arrival: &Arrival, now: Now) -> LegRecord {
    let mut leg = LegRecord::new(call, 0, LegRole::Caller, arrival.source, now.wall);
    leg.sip_call_id.clone_from(&arrival.call_id);
    leg.device = Some(arrival.remote);
    leg.forwarded.extend(arrival.diversion.as_deref().map(ForwardedBy::outside));
    leg
}

/// Refuses a call and accounts for it, unless there is no id for its record.
pub(crate) fn refuse(desk: &mut Desk<'_>, leg: LegId, arrival: &Arrival, refusal: Refusal) -> Option<CallRef> {
    let Refusal { reason, status, cause, retry_after } = refusal;
    desk.count(reason);
    desk.sip(sip::Command::Refuse { leg, status, cause: Some(cause), retry_after });
    let call = desk.ids.call()?;
    let mut record = record(call, arrival, desk.now);
    desk.ledger(Entry::Opened(Box::new(record.clone())));
    record.ended = Some(desk.now.wall);
    record.outcome = Outcome::Failed;
    record.status = Some(status);
    record.cause = cause;
    let mut refused = caller_leg(call, arrival, desk.now);
    refused.status = Some(status);
    refused.end(desk.now.wall, How::Lost, cause);
    desk.ledger(Entry::Leg(Box::new(refused)));
    desk.ledger(Entry::Closed(Box::new(record)));
    Some(call)
}

/// Where the plan sends the call, or why it goes nowhere.
pub(crate) fn route(desk: &Desk<'_>, plan: &Plan, arrival: &Arrival) -> Result<Routed, Refusal> {
    let from = match arrival.source {
        Source::Trunk(trunk) => Origin::Trunk(trunk),
        Source::Phone(phone) => Origin::Phone(phone),
    };
    if let Source::Trunk(trunk) = arrival.source
        && !desk.usage.has_room(plan, trunk)
    {
        // A user's own limit is not 503: that would stop all of the peer's traffic.
        return Err(Refusal::new("trunk full", 480, Cause::CONGESTION));
    }
    if Pad::of(plan, arrival).is_some() {
        return Ok(Routed { destination: Destination::HangUp(Cause::NORMAL), record: false, route: None });
    }
    let asked = Asked { from, caller: arrival.caller.reveal(), called: arrival.called.reveal() };
    plan.decide(&asked, desk.now.wall).ok_or(Refusal::new("no route", 404, Cause::UNALLOCATED))
}

/// Reads the numbers of a call as its trunk's country writes them.
pub(crate) fn read_numbers(plan: &Plan, arrival: &mut Arrival) {
    let Source::Trunk(trunk) = arrival.source else { return };
    let Some(trunk) = plan.trunk(trunk).filter(|trunk| trunk.rewrites()) else { return };
    arrival.called = Pii::new(trunk.called(arrival.called.reveal()).into_owned());
    arrival.caller = Pii::new(trunk.caller(arrival.caller.reveal()).into_owned());
}

/// What can be made of the offer that came with a call. It is read here, and answered once an answer is needed.
pub(crate) fn read_offer(desk: &mut Desk<'_>, plan: &Plan, arrival: &Arrival) -> Result<Talk, Refusal> {
    let mut talk = Talk::new(desk.ids.stream(), End::of(std::iter::once(plan), Claim::of(arrival.source)));
    let unusable = |status| Refusal::new(UNUSABLE, status, Cause::INCOMPATIBLE);
    arrival.body.as_ref().map_or(Ok(()), |offer| talk.receive(offer)).map_err(unusable)?;
    Ok(talk)
}
