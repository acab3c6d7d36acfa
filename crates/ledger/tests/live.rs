//! Figures as they stand: the same from the account as from the mouth of the switch, and the same as a report's.
#![allow(clippy::unwrap_used)] // A test; clippy sees only the functions marked so.

mod desk;

use call::cdr::{CallEvent, Entry};
use desk::{Desk, happened};
use ledger::live::{Figures, Live};
use ledger::report::{Grouping, Key, Question};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;
use terms::{ContactId, QueueId, Wall};

const MINUTE: i64 = 60_000;
/// A midnight of UTC.
const MIDNIGHT: i64 = 1_764_028_800_000;
const NOW: i64 = MIDNIGHT + 11 * 60 * MINUTE + 12_345;
const QUEUES: [&str; 2] = ["support", "sales"];

fn event(at: i64, queue: &str, what: Value) -> CallEvent {
    let (queue, contact) = (Some(QueueId::of(queue)), Some(ContactId(1)));
    let what = serde_json::from_value(what).unwrap();
    CallEvent { at: Wall::from_millis(at), call: None, queue, contact, segment: Some(0), agent: None, what }
}

fn answered(at: i64, waited_ms: u64) -> CallEvent {
    event(at, "support", json!({"kind": "connected", "waited_ms": waited_ms, "rang_ms": 0}))
}

fn of(live: &Live, queue: &str, within: u64) -> Figures {
    live.of(QueueId::of(queue), Duration::from_secs(within), Wall::from_millis(MIDNIGHT), Wall::from_millis(NOW))
}

/// Numbers without a pattern, the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }

    /// Something that happens in a queue, at a time of the last day and a half.
    fn event(&mut self) -> CallEvent {
        let at = NOW - self.below(36 * 3_600_000).cast_signed();
        let queue = QUEUES[self.below(2) as usize];
        let waited_ms = self.below(40) * 1_000 + self.below(3) * 499;
        let again = self.below(4) == 0;
        event(
            at,
            queue,
            match self.below(6) {
                0 | 1 => json!({"kind": "entered", "position": 1, "again": again}),
                2 | 3 => json!({"kind": "connected", "waited_ms": waited_ms, "rang_ms": 0}),
                4 => json!({"kind": "abandoned", "waited_ms": waited_ms}),
                _ => json!({"kind": "overflowed", "why": "full", "waited_ms": waited_ms, "again": again}),
            },
        )
    }
}

#[test]
fn a_start_finds_in_the_account_what_the_starts_before_it_counted_and_a_report_says_the_same() {
    let folder = tempfile::tempdir().unwrap();
    let (mut dice, mut live) = (Dice(7), Live::default());
    let since = NOW - i64::try_from(ledger::live::LOOK_BACK.as_millis()).unwrap();
    for _start in 0..3 {
        let mut desk = Desk::open(folder.path());
        let found = desk.runtime.block_on(desk.reader.live(Wall::from_millis(NOW), desk.start.incarnation)).unwrap();
        for queue in QUEUES {
            for within in [1, 20, 3_600] {
                assert_eq!(of(&found, queue, within), of(&live, queue, within), "{queue} within {within} s");
            }
        }
        for _ in 0..300 {
            let event = dice.event();
            if event.at.as_millis() >= since {
                live.take(&event);
            }
            desk.push(happened(Entry::Event(event)));
        }
        desk.settle();
        let same = desk.runtime.block_on(desk.reader.live(Wall::from_millis(NOW), desk.start.incarnation)).unwrap();
        assert_eq!(same, found, "what this start told itself is not read");
        as_reported(&desk, &live);
        desk.close();
    }
}

/// A report of today has the figures of today.
fn as_reported(desk: &Desk, live: &Live) {
    let thresholds = QUEUES.map(|queue| (QueueId::of(queue), Duration::from_secs(20)));
    let question = Question {
        grouping: Grouping::Queue,
        edges: vec![Wall::from_millis(MIDNIGHT), Wall::from_millis(NOW + 1)],
        queue: None,
        thresholds: BTreeMap::from(thresholds),
        otherwise: Duration::from_secs(20),
        now: Wall::from_millis(NOW),
    };
    let report = desk.runtime.block_on(desk.reader.report(&question)).unwrap();
    for queue in QUEUES {
        let (mine, row) = (of(live, queue, 20).today, &report.rows[&Key::Queue(QueueId::of(queue))]);
        assert!(mine.answered > 5 && mine.abandoned > 0, "{mine:?}");
        assert_eq!((mine.came, mine.overflowed), (row.came, row.overflowed));
        assert_eq!((mine.answered, mine.answered_in_time), (row.answered, row.answered_in_time));
        assert_eq!((mine.abandoned, mine.abandoned_in_time), (row.abandoned, row.abandoned_in_time));
        assert_eq!((mine.service_level(), mine.average_wait_ms()), (row.service_level(), row.average_wait_ms()));
        assert_eq!(mine.longest_wait_ms, row.longest_wait_ms);
    }
}

#[test]
fn the_last_thirty_minutes_are_the_present_one_and_the_29_before_it() {
    let mut live = Live::default();
    let begun = NOW.div_euclid(MINUTE) * MINUTE;
    for at in [begun - 29 * MINUTE - 1, begun - 29 * MINUTE, begun, NOW] {
        live.take(&answered(at, 1_000));
    }
    let figures = of(&live, "support", 20);
    assert_eq!((figures.last_30_minutes.answered, figures.today.answered), (3, 4));
    assert_eq!(of(&live, "sales", 20), Figures::default());
}

#[test]
fn a_wait_is_in_time_exactly_when_it_is_at_most_the_threshold() {
    let mut live = Live::default();
    for waited_ms in [0, 1, 19_999, 20_000, 20_001, 3_600_000, 3_600_001, u64::MAX] {
        live.take(&answered(NOW, waited_ms.min(u64::MAX / 16)));
    }
    let in_time = |within| of(&live, "support", within).today.answered_in_time;
    assert_eq!([in_time(1), in_time(19), in_time(20), in_time(21), in_time(3_600)], [2, 2, 4, 5, 6]);
}

#[test]
fn years_of_contacts_take_the_room_of_a_day() {
    let mut live = Live::default();
    let mut size = vec![];
    for day in (0..40).rev() {
        for minute in 0..24 * 60 {
            live.take(&answered(NOW - day * 24 * 60 * MINUTE - minute * MINUTE, 1_000));
        }
        size.push(format!("{live:?}").len());
    }
    assert_eq!(size[1] / 100, size[39] / 100, "{size:?}");
    assert_eq!(of(&live, "support", 20).today.answered, 11 * 60 + 1);
}
