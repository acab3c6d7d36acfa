//! The account of transfers: a leg in each call that it was in, calls that became others, who pays, and one story of it all.
#![allow(clippy::unwrap_used)] // A test; clippy sees only the functions marked so.

mod desk;

use call::cdr::{By, CallEventKind, Entry, How, LegRecord, LegRole, Moved, Outcome, Recording, Track};
use desk::{Desk, column, confirmed, event, happened, opened, record};
use ledger::{Item, LegRow, Name};
use sip::Source;
use terms::{CallRef, CaptureId, Cause, LegId, PhoneId, Wall};

const CUSTOMER: u64 = 1;
const CONSULT: u64 = 2;

fn at(ms: i64) -> Wall {
    Wall::from_millis(ms)
}

fn phone(name: &str) -> Source {
    Source::Phone(PhoneId::of(name))
}

fn leg(call: u64, nth: u16, role: LegRole, who: &str) -> LegRecord {
    let mut leg = LegRecord::new(CallRef(call), nth, role, phone(who), at(1_000));
    (leg.rang, leg.answered, leg.sip_call_id) = (Some(at(2_000)), Some(at(3_000)), format!("{call}-{nth}@here"));
    leg
}

fn gone(mut leg: LegRecord, ended: i64) -> Item {
    (leg.how, leg.ended, leg.cause) = (How::Won, Some(at(ended)), Cause::NORMAL);
    happened(Entry::Leg(Box::new(leg)))
}

/// Carol's leg, which her colleague's call placed on his account, goes on in the customer's call.
fn carol() -> LegRecord {
    let mut carol = leg(CONSULT, 1, LegRole::Callee, "carol");
    carol.charged_to = Some(phone("bob"));
    carol.moves.push(Moved { call: CallRef(CONSULT), nth: 1, until: at(5_000) });
    (carol.call, carol.nth) = (CallRef(CUSTOMER), 2);
    carol
}

fn moved() -> Item {
    happened(Entry::Moved { leg: LegId::inbound(4), record: Box::new(carol()) })
}

/// A dialog is kept, with what was known of its leg before it moved.
fn kept(dialog: u64, leg: LegRecord) -> Item {
    let Item::Dialog(change, _) = confirmed(dialog) else { unreachable!("a dialog is kept") };
    Item::Dialog(change, Some(Box::new(leg)))
}

fn before_the_move(desk: &mut Desk) {
    for name in ["alice", "bob", "carol"] {
        desk.push(Item::Name(Box::new(Name::phone(name))));
    }
    desk.push_all([opened(CUSTOMER), opened(CONSULT)]);
    desk.push(kept(1, leg(CUSTOMER, 0, LegRole::Caller, "alice")));
    desk.push(kept(4, LegRecord { moves: vec![], call: CallRef(CONSULT), nth: 1, ..carol() }));
}

/// Bob has connected both and is gone; the call in which he asked Carol is the customer's now.
fn after_the_move(desk: &mut Desk) {
    desk.push(moved());
    desk.push(gone(leg(CUSTOMER, 1, LegRole::Callee, "bob"), 5_000));
    desk.push(gone(leg(CONSULT, 0, LegRole::Caller, "bob"), 5_000));
    let mut joined = record(CONSULT, Outcome::Joined);
    joined.joined = Some(CallRef(CUSTOMER));
    desk.push(happened(Entry::Closed(joined)));
}

fn the_end(desk: &mut Desk) {
    desk.push(gone(carol(), 9_000));
    desk.push(gone(leg(CUSTOMER, 0, LegRole::Caller, "alice"), 9_000));
    desk.push(happened(Entry::Closed(record(CUSTOMER, Outcome::Answered))));
}

fn legs(desk: &Desk, call: u64) -> Vec<LegRow> {
    desk.settle();
    desk.runtime.block_on(desk.reader.legs(CallRef(call))).unwrap()
}

/// Who, how, from where and whereto, and on whose account.
fn words(rows: &[LegRow]) -> Vec<String> {
    let place = |of: Option<(CallRef, u16)>| of.map_or_else(|| "-".into(), |(call, nth)| format!("{}#{nth}", call.0));
    let word = |leg: &LegRow| {
        let charged = leg.charged_to.as_deref().unwrap_or("-");
        format!("{} {} {} {} {} {charged}", leg.nth, leg.who, leg.how, place(leg.from), place(leg.to))
    };
    rows.iter().map(word).collect()
}

#[test]
fn a_leg_is_told_in_each_call_that_it_was_in_and_a_transfer_is_one_story() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::open(folder.path());
    before_the_move(&mut desk);
    after_the_move(&mut desk);
    the_end(&mut desk);
    let customer = legs(&desk, CUSTOMER);
    assert_eq!(
        words(&customer),
        ["0 phone:alice won - - -", "1 phone:bob won - - -", "2 phone:carol won 2#1 - phone:bob"]
    );
    assert_eq!((customer[2].invited, customer[2].ended), (at(5_000), Some(at(9_000))), "here since it moved");
    let consult = legs(&desk, CONSULT);
    assert_eq!(words(&consult), ["0 phone:bob won - - -", "1 phone:carol moved - 1#2 -"]);
    assert_eq!((consult[1].invited, consult[1].ended), (at(1_000), Some(at(5_000))));
    let story = desk.story(CONSULT);
    assert_eq!(story, desk.story(CUSTOMER), "whichever call is asked for");
    let calls: Vec<_> = story.calls.iter().map(|call| (call.call.0, call.outcome.as_str(), call.merged_into)).collect();
    assert_eq!(calls, [(1, "answered", None), (2, "joined", Some(CallRef(CUSTOMER)))]);
    let view = "SELECT call || ' ' || who || ' ' || how || ' ' || coalesce(to_call, from_call, '-') FROM v_legs
        WHERE who = 'carol' ORDER BY call";
    assert_eq!(column(folder.path(), view), ["c1 carol won c2", "c2 carol moved c1"]);
    assert_eq!(
        column(folder.path(), "SELECT call || ' ' || merged_into FROM v_calls WHERE outcome = 'joined'"),
        ["c2 c1"]
    );
    desk.close();
}

#[test]
fn of_two_contacts_that_were_connected_the_one_that_did_not_go_on_ended_joined() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::open(folder.path());
    before_the_move(&mut desk);
    for call in [CUSTOMER, CONSULT] {
        let entered = CallEventKind::Entered { position: 1, again: false, contact_kind: Default::default() };
        let connected = CallEventKind::Connected {
            waited_ms: 0,
            rang_ms: 0,
            before_ms: 0,
            again: false,
            contact_kind: Default::default(),
        };
        let completed =
            CallEventKind::Completed { by: By::Callee, talked_ms: 0, held_ms: 0, contact_kind: Default::default() };
        desk.push_all([entered, connected, completed].map(|what| happened(Entry::Event(event(call, what)))));
    }
    after_the_move(&mut desk);
    the_end(&mut desk);
    desk.settle();
    let story = desk.story(CONSULT);
    let ends: Vec<_> =
        story.contacts.iter().map(|of| (of.contact.contact.0, of.contact.disposition.as_deref())).collect();
    assert_eq!(ends, [(CUSTOMER, Some("answered")), (CONSULT, Some("joined"))]);
    let view = "SELECT contact || ' ' || disposition FROM v_contacts ORDER BY contact";
    assert_eq!(column(folder.path(), view), ["w1 answered", "w2 joined"]);
    desk.close();
}

#[test]
fn killed_right_after_a_move_the_leg_is_told_in_both_calls() {
    for settled in [false, true] {
        let folder = tempfile::tempdir().unwrap();
        let mut desk = Desk::open(folder.path());
        before_the_move(&mut desk);
        if settled {
            desk.settle(); // The move is another posting.
        }
        after_the_move(&mut desk);
        desk.settle();
        let desk = desk.die_and_open(folder.path());
        assert_eq!(
            words(&legs(&desk, CUSTOMER)),
            ["0 phone:alice node_lost - - -", "1 phone:bob won - - -", "2 phone:carol node_lost 2#1 - phone:bob"]
        );
        assert_eq!(words(&legs(&desk, CONSULT)), ["0 phone:bob won - - -", "1 phone:carol moved - 1#2 -"]);
        let outcomes: Vec<_> = desk.story(CONSULT).calls.iter().map(|call| call.outcome.clone()).collect();
        assert_eq!(outcomes, ["node_lost", "joined"]);
        desk.close();
    }
}

#[test]
fn a_recording_tells_who_is_on_which_side_and_when() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::open(folder.path());
    before_the_move(&mut desk);
    after_the_move(&mut desk);
    let track = |side, leg, since| Track { side, leg: Some(leg), since: at(since) };
    let recording = Recording {
        capture: CaptureId(7),
        call: CallRef(CUSTOMER),
        started: at(3_000),
        summary: media::CaptureSummary { file: "7.wav".into(), duration_ms: 6_500, gap_ms: 0, fault: None },
        tracks: vec![track(0, 0, 3_000), track(1, 1, 3_000), track(1, 2, 5_000)],
    };
    desk.push(happened(Entry::Captured(Box::new(recording))));
    the_end(&mut desk);
    desk.settle();
    let view = "SELECT file || ' ' || side || ' ' || who || ' ' || from_ms || '-' || to_ms FROM v_tracks
        ORDER BY side, from_ms";
    let wanted = ["7.wav left alice 0-6000", "7.wav right bob 0-2000", "7.wav right carol 2000-6000"];
    assert_eq!(column(folder.path(), view), wanted);
    desk.close();
}

#[test]
fn what_transfers_left_goes_with_its_calls() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::open(folder.path());
    before_the_move(&mut desk);
    after_the_move(&mut desk);
    the_end(&mut desk);
    desk.settle();
    let keep = ledger::Retention { records: Some(std::time::Duration::from_secs(1)), ..Default::default() };
    desk.side.clone().unwrap().push_blocking(Item::Keep(keep)).unwrap();
    desk.until("what is old is gone", |health| health.purged >= 10);
    let left = "SELECT count(*) || '' FROM (SELECT call FROM calls UNION ALL SELECT call FROM moves UNION ALL
        SELECT call FROM merges UNION ALL SELECT call FROM charges UNION ALL SELECT call FROM legs)";
    assert_eq!(column(folder.path(), left), ["0"]);
    desk.close();
}
