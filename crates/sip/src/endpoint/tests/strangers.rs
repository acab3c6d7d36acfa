//! Requests from anybody: answered as the RFCs name, counted, and forgotten.

use super::pair::*;
use crate::face::*;
use crate::message::{Message, Name};
use std::time::Duration;

const STRANGER: &str = "203.0.113.66:5099";

fn request(method: &str, extra: &str) -> String {
    format!(
        "{method} sip:+4420@switch.example SIP/2.0\nVia: SIP/2.0/UDP 203.0.113.66:5099;branch=z9hG4bKs{method}\n\
         Max-Forwards: 70\nFrom: <sip:mallory@switch.example>;tag=m\nTo: <sip:+4420@switch.example>\n\
         Call-ID: stranger\nCSeq: 7 {method}\nContact: <sip:mallory@203.0.113.66:5099>\n{extra}\n"
    )
}

/// What the switch answers to these bytes.
fn answers(pair: &mut Pair, from: &str, text: &str) -> Vec<Message> {
    pair.inject(from, text);
    pair.outside.drain(..).map(|(_, message)| message).collect()
}

fn status(pair: &mut Pair, text: &str) -> Option<u16> {
    answers(pair, STRANGER, text).first().and_then(Message::status)
}

#[test]
fn every_method_of_a_stranger_is_challenged_before_anything_is_remembered() {
    let mut pair = Pair::with_carrier();
    for method in ["INVITE", "OPTIONS", "BYE", "INFO", "MESSAGE", "REFER", "NOTIFY", "UPDATE"] {
        assert_eq!(status(&mut pair, &request(method, "")), Some(407), "{method}");
    }
    for method in ["REGISTER", "SUBSCRIBE", "PUBLISH"] {
        assert_eq!(status(&mut pair, &request(method, "")), Some(401), "{method}");
    }
    assert_eq!(status(&mut pair, &request("CANCEL", "")), Some(481));
    assert_eq!(status(&mut pair, &request("FROBNICATE", "")), Some(501));
    assert_eq!(status(&mut pair, &request("ACK", "")), None);
    let left = pair.inspect(S);
    assert_eq!(left.server_transactions + left.legs, 0);
    assert_eq!(left.refusals["no credentials"], 11);
    assert!(pair.heard(S).is_empty());
}

#[test]
fn a_stranger_learns_neither_what_we_are_nor_gets_much_more_than_he_sent() {
    let mut pair = Pair::with_carrier();
    for (method, most) in [("OPTIONS", 150), ("REGISTER", 150), ("INVITE", 150), ("FROBNICATE", 110), ("BYE", 150)] {
        let asked = request(method, "");
        let sent = asked.len() + asked.lines().count();
        let answer = answers(&mut pair, STRANGER, &asked).remove(0);
        assert!(!answer.has(Name::Server), "{method}");
        let percent = answer.as_bytes().len() * 100 / sent;
        assert!(percent <= most, "{method}: {percent} % of {sent}");
    }
    let known = answers(&mut pair, "192.0.2.2:5090", &carrier("OPTIONS", "", "")).remove(0);
    assert_eq!((known.status(), known.has(Name::Server)), (Some(200), true), "a carrier may know");
}

#[test]
fn who_asks_in_few_bytes_is_offered_the_one_hash_that_every_phone_knows() {
    let mut pair = Pair::with_carrier();
    let long = format!("User-Agent: {}\n", "x".repeat(160));
    let mut offered = |method: &str, extra: &str| {
        let challenge = answers(&mut pair, STRANGER, &request(method, extra)).remove(0);
        let name = if method == "REGISTER" { Name::WwwAuthenticate } else { Name::ProxyAuthenticate };
        let values: Vec<String> = challenge.headers(name).map(|value| value.into_owned()).collect();
        values.iter().map(|value| if value.contains("algorithm=SHA-256") { 256 } else { 5 }).collect::<Vec<_>>()
    };
    for method in ["INVITE", "REGISTER", "OPTIONS", "BYE"] {
        assert_eq!(offered(method, ""), [5], "{method}");
        assert_eq!(offered(method, &long), [256, 5], "{method}");
    }
    let mut config = switch_config(None);
    config.digests = vec![crate::digest::Algorithm::Sha256];
    let mut pair = Pair::with_carrier();
    pair.input(S, Input::Reconfigure(Box::new(config)));
    let only = answers(&mut pair, STRANGER, &request("INVITE", "")).remove(0);
    assert!(only.header(Name::ProxyAuthenticate).is_some_and(|value| value.contains("algorithm=SHA-256")));
}

/// What alice is answered who asks this of us.
fn proven(pair: &mut Pair, method: &str, uri: &str) -> Option<u16> {
    let text = request(method, "").replacen("sip:+4420@switch.example", uri, 1);
    let challenge = answers(pair, STRANGER, &text).remove(0);
    let mut answerer = crate::digest::Answerer::new("alice", "secret", 1);
    answerer.take(&challenge);
    let fields = answerer.authorize(&crate::message::Method::of(method), uri);
    let credentials = format!("{}: {}\nCSeq", fields[0].0, fields[0].1);
    let branch = format!("z9hG4bKp{}", pair.inspect(S).received.values().sum::<u64>());
    let text = text.replacen("CSeq", &credentials, 1).replace(&format!("z9hG4bKs{method}"), &branch);
    answers(pair, STRANGER, &text.replace("Call-ID: stranger", &format!("Call-ID: {branch}")))[0].status()
}

#[test]
fn a_phone_finds_nobody_at_somebody_elses_domain() {
    let mut pair = Pair::with_phone(Transport::Udp);
    let mut config = switch_config(None);
    config.hosts = vec!["pbx.office.lan".into(), "192.0.2.9".into()];
    config.advertise = Some("203.0.113.1".parse().unwrap());
    pair.input(S, Input::Reconfigure(Box::new(config.clone())));
    for (host, found) in [
        ("switch.example", true),
        ("SWITCH.example.:5060", true),
        ("pbx.OFFICE.lan;transport=udp", true),
        ("192.0.2.1", true),
        ("192.0.2.9:5080", true),
        ("203.0.113.1", true),
        ("localhost", true),
        ("elsewhere.example", false),
        ("switch.example.org", false),
        ("198.51.100.77", false),
        ("[2001:db8::1]", false),
    ] {
        for (method, ours) in [("INVITE", 100), ("OPTIONS", 200)] {
            let status = proven(&mut pair, method, &format!("sip:bob@{host}"));
            assert_eq!(status, Some(if found { ours } else { 404 }), "{method} {host}");
        }
    }
    assert_eq!(proven(&mut pair, "OPTIONS", "tel:+4420"), Some(200), "no host, no other one");
    config.hosts = vec!["0.0.0.0".into()];
    pair.input(S, Input::Reconfigure(Box::new(config)));
    assert_eq!(proven(&mut pair, "OPTIONS", "sip:bob@198.51.100.77"), Some(200), "an address like any of ours");
    assert_eq!(proven(&mut pair, "OPTIONS", "sip:bob@[2001:db8::1]"), Some(404));
    assert_eq!(pair.inspect(S).refusals["another's domain"], 9);
}

#[test]
fn a_phone_that_calls_from_another_port_hears_the_end_where_it_listens() {
    for (contact, expected) in [
        ("203.0.113.66:5071", "203.0.113.66:5071"),
        ("10.1.1.1:5071", STRANGER),
        ("192.0.2.77:5071", "192.0.2.77:5071"),
    ] {
        let mut pair = Pair::with_phone(Transport::Udp);
        let invite = |text: &str| text.replace("mallory@203.0.113.66:5099", &format!("mallory@{contact}"));
        let text = invite(&request("INVITE", ""));
        let challenge = answers(&mut pair, STRANGER, &text).remove(0);
        let mut answerer = crate::digest::Answerer::new("alice", "secret", 1);
        answerer.take(&challenge);
        let fields = answerer.authorize(&crate::message::Method::Invite, "sip:+4420@switch.example");
        let proof = format!("{}: {}\nCSeq", fields[0].0, fields[0].1);
        answers(&mut pair, STRANGER, &text.replacen("CSeq", &proof, 1).replace("z9hG4bKs", "z9hG4bKt"));
        let leg = pair.arrived(S);
        pair.command(S, Command::Answer { leg, body: None });
        let (_, answer) = pair.outside.pop().unwrap();
        let tag = answer.to().unwrap().tag().unwrap().to_owned();
        let to = format!("To: <sip:+4420@switch.example>;tag={tag}");
        let ack = text.replace("INVITE", "ACK").replace("To: <sip:+4420@switch.example>", &to);
        // An ACK has no Contact as a rule.
        let ack = ack.lines().filter(|line| !line.starts_with("Contact")).map(|line| format!("{line}\n"));
        pair.inject(STRANGER, &(ack.collect::<String>() + "\n"));
        pair.outside.clear();
        pair.command(S, Command::Release { leg, reason: terms::Cause::NORMAL.into() });
        assert_eq!(pair.outside[0].0, expected.parse().unwrap(), "{contact}");
        assert_eq!(pair.outside[0].1.method(), Some(&crate::message::Method::Bye));
    }
}

#[test]
fn each_success_tells_the_extensions_that_we_know_and_nothing_else_does() {
    let mut pair = Pair::with_carrier();
    // RFC 3261 11.2, 13.3.1.4.
    let told = |message: &Message| (message.status(), message.header(Name::Supported).map(|value| value.into_owned()));
    let known = |status| (Some(status), Some("100rel, 199, norefersub, replaces, timer".to_owned()));
    assert_eq!(
        answers(&mut pair, CARRIER, &carrier("OPTIONS", "", "")).iter().map(told).collect::<Vec<_>>(),
        [known(200)]
    );
    let invite = carrier("INVITE", "", "").replace("Call-ID: stranger", "Call-ID: call");
    assert_eq!(answers(&mut pair, CARRIER, &invite).iter().map(told).collect::<Vec<_>>(), [(Some(100), None)]);
    let leg = pair.arrived(S);
    pair.command(S, Command::Progress { leg, status: 180, body: None });
    assert_eq!(told(&pair.outside.pop().unwrap().1), (Some(180), None));
    pair.command(S, Command::Answer { leg, body: Some(Body::sdp("answer")) });
    let answer = pair.outside.pop().unwrap().1;
    assert_eq!(told(&answer), known(200));
    let tag = answer.to().unwrap().tag().unwrap().to_owned();
    let within = |method: &str, seq: u32| {
        let text = carrier(method, "", "").replace("Call-ID: stranger", "Call-ID: call");
        let text = text.replace(&format!("CSeq: 7 {method}"), &format!("CSeq: {seq} {method}"));
        text.replace("To: <sip:+4420@switch.example>", &format!("To: <sip:+4420@switch.example>;tag={tag}"))
    };
    answers(&mut pair, CARRIER, &within("ACK", 7));
    let again = within("INVITE", 8).replace("z9hG4bKs", "z9hG4bKr");
    answers(&mut pair, CARRIER, &again);
    pair.command(S, Command::AnswerOffer { leg, body: Some(Body::sdp("answer")) });
    assert_eq!(told(&pair.outside.pop().unwrap().1), known(200));
}

#[test]
fn who_asks_about_a_number_is_told_what_would_become_of_a_call() {
    let mut pair = Pair::with_carrier();
    for (number, status) in [200, 404, 480].into_iter().enumerate() {
        pair.outlook = status;
        let text = carrier("OPTIONS", "", "").replace("z9hG4bKs", &format!("z9hG4bKq{number}"));
        let text =
            text.replace("Call-ID: stranger", &format!("Call-ID: {number}")).replace("switch.example", "any.where");
        let answer = answers(&mut pair, CARRIER, &text).remove(0);
        assert_eq!((answer.status(), answer.has(Name::Allow)), (Some(status), true));
    }
    // Nobody is named: it is about us.
    let text = carrier("OPTIONS", "", "").replace("sip:+4420@switch.example SIP", "sip:switch.example SIP");
    assert_eq!(answers(&mut pair, CARRIER, &text)[0].status(), Some(200));
    // A stranger does not learn who is there.
    assert_eq!(status(&mut pair, &request("OPTIONS", "").replace("Call-ID: stranger", "Call-ID: x")), Some(407));
    assert!(pair.heard(S).is_empty(), "no call came of it");
}

#[test]
fn an_unknown_user_and_a_wrong_password_get_the_same_answer() {
    let mut answered = Vec::new();
    for user in ["alice", "nobody"] {
        let mut pair = Pair::with_carrier();
        let challenge = answers(&mut pair, STRANGER, &request("INVITE", "")).remove(0);
        let mut answerer = crate::digest::Answerer::new(user, "guess", 1);
        answerer.take(&challenge);
        let fields = answerer.authorize(&crate::message::Method::Invite, "sip:+4420@switch.example");
        let credentials = format!("{}: {}\n", fields[0].0, fields[0].1);
        let refusal = answers(&mut pair, STRANGER, &request("INVITE", &credentials)).remove(0);
        assert_eq!(refusal.status(), Some(403));
        answered.push(String::from_utf8(refusal.as_bytes().to_vec()).unwrap());
        assert_eq!(pair.inspect(S).refusals["wrong credentials"], 1);
    }
    assert_eq!(answered[0], answered[1]);
}

#[test]
fn a_phone_proves_itself_and_calls_under_its_own_name() {
    let mut pair = Pair::with_carrier();
    let subject = format!("Subject: {}\n", "x".repeat(160));
    let challenge = answers(&mut pair, STRANGER, &request("INVITE", &subject)).remove(0);
    let realms: Vec<_> = challenge.headers(Name::ProxyAuthenticate).collect();
    assert!(realms[0].contains("SHA-256") && realms[1].contains("MD5"), "the better one first: {realms:?}");
    let mut answerer = crate::digest::Answerer::new("alice", "secret", 1);
    answerer.take(&challenge);
    let fields = answerer.authorize(&crate::message::Method::Invite, "sip:+4420@switch.example");
    let text = request("INVITE", &format!("{}: {}\n", fields[0].0, fields[0].1)).replace("CSeq: 7", "CSeq: 8");
    let trying = answers(&mut pair, STRANGER, &text.replace("z9hG4bKs", "z9hG4bKt"));
    assert_eq!(trying[0].status(), Some(100));
    let (_, arrival) = pair.arrival(S);
    assert_eq!(arrival.caller.reveal(), "alice");
    // The same credentials once more, in another transaction: the count was used.
    let replay = text.replace("z9hG4bKs", "z9hG4bKu").replace("Call-ID: stranger", "Call-ID: other");
    assert_eq!(status(&mut pair, &replay), Some(407));
}

#[test]
fn an_extension_that_we_do_not_know_gets_420_and_its_name() {
    let mut pair = Pair::with_carrier();
    let answer = answers(&mut pair, STRANGER, &request("OPTIONS", "Require: nothingSupportsThis\n")).remove(0);
    assert_eq!(answer.status(), Some(420));
    assert_eq!(answer.header(Name::Unsupported).as_deref(), Some("nothingSupportsThis"));
}

/// A request from the carrier, played by hand from another port.
fn carrier(method: &str, extra: &str, body: &str) -> String {
    let length = body.len();
    request(method, extra).replace("203.0.113.66:5099", "192.0.2.2:5090").trim_end_matches('\n').to_owned()
        + &format!("\nContent-Length: {length}\n\n{body}")
}

const CARRIER: &str = "192.0.2.2:5090";

#[test]
fn the_answers_to_what_a_carrier_may_not_send() {
    let mut pair = Pair::with_carrier();
    let cases = [
        (carrier("INVITE", "Content-Type: text/plain", "hello"), 415),
        (carrier("INVITE", "Content-Type: application/sdp\nContent-Encoding: gzip", "v=0"), 415),
        (carrier("INVITE", "Content-Type: multipart/mixed;boundary=b", "--b\r\n\r\nx\r\n--b--"), 415),
        (carrier("INVITE", "", "v=0"), 400),
        (carrier("INVITE", "Accept: text/plain", ""), 406),
        (carrier("INVITE", "", "").replace("INVITE sip:+4420@switch.example", "INVITE http://x"), 416),
        (carrier("INVITE", "", "").replace("sip:+4420@switch.example SIP/2.0", "sip:x@y SIP/3.0"), 505),
        (carrier("INVITE", "", "").replace("CSeq: 7 INVITE", "CSeq: 7 BYE"), 400),
        (carrier("INVITE", "", "").replace("Max-Forwards: 70", "Max-Forwards: 999"), 400),
        (carrier("UPDATE", "", ""), 481),
        (carrier("PRACK", "", ""), 481),
        (carrier("PUBLISH", "", ""), 403),
        (carrier("SUBSCRIBE", "", ""), 403),
        (carrier("MESSAGE", "", ""), 403),
        (carrier("NOTIFY", "", ""), 405),
        (carrier("BYE", "", ""), 481),
        (carrier("BYE", "", "").replace("To: <sip:+4420@switch.example>", "To: <sip:x@y>;tag=none"), 481),
        (carrier("REGISTER", "", ""), 401),
        (carrier("OPTIONS", "", ""), 200),
    ];
    for (number, (text, expected)) in cases.iter().enumerate() {
        let text = text.replace("z9hG4bKs", &format!("z9hG4bKs{number}"));
        let answer = answers(&mut pair, CARRIER, &text).remove(0);
        assert_eq!(answer.status(), Some(*expected), "{text}");
        assert!(answer.to().unwrap().tag().is_some(), "{text}");
        if *expected == 405 {
            assert_eq!(answer.allows(&crate::message::Method::Invite), Some(true));
        }
        if *expected == 415 {
            assert_eq!(answer.header(Name::Accept).as_deref(), Some("application/sdp"));
        }
    }
    assert!(pair.heard(S).is_empty(), "no call came of it");
    pair.assert_quiescent();
}

#[test]
fn a_copy_that_took_another_way_gets_482() {
    let mut pair = Pair::with_carrier();
    let invite = carrier("INVITE", "", "");
    assert_eq!(answers(&mut pair, CARRIER, &invite)[0].status(), Some(100));
    let copy = invite.replace("z9hG4bKs", "z9hG4bKother");
    assert_eq!(answers(&mut pair, CARRIER, &copy)[0].status(), Some(482));
    assert_eq!(pair.heard(S).len(), 1);
}

#[test]
fn a_repeat_is_answered_from_what_was_sent_before() {
    let mut pair = Pair::with_carrier();
    let options = carrier("OPTIONS", "", "");
    let first = answers(&mut pair, CARRIER, &options).remove(0);
    let second = answers(&mut pair, CARRIER, &options).remove(0);
    assert_eq!(first.as_bytes(), second.as_bytes(), "the same bytes, the same tag");
    pair.assert_quiescent();
}

#[test]
fn an_old_invite_without_a_branch_is_matched_by_everything_else() {
    let mut pair = Pair::with_carrier();
    let invite = carrier("INVITE", "", "").replace(";branch=z9hG4bKsINVITE", "");
    assert_eq!(answers(&mut pair, CARRIER, &invite)[0].status(), Some(100));
    assert_eq!(answers(&mut pair, CARRIER, &invite)[0].status(), Some(100));
    let leg = pair.arrived(S);
    assert_eq!(pair.heard(S).len(), 1);
    pair.command(S, Command::Refuse { leg, status: 486, cause: None, retry_after: None });
    let busy = pair.outside.pop().unwrap().1;
    let tag = busy.to().unwrap().tag().unwrap().to_owned();
    let ack = invite
        .replace("INVITE", "ACK")
        .replace("To: <sip:+4420@switch.example>", &format!("To: <sip:+4420@switch.example>;tag={tag}"));
    assert!(answers(&mut pair, CARRIER, &ack).is_empty());
    pair.advance(Duration::from_millis(700));
    assert!(pair.outside.is_empty(), "acknowledged, so not repeated");
    pair.assert_quiescent();
}

#[test]
fn a_response_goes_to_the_port_that_the_request_came_from_when_rport_asks() {
    let mut pair = Pair::with_carrier();
    let text = request("OPTIONS", "").replace("203.0.113.66:5099;", "10.1.1.1:5060;rport;");
    pair.inject("203.0.113.66:1024", &text);
    let (to, answer) = pair.outside.pop().unwrap();
    assert_eq!(to, "203.0.113.66:1024".parse().unwrap());
    let via = answer.header(Name::Via).unwrap().into_owned();
    assert!(via.contains("received=203.0.113.66") && via.contains("rport=1024"), "{via}");
    pair.inject("203.0.113.66:1024", &request("OPTIONS", "").replace("203.0.113.66:5099;", "10.1.1.1:5062;"));
    assert_eq!(pair.outside.pop().unwrap().0, "203.0.113.66:5062".parse().unwrap(), "RFC 3261 18.2.2");
}

#[test]
fn garbage_is_counted_and_never_answered() {
    let mut pair = Pair::with_carrier();
    for bytes in ["", "\n\n", "\0", "hello", "INVITE", "INVITE sip:x SIP/2.0\n\n", "SIP/2.0 200 OK\n\n"] {
        assert!(answers(&mut pair, STRANGER, bytes).is_empty(), "{bytes:?}");
    }
    assert!(pair.inspect(S).garbage + pair.inspect(S).stray_responses > 0);
    assert_eq!(pair.inspect(S).server_transactions, 0);
}

#[test]
fn a_draining_switch_refuses_new_calls_and_keeps_the_old_ones() {
    let mut pair = Pair::with_carrier();
    let (caller, _) = pair.call(U);
    pair.command(S, Command::Drain(true));
    let answer = answers(&mut pair, CARRIER, &carrier("INVITE", "", "")).remove(0);
    assert_eq!(answer.status(), Some(503));
    assert!(answer.retry_after().is_some());
    pair.command(U, Command::Info { leg: caller, body: dtmf("still here") });
    pair.settle();
    assert_eq!(pair.heard(S).last().unwrap(), "info [still here]");
    pair.command(S, Command::Drain(false));
    let invite = carrier("INVITE", "", "").replace("z9hG4bKs", "z9hG4bKv");
    assert_eq!(answers(&mut pair, CARRIER, &invite)[0].status(), Some(100));
}

#[test]
fn a_request_with_a_cseq_from_the_past_gets_500() {
    let mut pair = Pair::with_carrier();
    let invite = carrier("INVITE", "", "");
    answers(&mut pair, CARRIER, &invite);
    let leg = pair.arrived(S);
    pair.command(S, Command::Answer { leg, body: Some(Body::sdp("x")) });
    let ok = pair.outside.pop().unwrap().1;
    let tag = ok.to().unwrap().tag().unwrap().to_owned();
    let inside = |method: &str, seq: u32, tag: &str| {
        carrier(method, "", "")
            .replace("To: <sip:+4420@switch.example>", &format!("To: <sip:+4420@switch.example>;tag={tag}"))
            .replace("CSeq: 7", &format!("CSeq: {seq}"))
            .replace("z9hG4bKs", &format!("z9hG4bKin{seq}"))
    };
    assert!(answers(&mut pair, CARRIER, &inside("ACK", 7, &tag)).is_empty());
    assert_eq!(answers(&mut pair, CARRIER, &inside("OPTIONS", 9, &tag))[0].status(), Some(200));
    assert_eq!(answers(&mut pair, CARRIER, &inside("OPTIONS", 8, &tag))[0].status(), Some(500));
    assert_eq!(answers(&mut pair, CARRIER, &inside("BYE", 10, "guess"))[0].status(), Some(481));
    // An ACK that belongs to nothing is counted and not answered.
    assert!(answers(&mut pair, CARRIER, &inside("ACK", 7, "guess")).is_empty());
    assert_eq!(pair.inspect(S).stray_acks, 1);
    assert_eq!(answers(&mut pair, CARRIER, &inside("BYE", 11, &tag))[0].status(), Some(200));
    assert_eq!(pair.heard(S), ["invited", "established", "ended Peer"]);
    pair.assert_quiescent();
}
