//! What has been kept for long enough goes, in pieces that keep no record waiting, and the rest stays.
#![allow(clippy::unwrap_used)] // A test; clippy sees only the functions marked so.

use call::cdr::{By, CallRecord, Entry, Outcome};
use ledger::retention::PIECE;
use ledger::{CallFilter, Expired, Inlet, Item, Ledger, Reader, Remover, Retention, SideDoor};
use node::{Happening, Record};
use sqlx::{ConnectOptions, Connection, Row, SqliteConnection};
use std::path::Path;
use std::str::FromStr;
use std::sync::mpsc;
use std::time::{Duration, Instant, SystemTime};
use terms::{CallRef, CaptureId, Cause, Pii, Seq, TrunkId, Wall};
use tokio::runtime::Runtime;

const DAY_MS: i64 = 86_400_000;
const DAY: Duration = Duration::from_secs(86_400);

fn now_ms() -> i64 {
    i64::try_from(SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis()).unwrap()
}

fn record(call: u64, started: i64) -> Item {
    let seq = Seq { node: 0, start: 1, n: call };
    let what = Happening::Call(Entry::Closed(Box::new(CallRecord {
        call: CallRef(call),
        sip_call_id: format!("{call}@carrier"),
        source: sip::Source::Trunk(TrunkId::of("acme")),
        caller: Pii::from("+442079460001"),
        called: Pii::from("+442079460099"),
        started: Wall::from_millis(started),
        answered: None,
        connected: None,
        ended: Some(Wall::from_millis(started + 1_000)),
        outcome: Outcome::Answered,
        status: None,
        cause: Cause::NORMAL,
        ended_by: By::Caller,
        queue: None,
        contact: None,
        agent: None,
        phone: None,
        trunk_out: None,
        waited_ms: 0,
        talked_ms: 0,
        held_ms: 0,
        capture: None,
        digits: String::new(),
        media: None,
        joined: None,
    })));
    Item::Happened(Record { seq, at: Wall::from_millis(started), what })
}

/// An account that is open for writing, with its writer on a thread of its own.
struct Account {
    runtime: Runtime,
    inlet: Inlet,
    side: SideDoor,
    written: mpsc::Receiver<(CallRef, Instant)>,
    reader: Reader,
}

fn url(folder: &Path) -> String {
    format!("sqlite:{}", folder.join("strowger.db").display())
}

impl Account {
    fn open(folder: &Path, remover: Option<Remover>) -> Account {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (mut ledger, _) = runtime.block_on(Ledger::open(&url(folder), 0)).unwrap();
        let (tell, written) = mpsc::channel();
        let (inlet, side, writer) =
            ledger.writer(move |call| tell.send((call, Instant::now())).unwrap_or_default()).unwrap();
        let writer = match remover {
            Some(remover) => writer.with_remover(remover),
            None => writer,
        };
        runtime.spawn(async { writer.run().await.unwrap() });
        let reader = ledger.reader().clone();
        Account { runtime, inlet, side, written, reader }
    }

    fn keep(&self, records: Option<Duration>, recordings: Option<Duration>) {
        self.side.push_blocking(Item::Keep(Retention { records, recordings, ..Retention::default() })).unwrap();
    }

    fn until(&self, what: &str, mut is_so: impl FnMut(&Account) -> bool) {
        let begun = Instant::now();
        while !is_so(self) {
            assert!(begun.elapsed() < Duration::from_secs(20), "{what}: {:?}", self.inlet.health());
            std::thread::sleep(Duration::from_millis(5));
        }
    }
}

/// The rows that a statement finds, seen from outside; with what it changes, if it changes something.
fn ask(folder: &Path, sql: &'static str) -> Vec<i64> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let options = sqlx::sqlite::SqliteConnectOptions::from_str(&url(folder)).unwrap();
        let mut db: SqliteConnection = options.busy_timeout(Duration::from_secs(5)).connect().await.unwrap();
        let rows = sqlx::query(sql).fetch_all(&mut db).await.unwrap();
        db.close().await.unwrap();
        rows.iter().map(|row| row.try_get(0).unwrap_or_default()).collect()
    })
}

/// So many old calls, each with three events, and journal rows.
fn grow_old(folder: &Path) {
    ask(
        folder,
        "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 4000)
         INSERT INTO calls (call, sip_call_id, source_kind, source, caller, called, started, ended, outcome, cause,
             ended_by, waited_ms, talked_ms, held_ms, digits)
         SELECT n, 'x', 'trunk', 1, '1', '2', 1000 * n, 1000 * n + 5, 'answered', 16, 'caller', 0, 0, 0, '' FROM n",
    );
    ask(
        folder,
        "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 12000)
         INSERT INTO events (id, at, call, kind, detail) SELECT n, 1000 * n / 3, n / 3, 'queued', '{}' FROM n",
    );
    ask(
        folder,
        "WITH RECURSIVE n(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM n WHERE n < 100)
         INSERT INTO journal (incarnation, first, last, version, entries)
         SELECT 0, n, n, '1', CAST('[{\"sequence\":1,\"now\":{\"mono\":1,\"wall\":' || n || '},\"what\":\"Tick\"}]' AS BLOB)
         FROM n",
    );
    ask(folder, "INSERT INTO reloads VALUES (1, 5, 'signal', 1, 'a', 'b', '')");
}

#[test]
fn a_big_backlog_goes_in_pieces_while_records_come_and_none_of_them_waits() {
    let folder = tempfile::tempdir().unwrap();
    drop(Account::open(folder.path(), None));
    grow_old(folder.path());
    let mut account = Account::open(folder.path(), None);
    let now = now_ms();
    account.keep(Some(400 * DAY), None);
    let (mut pushed, mut most) = (vec![], 0);
    let begun = Instant::now();
    let mut before = account.inlet.health().purged;
    while begun.elapsed() < Duration::from_secs(2) {
        let call = 1_000_000 + pushed.len() as u64;
        account.inlet.push(record(call, now)).unwrap();
        pushed.push(Instant::now());
        std::thread::sleep(Duration::from_millis(4));
        let purged = account.inlet.health().purged;
        most = most.max(purged - before);
        before = purged;
    }
    account.until("all records", |account| account.inlet.health().backlog == 0);
    let written: Vec<_> = account.written.try_iter().collect();
    let latest = written.iter().map(|(call, at)| *at - pushed[(call.0 - 1_000_000) as usize]).max().unwrap();
    assert_eq!(written.len(), pushed.len());
    assert!(latest < Duration::from_millis(500), "a record waited for {latest:?}");
    assert!(most <= 4 * 2 * u64::from(PIECE), "{most} rows went at once");
    account.until("the old ones are gone", |account| account.inlet.health().purged == 4_000 + 12_000 + 100 + 1);
    let mut left = account.runtime.block_on(account.reader.calls(100_000, &CallFilter::default())).unwrap();
    left.retain(|call| call.started.as_millis() != now);
    assert!(left.is_empty());
    for table in ["SELECT count(*) FROM events", "SELECT count(*) FROM journal", "SELECT count(*) FROM reloads"] {
        assert_eq!(ask(folder.path(), table), [0], "{table}");
    }
}

#[test]
fn a_writer_that_keeps_everything_deletes_nothing() {
    let folder = tempfile::tempdir().unwrap();
    drop(Account::open(folder.path(), None));
    grow_old(folder.path());
    let mut account = Account::open(folder.path(), None);
    account.keep(None, None);
    account.inlet.push(record(9_999_999, now_ms())).unwrap();
    account.until("written", |account| account.inlet.health().backlog == 0);
    std::thread::sleep(Duration::from_millis(200));
    assert_eq!(ask(folder.path(), "SELECT count(*) FROM calls"), [4_001]);
}

#[test]
fn a_recording_that_was_removed_says_so_and_one_that_could_not_be_is_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    drop(Account::open(folder.path(), None));
    ask(
        folder.path(),
        "INSERT INTO recordings (capture, call, started, file, duration_ms, gap_ms)
         VALUES (1, 1, 1000, 'old.wav', 5, 0), (2, 2, 2000, 'stuck.wav', 5, 0)",
    );
    ask(
        folder.path(),
        "INSERT INTO recordings (capture, call, started, file, duration_ms, gap_ms)
         VALUES (3, 3, 1000 * unixepoch('now', '-2 days'), 'new.wav', 5, 0)",
    );
    let (due, dues) = mpsc::sync_channel::<Vec<Expired>>(1);
    let (gones, gone) = mpsc::channel();
    let account = Account::open(folder.path(), Some(Remover { due, gone }));
    account.keep(None, Some(3 * DAY));
    let piece = dues.recv_timeout(Duration::from_secs(5)).unwrap();
    let files: Vec<_> = piece.iter().map(|expired| expired.file.as_str()).collect();
    assert_eq!(files, ["old.wav", "stuck.wav"]);
    let rows = |account: &Account| account.runtime.block_on(account.reader.recordings(10, None)).unwrap();
    assert!(rows(&account).iter().all(|row| row.file.is_some()), "nothing is said before it is so");
    gones.send(vec![CaptureId(1)]).unwrap();
    account.until("it says so", |account| {
        let rows = rows(account);
        let old = rows.iter().find(|row| row.capture == CaptureId(1)).unwrap();
        old.file.is_none() && old.purged.is_some_and(|at| now_ms() - at.as_millis() < DAY_MS)
    });
    assert_eq!(rows(&account).iter().filter(|row| row.file.is_some()).count(), 2);
    // The next round: the operator's reload begins one at once.
    account.keep(None, Some(3 * DAY));
    let again = dues.recv_timeout(Duration::from_secs(5)).unwrap();
    assert_eq!(again.len(), 1);
    assert_eq!(again[0].file, "stuck.wav");
    gones.send(vec![CaptureId(2)]).unwrap();
    account.until("both say so", |account| rows(account).iter().filter(|row| row.purged.is_some()).count() == 2);
    // Once their calls' records go, so do their rows; a recording that is kept longer keeps its own.
    account.keep(Some(DAY), Some(3 * DAY));
    account.until("the rows go", |account| rows(account).len() == 1);
}

#[test]
fn a_configuration_goes_with_the_last_row_of_the_journal_that_names_it() {
    let folder = tempfile::tempdir().unwrap();
    drop(Account::open(folder.path(), None));
    ask(
        folder.path(),
        "INSERT INTO journal (incarnation, first, last, version, entries, last_id)
         SELECT value->>0, value->>1, value->>1, '1', CAST('[{\"now\":{\"wall\":' || (value->>2) || '}}]' AS BLOB), value->>3
         FROM json_each('[[1, 1, 1, 10], [1, 2, 2, 20], [2, 1, 3, 30]]')",
    );
    let now = "INSERT INTO journal (incarnation, first, last, version, entries, last_id)
        VALUES (2, 2, 2, '1', CAST('[{\"now\":{\"wall\":' || 1000 * unixepoch('now') || '}}]' AS BLOB), 40)";
    ask(folder.path(), now);
    ask(folder.path(), "INSERT INTO setups VALUES ('first', '{}', 10), ('third', '{}', 30), ('in force', '{}', 40)");
    let account = Account::open(folder.path(), None);
    account.keep(None, Some(DAY));
    let kept = || ask(folder.path(), "SELECT last_id FROM setups ORDER BY last_id");
    assert_eq!(kept(), [10, 30, 40], "rows name them");
    account.keep(Some(DAY), None);
    account.until("nothing names them", |account| account.inlet.health().purged == 3 + 2);
    assert_eq!(kept(), [40]);
    assert_eq!(ask(folder.path(), "SELECT last_id FROM journal"), [40]);
}

#[test]
fn the_sound_of_a_message_goes_that_is_deleted_or_was_none_though_everything_is_kept() {
    let folder = tempfile::tempdir().unwrap();
    drop(Account::open(folder.path(), None));
    ask(
        folder.path(),
        "INSERT INTO recordings (capture, call, started, file, duration_ms, gap_ms)
         VALUES (1, 1, 1000, 'kept.wav', 5, 0), (2, 2, 2000, 'none.wav', 5, 0), (3, 3, 3000, 'deleted.wav', 5, 0)",
    );
    ask(
        folder.path(),
        "INSERT INTO messages (capture, call, box_kind, box, who_kind, who, number, since, until, dropped)
         VALUES (1, 1, 'queue', 1, 'trunk', 1, '1', 1000, 2000, 0), (2, 2, 'queue', 1, 'trunk', 1, '1', 1000, 2000, 1),
             (3, 3, 'queue', 1, 'trunk', 1, '1', 1000, 2000, 0)",
    );
    ask(
        folder.path(),
        "INSERT INTO message_marks (capture, what, at, by) VALUES (1, 'done', 5, 'x'), (3, 'deleted', 5, 'x')",
    );
    let (due, dues) = mpsc::sync_channel::<Vec<Expired>>(1);
    let (gones, gone) = mpsc::channel();
    let account = Account::open(folder.path(), Some(Remover { due, gone }));
    account.keep(None, None);
    let piece = dues.recv_timeout(Duration::from_secs(5)).unwrap();
    let files: Vec<_> = piece.iter().map(|expired| expired.file.as_str()).collect();
    assert_eq!(files, ["none.wav", "deleted.wav"]);
    gones.send(piece.iter().map(|expired| expired.capture).collect()).unwrap();
    account.until("they say so", |_| {
        ask(folder.path(), "SELECT count(*) FROM recordings WHERE purged IS NOT NULL") == [2]
    });
}
