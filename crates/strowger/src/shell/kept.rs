//! The socket pairs that are open without a stream: to open, bind and close four sockets costs more than all else
//! that a call's sound needs when it begins and ends. What arrives there meanwhile is thrown away as it comes, and tells
//! whether somebody still sends.

use super::poller::{Poller, Token};
use super::sockets::{Sockets, datagram};
use std::collections::BTreeMap;
use std::io;
use std::net::IpAddr;
use std::os::fd::AsFd;

/// Packets that an ended stream may leave behind, at the usual 20 ms a tenth of a second. More in the time that a pair
/// rests come from somebody who goes on sending.
const STRAGGLERS: u32 = 5;

#[derive(Debug)]
struct Pair {
    sockets: Sockets,
    /// Packets of sound that have come since its stream ended.
    heard: u32,
}

/// Open pairs without a stream, by port.
#[derive(Debug, Default)]
pub struct Kept(BTreeMap<u16, Pair>);

impl Kept {
    /// Keeps a pair. One that the kernel will not let rest is closed.
    pub fn put(&mut self, port: u16, mut sockets: Sockets) {
        if sockets.disconnect().is_ok() {
            self.0.insert(port, Pair { sockets, heard: 0 });
        }
    }

    /// Throws away what has arrived at a port of a pair.
    pub fn hear(&mut self, port: u16) {
        let Some(pair) = self.0.get_mut(&(port & !1)) else { return };
        // One byte is enough: the rest of the datagram goes with it.
        if port & 1 == 1 {
            datagram(&pair.sockets.rtcp, &mut [0]);
        } else if datagram(&pair.sockets.rtp, &mut [0]).is_some() {
            pair.heard = pair.heard.saturating_add(1);
        }
    }

    /// Whether a pair is there that nobody sends to; if it was not kept, it is opened. One to which its old peer still
    /// sends is closed.
    pub fn prepare(&mut self, poller: &Poller, address: IpAddr, port: u16) -> io::Result<()> {
        match self.0.get(&port) {
            Some(pair) if pair.heard <= STRAGGLERS => Ok(()),
            Some(_) => {
                self.0.remove(&port);
                Err(io::Error::new(io::ErrorKind::AddrInUse, "somebody still sends to it"))
            }
            None => {
                let sockets = Sockets::bind(address, port)?;
                watch(poller, port, &sockets)?;
                self.0.insert(port, Pair { sockets, heard: 0 });
                Ok(())
            }
        }
    }

    /// The pair with this port, if it was kept.
    pub fn take(&mut self, port: u16) -> Option<Sockets> {
        self.0.remove(&port).map(|pair| pair.sockets)
    }
}

/// Has the poller report a pair by its ports, for as long as it is open: from stream to stream that costs nothing more.
pub fn watch(poller: &Poller, port: u16, sockets: &Sockets) -> io::Result<()> {
    poller.watch(sockets.rtp.as_fd(), Token::Port(port))?;
    poller.watch(sockets.rtcp.as_fd(), Token::Port(port | 1))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
    use std::time::Duration;

    const HERE: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    struct Bench {
        kept: Kept,
        poller: Poller,
        port: u16,
        peer: UdpSocket,
    }

    /// A pair whose stream has ended.
    fn bench() -> Bench {
        let (port, mut sockets) = (21_000..22_000)
            .step_by(2)
            .find_map(|port| Sockets::bind(HERE, port).ok().map(|sockets| (port, sockets)))
            .expect("a free pair");
        let (mut kept, poller, peer) = (Kept::default(), Poller::new().unwrap(), UdpSocket::bind((HERE, 0)).unwrap());
        watch(&poller, port, &sockets).unwrap();
        sockets.connect(Some(SocketAddr::new(HERE, 9))).unwrap();
        kept.put(port, sockets);
        Bench { kept, poller, port, peer }
    }

    impl Bench {
        fn hear_all(&mut self) {
            loop {
                let mut ready = vec![];
                self.poller.wait(&mut ready, Some(Duration::ZERO)).unwrap();
                if ready.is_empty() {
                    return;
                }
                for token in ready {
                    let Token::Port(port) = token else { panic!("{token:?}") };
                    self.kept.hear(port);
                }
            }
        }
    }

    #[test]
    fn a_kept_pair_hears_everybody_again_and_nothing_of_the_stream_before() {
        let mut bench = bench();
        for _ in 0..STRAGGLERS {
            bench.peer.send_to(b"late", (HERE, bench.port)).unwrap();
        }
        for _ in 0..9 {
            bench.peer.send_to(b"report", (HERE, bench.port + 1)).unwrap();
        }
        bench.hear_all();
        bench.kept.prepare(&bench.poller, HERE, bench.port).expect("stragglers are nobody");
        let sockets = bench.kept.take(bench.port).expect("it was kept");
        bench.peer.send_to(b"new", (HERE, bench.port)).unwrap();
        let mut buffer = [0; 8];
        let (length, from) = datagram(&sockets.rtp, &mut buffer).expect("a stranger's packet, disconnected");
        assert_eq!((&buffer[..length], from), (&b"new"[..], bench.peer.local_addr().unwrap()));
        assert!(datagram(&sockets.rtcp, &mut buffer).is_none());
        assert!(bench.kept.take(bench.port).is_none(), "it has a stream now");
    }

    #[test]
    fn a_pair_whose_old_peer_goes_on_sending_is_closed_instead() {
        let mut bench = bench();
        for _ in 0..=STRAGGLERS {
            bench.peer.send_to(b"still here", (HERE, bench.port)).unwrap();
        }
        bench.hear_all();
        assert!(bench.kept.prepare(&bench.poller, HERE, bench.port).is_err());
        assert!(UdpSocket::bind((HERE, bench.port)).is_ok(), "closed");
    }
}
