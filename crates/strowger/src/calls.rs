//! `strowger calls`: the account, read beside a running switch or without one. Numbers are shown in
//! clear: this is what the account is for.

use crate::admin::table::{clock, columns};
use crate::cli::{self, CallsArgs};
use crate::files::Places;
use anyhow::Context as _;
use call::cdr::{CallEvent, CallEventKind};
use jiff::{Timestamp, tz::TimeZone};
use ledger::{CallFilter, CallRow, Names, Reader, RecordingRow};
use serde_json::{Value, json};
use terms::{AgentId, CallRef, QueueId, Wall};

/// The calls as a table, in the order given.
pub fn table(rows: &[CallRow]) -> String {
    list(rows, &TimeZone::system())
}

/// Prints the calls that the arguments name.
pub fn calls(args: &CallsArgs) -> anyhow::Result<()> {
    let url = match &args.database {
        Some(url) => url.clone(),
        None => Places::find(args.config.as_deref()).context("which account?")?.database,
    };
    let filter = filter(args)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let text = runtime.block_on(async {
        let reader = Reader::open(&url).await?;
        let rows = reader.calls(args.limit, &filter).await?;
        match (filter.call, args.json) {
            (Some(_), _) => detail(&reader, &rows, args.json).await,
            (None, true) => Ok(pretty(&Value::Array(rows.iter().map(call_json).collect()))?),
            (None, false) => Ok(table(&rows)),
        }
    })?;
    cli::say(&text)
}

fn filter(args: &CallsArgs) -> anyhow::Result<CallFilter> {
    const OUTCOMES: [&str; 6] = ["open", "answered", "abandoned", "finished", "failed", "node_lost"];
    if let Some(outcome) = &args.outcome {
        let known = OUTCOMES.contains(&outcome.as_str());
        anyhow::ensure!(known, "there is no outcome \"{outcome}\": it is one of {}", OUTCOMES.join(", "));
    }
    Ok(CallFilter {
        call: args.call.as_deref().map(call_ref).transpose()?,
        since: None,
        outcome: args.outcome.clone(),
        queue: args.queue.as_deref().map(QueueId::of),
        agent: args.agent.as_deref().map(AgentId::of),
    })
}

/// A call as the list shows it: `c` and hexadecimal digits.
fn call_ref(text: &str) -> anyhow::Result<CallRef> {
    let digits = text.strip_prefix('c').unwrap_or(text);
    let id = u64::from_str_radix(digits, 16).with_context(|| {
        format!("\"{text}\" is not a call: take one from the first column of `strowger calls`, such as c100000001")
    })?;
    Ok(CallRef(id))
}

fn pretty(value: &Value) -> anyhow::Result<String> {
    Ok(format!("{}\n", serde_json::to_string_pretty(value)?))
}

fn local(at: Wall, zone: &TimeZone) -> String {
    let Ok(at) = Timestamp::from_millisecond(at.as_millis()) else { return "-".into() };
    at.to_zoned(zone.clone()).strftime("%Y-%m-%d %H:%M:%S").to_string()
}

fn source(row: &CallRow) -> (&'static str, String) {
    let (kind, id) = match row.source {
        sip::Source::Trunk(id) => ("trunk", id.to_string()),
        sip::Source::Phone(id) => ("phone", id.to_string()),
    };
    (kind, row.source_name.clone().unwrap_or(id))
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
        "caller": row.caller.reveal(),
        "called": row.called.reveal(),
        "started": row.started.as_millis(),
        "answered": row.answered.map(Wall::as_millis),
        "connected": row.connected.map(Wall::as_millis),
        "ended": row.ended.map(Wall::as_millis),
        "outcome": row.outcome,
        "status": row.status,
        "cause": row.cause.0,
        "cause_text": row.cause.text(),
        "ended_by": row.ended_by,
        "queue": row.queue.map(|queue| queue.to_string()),
        "queue_name": row.queue_name,
        "contact": row.contact.map(|contact| contact.to_string()),
        "agent": row.agent.map(|agent| agent.to_string()),
        "agent_name": row.agent_name,
        "waited_ms": row.waited_ms,
        "talked_ms": row.talked_ms,
        "held_ms": row.held_ms,
        "digits": row.digits,
        "recording": row.recording,
        "media": row.media,
    })
}

/// One call with its events and recordings.
async fn detail(reader: &Reader, rows: &[CallRow], as_json: bool) -> anyhow::Result<String> {
    let Some(row) = rows.first() else {
        return Ok(if as_json { "[]\n".into() } else { "no such call\n".into() });
    };
    let story = Story {
        row,
        events: reader.events(row.call).await?,
        recordings: reader.recordings(100, Some(row.call)).await?,
        names: reader.names().await?,
    };
    if as_json { pretty(&json!([story.json()?])) } else { Ok(story.text(&TimeZone::system())) }
}

/// Everything about one call.
struct Story<'a> {
    row: &'a CallRow,
    events: Vec<CallEvent>,
    recordings: Vec<RecordingRow>,
    names: Names,
}

impl Story<'_> {
    fn json(&self) -> anyhow::Result<Value> {
        let mut call = call_json(self.row);
        let event = |event: &CallEvent| {
            let mut line = serde_json::to_value(&event.what)?;
            line["at"] = event.at.as_millis().into();
            line["agent_name"] = event.agent.and_then(|agent| self.names.agents.get(&agent)).cloned().into();
            line["queue_name"] = event.queue.and_then(|queue| self.names.queues.get(&queue)).cloned().into();
            Ok(line)
        };
        call["events"] = self.events.iter().map(event).collect::<anyhow::Result<Vec<_>>>()?.into();
        call["recordings"] = self
            .recordings
            .iter()
            .map(|recording| {
                json!({
                    "file": recording.file,
                    "started": recording.started.as_millis(),
                    "duration_ms": recording.duration_ms,
                    "gap_ms": recording.gap_ms,
                    "fault": recording.fault,
                    "sha256": recording.sha256,
                })
            })
            .collect();
        Ok(call)
    }

    /// Seconds after the call's start.
    fn after(&self, at: Wall) -> String {
        let ms = at.as_millis() - self.row.started.as_millis();
        format!("{:+}.{:03} s", ms / 1_000, ms.unsigned_abs() % 1_000)
    }

    fn text(&self, zone: &TimeZone) -> String {
        let row = self.row;
        let (kind, from) = source(row);
        let mut lines = vec![
            ("call", format!("{}   {}", row.call, row.outcome)),
            ("from", format!("{kind}:{from}   {} to {}", row.caller.reveal(), row.called.reveal())),
            ("Call-ID", row.sip_call_id.clone()),
            ("started", local(row.started, zone)),
        ];
        let moments = [("answered", row.answered), ("connected", row.connected), ("ended", row.ended)];
        lines.extend(moments.into_iter().filter_map(|(what, at)| Some((what, self.after(at?)))));
        if row.outcome != "open" {
            lines.push(("cause", format!("{}, by the {}", row.cause, row.ended_by)));
        }
        if let Some(agent) = name(row.agent_name.as_ref(), row.agent) {
            lines.push(("agent", agent));
        }
        let (waited, talked, held) = (clock(row.waited_ms), clock(row.talked_ms), clock(row.held_ms));
        lines.push(("times", format!("waited {waited}   talked {talked}   held {held}")));
        if !row.digits.is_empty() {
            lines.push(("keys", row.digits.clone()));
        }
        for recording in &self.recordings {
            let fault = recording.fault.as_ref().map_or_else(String::new, |fault| format!("   {fault}"));
            let (length, gap) = (clock(recording.duration_ms), recording.gap_ms);
            lines.push(("recording", format!("{}   {length}   gap {gap} ms{fault}", recording.file)));
        }
        lines.extend(
            self.events.iter().map(|event| ("", format!("{:>10}  {}", self.after(event.at), self.words(event)))),
        );
        lines.iter().map(|(head, words)| format!("{head:10} {words}\n")).collect()
    }

    /// An event in words.
    fn words(&self, event: &CallEvent) -> String {
        let agent =
            event.agent.map_or_else(String::new, |id| name(self.names.agents.get(&id), Some(id)).unwrap_or_default());
        let queue =
            event.queue.map_or_else(String::new, |id| name(self.names.queues.get(&id), Some(id)).unwrap_or_default());
        match &event.what {
            CallEventKind::Entered { position } => format!("entered {queue} at place {position}"),
            CallEventKind::Offered => format!("offered to {agent}"),
            CallEventKind::OfferFailed { why, rang_ms } => {
                format!("{agent}: {}, rang {}", why.replace('_', " "), clock(*rang_ms))
            }
            CallEventKind::Connected { waited_ms, .. } => format!("talks to {agent} after {}", clock(*waited_ms)),
            CallEventKind::Completed { by, talked_ms } => {
                format!("over after {}, by the {}", clock(*talked_ms), format!("{by:?}").to_lowercase())
            }
            CallEventKind::Abandoned { waited_ms } => format!("left {queue} after {}", clock(*waited_ms)),
            CallEventKind::Overflowed { why, waited_ms } => {
                format!("sent on by {queue} after {}: {}", clock(*waited_ms), why.replace('_', " "))
            }
            CallEventKind::AgentState { status, work, .. } => format!("{agent} is {status}, {work}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use terms::{Cause, Pii, TrunkId};

    fn row() -> CallRow {
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
            status: None,
            cause: Cause::NORMAL,
            ended_by: "caller".into(),
            queue: Some(QueueId::of("support")),
            queue_name: Some("support".into()),
            contact: None,
            agent: None,
            agent_name: None,
            waited_ms: 41_000,
            talked_ms: 0,
            held_ms: 0,
            capture: None,
            recording: None,
            digits: "1".into(),
            media: None,
        }
    }

    #[test]
    fn a_call_is_one_line() {
        let text = list(&[row()], &TimeZone::UTC);
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 2);
        let words = "c100000003  2026-11-21 22:26:40  trunk:acme  +359888123456  +442079460001  abandoned  support  -";
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
    fn a_call_is_named_as_the_list_shows_it() {
        assert_eq!(call_ref("c100000003").unwrap(), CallRef(0x1_0000_0003));
        assert!(call_ref("7 or 1=1").unwrap_err().to_string().contains("is not a call"));
    }

    #[test]
    fn a_call_is_told_as_a_story() {
        let row = CallRow { ended: Some(Wall::from_millis(1_795_300_043_500)), ..row() };
        let at = |ms: i64, what| {
            let (queue, agent) = (Some(QueueId::of("support")), Some(AgentId::of("bob")));
            CallEvent {
                at: Wall::from_millis(1_795_300_000_123 + ms),
                call: Some(row.call),
                queue,
                contact: None,
                agent,
                what,
            }
        };
        let events = vec![
            at(2_000, CallEventKind::Entered { position: 2 }),
            at(30_000, CallEventKind::OfferFailed { why: "no_answer".into(), rang_ms: 20_000 }),
            at(43_000, CallEventKind::Abandoned { waited_ms: 41_000 }),
        ];
        let names = Names {
            agents: [(AgentId::of("bob"), "bob".into())].into(),
            queues: [(QueueId::of("support"), "support".into())].into(),
        };
        let story = Story { row: &row, events, recordings: vec![], names };
        let expected = "\
call       c100000003   abandoned
from       trunk:acme   +359888123456 to +442079460001
Call-ID    a@b
started    2026-11-21 22:26:40
answered   +0.877 s
ended      +43.377 s
cause      16, normal clearing, by the caller
times      waited 00:41   talked 00:00   held 00:00
keys       1
             +2.000 s  entered support at place 2
            +30.000 s  bob: no answer, rang 00:20
            +43.000 s  left support after 00:41
";
        assert_eq!(story.text(&TimeZone::UTC), expected);
        assert_eq!(story.json().unwrap()["events"][1]["agent_name"], "bob");
    }
}
