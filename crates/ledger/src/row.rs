//! Rows of the database as values. Ids were stored by their bits, lengths as whole milliseconds.

use crate::Result;
use crate::query::{CallRow, RecordingRow};
use call::cdr::CallEvent;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use terms::{AgentId, CallRef, CaptureId, Cause, ContactId, PhoneId, Pii, QueueId, TrunkId, Wall};

pub(crate) fn unsigned(n: i64) -> u64 {
    u64::try_from(n).unwrap_or(0)
}

pub(crate) fn call_row(row: &SqliteRow) -> sqlx::Result<CallRow> {
    let id = |column: &str| Ok::<_, sqlx::Error>(row.try_get::<Option<i64>, _>(column)?.map(i64::cast_unsigned));
    let wall = |column: &str| Ok::<_, sqlx::Error>(row.try_get::<Option<i64>, _>(column)?.map(Wall::from_millis));
    let count = |column: &str| Ok::<_, sqlx::Error>(unsigned(row.try_get(column)?));
    let (talked_ms, held_ms) = (count("talked_ms")?, count("held_ms")?);
    let source = row.try_get::<i64, _>("source")?.cast_unsigned();
    Ok(CallRow {
        call: CallRef(row.try_get::<i64, _>("call")?.cast_unsigned()),
        sip_call_id: row.try_get("sip_call_id")?,
        source: match row.try_get::<String, _>("source_kind")?.as_str() {
            "phone" => sip::Source::Phone(PhoneId(source)),
            _ => sip::Source::Trunk(TrunkId(source)),
        },
        source_name: row.try_get("source_name")?,
        caller: Pii::new(row.try_get("caller")?),
        called: Pii::new(row.try_get("called")?),
        started: Wall::from_millis(row.try_get("started")?),
        answered: wall("answered")?,
        connected: wall("connected")?,
        ended: wall("ended")?,
        outcome: row.try_get("outcome")?,
        merged_into: id("merged_into")?.map(CallRef),
        status: row.try_get("status")?,
        cause: Cause(row.try_get("cause")?),
        ended_by: row.try_get("ended_by")?,
        queue: id("queue")?.map(QueueId),
        queue_name: row.try_get("queue_name")?,
        contact: id("contact")?.map(ContactId),
        agent: id("agent")?.map(AgentId),
        agent_name: row.try_get("agent_name")?,
        phone: id("phone")?.map(PhoneId),
        phone_name: row.try_get("phone_name")?,
        trunk_out: id("trunk_out")?.map(TrunkId),
        trunk_out_name: row.try_get("trunk_out_name")?,
        waited_ms: count("waited_ms")?,
        talked_ms: talked_ms.saturating_sub(held_ms),
        held_ms,
        capture: id("capture")?.map(CaptureId),
        recording: row.try_get("recording")?,
        recording_purged: wall("recording_purged")?,
        digits: row.try_get("digits")?,
        media: media(row)?,
    })
}

/// What passed through a stream, where that is known.
pub(crate) fn media(row: &SqliteRow) -> sqlx::Result<Option<media::StreamTotals>> {
    let count = |column: &str| Ok::<_, sqlx::Error>(unsigned(row.try_get(column)?));
    let Some(received) = row.try_get::<Option<i64>, _>("packets_received")? else { return Ok(None) };
    Ok(Some(media::StreamTotals {
        packets_received: unsigned(received),
        packets_sent: count("packets_sent")?,
        packets_lost: count("packets_lost")?,
        packets_dropped: count("packets_dropped")?,
        jitter_us: count("jitter_us")?,
        round_trip_us: row.try_get::<Option<i64>, _>("round_trip_us")?.map(unsigned),
    }))
}

pub(crate) fn recording_row(row: &SqliteRow) -> sqlx::Result<RecordingRow> {
    Ok(RecordingRow {
        capture: CaptureId(row.try_get::<i64, _>("capture")?.cast_unsigned()),
        call: CallRef(row.try_get::<i64, _>("call")?.cast_unsigned()),
        started: Wall::from_millis(row.try_get("started")?),
        file: row.try_get("file")?,
        purged: row.try_get::<Option<i64>, _>("purged")?.map(Wall::from_millis),
        duration_ms: unsigned(row.try_get("duration_ms")?),
        gap_ms: unsigned(row.try_get("gap_ms")?),
        fault: row.try_get("fault")?,
        sha256: row.try_get("sha256")?,
    })
}

pub(crate) fn event(row: &SqliteRow) -> Result<CallEvent> {
    let id = |column: &str| Ok::<_, sqlx::Error>(row.try_get::<Option<i64>, _>(column)?.map(i64::cast_unsigned));
    Ok(CallEvent {
        at: Wall::from_millis(row.try_get("at")?),
        call: id("call")?.map(CallRef),
        queue: id("queue")?.map(QueueId),
        contact: id("contact")?.map(ContactId),
        segment: row.try_get("segment")?,
        agent: id("agent")?.map(AgentId),
        what: serde_json::from_str(row.try_get("detail")?)?,
    })
}
