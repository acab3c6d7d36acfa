//! What a signal says of a call. Nothing is changed here.

use crate::call::{Common, Fact, Signal};
use crate::leg::{Leg, LegFact};
use terms::{LegId, StreamId};

/// Whose leg it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Whose {
    /// That of who brought the call.
    Caller,
    /// That of who talks to him.
    Callee,
    /// That of somebody who is rung.
    Rung,
    /// One that was let go of.
    Left,
}

/// What a signal says.
#[derive(Debug)]
pub(crate) enum Learnt {
    /// Something happened to a leg.
    Leg(Whose, LegId, LegFact),
    /// Something that the phase is to know.
    Fact(Fact),
    /// A deadline is due.
    Due,
    /// Nothing that anybody waits for.
    Nothing,
}

/// Reads a signal.
pub(crate) fn learn(common: &Common, signal: Signal) -> Learnt {
    let nothing = || Learnt::Nothing;
    match signal {
        // Its port was open in advance, or the worker will say when it is open.
        Signal::Begun if common.caller.is_open() => Learnt::Fact(Fact::Opened),
        Signal::Begun => Learnt::Nothing,
        Signal::Leg(leg, event) => {
            let whose = whose(common, |of| of.id == leg).map(|(whose, _)| whose);
            let fact = whose.zip(LegFact::of_signalling(event));
            fact.map_or_else(nothing, |(whose, fact)| Learnt::Leg(whose, leg, fact))
        }
        Signal::Stream(stream, event) => {
            let of = of_stream(common, stream);
            of.map_or_else(nothing, |(whose, leg)| Learnt::Leg(whose, leg, LegFact::of_stream(event)))
        }
        Signal::Contact(event) => Learnt::Fact(contact(event)),
        Signal::Due => Learnt::Due,
        Signal::Release(cause) => Learnt::Fact(Fact::Release(cause)),
        #[cfg(test)]
        Signal::Panic => panic!("a phase panics on purpose"),
    }
}

fn of_stream(common: &Common, stream: StreamId) -> Option<(Whose, LegId)> {
    whose(common, |leg| leg.stream == stream)
}

fn whose(common: &Common, is: impl Fn(&Leg) -> bool) -> Option<(Whose, LegId)> {
    let rung = common.ringing.iter().flat_map(|ringing| ringing.legs()).map(|(leg, _)| (Whose::Rung, leg));
    let callee = common.callee.iter().map(|leg| (Whose::Callee, leg));
    let left = common.parted.iter().map(|leg| (Whose::Left, leg));
    let mut all = std::iter::once((Whose::Caller, &common.caller)).chain(callee).chain(rung).chain(left);
    all.find(|(_, leg)| is(leg)).map(|(whose, leg)| (whose, leg.id))
}

fn contact(event: acd::ContactEvent) -> Fact {
    match event {
        acd::ContactEvent::Queued { .. } => Fact::Queued,
        acd::ContactEvent::Offered { offer, agent, .. } => Fact::Offered { offer, agent },
        acd::ContactEvent::OfferRevoked { offer, why, .. } => Fact::Revoked { offer, why },
        acd::ContactEvent::Overflowed { why, rule, .. } => Fact::Overflowed { why, rule },
    }
}
