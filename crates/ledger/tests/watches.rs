//! The account of who watches whom: each stretch from when it begins, whatever becomes of the switch.
#![allow(clippy::unwrap_used)] // A test; clippy sees only the functions marked so.

mod desk;

use call::cdr::{Entry, Outcome, Watching};
use desk::{Desk, column, happened, opened, record};
use ledger::{Item, Name, WatchRow};
use sip::Source;
use terms::{AgentId, CallRef, PhoneId, Wall, WatchMode};

fn at(ms: i64) -> Wall {
    Wall::from_millis(ms)
}

fn phone(name: &str) -> Source {
    Source::Phone(PhoneId::of(name))
}

/// Carol watches Alice.
fn watching(nth: u16, mode: WatchMode, since: i64, until: Option<i64>) -> Item {
    let until = until.map(at);
    happened(Entry::Watched(Box::new(Watching {
        call: CallRef(7),
        nth,
        leg: Some(2),
        who: phone("carol"),
        of_leg: Some(1),
        whom: phone("alice"),
        agent: Some(AgentId::of("anna")),
        mode,
        since: at(since),
        until,
    })))
}

/// She listens, and whispers since.
fn watched(desk: &mut Desk) {
    desk.push_all([
        Item::Name(Box::new(Name::phone("carol"))),
        Item::Name(Box::new(Name::phone("alice"))),
        Item::Name(Box::new(Name::agent("anna"))),
        opened(7),
        watching(0, WatchMode::Listen, 5_000, None),
        watching(0, WatchMode::Listen, 5_000, Some(7_000)),
        watching(1, WatchMode::Whisper, 7_000, None),
    ]);
}

fn rows(desk: &Desk) -> Vec<WatchRow> {
    desk.settle();
    desk.runtime.block_on(desk.reader.watches(CallRef(7))).unwrap()
}

fn words(rows: &[WatchRow]) -> Vec<String> {
    let until = |row: &WatchRow| row.until.map_or_else(|| "-".to_owned(), |at| at.as_millis().to_string());
    let agent = |row: &WatchRow| row.agent.clone().unwrap_or_default();
    rows.iter()
        .map(|row| {
            format!("{} {} {} {} {}-{}", row.who, row.mode, row.whom, agent(row), row.since.as_millis(), until(row))
        })
        .collect()
}

const LISTENED: &str = "phone:carol listen phone:alice anna 5000-7000";

#[test]
fn who_watches_is_told_while_he_does_and_by_his_mode() {
    for at_once in [true, false] {
        let folder = tempfile::tempdir().unwrap();
        let mut desk = Desk::open(folder.path());
        watched(&mut desk);
        assert_eq!(words(&rows(&desk)), [LISTENED, "phone:carol whisper phone:alice anna 7000--"]);
        if !at_once {
            desk.settle(); // Its end is another posting.
        }
        desk.push(watching(1, WatchMode::Whisper, 7_000, Some(8_500)));
        desk.push(happened(Entry::Closed(record(7, Outcome::Answered))));
        assert_eq!(words(&rows(&desk)), [LISTENED, "phone:carol whisper phone:alice anna 7000-8500"]);
        let view = "SELECT call || ' ' || who || ' ' || mode || ' ' || whom || ' ' || agent || ' ' || watched_ms
            FROM v_watches ORDER BY nth";
        assert_eq!(
            column(folder.path(), view),
            ["c7 carol listen alice anna 2000", "c7 carol whisper alice anna 1500"]
        );
        desk.close();
    }
}

#[test]
fn killed_while_somebody_watches_it_is_known_who_did_and_it_ended_with_the_call() {
    for settled in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let mut desk = Desk::open(folder.path());
        watched(&mut desk);
        match settled {
            true => desk.settle(),
            false => desk.written_down(),
        }
        let desk = desk.die_and_open(folder.path());
        let found = rows(&desk);
        assert_eq!(words(&found[..1]), [LISTENED]);
        let (died, call) = (found[1].until, desk.calls().remove(0));
        assert_eq!((call.outcome.as_str(), died), ("node_lost", call.ended), "{found:?}");
        desk.close();
    }
}

#[test]
fn it_goes_with_its_call() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::open(folder.path());
    watched(&mut desk);
    desk.push(happened(Entry::Closed(record(7, Outcome::Answered))));
    desk.settle();
    let keep = ledger::Retention { records: Some(std::time::Duration::from_secs(1)), ..Default::default() };
    desk.side.clone().unwrap().push_blocking(Item::Keep(keep)).unwrap();
    desk.until("what is old is gone", |health| health.purged >= 3);
    assert_eq!(column(folder.path(), "SELECT count(*) || '' FROM watches"), ["0"]);
    desk.close();
}
