//! The stream from the account: what was told live is read again, line by line, whatever happened in between.
#![allow(clippy::unwrap_used)] // A test; clippy sees only the functions marked so.

mod desk;

use call::cdr::{
    CallEventKind, Entry, LegRecord, LegRole, Outcome, Parking, ParkingEnd, Recording, Seating, Unparked, Watching,
};
use control::{Actor, AgentWish, Command, Verb};
use desk::{Desk, agent_entry, event, happened, numbered, record};
use ledger::Item;
use ledger::stream::Line;
use node::{Happening, Ordered, Record, TrunkNews};
use terms::{CallRef, CaptureId, PhoneId, Seq, TrunkId, Wall};

fn recording(call: u64) -> Box<Recording> {
    let summary = media::CaptureSummary { file: "a.wav".into(), duration_ms: 7_000, gap_ms: 20, fault: None };
    Box::new(Recording {
        capture: CaptureId(call),
        call: CallRef(call),
        started: Wall::from_millis(5_000),
        summary,
        tracks: vec![],
    })
}

fn ordered() -> Ordered {
    let what = Verb::Agent { name: "alice".into(), status: AgentWish::Pause, reason: Some("lunch".into()) };
    let command = Command { id: "7f3a".to_owned().try_into().ok(), by: Actor::Operator(Some(0)), what };
    Ordered { command, reply: control::Reply::Done("alice: paused (lunch)".into()), before: None, after: None }
}

fn leg(call: u64) -> LegRecord {
    let who = sip::Source::Phone(PhoneId::of("desk1"));
    LegRecord::new(CallRef(call), 1, LegRole::Callee, who, Wall::from_millis(1_000))
}

fn parking(call: u64, how: Option<Unparked>) -> Parking {
    let phone = |user| Some(sip::Source::Phone(PhoneId::of(user)));
    let end = how.map(|how| ParkingEnd { at: Wall::from_millis(9_000), how, by: phone("desk2") });
    let since = Wall::from_millis(5_000);
    Parking { call: CallRef(call), nth: Some(0), slot: terms::Slot(701), by: phone("desk1"), since, end }
}

fn watching(call: u64, until: Option<i64>) -> Watching {
    let phone = |user| sip::Source::Phone(PhoneId::of(user));
    Watching {
        call: CallRef(call),
        nth: 0,
        leg: Some(2),
        who: phone("desk2"),
        of_leg: Some(1),
        whom: phone("desk1"),
        agent: Some(terms::AgentId::of("alice")),
        mode: terms::WatchMode::Whisper,
        since: Wall::from_millis(5_000),
        until: until.map(Wall::from_millis),
    }
}

fn seating(call: u64, until: Option<i64>) -> Seating {
    Seating {
        call: CallRef(call),
        nth: 0,
        room: terms::RoomId::of("daily"),
        leg: Some(0),
        who: sip::Source::Phone(PhoneId::of("desk1")),
        number: "101".into(),
        host: true,
        since: Wall::from_millis(5_000),
        until: until.map(Wall::from_millis),
    }
}

/// One of everything that happens, of one call.
fn everything(call: u64) -> Vec<Item> {
    let entered = CallEventKind::Entered { position: 1, again: false, contact_kind: Default::default() };
    let [state, decision] = agent_entry(call, "alice", acd::Status::Ready);
    vec![
        numbered(Happening::Plan { hash: "ab12".into() }),
        numbered(Happening::Phone { phone: PhoneId::of("desk1"), reachable: true }),
        numbered(Happening::Trunk { trunk: TrunkId::of("acme"), what: TrunkNews::Registered(200) }),
        numbered(Happening::Trunk { trunk: TrunkId::of("acme"), what: TrunkNews::Reachable(false) }),
        happened(Entry::Opened(record(call, Outcome::Open))),
        happened(Entry::Event(event(call, entered))),
        state,
        decision,
        numbered(Happening::Command(Box::new(ordered()))),
        happened(Entry::Captured(recording(call))),
        happened(Entry::Parked(Box::new(parking(call, None)))),
        happened(Entry::Parked(Box::new(parking(call, Some(Unparked::Retrieved))))),
        happened(Entry::Watched(Box::new(watching(call, None)))),
        happened(Entry::Watched(Box::new(watching(call, Some(7_000))))),
        happened(Entry::Seated(Box::new(seating(call, None)))),
        happened(Entry::Seated(Box::new(seating(call, Some(8_000))))),
        happened(Entry::Leg(Box::new(leg(call)))),
        happened(Entry::Closed(record(call, Outcome::Answered))),
    ]
}

/// As a reader has it who follows the stream live.
fn live(items: &[Item], first: Seq) -> Vec<Line> {
    let line = |(nth, item): (usize, &Item)| {
        let Item::Happened(record) = item else { panic!("it has no number") };
        let seq = Seq { n: first.n + nth as u64, ..first };
        // An entry of the journal says itself when it was made.
        let at = if let Happening::Acd(entry) = &record.what { entry.now.wall } else { record.at };
        Line::from(&Record { seq, at, what: record.what.clone() })
    };
    items.iter().enumerate().map(line).collect()
}

fn read(desk: &Desk, after: Option<Seq>, limit: u32) -> Vec<Line> {
    desk.runtime.block_on(desk.reader.stream(after, limit)).unwrap()
}

fn text(lines: &[Line]) -> Vec<String> {
    lines.iter().map(|line| serde_json::to_string(line).unwrap()).collect()
}

#[test]
fn what_is_read_from_the_account_is_what_was_told_live() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::open(folder.path());
    let items = everything(7);
    let told = live(&items, Seq { node: 0, start: 1, n: 1 });
    items.into_iter().for_each(|item| desk.push(item));
    desk.settle();
    assert_eq!(text(&read(&desk, None, 100)), text(&told));
    // On from any number, in pieces of any length.
    for length in 1..4 {
        let (mut after, mut found) = (None, vec![]);
        loop {
            let piece = read(&desk, after, length);
            let Some(last) = piece.last() else { break };
            assert!(piece.len() <= length as usize);
            after = Some(last.seq);
            found.extend(piece);
        }
        assert_eq!(text(&found), text(&told), "{length} at once");
    }
    assert_eq!(desk.runtime.block_on(desk.reader.last_of_stream()).unwrap(), told.last().map(|line| line.seq));
    desk.close();
}

#[test]
fn the_ends_of_calls_that_died_are_the_first_that_happens_in_the_next_start_and_every_number_is_there_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::open(folder.path());
    everything(1).into_iter().for_each(|item| desk.push(item));
    (2..5).for_each(|call| desk.push(happened(Entry::Opened(record(call, Outcome::Open)))));
    desk.written_down();
    // Killed: what was not posted yet is in the daybook.
    let mut desk = desk.die_and_open(folder.path());
    assert_eq!(desk.start.lost, 3);
    everything(9).into_iter().for_each(|item| desk.push(item));
    desk.settle();
    let lines = read(&desk, None, 100);
    let numbers: Vec<String> = lines.iter().map(|line| line.seq.to_string()).collect();
    let expected = (1..=21).map(|n| format!("0-1-{n}")).chain((1..=21).map(|n| format!("0-2-{n}")));
    assert_eq!(numbers, expected.collect::<Vec<_>>());
    let ends: Vec<_> = lines.iter().skip(21).take(3).map(|line| (line.kind.as_str(), &line.data["outcome"])).collect();
    assert!(ends.iter().all(|(kind, outcome)| *kind == "call_closed" && *outcome == "node_lost"), "{ends:?}");
    desk.close();
}

fn change(folder: &std::path::Path, statements: &[&'static str]) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        use sqlx::{ConnectOptions as _, Connection as _};
        let options: sqlx::sqlite::SqliteConnectOptions = desk::url(folder).parse().unwrap();
        let mut db = options.connect().await.unwrap();
        for sql in statements {
            sqlx::query(*sql).execute(&mut db).await.unwrap();
        }
        db.close().await.unwrap();
    });
}

/// The number of a line, and how much is missing before it.
fn gaps(lines: &[Line]) -> Vec<(String, u64)> {
    let gap = |line: &Line| Some((line.seq.to_string(), line.missing?.lines));
    lines.iter().filter_map(gap).collect()
}

#[test]
fn what_was_deleted_since_is_missing_and_nothing_else_and_the_reader_is_told_how_much() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::open(folder.path());
    everything(7).into_iter().for_each(|item| desk.push(item));
    desk.settle();
    change(folder.path(), &["DELETE FROM calls"]);
    let lines = read(&desk, None, 100);
    let kinds: Vec<&str> = lines.iter().map(|line| line.kind.as_str()).collect();
    assert_eq!(
        kinds,
        [
            "plan",
            "phone",
            "trunk",
            "trunk",
            "entered",
            "agent_state",
            "acd",
            "command",
            "captured",
            "parked",
            "unparked",
            "watched",
            "unwatched",
            "seated",
            "unseated",
            "leg_gone"
        ]
    );
    assert_eq!(gaps(&lines), [("0-1-6".to_owned(), 1)], "the last has nobody behind it who could tell");
    desk.push(numbered(Happening::Plan { hash: "cd34".into() }));
    desk.settle();
    let rest = read(&desk, "0-1-11".parse().ok(), 100);
    assert_eq!(gaps(&rest), [("0-1-19".to_owned(), 1)]);
    desk.close();
}

#[test]
fn many_deleted_lines_in_a_row_hide_nothing_that_comes_behind_them() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::open(folder.path());
    for call in 1..=40 {
        desk.push(happened(Entry::Opened(record(call, Outcome::Open))));
        desk.push(happened(Entry::Event(event(call, CallEventKind::Offered { contact_kind: Default::default() }))));
    }
    desk.push(numbered(Happening::Plan { hash: "ab12".into() }));
    desk.settle();
    let all = read(&desk, None, 1_000).len();
    assert_eq!(all, 81);
    change(folder.path(), &["DELETE FROM calls WHERE call < 40", "DELETE FROM events WHERE call < 20"]);
    for length in [1, 3, 10, 100] {
        let (mut after, mut found) = (Some(Seq { node: 0, start: 1, n: 0 }), vec![]);
        loop {
            let piece = read(&desk, after, length);
            let Some(last) = piece.last() else { break };
            after = Some(last.seq);
            found.extend(piece);
        }
        let missing: u64 = found.iter().filter_map(|line| line.missing).map(|missing| missing.lines).sum();
        assert_eq!((found.len(), missing), (81 - 39 - 19, 39 + 19), "{length} at once");
    }
    desk.close();
}

#[test]
fn what_a_start_told_is_counted_though_all_of_it_was_deleted_before_the_reader_came_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::open(folder.path());
    everything(7).into_iter().for_each(|item| desk.push(item));
    desk.settle();
    desk.close();
    Desk::open(folder.path()).close(); // A start that has nothing to tell.
    let mut desk = Desk::open(folder.path());
    (1..=3).for_each(|_| desk.push(numbered(Happening::Plan { hash: "ab12".into() })));
    desk.settle();
    assert_eq!(gaps(&read(&desk, "0-1-12".parse().ok(), 100)), [], "nothing was deleted yet");
    for table in ["events", "pages", "journal", "calls", "recordings", "legs"] {
        change(folder.path(), &[Box::leak(format!("DELETE FROM {table}").into_boxed_str())]);
    }
    change(folder.path(), &["DELETE FROM happenings WHERE id < (SELECT max(id) FROM happenings)"]);
    let rest = read(&desk, "0-1-4".parse().ok(), 100);
    assert_eq!(gaps(&rest), [("0-3-3".to_owned(), 18 - 4 + 2)]);
    assert!(rest.iter().all(|line| line.missing.is_some_and(|missing| !missing.or_more)));
    desk.close();
}

#[test]
fn who_was_parked_in_a_call_is_read_with_what_became_of_him() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::open(folder.path());
    let told = [parking(7, None), parking(7, Some(Unparked::Returned)), parking(8, None), parking(7, None)];
    told.into_iter().for_each(|parking| desk.push(happened(Entry::Parked(Box::new(parking)))));
    desk.settle();
    let of = |call| {
        let (from, to) = (Wall::from_millis(0), Some(Wall::from_millis(20_000)));
        let rows = desk.runtime.block_on(desk.reader.parkings(CallRef(call), from, to)).unwrap();
        rows.into_iter().map(|row| (row.slot, row.how, row.taken_by)).collect::<Vec<_>>()
    };
    let (returned, desk2) = (Some("returned".to_owned()), Some(PhoneId::of("desk2").to_string()));
    assert_eq!(of(7), [(701, returned, desk2), (701, None, None)]);
    assert_eq!(of(8), [(701, None, None)]);
    desk.close();
}
