//! Opening the account: the lock, the schema, the count of starts, the calls that died with an earlier
//! start, and what the switch must remember.

use crate::clerk::Clerk;
use crate::daybook::{self, Daybook, Stamp};
use crate::inlet::{Gauges, Inlet, SideDoor};
use crate::intake::Ends;
use crate::migrations;
use crate::posting::{Place, Poster};
use crate::query::{Reader, file_of, options};
use crate::{Error, Item, Result, Unfinished, Writer};
use acd::StatusKind;
use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sqlx::{ConnectOptions, Connection, Row, SqliteConnection};
use std::fs::{File, TryLockError};
use std::net::SocketAddr;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};
use terms::{AgentId, Incarnation, PhoneId, Pii, Wall, Word as _, limits};
use tokio::sync::mpsc;

/// How long the start waits for another program that holds the file: one that reads it has it for itself while it looks
/// after the log of a switch that was killed, or is the last to leave.
const OPENING: Duration = Duration::from_secs(10);
/// How long a statement waits for another writer of the same file before the group is tried again.
const BUSY: Duration = Duration::from_millis(500);
/// The side door's length: what does not fit waits outside.
const SIDE_DOOR: usize = 1_024;

/// The account of this node, open for writing.
#[derive(Debug)]
pub struct Ledger {
    db: Option<SqliteConnection>,
    options: SqliteConnectOptions,
    file: Option<PathBuf>,
    reader: Reader,
    incarnation: Incarnation,
    /// The daybook's next round.
    stamp: Stamp,
    /// Held for as long as the account is open; the kernel frees it when the process dies.
    lock: Option<File>,
}

/// What the account remembers from before.
#[derive(Clone, Debug, Default)]
pub struct Start {
    /// Which start of which node this is: for `terms::IdSource`.
    pub incarnation: Incarnation,
    /// Bindings that are still good, for `sip::Input::Restore`.
    pub bindings: Vec<sip::BindingChange>,
    /// The last status of each agent, for `acd::Command::SetStatus`.
    pub statuses: Vec<(AgentId, acd::Status)>,
    /// Legs that an earlier start left open, for `sip::Input::Farewell`.
    pub dialogs: Vec<(i64, sip::Owed)>,
    /// Recordings that earlier starts left unfinished.
    pub unfinished: Unfinished,
    /// Calls that an earlier start left open and that are `node_lost` now. As many numbers of this start are their ends'.
    pub lost: u64,
    /// Changes that were made at run time, in the order in which they were made.
    pub overlay: Vec<crate::OverlayRow>,
    /// Contacts without a call that were in queues or with agents, the earliest first.
    pub contacts: Vec<call::cdr::KeptContact>,
    /// Messages that lie in their mailboxes, the oldest first.
    pub messages: Vec<(terms::Mailbox, call::Lying)>,
}

/// The wall clock, for what only the ledger dates.
pub(crate) fn wall_ms() -> i64 {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

impl Ledger {
    /// Opens (or begins) the account at a URL such as `sqlite:strowger.db`, as a new start of this node.
    pub async fn open(url: &str, node: u16) -> Result<(Ledger, Start)> {
        // WAL: readers never stop the writer. FULL: each commit syncs the log before it is acknowledged, so that the
        // daybook's round may be written over afterwards. A killed process loses nothing that a write to the daybook had
        // begun, and a power cut loses at most the group that was being gathered or synced.
        let options = options(url)?
            .create_if_missing(true)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .pragma("journal_size_limit", "67108864")
            .busy_timeout(OPENING);
        let file = file_of(url, &options);
        let lock = file.as_deref().map(take_lock).transpose()?;
        if let Some(file) = &file {
            create_private(file)?;
        }
        let mut db = options.connect().await?;
        migrations::migrator().run(&mut db).await?;
        let stamp = daybook::replay(&mut db, file.as_deref()).await?;
        let start = begin(&mut db, node).await?;
        let reader = Reader::with(options.clone(), file.clone()).await?;
        let options = options.busy_timeout(BUSY);
        let patience = format!("PRAGMA busy_timeout = {}", BUSY.as_millis());
        sqlx::query(sqlx::AssertSqlSafe(patience)).execute(&mut db).await?;
        let incarnation = start.incarnation;
        Ok((Ledger { db: Some(db), options, file, reader, incarnation, stamp, lock }, start))
    }

    /// The one writer of this account and the ways into it. `written` is called with each call whose
    /// final record is on disk, on the runtime's thread; the database may get it a little later.
    pub fn writer(
        &mut self,
        written: impl FnMut(terms::CallRef) + Send + 'static,
    ) -> Result<(Inlet, SideDoor, Writer)> {
        let db = self.db.take().ok_or(Error::WriterTaken)?;
        let doorbell = |source| Error::File { path: "the ledger's doorbell".into(), source };
        let (sender, receiver) = lane::ring::<Box<Item>>(limits::LEDGER_BACKLOG).map_err(doorbell)?;
        let (side_sender, side) = mpsc::channel(SIDE_DOOR);
        let gauges = Arc::new(Gauges::default());
        let place = Place::new(self.options.clone(), self.file.clone())?;
        let daybook = self.daybook(&gauges);
        let began = (self.stamp.round, self.incarnation);
        let clerk = Clerk::new(began, daybook, Arc::clone(&gauges), Box::new(written));
        let poster = Poster::new(db, place, Arc::clone(&gauges));
        let writer = Writer::new(Ends { lane: receiver, side }, clerk, poster, self.lock.take());
        let inlet = Inlet { lane: sender, gauges: Arc::clone(&gauges) };
        Ok((inlet, SideDoor { items: side_sender, gauges }, writer))
    }

    /// Without one the account is as durable as before, and slower: no reason not to take calls.
    fn daybook(&self, gauges: &Gauges) -> Option<Daybook> {
        let opened = Daybook::open(self.file.as_deref()?, self.stamp);
        let told = |error: &Error| {
            tracing::error!(%error, "there is no daybook: records go to the database at once");
            gauges.set_daybook_fault(Some(error.to_string()));
        };
        opened.inspect_err(told).ok()
    }

    /// For questions.
    pub fn reader(&self) -> &Reader {
        &self.reader
    }
}

/// Creates the database's file for its owner alone, since it holds callers' numbers; SQLite gives the log beside it the same mode.
fn create_private(file: &Path) -> Result<File> {
    let refused = |source| Error::File { path: file.display().to_string(), source };
    File::options().create(true).truncate(false).write(true).mode(0o600).open(file).map_err(refused)
}

fn take_lock(file: &Path) -> Result<File> {
    let path = PathBuf::from(format!("{}.lock", file.display()));
    let refused = |source| Error::File { path: path.display().to_string(), source };
    let lock = create_private(&path)?;
    match lock.try_lock() {
        Ok(()) => Ok(lock),
        Err(TryLockError::WouldBlock) => Err(Error::InUse { path: file.display().to_string() }),
        Err(TryLockError::Error(source)) => Err(refused(source)),
    }
}

const STARTED: &str = "INSERT INTO node (node, incarnation, started) VALUES (?1, 1, ?2)
    ON CONFLICT (node) DO UPDATE SET incarnation = incarnation + 1, started = excluded.started
    RETURNING incarnation";
const SPENT: &str =
    "no call is taken, and events and decisions are not kept, until it has another number ([storage] node)";

async fn begin(db: &mut SqliteConnection, node: u16) -> Result<Start> {
    let now = wall_ms();
    let mut tx = db.begin_with("BEGIN IMMEDIATE").await?;
    let start: i64 = sqlx::query(STARTED).bind(i64::from(node)).bind(now).fetch_one(&mut *tx).await?.try_get(0)?;
    let incarnation = Incarnation::new(node, u32::try_from(start).unwrap_or(u32::MAX));
    if incarnation.is_spent() {
        tracing::error!(node, "this node has started so often that no ids are left for it: {SPENT}");
    }
    crate::stream::note_start(&mut tx, incarnation).await?;
    let lost = crate::running::close_lost(&mut tx, incarnation).await?;
    sqlx::query("DELETE FROM bindings WHERE expires <= ?1").bind(now).execute(&mut *tx).await?;
    let bindings = sqlx::query("SELECT * FROM bindings ORDER BY phone, key").fetch_all(&mut *tx).await?;
    let agents = sqlx::query("SELECT * FROM agents ORDER BY agent").fetch_all(&mut *tx).await?;
    let unfinished = crate::unfinished::unfinished(&mut tx, now).await?;
    let dialogs = crate::dialogs::left_behind(&mut tx).await?;
    let overlay = crate::changes::overlay(&mut tx).await?;
    let contacts = crate::kept::kept(&mut tx).await?;
    let messages = crate::messages::lying(&mut tx).await?;
    tx.commit().await?;
    Ok(Start {
        incarnation,
        // A row that does not parse is no binding: the phone registers again.
        bindings: bindings.iter().filter_map(|row| binding(row).ok().flatten()).collect(),
        statuses: agents.iter().map(status).collect::<sqlx::Result<_>>()?,
        dialogs,
        unfinished,
        lost,
        overlay,
        contacts,
        messages,
    })
}

fn binding(row: &sqlx::sqlite::SqliteRow) -> sqlx::Result<Option<sip::BindingChange>> {
    let (Ok(remote), Ok(local)) =
        (row.try_get::<String, _>("remote")?.parse::<SocketAddr>(), row.try_get::<String, _>("local")?.parse())
    else {
        return Ok(None);
    };
    Ok(Some(sip::BindingChange {
        phone: PhoneId(row.try_get::<i64, _>("phone")?.cast_unsigned()),
        key: row.try_get("key")?,
        contact: Pii::new(row.try_get("contact")?),
        remote,
        transport: sip::Transport::named(row.try_get("transport")?).unwrap_or(sip::Transport::Udp),
        local,
        q: row.try_get("q")?,
        call_id: row.try_get("call_id")?,
        cseq: row.try_get("cseq")?,
        expires: Wall::from_millis(row.try_get("expires")?),
    }))
}

fn status(row: &sqlx::sqlite::SqliteRow) -> sqlx::Result<(AgentId, acd::Status)> {
    let agent = AgentId(row.try_get::<i64, _>("agent")?.cast_unsigned());
    let kind = StatusKind::of_word(row.try_get::<&str, _>("status")?).unwrap_or(StatusKind::LoggedOut);
    Ok((agent, kind.because(row.try_get("reason")?)))
}
