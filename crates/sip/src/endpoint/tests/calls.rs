//! Calls that go as they should.

use super::pair::*;
use crate::face::*;
use std::time::Duration;
use terms::{Cause, PhoneId};

#[test]
fn a_carrier_calls_is_answered_and_hangs_up() {
    let mut pair = Pair::with_carrier();
    let (caller, called) = {
        let caller = pair.dial(U);
        pair.settle();
        let called = pair.arrived(S);
        pair.command(S, Command::Progress { leg: called, status: 180, body: None });
        pair.settle();
        pair.command(S, Command::Answer { leg: called, body: Some(Body::sdp("answer")) });
        pair.settle();
        (caller, called)
    };
    assert_eq!(pair.heard(S), ["invited [offer]", "established"]);
    assert_eq!(pair.heard(U), ["progress 180 #0", "answered #0 [answer]"]);
    pair.command(U, Command::Release { leg: caller, reason: Cause::NORMAL.into() });
    pair.settle();
    assert_eq!(pair.heard(U), ["ended Us"]);
    assert_eq!(pair.heard(S), ["ended Peer"]);
    let _ = called;
    assert_eq!(
        pair.ladder,
        [
            "-> INVITE",
            "<- 100 Trying INVITE",
            "<- 180 Ringing INVITE",
            "<- 200 OK INVITE",
            "-> ACK",
            "-> BYE",
            "<- 200 OK BYE"
        ]
    );
    pair.assert_quiescent();
}

#[test]
fn the_switch_calls_a_carrier_and_hangs_up() {
    let mut pair = Pair::with_carrier();
    let (caller, _) = pair.call(S);
    assert_eq!(pair.heard(S), ["answered #0 [answer]"]);
    pair.command(S, Command::Release { leg: caller, reason: Cause::NORMAL.into() });
    pair.settle();
    assert_eq!(pair.heard(U), ["invited [offer]", "established", "ended Peer"]);
    pair.assert_quiescent();
}

#[test]
fn a_phone_registers_with_digest_calls_and_is_called() {
    for transport in [Transport::Udp, Transport::Tcp] {
        let mut pair = Pair::with_phone(transport);
        pair.command(U, Command::Register { account: 1 });
        pair.settle();
        assert_eq!(pair.heard(U), ["registered 200"]);
        assert_eq!(pair.heard(S), ["reachable true"]);
        assert_eq!(pair.ends[S].bindings.len(), 1);
        let target = Target::Phone(PhoneId::of("alice"));
        let caller = pair.dial_to(S, target, Some(Body::sdp("offer")));
        pair.settle();
        let called = pair.arrived(U);
        pair.command(U, Command::Answer { leg: called, body: Some(Body::sdp("answer")) });
        pair.settle();
        assert_eq!(pair.heard(S), ["answered #0 [answer]"]);
        pair.command(U, Command::Release { leg: called, reason: Cause::NORMAL.into() });
        pair.settle();
        assert_eq!(pair.heard(S), ["ended Peer"]);
        let _ = caller;
        pair.call(U);
        let (leg, arrival) = pair.arrival(S);
        assert_eq!(arrival.source, Source::Phone(PhoneId::of("alice")));
        assert_eq!(arrival.caller.reveal(), "alice", "whatever From claims");
        assert_eq!(arrival.called.reveal(), "+4420");
        pair.command(S, Command::Release { leg, reason: Cause::NORMAL.into() });
        pair.settle();
        pair.command(U, Command::Unregister { account: 1 });
        pair.settle();
        assert_eq!(pair.inspect(S).bindings, 0);
        assert_eq!(pair.inspect(S).reachable, 0);
        pair.assert_quiescent();
    }
}

#[test]
fn a_phone_behind_a_carriers_address_is_asked_for_its_password() {
    let mut pair = Pair::with_carrier();
    pair.call(U);
    assert_eq!(pair.arrival(S).1.source, Source::Trunk(TRUNK));
    pair.command(U, Command::Register { account: 1 });
    pair.settle();
    assert_eq!(pair.heard(U).last().unwrap(), "registered 200");
    pair.call(U);
    assert_eq!(pair.arrival(S).1.source, Source::Phone(PhoneId::of("alice")));
}

#[test]
fn what_a_carrier_says_of_the_caller_and_the_number_arrives() {
    let mut pair = Pair::with_carrier();
    let text = "INVITE sip:%2B4420;npdi@switch.example SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.2:5090;branch=z9hG4bKa\n\
                Max-Forwards: 9\nFrom: \"Anonymous\" <sip:anonymous@anonymous.invalid>;tag=1\n\
                To: <sip:+4420@switch.example>\nCall-ID: the-call\nCSeq: 1 INVITE\nContact: <sip:c@192.0.2.2:5090>\n\
                P-Asserted-Identity: \"Ann \\\"A\\\"\" <sip:+4411@carrier>, <tel:+4411>\n\n";
    pair.inject("192.0.2.2:5090", text);
    let (_, arrival) = pair.arrival(S);
    assert_eq!(arrival.caller.reveal(), "+4411");
    assert_eq!(arrival.caller_name.unwrap().reveal(), "Ann \"A\"");
    assert_eq!(arrival.called.reveal(), "+4420");
    assert_eq!((arrival.call_id.as_str(), arrival.max_forwards), ("the-call", 9));
    assert_eq!(arrival.remote, "192.0.2.2:5090".parse().unwrap());
    assert!(arrival.body.is_none());
    pair.inject(
        "192.0.2.2:5090",
        &text.replace("Max-Forwards: 9\n", "").replace("the-call", "two").replace("Ka", "Kb"),
    );
    assert_eq!(pair.arrival(S).1.max_forwards, 70, "RFC 3261 16.6: as if it had just begun");
}

#[test]
fn an_info_that_is_not_understood_is_refused_and_says_what_would_be() {
    let mut pair = Pair::with_carrier();
    let (caller, _) = pair.call(U);
    pair.heard(S);
    for (kind, status) in [
        ("application/dtmf-relay", "200 OK"),
        ("Application/DTMF ;charset=utf-8", "200 OK"),
        ("application/media_control+xml", "415 Unsupported Media Type"),
        ("text/plain", "415 Unsupported Media Type"),
        ("application/sdp", "415 Unsupported Media Type"),
    ] {
        pair.ladder.clear();
        let body = Body { content_type: kind.into(), bytes: "5".into() };
        pair.command(U, Command::Info { leg: caller, body });
        pair.settle();
        assert_eq!(pair.ladder, ["-> INFO".to_owned(), format!("<- {status} INFO")], "{kind}");
        assert_eq!(pair.heard(S).len(), usize::from(status == "200 OK"), "{kind}");
    }
}

#[test]
fn keys_by_info_arrive_in_order_whatever_is_lost() {
    for lost in 0..3 {
        let mut pair = Pair::with_carrier();
        let (caller, called) = pair.call(U);
        pair.heard(S);
        pair.heard(U);
        pair.faults.insert(pair.sent + lost, Fault::Lose);
        for key in ["1", "2", "3"] {
            pair.command(U, Command::Info { leg: caller, body: dtmf(key) });
            pair.command(S, Command::Info { leg: called, body: dtmf(key) });
        }
        pair.advance(Duration::from_secs(5));
        for end in [S, U] {
            assert_eq!(pair.heard(end), ["info [1]", "info [2]", "info [3]"], "either way, {lost} is lost");
        }
    }
}

#[test]
fn keys_beyond_the_limit_are_dropped_and_none_outlives_its_call() {
    let mut pair = Pair::with_carrier();
    let (caller, _) = pair.call(U);
    pair.heard(S);
    for _ in 0..terms::limits::INFOS_WAITING + 9 {
        pair.command(U, Command::Info { leg: caller, body: dtmf("1") });
    }
    pair.advance(Duration::from_millis(100));
    pair.command(U, Command::Release { leg: caller, reason: Cause::NORMAL.into() });
    pair.settle();
    let heard = pair.heard(S);
    assert!(heard.len() > 2 && heard.len() < 10 && heard.last().unwrap() == "ended Peer", "{heard:?}");
    pair.assert_quiescent();
}
