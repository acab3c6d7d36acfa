//! An INVITE of ours that is answered by several, played by hand.

use super::pair::*;
use crate::face::*;
use crate::message::{Builder, Message, Name};
use bytes::Bytes;
use std::time::Duration;
use terms::{Cause, LegId};

/// The switch calls a carrier at an address where only this test listens.
struct Fork {
    pair: Pair,
    invite: Message,
    leg: LegId,
}

const CARRIER: &str = "192.0.2.77:5070";

impl Fork {
    fn new() -> Fork {
        let mut pair = Pair::with_carrier();
        pair.input(S, Input::Reconfigure(Box::new(switch_config(Some(CARRIER.parse().unwrap())))));
        let leg = pair.dial(S);
        let (to, invite) = pair.outside.pop().unwrap();
        assert_eq!(to, CARRIER.parse().unwrap());
        Fork { pair, invite, leg }
    }

    fn answer(&mut self, status: u16, tag: &str, body: Option<&'static str>) -> Vec<Message> {
        let mut builder = Builder::response(&self.invite, status, "").to_tag(tag);
        builder = builder.header(Name::Contact, format_args!("<sip:{tag}@{CARRIER}>"));
        if let Some(body) = body {
            builder = builder.body("application/sdp", Bytes::from_static(body.as_bytes()));
        }
        let bytes = builder.build();
        self.pair.input(S, Input::Received { link: UDP, remote: CARRIER.parse().unwrap(), bytes });
        self.sent()
    }

    fn sent(&mut self) -> Vec<Message> {
        std::mem::take(&mut self.pair.outside).into_iter().map(|(_, message)| message).collect()
    }

    fn heard(&mut self) -> Vec<String> {
        self.pair.heard(S)
    }
}

fn methods(messages: &[Message]) -> Vec<&str> {
    messages.iter().map(|m| m.method().map_or("response", |method| method.as_str())).collect()
}

#[test]
fn early_dialogs_are_numbered_and_the_answer_names_its_own() {
    let mut fork = Fork::new();
    fork.answer(100, "", None);
    fork.answer(180, "a", None);
    fork.answer(183, "b", Some("early b"));
    fork.answer(180, "a", None);
    let acks = fork.answer(200, "b", Some("answer b"));
    assert_eq!(methods(&acks), ["ACK"]);
    assert_eq!(acks[0].uri_raw(), format!("sip:b@{CARRIER}"));
    assert_eq!(acks[0].to().unwrap().tag(), Some("b"));
    let heard = ["progress 180 #0", "progress 183 #1 [early b]", "progress 180 #0", "answered #1 [answer b]"];
    assert_eq!(fork.heard(), heard);
}

#[test]
fn a_repeated_answer_is_acknowledged_again_with_the_same_ack() {
    let mut fork = Fork::new();
    let first = fork.answer(200, "a", Some("answer"));
    let second = fork.answer(200, "a", Some("answer"));
    assert_eq!(first[0].as_bytes(), second[0].as_bytes());
    assert_eq!(fork.heard(), ["answered #0 [answer]"]);
}

#[test]
fn a_second_answer_is_acknowledged_and_released() {
    let mut fork = Fork::new();
    fork.answer(200, "a", Some("answer"));
    let sent = fork.answer(200, "b", Some("answer"));
    assert_eq!(methods(&sent), ["ACK", "BYE"]);
    assert!(sent.iter().all(|message| message.to().unwrap().tag() == Some("b")));
    assert!(sent[1].cseq().unwrap().number > sent[0].cseq().unwrap().number);
    let again = fork.answer(200, "b", Some("answer"));
    assert_eq!(methods(&again), ["ACK"], "one BYE is enough");
    assert_eq!(fork.heard(), ["answered #0 [answer]"]);
}

#[test]
fn an_answer_after_the_leg_is_gone_is_acknowledged_and_released() {
    let mut fork = Fork::new();
    fork.answer(200, "a", Some("answer"));
    let leg = fork.leg;
    fork.pair.command(S, Command::Release { leg, reason: Cause::NORMAL.into() });
    let bye = fork.sent().remove(0);
    let bytes = Builder::response(&bye, 200, "").build();
    fork.pair.input(S, Input::Received { link: UDP, remote: CARRIER.parse().unwrap(), bytes });
    assert_eq!(fork.pair.inspect(S).legs + fork.pair.inspect(S).closing, 0);
    let sent = fork.answer(200, "late", Some("answer"));
    assert_eq!(methods(&sent), ["ACK", "BYE"]);
    assert_eq!(fork.heard(), ["answered #0 [answer]", "ended Us"]);
}

#[test]
fn early_dialogs_beyond_the_limit_are_ignored() {
    let mut fork = Fork::new();
    for n in 0..terms::limits::EARLY_DIALOGS + 5 {
        fork.answer(180, &format!("tag{n}"), None);
    }
    assert_eq!(fork.heard().len(), terms::limits::EARLY_DIALOGS);
    let mut answered = 0;
    for n in 0..terms::limits::EARLY_DIALOGS + 5 {
        answered += fork.answer(200, &format!("other{n}"), Some("answer")).len();
    }
    assert!(answered <= 2 * terms::limits::EARLY_DIALOGS, "{answered} messages");
}

#[test]
fn a_challenge_is_answered_once_and_the_ack_repeats_the_credentials() {
    let mut fork = Fork::new();
    let mut config = switch_config(Some(CARRIER.parse().unwrap()));
    config.trunks[0].credentials = Some(Credentials { user: "us".into(), password: "pw".into() });
    fork.pair.input(S, Input::Reconfigure(Box::new(config)));
    fork.leg = fork.pair.dial(S);
    fork.invite = fork.pair.outside.pop().unwrap().1;
    let challenge = |fork: &mut Fork, nonce: &str| {
        let value = format!("Digest realm=\"carrier\", nonce=\"{nonce}\", qop=\"auth\", algorithm=MD5");
        let builder = Builder::response(&fork.invite, 407, "").to_tag("x").header(Name::ProxyAuthenticate, value);
        let bytes = builder.build();
        fork.pair.input(S, Input::Received { link: UDP, remote: CARRIER.parse().unwrap(), bytes });
        fork.sent()
    };
    let sent = challenge(&mut fork, "one");
    assert_eq!(methods(&sent), ["ACK", "INVITE"]);
    let (old, new) = (&fork.invite, &sent[1]);
    assert!(new.has(Name::ProxyAuthorization));
    assert_eq!(new.call_id(), old.call_id());
    assert_eq!(new.from().unwrap().tag(), old.from().unwrap().tag());
    assert_eq!(new.cseq().unwrap().number, old.cseq().unwrap().number + 1);
    assert_ne!(new.top_via().unwrap().branch, old.top_via().unwrap().branch);
    fork.invite = new.clone();
    let acks = fork.answer(200, "a", Some("answer"));
    assert_eq!(acks[0].header(Name::ProxyAuthorization), fork.invite.header(Name::ProxyAuthorization));
    assert_eq!(acks[0].cseq().unwrap().number, fork.invite.cseq().unwrap().number);
}

#[test]
fn a_password_that_is_wrong_is_not_tried_for_ever() {
    let mut fork = Fork::new();
    let mut config = switch_config(Some(CARRIER.parse().unwrap()));
    config.trunks[0].credentials = Some(Credentials { user: "us".into(), password: "wrong".into() });
    fork.pair.input(S, Input::Reconfigure(Box::new(config)));
    fork.pair.command(S, Command::Release { leg: fork.leg, reason: Cause::NORMAL.into() });
    fork.sent();
    fork.heard();
    fork.leg = fork.pair.dial(S);
    fork.invite = fork.pair.outside.pop().unwrap().1;
    let mut tries = 0;
    for n in 0..10 {
        let value = format!("Digest realm=\"carrier\", nonce=\"{n}\", qop=\"auth\"");
        let bytes = Builder::response(&fork.invite, 407, "").to_tag("x").header(Name::ProxyAuthenticate, value).build();
        fork.pair.input(S, Input::Received { link: UDP, remote: CARRIER.parse().unwrap(), bytes });
        if let Some(invite) = fork.sent().into_iter().find(|m| m.method().is_some_and(|m| m.as_str() == "INVITE")) {
            fork.invite = invite;
            tries += 1;
        }
    }
    assert_eq!(tries, 2);
    assert_eq!(fork.heard(), ["refused 407"]);
}

#[test]
fn a_response_with_two_vias_or_a_foreign_branch_goes_nowhere() {
    let mut fork = Fork::new();
    let good = Builder::response(&fork.invite, 200, "").to_tag("a").build();
    let text = String::from_utf8(good.to_vec()).unwrap();
    let two = text.replacen("Via:", "Via: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKx\r\nVia:", 1);
    let foreign = text.replacen("z9hG4bK", "z9hG4bKx", 1);
    for text in [two, foreign] {
        let remote = CARRIER.parse().unwrap();
        fork.pair.input(S, Input::Received { link: UDP, remote, bytes: Bytes::from(text) });
    }
    assert!(fork.sent().is_empty() && fork.heard().is_empty());
    assert_eq!(fork.pair.inspect(S).stray_responses, 2);
}

#[test]
fn redirection_is_a_refusal_and_its_ack_is_sent() {
    let mut fork = Fork::new();
    let sent = fork.answer(302, "a", None);
    assert_eq!(methods(&sent), ["ACK"]);
    assert_eq!(sent[0].top_via().unwrap().branch, fork.invite.top_via().unwrap().branch);
    assert_eq!(sent[0].uri_raw(), fork.invite.uri_raw());
    let again = fork.answer(302, "a", None);
    assert_eq!(methods(&again), ["ACK"], "the ACK was lost");
    assert_eq!(fork.heard(), ["refused 302"]);
    fork.pair.advance(Duration::from_secs(40));
    assert_eq!(fork.pair.inspect(S).client_transactions, 0);
}

#[test]
fn requests_in_a_dialog_follow_the_record_route() {
    let mut fork = Fork::new();
    let builder = Builder::response(&fork.invite, 200, "").to_tag("a");
    let builder = builder.header(Name::RecordRoute, "<sip:192.0.2.80:5080;lr>, <sip:192.0.2.81;lr>");
    let bytes = builder.header(Name::Contact, "<sip:them@10.0.0.1>").build();
    fork.pair.input(S, Input::Received { link: UDP, remote: CARRIER.parse().unwrap(), bytes });
    let (to, ack) = fork.pair.outside.pop().unwrap();
    assert_eq!(to, "192.0.2.81:5060".parse().unwrap());
    assert_eq!(ack.uri_raw(), "sip:them@10.0.0.1");
    let routes: Vec<String> = ack.routes().map(|route| route.unwrap().uri_raw().to_owned()).collect();
    assert_eq!(routes, ["sip:192.0.2.81;lr", "sip:192.0.2.80:5080;lr"]);
}

#[test]
fn a_flaw_in_a_field_that_a_response_does_not_need_costs_nothing() {
    let flaws = [
        "Contact: <sip:>;q=\n",
        "Contact: \"unbalanced <sip:a@b>\n",
        "Record-Route: nonsense\n",
        "no colon here\n",
        "Max-Forwards: 999\n",
        "Call-ID: another\n",
        "Expires: 1\nExpires: 2\n",
        "Retry-After: tomorrow\n",
        "Reason: ;;\n",
        "Content-Length: many\n",
    ];
    for flaw in flaws {
        for status in [180, 200, 302, 486] {
            let mut fork = Fork::new();
            let good = Builder::response(&fork.invite, status, "").to_tag("a").build();
            let text = String::from_utf8(good.to_vec()).unwrap();
            let flawed = text.replacen("Content-Length", &format!("{}Content-Length", flaw.replace('\n', "\r\n")), 1);
            let remote = CARRIER.parse().unwrap();
            fork.pair.input(S, Input::Received { link: UDP, remote, bytes: Bytes::from(flawed) });
            let heard = match status {
                180 => "progress 180 #0".to_owned(),
                200 => "answered #0".to_owned(),
                status => format!("refused {status}"),
            };
            assert_eq!(fork.heard(), [heard], "{status} with {flaw}");
            assert_eq!(methods(&fork.sent()), if status == 180 { vec![] } else { vec!["ACK"] }, "{status} {flaw}");
            assert_eq!(fork.pair.inspect(S).stray_responses, 0);
        }
    }
}

#[test]
fn what_is_ours_in_a_dialog_is_not_taken_from_a_response() {
    let mut fork = Fork::new();
    let good = Builder::response(&fork.invite, 200, "").to_tag("a").build();
    let text = String::from_utf8(good.to_vec()).unwrap();
    let line = |name| text.lines().find(|line| line.starts_with(name)).unwrap().to_owned();
    let flawed = text.replacen(&line("From:"), "From: \"broken <sip:nobody", 1).replacen(&line("To:"), "To: <", 1);
    let bytes = Bytes::from(flawed);
    fork.pair.input(S, Input::Received { link: UDP, remote: CARRIER.parse().unwrap(), bytes });
    assert_eq!(fork.heard(), ["answered #0"], "whoever answers is owed an ACK");
    let sent = fork.sent();
    assert_eq!(methods(&sent), ["ACK"]);
    assert_eq!(sent[0].from().unwrap().tag(), fork.invite.from().unwrap().tag());
    assert_eq!(sent[0].from().unwrap().uri_raw(), fork.invite.from().unwrap().uri_raw());
}

/// A response of one fork, which comes by a proxy of its own.
fn by_way_of(fork: &mut Fork, status: u16, tag: &str, proxy: &str) -> Vec<(std::net::SocketAddr, Message)> {
    let builder = Builder::response(&fork.invite, status, "").to_tag(tag);
    let builder = builder.header(Name::RecordRoute, format_args!("<sip:{proxy};lr>"));
    let bytes = builder.header(Name::Contact, format_args!("<sip:{tag}@10.0.0.1>")).build();
    fork.pair.input(S, Input::Received { link: UDP, remote: CARRIER.parse().unwrap(), bytes });
    std::mem::take(&mut fork.pair.outside)
}

#[test]
fn each_fork_has_a_route_set_and_numbers_of_its_own() {
    let mut fork = Fork::new();
    by_way_of(&mut fork, 180, "a", "192.0.2.81");
    by_way_of(&mut fork, 180, "b", "192.0.2.82");
    let (a, b) = ("192.0.2.81:5060".parse().unwrap(), "192.0.2.82:5060".parse().unwrap());
    let acks = by_way_of(&mut fork, 200, "b", "192.0.2.82");
    assert_eq!((acks.len(), acks[0].0), (1, b));
    let other = by_way_of(&mut fork, 200, "a", "192.0.2.81");
    assert_eq!(other.iter().map(|(to, _)| *to).collect::<Vec<_>>(), [a, a], "ACK and BYE, by its own proxy");
    assert_eq!(other[1].1.uri_raw(), "sip:a@10.0.0.1");
    fork.pair.command(S, Command::Release { leg: fork.leg, reason: Cause::NORMAL.into() });
    let (to, bye) = fork.pair.outside.pop().unwrap();
    assert_eq!((to, bye.uri_raw(), bye.to().unwrap().tag()), (b, "sip:b@10.0.0.1", Some("b")));
}

#[test]
fn a_2xx_says_anew_which_way_its_dialog_takes() {
    let mut fork = Fork::new();
    by_way_of(&mut fork, 180, "a", "192.0.2.81");
    let acks = by_way_of(&mut fork, 200, "a", "192.0.2.89");
    assert_eq!(acks[0].0, "192.0.2.89:5060".parse().unwrap());
}

#[test]
fn an_early_dialog_that_ends_is_told_and_the_others_ring_on() {
    let mut fork = Fork::new();
    fork.answer(180, "a", None);
    fork.answer(180, "b", None);
    fork.answer(199, "a", None);
    let (from, call_id) = (fork.invite.from().unwrap().tag().unwrap().to_owned(), fork.invite.call_id().to_owned());
    let bye = format!(
        "BYE sip:100@192.0.2.1 SIP/2.0\nVia: SIP/2.0/UDP {CARRIER};branch=z9hG4bKbye\nMax-Forwards: 70\n\
         From: <sip:x@y>;tag=a\nTo: <sip:100@192.0.2.1>;tag={from}\nCall-ID: {call_id}\nCSeq: 1 BYE\n\n"
    );
    fork.pair.inject(CARRIER, &bye);
    assert_eq!(methods(&fork.sent()), ["response"], "no CANCEL");
    fork.answer(200, "b", Some("answer"));
    let heard = ["progress 180 #0", "progress 180 #1", "progress 199 #0", "progress 199 #0", "answered #1 [answer]"];
    assert_eq!(fork.heard(), heard);
    fork.pair.inject(CARRIER, &bye.replace("CSeq: 1", "CSeq: 2").replace("Kbye", "Kbye2"));
    assert_eq!(fork.sent()[0].status(), Some(481), "of the losers none is left");
}
