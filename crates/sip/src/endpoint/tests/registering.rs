//! The registrar from outside: contacts, order, ghosts, lives, and what survives a restart.

use super::pair::*;
use crate::digest::Answerer;
use crate::endpoint::Endpoint;
use crate::face::*;
use crate::message::{Contacts, Message, Method, Name};
use bytes::Bytes;
use std::net::SocketAddr;
use std::time::Duration;
use terms::{Mono, Now, PhoneId, Pii, Wall};

/// A switch, and alice's phones played by hand.
struct Desk {
    switch: Endpoint,
    now: Mono,
    branch: u32,
    events: Vec<String>,
    bindings: Vec<BindingChange>,
    /// Requests of the switch, and where they went.
    asked: Vec<(SocketAddr, Message)>,
    dialled: Vec<SocketAddr>,
    calls: u64,
    edit: fn(String) -> String,
}

/// One REGISTER.
#[derive(Clone)]
struct Ask<'a> {
    from: &'a str,
    call_id: &'a str,
    seq: u32,
    contacts: &'a [&'a str],
    expires: Option<u32>,
}

const ASK: Ask<'static> =
    Ask { from: "198.51.100.7:5060", call_id: "one", seq: 1, contacts: &["<sip:alice@198.51.100.7>"], expires: None };

impl Desk {
    fn new() -> Desk {
        let mut desk = Desk {
            switch: Endpoint::new(9),
            now: Mono::ZERO,
            branch: 0,
            events: Vec::new(),
            bindings: Vec::new(),
            asked: Vec::new(),
            dialled: Vec::new(),
            calls: 0,
            edit: |text| text,
        };
        let local = "192.0.2.1:5060".parse().unwrap();
        desk.input(Input::LinkOpened { link: UDP, transport: Transport::Udp, local, remote: None });
        desk.input(Input::Reconfigure(Box::new(switch_config(None))));
        desk
    }

    fn clock(&self) -> Now {
        let wall = Wall::from_millis(1_000_000 + i64::try_from(self.now.as_micros() / 1_000).unwrap());
        Now { mono: self.now, wall }
    }

    fn input(&mut self, input: Input) -> Vec<Message> {
        let now = self.clock();
        self.switch.handle_input(now, input);
        self.drain()
    }

    fn drain(&mut self) -> Vec<Message> {
        let mut sent = Vec::new();
        while let Some(output) = self.switch.poll_output() {
            match output {
                Output::Transmit { bytes, remote, .. } => {
                    let message = Message::parse(bytes).unwrap();
                    if message.is_request() {
                        self.asked.push((remote, message.clone()));
                    }
                    sent.push(message);
                }
                Output::Connect { remote, .. } => self.dialled.push(remote),
                Output::Event(event) => self.events.push(short(&event)),
                Output::Binding(change) => self.bindings.push(*change),
                Output::Noted(_) => {}
                other => panic!("{other:?}"),
            }
        }
        sent
    }

    fn advance(&mut self, time: Duration) {
        self.now += time;
        let now = self.clock();
        self.switch.handle_timeout(now);
        self.drain();
    }

    /// Sends a REGISTER with good credentials, and answers the final response.
    fn register(&mut self, ask: &Ask<'_>) -> Message {
        self.register_as("alice", "alice", ask)
    }

    fn register_as(&mut self, user: &str, aor: &str, ask: &Ask<'_>) -> Message {
        let mut answerer = Answerer::new(user, "secret", u64::from(self.branch));
        let challenge = self.send(aor, ask, "");
        if challenge.status() != Some(401) {
            return challenge;
        }
        answerer.take(&challenge);
        let fields = answerer.authorize(&Method::Register, "sip:switch.example");
        self.send(aor, ask, &format!("{}: {}\n", fields[0].0, fields[0].1))
    }

    fn send(&mut self, aor: &str, ask: &Ask<'_>, credentials: &str) -> Message {
        self.branch += 1;
        let Ask { from, call_id, seq, contacts, expires } = ask;
        let contacts: String = contacts.iter().map(|contact| format!("Contact: {contact}\n")).collect();
        let expires = expires.map(|seconds| format!("Expires: {seconds}\n")).unwrap_or_default();
        let text = format!(
            "REGISTER sip:switch.example SIP/2.0\nVia: SIP/2.0/UDP {from};branch=z9hG4bK{};rport\nMax-Forwards: 70\n\
             From: <sip:{aor}@switch.example>;tag=f\nTo: <sip:{aor}@switch.example>\nCall-ID: {call_id}\n\
             CSeq: {seq} REGISTER\n{contacts}{expires}{credentials}\n",
            self.branch
        );
        let remote: SocketAddr = from.parse().unwrap();
        let text = (self.edit)(text);
        let bytes = Bytes::from(text.replace('\n', "\r\n"));
        let sent = self.input(Input::Received { link: UDP, remote, bytes });
        sent.into_iter().find(|message| !message.is_request()).unwrap()
    }

    /// Where alice is rung now.
    fn rings_at(&mut self) -> (SocketAddr, String) {
        self.calls += 1;
        let leg = terms::LegId::outbound(self.calls);
        let (target, caller) = (Target::Phone(PhoneId::of("alice")), Pii::from("1"));
        self.asked.clear();
        let invite = Command::Invite {
            leg,
            target,
            caller,
            caller_name: None,
            withheld: false,
            extras: None,
            max_forwards: 70,
            body: None,
        };
        self.input(Input::Command(invite));
        let (to, invite) = self.asked.pop().expect("an INVITE");
        (to, invite.uri_raw().to_owned())
    }

    /// What was asked at an address is answered.
    fn answers(&mut self, remote: &str, status: u16) {
        let remote: SocketAddr = remote.parse().unwrap();
        let at = self.asked.iter().position(|(to, _)| *to == remote).expect("a question");
        let (_, options) = self.asked.remove(at);
        assert_eq!(options.method(), Some(&Method::Options));
        let bytes = crate::message::Builder::response(&options, status, "").to_tag("p").build();
        self.input(Input::Received { link: UDP, remote, bytes });
    }

    fn bound(&self) -> usize {
        self.switch.inspect().bindings
    }
}

/// Contacts with their granted lives.
fn listed(message: &Message) -> Vec<(String, u32)> {
    assert_eq!(message.status(), Some(200), "{}", String::from_utf8_lossy(message.as_bytes()));
    match message.contacts().unwrap() {
        Contacts::Star => panic!("a star in a response"),
        Contacts::List(list) => {
            list.iter().map(|contact| (contact.uri_raw().to_owned(), contact.expires().unwrap())).collect()
        }
    }
}

fn uris(message: &Message) -> Vec<String> {
    listed(message).into_iter().map(|(uri, _)| uri).collect()
}

/// A call of ours to somebody.
fn call_to(target: Target) -> Command {
    Command::Invite {
        leg: terms::LegId::outbound(1),
        target,
        caller: Pii::from("1"),
        caller_name: None,
        withheld: false,
        extras: None,
        max_forwards: 70,
        body: None,
    }
}

#[test]
fn a_binding_is_granted_listed_kept_and_expires() {
    let mut desk = Desk::new();
    let answer = desk.register(&ASK);
    let (uri, life) = listed(&answer).remove(0);
    assert_eq!(uri, "sip:alice@198.51.100.7");
    assert!((540..=600).contains(&life), "the default, shortened by up to a tenth: {life}");
    assert_eq!(desk.events, ["reachable true"]);
    let change = &desk.bindings[0];
    assert_eq!((change.phone, change.remote.to_string()), (PhoneId::of("alice"), ASK.from.to_owned()));
    assert!(change.expires.as_millis() > 1_000_000);
    desk.advance(Duration::from_secs(601));
    assert_eq!(desk.events, ["reachable true", "reachable false"]);
    assert!(desk.bindings[1].expires.as_millis() < 1_000_000, "told as removed");
    assert_eq!(desk.switch.inspect().bindings, 0);
    assert_eq!(desk.switch.inspect().deadlines, 0);
}

#[test]
fn the_answer_to_a_registration_tells_the_time() {
    let answer = Desk::new().register(&ASK);
    assert_eq!(answer.header(Name::Date).as_deref(), Some("Thu, 01 Jan 1970 00:16:40 GMT"));
}

#[test]
fn several_contacts_stand_side_by_side_and_the_preferred_one_is_called() {
    let mut desk = Desk::new();
    desk.register(&Ask { contacts: &["<sip:desk@198.51.100.7>;q=0.5", "<sip:mobile@198.51.100.7>;q=0.9"], ..ASK });
    let all = desk.register(&Ask { seq: 2, contacts: &[], ..ASK });
    assert_eq!(listed(&all).len(), 2);
    let invite = Command::Invite {
        leg: terms::LegId::outbound(1),
        target: Target::Phone(PhoneId::of("alice")),
        caller: Pii::from("100"),
        caller_name: None,
        withheld: false,
        extras: None,
        max_forwards: 12,
        body: None,
    };
    let sent = desk.input(Input::Command(invite)).remove(0);
    assert_eq!(sent.uri_raw(), "sip:mobile@198.51.100.7");
    assert_eq!(sent.max_forwards(), Some(12));
    assert_eq!(sent.to().unwrap().uri_raw(), "sip:alice@switch.example");
    assert_eq!(sent.from().unwrap().uri_raw(), "sip:100@switch.example");
}

#[test]
fn one_contact_or_all_of_them_can_be_taken_back() {
    let mut desk = Desk::new();
    let two: &[&str] = &["<sip:a@198.51.100.7>", "<sip:b@198.51.100.7>"];
    desk.register(&Ask { contacts: two, ..ASK });
    let left = desk.register(&Ask { seq: 2, contacts: &["<sip:a@198.51.100.7>;expires=0"], ..ASK });
    assert_eq!(uris(&left), ["sip:b@198.51.100.7"]);
    for (contacts, expires) in [(&["*"][..], None), (&["*"][..], Some(60)), (&["*", "<sip:a@b>"][..], Some(0))] {
        let answer = desk.register(&Ask { seq: 3, contacts, expires, ..ASK });
        assert_eq!(answer.status(), Some(400), "{contacts:?} {expires:?}");
    }
    let none = desk.register(&Ask { seq: 4, contacts: &["*"], expires: Some(0), ..ASK });
    assert!(listed(&none).is_empty());
    assert_eq!(desk.events.last().unwrap(), "reachable false");
}

#[test]
fn a_life_that_is_too_short_gets_423_and_one_too_long_is_cut() {
    let mut desk = Desk::new();
    let brief = desk.register(&Ask { expires: Some(30), ..ASK });
    assert_eq!((brief.status(), brief.min_expires()), (Some(423), Some(60)));
    let long = desk.register(&Ask { seq: 2, expires: Some(1_000_000), ..ASK });
    assert!((3_240..=3_600).contains(&listed(&long)[0].1));
    let shortest = desk.register(&Ask { seq: 3, expires: Some(60), ..ASK });
    assert_eq!(listed(&shortest)[0].1, 60, "the jitter does not go below the minimum");
}

#[test]
fn an_older_request_of_the_same_call_id_changes_nothing() {
    let mut desk = Desk::new();
    desk.register(&Ask { seq: 5, ..ASK });
    // Beyond the time in which it would be taken for a copy of the first (482).
    desk.advance(Duration::from_secs(33));
    for seq in [4, 5] {
        let late = desk.register(&Ask { seq, expires: Some(0), ..ASK });
        assert_eq!(late.status(), Some(500), "CSeq {seq}");
        let all = desk.register(&Ask { seq, contacts: &["*"], expires: Some(0), ..ASK });
        assert_eq!(all.status(), Some(500), "CSeq {seq}: all");
    }
    assert_eq!(desk.switch.inspect().bindings, 1);
    assert!(listed(&desk.register(&Ask { seq: 6, expires: Some(0), ..ASK })).is_empty());
}

const FIRST: Ask<'static> = Ask { contacts: &["<sip:alice@198.51.100.7:5060>"], ..ASK };
const SECOND: Ask<'static> =
    Ask { from: "198.51.100.7:5062", call_id: "two", contacts: &["<sip:alice@198.51.100.7:5062>"], ..ASK };

#[test]
fn a_phone_that_was_restarted_leaves_no_ghost() {
    let mut desk = Desk::new();
    desk.register(&FIRST);
    assert_eq!(listed(&desk.register(&SECOND)).len(), 2, "a second device, for all that is known");
    assert_eq!(desk.asked[0].0, "198.51.100.7:5060".parse().unwrap());
    assert_eq!(
        (desk.asked[0].1.method(), desk.asked[0].1.uri_raw()),
        (Some(&Method::Options), "sip:alice@198.51.100.7:5060")
    );
    assert_eq!(desk.rings_at().1, "sip:alice@198.51.100.7:5062", "the newest first");
    desk.advance(Duration::from_millis(3_999));
    assert_eq!(desk.bound(), 2);
    desk.bindings.clear();
    desk.advance(Duration::from_millis(1));
    assert_eq!(desk.bound(), 1, "nobody answered");
    assert_eq!(desk.bindings[0].expires.as_millis(), 0, "the ledger hears of it");
    assert_eq!(desk.rings_at().1, "sip:alice@198.51.100.7:5062");
    // Another device elsewhere under the same account is no ghost, and nobody asks.
    desk.asked.clear();
    let elsewhere = Ask { from: "198.51.100.8:5060", call_id: "three", contacts: &["<sip:alice@198.51.100.8>"], ..ASK };
    assert_eq!(listed(&desk.register(&elsewhere)).len(), 2);
    assert!(desk.asked.is_empty());
    assert!(desk.events.iter().all(|event| event == "reachable true"), "it was reachable all the time");
}

#[test]
fn an_older_contact_stays_when_it_answers_and_goes_when_it_refuses() {
    for (status, stays) in
        [(200, true), (486, true), (405, true), (401, true), (404, false), (481, false), (503, false)]
    {
        let mut desk = Desk::new();
        desk.register(&FIRST);
        desk.register(&SECOND);
        desk.answers("198.51.100.7:5060", status);
        assert_eq!(desk.bound(), 1 + usize::from(stays), "{status}");
        desk.advance(Duration::from_secs(5));
        assert_eq!(desk.bound(), 1 + usize::from(stays), "{status}");
        let inspected = desk.switch.inspect();
        assert_eq!(inspected.client_transactions, 0);
        // Both renew; nobody asks again.
        desk.asked.clear();
        desk.register(&Ask { seq: 2, ..SECOND });
        assert!(desk.asked.is_empty());
    }
}

#[test]
fn a_contact_that_renews_while_it_is_asked_is_there() {
    let mut desk = Desk::new();
    desk.register(&FIRST);
    desk.register(&SECOND);
    desk.register(&Ask { seq: 2, ..FIRST });
    desk.advance(Duration::from_secs(5));
    assert_eq!((desk.bound(), desk.switch.inspect().client_transactions), (2, 0));
    assert_eq!(desk.rings_at().1, "sip:alice@198.51.100.7:5060", "the newest is who registered last");
}

#[test]
fn two_devices_behind_one_translator_both_stand_whoever_renews() {
    let mut desk = Desk::new();
    let inside = |n| format!("<sip:alice@192.168.1.{n}:5060>");
    let (desk_phone, soft) = (inside(5), inside(6));
    let first = Ask { from: "198.51.100.7:31000", contacts: &[&desk_phone], ..ASK };
    let second = Ask { from: "198.51.100.7:31001", call_id: "two", contacts: &[&soft], ..ASK };
    desk.register(&first);
    for (ask, at) in [(&second, "198.51.100.7:31001"), (&Ask { seq: 2, ..first.clone() }, "198.51.100.7:31000")] {
        assert_eq!(listed(&desk.register(ask)).len(), 2);
        assert_eq!(desk.rings_at().0, at.parse().unwrap());
    }
    assert!(desk.asked.is_empty(), "they are at different hosts");
    // The same port behind the same translator under another Call-ID is the same phone.
    let reborn =
        Ask { from: "198.51.100.7:31002", call_id: "three", contacts: &["<sip:alice@192.168.1.5;line=2>"], ..ASK };
    assert_eq!(uris(&desk.register(&reborn)), ["sip:alice@192.168.1.6:5060", "sip:alice@192.168.1.5;line=2"]);
}

#[test]
fn an_instance_alone_is_no_binding_and_what_goes_goes_first() {
    let instance = ";+sip.instance=\"<urn:uuid:1>\"";
    for (more, old_stays) in [("", true), (";reg-id=1", false)] {
        let mut desk = Desk::new();
        let contact = |port: u16, life: &str| format!("<sip:alice@198.51.100.7:{port}>{instance}{more}{life}");
        desk.register(&Ask { contacts: &[&contact(5060, "")], ..ASK });
        let both = desk.register(&Ask { seq: 2, contacts: &[&contact(5062, ""), &contact(5060, ";expires=0")], ..ASK });
        assert_eq!(uris(&both), ["sip:alice@198.51.100.7:5062"], "{more}");
        let again = desk.register(&Ask { seq: 3, contacts: &[&contact(5064, "")], ..ASK });
        assert_eq!(listed(&again).len(), 1 + usize::from(old_stays), "{more}");
    }
}

#[test]
fn a_contact_is_the_same_however_its_uri_is_written() {
    let mut desk = Desk::new();
    for (n, contact) in [
        "<sip:alice@Phone.example;ob;transport=udp>",
        "<sip:al%69ce@phone.EXAMPLE;transport=UDP;ob>",
        "<SIP:alice@phone.example;transport=udp>",
    ]
    .iter()
    .enumerate()
    {
        let seq = u32::try_from(n).unwrap() + 1;
        assert_eq!(listed(&desk.register(&Ask { seq, contacts: &[contact], ..ASK })).len(), 1, "{contact}");
    }
    let other = desk.register(&Ask { seq: 9, contacts: &["<sip:alice@phone.example>"], ..ASK });
    assert_eq!(listed(&other).len(), 2, "RFC 3261 19.1.4: a transport that only one names");
}

#[test]
fn a_phone_is_rung_where_it_listens() {
    let no_rport = |text: String| text.replace(";rport", "");
    for (contact, asks, expected) in [
        ("<sip:alice@198.51.100.7:5080>", true, "198.51.100.7:5080"),
        ("<sip:alice@198.51.100.7:5080>", false, "198.51.100.7:5080"),
        ("<sip:alice@203.0.113.5:5080>", true, "198.51.100.7:31000"),
        ("<sip:alice@203.0.113.5:5080>", false, "203.0.113.5:5080"),
        ("<sip:alice@192.168.1.5:5080>", false, "198.51.100.7:31000"),
    ] {
        let mut desk = Desk::new();
        desk.edit = if asks { |text| text } else { no_rport };
        desk.register(&Ask { from: "198.51.100.7:31000", contacts: &[contact], ..ASK });
        assert_eq!(desk.rings_at().0, expected.parse().unwrap(), "{contact}, rport {asks}");
        // ... also after a restart.
        let change = desk.bindings.pop().unwrap();
        let mut reborn = Desk::new();
        reborn.input(Input::Restore(Box::new(change)));
        assert_eq!(reborn.rings_at().0, expected.parse().unwrap(), "{contact}, restored");
    }
}

#[test]
fn a_stream_that_a_datagram_asks_for_is_connected() {
    let mut desk = Desk::new();
    desk.register(&Ask { contacts: &["<sip:alice@198.51.100.7:5080;transport=tcp>"], ..ASK });
    assert_eq!(desk.events, ["reachable true"]);
    let change = desk.bindings.pop().unwrap();
    let mut reborn = Desk::new();
    reborn.input(Input::Restore(Box::new(change)));
    assert_eq!(reborn.events, ["reachable true"]);
    for desk in [&mut desk, &mut reborn] {
        let invite = Command::Invite {
            leg: terms::LegId::outbound(1),
            target: Target::Phone(PhoneId::of("alice")),
            caller: Pii::from("1"),
            caller_name: None,
            withheld: false,
            extras: None,
            max_forwards: 70,
            body: None,
        };
        desk.input(Input::Command(invite));
        assert_eq!(desk.dialled, ["198.51.100.7:5080".parse().unwrap()]);
    }
}

#[test]
fn nobody_is_rung_at_a_carrier() {
    let carrier: SocketAddr = "203.0.113.5:5060".parse().unwrap();
    for contact in ["<sip:+900@203.0.113.5>", "<sip:+900@203.0.113.5:5099>"] {
        let mut desk = Desk::new();
        desk.input(Input::Reconfigure(Box::new(switch_config(Some(carrier)))));
        desk.edit = |text| text.replace(";rport", "");
        desk.register(&Ask { contacts: &[contact], ..ASK });
        assert_eq!(desk.rings_at().0, ASK.from.parse().unwrap(), "{contact}");
    }
}

#[test]
fn an_instance_replaces_itself_wherever_it_is() {
    let mut desk = Desk::new();
    let instance = |address: &str| format!("<sip:x@{address}>;+sip.instance=\"<urn:uuid:1>\";reg-id=1");
    desk.register(&Ask { contacts: &[&instance("198.51.100.7")], ..ASK });
    let moved = Ask { from: "198.51.100.9:5060", call_id: "two", contacts: &[&instance("198.51.100.9")], ..ASK };
    assert_eq!(uris(&desk.register(&moved)), ["sip:x@198.51.100.9"]);
    // Two instances behind one address are two phones.
    let other = "<sip:x@198.51.100.9:5070>;+sip.instance=\"<urn:uuid:2>\";reg-id=1";
    let both = desk.register(&Ask { from: "198.51.100.9:5070", call_id: "three", contacts: &[other], ..ASK });
    assert_eq!(listed(&both).len(), 2);
}

#[test]
fn beyond_the_limit_the_oldest_binding_goes() {
    let mut desk = Desk::new();
    for n in 0..=terms::limits::BINDINGS_PER_PHONE {
        let contact = format!("<sip:a{n}@198.51.100.7>");
        desk.register(&Ask { seq: u32::try_from(n).unwrap() + 1, contacts: &[&contact], ..ASK });
        desk.advance(Duration::from_secs(1));
    }
    let left = uris(&desk.register(&Ask { seq: 100, contacts: &[], ..ASK }));
    assert_eq!(left.len(), terms::limits::BINDINGS_PER_PHONE);
    assert!(!left.contains(&"sip:a0@198.51.100.7".to_owned()));
}

#[test]
fn nobody_registers_for_another() {
    let mut desk = Desk::new();
    let answer = desk.register_as("bob", "alice", &ASK);
    assert_eq!(answer.status(), Some(403));
    let answer = desk.register_as("nobody", "nobody", &ASK);
    assert_eq!(answer.status(), Some(403));
    assert_eq!(desk.switch.inspect().bindings, 0);
}

#[test]
fn contacts_that_cannot_be_called_are_refused_and_header_fields_in_them_dropped() {
    let mut desk = Desk::new();
    for (contacts, expected) in [
        (&["<tel:+4420>"][..], 400),
        (&["<mailto:a@b>"][..], 400),
        (&["sip:a@b?Route=%3Csip:c%3E"][..], 400),
        (&["\"unbalanced <sip:a@b>"][..], 400),
    ] {
        assert_eq!(desk.register(&Ask { contacts, ..ASK }).status(), Some(expected), "{contacts:?}");
    }
    let long = format!("<sip:{}@198.51.100.7>", "a".repeat(terms::limits::CONTACT_BYTES));
    assert_eq!(desk.register(&Ask { seq: 2, contacts: &[&long], ..ASK }).status(), Some(400));
    let escaped = "<sip:alice@198.51.100.7?Route=%3Csip:evil%3E>";
    let bound = desk.register(&Ask { seq: 3, contacts: &[escaped], ..ASK });
    assert_eq!(uris(&bound), ["sip:alice@198.51.100.7"]);
    let nulls: &[&str] = &["<sip:%00@198.51.100.7>", "<sip:%00%00@198.51.100.7>"];
    let bound = desk.register(&Ask { seq: 4, contacts: nulls, ..ASK });
    assert_eq!(listed(&bound).len(), 3, "RFC 4475 3.1.1.4: two different contacts");
}

#[test]
fn bindings_come_back_after_a_restart() {
    let mut desk = Desk::new();
    desk.register(&ASK);
    let change = desk.bindings.pop().unwrap();
    let mut reborn = Desk::new();
    reborn.input(Input::Restore(Box::new(change.clone())));
    assert_eq!(reborn.events, ["reachable true"]);
    let expired = BindingChange { expires: Wall::from_millis(5), key: "x".into(), ..change.clone() };
    reborn.input(Input::Restore(Box::new(expired)));
    let stream = BindingChange { transport: Transport::Tcp, phone: PhoneId::of("bob"), ..change };
    reborn.input(Input::Restore(Box::new(stream)));
    assert_eq!(reborn.switch.inspect().bindings, 2);
    assert_eq!(reborn.events, ["reachable true"], "a stream does not survive a restart");
    let target = Target::Phone(PhoneId::of("alice"));
    let invite = call_to(target);
    assert_eq!(reborn.input(Input::Command(invite))[0].uri_raw(), "sip:alice@198.51.100.7");
    // The order of its requests survives too.
    assert_eq!(reborn.register(&ASK).status(), Some(500));
    reborn.advance(Duration::from_secs(700));
    assert_eq!(reborn.switch.inspect().bindings, 0);
}

#[test]
fn a_phone_with_a_fixed_contact_is_always_reachable_and_a_deleted_phone_is_not() {
    let mut desk = Desk::new();
    desk.register(&ASK);
    let mut config = switch_config(None);
    config.phones[1].contact = Some((Transport::Udp, "198.51.100.20:5060".parse().unwrap()));
    desk.input(Input::Reconfigure(Box::new(config.clone())));
    assert_eq!(desk.events, ["reachable true", "reconfigured, 1 came, 0 went"]);
    config.phones.remove(0);
    desk.bindings.clear();
    desk.input(Input::Reconfigure(Box::new(config)));
    assert_eq!(desk.events.last().unwrap(), "reconfigured, 0 came, 1 went");
    assert_eq!(desk.bindings.len(), 1, "the ledger hears of it");
    assert_eq!(desk.switch.inspect().reachable, 1);
    let target = Target::Phone(PhoneId::of("bob"));
    let invite = call_to(target);
    assert_eq!(desk.input(Input::Command(invite))[0].uri_raw(), "sip:bob@198.51.100.20:5060");
}

#[test]
fn our_own_registration_is_kept_up_until_taken_back() {
    let mut pair = Pair::with_phone(Transport::Udp);
    pair.command(U, Command::Register { account: 1 });
    pair.advance(Duration::from_secs(3_000));
    let heard = pair.heard(U);
    assert!(heard.len() >= 5 && heard.iter().all(|event| event == "registered 200"), "{heard:?}");
    assert_eq!(pair.heard(S), ["reachable true"], "never unreachable in between");
    pair.command(U, Command::Unregister { account: 1 });
    pair.settle();
    assert_eq!(pair.heard(U), ["registered 200"]);
    assert_eq!(pair.heard(S), ["reachable false"]);
    pair.assert_quiescent();
    assert_eq!(pair.inspect(U).deadlines, 0);
}

#[test]
fn a_wrong_password_of_ours_is_reported_and_not_hammered() {
    let mut pair = Pair::with_phone(Transport::Udp);
    let mut config = ua_config(pair.ends[S].address, Transport::Udp);
    config.registrations[0].credentials.password = "wrong".into();
    pair.input(U, Input::Reconfigure(Box::new(config)));
    pair.command(U, Command::Register { account: 1 });
    pair.advance(Duration::from_secs(10));
    assert_eq!(pair.heard(U), ["registered 403"]);
    assert_eq!(pair.sent, 4);
}

#[test]
fn a_challenge_is_answered_with_the_header_that_belongs_to_it() {
    let mut desk = Desk::new();
    let challenge = desk.send("alice", &ASK, "");
    assert!(challenge.status() == Some(401) && challenge.has(Name::WwwAuthenticate));
    assert!(!challenge.has(Name::ProxyAuthenticate));
    assert_eq!(desk.switch.inspect().server_transactions, 0);
}
