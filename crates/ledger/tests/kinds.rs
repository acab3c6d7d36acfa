//! Reports of what came of conversations, and of contacts that come by no call.
#![allow(clippy::unwrap_used)] // A test; clippy sees only the functions marked so.

mod counted;

use call::cdr::{CallEvent, CallEventKind};
use counted::*;
use ledger::report::{Grouping, Key, Others, Report, Tally};
use std::collections::BTreeMap;
use terms::{AgentId, ContactKind, QueueId, Wall};

fn disposed(at: i64, segment: u16, word: &str, instead_of: Option<&str>) -> CallEvent {
    let what = CallEventKind::Disposed { disposition: word.into(), instead_of: instead_of.map(str::to_owned) };
    CallEvent { segment: Some(segment), ..event(at, Some("sales"), Some("alice"), what) }
}

/// Alice says late what came of a conversation: it counts where that counts, though she says it in the next hour, and after
/// the end of the report.
#[test]
fn what_came_of_a_conversation_counts_in_the_time_and_the_queue_of_the_conversation() {
    let mut account = Account::open();
    let talked = |at, segment| CallEvent { segment: Some(segment), ..completed(at, "sales", "alice", 10_000, 0) };
    let wraps = |at| state(at, "alice", "ready", "wrap_up", None);
    account.write(&[
        talked(90_000, 0),
        wraps(90_000),
        disposed(95_000, 0, "sold", None),
        disposed(105_000, 0, "call back", Some("sold")),
        state(110_000, "alice", "ready", "idle", None),
        talked(190_000, 1),
        wraps(190_000),
        disposed(210_000, 1, "sold", None),
        // It is about the one before, and so of no conversation that is known to be hers.
        disposed(215_000, 0, "lost", None),
        state(220_000, "alice", "ready", "idle", None),
    ]);
    let words = |tally: &Tally| tally.dispositions.clone().into_iter().collect::<Vec<_>>();
    let by_time = account.report(Grouping::Time, &[0, 100_000, 200_000], None);
    let rows: Vec<_> = by_time.rows.values().map(words).collect();
    assert_eq!(rows, [[("call back".to_owned(), 1)], [("sold".to_owned(), 1)]]);
    assert_eq!(words(&by_time.total), [("call back".to_owned(), 1), ("sold".to_owned(), 1)]);
    // Adjacent times add up: the second has nothing of the first.
    let second = account.report(Grouping::Queue, &[100_000, 300_000], Some("sales"));
    assert_eq!(words(&second.total), [("sold".to_owned(), 1)]);
    assert_eq!(words(&second.rows[&Key::Queue(QueueId::of("sales"))]), [("sold".to_owned(), 1)]);
    let first = account.report(Grouping::Agent, &[0, 92_000], None);
    assert_eq!(words(&first.rows[&Key::Agent(AgentId::of("alice"))]), [("call back".to_owned(), 1)]);
}

fn of_kind(kind: ContactKind, mut event: CallEvent) -> CallEvent {
    match &mut event.what {
        CallEventKind::Entered { contact_kind, .. }
        | CallEventKind::Offered { contact_kind }
        | CallEventKind::OfferFailed { contact_kind, .. }
        | CallEventKind::Connected { contact_kind, .. }
        | CallEventKind::Completed { contact_kind, .. }
        | CallEventKind::Overflowed { contact_kind, .. } => *contact_kind = kind,
        other => panic!("{other:?} tells no kind"),
    }
    event
}

/// A task waits an hour, is left lying once, and takes Alice a minute: no figure of callers moves, and it has its own.
#[test]
fn what_comes_by_no_call_is_told_by_its_kind_and_in_no_figure_of_callers() {
    let calls = morning();
    let without = {
        let mut account = Account::open();
        account.write(&calls);
        account.report(Grouping::Queue, &[0, 5_000_000], None)
    };
    let task = |event| of_kind(ContactKind::Task, event);
    let why = "no_answer".into();
    let failed = CallEventKind::OfferFailed { why, rang_ms: 20_000, contact_kind: ContactKind::Task };
    let mut events = calls;
    let offered =
        || event(0, Some("support"), Some("alice"), CallEventKind::Offered { contact_kind: ContactKind::Task });
    events.extend([
        task(entered(1_000_000, "support", false)),
        CallEvent { at: Wall::from_millis(1_100_000), ..offered() },
        event(1_120_000, Some("support"), Some("alice"), failed),
        task(of_kind(ContactKind::Task, sent_on(1_150_000, "support", "waited", 150_000, Some(true)))),
        task(entered(1_150_000, "sales", true)),
        task(connected_after(150_000, 1_200_000, "sales", "alice", 50_000)),
        task(completed(1_260_000, "sales", "alice", 60_000, 0)),
        state(1_260_000, "alice", "ready", "wrap_up", Some(839_000)),
        state(1_265_000, "alice", "ready", "idle", Some(5_000)),
        of_kind(ContactKind::Email, sent_on(1_300_000, "support", "full", 0, Some(false))),
    ]);
    let mut account = Account::open();
    account.write(&events);
    let with = account.report(Grouping::Queue, &[0, 5_000_000], None);
    let calls_alone = |tally: &Tally| {
        let mut tally = Tally { others: BTreeMap::new(), ..tally.clone() };
        // Agents' time is of all that they do.
        (tally.talking_ms, tally.wrapping_ms, tally.ready_ms) = (0, 0, 0);
        tally
    };
    for queue in ["support", "sales"] {
        let of = |report: &Report| calls_alone(&report.rows[&Key::Queue(QueueId::of(queue))]);
        assert_eq!(of(&with), of(&without), "{queue}");
    }
    assert_eq!(calls_alone(&with.total), calls_alone(&without.total));
    let sales = &with.rows[&Key::Queue(QueueId::of("sales"))].others[&ContactKind::Task];
    let (came, came_again) = (1, 1);
    let mut wanted = Others { came, came_again, taken: 1, taken_wait_ms: 50_000, done: 1, ..Others::default() };
    (wanted.work_ms, wanted.wrap_up_ms) = (60_000, 5_000);
    assert_eq!(*sales, wanted);
    assert_eq!((sales.average_handle_ms().numerator, sales.average_wait_ms().denominator), (65_000, 1));
    let total = &with.total.others;
    assert_eq!(total[&ContactKind::Task].taken_wait_ms, 200_000, "of the contact the whole wait");
    assert_eq!((total[&ContactKind::Task].came, total[&ContactKind::Task].overflowed), (2, 1));
    assert_eq!((total[&ContactKind::Email].came, total[&ContactKind::Email].overflowed), (1, 1));
}
