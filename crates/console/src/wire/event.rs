//! An event, as everybody reads it: over SSE, over a socket, live or from the account. It is made of the account's own line
//! by one function, so that the same thing has the same bytes wherever and whenever it is read.

use super::{Names, time};
use bytes::Bytes;
use ledger::stream::Line;
use serde::Serialize;
use serde_json::{Map, Value};
use terms::{Seq, Wall};

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its number.
    pub seq: Seq,
    /// Its type: `noun.past_verb`.
    pub kind: &'static str,
    /// The queue that it concerns, by name.
    pub queue: Option<String>,
    /// The agent that it concerns, by name.
    pub agent: Option<String>,
    /// All of it, as JSON.
    pub json: Bytes,
}

/// As it is written, the same over every way.
#[derive(Serialize)]
struct Envelope<'a> {
    #[serde(rename = "type")]
    kind: &'static str,
    id: String,
    timestamp: String,
    data: &'a Map<String, Value>,
}

/// Every type, the word by which the account has it, and what it tells.
pub const TYPES: &[(&str, &str, &str)] = &[
    ("agent.changed", "agent_state", "An agent's status, work or reach changed."),
    ("call.started", "call_opened", "A call came, or was placed."),
    ("call.ended", "call_closed", "A call is over: its record."),
    ("call.parked", "parked", "Somebody was parked."),
    ("call.unparked", "unparked", "Somebody is parked no more."),
    ("command.answered", "command", "Somebody wanted something, and was answered."),
    ("config.applied", "plan", "A configuration came into force."),
    ("contact.abandoned", "abandoned", "The caller left the queue."),
    ("contact.answered", "connected", "An agent and the caller are connected."),
    ("contact.finished", "completed", "An agent's conversation is over."),
    ("contact.overflowed", "overflowed", "The queue sent the contact on."),
    ("contact.picked", "picked", "An agent takes the contact out of turn."),
    ("contact.queued", "entered", "The contact entered the queue."),
    ("contact.taken_over", "taken_over", "An agent was handed the conversation."),
    ("contact.withdrawn", "withdrawn", "The contact left the queue by nobody's wish."),
    ("disposition.set", "disposed", "An agent said what came of a conversation."),
    ("leg.ended", "leg_gone", "A leg is gone."),
    ("leg.moved", "leg_moved", "A leg went on in another call."),
    ("monitor.ended", "unwatched", "Somebody watches a conversation no more."),
    ("monitor.started", "watched", "Somebody watches a conversation."),
    ("offer.failed", "offer_failed", "The agent did not take the contact."),
    ("offer.made", "offered", "An agent was offered the contact."),
    ("phone.lost", "phone", "A phone cannot be rung any more."),
    ("phone.registered", "phone", "A phone can be rung."),
    ("recording.failed", "captured", "A recording is complete, and something was lost."),
    ("recording.ready", "captured", "A recording is complete."),
    ("trunk.down", "trunk", "A carrier does not answer, or does not take our registration."),
    ("trunk.up", "trunk", "A carrier answers, or our registration stands."),
];

impl Event {
    /// None of what is no event: the routing core's journal.
    pub fn of(line: &Line, names: &Names) -> Option<Event> {
        let kind = kind(line)?;
        let mut data = match &line.data {
            Value::Object(data) => data.clone(),
            _ => Map::new(),
        };
        for (key, value) in &mut data {
            say(key, value, names);
        }
        let named = |key: &str| data.get(key).and_then(Value::as_str).map(str::to_owned);
        let (queue, agent) = (named("queue"), named("agent"));
        let whole = Envelope { kind, id: line.seq.to_string(), timestamp: time(line.at), data: &data };
        let json = serde_json::to_vec(&whole).unwrap_or_default().into();
        Some(Event { seq: line.seq, kind, queue, agent, json })
    }
}

/// The type of what the account has by this word, where the word alone says it.
pub fn type_of(word: &str) -> Option<&'static str> {
    TYPES.iter().find(|(_, own, _)| *own == word).map(|(kind, ..)| *kind)
}

fn kind(line: &Line) -> Option<&'static str> {
    let is = |key: &str| line.data.get(key).and_then(Value::as_bool).unwrap_or(false);
    let good = match line.kind.as_str() {
        "phone" => Some(if is("reachable") { "phone.registered" } else { "phone.lost" }),
        "captured" => {
            Some(if line.data.get("fault").is_none_or(Value::is_null) { "recording.ready" } else { "recording.failed" })
        }
        "trunk" => {
            let registered = line.data.get("registered").and_then(Value::as_u64) == Some(200);
            Some(if is("reachable") || registered { "trunk.up" } else { "trunk.down" })
        }
        _ => None,
    };
    good.or_else(|| type_of(&line.kind))
}

/// Ids of what the operator has named become names, and times become readable.
fn say(key: &str, value: &mut Value, names: &Names) {
    match value {
        Value::String(id) => {
            if let Some(name) = names.of(id) {
                *id = name.to_owned();
            }
        }
        Value::Number(at) if ["started", "answered", "connected", "ended"].contains(&key) => {
            if let Some(at) = at.as_i64() {
                *value = Value::String(time(Wall::from_millis(at)));
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn line(kind: &str, data: Value) -> Line {
        let seq = Seq { node: 0, start: 3, n: 7 };
        Line { seq, at: Wall::from_millis(1_700_000_000_000), kind: kind.into(), data, missing: None }
    }

    fn event(kind: &str, data: Value) -> Option<Event> {
        let mut names = Names::default();
        let (queue, agent) = (terms::QueueId::of("support"), terms::AgentId::of("anna"));
        names.take_account(ledger::Names {
            queues: [(queue, "support".into())].into(),
            agents: [(agent, "anna".into())].into(),
            ..ledger::Names::default()
        });
        Event::of(&line(kind, data), &names)
    }

    #[test]
    fn an_event_has_the_operators_names_and_readable_times() {
        let (queue, agent) = (terms::QueueId::of("support"), terms::AgentId::of("anna"));
        let data = json!({ "queue": queue.to_string(), "agent": agent.to_string(), "call": "c1", "waited_ms": 5 });
        let made = event("connected", data).unwrap();
        assert_eq!((made.queue.as_deref(), made.agent.as_deref()), (Some("support"), Some("anna")));
        let text = String::from_utf8(made.json.to_vec()).unwrap();
        assert_eq!(
            serde_json::from_str::<Value>(&text).unwrap(),
            json!({ "type": "contact.answered", "id": "0-3-7", "timestamp": "2023-11-14T22:13:20.000Z",
                    "data": { "queue": "support", "agent": "anna", "call": "c1", "waited_ms": 5 } })
        );
        let ended = event("call_closed", json!({ "call": "c1", "ended": 0, "answered": null })).unwrap();
        let text = String::from_utf8(ended.json.to_vec()).unwrap();
        assert!(
            text.contains(r#""ended":"1970-01-01T00:00:00.000Z""#) && text.contains(r#""answered":null"#),
            "{text}"
        );
    }

    #[test]
    fn the_state_of_a_thing_is_in_the_type() {
        let kind = |kind, data| event(kind, data).map(|event| event.kind);
        assert_eq!(kind("phone", json!({ "reachable": true })), Some("phone.registered"));
        assert_eq!(kind("phone", json!({ "reachable": false })), Some("phone.lost"));
        assert_eq!(kind("trunk", json!({ "registered": 200 })), Some("trunk.up"));
        assert_eq!(kind("trunk", json!({ "registered": 403 })), Some("trunk.down"));
        assert_eq!(kind("trunk", json!({ "reachable": false })), Some("trunk.down"));
        assert_eq!(kind("captured", json!({ "fault": null })), Some("recording.ready"));
        assert_eq!(kind("captured", json!({ "fault": "disk full" })), Some("recording.failed"));
        assert_eq!(kind("acd", json!({})), None);
        assert_eq!(kind("what another version tells", json!({})), None);
    }
}
