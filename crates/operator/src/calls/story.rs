//! One call from its beginning to its end, for people and as JSON.

use super::{call_json, local, name, source, to};
use crate::admin::table::clock;
use crate::style::harmless;
use call::cdr::{CallEvent, CallEventKind};
use jiff::tz::TimeZone;
use ledger::{CallRow, LegRow, Names, ParkingRow, RecordingRow, SeatRow, WatchRow};
use serde_json::{Value, json};
use terms::{CallRef, Wall, Word as _};

/// Everything about one call.
pub struct Story<'a> {
    /// Its row.
    pub row: &'a CallRow,
    /// What happened in its queues.
    pub events: Vec<CallEvent>,
    /// Its legs that are gone.
    pub legs: Vec<LegRow>,
    /// Who of it was parked.
    pub parkings: Vec<ParkingRow>,
    /// Who has watched it.
    pub watches: Vec<WatchRow>,
    /// Who was in the room that it was; or, where it went on in one, who of it.
    pub seats: Vec<SeatRow>,
    /// Its recordings.
    pub recordings: Vec<RecordingRow>,
    /// What the operator calls agents and queues.
    pub names: Names,
}

impl Story<'_> {
    /// As JSON.
    pub fn json(&self) -> anyhow::Result<Value> {
        let mut call = call_json(self.row);
        let event = |event: &CallEvent| {
            let mut line = serde_json::to_value(&event.what)?;
            // As everywhere but in the event itself, talk does not include hold.
            if let CallEventKind::Completed { talked_ms, held_ms, .. } = &event.what {
                line["talked_ms"] = talked_ms.saturating_sub(*held_ms).into();
            }
            line["at"] = event.at.as_millis().into();
            line["agent_name"] = event.agent.and_then(|agent| self.names.agents.get(&agent)).cloned().into();
            line["queue_name"] = event.queue.and_then(|queue| self.names.queues.get(&queue)).cloned().into();
            Ok(line)
        };
        call["events"] = self.events.iter().map(event).collect::<anyhow::Result<Vec<_>>>()?.into();
        call["legs"] = self.legs.iter().map(leg_json).collect();
        call["parked"] = self.parkings.iter().map(|parking| self.parking_json(parking)).collect();
        call["watched"] = self.watches.iter().map(watch_json).collect();
        call["seats"] = self.seats.iter().map(seat_json).collect();
        call["recordings"] = self
            .recordings
            .iter()
            .map(|recording| {
                json!({
                    "file": recording.file,
                    "purged": recording.purged.map(Wall::as_millis),
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

    /// In words, with times of `zone`.
    pub fn text(&self, zone: &TimeZone) -> String {
        let row = self.row;
        let (kind, from) = source(row);
        let mut lines = vec![
            ("call", format!("{}   {}", row.call, row.outcome)),
            ("from", format!("{kind}:{from}   {} to {}", row.caller.reveal(), row.called.reveal())),
            ("Call-ID", row.sip_call_id.clone()),
            ("messages", format!("strowger calls --ladder {}, while they are kept", row.call)),
            ("started", local(row.started, zone)),
        ];
        let moments = [("answered", row.answered), ("connected", row.connected), ("ended", row.ended)];
        lines.extend(moments.into_iter().filter_map(|(what, at)| Some((what, self.after(at?)))));
        lines.extend(row.merged_into.map(|into| ("joined", format!("whoever was left goes on in {into}"))));
        if row.outcome != "open" {
            lines.push(("cause", format!("{}, by the {}", row.cause, row.ended_by)));
        }
        if let Some(agent) = name(row.agent_name.as_ref(), row.agent) {
            lines.push(("agent", agent));
        }
        lines.extend(to(row).map(|to| ("to", to)));
        let (waited, talked, held) = (clock(row.waited_ms), clock(row.talked_ms), clock(row.held_ms));
        lines.push(("times", format!("waited {waited}   talked {talked}   held {held}")));
        if !row.digits.is_empty() {
            lines.push(("keys", row.digits.clone()));
        }
        lines.extend(self.legs.iter().map(|leg| ("leg", self.leg(leg))));
        for recording in &self.recordings {
            let fault = recording.fault.as_ref().map_or_else(String::new, |fault| format!("   {fault}"));
            let (length, gap) = (clock(recording.duration_ms), recording.gap_ms);
            let file = match (&recording.file, recording.purged) {
                (Some(file), _) => file.clone(),
                (None, purged) => {
                    format!("removed {}", purged.map_or_else(String::new, |at| local(at, zone)))
                }
            };
            lines.push(("recording", format!("{file}   {length}   gap {gap} ms{fault}")));
        }
        lines.extend(self.parkings.iter().map(|parking| ("parked", self.parking(parking))));
        lines.extend(self.seats.iter().map(|seat| ("room", self.seat(seat))));
        lines.extend(self.watches.iter().map(|watch| ("watched", self.watch(watch))));
        lines.extend(
            self.events.iter().map(|event| ("", format!("{:>10}  {}", self.after(event.at), self.words(event)))),
        );
        lines.iter().map(|(head, words)| told(head, words)).collect()
    }

    /// A leg in words.
    fn leg(&self, leg: &LegRow) -> String {
        let agent = leg.agent.as_ref().map_or_else(String::new, |agent| format!(" (agent {agent})"));
        let forwarded =
            leg.forwarded.as_ref().map_or_else(String::new, |by| format!(", forwarded by {}", by.replace('_', " ")));
        let charged = leg.charged_to.as_ref().map_or_else(String::new, |who| format!(", on account of {who}"));
        if let Some((call, nth)) = leg.to {
            let until = leg.ended.map_or_else(String::new, |at| self.after(at));
            return format!(
                "{} {}{agent}: went on in {call} as leg {nth}   {until}{forwarded}{charged}",
                leg.role, leg.who
            );
        }
        let status = leg.status.map_or_else(String::new, |status| format!(" {status}"));
        let came = if leg.from.is_some() { "came" } else { "invited" };
        let moments =
            [(came, Some(leg.invited)), ("rang", leg.rang), ("answered", leg.answered.filter(|_| leg.from.is_none()))];
        let moments = moments.into_iter().filter_map(|(what, at)| Some(format!("{what} {}", self.after(at?))));
        let moments = moments.collect::<Vec<_>>().join("  ");
        let how = leg.how.replace('_', " ");
        let from = leg.from.map_or_else(String::new, |(call, nth)| format!(" from {call}, leg {nth}"));
        format!("{} {}{agent}{from}: {how}{status}, {}   {moments}{forwarded}{charged}", leg.role, leg.who, leg.cause)
    }

    /// Somebody who was parked, in words.
    fn parking(&self, parking: &ParkingRow) -> String {
        let by = |id: &Option<String>| id.as_ref().map_or_else(String::new, |id| format!(" by {}", self.named(id)));
        let slot = format!("in {}{}   {}", parking.slot, by(&parking.by), self.after(parking.since));
        match (&parking.how, parking.until) {
            (Some(how), Some(until)) => {
                let for_ms = until.ms_since(parking.since);
                format!("{slot} for {}: {}{}", clock(for_ms), how.replace('_', " "), by(&parking.taken_by))
            }
            _ => slot,
        }
    }

    /// Somebody who watched, in words.
    fn watch(&self, watch: &WatchRow) -> String {
        let agent = watch.agent.as_ref().map_or_else(String::new, |agent| format!(" (agent {agent})"));
        let how = match watch.mode.as_str() {
            "listen" => "listens to",
            "whisper" => "whispers to",
            "barge" => "speaks beside",
            other => other,
        };
        let for_ms = watch.until.map(|until| format!(" for {}", clock(until.ms_since(watch.since))));
        let since = self.after(watch.since);
        format!("{} {how} {}{agent}   {since}{}", watch.who, watch.whom, for_ms.unwrap_or_default())
    }

    /// Somebody who was in a room, in words.
    fn seat(&self, seat: &SeatRow) -> String {
        let host = if seat.host { " (host)" } else { "" };
        let for_ms = seat.until.map_or_else(String::new, |until| format!(" for {}", clock(until.ms_since(seat.since))));
        let number = harmless(seat.number.reveal());
        format!("{}: {} {number}{host}   {}{for_ms}", seat.room, seat.who, self.after(seat.since))
    }

    fn parking_json(&self, parking: &ParkingRow) -> Value {
        let named = |id: &Option<String>| id.as_ref().map(|id| self.named(id));
        json!({
            "nth": parking.nth,
            "slot": parking.slot,
            "by": named(&parking.by),
            "since": parking.since.as_millis(),
            "until": parking.until.map(Wall::as_millis),
            "how": parking.how,
            "taken_by": named(&parking.taken_by),
        })
    }

    /// `phone:alice`, or the id where no name was told.
    fn named(&self, id: &str) -> String {
        let phone = id.parse().ok().and_then(|id| self.names.phones.get(&id)).map(|name| format!("phone:{name}"));
        let trunk = || id.parse().ok().and_then(|id| self.names.trunks.get(&id)).map(|name| format!("trunk:{name}"));
        phone.or_else(trunk).unwrap_or_else(|| id.to_owned())
    }

    /// An event in words.
    fn words(&self, event: &CallEvent) -> String {
        let agent =
            event.agent.map_or_else(String::new, |id| name(self.names.agents.get(&id), Some(id)).unwrap_or_default());
        let queue =
            event.queue.map_or_else(String::new, |id| name(self.names.queues.get(&id), Some(id)).unwrap_or_default());
        match &event.what {
            CallEventKind::Entered { position, .. } => format!("entered {queue} at place {position}"),
            CallEventKind::Picked => format!("{agent} takes it out of turn"),
            CallEventKind::Offered { .. } => format!("offered to {agent}"),
            CallEventKind::OfferFailed { why, rang_ms, .. } => {
                format!("{agent}: {}, rang {}", why.word().replace('_', " "), clock(*rang_ms))
            }
            CallEventKind::Connected { waited_ms, .. } => format!("talks to {agent} after {}", clock(*waited_ms)),
            CallEventKind::Completed { by, talked_ms, .. } => {
                format!("over after {}, by the {}", clock(*talked_ms), by.word())
            }
            CallEventKind::Abandoned { waited_ms, .. } => format!("left {queue} after {}", clock(*waited_ms)),
            CallEventKind::Overflowed { why, waited_ms, .. } => {
                format!("sent on by {queue} after {}: {}", clock(*waited_ms), why.word().replace('_', " "))
            }
            CallEventKind::Withdrawn { why, waited_ms, .. } => {
                format!("out of {queue} after {}: {}", clock(*waited_ms), why.word().replace('_', " "))
            }
            CallEventKind::TakenOver { joins: true } => format!("{agent} joins"),
            CallEventKind::TakenOver { joins: false } => format!("handed over to {agent}"),
            CallEventKind::Disposed { disposition, .. } => format!("{agent} says: {disposition}"),
            CallEventKind::AgentState { status, work, reachable, .. } => {
                let phone = if *reachable == Some(false) { ", without a phone" } else { "" };
                format!("{agent} is {status}, {work}{phone}")
            }
        }
    }
}

/// The columns of a terminal that nobody made wider.
const WIDTH: usize = 80;

/// A line: its head, and its words beside it, in as many lines as they need. Words of an event stand behind its time.
fn told(head: &str, words: &str) -> String {
    let indent = if head.is_empty() { 23 } else { 11 };
    let (mut text, mut column) = (format!("{head:10}"), 10);
    for word in words.split(' ') {
        let length = word.chars().count();
        if column + 1 + length > WIDTH && column > indent && length > 0 {
            text.truncate(text.trim_end().len());
            text += &format!("\n{:indent$}{word}", "");
            column = indent + length;
        } else {
            text += &format!(" {word}");
            column += 1 + length;
        }
    }
    text + "\n"
}

/// A leg as JSON: times in milliseconds, as everywhere.
fn leg_json(leg: &LegRow) -> Value {
    json!({
        "nth": leg.nth,
        "role": leg.role,
        "who": leg.who,
        "agent": leg.agent,
        "invited": leg.invited.as_millis(),
        "rang": leg.rang.map(Wall::as_millis),
        "answered": leg.answered.map(Wall::as_millis),
        "ended": leg.ended.map(Wall::as_millis),
        "how": leg.how,
        "status": leg.status,
        "cause": leg.cause.0,
        "from": leg.from.map(place),
        "to": leg.to.map(place),
        "charged_to": leg.charged_to,
        "forwarded": leg.forwarded,
    })
}

/// A stretch of watching as JSON.
fn watch_json(watch: &WatchRow) -> Value {
    json!({
        "nth": watch.nth,
        "leg": watch.leg,
        "who": watch.who,
        "of_leg": watch.of_leg,
        "whom": watch.whom,
        "agent": watch.agent,
        "mode": watch.mode,
        "since": watch.since.as_millis(),
        "until": watch.until.map(Wall::as_millis),
    })
}

/// A seat in a room as JSON.
fn seat_json(seat: &SeatRow) -> Value {
    json!({
        "call": seat.call.to_string(),
        "nth": seat.nth,
        "room": seat.room,
        "leg": seat.leg,
        "who": seat.who,
        "number": seat.number.reveal(),
        "host": seat.host,
        "since": seat.since.as_millis(),
        "until": seat.until.map(Wall::as_millis),
    })
}

fn place((call, nth): (CallRef, u16)) -> Value {
    json!({ "call": call.to_string(), "nth": nth })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calls::tests::row;
    use terms::{AgentId, PhoneId, QueueId};

    #[test]
    fn words_that_do_not_fit_into_a_terminal_stand_below_each_other() {
        let words = "callee phone:bob (agent bob) from c100000003, leg 2: won, 16, normal clearing   came +12.034 s  \
            rang +12.500 s, on account of phone:alice";
        let lines: Vec<String> = told("leg", words).lines().map(str::to_owned).collect();
        assert!(lines.len() == 2 && lines.iter().all(|line| line.chars().count() <= 80), "{lines:#?}");
        assert!(lines[1].starts_with("           ") && !lines[1].starts_with("            "), "{lines:#?}");
        assert_eq!(told("Call-ID", &"x".repeat(99)).lines().count(), 1, "a word is not cut");
        let event = told("", &format!("   +2.000 s  {}", "word ".repeat(20).trim()));
        assert!(event.lines().nth(1).is_some_and(|line| line.starts_with(&format!("{:23}word", ""))), "{event}");
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
                segment: None,
                agent,
                what,
            }
        };
        let events = vec![
            at(2_000, CallEventKind::Entered { position: 2, again: false, contact_kind: Default::default() }),
            at(
                30_000,
                CallEventKind::OfferFailed {
                    why: "no_answer".into(),
                    rang_ms: 20_000,
                    contact_kind: Default::default(),
                },
            ),
            at(43_000, CallEventKind::Abandoned { waited_ms: 41_000, before_ms: 0, contact_kind: Default::default() }),
        ];
        let names = Names {
            agents: [(AgentId::of("bob"), "bob".into())].into(),
            queues: [(QueueId::of("support"), "support".into())].into(),
            phones: [(PhoneId::of("desk1"), "desk1".into())].into(),
            ..Names::default()
        };
        let parkings = vec![ParkingRow {
            nth: Some(0),
            slot: 701,
            by: Some(PhoneId::of("desk1").to_string()),
            since: Wall::from_millis(1_795_300_003_123),
            until: Some(Wall::from_millis(1_795_300_015_123)),
            how: Some("retrieved".into()),
            taken_by: Some("phone-7".into()),
        }];
        let watch = |nth, mode: &str, since: i64, until: Option<i64>| WatchRow {
            nth,
            leg: Some(2),
            who: "phone:carol".into(),
            of_leg: Some(1),
            whom: "phone:desk1".into(),
            agent: Some("bob".into()),
            mode: mode.into(),
            since: Wall::from_millis(1_795_300_000_123 + since),
            until: until.map(|until| Wall::from_millis(1_795_300_000_123 + until)),
        };
        let watches = vec![watch(0, "listen", 20_000, Some(30_000)), watch(1, "whisper", 30_000, None)];
        let seat = |nth, who: &str, number: &str, host, until: Option<i64>| SeatRow {
            call: row.call,
            nth,
            room: "daily".into(),
            leg: Some(nth),
            who: who.into(),
            number: number.into(),
            host,
            since: Wall::from_millis(1_795_300_001_123),
            until: until.map(|until| Wall::from_millis(1_795_300_001_123 + until)),
        };
        let seats = vec![
            seat(0, "trunk:acme", "+359888123456", false, Some(42_000)),
            seat(1, "phone:carol", "103", true, None),
        ];
        let story = Story { row: &row, events, legs: vec![], parkings, watches, seats, recordings: vec![], names };
        let expected = "\
call       c100000003   abandoned
from       trunk:acme   +359888123456 to +442079460001
Call-ID    a@b
messages   strowger calls --ladder c100000003, while they are kept
started    2026-11-21 22:26:40
answered   +0.877 s
ended      +43.377 s
cause      16, normal clearing, by the caller
times      waited 00:41   talked 00:00   held 00:00
keys       1
parked     in 701 by phone:desk1   +3.000 s for 00:12: retrieved by phone-7
room       daily: trunk:acme +359888123456   +1.000 s for 00:42
room       daily: phone:carol 103 (host)   +1.000 s
watched    phone:carol listens to phone:desk1 (agent bob)   +20.000 s for 00:10
watched    phone:carol whispers to phone:desk1 (agent bob)   +30.000 s
             +2.000 s  entered support at place 2
            +30.000 s  bob: no answer, rang 00:20
            +43.000 s  left support after 00:41
";
        assert_eq!(story.text(&TimeZone::UTC), expected);
        let json = story.json().unwrap();
        assert_eq!((&json["events"][1]["agent_name"], &json["watched"][1]["mode"]), (&json!("bob"), &json!("whisper")));
    }
}
