//! Copies of messages for a capture server such as Homer, by HEP3 over UDP, from a thread of its own. Lossy: what finds the
//! queue full, or the network, is lost and counted; nobody waits for it. What proves a password and the keys of encrypted
//! sound do not leave the process, as nowhere; all else does.

use super::passed::Passed;
use super::ring::call_id;
use operator::veil::{Clear, veiled};
use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use terms::limits;

/// The longest datagram over IPv4.
const LONGEST: usize = 65_507;

/// The way to the thread.
pub struct Homer {
    queue: SyncSender<Passed>,
    lost: Arc<AtomicU64>,
}

impl Homer {
    /// Starts the thread, which ends with the way to it. `node` tells the server which switch it is.
    pub fn start(server: SocketAddr, node: u32) -> io::Result<(Homer, JoinHandle<()>)> {
        let any: IpAddr = if server.is_ipv4() { [0; 4].into() } else { [0_u16; 8].into() };
        let socket = UdpSocket::bind((any, 0))?;
        let (queue, waiting) = sync_channel(limits::HOMER_WAITING);
        let lost = Arc::new(AtomicU64::new(0));
        let counter = lost.clone();
        let thread = thread::Builder::new()
            .name("homer".into())
            .spawn(move || carry(&socket, server, node, &waiting, &counter))?;
        Ok((Homer { queue, lost }, thread))
    }

    /// Sends a copy, or loses it.
    pub fn tell(&self, passed: Passed) {
        if self.queue.try_send(passed).is_err() {
            self.lost.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// How many were lost.
    pub fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }
}

fn carry(socket: &UdpSocket, server: SocketAddr, node: u32, waiting: &Receiver<Passed>, lost: &AtomicU64) {
    for passed in waiting.iter() {
        let packet = packet(&passed, node);
        // ECONNREFUSED and its like are weather: nobody answers HEP.
        if packet.is_none_or(|packet| socket.send_to(&packet, server).is_err()) {
            lost.fetch_add(1, Ordering::Relaxed);
        }
    }
}

/// A message as HEP3 has it; none, when it is too long for a datagram.
fn packet(passed: &Passed, node: u32) -> Option<Vec<u8>> {
    let (local, remote) = (passed.way.local, passed.remote);
    let (from, to) = if passed.out { (local, remote) } else { (remote, local) };
    let mut chunks = Chunks::default();
    let protocol = if passed.way.transport.is_reliable() { 6 } else { 17 };
    let at = u64::try_from(passed.at.as_millis()).unwrap_or(0);
    chunks.add(1, &[if from.is_ipv4() && to.is_ipv4() { 2 } else { 10 }]).add(2, &[protocol]);
    match (from.ip(), to.ip()) {
        (IpAddr::V4(from), IpAddr::V4(to)) => chunks.add(3, &from.octets()).add(4, &to.octets()),
        (from, to) => chunks.add(5, &wide(from)).add(6, &wide(to)),
    };
    chunks.add(7, &from.port().to_be_bytes()).add(8, &to.port().to_be_bytes());
    chunks.add(9, &((at / 1_000) as u32).to_be_bytes()).add(10, &((at % 1_000 * 1_000) as u32).to_be_bytes());
    // 1: SIP.
    chunks.add(11, &[1]).add(12, &node.to_be_bytes());
    chunks.add(17, call_id(&passed.bytes).unwrap_or_default());
    chunks.add(15, veiled(&passed.bytes, Clear { bodies: true, numbers: true }).as_bytes());
    chunks.packet()
}

fn wide(ip: IpAddr) -> [u8; 16] {
    match ip {
        IpAddr::V4(ip) => ip.to_ipv6_mapped().octets(),
        IpAddr::V6(ip) => ip.octets(),
    }
}

/// The parts of a packet: each has a vendor (0), a kind, its length with these six octets, and what it says.
#[derive(Default)]
struct Chunks(Vec<u8>);

impl Chunks {
    fn add(&mut self, kind: u16, value: &[u8]) -> &mut Chunks {
        // One that is too long makes the packet so, too.
        let length = u16::try_from(value.len() + 6).unwrap_or(u16::MAX);
        for word in [0, kind, length] {
            self.0.extend(word.to_be_bytes());
        }
        self.0.extend(value);
        self
    }

    fn packet(self) -> Option<Vec<u8>> {
        let length = u16::try_from(self.0.len() + 6).ok().filter(|length| usize::from(*length) <= LONGEST)?;
        Some([&b"HEP3"[..], &length.to_be_bytes(), &self.0].concat())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::passed::Way;
    use bytes::Bytes;
    use std::collections::BTreeMap;
    use std::time::Duration;
    use terms::Wall;

    const REGISTER: &str = "REGISTER sip:x SIP/2.0\r\nCall-ID: a@b\r\nFrom: <sip:alice@x>\r\n\
        Authorization: Digest response=\"0123456789abcdef\"\r\nContent-Length: 0\r\n\r\n";

    fn passed(local: &str, remote: &str, out: bool, text: &str) -> Passed {
        let way = Arc::new(Way { transport: sip::Transport::Udp, local: local.parse().unwrap() });
        let (at, remote) = (Wall::from_millis(1_764_300_000_123), remote.parse().unwrap());
        Passed { at, out, way, remote, bytes: Bytes::from(text.to_owned()) }
    }

    /// The chunks of a packet, read as the document of HEP3 says.
    fn read(packet: &[u8]) -> BTreeMap<u16, Vec<u8>> {
        let word = |at: usize| u16::from_be_bytes([packet[at], packet[at + 1]]);
        assert_eq!((&packet[..4], usize::from(word(4))), (&b"HEP3"[..], packet.len()));
        let (mut at, mut chunks) = (6, BTreeMap::new());
        while at < packet.len() {
            let length = usize::from(word(at + 4));
            assert_eq!(word(at), 0, "of no vendor");
            chunks.insert(word(at + 2), packet[at + 6..at + length].to_vec());
            at += length;
        }
        chunks
    }

    #[test]
    fn a_capture_server_gets_each_message_with_where_it_came_from_and_no_proof_of_a_password() {
        let server = UdpSocket::bind("127.0.0.1:0").unwrap();
        server.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let (homer, thread) = Homer::start(server.local_addr().unwrap(), 7).unwrap();
        homer.tell(passed("192.0.2.1:5060", "192.0.2.7:5062", false, REGISTER));
        homer.tell(passed("[2001:db8::1]:5060", "[2001:db8::7]:5062", true, REGISTER));
        let mut buffer = [0; 4_096];
        let mut next = || {
            let length = server.recv(&mut buffer).unwrap();
            read(&buffer[..length])
        };
        let (first, second) = (next(), next());
        assert_eq!((&first[&1], &first[&2], &first[&11]), (&vec![2], &vec![17], &vec![1]));
        assert_eq!((&first[&3], &first[&4]), (&vec![192, 0, 2, 7], &vec![192, 0, 2, 1]), "it came in");
        assert_eq!((&first[&7], &first[&8]), (&5_062_u16.to_be_bytes().to_vec(), &5_060_u16.to_be_bytes().to_vec()));
        assert_eq!(first[&9], 1_764_300_000_u32.to_be_bytes());
        assert_eq!(first[&10], 123_000_u32.to_be_bytes());
        assert_eq!((&first[&12][..], &first[&17][..]), (&7_u32.to_be_bytes()[..], &b"a@b"[..]));
        let text = String::from_utf8(first[&15].clone()).unwrap();
        assert!(text.contains("alice") && !text.contains("0123456789abcdef"), "{text}");
        assert_eq!((second[&1][0], second[&5].last(), second[&6].last()), (10, Some(&1), Some(&7)), "it went out");
        drop(homer);
        thread.join().unwrap();
    }

    #[test]
    fn what_nobody_takes_is_lost_and_counted_and_nothing_waits() {
        // A thread that never looks: its end of the queue is held here.
        let (queue, _waiting) = sync_channel(2);
        let homer = Homer { queue, lost: Arc::default() };
        for _ in 0..5 {
            homer.tell(passed("192.0.2.1:5060", "192.0.2.7:5062", false, REGISTER));
        }
        assert_eq!(homer.lost(), 3);
        let long = format!("{REGISTER}{}", "x".repeat(66_000));
        assert!(packet(&passed("192.0.2.1:5060", "192.0.2.7:5062", false, &long), 7).is_none());
    }
}
