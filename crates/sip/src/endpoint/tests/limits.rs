//! At the limits: an answer, a counter, and no more memory.

use super::pair::*;
use crate::face::*;
use crate::message::Message;
use std::time::Duration;
use terms::limits;

/// Room for the tests: what happens at the limit does not depend on the number.
const LEGS: usize = 100;
const TRANSACTIONS: usize = 300;
const CARRIER: &str = "192.0.2.2:5090";

fn request(method: &str, number: usize) -> String {
    format!(
        "{method} sip:1@switch.example SIP/2.0\nVia: SIP/2.0/UDP 192.0.2.2:5090;branch=z9hG4bK{number}\n\
         Max-Forwards: 70\nFrom: <sip:c@x>;tag={number}\nTo: <sip:1@switch.example>\nCall-ID: {number}\n\
         CSeq: 1 {method}\nContact: <sip:c@192.0.2.2:5090>\n\n"
    )
}

fn last(pair: &mut Pair, text: &str) -> Message {
    pair.outside.clear();
    pair.inject(CARRIER, text);
    pair.outside.pop().unwrap().1
}

#[test]
fn too_many_legs_get_503_with_a_pause_that_differs() {
    let mut pair = Pair::with_carrier();
    pair.ends[S].endpoint.room.legs = LEGS;
    for number in 0..LEGS {
        assert_eq!(last(&mut pair, &request("INVITE", number)).status(), Some(100));
    }
    let mut pauses = std::collections::BTreeSet::new();
    for number in 0..50 {
        let refusal = last(&mut pair, &request("INVITE", LEGS + number));
        assert_eq!(refusal.status(), Some(503));
        pauses.insert(refusal.retry_after().unwrap().delay);
    }
    assert!(pauses.len() > 3);
    assert_eq!(pair.inspect(S).legs, LEGS);
    assert_eq!(pair.inspect(S).refusals["too many legs"], 50);
    pair.dial(S);
    assert_eq!(pair.heard(S).last().unwrap(), "refused 503");
}

#[test]
fn too_many_transactions_get_503_and_room_comes_with_time() {
    let mut pair = Pair::with_carrier();
    pair.ends[S].endpoint.room.transactions = TRANSACTIONS;
    for number in 0..TRANSACTIONS {
        pair.inject(CARRIER, &request("OPTIONS", number));
    }
    assert_eq!(pair.inspect(S).server_transactions, TRANSACTIONS);
    assert_eq!(last(&mut pair, &request("OPTIONS", TRANSACTIONS)).status(), Some(503));
    pair.advance(Duration::from_secs(33));
    assert_eq!(pair.inspect(S).server_transactions, 0);
    assert_eq!(last(&mut pair, &request("OPTIONS", TRANSACTIONS)).status(), Some(200));
}

#[test]
fn a_running_call_ends_as_it_should_while_transactions_are_at_the_limit() {
    let mut pair = Pair::with_carrier();
    let (caller, _) = pair.call(U);
    let alive = pair.inspect(S).server_transactions + 20;
    pair.ends[S].endpoint.room.transactions = alive;
    for number in 0..40 {
        pair.inject(CARRIER, &request("OPTIONS", number));
    }
    assert_eq!(pair.inspect(S).refusals["too many transactions"], 20, "strangers have no room");
    pair.heard(S);
    pair.command(U, Command::Release { leg: caller, reason: terms::Cause::NORMAL.into() });
    pair.settle();
    assert_eq!(pair.heard(S), ["ended Peer"], "the running call has");
}

#[test]
fn reinvites_beyond_the_limit_are_refused_at_once() {
    let mut pair = Pair::with_carrier();
    let (caller, _) = pair.call(U);
    pair.heard(U);
    for _ in 0..limits::OFFERS_WAITING + 3 {
        pair.command(U, Command::Offer { leg: caller, body: Some(Body::sdp("x")) });
    }
    // One is out, as many wait as may.
    assert_eq!(pair.heard(U), ["offer refused 491", "offer refused 491"]);
}

#[test]
fn what_waits_for_a_link_is_bounded() {
    let mut pair = Pair::with_phone(Transport::Tcp);
    for _ in 0..limits::LINK_WAITING + 5 {
        pair.dial(U);
    }
    assert_eq!(pair.heard(U).len(), 5);
}
