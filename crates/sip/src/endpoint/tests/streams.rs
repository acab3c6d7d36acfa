//! Streams: pieces of any size, keep-alives, links that break, dawdle, stay silent or cannot be had.

use super::pair::*;
use crate::face::*;
use bytes::Bytes;
use std::time::Duration;
use terms::{Cause, LinkId, PhoneId, limits};

fn registered() -> Pair {
    let mut pair = Pair::with_phone(Transport::Tcp);
    pair.command(U, Command::Register { account: 1 });
    pair.settle();
    assert_eq!(pair.heard(U), ["registered 200"]);
    assert_eq!(pair.heard(S), ["reachable true"]);
    pair
}

#[test]
fn a_call_over_a_stream_works_however_it_is_cut() {
    for piece in [1, 2, 3, 7, 100, usize::MAX] {
        let mut pair = registered();
        pair.piece = piece;
        let target = Target::Phone(PhoneId::of("alice"));
        let leg = pair.dial_to(S, target, Some(Body::sdp("offer")));
        pair.settle();
        let called = pair.arrived(U);
        pair.command(U, Command::Answer { leg: called, body: Some(Body::sdp("answer")) });
        pair.settle();
        assert_eq!(pair.heard(S), ["answered #0 [answer]"]);
        pair.command(S, Command::Release { leg, reason: Cause::NORMAL.into() });
        pair.settle();
        assert_eq!(pair.heard(U), ["invited [offer]", "established", "ended Peer"]);
        assert_eq!(pair.streams(S).len(), 1, "one connection for all of it");
        pair.assert_quiescent();
    }
}

#[test]
fn a_phone_whose_stream_breaks_is_unreachable_until_it_comes_back() {
    let mut pair = registered();
    let link = pair.streams(U)[0];
    pair.hang_up(U, link);
    pair.settle();
    assert_eq!(pair.heard(S), ["reachable false"]);
    assert_eq!(pair.inspect(S).bindings, 1, "kept for the order of its requests");
    pair.dial_to(S, Target::Phone(PhoneId::of("alice")), None);
    pair.settle();
    assert_eq!(pair.heard(S), ["refused 480"]);
    pair.command(U, Command::Register { account: 1 });
    pair.settle();
    assert_eq!(pair.heard(S), ["reachable true"]);
    assert_eq!(pair.inspect(S).bindings, 1, "the old one was replaced");
    pair.assert_quiescent();
}

#[test]
fn an_invite_whose_stream_breaks_fails_with_503() {
    let mut pair = registered();
    pair.dial_to(S, Target::Phone(PhoneId::of("alice")), Some(Body::sdp("offer")));
    pair.settle();
    let link = pair.streams(U)[0];
    pair.hang_up(U, link);
    pair.settle();
    assert!(pair.heard(S).contains(&"refused 503".to_owned()));
    let leg = pair.arrived(U);
    pair.command(U, Command::Answer { leg, body: None });
    pair.settle();
    assert!(pair.inspect(U).unsent > 0, "its response had no link to take");
    pair.command(U, Command::Release { leg, reason: Cause::NORMAL.into() });
    pair.assert_quiescent();
}

#[test]
fn a_stream_that_cannot_be_had_fails_the_call_and_the_registration() {
    let mut pair = Pair::with_phone(Transport::Tcp);
    pair.refuse_streams = true;
    pair.dial(U);
    pair.settle();
    assert_eq!(pair.heard(U), ["refused 503"]);
    pair.command(U, Command::Register { account: 1 });
    pair.settle();
    assert_eq!(pair.heard(U), ["registered 503"]);
    pair.refuse_streams = false;
    pair.advance(Duration::from_secs(41));
    assert_eq!(pair.heard(U), ["registered 200"], "it tries again by itself");
    pair.assert_quiescent();
}

/// Opens a stream of nobody's to the switch.
fn stranger(pair: &mut Pair, number: u64) -> (LinkId, std::net::SocketAddr) {
    let link = LinkId::accepted(50_000 + number);
    let remote: std::net::SocketAddr = format!("203.0.113.5:{}", 10_000 + number).parse().unwrap();
    let local = pair.ends[S].address;
    pair.input(S, Input::LinkOpened { link, transport: Transport::Tcp, local, remote: Some(remote) });
    (link, remote)
}

fn closed(pair: &Pair, link: LinkId) -> bool {
    pair.closed.contains(&(S, link))
}

#[test]
fn a_slow_message_and_a_silent_stream_are_closed() {
    let mut pair = Pair::with_carrier();
    let (slow, remote) = stranger(&mut pair, 1);
    let (silent, _) = stranger(&mut pair, 2);
    // A byte a second keeps nothing alive.
    for byte in "OPTIONS sip:x".bytes() {
        pair.input(S, Input::Received { link: slow, remote, bytes: Bytes::copy_from_slice(&[byte]) });
        pair.advance(Duration::from_secs(1));
    }
    assert!(closed(&pair, slow));
    assert!(!closed(&pair, silent));
    pair.advance(limits::LINK_IDLE);
    assert!(closed(&pair, silent));
    assert_eq!(pair.inspect(S).streams, 0);
    pair.assert_quiescent();
}

#[test]
fn the_stream_of_a_registered_phone_may_be_silent() {
    let mut pair = registered();
    pair.advance(limits::LINK_IDLE * 3);
    assert_eq!(pair.streams(S).len(), 1);
}

#[test]
fn a_stream_that_loses_its_framing_is_closed() {
    let mut pair = Pair::with_carrier();
    let (link, remote) = stranger(&mut pair, 1);
    let bytes = Bytes::from_static(b"OPTIONS sip:x SIP/2.0\r\nContent-Length: nonsense\r\n\r\n");
    pair.input(S, Input::Received { link, remote, bytes });
    pair.settle();
    assert!(closed(&pair, link));
    assert_eq!(pair.inspect(S).garbage, 1);
    pair.assert_quiescent();
}

#[test]
fn what_came_whole_before_framing_is_lost_is_answered() {
    let mut pair = Pair::with_carrier();
    let link = LinkId::accepted(50_000);
    let (remote, local) = ("192.0.2.2:40000".parse().unwrap(), pair.ends[S].address);
    pair.input(S, Input::LinkOpened { link, transport: Transport::Tcp, local, remote: Some(remote) });
    let options = |n| {
        format!(
            "OPTIONS sip:1@x SIP/2.0\r\nVia: SIP/2.0/TCP 192.0.2.2;branch=z9hG4bK{n}\r\nMax-Forwards: 70\r\n\
             From: <sip:c@x>;tag={n}\r\nTo: <sip:1@x>\r\nCall-ID: {n}\r\nCSeq: 1 OPTIONS\r\n\r\n"
        )
    };
    let bytes = Bytes::from(options(1) + &options(2) + "nonsense\r\n\r\n" + &options(3));
    pair.input(S, Input::Received { link, remote, bytes });
    assert!(!closed(&pair, link));
    pair.input(S, Input::Received { link, remote, bytes: options(4).into() });
    pair.settle();
    assert!(closed(&pair, link));
    let answered: Vec<_> = pair.outside.iter().map(|(_, answer)| answer.status()).collect();
    assert_eq!(answered, [Some(200), Some(200)], "and nothing behind it");
}

#[test]
fn a_response_with_a_bad_status_line_costs_its_stream_nothing() {
    let mut pair = registered();
    let (link, remote) = (pair.streams(S)[0], pair.ends[U].address);
    let bytes = Bytes::from_static(b"SIP/2.0 4294967301 better not\r\nContent-Length: 0\r\n\r\n");
    pair.input(S, Input::Received { link, remote, bytes });
    pair.settle();
    assert!(!closed(&pair, link));
    assert_eq!((pair.inspect(S).garbage, pair.inspect(S).reachable), (1, 1));
}

#[test]
fn beyond_the_limit_the_longest_silent_stream_makes_room() {
    let mut pair = Pair::with_carrier();
    let (first, _) = stranger(&mut pair, 0);
    pair.advance(Duration::from_secs(1));
    let taken = u64::try_from(limits::LINKS).unwrap() - 1;
    for number in 1..taken {
        stranger(&mut pair, number);
    }
    assert!(!closed(&pair, first));
    stranger(&mut pair, taken);
    assert!(closed(&pair, first));
}
