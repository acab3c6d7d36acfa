//! MESSAGE (RFC 3428): to all devices, the first answer counts, bounded in size and number.

use super::pair::REALM;
use super::stage::*;
use crate::face::*;
use crate::message::Name;
use std::time::Duration;
use terms::{PhoneId, limits};

const ALICE: Actor = Actor::new("alice", "198.51.100.7:5060");
const BOB: Actor = Actor::new("bob", "198.51.100.8:5060");
const BOB_TOO: Actor = Actor::new("bob", "198.51.100.9:5060");
const PLAIN: &str = "Content-Type: text/plain\n";

fn head(stage: &Stage, from: &str) -> String {
    let id = stage.unique();
    format!("From: \"A\" <sip:{from}@{REALM}>;tag=m\nTo: <sip:bob@{REALM}>\nCall-ID: {id}\nCSeq: 1 MESSAGE\n{PLAIN}")
}

/// Alice writes to Bob.
fn write(stage: &mut Stage, body: &str) -> Option<TextId> {
    let head = head(stage, "alice");
    stage.prove(&ALICE, "MESSAGE", &format!("sip:bob@{REALM}"), &head, body);
    match stage.watched.pop() {
        Some(Watch::Texted { text, from }) => {
            assert_eq!((from.from, from.to.reveal().as_str(), from.within), (PhoneId::of("alice"), "bob", None));
            Some(text)
        }
        _ => None,
    }
}

fn pass(stage: &mut Stage, text: TextId) -> Vec<Sent> {
    stage.command(Command::PassText { text, to: PhoneId::of("bob") });
    stage.take()
}

#[test]
fn a_text_goes_to_every_device_and_the_first_that_takes_it_answers_for_all() {
    let mut stage = Stage::new(|_| {});
    stage.register(&BOB, "b1", "");
    stage.register(&BOB_TOO, "b2", "");
    let text = write(&mut stage, "hello").unwrap();
    let sent = pass(&mut stage, text);
    let mut to: Vec<String> = sent.iter().map(|sent| format!("{} {}", sent.name(), sent.to)).collect();
    to.sort();
    assert_eq!(to, ["MESSAGE 198.51.100.8:5060", "MESSAGE 198.51.100.9:5060"]);
    assert_eq!((sent[0].body(), sent[0].field(Name::ContentType)), ("hello".into(), "text/plain".into()));
    assert!(
        sent[0].field(Name::From).starts_with(&format!("\"A\" <sip:alice@{REALM}>")),
        "{}",
        sent[0].field(Name::From)
    );
    assert_eq!(sent[0].field(Name::MaxForwards), "69");
    stage.answer(&BOB, &sent[0].message, 486, "t", &[], "");
    assert!(stage.take().is_empty(), "the other one may yet take it");
    stage.answer(&BOB_TOO, &sent[1].message, 200, "t", &[], "");
    assert_eq!(stage.names(), ["200 MESSAGE"]);
    assert_eq!(stage.switch.inspect().texts, 0);
}

#[test]
fn where_nobody_takes_it_the_best_refusal_comes_back_and_silence_is_480() {
    let mut stage = Stage::new(|_| {});
    let text = write(&mut stage, "hello").unwrap();
    stage.command(Command::PassText { text, to: PhoneId::of("bob") });
    assert_eq!(stage.names(), ["480 MESSAGE"], "he is not registered");
    stage.register(&BOB, "b1", "");
    let text = write(&mut stage, "hello").unwrap();
    let sent = pass(&mut stage, text);
    stage.answer(&BOB, &sent[0].message, 415, "t", &[], "");
    assert_eq!(stage.names(), ["415 MESSAGE"]);
    let text = write(&mut stage, "hello").unwrap();
    pass(&mut stage, text);
    stage.advance(Duration::from_secs(21));
    assert_eq!(stage.names().pop().as_deref(), Some("480 MESSAGE"));
    let text = write(&mut stage, "hello").unwrap();
    stage.command(Command::RefuseText { text, status: 404 });
    assert_eq!(stage.names(), ["404 MESSAGE"]);
    assert_eq!(stage.switch.inspect().texts, 0);
}

#[test]
fn nobody_writes_in_another_name_too_much_or_too_often() {
    let mut stage = Stage::new(|_| {});
    let head = head(&stage, "carol");
    stage.prove(&ALICE, "MESSAGE", &format!("sip:bob@{REALM}"), &head, "hello");
    assert_eq!(stage.names(), ["403 MESSAGE"]);
    assert!(write(&mut stage, &"x".repeat(limits::TEXT_BYTES + 1)).is_none());
    assert_eq!(stage.names(), ["413 MESSAGE"]);
    for _ in 0..limits::TEXTS_PER_SPAN {
        assert!(write(&mut stage, "hello").is_some());
    }
    assert!(write(&mut stage, "hello").is_none());
    assert_eq!(stage.names().pop().as_deref(), Some("503 MESSAGE"));
    stage.advance(limits::TEXTS_SPAN);
    assert!(write(&mut stage, "hello").is_some(), "and may again");
}

#[test]
fn within_a_call_a_text_takes_the_password_and_names_the_leg() {
    let mut stage = Stage::new(|_| {});
    let (mut talk, leg) = stage.phone_call(&ALICE, "one");
    stage.prove_within(&mut talk, "alice", "MESSAGE", PLAIN);
    let Some(Watch::Texted { text, from }) = stage.watched.pop() else { panic!("no text") };
    assert_eq!((from.from, from.within), (PhoneId::of("alice"), Some(leg)));
    stage.command(Command::RefuseText { text, status: 480 });
    assert_eq!(stage.names(), ["480 MESSAGE"]);
}
