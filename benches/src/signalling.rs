//! The modes between two trunks and at the registrar: call and register. Each is floor, warming up, load, floor.

use crate::floor;
use crate::generator::calls::{Calls, Hang};
use crate::generator::registrations::Registrations;
use crate::generator::{Generator, Pace};
use crate::line::{Other, Wish};
use crate::measuring::*;
use crate::report::Report;
use crate::sipp;
use crate::stand::Stand;
use anyhow::Result;
use std::net::SocketAddr;
use std::time::Duration;

/// How long a call is held unless the line says otherwise.
const HOLD: Duration = Duration::from_secs(10);

/// Calls through the switch.
pub fn call(wish: &Wish) -> Result<Report> {
    let rate = wish.rate.unwrap_or(1_000.0);
    let time = wish.time.unwrap_or(Duration::from_secs(20));
    let count = wish.calls.unwrap_or((rate * time.as_secs_f64()).ceil() as u32);
    between_floors(wish, "call", floor::CALL, (rate, time), |stand, report| calls(wish, stand, (rate, count), report))
}

fn calls(wish: &Wish, stand: &Stand, (rate, count): (f64, u32), report: &mut Report) -> Result<()> {
    let hold = affordable(wish.hold.unwrap_or(HOLD), rate, report);
    report.hold_ms = Some(hold.as_millis() as u64);
    let mut server = stand.start_wished(wish)?;
    let mut calls = Calls::new(options(stand, '1', Hang::Caller(WARM_HOLD)));
    let mut generator = caller_and_called(stand)?;
    let patience = hold + Duration::from_secs(40);
    let warm = Pace { first: 0, count: (rate * WARM_UP.as_secs_f64()).ceil() as u32, rate, patience };
    generator.drive(&mut calls, warm, |_| {})?;
    calls.begin_to_count();
    calls.hang_after(Hang::Caller(micros(hold)));
    let measured = measure(&server, &mut generator, &mut calls, Pace { first: warm.count, count, ..warm })?;
    server.check()?;
    calls.close();
    tell_calls(report, &mut calls, &measured, count);
    if let Some(account) = server.account() {
        account.compare(report, calls.begun(), |caller| calls.outcome(caller))?;
    }
    drop((server, generator));
    if wish.with == Some(Other::Sipp) {
        with_sipp(stand, wish, warm, (rate, hold, count), report)?;
    }
    Ok(())
}

/// The same calls, on a server as fresh and as warm, by SIPp.
fn with_sipp(stand: &Stand, wish: &Wish, warm: Pace, load: (f64, Duration, u32), report: &mut Report) -> Result<()> {
    let (rate, hold, count) = load;
    let mut server = stand.start_wished(wish)?;
    let mut calls = Calls::new(options(stand, '1', Hang::Caller(WARM_HOLD)));
    caller_and_called(stand)?.drive(&mut calls, warm, |_| {})?;
    sipp::measure(stand, &mut server, rate, hold, count, report)?;
    let records = report.records;
    if let Some(account) = server.account() {
        account.compare_outcomes(report, &[("answered", calls.begun() + u64::from(count))])?;
    }
    report.records = records;
    Ok(())
}

/// Registrations.
pub fn register(wish: &Wish) -> Result<Report> {
    let rate = wish.rate.unwrap_or(1_000.0);
    let time = wish.time.unwrap_or(Duration::from_secs(15));
    let count = wish.calls.unwrap_or((rate * time.as_secs_f64()).ceil() as u32);
    between_floors(wish, "register", floor::REGISTRATION, (rate, time), |stand, report| {
        registrations(wish, stand, (rate, count), report)
    })
}

fn registrations(wish: &Wish, stand: &Stand, (rate, count): (f64, u32), report: &mut Report) -> Result<()> {
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
    tell_load(report, &measured, count, &mut took);
    Ok(())
}
