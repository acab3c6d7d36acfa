//! The account of who is in a conference room: each seat from when it is taken, whatever becomes of the switch.
#![allow(clippy::unwrap_used)] // A test; clippy sees only the functions marked so.

mod desk;

use call::cdr::{Entry, LegRecord, LegRole, Moved, Outcome, Seating};
use desk::{Desk, column, happened, opened, record};
use ledger::{Item, Name};
use sip::Source;
use terms::{CallRef, LegId, PhoneId, RoomId, TrunkId, Wall};

fn at(ms: i64) -> Wall {
    Wall::from_millis(ms)
}

fn seating(nth: u16, who: Source, since: i64, until: Option<i64>) -> Item {
    happened(Entry::Seated(Box::new(Seating {
        call: CallRef(7),
        nth,
        room: RoomId::of("daily"),
        leg: Some(nth),
        who,
        number: "101".into(),
        host: nth == 0,
        since: at(since),
        until: until.map(at),
    })))
}

/// The leg of a customer has come from his own call.
fn moved() -> Box<LegRecord> {
    let mut leg = LegRecord::new(CallRef(7), 1, LegRole::Callee, Source::Trunk(TrunkId::of("acme")), at(3_000));
    leg.moves = vec![Moved { call: CallRef(8), nth: 0, until: at(6_000) }];
    Box::new(leg)
}

const DESK: Source = Source::Phone(PhoneId::of("desk1"));
const CARRIER: Source = Source::Trunk(TrunkId::of("acme"));

/// A phone was there, and has gone; a customer still is.
fn meeting(desk: &mut Desk) {
    desk.push_all([
        Item::Name(Box::new(Name::phone("desk1"))),
        Item::Name(Box::new(Name::room("daily"))),
        opened(7),
        opened(8),
        seating(0, DESK, 5_000, None),
        happened(Entry::Moved { leg: LegId::inbound(2), record: moved() }),
        happened(Entry::Closed({
            let mut joined = record(8, Outcome::Joined);
            joined.joined = Some(CallRef(7));
            joined
        })),
        seating(1, CARRIER, 6_000, None),
        seating(0, DESK, 5_000, Some(8_000)),
    ]);
}

fn words(desk: &Desk, call: u64) -> Vec<String> {
    desk.settle();
    let rows = desk.runtime.block_on(desk.reader.seats(CallRef(call))).unwrap();
    let until = |row: &ledger::SeatRow| row.until.map_or_else(|| "-".to_owned(), |at| at.as_millis().to_string());
    rows.iter().map(|row| format!("{} {} {}-{}", row.room, row.who, row.since.as_millis(), until(row))).collect()
}

#[test]
fn who_is_in_a_room_is_told_while_he_is_and_by_the_call_that_brought_him() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::open(folder.path());
    meeting(&mut desk);
    let carrier = format!("daily trunk:{:x} 6000--", TrunkId::of("acme").0);
    assert_eq!(words(&desk, 7), ["daily phone:desk1 5000-8000".to_owned(), carrier.clone()]);
    assert_eq!(words(&desk, 8), [carrier], "his own call was in it by him alone");
    desk.push(seating(1, CARRIER, 6_000, Some(9_500)));
    desk.push(happened(Entry::Closed(record(7, Outcome::Answered))));
    desk.settle();
    let view = "SELECT call || ' ' || room || ' ' || came_by || ' ' || number || ' ' || host || ' ' || seated_ms
        FROM v_seats ORDER BY nth";
    assert_eq!(column(folder.path(), view), ["c7 daily c7 101 1 3000", "c7 daily c8 101 0 3500"]);
    desk.close();
}

#[test]
fn killed_while_somebody_is_there_it_is_known_who_was_and_it_ended_with_the_call() {
    for settled in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let mut desk = Desk::open(folder.path());
        meeting(&mut desk);
        match settled {
            true => desk.settle(),
            false => desk.written_down(),
        }
        let desk = desk.die_and_open(folder.path());
        let calls = desk.calls();
        let room = calls.iter().find(|call| call.call == CallRef(7)).unwrap();
        let died = room.ended.unwrap().as_millis();
        assert_eq!((calls.len(), room.outcome.as_str()), (2, "node_lost"));
        let carrier = format!("daily trunk:{:x} 6000-{died}", TrunkId::of("acme").0);
        assert_eq!(words(&desk, 7), ["daily phone:desk1 5000-8000".to_owned(), carrier]);
        desk.close();
    }
}

#[test]
fn it_goes_with_its_call() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::open(folder.path());
    meeting(&mut desk);
    desk.push(happened(Entry::Closed(record(7, Outcome::Answered))));
    desk.settle();
    let keep = ledger::Retention { records: Some(std::time::Duration::from_secs(1)), ..Default::default() };
    desk.side.clone().unwrap().push_blocking(Item::Keep(keep)).unwrap();
    desk.until("what is old is gone", |health| health.purged >= 4);
    assert_eq!(column(folder.path(), "SELECT count(*) || '' FROM seats"), ["0"]);
    desk.close();
}
