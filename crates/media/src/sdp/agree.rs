//! What can be agreed about one media line (RFC 3264 5.1 and 6.1): pure functions over descriptions.

use super::{Connection, Description, Direction, MediaLine, RtpMap};
use crate::codec::{Codec, Format};
use crate::face::{KeySet, StreamSettings, Trust};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

/// The packet time that we ask for, and send when the peer says nothing: 20 ms (RFC 3551 4.2).
const PACKET_TIME_MS: u16 = 20;
/// The payload types that may be given to what has no static one (RFC 3551 6).
const DYNAMIC: std::ops::RangeInclusive<u8> = 96..=127;
/// The payload type under which we offer telephone-event, unless it is taken.
const EVENTS: u8 = 101;

/// How RTP is spoken on a line. What the two differ in, feedback by RTCP before its time, need not be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Profile {
    /// RFC 3551.
    #[default]
    Avp,
    /// RFC 4585.
    Avpf,
}

impl Profile {
    const fn name(self) -> &'static str {
        match self {
            Profile::Avp => "RTP/AVP",
            Profile::Avpf => "RTP/AVPF",
        }
    }

    /// That of a line of audio without encryption.
    fn of(line: &MediaLine) -> Option<Profile> {
        let of_proto = |profile: &Profile| line.proto.eq_ignore_ascii_case(profile.name());
        [Profile::Avp, Profile::Avpf].into_iter().find(of_proto).filter(|_| line.media.eq_ignore_ascii_case("audio"))
    }
}

/// A peer's audio line, as far as we can use it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Peer {
    /// How RTP is spoken.
    pub profile: Profile,
    /// Where he wants RTP; unspecified while he holds us in the old way.
    pub rtp: SocketAddr,
    /// Where he wants RTCP.
    pub rtcp: SocketAddr,
    /// His direction, seen from him.
    pub direction: Direction,
    /// The codecs that both know, in his order, under his numbers.
    pub formats: Vec<Format>,
    /// His number for telephone-event.
    pub events: Option<u8>,
    /// The packet time towards him.
    pub packet_time: Duration,
}

/// Why a line cannot be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Unusable {
    /// It is not audio over plain RTP.
    OtherKind,
    /// It is turned off: port 0.
    Off,
    /// No codec in common.
    NoCodec,
    /// No address that we can send to.
    NoAddress,
}

/// Our side of an audio line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Ours {
    /// How RTP is spoken: an answer has the profile of its offer (RFC 3264 6.1), and it stays.
    pub profile: Profile,
    /// Where we receive.
    pub local: SocketAddr,
    /// Our direction, seen from us.
    pub direction: Direction,
    /// The codecs we accept.
    pub formats: Vec<Format>,
    /// Our number for telephone-event.
    pub events: Option<u8>,
}

/// Reads a peer's line for somebody who knows `codecs`.
pub(super) fn read(description: &Description, line: &MediaLine, codecs: &[Codec]) -> Result<Peer, Unusable> {
    let profile = Profile::of(line).ok_or(Unusable::OtherKind)?;
    if line.port == 0 {
        return Err(Unusable::Off);
    }
    let (formats, events) = formats_of(line, codecs);
    if formats.is_empty() {
        return Err(Unusable::NoCodec);
    }
    let connection = description.connection_of(line).ok_or(Unusable::NoAddress)?;
    let rtp = SocketAddr::new(address_of(connection)?, line.port);
    let stated = description.direction_of(line);
    // RFC 3264 8.4: a null address is hold as RFC 2543 did it; nothing may be sent there.
    let direction = if connection.is_hold() { Direction::of(stated.sends(), false) } else { stated };
    let packet_time = packet_time_of(line);
    Ok(Peer { profile, rtp, rtcp: line.rtcp_of(rtp), direction, formats, events, packet_time })
}

/// The address to send to. A stranger may not aim us at a group or at a whole network.
fn address_of(connection: &Connection) -> Result<IpAddr, Unusable> {
    match connection {
        Connection::Address(ip) if ip.is_multicast() || *ip == IpAddr::V4(Ipv4Addr::BROADCAST) => {
            Err(Unusable::NoAddress)
        }
        Connection::Address(ip) => Ok(*ip),
        name @ Connection::Name(_) if name.is_hold() => Ok(IpAddr::V6(Ipv6Addr::UNSPECIFIED)),
        Connection::Name(_) => Err(Unusable::NoAddress),
    }
}

/// The line's codecs that are also in `codecs`, in the line's order, and its telephone-event.
fn formats_of(line: &MediaLine, codecs: &[Codec]) -> (Vec<Format>, Option<u8>) {
    let mut formats: Vec<Format> = Vec::new();
    let mut events = None;
    for payload_type in line.formats.iter().filter_map(|f| f.parse::<u8>().ok()).filter(|pt| *pt < 128) {
        match codec_of(line, payload_type) {
            Some(Meaning::Audio(codec)) if codecs.contains(&codec) && !formats.iter().any(|f| f.codec == codec) => {
                formats.push(Format { codec, payload_type });
            }
            Some(Meaning::Events) => events = events.or(Some(payload_type)),
            _ => {}
        }
    }
    (formats, events)
}

/// What a payload type stands for, among what we know.
enum Meaning {
    /// A codec.
    Audio(Codec),
    /// telephone-event (RFC 4733) at the rate of our codecs.
    Events,
}

fn codec_of(line: &MediaLine, payload_type: u8) -> Option<Meaning> {
    let Some(map) = line.map_of(payload_type) else {
        // RFC 3551 6: a static payload type needs no rtpmap.
        return Codec::from_static_payload_type(payload_type).map(Meaning::Audio);
    };
    if map.clock_rate != Codec::CLOCK_RATE || map.channels > 1 {
        return None;
    }
    if map.encoding.eq_ignore_ascii_case("telephone-event") {
        return Some(Meaning::Events);
    }
    Codec::from_name(&map.encoding).map(Meaning::Audio)
}

/// What the peer asks for, in whole tens so that every codec frame fits, never more than he can take.
fn packet_time_of(line: &MediaLine) -> Duration {
    let longest = line.maxptime_ms.unwrap_or(60);
    let ms = line.ptime_ms.unwrap_or(PACKET_TIME_MS).min(longest);
    Duration::from_millis(u64::from((ms / 10 * 10).clamp(10, 60)))
}

/// Whether a socket at `local` can send to `remote`; to an unspecified address nothing is sent anyway.
pub(super) fn reaches(local: SocketAddr, remote: SocketAddr) -> bool {
    local.is_ipv4() == remote.is_ipv4() || remote.ip().is_unspecified()
}

/// The payload types for an offer: those that the session gave out before keep their meaning (RFC 3264 8.3.2).
pub(super) fn offered(codecs: &[Codec], before: Option<&StreamSettings>) -> (Vec<Format>, Option<u8>) {
    let known = before.map_or(&[][..], |s| s.receive.as_slice());
    let mut formats: Vec<Format> = known.iter().copied().filter(|f| codecs.contains(&f.codec)).collect();
    for &codec in codecs.iter().filter(|c| !known.iter().any(|f| f.codec == **c)) {
        let payload_type = codec.static_payload_type();
        if !known.iter().any(|f| f.payload_type == payload_type) {
            formats.push(Format { codec, payload_type });
        }
    }
    // What flows goes on flowing: the codec in use comes first, the others follow the preference.
    let in_use = before.map(|s| s.send.codec);
    formats.sort_by_key(|f| (in_use != Some(f.codec), codecs.iter().position(|c| *c == f.codec)));
    let taken = |pt: u8| formats.iter().chain(known).any(|f| f.payload_type == pt);
    let events = before.and_then(|s| s.receive_events);
    let free = || std::iter::once(EVENTS).chain(DYNAMIC).find(|pt| !taken(*pt));
    let events = events.filter(|pt| !taken(*pt)).or_else(free);
    (formats, events)
}

/// Our audio line.
pub(super) fn line_of(ours: &Ours) -> MediaLine {
    let mut line = MediaLine {
        media: "audio".into(),
        port: ours.local.port(),
        port_count: 1,
        proto: ours.profile.name().into(),
        ptime_ms: Some(PACKET_TIME_MS),
        direction: Some(ours.direction),
        ..MediaLine::default()
    };
    let mut declare = |payload_type: u8, encoding: &str| {
        line.formats.push(payload_type.to_string());
        line.maps.push(RtpMap { payload_type, encoding: encoding.into(), clock_rate: Codec::CLOCK_RATE, channels: 1 });
    };
    ours.formats.iter().for_each(|f| declare(f.payload_type, f.codec.name()));
    if let Some(events) = ours.events {
        declare(events, "telephone-event");
        // RFC 4733 2.4.1: the events that we understand: the sixteen keys.
        line.parameters.push((events.to_string(), "0-15".into()));
    }
    line
}

/// The answer to a line that we refuse, or the mention of one that is gone (RFC 3264 6 and 8.2).
pub(super) fn refused(line: &MediaLine) -> MediaLine {
    MediaLine {
        media: line.media.clone(),
        proto: line.proto.clone(),
        formats: line.formats.clone(),
        port_count: 1,
        ..MediaLine::default()
    }
}

/// How to talk to `peer` when we have said `ours`.
pub(super) fn settings(peer: &Peer, ours: &Ours) -> Option<StreamSettings> {
    let send = *peer.formats.first()?;
    let open = ours.direction.and(peer.direction.reversed());
    Some(StreamSettings {
        remote: peer.rtp,
        remote_rtcp: peer.rtcp,
        send,
        receive: ours.formats.clone(),
        send_events: ours.events.and(peer.events),
        receive_events: peer.events.and(ours.events),
        sending: open.sends(),
        receiving: open.receives(),
        packet_time: peer.packet_time,
        // Whoever knows where the signalling comes from says more.
        trust: Trust::default(),
        keeps: KeySet::NONE,
    })
}
