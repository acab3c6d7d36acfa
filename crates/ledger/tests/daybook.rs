//! The daybook on real files: what was written down in it is in the account after any death, once.
#![allow(clippy::unwrap_used)] // A test; clippy sees only the functions marked so.

mod desk;

use call::cdr::{CallEventKind, Entry};
use desk::{
    Desk, Intruder, agent_entry, binding, closed, confirmed, ended, event, happened, nobody_has_open, opened, url,
};
use ledger::{CallFilter, Item, JournalPlace, Ledger, Name};
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::time::{Duration, Instant};
use terms::{AgentId, CallRef, Wall};

fn books(folder: &Path) -> [PathBuf; 2] {
    [0, 1].map(|nth| folder.join(format!("strowger.db-daybook.{nth}")))
}

/// Names of the files that were put aside.
fn put_aside(folder: &Path) -> Vec<String> {
    let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap());
    names.filter(|name| name.contains(".orphan-") || name.contains(".damaged-")).collect()
}

fn overlay(id: i64, change: Option<&str>) -> Item {
    let row = |change: &str| ledger::OverlayRow {
        id,
        at: Wall::from_millis(id),
        asked: "socket".into(),
        change: change.into(),
    };
    Item::Overlay(id, change.map(|change| Box::new(row(change))))
}

/// One of everything, in several groups.
fn a_busy_second(desk: &mut Desk) {
    let name = Item::Name(Box::new(Name::agent("alice")));
    let wait = |_: &Desk| std::thread::sleep(Duration::from_millis(25));
    let entered = || {
        happened(Entry::Event(event(
            1,
            CallEventKind::Entered { position: 1, again: false, contact_kind: Default::default() },
        )))
    };
    [name, opened(1), opened(2), confirmed(1), confirmed(2), entered()].into_iter().for_each(|item| desk.push(item));
    wait(desk);
    let ready = agent_entry(1, "alice", acd::Status::Ready);
    desk.push_all(ready);
    desk.push_all([closed(1), ended(1), binding("desk", 5062, 60_000), opened(3)]);
    wait(desk);
    let lunch = agent_entry(2, "alice", acd::Status::NotReady("lunch".into()));
    desk.push_all(lunch);
    desk.push_all([closed(3), binding("desk", 5063, 60_000), confirmed(4)]);
    let side = desk.side.clone().unwrap();
    let (receipt, received) = mpsc::channel();
    let items = [overlay(1, Some("{}")), overlay(2, Some("{}")), overlay(1, None), Item::Receipt(receipt)];
    items.into_iter().for_each(|item| side.push_blocking(item).unwrap());
    received.recv_timeout(Duration::from_secs(20)).expect("a receipt, whatever the database does");
}

/// What the busy second leaves for the next start, and in the account.
fn is_all_there(desk: &Desk) {
    let outcome = |call: u64| desk.calls().iter().find(|row| row.call == CallRef(call)).map(|row| row.outcome.clone());
    let outcomes = [1, 2, 3].map(outcome).map(Option::unwrap);
    assert_eq!((outcomes, desk.calls().len()), (["answered", "node_lost", "answered"].map(String::from), 3));
    assert_eq!(desk.runtime.block_on(desk.reader.events(CallRef(1))).unwrap().len(), 1);
    let journal = desk.runtime.block_on(desk.reader.journal(JournalPlace::default(), 100)).unwrap();
    assert_eq!(journal.iter().map(|(place, _)| place.sequence).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(desk.runtime.block_on(desk.reader.names()).unwrap().agents[&AgentId::of("alice")], "alice");
}

fn is_remembered(desk: &Desk) {
    let start = &desk.start;
    let call_id = |owed: &sip::Owed| match owed {
        sip::Owed::Bye(kept) => kept.call_id.clone(),
        sip::Owed::Cancel(_) | sip::Owed::Refusal(_) => "rings".into(),
    };
    let dialogs: Vec<_> = start.dialogs.iter().map(|(_, owed)| call_id(owed)).collect();
    assert_eq!(dialogs, ["dialog 2", "dialog 4"]);
    assert_eq!(start.statuses, [(AgentId::of("alice"), acd::Status::NotReady("lunch".into()))]);
    assert_eq!(start.bindings.iter().map(|binding| binding.remote.port()).collect::<Vec<_>>(), [5063]);
    assert_eq!(start.overlay.iter().map(|row| row.id).collect::<Vec<_>>(), [2]);
}

#[test]
fn what_was_acknowledged_while_the_database_was_locked_survives_a_death_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::open(folder.path());
    let other = Intruder::enter(folder.path());
    a_busy_second(&mut desk);
    let told: Vec<CallRef> = desk.written.iter().take(2).collect();
    assert_eq!(told, [CallRef(1), CallRef(3)]);
    assert_eq!(desk.health().written, 0, "the database has nothing of it");
    desk.abort();
    other.leave();
    let desk = Desk::open(folder.path());
    is_all_there(&desk);
    is_remembered(&desk);
    assert_eq!((desk.start.lost, desk.start.incarnation.start()), (1, 2));
    // What was posted is not posted again, though its file is there still.
    let desk = desk.die_and_open(folder.path());
    is_all_there(&desk);
    is_remembered(&desk);
    desk.close();
}

#[test]
fn what_was_written_down_while_the_database_was_away_survives_a_death() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::open(folder.path());
    desk.push(closed(1));
    desk.settle();
    let (there, away) = (folder.path().join("strowger.db"), folder.path().join("elsewhere.db"));
    std::fs::rename(&there, &away).unwrap();
    let began = Instant::now();
    for call in 2..200 {
        desk.push(opened(call));
        desk.push(closed(call));
        assert_eq!(desk.written.recv_timeout(Duration::from_secs(5)), Ok(CallRef(call - 1)), "the one before");
        std::thread::sleep(Duration::from_millis(5));
    }
    println!("198 calls in {:?}: {:?}", began.elapsed(), desk.health());
    assert_eq!(desk.written.recv_timeout(Duration::from_secs(5)), Ok(CallRef(199)));
    assert!(desk.health().fault.unwrap().contains("gone or was replaced"));
    assert!(desk.health().unposted_ms > 500 && desk.health().daybook_bytes > 50_000, "{:?}", desk.health());
    desk.abort();
    std::fs::rename(&away, &there).unwrap();
    let desk = Desk::open(folder.path());
    assert_eq!((desk.calls().len(), desk.start.lost), (199, 0));
    desk.close();
}

#[test]
fn a_round_that_the_database_has_changes_nothing_when_it_turns_up_again() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::open(folder.path());
    [confirmed(1), binding("desk", 5062, 60_000)].into_iter().for_each(|item| desk.push(item));
    desk.settle();
    let old = books(folder.path()).map(|path| std::fs::read(path).unwrap());
    [ended(1), binding("desk", 5063, 60_000)].into_iter().for_each(|item| desk.push(item));
    desk.settle();
    desk.abort();
    books(folder.path()).iter().zip(old).for_each(|(path, bytes)| std::fs::write(path, bytes).unwrap());
    let desk = Desk::open(folder.path());
    assert_eq!(desk.start.dialogs, []);
    assert_eq!(desk.start.bindings[0].remote.port(), 5063);
    assert_eq!(put_aside(folder.path()), [""; 0]);
    desk.close();
}

#[test]
fn an_orderly_end_leaves_no_daybook() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::open(folder.path());
    desk.push(closed(1));
    desk.settle();
    assert!(books(folder.path()).iter().all(|path| path.exists()));
    desk.close();
    assert!(!books(folder.path()).iter().any(|path| path.exists()));
}

#[test]
fn an_end_with_a_locked_database_leaves_the_rest_to_the_next_start() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::open(folder.path());
    let other = Intruder::enter(folder.path());
    desk.push(closed(1));
    desk.close();
    other.leave();
    assert_eq!(Desk::open(folder.path()).calls().len(), 1);
}

#[test]
fn a_daybook_of_another_database_is_put_aside_and_not_posted() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::open(folder.path());
    let other = Intruder::enter(folder.path());
    desk.push(closed(1));
    desk.written_down();
    desk.abort();
    other.leave();
    let elsewhere = tempfile::tempdir().unwrap();
    let carry = |from: &Path, to: &Path| {
        nobody_has_open(from);
        nobody_has_open(to);
        for name in ["strowger.db", "strowger.db-wal", "strowger.db-shm"] {
            let _not_there = std::fs::remove_file(to.join(name));
            let _not_there = std::fs::rename(from.join(name), to.join(name));
        }
    };
    carry(folder.path(), elsewhere.path());
    let desk = Desk::open(folder.path());
    let [orphan] = &put_aside(folder.path())[..] else { panic!("{:?}", put_aside(folder.path())) };
    assert_eq!(desk.calls().len(), 0);
    desk.close();
    // With its own database it is posted after all.
    carry(elsewhere.path(), folder.path());
    let path = folder.path().join(orphan);
    std::fs::rename(&path, path.with_extension("").with_extension(orphan.split('.').nth(2).unwrap())).unwrap();
    assert_eq!(Desk::open(folder.path()).calls().len(), 1);
}

#[test]
fn a_daybook_is_not_posted_to_an_older_copy_of_its_database() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::open(folder.path());
    desk.push(closed(1));
    desk.close();
    nobody_has_open(folder.path());
    let copies = ["", "-wal"].map(|end| {
        let (there, copy) = (format!("strowger.db{end}"), format!("copy.db{end}"));
        (folder.path().join(there), folder.path().join(copy))
    });
    copies.iter().for_each(|(there, copy)| drop(std::fs::copy(there, copy)));
    let mut desk = Desk::open(folder.path());
    for call in 2..6 {
        desk.push(closed(call));
        desk.settle();
    }
    let other = Intruder::enter(folder.path());
    desk.push(closed(6));
    assert_eq!(desk.written.iter().take(5).count(), 5);
    desk.abort();
    other.leave();
    nobody_has_open(folder.path());
    let _not_there = std::fs::remove_file(folder.path().join("strowger.db-shm"));
    for (there, copy) in &copies {
        let _not_there = std::fs::remove_file(there);
        let _not_there = std::fs::rename(copy, there);
    }
    let desk = Desk::open(folder.path());
    assert_eq!((desk.calls().len(), put_aside(folder.path()).len()), (1, 2));
    desk.close();
}

#[test]
fn without_a_daybook_records_go_to_the_database_before_they_are_acknowledged() {
    let folder = tempfile::tempdir().unwrap();
    // Nobody can open a folder as a file.
    std::fs::create_dir(&books(folder.path())[1]).unwrap();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let refused = runtime.block_on(Ledger::open(&url(folder.path()), 0)).unwrap_err();
    assert!(refused.to_string().contains("daybook.1"), "what may hold records must be readable: {refused}");
    std::fs::remove_dir(&books(folder.path())[1]).unwrap();
    let (mut ledger, _) = runtime.block_on(Ledger::open(&url(folder.path()), 0)).unwrap();
    std::fs::create_dir(&books(folder.path())[1]).unwrap();
    let (tell, written) = mpsc::channel();
    let (mut inlet, side, writer) = ledger.writer(move |call| tell.send(call).unwrap_or_default()).unwrap();
    assert!(inlet.health().daybook_fault.unwrap().contains("daybook.1"));
    inlet.push(closed(1)).unwrap();
    drop((inlet, side));
    runtime.block_on(writer.run()).unwrap();
    assert_eq!(written.try_iter().count(), 1);
    let calls = runtime.block_on(ledger.reader().calls(10, &CallFilter::default())).unwrap();
    assert_eq!(calls.iter().map(|row| row.outcome.as_str()).collect::<Vec<_>>(), ["answered"]);
}

#[test]
fn a_daybook_that_was_taken_away_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::open(folder.path());
    desk.push(closed(1));
    desk.settle();
    books(folder.path()).iter().for_each(|path| std::fs::remove_file(path).unwrap());
    let other = Intruder::enter(folder.path());
    desk.push(closed(2));
    desk.written_down();
    desk.abort();
    other.leave();
    assert_eq!(Desk::open(folder.path()).calls().len(), 2);
}

#[test]
fn a_burst_while_the_database_is_locked_closes_the_lane_at_its_limit_and_nothing_is_lost() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::open(folder.path());
    let other = Intruder::enter(folder.path());
    let mut pushed = 0;
    while desk.inlet.as_mut().unwrap().push(closed(pushed + 1)).is_ok() {
        pushed += 1;
    }
    assert_eq!(pushed as usize, terms::limits::LEDGER_BACKLOG);
    desk.until("all is written down", |health| health.lag_ms == 0 && health.entries > 10);
    other.leave();
    desk.settle();
    desk.push(closed(pushed + 1));
    desk.settle();
    let outcomes = desk.runtime.block_on(desk.reader.outcomes()).unwrap();
    assert_eq!(outcomes.into_iter().collect::<Vec<_>>(), [("answered".into(), pushed + 1)]);
    desk.close();
}
