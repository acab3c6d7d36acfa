//! What every mode without sound does alike: the calls' options, the measuring, and what is told of it.

use crate::floor::{self, Floor, Step};
use crate::generator::calls::{Calls, Hang, Options};
use crate::generator::{Generator, Load, Micros, Pace, Ran};
use crate::kernel;
use crate::line::Wish;
use crate::report::{Report, quantile, rounded};
use crate::stand::{Server, Stand};
use anyhow::Result;
use std::time::Duration;

/// The warming up: as long as this, its calls as short as that.
pub const WARM_UP: Duration = Duration::from_secs(1);
/// How long a call of the warming up is held.
pub const WARM_HOLD: Micros = 200_000;
/// How long the last records and late wake-ups of the server may take before its time is read.
const AFTERMATH: Duration = Duration::from_millis(200);

/// What is measured.
pub fn program(wish: &Wish) -> &'static str {
    wish.peer.map_or("strowger", |peer| peer.name())
}

/// As the generator counts.
pub fn micros(time: Duration) -> Micros {
    time.as_micros() as Micros
}

/// Each of the two floors takes a quarter of the load's time.
pub fn floor_time(time: Duration) -> Duration {
    (time / 4).clamp(Duration::from_secs(1), Duration::from_secs(10))
}

/// Calls of this stand.
pub fn options(stand: &Stand, prefix: char, hang: Hang) -> Options {
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

/// A generator with the carrier's and the called side's sockets.
pub fn caller_and_called(stand: &Stand) -> Result<Generator> {
    let sockets = [(stand.host(2), 5070).into(), (stand.host(3), 5080).into()];
    Generator::open(&sockets, stand.server())
}

/// A relayed call takes four sockets, and not every descriptor is for calls; the descriptors of this machine bound the hold.
pub fn affordable(hold: Duration, rate: f64, report: &mut Report) -> Duration {
    let descriptors = kernel::descriptors();
    let longest = Duration::from_secs_f64(0.65 * descriptors as f64 / 4.0 / rate);
    if hold <= longest {
        return hold;
    }
    let longest = Duration::from_millis((longest.as_millis() / 100 * 100) as u64);
    report.notes.push(format!(
        "held for {} ms instead of {}: a process here may open {descriptors} descriptors, a relayed call takes 4, and some are left over",
        longest.as_millis(),
        hold.as_millis()
    ));
    longest
}

/// A mode without sound: the floor, the load that `load` puts on and tells of, and the floor again.
pub fn between_floors(
    wish: &Wish,
    mode: &'static str,
    steps: &'static [Step],
    (rate, time): (f64, Duration),
    load: impl FnOnce(&Stand, &mut Report) -> Result<()>,
) -> Result<Report> {
    let stand = Stand::take(wish)?;
    let mut report = Report::new(mode, program(wish));
    let before = floor::measure(&stand, steps, rate, floor_time(time))?;
    load(&stand, &mut report)?;
    let after = floor::measure(&stand, steps, rate, floor_time(time))?;
    tell_floor(&mut report, steps, before, after);
    tell_flat_out(&mut report, &stand, steps)?;
    Ok(finished(report, &stand, rate))
}

/// What a load took.
pub struct Measured {
    /// How it went.
    pub ran: Ran,
    /// The server's processor time.
    pub cpu: Duration,
    /// Memory at the beginning, and with so many units.
    pub kib: (u64, u64, usize),
}

/// Puts a load on, between two looks at the gauge.
pub fn measure(server: &Server, generator: &mut Generator, load: &mut impl Load, pace: Pace) -> Result<Measured> {
    std::thread::sleep(AFTERMATH);
    let gauge = server.gauge();
    let (cpu, idle) = (gauge.cpu(), gauge.kib());
    let mut full = (0, 0);
    let ran = generator.drive(load, pace, |open| full = (gauge.kib(), open))?;
    std::thread::sleep(AFTERMATH);
    Ok(Measured { ran, cpu: gauge.cpu() - cpu, kib: (idle, full.0, full.1) })
}

/// What is said of any load.
pub fn tell_load(report: &mut Report, measured: &Measured, count: u32, took_ms: &mut [f64]) {
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

/// What is said of calls.
pub fn tell_calls(report: &mut Report, calls: &mut Calls, measured: &Measured, count: u32) {
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

/// What is said of the floor, and of the load beside it.
pub fn tell_floor(report: &mut Report, steps: &[Step], before: Floor, after: Floor) {
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

/// The floor of a core that never sleeps, which is lower: at a call's rate most messages are a wake-up each.
pub fn tell_flat_out(report: &mut Report, stand: &Stand, steps: &'static [Step]) -> Result<()> {
    let flat = floor::flat_out(stand, steps)?;
    report.add("floor_flat_out_ms_per_call", rounded(flat.ms_per_unit));
    report.add("ratio_flat_out", report.cpu_ms_per_call.map(|cpu| rounded(cpu / flat.ms_per_unit)));
    report.add("generator_ceiling_per_second", rounded(flat.rate));
    Ok(())
}

/// What is said last.
pub fn finished(mut report: Report, stand: &Stand, rate: f64) -> Report {
    report.rate = Some(rate);
    report.tell_stolen();
    report.notes.extend(stand.notes().iter().cloned());
    if report.generator_late_ms.is_some_and(|late| late > 5.0) {
        report.notes.push("the generator was late: it, not the server, may have been the limit".into());
    }
    report
}
