//! Reads what tcpdump writes: the classic capture format, both byte orders, micro- and nanoseconds,
//! link types Ethernet (which is what `lo` is), raw IP and the two cooked ones. IPv4 and IPv6, UDP and
//! TCP, no fragments: loopback has none below 64 KiB.

use anyhow::{Context, Result, bail, ensure};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::path::Path;

/// One packet with a transport payload.
#[derive(Clone, Debug, PartialEq)]
pub struct Frame {
    /// Seconds since 1970.
    pub at: f64,
    /// Who sent it.
    pub from: SocketAddr,
    /// To whom.
    pub to: SocketAddr,
    /// By what.
    pub by: By,
    /// The payload.
    pub data: Vec<u8>,
}

/// The transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum By {
    /// A datagram.
    Udp,
    /// A piece of a stream, beginning at this sequence number.
    Tcp {
        /// Of the first byte of the payload (a SYN counts as one).
        sequence: u32,
        /// A new stream begins.
        syn: bool,
    },
}

/// The frames of a capture file, in their order.
pub fn read(path: &Path) -> Result<Vec<Frame>> {
    let bytes = std::fs::read(path).with_context(|| path.display().to_string())?;
    parse(&bytes).with_context(|| path.display().to_string())
}

/// The frames of a capture held in memory. A last record that is cut short is left out: the writer was killed.
pub fn parse(bytes: &[u8]) -> Result<Vec<Frame>> {
    ensure!(bytes.len() >= 24, "no capture: {} bytes", bytes.len());
    let (big, nano) = match bytes[..4] {
        [0xd4, 0xc3, 0xb2, 0xa1] => (false, false),
        [0x4d, 0x3c, 0xb2, 0xa1] => (false, true),
        [0xa1, 0xb2, 0xc3, 0xd4] => (true, false),
        [0xa1, 0xb2, 0x3c, 0x4d] => (true, true),
        _ => bail!("not a classic capture file"),
    };
    let word = |at: usize| -> u32 {
        let four = [bytes[at], bytes[at + 1], bytes[at + 2], bytes[at + 3]];
        if big { u32::from_be_bytes(four) } else { u32::from_le_bytes(four) }
    };
    let link = word(20);
    let mut frames = Vec::new();
    let mut at = 24;
    while at + 16 <= bytes.len() {
        let (seconds, fraction, kept) = (word(at), word(at + 4), word(at + 8) as usize);
        let Some(packet) = bytes.get(at + 16..at + 16 + kept) else { break };
        at += 16 + kept;
        let time = f64::from(seconds) + f64::from(fraction) / if nano { 1e9 } else { 1e6 };
        if let Some(frame) = network(link, packet).and_then(|packet| internet(time, packet)) {
            frames.push(frame);
        }
    }
    Ok(frames)
}

/// The IP packet behind the link header.
fn network(link: u32, packet: &[u8]) -> Option<&[u8]> {
    let (kind, rest) = match link {
        1 => (packet.get(12..14)?, packet.get(14..)?),
        113 => (packet.get(14..16)?, packet.get(16..)?),
        276 => (packet.get(..2)?, packet.get(20..)?),
        101 => return Some(packet),
        _ => return None,
    };
    matches!(kind, [0x08, 0x00] | [0x86, 0xdd]).then_some(rest)
}

/// One IP packet as it was caught.
pub fn internet(at: f64, packet: &[u8]) -> Option<Frame> {
    let (protocol, from, to, inner) = match packet.first()? >> 4 {
        4 => {
            let header = usize::from(packet[0] & 0x0f) * 4;
            let total = usize::from(u16::from_be_bytes(packet.get(2..4)?.try_into().ok()?));
            let four =
                |at: usize| Some(IpAddr::from(Ipv4Addr::from(<[u8; 4]>::try_from(packet.get(at..at + 4)?).ok()?)));
            (*packet.get(9)?, four(12)?, four(16)?, packet.get(header..total.min(packet.len()))?)
        }
        6 => {
            let six =
                |at: usize| Some(IpAddr::from(Ipv6Addr::from(<[u8; 16]>::try_from(packet.get(at..at + 16)?).ok()?)));
            (*packet.get(6)?, six(8)?, six(24)?, packet.get(40..)?)
        }
        _ => return None,
    };
    let short = |at: usize| Some(u16::from_be_bytes(inner.get(at..at + 2)?.try_into().ok()?));
    let (from, to) = (SocketAddr::new(from, short(0)?), SocketAddr::new(to, short(2)?));
    match protocol {
        17 => Some(Frame {
            at,
            from,
            to,
            by: By::Udp,
            data: inner.get(8..usize::from(short(4)?).min(inner.len()))?.to_vec(),
        }),
        6 => {
            let sequence = u32::from_be_bytes(inner.get(4..8)?.try_into().ok()?);
            let header = usize::from(inner.get(12)? >> 4) * 4;
            let syn = inner.get(13)? & 2 != 0;
            let by = By::Tcp { sequence: sequence.wrapping_add(u32::from(syn)), syn };
            Some(Frame { at, from, to, by, data: inner.get(header..)?.to_vec() })
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_datagram_is_found_in_an_ethernet_capture_and_a_cut_off_tail_is_left_out() {
        let udp = [&[0x13, 0xc4, 0x13, 0xc5, 0, 10, 0, 0][..], b"hi"].concat();
        let mut ip = vec![0x45, 0, 0, 30, 0, 0, 0, 0, 64, 17, 0, 0, 127, 0, 9, 1, 127, 0, 9, 2];
        ip.extend(udp);
        let packet = [&[0u8; 12][..], &[8, 0], &ip].concat();
        let mut file = vec![0xd4, 0xc3, 0xb2, 0xa1, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 0, 1, 0, 0, 0];
        for _ in 0..2 {
            file.extend(7u32.to_le_bytes());
            file.extend(500_000u32.to_le_bytes());
            file.extend([packet.len() as u8, 0, 0, 0, packet.len() as u8, 0, 0, 0]);
            file.extend(&packet);
        }
        file.truncate(file.len() - 3);
        let frames = parse(&file).unwrap();
        assert_eq!(frames.len(), 1);
        assert_eq!((frames[0].at, frames[0].data.as_slice()), (7.5, &b"hi"[..]));
        assert_eq!(frames[0].from, "127.0.9.1:5060".parse().unwrap());
        assert_eq!(frames[0].to, "127.0.9.2:5061".parse().unwrap());
        assert!(parse(b"not a capture, but long enough to look").is_err());
    }
}
