//! Reports against accounts counted by hand and by brute force.
#![allow(clippy::unwrap_used)] // A test; clippy sees only the functions marked so.

mod counted;

use call::cdr::{CallEvent, CallEventKind};
use counted::*;
use ledger::report::{Grouping, Key, LoginSession, Report, Tally};
use proptest::prelude::*;
use std::time::{Duration, Instant};
use terms::{AgentId, QueueId, Wall};

/// Why an offer ended, and whether the agent missed it.
const ENDS: [(&str, bool); 7] = [
    ("no_answer", true),
    ("busy", true),
    ("declined", true),
    ("unreachable", true),
    ("caller_gone", false),
    ("agent_gone", false),
    ("sent_on", false),
];

#[test]
fn an_offer_that_ended_otherwise_than_by_the_agent_is_not_one_that_he_missed() {
    let mut account = Account::open();
    for (nth, (why, _)) in (0..).zip(ENDS) {
        let agent = format!("agent{nth}");
        let failed = CallEventKind::OfferFailed { why: why.into(), rang_ms: 3_000, contact_kind: Default::default() };
        account.write(&[
            event(
                nth * 10_000,
                Some("sales"),
                Some(&agent),
                CallEventKind::Offered { contact_kind: Default::default() },
            ),
            event(nth * 10_000 + 3_000, Some("sales"), Some(&agent), failed),
        ]);
    }
    let agents = account.report(Grouping::Agent, &[0, 500_000], None);
    for (nth, (why, missed)) in ENDS.iter().enumerate() {
        let tally = &agents.rows[&Key::Agent(AgentId::of(&format!("agent{nth}")))];
        assert_eq!((tally.offered, tally.missed), (1, u64::from(*missed)), "{why}");
    }
    assert_eq!((agents.total.offered, agents.total.missed), (7, 4));
    let sales = &account.report(Grouping::Queue, &[0, 500_000], None).rows[&Key::Queue(QueueId::of("sales"))];
    assert_eq!((sales.offered, sales.missed), (7, 4));
}

#[test]
fn a_morning_counted_by_hand() {
    let mut account = Account::open();
    account.write(&morning());
    account.write(&afternoon());
    let report = account.report(Grouping::Queue, &[0, 500_000], None);
    let support = &report.rows[&Key::Queue(QueueId::of("support"))];
    let sales = &report.rows[&Key::Queue(QueueId::of("sales"))];
    assert_eq!(
        *support,
        Tally {
            came: 4,
            came_again: 1,
            answered: 2,
            answered_in_time: 1,
            abandoned: 2,
            abandoned_in_time: 1,
            answered_wait_ms: 45_000,
            longest_wait_ms: 30_000,
            offered: 1,
            handled: 2,
            talk_ms: 70_000,
            hold_ms: 10_000,
            wrap_up_ms: 20_000,
            ..Tally::default()
        }
    );
    assert_eq!((sales.came, sales.overflowed, sales.answered, sales.answered_in_time), (3, 2, 1, 0), "T is 10 s there");
    assert_eq!((sales.handled, sales.longest_wait_ms, sales.offered, sales.missed), (0, 45_000, 1, 1));
    // 1 of 3 in time: 15 s; late: 30 s, and one who left after 30 s. Who left after 3 s does not count.
    assert_eq!((support.service_level().numerator, support.service_level().denominator), (1, 3));
    assert_eq!(support.average_wait_ms().value, Some(22_500.0));
    assert_eq!(support.average_handle_ms().value, Some(50_000.0), "(60 + 20 + 20) s / 2");
    assert_eq!(support.abandoned_share().value, Some(0.5));
    assert_eq!(support.occupancy().value, None, "an agent's time is that of all his queues");
    let total = &report.total;
    assert_eq!((total.contacts(), total.came, total.answered, total.overflowed), (6, 7, 3, 2), "each contact once");
    assert_eq!((total.answered_wait_ms, total.longest_wait_ms), (101_000, 75_000), "with the waits in other queues");
    assert_eq!((total.service_level().numerator, total.service_level().denominator), (1, 4));
    // Alice: ready 115 + 226 s, talks 60 s and 79 s until the end, wraps up 20 s. Bob: ready 25 s, talks 20 s.
    assert_eq!((total.ready_ms, total.talking_ms, total.wrapping_ms), (366_000, 159_000, 20_000));
    let agents = account.report(Grouping::Agent, &[0, 500_000], None);
    let alice = &agents.rows[&Key::Agent(AgentId::of("alice"))];
    assert_eq!((alice.occupancy().numerator, alice.occupancy().denominator), (159_000, 500_000));
    assert_eq!((alice.offered, alice.missed, alice.answered, alice.handled), (2, 1, 2, 1));
    let bob = &agents.rows[&Key::Agent(AgentId::of("bob"))];
    assert_eq!((bob.occupancy().numerator, bob.occupancy().denominator), (20_000, 45_000));
    assert_eq!((bob.paused_ms.clone(), bob.logged_in_ms()), ([(String::new(), 350_000)].into(), 395_000));
    let at = |ms| Some(Wall::from_millis(ms));
    assert_eq!(agents.sessions[&AgentId::of("alice")], [LoginSession { from: at(0), to: None }], "she is still there");
    assert_eq!(agents.sessions[&AgentId::of("bob")], [LoginSession { from: at(0), to: at(395_000) }]);
    let one = account.report(Grouping::Queue, &[0, 500_000], Some("support"));
    assert_eq!((one.rows.len(), &one.rows[&Key::Queue(QueueId::of("support"))]), (1, support));
    assert_eq!(one.total, *support);
}

#[test]
fn after_call_work_counts_where_its_conversation_ended_though_it_goes_on_longer() {
    let mut account = Account::open();
    account.write(&morning());
    account.write(&afternoon());
    let report = account.report(Grouping::Time, &[500_000, 530_000, 560_000], None);
    let rows: Vec<&Tally> = report.rows.values().collect();
    assert_eq!((rows[0].handled, rows[0].talk_ms, rows[0].wrap_up_ms), (1, 100_000, 30_000));
    assert_eq!((rows[0].talking_ms, rows[0].wrapping_ms), (21_000, 9_000), "but her time is cut at the edge");
    assert_eq!((rows[1].handled, rows[1].wrap_up_ms, rows[1].wrapping_ms), (0, 0, 21_000));
    let cut = account.report(Grouping::Time, &[500_000, 530_000], None);
    assert_eq!(cut.total, *rows[0], "the end of the report is an edge like any other");
}

#[test]
fn a_state_ends_with_the_switch_that_told_it() {
    let mut account = Account::open();
    let sign = || event(60_000, Some("support"), None, CallEventKind::Offered { contact_kind: Default::default() });
    account.write(&[state(0, "alice", "ready", "idle", None), sign()]);
    account.restart();
    account.write(&[state(500_000, "alice", "ready", "idle", None), state(510_000, "alice", "ready", "talking", None)]);
    let report = account.report(Grouping::Queue, &[0, 520_000], None);
    assert_eq!((report.total.ready_ms, report.total.talking_ms), (70_000, 10_000));
    let at = |ms| Some(Wall::from_millis(ms));
    let (died, lives) = (LoginSession { from: at(0), to: at(60_000) }, LoginSession { from: at(500_000), to: None });
    assert_eq!(report.sessions[&AgentId::of("alice")], [died, lives]);
    let later = account.report(Grouping::Agent, &[505_000, 520_000], None);
    assert_eq!(later.sessions[&AgentId::of("alice")], [LoginSession { from: None, to: None }], "there all the time");
    account.ledger = None;
    let report = account.report(Grouping::Queue, &[0, 520_000], None);
    assert_eq!(report.total.talking_ms, 0, "nobody runs this account: the last event is the last sign of life");
}

#[test]
fn who_has_no_phone_is_at_work_and_not_ready() {
    let mut account = Account::open();
    account.write(&[
        reached(0, "ready", "idle", false),
        reached(10_000, "ready", "idle", true),
        reached(30_000, "ready", "talking", true),
        // Lost while he talks and works after it: that is what he does then.
        reached(40_000, "ready", "talking", false),
        reached(60_000, "ready", "wrap_up", false),
        reached(65_000, "ready", "idle", false),
        reached(70_000, "not_ready", "idle", false),
        reached(80_000, "logged_out", "idle", false),
    ]);
    let report = account.report(Grouping::Agent, &[0, 100_000], None);
    let alice = &report.rows[&Key::Agent(AgentId::of("alice"))];
    assert_eq!((alice.ready_ms, alice.unreachable_ms), (20_000, 15_000));
    assert_eq!((alice.talking_ms, alice.wrapping_ms, alice.paused_all_ms()), (30_000, 5_000, 10_000));
    assert_eq!(alice.logged_in_ms(), 80_000);
    assert_eq!((alice.occupancy().numerator, alice.occupancy().denominator), (35_000, 55_000));
}

#[test]
fn breaks_are_told_by_reason_and_cut_at_the_edges() {
    let mut account = Account::open();
    let paused = |at: i64, reason: &str| {
        let (status, work) = ("not_ready".into(), "idle".into());
        let (reason, lasted_ms, reachable, wrapped_ms) = (Some(reason.into()), None, None, None);
        let what = CallEventKind::AgentState { status, reason, work, lasted_ms, reachable, wrapped_ms };
        event(at, None, Some("alice"), what)
    };
    account.write(&[
        state(10_000, "alice", "ready", "idle", None),
        paused(20_000, "lunch"),
        paused(50_000, "training"),
        state(60_000, "alice", "ready", "idle", None),
        paused(70_000, "lunch"),
        state(75_000, "alice", "logged_out", "idle", None),
        state(90_000, "alice", "ready", "idle", None),
    ]);
    let by_agent = account.report(Grouping::Agent, &[0, 100_000], None);
    let alice = &by_agent.rows[&Key::Agent(AgentId::of("alice"))];
    assert_eq!(alice.paused_ms, [("lunch".into(), 35_000), ("training".into(), 10_000)].into());
    assert_eq!((alice.ready_ms, alice.logged_in_ms()), (30_000, 75_000));
    assert_eq!(by_agent.total.paused_ms, alice.paused_ms);
    let by_time = account.report(Grouping::Time, &[0, 30_000, 100_000], None);
    let lunch: Vec<u64> = by_time.rows.values().map(|row| row.paused_ms["lunch"]).collect();
    assert_eq!(lunch, [10_000, 25_000]);
}

#[test]
fn who_is_sent_on_at_once_came_all_the_same() {
    let mut account = Account::open();
    for (at, let_in) in [(1_000, Some(false)), (2_000, None), (3_000, Some(false))] {
        account.write(&[sent_on(at, "support", "no_agents", 0, let_in)]);
    }
    // A queue that was taken out of the configuration sends on those whom it had let in.
    account.write(&[entered(4_000, "sales", false), sent_on(4_500, "sales", "unknown_queue", 500, Some(true))]);
    let report = account.report(Grouping::Queue, &[0, 10_000], None);
    let support = &report.rows[&Key::Queue(QueueId::of("support"))];
    assert_eq!((support.came, support.contacts(), support.overflowed), (3, 3, 3));
    assert_eq!((report.total.came, report.total.contacts(), report.total.overflowed), (4, 4, 4));
}

#[test]
fn a_contact_that_an_agent_sends_to_another_queue_is_answered_in_both_and_once_in_the_total() {
    let mut account = Account::open();
    let again = CallEventKind::Connected {
        waited_ms: 7_000,
        rang_ms: 0,
        before_ms: 5_000,
        again: true,
        contact_kind: Default::default(),
    };
    account.write(&[
        entered(0, "support", false),
        connected(5_000, "support", "alice", 5_000),
        completed(65_000, "support", "alice", 60_000, 0),
        entered(65_000, "sales", true),
        event(72_000, Some("sales"), Some("bob"), again),
        completed(92_000, "sales", "bob", 20_000, 0),
    ]);
    let report = account.report(Grouping::Queue, &[0, 100_000], None);
    let of = |queue| &report.rows[&Key::Queue(QueueId::of(queue))];
    assert_eq!((of("support").answered, of("sales").answered, of("sales").answered_wait_ms), (1, 1, 7_000));
    let Tally { came, answered, answered_wait_ms, handled, talk_ms, .. } = &report.total;
    assert_eq!((*came, *answered, *answered_wait_ms, *handled, *talk_ms), (2, 1, 5_000, 2, 80_000));
}

#[test]
fn the_total_counts_a_contacts_whole_wait() {
    let mut account = Account::open();
    let mut events = vec![];
    for at in [0, 1_000] {
        events.extend([entered(at, "sales", false), overflowed(at + 30_000, "sales", "waited", 30_000)]);
        events.push(entered(at + 30_000, "support", true));
        events.push(connected_after(30_000, at + 34_000, "support", "alice", 4_000));
        events.extend([entered(at + 50_000, "support", false), connected(at + 50_000, "support", "alice", 0)]);
    }
    events.sort_by_key(|event| event.at);
    account.write(&events);
    let report = account.report(Grouping::Queue, &[0, 100_000], None);
    let support = &report.rows[&Key::Queue(QueueId::of("support"))];
    assert_eq!((support.average_wait_ms().value, support.service_level().value), (Some(2_000.0), Some(1.0)));
    let total = &report.total;
    assert_eq!((total.average_wait_ms().value, total.service_level().value), (Some(17_000.0), Some(0.5)));
    assert_eq!((total.came, total.contacts()), (6, 4));
    // A queue alone: its row and the total say the same.
    let alone = account.report(Grouping::Queue, &[0, 100_000], Some("support"));
    assert_eq!((&alone.total, alone.total.contacts(), alone.total.came), (support, 2, 4));
    let agents = account.report(Grouping::Agent, &[0, 100_000], None);
    assert_eq!(agents.rows[&Key::Agent(AgentId::of("alice"))].average_wait_ms(), total.average_wait_ms());
}

#[test]
fn a_clock_that_steps_back_loses_and_doubles_nothing() {
    let mut account = Account::open();
    let hour = 3_600_000;
    account.write(&[
        state(hour, "alice", "ready", "idle", None),
        connected(hour + 10_000, "support", "alice", 5_000),
        state(hour + 10_000, "alice", "ready", "talking", Some(10_000)),
        // The wall steps back by an hour in the conversation.
        completed(30_000, "support", "alice", 20_000, 0),
        state(30_000, "alice", "ready", "wrap_up", Some(20_000)),
        state(40_000, "alice", "ready", "idle", Some(10_000)),
        state(50_000, "alice", "logged_out", "idle", Some(10_000)),
    ]);
    let report = account.report(Grouping::Queue, &[0, 2 * hour], None);
    assert_eq!((report.total.ready_ms, report.total.talking_ms, report.total.wrapping_ms), (20_000, 20_000, 10_000));
    assert_eq!((report.total.answered, report.total.handled, report.total.wrap_up_ms), (1, 1, 10_000));
}

#[test]
fn an_account_without_events_has_an_empty_report() {
    let report = Account::open().report(Grouping::Agent, &[0, 1_000], None);
    assert_eq!(report, Report::default());
    assert_eq!(report.total.service_level().value, None);
}

/// A step of an agent's life: what he does, for how long, and whether a conversation that ends was on hold.
type Step = (u8, u16, u8);

const DOINGS: [(&str, &str); 5] =
    [("ready", "idle"), ("ready", "reserved"), ("ready", "talking"), ("not_ready", "idle"), ("logged_out", "idle")];

/// What an agent does in each millisecond, and his conversations: end, length, hold, after-call work.
type Life = (Vec<u8>, Vec<(i64, u64, u64, u64)>);

/// The events of a life and, beside it, what he does in each millisecond: 0 ready, 1 talking, 2 wrap-up, 3 on a break,
/// 4 not at work.
fn live(agent: &str, steps: &[Step], timed: bool) -> (Vec<CallEvent>, Life) {
    let (mut events, mut doing, mut talks) = (vec![], vec![], vec![]);
    let mut lasted = None;
    let tell = |events: &mut Vec<CallEvent>, at: usize, (status, work): (&str, &str), lasted: Option<u64>| {
        events.push(state(at as i64, agent, status, work, lasted.filter(|_| timed)));
    };
    for (kind, length, after) in steps {
        let (kind, length) = (usize::from(*kind) % DOINGS.len(), usize::from(*length));
        tell(&mut events, doing.len(), DOINGS[kind], lasted);
        lasted = Some(length as u64);
        doing.extend(std::iter::repeat_n([0, 0, 1, 3, 4][kind], length));
        if kind == 2 {
            let (held, wrap) = (u64::from(*after) % (length as u64 + 1), u64::from(*after) % 40);
            events.push(completed(doing.len() as i64, "support", agent, length as u64, held));
            talks.push((doing.len() as i64, length as u64, held, wrap));
            if wrap > 0 {
                tell(&mut events, doing.len(), ("ready", "wrap_up"), lasted);
                doing.extend(std::iter::repeat_n(2, wrap as usize));
                lasted = Some(wrap);
            }
        }
    }
    tell(&mut events, doing.len(), ("logged_out", "idle"), lasted);
    (events, (doing, talks))
}

fn wait(kind: u8, at: u16, waited: u16) -> CallEvent {
    let (at, waited_ms) = (i64::from(at), u64::from(waited) * 10);
    let queue = if kind & 8 == 0 { "support" } else { "sales" };
    match kind % 4 {
        0 => entered(at, queue, kind & 16 == 0),
        1 => connected(at, queue, "alice", waited_ms),
        2 => abandoned(at, queue, waited_ms),
        _ => overflowed(at, queue, if kind & 16 == 0 { "full" } else { "waited" }, waited_ms),
    }
}

/// The same counts, by looking at every event and every millisecond for each row again.
fn brute(from: i64, to: i64, waits: &[CallEvent], lives: &[Life]) -> Tally {
    let mut tally = Tally::default();
    for event in waits.iter().filter(|event| (from..to).contains(&event.at.as_millis())) {
        let t = if event.queue == Some(QueueId::of("sales")) { 10_000 } else { 20_000 };
        let waited = match &event.what {
            CallEventKind::Connected { waited_ms, .. } => {
                tally.answered += 1;
                tally.answered_wait_ms += waited_ms;
                tally.answered_in_time += if *waited_ms > t { 0 } else { 1 };
                *waited_ms
            }
            CallEventKind::Abandoned { waited_ms, .. } => {
                tally.abandoned += 1;
                tally.abandoned_in_time += if *waited_ms > t { 0 } else { 1 };
                *waited_ms
            }
            CallEventKind::Overflowed { waited_ms, why, .. } => {
                tally.overflowed += 1;
                tally.came += if *why == acd::OverflowReason::Full { 1 } else { 0 };
                *waited_ms
            }
            CallEventKind::Entered { again, .. } => {
                tally.came += 1;
                tally.came_again += if *again { 1 } else { 0 };
                0
            }
            _ => 0,
        };
        tally.longest_wait_ms = tally.longest_wait_ms.max(waited);
    }
    for (doing, talks) in lives {
        for at in from.max(0)..to.min(doing.len() as i64) {
            match doing[at as usize] {
                0 => tally.ready_ms += 1,
                1 => tally.talking_ms += 1,
                2 => tally.wrapping_ms += 1,
                3 => *tally.paused_ms.entry(String::new()).or_insert(0) += 1,
                _ => {}
            }
        }
        for (_, length, held, wrap) in talks.iter().filter(|(end, ..)| (from..to).contains(end)) {
            tally.handled += 1;
            tally.talk_ms += length - held;
            tally.hold_ms += held;
            tally.wrap_up_ms += wrap;
        }
    }
    tally
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn every_row_is_what_counting_one_by_one_gives(
        alice in prop::collection::vec((0_u8..5, 0_u16..200, any::<u8>()), 0..15),
        bob in prop::collection::vec((0_u8..5, 0_u16..200, any::<u8>()), 0..15),
        waits in prop::collection::vec((any::<u8>(), 0_u16..2_000, 0_u16..4_000), 0..40),
        cuts in prop::collection::btree_set(0_i64..2_200, 2..6),
        timed in any::<bool>(),
    ) {
        let waits: Vec<CallEvent> = waits.into_iter().map(|(kind, at, waited)| wait(kind, at, waited)).collect();
        let (first, second) = (live("alice", &alice, timed), live("bob", &bob, timed));
        let mut events = [first.0, second.0, waits.clone()].concat();
        events.sort_by_key(|event| event.at);
        let lives = [first.1, second.1];
        let mut account = Account::open();
        account.write(&events);
        let edges: Vec<i64> = cuts.into_iter().collect();
        let report = account.report(Grouping::Time, &edges, None);
        for (place, edge) in edges.windows(2).enumerate() {
            let expected = brute(edge[0], edge[1], &waits, &lives);
            let row = report.rows.get(&Key::Time(place)).cloned().unwrap_or_default();
            prop_assert_eq!(&row, &expected, "row {} of {:?}", place, edges);
            // A row of its own report is the same: figures of adjacent times add up.
            prop_assert_eq!(account.report(Grouping::Agent, edge, None).total, expected);
        }
        let whole = brute(edges[0], edges[edges.len() - 1], &waits, &lives);
        prop_assert_eq!(&report.total, &whole);
        let by_agent = account.report(Grouping::Agent, &edges, None);
        for (name, life) in ["alice", "bob"].iter().zip(&lives) {
            let row = by_agent.rows.get(&Key::Agent(AgentId::of(name))).cloned().unwrap_or_default();
            let alone = brute(edges[0], edges[edges.len() - 1], &[], std::slice::from_ref(life));
            let own = |tally: &Tally| (tally.handled, tally.wrap_up_ms, tally.occupancy(), tally.logged_in_ms());
            prop_assert_eq!(own(&row), own(&alone));
        }
    }
}

fn fill(account: &mut Account, rows: &str) {
    let sql = "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < CAST(?1 AS INTEGER))
        INSERT INTO events (id, at, queue, agent, kind, detail)
        SELECT (1 << 36) + i, i * 20, 7, 9, 'connected', '{\"kind\":\"connected\",\"waited_ms\":1000,\"rang_ms\":5}' FROM n";
    account.sql(sql, rows);
}

#[test]
fn many_rows_are_read_in_pieces() {
    let mut account = Account::open();
    fill(&mut account, "20000");
    let report = account.report(Grouping::Time, &[0, 100_000, 400_000], None);
    let answered: Vec<u64> = report.rows.values().map(|row| row.answered).collect();
    assert_eq!(answered, [5_000, 15_000]);
}

#[test]
#[ignore = "for `cargo test --release`: a million rows"]
fn a_million_rows_take_seconds() {
    let mut account = Account::open();
    fill(&mut account, "1000000");
    let begun = Instant::now();
    let report = account.report(Grouping::Queue, &[0, 20_000_000], None);
    println!("a million events in {:?}", begun.elapsed());
    assert_eq!(report.total.answered, 1_000_000);
    assert!(begun.elapsed() < Duration::from_secs(15));
}
