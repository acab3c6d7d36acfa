//! Today's figures from the account, for a switch that starts.

use super::{LOOK_BACK, Live};
use crate::Result;
use crate::query::Reader;
use crate::row::event;
use sqlx::Row;
use terms::{Incarnation, Wall};

/// Events in memory at once.
const PIECE: i64 = 4_096;

impl Reader {
    /// What happened in queues before this start of the node, as far back as a figure of today may reach.
    pub async fn live(&self, now: Wall, incarnation: Incarnation) -> Result<Live> {
        let mut live = Live::default();
        if self.file.is_none() {
            return Ok(live); // An account in memory has no past.
        }
        let since = now.as_millis() - i64::try_from(LOOK_BACK.as_millis()).unwrap_or(i64::MAX);
        let sql = "SELECT min(id) FROM events WHERE at >= ?1";
        let first: Option<i64> = sqlx::query(sql).bind(since).fetch_one(&self.pool).await?.try_get(0)?;
        let Some(mut next) = first else { return Ok(live) };
        let (own_first, own_last) = incarnation.ids();
        let sql = "SELECT * FROM events WHERE id >= ?1 AND id NOT BETWEEN ?2 AND ?3 AND queue IS NOT NULL
                   ORDER BY id LIMIT ?4";
        loop {
            let rows = sqlx::query(sql)
                .bind(next)
                .bind(own_first.cast_signed())
                .bind(own_last.cast_signed())
                .bind(PIECE)
                .fetch_all(&self.pool)
                .await?;
            if rows.is_empty() {
                return Ok(live);
            }
            for row in &rows {
                next = row.try_get::<i64, _>("id")? + 1;
                let event = event(row)?;
                if event.at.as_millis() >= since {
                    live.take(&event);
                }
            }
        }
    }
}
