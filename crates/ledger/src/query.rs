//! Questions to the account. A reader never writes and never stops the writer; it may be in another process.

use crate::direction::{DIRECTION, Direction};
use crate::row::{call_row, event, recording_row, unsigned};
use crate::{Error, Result};
use call::cdr::CallEvent;
use serde::Serialize;
use sqlx::sqlite::{SqliteConnectOptions, SqlitePool, SqlitePoolOptions, SqliteRow};
use sqlx::{QueryBuilder, Row, Sqlite};
use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;
use terms::{AgentId, CallRef, CaptureId, Cause, ContactId, Incarnation, PhoneId, Pii, QueueId, RoomId, TrunkId, Wall};

/// A reader waits for nobody but for who opens or leaves the file at this moment.
const PATIENCE: Duration = Duration::from_secs(5);

/// Statements that a connection keeps prepared. The writer has seven for each table of which there are many rows, and one
/// that was let go of is prepared anew by the next posting.
const STATEMENTS: usize = 256;

/// An open account, for questions only.
#[derive(Clone, Debug)]
pub struct Reader {
    pub(crate) pool: SqlitePool,
    /// None for a database in memory.
    pub(crate) file: Option<PathBuf>,
}

/// A row of the account: one call.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct CallRow {
    /// The call.
    pub call: CallRef,
    /// The Call-ID header's value of the leg that brought it.
    pub sip_call_id: String,
    /// Who brought it.
    pub source: sip::Source,
    /// The trunk's or phone's name, when the switch has told it.
    pub source_name: Option<String>,
    /// The caller.
    pub caller: Pii<String>,
    /// The number that was called.
    pub called: Pii<String>,
    /// INVITE received.
    pub started: Wall,
    /// 200 sent.
    pub answered: Option<Wall>,
    /// The caller heard somebody.
    pub connected: Option<Wall>,
    /// The end.
    pub ended: Option<Wall>,
    /// open, answered, abandoned, finished, failed, joined, node_lost.
    pub outcome: String,
    /// The call in which whoever was left in it goes on.
    pub merged_into: Option<CallRef>,
    /// The final SIP status of a call that was never answered.
    pub status: Option<u16>,
    /// Q.850.
    pub cause: Cause,
    /// caller, callee, switch.
    pub ended_by: String,
    /// The last queue.
    pub queue: Option<QueueId>,
    /// Its name.
    pub queue_name: Option<String>,
    /// Its contact there.
    pub contact: Option<ContactId>,
    /// The agent who took it.
    pub agent: Option<AgentId>,
    /// His name.
    pub agent_name: Option<String>,
    /// The phone that answered it.
    pub phone: Option<PhoneId>,
    /// Its name.
    pub phone_name: Option<String>,
    /// The trunk that it was sent out by.
    pub trunk_out: Option<TrunkId>,
    /// Its name.
    pub trunk_out_name: Option<String>,
    /// Time in queues.
    pub waited_ms: u64,
    /// Time in conversation, but for hold.
    pub talked_ms: u64,
    /// Time in conversation on hold.
    pub held_ms: u64,
    /// Its recording.
    pub capture: Option<CaptureId>,
    /// The recording's file, below the recordings folder, while it is there.
    pub recording: Option<String>,
    /// When that file was removed, since it had been kept for long enough.
    pub recording_purged: Option<Wall>,
    /// Keys pressed in menus.
    pub digits: String,
    /// What passed through the caller's stream.
    pub media: Option<media::StreamTotals>,
}

/// Which calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallFilter {
    /// This one.
    pub call: Option<CallRef>,
    /// Begun at this time or later.
    pub since: Option<Wall>,
    /// Begun before this time.
    pub until: Option<Wall>,
    /// With this outcome.
    pub outcome: Option<String>,
    /// That came through this queue, whatever came then.
    pub queue: Option<QueueId>,
    /// Taken by this agent.
    pub agent: Option<AgentId>,
    /// Whose caller's or called number has these digits in it.
    pub number: Option<String>,
    /// That went this way.
    pub direction: Option<Direction>,
    /// Brought by this trunk, or sent out by it.
    pub trunk: Option<TrunkId>,
    /// Made by this phone, or answered at it.
    pub phone: Option<PhoneId>,
    /// Taken by one of these agents.
    pub agents: Option<BTreeSet<AgentId>>,
    /// Where an agent has said this of a conversation.
    pub disposition: Option<String>,
    /// That are over.
    pub over: bool,
    /// That talked at least so long, hold aside.
    pub talked_from: Option<Duration>,
    /// That talked at most so long, hold aside.
    pub talked_to: Option<Duration>,
    /// Of those that somebody may see.
    pub within: Option<Within>,
    /// That come behind this one in a list: its begin, and itself.
    pub behind: Option<(Wall, CallRef)>,
}

/// Which calls somebody may see, by the last queue of each and who took it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Within {
    /// Those of these queues.
    pub queues: BTreeSet<QueueId>,
    /// Of those that no queue had to do with, the ones that these agents took.
    pub agents: BTreeSet<AgentId>,
    /// Of the same, the ones that these phones made or answered.
    pub phones: BTreeSet<PhoneId>,
    /// Those that these agents took, whatever the queue.
    pub own: BTreeSet<AgentId>,
}

impl Within {
    /// Whether this call, which is over, is among them.
    pub fn covers(&self, row: &CallRow) -> bool {
        let phone = match row.source {
            sip::Source::Phone(phone) => Some(phone),
            sip::Source::Trunk(_) => None,
        };
        let at = |phone: Option<PhoneId>| phone.is_some_and(|phone| self.phones.contains(&phone));
        let by = |agents: &BTreeSet<AgentId>| row.agent.is_some_and(|agent| agents.contains(&agent));
        by(&self.own)
            || match row.queue {
                Some(queue) => self.queues.contains(&queue),
                None => by(&self.agents) || at(row.phone) || at(phone),
            }
    }
}

/// A recording.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RecordingRow {
    /// Its id.
    pub capture: CaptureId,
    /// Whose.
    pub call: CallRef,
    /// When its timeline begins.
    pub started: Wall,
    /// The file, below the recordings folder, while it is there.
    pub file: Option<String>,
    /// When the file was removed, since it had been kept for long enough.
    pub purged: Option<Wall>,
    /// Its length.
    pub duration_ms: u64,
    /// Silence written for lost sound.
    pub gap_ms: u64,
    /// Why it is incomplete, when it is.
    pub fault: Option<String>,
    /// SHA-256 of the file in hexadecimal, once it is known.
    pub sha256: Option<String>,
}

/// Names by id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Names {
    /// Of agents.
    pub agents: BTreeMap<AgentId, String>,
    /// Of queues.
    pub queues: BTreeMap<QueueId, String>,
    /// Of trunks.
    pub trunks: BTreeMap<TrunkId, String>,
    /// Of phones.
    pub phones: BTreeMap<PhoneId, String>,
    /// Of conference rooms.
    pub rooms: BTreeMap<RoomId, String>,
}

/// A place in the journal: sequences begin anew with each start of the node.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct JournalPlace {
    /// Which start.
    pub incarnation: Incarnation,
    /// Which entry.
    pub sequence: u64,
}

pub(crate) fn options(url: &str) -> Result<SqliteConnectOptions> {
    let bad = |reason: String| Error::Url { url: url.to_owned(), reason };
    if !url.starts_with("sqlite:") {
        return Err(bad("only sqlite is supported so far".into()));
    }
    let options = SqliteConnectOptions::from_str(url).map_err(|error| bad(error.to_string()))?;
    Ok(options.statement_cache_capacity(STATEMENTS))
}

/// The file behind a URL; none for a database in memory.
pub(crate) fn file_of(url: &str, options: &SqliteConnectOptions) -> Option<PathBuf> {
    let in_memory = url.contains(":memory:") || url.contains("mode=memory");
    (!in_memory).then(|| options.get_filename().to_owned())
}

pub(crate) const CALLS: &str = "SELECT calls.*, recordings.file AS recording, recordings.purged AS recording_purged,
        source_names.name AS source_name, queue_names.name AS queue_name, agent_names.name AS agent_name,
        phone_names.name AS phone_name, trunk_names.name AS trunk_out_name, merges.into_call AS merged_into
    FROM calls
    LEFT JOIN merges ON merges.call = calls.call
    LEFT JOIN recordings ON recordings.capture = calls.capture
    LEFT JOIN names AS source_names ON source_names.kind = calls.source_kind AND source_names.id = calls.source
    LEFT JOIN names AS queue_names ON queue_names.kind = 'queue' AND queue_names.id = calls.queue
    LEFT JOIN names AS agent_names ON agent_names.kind = 'agent' AND agent_names.id = calls.agent
    LEFT JOIN names AS phone_names ON phone_names.kind = 'phone' AND phone_names.id = calls.phone
    LEFT JOIN names AS trunk_names ON trunk_names.kind = 'trunk' AND trunk_names.id = calls.trunk_out
    WHERE true";

/// A column, and the ids of which it is to be one.
fn among(query: &mut QueryBuilder<Sqlite>, clause: &'static str, ids: impl Iterator<Item = u64>) {
    let ids: Vec<String> = ids.map(|id| id.cast_signed().to_string()).collect();
    query.push(clause).push(" IN (SELECT value FROM json_each(");
    query.push_bind(format!("[{}]", ids.join(","))).push("))");
}

impl CallFilter {
    /// What a number has in common in all the forms in which it is written: no spaces, no `+` or zeros before it. None of a
    /// text in which there is nothing else.
    pub fn digits(text: &str) -> Option<String> {
        let bare: String = text.chars().filter(|c| !c.is_whitespace() && !"+-/().".contains(*c)).collect();
        let short = bare.trim_start_matches('0');
        let number = if short.is_empty() { bare.as_str() } else { short };
        (!number.is_empty()).then(|| number.to_owned())
    }

    fn push(&self, query: &mut QueryBuilder<Sqlite>) {
        let mut id = |clause: &[&'static str], end: &'static str, value: Option<i64>| {
            let Some(value) = value else { return };
            clause.iter().for_each(|piece| {
                query.push(*piece).push_bind(value);
            });
            query.push(end);
        };
        id(&[" AND calls.call = "], "", self.call.map(|c| c.0.cast_signed()));
        id(&[" AND calls.started >= "], "", self.since.map(Wall::as_millis));
        id(&[" AND calls.started < "], "", self.until.map(Wall::as_millis));
        // The record names the last queue, and none while the call runs; events name every one.
        let came = [
            " AND (calls.queue = ",
            " OR EXISTS (SELECT 1 FROM events WHERE events.call = calls.call AND events.queue = ",
        ];
        id(&came, "))", self.queue.map(|q| q.0.cast_signed()));
        let took = [
            " AND (calls.agent = ",
            " OR calls.outcome = 'open' AND EXISTS (SELECT 1 FROM events
                WHERE events.call = calls.call AND events.kind = 'connected' AND events.agent = ",
        ];
        id(&took, "))", self.agent.map(|a| a.0.cast_signed()));
        let over = [" AND (calls.source_kind = 'trunk' AND calls.source = ", " OR calls.trunk_out = "];
        id(&over, ")", self.trunk.map(|t| t.0.cast_signed()));
        let at = [" AND (calls.source_kind = 'phone' AND calls.source = ", " OR calls.phone = "];
        id(&at, ")", self.phone.map(|p| p.0.cast_signed()));
        let ms = |time: Duration| i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
        id(&[" AND max(calls.talked_ms - calls.held_ms, 0) >= "], "", self.talked_from.map(ms));
        id(&[" AND max(calls.talked_ms - calls.held_ms, 0) <= "], "", self.talked_to.map(ms));
        if let Some(agents) = &self.agents {
            among(query, " AND calls.agent", agents.iter().map(|id| id.0));
        }
        if let Some(disposition) = &self.disposition {
            query.push(
                " AND EXISTS (SELECT 1 FROM segments WHERE segments.call = calls.call AND segments.disposition = ",
            );
            query.push_bind(disposition.clone()).push(")");
        }
        if self.over {
            query.push(" AND calls.outcome <> 'open'");
        }
        if let Some(within) = &self.within {
            among(query, " AND (calls.queue", within.queues.iter().map(|id| id.0));
            among(query, " OR calls.queue IS NULL AND calls.agent", within.agents.iter().map(|id| id.0));
            let phones = || within.phones.iter().map(|id| id.0);
            among(query, " OR calls.queue IS NULL AND (calls.phone", phones());
            among(query, " OR calls.source_kind = 'phone' AND calls.source", phones());
            among(query, ") OR calls.agent", within.own.iter().map(|id| id.0));
            query.push(")");
        }
        if let Some((started, call)) = self.behind {
            query.push(" AND (calls.started, calls.call) < (").push_bind(started.as_millis());
            query.push(", ").push_bind(call.0.cast_signed()).push(")");
        }
        if let Some(outcome) = &self.outcome {
            query.push(" AND calls.outcome = ").push_bind(outcome.clone());
        }
        if let Some(direction) = self.direction {
            query.push(" AND ").push(DIRECTION).push(" = ").push_bind(direction.word());
        }
        if let Some(number) = &self.number {
            let within = |query: &mut QueryBuilder<Sqlite>, clause| {
                query.push(clause).push_bind(number.clone()).push(") > 0");
            };
            within(query, " AND (instr(calls.caller, ");
            within(query, " OR instr(calls.called, ");
            query.push(")");
        }
    }
}

impl Reader {
    /// Opens the account of a switch that may be running elsewhere.
    pub async fn open(url: &str) -> Result<Reader> {
        let options = options(url)?;
        let file = file_of(url, &options);
        if let Some(file) = file.as_ref().filter(|file| !file.exists()) {
            return Err(Error::Missing { path: file.display().to_string() });
        }
        Reader::with(options.create_if_missing(false), file).await
    }

    pub(crate) async fn with(options: SqliteConnectOptions, file: Option<PathBuf>) -> Result<Reader> {
        // Rows come from a thread of the library's own: many at once cost it fewer wake-ups.
        let options = options.pragma("query_only", "on").row_buffer_size(1_024).busy_timeout(PATIENCE);
        let pool = SqlitePoolOptions::new().max_connections(2).min_connections(0).connect_with(options).await?;
        Ok(Reader { pool, file })
    }

    pub(crate) fn pool(&self) -> &SqlitePool {
        &self.pool
    }

    /// The newest calls first, at most `limit`.
    pub async fn calls(&self, limit: u32, filter: &CallFilter) -> Result<Vec<CallRow>> {
        let mut query = QueryBuilder::<Sqlite>::new(CALLS);
        filter.push(&mut query);
        query.push(" ORDER BY calls.started DESC, calls.call DESC LIMIT ").push_bind(i64::from(limit));
        let rows = query.build().fetch_all(&self.pool).await?;
        let mut rows = rows.iter().map(call_row).collect::<sqlx::Result<Vec<_>>>()?;
        self.tell_running(&mut rows).await?;
        Ok(rows)
    }

    /// How many calls there are with each outcome.
    pub async fn outcomes(&self) -> Result<BTreeMap<String, u64>> {
        let rows =
            sqlx::query("SELECT outcome, count(*) AS n FROM calls GROUP BY outcome").fetch_all(&self.pool).await?;
        let pair = |row: &SqliteRow| Ok((row.try_get("outcome")?, unsigned(row.try_get("n")?)));
        rows.iter().map(|row| pair(row).map_err(Error::Database)).collect()
    }

    /// The newest recordings first, at most `limit`; of one call, when it is named.
    pub async fn recordings(&self, limit: u32, call: Option<CallRef>) -> Result<Vec<RecordingRow>> {
        let sql =
            "SELECT * FROM recordings WHERE (file IS NOT NULL OR purged IS NOT NULL) AND (?1 IS NULL OR call = ?1)
                   ORDER BY started DESC, capture DESC LIMIT ?2";
        let call = call.map(|c| c.0.cast_signed());
        let rows = sqlx::query(sql).bind(call).bind(i64::from(limit)).fetch_all(&self.pool).await?;
        rows.iter().map(|row| recording_row(row).map_err(Error::from)).collect()
    }

    /// One recording, whether its file is there or not.
    pub async fn recording(&self, capture: CaptureId) -> Result<Option<RecordingRow>> {
        let sql = "SELECT * FROM recordings WHERE capture = ?1 AND (file IS NOT NULL OR purged IS NOT NULL)";
        let row = sqlx::query(sql).bind(capture.0.cast_signed()).fetch_optional(&self.pool).await?;
        Ok(row.as_ref().map(recording_row).transpose()?)
    }

    /// The call that has this recording, of those that began since then: before the recording is finished, nothing else of it
    /// is told.
    pub async fn recorded(&self, capture: CaptureId, since: Wall) -> Result<Option<CallRef>> {
        let sql = "SELECT call FROM calls WHERE started >= ?2 AND capture = ?1";
        let query = sqlx::query(sql).bind(capture.0.cast_signed()).bind(since.as_millis());
        let row = query.fetch_optional(&self.pool).await?;
        Ok(row.map(|row| row.try_get::<i64, _>(0)).transpose()?.map(|id| CallRef(id.cast_unsigned())))
    }

    /// What the operator calls agents, queues, trunks, phones and rooms, as far as the switch has told it.
    pub async fn names(&self) -> Result<Names> {
        let mut names = Names::default();
        for row in sqlx::query("SELECT kind, id, name FROM names").fetch_all(&self.pool).await? {
            let (id, name) = (row.try_get::<i64, _>("id")?.cast_unsigned(), row.try_get("name")?);
            match row.try_get("kind")? {
                "agent" => drop(names.agents.insert(AgentId(id), name)),
                "queue" => drop(names.queues.insert(QueueId(id), name)),
                "trunk" => drop(names.trunks.insert(TrunkId(id), name)),
                "phone" => drop(names.phones.insert(PhoneId(id), name)),
                "room" => drop(names.rooms.insert(RoomId(id), name)),
                _ => {}
            }
        }
        Ok(names)
    }

    /// What happened in a call's queues, in order.
    pub async fn events(&self, call: CallRef) -> Result<Vec<CallEvent>> {
        let sql = "SELECT * FROM events WHERE call = ?1 ORDER BY id";
        let rows = sqlx::query(sql).bind(call.0.cast_signed()).fetch_all(&self.pool).await?;
        rows.iter().map(event).collect()
    }

    /// The entry as the engine wrote it; a configuration is kept beside the journal.
    async fn whole(&self, entry: acd::Entry) -> Result<acd::Entry> {
        let acd::What::Configured { setup, .. } = &entry.what else { return Ok(entry) };
        let sql = "SELECT setup FROM setups WHERE hash = ?1";
        let kept = sqlx::query(sql).bind(setup.to_string()).fetch_optional(&self.pool).await?;
        let setup = kept.map(|row| Ok::<_, Error>(serde_json::from_str::<acd::Setup>(row.try_get("setup")?)?));
        let setup = setup.transpose()?;
        Ok(entry.with_setup(|_| setup))
    }

    /// The journal from a place on: at least `limit` entries if there are so many, always whole groups.
    pub async fn journal(&self, from: JournalPlace, limit: usize) -> Result<Vec<(JournalPlace, acd::Entry)>> {
        let sql = "SELECT incarnation, first, entries FROM journal
                   WHERE (incarnation = ?1 AND last >= ?2) OR incarnation > ?1 ORDER BY incarnation, first LIMIT ?3";
        let mut found = Vec::new();
        let rows = sqlx::query(sql)
            .bind(i64::from(u32::from(from.incarnation)))
            .bind(from.sequence.cast_signed())
            .bind(i64::try_from(limit.max(1)).unwrap_or(i64::MAX))
            .fetch_all(&self.pool)
            .await?;
        for row in &rows {
            if found.len() >= limit {
                break;
            }
            let incarnation = Incarnation::from(row.try_get::<u32, _>("incarnation")?);
            let entries: Vec<acd::Entry> = serde_json::from_slice(row.try_get("entries")?)?;
            for entry in entries {
                let place = JournalPlace { incarnation, sequence: entry.sequence };
                if place >= from {
                    found.push((place, self.whole(entry).await?));
                }
            }
        }
        Ok(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sqlx::Connection as _;

    #[test]
    fn all_that_the_writer_says_stays_prepared() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let url = "sqlite::memory:";
            let mut db = sqlx::SqliteConnection::connect_with(&options(url).unwrap()).await.unwrap();
            for nth in 0..200 {
                sqlx::query(sqlx::AssertSqlSafe(format!("SELECT {nth}"))).execute(&mut db).await.unwrap();
            }
            assert_eq!(db.cached_statements_size(), 200);
        });
    }
}
