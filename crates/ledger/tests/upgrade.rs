//! Accounts that older versions wrote open, and tell what they told. Each is a dump, and the daybook that was beside it.
#![allow(clippy::unwrap_used)] // A test; clippy sees only the functions marked so.

mod desk;
mod told;

use call::cdr::{CallEventKind, Entry, Outcome};
use desk::{Desk, confirmed, event, happened, opened, record, url};
use ledger::report::{Grouping, Key, Question};
use ledger::{CallFilter, CallRow, Item, Reload};
use sqlx::{ConnectOptions, Connection};
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;
use terms::{AgentId, CallRef, IdSource, QueueId, Wall};

/// When the account begins.
const T: i64 = 1_795_300_000_000;

fn at(ms: i64) -> Wall {
    Wall::from_millis(T + ms)
}

/// Runs statements in the account of a folder.
fn run(folder: &Path, statements: &[&str]) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let options = sqlx::sqlite::SqliteConnectOptions::from_str(&url(folder)).unwrap().create_if_missing(true);
        let mut db = options.connect().await.unwrap();
        for sql in statements {
            sqlx::raw_sql(sqlx::AssertSqlSafe((*sql).to_owned())).execute(&mut db).await.unwrap();
        }
        db.close().await.unwrap();
    });
}

fn dumped(file: &str) -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/accounts").join(file)).unwrap()
}

fn put_daybook(file: &str, folder: &Path, nth: u8) {
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/accounts").join(file);
    std::fs::copy(from, folder.join(format!("strowger.db-daybook.{nth}"))).unwrap();
}

/// An account as version 0050 of the schema left it when its process was killed: a call that went through two queues, one
/// that was sent on at once and abandoned, one that talks, and, in the daybook alone, one that waits.
fn restore(folder: &Path) {
    put_daybook("0050.daybook", folder, 1);
    let unposted =
        "DELETE FROM calls WHERE call = 4; DELETE FROM events WHERE call = 4; UPDATE daybook SET posted = 0;";
    run(folder, &[&dumped("0050.sql"), unposted]);
}

/// An account as version 0071 left it when its third start was killed: calls, contacts and recordings of one count, a
/// call that ended, two that run, a reload and dialogs that began and ended in the daybook alone.
fn restore_0071(folder: &Path) {
    put_daybook("0071.daybook.0", folder, 0);
    put_daybook("0071.daybook.1", folder, 1);
    run(folder, &[&dumped("0071.sql")]);
}

fn call(rows: &[CallRow], call: u64) -> &CallRow {
    rows.iter().find(|row| row.call == CallRef(call)).unwrap()
}

#[test]
fn an_account_of_an_older_version_opens_with_all_that_it_told() {
    let folder = tempfile::tempdir().unwrap();
    restore(folder.path());
    let desk = Desk::open(folder.path());
    assert_eq!((desk.start.incarnation.start(), desk.start.lost), (2, 2));
    let rows = desk.calls();
    assert_eq!(rows.len(), 4);
    let first = call(&rows, 1);
    assert_eq!((first.waited_ms, first.talked_ms, first.held_ms), (34_000, 50_000, 10_000));
    assert_eq!((first.phone, first.trunk_out), (None, None), "nobody told");
    // Died with the switch: the queue, the agent and the times are those of the events.
    let (talked, waited) = (call(&rows, 3), call(&rows, 4));
    assert_eq!((talked.outcome.as_str(), talked.ended), ("node_lost", Some(at(140_000))), "the last sign of life");
    assert_eq!((talked.queue_name.as_deref(), talked.agent_name.as_deref()), (Some("billing"), Some("alice")));
    assert_eq!((talked.connected, talked.waited_ms, talked.talked_ms), (Some(at(128_000)), 7_000, 12_000));
    assert_eq!((waited.queue_name.as_deref(), waited.agent, waited.waited_ms), (Some("support"), None, 9_000));
    let through = CallFilter { queue: Some(QueueId::of("billing")), ..CallFilter::default() };
    let through = desk.runtime.block_on(desk.reader.calls(10, &through)).unwrap();
    assert_eq!(through.iter().map(|row| row.call.0).collect::<Vec<_>>(), [3, 2, 1], "whatever queue came then");
    let question = Question {
        grouping: Grouping::Queue,
        edges: vec![at(0), at(200_000)],
        queue: None,
        thresholds: [].into(),
        otherwise: Duration::from_secs(20),
        now: at(200_000),
    };
    let report = desk.runtime.block_on(desk.reader.report(&question)).unwrap();
    let billing = &report.rows[&Key::Queue(QueueId::of("billing"))];
    assert_eq!((billing.came, billing.overflowed, billing.answered), (3, 2, 1), "who was sent on at once came, too");
    let total = &report.total;
    assert_eq!((total.came, total.contacts(), total.answered_wait_ms), (6, 4, 41_000), "34 s in two queues, and 7 s");
    assert_eq!(report.sessions[&AgentId::of("alice")].len(), 1);
    desk.close();
}

#[test]
fn an_account_from_before_ids_knew_their_node_tells_what_the_version_that_wrote_it_told() {
    let folder = tempfile::tempdir().unwrap();
    restore_0071(folder.path());
    let desk = Desk::open(folder.path());
    assert_eq!((desk.start.incarnation.node(), desk.start.incarnation.start()), (0, 4));
    assert_eq!(told::told(&desk), dumped("0071.txt"));
    desk.close();
}

/// A call from its begin to its end, with an event and a dialog that stays, and a reload.
fn a_call(desk: &mut Desk, ids: &mut IdSource) -> u64 {
    let call = ids.next_id().unwrap();
    desk.push(opened(call));
    desk.push(happened(Entry::Event(event(call, CallEventKind::Offered { contact_kind: Default::default() }))));
    desk.push(happened(Entry::Closed(record(call, Outcome::Answered))));
    desk.push(confirmed(call & 0xff));
    let (text, at) = (String::new(), Wall::from_millis(1));
    let reload =
        Reload { at, asked: text.clone(), taken: true, before: text.clone(), after: text, detail: "new".into() };
    desk.push(Item::Reload(Box::new(reload)));
    call
}

/// Rows of calls and events, reloads and kept dialogs.
fn counted(desk: &Desk) -> [usize; 4] {
    let (calls, ask) = (desk.calls(), &desk.runtime);
    let events = calls.iter().map(|row| ask.block_on(desk.reader.events(row.call)).unwrap().len()).sum();
    [calls.len(), events, ask.block_on(desk.reader.reloads(1_000)).unwrap().len(), desk.start.dialogs.len()]
}

#[test]
fn an_account_from_before_goes_on_at_any_start_and_no_id_meets_an_old_one() {
    // The 16th, 32nd and 48th start would write the ids of the first three, were those read as they stand.
    for start in [4, 16, 32, 48, 131_070] {
        let folder = tempfile::tempdir().unwrap();
        restore_0071(folder.path());
        run(folder.path(), &[&format!("UPDATE node SET incarnation = {}", start - 1)]);
        let mut desk = Desk::open(folder.path());
        assert_eq!((desk.start.incarnation.node(), desk.start.incarnation.start()), (0, start));
        let before = counted(&desk);
        assert_eq!(before, [7, 24, 4, 3]);
        let mut ids = IdSource::new(desk.start.incarnation);
        let calls: Vec<u64> = (0..40).map(|_| a_call(&mut desk, &mut ids)).collect();
        desk.settle();
        desk.close();
        let desk = Desk::open(folder.path());
        assert_eq!(counted(&desk), [before[0] + 40, before[1] + 40, before[2] + 40, before[3] + 40], "start {start}");
        for call in calls {
            assert_eq!(desk.runtime.block_on(desk.reader.events(CallRef(call))).unwrap().len(), 1);
        }
    }
}

#[test]
fn a_node_that_started_too_often_before_is_spent_and_so_are_the_numbers_that_its_ids_ran_into() {
    let folder = tempfile::tempdir().unwrap();
    restore_0071(folder.path());
    run(folder.path(), &["UPDATE node SET incarnation = 2 * 131072 + 5"]);
    for (node, start) in [(0, None), (1, None), (2, Some(6)), (3, Some(1))] {
        let desk = Desk::of(folder.path(), node);
        let incarnation = desk.start.incarnation;
        assert_eq!((incarnation.node(), (!incarnation.is_spent()).then(|| incarnation.start())), (node, start));
        desk.close();
    }
}

#[test]
fn a_start_without_ids_keeps_calls_and_statuses_and_spoils_no_event_or_decision() {
    let folder = tempfile::tempdir().unwrap();
    restore_0071(folder.path());
    run(folder.path(), &["UPDATE node SET incarnation = 131071"]);
    let mut desk = Desk::open(folder.path());
    let before = counted(&desk);
    let journal = |desk: &Desk| desk.runtime.block_on(desk.reader.journal(Default::default(), 1_000)).unwrap().len();
    let decisions = journal(&desk);
    desk.push(happened(Entry::Event(event(1, CallEventKind::Offered { contact_kind: Default::default() }))));
    desk.push_all(desk::agent_entry(1, "alice", acd::Status::Ready));
    desk.settle();
    assert_eq!((counted(&desk), journal(&desk)), (before, decisions));
    desk.close();
    let desk = Desk::open(folder.path());
    assert_eq!(desk.start.statuses, [(AgentId::of("alice"), acd::Status::Ready)], "a status needs no number");
    desk.close();
}

#[test]
fn two_nodes_in_one_database_do_not_meet() {
    let folder = tempfile::tempdir().unwrap();
    for (round, node) in [0, 1, 0, 1, 1023].into_iter().enumerate() {
        let mut desk = Desk::of(folder.path(), node);
        assert_eq!(desk.start.incarnation.node(), node);
        assert_eq!(counted(&desk), [round * 20; 4]);
        let mut ids = IdSource::new(desk.start.incarnation);
        for _ in 0..20 {
            a_call(&mut desk, &mut ids);
        }
        desk.push_all(desk::agent_entry(1, "alice", acd::Status::Ready));
        desk.settle();
        let journal = desk.runtime.block_on(desk.reader.journal(Default::default(), 1_000)).unwrap();
        assert_eq!(journal.len(), round + 1, "each start has its own first decision");
        desk.close();
    }
}
