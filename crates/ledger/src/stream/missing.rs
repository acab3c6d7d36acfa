//! What is missing between two lines: it was deleted since it happened. Numbers of one start follow one another, and how many
//! an earlier start told is noted when the next one begins.

use super::Line;
use super::read::LAST;
use crate::Result;
use serde::{Deserialize, Serialize};
use sqlx::{Row, SqliteConnection};
use std::collections::BTreeMap;
use terms::{Incarnation, Seq};

const NOTE: &str = "INSERT INTO starts (node, start, told) VALUES (?1, ?2, ?3) ON CONFLICT (node, start) DO NOTHING";

/// So much happened that the account does not have any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Missing {
    /// So many lines.
    pub lines: u64,
    /// And more, of a start of which nobody noted how much it told.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub or_more: bool,
}

/// How many lines each start told: by node and start.
pub(super) type Starts = BTreeMap<(u16, u32), u64>;

/// A start begins: how much the one before it told is known now, and is not once that is deleted.
pub(crate) async fn note_start(db: &mut SqliteConnection, begins: Incarnation) -> Result<()> {
    let Some(before) = begins.start().checked_sub(1) else { return Ok(()) };
    let last: i64 = sqlx::query(LAST).fetch_one(&mut *db).await?.try_get(0)?;
    let last = Seq::of(last.cast_unsigned());
    let told = if (last.node, last.start) == (begins.node(), before) { last.n } else { 0 };
    let note = sqlx::query(NOTE).bind(i64::from(begins.node())).bind(i64::from(before));
    note.bind(told.cast_signed()).execute(db).await?;
    Ok(())
}

pub(super) async fn starts(db: &mut SqliteConnection) -> Result<Starts> {
    let rows = sqlx::query("SELECT node, start, told FROM starts").fetch_all(db).await?;
    let start = |row: &sqlx::sqlite::SqliteRow| {
        Ok(((row.try_get("node")?, row.try_get("start")?), row.try_get::<i64, _>("told")?.cast_unsigned()))
    };
    Ok(rows.iter().map(start).collect::<sqlx::Result<_>>()?)
}

/// Says at each line what is missing before it. Before the first of all that the account has, nothing is.
pub(super) fn tell(lines: &mut [Line], mut before: Option<Seq>, starts: &Starts) {
    for line in lines {
        line.missing = before.and_then(|before| between(before, line.seq, starts));
        before = Some(line.seq);
    }
}

fn between(before: Seq, next: Seq, starts: &Starts) -> Option<Missing> {
    let (mut lines, mut or_more, mut known) = (0, false, before.n);
    if (before.node, before.start) != (next.node, next.start) {
        for start in before.start..next.start {
            match starts.get(&(before.node, start)) {
                Some(told) => lines += told.saturating_sub(known),
                None => or_more = true,
            }
            known = 0;
        }
        known = 0;
    }
    lines += next.n.saturating_sub(known + 1);
    (lines > 0).then_some(Missing { lines, or_more })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn missing(before: &str, next: &str) -> Option<(u64, bool)> {
        let starts = BTreeMap::from([((0, 1), 10), ((0, 2), 0), ((0, 4), 7)]);
        let found = between(before.parse().unwrap(), next.parse().unwrap(), &starts);
        found.map(|missing| (missing.lines, missing.or_more))
    }

    #[test]
    fn what_is_missing_is_counted_within_a_start_and_over_several() {
        for (before, next, wanted) in [
            ("0-1-4", "0-1-5", None),
            ("0-1-4", "0-1-9", Some((4, false))),
            ("0-1-10", "0-2-1", None),
            ("0-1-10", "0-3-1", None),
            ("0-1-4", "0-2-1", Some((6, false))),
            ("0-1-4", "0-3-3", Some((8, false))),
            // Nobody noted how much the third told.
            ("0-3-5", "0-4-1", None),
            ("0-3-5", "0-4-3", Some((2, true))),
            ("0-1-9", "0-5-1", Some((8, true))),
        ] {
            assert_eq!(missing(before, next), wanted, "{before} {next}");
        }
    }
}
