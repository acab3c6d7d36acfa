//! Release and CANCEL at each state of a call that is not up yet.

use super::pair::*;
use crate::face::*;
use crate::message::{Builder, Message, Method};
use std::time::Duration;
use terms::Cause;

fn release(pair: &mut Pair, end: usize, leg: terms::LegId) {
    pair.command(end, Command::Release { leg, reason: Cause::NORMAL.into() });
}

#[test]
fn a_cancel_waits_for_a_provisional_response() {
    let mut pair = Pair::with_carrier();
    let leg = pair.dial(U);
    release(&mut pair, U, leg);
    assert_eq!(pair.ladder, ["-> INVITE"], "RFC 3261 9.1: not before a provisional response");
    pair.settle();
    assert_eq!(pair.heard(U), ["ended Us"]);
    assert_eq!(pair.heard(S), ["invited [offer]", "ended Cancelled"]);
    let wire = [
        "-> INVITE",
        "<- 100 Trying INVITE",
        "-> CANCEL",
        "<- 200 OK CANCEL",
        "<- 487 Request Terminated INVITE",
        "-> ACK",
    ];
    assert_eq!(pair.ladder, wire);
    pair.assert_quiescent();
}

#[test]
fn a_ringing_call_is_cancelled() {
    let mut pair = Pair::with_carrier();
    let leg = pair.dial(U);
    pair.settle();
    let other = pair.arrived(S);
    pair.command(S, Command::Progress { leg: other, status: 180, body: None });
    pair.settle();
    release(&mut pair, U, leg);
    pair.settle();
    assert_eq!(pair.heard(S), ["invited [offer]", "ended Cancelled"]);
    pair.command(S, Command::Answer { leg: other, body: None });
    pair.assert_quiescent();
    assert!(pair.heard(S).is_empty() && !pair.ladder.iter().any(|line| line.contains("200 OK INVITE")));
}

#[test]
fn an_answer_that_crosses_the_cancel_is_acknowledged_and_released() {
    let mut pair = Pair::with_carrier();
    let leg = pair.dial(U);
    pair.settle();
    let other = pair.arrived(S);
    pair.command(S, Command::Answer { leg: other, body: Some(Body::sdp("answer")) });
    release(&mut pair, U, leg);
    pair.settle();
    assert_eq!(pair.heard(U), ["ended Us"]);
    assert_eq!(pair.heard(S), ["invited [offer]", "established", "ended Peer"]);
    assert!(pair.ladder.contains(&"-> CANCEL".to_owned()));
    assert!(pair.ladder.contains(&"-> BYE".to_owned()));
    pair.assert_quiescent();
}

#[test]
fn each_message_of_a_cancelled_call_may_be_lost_or_doubled() {
    for number in 0..7 {
        for fault in [Fault::Lose, Fault::Double, Fault::Late(Duration::from_millis(900))] {
            let mut pair = Pair::with_carrier();
            pair.faults.insert(number, fault);
            let leg = pair.dial(U);
            pair.advance(Duration::from_secs(2));
            let other = pair.arrived(S);
            pair.command(S, Command::Progress { leg: other, status: 180, body: None });
            pair.advance(Duration::from_secs(2));
            release(&mut pair, U, leg);
            pair.advance(Duration::from_secs(2));
            assert_eq!(pair.heard(S), ["invited [offer]", "ended Cancelled"], "message {number}: {fault:?}");
            assert_eq!(pair.heard(U).last().unwrap(), "ended Us", "message {number}: {fault:?}");
            pair.assert_quiescent();
        }
    }
}

#[test]
fn a_cancelled_invite_without_a_final_response_is_given_up() {
    let mut pair = Pair::with_carrier();
    let leg = pair.dial(S);
    pair.settle();
    pair.faults.extend((pair.sent..pair.sent + 200).map(|n| (n, Fault::Lose)));
    release(&mut pair, S, leg);
    pair.advance(Duration::from_secs(33));
    assert_eq!(pair.inspect(S).closing, 0);
    assert_eq!(pair.inspect(S).client_transactions, 0);
}

#[test]
fn a_leg_released_before_its_ack_gets_its_bye_after_it() {
    let mut pair = Pair::with_carrier();
    pair.dial(U);
    pair.settle();
    let leg = pair.arrived(S);
    pair.command(S, Command::Answer { leg, body: Some(Body::sdp("answer")) });
    release(&mut pair, S, leg);
    assert_eq!(pair.heard(S), ["invited [offer]", "ended Us"]);
    assert!(!pair.ladder.contains(&"<- BYE".to_owned()), "RFC 3261 15: not before the ACK");
    pair.settle();
    assert!(pair.ladder.contains(&"<- BYE".to_owned()));
    assert_eq!(pair.heard(U), ["answered #0 [answer]", "ended Peer"]);
    assert!(pair.heard(S).is_empty());
    pair.assert_quiescent();
}

#[test]
fn a_refusal_reaches_the_caller_with_its_cause() {
    let mut pair = Pair::with_carrier();
    pair.dial(U);
    pair.settle();
    let leg = pair.arrived(S);
    let refuse = Command::Refuse { leg, status: 486, cause: Some(Cause::BUSY), retry_after: None };
    pair.command(S, refuse);
    pair.settle();
    assert_eq!(pair.heard(S), ["invited [offer]", "ended Us"]);
    let refused =
        |event: &Event| matches!(event, Event::Leg(_, LegEvent::Refused { status: 486, cause: Some(Cause::BUSY), .. }));
    assert!(pair.ends[U].events.last().is_some_and(refused));
    pair.assert_quiescent();
}

#[test]
fn releasing_an_unanswered_call_refuses_it_with_the_status_of_the_cause() {
    let mut pair = Pair::with_carrier();
    pair.dial(U);
    pair.settle();
    let leg = pair.arrived(S);
    pair.command(S, Command::Release { leg, reason: Cause::UNALLOCATED.into() });
    pair.settle();
    assert_eq!(pair.heard(U), ["refused 404"]);
    pair.assert_quiescent();
}

#[test]
fn a_failure_whose_ack_never_comes_is_repeated_and_then_forgotten() {
    let mut pair = Pair::with_carrier();
    pair.dial(U);
    pair.settle();
    let leg = pair.arrived(S);
    pair.faults.extend((pair.sent..pair.sent + 200).map(|n| (n, Fault::Lose)));
    pair.command(S, Command::Refuse { leg, status: 486, cause: None, retry_after: None });
    pair.advance(Duration::from_secs(33));
    assert_eq!(pair.inspect(S).unacknowledged, 1);
    assert_eq!(pair.ladder.iter().filter(|line| line.starts_with("<- 486")).count(), 11);
    assert_eq!(pair.inspect(S).server_transactions, 0);
}

/// The reasons in the CANCEL of a call that is taken back for this one: protocol and number.
fn reasons_told(reason: Reason) -> Vec<(String, Option<u16>)> {
    const CARRIER: &str = "192.0.2.77:5070";
    let mut pair = Pair::with_carrier();
    pair.input(S, Input::Reconfigure(Box::new(switch_config(Some(CARRIER.parse().unwrap())))));
    let leg = pair.dial(S);
    let (_, invite) = pair.outside.pop().unwrap();
    let bytes = Builder::response(&invite, 180, "").to_tag("r").build();
    pair.input(S, Input::Received { link: UDP, remote: CARRIER.parse().unwrap(), bytes });
    pair.command(S, Command::Release { leg, reason });
    let (_, cancel) = pair.outside.pop().unwrap();
    assert_eq!(cancel.method(), Some(&Method::Cancel));
    cancel.reasons().map(|reason| (reason.protocol.to_string(), reason.cause)).collect()
}

#[test]
fn who_rang_in_vain_because_another_answered_is_told_so_in_both_forms() {
    // RFC 3326 3.1: phones know the first, carriers the second.
    assert_eq!(reasons_told(Cause::TAKEN_ELSEWHERE.into()), [("SIP".into(), Some(200)), ("Q.850".into(), Some(26))]);
    assert_eq!(reasons_told(Cause::NO_ANSWER.into()), [("Q.850".into(), Some(19))]);
    let both = Reason { cause: Cause::NORMAL, status: Some(487) };
    assert_eq!(reasons_told(both), [("SIP".into(), Some(487)), ("Q.850".into(), Some(16))]);
}

#[test]
fn who_talks_is_told_the_cause_alone() {
    let mut stage = super::stage::Stage::with_carrier();
    let mut talk = stage.call_in("", "offer");
    let leg = stage.arrived();
    stage.command(Command::Answer { leg, body: Some(Body::sdp("answer")) });
    stage.learn(&mut talk);
    stage.within(&mut talk, "ACK", "", "");
    stage.take();
    stage.command(Command::Release { leg, reason: Cause::TAKEN_ELSEWHERE.into() });
    let bye = stage.take().remove(0);
    let reasons: Vec<_> = bye.message.reasons().map(|reason| (reason.protocol.to_string(), reason.cause)).collect();
    assert_eq!((bye.name(), reasons), ("BYE".into(), vec![("Q.850".into(), Some(26))]));
}

/// The cause that is told of a call which is cancelled with these fields.
fn cause_read(reasons: &str) -> Option<Cause> {
    let mut pair = Pair::with_carrier();
    let request = |method: &str, more: &str| {
        format!(
            "{method} sip:+4420@switch.example SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.2:5090;branch=z9hG4bKc\n\
             Max-Forwards: 70\nFrom: <sip:1@192.0.2.2>;tag=c\nTo: <sip:+4420@switch.example>\nCall-ID: c\n\
             CSeq: 1 {method}\nContact: <sip:1@192.0.2.2:5090>\n{more}\n"
        )
    };
    pair.inject("192.0.2.2:5090", &request("INVITE", ""));
    let leg = pair.arrived(S);
    pair.inject("192.0.2.2:5090", &request("CANCEL", reasons));
    let answers: Vec<Option<u16>> = pair.outside.iter().map(|(_, message)| Message::status(message)).collect();
    assert!(answers.contains(&Some(487)), "{answers:?}");
    let ended = |event: &Event| match event {
        Event::Leg(of, LegEvent::Ended { by: EndedBy::Cancelled, cause }) if *of == leg => Some(*cause),
        _ => None,
    };
    pair.ends[S].events.iter().find_map(ended).expect("the call has ended")
}

#[test]
fn the_reason_of_a_cancel_is_read_in_either_form_and_the_exact_one_counts() {
    for (reasons, cause) in [
        ("Reason: SIP;cause=200;text=\"Call completed elsewhere\", Q.850;cause=26\n", Some(26)),
        ("Reason: SIP;cause=200;text=\"Call completed elsewhere\"\n", Some(26)),
        ("Reason: Q.850;cause=26;text=\"taken elsewhere\"\n", Some(26)),
        ("Reason: SIP;cause=200\nReason: Q.850;cause=17\n", Some(17)),
        ("Reason: Q.850;cause=17, SIP;cause=200\n", Some(17)),
        ("Reason: SIP;cause=486\n", Some(17)),
        ("Reason: Q.850;cause=0, SIP;cause=99\n", None),
        ("", None),
    ] {
        assert_eq!(cause_read(reasons), cause.map(Cause), "{reasons}");
    }
}
