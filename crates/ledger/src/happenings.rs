//! What happened and has no table of its own: a row each, under its number.

use crate::insert::{Filling, Row};
use call::cdr::{LegRecord, Message, MessageMark, Parking, Seating, Watching};
use node::TrunkNews;
use serde::{Deserialize, Serialize};
use terms::{Mailbox, PhoneId, TrunkId, Wall, Word as _, words};

/// What of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Kind {
    CallOpened,
    CallClosed,
    Captured,
    LegGone,
    LegMoved,
    Parked,
    Unparked,
    Watched,
    Unwatched,
    Seated,
    Unseated,
    MessageBegun,
    MessageLeft,
    MessageMarked,
    Phone,
    Trunk,
    Plan,
    Command,
}

words! { Kind {
    CallOpened "call_opened", CallClosed "call_closed", Captured "captured", LegGone "leg_gone",
    LegMoved "leg_moved", Parked "parked", Unparked "unparked",
    Watched "watched", Unwatched "unwatched", Seated "seated", Unseated "unseated",
    MessageBegun "message_begun", MessageLeft "message_left", MessageMarked "message_marked",
    Phone "phone", Trunk "trunk", Plan "plan",
    Command "command",
} }

/// A row of `happenings`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct HappeningLine {
    id: i64,
    at: i64,
    kind: Kind,
    #[serde(skip_serializing_if = "Option::is_none")]
    subject: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<String>,
}

impl HappeningLine {
    fn new(id: i64, at: Wall, kind: Kind, subject: Option<u64>, detail: Option<String>) -> HappeningLine {
        HappeningLine { id, at: at.as_millis(), kind, subject: subject.map(u64::cast_signed), detail }
    }

    pub fn phone(id: i64, at: Wall, phone: PhoneId, reachable: bool) -> HappeningLine {
        HappeningLine::new(id, at, Kind::Phone, Some(phone.0), Some(reachability(reachable)))
    }

    pub fn trunk(id: i64, at: Wall, trunk: TrunkId, news: TrunkNews) -> HappeningLine {
        let detail = match news {
            TrunkNews::Reachable(reachable) => reachability(reachable),
            TrunkNews::Registered(status) => format!("{{\"registered\":{status}}}"),
        };
        HappeningLine::new(id, at, Kind::Trunk, Some(trunk.0), Some(detail))
    }

    pub fn leg_moved(id: i64, at: Wall, leg: &LegRecord) -> HappeningLine {
        HappeningLine::new(id, at, Kind::LegMoved, Some(leg.call.0), Some(leg_moved(leg).to_string()))
    }

    pub fn parked(id: i64, at: Wall, parking: &Parking) -> HappeningLine {
        let kind = if parking.end.is_some() { Kind::Unparked } else { Kind::Parked };
        HappeningLine::new(id, at, kind, Some(parking.call.0), Some(parked(parking).to_string()))
    }

    pub fn message(id: i64, at: Wall, told: &Message) -> HappeningLine {
        HappeningLine::new(id, at, message_kind(told), Some(told.call.0), Some(message(told).to_string()))
    }

    pub fn marked(id: i64, at: Wall, mark: &MessageMark) -> HappeningLine {
        HappeningLine::new(id, at, Kind::MessageMarked, None, Some(marked(mark).to_string()))
    }

    pub fn watched(id: i64, at: Wall, watching: &Watching) -> HappeningLine {
        let kind = if watching.until.is_some() { Kind::Unwatched } else { Kind::Watched };
        HappeningLine::new(id, at, kind, Some(watching.call.0), Some(watched(watching).to_string()))
    }

    pub fn seated(id: i64, at: Wall, seating: &Seating) -> HappeningLine {
        let kind = if seating.until.is_some() { Kind::Unseated } else { Kind::Seated };
        HappeningLine::new(id, at, kind, Some(seating.call.0), Some(seated(seating).to_string()))
    }

    pub fn plan(id: i64, at: Wall, hash: &str) -> HappeningLine {
        HappeningLine::new(id, at, Kind::Plan, None, Some(serde_json::json!({ "hash": hash }).to_string()))
    }

    pub fn command(id: i64, at: Wall, ordered: &node::Ordered) -> HappeningLine {
        HappeningLine::new(id, at, Kind::Command, None, Some(command(ordered).to_string()))
    }
}

fn reachability(reachable: bool) -> String {
    format!("{{\"reachable\":{reachable}}}")
}

/// What became of a leg.
pub(crate) fn leg_gone(leg: &LegRecord) -> serde_json::Value {
    serde_json::json!({ "call": leg.call.to_string(), "nth": leg.nth, "role": leg.role, "who": who(leg), "how": leg.how,
        "status": leg.status, "cause": leg.cause.0 })
}

/// Where a leg went on.
pub(crate) fn leg_moved(leg: &LegRecord) -> serde_json::Value {
    let from = leg.moves.last();
    serde_json::json!({ "call": from.map(|from| from.call.to_string()), "nth": from.map(|from| from.nth),
        "to_call": leg.call.to_string(), "to_nth": leg.nth, "role": leg.role, "who": who(leg) })
}

/// Who is parked where, and what became of him.
pub(crate) fn parked(parking: &Parking) -> serde_json::Value {
    let Parking { call, nth, slot, by, since, end } = parking;
    let mut told = serde_json::json!({ "call": call.to_string(), "nth": nth, "slot": slot.0, "by": by.map(source) });
    if let (Some(end), Some(told)) = (end, told.as_object_mut()) {
        told.insert("how".into(), end.how.word().into());
        told.insert("taken_by".into(), end.by.map(source).into());
        told.insert("parked_ms".into(), end.at.ms_since(*since).into());
    }
    told
}

/// Who watches whom, and how; and for how long it was so.
pub(crate) fn watched(watching: &Watching) -> serde_json::Value {
    let Watching { call, nth, leg, who, of_leg, whom, agent, mode, since, until } = watching;
    let mut told = serde_json::json!({ "call": call.to_string(), "nth": nth, "leg": leg, "who": source(*who),
        "of_leg": of_leg, "whom": source(*whom), "agent": agent.map(|agent| agent.to_string()), "mode": mode.word() });
    if let (Some(until), Some(told)) = (until, told.as_object_mut()) {
        told.insert("watched_ms".into(), until.ms_since(*since).into());
    }
    told
}

/// Who is in which room; and for how long he was.
pub(crate) fn seated(seating: &Seating) -> serde_json::Value {
    let Seating { call, nth, room, leg, who, number, host, since, until } = seating;
    let mut told = serde_json::json!({ "call": call.to_string(), "nth": nth, "room": room.to_string(), "leg": leg,
        "who": source(*who), "number": number.reveal(), "host": host });
    if let (Some(until), Some(told)) = (until, told.as_object_mut()) {
        told.insert("seated_ms".into(), until.ms_since(*since).into());
    }
    told
}

/// Whether somebody begins to leave a message, or has left it.
pub(crate) fn message_kind(message: &Message) -> Kind {
    if message.until.is_some() { Kind::MessageLeft } else { Kind::MessageBegun }
}

/// Who leaves a message where; and how long it is.
pub(crate) fn message(message: &Message) -> serde_json::Value {
    let Message { capture, call, mailbox, who, number, since, until, dropped } = message;
    let mut told = serde_json::json!({ "message": capture.to_string(), "call": call.to_string(), "box": boxed(*mailbox),
        "who": source(*who), "number": number.reveal() });
    if let (Some(until), Some(told)) = (until, told.as_object_mut()) {
        told.insert("length_ms".into(), until.ms_since(*since).into());
        told.insert("dropped".into(), (*dropped).into());
    }
    told
}

fn boxed(mailbox: Mailbox) -> String {
    match mailbox {
        Mailbox::Phone(phone) => phone.to_string(),
        Mailbox::Agent(agent) => agent.to_string(),
        Mailbox::Queue(queue) => queue.to_string(),
    }
}

/// What became of a message.
pub(crate) fn marked(mark: &MessageMark) -> serde_json::Value {
    serde_json::json!({ "message": mark.capture.to_string(), "what": mark.what, "by": mark.by })
}

fn who(leg: &LegRecord) -> String {
    source(leg.who)
}

fn source(source: sip::Source) -> String {
    match source {
        sip::Source::Trunk(trunk) => trunk.to_string(),
        sip::Source::Phone(phone) => phone.to_string(),
    }
}

/// Who wanted what, and what he was answered.
pub(crate) fn command(ordered: &node::Ordered) -> serde_json::Value {
    let node::Ordered { command, reply, before, after } = ordered;
    let mut told = serde_json::json!({ "id": command.id, "by": command.by, "what": command.what, "reply": reply });
    if let Some(told) = told.as_object_mut() {
        let stood = [("before", before), ("after", after)];
        let said = stood.into_iter().filter_map(|(when, how)| Some((when.to_owned(), how.clone()?.into())));
        told.extend(said);
    }
    told
}

impl Row for HappeningLine {
    fn fill(&self, statement: Filling) -> Filling {
        statement.bind(self.id).bind(self.at).bind(self.kind.word()).bind(self.subject).bind(self.detail.clone())
    }
}
