//! Hostile bytes: mutated torture messages never panic, never stall, and whatever is answered is well-formed.

use bytes::Bytes;
use dice::Dice;
use sip::digest::{Answerer, Challenger, Known, USUAL};
use sip::message::{Builder, Contacts, Flaw, Framed, Message, Name, StreamDecoder, Uri};
use std::time::{Duration, Instant};
use terms::Mono;

mod dice;

/// Unoptimised code gets fewer.
const ROUNDS: usize = if cfg!(debug_assertions) { 8_000 } else { 200_000 };

/// There is no such user.
const NOBODY: Known<'static> = Known { ha1: None, digests: USUAL, braked: false };

/// Asks a message for everything it can tell.
fn read_all(m: &Message) -> usize {
    let mut seen = m.fields().map(|(name, _, value)| value.len() + m.raw_values(name).count()).sum::<usize>();
    seen += m.vias().filter_map(Result::ok).filter(|via| via.reply_address().is_some()).count();
    let uri =
        |uri: Result<Uri<'_>, Flaw>| uri.map_or(0, |u| u.user().map_or(0, |u| u.len()) + u.params().iter().count());
    seen += uri(m.uri());
    let addresses = [m.from(), m.to(), m.refer_to()].into_iter().chain(m.routes()).chain(m.record_routes());
    for address in addresses.chain(m.p_asserted_identity()).chain(m.diversions()).flatten() {
        seen += uri(address.uri()) + address.display().map_or(0, |d| d.len()) + address.params().iter().count();
    }
    if let Ok(Contacts::List(list)) = m.contacts() {
        seen +=
            list.iter().map(|c| usize::from(c.q()) + c.expires().unwrap_or(0) as usize + uri(c.uri())).sum::<usize>();
        seen += list.iter().filter(|c| c.uri().is_ok_and(|u| u.equivalent(&u))).count();
    }
    seen += m.require().chain(m.supported()).chain(m.accept()).map(str::len).sum::<usize>();
    seen += m.reason_cause().map_or(0, |c| c.0.into()) + m.retry_after().map_or(0, |r| r.delay.as_secs() as usize);
    seen + m.max_forwards().map_or(0, usize::from)
        + m.expires().unwrap_or(0) as usize
        + m.body().len()
        + m.reason().len()
}

fn answer(m: &Message, flaw: Flaw) -> Message {
    let bytes = Builder::response(m, flaw.status, flaw.reason).to_tag("t").build();
    Message::parse(bytes).expect("our own response frames")
}

#[test]
fn mutated_messages_are_read_without_a_panic_and_answered_in_form() {
    let mut dice = Dice(0x5150);
    let mut challenger = Challenger::new("r", b"seed");
    let mut answerer = Answerer::new("u", "p", 1);
    let (mut good, mut flawed, mut unframed) = (0, 0, 0);
    for _ in 0..ROUNDS {
        let datagram = Bytes::from(dice.mutated());
        match Message::parse(datagram.clone()) {
            Ok(mut m) => {
                m.arrived_from("198.51.100.1:5060".parse().unwrap());
                read_all(&m);
                let values = m.raw(Name::Authorization);
                let method = m.cseq().map_or(sip::message::Method::Invite, |c| c.method);
                let source = "198.51.100.1".parse().unwrap();
                challenger.verify(Mono::ZERO, source, &method, m.uri_raw(), values, |_| NOBODY);
                answerer.take(&m);
                match m.validate() {
                    Ok(()) => {
                        good += 1;
                        if m.is_request() {
                            let reply = answer(&m, Flaw::new(486, ""));
                            assert_eq!(reply.validate(), Ok(()), "{}", m.as_bytes().escape_ascii());
                            assert_eq!((reply.call_id(), reply.cseq()), (m.call_id(), m.cseq()));
                        }
                    }
                    Err(flaw) => {
                        flawed += 1;
                        assert!((400..700).contains(&flaw.status));
                        if m.is_answerable() {
                            answer(&m, flaw);
                        }
                    }
                }
            }
            Err(malformed) => {
                unframed += 1;
                malformed.message.as_deref().map(read_all);
                malformed.answerable().map(|m| answer(m, malformed.flaw));
            }
        }
    }
    let fewest = good.min(flawed).min(unframed);
    assert!(fewest > ROUNDS / 20, "{good} {flawed} {unframed}: the mutations are lame");
}

#[test]
fn a_stream_of_mutated_messages_never_panics_and_keeps_no_more_than_it_must() {
    let mut dice = Dice(0x57_1e_a3);
    for _ in 0..ROUNDS / 4 {
        let mut decoder = StreamDecoder::new();
        'link: for _ in 0..4 {
            let bytes = dice.mutated();
            for piece in bytes.chunks(1 + dice.roll(700)) {
                decoder.push(piece);
                while let Some(framed) = decoder.poll() {
                    match framed {
                        Framed::Message(m) => drop(read_all(&m)),
                        Framed::Ping | Framed::Malformed(_) => {}
                        Framed::Broken(_) => break 'link,
                    }
                }
                assert!(decoder.kept() <= terms::limits::MESSAGE_BYTES + terms::limits::BODY_BYTES);
            }
        }
    }
}

/// A wall clock is enough here: linear work takes a few milliseconds, quadratic work half a minute.
#[allow(clippy::disallowed_methods, reason = "a test of speed must look at a clock")]
// Messages of the largest size, made to be as slow as possible, stay linear.
#[test]
fn the_nastiest_large_messages_stay_quick() {
    let head = "INVITE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\n\
                Call-ID: x\r\nCSeq: 1 INVITE\r\n";
    for nasty in [
        "Contact: ",
        "Via: ",
        "Route: ",
        "From: ",
        "Require: ",
        "Subject: ",
        "Content-Length: ",
        "Authorization: Digest ",
    ] {
        for unit in [",", ";", "\"", "\\", "<", "<>", "(", "a:,", "\r\n ", "%", "=", ";a=\"", "@", ":", "[", "a=b,"] {
            let filler = unit.repeat((60_000 - head.len()) / unit.len());
            let datagram = Bytes::from(format!("{head}{nasty}{filler}\r\n\r\n"));
            let begun = Instant::now();
            match Message::parse(datagram) {
                Ok(m) => {
                    let _ = m.validate();
                    read_all(&m);
                }
                Err(malformed) => drop(malformed.message.as_deref().map(read_all)),
            }
            let taken = begun.elapsed();
            assert!(taken < Duration::from_millis(2_000), "{nasty}{unit:?} took {taken:?}");
        }
    }
}
