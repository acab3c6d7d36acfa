//! The lamps mode: hundreds of telephones that watch the agents of a busy queue. What a NOTIFY costs is what the same calls
//! cost more while they watch; and what it does to calls is how much longer these take to set up.

use crate::floor;
use crate::generator::calls::{Calls, Hang};
use crate::generator::watchers::{WATCHERS, Watchers};
use crate::generator::{Desk, Generator, Load, Pace, Timer};
use crate::line::Wish;
use crate::measuring::*;
use crate::queueing::{AGENTS, QUEUE_TALK};
use crate::report::{Report, quantile, rounded};
use crate::stand::{Server, Stand};
use anyhow::{Result, ensure};
use std::net::SocketAddr;
use std::time::Duration;

/// The calls whose agents are watched, each second, unless the line says otherwise.
const CALLS: f64 = 100.0;
/// How many watch.
const WATCH: u32 = 500;
/// How fast they subscribe, before anything is counted.
const SUBSCRIBING: f64 = 250.0;

/// Telephones that watch. Nobody is told more than once a second, and each agent has two calls in that time: so as many
/// NOTIFYs come a second as there are watchers, which is the floor's rate.
pub fn lamps(wish: &Wish) -> Result<Report> {
    let watchers = wish.calls.unwrap_or(WATCH);
    let time = wish.time.unwrap_or(Duration::from_secs(15));
    ensure!(watchers > 0 && watchers <= 2_000, "there are 2,000 phones that can watch");
    between_floors(wish, "lamps", floor::NOTIFY, (f64::from(watchers), time), |stand, report| {
        watched(wish, stand, watchers, time, report)
    })
}

/// One stretch of calls: what they took of the server, and how long each took to set up.
struct Stretch {
    cpu: Duration,
    seconds: f64,
    setup_ms: Vec<f64>,
}

impl Stretch {
    /// Processor time a second.
    fn load(&self) -> f64 {
        self.cpu.as_secs_f64() / self.seconds
    }

    fn quantile(&mut self, share: f64) -> f64 {
        quantile(&mut self.setup_ms, share).unwrap_or_default()
    }
}

/// Calls and watchers on one generator, and how many calls were begun so far.
struct Both {
    calls: Calls,
    watchers: Watchers,
}

impl Both {
    fn stretch(&mut self, server: &Server, generator: &mut Generator, pace: Pace) -> Result<Stretch> {
        self.calls.begin_to_count();
        self.watchers.begin_to_count();
        let first = self.calls.begun() as u32;
        let measured = measure(server, generator, self, Pace { first, ..pace })?;
        let (seconds, setup_ms) = (measured.ran.elapsed.as_secs_f64(), self.calls.tally.setup_ms.clone());
        Ok(Stretch { cpu: measured.cpu, seconds, setup_ms })
    }
}

fn watched(wish: &Wish, stand: &Stand, watchers: u32, time: Duration, report: &mut Report) -> Result<()> {
    let rate = wish.rate.unwrap_or(CALLS);
    let mut server = stand.start_wished(wish)?;
    let phones: SocketAddr = (stand.host(4), 5070).into();
    let sockets = [(stand.host(2), 5070).into(), (stand.host(3), 5080).into(), phones];
    let mut generator = Generator::open(&sockets, stand.server())?;
    let calls = Calls::new(options(stand, '3', Hang::Callee(micros(QUEUE_TALK))));
    let mut both = Both { calls, watchers: Watchers::new(stand.server(), phones, AGENTS, std::process::id()) };
    let patience = QUEUE_TALK + Duration::from_secs(40);
    let pace = |time: Duration| Pace { first: 0, count: (rate * time.as_secs_f64()).ceil() as u32, rate, patience };
    generator.drive(&mut both, pace(WARM_UP), |_| {})?;
    let mut without = both.stretch(&server, &mut generator, pace(time))?;
    let subscribing = Pace { first: 0, count: watchers, rate: SUBSCRIBING, patience };
    generator.drive(&mut both.watchers, subscribing, |_| {})?;
    let mut with = both.stretch(&server, &mut generator, pace(time))?;
    server.check()?;
    both.calls.close();
    tell(report, &mut both, (&mut without, &mut with), rate);
    if let Some(account) = server.account() {
        account.compare(report, both.calls.begun(), |caller| both.calls.outcome(caller))?;
    }
    Ok(())
}

fn tell(report: &mut Report, both: &mut Both, (without, with): (&mut Stretch, &mut Stretch), rate: f64) {
    let Watchers { told, bytes, failures, .. } = &both.watchers;
    for (reason, failed) in both.calls.tally.failures.iter().chain(failures) {
        report.fail(reason.clone(), *failed);
    }
    if *told == 0 {
        return report.fail("nobody was told anything", 1);
    }
    let more = (with.load() - without.load()) * with.seconds;
    report.units = *told;
    report.cpu_ms_per_call = Some(more * 1e3 / *told as f64);
    report.p50_ms = Some(rounded(with.quantile(0.5)));
    report.p99_ms = Some(rounded(with.quantile(0.99)));
    report.add("p50_ms_unwatched", rounded(without.quantile(0.5)));
    report.add("p99_ms_unwatched", rounded(without.quantile(0.99)));
    report.add("calls_per_second", rate);
    report.add("notify_bytes", bytes.0 / *told);
    report.add("answer_bytes", bytes.1 / *told);
}

impl Load for Both {
    fn begin(&mut self, unit: u32, desk: &mut Desk) {
        self.calls.begin(unit, desk);
    }

    fn received(&mut self, socket: usize, bytes: &[u8], desk: &mut Desk) {
        match socket {
            WATCHERS => self.watchers.received(socket, bytes, desk),
            _ => self.calls.received(socket, bytes, desk),
        }
    }

    fn due(&mut self, timer: Timer, desk: &mut Desk) {
        match Watchers::has(timer) {
            true => self.watchers.due(timer, desk),
            false => self.calls.due(timer, desk),
        }
    }

    fn open(&self) -> usize {
        self.calls.open()
    }
}
