//! `strowger calls`: the account, read beside a running switch or without one. Numbers are shown in
//! clear: this is what the account is for.

mod args;
mod contact;
mod search;
mod sheet;
mod story;

use crate::admin::table::{clock, columns};
use crate::terminal::{self, local};
pub use args::CallsArgs;
use jiff::{Timestamp, tz::TimeZone};
use ledger::{CallRow, Direction, Reader};
use serde_json::{Value, json};
use story::Story;
use terms::{CallRef, Wall};

/// The calls as a table, in the order given.
pub fn table(rows: &[CallRow]) -> String {
    list(rows, &TimeZone::system())
}

/// Prints the calls that the arguments name.
pub fn calls(args: &CallsArgs) -> anyhow::Result<()> {
    let (url, plan) = args.account.find()?;
    let now = Timestamp::now().to_zoned(TimeZone::system());
    let filter = search::filter(args, &now)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let text = runtime.block_on(async {
        let reader = Reader::open(&url).await?;
        let rows = reader.calls(args.limit, &filter).await?;
        if rows.is_empty() {
            search::known(args, &reader.names().await?, plan.as_deref())?;
        }
        match (filter.call, args.json, args.csv) {
            (_, _, true) => sheet::csv(&rows, &TimeZone::system()),
            (Some(call), as_json, _) if args.story.is_some() => whole(&reader, call, &rows, as_json).await,
            (Some(_), as_json, _) => detail(&reader, &rows, as_json).await,
            (None, true, _) => Ok(pretty(&Value::Array(rows.iter().map(call_json).collect()))?),
            (None, false, _) => Ok(table(&rows)),
        }
    })?;
    terminal::say(&text)
}

fn pretty(value: &Value) -> anyhow::Result<String> {
    Ok(format!("{}\n", serde_json::to_string_pretty(value)?))
}

fn source(row: &CallRow) -> (&'static str, String) {
    let (kind, id) = match row.source {
        sip::Source::Trunk(id) => ("trunk", id.to_string()),
        sip::Source::Phone(id) => ("phone", id.to_string()),
    };
    (kind, row.source_name.clone().unwrap_or(id))
}

/// The phone that answered, or the trunk that it was sent out by.
fn to(row: &CallRow) -> Option<String> {
    let phone = name(row.phone_name.as_ref(), row.phone).map(|phone| format!("phone:{phone}"));
    phone.or_else(|| Some(format!("trunk:{}", name(row.trunk_out_name.as_ref(), row.trunk_out)?)))
}

fn direction(row: &CallRow) -> Direction {
    Direction::of(row.source, row.trunk_out.is_some())
}

/// The operator's name, else the id.
fn name(name: Option<&String>, id: Option<impl ToString>) -> Option<String> {
    name.cloned().or_else(|| id.map(|id| id.to_string()))
}

fn list(rows: &[CallRow], zone: &TimeZone) -> String {
    if rows.is_empty() {
        return "no calls\n".into();
    }
    let heads = [
        ("call", false),
        ("started", false),
        ("from", false),
        ("caller", false),
        ("called", false),
        ("to", false),
        ("outcome", false),
        ("queue", false),
        ("agent", false),
        ("waited", true),
        ("talked", true),
        ("cause", false),
    ];
    let dash = |text: Option<String>| text.unwrap_or_else(|| "-".into());
    let row = |row: &CallRow| {
        let (kind, from) = source(row);
        vec![
            row.call.to_string(),
            local(row.started, zone),
            format!("{kind}:{from}"),
            row.caller.reveal().clone(),
            row.called.reveal().clone(),
            dash(to(row)),
            row.outcome.clone(),
            dash(name(row.queue_name.as_ref(), row.queue)),
            dash(name(row.agent_name.as_ref(), row.agent)),
            clock(row.waited_ms),
            clock(row.talked_ms),
            if row.outcome == "open" { "-".into() } else { row.cause.to_string() },
        ]
    };
    columns(&heads, &rows.iter().map(row).collect::<Vec<_>>())
}

fn call_json(row: &CallRow) -> Value {
    let (kind, from) = source(row);
    json!({
        "call": row.call.to_string(),
        "sip_call_id": row.sip_call_id,
        "source": format!("{kind}:{from}"),
        "source_name": row.source_name,
        "direction": direction(row).word(),
        "caller": row.caller.reveal(),
        "called": row.called.reveal(),
        "started": row.started.as_millis(),
        "answered": row.answered.map(Wall::as_millis),
        "connected": row.connected.map(Wall::as_millis),
        "ended": row.ended.map(Wall::as_millis),
        "outcome": row.outcome,
        "merged_into": row.merged_into.map(|call| call.to_string()),
        "status": row.status,
        "cause": row.cause.0,
        "cause_text": row.cause.text(),
        "ended_by": row.ended_by,
        "queue": row.queue.map(|queue| queue.to_string()),
        "queue_name": row.queue_name,
        "contact": row.contact.map(|contact| contact.to_string()),
        "agent": row.agent.map(|agent| agent.to_string()),
        "agent_name": row.agent_name,
        "phone": row.phone.map(|phone| phone.to_string()),
        "phone_name": row.phone_name,
        "trunk_out": row.trunk_out.map(|trunk| trunk.to_string()),
        "trunk_out_name": row.trunk_out_name,
        "waited_ms": row.waited_ms,
        "talked_ms": row.talked_ms,
        "held_ms": row.held_ms,
        "digits": row.digits,
        "recording": row.recording,
        "recording_purged": row.recording_purged.map(Wall::as_millis),
        "media": row.media,
    })
}

async fn story<'a>(reader: &Reader, row: &'a CallRow) -> anyhow::Result<Story<'a>> {
    Ok(Story {
        row,
        events: reader.events(row.call).await?,
        legs: reader.legs(row.call).await?,
        parkings: reader.parkings(row.call, row.started, row.ended).await?,
        watches: reader.watches(row.call).await?,
        seats: reader.seats(row.call).await?,
        recordings: reader.recordings(100, Some(row.call)).await?,
        names: reader.names().await?,
    })
}

/// What a call was about: its contacts from their first queues to their last, and all calls that belong to it.
async fn whole(reader: &Reader, call: CallRef, rows: &[CallRow], as_json: bool) -> anyhow::Result<String> {
    let found = reader.story(call).await?;
    if found.contacts.is_empty() && found.calls.len() < 2 {
        return detail(reader, rows, as_json).await;
    }
    let mut calls = vec![];
    for row in &found.calls {
        calls.push(story(reader, row).await?);
    }
    match as_json {
        true => pretty(&contact::json(&found, &calls)?),
        false => Ok(contact::text(&found, &calls, &TimeZone::system())),
    }
}

/// One call with its events and recordings.
async fn detail(reader: &Reader, rows: &[CallRow], as_json: bool) -> anyhow::Result<String> {
    let Some(row) = rows.first() else {
        return Ok(if as_json { "[]\n".into() } else { "no such call\n".into() });
    };
    let story = story(reader, row).await?;
    if as_json { pretty(&json!([story.json()?])) } else { Ok(story.text(&TimeZone::system())) }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use terms::{Cause, Pii, QueueId, TrunkId};

    pub(in crate::calls) fn row() -> CallRow {
        CallRow {
            call: CallRef(0x1_0000_0003),
            sip_call_id: "a@b".into(),
            source: sip::Source::Trunk(TrunkId::of("acme")),
            source_name: Some("acme".into()),
            caller: Pii::from("+359888123456"),
            called: Pii::from("+442079460001"),
            started: Wall::from_millis(1_795_300_000_123),
            answered: Some(Wall::from_millis(1_795_300_001_000)),
            connected: None,
            ended: None,
            outcome: "abandoned".into(),
            merged_into: None,
            status: None,
            cause: Cause::NORMAL,
            ended_by: "caller".into(),
            queue: Some(QueueId::of("support")),
            queue_name: Some("support".into()),
            contact: None,
            agent: None,
            agent_name: None,
            phone: None,
            phone_name: None,
            trunk_out: None,
            trunk_out_name: None,
            waited_ms: 41_000,
            talked_ms: 0,
            held_ms: 0,
            capture: None,
            recording: None,
            recording_purged: None,
            digits: "1".into(),
            media: None,
        }
    }

    #[test]
    fn a_call_is_one_line() {
        let text = list(&[row()], &TimeZone::UTC);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 2);
        let words =
            "c100000003  2026-11-21 22:26:40  trunk:acme  +359888123456  +442079460001  -   abandoned  support  -";
        assert!(lines[1].starts_with(words), "{text}");
        assert!(lines[1].ends_with(" 00:41   00:00  16, normal clearing"), "{text}");
        assert_eq!(list(&[], &TimeZone::UTC), "no calls\n");
    }

    #[test]
    fn json_has_times_in_milliseconds_and_names() {
        let call = call_json(&row());
        assert_eq!(call["started"], 1_795_300_000_123_u64);
        assert_eq!((&call["queue_name"], &call["source"]), (&"support".into(), &"trunk:acme".into()));
        assert_eq!((&call["agent"], &call["agent_name"]), (&Value::Null, &Value::Null));
    }

    #[test]
    fn a_call_says_whom_it_reached() {
        let out = CallRow { trunk_out: Some(TrunkId::of("beta")), trunk_out_name: Some("beta".into()), ..row() };
        assert!(list(std::slice::from_ref(&out), &TimeZone::UTC).contains("  trunk:beta  "));
        assert_eq!(call_json(&out)["direction"], "transit");
        let phone = terms::PhoneId::of("desk1");
        let row = CallRow { phone: Some(phone), phone_name: Some("desk1".into()), ..row() };
        assert_eq!((to(&row).as_deref(), direction(&row)), (Some("phone:desk1"), Direction::Inbound));
    }
}
