//! One page's sound within this machine: a pair of sockets at which it is plain RTP, whoever of its legs talks.

use super::comfort::Comfort;
use crate::shell::sockets::Sockets;
use browser::PageId;
use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use terms::Mono;

/// Pairs of ports that are tried.
const TRIES: usize = 32;

/// The sockets. Reports come, and are not read: a page has its own.
#[derive(Debug)]
pub struct Sound {
    pub(super) rtp: UdpSocket,
    _rtcp: UdpSocket,
    at: SocketAddr,
}

impl Sound {
    /// Two ports of the system's that follow each other, at the address where the workers receive sound.
    pub fn bind(address: IpAddr) -> io::Result<Sound> {
        let mut error = io::ErrorKind::AddrInUse.into();
        for _ in 0..TRIES {
            let free = UdpSocket::bind((address, 0))?.local_addr()?.port() & !1;
            match Sockets::bind(address, free) {
                Ok(Sockets { rtp, rtcp, .. }) => {
                    let at = rtp.local_addr()?;
                    return Ok(Sound { rtp, _rtcp: rtcp, at });
                }
                Err(taken) => error = taken,
            }
        }
        Err(error)
    }

    /// Where workers send what the page is to hear.
    pub fn at(&self) -> SocketAddr {
        self.at
    }
}

/// A phone that is a page.
#[derive(Debug)]
pub(super) struct Voice {
    pub sound: Sound,
    /// The stream of its call; none: nobody hears it.
    pub to: Option<SocketAddr>,
    /// The leg that talks.
    pub current: Option<PageId>,
    /// The one that shakes hands, perhaps; the same otherwise.
    pub newest: Option<PageId>,
    /// What the other side hears while nobody is there.
    pub comfort: Comfort,
}

impl Voice {
    pub fn new(now: Mono, source: u32, sound: Sound) -> Voice {
        Voice { sound, to: None, current: None, newest: None, comfort: Comfort::new(now, source) }
    }

    pub fn hears(&mut self, now: Mono, to: Option<SocketAddr>) {
        if self.to.is_none() {
            self.comfort.begin(now);
        }
        self.to = to;
    }

    /// When the other side is to be comforted next, if the page is still away then.
    pub fn due(&self) -> Option<Mono> {
        self.to.map(|_| self.comfort.due())
    }

    pub fn comfort(&mut self, now: Mono) {
        if let Some(packet) = self.to.and_then(|_| self.comfort.packet(now)) {
            self.speak(&packet);
        }
    }

    /// A packet of the page's.
    pub fn speak(&self, packet: &[u8]) {
        if let Some(to) = self.to {
            let _lost_as_on_any_network = self.sound.rtp.send_to(packet, to);
        }
    }
}
