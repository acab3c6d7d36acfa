//! REFER (RFC 3515, RFC 4488, RFC 5589) and Replaces (RFC 3891): what is asked for, what is told, and how it is named.

use super::pair::REALM;
use super::stage::*;
use crate::face::*;
use crate::message::Name;
use std::time::Duration;
use terms::{Cause, LegId, PhoneId};

const ALICE: Actor = Actor::new("alice", "198.51.100.7:5060");
const BOB: Actor = Actor::new("bob", "198.51.100.8:5060");

fn referrals(stage: &mut Stage) -> Vec<Referral> {
    let told = |event| match event {
        Event::Leg(_, LegEvent::Referred(referral)) => Some(*referral),
        _ => None,
    };
    std::mem::take(&mut stage.events).into_iter().filter_map(told).collect()
}

/// Alice asks for a transfer: what call control hears of it.
fn refer(stage: &mut Stage, talk: &mut Talk, fields: &str) -> Referral {
    stage.prove_within(talk, "alice", "REFER", fields);
    referrals(stage).pop().expect("a REFER")
}

/// The status that a REFER is refused with at once.
fn refused(stage: &mut Stage, talk: &mut Talk, fields: &str) -> u16 {
    stage.prove_within(talk, "alice", "REFER", fields);
    assert!(referrals(stage).is_empty());
    stage.take().pop().unwrap().message.status().unwrap()
}

fn to_bob() -> String {
    format!("Refer-To: <sip:bob@{REALM}>\n")
}

fn news(sent: &Sent) -> (String, String, String) {
    assert_eq!(sent.name(), "NOTIFY");
    assert_eq!(sent.field(Name::ContentType), "message/sipfrag;version=2.0");
    (sent.field(Name::Event), sent.field(Name::SubscriptionState), sent.body())
}

#[test]
fn a_transfer_is_told_accepted_and_reported_to_its_end() {
    let mut stage = Stage::new(|_| {});
    let (mut talk, leg) = stage.phone_call(&ALICE, "one");
    let asked = refer(&mut stage, &mut talk, &to_bob());
    assert_eq!((asked.to.reveal().as_str(), asked.replaces, asked.by), ("bob", None, PhoneId::of("alice")));
    assert!(stage.names().is_empty(), "call control has the word");
    stage.command(Command::AcceptRefer { leg, refer: asked.refer });
    let sent = stage.take();
    assert_eq!(sent[0].name(), "202 REFER");
    let active = "active;expires=180".to_owned();
    assert_eq!(news(&sent[1]), ("refer".into(), active.clone(), "SIP/2.0 100 Trying\r\n".into()), "at once");
    stage.answer(&ALICE, &sent[1].message, 200, "", &[], "");
    stage.command(Command::TellRefer { leg, refer: asked.refer, status: 180 });
    assert_eq!(news(&stage.take()[0]), ("refer".into(), active, "SIP/2.0 180 Ringing\r\n".into()));
    stage.command(Command::TellRefer { leg, refer: asked.refer, status: 200 });
    let last = stage.take().remove(0);
    assert_eq!(news(&last), ("refer".into(), "terminated;reason=noresource".into(), "SIP/2.0 200 OK\r\n".into()));
    stage.answer(&ALICE, &last.message, 200, "", &[], "");
    stage.command(Command::TellRefer { leg, refer: asked.refer, status: 486 });
    assert!(stage.names().is_empty(), "that was the last word");
    let second = refer(&mut stage, &mut talk, &to_bob());
    stage.command(Command::AcceptRefer { leg, refer: second.refer });
    let id = format!("refer;id={}", second.refer);
    assert_eq!(news(&stage.take()[1]).0, id, "RFC 3515 2.4.6: the second in a dialog is named");
}

#[test]
fn a_refusal_ends_it_and_who_wants_no_news_gets_none() {
    let mut stage = Stage::new(|_| {});
    let (mut talk, leg) = stage.phone_call(&ALICE, "one");
    let asked = refer(&mut stage, &mut talk, &to_bob());
    stage.command(Command::RefuseRefer { leg, refer: asked.refer, status: 603 });
    assert_eq!(stage.names(), ["603 REFER"]);
    let fields = to_bob() + "Refer-Sub: false\nRequire: norefersub\n";
    let asked = refer(&mut stage, &mut talk, &fields);
    stage.command(Command::AcceptRefer { leg, refer: asked.refer });
    let sent = stage.take();
    assert_eq!((sent.len(), sent[0].name(), sent[0].field(Name::ReferSub)), (1, "202 REFER".into(), "false".into()));
    stage.command(Command::TellRefer { leg, refer: asked.refer, status: 200 });
    assert!(stage.names().is_empty());
}

#[test]
fn who_hangs_up_after_the_202_is_still_told_until_he_does_not_listen() {
    for (status, more) in [(200, 1), (481, 0)] {
        let mut stage = Stage::new(|_| {});
        let (mut talk, leg) = stage.phone_call(&ALICE, "one");
        let asked = refer(&mut stage, &mut talk, &to_bob());
        stage.command(Command::AcceptRefer { leg, refer: asked.refer });
        let first = stage.take().pop().unwrap();
        stage.within(&mut talk, "BYE", "", "");
        assert_eq!(stage.names(), ["200 BYE"]);
        assert_eq!(stage.heard(), ["ended Peer"]);
        stage.answer(&ALICE, &first.message, status, "", &[], "");
        stage.command(Command::TellRefer { leg, refer: asked.refer, status: 200 });
        let sent = stage.take();
        assert_eq!(sent.len(), more, "{status}");
        for last in sent {
            stage.answer(&ALICE, &last.message, 481, "", &[], "");
        }
        assert_eq!(stage.switch.inspect().closing, 0, "{status}");
        stage.advance(Duration::from_secs(40));
        let left = stage.switch.inspect();
        assert_eq!((left.dialogs, left.server_transactions, left.deadlines), (0, 0, 0), "{status}");
    }
}

#[test]
fn a_refer_that_nobody_decided_on_is_refused_when_its_call_ends() {
    for by_us in [false, true] {
        let mut stage = Stage::new(|_| {});
        let (mut talk, leg) = stage.phone_call(&ALICE, "one");
        refer(&mut stage, &mut talk, &to_bob());
        match by_us {
            true => stage.command(Command::Release { leg, reason: Cause::NORMAL.into() }),
            false => stage.within(&mut talk, "BYE", "", ""),
        }
        assert!(stage.names().contains(&"487 REFER".to_owned()));
        stage.advance(Duration::from_secs(70));
        let left = stage.switch.inspect();
        assert_eq!((left.closing, left.server_transactions, left.deadlines), (0, 0, 0));
    }
}

#[test]
fn so_many_transfers_may_be_open_in_one_call() {
    let mut stage = Stage::new(|_| {});
    let (mut talk, leg) = stage.phone_call(&ALICE, "one");
    let asked: Vec<u32> = (0..terms::limits::REFERS).map(|_| refer(&mut stage, &mut talk, &to_bob()).refer).collect();
    assert_eq!(refused(&mut stage, &mut talk, &to_bob()), 603);
    stage.command(Command::RefuseRefer { leg, refer: asked[0], status: 486 });
    assert_eq!(stage.names(), ["486 REFER"]);
    refer(&mut stage, &mut talk, &to_bob());
}

#[test]
fn what_refer_to_may_not_be_is_refused() {
    let mut stage = Stage::new(|_| {});
    let (mut talk, _) = stage.phone_call(&ALICE, "one");
    for (fields, status) in [
        (String::new(), 400),
        (to_bob() + &to_bob(), 400),
        ("Refer-To: <http://switch.example/>\n".into(), 416),
        ("Refer-To: <sip:bob@elsewhere.example>\n".into(), 404),
        (format!("Refer-To: <sip:bob@{REALM};method=BYE>\n"), 400),
        (format!("Refer-To: <sip:{REALM}>\n"), 400),
        (format!("Refer-To: <sip:bob@{REALM}?Replaces=nonsense>\n"), 400),
    ] {
        assert_eq!(refused(&mut stage, &mut talk, &fields), status, "{fields}");
    }
    let told = refer(&mut stage, &mut talk, "Refer-To: <tel:+44-20-7946>\n");
    assert_eq!(told.to.reveal(), "+44207946");
    let others = format!("Refer-To: <sip:bob@{REALM}?Subject=x&Alert-Info=answer&From=eve>\n");
    let told = refer(&mut stage, &mut talk, &others);
    assert_eq!((told.to.reveal().as_str(), told.replaces), ("bob", None), "nothing of it is obeyed");
}

/// Replaces for a call of an actor, as its own phone writes it.
fn replaces(talk: &Talk) -> String {
    format!("{};to-tag={};from-tag={}", talk.call_id, talk.tag, talk.own)
}

fn escaped(text: &str) -> String {
    text.bytes()
        .map(|b| if b.is_ascii_alphanumeric() { (b as char).to_string() } else { format!("%{b:02x}") })
        .collect()
}

#[test]
fn replaces_is_resolved_to_the_other_call_of_the_phone_in_either_dialog() {
    let mut stage = Stage::new(|_| {});
    let (mut one, first) = stage.phone_call(&ALICE, "plain");
    let (mut two, second) = stage.phone_call(&ALICE, "\"odd<(:/[?]{}%&\\>@[::1]");
    let field = |value: &str| format!("Refer-To: <sip:bob@192.168.1.7:5061?Require=replaces&Replaces={value}>\n");
    let told = refer(&mut stage, &mut one, &field(&escaped(&replaces(&two))));
    assert_eq!(told.replaces, Some(Replaced { leg: second, early: false }));
    let told = refer(&mut stage, &mut two, &field(&escaped(&replaces(&one))));
    assert_eq!(told.replaces, Some(Replaced { leg: first, early: false }));
    let told = refer(&mut stage, &mut two, &field(&replaces(&one)));
    assert_eq!(told.replaces.map(|found| found.leg), Some(first), "not escaped");
    let swapped = format!("{};to-tag={};from-tag={}", one.call_id, one.own, one.tag);
    let told = refer(&mut stage, &mut two, &field(&escaped(&swapped)));
    assert_eq!(told.replaces.map(|found| found.leg), Some(first), "with the tags the other way round");
    let early = replaces(&one) + ";early-only";
    assert_eq!(refused(&mut stage, &mut two, &field(&escaped(&early))), 486);
    assert_eq!(refused(&mut stage, &mut two, &field("none%3Bto-tag%3D1%3Bfrom-tag%3D2")), 603);
    let (bobs, _) = stage.phone_call(&BOB, "bobs");
    assert_eq!(refused(&mut stage, &mut two, &field(&escaped(&replaces(&bobs)))), 403, "another's call");
}

#[test]
fn a_phone_may_transfer_to_a_call_of_its_own_that_still_rings() {
    let mut stage = Stage::new(|_| {});
    let (mut one, _) = stage.phone_call(&ALICE, "one");
    let mut two =
        Talk { actor: ALICE, call_id: "two".into(), own: "own".into(), tag: String::new(), seq: 2, invite: 2 };
    stage.prove(&ALICE, "INVITE", &format!("sip:bob@{REALM}"), &two.fields("INVITE", 1), "offer");
    let leg = stage.arrived();
    stage.command(Command::Progress { leg, status: 180, body: None });
    stage.learn(&mut two);
    for more in ["", ";early-only"] {
        let value = escaped(&(replaces(&two) + more));
        let told = refer(&mut stage, &mut one, &format!("Refer-To: <sip:bob@{REALM}?Replaces={value}>\n"));
        assert_eq!(told.replaces, Some(Replaced { leg, early: true }));
    }
}

#[test]
fn a_phone_that_rings_can_be_relieved_by_another() {
    let mut stage = Stage::new(|config| config.phones[1].contact = Some((Transport::Udp, BOB.address())));
    let (mut one, _) = stage.phone_call(&ALICE, "one");
    let ringing = stage.place(Target::Phone(PhoneId::of("bob")), Some("offer"));
    let invite = stage.take().remove(0);
    stage.answer(&BOB, &invite.message, 180, "b", &[], "");
    let tag = invite.message.from().unwrap().tag().unwrap().to_owned();
    let value = escaped(&format!("{};to-tag={tag};from-tag=b;early-only", invite.message.call_id()));
    // It rings for somebody else, so it is for call control to say who may have it: an INVITE may ask.
    let fields = format!("Refer-To: <sip:bob@{REALM}?Replaces={value}>\n");
    assert_eq!(refused(&mut stage, &mut one, &fields), 403);
    let header = format!("Replaces: {};to-tag={tag};from-tag=b;early-only\n", invite.message.call_id());
    assert_eq!(invited(&mut stage, "pickup", &header), Ok(Some(Replaced { leg: ringing, early: true })));
}

/// Alice calls with this Replaces: what call control is told, or the refusal.
fn invited(stage: &mut Stage, call_id: &str, fields: &str) -> Result<Option<Replaced>, u16> {
    stage.events.clear();
    let talk = Talk { actor: ALICE, call_id: call_id.into(), own: "own".into(), tag: String::new(), seq: 1, invite: 1 };
    let head = talk.fields("INVITE", 1) + fields;
    stage.prove(&ALICE, "INVITE", &format!("sip:{CALLED}@{REALM}"), &head, "offer");
    let arrived = stage.events.iter().find_map(|event| match event {
        Event::Invited { arrival, .. } => Some(arrival.replaces),
        _ => None,
    });
    arrived.ok_or_else(|| stage.take().pop().unwrap().message.status().unwrap())
}

fn header(talk: &Talk, more: &str) -> String {
    format!("Replaces: {}{more}\nRequire: replaces\n", replaces(talk))
}

#[test]
fn an_invite_with_replaces_names_its_leg_or_is_refused_as_the_rfc_says() {
    let mut stage = Stage::new(|_| {});
    let (talk, leg) = stage.phone_call(&BOB, "bobs");
    assert_eq!(invited(&mut stage, "a", &header(&talk, "")), Ok(Some(Replaced { leg, early: false })));
    assert_eq!(invited(&mut stage, "b", ""), Ok(None));
    assert_eq!(invited(&mut stage, "c", &header(&talk, ";early-only")), Err(486));
    assert_eq!(invited(&mut stage, "d", "Replaces: none;to-tag=1;from-tag=2\n"), Err(481));
    assert_eq!(invited(&mut stage, "e", "Replaces: none;to-tag=1\n"), Err(400));
    assert_eq!(invited(&mut stage, "f", &(header(&talk, "") + &header(&talk, ""))), Err(400));
    stage.command(Command::Release { leg, reason: Cause::NORMAL.into() });
    assert_eq!(invited(&mut stage, "g", &header(&talk, "")), Err(603), "it has just ended");
    let (mut within, _) = stage.phone_call(&ALICE, "within");
    stage.within(&mut within, "INVITE", &header(&talk, ""), "offer");
    assert_eq!(stage.names(), ["400 INVITE"], "only a new call can");
    // A call that came in and is not answered is not ours to take away.
    let mut stage = Stage::with_carrier();
    let mut ringing = stage.call_in("", "offer");
    let leg: LegId = stage.arrived();
    stage.command(Command::Progress { leg, status: 180, body: None });
    stage.learn(&mut ringing);
    assert_eq!(invited(&mut stage, "h", &header(&ringing, "")), Err(481));
}
