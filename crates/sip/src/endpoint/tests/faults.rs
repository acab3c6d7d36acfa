//! Each message of a call lost, doubled, or overtaken, once: the call goes as it should all the same.

use super::pair::*;
use crate::face::*;
use std::time::Duration;
use terms::Cause;

/// Long enough for a repeat or two.
const PATIENT: Duration = Duration::from_secs(4);

/// A call with everything in it; what both sides heard, without progress (which nobody repeats).
fn story(fault: Option<(usize, Fault)>, caller: usize, hangs_up: usize) -> (Vec<String>, Vec<String>, usize) {
    let mut pair = Pair::with_carrier();
    pair.faults.extend(fault);
    let called = 1 - caller;
    let leg = pair.dial(caller);
    pair.advance(PATIENT);
    let other = pair.arrived(called);
    pair.command(called, Command::Progress { leg: other, status: 180, body: None });
    pair.advance(PATIENT);
    pair.command(called, Command::Answer { leg: other, body: Some(Body::sdp("answer")) });
    pair.advance(PATIENT);
    pair.command(caller, Command::Info { leg, body: dtmf("info") });
    pair.advance(PATIENT);
    pair.command(called, Command::Offer { leg: other, body: Some(Body::sdp("hold")) });
    pair.advance(PATIENT);
    pair.command(caller, Command::AnswerOffer { leg, body: Some(Body::sdp("held")) });
    pair.advance(PATIENT);
    let goodbye = if hangs_up == caller { leg } else { other };
    pair.command(hangs_up, Command::Release { leg: goodbye, reason: Cause::NORMAL.into() });
    pair.advance(PATIENT);
    let quiet = |events: Vec<String>| events.into_iter().filter(|e| !e.starts_with("progress")).collect();
    let (at_caller, at_called) = (pair.heard(caller), pair.heard(called));
    let sent = pair.sent;
    pair.assert_quiescent();
    assert!(pair.heard(caller).is_empty() && pair.heard(called).is_empty(), "an event after the end");
    (quiet(at_caller), quiet(at_called), sent)
}

fn each_message(faults: &[Fault]) {
    for (caller, hangs_up) in [(S, S), (S, U), (U, S), (U, U)] {
        let (at_caller, at_called, sent) = story(None, caller, hangs_up);
        let last = if hangs_up == caller { ["ended Us", "ended Peer"] } else { ["ended Peer", "ended Us"] };
        assert_eq!(at_caller, ["answered #0 [answer]", "offered [hold]", last[0]]);
        assert_eq!(at_called, ["invited [offer]", "established", "info [info]", "offer answered [held]", last[1]]);
        assert_eq!(sent, 13, "INVITE 100 180 200 ACK, INFO 200, INVITE 100 200 ACK, BYE 200");
        for number in 0..sent {
            for fault in faults {
                let story = story(Some((number, *fault)), caller, hangs_up);
                assert_eq!((&story.0, &story.1), (&at_caller, &at_called), "message {number}: {fault:?}");
            }
        }
    }
}

#[test]
fn a_call_survives_the_loss_of_any_one_message() {
    each_message(&[Fault::Lose]);
}

#[test]
fn a_call_survives_the_doubling_of_any_one_message() {
    each_message(&[Fault::Double]);
}

#[test]
fn a_call_survives_the_delay_of_any_one_message() {
    each_message(&[Fault::Late(Duration::from_millis(700)), Fault::Late(Duration::from_millis(1_600))]);
}

#[test]
fn an_answer_that_nobody_acknowledges_ends_the_leg_with_a_bye() {
    let mut pair = Pair::with_carrier();
    pair.dial(U);
    pair.settle();
    let leg = pair.arrived(S);
    pair.command(S, Command::Answer { leg, body: Some(Body::sdp("answer")) });
    let from = pair.sent;
    // The carrier's ACKs never arrive, neither the first nor those for repeats.
    pair.faults.extend((from..from + 100).map(|n| (n, Fault::Lose)));
    pair.heard(S);
    pair.advance(Duration::from_millis(31_900));
    assert_eq!(pair.heard(S), Vec::<String>::new());
    pair.faults.clear();
    pair.advance(Duration::from_secs(2));
    assert_eq!(pair.heard(S), ["ended Timeout"]);
    let answers = pair.ladder.iter().filter(|line| line.as_str() == "<- 200 OK INVITE").count();
    // RFC 3261 13.3.1.4: at 0, 0.5, 1.5, 3.5, 7.5 s and every 4 s from then on.
    assert_eq!(answers, 11);
    pair.assert_quiescent();
}

#[test]
fn an_invite_that_nobody_answers_is_refused_with_408() {
    let mut pair = Pair::with_carrier();
    pair.faults.extend((0..100).map(|n| (n, Fault::Lose)));
    pair.dial(S);
    pair.advance(Duration::from_millis(31_900));
    assert_eq!(pair.heard(S), Vec::<String>::new());
    // RFC 3261 17.1.1.2: at 0, 0.5, 1.5, 3.5, 7.5, 15.5 and 31.5 s.
    assert_eq!(pair.ladder.len(), 7);
    pair.advance(Duration::from_secs(1));
    assert_eq!(pair.heard(S), ["refused 408"]);
    pair.assert_quiescent();
}

#[test]
fn an_unanswered_info_ends_the_call() {
    let mut pair = Pair::with_carrier();
    let (leg, _) = pair.call(S);
    pair.heard(S);
    pair.faults.extend((pair.sent..pair.sent + 100).map(|n| (n, Fault::Lose)));
    pair.command(S, Command::Info { leg, body: dtmf("x") });
    pair.advance(Duration::from_secs(33));
    assert_eq!(pair.heard(S), ["ended Timeout"]);
}

#[test]
fn both_sides_hang_up_at_once_and_each_gets_its_200() {
    let mut pair = Pair::with_carrier();
    let (caller, called) = pair.call(U);
    pair.command(U, Command::Release { leg: caller, reason: Cause::NORMAL.into() });
    pair.command(S, Command::Release { leg: called, reason: Cause::NORMAL.into() });
    pair.settle();
    assert_eq!(pair.ladder[4..].iter().filter(|line| line.ends_with("200 OK BYE")).count(), 2, "{:#?}", pair.ladder);
    assert_eq!(pair.heard(S).last().unwrap(), "ended Us");
    assert_eq!(pair.heard(U).last().unwrap(), "ended Us");
    pair.assert_quiescent();
}
