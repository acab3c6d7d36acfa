//! The stream of what happened, line by line: the same line from a record that has just been made and, later, from the
//! account. Whoever knows the number of the last line that he saw reads on behind it and misses nothing.

mod closed;
mod missing;
mod read;

use crate::happenings::{Kind, command, leg_gone, leg_moved, marked, message, message_kind, parked, seated, watched};
use crate::journal::as_kept;
use call::cdr::{CallEvent, CallRecord, Entry, Recording};
use closed::Closed;
pub use missing::Missing;
pub(crate) use missing::note_start;
use node::{Happening, Record, TrunkNews};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};
use sip::Source;
use std::fmt::Display;
use terms::{Seq, Wall, Word as _};

/// One thing that happened, for programs. Ids are written as everywhere, times are wall milliseconds since 1970.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Line {
    /// Its number.
    pub seq: Seq,
    /// When.
    pub at: Wall,
    /// What: `call_opened`, `call_closed`, `leg_gone`, `leg_moved`, `parked`, `unparked`, `watched`, `unwatched`, `captured`, `phone`, `trunk`, `plan`, `command`, `acd`, or an event of a queue
    /// or an agent by its name, such as `entered`.
    pub kind: String,
    /// The rest, by kind.
    pub data: Value,
    /// What happened between the line before and this one and is not in the account any more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub missing: Option<Missing>,
}

impl Line {
    fn new(seq: Seq, at: Wall, kind: &str, data: Value) -> Line {
        Line { seq, at, kind: kind.to_owned(), data, missing: None }
    }
}

impl From<&Record> for Line {
    fn from(record: &Record) -> Line {
        let line = |kind: &str, data| Line::new(record.seq, record.at, kind, data);
        match &record.what {
            Happening::Call(Entry::Opened(call)) => line("call_opened", opened(call)),
            Happening::Call(Entry::Closed(call)) => line("call_closed", json!(Closed::from(call.as_ref()))),
            Happening::Call(Entry::Captured(recording)) => line("captured", captured(recording)),
            Happening::Call(Entry::Leg(leg)) => line("leg_gone", leg_gone(leg)),
            Happening::Call(Entry::Moved { record, .. }) => line("leg_moved", leg_moved(record)),
            Happening::Call(Entry::Parked(parking)) => {
                line(if parking.end.is_some() { "unparked" } else { "parked" }, parked(parking))
            }
            Happening::Call(Entry::Watched(watching)) => {
                line(if watching.until.is_some() { "unwatched" } else { "watched" }, watched(watching))
            }
            Happening::Call(Entry::Seated(seating)) => {
                line(if seating.until.is_some() { "unseated" } else { "seated" }, seated(seating))
            }
            Happening::Call(Entry::Message(told)) => line(message_kind(told).word(), message(told)),
            Happening::Call(Entry::Marked(mark)) => line(Kind::MessageMarked.word(), marked(mark)),
            Happening::Call(Entry::Event(event)) => of_event(record.seq, event, json!(event.what)),
            Happening::Acd(entry) => line("acd", json!(as_kept(entry).as_ref())),
            Happening::Phone { phone, reachable } => {
                line("phone", json!({ "phone": text(phone), "reachable": reachable }))
            }
            Happening::Trunk { trunk, what: TrunkNews::Reachable(reachable) } => {
                line("trunk", json!({ "trunk": text(trunk), "reachable": reachable }))
            }
            Happening::Trunk { trunk, what: TrunkNews::Registered(status) } => {
                line("trunk", json!({ "trunk": text(trunk), "registered": status }))
            }
            Happening::Plan { hash } => line("plan", json!({ "hash": hash })),
            Happening::Command(ordered) => line("command", command(ordered)),
        }
    }
}

fn text(id: impl Display) -> Value {
    Value::String(id.to_string())
}

fn opened(call: &CallRecord) -> Value {
    let source = match call.source {
        Source::Trunk(trunk) => text(trunk),
        Source::Phone(phone) => text(phone),
    };
    let (caller, called) = (call.caller.reveal(), call.called.reveal());
    json!({ "call": text(call.call), "sip_call_id": call.sip_call_id, "source": source, "caller": caller, "called": called })
}

fn captured(recording: &Recording) -> Value {
    let Recording { capture, call, summary, .. } = recording;
    json!({ "capture": text(capture), "call": text(call), "duration_ms": summary.duration_ms,
            "gap_ms": summary.gap_ms, "fault": summary.fault })
}

/// An event with what it says of itself: its kind, and fields of its own.
fn of_event(seq: Seq, event: &CallEvent, what: Value) -> Line {
    let mut data: Map<String, Value> = if let Value::Object(what) = what { what } else { Map::new() };
    let kind = data.remove("kind").and_then(|kind| kind.as_str().map(str::to_owned)).unwrap_or_default();
    let ids = [
        ("call", event.call.map(text)),
        ("queue", event.queue.map(text)),
        ("contact", event.contact.map(text)),
        ("segment", event.segment.map(Value::from)),
        ("agent", event.agent.map(text)),
    ];
    data.extend(ids.into_iter().filter_map(|(key, id)| Some((key.to_owned(), id?))));
    Line::new(seq, event.at, &kind, Value::Object(data))
}
