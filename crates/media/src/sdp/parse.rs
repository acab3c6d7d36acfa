//! A tolerant reader of session descriptions (RFC 8866).
//!
//! Lines may come in any order within their section, end in a bare LF, or be unknown; a line that makes no sense
//! is read over. Two things are refused: what is no description at all, and a media line that cannot be answered.

use super::{Connection, Description, Direction, MediaLine, Origin, Rtcp, RtpMap};
use std::net::IpAddr;
use std::str::FromStr;
use terms::limits;

/// Longest word (media, protocol, format, name) that is kept, in bytes.
const WORD_BYTES: usize = 64;
/// Longest format parameters that are kept, in bytes.
const PARAMETER_BYTES: usize = 256;

/// Why something is not a session description.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Malformed {
    /// It has no `v=0` line.
    #[error("no session description")]
    NoVersion,
    /// A media line cannot be understood, so it cannot be answered either.
    #[error("unreadable media line")]
    MediaLine,
    /// There are more media lines than `limits::MEDIA_LINES`.
    #[error("too many media lines")]
    TooManyMediaLines,
}

/// Reads a description. Never panics; what it keeps is bounded by `limits::MEDIA_LINES` and `limits::FORMATS`.
pub fn parse(bytes: &[u8]) -> Result<Description, Malformed> {
    let mut description = Description::default();
    let mut versioned = false;
    for raw in bytes.split(|&b| b == b'\n') {
        let raw = raw.strip_suffix(b"\r").unwrap_or(raw).trim_ascii();
        let [kind, b'=', value @ ..] = raw else { continue };
        let text = text_of(value);
        match (kind, text) {
            (b'v', Some("0")) => versioned = true,
            (b'm', _) if description.media.len() == limits::MEDIA_LINES => return Err(Malformed::TooManyMediaLines),
            (b'm', text) => {
                let line = text.and_then(media_line).ok_or(Malformed::MediaLine)?;
                description.media.push(line);
            }
            (b'o', Some(text)) => description.origin = description.origin.take().or_else(|| origin(text)),
            (b'c', Some(text)) => set_connection(&mut description, text),
            (b'a', Some(text)) => attribute(&mut description, text),
            // RFC 8866 5: what a parser does not understand, it ignores.
            _ => {}
        }
    }
    if versioned { Ok(description) } else { Err(Malformed::NoVersion) }
}

/// The text of a line, unless it holds control bytes or is not UTF-8 (a session's name may be anything).
fn text_of(value: &[u8]) -> Option<&str> {
    let text = std::str::from_utf8(value).ok()?.trim();
    (!text.chars().any(char::is_control)).then_some(text)
}

/// A word that may be repeated to the peer: visible ASCII, not too long.
fn word(text: &str) -> Option<String> {
    (!text.is_empty() && text.len() <= WORD_BYTES && text.bytes().all(|b| b.is_ascii_graphic()))
        .then(|| text.to_owned())
}

/// `audio 49170/2 RTP/AVP 0 8 101`.
fn media_line(text: &str) -> Option<MediaLine> {
    let mut words = text.split_ascii_whitespace();
    let media = word(words.next()?)?;
    let ports = words.next()?;
    let (port, port_count) = match ports.split_once('/') {
        Some((port, count)) => (port.parse().ok()?, count.parse::<u16>().ok()?.max(1)),
        None => (ports.parse().ok()?, 1),
    };
    let proto = word(words.next()?)?;
    let formats = words.take(limits::FORMATS).map(word).collect::<Option<Vec<_>>>()?;
    if formats.is_empty() {
        return None;
    }
    Some(MediaLine { media, port, port_count, proto, formats, ..MediaLine::default() })
}

/// `- 20518 0 IN IP4 203.0.113.1`.
fn origin(text: &str) -> Option<Origin> {
    let mut words = text.split_ascii_whitespace();
    let user = word(words.next()?)?;
    let id = words.next()?.parse().ok()?;
    let version = words.next()?.parse().ok()?;
    let address = connection(&mut words)?;
    Some(Origin { user, id, version, address })
}

/// `IN IP4 203.0.113.1/127`: the time to live and count of a multicast address are read over.
fn connection<'a>(words: &mut impl Iterator<Item = &'a str>) -> Option<Connection> {
    let (net, kind, address) = (words.next()?, words.next()?, words.next()?);
    let known =
        net.eq_ignore_ascii_case("IN") && (kind.eq_ignore_ascii_case("IP4") || kind.eq_ignore_ascii_case("IP6"));
    let host = address.split('/').next()?;
    match IpAddr::from_str(host) {
        _ if !known => None,
        Ok(ip) => Some(Connection::Address(ip)),
        Err(_) => word(host).map(Connection::Name),
    }
}

fn set_connection(description: &mut Description, text: &str) {
    let place = match description.media.last_mut() {
        Some(line) => &mut line.connection,
        None => &mut description.connection,
    };
    // RFC 8866 5.7: several lines mean layered multicast, which we do not do; the first one holds.
    if place.is_none() {
        *place = connection(&mut text.split_ascii_whitespace());
    }
}

fn attribute(description: &mut Description, text: &str) {
    let (name, value) = text.split_once(':').unwrap_or((text, ""));
    let value = value.trim();
    let direction = match name {
        "sendrecv" => Some(Direction::SendRecv),
        "sendonly" => Some(Direction::SendOnly),
        "recvonly" => Some(Direction::RecvOnly),
        "inactive" => Some(Direction::Inactive),
        _ => None,
    };
    let Some(line) = description.media.last_mut() else {
        description.direction = direction.or(description.direction);
        return;
    };
    line.direction = direction.or(line.direction);
    match name {
        "rtpmap" if line.maps.len() < limits::FORMATS => line.maps.extend(rtpmap(value)),
        "fmtp" if line.parameters.len() < limits::FORMATS => line.parameters.extend(fmtp(value)),
        "ptime" => line.ptime_ms = packet_time(value).or(line.ptime_ms),
        "maxptime" => line.maxptime_ms = packet_time(value).or(line.maxptime_ms),
        "rtcp" => line.rtcp = rtcp(value).or(line.rtcp),
        _ => {}
    }
}

/// `101 telephone-event/8000`.
fn rtpmap(text: &str) -> Option<RtpMap> {
    let (payload_type, rest) = text.split_once(char::is_whitespace)?;
    let payload_type = payload_type.parse().ok().filter(|pt| *pt < 128)?;
    let mut parts = rest.trim().split('/');
    let encoding = word(parts.next()?)?;
    let clock_rate = parts.next()?.trim().parse().ok()?;
    let channels = match parts.next() {
        Some(n) => n.trim().parse().ok()?,
        None => 1,
    };
    Some(RtpMap { payload_type, encoding, clock_rate, channels })
}

/// `101 0-15`.
fn fmtp(text: &str) -> Option<(String, String)> {
    let (format, parameters) = text.split_once(char::is_whitespace)?;
    let parameters = parameters.trim();
    (!parameters.is_empty() && parameters.len() <= PARAMETER_BYTES).then_some(())?;
    Some((word(format)?, parameters.to_owned()))
}

/// Whole milliseconds, clamped to what we can send; a fraction (RFC 8866 6.4 has none, phones do) is cut off.
fn packet_time(text: &str) -> Option<u16> {
    let whole = text.split('.').next()?;
    let digits = !whole.is_empty() && whole.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| whole.parse::<u64>().unwrap_or(u64::MAX).clamp(10, 60)).and_then(|ms| u16::try_from(ms).ok())
}

/// `53020 IN IP4 126.16.64.4`, the address being optional (RFC 3605 2.1).
fn rtcp(text: &str) -> Option<Rtcp> {
    let mut words = text.split_ascii_whitespace();
    let port = words.next()?.parse().ok().filter(|port| *port != 0)?;
    let address = match connection(&mut words) {
        Some(Connection::Address(ip)) => Some(ip),
        Some(Connection::Name(_)) | None => None,
    };
    Some(Rtcp { port, address })
}
