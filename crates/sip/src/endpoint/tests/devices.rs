//! Several devices of one phone: each is rung by itself, and a leg stays with its own.

use super::stage::*;
use crate::face::*;
use std::time::Duration;
use terms::{Cause, PhoneId};

const ALICE: PhoneId = PhoneId::of("alice");

fn two() -> (Stage, Actor, Actor) {
    let mut stage = Stage::new(|_| {});
    let (desk, mobile) = (Actor::new("alice", "198.51.100.7:5060"), Actor::new("alice", "198.51.100.8:5060"));
    stage.register(&desk, "desk", "");
    stage.register(&mobile, "mobile", ";q=0.5");
    (stage, desk, mobile)
}

fn news(stage: &mut Stage) -> Vec<Bindings> {
    let told = |event| match event {
        Event::Bindings(news) => Some(news),
        _ => None,
    };
    std::mem::take(&mut stage.events).into_iter().filter_map(told).collect()
}

#[test]
fn call_control_is_told_which_devices_came_and_went_and_nothing_when_none_did() {
    let (mut stage, desk, mobile) = two();
    let told = news(&mut stage);
    assert_eq!(told.len(), 2);
    let (first, second) = (told[0].lines[0].id, told[1].came[0]);
    assert_eq!((told[0].came.clone(), told[0].went.clone()), (vec![first], vec![]));
    let lines: Vec<_> = told[1].lines.iter().map(|line| (line.id, line.q)).collect();
    assert_eq!(lines, [(first, 1_000), (second, 500)], "the preferred one first");
    assert_eq!((told[1].came.clone(), told[1].went.clone()), (vec![second], vec![]));
    stage.register(&desk, "desk", "");
    stage.register(&mobile, "mobile", ";q=0.5");
    assert_eq!(news(&mut stage), [], "a refresh is no news: each keeps its id");
    stage.register(&mobile, "mobile", ";q=0.9");
    let told = news(&mut stage);
    assert_eq!((told[0].lines[1].q, told[0].came.len() + told[0].went.len()), (900, 0));
    stage.register(&desk, "desk", ";expires=0");
    let told = news(&mut stage);
    assert_eq!((told[0].lines.len(), told[0].went.clone()), (1, vec![first]));
}

#[test]
fn each_device_is_rung_by_itself_and_one_that_is_gone_is_absent() {
    let (mut stage, desk, mobile) = two();
    let lines = stage.lines(ALICE);
    for (binding, device) in [(lines[0], desk), (lines[1], mobile)] {
        stage.place(Target::Binding { phone: ALICE, binding }, Some("offer"));
        let sent = stage.take();
        assert_eq!((sent[0].name(), sent[0].to), ("INVITE".to_owned(), device.address()));
    }
    stage.register(&desk, "desk", ";expires=0");
    stage.heard();
    stage.place(Target::Binding { phone: ALICE, binding: lines[0] }, Some("offer"));
    assert_eq!(stage.heard(), ["refused 480"]);
    let fixed = "198.51.100.20:5060".parse().unwrap();
    let mut stage = Stage::new(|config| config.phones[0].contact = Some((Transport::Udp, fixed)));
    assert!(matches!(&stage.events[..], [Event::Reconfigured(news)] if news[0].lines[0].id == BindingId::FIXED));
    stage.place(Target::Binding { phone: ALICE, binding: BindingId::FIXED }, Some("offer"));
    assert_eq!(stage.take()[0].to, fixed);
}

/// A call to the device at the first stream; that stream is gone afterwards.
fn cut_off() -> (Stage, Actor, terms::LegId) {
    let mut stage = Stage::new(|_| {});
    let mut first = Actor::new("alice", "198.51.100.7:40001");
    let mut second = Actor::new("alice", "198.51.100.8:40002");
    stage.connect(&mut first, 20);
    stage.connect(&mut second, 21);
    stage.register(&first, "first", "");
    let binding = stage.lines(ALICE)[0];
    stage.register(&second, "second", "");
    let leg = stage.place(Target::Binding { phone: ALICE, binding }, Some("offer"));
    let invite = stage.take().remove(0);
    assert_eq!(invite.link, first.link);
    let contact = format!("<sip:alice@{};transport=tcp>", first.at);
    stage.answer(&first, &invite.message, 200, "a", &[(crate::message::Name::Contact, &contact)], "answer");
    assert_eq!(stage.names(), ["ACK"]);
    stage.input(Input::LinkClosed { link: first.link });
    (stage, first, leg)
}

#[test]
fn a_goodbye_never_goes_to_another_device_of_the_phone() {
    let (mut stage, first, leg) = cut_off();
    stage.command(Command::Release { leg, reason: Cause::NORMAL.into() });
    assert_eq!(stage.take().iter().filter(|sent| sent.to != first.address()).count(), 0, "the other has no such call");
    let (mut stage, mut first, leg) = cut_off();
    first.at = "198.51.100.7:40003";
    stage.connect(&mut first, 22);
    stage.register(&first, "first", "");
    stage.command(Command::Release { leg, reason: Cause::NORMAL.into() });
    let sent = stage.take();
    assert_eq!((sent[0].name(), sent[0].link), ("BYE".to_owned(), first.link), "it came back with a new stream");
}

#[test]
fn a_leg_follows_its_device_to_another_address() {
    let (mut stage, mut desk, _) = two();
    let binding = stage.lines(ALICE)[0];
    let leg = stage.place(Target::Binding { phone: ALICE, binding }, Some("offer"));
    let invite = stage.take().remove(0);
    stage.answer(&desk, &invite.message, 200, "a", &[], "answer");
    stage.take();
    // Its translator forgot it: the same contact, another port.
    let contact = format!("Contact: <sip:alice@{}>\n", desk.at);
    desk.at = "203.0.113.9:61000";
    stage.register_as(&desk, "desk", &contact);
    stage.command(Command::Release { leg, reason: Cause::NORMAL.into() });
    let sent = stage.take();
    assert_eq!((sent[0].name(), sent[0].to), ("BYE".to_owned(), desk.address()));
    stage.answer(&desk, &sent[0].message, 200, "", &[], "");
    stage.advance(Duration::from_secs(40));
    assert_eq!(stage.switch.inspect().closing, 0);
}

#[test]
fn a_caller_whose_stream_breaks_hears_the_end_over_its_next_one() {
    let mut stage = Stage::new(|_| {});
    let mut first = Actor::new("alice", "198.51.100.7:40001");
    let mut second = Actor::new("alice", "198.51.100.8:40002");
    stage.connect(&mut first, 20);
    stage.register(&first, "first", "");
    let (_, leg) = stage.phone_call(&first, "call");
    stage.input(Input::LinkClosed { link: first.link });
    stage.connect(&mut second, 21);
    stage.register(&second, "second", "");
    let contact = format!("Contact: <sip:alice@{};transport=tcp>\n", first.at);
    first.at = "198.51.100.7:40009";
    stage.connect(&mut first, 22);
    stage.register_as(&first, "first", &contact);
    stage.register(&second, "second", "");
    stage.command(Command::Release { leg, reason: Cause::NORMAL.into() });
    let sent = stage.take();
    assert_eq!((sent[0].name(), sent[0].link), ("BYE".to_owned(), first.link), "not the other's, though it came later");
}
