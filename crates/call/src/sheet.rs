//! One running call in detail, for who looks into it: who is in it, how far each is, and who hears whom.

use crate::call::end::Life;
use crate::call::{Call, Whose};
use crate::leg::Leg;
use crate::room::Levels;
use crate::verb::queue::millis;
use crate::walk::At as Walked;
use crate::{CallLine, Involved};
use terms::{CaptureId, LegId, Now, PhoneId, TrunkId};

/// A running call.
#[derive(Clone, Debug)]
pub struct CallSheet {
    /// As the list of calls has it.
    pub line: CallLine,
    /// The caller was answered.
    pub answered: bool,
    /// The recording that runs.
    pub recording: Option<CaptureId>,
    /// When the call does something by itself, if nothing happens until then, in milliseconds.
    pub due_ms: Option<u64>,
    /// Who is in it.
    pub parties: Vec<PartyLine>,
}

/// Somebody in a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PartyLine {
    /// His leg.
    pub leg: LegId,
    /// Which side he is: caller, callee, rung, or leaving.
    pub side: &'static str,
    /// Where he is reached.
    pub at: Option<At>,
    /// He was answered, or has answered.
    pub up: bool,
    /// He has put the others on hold.
    pub holds: bool,
    /// Whose voice he hears, if it comes.
    pub hears: Vec<LegId>,
    /// What is played to him.
    pub sound: Option<media::Sound>,
}

/// Where somebody is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum At {
    /// A phone.
    Phone(PhoneId),
    /// Behind a carrier.
    Trunk(TrunkId),
}

impl Leg {
    /// Where its peer is reached, once it was placed.
    fn at(&self) -> Option<At> {
        Some(match self.who()? {
            sip::Source::Phone(phone) => At::Phone(phone),
            sip::Source::Trunk(trunk) => At::Trunk(trunk),
        })
    }
}

/// A call in the list of those that run.
pub(crate) fn line(call: &Call, now: Now) -> CallLine {
    let record = &call.record;
    CallLine {
        call: record.call,
        phase: phase(call),
        caller: record.caller.clone(),
        called: record.called.clone(),
        queue: record.queue,
        agent: call.agent(),
        waited_ms: record.queue.map(|_| record.waited_ms + call.waits_ms(now)),
        age_ms: millis(now.mono.since(call.origin.at)),
    }
}

/// In which phase a call is, for people: what those who are in it are at.
fn phase(call: &Call) -> &'static str {
    let walk = call.parties.iter().find_map(|party| party.walk.as_ref());
    match (&call.room.talk, walk.map(|walk| &walk.at)) {
        _ if call.life != Life::Open => "ending",
        (Some(talk), _) if talk.is_held() => "held",
        (Some(_), _) => "talking",
        _ if !call.ringings.is_empty() => "offering",
        (_, Some(Walked::Port | Walked::Ack(_))) => "arriving",
        (_, Some(Walked::Queue)) => "queueing",
        (_, Some(_)) => "prompting",
        (_, None) => "talking",
    }
}

/// Whom a call concerns.
pub(crate) fn involved(call: &Call) -> Involved {
    let record = &call.record;
    let brought = if let sip::Source::Phone(phone) = record.source { Some(phone) } else { None };
    let phone = |leg: &Leg| if let sip::Source::Phone(phone) = leg.who()? { Some(phone) } else { None };
    let legs = call.legs().filter(|(whose, _)| *whose != Whose::Leaving);
    let others = legs.filter(|(_, leg)| leg.id != call.origin.leg).filter_map(|(_, leg)| phone(leg));
    let phones = brought.into_iter().chain(record.phone).chain(others).collect();
    Involved { queue: record.queue, agent: call.agent(), phones }
}

/// The sheet of a call.
pub(crate) fn sheet(call: &Call, now: Now) -> CallSheet {
    let side = |(whose, leg): (Whose, &'_ Leg)| match whose {
        Whose::Party if leg.id == call.origin.leg => "caller",
        Whose::Party => "callee",
        Whose::Rung(_) => "rung",
        Whose::Leaving => "leaving",
    };
    let at = |(whose, leg): (Whose, &Leg)| if whose == Whose::Leaving { None } else { leg.at() };
    let legs: Vec<_> = call.legs().map(|one| (one.1, side(one), at(one))).collect();
    let levels = call.hearing();
    CallSheet {
        line: line(call, now),
        answered: call.record.answered.is_some(),
        recording: call.capture.map(|capture| capture.id),
        due_ms: call.wakes.map(|at| millis(at.since(now.mono))),
        parties: legs.iter().map(|(leg, side, at)| party(leg, side, *at, &legs, &levels)).collect(),
    }
}

type Side<'a> = (&'a Leg, &'static str, Option<At>);

fn party(leg: &Leg, side: &'static str, at: Option<At>, legs: &[Side<'_>], levels: &Levels) -> PartyLine {
    let level = |leg: &Leg| levels.iter().find(|(stream, _)| *stream == leg.stream).map(|(_, level)| *level);
    let own = level(leg).unwrap_or_default();
    let hears = |other: &&Side<'_>| other.0.id != leg.id && level(other.0).is_some_and(|other| own.hears(&other));
    PartyLine {
        leg: leg.id,
        side,
        at,
        up: leg.is_up(),
        holds: leg.held,
        hears: legs.iter().filter(hears).map(|(leg, ..)| leg.id).collect(),
        sound: own.sound.map(|playing| playing.sound),
    }
}
