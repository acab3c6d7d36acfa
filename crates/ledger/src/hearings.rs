//! Who has heard or taken away which recording: a part of the audit, as long as records are kept.

use crate::Result;
use serde::{Deserialize, Serialize};
use sqlx::SqliteConnection;
use terms::{CallRef, CaptureId, Wall};

/// Somebody begins to hear a recording, or takes it away.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hearing {
    /// When.
    pub at: Wall,
    /// Who, as an actor is written.
    pub by: String,
    /// `played` or `downloaded`.
    pub what: String,
    /// Which.
    pub recording: CaptureId,
    /// Of which call.
    pub call: CallRef,
    /// From where.
    pub address: String,
}

const WRITE: &str = "INSERT INTO hearings (at, by, what, recording, call, address) VALUES (?1, ?2, ?3, ?4, ?5, ?6)
    ON CONFLICT DO NOTHING";

pub(crate) async fn write(entry: &Hearing, db: &mut SqliteConnection) -> Result<()> {
    let Hearing { at, by, what, recording, call, address } = entry;
    let sql = sqlx::query(WRITE).bind(at.as_millis()).bind(by).bind(what).bind(recording.0.cast_signed());
    sql.bind(call.0.cast_signed()).bind(address).execute(db).await?;
    Ok(())
}
