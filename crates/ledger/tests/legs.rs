//! The account of legs: each told once, what a running call's tell, and what is left of those that died.
#![allow(clippy::unwrap_used)] // A test; clippy sees only the functions marked so.

mod desk;

use call::cdr::{Entry, How, LegRecord, LegRole};
use desk::{Desk, closed, confirmed, opened};
use ledger::{CallRow, Item, LegRow, Name};
use sip::Source;
use terms::{CallRef, Cause, PhoneId, TrunkId, Wall};

fn at(ms: i64) -> Option<Wall> {
    Some(Wall::from_millis(ms))
}

/// The caller's leg, or that of a phone that was rung, answered or not.
fn leg(call: u64, nth: u16, answered: bool) -> LegRecord {
    let (role, who) = match nth {
        0 => (LegRole::Caller, Source::Phone(PhoneId::of("alice"))),
        1 => (LegRole::Callee, Source::Phone(PhoneId::of("bob"))),
        _ => (LegRole::Callee, Source::Trunk(TrunkId::of("acme"))),
    };
    let mut leg = LegRecord::new(CallRef(call), nth, role, who, Wall::from_millis(1_000));
    leg.rang = at(2_000);
    leg.answered = at(3_000 + i64::from(nth)).filter(|_| answered);
    leg.sip_call_id = format!("{call}-{nth}@here");
    leg
}

/// The dialog of a leg is kept, with what is known of the leg.
fn kept(dialog: u64, leg: LegRecord) -> Item {
    let Item::Dialog(change, _) = confirmed(dialog) else { unreachable!("a dialog is kept") };
    Item::Dialog(change, Some(Box::new(leg)))
}

fn gone(mut leg: LegRecord, how: How) -> Item {
    (leg.how, leg.ended, leg.cause) = (how, at(9_000), Cause::NORMAL);
    leg.media = Some(media::StreamTotals { packets_received: 7, round_trip_us: Some(5), ..Default::default() });
    desk::happened(Entry::Leg(Box::new(leg)))
}

fn names(desk: &mut Desk) {
    for name in [Name::phone("alice"), Name::phone("bob"), Name::trunk("acme")] {
        desk.push(Item::Name(Box::new(name)));
    }
}

fn call(rows: &[CallRow], call: u64) -> &CallRow {
    rows.iter().find(|row| row.call == CallRef(call)).unwrap()
}

fn legs(desk: &Desk, call: u64) -> Vec<LegRow> {
    desk.runtime.block_on(desk.reader.legs(CallRef(call))).unwrap()
}

#[test]
fn a_running_call_tells_when_it_was_answered_and_by_whom() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::open(folder.path());
    names(&mut desk);
    (1..=3).for_each(|call| desk.push(opened(call)));
    desk.push(kept(1, leg(1, 0, true)));
    desk.push(kept(2, leg(1, 1, true)));
    desk.push(kept(3, leg(2, 0, false)));
    desk.push(kept(4, leg(2, 2, false)));
    desk.settle();
    let rows = desk.calls();
    let (talks, rings, unheard) = (call(&rows, 1), call(&rows, 2), call(&rows, 3));
    assert_eq!((talks.answered, talks.connected), (at(3_000), at(3_001)));
    assert_eq!((talks.phone_name.as_deref(), talks.trunk_out), (Some("bob"), None));
    assert_eq!((rings.answered, rings.connected, rings.phone), (None, None, None));
    assert_eq!(rings.trunk_out_name.as_deref(), Some("acme"), "it is sent out there");
    assert_eq!((unheard.answered, unheard.phone, unheard.trunk_out), (None, None, None));
    desk.close();
}

#[test]
fn a_leg_is_told_once_however_often_it_comes() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::open(folder.path());
    names(&mut desk);
    desk.push(closed(1));
    for how in [How::Won, How::Lost] {
        desk.push(gone(leg(1, 0, true), how));
        desk.settle();
    }
    desk.push(gone(leg(1, 2, false), How::Cancelled));
    desk.settle();
    let told = legs(&desk, 1);
    let words: Vec<_> = told.iter().map(|leg| (leg.nth, leg.who.as_str(), leg.how.as_str())).collect();
    assert_eq!(words, [(0, "phone:alice", "won"), (2, "trunk:acme", "cancelled")]);
    desk.close();
}

#[test]
fn legs_that_died_with_the_switch_have_their_rows_and_tell_what_became_of_their_call() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::open(folder.path());
    names(&mut desk);
    (1..=2).for_each(|call| desk.push(opened(call)));
    desk.push(kept(1, leg(1, 0, true)));
    desk.push(kept(2, leg(1, 1, true)));
    desk.push(gone(leg(1, 2, false), How::Lost));
    desk.push(kept(3, leg(2, 0, false)));
    desk.settle();
    let desk = desk.die_and_open(folder.path());
    let rows = desk.calls();
    let (talked, rang) = (call(&rows, 1), call(&rows, 2));
    assert_eq!((talked.outcome.as_str(), talked.answered, talked.connected), ("node_lost", at(3_000), at(3_001)));
    assert_eq!((talked.phone_name.as_deref(), rang.phone, rang.answered), (Some("bob"), None, None));
    let hows: Vec<_> = legs(&desk, 1).iter().map(|leg| (leg.nth, leg.how.clone(), leg.answered)).collect();
    let lost = "node_lost".to_owned();
    assert_eq!(hows, [(0, lost.clone(), at(3_000)), (1, lost.clone(), at(3_001)), (2, "lost".into(), None)]);
    assert!(legs(&desk, 1).iter().all(|leg| leg.ended >= leg.answered));
    assert_eq!((legs(&desk, 2)[0].how.clone(), legs(&desk, 2)[0].rang), (lost, at(2_000)));
    // The next start finds them told; a word of them that was on its way counts more than our guess.
    let mut desk = desk.die_and_open(folder.path());
    desk.push(gone(leg(1, 1, true), How::Won));
    desk.settle();
    assert_eq!(legs(&desk, 1)[1].how, "won");
    desk.close();
}
