//! The stream from the account: events, happenings and the journal, merged by their numbers.

use super::closed::Closed;
use super::{Line, of_event};
use crate::query::CALLS;
use crate::row::event;
use crate::{Reader, Result};
use serde_json::{Value, json};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};
use std::collections::BTreeMap;
use terms::{CallRef, CaptureId, Incarnation, PhoneId, Seq, TrunkId, Wall};

const EVENTS: &str = "SELECT * FROM events WHERE id > ?1 ORDER BY id LIMIT ?2";
const HAPPENINGS: &str = "SELECT * FROM happenings WHERE id > ?1 ORDER BY id LIMIT ?2";
const JOURNAL: &str = "SELECT incarnation, entries FROM journal WHERE last_id > ?1 ORDER BY last_id LIMIT ?2";
const CAPTURED: &str = "SELECT capture, call, duration_ms, gap_ms, fault FROM recordings
    WHERE capture IN (SELECT value FROM json_each(?1)) AND call IS NOT NULL";
const LAST: &str =
    "SELECT max(coalesce((SELECT max(id) FROM events), 0), coalesce((SELECT max(id) FROM happenings), 0),
    coalesce((SELECT max(last_id) FROM journal), 0))";

/// Rows of calls and of recordings, by their ids.
#[derive(Default)]
struct Subjects {
    opened: BTreeMap<i64, Value>,
    closed: BTreeMap<i64, Value>,
    captured: BTreeMap<i64, Value>,
}

impl Reader {
    /// What happened behind a number, in order, at most `limit` lines; none: from the beginning. What was deleted since is
    /// missing.
    pub async fn stream(&self, after: Option<Seq>, limit: u32) -> Result<Vec<Line>> {
        let after = after.and_then(Seq::id).unwrap_or(0).cast_signed();
        // One view of the account for all of it: nothing is posted between two of these questions.
        let mut tx = self.pool().begin().await?;
        let mut lines = events(&mut tx, after, limit).await?;
        lines.extend(happenings(&mut tx, after, limit).await?);
        lines.extend(journal(&mut tx, after, limit).await?);
        lines.sort_by_key(|line| line.seq);
        lines.truncate(limit as usize);
        Ok(lines)
    }

    /// The number of the last that the account has; none where it has nothing.
    pub async fn last_of_stream(&self) -> Result<Option<Seq>> {
        let last: i64 = sqlx::query(LAST).fetch_one(self.pool()).await?.try_get(0)?;
        Ok((last > 0).then(|| Seq::of(last.cast_unsigned())))
    }
}

async fn rows(db: &mut SqliteConnection, sql: &'static str, after: i64, limit: u32) -> Result<Vec<SqliteRow>> {
    Ok(sqlx::query(sql).bind(after).bind(i64::from(limit)).fetch_all(db).await?)
}

fn seq(id: i64) -> Seq {
    Seq::of(id.cast_unsigned())
}

async fn events(db: &mut SqliteConnection, after: i64, limit: u32) -> Result<Vec<Line>> {
    let line = |row: &SqliteRow| {
        let what: Value = serde_json::from_str(row.try_get("detail")?)?;
        Ok(of_event(seq(row.try_get("id")?), &event(row)?, what))
    };
    rows(db, EVENTS, after, limit).await?.iter().map(line).collect()
}

async fn happenings(db: &mut SqliteConnection, after: i64, limit: u32) -> Result<Vec<Line>> {
    let rows = rows(db, HAPPENINGS, after, limit).await?;
    let subjects = subjects(db, &rows).await?;
    let mut lines = Vec::with_capacity(rows.len());
    for row in &rows {
        lines.extend(happening(row, &subjects)?);
    }
    Ok(lines)
}

/// None when what it is about was deleted.
fn happening(row: &SqliteRow, subjects: &Subjects) -> Result<Option<Line>> {
    let (kind, subject) = (row.try_get::<String, _>("kind")?, row.try_get::<Option<i64>, _>("subject")?);
    let detail: Option<&str> = row.try_get("detail")?;
    let detail = detail.map(serde_json::from_str::<Value>).transpose()?.unwrap_or_else(|| json!({}));
    let number = subject.unwrap_or(0);
    let named = |key: &str, id: String| {
        let mut data = detail.clone();
        data.as_object_mut().map(|data| data.insert(key.to_owned(), Value::String(id)));
        Some(data)
    };
    let data = match kind.as_str() {
        "call_opened" => subjects.opened.get(&number).cloned(),
        "call_closed" => subjects.closed.get(&number).cloned(),
        "captured" => subjects.captured.get(&number).cloned(),
        "phone" => named("phone", PhoneId(number.cast_unsigned()).to_string()),
        "trunk" => named("trunk", TrunkId(number.cast_unsigned()).to_string()),
        _ => Some(detail),
    };
    let (seq, at) = (seq(row.try_get("id")?), Wall::from_millis(row.try_get("at")?));
    Ok(data.map(|data| Line::new(seq, at, &kind, data)))
}

async fn subjects(db: &mut SqliteConnection, rows: &[SqliteRow]) -> Result<Subjects> {
    let mut ids: BTreeMap<&str, Vec<i64>> = BTreeMap::new();
    for row in rows {
        if let Some(id) = row.try_get::<Option<i64>, _>("subject")? {
            ids.entry(row.try_get("kind")?).or_default().push(id);
        }
    }
    let of = |kinds: &[&str]| kinds.iter().filter_map(|kind| ids.get(kind)).flatten().copied().collect::<Vec<_>>();
    let mut found = Subjects::default();
    let calls = serde_json::to_string(&of(&["call_opened", "call_closed"]))?;
    let sql = format!("{CALLS} AND calls.call IN (SELECT value FROM json_each(?1))");
    for row in sqlx::query(sqlx::AssertSqlSafe(sql)).bind(calls).fetch_all(&mut *db).await? {
        let call: i64 = row.try_get("call")?;
        found.opened.insert(call, opened(&row)?);
        found.closed.insert(call, json!(Closed::of_row(&row)?));
    }
    let captures = serde_json::to_string(&of(&["captured"]))?;
    for row in sqlx::query(CAPTURED).bind(captures).fetch_all(&mut *db).await? {
        found.captured.insert(row.try_get("capture")?, captured(&row)?);
    }
    Ok(found)
}

fn opened(row: &SqliteRow) -> sqlx::Result<Value> {
    let source = row.try_get::<i64, _>("source")?.cast_unsigned();
    let source = match row.try_get::<&str, _>("source_kind")? {
        "phone" => PhoneId(source).to_string(),
        _ => TrunkId(source).to_string(),
    };
    let call = CallRef(row.try_get::<i64, _>("call")?.cast_unsigned()).to_string();
    let text = |column: &str| row.try_get::<String, _>(column);
    Ok(json!({ "call": call, "sip_call_id": text("sip_call_id")?, "source": source,
               "caller": text("caller")?, "called": text("called")? }))
}

fn captured(row: &SqliteRow) -> sqlx::Result<Value> {
    let capture = CaptureId(row.try_get::<i64, _>("capture")?.cast_unsigned()).to_string();
    let call = CallRef(row.try_get::<i64, _>("call")?.cast_unsigned()).to_string();
    let count = |column: &str| row.try_get::<i64, _>(column);
    Ok(json!({ "capture": capture, "call": call, "duration_ms": count("duration_ms")?, "gap_ms": count("gap_ms")?,
               "fault": row.try_get::<Option<String>, _>("fault")? }))
}

async fn journal(db: &mut SqliteConnection, after: i64, limit: u32) -> Result<Vec<Line>> {
    let mut lines = vec![];
    for row in rows(db, JOURNAL, after, limit).await? {
        let incarnation = Incarnation::from(row.try_get::<u32, _>("incarnation")?);
        for entry in serde_json::from_slice::<Vec<Value>>(row.try_get("entries")?)? {
            lines.extend(entry_line(incarnation, entry).filter(|line| line.seq > seq(after)));
        }
        if lines.len() >= limit as usize {
            break;
        }
    }
    Ok(lines)
}

/// An entry with its number; none of those that an older version wrote.
fn entry_line(incarnation: Incarnation, mut entry: Value) -> Option<Line> {
    let n = entry.as_object_mut()?.remove("n")?.as_u64()?;
    let at = Wall::from_millis(entry.get("now")?.get("wall")?.as_i64()?);
    let seq = Seq { node: incarnation.node(), start: incarnation.start(), n };
    Some(Line::new(seq, at, "acd", entry))
}
