//! The statements of a group commit. Each is an upsert by id, so that a retry after a commit whose
//! answer was lost writes nothing twice. One statement for each table, whatever the number of rows.

use crate::batch::{Batch, BindingLine};
use crate::{Error, Result};
use serde::Serialize;
use sqlx::{Connection, SqliteConnection};

const CALL_COLUMNS: &str = "call, sip_call_id, source_kind, source, caller, called, started, answered, connected, \
     ended, outcome, status, cause, ended_by, queue, contact, agent, waited_ms, talked_ms, held_ms, capture, digits, \
     packets_received, packets_sent, packets_lost, packets_dropped, jitter_us, round_trip_us";

/// An opened call never overwrites one that is there: the row may already be the final one.
const OPENED_CONFLICT: &str = "DO NOTHING";

/// The first final record stands. `node_lost` gives way: whoever closes the call was alive after all.
const CLOSED_CONFLICT: &str = "DO UPDATE SET answered = excluded.answered, connected = excluded.connected, \
     ended = excluded.ended, outcome = excluded.outcome, status = excluded.status, cause = excluded.cause, \
     ended_by = excluded.ended_by, queue = excluded.queue, contact = excluded.contact, agent = excluded.agent, \
     waited_ms = excluded.waited_ms, talked_ms = excluded.talked_ms, held_ms = excluded.held_ms, \
     capture = excluded.capture, digits = excluded.digits, packets_received = excluded.packets_received, \
     packets_sent = excluded.packets_sent, packets_lost = excluded.packets_lost, \
     packets_dropped = excluded.packets_dropped, jitter_us = excluded.jitter_us, \
     round_trip_us = excluded.round_trip_us \
     WHERE calls.outcome IN ('open', 'node_lost')";

const EVENTS: &str =
    "INSERT INTO events (id, at, call, queue, contact, agent, kind, waited_ms, rang_ms, talked_ms, detail)
    SELECT value->>'id', value->>'at', value->>'call', value->>'queue', value->>'contact', value->>'agent',
           value->>'$.what.kind', value->>'$.what.waited_ms', value->>'$.what.rang_ms', value->>'$.what.talked_ms',
           value->'what'
    FROM json_each(?1) WHERE true ON CONFLICT (id) DO NOTHING";

const RECORDINGS: &str = "INSERT INTO recordings (capture, call, started, file, duration_ms, gap_ms, fault)
    SELECT value->>'capture', value->>'call', value->>'started', value->>'file', value->>'duration_ms',
           value->>'gap_ms', value->>'fault'
    FROM json_each(?1) WHERE true
    ON CONFLICT (capture) DO UPDATE SET call = excluded.call, started = excluded.started, file = excluded.file,
        duration_ms = excluded.duration_ms, gap_ms = excluded.gap_ms, fault = excluded.fault";

/// The record of a call that died was written before its recording was found.
const SALVAGED: &str = "UPDATE calls SET capture = found.capture
    FROM (SELECT value->>'capture' AS capture, value->>'call' AS call FROM json_each(?1)) AS found
    WHERE calls.call = found.call AND calls.capture IS NULL";

const SEALED: &str = "INSERT INTO recordings (capture, sha256)
    SELECT value->>'capture', value->>'sha256' FROM json_each(?1) WHERE true
    ON CONFLICT (capture) DO UPDATE SET sha256 = excluded.sha256";

const AGENTS: &str = "INSERT INTO agents (agent, status, reason, since)
    SELECT value->>'agent', value->>'status', value->>'reason', value->>'since' FROM json_each(?1) WHERE true
    ON CONFLICT (agent) DO UPDATE SET status = excluded.status, reason = excluded.reason, since = excluded.since
    WHERE agents.status <> excluded.status OR agents.reason IS NOT excluded.reason";

const BINDINGS: &str = "INSERT INTO bindings (phone, key, contact, remote, transport, local, q, call_id, cseq, expires)
    SELECT value->>'phone', value->>'key', value->>'contact', value->>'remote', value->>'transport',
           value->>'local', value->>'q', value->>'call_id', value->>'cseq', value->>'expires'
    FROM json_each(?1) WHERE true
    ON CONFLICT (phone, key) DO UPDATE SET contact = excluded.contact, remote = excluded.remote,
        transport = excluded.transport, local = excluded.local, q = excluded.q, call_id = excluded.call_id,
        cseq = excluded.cseq, expires = excluded.expires";

/// Removed and lapsed bindings, so that a phone whose address changes daily leaves no trail.
const LAPSED: &str = "DELETE FROM bindings WHERE expires <= ?1";

const NAMES: &str = "INSERT INTO names (kind, id, name)
    SELECT value->>'kind', value->>'id', value->>'name' FROM json_each(?1) WHERE true
    ON CONFLICT (kind, id) DO UPDATE SET name = excluded.name WHERE names.name <> excluded.name";

const JOURNAL: &str = "INSERT INTO journal (incarnation, first, last, version, entries) VALUES (?1, ?2, ?3, ?4, ?5)
    ON CONFLICT (incarnation, first) DO NOTHING";

/// Writes a batch in one transaction; on an error nothing of it is there.
pub(crate) async fn commit(db: &mut SqliteConnection, incarnation: u32, now_ms: i64, batch: &Batch) -> Result<()> {
    // IMMEDIATE: the lock is taken at the start, where being refused costs nothing.
    let mut tx = db.begin_with("BEGIN IMMEDIATE").await?;
    calls(&mut tx, OPENED_CONFLICT, batch.opened.values().collect()).await?;
    calls(&mut tx, CLOSED_CONFLICT, batch.closed.values().collect()).await?;
    rows(&mut tx, EVENTS, &batch.events).await?;
    rows(&mut tx, RECORDINGS, &batch.recordings.values().collect::<Vec<_>>()).await?;
    rows(&mut tx, RECORDINGS, &batch.salvaged).await?;
    rows(&mut tx, SALVAGED, &batch.salvaged).await?;
    rows(&mut tx, SEALED, &batch.sealed.values().collect::<Vec<_>>()).await?;
    rows(&mut tx, AGENTS, &batch.agents.values().collect::<Vec<_>>()).await?;
    batch.dialogs.write(&mut tx).await?;
    rows(&mut tx, NAMES, &batch.names.values().collect::<Vec<_>>()).await?;
    if !batch.bindings.is_empty() {
        rows(&mut tx, BINDINGS, &batch.bindings.values().map(BindingLine::from).collect::<Vec<_>>()).await?;
        sqlx::query(LAPSED).bind(now_ms).execute(&mut *tx).await?;
    }
    if let (Some(first), Some(last)) = (batch.journal.first(), batch.journal.last()) {
        sqlx::query(JOURNAL)
            .bind(i64::from(incarnation))
            .bind(first.sequence.cast_signed())
            .bind(last.sequence.cast_signed())
            .bind(env!("CARGO_PKG_VERSION"))
            .bind(serde_json::to_vec(&batch.journal)?)
            .execute(&mut *tx)
            .await?;
    }
    tx.commit().await.map_err(Error::from)
}

async fn calls(db: &mut SqliteConnection, conflict: &str, lines: Vec<&crate::batch::CallLine>) -> Result<()> {
    if lines.is_empty() {
        return Ok(());
    }
    let values: Vec<String> = CALL_COLUMNS.split(", ").map(|column| format!("value->>'{}'", column.trim())).collect();
    let sql = format!(
        "INSERT INTO calls ({CALL_COLUMNS}) SELECT {} FROM json_each(?1) WHERE true ON CONFLICT (call) {conflict}",
        values.join(", ")
    );
    // Made of the constants above alone; no caller's text is in it.
    sqlx::query(sqlx::AssertSqlSafe(sql)).bind(serde_json::to_string(&lines)?).execute(db).await?;
    Ok(())
}

pub(crate) async fn rows<T: Serialize>(db: &mut SqliteConnection, sql: &'static str, lines: &[T]) -> Result<()> {
    if !lines.is_empty() {
        sqlx::query(sql).bind(serde_json::to_string(lines)?).execute(db).await?;
    }
    Ok(())
}
