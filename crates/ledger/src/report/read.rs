//! A report from the account. Events are read in pieces, in the order in which they were written: that is
//! the order in which they happened, whatever the wall clock did.

use super::compiler::{Compiler, Grouping, Report};
use crate::Result;
use crate::query::Reader;
use crate::row::event;
use call::cdr::CallEvent;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::fs::MetadataExt;
use std::time::Duration;
use terms::{Incarnation, QueueId, Wall};

/// Events in memory at once.
const PIECE: i64 = 4_096;
/// How far back an agent's state is looked for: who did nothing for longer counts as away.
const LOOK_BACK_MS: i64 = 31 * 24 * 3_600_000;
/// How long after the end after-call work is waited for.
const LOOK_AHEAD_MS: i64 = 24 * 3_600_000;

/// What a report shall tell.
#[derive(Clone, Debug)]
pub struct Question {
    /// What its rows are.
    pub grouping: Grouping,
    /// The begin, the edges in between for [`Grouping::Time`], and the end, which does not belong to it.
    pub edges: Vec<Wall>,
    /// This queue alone.
    pub queue: Option<QueueId>,
    /// Each queue's T.
    pub thresholds: BTreeMap<QueueId, Duration>,
    /// T of any other.
    pub otherwise: Duration,
    /// The present: time after it has not been worked.
    pub now: Wall,
}

fn incarnation(id: i64) -> Incarnation {
    Incarnation::of(id.cast_unsigned())
}

/// The first and the last event that a start may have.
fn events_of(incarnation: Incarnation) -> (i64, i64) {
    let (first, last) = incarnation.ids();
    (first.cast_signed(), last.cast_signed())
}

fn numbered(row: &SqliteRow) -> Result<(i64, CallEvent)> {
    Ok((row.try_get("id")?, event(row)?))
}

impl Reader {
    /// A report of what happened from the first to the last edge.
    pub async fn report(&self, question: &Question) -> Result<Report> {
        let mut compiler = Compiler::new(
            question.grouping,
            &question.edges,
            question.queue,
            question.thresholds.clone(),
            question.otherwise,
        );
        let (Some(from), Some(to)) = (question.edges.first(), question.edges.last()) else {
            return Ok(compiler.report());
        };
        let before = self.one("SELECT max(id) FROM events WHERE at < ?1", from.as_millis()).await?;
        let mut life = self.look_back(&mut compiler, before, *from).await?;
        compiler.begun();
        let first = self.span("SELECT min(id) FROM events WHERE at >= ?1 AND at < ?2", *from, *to).await?;
        let last = self.span("SELECT max(id) FROM events WHERE at >= ?1 AND at < ?2", *from, *to).await?;
        if let (Some(first), Some(last)) = (first, last) {
            self.read(&mut compiler, &mut life, first, last).await?;
        }
        self.look_ahead(compiler, &life, question.now.min(*to), *to).await
    }

    async fn one(&self, sql: &'static str, bound: i64) -> Result<Option<i64>> {
        Ok(sqlx::query(sql).bind(bound).fetch_one(&self.pool).await?.try_get(0)?)
    }

    async fn span(&self, sql: &'static str, from: Wall, to: Wall) -> Result<Option<i64>> {
        let asked = sqlx::query(sql).bind(from.as_millis()).bind(to.as_millis());
        Ok(asked.fetch_one(&self.pool).await?.try_get(0)?)
    }

    /// What every agent did at the begin. Each start of a switch tells all states, so that nothing before
    /// it needs to be known.
    async fn look_back(&self, compiler: &mut Compiler, before: Option<i64>, from: Wall) -> Result<Life> {
        let Some(before) = before else { return Ok(Life::default()) };
        let at = self.one("SELECT at FROM events WHERE id = ?1", before).await?.unwrap_or_default();
        let known = self.names().await?.agents.len();
        let sql = "SELECT * FROM events WHERE id >= ?1 AND id <= ?2 AND kind = 'agent_state' ORDER BY id DESC LIMIT ?3";
        let ((start, _), mut until) = (events_of(incarnation(before)), before);
        let mut seen = BTreeSet::new();
        loop {
            let rows = sqlx::query(sql).bind(start).bind(until).bind(PIECE).fetch_all(&self.pool).await?;
            let piece: Vec<(i64, CallEvent)> = rows.iter().map(numbered).collect::<Result<_>>()?;
            for (id, event) in &piece {
                until = id - 1;
                if event.agent.is_some_and(|agent| seen.insert(agent)) {
                    compiler.begin_with(event);
                }
            }
            let old = piece.last().is_none_or(|(_, event)| event.at.as_millis() < from.as_millis() - LOOK_BACK_MS);
            if old || (known > 0 && seen.len() >= known) {
                return Ok(Life { incarnation: incarnation(before), last: before, at });
            }
        }
    }

    async fn read(&self, compiler: &mut Compiler, life: &mut Life, first: i64, last: i64) -> Result<()> {
        let sql = "SELECT * FROM events WHERE id >= ?1 AND id <= ?2 ORDER BY id LIMIT ?3";
        let mut next = first;
        loop {
            let rows = sqlx::query(sql).bind(next).bind(last).bind(PIECE).fetch_all(&self.pool).await?;
            if rows.is_empty() {
                return Ok(());
            }
            for row in &rows {
                let (id, event) = numbered(row)?;
                if life.incarnation != incarnation(id) {
                    compiler.cut(Wall::from_millis(life.at), false);
                    compiler.died(Wall::from_millis(life.at));
                }
                *life = Life { incarnation: incarnation(id), last: id, at: event.at.as_millis() };
                compiler.take(&event);
                next = id + 1;
            }
        }
    }

    /// The end: what goes on is cut there, or where the switch was last heard of.
    async fn look_ahead(&self, mut compiler: Compiler, life: &Life, end: Wall, to: Wall) -> Result<Report> {
        let later = self.one("SELECT min(id) FROM events WHERE id > ?1", life.last).await?;
        let lived_on = later.is_some_and(|later| incarnation(later) == life.incarnation);
        let runs = later.is_none() && self.is_being_written();
        let end = if lived_on || runs { end } else { end.min(Wall::from_millis(life.at)) };
        compiler.cut(end, lived_on);
        if !lived_on && !runs {
            compiler.died(end);
        }
        let sql = "SELECT * FROM events WHERE id > ?1 AND id <= ?2 AND kind IN ('agent_state', 'disposed')
            ORDER BY id LIMIT ?3";
        let (mut last, (_, end)) = (life.last, events_of(life.incarnation));
        while compiler.is_followed() {
            let rows = sqlx::query(sql).bind(last).bind(end).bind(PIECE).fetch_all(&self.pool).await?;
            if rows.is_empty() {
                break;
            }
            for row in &rows {
                let (id, event) = numbered(row)?;
                if event.at.as_millis() > to.as_millis() + LOOK_AHEAD_MS {
                    return Ok(compiler.report());
                }
                compiler.follow(&event);
                last = id;
            }
        }
        Ok(compiler.report())
    }

    /// Whether a switch holds the account's lock. Looked up, not tried: to try it could keep a switch that
    /// starts from taking it.
    pub(crate) fn is_being_written(&self) -> bool {
        let Some(file) = &self.file else { return true };
        let lock = std::fs::metadata(format!("{}.lock", file.display()));
        let (Ok(lock), Ok(locks)) = (lock, std::fs::read_to_string("/proc/locks")) else { return false };
        let inode = format!(":{}", lock.ino());
        let held = |line: &str| line.contains("FLOCK") && line.split_whitespace().any(|word| word.ends_with(&inode));
        locks.lines().any(held)
    }
}

/// What was heard of the switch last.
#[derive(Clone, Copy, Debug, Default)]
struct Life {
    incarnation: Incarnation,
    /// The event.
    last: i64,
    /// Its time.
    at: i64,
}
