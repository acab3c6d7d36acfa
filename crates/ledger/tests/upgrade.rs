//! Accounts that older versions wrote open, and tell what they told. Each is a dump, and the daybook that was beside it.
#![allow(clippy::unwrap_used)] // A test; clippy sees only the functions marked so.

mod desk;

use desk::{Desk, url};
use ledger::report::{Grouping, Key, Question};
use ledger::{CallFilter, CallRow};
use sqlx::{ConnectOptions, Connection};
use std::path::Path;
use std::str::FromStr;
use std::time::Duration;
use terms::{AgentId, CallRef, QueueId, Wall};

/// When the account begins.
const T: i64 = 1_795_300_000_000;

fn at(ms: i64) -> Wall {
    Wall::from_millis(T + ms)
}

/// An account as version 0050 of the schema left it when its process was killed: a call that went through two queues, one
/// that was sent on at once and abandoned, one that talks, and, in the daybook alone, one that waits.
fn restore(folder: &Path) {
    let accounts = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/accounts");
    let dump = std::fs::read_to_string(accounts.join("0050.sql")).unwrap();
    std::fs::copy(accounts.join("0050.daybook"), folder.join("strowger.db-daybook.1")).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let options = sqlx::sqlite::SqliteConnectOptions::from_str(&url(folder)).unwrap().create_if_missing(true);
        let mut db = options.connect().await.unwrap();
        let unposted =
            "DELETE FROM calls WHERE call = 4; DELETE FROM events WHERE call = 4; UPDATE daybook SET posted = 0;";
        for sql in [dump.as_str(), unposted] {
            sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())).execute(&mut db).await.unwrap();
        }
        db.close().await.unwrap();
    });
}

fn call(rows: &[CallRow], call: u64) -> &CallRow {
    rows.iter().find(|row| row.call == CallRef(call)).unwrap()
}

#[test]
fn an_account_of_an_older_version_opens_with_all_that_it_told() {
    let folder = tempfile::tempdir().unwrap();
    restore(folder.path());
    let desk = Desk::open(folder.path());
    assert_eq!((desk.start.incarnation, desk.start.lost), (2, 2));
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
