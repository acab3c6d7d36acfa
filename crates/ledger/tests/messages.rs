//! The account of messages: each from when its caller begins to speak, whatever becomes of the switch, and what became of it.
#![allow(clippy::unwrap_used)] // A test; clippy sees only the functions marked so.

mod desk;

use call::cdr::{Entry, Mark, Message, MessageMark, Outcome, Recording};
use desk::{Desk, column, happened, opened, record};
use ledger::{Item, MessageFilter, MessageRow, Name};
use sip::Source;
use terms::{CallRef, CaptureId, Mailbox, QueueId, TrunkId, Wall};

fn at(ms: i64) -> Wall {
    Wall::from_millis(ms)
}

fn message(capture: u64, until: Option<i64>, dropped: bool) -> Item {
    happened(Entry::Message(Box::new(Message {
        capture: CaptureId(capture),
        call: CallRef(capture),
        mailbox: Mailbox::Queue(QueueId::of("support")),
        who: Source::Trunk(TrunkId::of("acme")),
        number: "+359888123456".into(),
        since: at(5_000),
        until: until.map(at),
        dropped,
    })))
}

fn recording(capture: u64, duration_ms: u64) -> Recording {
    let file = format!("{capture}.wav");
    let summary = media::CaptureSummary { file, duration_ms, gap_ms: 0, fault: None };
    Recording { capture: CaptureId(capture), call: CallRef(capture), started: at(5_000), summary, tracks: vec![] }
}

fn mark(capture: u64, what: Mark, ms: i64, by: &str) -> Item {
    happened(Entry::Marked(Box::new(MessageMark { capture: CaptureId(capture), what, at: at(ms), by: by.into() })))
}

fn rows(desk: &Desk, filter: &MessageFilter) -> Vec<MessageRow> {
    desk.settle();
    desk.runtime.block_on(desk.reader.messages(100, filter)).unwrap()
}

fn ids(rows: &[MessageRow]) -> Vec<u64> {
    rows.iter().map(|row| row.message.0).collect()
}

/// Three are left, one was too short.
fn left(desk: &mut Desk) {
    desk.push(Item::Name(Box::new(Name::queue("support"))));
    for (capture, dropped) in [(7, false), (8, true), (9, false), (10, false)] {
        desk.push_all([
            opened(capture),
            message(capture, None, false),
            message(capture, Some(9_000), dropped),
            happened(Entry::Captured(Box::new(recording(capture, 4_000)))),
            happened(Entry::Closed(record(capture, Outcome::Finished))),
        ]);
    }
}

#[test]
fn messages_wait_until_somebody_is_done_and_what_became_of_them_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::open(folder.path());
    left(&mut desk);
    let all = MessageFilter { all: true, ..MessageFilter::default() };
    let waiting = rows(&desk, &MessageFilter::default());
    assert_eq!(ids(&waiting), [10, 9, 7], "one was none");
    let of = |name: &str| MessageFilter { mailboxes: Some(vec![name.into()]), ..MessageFilter::default() };
    assert_eq!(ids(&rows(&desk, &of("queue:support"))), [10, 9, 7]);
    assert_eq!(ids(&rows(&desk, &of("agent:support"))), [0; 0]);
    assert_eq!((waiting[0].mailbox.as_str(), waiting[0].length_ms), ("queue:support", Some(4_000)));
    desk.push_all([
        mark(7, Mark::Heard, 11_000, "agent:anna"),
        mark(7, Mark::Heard, 12_000, "agent:ben"),
        mark(7, Mark::Done, 13_000, "agent:ben"),
        mark(9, Mark::Deleted, 14_000, "eva"),
    ]);
    assert_eq!(ids(&rows(&desk, &MessageFilter::default())), [10]);
    let told = rows(&desk, &all);
    assert_eq!(ids(&told), [10, 9, 7]);
    let seven = &told[2];
    let who = |mark: &Option<ledger::Marked>| mark.as_ref().map(|mark| (mark.at.as_millis(), mark.by.clone()));
    assert_eq!(
        (who(&seven.heard), who(&seven.done)),
        (Some((11_000, "agent:anna".into())), Some((13_000, "agent:ben".into())))
    );
    let view = "SELECT message || ' ' || call || ' ' || box || ' ' || number || ' ' || length_ms || ' ' || coalesce(done_by, '-')
        FROM v_messages ORDER BY message DESC";
    let told = column(folder.path(), view);
    assert_eq!(told[0], "ra ca support +359888123456 4000 -");
    desk.close();
}

#[test]
fn what_waits_is_there_after_a_restart_and_so_is_one_that_was_cut_off() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::open(folder.path());
    left(&mut desk);
    desk.push_all([opened(11), message(11, None, false)]);
    desk.push_all([mark(9, Mark::Heard, 11_000, "agent:anna"), mark(7, Mark::Done, 13_000, "agent:ben")]);
    desk.written_down();
    let desk = desk.die_and_open(folder.path());
    let lying: Vec<_> = desk.start.messages.iter().map(|(_, one)| (one.capture.0, one.length_ms, one.heard)).collect();
    assert_eq!(lying, [(9, 4_000, true), (10, 4_000, false), (11, 0, false)]);
    assert!(desk.start.messages.iter().all(|(mailbox, _)| *mailbox == Mailbox::Queue(QueueId::of("support"))));
    desk.side.clone().unwrap().push_blocking(Item::Salvaged(Box::new(recording(11, 2_500)))).unwrap();
    let cut_off = MessageFilter { message: Some(CaptureId(11)), ..MessageFilter::default() };
    assert_eq!(rows(&desk, &cut_off)[0].length_ms, Some(2_500), "as long as what was found of it");
    desk.close();
}
