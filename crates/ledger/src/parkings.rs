//! Who of a call was parked, when and where, and what became of him: read from what happened.

use crate::{Reader, Result};
use serde::Serialize;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use terms::{CallRef, Wall};

/// Somebody who was parked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ParkingRow {
    /// Which of the call's legs.
    pub nth: Option<u16>,
    /// The number of the slot.
    pub slot: u32,
    /// The id of the phone or trunk that parked him; absent: his flow did.
    pub by: Option<String>,
    /// Since when.
    pub since: Wall,
    /// Until when; absent while he is parked, or where the switch died meanwhile.
    pub until: Option<Wall>,
    /// What became of him: retrieved, returned, sent_on, over.
    pub how: Option<String>,
    /// The id of the phone or trunk that has him then.
    pub taken_by: Option<String>,
}

/// Each is told when he is parked; what became of him is the next that is told of that call.
const OF_CALL: &str = "SELECT began.at AS since, began.detail AS began, over.at AS until, over.detail AS over
    FROM happenings AS began LEFT JOIN happenings AS over ON over.id = (SELECT min(next.id) FROM happenings AS next
        WHERE next.at >= began.at AND next.at <= ?3 AND next.id > began.id AND next.kind = 'unparked' AND next.subject = ?1)
    WHERE began.at BETWEEN ?2 AND ?3 AND began.kind = 'parked' AND began.subject = ?1 ORDER BY began.id";

impl Reader {
    /// Who of a call was parked while it ran.
    pub async fn parkings(&self, call: CallRef, started: Wall, ended: Option<Wall>) -> Result<Vec<ParkingRow>> {
        let until = ended.map_or(i64::MAX, Wall::as_millis);
        let rows = sqlx::query(OF_CALL).bind(call.0.cast_signed()).bind(started.as_millis()).bind(until);
        rows.fetch_all(self.pool()).await?.iter().map(parking).collect()
    }
}

fn parking(row: &SqliteRow) -> Result<ParkingRow> {
    #[derive(serde::Deserialize)]
    struct Began {
        nth: Option<u16>,
        slot: u32,
        by: Option<String>,
    }
    #[derive(Default, serde::Deserialize)]
    struct Over {
        how: Option<String>,
        taken_by: Option<String>,
    }
    let Began { nth, slot, by } = serde_json::from_str(row.try_get("began")?)?;
    let over = row.try_get::<Option<&str>, _>("over")?.map(serde_json::from_str::<Over>).transpose()?;
    let Over { how, taken_by } = over.unwrap_or_default();
    let until = row.try_get::<Option<i64>, _>("until")?.map(Wall::from_millis);
    Ok(ParkingRow { nth, slot, by, since: Wall::from_millis(row.try_get("since")?), until, how, taken_by })
}
