//! The modes that carry sound, relay and record: calls are set up, both ends send, and what the server spends on each
//! packet that it hands on is compared with what a bare forwarder spends, before and after, in the same run.

mod batch;
mod calls;
pub mod conference;
pub mod floor;
pub mod generator;
mod histogram;
mod noise;
mod rtpengine;
mod stamp;

use crate::gauge::Gauge;
use crate::line::{Peer, Wish};
use crate::report::{Report, rounded};
use crate::stand::{Server, Stand};
use anyhow::{Context, Result, bail, ensure};
use calls::Calls;
use generator::{Generator, Heard, Leg, Places};
use rtpengine::Sessions;
use std::process::Command;
use std::time::Duration;

/// How long sound flows before it is measured.
const WARM: Duration = Duration::from_secs(2);
/// Calls set up and hung up each second.
const RATE: usize = 150;
/// Calls at once, unless the wish says otherwise.
const CALLS: u32 = 500;
/// How long it is measured, unless the wish says otherwise. Each floor takes half of it.
const WINDOW: Duration = Duration::from_secs(8);

/// One measured stretch of a process that forwards.
struct Stretch {
    us_per_packet: f64,
    /// Its memory at the end.
    kib: u64,
    heard: Heard,
}

/// Relays sound between the two legs of each call, recording it when asked.
pub fn run(wish: &Wish, record: bool) -> Result<Report> {
    let stand = Stand::take(wish)?;
    let places = Places { server: stand.host(1) };
    let (calls, window) = (wish.calls.unwrap_or(CALLS) as usize, wish.time.unwrap_or(WINDOW));
    let mut report = Report::new(if record { "record" } else { "relay" }, wish.peer.map_or("strowger", Peer::name));
    let generator = Generator::bind(places)?;
    let before = floor_stretch(&stand, &generator, places, calls, window / 2)?;
    let mut server = start(&stand, wish, places, record)?;
    let gauge = server.gauge();
    let empty_kib = gauge.kib();
    let standing = Standing::set_up(wish, places, calls, record)?;
    let run = stretch(&generator, &standing.legs(), window, gauge)?;
    let lingering = standing.hang_up();
    server.check()?;
    drop(server);
    let after = floor_stretch(&stand, &generator, places, calls, window / 2)?;
    report.tell_stolen();
    report.notes.extend(stand.notes().iter().cloned());
    report.units = calls as u64;
    report.at_once = Some(calls as u64);
    report.fail("a call did not end", lingering as u64);
    report.fail("a packet came to the wrong leg", run.heard.crossed);
    report.kib_per_call = Some(rounded(run.kib.saturating_sub(empty_kib) as f64 / calls as f64));
    fill(&mut report, &run, [&before, &after])?;
    Ok(report)
}

/// The switch, or a peer in its place.
fn start(stand: &Stand, wish: &Wish, places: Places, record: bool) -> Result<Server> {
    match wish.peer {
        Some(Peer::Kamailio) => bail!("Kamailio passes no sound: measure `call` and `register` with it"),
        Some(Peer::Rtpengine) => rtpengine::start(stand, places, wish.peer_root.as_deref(), record),
        Some(Peer::Asterisk) | None => stand.start_wished(wish),
    }
}

/// Calls that stand, however they were set up.
enum Standing {
    Sip(Calls),
    Ng(Sessions),
}

impl Standing {
    fn set_up(wish: &Wish, places: Places, calls: usize, record: bool) -> Result<Standing> {
        if wish.peer == Some(Peer::Rtpengine) {
            return Sessions::set_up(places, calls, record).map(Standing::Ng);
        }
        Calls::set_up(places, if record { '2' } else { '1' }, calls, RATE).map(Standing::Sip)
    }

    fn legs(&self) -> Vec<Leg> {
        match self {
            Standing::Sip(calls) => calls.legs(),
            Standing::Ng(sessions) => sessions.legs(),
        }
    }

    fn hang_up(self) -> usize {
        match self {
            Standing::Sip(calls) => calls.hang_up(RATE),
            Standing::Ng(sessions) => sessions.hang_up(),
        }
    }
}

/// The figures of one run and its two floors.
fn fill(report: &mut Report, run: &Stretch, floors: [&Stretch; 2]) -> Result<()> {
    ensure!(run.heard.received > 0, "no packet came through");
    let [before, after] = floors.map(|floor| floor.us_per_packet);
    let floor = (before + after) / 2.0;
    let heard = &run.heard;
    report.rate = Some(rounded(heard.received as f64 / heard.elapsed.as_secs_f64()));
    report.cpu_us_per_packet = Some(rounded(run.us_per_packet));
    report.floor_us_per_packet = Some(rounded(floor));
    report.ratio = Some(rounded(run.us_per_packet / floor));
    report.loss_percent = Some(rounded(100.0 * (1.0 - heard.received as f64 / heard.sent as f64)));
    report.p50_ms = (heard.delay.count() > 0).then(|| rounded(heard.delay.quantile_ms(0.5)));
    report.p99_ms = (heard.delay.count() > 0).then(|| rounded(heard.delay.quantile_ms(0.99)));
    report.generator_late_ms = Some(rounded(heard.late.quantile_ms(0.99)));
    report.add("floor_spread_percent", rounded(100.0 * (before - after).abs() / floor));
    let floor_p99 = floors.map(|floor| floor.heard.delay.quantile_ms(0.99));
    report.add("floor_p99_ms", rounded(f64::max(floor_p99[0], floor_p99[1])));
    Ok(())
}

/// Sends through a bare forwarder, in a process of its own on the server's core.
fn floor_stretch(
    stand: &Stand,
    generator: &Generator,
    places: Places,
    calls: usize,
    window: Duration,
) -> Result<Stretch> {
    let ready = stand.folder().join("forwarder.ready");
    let mut command = Command::new(std::env::current_exe().context("our own program")?);
    command.args(["forward", &places.server.to_string(), &calls.to_string()]).arg(&ready);
    let mut forwarder = stand.start("forwarder", &mut command)?;
    forwarder.until("open its sockets", || ready.exists())?;
    let measured = stretch(generator, &floor::legs(places, calls), window, forwarder.gauge());
    std::fs::remove_file(&ready)?;
    measured
}

fn stretch(generator: &Generator, legs: &[Leg], window: Duration, gauge: Gauge) -> Result<Stretch> {
    let mut cpu = vec![];
    let heard = generator.run(legs, WARM, window, || cpu.push(gauge.cpu()));
    let [first, last] = cpu[..] else { bail!("the window had no end") };
    let spent = last.saturating_sub(first);
    Ok(Stretch { us_per_packet: spent.as_secs_f64() * 1e6 / heard.received.max(1) as f64, kib: gauge.kib(), heard })
}
