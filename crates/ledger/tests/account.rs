//! The account on real files: nothing lost, nothing doubled.
#![allow(clippy::unwrap_used)] // A test; clippy sees only the functions marked so.

mod desk;

use call::cdr::{By, CallEvent, CallEventKind, Entry, Outcome, Recording};
use desk::{Desk, Intruder, agent_entry, binding, closed, event, happened, opened, record, url};
use ledger::{CallFilter, Item, JournalPlace, Ledger, Name, Reader};
use std::io::{BufRead, Write};
use std::path::Path;
use std::sync::mpsc;
use std::time::{Duration, Instant};
use terms::{AgentId, CallRef, CaptureId, Cause, IdSource, Incarnation, Wall};

#[test]
fn every_field_of_a_record_comes_back() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::open(folder.path());
    for name in [Name::agent("alice"), Name::queue("support"), Name::trunk("acme"), Name::phone("desk1")] {
        desk.push(Item::Name(Box::new(name)));
    }
    let recording = Recording {
        capture: CaptureId(7),
        call: CallRef(7),
        started: Wall::from_millis(3_000),
        summary: media::CaptureSummary { file: "7.wav".into(), duration_ms: 5_678, gap_ms: 20, fault: None },
        tracks: vec![],
    };
    desk.push(opened(7));
    desk.push(happened(Entry::Captured(Box::new(recording))));
    desk.push(closed(7));
    desk.settle();
    let side = desk.side.clone().unwrap();
    side.push_blocking(Item::Sealed { capture: CaptureId(7), sha256: [0xab; 32] }).unwrap();
    desk.until("the seal is written", |health| health.written == 8);
    let wanted = record(7, Outcome::Answered);
    let [row] = &desk.calls()[..] else { panic!("one row") };
    assert_eq!((row.call, &row.sip_call_id, row.source), (wanted.call, &wanted.sip_call_id, wanted.source));
    assert_eq!((&row.caller, &row.called, row.started), (&wanted.caller, &wanted.called, wanted.started));
    assert_eq!((row.answered, row.connected, row.ended), (wanted.answered, wanted.connected, wanted.ended));
    assert_eq!((row.outcome.as_str(), row.cause, row.ended_by.as_str()), ("answered", wanted.cause, "caller"));
    assert_eq!((row.queue, row.contact, row.agent), (wanted.queue, wanted.contact, wanted.agent));
    assert_eq!((row.phone, row.trunk_out), (wanted.phone, wanted.trunk_out));
    assert_eq!((row.waited_ms, row.talked_ms, row.held_ms), (1_234, 5_669, 9), "talk does not include hold");
    assert_eq!((row.capture, &row.digits, &row.media), (wanted.capture, &wanted.digits, &wanted.media));
    let names = [&row.source_name, &row.queue_name, &row.agent_name, &row.phone_name].map(|name| name.as_deref());
    assert_eq!(names, [Some("acme"), Some("support"), Some("alice"), Some("desk1")]);
    assert_eq!(row.recording.as_deref(), Some("7.wav"));
    let names = desk.runtime.block_on(desk.reader.names()).unwrap();
    assert_eq!(names.agents.get(&AgentId::of("alice")).map(String::as_str), Some("alice"));
    let recordings = desk.runtime.block_on(desk.reader.recordings(10, Some(CallRef(7)))).unwrap();
    assert_eq!(recordings[0].sha256, Some("ab".repeat(32)));
    assert_eq!((recordings[0].duration_ms, recordings[0].gap_ms), (5_678, 20));
}

#[test]
fn a_record_delivered_twice_is_one_row_and_the_final_one_stands() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::open(folder.path());
    for item in [opened(1), closed(1), closed(1), opened(2), closed(2)] {
        desk.push(item);
    }
    desk.settle();
    desk.push(opened(1)); // Late: must not open it again.
    let mut other = record(2, Outcome::Failed);
    other.digits = "other".into();
    desk.push(happened(Entry::Closed(other))); // A second final record must not replace the first.
    desk.settle();
    let rows = desk.calls();
    assert_eq!(rows.len(), 2);
    assert!(rows.iter().all(|row| row.outcome == "answered" && row.digits == "1#"));
    desk.close();
}

#[test]
fn a_final_record_is_acknowledged_after_it_is_on_disk_and_an_open_one_never() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::open(folder.path());
    desk.push(opened(1));
    desk.push(opened(2));
    desk.push(closed(2));
    assert_eq!(desk.written.recv_timeout(Duration::from_secs(5)), Ok(CallRef(2)));
    let desk = desk.die_and_open(folder.path());
    let row = desk.calls().into_iter().find(|row| row.call == CallRef(2)).unwrap();
    assert_eq!(row.outcome, "answered");
    assert!(desk.written.try_recv().is_err());
    desk.close();
}

#[test]
fn an_orderly_end_writes_what_was_pushed() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::open(folder.path());
    (1..=500).for_each(|call| desk.push(closed(call)));
    desk.close();
    let desk = Desk::open(folder.path());
    assert_eq!((desk.calls().len(), desk.start.lost, desk.start.incarnation.start()), (500, 0, 2));
}

#[test]
fn a_call_left_open_by_an_earlier_start_is_node_lost() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::open(folder.path());
    assert_eq!((desk.start.incarnation.start(), desk.start.lost), (1, 0));
    desk.push(opened(1));
    desk.push(happened(Entry::Event(event(
        1,
        CallEventKind::Entered { position: 1, again: false, contact_kind: Default::default() },
    ))));
    desk.push(opened(2));
    desk.push(closed(2));
    desk.settle();
    desk.abort();
    let desk = Desk::open(folder.path());
    assert_eq!((desk.start.incarnation.start(), desk.start.lost), (2, 1));
    let rows = desk.calls();
    assert_eq!(rows.len(), 2);
    let lost = rows.iter().find(|row| row.call == CallRef(1)).unwrap();
    assert_eq!((lost.outcome.as_str(), lost.ended_by.as_str(), lost.cause), ("node_lost", "switch", Cause::TEMPORARY));
    assert_eq!(lost.ended, Some(Wall::from_millis(9_002)), "the last thing that was heard of the switch");
    desk.close();
    assert_eq!(Desk::open(folder.path()).start.lost, 0, "it is lost once");
}

#[test]
fn a_call_that_runs_has_what_its_events_tell_until_now() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::open(folder.path());
    [Name::agent("alice"), Name::queue("support")].into_iter().for_each(|name| desk.push(Item::Name(Box::new(name))));
    let now = i64::try_from(std::time::SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis()).unwrap();
    let mut tell = |call: u64, ago_ms: i64, agent: Option<&str>, what| {
        let at = Wall::from_millis(now - ago_ms);
        desk.push(happened(Entry::Event(CallEvent { at, agent: agent.map(AgentId::of), ..event(call, what) })));
    };
    tell(1, 10_000, None, CallEventKind::Entered { position: 1, again: false, contact_kind: Default::default() });
    tell(
        1,
        4_000,
        Some("alice"),
        CallEventKind::Connected {
            waited_ms: 6_000,
            rang_ms: 2_000,
            before_ms: 500,
            again: false,
            contact_kind: Default::default(),
        },
    );
    tell(2, 10_000, None, CallEventKind::Entered { position: 1, again: true, contact_kind: Default::default() });
    [1, 2].into_iter().for_each(|call| desk.push(opened(call)));
    desk.settle();
    let rows = desk.calls();
    let [waits, talks] = &rows[..] else { panic!("two calls: {rows:?}") };
    assert_eq!((talks.queue_name.as_deref(), talks.agent_name.as_deref()), (Some("support"), Some("alice")));
    assert_eq!((talks.waited_ms, talks.connected), (6_500, Some(Wall::from_millis(now - 4_000))));
    assert!((4_000..60_000).contains(&talks.talked_ms), "{} ms", talks.talked_ms);
    assert!((10_000..60_000).contains(&waits.waited_ms), "{} ms", waits.waited_ms);
    assert_eq!((waits.agent, waits.talked_ms), (None, 0));
    let hers = CallFilter { agent: Some(AgentId::of("alice")), ..CallFilter::default() };
    let hers = desk.runtime.block_on(desk.reader.calls(10, &hers)).unwrap();
    assert_eq!(hers.iter().map(|row| row.call.0).collect::<Vec<_>>(), [1]);
    desk.close();
}

#[test]
fn a_restart_remembers_bindings_and_statuses() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::open(folder.path());
    desk.push(binding("desk", 5062, 60_000));
    desk.push(binding("desk", 5063, 60_000)); // Refreshed within the group.
    desk.push(binding("mobile", 5070, 60_000));
    desk.push(binding("lapsed", 5080, 1));
    desk.push_all(agent_entry(1, "alice", acd::Status::Ready));
    desk.push_all(agent_entry(2, "bob", acd::Status::Ready));
    desk.settle();
    desk.push(binding("mobile", 5070, -1)); // Removed.
    desk.push_all(agent_entry(3, "bob", acd::Status::NotReady("lunch".into())));
    desk.settle();
    desk.abort();
    let desk = Desk::open(folder.path());
    let [kept] = &desk.start.bindings[..] else { panic!("one binding: {:?}", desk.start.bindings) };
    assert_eq!((kept.key.as_str(), kept.remote.port(), kept.cseq, kept.q), ("desk", 5063, 4_000_000_000, 700));
    assert_eq!((kept.transport, kept.local), (sip::Transport::Tcp, "[2001:db8::1]:5060".parse().unwrap()));
    let mut statuses = desk.start.statuses.clone();
    statuses.sort_by_key(|(agent, _)| *agent != AgentId::of("alice"));
    let lunch = acd::Status::NotReady("lunch".into());
    assert_eq!(statuses, [(AgentId::of("alice"), acd::Status::Ready), (AgentId::of("bob"), lunch)]);
}

#[test]
fn a_change_at_run_time_is_there_after_its_receipt_and_a_dropped_one_is_not() {
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::open(folder.path());
    let side = desk.side.clone().unwrap();
    let row = |id: i64| {
        let (at, asked, change) = (Wall::from_millis(id), "socket (uid 0)".into(), format!("{{\"n\":{id}}}"));
        ledger::OverlayRow { id, at, asked, change }
    };
    for id in [1, 2, 3] {
        side.push_blocking(Item::Overlay(id, Some(Box::new(row(id))))).unwrap();
    }
    side.push_blocking(Item::Overlay(2, None)).unwrap();
    let reload = ledger::Reload {
        at: Wall::from_millis(5),
        asked: "signal".into(),
        taken: true,
        before: "aa".into(),
        after: "bb".into(),
        detail: "queue \"support\" changed".into(),
    };
    side.push_blocking(Item::Reload(Box::new(reload.clone()))).unwrap();
    let (receipt, received) = mpsc::channel();
    side.push_blocking(Item::Receipt(receipt)).unwrap();
    received.recv_timeout(Duration::from_secs(20)).unwrap();
    drop(side);
    desk.abort(); // As if it was killed at this moment.
    let desk = Desk::open(folder.path());
    assert_eq!(desk.start.overlay, [row(1), row(3)]);
    assert_eq!(desk.runtime.block_on(desk.reader.reloads(10)).unwrap(), [reload]);
    desk.close();
}

#[test]
fn events_and_journal_come_back_in_order_across_starts() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::open(folder.path());
    let kinds = [
        CallEventKind::Entered { position: 3, again: false, contact_kind: Default::default() },
        CallEventKind::OfferFailed { why: "no_answer".into(), rang_ms: 20_000, contact_kind: Default::default() },
        CallEventKind::Connected {
            waited_ms: 31_000,
            rang_ms: 4_000,
            before_ms: 2_000,
            again: false,
            contact_kind: Default::default(),
        },
        CallEventKind::Completed { by: By::Callee, talked_ms: 60_000, held_ms: 0, contact_kind: Default::default() },
    ];
    kinds.iter().for_each(|what| desk.push(happened(Entry::Event(event(1, what.clone())))));
    (1..=10).for_each(|n| desk.push_all(agent_entry(n, "alice", acd::Status::Ready)));
    desk.settle();
    desk.close();
    let mut desk = Desk::open(folder.path());
    (1..=5).for_each(|n| desk.push_all(agent_entry(n, "alice", acd::Status::LoggedOut)));
    desk.push(happened(Entry::Event(event(1, CallEventKind::Offered { contact_kind: Default::default() }))));
    desk.settle();
    let events = desk.runtime.block_on(desk.reader.events(CallRef(1))).unwrap();
    let found: Vec<_> = events.into_iter().map(|event| event.what).collect();
    assert_eq!(found, [&kinds[..], &[CallEventKind::Offered { contact_kind: Default::default() }]].concat());
    let from = JournalPlace { incarnation: Incarnation::new(0, 1), sequence: 8 };
    let journal = desk.runtime.block_on(desk.reader.journal(from, 1_000)).unwrap();
    let places: Vec<_> = journal.iter().map(|(place, _)| (place.incarnation.start(), place.sequence)).collect();
    assert_eq!(places, [(1, 8), (1, 9), (1, 10), (2, 1), (2, 2), (2, 3), (2, 4), (2, 5)]);
}

#[test]
fn ten_thousand_entries_are_grouped_into_few_commits() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::open(folder.path());
    let began = Instant::now();
    for call in 1..=1_250 {
        desk.push(opened(call));
        for _ in 0..6 {
            desk.push(happened(Entry::Event(event(call, CallEventKind::Offered { contact_kind: Default::default() }))));
        }
        desk.push(closed(call));
    }
    desk.settle();
    let (took, health) = (began.elapsed(), desk.health());
    println!("10,000 entries: {took:?} in {} commits, the last took {} us", health.commits, health.commit_us);
    assert_eq!(health.written, 10_000);
    assert!(health.commits <= 200, "{health:?}");
    assert!(took < Duration::from_secs(10), "{took:?}");
    assert_eq!(desk.calls().len(), 1_250);
    desk.close();
}

#[test]
fn a_busy_database_delays_and_loses_and_doubles_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::open(folder.path());
    let other = Intruder::enter(folder.path());
    for call in 1..=50 {
        desk.push(opened(call));
        desk.push(happened(Entry::Event(event(call, CallEventKind::Offered { contact_kind: Default::default() }))));
        desk.push(closed(call));
    }
    desk.until("the writer says what is wrong", |health| health.fault.is_some() && health.failures >= 2);
    assert_eq!((desk.health().backlog, desk.health().written), (150, 0));
    desk.push(closed(51));
    other.leave();
    desk.settle();
    assert_eq!(desk.health().fault, None);
    assert_eq!(desk.calls().len(), 51);
    for call in 1..=50 {
        assert_eq!(desk.runtime.block_on(desk.reader.events(CallRef(call))).unwrap().len(), 1);
    }
    assert_eq!(desk.written.iter().take(51).count(), 51);
    desk.close();
}

#[test]
fn a_database_that_went_away_is_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::open(folder.path());
    desk.push(closed(1));
    desk.settle();
    let (there, away) = (folder.path().join("strowger.db"), folder.path().join("elsewhere.db"));
    std::fs::rename(&there, &away).unwrap();
    desk.push(closed(2));
    desk.until("the writer says what is wrong", |health| health.fault.is_some());
    assert!(desk.health().fault.unwrap().contains("gone or was replaced"));
    std::fs::write(&there, b"").unwrap(); // An impostor is not written to either.
    std::thread::sleep(Duration::from_millis(100));
    assert_eq!(std::fs::metadata(&there).unwrap().len(), 0);
    std::fs::rename(&away, &there).unwrap();
    desk.settle();
    assert_eq!((desk.calls().len(), desk.health().fault), (2, None));
    desk.close();
}

#[test]
fn the_account_is_readable_by_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::open(folder.path());
    desk.push(closed(1));
    desk.settle();
    for entry in std::fs::read_dir(folder.path()).unwrap() {
        let entry = entry.unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o077, 0, "{:?}", entry.file_name());
    }
    desk.close();
}

const FULL_DISK_CALLS: u64 = 2_000;

/// The process whose disk is full: its files may not grow beyond a limit that the test below lifts later.
#[test]
#[ignore = "run by the test below, in a process of its own"]
fn switch_on_a_full_disk() {
    let Ok(folder) = std::env::var("LEDGER_FOLDER") else { return };
    let mut desk = Desk::open(Path::new(&folder));
    for call in 1..=FULL_DISK_CALLS {
        desk.push(opened(call));
        desk.push(happened(Entry::Event(event(call, CallEventKind::Offered { contact_kind: Default::default() }))));
        desk.push(closed(call));
    }
    desk.until("the disk is full", |health| health.fault.is_some() && health.failures >= 3);
    println!("full");
    desk.settle();
    assert_eq!(desk.written.iter().take(FULL_DISK_CALLS as usize).count() as u64, FULL_DISK_CALLS);
    desk.close();
}

#[test]
fn a_full_disk_delays_and_loses_and_doubles_nothing() {
    let folder = tempfile::tempdir().unwrap();
    // EFBIG instead of ENOSPC: a file size limit needs no privilege, and SQLite takes both as "no room".
    let limited = "trap '' XFSZ; exec prlimit --fsize=1200000:unlimited \"$@\"";
    let mut child = std::process::Command::new("sh")
        .args(["-c", limited, "sh"])
        .arg(std::env::current_exe().unwrap())
        .args(["--exact", "switch_on_a_full_disk", "--ignored", "--nocapture", "--test-threads=1"])
        .env("LEDGER_FOLDER", folder.path())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = std::io::BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    assert!(lines.any(|line| line.ends_with("full")), "the limit was not felt");
    let pid = child.id().to_string();
    let lifted = std::process::Command::new("prlimit").args(["--fsize=unlimited", "--pid", &pid]).status().unwrap();
    assert!(lifted.success());
    lines.for_each(drop);
    assert!(child.wait().unwrap().success());
    let desk = Desk::open(folder.path());
    assert_eq!((desk.calls().len() as u64, desk.start.lost), (FULL_DISK_CALLS, 0));
    for call in [1, 1_000, FULL_DISK_CALLS] {
        assert_eq!(desk.runtime.block_on(desk.reader.events(CallRef(call))).unwrap().len(), 1);
    }
}

#[test]
fn a_second_switch_on_the_same_account_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::open(folder.path());
    let refused = desk.runtime.block_on(Ledger::open(&url(folder.path()), 0)).unwrap_err();
    assert!(refused.to_string().starts_with("another switch is using"), "{refused}");
    desk.runtime.block_on(Reader::open(&url(folder.path()))).expect("a reader is welcome");
    desk.close();
    Desk::open(folder.path()).close();
}

#[test]
fn a_bad_url_and_a_missing_account_are_explained() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let folder = tempfile::tempdir().unwrap();
    let missing = runtime.block_on(Reader::open(&url(folder.path()))).unwrap_err();
    assert!(missing.to_string().contains("has `strowger run` been started"), "{missing}");
    let bad = runtime.block_on(Ledger::open("mysql://root:secret@db", 0)).unwrap_err();
    assert!(bad.to_string().contains("sqlite:strowger.db"), "{bad}");
}

#[test]
fn the_start_waits_for_a_program_that_holds_the_account_for_a_moment() {
    let folder = tempfile::tempdir().unwrap();
    Desk::open(folder.path()).close();
    let other = Intruder::enter(folder.path());
    let leaves = std::thread::spawn(move || {
        std::thread::sleep(Duration::from_secs(2));
        other.leave();
    });
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let (_ledger, start) = runtime.block_on(Ledger::open(&url(folder.path()), 0)).unwrap();
    assert_eq!(start.incarnation.start(), 2);
    leaves.join().unwrap();
}

/// The process that is killed: calls begin and end as fast as it can write them down; what it was told goes to standard
/// output, which outlives it. Now and then it waits until everything is on disk, and says so.
#[test]
#[ignore = "run by the test below, in a process of its own"]
fn dying_switch() {
    let Ok(folder) = std::env::var("LEDGER_FOLDER") else { return };
    let mut desk = Desk::open(Path::new(&folder));
    let mut ids = IdSource::new(desk.start.incarnation);
    let say = |word: &str, id: u64| std::io::stdout().write_all(format!("{word} {id}\n").as_bytes()).unwrap();
    let mut running = std::collections::VecDeque::new();
    loop {
        let call = ids.next_id().unwrap();
        desk.push(opened(call));
        say("opened", call);
        running.push_back(call);
        if running.len() > 20 {
            let over = running.pop_front().unwrap();
            desk.push(happened(Entry::Event(event(
                over,
                CallEventKind::Abandoned { waited_ms: 1, before_ms: 0, contact_kind: Default::default() },
            ))));
            desk.push(closed(over));
        }
        if call.is_multiple_of(10) {
            desk.written_down();
            say("safe", call);
        }
        desk.written.try_iter().for_each(|call| say("written", call.0));
        std::thread::sleep(Duration::from_millis(1));
    }
}

/// What a switch said until it was killed. It is killed while it works: some lines after the first call of its own that is
/// over, however long that took.
fn say_until_killed(folder: &Path, more: usize) -> Vec<(String, u64)> {
    let mut child = std::process::Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "dying_switch", "--ignored", "--nocapture", "--test-threads=1"])
        .env("LEDGER_FOLDER", folder)
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut lines = std::io::BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let mut said: Vec<String> = vec![];
    let is_over = |line: &String| line.starts_with("written ");
    said.extend(lines.by_ref().take_while(|line| !is_over(line)));
    said.extend(lines.by_ref().take(more));
    child.kill().unwrap(); // SIGKILL
    child.wait().unwrap();
    said.extend(lines);
    let words = |line: String| line.split_once(' ').and_then(|(word, id)| Some((word.to_owned(), id.parse().ok()?)));
    said.into_iter().filter_map(words).collect()
}

#[test]
fn after_sigkill_every_call_has_exactly_one_record() {
    let folder = tempfile::tempdir().unwrap();
    let (mut safe, mut written) = (vec![], vec![]);
    for round in 1..=5 {
        let said = say_until_killed(folder.path(), 80 + 7 * round);
        let of = |wanted: &'static str| said.iter().filter(move |(word, _)| word == wanted).map(|(_, call)| *call);
        let last = of("safe").next_back().expect("it waited for the disk");
        safe.extend(of("opened").filter(|call| *call <= last));
        written.extend(of("written"));
    }
    let desk = Desk::open(folder.path());
    assert_eq!(desk.start.incarnation.start(), 6);
    let mut rows = std::collections::BTreeMap::new();
    for row in desk.calls() {
        assert!(["answered", "node_lost"].contains(&row.outcome.as_str()), "{}", row.outcome);
        assert!(rows.insert(row.call, row).is_none(), "one record a call");
    }
    println!("{} calls were on disk, {} acknowledged, {} rows", safe.len(), written.len(), rows.len());
    assert!(safe.len() > 100 && written.len() > 100, "the children did something");
    for call in safe {
        assert!(rows.contains_key(&CallRef(call)), "a call that is on disk has a record: {call}");
    }
    for call in written {
        assert_eq!(rows[&CallRef(call)].outcome, "answered", "an acknowledged record survives");
        assert_eq!(desk.runtime.block_on(desk.reader.events(CallRef(call))).unwrap().len(), 1);
    }
}
