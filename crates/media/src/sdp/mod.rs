//! Session descriptions (RFC 8866) and the offer/answer state of one leg (RFC 3264, RFC 6337).
//!
//! Only what a switch for plain RTP audio acts upon is typed; everything else in a description is read over.
//! Names are not resolved and no port is opened here: addresses come in from whoever owns the sockets.

mod agree;
mod negotiate;
mod parse;
mod print;
#[cfg(test)]
mod tests;

pub use negotiate::{Answered, Negotiation, Refusal, State};
pub use parse::{Malformed, parse};

use std::net::{IpAddr, SocketAddr};

/// A session description, as far as it concerns us.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Description {
    /// The `o=` line; missing when it was absent or made no sense.
    pub origin: Option<Origin>,
    /// The session's `c=` line, for each media line without its own.
    pub connection: Option<Connection>,
    /// The session's direction, for each media line without its own.
    pub direction: Option<Direction>,
    /// The media lines, in order.
    pub media: Vec<MediaLine>,
}

/// Who made a description, and which version of it this is (RFC 8866 5.2).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// The user, `-` when there is none to tell.
    pub user: String,
    /// The session's id.
    pub id: u64,
    /// Grows by one with each change (RFC 3264 8).
    pub version: u64,
    /// The host that made it.
    pub address: Connection,
}

/// Where media go (RFC 8866 5.7).
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Connection {
    /// An address; unspecified (`0.0.0.0`, `::`) is the old form of hold.
    Address(IpAddr),
    /// A host name, which we do not resolve; `*.invalid` is a form of hold (RFC 6337 5.3).
    Name(String),
}

/// Which ways of a stream are open, seen from the one who says it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Direction {
    /// Both.
    #[default]
    SendRecv,
    /// The speaker of the description only sends: he puts the other on hold.
    SendOnly,
    /// He only listens.
    RecvOnly,
    /// Neither.
    Inactive,
}

/// A media line with its attributes (RFC 8866 5.14).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MediaLine {
    /// `audio`, `video`, ...
    pub media: String,
    /// The RTP port; 0 refuses the line or takes the stream away.
    pub port: u16,
    /// How many consecutive port pairs, 1 nearly always.
    pub port_count: u16,
    /// `RTP/AVP`, ...
    pub proto: String,
    /// Payload types for RTP, in the order of preference.
    pub formats: Vec<String>,
    /// The line's own `c=`.
    pub connection: Option<Connection>,
    /// What the payload types mean.
    pub maps: Vec<RtpMap>,
    /// Format parameters: the format and the text after it.
    pub parameters: Vec<(String, String)>,
    /// The packet time that the one who says it wants to receive, in milliseconds, 10..=60.
    pub ptime_ms: Option<u16>,
    /// The longest packet time that he can receive, in milliseconds, 10..=60.
    pub maxptime_ms: Option<u16>,
    /// The line's own direction.
    pub direction: Option<Direction>,
    /// Where RTCP goes (RFC 3605), else the port after `port`.
    pub rtcp: Option<Rtcp>,
}

/// `a=rtpmap` (RFC 8866 6.6).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RtpMap {
    /// The payload type, 0..=127.
    pub payload_type: u8,
    /// The encoding's name, compared without regard to case.
    pub encoding: String,
    /// Ticks of RTP time a second.
    pub clock_rate: u32,
    /// Audio channels.
    pub channels: u8,
}

/// `a=rtcp` (RFC 3605).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rtcp {
    /// The port.
    pub port: u16,
    /// The address, when it is not that of the media.
    pub address: Option<IpAddr>,
}

impl Direction {
    /// The direction as the attribute is called.
    pub const fn name(self) -> &'static str {
        match self {
            Direction::SendRecv => "sendrecv",
            Direction::SendOnly => "sendonly",
            Direction::RecvOnly => "recvonly",
            Direction::Inactive => "inactive",
        }
    }

    /// The direction for these two ways.
    pub const fn of(sends: bool, receives: bool) -> Direction {
        match (sends, receives) {
            (true, true) => Direction::SendRecv,
            (true, false) => Direction::SendOnly,
            (false, true) => Direction::RecvOnly,
            (false, false) => Direction::Inactive,
        }
    }

    /// Whether he who says it sends.
    pub const fn sends(self) -> bool {
        matches!(self, Direction::SendRecv | Direction::SendOnly)
    }

    /// Whether he who says it receives.
    pub const fn receives(self) -> bool {
        matches!(self, Direction::SendRecv | Direction::RecvOnly)
    }

    /// The same, seen from the other side.
    pub const fn reversed(self) -> Direction {
        Direction::of(self.receives(), self.sends())
    }

    /// What both this and `other` allow, both seen from the same side.
    pub const fn and(self, other: Direction) -> Direction {
        Direction::of(self.sends() && other.sends(), self.receives() && other.receives())
    }
}

impl Connection {
    /// Whether this is a way to say "send me nothing": RFC 3264 8.4 and, for names, RFC 6337 5.3.
    pub fn is_hold(&self) -> bool {
        match self {
            Connection::Address(ip) => ip.is_unspecified(),
            Connection::Name(name) => name.to_ascii_lowercase().ends_with(".invalid"),
        }
    }
}

impl Description {
    /// Where `line` wants its media, its own word before the session's.
    pub fn connection_of<'a>(&'a self, line: &'a MediaLine) -> Option<&'a Connection> {
        line.connection.as_ref().or(self.connection.as_ref())
    }

    /// The direction of `line`, its own word before the session's; both ways when nobody says (RFC 8866 6.7).
    pub fn direction_of(&self, line: &MediaLine) -> Direction {
        line.direction.or(self.direction).unwrap_or_default()
    }
}

impl MediaLine {
    /// What payload type `pt` was declared to mean, when it was.
    pub fn map_of(&self, pt: u8) -> Option<&RtpMap> {
        self.maps.iter().find(|m| m.payload_type == pt)
    }

    /// Where RTCP goes when RTP goes to `rtp` (RFC 3605, else RFC 3550 11: the next port).
    pub fn rtcp_of(&self, rtp: SocketAddr) -> SocketAddr {
        match self.rtcp {
            Some(rtcp) => SocketAddr::new(rtcp.address.unwrap_or(rtp.ip()), rtcp.port),
            None => SocketAddr::new(rtp.ip(), rtp.port().saturating_add(1)),
        }
    }
}
