//! The stream from the account: events, happenings, pages and the journal, merged by their numbers.

use super::closed::Closed;
use super::{Line, missing, of_event};
use crate::happenings::Kind;
use crate::pages::Moment;
use crate::query::CALLS;
use crate::row::event;
use crate::{Reader, Result};
use serde_json::{Value, json};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};
use std::collections::BTreeMap;
use terms::{CallRef, CaptureId, Incarnation, PhoneId, Seq, TrunkId, Wall, Word as _};

const EVENTS: &str = "SELECT * FROM events WHERE id > ?1 ORDER BY id LIMIT ?2";
const HAPPENINGS: &str = "SELECT * FROM happenings WHERE id > ?1 ORDER BY id LIMIT ?2";
/// The page behind a number, or the one that it is in.
const PAGE: &str = "SELECT last_id, moments FROM pages WHERE last_id > ?1
    AND first_id >= coalesce((SELECT max(first_id) FROM pages WHERE first_id <= ?1), 0) ORDER BY first_id LIMIT 1";
const JOURNAL: &str = "SELECT incarnation, entries, last_id FROM journal WHERE last_id > ?1 ORDER BY last_id LIMIT ?2";
const CAPTURED: &str = "SELECT capture, call, duration_ms, gap_ms, fault FROM recordings
    WHERE capture IN (SELECT value->>0 FROM json_each(?1)) AND call IS NOT NULL";
const LEGS: &str = "SELECT call, nth, role, who_kind, who, how, status, cause FROM legs
    WHERE (call, nth) IN (SELECT value->>0, value->>1 FROM json_each(?1))";
pub(super) const LAST: &str =
    "SELECT max(coalesce((SELECT max(id) FROM events), 0), coalesce((SELECT max(id) FROM happenings), 0),
    coalesce((SELECT max(last_id) FROM journal), 0),
    coalesce((SELECT last_id FROM pages ORDER BY first_id DESC LIMIT 1), 0))";

/// What rows of calls, recordings and legs say, by their ids.
#[derive(Default)]
struct Subjects {
    opened: BTreeMap<i64, Value>,
    closed: BTreeMap<i64, Value>,
    captured: BTreeMap<i64, Value>,
    /// By call and place in it.
    legs: BTreeMap<(i64, u16), Value>,
}

impl Reader {
    /// What happened behind a number, in order, at most `limit` lines; none: from the beginning. Each says what was deleted
    /// since between the one before and itself. Empty: there is nothing behind it.
    pub async fn stream(&self, after: Option<Seq>, limit: u32) -> Result<Vec<Line>> {
        // One view of the account for all of it: nothing is posted between two of these questions.
        let mut tx = self.pool().begin().await?;
        let mut from = after.and_then(Seq::id).unwrap_or(0).cast_signed();
        loop {
            let (mut lines, read) = piece(&mut tx, from, limit).await?;
            if lines.is_empty()
                && let Some(read) = read
            {
                // All of these are deleted; what comes behind them may not be.
                from = read;
                continue;
            }
            missing::tell(&mut lines, after, &missing::starts(&mut tx).await?);
            return Ok(lines);
        }
    }

    /// The number of the last that the account has; none where it has nothing.
    pub async fn last_of_stream(&self) -> Result<Option<Seq>> {
        let last: i64 = sqlx::query(LAST).fetch_one(self.pool()).await?.try_get(0)?;
        Ok((last > 0).then(|| Seq::of(last.cast_unsigned())))
    }
}

/// So many lines behind a number, and how far the account was read for them; none: to its end.
async fn piece(db: &mut SqliteConnection, after: i64, limit: u32) -> Result<(Vec<Line>, Option<i64>)> {
    let (mut lines, mut read) = events(db, after, limit).await?;
    for (more, so_far) in [happenings(db, after, limit).await?, journal(db, after, limit).await?] {
        lines.extend(more);
        read = read.into_iter().chain(so_far).min();
    }
    // Behind that, one of the three may have what was not read.
    let until = read.map(seq);
    lines.retain(|line| until.is_none_or(|until| line.seq <= until));
    lines.sort_by_key(|line| line.seq);
    lines.truncate(limit as usize);
    Ok((lines, read))
}

async fn rows(db: &mut SqliteConnection, sql: &'static str, after: i64, limit: u32) -> Result<Vec<SqliteRow>> {
    Ok(sqlx::query(sql).bind(after).bind(i64::from(limit)).fetch_all(db).await?)
}

fn seq(id: i64) -> Seq {
    Seq::of(id.cast_unsigned())
}

/// The number of the last of so many that were read; none where there were not so many, for then they are all.
fn read_to(limit: u32, ids: impl ExactSizeIterator<Item = i64>) -> Option<i64> {
    (ids.len() >= limit as usize).then(|| ids.last()).flatten()
}

async fn events(db: &mut SqliteConnection, after: i64, limit: u32) -> Result<(Vec<Line>, Option<i64>)> {
    let line = |row: &SqliteRow| {
        let what: Value = serde_json::from_str(row.try_get("detail")?)?;
        Ok(of_event(seq(row.try_get("id")?), &event(row)?, what))
    };
    let rows = rows(db, EVENTS, after, limit).await?;
    let ids = rows.iter().map(|row| row.try_get("id")).collect::<sqlx::Result<Vec<i64>>>()?;
    Ok((rows.iter().map(line).collect::<Result<_>>()?, read_to(limit, ids.into_iter())))
}

/// What the account has under a number that is no event's and no entry's of the journal.
struct Told {
    moment: Moment,
    /// What its row says, if it has one of its own.
    detail: Option<Value>,
}

async fn happenings(db: &mut SqliteConnection, after: i64, limit: u32) -> Result<(Vec<Line>, Option<i64>)> {
    let rows = rows(db, HAPPENINGS, after, limit).await?;
    let ids = rows.iter().map(|row| row.try_get("id")).collect::<sqlx::Result<Vec<i64>>>()?;
    let mut told = vec![];
    for row in &rows {
        told.extend(of_row(row)?);
    }
    let moments = moments(db, after, limit).await?;
    let read = [read_to(limit, ids.into_iter()), read_to(limit, moments.iter().map(|told| told.moment.0))];
    told.extend(moments);
    let subjects = subjects(db, &told).await?;
    let lines = told.iter().filter_map(|told| line(told, &subjects)).collect();
    Ok((lines, read.into_iter().flatten().min()))
}

/// None of a kind that another version wrote.
fn of_row(row: &SqliteRow) -> Result<Option<Told>> {
    let Some(kind) = Kind::of_word(row.try_get("kind")?) else { return Ok(None) };
    let subject: Option<i64> = row.try_get("subject")?;
    let detail: Option<&str> = row.try_get("detail")?;
    let detail = detail.map(serde_json::from_str).transpose()?;
    let moment = Moment(row.try_get("id")?, row.try_get("at")?, kind, subject.unwrap_or(0), 0);
    Ok(Some(Told { moment, detail }))
}

/// Of the pages that come behind a number, so many moments or a few more.
async fn moments(db: &mut SqliteConnection, after: i64, limit: u32) -> Result<Vec<Told>> {
    let (mut told, mut last) = (vec![], after);
    while told.len() < limit as usize
        && let Some(row) = sqlx::query(PAGE).bind(last).fetch_optional(&mut *db).await?
    {
        let moments: Vec<Moment> = serde_json::from_slice(row.try_get("moments")?)?;
        let behind = moments.into_iter().filter(|moment| moment.0 > after);
        told.extend(behind.map(|moment| Told { moment, detail: None }));
        last = row.try_get("last_id")?;
    }
    Ok(told)
}

/// None when what it is about was deleted.
fn line(Told { moment, detail }: &Told, subjects: &Subjects) -> Option<Line> {
    let Moment(id, at, kind, subject, nth) = *moment;
    let named = |key: &str, id: String| {
        let mut data = detail.clone().unwrap_or_else(|| json!({}));
        data.as_object_mut()?.insert(key.to_owned(), Value::String(id));
        Some(data)
    };
    let data = match kind {
        Kind::CallOpened => subjects.opened.get(&subject).cloned(),
        Kind::CallClosed => subjects.closed.get(&subject).cloned(),
        Kind::Captured => subjects.captured.get(&subject).cloned(),
        Kind::LegGone => detail.clone().or_else(|| subjects.legs.get(&(subject, nth)).cloned()),
        Kind::Phone => named("phone", PhoneId(subject.cast_unsigned()).to_string()),
        Kind::Trunk => named("trunk", TrunkId(subject.cast_unsigned()).to_string()),
        Kind::LegMoved
        | Kind::Parked
        | Kind::Unparked
        | Kind::Watched
        | Kind::Unwatched
        | Kind::Seated
        | Kind::Unseated
        | Kind::MessageBegun
        | Kind::MessageLeft
        | Kind::MessageMarked
        | Kind::Plan
        | Kind::Command => detail.clone(),
    };
    Some(Line::new(seq(id), Wall::from_millis(at), kind.word(), data?))
}

async fn subjects(db: &mut SqliteConnection, told: &[Told]) -> Result<Subjects> {
    let of = |kinds: &[Kind]| {
        let named = told.iter().map(|told| told.moment).filter(|moment| kinds.contains(&moment.2));
        serde_json::to_string(&named.map(|Moment(_, _, _, subject, nth)| (subject, nth)).collect::<Vec<_>>())
    };
    let mut found = Subjects::default();
    let sql = format!("{CALLS} AND calls.call IN (SELECT value->>0 FROM json_each(?1))");
    let calls = of(&[Kind::CallOpened, Kind::CallClosed])?;
    for row in sqlx::query(sqlx::AssertSqlSafe(sql)).bind(calls).fetch_all(&mut *db).await? {
        let call: i64 = row.try_get("call")?;
        found.opened.insert(call, opened(&row)?);
        found.closed.insert(call, json!(Closed::of_row(&row)?));
    }
    for row in sqlx::query(CAPTURED).bind(of(&[Kind::Captured])?).fetch_all(&mut *db).await? {
        found.captured.insert(row.try_get("capture")?, captured(&row)?);
    }
    for row in sqlx::query(LEGS).bind(of(&[Kind::LegGone])?).fetch_all(&mut *db).await? {
        found.legs.insert((row.try_get("call")?, row.try_get("nth")?), leg(&row)?);
    }
    Ok(found)
}

/// As [`crate::happenings::leg_gone`] tells it.
fn leg(row: &SqliteRow) -> sqlx::Result<Value> {
    let call = CallRef(row.try_get::<i64, _>("call")?.cast_unsigned()).to_string();
    let text = |column: &str| row.try_get::<String, _>(column);
    Ok(json!({ "call": call, "nth": row.try_get::<u16, _>("nth")?, "role": text("role")?, "who": source(row, "who")?,
        "how": text("how")?, "status": row.try_get::<Option<u16>, _>("status")?, "cause": row.try_get::<u8, _>("cause")? }))
}

/// Who it is, in the two columns that tell it.
fn source(row: &SqliteRow, column: &str) -> sqlx::Result<String> {
    let id = row.try_get::<i64, _>(column)?.cast_unsigned();
    Ok(match row.try_get::<&str, _>(format!("{column}_kind").as_str())? {
        "phone" => PhoneId(id).to_string(),
        _ => TrunkId(id).to_string(),
    })
}

fn opened(row: &SqliteRow) -> sqlx::Result<Value> {
    let source = source(row, "source")?;
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

async fn journal(db: &mut SqliteConnection, after: i64, limit: u32) -> Result<(Vec<Line>, Option<i64>)> {
    let (mut lines, mut last) = (vec![], None);
    let rows = rows(db, JOURNAL, after, limit).await?;
    let mut left = rows.iter();
    while lines.len() < limit as usize
        && let Some(row) = left.next()
    {
        let incarnation = Incarnation::from(row.try_get::<u32, _>("incarnation")?);
        for entry in serde_json::from_slice::<Vec<Value>>(row.try_get("entries")?)? {
            lines.extend(entry_line(incarnation, entry).filter(|line| line.seq > seq(after)));
        }
        last = Some(row.try_get("last_id")?);
    }
    let all = left.next().is_none() && rows.len() < limit as usize;
    Ok((lines, last.filter(|_| !all)))
}

/// An entry with its number; none of those that an older version wrote.
fn entry_line(incarnation: Incarnation, mut entry: Value) -> Option<Line> {
    let n = entry.as_object_mut()?.remove("n")?.as_u64()?;
    let at = Wall::from_millis(entry.get("now")?.get("wall")?.as_i64()?);
    let seq = Seq { node: incarnation.node(), start: incarnation.start(), n };
    Some(Line::new(seq, at, "acd", entry))
}
