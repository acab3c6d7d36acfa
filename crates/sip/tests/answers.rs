//! What the endpoint answers to the torture messages of RFC 4475 and RFC 5118, from a stranger and from a
//! carrier. 100 stands for a call that was taken. No message is forwarded, and none leaves anything behind.

#![allow(clippy::unwrap_used)]

use bytes::Bytes;
use sip::message::Message;
use sip::{Command, Config, Endpoint, Event, Input, Output, PhoneAccount, Transport, TrunkPeer};
use terms::{LinkId, Mono, Now, PhoneId, TrunkId};

macro_rules! cases {
    ($($file:literal $stranger:literal $carrier:literal;)*) => {
        const CASES: &[(&str, u16, u16, &[u8])] =
            &[$(($file, $stranger, $carrier, include_bytes!(concat!("torture/", $file))),)*];
    };
}

// File, answer to a stranger, answer to a carrier; 0 is silence.
cases! {
    "rfc4475/wsinv.dat" 481 481;
    "rfc4475/intmeth.dat" 501 501;
    "rfc4475/esc01.dat" 407 100;
    "rfc4475/escnull.dat" 401 401;
    "rfc4475/esc02.dat" 501 501;
    "rfc4475/lwsdisp.dat" 407 200;
    "rfc4475/longreq.dat" 407 100;
    "rfc4475/dblreq.dat" 401 401;
    "rfc4475/semiuri.dat" 407 200;
    "rfc4475/transports.dat" 407 200;
    "rfc4475/mpart01.dat" 407 403;
    "rfc4475/unreason.dat" 0 0;
    "rfc4475/noreason.dat" 0 0;
    "rfc4475/badinv01.dat" 400 400;
    "rfc4475/clerr.dat" 400 400;
    "rfc4475/ncl.dat" 400 400;
    "rfc4475/scalar02.dat" 400 400;
    "rfc4475/scalarlg.dat" 0 0;
    "rfc4475/quotbal.dat" 400 400;
    "rfc4475/ltgtruri.dat" 400 400;
    "rfc4475/lwsruri.dat" 400 400;
    "rfc4475/lwsstart.dat" 400 400;
    "rfc4475/trws.dat" 400 400;
    "rfc4475/escruri.dat" 400 400;
    "rfc4475/baddate.dat" 407 100;
    "rfc4475/regbadct.dat" 400 400;
    "rfc4475/badaspec.dat" 407 200;
    "rfc4475/baddn.dat" 407 200;
    "rfc4475/badvers.dat" 505 505;
    "rfc4475/mismatch01.dat" 400 400;
    "rfc4475/mismatch02.dat" 501 501;
    "rfc4475/bigcode.dat" 0 0;
    "rfc4475/badbranch.dat" 407 200;
    "rfc4475/insuf.dat" 400 400;
    "rfc4475/unkscm.dat" 416 416;
    "rfc4475/novelsc.dat" 416 416;
    "rfc4475/unksm2.dat" 401 401;
    "rfc4475/bext01.dat" 420 420;
    "rfc4475/invut.dat" 407 415;
    "rfc4475/regaut01.dat" 401 401;
    "rfc4475/multi01.dat" 400 400;
    "rfc4475/mcl01.dat" 400 400;
    "rfc4475/bcast.dat" 0 0;
    "rfc4475/zeromf.dat" 407 200;
    "rfc4475/cparam01.dat" 401 401;
    "rfc4475/cparam02.dat" 401 401;
    "rfc4475/regescrt.dat" 401 401;
    "rfc4475/sdp01.dat" 407 406;
    "rfc4475/inv2543.dat" 407 100;
    "rfc5118/ipv6-good" 401 401;
    "rfc5118/ipv6-bad" 400 400;
    "rfc5118/port-ambiguous" 401 401;
    "rfc5118/port-unambiguous" 401 401;
    "rfc5118/via-received-param-with-delim" 481 481;
    "rfc5118/via-received-param-no-delim" 407 200;
    "rfc5118/ipv6-in-sdp" 407 100;
    "rfc5118/mult-ip-in-header" 481 481;
    "rfc5118/mult-ip-in-sdp" 407 100;
    "rfc5118/ipv4-mapped-ipv6" 407 100;
    "rfc5118/ipv6-correct-abnf-2-colons" 407 200;
    "rfc5118/ipv6-bug-abnf-3-colons" 407 200;
}

fn switch() -> Endpoint {
    let mut endpoint = Endpoint::new(1);
    let phone = PhoneAccount {
        id: PhoneId::of("watson"),
        user: "watson".into(),
        ha1_md5: [0; 16],
        ha1_sha256: [0; 32],
        contact: None,
        digests: vec![],
    };
    let trunk = TrunkPeer {
        id: TrunkId::of("carrier"),
        peers: vec![("192.0.2.7".parse().unwrap(), 32)],
        target: None,
        credentials: None,
        probe: None,
        host: None,
        trusted: false,
    };
    let config = Config { realm: "switch".into(), trunks: vec![trunk], phones: vec![phone], ..Config::default() };
    let local = "192.0.2.1:5060".parse().unwrap();
    let link = LinkId::accepted(1);
    endpoint.handle_input(Now::default(), Input::LinkOpened { link, transport: Transport::Udp, local, remote: None });
    endpoint.handle_input(Now::default(), Input::Reconfigure(Box::new(config)));
    endpoint
}

/// The status of the only answer; 0 for silence.
fn answer(from: &str, message: &[u8]) -> u16 {
    let mut endpoint = switch();
    let bytes = Bytes::copy_from_slice(message);
    let input = Input::Received { link: LinkId::accepted(1), remote: from.parse().unwrap(), bytes };
    endpoint.handle_input(Now::default(), input);
    let mut status = 0;
    while let Some(output) = endpoint.poll_output() {
        if let Output::Event(Event::Queried { query, .. }) = &output {
            let answer = Command::AnswerQuery { query: *query, status: 200 };
            endpoint.handle_input(Now::default(), Input::Command(answer));
        }
        if let Output::Transmit { bytes, .. } = output {
            assert_eq!(status, 0, "one answer");
            let answer = Message::parse(bytes).expect("our own messages can be read");
            status = answer.status().expect("nothing is forwarded");
        }
    }
    if status != 100 {
        endpoint.handle_timeout(Now { mono: Mono::from_micros(60_000_000), ..Now::default() });
        let left = endpoint.inspect();
        assert_eq!(left.server_transactions + left.legs + left.bindings + left.deadlines, 0, "{left:?}");
    }
    status
}

#[test]
fn the_torture_messages_get_the_answers_that_the_rfcs_name() {
    for (file, stranger, carrier, message) in CASES {
        assert_eq!(answer("203.0.113.9:5060", message), *stranger, "{file} from a stranger");
        assert_eq!(answer("192.0.2.7:5060", message), *carrier, "{file} from a carrier");
    }
}
