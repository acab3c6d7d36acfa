//! The one task that writes: gathers what arrived within [`GROUP`], commits it as one transaction, then
//! tells which calls are on disk. While the database is busy, full or away it keeps the same group and
//! tries again; what comes meanwhile waits in the lane.

use crate::batch::Batch;
use crate::inlet::Gauges;
use crate::open::wall_ms;
use crate::retention::Purger;
use crate::{Error, Item, Remover, Result, store};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering::{Relaxed, Release};
use std::time::Duration;
use terms::CallRef;
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, timeout_at};

/// How long a group gathers. With the sync behind it, an item is on disk within 20 ms.
const GROUP: Duration = Duration::from_millis(10);
/// Items in one group; more are the next group.
const GROUP_ITEMS: usize = 4_096;
/// The first and the longest pause before a group is tried again.
const BACK_OFF: (Duration, Duration) = (Duration::from_millis(10), Duration::from_secs(1));
/// How often bindings that have ended are removed.
const SWEEP: Duration = Duration::from_secs(10);
/// How often a lasting fault is logged.
const COMPLAIN: Duration = Duration::from_secs(10);
/// Event ids of one incarnation: 2^40 of them, then 2^20 incarnations fit a signed column.
pub(crate) const EVENT_BITS: u32 = 40;

/// Where the database is, and that it is still the same file.
#[derive(Debug)]
pub(crate) struct Place {
    options: SqliteConnectOptions,
    file: Option<(PathBuf, (u64, u64))>,
}

impl Place {
    pub(crate) fn new(options: SqliteConnectOptions, file: Option<PathBuf>) -> Result<Place> {
        let known = |path: PathBuf| {
            let source = |source| Error::File { path: path.display().to_string(), source };
            let meta = std::fs::metadata(&path).map_err(source)?;
            Ok::<_, Error>((path, (meta.dev(), meta.ino())))
        };
        Ok(Place { options: options.create_if_missing(false), file: file.map(known).transpose()? })
    }

    /// An open SQLite file that was moved or deleted takes writes without a word: they would be lost with it.
    fn check(&self) -> Result<()> {
        let Some((path, identity)) = &self.file else { return Ok(()) };
        match std::fs::metadata(path) {
            Ok(meta) if (meta.dev(), meta.ino()) == *identity => Ok(()),
            _ => Err(Error::Away { path: path.display().to_string() }),
        }
    }
}

/// What the runtime waits on for the lane.
fn watch(bell: OwnedFd) -> io::Result<AsyncFd<OwnedFd>> {
    // Deprecated since some types give a descriptor that they do not own; `OwnedFd` owns its own until it is dropped.
    #[allow(deprecated)]
    AsyncFd::with_interest(bell, Interest::READABLE)
}

/// The writer's task. It ends when the inlet and all side doors are gone and everything is written.
pub struct Writer {
    db: Option<SqliteConnection>,
    place: Place,
    incarnation: u32,
    next_event: i64,
    lane: lane::Receiver<Box<Item>>,
    side: mpsc::Receiver<Item>,
    side_open: bool,
    /// When bindings that had ended were removed last.
    swept: Option<Instant>,
    purger: Purger,
    gauges: Arc<Gauges>,
    written: Box<dyn FnMut(CallRef) + Send>,
    _lock: Option<File>,
}

impl std::fmt::Debug for Writer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Writer").field("incarnation", &self.incarnation).field("gauges", &self.gauges).finish()
    }
}

impl Writer {
    #[allow(clippy::too_many_arguments)] // Called once, by `Ledger::writer`.
    pub(crate) fn new(
        db: SqliteConnection,
        place: Place,
        incarnation: u32,
        lane: lane::Receiver<Box<Item>>,
        side: mpsc::Receiver<Item>,
        gauges: Arc<Gauges>,
        written: Box<dyn FnMut(CallRef) + Send>,
        lock: Option<File>,
    ) -> Writer {
        let next_event = i64::from(incarnation & 0xf_ffff) << EVENT_BITS;
        Writer {
            db: Some(db),
            place,
            incarnation,
            next_event,
            lane,
            side,
            side_open: true,
            swept: None,
            purger: Purger::new(),
            gauges,
            written,
            _lock: lock,
        }
    }

    /// Recordings that are too old are given to this thread; without one their files stay.
    #[must_use]
    pub fn with_remover(mut self, remover: Remover) -> Writer {
        self.purger.set_remover(remover);
        self
    }

    /// Writes until there is nobody left to write for. Needs a tokio runtime with I/O and time.
    pub async fn run(mut self) -> io::Result<()> {
        let bell = watch(self.lane.doorbell().try_clone_to_owned()?)?;
        while let Some(batch) = self.gather(&bell).await? {
            self.commit(&batch).await;
            batch.desk.acknowledge();
            for call in batch.closed_calls() {
                (self.written)(call);
            }
            if let Some(keep) = batch.keep {
                self.purger.keep(keep);
            }
            if self.purger.is_due(false) {
                self.purge().await;
            }
        }
        if let Some(db) = self.db.take()
            && let Err(error) = db.close().await
        {
            tracing::warn!(%error, "the ledger did not close cleanly; the next start repairs it");
        }
        Ok(())
    }

    /// The next group; `None` at the end.
    async fn gather(&mut self, bell: &AsyncFd<OwnedFd>) -> io::Result<Option<Batch>> {
        let Some(first) = self.next(bell).await? else { return Ok(None) };
        let mut batch = Batch { incarnation: self.incarnation, ..Batch::default() };
        batch.add(first, &mut self.next_event);
        self.gauges.set_gathering(Some(std::time::Instant::now()));
        let end = Instant::now() + GROUP;
        // Lane items need no wake-up while the group gathers: they are taken at its end.
        while let Ok(Some(item)) = timeout_at(end, self.side_item()).await {
            batch.add(item, &mut self.next_event);
        }
        tokio::time::sleep_until(end).await;
        while batch.items < GROUP_ITEMS
            && let Some(item) = self.lane.pop()
        {
            batch.add(*item, &mut self.next_event);
        }
        Ok(Some(batch))
    }

    /// Waits for an item of either way in; `None` when both are closed.
    async fn next(&mut self, bell: &AsyncFd<OwnedFd>) -> io::Result<Option<Item>> {
        loop {
            if let Some(item) = self.lane.pop() {
                return Ok(Some(*item));
            }
            if let Ok(item) = self.side.try_recv() {
                return Ok(Some(item));
            }
            let lane_closed = self.lane.is_closed();
            if lane_closed && !self.side_open {
                return Ok(None);
            }
            if self.purger.is_due(true) {
                self.purge().await;
                continue;
            }
            let purge = self.purger.due();
            if !lane_closed && !self.lane.prepare_to_sleep() {
                continue;
            }
            tokio::select! {
                guard = bell.readable(), if !lane_closed => {
                    let mut guard = guard?;
                    self.lane.awake();
                    guard.clear_ready();
                }
                () = tokio::time::sleep_until(purge.unwrap_or_else(Instant::now)), if purge.is_some() => {
                    self.lane.awake();
                }
                item = self.side.recv(), if self.side_open => match item {
                    Some(item) => return Ok(Some(item)),
                    None => self.side_open = false,
                },
            }
        }
    }

    async fn side_item(&mut self) -> Option<Item> {
        if !self.side_open {
            return None;
        }
        let item = self.side.recv().await;
        self.side_open = item.is_some();
        item
    }

    /// Writes a group, however long it takes.
    async fn commit(&mut self, batch: &Batch) {
        let mut pause = BACK_OFF.0;
        let mut complained: Option<Instant> = None;
        let mut began = Instant::now();
        while let Err(error) = self.try_commit(batch).await {
            self.gauges.failures.fetch_add(1, Relaxed);
            self.gauges.set_fault(Some(error.to_string()));
            if complained.is_none_or(|at| at.elapsed() >= COMPLAIN) {
                complained = Some(Instant::now());
                tracing::error!(%error, backlog = self.gauges.backlog(), "the ledger cannot write; it keeps trying");
            }
            sleep(pause).await;
            pause = (pause * 2).min(BACK_OFF.1);
            began = Instant::now();
        }
        if complained.is_some() {
            tracing::info!("the ledger writes again");
            self.gauges.set_fault(None);
        }
        self.gauges.commit_us.store(u64::try_from(began.elapsed().as_micros()).unwrap_or(u64::MAX), Relaxed);
        self.gauges.commits.fetch_add(1, Relaxed);
        self.gauges.written.fetch_add(batch.items as u64, Release);
        self.gauges.set_gathering(None);
    }

    /// Deletes a piece of what is too old. What goes wrong is not worth a retry: it is looked for again anyway.
    async fn purge(&mut self) {
        let Some(mut db) = self.db.take() else { return self.purger.put_off() };
        match self.purger.piece(&mut db, wall_ms()).await {
            Ok(deleted) => {
                self.gauges.purged.fetch_add(deleted, Relaxed);
                self.db = Some(db);
            }
            // The connection is dropped with its transaction: the next group makes a new one.
            Err(error) => {
                tracing::warn!(%error, "cannot delete what is too old from the ledger; later again");
                self.purger.put_off();
            }
        }
    }

    /// Whether this group takes the bindings along that have ended: a look at all of them, so not each time.
    fn sweep(&self, batch: &Batch) -> Option<i64> {
        let due = self.swept.is_none_or(|at| at.elapsed() >= SWEEP);
        (due && !batch.bindings.is_empty()).then(wall_ms)
    }

    async fn try_commit(&mut self, batch: &Batch) -> Result<()> {
        self.place.check()?;
        let mut db = match self.db.take() {
            Some(db) => db,
            None => self.place.options.connect().await?,
        };
        let lapsed = self.sweep(batch);
        store::commit(&mut db, self.incarnation, lapsed, batch).await?;
        if lapsed.is_some() {
            self.swept = Some(Instant::now());
        }
        // After an error the connection was dropped above, with its transaction: the next attempt makes a new one.
        self.db = Some(db);
        Ok(())
    }
}
