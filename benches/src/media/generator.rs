//! The RTP generator: one thread that sends 50 packets a second for each leg, a share of the legs each millisecond,
//! and takes what comes back. It sleeps between its ticks and is woken by nothing else, so that sending to it costs the
//! server no wake-up; the kernel's timestamps say when each packet came.

use super::batch::{self, Inbox};
use super::histogram::Histogram;
use super::noise;
use super::stamp::{self, PACKET_BYTES, Stamp, wall_ns};
use crate::kernel;
use anyhow::{Context, Result};
use std::net::{Ipv4Addr, SocketAddrV4, UdpSocket};
use std::os::fd::AsFd;
use std::thread;
use std::time::{Duration, Instant};

/// Sockets of each side; the legs share them, since a thousand more would only measure the generator.
const SOCKETS: usize = 4;
/// The RTP port of a side's first socket.
const FIRST_PORT: u16 = 40_000;
const TICK: Duration = Duration::from_millis(1);
/// Ticks in a packet time of 20 ms.
const TICKS: usize = 20;
/// How long what is under way may still arrive.
const TAIL: Duration = Duration::from_millis(300);

/// One leg: from whom, to where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leg {
    /// 0 the caller, 1 the called.
    pub side: usize,
    /// Which call of that side's.
    pub call: usize,
    /// Where the server takes its packets.
    pub to: SocketAddrV4,
    /// What it sends.
    pub says: Says,
}

/// What a leg sends, and by what it knows what it hears.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Says {
    /// Packets that say whose they are: each leg hears one other.
    Stamps,
    /// The noise of a line, to be mixed with others.
    Noise,
    /// A steady voice, to be mixed with others.
    Voice,
}

impl Says {
    fn packet(self, stamp: Stamp) -> [u8; PACKET_BYTES] {
        match self {
            Says::Stamps => stamp::write(stamp),
            Says::Noise => noise::line(stamp),
            Says::Voice => noise::voice(stamp),
        }
    }
}

/// Who is where: the server, and beside it the callers (side 0) and those whom they call (side 1).
#[derive(Clone, Copy, Debug)]
pub struct Places {
    /// The server's address; the others differ in the last byte.
    pub server: Ipv4Addr,
}

impl Places {
    /// Where a side is.
    pub fn side(self, side: usize) -> Ipv4Addr {
        let [a, b, c, d] = self.server.octets();
        Ipv4Addr::new(a, b, c, d + 1 + side as u8)
    }

    /// Where a side's leg of this call sends from and listens.
    pub fn leg(self, side: usize, call: usize) -> SocketAddrV4 {
        SocketAddrV4::new(self.side(side), FIRST_PORT + 2 * (call % SOCKETS) as u16)
    }
}

/// What came of it, in the window.
#[derive(Debug, Default)]
pub struct Heard {
    /// Packets sent.
    pub sent: u64,
    /// Of these, came back at the other side.
    pub received: u64,
    /// Packets that came to a leg which hears another one: there must be none.
    pub crossed: u64,
    /// From sending to arrival.
    pub delay: Histogram,
    /// How late the generator's own ticks were.
    pub late: Histogram,
    /// The time that the window took.
    pub elapsed: Duration,
}

/// The sockets of both sides.
#[derive(Debug)]
pub struct Generator {
    sockets: [Vec<UdpSocket>; 2],
}

impl Generator {
    /// Binds them.
    pub fn bind(places: Places) -> Result<Generator> {
        let side = |side| (0..SOCKETS).map(|call| socket(places.leg(side, call))).collect::<Result<Vec<_>>>();
        Ok(Generator { sockets: [side(0)?, side(1)?] })
    }

    /// Sends for all legs; measures for `window` after `warm`. `edge` is called where the window begins and ends.
    pub fn run(&self, legs: &[Leg], warm: Duration, window: Duration, mut edge: impl FnMut()) -> Heard {
        let mut run = Run::new(legs);
        let begin = Instant::now();
        let (opens, closes) = (warm.as_millis() as u64, (warm + window).as_millis() as u64);
        let mut opened = begin;
        for tick in 0.. {
            let due = begin + TICK * tick as u32;
            thread::sleep(due.saturating_duration_since(Instant::now()));
            if tick == opens {
                edge();
                opened = Instant::now();
                run.window.0 = wall_ns();
            }
            if tick == closes {
                run.window.1 = wall_ns();
                edge();
                run.heard.elapsed = opened.elapsed();
            }
            if tick > closes + TAIL.as_millis() as u64 {
                return run.heard;
            }
            if (opens + 1..closes).contains(&tick) {
                run.heard.late.note(due.elapsed().as_nanos() as u64);
            }
            self.send(&mut run, tick as usize % TICKS);
            self.take(&mut run);
        }
        run.heard
    }

    /// Sends for the legs whose turn it is, a socket at a time.
    fn send(&self, run: &mut Run, slot: usize) {
        for (side, sockets) in self.sockets.iter().enumerate() {
            for (number, socket) in sockets.iter().enumerate() {
                run.packets.clear();
                let at_ns = wall_ns();
                for leg in (slot..run.legs.len()).step_by(TICKS) {
                    let Some(state) = run.legs.get_mut(leg).filter(|s| s.is_of(side, number)) else { continue };
                    let stamp = Stamp { leg: leg as u32, number: state.sent, at_ns };
                    state.sent += 1;
                    run.packets.push((state.leg.to, state.leg.says.packet(stamp)));
                }
                let packets: Vec<_> = run.packets.iter().map(|(to, packet)| (*to, &packet[..])).collect();
                let sent = batch::send(socket, &packets);
                if run.is_open(at_ns) {
                    run.heard.sent += sent as u64;
                }
            }
        }
    }

    fn take(&self, run: &mut Run) {
        let mut inbox = std::mem::take(&mut run.inbox);
        for (side, sockets) in self.sockets.iter().enumerate() {
            for socket in sockets {
                while inbox.receive(socket, |came| run.note(side, came.bytes, came.from_port, came.at_ns))
                    == batch::BATCH
                {}
            }
        }
        run.inbox = inbox;
    }
}

struct State {
    leg: Leg,
    sent: u32,
    hears: Option<u32>,
}

impl State {
    fn is_of(&self, side: usize, socket: usize) -> bool {
        self.leg.side == side && self.leg.call % SOCKETS == socket
    }
}

/// A run's state.
struct Run {
    legs: Vec<State>,
    /// The leg that a server's port belongs to, by side.
    ports: [Vec<Option<u32>>; 2],
    packets: Vec<(SocketAddrV4, [u8; PACKET_BYTES])>,
    inbox: Inbox,
    window: (u64, u64),
    heard: Heard,
}

impl Run {
    fn new(legs: &[Leg]) -> Run {
        let mut ports = [vec![None; 65_536], vec![None; 65_536]];
        for (number, leg) in legs.iter().enumerate() {
            if let Some(place) = ports.get_mut(leg.side).and_then(|ports| ports.get_mut(usize::from(leg.to.port()))) {
                *place = Some(number as u32);
            }
        }
        Run {
            legs: legs.iter().map(|leg| State { leg: *leg, sent: 0, hears: None }).collect(),
            ports,
            packets: Vec::new(),
            inbox: Inbox::default(),
            window: (u64::MAX, u64::MAX),
            heard: Heard::default(),
        }
    }

    fn is_open(&self, at_ns: u64) -> bool {
        (self.window.0..self.window.1).contains(&at_ns)
    }

    fn note(&mut self, side: usize, bytes: &[u8], from_port: u16, came_ns: u64) {
        let leg = self.ports.get(side).and_then(|ports| ports.get(usize::from(from_port)).copied().flatten());
        let mixed = leg.and_then(|leg| self.legs.get(leg as usize)).is_some_and(|state| state.leg.says != Says::Stamps);
        if mixed {
            self.heard.received += u64::from(self.is_open(came_ns));
            return;
        }
        let Some(stamp) = stamp::read(bytes).filter(|stamp| self.is_open(stamp.at_ns)) else { return };
        let hearer = leg.and_then(|leg| self.legs.get_mut(leg as usize));
        if hearer.is_none_or(|hearer| *hearer.hears.get_or_insert(stamp.leg) != stamp.leg) {
            self.heard.crossed += 1;
            return;
        }
        self.heard.received += 1;
        self.heard.delay.note(came_ns.saturating_sub(stamp.at_ns));
    }
}

fn socket(address: SocketAddrV4) -> Result<UdpSocket> {
    let socket = UdpSocket::bind(address).with_context(|| format!("{address} is taken: does another bench run?"))?;
    // A late generator must not look like a lossy server.
    kernel::large_buffer(socket.as_fd(), 16 << 20);
    batch::timestamps(&socket)?;
    Ok(socket)
}
