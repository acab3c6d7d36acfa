//! The two sockets of one stream: RTP on an even port, RTCP on the next.

use super::poller::disconnect;
use media::Slot;
use socket2::{Domain, Protocol, Socket, Type};
use std::io;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::os::fd::AsFd;

/// The kernel's queue of one socket: some 20 packets, less than half a second. More would only hide that we are late.
const RECEIVE_BUFFER: usize = 32 * 1024;
/// Expedited forwarding, for networks that honour it (RFC 4594 4.1): DSCP 46 in the upper six bits.
const EXPEDITED: u32 = 46 << 2;

/// The sockets of one stream.
#[derive(Debug)]
pub struct Sockets {
    /// For sound.
    pub rtp: UdpSocket,
    /// For reports.
    pub rtcp: UdpSocket,
    connected: bool,
}

impl Sockets {
    /// Binds both, or none.
    pub fn bind(address: IpAddr, port: u16) -> io::Result<Sockets> {
        let next = port.checked_add(1).ok_or(io::ErrorKind::AddrNotAvailable)?;
        Ok(Sockets { rtp: socket(address, port)?, rtcp: socket(address, next)?, connected: false })
    }

    /// Hears everybody again.
    pub fn disconnect(&mut self) -> io::Result<()> {
        if self.connected { self.connect(None) } else { Ok(()) }
    }

    /// Connects the RTP socket, so that the kernel drops what others send; or disconnects it.
    pub fn connect(&mut self, remote: Option<SocketAddr>) -> io::Result<()> {
        match remote {
            Some(remote) => self.rtp.connect(remote)?,
            None => disconnect(self.rtp.as_fd())?,
        }
        self.connected = remote.is_some();
        Ok(())
    }
}

/// Sends a packet, or not: where a peer is gone or the kernel has no room, the packet is lost as on any network.
pub fn send(sockets: &[Option<Sockets>], slot: Slot, rtcp: bool, to: SocketAddr, packet: &[u8]) -> bool {
    let Some(Some(pair)) = sockets.get(slot.0 as usize) else { return false };
    let sent = match (rtcp, pair.connected) {
        (true, _) => pair.rtcp.send_to(packet, to),
        (false, true) => pair.rtp.send(packet),
        (false, false) => pair.rtp.send_to(packet, to),
    };
    sent.is_ok()
}

/// The next datagram that waits. ECONNREFUSED is weather: an ICMP error of an earlier send, and the next one may be fine.
pub fn datagram(socket: &UdpSocket, buffer: &mut [u8]) -> Option<(usize, SocketAddr)> {
    match socket.recv_from(buffer) {
        Err(error) if error.kind() != io::ErrorKind::WouldBlock => socket.recv_from(buffer).ok(),
        received => received.ok(),
    }
}

/// A socket on this port. An address that is not ours (it is translated on its way here) means any of ours.
fn socket(address: IpAddr, port: u16) -> io::Result<UdpSocket> {
    let wanted = SocketAddr::new(address, port);
    let socket = Socket::new(Domain::for_address(wanted), Type::DGRAM.nonblocking(), Some(Protocol::UDP))?;
    socket.set_recv_buffer_size(RECEIVE_BUFFER)?;
    let _unmarked_packets_arrive_too = match address {
        IpAddr::V4(_) => socket.set_tos_v4(EXPEDITED),
        IpAddr::V6(_) => socket.set_tclass_v6(EXPEDITED),
    };
    let any: IpAddr = if address.is_ipv4() { [0; 4].into() } else { [0u16; 8].into() };
    match socket.bind(&wanted.into()) {
        Err(error) if error.kind() == io::ErrorKind::AddrNotAvailable => {
            socket.bind(&SocketAddr::new(any, port).into())?;
        }
        bound => bound?,
    }
    Ok(socket.into())
}
