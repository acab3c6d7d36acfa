//! The modes without sound: call, register, queue, refill. Each is floor, warming up, load, floor.

use crate::floor::{self, Floor, Step};
use crate::generator::calls::{Calls, Hang, Options};
use crate::generator::registrations::Registrations;
use crate::generator::{Desk, Generator, Load, Micros, Pace, Ran, Timer};
use crate::kernel;
use crate::line::Wish;
use crate::report::{Report, quantile, rounded};
use crate::stand::{Server, Stand};
use anyhow::{Result, bail};
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

/// How long a call is held unless the line says otherwise.
const HOLD: Duration = Duration::from_secs(10);
/// The agents of `config/bench.toml`, and how long they talk in the queue mode.
const AGENTS: u32 = 50;
const QUEUE_TALK: Duration = Duration::from_millis(200);
/// The warming up: as long as this, its calls as short as that.
const WARM_UP: Duration = Duration::from_secs(1);
const WARM_HOLD: Micros = 200_000;
/// How long the last records and late wake-ups of the server may take before its time is read.
const AFTERMATH: Duration = Duration::from_millis(200);

/// Calls through the switch.
pub fn call(wish: &Wish) -> Result<Report> {
    let rate = wish.rate.unwrap_or(1_000.0);
    let stand = Stand::take(wish)?;
    let mut report = Report::new("call", program(wish));
    let hold = affordable(wish.hold.unwrap_or(HOLD), rate, &mut report);
    let time = wish.time.unwrap_or(Duration::from_secs(20));
    let count = wish.calls.unwrap_or((rate * time.as_secs_f64()).ceil() as u32);
    let before = floor::measure(&stand, floor::CALL, rate, floor_time(time))?;
    let mut server = stand.start_wished(wish)?;
    let mut calls = Calls::new(options(&stand, '1', Hang::Caller(WARM_HOLD)));
    let mut generator = caller_and_called(&stand)?;
    let patience = hold + Duration::from_secs(40);
    let warm = Pace { first: 0, count: (rate * WARM_UP.as_secs_f64()).ceil() as u32, rate, patience };
    generator.drive(&mut calls, warm, |_| {})?;
    calls.begin_to_count();
    calls.hang_after(Hang::Caller(micros(hold)));
    let measured = measure(&server, &mut generator, &mut calls, Pace { first: warm.count, count, ..warm })?;
    server.check()?;
    calls.close();
    tell_calls(&mut report, &mut calls, &measured, count);
    if let Some(account) = server.account() {
        account.compare(&mut report, calls.begun(), |caller| calls.outcome(caller))?;
    }
    drop(server);
    let after = floor::measure(&stand, floor::CALL, rate, floor_time(time))?;
    report.hold_ms = Some(hold.as_millis() as u64);
    tell_floor(&mut report, floor::CALL, before, after);
    Ok(finished(report, &stand, rate))
}

/// Registrations.
pub fn register(wish: &Wish) -> Result<Report> {
    let rate = wish.rate.unwrap_or(1_000.0);
    let stand = Stand::take(wish)?;
    let mut report = Report::new("register", program(wish));
    let time = wish.time.unwrap_or(Duration::from_secs(15));
    let count = wish.calls.unwrap_or((rate * time.as_secs_f64()).ceil() as u32);
    let before = floor::measure(&stand, floor::REGISTRATION, rate, floor_time(time))?;
    let mut server = stand.start_wished(wish)?;
    let phones: SocketAddr = (stand.host(4), 5070).into();
    let mut generator = Generator::open(&[phones], stand.server())?;
    let mut registrations = Registrations::new(stand.server(), phones, std::process::id());
    let patience = Duration::from_secs(35);
    // Every user once: what is measured is refreshing, which is what a registrar does all day.
    let warm = Pace { first: 0, count: if wish.beside { 50 } else { 2_000 }, rate, patience };
    generator.drive(&mut registrations, warm, |_| {})?;
    registrations.begin_to_count();
    let pace = Pace { first: warm.count, count, ..warm };
    let measured = measure(&server, &mut generator, &mut registrations, pace)?;
    server.check()?;
    let mut took = std::mem::take(&mut registrations.took_ms);
    report.retransmissions = Some(registrations.repeated);
    for (reason, failed) in &registrations.failures {
        report.fail(reason.clone(), *failed);
    }
    report.fail("never ended", measured.ran.left_over as u64);
    tell_load(&mut report, &measured, count, &mut took);
    drop(server);
    let after = floor::measure(&stand, floor::REGISTRATION, rate, floor_time(time))?;
    tell_floor(&mut report, floor::REGISTRATION, before, after);
    Ok(finished(report, &stand, rate))
}

/// Calls through a queue of fifty agents, who answer at once and hang up after a short talk.
pub fn queue(wish: &Wish) -> Result<Report> {
    let rate = wish.rate.unwrap_or(100.0);
    let talk = wish.hold.unwrap_or(QUEUE_TALK);
    let busy = rate * talk.as_secs_f64();
    if busy > 0.9 * f64::from(AGENTS) {
        bail!("{rate} calls a second of {} ms keep {busy:.0} agents busy; there are {AGENTS}", talk.as_millis());
    }
    let stand = Stand::take(wish)?;
    let mut report = Report::new("queue", program(wish));
    let time = wish.time.unwrap_or(Duration::from_secs(20));
    let count = wish.calls.unwrap_or((rate * time.as_secs_f64()).ceil() as u32);
    let before = floor::measure(&stand, floor::CALL, rate, floor_time(time))?;
    let mut server = stand.start_wished(wish)?;
    let mut calls = Calls::new(options(&stand, '3', Hang::Callee(micros(talk))));
    let mut generator = caller_and_called(&stand)?;
    let patience = talk + Duration::from_secs(40);
    let warm = Pace { first: 0, count: (rate * WARM_UP.as_secs_f64()).ceil() as u32, rate, patience };
    generator.drive(&mut calls, warm, |_| {})?;
    calls.begin_to_count();
    let measured = measure(&server, &mut generator, &mut calls, Pace { first: warm.count, count, ..warm })?;
    server.check()?;
    calls.close();
    tell_calls(&mut report, &mut calls, &measured, count);
    if let Some(account) = server.account() {
        account.compare(&mut report, calls.begun(), |caller| calls.outcome(caller))?;
    }
    drop(server);
    let after = floor::measure(&stand, floor::CALL, rate, floor_time(time))?;
    report.hold_ms = Some(talk.as_millis() as u64);
    tell_floor(&mut report, floor::CALL, before, after);
    Ok(finished(report, &stand, rate))
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

fn program(wish: &Wish) -> &'static str {
    wish.peer.map_or("strowger", |peer| peer.name())
}

fn micros(time: Duration) -> Micros {
    time.as_micros() as Micros
}

/// Each of the two floors takes a quarter of the load's time.
fn floor_time(time: Duration) -> Duration {
    (time / 4).clamp(Duration::from_secs(1), Duration::from_secs(10))
}

fn options(stand: &Stand, prefix: char, hang: Hang) -> Options {
    Options {
        server: stand.server(),
        carrier: (stand.host(2), 5070).into(),
        called: (stand.host(3), 5080).into(),
        prefix,
        hang,
        ring: 0,
        patience: 40_000_000,
        run: std::process::id(),
    }
}

fn caller_and_called(stand: &Stand) -> Result<Generator> {
    let sockets = [(stand.host(2), 5070).into(), (stand.host(3), 5080).into()];
    Generator::open(&sockets, stand.server())
}

/// Four sockets a call are what a relaying switch opens; the descriptors of this machine bound the hold.
fn affordable(hold: Duration, rate: f64, report: &mut Report) -> Duration {
    let descriptors = kernel::descriptors();
    let longest = Duration::from_secs_f64(0.9 * descriptors as f64 / 4.0 / rate);
    if hold <= longest {
        return hold;
    }
    let longest = Duration::from_millis((longest.as_millis() / 100 * 100) as u64);
    report.notes.push(format!(
        "held for {} ms instead of {}: a process here may open {descriptors} descriptors, a relayed call takes 4",
        longest.as_millis(),
        hold.as_millis()
    ));
    longest
}

/// What a load took.
struct Measured {
    ran: Ran,
    cpu: Duration,
    /// Memory at the beginning, and with so many units.
    kib: (u64, u64, usize),
}

fn measure(server: &Server, generator: &mut Generator, load: &mut impl Load, pace: Pace) -> Result<Measured> {
    std::thread::sleep(AFTERMATH);
    let gauge = server.gauge();
    let (cpu, idle) = (gauge.cpu(), gauge.kib());
    let mut full = (0, 0);
    let ran = generator.drive(load, pace, |open| full = (gauge.kib(), open))?;
    std::thread::sleep(AFTERMATH);
    Ok(Measured { ran, cpu: gauge.cpu() - cpu, kib: (idle, full.0, full.1) })
}

/// What is said of any load.
fn tell_load(report: &mut Report, measured: &Measured, count: u32, took_ms: &mut [f64]) {
    let ran = &measured.ran;
    let seconds = ran.elapsed.as_secs_f64();
    let share = |time: Duration| rounded(100.0 * time.as_secs_f64() / seconds);
    report.units = u64::from(count);
    report.cpu_ms_per_call = Some(measured.cpu.as_secs_f64() * 1e3 / f64::from(count));
    report.p50_ms = quantile(took_ms, 0.5).map(rounded);
    report.p99_ms = quantile(took_ms, 0.99).map(rounded);
    report.generator_late_ms = quantile(&mut ran.late_ms.clone(), 0.99).map(rounded);
    report.server_core_percent = Some(share(measured.cpu));
    report.generator_core_percent = Some(share(ran.cpu));
    report.add("messages_in_per_call", rounded(ran.messages.1 as f64 / f64::from(count)));
    report.add("messages_out_per_call", rounded(ran.messages.0 as f64 / f64::from(count)));
}

fn tell_calls(report: &mut Report, calls: &mut Calls, measured: &Measured, count: u32) {
    tell_load(report, measured, count, &mut calls.tally.setup_ms.clone());
    let (idle, full, open) = measured.kib;
    if open > 0 && full > idle {
        report.kib_per_call = Some(rounded((full - idle) as f64 / open as f64));
    }
    report.at_once = Some(measured.ran.at_once as u64);
    report.retransmissions = Some(calls.tally.repeated + calls.tally.repeats_heard);
    for (reason, failed) in &calls.tally.failures {
        report.fail(reason.clone(), *failed);
    }
}

fn tell_floor(report: &mut Report, steps: &[Step], before: Floor, after: Floor) {
    let floor = (before.ms_per_unit + after.ms_per_unit) / 2.0;
    report.floor_ms_per_call = Some(rounded(floor));
    report.ratio = report.cpu_ms_per_call.map(|cpu| rounded(cpu / floor));
    report.cpu_ms_per_call = report.cpu_ms_per_call.map(rounded);
    report.add("floors_ms", vec![rounded(before.ms_per_unit), rounded(after.ms_per_unit)]);
    let messages: usize = steps.iter().map(|step| step.lengths.len()).sum();
    report.add("floor_messages", messages);
    if before.lost_percent + after.lost_percent > 0.0 {
        report.notes.push("the floor lost messages: the rate is beyond it or the machine was busy elsewhere".into());
    }
    let apart = (before.ms_per_unit - after.ms_per_unit).abs() / floor;
    if apart > 0.25 {
        report.notes.push(format!("the floors before and after differ by {:.0} %: a busy machine", 100.0 * apart));
    }
}

fn finished(mut report: Report, stand: &Stand, rate: f64) -> Report {
    report.rate = Some(rate);
    report.notes.extend(stand.notes().iter().cloned());
    if report.generator_late_ms.is_some_and(|late| late > 5.0) {
        report.notes.push("the generator was late: it, not the server, may have been the limit".into());
    }
    report
}
