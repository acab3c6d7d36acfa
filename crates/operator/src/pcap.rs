//! SIP messages as a capture file (pcap, raw IP), which tshark and Wireshark read: each message is a datagram between the
//! addresses that it had, also where it came over a stream.

use crate::admin::trace::Message;
use std::net::{IpAddr, SocketAddr};

/// Of a file with times in microseconds, version 2.4, whose packets begin with their IP header (LINKTYPE_RAW).
const RAW: u32 = 101;
/// The longest datagram that a length field can tell of.
const LONGEST: usize = 65_507 - 40;

/// The file.
pub fn file(messages: &[Message]) -> Vec<u8> {
    let mut out = vec![];
    for word in [0xa1b2_c3d4_u32, 2 | 4 << 16, 0, 0, 262_144, RAW] {
        out.extend(word.to_le_bytes());
    }
    for message in messages {
        let packet = packet(message);
        let at = u64::try_from(message.at).unwrap_or(0);
        let length = packet.len() as u32;
        for word in [(at / 1_000) as u32, (at % 1_000 * 1_000) as u32, length, length] {
            out.extend(word.to_le_bytes());
        }
        out.extend(packet);
    }
    out
}

fn packet(message: &Message) -> Vec<u8> {
    let (from, to) = if message.out { (message.local, message.remote) } else { (message.remote, message.local) };
    let text = message.text.seen();
    let bytes = text.as_bytes().get(..text.len().min(LONGEST)).unwrap_or_default();
    let length = 8 + bytes.len() as u16;
    let mut udp = vec![];
    for word in [from.port(), to.port(), length, 0] {
        udp.extend(word.to_be_bytes());
    }
    udp.extend(bytes);
    match (from.ip(), to.ip()) {
        (IpAddr::V4(a), IpAddr::V4(b)) => ip4(a.octets(), b.octets(), udp),
        _ => ip6(from, to, udp),
    }
}

fn ip4(from: [u8; 4], to: [u8; 4], payload: Vec<u8>) -> Vec<u8> {
    let length = 20 + payload.len() as u16;
    let mut head = vec![0x45, 0];
    head.extend(length.to_be_bytes());
    head.extend([0, 0, 0, 0, 64, 17, 0, 0]);
    head.extend(from);
    head.extend(to);
    let sum = sum(&head);
    head[10..12].copy_from_slice(&sum.to_be_bytes());
    [head, payload].concat()
}

fn ip6(from: SocketAddr, to: SocketAddr, mut payload: Vec<u8>) -> Vec<u8> {
    let octets = |address: SocketAddr| match address.ip() {
        IpAddr::V4(ip) => ip.to_ipv6_mapped().octets(),
        IpAddr::V6(ip) => ip.octets(),
    };
    let length = (payload.len() as u16).to_be_bytes();
    // Over IPv6 a datagram without a sum is thrown away (RFC 8200 8.1).
    let pseudo = [&octets(from)[..], &octets(to), &[0, 0], &length, &[0, 0, 0, 17], &payload].concat();
    let sum = match sum(&pseudo) {
        0 => 0xffff,
        sum => sum,
    };
    payload[6..8].copy_from_slice(&sum.to_be_bytes());
    let head = [&[0x60, 0, 0, 0][..], &length, &[17, 64], &octets(from), &octets(to)].concat();
    [head, payload].concat()
}

/// The sum of the Internet (RFC 1071).
fn sum(bytes: &[u8]) -> u16 {
    let word = |pair: &[u8]| u32::from(pair[0]) << 8 | u32::from(pair.get(1).copied().unwrap_or(0));
    let mut sum: u32 = bytes.chunks(2).map(word).sum();
    while sum > 0xffff {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    !(sum as u16)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::trace::Text;
    use sip::Transport;
    use std::process::Command;

    fn message(local: &str, remote: &str, out: bool, at: i64, text: &str) -> Message {
        Message {
            n: 1,
            at,
            call: None,
            out,
            transport: Transport::Udp,
            local: local.parse().unwrap(),
            remote: remote.parse().unwrap(),
            text: Text::Told(text.into()),
            dialog: 0,
            trunk: None,
        }
    }

    #[test]
    fn tshark_reads_it() {
        let invite =
            "INVITE sip:x@y SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bKa\r\nCall-ID: abc\r\nCSeq: 1 INVITE\r\n\r\n";
        let ok = "SIP/2.0 200 OK\r\nVia: SIP/2.0/UDP a;branch=z9hG4bKa\r\nCall-ID: abc\r\nCSeq: 1 INVITE\r\n\r\n";
        let messages = [
            message("192.0.2.1:5060", "192.0.2.7:5062", false, 1_764_300_000_123, invite),
            message("[2001:db8::1]:5060", "[2001:db8::7]:5062", true, 1_764_300_000_456, ok),
        ];
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("trace.pcap");
        std::fs::write(&path, file(&messages)).unwrap();
        let fields = [
            "frame.time_epoch",
            "ip.src",
            "ipv6.dst",
            "udp.dstport",
            "sip.Method",
            "sip.Status-Code",
            "ip.checksum.status",
            "udp.checksum.status",
        ];
        let mut tshark = Command::new("tshark");
        tshark.arg("-r").arg(&path).args([
            "-o",
            "ip.check_checksum:TRUE",
            "-o",
            "udp.check_checksum:TRUE",
            "-T",
            "fields",
        ]);
        fields.iter().for_each(|field| _ = tshark.args(["-e", field]));
        let Ok(read) = tshark.output() else { return eprintln!("tshark is not here: nothing was tried") };
        let text = String::from_utf8(read.stdout).unwrap();
        let lines: Vec<Vec<&str>> = text.lines().map(|line| line.split('\t').collect()).collect();
        assert_eq!(lines.len(), 2, "{text}");
        assert!(lines[0][0].contains("123") && lines[1][0].contains("456"), "{text}");
        assert_eq!(lines[0][1..7], ["192.0.2.7", "", "5060", "INVITE", "", "1"], "{text}");
        assert_eq!(lines[1][2..6], ["2001:db8::7", "5062", "", "200"], "{text}");
        assert_eq!(lines[1][7], "1", "the sum is right: {text}");
    }
}
