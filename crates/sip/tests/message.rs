//! Claims about reading and writing ordinary and unusual messages.

use bytes::Bytes;
use sip::message::{Builder, Contacts, Message, Method, Name, Rport};

const INVITE: &str = "INVITE sip:+442079460001@pbx.example.com;user=phone SIP/2.0\r\n\
Via: SIP/2.0/UDP 192.0.2.7:5062;branch=z9hG4bK776asdhds;rport\r\n\
Via: SIP/2.0/TCP [2001:db8::1]:5080;branch=z9hG4bKabc, SIP/2.0/UDP edge.example.com;branch=z9hG4bKdef\r\n\
Max-Forwards: 70\r\n\
To: <sip:+442079460001@pbx.example.com>\r\n\
From: \"Alice \\\"Al\\\" Liddell\" <sip:alice@example.com>;tag=1928301774\r\n\
Call-ID: a84b4c76e66710@192.0.2.7\r\n\
CSeq: 314159 INVITE\r\n\
Contact: <sip:alice@192.0.2.7:5062;transport=udp>;q=0.7;expires=60\r\n\
Record-Route: <sip:p2.example.com;lr>, <sip:p1.example.com;lr>\r\n\
Supported: replaces, timer\r\n\
Reason: SIP;cause=486, Q.850;cause=16;text=\"a, b; c\"\r\n\
Content-Type: application/sdp\r\n\
Content-Length: 5\r\n\
\r\n\
v=0\r\n";

fn parse(text: &str) -> Message {
    Message::parse(Bytes::copy_from_slice(text.as_bytes())).expect("frames")
}

#[test]
fn an_ordinary_invite_shows_all_its_parts() {
    let mut invite = parse(INVITE);
    assert_eq!(invite.validate(), Ok(()));
    assert_eq!(invite.method(), Some(&Method::Invite));
    let uri = invite.uri().unwrap();
    assert_eq!(uri.user().as_deref(), Some("+442079460001"));
    assert_eq!(uri.host().unwrap().to_string(), "pbx.example.com");
    assert_eq!(uri.param("user").as_deref(), Some("phone"));
    assert_eq!(invite.from().unwrap().display().as_deref(), Some("Alice \"Al\" Liddell"));
    assert_eq!(invite.from().unwrap().tag(), Some("1928301774"));
    assert_eq!(invite.to().unwrap().tag(), None);
    assert_eq!(invite.call_id(), "a84b4c76e66710@192.0.2.7");
    assert_eq!(invite.cseq().unwrap().number, 314_159);
    let Contacts::List(contacts) = invite.contacts().unwrap() else { panic!("a list") };
    assert_eq!((contacts[0].q(), contacts[0].expires()), (700, Some(60)));
    assert_eq!(invite.record_routes().count(), 2);
    assert_eq!(invite.supported().collect::<Vec<_>>(), ["replaces", "timer"]);
    assert_eq!(invite.reason_cause(), Some(terms::Cause::NORMAL));
    assert_eq!(invite.content_type(), Some("application/sdp"));
    assert_eq!(invite.body(), "v=0\r\n");
    let vias: Vec<_> = invite.vias().map(Result::unwrap).collect();
    assert_eq!(vias.len(), 3);
    assert_eq!((vias[0].rport, vias[0].received), (Rport::Asked, None));
    assert_eq!(vias[1].host.to_string(), "[2001:db8::1]");
    assert_eq!(vias[1].port, Some(5080));
    drop(contacts);
    invite.arrived_from("198.51.100.9:40000".parse().unwrap());
    let top = invite.top_via().unwrap();
    assert_eq!(top.reply_address(), Some("198.51.100.9:40000".parse().unwrap()));
}

#[test]
fn a_response_copies_what_the_rfc_demands_and_parses_again() {
    let mut invite = parse(INVITE);
    invite.arrived_from("198.51.100.9:40000".parse().unwrap());
    let bytes = Builder::response(&invite, 200, "")
        .to_tag("our1")
        .header(Name::Server, "x")
        .body("application/sdp", "v=0")
        .build();
    let ok = Message::parse(bytes).unwrap();
    assert_eq!(ok.validate(), Ok(()));
    assert_eq!((ok.status(), ok.reason().as_ref()), (Some(200), "OK"));
    assert_eq!(ok.to().unwrap().tag(), Some("our1"));
    assert_eq!(ok.vias().count(), 3);
    let top = ok.top_via().unwrap();
    assert_eq!(top.received, Some("198.51.100.9".parse().unwrap()));
    assert_eq!((top.rport, top.branch), (Rport::Port(40_000), Some("z9hG4bK776asdhds")));
    assert_eq!(ok.record_routes().count(), 2);
    assert_eq!(ok.body(), "v=0");
    assert_eq!(ok.header(Name::From), invite.header(Name::From));
}
