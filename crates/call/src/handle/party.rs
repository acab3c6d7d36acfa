//! A leg of the call takes what happened to it; what the phase is to know of that comes back.

use super::learn::Whose;
use crate::admission::NO_TRANSFER;
use crate::call::{Common, Fact};
use crate::desk::Desk;
use crate::leg::{Leg, LegFact};
use sip::Body;
use terms::{Cause, LegId};

/// Something happened to a leg.
pub(crate) fn take(
    common: &mut Common,
    desk: &mut Desk<'_>,
    (whose, leg): (Whose, LegId),
    fact: LegFact,
) -> Option<Fact> {
    match whose {
        Whose::Caller => caller(common, desk, fact),
        Whose::Callee => callee(common, desk, fact),
        Whose::Rung => Some(Fact::Ringing(leg, fact)),
        Whose::Left => left(common, desk, leg, fact),
    }
}

fn caller(common: &mut Common, desk: &mut Desk<'_>, fact: LegFact) -> Option<Fact> {
    let leg = &mut common.caller;
    match fact {
        LegFact::Opened(local) => {
            leg.opened(local);
            Some(Fact::Opened)
        }
        LegFact::Closed(totals) => {
            common.record.media = Some((*totals).clone());
            leg.stream_ended(desk, Some(*totals));
            Some(Fact::Settled)
        }
        LegFact::Confirmed(body) => {
            let first = leg.confirmed(desk);
            Some(confirmed(leg, desk, body).unwrap_or(if first { Fact::Established } else { Fact::HoldChanged }))
        }
        LegFact::Key(key) => {
            common.press(key);
            Some(Fact::Digit)
        }
        LegFact::Refused { .. } | LegFact::Ended(_) => {
            let cause = ended(leg, desk, &fact);
            Some(Fact::CallerGone(cause))
        }
        fact => either(leg, desk, fact),
    }
}

fn callee(common: &mut Common, desk: &mut Desk<'_>, fact: LegFact) -> Option<Fact> {
    let leg = common.callee.as_mut()?;
    match fact {
        LegFact::Closed(totals) => {
            leg.stream_ended(desk, Some(*totals));
            Some(Fact::Settled)
        }
        LegFact::Confirmed(body) => {
            leg.confirmed(desk);
            Some(confirmed(leg, desk, body).unwrap_or(Fact::HoldChanged))
        }
        // For the caller: the worker passes it on with the sound.
        LegFact::Key(_) => None,
        LegFact::Refused { .. } | LegFact::Ended(_) => {
            let cause = ended(leg, desk, &fact);
            common.parted.extend(common.callee.take());
            Some(Fact::CalleeGone(cause))
        }
        // It was on its way when it was answered.
        LegFact::Opened(_) | LegFact::Rang { .. } | LegFact::Answered { .. } => None,
        fact => either(leg, desk, fact),
    }
}

/// What is the same for both.
fn either(leg: &mut Leg, desk: &mut Desk<'_>, fact: LegFact) -> Option<Fact> {
    match fact {
        LegFact::NoPort => {
            leg.stream_ended(desk, None);
            Some(Fact::NoPort)
        }
        LegFact::Offered { remote, body, .. } => {
            leg.signalled_from(remote);
            leg.answer_offer(desk, None, body.as_ref());
            Some(Fact::HoldChanged)
        }
        LegFact::Played { play, missing } => {
            if missing {
                desk.count("prompt missing");
            }
            Some(Fact::Played(play))
        }
        LegFact::Referred(referral) => {
            let (leg, status) = (leg.id, NO_TRANSFER.status);
            desk.sip(sip::Command::RefuseRefer { leg, refer: referral.refer, status });
            None
        }
        LegFact::Unasked => {
            desk.astray("an answer to an offer that nobody made");
            None
        }
        _ => {
            desk.astray("a leg to which this cannot happen");
            None
        }
    }
}

/// The answer that came with an ACK is taken, where our offer waits for one; it may not fit.
fn confirmed(leg: &mut Leg, desk: &mut Desk<'_>, body: Option<Body>) -> Option<Fact> {
    let fits = !leg.awaits_answer() || body.is_some_and(|body| leg.accept(desk, &body));
    (!fits).then_some(Fact::Release(Cause::INCOMPATIBLE))
}

/// Signalling has forgotten a leg: its stream goes, too. The cause that was told.
fn ended(leg: &mut Leg, desk: &mut Desk<'_>, fact: &LegFact) -> Option<Cause> {
    let (status, cause) = match fact {
        LegFact::Refused { status, cause } => (Some(*status), *cause),
        LegFact::Ended(cause) => (None, *cause),
        _ => (None, None),
    };
    leg.ended(desk, status, cause);
    cause
}

/// A leg that was let go of: only its end counts.
fn left(common: &mut Common, desk: &mut Desk<'_>, id: LegId, fact: LegFact) -> Option<Fact> {
    let leg = common.parted.iter_mut().find(|leg| leg.id == id)?;
    match fact {
        LegFact::Closed(totals) => leg.stream_ended(desk, Some(*totals)),
        LegFact::NoPort => leg.stream_ended(desk, None),
        LegFact::Refused { .. } | LegFact::Ended(_) => {
            ended(leg, desk, &fact);
        }
        // What had been said before it was let go of.
        _ => return None,
    }
    common.parted.retain(|leg| !leg.is_gone());
    Some(Fact::Settled)
}
