//! Recordings that an earlier start left unfinished: those of calls that died, which have no row, and those whose
//! digest was still to come. The recordings folder has the rest of the story; see the shell's `salvage`.

use crate::Result;
use sqlx::{Row, SqliteConnection};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use terms::{CallRef, CaptureId};

/// Calls that died longer ago than this had their recordings looked for already.
const MEMORY: Duration = Duration::from_secs(3 * 24 * 3_600);
/// More recordings without a digest than this wait for the next start.
const UNSEALED: u32 = 100_000;

/// What is to be looked for in the recordings folder.
#[derive(Clone, Debug, Default)]
pub struct Unfinished {
    /// Calls that died.
    pub lost: BTreeSet<CallRef>,
    /// Their recordings that have a row already.
    pub known: BTreeSet<CaptureId>,
    /// Files of recordings without a digest.
    pub unsealed: BTreeMap<CaptureId, String>,
}

pub(crate) async fn unfinished(db: &mut SqliteConnection, now_ms: i64) -> Result<Unfinished> {
    let since = now_ms - i64::try_from(MEMORY.as_millis()).unwrap_or(i64::MAX);
    let lost = sqlx::query("SELECT call FROM calls WHERE outcome = 'node_lost' AND started > ?1")
        .bind(since)
        .fetch_all(&mut *db)
        .await?;
    let known = sqlx::query(
        "SELECT capture FROM recordings WHERE file IS NOT NULL
         AND call IN (SELECT call FROM calls WHERE outcome = 'node_lost' AND started > ?1)",
    )
    .bind(since)
    .fetch_all(&mut *db)
    .await?;
    let unsealed =
        sqlx::query("SELECT capture, file FROM recordings WHERE sha256 IS NULL AND file IS NOT NULL LIMIT ?1")
            .bind(UNSEALED)
            .fetch_all(&mut *db)
            .await?;
    let id = |row: &sqlx::sqlite::SqliteRow, column: &str| Ok(row.try_get::<i64, _>(column)?.cast_unsigned());
    Ok(Unfinished {
        lost: lost.iter().map(|row| id(row, "call").map(CallRef)).collect::<sqlx::Result<_>>()?,
        known: known.iter().map(|row| id(row, "capture").map(CaptureId)).collect::<sqlx::Result<_>>()?,
        unsealed: unsealed
            .iter()
            .map(|row| Ok((CaptureId(id(row, "capture")?), row.try_get("file")?)))
            .collect::<sqlx::Result<_>>()?,
    })
}
