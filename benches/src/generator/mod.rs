//! The generator: one thread that drives a load over a few UDP sockets. It knows no SIP; what is sent and
//! how answers are judged is the load's business (`calls`, `registrations`, and the floor's echo).
//!
//! It must cost far less than what it measures: datagrams are received and sent many at a time, timers sit
//! in a wheel of milliseconds and are never cancelled, and nothing is allocated for a message that is sent.

pub mod calls;
pub mod compose;
mod digest;
pub mod legs;
pub mod message;
pub mod registrations;
pub mod watchers;
mod wheel;

use crate::kernel::{self, BATCH, Inbox};
use anyhow::{Context, Result};
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::AsFd;
use std::time::{Duration, Instant};
pub use wheel::{Timer, Wheel};

/// Microseconds since the generator began.
pub type Micros = u64;

/// Units begun in one pass before answers have their turn.
const BEGIN_BATCH: u32 = 16;
/// The longest sleep.
const NAP: Duration = Duration::from_millis(20);

/// What is put onto the server.
pub trait Load {
    /// Begins a unit: a call, a registration.
    fn begin(&mut self, unit: u32, desk: &mut Desk);
    /// A datagram has come to one of the sockets.
    fn received(&mut self, socket: usize, bytes: &[u8], desk: &mut Desk);
    /// A timer is due. It was perhaps overtaken by events.
    fn due(&mut self, timer: Timer, desk: &mut Desk);
    /// How many units have begun and not ended.
    fn open(&self) -> usize;
}

/// What a load works with: the time, its timers and the messages that it sends.
pub struct Desk {
    /// Now.
    pub now: Micros,
    wheel: Wheel,
    bytes: Vec<u8>,
    pieces: Vec<(usize, usize, usize)>,
}

impl Desk {
    /// Sends what this writes.
    pub fn send(&mut self, socket: usize, write: impl FnOnce(&mut Vec<u8>)) {
        let from = self.bytes.len();
        write(&mut self.bytes);
        self.pieces.push((socket, from, self.bytes.len()));
    }

    /// Comes back to the load after this time.
    pub fn after(&mut self, delay: Micros, timer: Timer) {
        self.wheel.add(self.now + delay, timer);
    }
}

/// How units are begun.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// The first unit's number.
    pub first: u32,
    /// How many.
    pub count: u32,
    /// Each second.
    pub rate: f64,
    /// How long after the last beginning the last end is waited for.
    pub patience: Duration,
}

/// How it went.
#[derive(Debug, Default)]
pub struct Ran {
    /// How late each unit began, in milliseconds.
    pub late_ms: Vec<f64>,
    /// From the first beginning to the last end.
    pub elapsed: Duration,
    /// Most units at the same time.
    pub at_once: usize,
    /// Units that were still there when patience ended.
    pub left_over: usize,
    /// Datagrams received and sent.
    pub messages: (u64, u64),
    /// Our own processor time.
    pub cpu: Duration,
}

/// The sockets, and the time that they share.
pub struct Generator {
    sockets: Vec<UdpSocket>,
    epoch: Instant,
    inbox: Inbox,
    desk: Desk,
    messages: (u64, u64),
}

impl Generator {
    /// Opens a socket for each of these addresses, all of them towards one server.
    pub fn open(addresses: &[SocketAddr], server: SocketAddr) -> Result<Generator> {
        let open = |address: &SocketAddr| -> Result<UdpSocket> {
            let socket = UdpSocket::bind(address).with_context(|| format!("{address} is taken"))?;
            socket.set_nonblocking(true)?;
            kernel::large_buffer(socket.as_fd(), 32 << 20);
            socket.connect(server)?;
            Ok(socket)
        };
        let desk = Desk { now: 0, wheel: Wheel::default(), bytes: Vec::new(), pieces: Vec::new() };
        let sockets = addresses.iter().map(open).collect::<Result<_>>()?;
        Ok(Generator { sockets, epoch: Instant::now(), inbox: Inbox::default(), desk, messages: (0, 0) })
    }

    /// Drives the load: all units begin, and all end or patience does. `all_begun` is called once in between.
    pub fn drive(&mut self, load: &mut impl Load, pace: Pace, all_begun: impl FnOnce(usize)) -> Result<Ran> {
        // Lateness of ours would look like slowness of the server's.
        kernel::real_time(true);
        let ran = self.drive_on(load, pace, all_begun);
        kernel::real_time(false);
        ran
    }

    fn drive_on(&mut self, load: &mut impl Load, pace: Pace, all_begun: impl FnOnce(usize)) -> Result<Ran> {
        let mut ran = Ran::default();
        let mut all_begun = Some(all_begun);
        let (cpu, messages) = (kernel::cpu_time(std::process::id()), self.messages);
        let start = self.now();
        let gap = 1e6 / pace.rate;
        let due = |unit: u32| start + (f64::from(unit) * gap) as Micros;
        let mut begun = 0;
        let mut end = Micros::MAX;
        loop {
            self.desk.now = self.now();
            for _ in 0..BEGIN_BATCH {
                if begun == pace.count || due(begun) > self.desk.now {
                    break;
                }
                ran.late_ms.push((self.desk.now - due(begun)) as f64 / 1e3);
                load.begin(pace.first + begun, &mut self.desk);
                begun += 1;
            }
            while let Some(timer) = self.desk.wheel.due(self.desk.now) {
                load.due(timer, &mut self.desk);
            }
            self.flush()?;
            let received = self.receive(load)?;
            self.flush()?;
            ran.at_once = ran.at_once.max(load.open());
            if begun == pace.count
                && let Some(tell) = all_begun.take()
            {
                tell(load.open());
                end = self.now() + pace.patience.as_micros() as Micros;
            }
            if all_begun.is_none() && (load.open() == 0 || self.desk.now > end) {
                break;
            }
            if received == 0 {
                let next = if begun < pace.count { due(begun) } else { Micros::MAX };
                self.sleep(next)?;
            }
        }
        ran.elapsed = Duration::from_micros(self.now() - start);
        ran.left_over = load.open();
        ran.messages = (self.messages.0 - messages.0, self.messages.1 - messages.1);
        ran.cpu = kernel::cpu_time(std::process::id()).unwrap_or_default().saturating_sub(cpu.unwrap_or_default());
        Ok(ran)
    }

    fn now(&self) -> Micros {
        self.epoch.elapsed().as_micros() as Micros
    }

    /// Sleeps until a datagram comes, a timer is due or the next unit begins.
    fn sleep(&mut self, next: Micros) -> Result<()> {
        let now = self.now();
        let limit = next.min(self.desk.wheel.next(now)).saturating_sub(now);
        let fds: Vec<_> = self.sockets.iter().map(AsFd::as_fd).collect();
        Ok(kernel::wait(&fds, NAP.min(Duration::from_micros(limit)))?)
    }

    fn receive(&mut self, load: &mut impl Load) -> Result<usize> {
        let mut all = 0;
        for (index, socket) in self.sockets.iter().enumerate() {
            // One batch a socket and pass: units that are due come in between.
            let count = match self.inbox.fill(socket.as_fd()) {
                Ok(count) => count,
                Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => 0,
                Err(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => 0,
                Err(error) => return Err(error.into()),
            };
            self.desk.now = self.epoch.elapsed().as_micros() as Micros;
            for datagram in 0..count {
                load.received(index, self.inbox.get(datagram), &mut self.desk);
            }
            all += count;
        }
        self.messages.0 += all as u64;
        Ok(all)
    }

    /// Sends what has been written, in order for each socket.
    fn flush(&mut self) -> Result<()> {
        let Desk { bytes, pieces, .. } = &mut self.desk;
        if pieces.is_empty() {
            return Ok(());
        }
        for (index, socket) in self.sockets.iter().enumerate() {
            let mut batch: [&[u8]; BATCH] = [&[]; BATCH];
            let mut count = 0;
            for &(_, from, to) in pieces.iter().filter(|piece| piece.0 == index) {
                batch[count] = &bytes[from..to];
                count += 1;
                if count == BATCH {
                    send(socket, &batch)?;
                    count = 0;
                }
            }
            send(socket, &batch[..count])?;
        }
        self.messages.1 += pieces.len() as u64;
        bytes.clear();
        pieces.clear();
        Ok(())
    }
}

/// Sends all of a batch; a send that the kernel puts off is tried again, one that nobody hears is weather.
fn send(socket: &UdpSocket, mut batch: &[&[u8]]) -> Result<()> {
    while !batch.is_empty() {
        match kernel::send(socket.as_fd(), batch) {
            Ok(count) => batch = &batch[count..],
            Err(error) if error.kind() == std::io::ErrorKind::ConnectionRefused => {}
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => std::thread::yield_now(),
            Err(error) => return Err(error.into()),
        }
    }
    Ok(())
}
