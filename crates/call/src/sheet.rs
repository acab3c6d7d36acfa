//! One running call in detail, for who looks into it: who is in it, how far each is, and who hears whom.

use crate::call::{Call, Whose};
use crate::cdr::millis;
use crate::face::{CallLine, Involved};
use crate::leg::Leg;
use crate::life::Life;
use crate::party::Party;
use crate::room::{Levels, Stance};
use crate::walk::At as Walked;
use serde::{Deserialize, Serialize};
use terms::{CaptureId, LegId, Now, PhoneId, TrunkId, WatchMode, words};

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
    /// Which side he is.
    pub side: Side,
    /// Where he is reached.
    pub at: Option<At>,
    /// How far he is.
    pub state: State,
    /// Where he stands towards the others.
    pub stance: Standing,
    /// He has put the others on hold.
    pub holds: bool,
    /// Whose voice he hears, if it comes.
    pub hears: Vec<LegId>,
    /// What is played to him.
    pub sound: Option<media::Sound>,
}

/// Which side of a call somebody is on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// He brought it, or has the place of who did.
    #[default]
    Caller,
    /// He was called, or has the place of who was.
    Callee,
    /// He watches one of the others.
    Watcher,
    /// He is rung.
    Rung,
    /// He was let go of.
    Leaving,
}

/// How far somebody is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// He has not answered, or was not answered, yet.
    #[default]
    Unanswered,
    /// He was answered, or has answered.
    Up,
    /// He was let go of.
    Leaving,
}

/// Where somebody stands towards the others.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    /// By himself: in a menu or a queue, or not there yet.
    #[default]
    Apart,
    /// In the conversation.
    Talking,
    /// He hears, or is heard by, some of them alone, as before an answer.
    Aside,
    /// Taken out of the conversation: on hold, or being transferred.
    Waiting,
    /// He hears what another one hears and says, and is heard by nobody.
    Listening,
    /// The same, and is heard by that one alone.
    Whispering,
    /// The same, and is heard by all.
    Barging,
}

words! { Side { Caller "caller", Callee "callee", Watcher "watcher", Rung "rung", Leaving "leaving", } }
words! { State { Unanswered "unanswered", Up "up", Leaving "leaving", } }
words! { Standing {
    Apart "apart", Talking "talking", Aside "aside", Waiting "waiting", Listening "listening",
    Whispering "whispering", Barging "barging",
} }

impl From<Stance> for Standing {
    fn from(stance: Stance) -> Standing {
        match stance {
            Stance::Apart => Standing::Apart,
            Stance::Floor => Standing::Talking,
            Stance::Aside(_) => Standing::Aside,
            Stance::Waiting => Standing::Waiting,
            Stance::Watch(watch) => match watch.mode {
                WatchMode::Listen => Standing::Listening,
                WatchMode::Whisper => Standing::Whispering,
                WatchMode::Barge => Standing::Barging,
            },
        }
    }
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
        contact: record.contact,
        waited_ms: record.queue.map(|_| record.waited_ms + call.waits_ms(now)),
        age_ms: millis(now.mono.since(call.origin.at)),
    }
}

/// In which phase a call is, for people: what those who are in it are at.
fn phase(call: &Call) -> &'static str {
    let walk = call.parties.iter().find_map(|party| party.walk.as_ref());
    match (&call.room.talk, walk.map(|walk| &walk.at)) {
        _ if call.life != Life::Open => "ending",
        _ if call.parked.is_some() => "parked",
        _ if call.hall.is_some() => "meeting",
        (Some(talk), _) if talk.is_held() => "held",
        (Some(_), _) => "talking",
        _ if !call.ringings.is_empty() => "offering",
        (_, Some(Walked::Port | Walked::Ack(_))) => "arriving",
        (_, Some(Walked::Queue(_))) => "queueing",
        (_, Some(_)) => "prompting",
        (_, None) => "talking",
    }
}

/// Whom a call concerns.
pub(crate) fn involved(call: &Call) -> Involved {
    let record = &call.record;
    let brought = if let sip::Source::Phone(phone) = record.source { Some(phone) } else { None };
    let phone = |leg: &Leg| if let sip::Source::Phone(phone) = leg.who()? { Some(phone) } else { None };
    // Whoever watches it, it does not concern.
    let concerned = |whose: Whose, leg: &Leg| match whose {
        Whose::Party => call.watching(leg.id).is_none(),
        Whose::Rung(id) => !call.is_to_watch(id),
        Whose::Leaving => false,
    };
    let legs = call.legs().filter(|(whose, leg)| concerned(*whose, leg));
    let others = legs.filter(|(_, leg)| leg.id != call.origin.leg).filter_map(|(_, leg)| phone(leg));
    let phones = brought.into_iter().chain(record.phone).chain(others).collect();
    let room = call.hall.as_ref().map(|hall| hall.room.id);
    Involved { queue: record.queue, agent: call.agent(), phones, room }
}

/// The same of one of its parties. The queue is concerned by the agent who talks for it, and by nobody else.
pub(crate) fn watched(call: &Call, who: LegId) -> Option<Involved> {
    if call.hall.is_some() {
        return Some(involved(call));
    }
    let of = call.watching(who).map(|watch| watch.of);
    let is_he = |party: &&Party| of.map_or(party.leg.id == who, |stream| party.leg.stream == stream);
    let party = call.parties.iter().find(is_he)?;
    let brought = (party.leg.id == call.origin.leg).then_some(call.record.source);
    let phone = if let Some(sip::Source::Phone(phone)) = party.leg.who().or(brought) { Some(phone) } else { None };
    let queue = call.record.queue.filter(|_| party.agent.is_some());
    Some(Involved { queue, agent: party.agent, phones: phone.into_iter().collect(), room: None })
}

/// The sheet of a call.
pub(crate) fn sheet(call: &Call, now: Now) -> CallSheet {
    let legs: Vec<Seen<'_>> = call.legs().map(|(whose, leg)| seen(call, whose, leg)).collect();
    let levels = call.hearing();
    CallSheet {
        line: line(call, now),
        answered: call.record.answered.is_some(),
        recording: call.capture.as_ref().map(|capture| capture.id),
        due_ms: call.wakes.map(|at| millis(at.since(now.mono))),
        parties: legs.iter().map(|one| party(one, &legs, &levels)).collect(),
    }
}

/// A leg of the call, and what it is to it.
struct Seen<'a> {
    leg: &'a Leg,
    side: Side,
    stance: Standing,
}

fn seen<'a>(call: &Call, whose: Whose, leg: &'a Leg) -> Seen<'a> {
    let party = call.parties.iter().find(|party| party.leg.id == leg.id);
    let side = match whose {
        Whose::Party if leg.id == call.origin.leg => Side::Caller,
        Whose::Party if party.is_some_and(|party| party.stance.watches().is_some()) => Side::Watcher,
        Whose::Party => Side::Callee,
        Whose::Rung(_) => Side::Rung,
        Whose::Leaving => Side::Leaving,
    };
    Seen { leg, side, stance: party.map_or(Standing::Apart, |party| party.stance.into()) }
}

fn party(of: &Seen<'_>, legs: &[Seen<'_>], levels: &Levels) -> PartyLine {
    let Seen { leg, side, stance } = *of;
    let level = |leg: &Leg| levels.iter().find(|(stream, _)| *stream == leg.stream).map(|(_, level)| *level);
    let own = level(leg).unwrap_or_default();
    let hears = |other: &&Seen<'_>| other.leg.id != leg.id && level(other.leg).is_some_and(|other| own.hears(&other));
    PartyLine {
        leg: leg.id,
        side,
        at: leg.at().filter(|_| side != Side::Leaving),
        state: match side {
            Side::Leaving => State::Leaving,
            _ if leg.is_up() => State::Up,
            _ => State::Unanswered,
        },
        stance,
        holds: leg.held,
        hears: legs.iter().filter(hears).map(|other| other.leg.id).collect(),
        sound: own.sound.map(|playing| playing.sound),
    }
}
