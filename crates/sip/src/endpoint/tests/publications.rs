//! PUBLISH (RFC 3903): tags, renewal, removal, expiry, limits.

use super::pair::REALM;
use super::stage::*;
use crate::face::*;
use crate::message::Name;
use std::time::Duration;
use terms::{PhoneId, limits};

const ALICE: Actor = Actor::new("alice", "198.51.100.7:5060");
const PIDF: &str = "Content-Type: application/pidf+xml\n";

/// Alice publishes: the answer.
fn publish(stage: &mut Stage, fields: &str, body: &str) -> Sent {
    let head = format!(
        "From: <sip:alice@{REALM}>;tag=p\nTo: <sip:alice@{REALM}>\nCall-ID: {}\nCSeq: 1 PUBLISH\n{fields}{PIDF}",
        stage.unique()
    );
    stage.prove(&ALICE, "PUBLISH", &format!("sip:alice@{REALM}"), &head, body);
    stage.take().pop().expect("an answer")
}

fn heard(stage: &mut Stage) -> Vec<(u64, Option<String>)> {
    let told = |watch| match watch {
        Watch::Published(news) => {
            assert_eq!(news.phone, PhoneId::of("alice"));
            (news.number, news.body.map(|body| String::from_utf8_lossy(&body.bytes).into_owned()))
        }
        other => panic!("{other:?}"),
    };
    std::mem::take(&mut stage.watched).into_iter().map(told).collect()
}

#[test]
fn a_publication_is_renewed_changed_and_removed_under_a_new_tag_each_time() {
    let mut stage = Stage::new(|_| {});
    let first = publish(&mut stage, "Event: presence\nExpires: 600\n", "<open/>");
    assert_eq!((first.name(), first.field(Name::Expires)), ("200 PUBLISH".into(), "600".into()));
    assert_eq!(heard(&mut stage), [(1, Some("<open/>".into()))]);
    let matching = |sent: &Sent| format!("Event: presence\nSIP-If-Match: {}\n", sent.field(Name::SipEtag));
    let renewed = publish(&mut stage, &matching(&first), "");
    assert!(heard(&mut stage).is_empty(), "nothing new was said");
    assert_eq!(publish(&mut stage, &matching(&first), "").name(), "412 PUBLISH", "that tag is spent");
    let changed = publish(&mut stage, &matching(&renewed), "<closed/>");
    assert_eq!(heard(&mut stage), [(1, Some("<closed/>".into()))]);
    let removed = publish(&mut stage, &(matching(&changed) + "Expires: 0\n"), "");
    assert_eq!((removed.name(), heard(&mut stage)), ("200 PUBLISH".into(), vec![(1, None)]));
    assert_eq!(stage.switch.inspect().publications, 0);
}

#[test]
fn a_publication_that_is_not_renewed_is_over() {
    let mut stage = Stage::new(|_| {});
    publish(&mut stage, "Event: presence\nExpires: 60\n", "<open/>");
    heard(&mut stage);
    stage.advance(Duration::from_secs(59));
    assert!(heard(&mut stage).is_empty());
    stage.advance(Duration::from_secs(2));
    assert_eq!(heard(&mut stage), [(1, None)]);
}

#[test]
fn what_does_not_fit_is_refused_by_name() {
    let mut stage = Stage::new(|_| {});
    let too_much = "x".repeat(limits::PUBLISHED_BYTES + 1);
    for (fields, body, name) in [
        ("Event: dialog\n", "<x/>", "489 PUBLISH"),
        ("Event: presence\nExpires: 59\n", "<x/>", "423 PUBLISH"),
        ("Event: presence\n", "", "400 PUBLISH"),
        ("Event: presence\n", too_much.as_str(), "413 PUBLISH"),
        ("Event: presence\nSIP-If-Match: none\n", "<x/>", "412 PUBLISH"),
    ] {
        assert_eq!(publish(&mut stage, fields, body).name(), name);
    }
    let head = format!("From: <sip:alice@{REALM}>;tag=p\nTo: <sip:bob@{REALM}>\nCall-ID: x\nCSeq: 1 PUBLISH\n");
    let head = head + "Event: presence\n" + PIDF;
    stage.prove(&ALICE, "PUBLISH", &format!("sip:bob@{REALM}"), &head, "<x/>");
    assert_eq!(stage.names(), ["403 PUBLISH"], "another's presence");
    assert!(heard(&mut stage).is_empty());
}

#[test]
fn an_account_publishes_no_more_than_it_may() {
    let mut stage = Stage::new(|_| {});
    for _ in 0..limits::PUBLICATIONS_PER_PHONE {
        assert_eq!(publish(&mut stage, "Event: presence\n", "<x/>").name(), "200 PUBLISH");
    }
    assert_eq!(publish(&mut stage, "Event: presence\n", "<x/>").name(), "403 PUBLISH");
    assert_eq!(stage.switch.inspect().publications, limits::PUBLICATIONS_PER_PHONE);
    stage.advance(Duration::from_secs(3_601));
    assert_eq!(stage.switch.inspect().publications, 0);
}
