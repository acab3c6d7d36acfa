//! What RTP from the switch must be: one source a leg with sequence numbers one apart and timestamps
//! that count samples (RFC 3550 5.1), markers where a talkspurt begins (RFC 3551 4.1) or an event does
//! (RFC 4733 2.5.1.1), payload types that the other side asked for, and silence after BYE.

use super::Fault;
use super::rtp::{Packet, Stream};
use super::sip::Message;
use crate::g711::Law;
use std::collections::{BTreeMap, BTreeSet};
use std::net::{IpAddr, SocketAddr};

/// Timestamps may leave the clock by this much at a pause, in samples: half a second of drift would be heard.
const PAUSE_TOLERANCE: f64 = 0.1 * 8_000.0;
/// A stream may go on for this long after BYE was answered, in seconds: what the thread had in hand.
const AFTER_BYE: f64 = 0.25;

/// Talkspurts do not begin with every packet: three within this time, in seconds, are a broken marker. Two
/// happen, when music is cut off by somebody who answers at once. Whether each marker stands where the
/// sound changes, only who knows the sounds can tell: see `proof::marked`.
const THREE_SPURTS: f64 = 0.05;

/// What is wrong with the streams from the switch.
pub fn faults(messages: &[Message], streams: &[Stream], switch: IpAddr) -> Vec<Fault> {
    let wanted = payload_types(messages);
    let ended = ended(messages);
    let mut faults = Vec::new();
    for stream in streams.iter().filter(|stream| stream.from.ip() == switch) {
        let events = wanted.get(&stream.to).map(|wanted| &wanted.events);
        continuity(stream, events, &mut faults);
        if let Some(wanted) = wanted.get(&stream.to) {
            let odd: BTreeSet<u8> = stream
                .packets
                .iter()
                .map(|packet| packet.payload_type)
                .filter(|one| !wanted.all.contains(one))
                .collect();
            for payload_type in odd {
                faults.push(fault(
                    stream,
                    &stream.packets[0],
                    format!("payload type {payload_type} was not negotiated"),
                ));
            }
        } else {
            faults.push(fault(stream, &stream.packets[0], "no session description names this address".into()));
        }
        if let Some(end) = ended.get(&stream.to)
            && let Some(late) = stream.packets.iter().find(|packet| packet.at > end + AFTER_BYE)
        {
            faults.push(fault(stream, late, "the stream goes on after BYE".into()));
        }
    }
    faults
}

fn fault(stream: &Stream, packet: &Packet, what: String) -> Fault {
    Fault { at: packet.at, what: format!("RTP {} -> {} sequence {}: {what}", stream.from, stream.to, packet.sequence) }
}

fn continuity(stream: &Stream, events: Option<&BTreeSet<u8>>, faults: &mut Vec<Fault>) {
    let is_event = |packet: &Packet| {
        events.is_some_and(|events| events.contains(&packet.payload_type)) && Law::of(packet.payload_type).is_none()
    };
    let mut marks: Vec<f64> =
        stream.packets.iter().take(1).filter(|packet| packet.marker).map(|first| first.at).collect();
    for pair in stream.packets.windows(2) {
        let (last, next) = (&pair[0], &pair[1]);
        let mut say = |what: String| faults.push(fault(stream, next, what));
        if next.ssrc != last.ssrc {
            say(format!("the source changed from {:08x} to {:08x}", last.ssrc, next.ssrc));
        }
        if next.sequence != last.sequence.wrapping_add(1) {
            say(format!("follows sequence {}", last.sequence));
        }
        let step = i64::from(next.timestamp.wrapping_sub(last.timestamp) as i32);
        if step < 0 {
            say(format!("timestamp goes back by {}", -step));
            continue;
        }
        if is_event(next) || is_event(last) {
            let begins = is_event(next) && (!is_event(last) || step != 0);
            if next.marker && !begins && is_event(next) {
                say("marker inside an event".into());
            }
            continue;
        }
        let due = last.payload.len() as i64;
        let pause = step != due;
        let expected = (next.at - last.at) * 8_000.0;
        if pause && (step as f64 - expected).abs() > PAUSE_TOLERANCE {
            say(format!("timestamp advances by {step} where {due} samples and {expected:.0} of time went by"));
        }
        if next.marker {
            // Another speaker begins a talkspurt of his own without a pause, but not with every packet.
            let recent = marks.iter().rev().nth(1);
            if !pause && recent.is_some_and(|mark| next.at - mark < THREE_SPURTS) {
                say("marker inside a talkspurt".into());
            }
            marks.push(next.at);
        }
    }
}

/// What a receiver said it takes at an address.
#[derive(Default)]
struct Wanted {
    all: BTreeSet<u8>,
    events: BTreeSet<u8>,
}

/// From every session description, for the address that it names.
fn payload_types(messages: &[Message]) -> BTreeMap<SocketAddr, Wanted> {
    let mut wanted: BTreeMap<SocketAddr, Wanted> = BTreeMap::new();
    for message in messages {
        let text = message.text();
        for (address, payload_types) in audio_lines(&text) {
            let entry = wanted.entry(address).or_default();
            entry.all.extend(&payload_types);
            entry.events.extend(text.lines().filter_map(|line| {
                let (number, name) = line.trim().strip_prefix("a=rtpmap:")?.split_once(' ')?;
                name.to_ascii_lowercase().starts_with("telephone-event").then(|| number.parse::<u8>().ok())?
            }));
        }
    }
    wanted
}

/// The address and the payload types of each audio line (RFC 8866 5.7 and 5.14).
pub fn audio_lines(description: &str) -> Vec<(SocketAddr, Vec<u8>)> {
    let mut session: Option<IpAddr> = None;
    let mut found: Vec<(Option<IpAddr>, u16, Vec<u8>)> = Vec::new();
    let mut audio = false;
    for line in description.lines().map(str::trim) {
        if let Some(rest) = line.strip_prefix("c=IN IP4 ").or_else(|| line.strip_prefix("c=IN IP6 ")) {
            match found.last_mut() {
                None => session = rest.parse().ok(),
                Some(media) if audio => media.0 = rest.parse().ok(),
                Some(_) => {}
            }
        } else if let Some(rest) = line.strip_prefix("m=") {
            let mut words = rest.split(' ');
            audio = words.next() == Some("audio");
            let port = words.next().and_then(|port| port.parse().ok()).unwrap_or(0);
            if audio && port != 0 {
                found.push((None, port, words.skip(1).filter_map(|word| word.parse().ok()).collect()));
            }
        }
    }
    let complete =
        |(own, port, types): (Option<IpAddr>, u16, Vec<u8>)| Some((SocketAddr::new(own.or(session)?, port), types));
    found.into_iter().filter_map(complete).collect()
}

/// For each media address: when the BYE of its call was answered, unless a later call uses it again.
fn ended(messages: &[Message]) -> BTreeMap<SocketAddr, f64> {
    let mut calls: BTreeMap<&str, BTreeSet<SocketAddr>> = BTreeMap::new();
    let mut ended = BTreeMap::new();
    for message in messages {
        for (address, _) in audio_lines(&message.text()) {
            calls.entry(message.call_id()).or_default().insert(address);
            ended.remove(&address);
        }
        if message.method() == "BYE" && message.status().is_some_and(|status| status >= 200) {
            for address in calls.get(message.call_id()).into_iter().flatten() {
                ended.insert(*address, message.at);
            }
        }
    }
    ended
}

#[cfg(test)]
mod tests {
    use super::*;

    const SWITCH: &str = "127.0.9.1";

    /// One second of a blameless stream to an address that an INVITE named, with one key pressed in it.
    fn good() -> (Vec<Message>, Stream) {
        let (from, to) = ("127.0.9.1:16384".parse().unwrap(), "127.0.9.2:6000".parse().unwrap());
        let text = "INVITE sip:1 SIP/2.0\r\nCSeq: 1 INVITE\r\nCall-ID: x\r\n\r\nv=0\r\nc=IN IP4 127.0.9.2\r\n\
                    m=audio 6000 RTP/AVP 8 96\r\na=rtpmap:96 telephone-event/8000\r\n";
        let peer = "127.0.9.2:5060".parse().unwrap();
        let invite = Message::parse(0.0, peer, "127.0.9.1:5060".parse().unwrap(), text.as_bytes()).unwrap();
        let mut packets: Vec<Packet> = (0..50u16)
            .map(|n| Packet {
                at: 10.0 + f64::from(n) * 0.02,
                marker: n == 0,
                payload_type: 8,
                sequence: n.wrapping_sub(3),
                timestamp: u32::from(n) * 160,
                ssrc: 7,
                payload: vec![0xd5; 160],
            })
            .collect();
        for (n, packet) in packets[20..25].iter_mut().enumerate() {
            packet.payload_type = 96;
            packet.timestamp = 20 * 160;
            packet.marker = n == 0;
            packet.payload = vec![1, 10, 0, n as u8 * 40];
        }
        (vec![invite], Stream { from, to, packets })
    }

    fn faults_of(change: impl Fn(&mut Vec<Message>, &mut Vec<Packet>)) -> Vec<String> {
        let (mut messages, mut stream) = good();
        change(&mut messages, &mut stream.packets);
        faults(&messages, &[stream], SWITCH.parse().unwrap()).into_iter().map(|fault| fault.what).collect()
    }

    #[test]
    fn a_blameless_stream_has_no_fault() {
        assert_eq!(faults_of(|_, _| {}), Vec::<String>::new());
    }

    #[test]
    fn a_pause_with_a_marker_and_an_honest_timestamp_is_no_fault() {
        let found = faults_of(|_, packets| {
            for packet in &mut packets[30..] {
                packet.at += 1.0;
                packet.timestamp += 8_000;
            }
            packets[30].marker = true;
        });
        assert_eq!(found, Vec::<String>::new());
    }

    #[test]
    fn each_way_to_break_a_stream_is_found() {
        let one = |needle: &str, found: Vec<String>| {
            assert!(!found.is_empty() && found.iter().all(|fault| fault.contains(needle)), "{needle}: {found:?}");
        };
        one("the source changed", faults_of(|_, packets| packets[40..].iter_mut().for_each(|packet| packet.ssrc = 9)));
        one(
            "follows sequence",
            faults_of(|_, packets| packets[40..].iter_mut().for_each(|packet| packet.sequence += 5)),
        );
        one(
            "timestamp advances",
            faults_of(|_, packets| packets[40..].iter_mut().for_each(|packet| packet.timestamp += 4_000)),
        );
        one(
            "timestamp goes back",
            faults_of(|_, packets| packets[40..].iter_mut().for_each(|packet| packet.timestamp -= 2_000)),
        );
        one(
            "marker inside a talkspurt",
            faults_of(|_, packets| packets[1..3].iter_mut().for_each(|packet| packet.marker = true)),
        );
        one("marker inside an event", faults_of(|_, packets| packets[22].marker = true));
        one(
            "was not negotiated",
            faults_of(|_, packets| packets[40..].iter_mut().for_each(|packet| packet.payload_type = 0)),
        );
        let unnamed = faults_of(|messages, _| messages.clear());
        assert!(unnamed.iter().any(|fault| fault.contains("no session description")), "{unnamed:?}");
    }

    #[test]
    fn a_stream_that_goes_on_after_bye_is_found() {
        let bye = "SIP/2.0 200 OK\r\nCSeq: 2 BYE\r\nCall-ID: x\r\n\r\n";
        let found = faults_of(|messages, _| {
            messages.push(Message::parse(10.2, messages[0].to, messages[0].from, bye.as_bytes()).unwrap());
        });
        assert!(found.len() == 1 && found[0].contains("after BYE"), "{found:?}");
    }

    #[test]
    fn addresses_of_sessions_and_of_single_lines_are_read_and_refused_lines_are_not() {
        let text = "c=IN IP4 127.0.0.1\r\nm=audio 0 RTP/AVP 0\r\nm=video 7 RTP/AVP 31\r\nm=audio 8 RTP/AVP 0 8\r\nc=IN IP4 127.0.0.2\r\n";
        assert_eq!(audio_lines(text), [("127.0.0.2:8".parse().unwrap(), vec![0, 8])]);
    }
}
