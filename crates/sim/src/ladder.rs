//! A call as text: one line for each SIP message, in the order in which they were sent.

use crate::Packet;
use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use terms::Mono;

/// The messages of a world.
#[derive(Debug, Default)]
pub struct Ladder {
    names: BTreeMap<SocketAddr, String>,
    lines: Vec<(Mono, String)>,
}

impl Ladder {
    /// Calls an address by a name.
    pub fn name(&mut self, address: SocketAddr, name: &str) {
        self.names.insert(address, name.to_owned());
    }

    /// Notes a message, unless it belongs to a registration.
    pub fn note(&mut self, now: Mono, packet: &Packet) {
        let Some(what) = summary(&packet.bytes) else { return };
        let line = format!("{:>8} -> {:<8} {what}", self.called(packet.from), self.called(packet.to));
        self.lines.push((now, line));
    }

    fn called(&self, address: SocketAddr) -> &str {
        self.names.get(&address).map_or("?", String::as_str)
    }

    /// Forgets what was noted.
    pub fn clear(&mut self) {
        self.lines.clear();
    }

    /// How many messages were noted.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Whether none was noted.
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }
}

impl fmt::Display for Ladder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.lines.iter().try_for_each(|(_, line)| writeln!(f, "{}", line.trim_end()))
    }
}

/// `INVITE`, or `200 (INVITE)`, with `+sdp` where there is a body; nothing for a registration.
fn summary(bytes: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(bytes).ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    let mut lines = head.lines();
    let start = lines.next()?;
    let cseq = lines.find_map(|line| line.strip_prefix("CSeq:"))?;
    let method = cseq.split_whitespace().last()?;
    if method == "REGISTER" {
        return None;
    }
    let sdp = if body.is_empty() { "" } else { " +sdp" };
    Some(match start.strip_prefix("SIP/2.0 ") {
        Some(status) => format!("{} ({method}){sdp}", status.split(' ').next()?),
        None => format!("{method}{sdp}"),
    })
}
