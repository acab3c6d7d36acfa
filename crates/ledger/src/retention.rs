//! How long the account keeps what: records older than the operator wants are deleted, and recordings' files removed.
//!
//! The writer does it between its postings, piece by piece: a piece is a few hundred rows of each table, so that records
//! that come meanwhile are posted some milliseconds later. Files are removed by another thread, since a disk can
//! take as long as it likes; the row says that it is so once it is so. A row whose file could not be removed keeps it,
//! and is looked at again in the next round.

use crate::Result;
use sqlx::sqlite::SqliteRow;
use sqlx::{Connection, Row, SqliteConnection};
use std::sync::mpsc::{Receiver, SyncSender, TryRecvError};
use std::time::Duration;
use terms::CaptureId;
use tokio::time::Instant;

/// Rows of one table in one piece.
pub const PIECE: u32 = 256;
/// How often what has become too old is looked for.
const EVERY: Duration = Duration::from_secs(60);
/// Between two pieces while there is more.
const PAUSE: Duration = Duration::from_millis(50);
/// How soon the remover is asked again whether it is done.
const PATIENCE: Duration = Duration::from_secs(1);

/// The calls that go next.
macro_rules! going {
    () => {
        "(SELECT call FROM calls WHERE started < ?1 AND outcome <> 'open' ORDER BY started LIMIT ?2)"
    };
}
/// Segments that had no call and go next.
macro_rules! without_call {
    () => {
        "(SELECT contact, nth FROM segments WHERE call IS NULL AND entered < ?1 AND over IS NOT NULL
         ORDER BY entered LIMIT ?2)"
    };
}

const LEGS: &str = concat!("DELETE FROM legs WHERE call IN ", going!());
const MOVES: &str = concat!("DELETE FROM moves WHERE call IN ", going!());
const MERGES: &str = concat!("DELETE FROM merges WHERE call IN ", going!());
const CHARGES: &str = concat!("DELETE FROM charges WHERE call IN ", going!());
const FORWARDS: &str = concat!("DELETE FROM forwards WHERE call IN ", going!());
const WATCHES: &str = concat!("DELETE FROM watches WHERE call IN ", going!());
const SEATS: &str = concat!("DELETE FROM seats WHERE call IN ", going!());
const MARKS: &str =
    concat!("DELETE FROM message_marks WHERE capture IN (SELECT capture FROM messages WHERE call IN ", going!(), ")");
const MESSAGES: &str = concat!("DELETE FROM messages WHERE call IN ", going!());
const TRACKS: &str =
    concat!("DELETE FROM tracks WHERE capture IN (SELECT capture FROM calls WHERE call IN ", going!(), ")");
/// Contacts all of whose segments go.
const CONTACTS: &str = concat!(
    "DELETE FROM contacts WHERE contact IN (SELECT contact FROM segments WHERE call IN ",
    going!(),
    ") AND NOT EXISTS (SELECT 1 FROM segments WHERE segments.contact = contacts.contact
        AND (call IS NULL OR call NOT IN ",
    going!(),
    "))"
);
const SEGMENTS: &str = concat!("DELETE FROM segments WHERE call IN ", going!());
const CONTACTS_WITHOUT_CALL: &str = concat!(
    "DELETE FROM contacts WHERE contact IN (SELECT contact FROM ",
    without_call!(),
    ") AND NOT EXISTS (SELECT 1 FROM segments WHERE segments.contact = contacts.contact
        AND (contact, nth) NOT IN ",
    without_call!(),
    ")"
);
const SEGMENTS_WITHOUT_CALL: &str = concat!("DELETE FROM segments WHERE (contact, nth) IN ", without_call!());
const CALLS: &str = concat!("DELETE FROM calls WHERE call IN ", going!());
const EVENTS: &str = "DELETE FROM events WHERE id IN (SELECT id FROM events WHERE at < ?1 ORDER BY at LIMIT ?2)";
const HAPPENINGS: &str =
    "DELETE FROM happenings WHERE id IN (SELECT id FROM happenings WHERE at < ?1 ORDER BY at LIMIT ?2)";
const SIGN_INS: &str =
    "DELETE FROM sign_ins WHERE rowid IN (SELECT rowid FROM sign_ins WHERE at < ?1 ORDER BY at LIMIT ?2)";
const LOOKS: &str = "DELETE FROM looks WHERE rowid IN (SELECT rowid FROM looks WHERE at < ?1 ORDER BY at LIMIT ?2)";
const PAGES: &str =
    "DELETE FROM pages WHERE first_id IN (SELECT first_id FROM pages WHERE at < ?1 ORDER BY at LIMIT ?2)";
const RELOADS: &str = "DELETE FROM reloads WHERE id IN (SELECT id FROM reloads WHERE at < ?1 ORDER BY at LIMIT ?2)";
/// A row is a whole group of entries, so fewer of them are a piece.
const JOURNAL: &str = "DELETE FROM journal WHERE rowid IN (SELECT rowid FROM
    (SELECT rowid, entries FROM journal ORDER BY incarnation, first LIMIT min(?2, 16))
    WHERE json_extract(CAST(entries AS TEXT), '$[#-1].now.wall') < ?1)";
/// Configurations that no row of the journal names any more: the oldest that is left came after the last that did. Of rows
/// without a number nobody knows whether they came after it, and where there is no row at all one may be on its way.
const SETUPS: &str = "DELETE FROM setups WHERE hash IN (SELECT hash FROM setups
    WHERE last_id < (SELECT last_id FROM journal ORDER BY incarnation, first LIMIT 1) LIMIT ?2)";
const RECORDINGS: &str = "DELETE FROM recordings WHERE capture IN
    (SELECT capture FROM recordings WHERE started < ?1 AND purged IS NOT NULL ORDER BY started LIMIT ?2)";

/// In this order: what goes with calls, before them.
const RECORDS: [&str; 24] = [
    LEGS,
    MOVES,
    MERGES,
    CHARGES,
    FORWARDS,
    WATCHES,
    SEATS,
    MARKS,
    MESSAGES,
    TRACKS,
    CONTACTS,
    SEGMENTS,
    CONTACTS_WITHOUT_CALL,
    SEGMENTS_WITHOUT_CALL,
    CALLS,
    EVENTS,
    HAPPENINGS,
    SIGN_INS,
    LOOKS,
    PAGES,
    RELOADS,
    JOURNAL,
    SETUPS,
    RECORDINGS,
];

/// The customers that go next, with all that is theirs.
macro_rules! unseen {
    () => {
        "(SELECT customer FROM customers WHERE seen < ?1 ORDER BY seen LIMIT ?2)"
    };
}
const CUSTOMERS: [&str; 3] = [
    concat!("DELETE FROM notes WHERE customer IN ", unseen!()),
    concat!("DELETE FROM customer_numbers WHERE customer IN ", unseen!()),
    concat!("DELETE FROM customers WHERE customer IN ", unseen!()),
];
const NOTES: [&str; 1] =
    ["DELETE FROM notes WHERE note IN (SELECT note FROM notes WHERE at < ?1 ORDER BY at LIMIT ?2)"];

const EXPIRED: &str = "SELECT capture, started, file FROM recordings
    WHERE file IS NOT NULL AND started < ?1 AND (started, capture) > (?2, ?3) ORDER BY started, capture LIMIT ?4";
/// Messages that somebody has deleted, or that were none.
const UNWANTED: &str = "SELECT recordings.capture, started, file FROM message_marks
        JOIN recordings ON recordings.capture = message_marks.capture
        WHERE what = 'deleted' AND file IS NOT NULL
    UNION SELECT recordings.capture, started, file FROM messages
        JOIN recordings ON recordings.capture = messages.capture
        WHERE dropped AND file IS NOT NULL LIMIT ?1";
const PURGED: &str = "UPDATE recordings SET file = NULL, purged = ?1
    WHERE capture IN (SELECT value FROM json_each(?2))";

/// Before all recordings.
const FIRST: (i64, i64) = (i64::MIN, i64::MIN);

/// How long what is kept; nothing said: for ever.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retention {
    /// Call records, events, the routing core's journal and reloads.
    pub records: Option<Duration>,
    /// Recordings.
    pub recordings: Option<Duration>,
    /// Customers who do not call any more.
    pub customers: Option<Duration>,
    /// What people have written down of them.
    pub notes: Option<Duration>,
}

/// A recording whose file is to be removed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expired {
    /// Which.
    pub capture: CaptureId,
    /// Its file, below the recordings folder.
    pub file: String,
}

/// The way to the thread that removes files. One piece at a time is under way.
#[derive(Debug)]
pub struct Remover {
    /// What is to be removed.
    pub due: SyncSender<Vec<Expired>>,
    /// What is no longer there.
    pub gone: Receiver<Vec<CaptureId>>,
}

/// Deletes what is too old.
#[derive(Debug)]
pub(crate) struct Purger {
    keep: Retention,
    remover: Option<Remover>,
    /// The remover has a piece.
    removing: bool,
    /// The last recording of this round that the remover was given.
    after: (i64, i64),
    /// It was given those that nobody wants in this round.
    tidied: bool,
    due: Option<Instant>,
}

impl Purger {
    /// One that keeps everything.
    pub(crate) fn new() -> Purger {
        Purger { keep: Retention::default(), remover: None, removing: false, after: FIRST, tidied: false, due: None }
    }

    pub(crate) fn set_remover(&mut self, remover: Remover) {
        self.remover = Some(remover);
        self.due = Some(Instant::now());
    }

    /// From now on this much is kept.
    pub(crate) fn keep(&mut self, keep: Retention) {
        self.keep = keep;
        self.after = FIRST;
        self.due = (keep != Retention::default() || self.remover.is_some()).then(Instant::now);
    }

    /// When the next piece is due; `None` where everything is kept.
    pub(crate) fn due(&self) -> Option<Instant> {
        self.due
    }

    /// Something went wrong: another time.
    pub(crate) fn put_off(&mut self) {
        self.due = Some(Instant::now() + EVERY);
    }

    /// One piece; how many rows are no longer there.
    pub(crate) async fn piece(&mut self, db: &mut SqliteConnection, now_ms: i64) -> Result<u64> {
        let mut tx = db.begin_with("BEGIN IMMEDIATE").await?;
        let (mut deleted, mut more) = (0, false);
        let Retention { records, customers, notes, .. } = self.keep;
        let parts = [(records, RECORDS.as_slice()), (customers, &CUSTOMERS), (notes, &NOTES)];
        for (keep, statements) in parts {
            let Some(before) = keep.map(|keep| before(now_ms, keep)) else { continue };
            for sql in statements {
                let rows = sqlx::query(*sql).bind(before).bind(PIECE).execute(&mut *tx).await?.rows_affected();
                deleted += rows;
                more |= rows >= 16;
            }
        }
        if let Some(gone) = self.gone() {
            let ids: Vec<i64> = gone.iter().map(|capture| capture.0.cast_signed()).collect();
            let ids = serde_json::to_string(&ids)?;
            deleted += sqlx::query(PURGED).bind(now_ms).bind(ids).execute(&mut *tx).await?.rows_affected();
        }
        tx.commit().await?;
        let wait = match self.expire(db, now_ms).await? || more {
            true => PAUSE,
            false if self.removing => PATIENCE,
            false => EVERY,
        };
        self.due = Some(Instant::now() + wait);
        Ok(deleted)
    }

    /// What the remover has done with its piece, if it has.
    fn gone(&mut self) -> Option<Vec<CaptureId>> {
        let remover = self.remover.as_ref().filter(|_| self.removing)?;
        match remover.gone.try_recv() {
            Ok(gone) => {
                self.removing = false;
                Some(gone)
            }
            Err(TryRecvError::Empty) => None,
            Err(TryRecvError::Disconnected) => {
                self.remover = None;
                self.removing = false;
                None
            }
        }
    }

    /// Hands the next recordings to the remover. True: there were some.
    async fn expire(&mut self, db: &mut SqliteConnection, now_ms: i64) -> Result<bool> {
        if self.remover.is_none() || self.removing {
            return Ok(false);
        }
        if !std::mem::replace(&mut self.tidied, true) {
            let unwanted = sqlx::query(UNWANTED).bind(PIECE).fetch_all(&mut *db).await?;
            if !unwanted.is_empty() {
                return self.hand(unwanted.iter().map(expired).collect::<sqlx::Result<_>>()?);
            }
        }
        let Some(keep) = self.keep.recordings else {
            self.tidied = false;
            return Ok(false);
        };
        let (started, capture) = self.after;
        let rows = sqlx::query(EXPIRED)
            .bind(before(now_ms, keep))
            .bind(started)
            .bind(capture)
            .bind(PIECE)
            .fetch_all(db)
            .await?;
        let Some(last) = rows.last() else {
            (self.after, self.tidied) = (FIRST, false);
            return Ok(false);
        };
        self.after = (last.try_get("started")?, last.try_get("capture")?);
        self.hand(rows.iter().map(expired).collect::<sqlx::Result<_>>()?)
    }

    /// True: the remover has them.
    fn hand(&mut self, expired: Vec<Expired>) -> Result<bool> {
        self.removing = self.remover.as_ref().is_some_and(|remover| remover.due.try_send(expired).is_ok());
        Ok(self.removing)
    }
}

fn expired(row: &SqliteRow) -> sqlx::Result<Expired> {
    Ok(Expired { capture: CaptureId(row.try_get::<i64, _>("capture")?.cast_unsigned()), file: row.try_get("file")? })
}

/// What began before this time is too old.
fn before(now_ms: i64, keep: Duration) -> i64 {
    now_ms.saturating_sub(i64::try_from(keep.as_millis()).unwrap_or(i64::MAX))
}
