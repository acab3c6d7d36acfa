//! Constructions that are legal or common on the wire and on which other parsers have failed: one test each.

use bytes::Bytes;
use sip::message::{Address, Builder, Contacts, Flaw, Framed, Message, Method, Name, Quoted, StreamDecoder, Value};
use sip::message::{escape_user, is_keep_alive, unescape, unquote};
use std::fmt::Write;
use terms::limits;

const BASE: &[(&str, &str)] = &[
    ("Via", "SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK7"),
    ("Max-Forwards", "70"),
    ("From", "<sip:alice@example.com>;tag=a"),
    ("To", "<sip:bob@example.com>"),
    ("Call-ID", "x@y"),
    ("CSeq", "1 INVITE"),
];

/// An INVITE in which these header lines stand in place of, or beside, the usual ones.
fn invite(lines: &[&str]) -> Vec<u8> {
    let names: Vec<Name> =
        lines.iter().filter_map(|l| l.split_once(':')).map(|l| Name::of(l.0.trim().as_bytes())).collect();
    let mut text = String::from("INVITE sip:bob@example.com SIP/2.0\r\n");
    for (name, value) in BASE.iter().filter(|(name, _)| !names.contains(&Name::of(name.as_bytes()))) {
        let _ = write!(text, "{name}: {value}\r\n");
    }
    for line in lines {
        let _ = write!(text, "{line}\r\n");
    }
    (text + "\r\n").into_bytes()
}

fn read(datagram: impl Into<Bytes>) -> Message {
    let message = Message::parse(datagram.into()).expect("frames");
    assert_eq!(message.validate(), Ok(()));
    message
}

fn with_uri(uri: &str) -> Message {
    let text = String::from_utf8(invite(&[])).expect("text");
    read(text.replacen("sip:bob@example.com", uri, 1))
}

fn flaw(datagram: impl Into<Bytes>) -> Flaw {
    match Message::parse(datagram.into()) {
        Ok(message) => message.validate().expect_err("a flaw"),
        Err(malformed) => malformed.flaw,
    }
}

#[test]
fn a_folded_header_is_one_value() {
    let m = read(invite(&["Subject: I know\r\n  you're there,\r\n\tpick up"]));
    assert_eq!(m.header(Name::Subject).as_deref(), Some("I know you're there, pick up"));
}

#[test]
fn white_space_before_the_colon_is_no_part_of_the_name() {
    let m = read(invite(&["TO :<sip:carol@example.com>"]));
    assert_eq!(m.to().unwrap().uri_raw(), "sip:carol@example.com");
}

#[test]
fn an_ipv6_request_uri_is_understood() {
    let m = with_uri("sip:bob@[2001:db8::10]:5070;transport=tcp");
    let uri = m.uri().unwrap();
    assert_eq!(uri.host().unwrap().ip(), Some("2001:db8::10".parse().unwrap()));
    assert_eq!((uri.port(), uri.param("transport").as_deref()), (Some(5070), Some("tcp")));
}

#[test]
fn a_tel_request_uri_is_understood() {
    let m = with_uri("tel:+44-207-946-0001;phone-context=example.com");
    assert_eq!(m.uri().unwrap().user().as_deref(), Some("+44-207-946-0001"));
    assert_eq!(m.uri().unwrap().param("phone-context").as_deref(), Some("example.com"));
}

#[test]
fn an_extension_method_is_a_method() {
    let text = String::from_utf8(invite(&["CSeq: 1 FROBNICATE"])).unwrap().replacen("INVITE", "FROBNICATE", 1);
    assert_eq!(read(text).method(), Some(&Method::Other("FROBNICATE".into())));
    let lower = String::from_utf8(invite(&["CSeq: 1 invite"])).unwrap().replacen("INVITE", "invite", 1);
    assert_eq!(read(lower).method(), Some(&Method::Other("invite".into())), "methods have a case");
}

#[test]
fn leading_line_ends_are_ignored() {
    let m = read([b"\r\n\r\n".as_slice(), &invite(&[])].concat());
    assert_eq!(m.call_id(), "x@y");
}

#[test]
fn one_byte_that_is_not_utf_8_spoils_only_itself() {
    let latin = b"Subject: Gr\xfc\xdfe\r\nFrom: \"J\xf6rg\" <sip:joerg@example.com>;tag=a\r\n";
    let text = String::from_utf8(invite(&[])).unwrap().replace("From: <sip:alice@example.com>;tag=a\r\n", "");
    let at = text.find("Via").unwrap();
    let m = read([&text.as_bytes()[..at], latin, &text.as_bytes()[at..]].concat());
    assert_eq!(m.header(Name::Subject).as_deref(), Some("Gr\u{fffd}\u{fffd}e"));
    assert_eq!(m.from().unwrap().display().as_deref(), Some("J\u{fffd}rg"));
    assert_eq!(m.from().unwrap().tag(), Some("a"));
    assert_eq!(m.top_via().unwrap().branch, Some("z9hG4bK7"), "what follows it is not lost");
    let reply = Message::parse(Builder::response(&m, 486, "").build()).unwrap();
    assert_eq!(reply.raw(Name::From).next(), m.raw(Name::From).next(), "and it goes back as it came");
}

#[test]
fn a_header_name_that_is_not_utf_8_is_a_fault_and_never_a_silent_end() {
    let bad = [&invite(&[])[..invite(&[]).len() - 2], b"X-\xff: 1\r\n\r\n".as_slice()].concat();
    let malformed = Message::parse(bad.into()).unwrap_err();
    assert_eq!(malformed.flaw.status, 400);
    assert_eq!(malformed.answerable().expect("answerable").call_id(), "x@y");
}

#[test]
fn compact_forms_are_the_same_headers() {
    let lines = [
        "v: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bK9",
        "f: <sip:a@example.com>;tag=f",
        "t: <sip:b@example.com>",
        "i: short",
        "m: <sip:a@192.0.2.9>",
        "c: application/sdp",
        "k: timer",
        "s: hello",
        "l: 0",
        "x: 1800;refresher=uac",
    ];
    let m = read(invite(&lines));
    assert_eq!(m.top_via().unwrap().host.to_string(), "192.0.2.9");
    assert_eq!((m.from().unwrap().tag(), m.call_id()), (Some("f"), "short"));
    assert_eq!(m.to().unwrap().uri_raw(), "sip:b@example.com");
    assert_eq!(m.contacts().unwrap().first().unwrap().uri_raw(), "sip:a@192.0.2.9");
    assert_eq!((m.content_type(), m.supports("timer")), (Some("application/sdp"), true));
    assert_eq!(m.header(Name::Subject).as_deref(), Some("hello"));
    assert_eq!(m.session_expires(), Some((1800, Some("uac"))));
}

#[test]
fn ipv6_in_via_and_contact_is_understood() {
    let m =
        read(invite(&["Via: SIP/2.0/TCP [2001:db8::9]:5070;branch=z9hG4bK9", "Contact: <sip:a@[2001:db8::9]:5070>"]));
    let via = m.top_via().unwrap();
    assert_eq!(via.reply_address(), Some("[2001:db8::9]:5070".parse().unwrap()));
    let contacts = m.contacts().unwrap();
    assert_eq!(contacts.first().unwrap().uri().unwrap().port(), Some(5070));
}

#[test]
fn a_tel_uri_in_from_has_header_parameters_after_it() {
    let m = read(invite(&["From: tel:+15551234;tag=t"]));
    assert_eq!(m.from().unwrap().uri().unwrap().user().as_deref(), Some("+15551234"));
    assert_eq!(m.from().unwrap().tag(), Some("t"));
}

#[test]
fn quoted_commas_semicolons_and_brackets_separate_nothing() {
    let value = r#""a, b; <c> \" d" <sip:a@192.0.2.1>;q=0.5;n="1,2;3", <sip:b,;@192.0.2.2>"#;
    let m = read(invite(&[&format!("Contact: {value}")]));
    let Contacts::List(list) = m.contacts().unwrap() else { panic!("a list") };
    assert_eq!(list.len(), 2);
    assert_eq!(list[0].display().as_deref(), Some("a, b; <c> \" d"));
    assert_eq!((list[0].q(), list[0].param("n").as_deref()), (500, Some("1,2;3")));
    assert_eq!(list[1].uri_raw(), "sip:b,;@192.0.2.2");
}

#[test]
fn two_contacts_may_share_a_line_or_have_one_each() {
    for lines in [&["Contact: <sip:a@x>, <sip:b@y>"][..], &["Contact: <sip:a@x>", "m: <sip:b@y>"]] {
        let m = read(invite(lines));
        let Contacts::List(list) = m.contacts().unwrap() else { panic!("a list") };
        assert_eq!(list.iter().map(|c| c.uri_raw()).collect::<Vec<_>>(), ["sip:a@x", "sip:b@y"]);
    }
}

#[test]
fn contact_star_stands_alone() {
    assert!(matches!(read(invite(&["Contact: *"])).contacts(), Ok(Contacts::Star)));
    assert_eq!(flaw(invite(&["Contact: *, <sip:a@x>"])).status, 400);
    assert_eq!(flaw(invite(&["Contact: <sip:a@x>", "Contact: *"])).status, 400);
}

#[test]
fn loose_white_space_is_no_obstacle() {
    let m = read(invite(&[
        "Via:SIP / 2.0 / UDP   192.0.2.1 : 5061 ;  branch = z9hG4bKx ;rport",
        "CSeq:\t 7 \t INVITE  ",
        "From:   \"A\"   <sip:a@example.com>  ;  tag = t  ",
    ]));
    let via = m.top_via().unwrap();
    assert_eq!((via.port, via.branch), (Some(5061), Some("z9hG4bKx")));
    assert_eq!((m.cseq().unwrap().number, m.from().unwrap().tag()), (7, Some("t")));
}

#[test]
fn content_length_rules_over_the_datagram() {
    let m = read([&invite(&["Content-Length: 3", "Content-Type: text/plain"])[..], b"abcdef"].concat());
    assert_eq!(m.body(), "abc");
    let m = read([&invite(&["Content-Type: text/plain"])[..], b"abcdef"].concat());
    assert_eq!(m.body(), "abcdef", "without Content-Length a datagram's rest is the body");
    assert_eq!(flaw([&invite(&["Content-Length: 7"])[..], b"abcdef"].concat()).status, 400);
    assert_eq!(flaw(invite(&["Content-Length: 0", "l: 1"])).status, 400);
    assert_eq!(flaw(invite(&["Content-Length: -1"])).status, 400);
    assert_eq!(flaw(invite(&["Content-Length: 18446744073709551616"])).status, 400);
}

#[test]
fn a_truncated_message_never_has_its_headers_for_a_body() {
    let whole = [&invite(&["Content-Length: 6"])[..], b"abcdef"].concat();
    for cut in 0..whole.len() {
        assert!(Message::parse(Bytes::copy_from_slice(&whole[..cut])).is_err(), "cut at {cut}");
    }
    assert!(Message::parse(whole.into()).is_ok());
}

#[test]
fn line_ends_at_the_end_of_a_body_belong_to_it() {
    let m = read([&invite(&["Content-Type: application/sdp", "Content-Length: 7"])[..], b"v=0\r\n\r\n"].concat());
    assert_eq!(m.body(), "v=0\r\n\r\n");
}

#[test]
fn escaped_quotes_in_a_display_name_do_not_end_it() {
    let m = read(invite(&[r#"From: "Al \"the\\ boss\" <x>" <sip:al@example.com>;tag=1"#]));
    assert_eq!(m.from().unwrap().display().as_deref(), Some(r#"Al "the\ boss" <x>"#));
    assert_eq!(m.from().unwrap().uri_raw(), "sip:al@example.com");
}

#[test]
fn unbalanced_quotes_and_brackets_are_answered_with_400() {
    for line in [
        "From: \"Alice <sip:a@x>;tag=1",
        "From: Al \"ice <sip:a@x>;tag=1",
        "To: <sip:b@x",
        "To: \"B\" sip:b@x",
        "To: <sip:b@x> rest",
        "Contact: <sip:a@x>;p=\"1",
        "To: \"b\\\" <sip:b@x>",
        "From:",
        "To: bob",
    ] {
        assert_eq!(flaw(invite(&[line])).status, 400, "{line}");
    }
}

#[test]
fn comments_are_skipped_where_they_may_stand() {
    let m = read(invite(&[
        "Server: Homer/1.0 (a, b (nested)), Marge/2",
        "Retry-After: 18 (I'm in a meeting, sorry);duration=60",
    ]));
    assert_eq!(m.values(Name::Server).count(), 2);
    assert_eq!(m.retry_after().unwrap().delay.as_secs(), 18);
}

#[test]
fn bare_line_feeds_end_lines_too() {
    let text = String::from_utf8(invite(&["Subject: x"])).unwrap().replace("\r\n", "\n");
    assert_eq!(read(text).header(Name::Subject).as_deref(), Some("x"));
}

#[test]
fn cseq_must_match_and_stay_in_range() {
    assert_eq!(flaw(invite(&["CSeq: 1 BYE"])).reason, "CSeq method does not match");
    for value in ["2147483648 INVITE", "99999999999999999999 INVITE", "-1 INVITE", "1", "INVITE", "1 INV ITE", ""] {
        assert_eq!(flaw(invite(&[&format!("CSeq: {value}")])).status, 400, "{value}");
    }
    assert_eq!(read(invite(&["CSeq: 2147483647 INVITE"])).cseq().unwrap().number, 2_147_483_647);
}

#[test]
fn single_headers_may_not_come_twice_and_mandatory_ones_must_be_there() {
    for (name, value) in BASE.iter().filter(|(name, _)| *name != "Via") {
        let line = format!("{name}: {value}");
        assert_eq!(flaw(invite(&[&line, &line])).status, 400, "{name} twice");
    }
    for (name, value) in BASE.iter().filter(|(name, _)| *name != "Max-Forwards") {
        let text = String::from_utf8(invite(&[])).unwrap().replace(&format!("{name}: {value}\r\n"), "");
        assert_eq!(flaw(text).status, 400, "{name} missing");
    }
}

#[test]
fn keep_alives_are_told_from_messages() {
    assert!(is_keep_alive(b"\r\n\r\n") && is_keep_alive(b"\0\0\0\0") && is_keep_alive(b""));
    assert!(!is_keep_alive(&invite(&[])));
}

#[test]
fn the_limits_hold_at_the_limit() {
    let lines: Vec<String> = (BASE.len()..limits::HEADERS).map(|n| format!("X-{n}: {n}")).collect();
    let mut lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    read(invite(&lines));
    lines.push("One: more");
    assert_eq!(flaw(invite(&lines)).status, 400);

    let via = ["Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1"].repeat(limits::HOPS);
    read(invite(&via));
    assert_eq!(flaw(invite(&[&via[..], &via[..1]].concat())).status, 400);

    let contacts = ["m: <sip:a@x>"].repeat(limits::HOPS);
    read(invite(&contacts));
    assert_eq!(flaw(invite(&[&contacts[..], &contacts[..1]].concat())).status, 400);

    let body = vec![b'x'; limits::BODY_BYTES + 1];
    read([&invite(&[])[..], &body[1..]].concat());
    assert_eq!(flaw([&invite(&[])[..], &body].concat()).status, 413);
    assert_eq!(flaw(vec![b'x'; limits::MESSAGE_BYTES + 1]).status, 513);
}

#[test]
fn the_via_tells_where_the_response_goes() {
    let source = "203.0.113.5:40000".parse().unwrap();
    for (via, expected) in [
        ("192.0.2.7:5062;branch=z9hG4bK7;rport", "203.0.113.5:40000"),
        ("192.0.2.7:5062;branch=z9hG4bK7", "203.0.113.5:5062"),
        ("phone.example.com;branch=z9hG4bK7", "203.0.113.5:5060"),
        ("203.0.113.5:5062;branch=z9hG4bK7", "203.0.113.5:5062"),
        ("192.0.2.7;branch=z9hG4bK7;received=198.51.100.66;rport=9", "203.0.113.5:40000"),
        ("192.0.2.7;branch=z9hG4bK7;maddr=255.255.255.255", "203.0.113.5:5060"),
    ] {
        let mut m = read(invite(&[&format!("Via: SIP/2.0/UDP {via}")]));
        m.arrived_from(source);
        assert_eq!(m.top_via().unwrap().reply_address(), Some(expected.parse().unwrap()), "{via}");
        let reply = Message::parse(Builder::response(&m, 200, "").build()).unwrap();
        assert_eq!(reply.top_via().unwrap().reply_address(), Some(expected.parse().unwrap()), "{via}");
        assert_eq!(reply.top_via().unwrap().branch, Some("z9hG4bK7"));
    }
}

#[test]
fn uris_are_compared_as_the_rfc_compares_them() {
    use sip::message::Uri;
    let same = |a: &str, b: &str| Uri::parse(a).unwrap().equivalent(&Uri::parse(b).unwrap());
    // RFC 3261 19.1.4 gives these examples.
    assert!(same("sip:%61lice@atlanta.com;transport=TCP", "sip:alice@AtlanTa.CoM;Transport=tcp"));
    assert!(same("sip:carol@chicago.com", "sip:carol@chicago.com;newparam=5"));
    assert!(same("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;newparam=5"));
    assert!(same(
        "sip:biloxi.com;transport=tcp;method=REGISTER?to=sip:bob%40biloxi.com",
        "sip:biloxi.com;method=REGISTER;transport=tcp?to=sip:bob%40biloxi.com"
    ));
    assert!(same(
        "sip:alice@atlanta.com?subject=project%20x&priority=urgent",
        "sip:alice@atlanta.com?priority=urgent&subject=project%20x"
    ));
    assert!(!same("SIP:ALICE@AtLanTa.CoM;Transport=udp", "sip:alice@AtLanTa.CoM;Transport=UDP"));
    assert!(!same("sip:bob@biloxi.com", "sip:bob@biloxi.com:5060"));
    assert!(!same("sip:bob@biloxi.com", "sip:bob@biloxi.com;transport=udp"));
    assert!(!same("sip:bob@biloxi.com:6000;transport=tcp", "sip:bob@biloxi.com"));
    assert!(!same("sip:carol@chicago.com;security=on", "sip:carol@chicago.com;security=off"));
    assert!(!same("sip:carol@chicago.com?Subject=next%20meeting", "sip:carol@chicago.com"));
}

#[test]
fn no_value_can_inject_a_header_field() {
    let evil = "x\r\nEvil: 1\r\n\r\nbody\0\n\r";
    let mut m = read(invite(&[]));
    m.arrived_from("192.0.2.1:5060".parse().unwrap());
    let mut address = vec![];
    Address { display: Some(evil), uri: evil, tag: Some(evil) }.write(&mut address);
    let address = String::from_utf8(address).unwrap();
    let response = Builder::response(&m, 200, evil)
        .to_tag(evil)
        .header(Name::Server, evil)
        .header(Name::Contact, &address)
        .field(evil, "1")
        .field("X-Note", evil)
        .header(Name::Subject, Quoted(evil))
        .body(evil, evil)
        .build();
    let request = Builder::request(&Method::Other(evil.into()), evil).header(Name::To, &address).build();
    for bytes in [response, request] {
        let head = bytes.windows(4).position(|w| w == b"\r\n\r\n").unwrap();
        let lines: Vec<&[u8]> = bytes[..head].split(|&b| b == b'\n').collect();
        assert!(lines.iter().all(|line| !line.starts_with(b"Evil") && !line.contains(&0)), "{bytes:?}");
        assert!(lines.iter().rev().skip(1).all(|line| line.iter().filter(|&&b| b == b'\r').count() == 1));
    }
}

#[test]
fn a_folded_value_from_a_stranger_is_copied_as_one_line() {
    let m = read(invite(&["Record-Route: <sip:p1;lr>\r\n ,<sip:p2;lr>", "From: \"A\r\n B\" <sip:a@x>;tag=1"]));
    let reply = Message::parse(Builder::response(&m, 180, "").to_tag("z").build()).unwrap();
    assert_eq!(reply.record_routes().count(), 2);
    assert!(!reply.raw(Name::From).any(|v| v.contains(&b'\n')));
    assert_eq!(reply.to().unwrap().tag(), Some("z"));
    let trying = Message::parse(Builder::response(&m, 100, "").to_tag("z").build()).unwrap();
    assert_eq!((trying.to().unwrap().tag(), trying.record_routes().count()), (None, 0));
}

#[test]
fn text_survives_quoting_and_escaping() {
    for text in ["plain", "a \"b\" \\ c", "käse", ""] {
        assert_eq!(unquote(&Quoted(text).to_string()), text);
        assert_eq!(unescape(&escape_user(text)), text);
    }
    assert_eq!(escape_user("a b@c:d<e>\r\n"), "a%20b%40c%3Ad%3Ce%3E%0D%0A");
    assert_eq!(unescape("100%"), "100%");
    assert_eq!(unescape("%zz%4"), "%zz%4");
}

#[test]
fn a_stream_tells_pings_from_stray_line_ends() {
    let mut decoder = StreamDecoder::new();
    decoder.push(b"\r\n");
    assert!(decoder.poll().is_none());
    decoder.push(b"\r\n");
    assert!(matches!(decoder.poll(), Some(Framed::Ping)));
    decoder.push(b"\r\n\0");
    decoder.push(&invite(&["Content-Length: 0"]));
    assert!(matches!(decoder.poll(), Some(Framed::Message(_))));
    assert!(decoder.poll().is_none());
    assert_eq!(decoder.pending(), 0);
}

#[test]
fn a_stream_that_loses_its_framing_is_answered_and_closed() {
    for (lines, status) in [
        (&["Content-Length: 5", "l: 6"][..], 400),
        (&["Content-Length: many"], 400),
        (&["Content-Type: application/sdp"], 400),
        (&["content-length 0"], 400),
    ] {
        let mut decoder = StreamDecoder::new();
        decoder.push(&invite(lines));
        let Some(Framed::Broken(malformed)) = decoder.poll() else { panic!("{lines:?}") };
        assert_eq!(malformed.flaw.status, status, "{lines:?}");
        assert!(malformed.answerable().is_some(), "{lines:?}");
        decoder.push(&invite(&["Content-Length: 0"]));
        assert!(decoder.poll().is_none() && decoder.pending() == 0);
    }
}

#[test]
fn a_message_whose_end_is_known_costs_itself_and_not_its_stream() {
    let body = vec![b'x'; 40_000];
    let answered = |bytes: &[u8], status| (bytes.to_vec(), Some(status));
    let line = |first: &str| {
        format!("{first}\r\nVia: SIP/2.0/TCP h;branch=z9hG4bK1\r\nCSeq: 1 INVITE\r\nl: 2\r\n\r\nab").into_bytes()
    };
    for (bytes, status) in [
        answered(&[invite(&["Content-Length: 40000"]), body].concat(), 413),
        answered(&invite(&["Content-Length: 0", "no colon here"]), 400),
        (line("SIP/2.0 4294967301 better not break the receiver"), None),
        (line("SIP/2.0 OK"), None),
        (line("IN?VITE sip:a@b SIP/2.0"), None),
    ] {
        let mut decoder = StreamDecoder::new();
        let (mut malformed, mut whole) = (Vec::new(), 0);
        for piece in [bytes, invite(&["Content-Length: 0"])].concat().chunks(700) {
            decoder.push(piece);
            while let Some(framed) = decoder.poll() {
                match framed {
                    Framed::Malformed(one) => malformed.push(one),
                    Framed::Message(_) => whole += 1,
                    other => panic!("{other:?}"),
                }
            }
            assert!(decoder.kept() < 2_000, "a body that nobody wants is not kept");
        }
        let statuses: Vec<_> = malformed.iter().map(|one| one.answerable().map(|_| one.flaw.status)).collect();
        assert_eq!((statuses, whole, decoder.pending()), (vec![status], 1, 0));
    }
}

#[test]
fn what_does_not_begin_like_a_message_breaks_its_stream() {
    for text in ["GET / HTTP/1.1\r\n\r\n", "v=0\r\n\r\n", "sip:a@b SIP 2.0\r\n\r\n"] {
        let mut decoder = StreamDecoder::new();
        decoder.push(text.as_bytes());
        assert!(matches!(decoder.poll(), Some(Framed::Broken(_))), "{text}");
    }
}

#[test]
fn a_stream_head_that_does_not_end_is_bounded() {
    let mut decoder = StreamDecoder::new();
    decoder.push(b"INVITE sip:a@b SIP/2.0\r\n");
    let mut pushed = 0;
    let broken = loop {
        decoder.push(&[b'X'; 1_000]);
        pushed += 1_000;
        if let Some(framed) = decoder.poll() {
            break framed;
        }
        assert!(pushed < 2 * limits::MESSAGE_BYTES, "must have given up");
    };
    let Framed::Broken(malformed) = broken else { panic!("broken") };
    assert_eq!(malformed.flaw.status, 513);
    assert_eq!(decoder.pending(), 0);
}

#[test]
fn a_stream_measures_a_folded_content_length_as_a_datagram_does() {
    let mut decoder = StreamDecoder::new();
    decoder.push(&[&invite(&["Content-Type: text/plain", "Content-Length:\r\n 3"])[..], b"abc"].concat());
    let Some(Framed::Message(m)) = decoder.poll() else { panic!("a message") };
    assert_eq!(m.body(), "abc");
}

#[test]
fn what_requests_will_be_sent_to_must_be_a_uri() {
    for line in [
        "Contact: <sip:a@[2001:db8::1>",
        "Record-Route: <sr=phip:p.example.com;lr>",
        "Route: <sip:p.example.com:99999;lr>",
        "Record-Route: <sip:a b@p.example.com;lr>",
    ] {
        assert_eq!(flaw(invite(&[line])).status, 400, "{line}");
    }
    let hops = ["Record-Route: <sip:p;lr>"].repeat(limits::HOPS);
    read(invite(&hops));
    assert_eq!(flaw(invite(&[&hops[..], &hops[..1]].concat())).status, 400);
}

#[test]
fn a_flaw_beside_the_point_keeps_no_call_alive() {
    for line in
        ["Contact: \"half", "Max-Forwards: 999", "Expires: 1\r\nExpires: 2", "Route: nonsense", "Record-Route: <x>"]
    {
        for (method, fits) in [("BYE", true), ("ACK", true), ("CANCEL", true), ("INVITE", false)] {
            let text = String::from_utf8(invite(&[line])).expect("text").replace("INVITE", method);
            let message = Message::parse(text.into()).expect("frames");
            assert_eq!(message.validate().is_ok(), fits, "{method} with {line}");
        }
    }
}

#[test]
fn a_number_is_what_stands_before_its_parameters_without_separators_for_the_eye() {
    for (uri, who) in [
        ("sip:+442079460001@h", "+442079460001"),
        ("sip:+442079460001;npdi@h;user=phone", "+442079460001"),
        ("sip:+442079460001;npdi;rn=+15551230000@h", "+442079460001"),
        ("sip:+359888123456;cpc=ordinary@h", "+359888123456"),
        ("sip:%2B44%2D20@h", "+4420"),
        ("sip:+44(20)7946.0001@h", "+442079460001"),
        ("sip:020-7946%200001@h;user=phone", "02079460001"),
        ("tel:+44-20-7946-0001", "+442079460001"),
        ("tel:7042;phone-context=example.org;ext=5;isub=1", "7042"),
        ("tel:*21%23", "*21#"),
        ("sip:100;phone-context=office@h", "100"),
        // Names, not numbers.
        ("sip:10-1@h", "10-1"),
        ("sip:j.doe@h", "j.doe"),
        ("sip:j.doe@h;user=phone", "j.doe"),
        ("sip:a%3Bb@h", "a;b"),
        ("sip:;npdi@h", ""),
    ] {
        assert_eq!(with_uri(uri).uri().unwrap().subscriber().as_deref(), Some(who), "{uri}");
    }
    assert_eq!(with_uri("sip:h").uri().unwrap().subscriber(), None);
}
