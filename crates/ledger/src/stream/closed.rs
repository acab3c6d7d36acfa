//! How a call ended, as the stream tells it: from its record, or from its row.

use crate::row::call_row;
use call::cdr::CallRecord;
use serde::Serialize;
use sqlx::sqlite::SqliteRow;
use terms::{Wall, Word as _};

/// The end of a call.
#[derive(Debug, Serialize)]
pub(super) struct Closed {
    call: String,
    outcome: String,
    merged_into: Option<String>,
    status: Option<u16>,
    cause: u8,
    ended_by: String,
    started: Wall,
    answered: Option<Wall>,
    connected: Option<Wall>,
    ended: Option<Wall>,
    queue: Option<String>,
    contact: Option<String>,
    agent: Option<String>,
    phone: Option<String>,
    trunk_out: Option<String>,
    waited_ms: u64,
    talked_ms: u64,
    held_ms: u64,
    capture: Option<String>,
    digits: String,
}

fn text(id: Option<impl ToString>) -> Option<String> {
    id.map(|id| id.to_string())
}

impl From<&CallRecord> for Closed {
    fn from(record: &CallRecord) -> Closed {
        Closed {
            call: record.call.to_string(),
            outcome: record.outcome.word().to_owned(),
            merged_into: text(record.joined),
            status: record.status,
            cause: record.cause.0,
            ended_by: record.ended_by.word().to_owned(),
            started: record.started,
            answered: record.answered,
            connected: record.connected,
            ended: record.ended,
            queue: text(record.queue),
            contact: text(record.contact),
            agent: text(record.agent),
            phone: text(record.phone),
            trunk_out: text(record.trunk_out),
            waited_ms: record.waited_ms,
            talked_ms: record.talked_ms.saturating_sub(record.held_ms),
            held_ms: record.held_ms,
            capture: text(record.capture),
            digits: record.digits.clone(),
        }
    }
}

impl Closed {
    /// From a row with the names of its ids.
    pub fn of_row(row: &SqliteRow) -> sqlx::Result<Closed> {
        let call = call_row(row)?;
        Ok(Closed {
            call: call.call.to_string(),
            outcome: call.outcome,
            merged_into: text(call.merged_into),
            status: call.status,
            cause: call.cause.0,
            ended_by: call.ended_by,
            started: call.started,
            answered: call.answered,
            connected: call.connected,
            ended: call.ended,
            queue: text(call.queue),
            contact: text(call.contact),
            agent: text(call.agent),
            phone: text(call.phone),
            trunk_out: text(call.trunk_out),
            waited_ms: call.waited_ms,
            talked_ms: call.talked_ms,
            held_ms: call.held_ms,
            capture: text(call.capture),
            digits: call.digits,
        })
    }
}
