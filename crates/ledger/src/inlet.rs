//! The ways into the writer: the durable lane of the signalling thread, and a side door for the rest.
#![allow(clippy::result_large_err)] // An item that is refused comes back whole: it still has to be written.

use crate::Item;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use terms::limits;
use tokio::sync::mpsc;
use tokio::time::Instant;

/// What can be seen of the writer.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Health {
    /// Items that are not in the database yet.
    pub backlog: usize,
    /// Items that the database was given since the start.
    pub written: u64,
    /// Commits of the database since the start.
    pub commits: u64,
    /// Attempts that failed since the start, of the daybook and of the database.
    pub failures: u64,
    /// How long the last commit took, in microseconds.
    pub commit_us: u64,
    /// Rows deleted, and recordings whose file was removed, since they had been kept for long enough; since the start.
    pub purged: u64,
    /// Since the oldest item came that is not on disk, in milliseconds; 0 when there is none.
    pub lag_ms: u64,
    /// Why the database cannot be written, while that is so.
    pub fault: Option<String>,
    /// Groups written down in the daybook since the start.
    pub entries: u64,
    /// How long the last one took, with its sync, in microseconds.
    pub entry_us: u64,
    /// Bytes in the daybook that are not in the database yet.
    pub daybook_bytes: u64,
    /// Since the oldest group was written down that is not in the database, in milliseconds; 0 when there is none.
    pub unposted_ms: u64,
    /// Why there is no daybook, while that is so: records go to the database at once.
    pub daybook_fault: Option<String>,
}

/// A moment, or none.
type Moment = Mutex<Option<Instant>>;
type Words = Mutex<Option<String>>;

/// The counters behind [`Health`].
#[derive(Debug, Default)]
pub(crate) struct Gauges {
    accepted: AtomicU64,
    written: AtomicU64,
    commits: AtomicU64,
    failures: AtomicU64,
    commit_us: AtomicU64,
    purged: AtomicU64,
    entries: AtomicU64,
    entry_us: AtomicU64,
    daybook_bytes: AtomicU64,
    /// How often a customer was erased from this account.
    erasures: AtomicI64,
    /// When the group that is not on disk yet began to gather.
    gathering: Moment,
    /// When the oldest group was written down that is not in the database.
    unposted: Moment,
    fault: Words,
    daybook_fault: Words,
}

fn set<T>(cell: &Mutex<Option<T>>, value: Option<T>) {
    *cell.lock().unwrap_or_else(PoisonError::into_inner) = value;
}

fn age_ms(moment: &Moment) -> u64 {
    let since = *moment.lock().unwrap_or_else(PoisonError::into_inner);
    since.map_or(0, |since| u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX))
}

fn words(cell: &Words) -> Option<String> {
    cell.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

fn micros(took: Duration) -> u64 {
    u64::try_from(took.as_micros()).unwrap_or(u64::MAX)
}

impl Gauges {
    /// A group begins, or is on disk.
    pub(crate) fn set_gathering(&self, since: Option<Instant>) {
        set(&self.gathering, since);
    }

    /// A group was written down.
    pub(crate) fn entered(&self, took: Duration, daybook_bytes: u64) {
        self.entry_us.store(micros(took), Ordering::Relaxed);
        self.daybook_bytes.store(daybook_bytes, Ordering::Relaxed);
        self.entries.fetch_add(1, Ordering::Relaxed);
        self.set_daybook_fault(None);
    }

    /// A group could not be written down.
    pub(crate) fn fail_to_enter(&self, why: String) {
        self.failures.fetch_add(1, Ordering::Relaxed);
        self.set_daybook_fault(Some(why));
    }

    pub(crate) fn set_daybook_fault(&self, why: Option<String>) {
        set(&self.daybook_fault, why);
    }

    /// The first group of a round waits to be posted.
    pub(crate) fn wait_for_posting(&self) {
        self.unposted.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(Instant::now);
    }

    /// The database has what came before this moment.
    pub(crate) fn all_posted_until(&self, since: Option<Instant>, daybook_bytes: u64) {
        set(&self.unposted, since);
        self.daybook_bytes.store(daybook_bytes, Ordering::Relaxed);
    }

    /// The database refused.
    pub(crate) fn fail(&self, why: String) {
        self.failures.fetch_add(1, Ordering::Relaxed);
        set(&self.fault, Some(why));
    }

    /// The database has so many more items.
    pub(crate) fn posted(&self, items: usize, took: Duration) {
        set(&self.fault, None);
        self.commit_us.store(micros(took), Ordering::Relaxed);
        self.commits.fetch_add(1, Ordering::Relaxed);
        self.written.fetch_add(items as u64, Ordering::Release);
    }

    /// The account says how often a customer was erased.
    pub(crate) fn set_erasures(&self, erasures: i64) {
        self.erasures.store(erasures, Ordering::Relaxed);
    }

    pub(crate) fn erasures(&self) -> i64 {
        self.erasures.load(Ordering::Relaxed)
    }

    /// So much more was deleted.
    pub(crate) fn purged(&self, rows: u64) {
        self.purged.fetch_add(rows, Ordering::Relaxed);
    }

    fn accept(&self) {
        self.accepted.fetch_add(1, Ordering::Relaxed);
    }

    fn give_back(&self) {
        self.accepted.fetch_sub(1, Ordering::Relaxed);
    }

    pub(crate) fn backlog(&self) -> usize {
        // What is written was accepted before: read in this order, the difference is never too small.
        let written = self.written.load(Ordering::Acquire);
        usize::try_from(self.accepted.load(Ordering::Acquire).saturating_sub(written)).unwrap_or(usize::MAX)
    }

    pub(crate) fn health(&self) -> Health {
        Health {
            backlog: self.backlog(),
            written: self.written.load(Ordering::Relaxed),
            commits: self.commits.load(Ordering::Relaxed),
            failures: self.failures.load(Ordering::Relaxed),
            commit_us: self.commit_us.load(Ordering::Relaxed),
            purged: self.purged.load(Ordering::Relaxed),
            lag_ms: age_ms(&self.gathering),
            fault: words(&self.fault),
            entries: self.entries.load(Ordering::Relaxed),
            entry_us: self.entry_us.load(Ordering::Relaxed),
            daybook_bytes: self.daybook_bytes.load(Ordering::Relaxed),
            unposted_ms: age_ms(&self.unposted),
            daybook_fault: words(&self.daybook_fault),
        }
    }
}

/// The durable lane: what is pushed here is written, once, however long the database is away. Dropping
/// it lets the writer finish.
#[derive(Debug)]
pub struct Inlet {
    /// Boxed, so that a lane for a long outage costs little while there is none.
    pub(crate) lane: lane::Sender<Box<Item>>,
    pub(crate) gauges: Arc<Gauges>,
}

impl Inlet {
    /// Hands an item over; gives it back when the backlog is full: then no new call may begin.
    pub fn push(&mut self, item: Item) -> Result<(), Item> {
        if self.gauges.backlog() >= limits::LEDGER_BACKLOG {
            return Err(item);
        }
        self.gauges.accept();
        self.lane.push(Box::new(item)).map_err(|back| {
            self.gauges.give_back();
            *back
        })
    }

    /// Items that are not in the database yet, [`limits::LEDGER_BACKLOG`] at most.
    pub fn backlog(&self) -> usize {
        self.gauges.backlog()
    }

    /// What can be seen of the writer.
    pub fn health(&self) -> Health {
        self.gauges.health()
    }
}

/// For threads that have little to say: sealed recordings, names. Waits when the writer is behind.
#[derive(Clone, Debug)]
pub struct SideDoor {
    pub(crate) items: mpsc::Sender<Item>,
    pub(crate) gauges: Arc<Gauges>,
}

impl SideDoor {
    /// Hands an item over; gives it back when the writer is gone.
    pub async fn push(&self, item: Item) -> Result<(), Item> {
        self.gauges.accept();
        self.items.send(item).await.map_err(|back| {
            self.gauges.give_back();
            back.0
        })
    }

    /// Hands over what is worth no waiting; gives it back when the writer is behind.
    pub fn try_push(&self, item: Item) -> Result<(), Item> {
        self.gauges.accept();
        self.items.try_send(item).map_err(|back| {
            self.gauges.give_back();
            back.into_inner()
        })
    }

    /// The same for a thread without a runtime.
    pub fn push_blocking(&self, item: Item) -> Result<(), Item> {
        self.gauges.accept();
        self.items.blocking_send(item).map_err(|back| {
            self.gauges.give_back();
            back.0
        })
    }

    /// What can be seen of the writer.
    pub fn health(&self) -> Health {
        self.gauges.health()
    }
}
