//! Bytes that hate us: mutated messages in the middle of a call never panic, never end what runs, and
//! leave nothing behind.

use super::pair::*;
use crate::face::*;
use bytes::Bytes;
use terms::{Cause, LinkId};

const CARRIER: &str = "192.0.2.2:5090";

fn samples() -> Vec<String> {
    let request = |method: &str, extra: &str| {
        format!(
            "{method} sip:1@switch.example;x=\"y\" SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.2:5090;rport;branch=z9hG4bKq\r\n\
             Max-Forwards: 70\r\nFrom: \"A \\\" B\" <sip:c@x>;tag=1\r\nTo: <sip:1@switch.example>\r\nCall-ID: h\r\n\
             CSeq: 1 {method}\r\nContact: <sip:c@192.0.2.2:5090>;q=0.5;expires=60\r\nRecord-Route: <sip:1.2.3.4;lr>\r\n\
             Content-Type: application/sdp\r\n{extra}Content-Length: 4\r\n\r\nv=0\n"
        )
    };
    let digest = "Authorization: Digest username=\"alice\", realm=\"switch.example\", nonce=\"00\", uri=\"sip:x\", \
                  response=\"11\", qop=auth, nc=00000001, cnonce=\"c\"\r\n";
    vec![
        request("INVITE", "P-Asserted-Identity: <tel:+1>\r\n"),
        request("REGISTER", digest),
        request("OPTIONS", "Require: x\r\n"),
        request("BYE", "Reason: Q.850;cause=16\r\n"),
        request("CANCEL", ""),
        request("ACK", ""),
        request("INFO", "Route: <sip:a>\r\n"),
        "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nFrom: <sip:a>;tag=1\r\nTo: <sip:b>;tag=2\r\n\
         Call-ID: x\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n"
            .into(),
    ]
}

fn mutate(text: &str, dice: &mut Dice) -> Vec<u8> {
    const SPICE: &[u8] = b"\r\n\0 ;:,<>\"\\%@()=&?*~\xff\xc3\t09zZ";
    let mut bytes = text.as_bytes().to_vec();
    for _ in 0..=dice.roll(6) {
        let at = dice.roll(bytes.len());
        match dice.roll(5) {
            0 => bytes[at] = SPICE[dice.roll(SPICE.len())],
            1 => bytes.insert(at, SPICE[dice.roll(SPICE.len())]),
            2 => drop(bytes.drain(at..(at + dice.roll(20)).min(bytes.len()))),
            3 => {
                let piece = bytes[at..(at + dice.roll(40)).min(bytes.len())].to_vec();
                bytes.splice(at..at, piece);
            }
            _ => bytes.truncate(at.max(1)),
        }
        if bytes.is_empty() {
            return bytes;
        }
    }
    bytes
}

#[test]
fn mutated_messages_never_panic_and_never_touch_a_running_call() {
    let mut pair = Pair::with_carrier();
    let (caller, called) = pair.call(U);
    pair.heard(S);
    let (link, remote) = (LinkId::accepted(77), "192.0.2.2:6000".parse().unwrap());
    let mut dice = Dice(4);
    let samples = samples();
    for round in 0..3_000 {
        let bytes = Bytes::from(mutate(&samples[dice.roll(samples.len())], &mut dice));
        if round % 3 == 0 {
            let local = pair.ends[S].address;
            pair.input(S, Input::LinkOpened { link, transport: Transport::Tcp, local, remote: Some(remote) });
            pair.input(S, Input::Received { link, remote, bytes });
            pair.input(S, Input::LinkClosed { link });
        } else {
            pair.input(S, Input::Received { link: UDP, remote: CARRIER.parse().unwrap(), bytes });
        }
        pair.outside.clear();
    }
    let heard = std::mem::take(&mut pair.ends[S].events);
    for event in heard {
        match event {
            Event::Invited { leg, .. } => pair.command(S, Command::Release { leg, reason: Cause::NORMAL.into() }),
            Event::Leg(leg, LegEvent::Ended { .. }) => assert_ne!(leg, called),
            other => panic!("{}", short(&other)),
        }
    }
    pair.heard(S);
    assert_eq!(pair.inspect(S).bindings, 0);
    pair.command(U, Command::Info { leg: caller, body: dtmf("still here") });
    pair.settle();
    assert_eq!(pair.heard(S), ["info [still here]"]);
    pair.command(U, Command::Release { leg: caller, reason: Cause::NORMAL.into() });
    pair.settle();
    pair.heard(S);
    pair.outside.clear();
    pair.assert_quiescent();
}
