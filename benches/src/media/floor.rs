//! The floor under a relayed packet: a bare forwarder with the same sockets. One connected socket for each leg, one
//! epoll instance, a receive and a send for each packet that is there; nothing is looked at.

use super::generator::{Leg, Places, Says};
use anyhow::{Context, Result};
use std::io;
use std::net::{SocketAddrV4, UdpSocket};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::path::Path;

const FIRST_PORT: u16 = 20_000;
/// Events taken at once.
const EVENTS: usize = 256;

/// The legs of so many calls, caller and called in turn.
pub fn legs(places: Places, calls: usize) -> Vec<Leg> {
    let leg = |number: usize| Leg {
        side: number % 2,
        call: number / 2,
        to: SocketAddrV4::new(places.server, FIRST_PORT + 2 * number as u16),
        says: Says::Stamps,
    };
    (0..2 * calls).map(leg).collect()
}

/// Forwards until it is killed. The file `ready` appears when it does.
pub fn forward(places: Places, calls: usize, ready: &Path) -> Result<()> {
    let sockets = legs(places, calls).iter().map(|leg| bind(places, leg)).collect::<Result<Vec<_>>>()?;
    let epoll = watch(&sockets)?;
    std::fs::write(ready, "")?;
    let mut buffer = [0; 2_048];
    let mut events = [libc::epoll_event { events: 0, u64: 0 }; EVENTS];
    loop {
        for number in wait(&epoll, &mut events) {
            let (Some(from), Some(to)) = (sockets.get(number), sockets.get(number ^ 1)) else { continue };
            if let Ok(length) = from.recv(&mut buffer) {
                let _lost_as_on_any_network = to.send(buffer.get(..length).unwrap_or_default());
            }
        }
    }
}

fn bind(places: Places, leg: &Leg) -> Result<UdpSocket> {
    let socket = UdpSocket::bind(leg.to).with_context(|| format!("{} is taken: does another bench run?", leg.to))?;
    socket.connect(places.leg(leg.side, leg.call))?;
    socket.set_nonblocking(true)?;
    Ok(socket)
}

#[allow(unsafe_code)] // epoll has no face in the standard library
fn watch(sockets: &[UdpSocket]) -> io::Result<OwnedFd> {
    // SAFETY: the call takes no pointer; a non-negative result is a descriptor that nobody else owns.
    let epoll = match unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) } {
        -1 => return Err(io::Error::last_os_error()),
        fd => unsafe { OwnedFd::from_raw_fd(fd) },
    };
    for (number, socket) in sockets.iter().enumerate() {
        let mut event = libc::epoll_event { events: libc::EPOLLIN as u32, u64: number as u64 };
        // SAFETY: both descriptors are open, and `event` is valid for the length of the call.
        if unsafe { libc::epoll_ctl(epoll.as_raw_fd(), libc::EPOLL_CTL_ADD, socket.as_raw_fd(), &raw mut event) } < 0 {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(epoll)
}

#[allow(unsafe_code)] // epoll, as above
fn wait<'a>(epoll: &OwnedFd, events: &'a mut [libc::epoll_event; EVENTS]) -> impl Iterator<Item = usize> + use<'a> {
    // SAFETY: `events` has room for EVENTS entries and is valid for the length of the call.
    let count = unsafe { libc::epoll_wait(epoll.as_raw_fd(), events.as_mut_ptr(), EVENTS as i32, -1) };
    events.iter().take(usize::try_from(count).unwrap_or(0)).map(|event| event.u64 as usize)
}
