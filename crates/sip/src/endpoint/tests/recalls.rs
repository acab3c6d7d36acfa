//! A process dies while phones ring: the next one takes its INVITEs back, and refuses those that it was sent.

use super::pair::*;
use crate::face::*;
use std::time::Duration;
use terms::{LegId, PhoneId};

/// The other side rings for a call of the switch's; both legs.
fn ringing() -> (Pair, LegId) {
    let mut pair = Pair::with_carrier();
    pair.dial(S);
    pair.settle();
    let called = pair.arrived(U);
    pair.command(U, Command::Progress { leg: called, status: 180, body: None });
    pair.settle();
    pair.heard(U);
    (pair, called)
}

fn count(pair: &Pair, line: &str) -> usize {
    pair.ladder.iter().filter(|one| one.as_str() == line).count()
}

#[test]
fn what_rang_when_the_process_died_is_cancelled_by_the_next_one() {
    let (mut pair, _) = ringing();
    assert!(matches!(pair.ends[S].kept.values().next(), Some(Owed::Cancel(_))), "{:?}", pair.ends[S].kept);
    pair.crash(S);
    pair.ladder.clear();
    pair.say_farewell(S);
    pair.settle();
    assert_eq!(pair.heard(U), ["ended Cancelled"]);
    assert_eq!(pair.ladder, ["<- CANCEL", "-> 200 OK CANCEL", "-> 487 Request Terminated INVITE", "<- ACK"]);
    assert!(pair.heard(S).is_empty(), "call control knows nothing of it");
    assert_eq!(pair.ends[S].parted, [0], "its row may go");
    pair.assert_quiescent();
}

#[test]
fn what_is_kept_outlives_being_written_down() {
    let (mut pair, _) = ringing();
    pair.crash(S);
    let text = serde_json::to_string(&pair.left).unwrap();
    assert!(!text.contains("offer"), "the body is not kept: {text}");
    pair.left = serde_json::from_str(&text).unwrap();
    pair.say_farewell(S);
    pair.settle();
    assert_eq!(pair.heard(U), ["ended Cancelled"]);
    pair.assert_quiescent();
}

#[test]
fn a_phone_that_answers_while_nobody_lives_is_acknowledged_and_released() {
    let (mut pair, called) = ringing();
    pair.crash(S);
    pair.faults.insert(pair.sent, Fault::Lose);
    pair.command(U, Command::Answer { leg: called, body: Some(Body::sdp("answer")) });
    pair.say_farewell(S);
    pair.settle();
    // The first 200 is lost; its repeat crosses nothing: the CANCEL has found the call answered.
    pair.advance(Duration::from_secs(2));
    assert_eq!(pair.heard(U), ["established", "ended Peer"]);
    assert_eq!(pair.ends[S].parted, [0]);
    pair.assert_quiescent();
}

#[test]
fn a_call_that_is_answered_or_over_is_not_cancelled() {
    for refused in [false, true] {
        let (mut pair, called) = ringing();
        match refused {
            true => pair.command(U, Command::Refuse { leg: called, status: 486, cause: None, retry_after: None }),
            false => pair.command(U, Command::Answer { leg: called, body: Some(Body::sdp("answer")) }),
        }
        pair.settle();
        match refused {
            true => assert!(pair.ends[S].kept.is_empty()),
            false => assert!(matches!(pair.ends[S].kept.values().next(), Some(Owed::Bye(_)))),
        }
        pair.crash(S);
        pair.say_farewell(S);
        pair.settle();
        assert_eq!((count(&pair, "<- CANCEL"), count(&pair, "<- BYE")), (0, usize::from(!refused)));
        pair.assert_quiescent();
    }
}

#[test]
fn an_invite_that_was_challenged_is_taken_back_by_its_last_branch() {
    let mut pair = Pair::with_phone(Transport::Udp);
    pair.dial(U);
    pair.settle();
    let leg = pair.arrived(S);
    pair.command(S, Command::Progress { leg, status: 180, body: None });
    pair.settle();
    pair.heard(S);
    pair.crash(U);
    pair.say_farewell(U);
    pair.settle();
    assert_eq!(pair.heard(S), ["ended Cancelled"], "{:#?}", pair.ladder);
    pair.assert_quiescent();
}

#[test]
fn a_vain_cancel_is_given_up_quietly() {
    let (mut pair, _) = ringing();
    pair.crash(S);
    let left = pair.left.clone();
    // The phone was switched off and on: it knows nothing of the call.
    pair.crash(U);
    pair.left = left;
    pair.say_farewell(S);
    pair.advance(Duration::from_secs(31));
    assert!(pair.ends[S].parted.is_empty(), "RFC 3261 9.1: 64*T1");
    pair.advance(Duration::from_secs(2));
    assert_eq!(pair.ends[S].parted, [0]);
    pair.assert_quiescent();
}

#[test]
fn a_phone_that_rings_over_a_stream_is_cancelled_when_it_registers_again() {
    let mut pair = Pair::with_phone(Transport::Tcp);
    pair.command(U, Command::Register { account: 1 });
    pair.settle();
    pair.dial_to(S, Target::Phone(PhoneId::of("alice")), Some(Body::sdp("offer")));
    pair.settle();
    let leg = pair.arrived(U);
    pair.command(U, Command::Progress { leg, status: 180, body: None });
    pair.settle();
    pair.heard(U);
    pair.crash(S);
    pair.refuse_streams = true;
    pair.say_farewell(S);
    pair.settle();
    assert_eq!((pair.inspect(S).farewells, pair.ends[S].parted.len()), (1, 0), "it waits");
    pair.refuse_streams = false;
    pair.command(U, Command::Register { account: 1 });
    pair.settle();
    assert!(pair.heard(U).contains(&"ended Cancelled".to_owned()), "{:#?}", pair.ladder);
    // Its 487 belongs to the stream that died.
    pair.advance(Duration::from_secs(33));
    assert_eq!((pair.inspect(S).farewells, pair.ends[S].parted.as_slice()), (0, [0].as_slice()));
    pair.assert_quiescent();
}

#[test]
fn a_caller_who_was_told_to_wait_is_refused_by_the_next_process() {
    let mut pair = Pair::with_carrier();
    pair.dial(U);
    pair.settle();
    let leg = pair.arrived(S);
    assert!(pair.ends[S].kept.is_empty(), "he was not told to wait yet");
    pair.command(S, Command::Progress { leg, status: 180, body: None });
    pair.settle();
    pair.heard(U);
    pair.crash(S);
    pair.faults.insert(pair.sent, Fault::Lose);
    pair.say_farewell(S);
    pair.advance(Duration::from_secs(1));
    assert_eq!(pair.heard(U), ["refused 503"], "{:#?}", pair.ladder);
    assert_eq!(pair.ends[S].parted, [0]);
    pair.assert_quiescent();
}
