//! A phone that is a page with a SIP library: frames of a WebSocket, a Contact that leads nowhere, and its link, which is the
//! one way to it.

use super::pair::*;
use crate::digest::Answerer;
use crate::endpoint::Endpoint;
use crate::face::*;
use crate::message::{Message, Method};
use bytes::Bytes;
use terms::{LegId, LinkId, Mono, Now, PhoneId, Pii, Wall};

const PAGE: LinkId = LinkId::accepted(9);
const REMOTE: &str = "198.51.100.7:51000";
/// As SIP.js and JsSIP write it.
const CONTACT: &str = "sip:q8h3k@df7jal23ls0d.invalid;transport=ws";

struct Room {
    switch: Endpoint,
    sent: Vec<(LinkId, Bytes)>,
}

impl Room {
    fn new() -> Room {
        let mut room = Room { switch: Endpoint::new(9), sent: vec![] };
        let local = "192.0.2.1:5060".parse().unwrap();
        room.input(Input::LinkOpened { link: UDP, transport: Transport::Udp, local, remote: None });
        room.input(Input::Reconfigure(Box::new(switch_config(None))));
        let (local, remote) = ("192.0.2.1:8089".parse().unwrap(), Some(REMOTE.parse().unwrap()));
        room.input(Input::LinkOpened { link: PAGE, transport: Transport::Wss, local, remote });
        room
    }

    fn input(&mut self, input: Input) {
        let now = Now { mono: Mono::from_micros(1), wall: Wall::from_millis(1_000_000) };
        self.switch.handle_input(now, input);
        while let Some(output) = self.switch.poll_output() {
            match output {
                Output::Transmit { link, bytes, .. } => self.sent.push((link, bytes)),
                Output::Connect { .. } => panic!("nobody connects to a page"),
                _ => {}
            }
        }
    }

    /// A frame; what is sent for it over the same link.
    fn frame(&mut self, text: &str) -> Vec<Bytes> {
        self.sent.clear();
        let bytes = Bytes::from(text.replace('\n', "\r\n"));
        self.input(Input::Received { link: PAGE, remote: REMOTE.parse().unwrap(), bytes });
        assert!(self.sent.iter().all(|(link, _)| *link == PAGE));
        self.sent.drain(..).map(|(_, bytes)| bytes).collect()
    }

    fn register(&mut self) {
        let ask = |seq: u32, more: &str| {
            // Without Content-Length: a frame has its length (RFC 7118 5).
            format!(
                "REGISTER sip:switch.example SIP/2.0\nVia: SIP/2.0/WSS df7jal23ls0d.invalid;branch=z9hG4bK{seq}\n\
                 Max-Forwards: 70\nFrom: <sip:alice@switch.example>;tag=f\nTo: <sip:alice@switch.example>\n\
                 Call-ID: one\nCSeq: {seq} REGISTER\nContact: <{CONTACT}>;expires=600\n{more}\n"
            )
        };
        let challenge = Message::parse(self.frame(&ask(1, "")).remove(0)).unwrap();
        let mut answerer = Answerer::new("alice", "secret", 1);
        answerer.take(&challenge);
        let fields = answerer.authorize(&Method::Register, "sip:switch.example");
        let answer = self.frame(&ask(2, &format!("{}: {}\n", fields[0].0, fields[0].1))).remove(0);
        let answer = Message::parse(answer).unwrap();
        assert_eq!(answer.status(), Some(200), "{}", String::from_utf8_lossy(answer.as_bytes()));
        assert!(String::from_utf8_lossy(answer.as_bytes()).contains(CONTACT), "its own Contact comes back");
    }

    fn invite(&mut self) {
        self.sent.clear();
        self.input(Input::Command(Command::Invite {
            leg: LegId::outbound(1),
            target: Target::Phone(PhoneId::of("alice")),
            caller: Pii::from("1"),
            caller_name: None,
            withheld: false,
            extras: None,
            max_forwards: 70,
            body: None,
        }));
    }
}

#[test]
fn a_page_registers_with_a_contact_that_leads_nowhere_and_is_called_by_its_link() {
    let mut room = Room::new();
    room.register();
    room.invite();
    let (link, invite) = room.sent.pop().expect("an INVITE");
    let text = String::from_utf8_lossy(&invite).into_owned();
    assert_eq!(link, PAGE);
    assert!(text.starts_with(&format!("INVITE {CONTACT} SIP/2.0")), "{text}");
    assert!(text.contains("Via: SIP/2.0/WSS 192.0.2.1:8089;"), "{text}");
    assert!(text.contains("@192.0.2.1:8089;transport=ws>"), "our Contact: {text}");
    room.input(Input::LinkClosed { link: PAGE });
    room.invite();
    assert!(room.sent.is_empty(), "a page that is gone is nowhere else");
}

#[test]
fn signs_of_life_are_answered_and_rubbish_ends_nothing() {
    let mut room = Room::new();
    assert_eq!(room.frame("\n\n"), [Bytes::from_static(b"\r\n")]);
    assert!(room.frame("\n").is_empty() && room.frame("rubbish").is_empty() && room.frame("").is_empty());
    let half =
        "OPTIONS sip:switch.example SIP/2.0\nVia: SIP/2.0/WSS a.invalid;branch=z9hG4bK1\nFrom: <sip:a@b>;tag=1\n";
    assert!(room.frame(half).len() <= 1, "half a message is none, and waits for no other half");
    room.register();
}
