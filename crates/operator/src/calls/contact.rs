//! A contact from its first queue to its last, through its calls: for people and as JSON.

use super::story::Story;
use super::{local, name};
use crate::admin::table::clock;
use jiff::tz::TimeZone;
use ledger::{ContactStory, SegmentRow};
use serde_json::{Value, json};
use terms::Wall;

/// The contacts and their stays, before the calls.
pub fn text(story: &ledger::Story, calls: &[Story<'_>], zone: &TimeZone) -> String {
    let contacts = story.contacts.iter().map(|contact| contact_text(contact, zone));
    let calls = calls.iter().map(|call| call.text(zone));
    contacts.chain(calls).collect::<Vec<_>>().join("\n")
}

fn contact_text(story: &ContactStory, zone: &TimeZone) -> String {
    let contact = &story.contact;
    let kind = contact.kind.as_deref().unwrap_or("voice");
    let so_far = contact.disposition.as_deref().unwrap_or("open");
    let mut text = format!("{:10} {}   {kind}   {so_far}\n", "contact", contact.contact);
    if let Some(number) = &contact.number {
        text += &format!("{:10} {}\n", "number", number.reveal());
    }
    if let Some(customer) = contact.customer {
        text += &format!("{:10} {customer}\n", "customer");
    }
    text += &format!("{:10} {}\n", "opened", local(contact.opened, zone));
    for segment in &story.segments {
        text += &format!("{:10} {}  {}\n", "", after(segment.entered, contact.opened), words(segment));
    }
    text
}

/// Seconds after the contact's begin.
fn after(at: Wall, opened: Wall) -> String {
    let ms = at.as_millis() - opened.as_millis();
    format!("{:>10}", format!("{:+}.{:03} s", ms / 1_000, ms.unsigned_abs() % 1_000))
}

/// A stay in words.
fn words(segment: &SegmentRow) -> String {
    let queue = name(segment.queue_name.as_ref(), segment.queue).unwrap_or_default();
    let mut words = vec![queue];
    let mut length = |what: &str, ms: Option<u64>| words.extend(ms.map(|ms| format!("{what} {}", clock(ms))));
    length("waited", segment.waited_ms);
    let how = segment.how.as_deref().unwrap_or("waits").replace('_', " ");
    match name(segment.agent_name.as_ref(), segment.agent) {
        None => words.push(how),
        Some(agent) => {
            words.push(format!("{how} by {agent}"));
            let mut length = |what: &str, ms: Option<u64>| words.extend(ms.map(|ms| format!("{what} {}", clock(ms))));
            length("rang", segment.rang_ms);
            length("talked", segment.talked_ms);
            length("held", segment.held_ms.filter(|held| *held > 0));
            length("wrapped up", segment.wrapped_ms);
            words.extend(segment.disposition.as_ref().map(|word| format!("disposition {word}")));
        }
    }
    if let Some(call) = segment.call {
        words.push(call.to_string());
    }
    words.join("   ")
}

/// As JSON.
pub fn json(story: &ledger::Story, calls: &[Story<'_>]) -> anyhow::Result<Value> {
    Ok(json!({
        "contacts": story.contacts.iter().map(contact_json).collect::<Vec<_>>(),
        "calls": calls.iter().map(Story::json).collect::<anyhow::Result<Vec<_>>>()?,
    }))
}

fn contact_json(story: &ContactStory) -> Value {
    let contact = &story.contact;
    json!({
        "contact": contact.contact.to_string(),
        "kind": contact.kind,
        "number": contact.number.as_ref().map(|number| number.reveal()),
        "customer": contact.customer,
        "opened": contact.opened.as_millis(),
        "closed": contact.closed.map(Wall::as_millis),
        "disposition": contact.disposition,
        "segments": story.segments.iter().map(segment_json).collect::<Vec<_>>(),
    })
}

fn segment_json(segment: &SegmentRow) -> Value {
    json!({
        "nth": segment.nth,
        "queue": segment.queue.map(|queue| queue.to_string()),
        "queue_name": segment.queue_name,
        "call": segment.call.map(|call| call.to_string()),
        "entered": segment.entered.as_millis(),
        "waited_until": segment.waited_until.map(Wall::as_millis),
        "over": segment.over.map(Wall::as_millis),
        "how": segment.how,
        "agent": segment.agent.map(|agent| agent.to_string()),
        "agent_name": segment.agent_name,
        "waited_ms": segment.waited_ms,
        "rang_ms": segment.rang_ms,
        "talked_ms": segment.talked_ms,
        "held_ms": segment.held_ms,
        "wrapped_ms": segment.wrapped_ms,
        "disposition": segment.disposition,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calls::tests::row;
    use ledger::{CallRow, ContactRow, Names};
    use terms::{AgentId, CallRef, ContactId, Pii, QueueId};

    fn segment(nth: u16, queue: &str, entered: i64) -> SegmentRow {
        SegmentRow {
            nth,
            queue: Some(QueueId::of(queue)),
            queue_name: Some(queue.into()),
            call: Some(CallRef(0x1_0000_0003)),
            entered: Wall::from_millis(1_795_300_002_000 + entered),
            waited_until: None,
            over: None,
            how: None,
            agent: None,
            agent_name: None,
            waited_ms: None,
            rang_ms: None,
            talked_ms: None,
            held_ms: None,
            wrapped_ms: None,
            disposition: None,
        }
    }

    fn story() -> ledger::Story {
        let sent_on = SegmentRow { how: Some("overflowed".into()), waited_ms: Some(41_000), ..segment(0, "sales", 0) };
        let answered = SegmentRow {
            how: Some("answered".into()),
            agent: Some(AgentId::of("bob")),
            agent_name: Some("bob".into()),
            waited_ms: Some(5_000),
            rang_ms: Some(4_000),
            talked_ms: Some(60_000),
            held_ms: Some(0),
            disposition: Some("sold".into()),
            ..segment(1, "support", 41_000)
        };
        let contact = ContactRow {
            contact: ContactId(0x1_0000_0001),
            kind: Some("voice".into()),
            number: Some(Pii::from("+359888123456")),
            customer: Some(17),
            opened: Wall::from_millis(1_795_300_002_000),
            closed: None,
            disposition: None,
        };
        ledger::Story {
            contacts: vec![ContactStory { contact, segments: vec![sent_on, answered] }],
            calls: vec![row()],
        }
    }

    #[test]
    fn a_contact_is_told_through_its_stays_and_then_its_calls() {
        let story = story();
        let call = |row: &CallRow| row.call.to_string();
        let told = |row| Story {
            row,
            events: vec![],
            legs: vec![],
            parkings: vec![],
            watches: vec![],
            seats: vec![],
            recordings: vec![],
            names: Names::default(),
        };
        let text = text(&story, &story.calls.iter().map(told).collect::<Vec<_>>(), &TimeZone::UTC);
        let (head, calls) = text.split_once("\n\n").unwrap();
        let expected = "\
contact    w100000001   voice   open
number     +359888123456
customer   17
opened     2026-11-21 22:26:42
             +0.000 s  sales   waited 00:41   overflowed   c100000003
            +41.000 s  support   waited 00:05   answered by bob   rang 00:04   talked 01:00   disposition sold   c100000003";
        assert_eq!(head, expected);
        assert!(calls.starts_with(&format!("call       {}", call(&story.calls[0]))), "{calls}");
        let json = json(&story, &[]).unwrap();
        let contact = &json["contacts"][0];
        assert_eq!((&contact["segments"][1]["agent_name"], &contact["closed"]), (&json!("bob"), &Value::Null));
    }
}
