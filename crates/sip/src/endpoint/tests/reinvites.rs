//! re-INVITE: both ways, refused, meeting in the middle, and with the offer on the wrong side.

use super::pair::*;
use crate::face::*;
use std::time::Duration;
use terms::Cause;

#[test]
fn a_reinvite_is_refused_and_the_call_goes_on() {
    let mut pair = Pair::with_carrier();
    let (caller, called) = pair.call(U);
    pair.heard(S);
    pair.heard(U);
    pair.command(U, Command::Offer { leg: caller, body: Some(Body::sdp("video")) });
    pair.settle();
    assert_eq!(pair.heard(S), ["offered [video]"]);
    pair.command(S, Command::RefuseOffer { leg: called, status: 488 });
    pair.settle();
    assert_eq!(pair.heard(U), ["offer refused 488"]);
    assert_eq!(pair.inspect(U).legs, 1);
    pair.command(U, Command::Release { leg: caller, reason: Cause::NORMAL.into() });
    pair.assert_quiescent();
}

#[test]
fn two_reinvites_that_meet_are_both_carried_out_in_the_end() {
    let mut pair = Pair::with_carrier();
    let (caller, called) = pair.call(U);
    pair.heard(S);
    pair.heard(U);
    pair.command(U, Command::Offer { leg: caller, body: Some(Body::sdp("from caller")) });
    pair.command(S, Command::Offer { leg: called, body: Some(Body::sdp("from called")) });
    pair.settle();
    assert_eq!(pair.ladder.iter().filter(|line| line.contains("491")).count(), 2, "{:#?}", pair.ladder);
    // RFC 3261 14.1: who did not choose the Call-ID comes first, within two seconds.
    pair.advance(Duration::from_millis(2_050));
    assert_eq!(pair.heard(U), ["offered [from called]"]);
    pair.command(U, Command::AnswerOffer { leg: caller, body: Some(Body::sdp("one")) });
    pair.advance(Duration::from_secs(4));
    assert_eq!(pair.heard(S), ["offer answered [one]", "offered [from caller]"]);
    pair.command(S, Command::AnswerOffer { leg: called, body: Some(Body::sdp("two")) });
    pair.settle();
    assert_eq!(pair.heard(U), ["offer answered [two]"]);
    pair.command(U, Command::Release { leg: caller, reason: Cause::NORMAL.into() });
    pair.assert_quiescent();
}

#[test]
fn a_second_reinvite_waits_for_the_first() {
    let mut pair = Pair::with_carrier();
    let (caller, called) = pair.call(U);
    pair.heard(S);
    for body in ["one", "two"] {
        pair.command(U, Command::Offer { leg: caller, body: Some(Body::sdp(body)) });
    }
    pair.settle();
    assert_eq!(pair.heard(S), ["offered [one]"]);
    pair.command(S, Command::AnswerOffer { leg: called, body: Some(Body::sdp("1")) });
    pair.settle();
    assert_eq!(pair.heard(S), ["offered [two]"]);
    pair.command(S, Command::AnswerOffer { leg: called, body: Some(Body::sdp("2")) });
    pair.settle();
    pair.command(S, Command::Release { leg: called, reason: Cause::NORMAL.into() });
    pair.assert_quiescent();
}

#[test]
fn a_delayed_offer_travels_in_200_and_ack_at_the_start_and_later() {
    let mut pair = Pair::with_carrier();
    let caller = pair.dial_with(U, None);
    pair.settle();
    let called = pair.arrived(S);
    assert_eq!(pair.heard(S), ["invited"]);
    pair.command(S, Command::Answer { leg: called, body: Some(Body::sdp("offer")) });
    pair.settle();
    assert_eq!(pair.heard(U), ["answered #0 [offer]"]);
    assert_eq!(pair.heard(S), Vec::<String>::new(), "no ACK before there is an answer for it");
    pair.command(U, Command::Acknowledge { leg: caller, body: Body::sdp("answer") });
    pair.settle();
    assert_eq!(pair.heard(S), ["established [answer]"]);
    pair.command(S, Command::Offer { leg: called, body: None });
    pair.settle();
    assert_eq!(pair.heard(U), ["offered"]);
    pair.command(U, Command::AnswerOffer { leg: caller, body: Some(Body::sdp("offer 2")) });
    pair.settle();
    assert_eq!(pair.heard(S), ["offer answered [offer 2]"]);
    pair.command(S, Command::Acknowledge { leg: called, body: Body::sdp("answer 2") });
    pair.settle();
    assert_eq!(pair.heard(U), ["established [answer 2]"]);
    pair.command(S, Command::Release { leg: called, reason: Cause::NORMAL.into() });
    pair.assert_quiescent();
}

#[test]
fn an_offer_that_call_control_never_answers_ends_the_call() {
    let mut pair = Pair::with_carrier();
    pair.dial_with(U, None);
    pair.settle();
    let called = pair.arrived(S);
    pair.command(S, Command::Answer { leg: called, body: Some(Body::sdp("offer")) });
    pair.settle();
    pair.advance(Duration::from_secs(40));
    assert_eq!(pair.heard(U).last().unwrap(), "ended Peer");
    assert_eq!(pair.heard(S).last().unwrap(), "ended Timeout");
    pair.assert_quiescent();
}

#[test]
fn a_bye_that_meets_a_reinvite_wins() {
    let mut pair = Pair::with_carrier();
    let (caller, called) = pair.call(U);
    pair.command(U, Command::Offer { leg: caller, body: Some(Body::sdp("hold")) });
    pair.command(S, Command::Release { leg: called, reason: Cause::NORMAL.into() });
    pair.settle();
    assert_eq!(pair.heard(U).last().unwrap(), "ended Peer");
    assert_eq!(pair.heard(S).last().unwrap(), "ended Us");
    pair.assert_quiescent();
    assert!(!pair.heard(U).iter().any(|event| event.starts_with("offer")));
}

#[test]
fn a_bye_answers_the_reinvite_that_is_still_open_with_487() {
    let mut pair = Pair::with_carrier();
    let (caller, _) = pair.call(U);
    pair.command(U, Command::Offer { leg: caller, body: Some(Body::sdp("hold")) });
    pair.settle();
    pair.command(U, Command::Release { leg: caller, reason: Cause::NORMAL.into() });
    pair.settle();
    assert!(pair.ladder.contains(&"<- 487 Request Terminated INVITE".to_owned()), "{:#?}", pair.ladder);
    pair.assert_quiescent();
    assert_eq!(pair.inspect(S).unacknowledged, 0, "the 487 got its ACK");
}

#[test]
fn a_reinvite_that_only_got_progress_does_not_outlive_its_call() {
    let mut pair = Pair::with_carrier();
    let (caller, _) = pair.call(U);
    pair.command(U, Command::Offer { leg: caller, body: Some(Body::sdp("hold")) });
    pair.settle();
    // Neither the 487 for it nor anything else ever comes.
    pair.faults.extend((pair.sent..pair.sent + 500).map(|n| (n, Fault::Lose)));
    pair.command(U, Command::Release { leg: caller, reason: Cause::NORMAL.into() });
    pair.advance(Duration::from_secs(70));
    assert_eq!(pair.inspect(U).client_transactions, 0);
    assert_eq!(pair.inspect(U).deadlines, 0);
}
