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

/// Each is told when he is parked; what became of him is the next that is told of that call. The index of these rows is used
/// only where its own condition stands beside the narrower one.
const OF_CALL: &str = "SELECT began.at AS since, began.detail AS began, over.at AS until, over.detail AS over
    FROM happenings AS began LEFT JOIN happenings AS over ON over.id = (SELECT min(next.id) FROM happenings AS next
        WHERE next.subject = ?1 AND next.kind = 'unparked' AND next.kind IN ('parked', 'unparked') AND next.id > began.id
            AND next.at <= ?3)
    WHERE began.subject = ?1 AND began.kind = 'parked' AND began.kind IN ('parked', 'unparked')
        AND began.at BETWEEN ?2 AND ?3 ORDER BY began.id";

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

#[cfg(test)]
mod tests {
    use super::OF_CALL;
    use sqlx::{Connection as _, Row as _, SqliteConnection};

    #[tokio::test]
    async fn only_rows_about_parking_are_looked_at() {
        let mut db = SqliteConnection::connect("sqlite::memory:").await.unwrap();
        crate::migrations::migrator().run(&mut db).await.unwrap();
        let asked = sqlx::query(sqlx::AssertSqlSafe(format!("EXPLAIN QUERY PLAN {OF_CALL}")));
        let plan = asked.bind(1).bind(2).bind(3).fetch_all(&mut db).await.unwrap();
        let lines: Vec<String> = plan.iter().map(|row| row.get("detail")).collect();
        let looks = lines.iter().filter(|line| line.starts_with("SCAN") || line.starts_with("SEARCH"));
        for line in looks {
            let by_number = line.starts_with("SEARCH over USING INTEGER PRIMARY KEY (rowid=?)");
            assert!(by_number || line.contains("USING INDEX happenings_parked (subject=? AND kind=?"), "{lines:?}");
        }
        assert!(lines.len() >= 3, "{lines:?}");
    }
}
