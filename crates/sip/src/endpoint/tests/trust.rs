//! Who may ask for something in a running call, and who may not although he knows all of its tags.

use super::pair::REALM;
use super::stage::*;
use crate::face::*;
use crate::message::Name;
use terms::{LegId, PhoneId, Pii, TrunkId};

const ALICE: Actor = Actor::new("alice", "198.51.100.7:5060");
const STRANGER: Actor = Actor::new("alice", "203.0.113.66:5060");
const METHODS: [&str; 7] = ["INVITE", "BYE", "INFO", "UPDATE", "OPTIONS", "REFER", "PRACK"];

fn stranger(talk: &Talk) -> Talk {
    Talk { actor: STRANGER, ..talk.clone() }
}

/// A carrier's call, answered.
fn from_carrier() -> (Stage, Talk, LegId) {
    let mut stage = Stage::with_carrier();
    let mut talk = stage.call_in("", "offer");
    let leg = stage.arrived();
    stage.command(Command::Answer { leg, body: Some(Body::sdp("answer")) });
    stage.learn(&mut talk);
    stage.within(&mut talk, "ACK", "", "");
    stage.take();
    stage.events.clear();
    (stage, talk, leg)
}

#[test]
fn whoever_knows_the_tags_of_a_phones_call_is_asked_for_its_password() {
    let mut stage = Stage::new(|_| {});
    let (mut talk, _) = stage.phone_call(&ALICE, "one");
    for method in METHODS {
        stage.within(&mut stranger(&talk), method, "", "");
        assert_eq!(stage.names(), [format!("407 {method}")]);
    }
    assert!(stage.events.is_empty());
    stage.within(&mut talk, "BYE", "", "");
    assert_eq!(stage.names(), ["200 BYE"], "his numbers do not count");
}

#[test]
fn whoever_knows_the_tags_of_a_carriers_call_is_refused() {
    let (mut stage, mut talk, _) = from_carrier();
    for method in METHODS {
        stage.within(&mut stranger(&talk), method, "", "");
        assert_eq!(stage.names(), [format!("403 {method}")]);
    }
    stage.within(&mut talk, "BYE", "", "");
    assert_eq!((stage.names(), stage.heard()), (vec!["200 BYE".into()], vec!["ended Peer".into()]));
}

#[test]
fn an_ack_or_cancel_from_elsewhere_counts_for_nothing() {
    let mut stage = Stage::with_carrier();
    let mut talk = stage.call_in("", "offer");
    let leg = stage.arrived();
    let invite = stage.take().remove(0).message;
    let branch = invite.top_via().unwrap().branch.unwrap().to_owned();
    let cancel = format!(
        "CANCEL sip:{CALLED}@{REALM} SIP/2.0\nVia: SIP/2.0/UDP {};branch={branch};rport\nMax-Forwards: 70\n{}\n",
        CARRIER.at,
        talk.fields("CANCEL", 1)
    );
    stage.bytes(&STRANGER, cancel.replace('\n', "\r\n").into());
    assert_eq!(stage.names(), ["481 CANCEL"]);
    stage.command(Command::Answer { leg, body: Some(Body::sdp("answer")) });
    stage.learn(&mut talk);
    stage.within(&mut stranger(&talk), "ACK", "", "evil");
    assert_eq!((stage.heard(), stage.switch.inspect().stray_acks), (vec!["invited [offer]".into()], 1));
    stage.within(&mut talk, "ACK", "", "");
    assert_eq!(stage.heard(), ["established"]);
}

#[test]
fn a_phone_that_moved_goes_on_with_its_password_and_nobody_else_with_his() {
    let mut stage = Stage::new(|_| {});
    let (talk, leg) = stage.phone_call(&ALICE, "one");
    stage.prove_within(&mut stranger(&talk), "bob", "BYE", "");
    assert_eq!(stage.names(), ["403 BYE"], "bob is known, and it is not his call");
    let mut moved = stranger(&talk);
    moved.seq = 10;
    stage.prove_within(&mut moved, "alice", "UPDATE", "");
    assert_eq!(stage.names(), ["200 UPDATE"]);
    stage.within(&mut moved, "INFO", "", "");
    assert_eq!(stage.names(), ["200 INFO"], "it is there now");
    stage.command(Command::Release { leg, reason: terms::Cause::NORMAL.into() });
    let bye = stage.take().remove(0);
    assert_eq!((bye.name(), bye.to), ("BYE".into(), STRANGER.address()));
}

#[test]
fn a_translators_new_port_and_a_registration_from_elsewhere_are_enough() {
    let mut stage = Stage::new(|_| {});
    let (talk, _) = stage.phone_call(&ALICE, "one");
    let mut port = Talk { actor: Actor::new("alice", "198.51.100.7:61000"), ..talk };
    stage.within(&mut port, "INFO", "", "");
    assert_eq!(stage.names(), ["200 INFO"]);
    stage.register(&STRANGER, "again", "");
    let mut there = Talk { actor: STRANGER, ..port };
    stage.within(&mut there, "BYE", "", "");
    assert_eq!(stage.names(), ["200 BYE"]);
}

#[test]
fn a_stream_is_its_phones_own_whatever_else_it_is() {
    let mut stage = Stage::new(|_| {});
    let mut phone = ALICE;
    stage.connect(&mut phone, 20);
    let (mut talk, _) = stage.phone_call(&phone, "one");
    let mut other = STRANGER;
    stage.connect(&mut other, 21);
    stage.within(&mut Talk { actor: other, ..talk.clone() }, "BYE", "", "");
    assert_eq!(stage.names(), ["407 BYE"]);
    stage.within(&mut talk, "BYE", "", "");
    assert_eq!(stage.names(), ["200 BYE"]);
}

#[test]
fn a_carriers_other_hosts_are_his_by_his_networks_and_by_what_he_said() {
    let (mut stage, talk, _) = from_carrier();
    let mut trunk = super::office::carrier("carrier", CARRIER.at);
    trunk.peers.push(("192.0.2.128".parse().unwrap(), 25));
    stage.input(Input::Reconfigure(Box::new(Config { trunks: vec![trunk], ..super::pair::switch_config(None) })));
    let mut edge = Talk { actor: Actor::new("carrier", "192.0.2.200:5060"), ..talk };
    stage.within(&mut edge, "INFO", "", "");
    assert_eq!(stage.names(), ["200 INFO"]);
    let mut stage = Stage::with_carrier();
    let (_, invite) = stage.call_out(Some("offer"));
    let contact = [(Name::Contact, "<sip:core@192.0.2.99>")];
    stage.answer(&CARRIER, &invite.message, 200, "a", &contact, "answer");
    stage.take();
    let core = Actor::new("carrier", "192.0.2.99:5060");
    let mut talk = Talk { actor: core, ..stage.far_side(&invite, "a") };
    stage.within(&mut talk, "BYE", "", "");
    assert_eq!(stage.names(), ["200 BYE"], "where he said that requests go");
}

#[test]
fn what_reaches_beyond_a_call_takes_the_password_even_from_its_own_flow() {
    let mut stage = Stage::new(|_| {});
    let (mut talk, _) = stage.phone_call(&ALICE, "one");
    stage.prove_within(&mut talk, "alice", "SUBSCRIBE", "");
    assert_eq!(stage.names(), ["403 SUBSCRIBE"], "a subscription has a dialog of its own");
    stage.prove_within(&mut talk, "alice", "MESSAGE", "");
    assert!(matches!(&stage.watched[..], [Watch::Texted { .. }]));
    stage.prove_within(&mut talk, "alice", "REFER", &format!("Refer-To: <sip:bob@{REALM}>\n"));
    assert!(matches!(&stage.events[..], [Event::Leg(_, LegEvent::Referred(_))]));
    // Outside of a call, too.
    for (method, status) in [("REFER", 407), ("SUBSCRIBE", 401), ("MESSAGE", 407), ("INVITE", 407)] {
        let head = format!(
            "From: <sip:alice@{REALM}>;tag=f\nTo: <sip:bob@{REALM}>\nCall-ID: out{method}\nCSeq: 1 {method}\n\
             Refer-To: <sip:bob@{REALM}>\nReplaces: one;to-tag={};from-tag=own\n",
            talk.tag
        );
        stage.send(&STRANGER, method, &format!("sip:bob@{REALM}"), &head, "");
        assert_eq!(stage.names(), [format!("{status} {method}")]);
    }
}

#[test]
fn carriers_transfer_nobody_and_replace_nobody() {
    let (mut stage, mut talk, _) = from_carrier();
    stage.within(&mut talk, "REFER", &format!("Refer-To: <sip:bob@{REALM}>\n"), "");
    assert_eq!(stage.names(), ["403 REFER"]);
    let head = format!(
        "From: <sip:c@far>;tag=f\nTo: <sip:bob@{REALM}>\nCall-ID: out\nCSeq: 1 REFER\nRefer-To: <sip:bob@{REALM}>\n"
    );
    stage.send(&CARRIER, "REFER", &format!("sip:bob@{REALM}"), &head, "");
    assert_eq!(stage.names(), ["403 REFER"]);
    let replaces = format!("Replaces: {};to-tag={};from-tag={}\n", talk.call_id, talk.tag, talk.own);
    stage.call_in(&replaces, "offer");
    assert_eq!(stage.names(), ["403 INVITE"]);
    assert!(stage.events.is_empty());
}

#[test]
fn what_makes_a_phone_answer_by_itself_never_comes_from_a_carrier() {
    let fixed = Some((Transport::Udp, ALICE.address()));
    let mut stage = Stage::new(|config| {
        config.trunks = vec![super::office::carrier("carrier", CARRIER.at)];
        config.phones[0].contact = fixed;
    });
    let fields = "Alert-Info: <http://x/y>;info=alert-autoanswer\nAlert-Info: info=\"Auto Answer\"\n\
                  Call-Info: <sip:x@y>;answer-after=0\nAnswer-Mode: Auto\nPriv-Answer-Mode: Auto\nP-Auto-Answer: normal\n";
    stage.call_in(fields, "offer");
    let Some(Event::Invited { arrival, .. }) = stage.events.pop() else { panic!("a call") };
    assert_eq!(arrival.source, Source::Trunk(TrunkId::of("carrier")));
    stage.take();
    stage.command(Command::Invite {
        leg: LegId::outbound(9),
        target: Target::Phone(PhoneId::of("alice")),
        caller: arrival.caller.clone(),
        caller_name: arrival.caller_name.clone().or(Some(Pii::from("x"))),
        withheld: arrival.withheld,
        extras: None,
        max_forwards: arrival.max_forwards,
        body: arrival.body.clone(),
    });
    let invite = stage.take().remove(0);
    assert_eq!((invite.name(), invite.to), ("INVITE".into(), ALICE.address()));
    let text = String::from_utf8_lossy(invite.message.as_bytes()).to_ascii_lowercase();
    assert!(!text.contains("alert-info") && !text.contains("call-info") && !text.contains("answer"), "{text}");
}

#[test]
fn a_phone_is_told_to_answer_by_itself_in_every_way_that_phones_know() {
    let fixed = Some((Transport::Udp, ALICE.address()));
    let mut stage = Stage::new(|config| config.phones[0].contact = fixed);
    for (leg, answers_itself) in [(9, true), (10, false)] {
        stage.command(Command::Invite {
            leg: LegId::outbound(leg),
            target: Target::Phone(PhoneId::of("alice")),
            caller: Pii::from("102"),
            caller_name: None,
            withheld: false,
            extras: Some(Box::new(Extras { answers_itself, ..Extras::default() })),
            max_forwards: 70,
            body: None,
        });
        let invite = stage.take().remove(0);
        let text = String::from_utf8_lossy(invite.message.as_bytes()).into_owned();
        for line in [";info=alert-autoanswer;delay=0\r\n", ";answer-after=0\r\n", "\r\nAnswer-Mode: Auto\r\n"] {
            assert_eq!(text.contains(line), answers_itself, "{line}: {text}");
        }
    }
}
