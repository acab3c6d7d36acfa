//! What the standard library has no words for: cores, priorities, another process's clock, and many
//! datagrams in one system call. The only unsafe code of the harness.
#![allow(unsafe_code)]

use libc::{c_int, c_uint};
use std::io;
use std::mem::{MaybeUninit, zeroed};
use std::os::fd::{AsRawFd, BorrowedFd};
use std::ptr::null_mut;
use std::time::Duration;

/// Datagrams moved by one call.
pub const BATCH: usize = 64;
/// The longest datagram that is taken.
pub const DATAGRAM: usize = 4_096;

/// Keeps this thread, and whatever it starts from now on, on one core.
pub fn pin(core: usize) -> io::Result<()> {
    // SAFETY: an all-zero cpu_set_t is an empty set, and CPU_SET stays within it or does nothing.
    let done = unsafe {
        let mut set: libc::cpu_set_t = zeroed();
        libc::CPU_SET(core, &mut set);
        libc::sched_setaffinity(0, size_of_val(&set), &set)
    };
    checked(done).map(drop)
}

/// Goes before ordinary processes, and so does whatever this one starts. True when that is allowed here.
pub fn go_first() -> bool {
    // SAFETY: plain numbers.
    unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, -15) == 0 }
}

/// How many descriptors a process may open here.
pub fn descriptors() -> u64 {
    // SAFETY: the limits are read only when the call says that it filled them in.
    unsafe {
        let mut limit = MaybeUninit::<libc::rlimit>::uninit();
        match libc::getrlimit(libc::RLIMIT_NOFILE, limit.as_mut_ptr()) {
            0 => limit.assume_init().rlim_cur,
            _ => 1_024,
        }
    }
}

/// Puts this thread before all others on its core, or back among them; where that is not allowed, nothing happens.
pub fn real_time(on: bool) {
    // SAFETY: the parameter lives through the call.
    unsafe {
        let parameter = libc::sched_param { sched_priority: if on { 10 } else { 0 } };
        libc::sched_setscheduler(0, if on { libc::SCHED_FIFO } else { libc::SCHED_OTHER }, &parameter);
    }
}

/// Lets short sleeps end on time: the kernel otherwise gathers those within 50 us.
pub fn wake_sharply() {
    // SAFETY: plain numbers; a refusal costs precision only.
    unsafe { libc::prctl(libc::PR_SET_TIMERSLACK, 1_000, 0, 0, 0) };
}

/// The processor time that all threads of a process have used since it began, ended threads among them.
pub fn cpu_time(pid: u32) -> Option<Duration> {
    let pid = libc::pid_t::try_from(pid).ok()?;
    // SAFETY: both calls fill in a value that is read only when they say that they did.
    unsafe {
        let mut clock = 0;
        let mut time = MaybeUninit::<libc::timespec>::uninit();
        if libc::clock_getcpuclockid(pid, &mut clock) != 0 || libc::clock_gettime(clock, time.as_mut_ptr()) != 0 {
            return None;
        }
        let time = time.assume_init();
        Some(Duration::new(u64::try_from(time.tv_sec).ok()?, u32::try_from(time.tv_nsec).ok()?))
    }
}

/// Tells a process to end in good order.
pub fn interrupt(pid: u32, signal: c_int) {
    if let Ok(pid) = libc::pid_t::try_from(pid) {
        // SAFETY: plain numbers; the process is a child that has not been waited for.
        unsafe { libc::kill(pid, signal) };
    }
}

/// Waits until one of the sockets has something, at most so long.
pub fn wait(sockets: &[BorrowedFd<'_>], limit: Duration) -> io::Result<()> {
    let entry = |fd: &BorrowedFd<'_>| libc::pollfd { fd: fd.as_raw_fd(), events: libc::POLLIN, revents: 0 };
    let mut list: Vec<_> = sockets.iter().map(entry).collect();
    let limit = timespec(limit);
    // SAFETY: the list and the time live through the call; no signal mask is given.
    let done = unsafe { libc::ppoll(list.as_mut_ptr(), list.len() as libc::nfds_t, &limit, std::ptr::null()) };
    match checked(done) {
        Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
        other => other.map(drop),
    }
}

fn timespec(time: Duration) -> libc::timespec {
    libc::timespec {
        tv_sec: time.as_secs().cast_signed(),
        tv_nsec: libc::c_long::from(time.subsec_nanos().cast_signed()),
    }
}

/// Room for the datagrams of one call.
pub struct Inbox {
    bytes: Box<[[u8; DATAGRAM]]>,
    lengths: [usize; BATCH],
}

impl Default for Inbox {
    fn default() -> Inbox {
        Inbox { bytes: vec![[0; DATAGRAM]; BATCH].into_boxed_slice(), lengths: [0; BATCH] }
    }
}

impl Inbox {
    /// Takes what a connected socket has, up to [`BATCH`] datagrams; how many.
    pub fn fill(&mut self, socket: BorrowedFd<'_>) -> io::Result<usize> {
        // SAFETY: each header points at one iovec, each iovec at a buffer of its own that outlives the call.
        unsafe {
            let mut vectors: [libc::iovec; BATCH] = zeroed();
            let mut headers: [libc::mmsghdr; BATCH] = zeroed();
            for ((vector, header), bytes) in vectors.iter_mut().zip(&mut headers).zip(self.bytes.iter_mut()) {
                *vector = libc::iovec { iov_base: bytes.as_mut_ptr().cast(), iov_len: DATAGRAM };
                header.msg_hdr.msg_iov = vector;
                header.msg_hdr.msg_iovlen = 1;
            }
            let fd = socket.as_raw_fd();
            let done = libc::recvmmsg(fd, headers.as_mut_ptr(), BATCH as c_uint, libc::MSG_DONTWAIT, null_mut());
            let count = usize::try_from(checked(done)?).unwrap_or(0);
            for (length, header) in self.lengths.iter_mut().zip(&headers[..count]) {
                *length = header.msg_len as usize;
            }
            Ok(count)
        }
    }

    /// One of the datagrams that the last call brought.
    pub fn get(&self, index: usize) -> &[u8] {
        &self.bytes[index][..self.lengths[index].min(DATAGRAM)]
    }
}

/// Sends datagrams over a connected socket, at most [`BATCH`]; how many went out.
pub fn send(socket: BorrowedFd<'_>, datagrams: &[&[u8]]) -> io::Result<usize> {
    let count = datagrams.len().min(BATCH);
    // SAFETY: as in `fill`; the kernel only reads the buffers.
    unsafe {
        let mut vectors: [libc::iovec; BATCH] = zeroed();
        let mut headers: [libc::mmsghdr; BATCH] = zeroed();
        for ((vector, header), bytes) in vectors.iter_mut().zip(&mut headers).zip(datagrams) {
            *vector = libc::iovec { iov_base: bytes.as_ptr().cast_mut().cast(), iov_len: bytes.len() };
            header.msg_hdr.msg_iov = vector;
            header.msg_hdr.msg_iovlen = 1;
        }
        let done = libc::sendmmsg(socket.as_raw_fd(), headers.as_mut_ptr(), count as c_uint, 0);
        Ok(usize::try_from(checked(done)?).unwrap_or(0))
    }
}

/// Asks for a receive buffer beyond the system's limit; without the right to, as much as is allowed.
pub fn large_buffer(socket: BorrowedFd<'_>, bytes: c_int) {
    // SAFETY: the option's value is one int.
    unsafe {
        for option in [libc::SO_RCVBUF, libc::SO_RCVBUFFORCE] {
            let value: *const c_int = &bytes;
            let length = size_of::<c_int>() as libc::socklen_t;
            libc::setsockopt(socket.as_raw_fd(), libc::SOL_SOCKET, option, value.cast(), length);
        }
    }
}

fn checked(result: c_int) -> io::Result<c_int> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::UdpSocket;
    use std::os::fd::AsFd;
    use std::time::Instant;

    #[test]
    fn the_clock_of_a_process_counts_work_and_ends_with_it() {
        let own = || cpu_time(std::process::id()).unwrap();
        let (before, begun) = (own(), Instant::now());
        while own() < before + Duration::from_millis(5) {
            assert!(begun.elapsed() < Duration::from_secs(20), "it stands still");
        }
        assert_eq!(cpu_time(u32::MAX), None);
    }

    #[test]
    fn many_datagrams_go_and_come_in_one_call_each() {
        let (left, right) = (UdpSocket::bind("127.0.0.1:0").unwrap(), UdpSocket::bind("127.0.0.1:0").unwrap());
        left.connect(right.local_addr().unwrap()).unwrap();
        right.connect(left.local_addr().unwrap()).unwrap();
        assert_eq!(send(left.as_fd(), &[b"one", b"", b"three"]).unwrap(), 3);
        wait(&[right.as_fd()], Duration::from_secs(2)).unwrap();
        let mut inbox = Inbox::default();
        assert_eq!(inbox.fill(right.as_fd()).unwrap(), 3);
        assert_eq!((inbox.get(0), inbox.get(1), inbox.get(2)), (&b"one"[..], &b""[..], &b"three"[..]));
        assert_eq!(inbox.fill(right.as_fd()).unwrap_err().kind(), io::ErrorKind::WouldBlock);
    }
}
