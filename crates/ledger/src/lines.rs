//! The rows of a group, by table, and how each fills its statement. They are written into the daybook as well: a
//! field that comes later must be an `Option` or have a default, or the lines of an older version cannot be read.

use crate::insert::{Filling, Row};
use crate::values::Keyed;
use acd::StatusKind;
use call::cdr::{By, CallEvent, CallEventKind, CallRecord, Outcome, Recording};
use serde::{Deserialize, Serialize};
use std::borrow::Cow;
use terms::{AgentId, CallRef, CaptureId, PhoneId, Told};

/// A row of `calls`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct CallLine {
    call: i64,
    sip_call_id: String,
    source: sip::Source,
    caller: String,
    called: String,
    started: i64,
    answered: Option<i64>,
    connected: Option<i64>,
    ended: Option<i64>,
    outcome: Told<Outcome>,
    status: Option<u16>,
    cause: u8,
    ended_by: Told<By>,
    queue: Option<i64>,
    contact: Option<i64>,
    agent: Option<i64>,
    waited_ms: i64,
    talked_ms: i64,
    held_ms: i64,
    capture: Option<i64>,
    digits: String,
    packets_received: Option<i64>,
    packets_sent: Option<i64>,
    packets_lost: Option<i64>,
    packets_dropped: Option<i64>,
    jitter_us: Option<i64>,
    round_trip_us: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    trunk_out: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<i64>,
}

/// A length or a count as a column; no real one is cut.
pub(crate) fn count(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

impl From<CallRecord> for CallLine {
    fn from(record: CallRecord) -> CallLine {
        let media = |field: fn(&media::StreamTotals) -> u64| record.media.as_ref().map(|totals| count(field(totals)));
        CallLine {
            call: record.call.0.cast_signed(),
            source: record.source,
            caller: record.caller.reveal().clone(),
            called: record.called.reveal().clone(),
            started: record.started.as_millis(),
            answered: record.answered.map(|at| at.as_millis()),
            connected: record.connected.map(|at| at.as_millis()),
            ended: record.ended.map(|at| at.as_millis()),
            outcome: record.outcome.into(),
            status: record.status,
            cause: record.cause.0,
            ended_by: record.ended_by.into(),
            queue: record.queue.map(|id| id.0.cast_signed()),
            contact: record.contact.map(|id| id.0.cast_signed()),
            agent: record.agent.map(|id| id.0.cast_signed()),
            waited_ms: count(record.waited_ms),
            talked_ms: count(record.talked_ms),
            held_ms: count(record.held_ms),
            capture: record.capture.map(|id| id.0.cast_signed()),
            packets_received: media(|m| m.packets_received),
            packets_sent: media(|m| m.packets_sent),
            packets_lost: media(|m| m.packets_lost),
            packets_dropped: media(|m| m.packets_dropped),
            jitter_us: media(|m| m.jitter_us),
            round_trip_us: record.media.as_ref().and_then(|totals| totals.round_trip_us).map(count),
            trunk_out: record.trunk_out.map(|id| id.0.cast_signed()),
            phone: record.phone.map(|id| id.0.cast_signed()),
            sip_call_id: record.sip_call_id,
            digits: record.digits,
        }
    }
}

impl Row for CallLine {
    fn fill(&self, statement: Filling) -> Filling {
        let (source_kind, source) = match self.source {
            sip::Source::Trunk(trunk) => ("trunk", trunk.0),
            sip::Source::Phone(phone) => ("phone", phone.0),
        };
        statement
            .bind(self.call)
            .bind(self.sip_call_id.as_str())
            .bind(source_kind)
            .bind(source.cast_signed())
            .bind(self.caller.as_str())
            .bind(self.called.as_str())
            .bind(self.started)
            .bind(self.answered)
            .bind(self.connected)
            .bind(self.ended)
            .bind(self.outcome.word())
            .bind(self.status)
            .bind(self.cause)
            .bind(self.ended_by.word())
            .bind(self.queue)
            .bind(self.contact)
            .bind(self.agent)
            .bind(self.waited_ms)
            .bind(self.talked_ms)
            .bind(self.held_ms)
            .bind(self.capture)
            .bind(self.digits.as_str())
            .bind(self.packets_received)
            .bind(self.packets_sent)
            .bind(self.packets_lost)
            .bind(self.packets_dropped)
            .bind(self.jitter_us)
            .bind(self.round_trip_us)
            .bind(self.trunk_out)
            .bind(self.phone)
    }
}

/// A row of `events`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct EventLine {
    id: i64,
    pub at: i64,
    pub call: Option<i64>,
    pub queue: Option<i64>,
    pub contact: Option<i64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub segment: Option<u16>,
    pub agent: Option<i64>,
    /// The event as JSON; what columns of their own take out of it is picked out when the row is written.
    detail: String,
}

/// What columns of their own show of an event.
#[derive(Default, Deserialize)]
pub(crate) struct Columns<'a> {
    #[serde(borrow)]
    pub kind: &'a str,
    pub waited_ms: Option<i64>,
    pub rang_ms: Option<i64>,
    pub talked_ms: Option<i64>,
    pub held_ms: Option<i64>,
    pub wrapped_ms: Option<i64>,
    #[serde(borrow)]
    pub why: Option<Cow<'a, str>>,
    #[serde(borrow)]
    pub contact_kind: Option<&'a str>,
}

/// A row of `events` with what was picked out.
pub(crate) struct ToldEvent<'a> {
    pub line: &'a EventLine,
    pub columns: Columns<'a>,
}

impl EventLine {
    pub(crate) fn renumber(&mut self) {
        self.id = crate::batch::renumbered(self.id);
    }

    pub(crate) fn new(id: i64, event: CallEvent) -> EventLine {
        EventLine {
            id,
            at: event.at.as_millis(),
            call: event.call.map(|id| id.0.cast_signed()),
            queue: event.queue.map(|id| id.0.cast_signed()),
            contact: event.contact.map(|id| id.0.cast_signed()),
            segment: event.segment,
            agent: event.agent.map(|id| id.0.cast_signed()),
            detail: serde_json::to_string(&event.what).expect("words and numbers are always JSON"),
        }
    }
}

impl<'a> From<&'a EventLine> for ToldEvent<'a> {
    fn from(line: &'a EventLine) -> ToldEvent<'a> {
        ToldEvent { line, columns: serde_json::from_str(&line.detail).unwrap_or_default() }
    }
}

impl Row for ToldEvent<'_> {
    fn fill(&self, statement: Filling) -> Filling {
        let ToldEvent { line, columns } = self;
        statement
            .bind(line.id)
            .bind(line.at)
            .bind(line.call)
            .bind(line.queue)
            .bind(line.contact)
            .bind(line.segment)
            .bind(line.agent)
            .bind(columns.kind)
            .bind(columns.waited_ms)
            .bind(columns.rang_ms)
            .bind(columns.talked_ms)
            .bind(line.detail.as_str())
    }
}

/// A row of `recordings`, but for the hash.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct RecordingLine {
    capture: i64,
    call: i64,
    started: i64,
    file: String,
    duration_ms: i64,
    gap_ms: i64,
    fault: Option<String>,
}

impl From<Recording> for RecordingLine {
    fn from(recording: Recording) -> RecordingLine {
        RecordingLine {
            capture: recording.capture.0.cast_signed(),
            call: recording.call.0.cast_signed(),
            started: recording.started.as_millis(),
            file: recording.summary.file,
            duration_ms: count(recording.summary.duration_ms),
            gap_ms: count(recording.summary.gap_ms),
            fault: recording.summary.fault,
        }
    }
}

/// The hash of a recording.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct SealLine {
    capture: i64,
    sha256: String,
}

impl SealLine {
    pub(crate) fn new(capture: CaptureId, sha256: &[u8; 32]) -> SealLine {
        let sha256 = sha256.iter().map(|byte| format!("{byte:02x}")).collect();
        SealLine { capture: capture.0.cast_signed(), sha256 }
    }
}

/// A row of `agents`.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct AgentLine {
    agent: i64,
    status: Told<StatusKind>,
    reason: Option<String>,
    since: i64,
}

impl AgentLine {
    /// What an event tells of its agent's status.
    pub(crate) fn of(event: &CallEvent) -> Option<AgentLine> {
        let (Some(agent), CallEventKind::AgentState { status, reason, .. }) = (event.agent, &event.what) else {
            return None;
        };
        let (status, reason, since) = (status.clone(), reason.clone(), event.at.as_millis());
        Some(AgentLine { agent: agent.0.cast_signed(), status, reason, since })
    }

    /// Whether it says the same of its agent, if perhaps later.
    pub(crate) fn says_as(&self, other: &AgentLine) -> bool {
        (self.agent, &self.status, &self.reason) == (other.agent, &other.status, &other.reason)
    }

    pub(crate) fn agent(&self) -> AgentId {
        AgentId(self.agent.cast_unsigned())
    }
}

/// A row of `bindings`.
impl Row for sip::BindingChange {
    fn fill(&self, statement: Filling) -> Filling {
        let transport = match self.transport {
            sip::Transport::Udp => "udp",
            sip::Transport::Tcp => "tcp",
        };
        statement
            .bind(self.phone.0.cast_signed())
            .bind(self.key.as_str())
            .bind(self.contact.reveal().as_str())
            .bind(self.remote.to_string())
            .bind(transport)
            .bind(self.local.to_string())
            .bind(self.q)
            .bind(self.call_id.as_str())
            .bind(self.cseq)
            .bind(self.expires.as_millis())
    }
}

impl Keyed for CallLine {
    type Key = CallRef;
    fn key(&self) -> CallRef {
        CallRef(self.call.cast_unsigned())
    }
}

impl Keyed for RecordingLine {
    type Key = CaptureId;
    fn key(&self) -> CaptureId {
        CaptureId(self.capture.cast_unsigned())
    }
}

impl Keyed for SealLine {
    type Key = CaptureId;
    fn key(&self) -> CaptureId {
        CaptureId(self.capture.cast_unsigned())
    }
}

impl Keyed for sip::BindingChange {
    type Key = (PhoneId, String);
    fn key(&self) -> (PhoneId, String) {
        (self.phone, self.key.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An agent's line as it was written before its word was an enum, and one that a later version may write.
    #[test]
    fn a_line_keeps_its_words_and_those_of_another_version() {
        for line in [
            r#"{"agent":5,"status":"not_ready","reason":"lunch","since":1795300000000}"#,
            r#"{"agent":5,"status":"ready","reason":null,"since":1795300000000}"#,
            r#"{"agent":5,"status":"asleep","reason":null,"since":1795300000000}"#,
        ] {
            let read: AgentLine = serde_json::from_str(line).expect(line);
            assert_eq!(serde_json::to_string(&read).expect("words and numbers are always JSON"), line);
        }
    }
}
