//! UPDATE (RFC 3311): offers before there is an answer and after, and what happens when two meet.

use super::stage::*;
use crate::face::*;
use crate::message::Name;
use std::time::Duration;
use terms::LegId;

const RELIABLE: [(Name, &str); 3] = [(Name::Require, "100rel"), (Name::RSeq, "1"), (Name::Allow, "INVITE, UPDATE")];

/// A call to the carrier in whose early dialog an offer was answered.
fn early() -> (Stage, LegId, Sent, Talk) {
    let mut stage = Stage::with_carrier();
    let (leg, invite) = stage.call_out(Some("offer"));
    stage.answer(&CARRIER, &invite.message, 183, "a", &RELIABLE, "early");
    let prack = stage.take().remove(0);
    stage.answer(&CARRIER, &prack.message, 200, "", &[], "");
    stage.heard();
    let talk = stage.far_side(&invite, "a");
    (stage, leg, invite, talk)
}

/// A running call that the carrier placed.
fn running() -> (Stage, LegId, Talk) {
    let mut stage = Stage::with_carrier();
    let mut talk = stage.call_in("Allow: INVITE, UPDATE\n", "offer");
    let leg = stage.arrived();
    stage.command(Command::Answer { leg, body: Some(Body::sdp("answer")) });
    stage.learn(&mut talk);
    stage.within(&mut talk, "ACK", "", "");
    stage.heard();
    stage.take();
    (stage, leg, talk)
}

#[test]
fn an_offer_in_an_early_dialog_is_told_with_its_number_and_answered() {
    let (mut stage, leg, _, mut talk) = early();
    stage.within(&mut talk, "UPDATE", "", "offer 2");
    assert!(matches!(&stage.events[0], Event::Leg(_, LegEvent::Offered { early: Some(0), .. })), "{:?}", stage.events);
    assert_eq!(stage.heard(), ["offered [offer 2]"]);
    stage.within(&mut talk, "UPDATE", "", "offer 3");
    let busy = stage.take().remove(0);
    assert_eq!((busy.name(), busy.message.has(Name::RetryAfter)), ("500 UPDATE".into(), true), "the last one is open");
    stage.command(Command::AnswerOffer { leg, body: Some(Body::sdp("answer 2")) });
    let answer = stage.take().remove(0);
    assert_eq!((answer.name(), answer.body()), ("200 UPDATE".into(), "answer 2".into()));
    stage.advance(Duration::from_secs(2));
    assert!(stage.names().is_empty(), "no ACK is waited for");
}

#[test]
fn an_offer_before_ours_is_answered_meets_491() {
    let mut stage = Stage::with_carrier();
    let (_, invite) = stage.call_out(Some("offer"));
    stage.answer(&CARRIER, &invite.message, 180, "a", &[], "");
    let mut talk = stage.far_side(&invite, "a");
    stage.within(&mut talk, "UPDATE", "", "offer 2");
    assert_eq!(stage.names(), ["491 UPDATE"]);
    // And before theirs is answered 500.
    let mut stage = Stage::with_carrier();
    let mut talk = stage.call_in("", "offer");
    let leg = stage.arrived();
    stage.command(Command::Progress { leg, status: 180, body: None });
    stage.learn(&mut talk);
    stage.within(&mut talk, "UPDATE", "", "offer 2");
    assert_eq!(stage.names(), ["500 UPDATE"]);
    assert!(stage.heard().iter().all(|event| !event.starts_with("offered")));
}

#[test]
fn our_offer_in_an_early_dialog_goes_by_update() {
    let (mut stage, leg, invite, mut talk) = early();
    stage.command(Command::Offer { leg, body: Some(Body::sdp("our offer")) });
    let update = stage.take().remove(0);
    assert_eq!((update.name(), update.body()), ("UPDATE".into(), "our offer".into()));
    stage.within(&mut talk, "UPDATE", "", "theirs");
    assert_eq!(stage.names(), ["491 UPDATE"], "they meet");
    stage.answer(&CARRIER, &update.message, 491, "", &[], "");
    stage.advance(Duration::from_millis(2_090));
    assert!(stage.names().is_empty(), "we chose the Call-ID: from 2.1 s");
    stage.advance(Duration::from_millis(2_000));
    let again = stage.take().remove(0);
    assert_eq!((again.name(), again.body()), ("UPDATE".into(), "our offer".into()));
    stage.answer(&CARRIER, &again.message, 200, "", &[], "their answer");
    assert_eq!(stage.heard(), ["offer answered [their answer]"]);
    stage.answer(&CARRIER, &invite.message, 200, "a", &[], "");
    assert_eq!(stage.heard(), ["answered #0"]);
}

#[test]
fn an_offer_that_no_update_takes_waits_for_the_answer() {
    let (mut stage, leg, invite, _) = early();
    stage.command(Command::Offer { leg, body: Some(Body::sdp("our offer")) });
    let update = stage.take().remove(0);
    stage.answer(&CARRIER, &update.message, 405, "", &[], "");
    assert!(stage.names().is_empty());
    stage.answer(&CARRIER, &invite.message, 200, "a", &[], "");
    let sent = stage.take();
    assert_eq!(sent.iter().map(Sent::name).collect::<Vec<_>>(), ["ACK", "INVITE"]);
    assert_eq!(sent[1].body(), "our offer");
}

#[test]
fn what_is_under_way_in_a_fork_that_loses_is_over() {
    let (mut stage, leg, invite, _) = early();
    stage.command(Command::Offer { leg, body: Some(Body::sdp("our offer")) });
    stage.take();
    stage.answer(&CARRIER, &invite.message, 200, "b", &[], "answer b");
    assert_eq!(stage.heard(), ["offer refused 481", "answered #1 [answer b]"]);
    let (mut stage, _, invite, mut talk) = early();
    stage.within(&mut talk, "UPDATE", "", "offer 2");
    stage.answer(&CARRIER, &invite.message, 200, "b", &[], "answer b");
    assert_eq!(stage.names(), ["481 UPDATE", "ACK"]);
}

#[test]
fn what_nobody_answered_is_refused_when_its_call_ends() {
    let (mut stage, _, invite, mut talk) = early();
    stage.within(&mut talk, "UPDATE", "", "offer 2");
    stage.answer(&CARRIER, &invite.message, 486, "a", &[], "");
    assert_eq!(stage.names(), ["ACK", "487 UPDATE"]);
    stage.advance(Duration::from_secs(70));
    let left = stage.switch.inspect();
    assert_eq!((left.server_transactions, left.client_transactions, left.deadlines), (0, 0, 0));
}

#[test]
fn an_update_in_a_running_call_is_answered_and_moves_its_target() {
    let (mut stage, leg, mut talk) = running();
    stage.within(&mut talk, "UPDATE", "Contact: <sip:moved@192.0.2.77:5099>\n", "offer 2");
    assert!(matches!(&stage.events[0], Event::Leg(_, LegEvent::Offered { early: None, .. })));
    stage.command(Command::AnswerOffer { leg, body: Some(Body::sdp("answer 2")) });
    assert_eq!(stage.names(), ["200 UPDATE"]);
    stage.within(&mut talk, "UPDATE", "", "");
    assert_eq!(stage.names(), ["200 UPDATE"], "without an offer it is no news");
    stage.heard();
    stage.command(Command::Offer { leg, body: Some(Body::sdp("ours")) });
    let sent = stage.take();
    assert_eq!((sent[0].name(), sent[0].to), ("INVITE".into(), "192.0.2.77:5070".parse().unwrap()));
    stage.within(&mut talk, "UPDATE", "", "offer 3");
    assert_eq!(stage.names(), ["491 UPDATE"]);
}

#[test]
fn an_update_that_is_refused_leaves_the_call_as_it_was() {
    let (mut stage, leg, mut talk) = running();
    stage.within(&mut talk, "UPDATE", "", "video");
    stage.command(Command::RefuseOffer { leg, status: 488 });
    assert_eq!(stage.names(), ["488 UPDATE"]);
    stage.within(&mut talk, "BYE", "", "");
    assert_eq!(stage.heard(), ["offered [video]", "ended Peer"]);
}
