//! What a signal says of a call. Nothing is changed here.

use super::signal::Signal;
use crate::call::{Call, Whose};
use crate::face::Verb;
use crate::leg::{Leg, LegFact};
use crate::parcel::News;
use crate::ringing::RingingId;
use terms::{CaptureId, Cause, LegId};

/// What a signal says.
#[derive(Debug)]
pub(crate) enum Learnt {
    /// Something happened to a party's leg.
    Party(LegId, LegFact),
    /// Something happened to the leg of somebody who is rung.
    Ringing(RingingId, LegId, LegFact),
    /// Something happened to a leg that was let go of.
    Leaving(LegId, LegFact),
    /// Something was decided about the contact of a party.
    Contact(LegId, acd::ContactEvent),
    /// A party goes from one call to another.
    Parcel(Box<News>),
    /// Somebody outside wants something.
    Verb(Verb),
    /// What became of what a party wanted by a code.
    Obeyed(LegId, bool),
    /// Nobody has spoken on a recording for a while.
    Silent(CaptureId),
    /// A deadline is due.
    Due,
    /// The call is to end.
    Release(Cause),
    /// Nothing that anybody waits for.
    Nothing,
    /// What cannot be.
    Astray(&'static str),
}

/// Reads a signal.
pub(crate) fn learn(call: &Call, signal: Signal) -> Learnt {
    match signal {
        Signal::Leg(id, event) => {
            let fact = LegFact::of_signalling(event);
            fact.map_or(Learnt::Nothing, |fact| owned(call, |leg| leg.id == id, fact))
        }
        Signal::Stream(stream, event) => owned(call, |leg| leg.stream == stream, LegFact::of_stream(event)),
        Signal::Contact(id, event) => {
            let mut parties = call.parties.iter();
            let found = parties.find(|party| party.contact.is_some_and(|contact| contact.id == id));
            found.map_or(Learnt::Astray("news of a contact that nobody has"), |party| {
                Learnt::Contact(party.leg.id, event)
            })
        }
        Signal::Parcel(news) => Learnt::Parcel(news),
        Signal::Verb(verb) => Learnt::Verb(verb),
        Signal::Obeyed(who, done) => Learnt::Obeyed(who, done),
        Signal::Silent(capture) => Learnt::Silent(capture),
        Signal::Due => Learnt::Due,
        Signal::Release(cause) => Learnt::Release(cause),
        #[cfg(test)]
        Signal::Panic => panic!("a call panics on purpose"),
    }
}

/// Whose leg it is.
fn owned(call: &Call, is: impl Fn(&Leg) -> bool, fact: LegFact) -> Learnt {
    match call.legs().find(|(_, leg)| is(leg)) {
        Some((Whose::Party, leg)) => Learnt::Party(leg.id, fact),
        Some((Whose::Rung(ringing), leg)) => Learnt::Ringing(ringing, leg.id, fact),
        Some((Whose::Leaving, leg)) => Learnt::Leaving(leg.id, fact),
        // It is late.
        None => Learnt::Nothing,
    }
}
