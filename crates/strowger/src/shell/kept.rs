//! The socket pairs that stay open between two streams: to open, bind and close four sockets costs more than all else
//! that a call's sound needs when it begins and ends. Nobody watches them meanwhile: what arrives late for the old
//! stream waits in the kernel's small queues, and tells whether somebody still sends there.

use super::leg::{Leg, datagram};
use super::poller::Poller;
use std::collections::BTreeMap;
use std::io;
use std::net::UdpSocket;
use std::os::fd::AsFd;

/// Packets that an ended stream may leave behind, at the usual 20 ms a tenth of a second. More in the time that a pair
/// rests come from somebody who goes on sending.
const STRAGGLERS: usize = 5;
/// More than the queue of a socket holds.
const MOST: usize = 1_000;

/// Open pairs without a stream, by port.
#[derive(Debug, Default)]
pub struct Kept(BTreeMap<u16, Leg>);

impl Kept {
    /// Keeps a pair. One that the kernel will not let rest is closed: the next stream opens it anew.
    pub fn put(&mut self, poller: &Poller, port: u16, mut leg: Leg) {
        let rests = leg.disconnect().and_then(|()| {
            poller.forget(leg.rtp.as_fd())?;
            poller.forget(leg.rtcp.as_fd())
        });
        if rests.is_ok() {
            self.0.insert(port, leg);
        }
    }

    /// The pair with this port, if it was kept; empty. An error when its old peer still sends: then it is closed.
    pub fn take(&mut self, port: u16) -> Option<io::Result<Leg>> {
        let leg = self.0.remove(&port)?;
        drain(&leg.rtcp);
        Some(match drain(&leg.rtp) {
            0..=STRAGGLERS => Ok(leg),
            _ => Err(io::Error::new(io::ErrorKind::AddrInUse, "somebody still sends to it")),
        })
    }
}

/// Throws away what waits in a socket, and says how many packets that were.
fn drain(socket: &UdpSocket) -> usize {
    // One byte is enough: the rest of the datagram goes with it.
    (0..MOST).take_while(|_| datagram(socket, &mut [0]).is_some()).count()
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{IpAddr, Ipv4Addr, SocketAddr};

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    fn kept() -> (Kept, u16, UdpSocket) {
        let (port, leg) = (21_000..22_000)
            .step_by(2)
            .find_map(|port| Leg::bind(HERE, port).ok().map(|leg| (port, leg)))
            .expect("a free pair");
        let (mut kept, poller, peer) = (Kept::default(), Poller::new().unwrap(), UdpSocket::bind((HERE, 0)).unwrap());
        poller.watch(leg.rtp.as_fd(), super::super::poller::Token::Rtp(0)).unwrap();
        poller.watch(leg.rtcp.as_fd(), super::super::poller::Token::Rtcp(0)).unwrap();
        let mut leg = leg;
        leg.connect(Some(SocketAddr::new(HERE, 9))).unwrap();
        kept.put(&poller, port, leg);
        (kept, port, peer)
    }

    #[test]
    fn a_kept_pair_hears_everybody_again_and_nothing_of_the_stream_before() {
        let (mut kept, port, peer) = kept();
        for _ in 0..STRAGGLERS {
            peer.send_to(b"late", (HERE, port)).unwrap();
        }
        for _ in 0..9 {
            peer.send_to(b"report", (HERE, port + 1)).unwrap();
        }
        let leg = kept.take(port).expect("it was kept").expect("stragglers are nobody");
        peer.send_to(b"new", (HERE, port)).unwrap();
        let mut buffer = [0; 8];
        let (length, from) = datagram(&leg.rtp, &mut buffer).expect("a stranger's packet, disconnected");
        assert_eq!((&buffer[..length], from), (&b"new"[..], peer.local_addr().unwrap()));
        assert!(datagram(&leg.rtcp, &mut buffer).is_none());
        assert!(kept.take(port).is_none(), "it has a stream now");
    }

    #[test]
    fn a_pair_whose_old_peer_goes_on_sending_is_closed_instead() {
        let (mut kept, port, peer) = kept();
        for _ in 0..=STRAGGLERS {
            peer.send_to(b"still here", (HERE, port)).unwrap();
        }
        assert!(kept.take(port).expect("it was kept").is_err());
        assert!(UdpSocket::bind((HERE, port)).is_ok(), "closed");
    }
}
