//! Many datagrams by one system call: what waits in a UDP socket is taken at once (`recvmmsg`), and what a turn of the
//! loop has to say leaves at once (`sendmmsg`). A call to the kernel costs more than a SIP message does.

use bytes::Bytes;
use socket2::{SockAddr, SockAddrStorage};
use std::io;
use std::net::SocketAddr;
use std::os::fd::{AsRawFd, BorrowedFd};
use terms::limits;

/// Datagrams taken or sent by one call.
pub const BATCH: usize = 32;

/// Room for one datagram more than the longest that is read: a longer one is seen to be too long.
const ROOM: usize = limits::MESSAGE_BYTES + 1;

/// Where received datagrams lie until the next call. The kernel gives no memory for the parts that were never filled.
pub struct Inbox {
    bytes: Vec<u8>,
    /// How long each is, and who sent it.
    taken: Vec<(usize, Option<SocketAddr>)>,
}

impl Inbox {
    /// An empty one.
    pub fn new() -> Inbox {
        Inbox { bytes: vec![0; BATCH * ROOM], taken: Vec::with_capacity(BATCH) }
    }

    /// Takes what waits in a socket, up to [`BATCH`] datagrams, and says how many there were.
    #[allow(unsafe_code)] // recvmmsg has no face in the standard library
    pub fn receive(&mut self, socket: BorrowedFd<'_>) -> io::Result<usize> {
        self.taken.clear();
        let mut names: [SockAddrStorage; BATCH] = std::array::from_fn(|_| SockAddrStorage::zeroed());
        let mut pieces = [libc::iovec { iov_base: std::ptr::null_mut(), iov_len: 0 }; BATCH];
        let mut headers = [blank_header(); BATCH];
        let places = self.bytes.chunks_exact_mut(ROOM).zip(&mut names);
        for ((header, piece), (place, name)) in headers.iter_mut().zip(&mut pieces).zip(places) {
            *piece = libc::iovec { iov_base: place.as_mut_ptr().cast(), iov_len: place.len() };
            header.msg_hdr.msg_iov = piece;
            header.msg_hdr.msg_iovlen = 1;
            header.msg_hdr.msg_name = (&raw mut *name).cast();
            header.msg_hdr.msg_namelen = name.size_of();
        }
        // SAFETY: each header points to one piece and one name, each piece to a stretch of `bytes` of its own; all of
        // them are alive and not otherwise used for the length of the call.
        let count = unsafe {
            libc::recvmmsg(
                socket.as_raw_fd(),
                headers.as_mut_ptr(),
                BATCH as libc::c_uint,
                libc::MSG_DONTWAIT,
                std::ptr::null_mut(),
            )
        };
        let count = usize::try_from(count).map_err(|_| io::Error::last_os_error())?;
        for (header, name) in headers.iter().zip(names).take(count) {
            // SAFETY: the kernel wrote an address of this length there.
            let name = unsafe { SockAddr::new(name, header.msg_hdr.msg_namelen) };
            self.taken.push((header.msg_len as usize, name.as_socket()));
        }
        Ok(count)
    }

    /// A datagram of the last call, and who sent it.
    pub fn get(&self, nth: usize) -> Option<(SocketAddr, &[u8])> {
        let (length, remote) = *self.taken.get(nth)?;
        Some((remote?, self.bytes.chunks_exact(ROOM).nth(nth)?.get(..length)?))
    }
}

/// What waits to be sent over one socket.
#[derive(Default)]
pub struct Outbox {
    waiting: Vec<(SockAddr, Bytes)>,
}

impl Outbox {
    /// Adds a datagram; [`Outbox::flush`] sends it.
    pub fn push(&mut self, remote: SocketAddr, bytes: Bytes) {
        self.waiting.push((remote.into(), bytes));
    }

    /// Sends all of them in order, and says how many the kernel did not take.
    pub fn flush(&mut self, socket: BorrowedFd<'_>) -> u64 {
        let mut failed = 0;
        let mut rest = self.waiting.as_slice();
        while !rest.is_empty() {
            // An error is about the first one: without it the others may pass.
            let (sent, lost) = send(socket, rest).map_or((1, 1), |sent| (sent.max(1), 0));
            failed += lost;
            rest = rest.get(sent..).unwrap_or_default();
        }
        self.waiting.clear();
        failed
    }
}

/// Sends as many as the kernel takes, at most [`BATCH`].
#[allow(unsafe_code)] // sendmmsg has no face in the standard library
fn send(socket: BorrowedFd<'_>, datagrams: &[(SockAddr, Bytes)]) -> io::Result<usize> {
    let mut pieces = [libc::iovec { iov_base: std::ptr::null_mut(), iov_len: 0 }; BATCH];
    let mut headers = [blank_header(); BATCH];
    for ((header, piece), (name, bytes)) in headers.iter_mut().zip(&mut pieces).zip(datagrams) {
        *piece = libc::iovec { iov_base: bytes.as_ptr().cast_mut().cast(), iov_len: bytes.len() };
        header.msg_hdr.msg_iov = piece;
        header.msg_hdr.msg_iovlen = 1;
        header.msg_hdr.msg_name = name.as_ptr().cast_mut().cast();
        header.msg_hdr.msg_namelen = name.len();
    }
    let count = datagrams.len().min(BATCH) as libc::c_uint;
    // SAFETY: the first `count` headers point to one piece and one name each, which are alive for the length of the
    // call; the kernel reads through these pointers and does not write.
    let sent = unsafe { libc::sendmmsg(socket.as_raw_fd(), headers.as_mut_ptr(), count, libc::MSG_DONTWAIT) };
    usize::try_from(sent).map_err(|_| io::Error::last_os_error())
}

#[allow(unsafe_code)] // the C structures have no constructor
fn blank_header() -> libc::mmsghdr {
    // SAFETY: all zeroes, a header of no pieces and no name, is a valid value of this plain structure.
    unsafe { std::mem::zeroed() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::UdpSocket;
    use std::os::fd::AsFd;

    fn socket() -> UdpSocket {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_nonblocking(true).unwrap();
        socket
    }

    #[test]
    fn more_datagrams_than_one_batch_arrive_whole_and_in_order() {
        let (from, to) = (socket(), socket());
        let (mut outbox, mut inbox) = (Outbox::default(), Inbox::new());
        let mut sent = vec![];
        for nth in 0..BATCH + 3 {
            let text = format!("{nth} ").repeat(nth + 1);
            outbox.push(to.local_addr().unwrap(), Bytes::from(text.clone()));
            sent.push(text);
        }
        assert_eq!(outbox.flush(from.as_fd()), 0);
        assert_eq!(outbox.flush(from.as_fd()), 0, "nothing is sent twice");
        let mut received = vec![];
        while let Ok(count) = inbox.receive(to.as_fd()) {
            for nth in 0..count {
                let (remote, bytes) = inbox.get(nth).unwrap();
                assert_eq!(remote, from.local_addr().unwrap());
                received.push(String::from_utf8(bytes.to_vec()).unwrap());
            }
        }
        assert_eq!(received, sent);
        assert!(inbox.get(0).is_none(), "what was received before is gone");
    }

    #[test]
    fn a_datagram_that_cannot_be_sent_holds_up_no_other() {
        let (from, to) = (socket(), socket());
        let mut outbox = Outbox::default();
        outbox.push(to.local_addr().unwrap(), Bytes::from_static(b"first"));
        outbox.push(to.local_addr().unwrap(), Bytes::from(vec![0; 70_000]));
        outbox.push(to.local_addr().unwrap(), Bytes::from_static(b"last"));
        assert_eq!(outbox.flush(from.as_fd()), 1);
        let mut inbox = Inbox::new();
        assert_eq!(inbox.receive(to.as_fd()).unwrap(), 2);
        assert_eq!(inbox.get(1).unwrap().1, b"last");
    }
}
