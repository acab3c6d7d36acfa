//! epoll, and the one thing that the standard library's sockets cannot do. All unsafe code of the media shell is here.

use std::io;
use std::os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd};
use std::time::Duration;

/// Events taken from the kernel at once.
const EVENTS: usize = 256;

/// What a descriptor is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Token {
    /// The command lane's doorbell.
    Doorbell,
    /// The socket with this port, whoever has it: a socket keeps its name for as long as it is open.
    Port(u16),
    /// What the owner of the poller has in this place.
    Place(u32),
}

impl Token {
    fn to_bits(self) -> u64 {
        match self {
            Token::Doorbell => 0,
            Token::Port(port) => 1 | u64::from(port) << 2,
            Token::Place(place) => 2 | u64::from(place) << 2,
        }
    }

    fn from_bits(bits: u64) -> Token {
        let rest = (bits >> 2) as u32;
        match bits & 3 {
            1 => Token::Port(rest as u16),
            2 => Token::Place(rest),
            _ => Token::Doorbell,
        }
    }
}

/// An epoll instance, level-triggered. A descriptor leaves it when it is forgotten or closed.
#[derive(Debug)]
pub struct Poller {
    epoll: OwnedFd,
}

#[allow(unsafe_code)] // epoll has no face in the standard library
impl Poller {
    /// A poller that watches nothing.
    pub fn new() -> io::Result<Poller> {
        // SAFETY: the call takes no pointer; a non-negative result is a descriptor that nobody else owns.
        match unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) } {
            -1 => Err(io::Error::last_os_error()),
            fd => Ok(Poller { epoll: unsafe { OwnedFd::from_raw_fd(fd) } }),
        }
    }

    /// Reports whenever the descriptor is readable.
    pub fn watch(&self, fd: BorrowedFd<'_>, token: Token) -> io::Result<()> {
        self.control(libc::EPOLL_CTL_ADD, fd, token)
    }

    /// Reports it no more, for a descriptor that stays open.
    pub fn forget(&self, fd: BorrowedFd<'_>) -> io::Result<()> {
        self.control(libc::EPOLL_CTL_DEL, fd, Token::Doorbell)
    }

    fn control(&self, what: libc::c_int, fd: BorrowedFd<'_>, token: Token) -> io::Result<()> {
        let mut event = libc::epoll_event { events: libc::EPOLLIN as u32, u64: token.to_bits() };
        // SAFETY: both descriptors are open, and `event` is valid for the length of the call.
        match unsafe { libc::epoll_ctl(self.epoll.as_raw_fd(), what, fd.as_raw_fd(), &raw mut event) } {
            -1 => Err(io::Error::last_os_error()),
            _ => Ok(()),
        }
    }

    /// Waits until something is readable or the time is over (`None`: without end), and adds what is to `ready`.
    /// An interrupted wait is one that ended early.
    pub fn wait(&self, ready: &mut Vec<Token>, timeout: Option<Duration>) -> io::Result<()> {
        // Rounded up, so that a wait of half a millisecond does not become a busy loop.
        let ms = timeout.map_or(-1, |t| i32::try_from(t.as_micros().div_ceil(1_000)).unwrap_or(i32::MAX));
        let mut events = [libc::epoll_event { events: 0, u64: 0 }; EVENTS];
        // SAFETY: `events` has room for EVENTS entries and is valid for the length of the call.
        let count = unsafe { libc::epoll_wait(self.epoll.as_raw_fd(), events.as_mut_ptr(), EVENTS as i32, ms) };
        if count < 0 {
            let error = io::Error::last_os_error();
            return if error.kind() == io::ErrorKind::Interrupted { Ok(()) } else { Err(error) };
        }
        ready.extend(events.iter().take(count as usize).map(|event| Token::from_bits(event.u64)));
        Ok(())
    }
}

/// Undoes a UDP socket's `connect`: it hears everybody again. Its address and port, bound by name, stay.
#[allow(unsafe_code)] // the standard library cannot disconnect
pub fn disconnect(socket: BorrowedFd<'_>) -> io::Result<()> {
    let nobody = libc::sockaddr { sa_family: libc::AF_UNSPEC as libc::sa_family_t, sa_data: [0; 14] };
    let length = size_of::<libc::sockaddr>() as libc::socklen_t;
    // SAFETY: `nobody` is a valid address of `length` bytes for the length of the call.
    match unsafe { libc::connect(socket.as_raw_fd(), &raw const nobody, length) } {
        -1 => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}

/// Waits until one of these is readable or the time is over (`None`: without end).
#[allow(unsafe_code)] // the standard library cannot wait for several descriptors
pub fn wait_any(fds: &[BorrowedFd<'_>], timeout: Option<Duration>) {
    let ms = timeout.map_or(-1, |t| i32::try_from(t.as_micros().div_ceil(1_000)).unwrap_or(i32::MAX));
    let mut entries: Vec<libc::pollfd> =
        fds.iter().map(|fd| libc::pollfd { fd: fd.as_raw_fd(), events: libc::POLLIN, revents: 0 }).collect();
    // SAFETY: the entries are valid for the length of the call. A wait that fails is one that ended early.
    unsafe { libc::poll(entries.as_mut_ptr(), entries.len() as libc::nfds_t, ms) };
}

/// Lets every other thread go first, from now on.
#[allow(unsafe_code)] // priorities have no face in the standard library
pub fn give_way() {
    // SAFETY: the call takes no pointer. On Linux, 0 means the calling thread alone.
    unsafe { libc::setpriority(libc::PRIO_PROCESS, 0, 10) };
}

/// Asks for short turns, from now on: who needs little at a time is let in sooner where threads share a core
/// (Linux 6.12 and later; elsewhere nothing changes). A signalling message then does not wait for a burst of sound.
#[allow(unsafe_code)] // scheduling has no face in the standard library
pub fn take_short_turns() -> bool {
    // SAFETY: the structure is plain numbers, of the size that it says, and lives through both calls; 0 means the
    // calling thread alone. What the kernel refuses leaves the thread as it was.
    unsafe {
        let mut attributes: SchedAttr = std::mem::zeroed();
        let size = size_of::<SchedAttr>() as u32;
        if libc::syscall(libc::SYS_sched_getattr, 0, &raw mut attributes, size, 0) != 0 {
            return false;
        }
        attributes.size = size;
        attributes.runtime_ns = SHORTEST_TURN_NS;
        libc::syscall(libc::SYS_sched_setattr, 0, &raw const attributes, 0) == 0
    }
}

/// Says that this thread, and those that it will start, work in batches: when one of them wakes, it does not interrupt
/// whoever has the core (Linux's SCHED_BATCH). For work that others do not wait for.
#[allow(unsafe_code)] // scheduling has no face in the standard library
pub fn work_in_batches() -> bool {
    // SAFETY: the parameter is a plain number that lives through the call; 0 means the calling thread alone. What the
    // kernel refuses leaves the thread as it was.
    unsafe {
        let none: libc::sched_param = std::mem::zeroed();
        libc::sched_setscheduler(0, libc::SCHED_BATCH, &raw const none) == 0
    }
}

/// The kernel's own lower bound.
const SHORTEST_TURN_NS: u64 = 100_000;

/// The first version of the kernel's `struct sched_attr`.
#[repr(C)]
struct SchedAttr {
    size: u32,
    policy: u32,
    flags: u64,
    nice: i32,
    priority: u32,
    runtime_ns: u64,
    deadline_ns: u64,
    period_ns: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_turns_are_what_the_kernel_has_heard() {
        std::thread::spawn(|| {
            assert!(take_short_turns());
            let schedule = std::fs::read_to_string("/proc/thread-self/sched").unwrap_or_default();
            let slice =
                schedule.lines().find(|line| line.starts_with("se.slice")).and_then(|line| line.split(':').nth(1));
            match slice.and_then(|slice| slice.trim().parse::<u64>().ok()) {
                Some(slice) => assert_eq!(slice, SHORTEST_TURN_NS),
                None => println!("SKIPPED: this kernel does not say how long a turn is"),
            }
        })
        .join()
        .unwrap();
    }

    #[test]
    #[allow(unsafe_code)] // as above
    fn a_thread_that_works_in_batches_starts_others_that_do() {
        let policy = || {
            // SAFETY: the call takes no pointer.
            unsafe { libc::sched_getscheduler(0) }
        };
        let inherited = std::thread::spawn(move || {
            assert!(work_in_batches());
            (policy(), std::thread::spawn(policy).join().unwrap())
        });
        assert_eq!(inherited.join().unwrap(), (libc::SCHED_BATCH, libc::SCHED_BATCH));
        assert_eq!(policy(), libc::SCHED_OTHER);
    }

    #[test]
    fn a_token_survives_the_kernel() {
        for token in [Token::Doorbell, Token::Port(0), Token::Place(0), Token::Port(u16::MAX), Token::Place(u32::MAX)] {
            assert_eq!(Token::from_bits(token.to_bits()), token);
        }
    }
}
