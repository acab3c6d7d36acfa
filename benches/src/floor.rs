//! The floor: a bare UDP echo, the least that the same messages can cost on this kernel. It stands where the
//! server stands, and the same generator sends it messages of the same number, size and order, at the same rate.

use crate::generator::{Desk, Generator, Load, Micros, Pace, Ran, Timer};
use crate::stand::{Server, Stand};
use anyhow::{Context, Result};
use std::net::{SocketAddr, UdpSocket};
use std::process::Command;
use std::time::Duration;

/// Echoes until it is killed. One socket, one thread, nothing but a receive and a send a message.
pub fn serve(address: SocketAddr) -> Result<()> {
    let socket = UdpSocket::bind(address).with_context(|| address.to_string())?;
    let _the_kernel_may_grant_less = socket2::SockRef::from(&socket).set_recv_buffer_size(4 << 20);
    let mut bytes = [0; 4_096];
    loop {
        // A peer that has gone away shows as an error of the next call: weather.
        if let Ok((length, from)) = socket.recv_from(&mut bytes) {
            let _gone = socket.send_to(&bytes[..length], from);
        }
    }
}

/// One exchange: messages that leave together, each echoed; the next step follows the last echo.
#[derive(Clone, Copy, Debug)]
pub struct Step {
    /// From which of the two sockets.
    pub socket: usize,
    /// How long after the step before.
    pub after: Micros,
    /// The messages' lengths.
    pub lengths: &'static [usize],
}

/// How long the floor's calls are held: it keeps nothing for a call, so that a short hold is as good as a long one.
const HOLD: Micros = 300_000;

/// A call: 7 messages in, 7 out. INVITE; 100, 180 and 200 of the called side; ACK; BYE; its 200.
pub const CALL: &[Step] = &[
    Step { socket: 0, after: 0, lengths: &[580] },
    Step { socket: 1, after: 0, lengths: &[310, 370, 580] },
    Step { socket: 0, after: 0, lengths: &[400] },
    Step { socket: 0, after: HOLD, lengths: &[400] },
    Step { socket: 1, after: 0, lengths: &[330] },
];

/// A registration: 2 in, 2 out.
pub const REGISTRATION: &[Step] =
    &[Step { socket: 0, after: 0, lengths: &[400] }, Step { socket: 0, after: 0, lengths: &[650] }];

/// A NOTIFY and its answer: one out, one in, as long as both are in the mean.
pub const NOTIFY: &[Step] = &[Step { socket: 0, after: 0, lengths: &[600] }];

/// What the floor takes.
#[derive(Clone, Copy, Debug)]
pub struct Floor {
    /// Processor time for a unit, in milliseconds.
    pub ms_per_unit: f64,
    /// Share of units that lost a message: the floor is none when there are any.
    pub lost_percent: f64,
    /// Units a second that were reached.
    pub rate: f64,
}

/// A running echo, and a generator towards it.
fn prepare(stand: &Stand) -> Result<(Server, Generator)> {
    let address: SocketAddr = (stand.host(5), 5060).into();
    let program = std::env::current_exe()?;
    let mut echo = stand.start("echo", Command::new(program).arg("echo").arg(address.to_string()))?;
    let sockets = [(stand.host(2), 5071).into(), (stand.host(3), 5081).into()];
    let generator = Generator::open(&sockets, address)?;
    let probe = UdpSocket::bind((stand.host(2), 0))?;
    probe.set_read_timeout(Some(Duration::from_millis(20)))?;
    echo.until("echo", || probe.send_to(b"?", address).is_ok() && probe.recv_from(&mut [0; 8]).is_ok())?;
    Ok((echo, generator))
}

/// Measures it at this rate.
pub fn measure(stand: &Stand, steps: &'static [Step], rate: f64, time: Duration) -> Result<Floor> {
    let (mut echo, mut generator) = prepare(stand)?;
    let mut load = Echoed { steps, units: Vec::new(), open: 0, to_come: None };
    let patience = Duration::from_secs(1);
    let warm = Pace { first: 0, count: (rate / 2.0).ceil() as u32, rate, patience };
    generator.drive(&mut load, warm, |_| {})?;
    let count = (rate * time.as_secs_f64()).ceil() as u32;
    let before = echo.gauge().cpu();
    let ran = generator.drive(&mut load, Pace { first: warm.count, count, ..warm }, |_| {})?;
    let used = echo.gauge().cpu() - before;
    echo.check()?;
    Ok(floor(used, count, &ran))
}

/// Measures it with a unit begun whenever one has ended, and none held: neither side ever sleeps.
pub fn flat_out(stand: &Stand, steps: &'static [Step]) -> Result<Floor> {
    const AT_ONCE: u32 = 32;
    const UNITS: u32 = 20_000;
    let (mut echo, mut generator) = prepare(stand)?;
    let mut load = Echoed { steps, units: Vec::new(), open: 0, to_come: Some(UNITS - AT_ONCE) };
    let before = echo.gauge().cpu();
    let pace = Pace { first: 0, count: AT_ONCE, rate: 1e6, patience: Duration::from_secs(30) };
    let ran = generator.drive(&mut load, pace, |_| {})?;
    let used = echo.gauge().cpu() - before;
    echo.check()?;
    Ok(floor(used, UNITS, &ran))
}

fn floor(used: Duration, units: u32, ran: &Ran) -> Floor {
    Floor {
        ms_per_unit: used.as_secs_f64() * 1e3 / f64::from(units),
        lost_percent: 100.0 * ran.left_over as f64 / f64::from(units),
        rate: f64::from(units) / ran.elapsed.as_secs_f64(),
    }
}

/// A load of exchanges.
struct Echoed {
    steps: &'static [Step],
    /// Step and echoes that are missing.
    units: Vec<(u8, u8)>,
    open: usize,
    /// Units that begin when others end, when nobody waits.
    to_come: Option<u32>,
}

impl Echoed {
    fn step(&mut self, unit: u32, number: u8, desk: &mut Desk) {
        let step = self.steps[number as usize];
        self.units[unit as usize] = (number, step.lengths.len() as u8);
        for length in step.lengths {
            desk.send(step.socket, |out| {
                let end = out.len() + length;
                out.extend(unit.to_be_bytes());
                out.push(number);
                out.resize(end, b'.');
            });
        }
    }
}

impl Echoed {
    fn end(&mut self, desk: &mut Desk) {
        self.open -= 1;
        if let Some(rest) = self.to_come.and_then(|rest| rest.checked_sub(1)) {
            self.to_come = Some(rest);
            self.begin(self.units.len() as u32, desk);
        }
    }
}

impl Load for Echoed {
    fn begin(&mut self, unit: u32, desk: &mut Desk) {
        self.units.push((0, 0));
        self.open += 1;
        self.step(unit, 0, desk);
    }

    fn received(&mut self, _socket: usize, bytes: &[u8], desk: &mut Desk) {
        let Some((head, [of, ..])) = bytes.split_first_chunk::<4>() else { return };
        let unit = u32::from_be_bytes(*head);
        let Some((step, missing)) = self.units.get_mut(unit as usize) else { return };
        // One that a run before this one had given up, of a unit of the same number.
        if *of != *step || *missing == 0 {
            return;
        }
        *missing -= 1;
        if *missing > 0 {
            return;
        }
        let next = *step + 1;
        match self.steps.get(next as usize) {
            None => self.end(desk),
            Some(step) if step.after == 0 || self.to_come.is_some() => self.step(unit, next, desk),
            Some(step) => desk.after(step.after, Timer { unit, kind: next, round: 0 }),
        }
    }

    fn due(&mut self, timer: Timer, desk: &mut Desk) {
        self.step(timer.unit, timer.kind, desk);
    }

    fn open(&self) -> usize {
        self.open
    }
}
