//! SUBSCRIBE and NOTIFY (RFC 6665): who may, what is told, what is lost, and how it ends.

use super::pair::REALM;
use super::stage::*;
use crate::digest::Answerer;
use crate::face::*;
use crate::message::{Message, Method, Name};
use std::time::Duration;
use terms::{PhoneId, limits};

const ALICE: Actor = Actor::new("alice", "198.51.100.7:5060");

/// A subscription as its phone sees it.
struct Sub {
    id: SubId,
    call_id: String,
    tag: String,
    seq: u32,
    /// The NOTIFY that is not answered yet.
    notify: Sent,
}

fn document(text: &'static str) -> Body {
    Body { content_type: "application/dialog-info+xml".into(), bytes: text.as_bytes().into() }
}

fn head(call_id: &str, tag: &str, seq: u32, fields: &str) -> String {
    let tag = if tag.is_empty() { String::new() } else { format!(";tag={tag}") };
    format!(
        "From: <sip:alice@{REALM}>;tag=w\nTo: <sip:bob@{REALM}>{tag}\nCall-ID: {call_id}\nCSeq: {seq} SUBSCRIBE\n{fields}"
    )
}

/// Alice subscribes with her password: what call control hears of it.
fn ask(stage: &mut Stage, call_id: &str, fields: &str) -> Option<SubId> {
    stage.prove(&ALICE, "SUBSCRIBE", &format!("sip:bob@{REALM}"), &head(call_id, "", 1, fields), "");
    match stage.watched.pop() {
        Some(Watch::Subscribed { sub, subscriber }) => {
            assert_eq!((subscriber.by, subscriber.resource.reveal().as_str()), (PhoneId::of("alice"), "bob"));
            Some(sub)
        }
        other => {
            assert!(other.is_none(), "{other:?}");
            None
        }
    }
}

/// ... and is admitted.
fn subscribe(stage: &mut Stage, call_id: &str, fields: &str) -> Sub {
    let id = ask(stage, call_id, fields).expect("a subscription");
    assert!(stage.take().is_empty(), "whoever makes the documents has the word");
    stage.command(Command::Admit { sub: id, body: Some(document("first")) });
    let mut sent = stage.take();
    assert_eq!(sent.iter().map(Sent::name).collect::<Vec<_>>(), ["200 SUBSCRIBE", "NOTIFY"]);
    let tag = sent[0].message.to().unwrap().tag().unwrap().to_owned();
    Sub { id, call_id: call_id.into(), tag, seq: 2, notify: sent.remove(1) }
}

/// A SUBSCRIBE within the dialog, with the password.
fn again(stage: &mut Stage, sub: &mut Sub, fields: &str) {
    let uri = "sip:bob@192.0.2.1:5060";
    stage.send(&ALICE, "SUBSCRIBE", uri, &head(&sub.call_id, &sub.tag, sub.seq + 1, fields), "");
    let challenge = stage.take().pop().expect("a challenge");
    assert_eq!(challenge.name(), "401 SUBSCRIBE");
    let mut answerer = Answerer::new("alice", "secret", u64::from(sub.seq));
    answerer.take(&challenge.message);
    let proof = answerer.authorize(&Method::Subscribe, uri);
    sub.seq += 2;
    let fields = format!("{fields}{}: {}\n", proof[0].0, proof[0].1);
    stage.send(&ALICE, "SUBSCRIBE", uri, &head(&sub.call_id, &sub.tag, sub.seq, &fields), "");
}

fn answer(stage: &mut Stage, notify: &Message, status: u16, fields: &[(Name, &str)]) {
    stage.answer(&ALICE, notify, status, "", fields, "");
}

/// State and body of the one NOTIFY that was sent.
fn told(stage: &mut Stage) -> (String, String, Message) {
    let mut sent = stage.take();
    assert_eq!(sent.iter().map(Sent::name).collect::<Vec<_>>(), ["NOTIFY"]);
    let sent = sent.remove(0);
    (sent.field(Name::SubscriptionState), sent.body(), sent.message)
}

fn watched(stage: &mut Stage) -> Vec<String> {
    let word = |watch: &Watch| match watch {
        Watch::StateWanted { .. } => "wanted".to_owned(),
        Watch::Unsubscribed { .. } => "over".to_owned(),
        other => format!("{other:?}"),
    };
    std::mem::take(&mut stage.watched).iter().map(word).collect()
}

fn alive(stage: &Stage) -> usize {
    stage.switch.inspect().subscriptions
}

#[test]
fn a_subscription_is_admitted_told_at_once_and_told_what_is_news() {
    let mut stage = Stage::new(|_| {});
    let sub = subscribe(&mut stage, "s", "Event: dialog;id=7\nExpires: 600\n");
    let notify = &sub.notify;
    assert_eq!(notify.field(Name::Event), "dialog;id=7", "an id is repeated");
    assert_eq!(notify.field(Name::SubscriptionState), "active;expires=600");
    assert_eq!(
        (notify.body(), notify.field(Name::ContentType)),
        ("first".into(), "application/dialog-info+xml".into())
    );
    assert_eq!(notify.message.uri_raw(), "sip:alice@198.51.100.7:5060");
    assert_eq!(notify.message.from().unwrap().tag(), Some(sub.tag.as_str()));
    assert_eq!(notify.message.to().unwrap().tag(), Some("w"));
    answer(&mut stage, &notify.message, 200, &[]);
    stage.advance(Duration::from_secs(5));
    stage.command(Command::Notify { sub: sub.id, body: document("second") });
    let (state, body, _) = told(&mut stage);
    assert_eq!((state.as_str(), body.as_str()), ("active;expires=595", "second"));
}

#[test]
fn one_notify_is_out_at_a_time_and_of_what_waits_the_latest_is_told() {
    let mut stage = Stage::new(|_| {});
    let sub = subscribe(&mut stage, "s", "Event: dialog\n");
    for text in ["second", "third", "fourth"] {
        stage.command(Command::Notify { sub: sub.id, body: document(text) });
    }
    assert!(stage.take().is_empty(), "the first is not answered yet");
    answer(&mut stage, &sub.notify.message, 200, &[]);
    let (_, body, notify) = told(&mut stage);
    assert_eq!(body, "fourth");
    answer(&mut stage, &notify, 200, &[]);
    assert!(stage.take().is_empty());
}

#[test]
fn it_is_renewed_with_the_whole_state_and_ends_with_a_last_word() {
    let mut stage = Stage::new(|_| {});
    let mut sub = subscribe(&mut stage, "s", "Event: dialog\nExpires: 100\n");
    answer(&mut stage, &sub.notify.message.clone(), 200, &[]);
    stage.advance(Duration::from_secs(90));
    again(&mut stage, &mut sub, "Event: dialog\nExpires: 100\n");
    assert_eq!((stage.names(), watched(&mut stage)), (vec!["200 SUBSCRIBE".into()], vec!["wanted".into()]));
    stage.command(Command::Notify { sub: sub.id, body: document("all") });
    let (_, _, notify) = told(&mut stage);
    answer(&mut stage, &notify, 200, &[]);
    stage.advance(Duration::from_secs(90));
    assert_eq!((alive(&stage), watched(&mut stage)), (1, vec![]), "it lives on");
    again(&mut stage, &mut sub, "Event: dialog\nExpires: 0\n");
    assert_eq!((stage.names(), watched(&mut stage)), (vec!["200 SUBSCRIBE".into()], vec!["wanted".into()]));
    stage.command(Command::Notify { sub: sub.id, body: document("last") });
    let (state, body, notify) = told(&mut stage);
    assert_eq!((state.as_str(), body.as_str()), ("terminated;reason=timeout", "last"));
    assert_eq!(watched(&mut stage), ["over"]);
    answer(&mut stage, &notify, 200, &[]);
    assert_eq!(alive(&stage), 0);
    stage.send(&ALICE, "SUBSCRIBE", "sip:bob@192.0.2.1", &head("s", &sub.tag, 99, "Event: dialog\n"), "");
    assert_eq!(stage.names(), ["481 SUBSCRIBE"], "whoever is told so subscribes anew");
}

#[test]
fn whoever_does_not_renew_in_time_is_told_for_the_last_time() {
    let mut stage = Stage::new(|_| {});
    let sub = subscribe(&mut stage, "s", "Event: dialog\nExpires: 60\n");
    answer(&mut stage, &sub.notify.message, 200, &[]);
    stage.advance(Duration::from_secs(61));
    assert_eq!(watched(&mut stage), ["wanted"]);
    stage.command(Command::Notify { sub: sub.id, body: document("last") });
    assert_eq!(told(&mut stage).0, "terminated;reason=timeout");
    stage.advance(Duration::from_secs(40));
    assert_eq!((alive(&stage), watched(&mut stage)), (0, vec!["over".into()]), "answered or not");
}

#[test]
fn a_fetch_is_answered_with_the_state_and_leaves_nothing() {
    let mut stage = Stage::new(|_| {});
    let sub = subscribe(&mut stage, "s", "Event: presence\nExpires: 0\n");
    assert_eq!(sub.notify.field(Name::SubscriptionState), "terminated;reason=timeout");
    assert_eq!(sub.notify.body(), "first");
    answer(&mut stage, &sub.notify.message, 200, &[]);
    assert_eq!(alive(&stage), 0);
}

#[test]
fn whoever_does_not_take_a_notify_is_told_no_more_unless_he_asks_for_a_pause() {
    for status in [481, 500, 404, 401, 408] {
        let mut stage = Stage::new(|_| {});
        let sub = subscribe(&mut stage, "s", "Event: dialog\n");
        answer(&mut stage, &sub.notify.message, status, &[]);
        assert_eq!((alive(&stage), watched(&mut stage)), (0, vec!["over".into()]), "{status}");
    }
    let mut stage = Stage::new(|_| {});
    let sub = subscribe(&mut stage, "s", "Event: dialog\n");
    answer(&mut stage, &sub.notify.message, 503, &[(Name::RetryAfter, "10")]);
    stage.command(Command::Notify { sub: sub.id, body: document("too early") });
    assert_eq!((alive(&stage), stage.take().len()), (1, 0));
    stage.advance(Duration::from_secs(11));
    assert_eq!(watched(&mut stage), ["wanted"], "what it missed is told whole");
    stage.command(Command::Notify { sub: sub.id, body: document("all") });
    assert_eq!(told(&mut stage).1, "all");
}

#[test]
fn a_phone_that_has_vanished_is_told_for_half_a_minute_and_no_longer() {
    let mut stage = Stage::new(|_| {});
    subscribe(&mut stage, "s", "Event: dialog\n");
    stage.advance(Duration::from_secs(31));
    assert_eq!(alive(&stage), 1);
    stage.advance(Duration::from_secs(2));
    assert_eq!((alive(&stage), watched(&mut stage)), (0, vec!["over".into()]));
    assert!(stage.names().iter().all(|name| name == "NOTIFY"));
}

#[test]
fn what_cannot_be_is_refused_by_name() {
    let mut stage = Stage::new(|_| {});
    stage.send(&ALICE, "SUBSCRIBE", &format!("sip:bob@{REALM}"), &head("x", "", 1, "Event: dialog\n"), "");
    assert_eq!(stage.names(), ["401 SUBSCRIBE"], "without a password");
    for (fields, name, field, value) in [
        ("Event: refer\n", "489 SUBSCRIBE", Name::AllowEvents, "conference, dialog, message-summary, presence, reg"),
        ("", "489 SUBSCRIBE", Name::AllowEvents, "conference, dialog, message-summary, presence, reg"),
        ("Event: dialog\nExpires: 59\n", "423 SUBSCRIBE", Name::MinExpires, "60"),
        ("Event: dialog\nAccept: text/plain\n", "406 SUBSCRIBE", Name::Accept, "application/dialog-info+xml"),
    ] {
        assert_eq!(ask(&mut stage, "x", fields), None);
        let sent = stage.take().pop().unwrap();
        assert_eq!((sent.name().as_str(), sent.field(field).as_str()), (name, value), "{fields}");
    }
    stage.prove(&ALICE, "SUBSCRIBE", "sip:bob@elsewhere.example", &head("x", "", 1, "Event: dialog\n"), "");
    assert_eq!(stage.names(), ["404 SUBSCRIBE"], "another's domain");
    let id = ask(&mut stage, "y", "Event: dialog\n").unwrap();
    stage.command(Command::Deny { sub: id, status: 404 });
    assert_eq!((stage.names(), alive(&stage)), (vec!["404 SUBSCRIBE".into()], 0));
    assert!(watched(&mut stage).is_empty(), "what never began does not end");
}

#[test]
fn a_subscription_is_renewed_by_its_own_account_alone() {
    let mut stage = Stage::new(|_| {});
    let sub = subscribe(&mut stage, "s", "Event: dialog\n");
    let fields = "Event: dialog\nExpires: 0\n";
    stage.send(&ALICE, "SUBSCRIBE", "sip:bob@192.0.2.1", &head("s", &sub.tag, 5, fields), "");
    let challenge = stage.take().pop().unwrap();
    let mut answerer = Answerer::new("bob", "secret", 5);
    answerer.take(&challenge.message);
    let proof = answerer.authorize(&Method::Subscribe, "sip:bob@192.0.2.1");
    let fields = format!("{fields}{}: {}\n", proof[0].0, proof[0].1);
    stage.send(&ALICE, "SUBSCRIBE", "sip:bob@192.0.2.1", &head("s", &sub.tag, 6, &fields), "");
    assert_eq!((stage.names(), alive(&stage)), (vec!["403 SUBSCRIBE".into()], 1));
}

#[test]
fn thousands_of_one_account_stay_within_its_room_and_leave_nothing_behind() {
    let mut stage = Stage::new(|_| {});
    let (mut taken, mut refused) = (0, 0);
    for number in 0..2_000 {
        match ask(&mut stage, &format!("s{number}"), "Event: dialog\nExpires: 60\n") {
            Some(sub) => {
                stage.command(Command::Admit { sub, body: None });
                let notify = stage.take().pop().unwrap();
                answer(&mut stage, &notify.message, 200, &[]);
                taken += 1;
            }
            None => {
                assert_eq!(stage.names(), ["403 SUBSCRIBE"]);
                refused += 1;
            }
        }
    }
    assert_eq!((taken, refused), (limits::SUBSCRIPTIONS_PER_PHONE, 2_000 - limits::SUBSCRIPTIONS_PER_PHONE));
    let refusals = stage.switch.inspect().refusals;
    assert_eq!(refusals.get("too many subscriptions of one account"), Some(&(refused as u64)));
    let mut asked = 0;
    for _ in 0..200 {
        stage.advance(Duration::from_secs(1));
        for watch in std::mem::take(&mut stage.watched) {
            if let Watch::StateWanted { sub } = watch {
                asked += 1;
                stage.command(Command::Notify { sub, body: document("last") });
            }
        }
    }
    assert_eq!((asked, alive(&stage)), (limits::SUBSCRIPTIONS_PER_PHONE, 0));
    let left = stage.switch.inspect();
    assert_eq!((left.client_transactions, left.server_transactions, left.deadlines), (0, 0, 0));
}

#[test]
fn an_account_that_is_no_more_is_told_so_and_others_go_on() {
    let mut stage = Stage::new(|_| {});
    let sub = subscribe(&mut stage, "s", "Event: dialog\n");
    answer(&mut stage, &sub.notify.message, 200, &[]);
    let mut config = super::pair::switch_config(None);
    stage.input(Input::Reconfigure(Box::new(config.clone())));
    assert!(stage.take().is_empty(), "a reload that leaves the account leaves its subscriptions");
    config.phones.retain(|phone| phone.user != "alice");
    stage.input(Input::Reconfigure(Box::new(config)));
    let (state, body, notify) = told(&mut stage);
    assert_eq!((state.as_str(), body.as_str()), ("terminated;reason=rejected", ""));
    answer(&mut stage, &notify, 200, &[]);
    assert_eq!(alive(&stage), 0);
}

#[test]
fn what_is_watched_may_cease_to_be() {
    let mut stage = Stage::new(|_| {});
    let sub = subscribe(&mut stage, "s", "Event: dialog\n");
    stage.command(Command::EndSubscription { sub: sub.id });
    assert_eq!(told(&mut stage).0, "terminated;reason=noresource");
    answer(&mut stage, &sub.notify.message, 200, &[]);
    assert_eq!(alive(&stage), 1, "the answer to an earlier one says nothing");
    stage.advance(Duration::from_secs(33));
    assert_eq!(alive(&stage), 0);
}

#[test]
fn a_handle_from_a_document_opens_the_call_that_rings_to_replaces_and_to_nothing_else() {
    const BOB: Actor = Actor::new("bob", "198.51.100.8:5060");
    let mut stage = Stage::new(|_| {});
    stage.register(&BOB, "b", "");
    let leg = stage.place(Target::Phone(PhoneId::of("bob")), Some("offer"));
    let invite = stage.take().pop().unwrap();
    assert_eq!(stage.switch.line(leg).map(|line| line.state), Some(LineState::Trying));
    stage.answer(&BOB, &invite.message, 180, "b", &[], "");
    let line = stage.switch.line(leg).unwrap();
    assert_eq!((line.phone, line.state, line.number.reveal().as_str()), (PhoneId::of("bob"), LineState::Early, "100"));
    let Handle { call_id, local_tag, remote_tag } = stage.switch.handle(leg);
    assert!(!invite.message.call_id().contains(&call_id) && local_tag != remote_tag);
    let mut replaced = |to_tag: &str, from_tag: &str| {
        stage.events.clear();
        let fields = format!(
            "From: <sip:alice@{REALM}>;tag=p\nTo: <sip:102@{REALM}>\nCall-ID: {}\nCSeq: 1 INVITE\n\
             Replaces: {call_id};to-tag={to_tag};from-tag={from_tag};early-only\n",
            stage.unique()
        );
        stage.prove(&ALICE, "INVITE", &format!("sip:102@{REALM}"), &fields, "offer");
        stage.take();
        let arrival = |event: &Event| if let Event::Invited { arrival, .. } = event { arrival.replaces } else { None };
        stage.events.iter().find_map(arrival)
    };
    let early = Some(Replaced { leg, early: true });
    assert_eq!([replaced(&local_tag, &remote_tag), replaced(&remote_tag, &local_tag)], [early; 2]);
    assert_eq!([replaced(&local_tag, "0"), replaced(&remote_tag, &remote_tag)], [None; 2]);
    let bye = format!(
        "From: <sip:bob@{REALM}>;tag={local_tag}\nTo: <sip:100@{REALM}>;tag={remote_tag}\nCall-ID: {call_id}\nCSeq: 9 BYE\n"
    );
    stage.send(&BOB, "BYE", "sip:us@192.0.2.1", &bye, "");
    assert_eq!(stage.names().pop().as_deref(), Some("481 BYE"));
}

#[test]
fn a_phone_whose_stream_broke_is_told_over_the_one_that_it_came_back_on() {
    let mut stage = Stage::new(|_| {});
    let mut alice = ALICE;
    stage.connect(&mut alice, 7);
    stage.register(&alice, "a", "");
    let uri = format!("sip:bob@{REALM}");
    stage.prove(&alice, "SUBSCRIBE", &uri, &head("s", "", 1, "Event: dialog\n"), "");
    let Some(Watch::Subscribed { sub, .. }) = stage.watched.pop() else { panic!("no subscription") };
    stage.command(Command::Admit { sub, body: None });
    let notify = stage.take().pop().unwrap();
    assert_eq!(notify.link, alice.link);
    stage.answer(&alice, &notify.message, 200, "", &[], "");
    stage.input(Input::LinkClosed { link: alice.link });
    stage.connect(&mut alice, 8);
    stage.register(&alice, "a", "");
    stage.command(Command::Notify { sub, body: document("second") });
    let notify = stage.take().pop().unwrap();
    assert_eq!((notify.name().as_str(), notify.link), ("NOTIFY", alice.link));
    stage.answer(&alice, &notify.message, 200, "", &[], "");
    stage.input(Input::LinkClosed { link: alice.link });
    stage.command(Command::Notify { sub, body: document("third") });
    assert_eq!((stage.names(), alive(&stage)), (vec![], 0), "there is no way to it any more");
    assert_eq!(watched(&mut stage), ["over"]);
}
