//! The rows of a group, by table, and how each fills its statement. They are written into the daybook as well: a
//! field that comes later must be an `Option` or have a default, or the lines of an older version cannot be read.

use crate::insert::{Filling, Row};
use crate::values::Keyed;
use acd::StatusKind;
use call::cdr::{CallEvent, CallEventKind, Recording};
use serde::{Deserialize, Serialize};
use terms::{AgentId, CaptureId, PhoneId, Told};

/// A length or a count as a column; no real one is cut.
pub(crate) fn count(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
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
        statement
            .bind(self.phone.0.cast_signed())
            .bind(self.key.as_str())
            .bind(self.contact.reveal().as_str())
            .bind(self.remote.to_string())
            .bind(self.transport.name())
            .bind(self.local.to_string())
            .bind(self.q)
            .bind(self.call_id.as_str())
            .bind(self.cseq)
            .bind(self.expires.as_millis())
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
