//! The writer of session descriptions (RFC 8866 5: the order of the lines is fixed).

use super::{Connection, Description, MediaLine, Origin};
use std::fmt;
use std::net::IpAddr;

impl fmt::Display for Description {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("v=0\r\n")?;
        if let Some(origin) = &self.origin {
            write!(f, "o={origin}\r\n")?;
        }
        // RFC 8866 5.3: a session without a name says so with one dash.
        f.write_str("s=-\r\n")?;
        if let Some(connection) = &self.connection {
            write!(f, "c={connection}\r\n")?;
        }
        f.write_str("t=0 0\r\n")?;
        if let Some(direction) = self.direction {
            write!(f, "a={}\r\n", direction.name())?;
        }
        self.media.iter().try_for_each(|line| line.fmt(f))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {} {}", self.user, self.id, self.version, self.address)
    }
}

impl fmt::Display for Connection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Connection::Address(ip) => write!(f, "IN {} {ip}", family(ip)),
            Connection::Name(name) => write!(f, "IN IP4 {name}"),
        }
    }
}

/// The address type as SDP names it.
fn family(ip: &IpAddr) -> &'static str {
    if ip.is_ipv6() { "IP6" } else { "IP4" }
}

impl fmt::Display for MediaLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "m={} {}", self.media, self.port)?;
        if self.port_count > 1 {
            write!(f, "/{}", self.port_count)?;
        }
        writeln_words(f, &self.proto, &self.formats)?;
        if let Some(connection) = &self.connection {
            write!(f, "c={connection}\r\n")?;
        }
        for map in &self.maps {
            write!(f, "a=rtpmap:{} {}/{}", map.payload_type, map.encoding, map.clock_rate)?;
            if map.channels != 1 {
                write!(f, "/{}", map.channels)?;
            }
            f.write_str("\r\n")?;
        }
        for (format, parameters) in &self.parameters {
            write!(f, "a=fmtp:{format} {parameters}\r\n")?;
        }
        if let Some(ms) = self.ptime_ms {
            write!(f, "a=ptime:{ms}\r\n")?;
        }
        if let Some(ms) = self.maxptime_ms {
            write!(f, "a=maxptime:{ms}\r\n")?;
        }
        if let Some(rtcp) = self.rtcp {
            write!(f, "a=rtcp:{}", rtcp.port)?;
            if let Some(ip) = rtcp.address {
                write!(f, " IN {} {ip}", family(&ip))?;
            }
            f.write_str("\r\n")?;
        }
        match self.direction {
            Some(direction) => write!(f, "a={}\r\n", direction.name()),
            None => Ok(()),
        }
    }
}

/// The rest of an `m=` line.
fn writeln_words(f: &mut fmt::Formatter<'_>, proto: &str, formats: &[String]) -> fmt::Result {
    write!(f, " {proto}")?;
    formats.iter().try_for_each(|format| write!(f, " {format}"))?;
    f.write_str("\r\n")
}
