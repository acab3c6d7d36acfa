//! The ways into the writer: the durable lane of the signalling thread, and a side door for the rest.
#![allow(clippy::result_large_err)] // An item that is refused comes back whole: it still has to be written.

use crate::Item;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;
use tokio::sync::mpsc;

/// What can be seen of the writer.
#[derive(Clone, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct Health {
    /// Items that are not on disk yet.
    pub backlog: usize,
    /// Items written since the start.
    pub written: u64,
    /// Group commits since the start.
    pub commits: u64,
    /// Attempts that failed since the start.
    pub failures: u64,
    /// How long the last commit took, in microseconds.
    pub commit_us: u64,
    /// Rows deleted, and recordings whose file was removed, since they had been kept for long enough; since the start.
    pub purged: u64,
    /// Since the group that is being written began to gather, in milliseconds; 0 when there is none.
    pub lag_ms: u64,
    /// Why the present group cannot be written, while that is so.
    pub fault: Option<String>,
}

/// The counters behind [`Health`].
#[derive(Debug, Default)]
pub(crate) struct Gauges {
    pub accepted: AtomicU64,
    pub written: AtomicU64,
    pub commits: AtomicU64,
    pub failures: AtomicU64,
    pub commit_us: AtomicU64,
    pub purged: AtomicU64,
    /// When the group that is being written began to gather.
    pub gathering: Mutex<Option<Instant>>,
    pub fault: Mutex<Option<String>>,
}

impl Gauges {
    pub(crate) fn set_fault(&self, fault: Option<String>) {
        *self.fault.lock().unwrap_or_else(PoisonError::into_inner) = fault;
    }

    /// A group begins, or is on disk.
    pub(crate) fn set_gathering(&self, since: Option<Instant>) {
        *self.gathering.lock().unwrap_or_else(PoisonError::into_inner) = since;
    }

    fn lag_ms(&self) -> u64 {
        let since = *self.gathering.lock().unwrap_or_else(PoisonError::into_inner);
        since.map_or(0, |since| u64::try_from(since.elapsed().as_millis()).unwrap_or(u64::MAX))
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
            lag_ms: self.lag_ms(),
            fault: self.fault.lock().unwrap_or_else(PoisonError::into_inner).clone(),
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
        self.gauges.accept();
        self.lane.push(Box::new(item)).map_err(|back| {
            self.gauges.give_back();
            *back
        })
    }

    /// Items that are not on disk yet. Admission closes well before `limits::LEDGER_BACKLOG`.
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
