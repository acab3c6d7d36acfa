//! Posting: what was written down in one round is committed as one transaction. While the database is busy, full or away
//! the same rows are tried again and again.

use crate::batch::Batch;
use crate::inlet::Gauges;
use crate::open::wall_ms;
use crate::retention::{Purger, Remover};
use crate::{Error, Result, store};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, SqliteConnection};
use std::os::unix::fs::MetadataExt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;
use tokio::time::{Instant, sleep};

/// The first and the longest pause before a round is tried again.
const BACK_OFF: (Duration, Duration) = (Duration::from_millis(10), Duration::from_secs(1));
/// How often bindings that have ended are removed.
const SWEEP: Duration = Duration::from_secs(10);
/// How often a lasting fault is logged.
pub(crate) const COMPLAIN: Duration = Duration::from_secs(10);

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

/// The one that writes into the database.
pub(crate) struct Poster {
    db: Option<SqliteConnection>,
    place: Place,
    /// When bindings that had ended were removed last.
    swept: Option<Instant>,
    purger: Purger,
    gauges: Arc<Gauges>,
}

impl Poster {
    pub(crate) fn new(db: SqliteConnection, place: Place, gauges: Arc<Gauges>) -> Poster {
        Poster { db: Some(db), place, swept: None, purger: Purger::new(), gauges }
    }

    /// Posts a round, however long it takes.
    pub(crate) async fn post(mut self, round: u64, batch: Batch) -> Poster {
        let mut pause = BACK_OFF.0;
        let mut complained: Option<Instant> = None;
        let mut began = Instant::now();
        while let Err(error) = self.try_post(round, &batch).await {
            self.gauges.fail(error.to_string());
            if complained.is_none_or(|at| at.elapsed() >= COMPLAIN) {
                complained = Some(Instant::now());
                tracing::error!(%error, backlog = self.gauges.backlog(), "the database cannot be written; it is tried again");
            }
            sleep(pause).await;
            pause = (pause * 2).min(BACK_OFF.1);
            began = Instant::now();
        }
        if complained.is_some() {
            tracing::info!("the database is written again");
        }
        self.gauges.posted(batch.items, began.elapsed());
        if let Some(keep) = batch.keep {
            self.purger.keep(keep);
        }
        self
    }

    /// Whether this round takes the bindings along that have ended: a look at all of them, so not each time.
    fn sweep(&self, batch: &Batch) -> Option<i64> {
        let due = self.swept.is_none_or(|at| at.elapsed() >= SWEEP);
        (due && !batch.bindings.is_empty()).then(wall_ms)
    }

    async fn try_post(&mut self, round: u64, batch: &Batch) -> Result<()> {
        self.place.check()?;
        let mut db = match self.db.take() {
            Some(db) => db,
            None => self.place.options.connect().await?,
        };
        let lapsed = self.sweep(batch);
        let erasures = store::commit(&mut db, round, lapsed, batch).await?;
        self.gauges.set_erasures(erasures);
        if lapsed.is_some() {
            self.swept = Some(Instant::now());
        }
        // After an error the connection was dropped above, with its transaction: the next attempt makes a new one.
        self.db = Some(db);
        Ok(())
    }

    /// Recordings that are too old are given to this thread.
    pub(crate) fn set_remover(&mut self, remover: Remover) {
        self.purger.set_remover(remover);
    }

    /// When a piece of what is too old is to be deleted.
    pub(crate) fn purge_due(&self) -> Option<Instant> {
        self.purger.due()
    }

    /// Deletes a piece of what is too old. What goes wrong is not worth a retry: it is looked for again anyway.
    pub(crate) async fn purge(mut self) -> Poster {
        let Some(mut db) = self.db.take() else {
            self.purger.put_off();
            return self;
        };
        match self.purger.piece(&mut db, wall_ms()).await {
            Ok(deleted) => {
                self.gauges.purged(deleted);
                self.db = Some(db);
            }
            // The connection is dropped with its transaction: the next posting makes a new one.
            Err(error) => {
                tracing::warn!(%error, "cannot delete what is too old from the ledger; later again");
                self.purger.put_off();
            }
        }
        self
    }

    /// Closes the database.
    pub(crate) async fn close(mut self) {
        if let Some(db) = self.db.take()
            && let Err(error) = db.close().await
        {
            tracing::warn!(%error, "the database did not close cleanly; the next start repairs it");
        }
    }
}
