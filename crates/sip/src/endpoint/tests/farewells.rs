//! A process dies with calls up: the next one says BYE in every dialog that it left.

use super::pair::*;
use crate::face::*;
use std::time::Duration;
use terms::{Cause, PhoneId, limits};

#[test]
fn both_legs_of_a_call_that_died_with_its_process_get_bye() {
    for from in [U, S] {
        let mut pair = Pair::with_carrier();
        pair.call(from);
        assert_eq!(pair.ends[S].kept.len(), 1, "a confirmed dialog is kept");
        pair.heard(U);
        pair.crash(S);
        pair.say_farewell(S);
        pair.settle();
        assert_eq!(pair.heard(U), ["ended Peer"]);
        assert!(pair.heard(S).is_empty(), "call control knows nothing of it");
        assert_eq!(pair.ends[S].parted, [0], "its row may go");
        pair.assert_quiescent();
    }
}

#[test]
fn the_goodbye_counts_above_every_request_that_went_before() {
    let mut pair = Pair::with_carrier();
    let (leg, other) = pair.call(S);
    for _ in 0..3 {
        pair.command(S, Command::Offer { leg, body: Some(Body::sdp("again")) });
        pair.settle();
        pair.command(U, Command::AnswerOffer { leg: other, body: Some(Body::sdp("yes")) });
        pair.settle();
    }
    pair.heard(U);
    pair.crash(S);
    pair.say_farewell(S);
    pair.settle();
    assert_eq!(pair.heard(U), ["ended Peer"], "a lower CSeq would have been refused with 500");
    pair.assert_quiescent();
}

#[test]
fn a_dialog_that_ended_is_not_kept() {
    for by in [S, U] {
        let mut pair = Pair::with_carrier();
        let (caller, called) = pair.call(S);
        let leg = if by == S { caller } else { called };
        pair.command(by, Command::Release { leg, reason: Cause::NORMAL.into() });
        pair.settle();
        assert!(pair.ends[S].kept.is_empty(), "{:?}", pair.ends[S].kept);
    }
    let mut refused = Pair::with_carrier();
    refused.dial(U);
    refused.settle();
    let leg = refused.arrived(S);
    refused.command(S, Command::Refuse { leg, status: 486, cause: None, retry_after: None });
    refused.settle();
    assert!(refused.ends[S].kept.is_empty() && refused.ends[U].kept.is_empty());
}

#[test]
fn a_lost_goodbye_is_repeated_and_a_vain_one_given_up_quietly() {
    let mut pair = Pair::with_carrier();
    pair.call(U);
    pair.heard(U);
    pair.crash(S);
    pair.faults.insert(pair.sent, Fault::Lose);
    pair.say_farewell(S);
    pair.advance(Duration::from_secs(2));
    assert_eq!(pair.heard(U), ["ended Peer"]);
    pair.assert_quiescent();

    let mut pair = Pair::with_carrier();
    pair.call(U);
    pair.crash(S);
    pair.crash(U);
    for lost in 0..20 {
        pair.faults.insert(pair.sent + lost, Fault::Lose);
    }
    pair.say_farewell(S);
    pair.advance(Duration::from_secs(31));
    assert!(pair.ends[S].parted.is_empty(), "timer F is 32 s");
    pair.advance(Duration::from_secs(2));
    assert_eq!(pair.ends[S].parted, [0]);
    pair.assert_quiescent();
}

#[test]
fn a_bye_that_crosses_the_goodbye_is_answered() {
    let mut pair = Pair::with_carrier();
    let (leg, _) = pair.call(U);
    pair.crash(S);
    pair.say_farewell(S);
    pair.advance(Duration::from_millis(11));
    pair.command(U, Command::Release { leg, reason: Cause::NORMAL.into() });
    pair.settle();
    assert_eq!(pair.ladder.iter().filter(|line| line.ends_with("200 OK BYE")).count(), 2, "{:#?}", pair.ladder);
    pair.assert_quiescent();
}

fn kept_dialog(pair: &Pair) -> KeptDialog {
    match pair.ends[S].kept.values().next() {
        Some(Owed::Bye(dialog)) => dialog.clone(),
        other => panic!("no dialog is kept, but {other:?}"),
    }
}

#[test]
fn a_moved_target_is_where_the_goodbye_goes() {
    let mut pair = Pair::with_carrier();
    pair.call(U);
    let KeptDialog { call_id, local_tag, remote_tag, .. } = kept_dialog(&pair);
    pair.inject(
        "192.0.2.2:5060",
        &format!(
            "INVITE sip:switch@192.0.2.1 SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.2:5060;branch=z9hG4bKmoved\n\
             Max-Forwards: 70\nFrom: <sip:100@x>;tag={remote_tag}\nTo: <sip:+4420@x>;tag={local_tag}\n\
             Call-ID: {call_id}\nCSeq: 900000 INVITE\nContact: <sip:moved@192.0.2.2:5070>\nContent-Length: 0\n\n"
        ),
    );
    assert_eq!(kept_dialog(&pair).target.reveal(), "sip:moved@192.0.2.2:5070");
    pair.crash(S);
    pair.say_farewell(S);
    pair.settle();
    let (remote, bye) = pair.outside.last().expect("a BYE to the new place");
    assert_eq!((remote.port(), bye.uri_raw()), (5_070, "sip:moved@192.0.2.2:5070"));
}

/// A phone over TCP in a call that the switch placed; then the switch dies.
fn crashed_under_a_stream() -> Pair {
    let mut pair = Pair::with_phone(Transport::Tcp);
    pair.command(U, Command::Register { account: 1 });
    pair.settle();
    pair.dial_to(S, Target::Phone(PhoneId::of("alice")), Some(Body::sdp("offer")));
    pair.settle();
    let leg = pair.arrived(U);
    pair.command(U, Command::Answer { leg, body: Some(Body::sdp("answer")) });
    pair.settle();
    pair.heard(U);
    pair.crash(S);
    pair
}

#[test]
fn a_phone_whose_stream_died_is_looked_for_at_its_contact() {
    let mut pair = crashed_under_a_stream();
    pair.say_farewell(S);
    pair.settle();
    assert_eq!(pair.heard(U), ["ended Peer"]);
    assert_eq!(pair.ends[S].parted, [0]);
}

#[test]
fn a_phone_that_cannot_be_reached_gets_its_goodbye_when_it_registers_again() {
    let mut pair = crashed_under_a_stream();
    pair.refuse_streams = true;
    pair.say_farewell(S);
    pair.settle();
    assert!(pair.heard(U).is_empty());
    assert_eq!((pair.inspect(S).farewells, pair.ends[S].parted.len()), (1, 0), "it waits");
    pair.refuse_streams = false;
    pair.command(U, Command::Register { account: 1 });
    pair.settle();
    assert_eq!(pair.heard(U), ["registered 200", "ended Peer"]);
    assert_eq!((pair.inspect(S).farewells, pair.ends[S].parted.as_slice()), (0, [0].as_slice()));
}

#[test]
fn a_goodbye_does_not_wait_for_ever() {
    let mut pair = crashed_under_a_stream();
    pair.refuse_streams = true;
    pair.say_farewell(S);
    pair.advance(limits::FAREWELL - Duration::from_secs(1));
    assert_eq!(pair.ends[S].parted.len(), 0);
    pair.advance(Duration::from_secs(3));
    assert_eq!((pair.inspect(S).farewells, pair.ends[S].parted.as_slice()), (0, [0].as_slice()));
}

#[test]
fn a_second_death_loses_no_goodbye() {
    let mut pair = Pair::with_carrier();
    pair.call(U);
    pair.heard(U);
    pair.crash(S);
    let kept = pair.left.clone();
    pair.say_farewell(S);
    // Its BYE is on its way when it dies again: the row is still there.
    pair.crash(S);
    pair.left = kept;
    pair.say_farewell(S);
    pair.advance(Duration::from_secs(40));
    assert_eq!(pair.heard(U), ["ended Peer"]);
    assert_eq!(pair.ends[S].parted, [0]);
    pair.assert_quiescent();
}

/// A dead process's dialog with a carrier elsewhere, which wants a password; its goodbye is on the way.
fn goodbye_elsewhere(password: Option<&str>, seq: u32) -> Pair {
    let mut pair = Pair::with_carrier();
    pair.call(S);
    let mut dialog = kept_dialog(&pair);
    pair.crash(S);
    let elsewhere: std::net::SocketAddr = "192.0.2.9:5060".parse().unwrap();
    (dialog.seq, dialog.to, dialog.target) = (seq, elsewhere, format!("sip:gone@{elsewhere}").as_str().into());
    let mut config = switch_config(Some(elsewhere));
    config.trunks[0].credentials =
        password.map(|password| Credentials { user: "us".into(), password: password.into() });
    pair.input(S, Input::Reconfigure(Box::new(config)));
    pair.left = vec![Owed::Bye(dialog)];
    pair.say_farewell(S);
    pair.advance(Duration::from_millis(50));
    pair
}

/// The carrier's response to the last message that it was sent.
fn respond(pair: &mut Pair, status: &str, more: &str) {
    let (_, request) = pair.outside.last().expect("a request");
    let text = String::from_utf8_lossy(request.as_bytes()).replace("\r\n", "\n");
    let kept = |line: &&str| ["Via", "From", "To", "Call-ID", "CSeq"].iter().any(|name| line.starts_with(name));
    let head: Vec<&str> = text.lines().filter(kept).collect();
    pair.inject("192.0.2.9:5060", &format!("SIP/2.0 {status}\n{}\n{more}Content-Length: 0\n\n", head.join("\n")));
    pair.advance(Duration::from_millis(50));
}

fn last_request(pair: &Pair) -> (u32, String, String) {
    let (_, request) = pair.outside.last().expect("a request");
    let branch = request.top_via().unwrap().branch.unwrap().to_owned();
    (request.cseq().unwrap().number, branch, String::from_utf8_lossy(request.as_bytes()).into_owned())
}

#[test]
fn a_goodbye_that_a_carrier_challenges_is_said_again_with_the_password() {
    let challenges = [
        ("401 Unauthorized", "WWW-Authenticate", "Authorization: Digest "),
        ("407 Proxy Authentication Required", "Proxy-Authenticate", "Proxy-Authorization: Digest "),
    ];
    for (status, asks, says) in challenges {
        let mut pair = goodbye_elsewhere(Some("pw"), 7);
        let (first, branch, text) = last_request(&pair);
        assert!(text.starts_with("BYE ") && !text.contains(says), "{text}");
        respond(&mut pair, status, &format!("{asks}: Digest realm=\"carrier\", nonce=\"n1\", algorithm=MD5\n"));
        let (second, other, text) = last_request(&pair);
        assert!(text.starts_with("BYE ") && text.contains(says) && text.contains("username=\"us\""), "{text}");
        assert!(second > first && other != branch, "RFC 3261 22.2: a new request");
        assert!(pair.ends[S].parted.is_empty(), "not before it was taken");
        respond(&mut pair, "200 OK", "");
        assert_eq!(pair.ends[S].parted, [0]);
    }
}

#[test]
fn a_goodbye_is_not_said_for_ever_to_a_carrier_that_takes_no_password() {
    let challenge = |nonce: u32| format!("WWW-Authenticate: Digest realm=\"carrier\", nonce=\"n{nonce}\"\n");
    // We have none, or a wrong one and are asked again and again.
    for password in [None, Some("wrong")] {
        let mut pair = goodbye_elsewhere(password, 7);
        for nonce in 0..5 {
            respond(&mut pair, "401 Unauthorized", &challenge(nonce));
        }
        let byes = pair.outside.iter().filter(|(_, message)| message.as_bytes().starts_with(b"BYE ")).count();
        assert_eq!(byes, if password.is_some() { 3 } else { 1 });
        assert_eq!(pair.ends[S].parted, [0]);
    }
}

#[test]
fn the_goodbye_of_a_dialog_with_high_numbers_counts_above_them() {
    for seq in [0x7fff_ffff - (1 << 20), 0x7fff_ffff - (1 << 20) + 1, 0x7fff_ffff - 100, 0x7fff_fffe] {
        let (number, _, text) = last_request(&goodbye_elsewhere(None, seq));
        assert!(number > seq && number <= 0x7fff_ffff, "RFC 3261 8.1.1.5: {number} after {seq}\n{text}");
    }
}
