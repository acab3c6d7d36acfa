//! Many datagrams in one system call (sendmmsg, recvmmsg), with the kernel's time of arrival: so the generator costs
//! little, and when it looks does not matter for the delay that it measures. All unsafe code of the generator is here.

use std::io;
use std::net::{SocketAddrV4, UdpSocket};
use std::os::fd::AsRawFd;

/// Datagrams moved at once.
pub const BATCH: usize = 64;
/// Room for one datagram.
const DATAGRAM: usize = 512;
/// Room for one timestamp with its header, in words.
const CONTROL: usize = 8;

/// Room for what is received at once.
#[derive(Debug)]
pub struct Inbox {
    packets: Vec<[u8; DATAGRAM]>,
    names: Vec<libc::sockaddr_in>,
    controls: Vec<[u64; CONTROL]>,
}

/// A datagram that came.
#[derive(Debug)]
pub struct Arrived<'a> {
    /// Its bytes.
    pub bytes: &'a [u8],
    /// The port from which it came.
    pub from_port: u16,
    /// When the kernel had it, in nanoseconds since the Unix epoch.
    pub at_ns: u64,
}

impl Default for Inbox {
    fn default() -> Inbox {
        Inbox {
            packets: vec![[0; DATAGRAM]; BATCH],
            names: vec![name(SocketAddrV4::new([0; 4].into(), 0)); BATCH],
            controls: vec![[0; CONTROL]; BATCH],
        }
    }
}

#[allow(unsafe_code)] // recvmmsg and its control messages have no face in the standard library
impl Inbox {
    /// Takes what waits, at most [`BATCH`] datagrams, and shows each; answers how many there were.
    pub fn receive(&mut self, socket: &UdpSocket, mut show: impl FnMut(Arrived<'_>)) -> usize {
        let mut pieces = [libc::iovec { iov_base: std::ptr::null_mut(), iov_len: 0 }; BATCH];
        // SAFETY: all zero is a valid empty header.
        let mut headers: [libc::mmsghdr; BATCH] = unsafe { std::mem::zeroed() };
        let room = self.packets.iter_mut().zip(&mut self.names).zip(&mut self.controls);
        for (((packet, name), control), (piece, header)) in room.zip(pieces.iter_mut().zip(&mut headers)) {
            *piece = libc::iovec { iov_base: packet.as_mut_ptr().cast(), iov_len: DATAGRAM };
            header.msg_hdr.msg_iov = piece;
            header.msg_hdr.msg_iovlen = 1;
            header.msg_hdr.msg_name = (&raw mut *name).cast();
            header.msg_hdr.msg_namelen = size_of::<libc::sockaddr_in>() as libc::socklen_t;
            header.msg_hdr.msg_control = control.as_mut_ptr().cast();
            header.msg_hdr.msg_controllen = size_of_val(control);
        }
        let fd = socket.as_raw_fd();
        // SAFETY: every header points to memory that outlives the call.
        let count = unsafe {
            libc::recvmmsg(fd, headers.as_mut_ptr(), BATCH as u32, libc::MSG_DONTWAIT as _, std::ptr::null_mut())
        };
        let count = usize::try_from(count).unwrap_or(0);
        for ((header, packet), name) in headers.iter().zip(&self.packets).zip(&self.names).take(count) {
            let bytes = packet.get(..header.msg_len as usize).unwrap_or_default();
            // SAFETY: the kernel has filled in the header's control messages.
            let at_ns = unsafe { time_of(&header.msg_hdr) };
            show(Arrived { bytes, from_port: u16::from_be(name.sin_port), at_ns });
        }
        count
    }
}

#[allow(unsafe_code)] // control messages are read through pointers
unsafe fn time_of(header: &libc::msghdr) -> u64 {
    // SAFETY: walks only within the control buffer that the header names.
    unsafe {
        let control = libc::CMSG_FIRSTHDR(header);
        if control.is_null() || (*control).cmsg_type != libc::SCM_TIMESTAMPNS {
            return 0;
        }
        let time: libc::timespec = std::ptr::read_unaligned(libc::CMSG_DATA(control).cast());
        time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
    }
}

/// Has the kernel note when each datagram arrives.
#[allow(unsafe_code)] // neither the standard library nor socket2 has this socket option
pub fn timestamps(socket: &UdpSocket) -> io::Result<()> {
    let on: libc::c_int = 1;
    let length = size_of_val(&on) as libc::socklen_t;
    // SAFETY: `on` is valid for the length of the call.
    let done = unsafe {
        libc::setsockopt(socket.as_raw_fd(), libc::SOL_SOCKET, libc::SO_TIMESTAMPNS, (&raw const on).cast(), length)
    };
    if done == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// Sends each packet to its address; answers how many the kernel took.
pub fn send(socket: &UdpSocket, packets: &[(SocketAddrV4, &[u8])]) -> usize {
    packets.chunks(BATCH).map(|chunk| send_chunk(socket, chunk)).sum()
}

#[allow(unsafe_code)] // sendmmsg has no face in the standard library
fn send_chunk(socket: &UdpSocket, packets: &[(SocketAddrV4, &[u8])]) -> usize {
    let mut names: Vec<_> = packets.iter().map(|(to, _)| name(*to)).collect();
    let piece = |bytes: &[u8]| libc::iovec { iov_base: bytes.as_ptr().cast_mut().cast(), iov_len: bytes.len() };
    let mut pieces: Vec<_> = packets.iter().map(|(_, bytes)| piece(bytes)).collect();
    // SAFETY: all zero is a valid empty header.
    let mut headers: [libc::mmsghdr; BATCH] = unsafe { std::mem::zeroed() };
    for ((header, piece), name) in headers.iter_mut().zip(&mut pieces).zip(&mut names) {
        header.msg_hdr.msg_iov = piece;
        header.msg_hdr.msg_iovlen = 1;
        header.msg_hdr.msg_name = (&raw mut *name).cast();
        header.msg_hdr.msg_namelen = size_of::<libc::sockaddr_in>() as libc::socklen_t;
    }
    let (mut done, mut sent) = (0, 0);
    while let Some(rest) = headers.get_mut(done..packets.len()).filter(|rest| !rest.is_empty()) {
        // SAFETY: every header points to memory that outlives the call; the kernel only reads the packets.
        let count = unsafe { libc::sendmmsg(socket.as_raw_fd(), rest.as_mut_ptr(), rest.len() as u32, 0) };
        // The one at which it stopped is lost; those behind it get their turn.
        let count = usize::try_from(count).unwrap_or(0);
        sent += count;
        done += count.max(1);
    }
    sent
}

fn name(address: SocketAddrV4) -> libc::sockaddr_in {
    libc::sockaddr_in {
        sin_family: libc::AF_INET as libc::sa_family_t,
        sin_port: address.port().to_be(),
        sin_addr: libc::in_addr { s_addr: u32::from_ne_bytes(address.ip().octets()) },
        sin_zero: [0; 8],
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::media::stamp::wall_ns;
    use std::time::Duration;

    #[test]
    fn a_batch_arrives_whole_with_its_source_and_its_time() {
        let (here, there) = (UdpSocket::bind("127.0.0.1:0").unwrap(), UdpSocket::bind("127.0.0.1:0").unwrap());
        timestamps(&there).unwrap();
        let (std::net::SocketAddr::V4(to), before) = (there.local_addr().unwrap(), wall_ns()) else { panic!() };
        let texts: Vec<String> = (0..BATCH + 3).map(|n| n.to_string()).collect();
        let packets: Vec<_> = texts.iter().map(|text| (to, text.as_bytes())).collect();
        assert_eq!(send(&here, &packets), texts.len());
        let mut inbox = Inbox::default();
        let mut came = vec![];
        while came.len() < texts.len() {
            let count = inbox.receive(&there, |arrived| {
                assert_eq!(arrived.from_port, here.local_addr().unwrap().port());
                assert!((before..=wall_ns()).contains(&arrived.at_ns));
                came.push(String::from_utf8(arrived.bytes.to_vec()).unwrap());
            });
            if count == 0 {
                std::thread::sleep(Duration::from_millis(1));
            }
        }
        assert_eq!(came, texts);
    }
}
