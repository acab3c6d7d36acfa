//! The statements of a group commit. Each is an upsert by id, so that a retry after a commit whose
//! answer was lost writes nothing twice. Few statements for each table, whatever the number of rows.

use crate::batch::Batch;
use crate::calls::{CLOSED, OPENED};
use crate::events::EVENTS;
use crate::insert::Insert;
use crate::legs::LEGS;
use crate::seats::SEATS;
use crate::segments::Segments;
use crate::watches::WATCHES;
use crate::{Error, Result};
use serde::Serialize;
use sqlx::{Connection, Row as _, SqliteConnection};
use std::sync::LazyLock;
use terms::{CallRef, CaptureId};

static HAPPENINGS: LazyLock<Insert> =
    LazyLock::new(|| Insert::new("happenings", "id, at, kind, subject, detail", "ON CONFLICT (id) DO NOTHING"));

const RECORDINGS: &str = "INSERT INTO recordings (capture, call, started, file, duration_ms, gap_ms, fault)
    SELECT value->>'capture', value->>'call', value->>'started', value->>'file', value->>'duration_ms',
           value->>'gap_ms', value->>'fault'
    FROM json_each(?1) WHERE true
    ON CONFLICT (capture) DO UPDATE SET call = excluded.call, started = excluded.started, file = excluded.file,
        duration_ms = excluded.duration_ms, gap_ms = excluded.gap_ms, fault = excluded.fault";

/// The record of a call that died was written before its recording was found.
const SALVAGED: &str = "UPDATE calls SET capture = found.capture
    FROM (SELECT value->>0 AS call, value->>1 AS capture FROM json_each(?1)) AS found
    WHERE calls.call = found.call AND calls.capture IS NULL";

const SEALED: &str = "INSERT INTO recordings (capture, sha256)
    SELECT value->>'capture', value->>'sha256' FROM json_each(?1) WHERE true
    ON CONFLICT (capture) DO UPDATE SET sha256 = excluded.sha256";

const AGENTS: &str = "INSERT INTO agents (agent, status, reason, since)
    SELECT value->>'agent', value->>'status', value->>'reason', value->>'since' FROM json_each(?1) WHERE true
    ON CONFLICT (agent) DO UPDATE SET status = excluded.status, reason = excluded.reason, since = excluded.since
    WHERE agents.status <> excluded.status OR agents.reason IS NOT excluded.reason";

static BINDINGS: LazyLock<Insert> = LazyLock::new(|| {
    let columns = "phone, key, contact, remote, transport, local, q, call_id, cseq, expires";
    let conflict = "ON CONFLICT (phone, key) DO UPDATE SET contact = excluded.contact, remote = excluded.remote, \
        transport = excluded.transport, local = excluded.local, q = excluded.q, call_id = excluded.call_id, \
        cseq = excluded.cseq, expires = excluded.expires";
    Insert::new("bindings", columns, conflict)
});

/// Removed and lapsed bindings, so that a phone whose address changes daily leaves no trail.
const LAPSED: &str = "DELETE FROM bindings WHERE expires <= ?1";

const NAMES: &str = "INSERT INTO names (kind, id, name)
    SELECT value->>'kind', value->>'id', value->>'name' FROM json_each(?1) WHERE true
    ON CONFLICT (kind, id) DO UPDATE SET name = excluded.name WHERE names.name <> excluded.name";

/// How far the daybook is posted. Never back: a retry after a commit whose answer was lost is none.
const POSTED: &str = "UPDATE daybook SET posted = max(posted, ?1) RETURNING erasures";

/// Writes a batch in one transaction; on an error nothing of it is there. `lapsed`: bindings that end by then go, too.
/// `round`: the daybook's round that this batch is. Returns how often a customer was erased.
pub(crate) async fn commit(db: &mut SqliteConnection, round: u64, lapsed: Option<i64>, batch: &Batch) -> Result<i64> {
    // IMMEDIATE: the lock is taken at the start, where being refused costs nothing.
    let mut tx = db.begin_with("BEGIN IMMEDIATE").await?;
    OPENED.write(&mut tx, batch.opened.values()).await?;
    CLOSED.write(&mut tx, batch.closed.values()).await?;
    crate::customers::arrivals::write(&mut tx, batch).await?;
    LEGS.write(&mut tx, batch.legs.values()).await?;
    crate::moves::charge(&mut tx, batch.legs.values().map(Box::as_ref)).await?;
    crate::forwards::write(&mut tx, batch.legs.values().map(Box::as_ref)).await?;
    batch.moves.write(&mut tx).await?;
    WATCHES.write(&mut tx, batch.watches.values()).await?;
    SEATS.write(&mut tx, batch.seats.values()).await?;
    batch.messages.write(&mut tx).await?;
    EVENTS.write(&mut tx, batch.events.iter()).await?;
    Segments::of(&batch.events).write(&mut tx).await?;
    HAPPENINGS.write(&mut tx, batch.happenings.iter()).await?;
    batch.page.write(&mut tx).await?;
    rows(&mut tx, RECORDINGS, &batch.recordings.values().collect::<Vec<_>>()).await?;
    let salvaged = |(call, capture): (&CallRef, &CaptureId)| (call.0.cast_signed(), capture.0.cast_signed());
    rows(&mut tx, SALVAGED, &batch.salvaged.iter().map(salvaged).collect::<Vec<_>>()).await?;
    rows(&mut tx, SEALED, &batch.sealed.values().collect::<Vec<_>>()).await?;
    rows(&mut tx, AGENTS, &batch.agents.values().flatten().collect::<Vec<_>>()).await?;
    batch.dialogs.write(&mut tx).await?;
    rows(&mut tx, NAMES, &batch.names.values().collect::<Vec<_>>()).await?;
    BINDINGS.write(&mut tx, batch.bindings.values()).await?;
    if let Some(now_ms) = lapsed {
        sqlx::query(LAPSED).bind(now_ms).execute(&mut *tx).await?;
    }
    batch.journal.write(&mut tx, batch.incarnation).await?;
    batch.changes.write(&mut tx).await?;
    batch.kept.write(&mut tx).await?;
    batch.access.write(&mut tx).await?;
    let posted = sqlx::query(POSTED).bind(round.cast_signed()).fetch_optional(&mut *tx).await?;
    let erasures = posted.map_or(Ok(0), |row| row.try_get(0))?;
    tx.commit().await.map_err(Error::from)?;
    Ok(erasures)
}

/// One row for each line.
pub(crate) async fn rows<T: Serialize>(db: &mut SqliteConnection, sql: &'static str, lines: &[T]) -> Result<()> {
    if !lines.is_empty() {
        sqlx::query(sql).bind(serde_json::to_string(lines)?).execute(db).await?;
    }
    Ok(())
}
