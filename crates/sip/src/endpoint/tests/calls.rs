//! Calls that go as they should.

use super::pair::*;
use crate::face::*;
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
    pair.command(U, Command::Release { leg: caller, cause: Cause::NORMAL });
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
    pair.command(S, Command::Release { leg: caller, cause: Cause::NORMAL });
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
        pair.command(U, Command::Release { leg: called, cause: Cause::NORMAL });
        pair.settle();
        assert_eq!(pair.heard(S), ["ended Peer"]);
        let _ = caller;
        pair.call(U);
        let (leg, arrival) = pair.arrival(S);
        assert_eq!(arrival.source, Source::Phone(PhoneId::of("alice")));
        assert_eq!(arrival.caller.reveal(), "alice", "whatever From claims");
        assert_eq!(arrival.called.reveal(), "+4420");
        pair.command(S, Command::Release { leg, cause: Cause::NORMAL });
        pair.settle();
        pair.command(U, Command::Unregister { account: 1 });
        pair.settle();
        assert_eq!(pair.inspect(S).bindings, 0);
        assert_eq!(pair.inspect(S).reachable, 0);
        pair.assert_quiescent();
    }
}
