//! The modes with a queue in them: calls that agents take at once, and agents who become free while callers wait.

use crate::floor;
use crate::generator::calls::{Calls, Hang, Options};
use crate::generator::{Desk, Load, Pace, Timer};
use crate::line::Wish;
use crate::measuring::*;
use crate::report::{Report, quantile, rounded};
use crate::stand::Stand;
use anyhow::{Result, bail};
use std::net::UdpSocket;
use std::time::Duration;

/// The agents of `config/bench.toml`.
pub const AGENTS: u32 = 50;
/// How long they talk in the queue mode.
pub const QUEUE_TALK: Duration = Duration::from_millis(200);

/// Calls through a queue of fifty agents, who answer at once and hang up after a short talk.
pub fn queue(wish: &Wish) -> Result<Report> {
    let rate = wish.rate.unwrap_or(100.0);
    let talk = wish.hold.unwrap_or(QUEUE_TALK);
    let busy = rate * talk.as_secs_f64();
    if busy > 0.9 * f64::from(AGENTS) {
        bail!("{rate} calls a second of {} ms keep {busy:.0} agents busy; there are {AGENTS}", talk.as_millis());
    }
    let time = wish.time.unwrap_or(Duration::from_secs(20));
    let count = wish.calls.unwrap_or((rate * time.as_secs_f64()).ceil() as u32);
    between_floors(wish, "queue", floor::CALL, (rate, time), |stand, report| {
        report.hold_ms = Some(talk.as_millis() as u64);
        queued(wish, stand, (rate, talk, count), report)
    })
}

fn queued(wish: &Wish, stand: &Stand, (rate, talk, count): (f64, Duration, u32), report: &mut Report) -> Result<()> {
    let mut server = stand.start_wished(wish)?;
    let mut calls = Calls::new(options(stand, '3', Hang::Callee(micros(talk))));
    let mut generator = caller_and_called(stand)?;
    let patience = talk + Duration::from_secs(40);
    let warm = Pace { first: 0, count: (rate * WARM_UP.as_secs_f64()).ceil() as u32, rate, patience };
    generator.drive(&mut calls, warm, |_| {})?;
    calls.begin_to_count();
    let measured = measure(&server, &mut generator, &mut calls, Pace { first: warm.count, count, ..warm })?;
    server.check()?;
    calls.close();
    tell_calls(report, &mut calls, &measured, count);
    if let Some(account) = server.account() {
        account.compare(report, calls.begun(), |caller| calls.outcome(caller))?;
    }
    Ok(())
}

/// Hundreds of callers wait and hear music; agents become free one after the other, and for each caller who is
/// served another one comes. What counts is the time from an agent's BYE to the next INVITE at his phone.
pub fn refill(wish: &Wish) -> Result<Report> {
    let waiting = wish.calls.unwrap_or(500);
    let rate = wish.rate.unwrap_or(10.0);
    let stand = Stand::take(wish)?;
    let mut report = Report::new("refill", program(wish));
    let time = wish.time.unwrap_or(Duration::from_secs(30));
    let count = (rate * time.as_secs_f64()).ceil() as u32;
    // The music goes somewhere: a closed port would cost the server an ICMP message a packet.
    let _sinks = [sink(&stand, 2, 6_000)?, sink(&stand, 3, 6_002)?];
    let mut server = stand.start_wished(wish)?;
    let mut calls = Calls::new(Options { patience: 3_600_000_000, ..options(&stand, '4', Hang::Told) });
    let mut generator = caller_and_called(&stand)?;
    let fill = Pace { first: 0, count: AGENTS + waiting, rate: 50.0, patience: Duration::ZERO };
    generator.drive(&mut calls, fill, |_| {})?;
    generator.drive(&mut Settling(&mut calls), Pace { first: 0, count: 1, rate: 1.0, patience: SETTLE }, |_| {})?;
    let (talking, there) = calls.talking_and_there();
    if talking != AGENTS as usize || there != (AGENTS + waiting) as usize {
        report.fail(format!("{talking} agents talk and {there} callers are there after the filling"), 1);
    }
    calls.begin_to_count();
    let pace = Pace { first: fill.count, count, rate, patience: Duration::from_secs(2) };
    let measured = measure(&server, &mut generator, &mut Refilling { calls: &mut calls, freed: 0 }, pace)?;
    server.check()?;
    let mut refilled = std::mem::take(&mut calls.tally.refill_ms);
    report.fail("an agent who was not rung again", u64::from(count).saturating_sub(refilled.len() as u64));
    let connected = calls.tally.connected;
    tell_load(&mut report, &measured, count, &mut refilled);
    report.add("max_ms", quantile(&mut refilled, 1.0).map(rounded));
    report.add("waiting", waiting);
    report.at_once = Some(measured.ran.at_once as u64);
    report.retransmissions = Some(calls.tally.repeated + calls.tally.repeats_heard);
    // The time of the server is mostly music here.
    report.cpu_ms_per_call = None;
    let leave = Pace { first: 0, count: calls.begun() as u32, rate: 200.0, patience: Duration::from_secs(40) };
    generator.drive(&mut Leaving(&mut calls), leave, |_| {})?;
    calls.close();
    for (reason, failed) in &calls.tally.failures {
        report.fail(reason.clone(), *failed);
    }
    if let Some(account) = server.account() {
        let served = calls.begun() - u64::from(waiting);
        account.compare_outcomes(&mut report, &[("answered", served), ("abandoned", u64::from(waiting))])?;
    }
    report.add("connected", connected);
    Ok(finished(report, &stand, rate))
}

/// How long the last of the waiting callers may take to be answered.
const SETTLE: Duration = Duration::from_secs(2);

/// Nothing new: what is under way goes on.
struct Settling<'a>(&'a mut Calls);
/// With each unit a caller more, and an agent who hangs up.
struct Refilling<'a> {
    calls: &'a mut Calls,
    freed: u32,
}
/// With each unit a caller hangs up, the newest first: those who wait are gone before an agent becomes free.
struct Leaving<'a>(&'a mut Calls);

/// A load that leaves messages and timers to the calls below it.
macro_rules! over_calls {
    ($name:ty, $calls:tt, |$load:ident, $unit:ident, $desk:ident| $begin:expr, |$closing:ident| $open:expr) => {
        impl Load for $name {
            fn begin(&mut self, $unit: u32, $desk: &mut Desk) {
                let $load = self;
                $begin
            }
            fn received(&mut self, socket: usize, bytes: &[u8], desk: &mut Desk) {
                self.$calls.received(socket, bytes, desk);
            }
            fn due(&mut self, timer: Timer, desk: &mut Desk) {
                self.$calls.due(timer, desk);
            }
            fn open(&self) -> usize {
                let $closing = self;
                $open
            }
        }
    };
}

over_calls!(Settling<'_>, 0, |_load, _unit, _desk| {}, |load| load.0.open());
over_calls!(
    Refilling<'_>,
    calls,
    |load, unit, desk| {
        load.calls.begin(unit, desk);
        load.freed += u32::from(load.calls.free_agent(desk));
    },
    |load| load.freed as usize - load.calls.tally.refill_ms.len()
);
over_calls!(Leaving<'_>, 0, |load, unit, desk| load.0.hang_up(load.0.begun() as u32 - 1 - unit, desk), |load| load
    .0
    .open());

/// A socket that nobody reads: the kernel drops what does not fit.
fn sink(stand: &Stand, host: u8, port: u16) -> Result<UdpSocket> {
    let socket = UdpSocket::bind((stand.host(host), port))?;
    let _small = socket2::SockRef::from(&socket).set_recv_buffer_size(4_096);
    Ok(socket)
}
