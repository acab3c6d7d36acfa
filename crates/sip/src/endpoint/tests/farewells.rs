//! A process dies with calls up: the next one says BYE in every dialog that it left.

use super::pair::*;
use crate::face::*;
use std::time::Duration;
use terms::{Cause, PhoneId, limits};

#[test]
fn both_legs_of_a_call_that_died_with_its_process_get_bye() {
    for from in [U, S] {
        let mut pair = Pair::with_carrier();
        pair.call(from);
        assert_eq!(pair.ends[S].kept.len(), 1, "a confirmed dialog is kept");
        pair.heard(U);
        pair.crash(S);
        pair.say_farewell(S);
        pair.settle();
        assert_eq!(pair.heard(U), ["ended Peer"]);
        assert!(pair.heard(S).is_empty(), "call control knows nothing of it");
        assert_eq!(pair.ends[S].parted, [0], "its row may go");
        pair.assert_quiescent();
    }
}

#[test]
fn the_goodbye_counts_above_every_request_that_went_before() {
    let mut pair = Pair::with_carrier();
    let (leg, other) = pair.call(S);
    for _ in 0..3 {
        pair.command(S, Command::Reinvite { leg, body: Some(Body::sdp("again")) });
        pair.settle();
        pair.command(U, Command::AnswerReinvite { leg: other, body: Some(Body::sdp("yes")) });
        pair.settle();
    }
    pair.heard(U);
    pair.crash(S);
    pair.say_farewell(S);
    pair.settle();
    assert_eq!(pair.heard(U), ["ended Peer"], "a lower CSeq would have been refused with 500");
    pair.assert_quiescent();
}

#[test]
fn a_dialog_that_ended_is_not_kept() {
    for by in [S, U] {
        let mut pair = Pair::with_carrier();
        let (caller, called) = pair.call(S);
        let leg = if by == S { caller } else { called };
        pair.command(by, Command::Release { leg, cause: Cause::NORMAL });
        pair.settle();
        assert!(pair.ends[S].kept.is_empty(), "{:?}", pair.ends[S].kept);
    }
    let mut refused = Pair::with_carrier();
    refused.dial(U);
    refused.settle();
    let leg = refused.arrived(S);
    refused.command(S, Command::Refuse { leg, status: 486, cause: None, retry_after: None });
    refused.settle();
    assert!(refused.ends[S].kept.is_empty() && refused.ends[U].kept.is_empty());
}

#[test]
fn a_lost_goodbye_is_repeated_and_a_vain_one_given_up_quietly() {
    let mut pair = Pair::with_carrier();
    pair.call(U);
    pair.heard(U);
    pair.crash(S);
    pair.faults.insert(pair.sent, Fault::Lose);
    pair.say_farewell(S);
    pair.advance(Duration::from_secs(2));
    assert_eq!(pair.heard(U), ["ended Peer"]);
    pair.assert_quiescent();

    let mut pair = Pair::with_carrier();
    pair.call(U);
    pair.crash(S);
    pair.crash(U);
    for lost in 0..20 {
        pair.faults.insert(pair.sent + lost, Fault::Lose);
    }
    pair.say_farewell(S);
    pair.advance(Duration::from_secs(31));
    assert!(pair.ends[S].parted.is_empty(), "timer F is 32 s");
    pair.advance(Duration::from_secs(2));
    assert_eq!(pair.ends[S].parted, [0]);
    pair.assert_quiescent();
}

#[test]
fn a_bye_that_crosses_the_goodbye_is_answered() {
    let mut pair = Pair::with_carrier();
    let (leg, _) = pair.call(U);
    pair.crash(S);
    pair.say_farewell(S);
    pair.advance(Duration::from_millis(11));
    pair.command(U, Command::Release { leg, cause: Cause::NORMAL });
    pair.settle();
    assert_eq!(pair.ladder.iter().filter(|line| line.ends_with("200 OK BYE")).count(), 2, "{:#?}", pair.ladder);
    pair.assert_quiescent();
}

fn kept_dialog(pair: &Pair) -> KeptDialog {
    match pair.ends[S].kept.values().next() {
        Some(Owed::Bye(dialog)) => dialog.clone(),
        other => panic!("no dialog is kept, but {other:?}"),
    }
}

#[test]
fn a_moved_target_is_where_the_goodbye_goes() {
    let mut pair = Pair::with_carrier();
    pair.call(U);
    let KeptDialog { call_id, local_tag, remote_tag, .. } = kept_dialog(&pair);
    pair.inject(
        "192.0.2.2:5060",
        &format!(
            "INVITE sip:switch@192.0.2.1 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bKmoved\n\
             Max-Forwards: 70\nFrom: <sip:100@x>;tag={remote_tag}\nTo: <sip:+4420@x>;tag={local_tag}\n\
             Call-ID: {call_id}\nCSeq: 900000 INVITE\nContact: <sip:moved@192.0.2.2:5070>\nContent-Length: 0\n\n"
        ),
    );
    assert_eq!(kept_dialog(&pair).target.reveal(), "sip:moved@192.0.2.2:5070");
    pair.crash(S);
    pair.say_farewell(S);
    pair.settle();
    let (remote, bye) = pair.outside.last().expect("a BYE to the new place");
    assert_eq!((remote.port(), bye.uri_raw()), (5_070, "sip:moved@192.0.2.2:5070"));
}

/// A phone over TCP in a call that the switch placed; then the switch dies.
fn crashed_under_a_stream() -> Pair {
    let mut pair = Pair::with_phone(Transport::Tcp);
    pair.command(U, Command::Register { account: 1 });
    pair.settle();
    pair.dial_to(S, Target::Phone(PhoneId::of("alice")), Some(Body::sdp("offer")));
    pair.settle();
    let leg = pair.arrived(U);
    pair.command(U, Command::Answer { leg, body: Some(Body::sdp("answer")) });
    pair.settle();
    pair.heard(U);
    pair.crash(S);
    pair
}

#[test]
fn a_phone_whose_stream_died_is_looked_for_at_its_contact() {
    let mut pair = crashed_under_a_stream();
    pair.say_farewell(S);
    pair.settle();
    assert_eq!(pair.heard(U), ["ended Peer"]);
    assert_eq!(pair.ends[S].parted, [0]);
}

#[test]
fn a_phone_that_cannot_be_reached_gets_its_goodbye_when_it_registers_again() {
    let mut pair = crashed_under_a_stream();
    pair.refuse_streams = true;
    pair.say_farewell(S);
    pair.settle();
    assert!(pair.heard(U).is_empty());
    assert_eq!((pair.inspect(S).farewells, pair.ends[S].parted.len()), (1, 0), "it waits");
    pair.refuse_streams = false;
    pair.command(U, Command::Register { account: 1 });
    pair.settle();
    assert_eq!(pair.heard(U), ["registered 200", "ended Peer"]);
    assert_eq!((pair.inspect(S).farewells, pair.ends[S].parted.as_slice()), (0, [0].as_slice()));
}

#[test]
fn a_goodbye_does_not_wait_for_ever() {
    let mut pair = crashed_under_a_stream();
    pair.refuse_streams = true;
    pair.say_farewell(S);
    pair.advance(limits::FAREWELL - Duration::from_secs(1));
    assert_eq!(pair.ends[S].parted.len(), 0);
    pair.advance(Duration::from_secs(3));
    assert_eq!((pair.inspect(S).farewells, pair.ends[S].parted.as_slice()), (0, [0].as_slice()));
}

#[test]
fn a_second_death_loses_no_goodbye() {
    let mut pair = Pair::with_carrier();
    pair.call(U);
    pair.heard(U);
    pair.crash(S);
    let kept = pair.left.clone();
    pair.say_farewell(S);
    // Its BYE is on its way when it dies again: the row is still there.
    pair.crash(S);
    pair.left = kept;
    pair.say_farewell(S);
    pair.advance(Duration::from_secs(40));
    assert_eq!(pair.heard(U), ["ended Peer"]);
    assert_eq!(pair.ends[S].parted, [0]);
    pair.assert_quiescent();
}
