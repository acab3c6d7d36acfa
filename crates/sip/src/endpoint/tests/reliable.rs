//! Provisional responses that are acknowledged (RFC 3262): theirs to us, ours to them, and what they carry.

use super::stage::*;
use crate::face::*;
use crate::message::Name;
use std::time::Duration;
use terms::Cause;

const REQUIRES: &str = "Require: 100rel\nSupported: 100rel\n";

fn rack(sent: &Sent) -> String {
    format!("RAck: {} 1 INVITE\n", sent.message.rseq().unwrap())
}

#[test]
fn what_a_caller_requires_to_be_reliable_is_repeated_until_its_prack() {
    let mut stage = Stage::with_carrier();
    let mut talk = stage.call_in(REQUIRES, "offer");
    let leg = stage.arrived();
    stage.take();
    stage.command(Command::Progress { leg, status: 183, body: Some(Body::sdp("early")) });
    let first = stage.learn(&mut talk);
    assert_eq!(
        (first.name(), first.body(), first.field(Name::Require)),
        ("183 INVITE".into(), "early".into(), "100rel".into())
    );
    stage.advance(Duration::from_millis(3_600));
    assert_eq!(stage.names(), ["183 INVITE"; 3], "after 0.5, 1.5 and 3.5 s");
    stage.command(Command::Progress { leg, status: 180, body: None });
    assert!(stage.names().is_empty(), "one at a time");
    stage.within(&mut talk, "PRACK", "RAck: 1 1 INVITE\n", "");
    assert_eq!(stage.names(), ["481 PRACK"], "another number");
    stage.within(&mut talk, "PRACK", &rack(&first), "");
    let sent = stage.take();
    assert_eq!(sent.iter().map(Sent::name).collect::<Vec<_>>(), ["200 PRACK", "180 INVITE"]);
    assert_eq!(sent[1].message.rseq(), first.message.rseq().map(|number| number + 1));
    stage.command(Command::Answer { leg, body: Some(Body::sdp("answer")) });
    let answer = stage.take().remove(0);
    assert_eq!((answer.name(), answer.body()), ("200 INVITE".into(), String::new()), "it is said already");
    stage.within(&mut talk, "ACK", "", "");
    stage.advance(Duration::from_secs(2));
    assert!(stage.names().is_empty(), "the final response ends the repeats");
    assert_eq!(stage.heard(), ["invited [offer]", "established"]);
}

#[test]
fn who_only_supports_it_is_not_made_to_acknowledge() {
    let mut stage = Stage::with_carrier();
    stage.call_in("Supported: 100rel\n", "offer");
    let leg = stage.arrived();
    stage.take();
    stage.command(Command::Progress { leg, status: 183, body: Some(Body::sdp("early")) });
    assert!(!stage.take()[0].message.has(Name::RSeq));
    stage.advance(Duration::from_secs(5));
    assert!(stage.names().is_empty());
}

#[test]
fn an_answer_waits_for_the_prack_of_a_description() {
    let mut stage = Stage::with_carrier();
    let mut talk = stage.call_in(REQUIRES, "offer");
    let leg = stage.arrived();
    stage.command(Command::Progress { leg, status: 183, body: Some(Body::sdp("early")) });
    let first = stage.learn(&mut talk);
    stage.command(Command::Answer { leg, body: Some(Body::sdp("answer")) });
    assert!(stage.names().is_empty(), "RFC 3262 5");
    stage.within(&mut talk, "PRACK", &rack(&first), "");
    assert_eq!(stage.names(), ["200 PRACK", "200 INVITE"]);
    // Without a description nothing waits.
    let mut talk = stage.call_in(REQUIRES, "offer");
    let leg = stage.arrived();
    stage.command(Command::Progress { leg, status: 180, body: None });
    let ringing = stage.learn(&mut talk);
    stage.command(Command::Answer { leg, body: Some(Body::sdp("answer")) });
    let sent = stage.take();
    assert_eq!((sent[0].name(), sent[0].body()), ("200 INVITE".into(), "answer".into()));
    stage.within(&mut talk, "PRACK", &rack(&first), "");
    assert_eq!(stage.names(), ["481 PRACK"], "of another call");
    stage.within(&mut talk, "PRACK", &rack(&ringing), "");
    assert_eq!(stage.names(), ["200 PRACK"], "RFC 3262 3: it may come after the answer");
}

#[test]
fn without_a_prack_in_64_t1_the_call_is_refused_with_504() {
    for answered in [false, true] {
        let mut stage = Stage::with_carrier();
        stage.call_in(REQUIRES, "offer");
        let leg = stage.arrived();
        stage.command(Command::Progress { leg, status: 183, body: Some(Body::sdp("early")) });
        if answered {
            stage.command(Command::Answer { leg, body: Some(Body::sdp("answer")) });
        }
        stage.advance(Duration::from_millis(31_900));
        assert_eq!(stage.heard(), ["invited [offer]"]);
        stage.take();
        stage.advance(Duration::from_millis(200));
        assert_eq!(stage.names(), ["504 INVITE"]);
        assert_eq!(stage.heard(), ["ended Timeout"]);
        stage.advance(Duration::from_secs(70));
        let left = stage.switch.inspect();
        assert_eq!((left.legs + left.closing, left.server_transactions, left.deadlines), (0, 0, 0));
    }
}

#[test]
fn a_bye_or_cancel_ends_both_while_the_answer_waits() {
    for method in ["BYE", "CANCEL"] {
        let mut stage = Stage::with_carrier();
        let mut talk = stage.call_in(REQUIRES, "offer");
        let leg = stage.arrived();
        stage.command(Command::Progress { leg, status: 183, body: Some(Body::sdp("early")) });
        stage.learn(&mut talk);
        stage.command(Command::Answer { leg, body: Some(Body::sdp("answer")) });
        if method == "BYE" {
            stage.within(&mut talk, "BYE", "", "");
            assert_eq!(stage.names(), ["487 INVITE", "200 BYE"]);
        } else {
            stage.command(Command::Release { leg, reason: Cause::NORMAL.into() });
            assert_eq!(stage.names(), ["480 INVITE"]);
        }
        stage.advance(Duration::from_secs(70));
        assert_eq!(stage.switch.inspect().deadlines, 0);
    }
}

#[test]
fn an_invite_without_an_offer_is_answered_in_the_prack() {
    let mut stage = Stage::with_carrier();
    let mut talk = stage.call_in(REQUIRES, "");
    let leg = stage.arrived();
    stage.command(Command::Progress { leg, status: 183, body: Some(Body::sdp("our offer")) });
    let first = stage.learn(&mut talk);
    assert_eq!(first.body(), "our offer");
    stage.within(&mut talk, "PRACK", &rack(&first), "their answer");
    assert_eq!(stage.heard(), ["invited", "offer answered [their answer]"]);
    stage.command(Command::Answer { leg, body: None });
    stage.within(&mut talk, "ACK", "", "");
    assert_eq!(stage.heard(), ["established"], "the ACK has no answer, and needs none");
}

#[test]
fn a_prack_may_carry_a_new_offer() {
    let mut stage = Stage::with_carrier();
    let mut talk = stage.call_in(REQUIRES, "offer");
    let leg = stage.arrived();
    stage.command(Command::Progress { leg, status: 183, body: Some(Body::sdp("early")) });
    let first = stage.learn(&mut talk);
    stage.within(&mut talk, "PRACK", &rack(&first), "offer 2");
    assert_eq!(stage.heard(), ["invited [offer]", "offered [offer 2]"]);
    stage.command(Command::AnswerOffer { leg, body: Some(Body::sdp("answer 2")) });
    let sent = stage.take();
    assert_eq!((sent[0].name(), sent[0].body()), ("200 PRACK".into(), "answer 2".into()));
}

/// A provisional response of the carrier.
fn progress(stage: &mut Stage, invite: &Sent, status: u16, tag: &str, rseq: u32, body: &str) -> Vec<Sent> {
    let rseq = rseq.to_string();
    let fields = [(Name::Require, "100rel"), (Name::RSeq, rseq.as_str()), (Name::Allow, "INVITE, UPDATE")];
    stage.answer(&CARRIER, &invite.message, status, tag, &fields, body);
    stage.take()
}

#[test]
fn their_reliable_responses_are_acknowledged_in_order_and_once_in_each_dialog() {
    let mut stage = Stage::with_carrier();
    let (_, invite) = stage.call_out(Some("offer"));
    assert!(invite.message.supports("100rel") && !invite.message.has(Name::Require), "we know it, and need it not");
    let number = invite.message.cseq().unwrap().number;
    let prack = progress(&mut stage, &invite, 183, "a", 7, "early a").remove(0);
    assert_eq!((prack.name(), prack.field(Name::RAck)), ("PRACK".into(), format!("7 {number} INVITE")));
    assert_eq!(prack.message.to().unwrap().tag(), Some("a"));
    assert_eq!(prack.message.cseq().unwrap().number, number + 1);
    assert!(progress(&mut stage, &invite, 183, "a", 7, "early a").is_empty(), "again");
    assert!(progress(&mut stage, &invite, 180, "a", 9, "").is_empty(), "8 is missing");
    assert_eq!(progress(&mut stage, &invite, 180, "a", 8, "").len(), 1);
    assert_eq!(progress(&mut stage, &invite, 183, "b", 700, "early b").len(), 1, "a fork has numbers of its own");
    assert_eq!(stage.heard(), ["progress 183 #0 [early a]", "progress 180 #0", "progress 183 #1 [early b]"]);
    stage.answer(&CARRIER, &invite.message, 200, "b", &[], "");
    stage.answer(&CARRIER, &invite.message, 200, "a", &[], "");
    let sent = stage.take();
    assert_eq!(sent.iter().map(Sent::name).collect::<Vec<_>>(), ["ACK", "ACK", "BYE"]);
    assert_eq!(sent[2].message.cseq().unwrap().number, number + 3, "above its PRACKs");
}

#[test]
fn an_offer_in_a_reliable_response_is_answered_in_its_prack() {
    let mut stage = Stage::with_carrier();
    let (leg, invite) = stage.call_out(None);
    assert!(progress(&mut stage, &invite, 183, "a", 7, "their offer").is_empty(), "call control has the word");
    assert_eq!(stage.heard(), ["progress 183 #0 [their offer]"]);
    stage.command(Command::Acknowledge { leg, body: Body::sdp("our answer") });
    let prack = stage.take().remove(0);
    assert_eq!((prack.name(), prack.body()), ("PRACK".into(), "our answer".into()));
    stage.answer(&CARRIER, &invite.message, 200, "a", &[], "");
    assert_eq!(stage.names(), ["ACK"]);
    assert_eq!(stage.heard(), ["answered #0"]);
}

#[test]
fn a_prack_is_proved_once_more_when_it_is_challenged() {
    let mut stage = Stage::with_carrier();
    let mut trunk = super::office::carrier("carrier", CARRIER.at);
    trunk.credentials = Some(Credentials { user: "us".into(), password: "pw".into() });
    let config = Config { trunks: vec![trunk], ..super::pair::switch_config(None) };
    stage.input(Input::Reconfigure(Box::new(config)));
    let (_, invite) = stage.call_out(Some("offer"));
    let prack = progress(&mut stage, &invite, 183, "a", 7, "early").remove(0);
    let nonce = "Digest realm=\"carrier\", nonce=\"n\", qop=\"auth\"";
    stage.answer(&CARRIER, &prack.message, 407, "", &[(Name::ProxyAuthenticate, nonce)], "");
    let again = stage.take().remove(0);
    assert_eq!((again.name(), again.field(Name::RAck)), ("PRACK".into(), prack.field(Name::RAck)));
    assert!(again.message.has(Name::ProxyAuthorization));
}
