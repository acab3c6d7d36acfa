//! Who a phone talks to now, for its screen.

use super::stage::*;
use crate::face::*;
use crate::message::Name;
use std::time::Duration;
use terms::{Cause, LegId, PhoneId};

const ALICE: Actor = Actor::new("alice", "198.51.100.7:5060");

/// Alice was called and has answered, with these fields.
fn called(fields: &[(Name, &str)]) -> (Stage, LegId) {
    let mut stage = Stage::new(|config| config.phones[0].contact = Some((Transport::Udp, ALICE.address())));
    let leg = stage.place(Target::Phone(PhoneId::of("alice")), Some("offer"));
    let invite = stage.take().remove(0);
    stage.answer(&ALICE, &invite.message, 200, "a", fields, "answer");
    stage.take();
    (stage, leg)
}

fn introduce(stage: &mut Stage, leg: LegId) {
    stage.command(Command::Introduce { leg, number: "+359888123456".into(), name: Some("Maria".into()) });
}

fn shown(sent: &Sent) -> (String, bool, String) {
    let shown = sent.field(Name::PAssertedIdentity);
    (sent.name(), shown.starts_with("\"Maria\" <sip:+359888123456@"), sent.body())
}

#[test]
fn a_phone_that_takes_update_is_told_by_one_without_a_session() {
    let (mut stage, leg) = called(&[(Name::Allow, "INVITE, UPDATE")]);
    introduce(&mut stage, leg);
    let update = stage.take().remove(0);
    assert_eq!(shown(&update), ("UPDATE".into(), true, String::new()));
    stage.heard();
    stage.answer(&ALICE, &update.message, 200, "", &[], "");
    assert!(stage.heard().is_empty(), "call control asked for no session");
    stage.command(Command::Offer { leg, body: Some(Body::sdp("offer 2")) });
    assert_eq!(shown(&stage.take()[0]), ("INVITE".into(), true, "offer 2".into()), "and so do later ones");
}

#[test]
fn another_phone_is_told_by_a_re_invite_with_the_session_as_it_is() {
    let (mut stage, leg) = called(&[(Name::Allow, "INVITE, ACK, BYE")]);
    introduce(&mut stage, leg);
    let again = stage.take().remove(0);
    assert_eq!(shown(&again), ("INVITE".into(), true, "offer".into()));
    stage.heard();
    stage.answer(&ALICE, &again.message, 488, "", &[], "");
    assert_eq!(stage.names(), ["ACK"]);
    assert!(stage.heard().is_empty(), "that it does not want to know is no matter");
}

#[test]
fn it_waits_for_an_offer_that_is_under_way_and_is_nothing_for_a_call_that_is_over() {
    let (mut stage, leg) = called(&[(Name::Allow, "INVITE, UPDATE")]);
    stage.command(Command::Offer { leg, body: Some(Body::sdp("offer 2")) });
    let offer = stage.take().remove(0);
    introduce(&mut stage, leg);
    assert!(stage.names().is_empty());
    stage.answer(&ALICE, &offer.message, 200, "", &[(Name::Allow, "INVITE, UPDATE")], "answer 2");
    let sent = stage.take();
    assert_eq!(sent.iter().map(Sent::name).collect::<Vec<_>>(), ["ACK", "UPDATE"]);
    stage.answer(&ALICE, &sent[1].message, 200, "", &[], "");
    stage.command(Command::Release { leg, reason: Cause::NORMAL.into() });
    stage.take();
    introduce(&mut stage, leg);
    stage.advance(Duration::from_secs(1));
    assert!(stage.names().iter().all(|name| name == "BYE"));
}

#[test]
fn a_carrier_is_not_told() {
    let mut stage = Stage::with_carrier();
    let (leg, invite) = stage.call_out(Some("offer"));
    stage.answer(&CARRIER, &invite.message, 200, "a", &[(Name::Allow, "UPDATE")], "answer");
    stage.take();
    introduce(&mut stage, leg);
    assert!(stage.names().is_empty());
}

fn focus(stage: &mut Stage, leg: LegId) {
    stage.command(Command::Focus { leg, number: "800".into(), name: Some("daily".into()) });
}

#[test]
fn a_caller_who_reaches_a_conference_hears_so_with_his_answer_and_no_more_of_it() {
    let mut stage = Stage::with_carrier();
    let mut talk = stage.call_in("Allow: INVITE, UPDATE\n", "offer");
    let leg = stage.arrived();
    stage.take();
    focus(&mut stage, leg);
    assert!(stage.names().is_empty());
    stage.command(Command::Answer { leg, body: Some(Body::sdp("answer")) });
    let answer = stage.learn(&mut talk);
    assert_eq!(answer.field(Name::Contact), "<sip:800@192.0.2.1:5060>;isfocus");
    stage.within(&mut talk, "ACK", "", "");
    stage.take();
    focus(&mut stage, leg);
    assert!(stage.names().is_empty(), "he knows");
}

#[test]
fn a_phone_that_has_come_to_a_conference_is_told_where_that_is_and_a_carrier_is_when_it_asks() {
    let (mut stage, leg) = called(&[(Name::Allow, "INVITE, UPDATE")]);
    focus(&mut stage, leg);
    let update = stage.take().remove(0);
    assert_eq!(
        (update.name().as_str(), update.field(Name::Contact).as_str()),
        ("UPDATE", "<sip:800@192.0.2.1:5060>;isfocus")
    );
    assert!(update.field(Name::PAssertedIdentity).starts_with("\"daily\" <sip:800@"));
    stage.answer(&ALICE, &update.message, 200, "", &[], "");
    let mut stage = Stage::with_carrier();
    let (leg, invite) = stage.call_out(Some("offer"));
    stage.answer(&CARRIER, &invite.message, 200, "a", &[(Name::Allow, "UPDATE")], "answer");
    stage.take();
    focus(&mut stage, leg);
    assert!(stage.names().is_empty());
    stage.command(Command::Offer { leg, body: Some(Body::sdp("offer 2")) });
    assert!(stage.take()[0].field(Name::Contact).ends_with(";isfocus"));
}
