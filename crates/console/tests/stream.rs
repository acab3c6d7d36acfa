//! The stream as its readers have it: the same bytes over every way, live and from the account, over restarts; and who is too
//! slow or lost is told so.
#![allow(clippy::unwrap_used)] // A test; clippy sees only the functions marked so.

#[path = "../../ledger/tests/desk/mod.rs"]
mod desk;
mod stand;

use call::cdr::{CallEventKind, Entry, LegRecord, LegRole, Outcome, Parking, Recording, Watching};
use control::{Actor, AgentWish, Command, Verb};
use desk::{agent_entry, event, record};
use ledger::Item;
use node::{Happening, Ordered, TrunkNews};
use serde_json::Value;
use stand::Stand;
use terms::{AgentId, CallRef, CaptureId, ContactKind, PhoneId, Seq, Slot, TrunkId, Wall};

fn of(item: Item) -> Happening {
    let Item::Happened(record) = item else { panic!("it has no number") };
    record.what
}

/// One of nearly everything, of one call. An entry of the routing core's journal is no event.
fn everything(call: u64) -> Vec<Happening> {
    let phone = |user| sip::Source::Phone(PhoneId::of(user));
    let at = Wall::from_millis;
    let told = |what| Happening::Call(Entry::Event(event(call, what)));
    let summary = media::CaptureSummary { file: "a.wav".into(), duration_ms: 7_000, gap_ms: 20, fault: None };
    let (capture, tracks) = (CaptureId(call), vec![]);
    let recording = Recording { capture, call: CallRef(call), started: at(5_000), summary, tracks };
    let parking = Parking {
        call: CallRef(call),
        nth: Some(0),
        slot: Slot(701),
        by: Some(phone("desk1")),
        since: at(5),
        end: None,
    };
    let watching = Watching {
        call: CallRef(call),
        nth: 0,
        leg: Some(2),
        who: phone("desk2"),
        of_leg: Some(1),
        whom: phone("desk1"),
        agent: Some(AgentId::of("alice")),
        mode: terms::WatchMode::Whisper,
        since: at(5_000),
        until: None,
    };
    let what = Verb::Agent { name: "alice".into(), status: AgentWish::Pause, reason: Some("lunch".into()) };
    let command = Command { id: None, by: Actor::Operator(Some(0)), what };
    let ordered = Ordered { command, reply: control::Reply::Done("done".into()), before: None, after: None };
    let [state, entry] = agent_entry(call, "alice", acd::Status::Ready);
    let leg = LegRecord::new(CallRef(call), 1, LegRole::Callee, phone("desk1"), at(1_000));
    vec![
        Happening::Phone { phone: PhoneId::of("desk1"), reachable: true },
        Happening::Trunk { trunk: TrunkId::of("acme"), what: TrunkNews::Reachable(false) },
        Happening::Call(Entry::Opened(record(call, Outcome::Open))),
        told(CallEventKind::Entered { position: 1, again: false, contact_kind: Default::default() }),
        of(entry),
        of(state),
        told(CallEventKind::Offered { contact_kind: ContactKind::Voice }),
        told(CallEventKind::Connected {
            waited_ms: 9,
            rang_ms: 4,
            before_ms: 0,
            again: false,
            contact_kind: ContactKind::Voice,
        }),
        Happening::Command(Box::new(ordered)),
        Happening::Call(Entry::Captured(Box::new(recording))),
        Happening::Call(Entry::Parked(Box::new(parking))),
        Happening::Call(Entry::Watched(Box::new(watching))),
        Happening::Call(Entry::Leg(Box::new(leg))),
        Happening::Call(Entry::Closed(record(call, Outcome::Answered))),
    ]
}

/// Of so many happenings one is an entry of the journal.
const EVENTS: usize = 13;

#[test]
fn an_event_is_the_same_bytes_live_from_the_account_and_after_a_restart_and_nothing_is_missed_or_twice() {
    let folder = tempfile::tempdir().unwrap();
    let mut stand = Stand::open(folder.path(), 0);
    let begin = Seq { node: 0, start: 1, n: 0 };
    let mut reader = stand.events(Some(begin));
    everything(7).into_iter().for_each(|what| _ = stand.happen(what));
    let live = reader.take(EVENTS);
    let types: Vec<&str> = live.iter().map(|(_, kind, _)| kind.as_str()).collect();
    let wanted = ["phone.registered", "trunk.down", "call.started", "contact.queued", "agent.changed", "offer.made"];
    assert_eq!(types[..6], wanted);
    assert!(live[3].2.contains("\"queue\":\"support\"") && live[4].2.contains("\"agent\":\"alice\""), "{live:?}");
    for (id, kind, data) in &live {
        let data: Value = serde_json::from_str(data).unwrap();
        assert_eq!((data["id"].as_str(), data["type"].as_str()), (Some(id.as_str()), Some(kind.as_str())));
    }
    // A reader that begins later gets the same from memory.
    assert_eq!(stand.events(Some(begin)).take(EVENTS), live);
    let (port, last) = (stand.address.port(), live[4].0.parse().unwrap());
    stand.close();

    let mut stand = Stand::open(folder.path(), port);
    assert_eq!(stand.events(Some(begin)).take(EVENTS), live, "the account says the same");
    let mut resumed = stand.events(Some(last));
    everything(8).into_iter().for_each(|what| _ = stand.happen(what));
    let on = resumed.take(EVENTS - 5 + EVENTS);
    assert_eq!(on[..EVENTS - 5], live[5..], "on from where he was");
    let starts: Vec<&str> = on.iter().map(|(id, ..)| &id[..4]).collect();
    assert!(starts[..EVENTS - 5].iter().all(|start| *start == "0-1-"));
    assert!(starts[EVENTS - 5..].iter().all(|start| *start == "0-2-"), "{starts:?}");
    stand.close();
}

#[test]
fn over_a_socket_the_same_events_come_in_frames() {
    let folder = tempfile::tempdir().unwrap();
    let mut stand = Stand::open(folder.path(), 0);
    let mut reader = stand.events(Some(Seq { node: 0, start: 1, n: 0 }));
    let origin = format!("http://{}", stand.address);
    let mut frames = stand.socket("/api/v1/events?after=0", &origin).unwrap();
    everything(7).into_iter().for_each(|what| _ = stand.happen(what));
    let sse: Vec<Value> = reader.take(EVENTS).iter().map(|(.., data)| serde_json::from_str(data).unwrap()).collect();
    let mut socket = vec![];
    while socket.len() < EVENTS {
        let frame: Value = serde_json::from_str(&frames.next()).unwrap();
        socket.extend(frame["events"].as_array().into_iter().flatten().cloned());
    }
    assert_eq!(socket, sse);
    stand.close();
}

#[test]
fn a_reader_asks_for_types_queues_and_agents_and_his_cursor_passes_what_he_does_not_want() {
    let folder = tempfile::tempdir().unwrap();
    let mut stand = Stand::open(folder.path(), 0);
    everything(7).into_iter().for_each(|what| _ = stand.happen(what));
    let ask = |query: &str| {
        let reader = stand.send(&format!("GET /api/v1/events?after=0{query}"), &stand.cookie());
        stand::Events::of(reader)
    };
    assert_eq!(ask("&types=call.ended").next().1, "call.ended");
    let of_queue: Vec<String> = ask("&queues=support").take(4).into_iter().map(|(_, kind, _)| kind).collect();
    assert_eq!(of_queue, ["contact.queued", "offer.made", "contact.answered", "call.ended"]);
    assert_eq!(ask("&agents=alice&types=monitor.started,agent.changed").take(2)[1].1, "monitor.started");
    stand.close();
}

#[test]
fn what_was_deleted_or_never_was_is_told_by_a_reset() {
    let folder = tempfile::tempdir().unwrap();
    let mut stand = Stand::open(folder.path(), 0);
    stand.happen(Happening::Plan { hash: "ab12".into() });
    let ahead = Seq { node: 0, start: 9, n: 1 };
    let mut reader = stand.events(Some(ahead));
    let (id, kind, _) = reader.next();
    assert_eq!(kind, "reset", "a cursor of another account");
    stand.happen(Happening::Plan { hash: "cd34".into() });
    let (next, kind, _) = reader.next();
    assert!(kind == "config.applied" && next > id, "he goes on from there: {next} {id}");
    stand.close();
}

#[test]
fn the_state_comes_whole_and_then_what_has_changed_and_the_switch_is_asked_once() {
    let folder = tempfile::tempdir().unwrap();
    let mut stand = Stand::open(folder.path(), 0);
    let origin = format!("http://{}", stand.address);
    let mut frames = stand.socket("/api/v1/live", &origin).unwrap();
    let first: Value = serde_json::from_str(&frames.next()).unwrap();
    assert_eq!((first["frame"].as_str(), first["queues"].as_array().map(Vec::len)), (Some("snapshot"), Some(2)));
    let asked = stand.snapshots();
    everything(7).into_iter().for_each(|what| _ = stand.happen(what));
    let changed: Value = serde_json::from_str(&frames.until("\"ended\":")).unwrap();
    assert_eq!(changed["frame"], "changes");
    let queues = changed["queues"].as_array().unwrap();
    assert!(queues.iter().all(|queue| queue["name"] == "support"), "the other queue is as it was: {queues:?}");
    assert_eq!(changed["ended"][0]["call"], CallRef(7).to_string());
    // 200 events in a tenth of a second are a few frames, not 200.
    (0..200).for_each(|_| _ = stand.happen(Happening::Phone { phone: PhoneId::of("x"), reachable: true }));
    assert_eq!(stand.snapshots(), asked, "nobody polls");
    stand.happen(Happening::Plan { hash: "cd34".into() });
    let whole: Value = serde_json::from_str(&frames.until("snapshot")).unwrap();
    assert_eq!(whole["as_of"], "0-1-215", "a configuration came into force: everything anew");
    stand.close();
}

#[test]
fn a_switch_that_hangs_tells_nothing_so_that_the_page_sees_how_old_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let stand = Stand::open(folder.path(), 0);
    let origin = format!("http://{}", stand.address);
    let mut frames = stand.socket("/api/v1/live", &origin).unwrap();
    frames.until("\"frame\":\"beat\""); // Something each five seconds.
    stand.is_alive(false);
    assert!(frames.is_silent_for(std::time::Duration::from_secs(7)));
    stand.close();
}

#[test]
fn nobody_gets_more_than_ten_frames_a_second_and_what_has_happened_is_told_within_a_quarter_of_one() {
    let folder = tempfile::tempdir().unwrap();
    let mut stand = Stand::open(folder.path(), 0);
    let origin = format!("http://{}", stand.address);
    let mut frames = stand.socket("/api/v1/live", &origin).unwrap();
    frames.next();
    let began = std::time::Instant::now();
    for call in 1..=200 {
        stand.happen(Happening::Call(Entry::Opened(record(call, Outcome::Open))));
        std::thread::sleep(std::time::Duration::from_millis(5));
    }
    let last = CallRef(200).to_string();
    let mut count = 1;
    while !frames.next().contains(&last) {
        count += 1;
    }
    let took = began.elapsed().as_millis();
    assert!(count <= took / 100 + 2, "{count} frames in {took} ms");
    // One alone is not waited for.
    std::thread::sleep(std::time::Duration::from_millis(300));
    let began = std::time::Instant::now();
    stand.happen(Happening::Call(Entry::Opened(record(201, Outcome::Open))));
    frames.until(&CallRef(201).to_string());
    stand.happen(Happening::Call(Entry::Opened(record(202, Outcome::Open))));
    frames.until(&CallRef(202).to_string());
    assert!(began.elapsed().as_millis() < 500, "{:?} for two", began.elapsed());
    stand.close();
}

#[test]
fn a_reader_who_takes_nothing_is_cut_off_and_costs_the_others_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let mut stand = Stand::open(folder.path(), 0);
    let slow = stand.narrow("GET /api/v1/events?after=0");
    let mut quick = stand.events(Some(Seq { node: 0, start: 1, n: 0 }));
    let long = "x".repeat(2_000);
    // Seven megabytes, within what is kept in memory: more than the sockets hold.
    let many = 3_500;
    (0..many).for_each(|_| _ = stand.happen(Happening::Plan { hash: long.clone() }));
    assert_eq!(quick.take(many).last().unwrap().0, format!("0-1-{many}"));
    std::thread::sleep(std::time::Duration::from_secs(12));
    assert!(stand::is_cut_off(slow), "he gets what the sockets held, and the end");
    stand.close();
}
