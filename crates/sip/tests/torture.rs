//! The torture messages of RFC 4475 and RFC 5118 against the parser and `validate`.
//! What a registrar or a user agent makes of those that are well-formed is tested with the endpoint.

use bytes::Bytes;
use sip::message::{Contacts, Framed, Message, Method, Name, Rport, Scheme, StreamDecoder, unescape};

/// What the wire layer says of a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Outcome {
    /// Well-formed: goes on to the transaction layer.
    Good,
    /// Framed and readable, to be answered with this status.
    Flawed(u16),
    /// Not framed, yet readable enough to be answered with this status.
    Unframed(u16),
    /// Nothing to answer: a broken response, or too broken a request.
    Dropped,
}
use Outcome::{Dropped, Flawed, Good, Unframed};

macro_rules! cases {
    ($($file:literal $section:literal $outcome:expr;)*) => {
        const CASES: &[(&str, &str, Outcome, &[u8])] =
            &[$(($file, $section, $outcome, include_bytes!(concat!("torture/", $file))),)*];
    };
}

cases! {
    "rfc4475/wsinv.dat" "3.1.1.1" Good;
    "rfc4475/intmeth.dat" "3.1.1.2" Good;
    "rfc4475/esc01.dat" "3.1.1.3" Good;
    "rfc4475/escnull.dat" "3.1.1.4" Good;
    "rfc4475/esc02.dat" "3.1.1.5" Good;
    "rfc4475/lwsdisp.dat" "3.1.1.6" Good;
    "rfc4475/longreq.dat" "3.1.1.7" Good;
    "rfc4475/dblreq.dat" "3.1.1.8" Good;
    "rfc4475/semiuri.dat" "3.1.1.9" Good;
    "rfc4475/transports.dat" "3.1.1.10" Good;
    "rfc4475/mpart01.dat" "3.1.1.11" Good;
    "rfc4475/unreason.dat" "3.1.1.12" Good;
    "rfc4475/noreason.dat" "3.1.1.13" Good;
    "rfc4475/badinv01.dat" "3.1.2.1" Flawed(400);
    "rfc4475/clerr.dat" "3.1.2.2" Unframed(400);
    "rfc4475/ncl.dat" "3.1.2.3" Unframed(400);
    "rfc4475/scalar02.dat" "3.1.2.4" Flawed(400);
    "rfc4475/scalarlg.dat" "3.1.2.5" Dropped;
    "rfc4475/quotbal.dat" "3.1.2.6" Flawed(400);
    "rfc4475/ltgtruri.dat" "3.1.2.7" Flawed(400);
    "rfc4475/lwsruri.dat" "3.1.2.8" Flawed(400);
    "rfc4475/lwsstart.dat" "3.1.2.9" Flawed(400);
    "rfc4475/trws.dat" "3.1.2.10" Flawed(400);
    "rfc4475/escruri.dat" "3.1.2.11" Flawed(400);
    // A Date in another zone is ignored with its field.
    "rfc4475/baddate.dat" "3.1.2.12" Good;
    "rfc4475/regbadct.dat" "3.1.2.13" Flawed(400);
    // Space inside <> and an unquoted comma in a display name: forgiven, since nothing is ambiguous.
    "rfc4475/badaspec.dat" "3.1.2.14" Good;
    "rfc4475/baddn.dat" "3.1.2.15" Good;
    "rfc4475/badvers.dat" "3.1.2.16" Flawed(505);
    "rfc4475/mismatch01.dat" "3.1.2.17" Flawed(400);
    "rfc4475/mismatch02.dat" "3.1.2.18" Flawed(501);
    "rfc4475/bigcode.dat" "3.1.2.19" Dropped;
    "rfc4475/badbranch.dat" "3.2.1" Good;
    "rfc4475/insuf.dat" "3.3.1" Flawed(400);
    "rfc4475/unkscm.dat" "3.3.2" Flawed(416);
    "rfc4475/novelsc.dat" "3.3.3" Flawed(416);
    "rfc4475/unksm2.dat" "3.3.4" Good;
    "rfc4475/bext01.dat" "3.3.5" Good;
    "rfc4475/invut.dat" "3.3.6" Good;
    "rfc4475/regaut01.dat" "3.3.7" Good;
    "rfc4475/multi01.dat" "3.3.8" Flawed(400);
    "rfc4475/mcl01.dat" "3.3.9" Unframed(400);
    "rfc4475/bcast.dat" "3.3.10" Good;
    "rfc4475/zeromf.dat" "3.3.11" Good;
    "rfc4475/cparam01.dat" "3.3.12" Good;
    "rfc4475/cparam02.dat" "3.3.13" Good;
    "rfc4475/regescrt.dat" "3.3.14" Good;
    "rfc4475/sdp01.dat" "3.3.15" Good;
    "rfc4475/inv2543.dat" "3.4.1" Good;
    "rfc5118/ipv6-good" "4.1" Good;
    "rfc5118/ipv6-bad" "4.2" Flawed(400);
    "rfc5118/port-ambiguous" "4.3" Good;
    "rfc5118/port-unambiguous" "4.4" Good;
    "rfc5118/via-received-param-with-delim" "4.5" Good;
    "rfc5118/via-received-param-no-delim" "4.5" Good;
    "rfc5118/ipv6-in-sdp" "4.6" Good;
    "rfc5118/mult-ip-in-header" "4.7" Good;
    "rfc5118/mult-ip-in-sdp" "4.8" Good;
    "rfc5118/ipv4-mapped-ipv6" "4.9" Good;
    "rfc5118/ipv6-correct-abnf-2-colons" "4.10" Good;
    "rfc5118/ipv6-bug-abnf-3-colons" "4.10" Good;
}

fn bytes(file: &str) -> Bytes {
    let case = CASES.iter().find(|case| case.0.ends_with(file)).expect("a known file");
    Bytes::from_static(case.3)
}

fn message(file: &str) -> Message {
    Message::parse(bytes(file)).expect("frames")
}

fn outcome(datagram: &'static [u8]) -> Outcome {
    match Message::parse(Bytes::from_static(datagram)) {
        Ok(message) => match message.validate() {
            Ok(()) => Good,
            Err(flaw) if message.is_request() => Flawed(flaw.status),
            Err(_) => Dropped,
        },
        Err(malformed) => match malformed.answerable() {
            Some(_) => Unframed(malformed.flaw.status),
            None => Dropped,
        },
    }
}

#[test]
fn every_torture_message_meets_its_expected_outcome() {
    let wrong: Vec<_> = CASES
        .iter()
        .map(|(file, section, expected, datagram)| (file, section, expected, outcome(datagram)))
        .filter(|(_, _, expected, got)| *expected != got)
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert_eq!(CASES.len(), 49 + 12);
}

#[test]
fn a_stream_cuts_the_same_messages_as_datagrams_do() {
    for (file, _, expected, datagram) in CASES.iter().filter(|case| case.2 == Good) {
        // A stream needs Content-Length (RFC 3261 18.3); what lacks it is covered elsewhere.
        let whole = message(file);
        if !whole.has(Name::ContentLength) {
            continue;
        }
        for step in [1, 7, datagram.len()] {
            let mut decoder = StreamDecoder::new();
            let mut first = None;
            for piece in datagram.chunks(step) {
                decoder.push(piece);
                first = first.or_else(|| decoder.poll());
            }
            let Some(Framed::Message(framed)) = first else { panic!("{file} {expected:?}: {first:?}") };
            assert_eq!(framed.as_bytes(), whole.as_bytes(), "{file}");
        }
    }
}

#[test]
fn good_messages_round_trip_through_the_printer() {
    for (file, ..) in CASES.iter().filter(|case| case.2 == Good) {
        let message = message(file);
        if !message.is_request() {
            continue;
        }
        let reply = Message::parse(sip::message::Builder::response(&message, 486, "").to_tag("t").build()).expect(file);
        assert_eq!(reply.validate(), Ok(()), "{file}");
        assert_eq!(reply.call_id(), message.call_id(), "{file}");
        assert_eq!(reply.cseq(), message.cseq(), "{file}");
        assert_eq!(reply.vias().count(), message.vias().count(), "{file}");
        let (from, theirs) = (reply.from().expect(file), message.from().expect(file));
        assert_eq!((from.uri_raw(), from.tag()), (theirs.uri_raw(), theirs.tag()), "{file}");
        assert!(reply.to().expect(file).tag().is_some(), "{file}");
    }
}

// RFC 4475 3.1.1.1
#[test]
fn wsinv_is_read_through_all_its_white_space() {
    let m = message("wsinv.dat");
    let uri = m.uri().unwrap();
    assert_eq!((uri.user().as_deref(), uri.params().has("unknownparam")), (Some("vivekg"), true));
    assert_eq!(m.to().unwrap().tag(), Some("1918181833n"));
    assert_eq!(m.to().unwrap().uri_raw(), "sip:vivekg@chair-dnrc.example.com");
    let from = m.from().unwrap();
    assert_eq!(from.display().as_deref(), Some("J Rosenberg \\\""));
    assert_eq!(from.tag(), Some("98asjd8"));
    assert_eq!(m.max_forwards(), Some(68));
    assert_eq!(m.cseq().unwrap().number, 9);
    let vias: Vec<_> = m.vias().map(Result::unwrap).collect();
    let seen: Vec<_> = vias.iter().map(|v| (v.transport, v.host.to_string(), v.branch.unwrap())).collect();
    assert_eq!(
        seen,
        [
            ("UDP", "192.0.2.2".into(), "390skdjuw"),
            ("TCP", "spindle.example.com".into(), "z9hG4bK9ikj8"),
            ("UDP", "192.168.255.111".into(), "z9hG4bK30239"),
        ]
    );
    assert_eq!(m.header(Name::Subject).as_deref(), Some(""));
    assert_eq!(m.other("newfangledheader").next().as_deref(), Some("newfangled value continued newfangled value"));
    let Contacts::List(contacts) = m.contacts().unwrap() else { panic!("a list") };
    assert_eq!(contacts[0].display().as_deref(), Some("Quoted string \"\""));
    assert_eq!(contacts[0].q(), 330);
    assert_eq!(contacts[0].param("newparam").as_deref(), Some("newvalue"));
    assert_eq!(contacts[0].param("secondparam").as_deref(), Some(""));
    assert!(m.routes().next().unwrap().unwrap().uri().unwrap().is_loose());
    assert_eq!(m.body().len(), 150);
}

// RFC 4475 3.1.1.2
#[test]
fn intmeth_keeps_every_legal_character() {
    let m = message("intmeth.dat");
    let method = "!interesting-Method0123456789_*+`.%indeed'~";
    assert_eq!(m.method(), Some(&Method::Other(method.into())));
    let uri = m.uri().unwrap();
    assert_eq!(uri.host().unwrap().to_string(), "example.com");
    assert_eq!(uri.user().as_deref(), Some("1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*"));
    assert_eq!(uri.password(), Some("&it+has=1,weird!*pas$wo~d_too.(doesn't-it)"));
    assert_eq!(m.to().unwrap().display().as_deref(), Some("BEL:\u{7} NUL:\0 DEL:\u{7f}"));
    let from = m.from().unwrap();
    assert_eq!(from.display().as_deref(), Some("token1~` token2'+_ token3*%!.-"));
    assert_eq!(from.param("fromParam''~+*_!.-%").as_deref(), Some("работающий"));
    assert_eq!(from.tag(), Some("_token~1'+`*%!-."));
    assert_eq!(m.call_id(), "intmeth.word%ZK-!.*_+'@word`~)(><:\\/\"][?}{");
}

// RFC 4475 3.1.1.3 and 3.1.1.5
#[test]
fn escapes_are_undone_in_the_user_part_and_never_in_a_method() {
    let uri = message("esc01.dat");
    let uri = uri.uri().unwrap();
    assert_eq!(uri.user().as_deref(), Some("sips:user@example.com"));
    assert_eq!(uri.host().unwrap().to_string(), "example.net");
    let m = message("esc02.dat");
    assert_eq!(m.method(), Some(&Method::Other("RE%47IST%45R".into())));
}

// RFC 4475 3.1.1.4
#[test]
fn escaped_nuls_make_two_different_users() {
    let m = message("escnull.dat");
    let Contacts::List(contacts) = m.contacts().unwrap() else { panic!("a list") };
    let users: Vec<_> = contacts.iter().map(|c| c.uri().unwrap().user().unwrap()).collect();
    assert_eq!(users, ["\0", "\0\0"]);
    assert!(!contacts[0].uri().unwrap().equivalent(&contacts[1].uri().unwrap()));
}

// RFC 4475 3.1.1.6 and 3.1.1.9
#[test]
fn a_display_name_may_touch_the_bracket_and_a_user_may_hold_a_semicolon() {
    assert_eq!(message("lwsdisp.dat").from().unwrap().display().as_deref(), Some("caller"));
    let m = message("semiuri.dat");
    let uri = m.uri().unwrap();
    assert_eq!(uri.user().as_deref(), Some("user;par=u@example.net"));
    assert_eq!(uri.params().iter().count(), 0);
}

// RFC 4475 3.1.1.7 and 3.1.1.10
#[test]
fn long_and_many_values_are_all_there() {
    let m = message("longreq.dat");
    assert_eq!(m.vias().filter(|via| via.is_ok()).count(), 34);
    assert!(m.to().unwrap().display().unwrap().starts_with("I have a user name of extremeextreme"));
    assert_eq!(m.to().unwrap().uri().unwrap().port(), Some(6000));
    assert!(m.from().unwrap().tag().unwrap().len() > 100);
    let m = message("transports.dat");
    let transports: Vec<_> = m.vias().map(|via| via.unwrap().transport).collect();
    assert_eq!(transports, ["UDP", "SCTP", "TLS", "UNKNOWN", "TCP"]);
}

// RFC 4475 3.1.1.8
#[test]
fn octets_after_content_length_are_ignored_in_a_datagram_and_a_second_message_on_a_stream() {
    let datagram = bytes("dblreq.dat");
    let m = Message::parse(datagram.clone()).unwrap();
    assert_eq!((m.method(), m.body().len()), (Some(&Method::Register), 0));
    assert!(m.as_bytes().len() < datagram.len());
    let mut decoder = StreamDecoder::new();
    decoder.push(&datagram);
    let mut methods = Vec::new();
    while let Some(framed) = decoder.poll() {
        match framed {
            Framed::Message(m) => methods.push(m.method().unwrap().clone()),
            Framed::Ping => {}
            // The INVITE's body is longer than its Content-Length says: its last line begins no message.
            Framed::Malformed(malformed) | Framed::Broken(malformed) => {
                assert!(malformed.answerable().is_none(), "{malformed}")
            }
        }
    }
    assert_eq!(methods, [Method::Register, Method::Invite]);
}

// RFC 4475 3.1.1.11
#[test]
fn a_binary_multipart_body_is_untouched() {
    let m = message("mpart01.dat");
    assert_eq!(m.content_type(), Some("multipart/mixed"));
    assert!(bytes("mpart01.dat").ends_with(&m.body()));
    assert!(m.body().contains(&0));
}

// RFC 4475 3.1.1.12 and 3.1.1.13
#[test]
fn reason_phrases_may_be_foreign_or_empty() {
    let m = message("unreason.dat");
    assert_eq!(m.reason(), "= 2**3 * 5**2 но сто девяносто девять - простое");
    assert_eq!(m.status(), Some(200));
    let m = message("noreason.dat");
    assert_eq!((m.status(), m.reason().as_ref()), (Some(100), ""));
}

// RFC 4475 3.1.2.1 to 3.3.9
#[test]
fn what_could_not_be_framed_still_says_enough_for_an_answer() {
    for file in ["clerr.dat", "ncl.dat", "mcl01.dat"] {
        let malformed = Message::parse(bytes(file)).unwrap_err();
        let readable = malformed.answerable().expect(file);
        let reply = sip::message::Builder::response(readable, malformed.flaw.status, malformed.flaw.reason).build();
        let reply = Message::parse(reply).expect(file);
        assert_eq!((reply.status(), reply.call_id()), (Some(400), readable.call_id()), "{file}");
    }
}

// RFC 4475 3.2.1 and 3.4.1
#[test]
fn a_branch_without_anything_after_the_cookie_is_not_unique() {
    assert_eq!(message("badbranch.dat").top_via().unwrap().unique_branch(), None);
    let old = message("inv2543.dat");
    assert_eq!(old.top_via().unwrap().branch, None);
    assert_eq!((old.from().unwrap().tag(), old.max_forwards()), (None, None));
    assert!(old.body().starts_with(b"v=0"));
}

// RFC 4475 3.3.2 to 3.3.5, 3.3.12 to 3.3.14
#[test]
fn what_the_layers_above_decide_upon_is_readable() {
    assert_eq!(message("unksm2.dat").to().unwrap().uri().unwrap().scheme(), Scheme::Other("isbn"));
    assert_eq!(message("novelsc.dat").uri().unwrap().scheme(), Scheme::Other("soap.beep"));
    let m = message("bext01.dat");
    assert_eq!(m.require().collect::<Vec<_>>(), ["nothingSupportsThis", "nothingSupportsThisEither"]);
    assert_eq!(m.proxy_require().collect::<Vec<_>>(), ["noProxiesSupportThis", "norDoAnyProxiesSupportThis"]);
    let m = message("cparam01.dat");
    let contact = *m.contacts().unwrap().first().unwrap();
    assert_eq!(contact.uri_raw(), "sip:+19725552222@gw1.example.net");
    assert!(contact.params().has("unknownparam"));
    let m = message("cparam02.dat");
    let contact = *m.contacts().unwrap().first().unwrap();
    assert!(contact.uri().unwrap().params().has("unknownparam") && !contact.params().has("unknownparam"));
    let m = message("regescrt.dat");
    let headers = m.contacts().unwrap().first().unwrap().uri().unwrap().headers().unwrap();
    assert_eq!(unescape(headers), "Route=<sip:sip.example.com>");
    assert_eq!(message("zeromf.dat").max_forwards(), Some(0));
    assert_eq!(message("sdp01.dat").accept().collect::<Vec<_>>(), ["text/nobodyKnowsThis"]);
    assert_eq!(message("invut.dat").content_type(), Some("application/unknownformat"));
}

// RFC 5118 4.1 to 4.10
#[test]
fn ipv6_is_read_wherever_it_may_stand() {
    let m = message("ipv6-good");
    assert_eq!(m.uri().unwrap().host().unwrap().to_string(), "[2001:db8::10]");
    assert_eq!(m.top_via().unwrap().host.to_string(), "[2001:db8::9:1]");
    let m = message("port-ambiguous");
    let uri = m.uri().unwrap();
    assert_eq!((uri.host().unwrap().to_string(), uri.port()), ("[2001:db8::10:5070]".into(), None));
    let m = message("port-unambiguous");
    let uri = m.uri().unwrap();
    assert_eq!((uri.host().unwrap().to_string(), uri.port()), ("[2001:db8::10]".into(), Some(5070)));
    for file in ["via-received-param-with-delim", "via-received-param-no-delim"] {
        let m = message(file);
        let via = m.top_via().unwrap();
        assert_eq!(via.received, Some("2001:db8::9:255".parse().unwrap()), "{file}");
        assert_eq!(via.rport, Rport::Absent);
    }
    let m = message("mult-ip-in-header");
    assert!(m.vias().all(|via| via.unwrap().host.ip().is_some() || file_has_names(&m)));
    let m = message("ipv6-bug-abnf-3-colons");
    assert_eq!(m.uri().unwrap().host().unwrap().to_string(), "[2001:db8::c000:201]");
}

fn file_has_names(message: &Message) -> bool {
    message.vias().flatten().any(|via| via.host.ip().is_none())
}
