//! `strowger demo`: the real switch on embedded defaults, with a synthetic carrier and synthetic agents
//! around it, and room for a real phone.

mod centre;
mod crowd;
mod screen;

use crate::clock::Clock;
use crate::config;
use crate::shell::signalling::Nudge;
use crate::threads::{Switch, primary_address, raise_descriptor_limit};
use anyhow::{Context, Result};
use crowd::{Account, Crowd};
use ledger::{CallFilter, Reader};
use serde::Serialize;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// The port that phones expect; another is found when it is taken.
const SIP_PORT: u16 = 5060;
/// RTP ports: two for each leg of some fifty calls, and as many that rest.
const RTP_PORTS: u16 = 2_000;
/// How long the switch may take for the last records after the callers are done.
const LAST_RECORDS: Duration = Duration::from_secs(5);

/// What the demonstration shall be like.
#[derive(Clone, Copy, Debug)]
pub struct Options {
    /// How long callers come in; without it, until Ctrl-C.
    pub duration: Option<Duration>,
    /// Print the result as JSON at the end, and nothing live.
    pub json: bool,
    /// Where the switch listens; a phone elsewhere needs an address that it can reach.
    pub listen: Option<IpAddr>,
}

/// What came of it: counted by the callers themselves, but for the last two, which are the switch's.
#[derive(Debug, Serialize)]
struct Outcome {
    offered: u64,
    answered: u64,
    abandoned: u64,
    recorded: u64,
    records: u64,
    stuck: u64,
}

/// Runs a switch with synthetic callers and agents.
pub fn demo(options: Options) -> Result<()> {
    raise_descriptor_limit();
    let folder =
        tempfile::Builder::new().prefix("strowger-demo-").tempdir().context("no place for the demo's files")?;
    let passwords = centre::Passwords::new()?;
    let listen = free_address(options.listen.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)))?;
    centre::write_passwords(folder.path(), &passwords)?;
    let path = centre::write(folder.path(), listen, free_rtp_ports(listen.ip())?)?;
    let configured = config::load(&path)?;
    let places = configured.places.clone();
    let switch = Switch::start(configured, false)?;
    let stop = Arc::new(AtomicBool::new(false));
    let crowd = Crowd::new(Clock::start(), listen, &passwords, u64::from(std::process::id()))?;
    let people = std::thread::Builder::new().name("people".into()).spawn({
        let stop = stop.clone();
        move || crowd.live(&stop)
    })?;
    let reader = reader(&places.database)?;
    if !options.json {
        print!("{}", screen::welcome(listen, &passwords.guest, primary_address()));
    }
    watch(&switch, &reader, &options, &stop, &people)?;
    let account = people.join().map_err(|_| anyhow::anyhow!("the demo's people panicked; the log says where"))?;
    let outcome = settle(&reader, account)?;
    if outcome.records < outcome.offered {
        // What the switch itself thinks of the calls that have no record.
        eprint!("{}", runtime()?.block_on(screen::glance(&switch.nudges)).unwrap_or_default());
    }
    let _has_ended_already = switch.nudges.send(Nudge::Stop);
    switch.join()?;
    report(&outcome, options.json)?;
    judge(&outcome)
}

/// The usual port when it is free, else any.
fn free_address(ip: IpAddr) -> Result<SocketAddr> {
    let free = |port| {
        let udp = UdpSocket::bind((ip, port)).ok()?;
        let address = udp.local_addr().ok()?;
        std::net::TcpListener::bind(address).is_ok().then_some(address)
    };
    std::iter::once(SIP_PORT).chain([0; 16]).find_map(free).with_context(|| format!("no free port on {ip}"))
}

/// A stretch of RTP ports whose ends are free; the workers pass over ports that others hold.
fn free_rtp_ports(ip: IpAddr) -> Result<(u16, u16)> {
    let free = |port: u16| UdpSocket::bind((ip, port)).is_ok();
    (10..30)
        .map(|thousand| thousand * 1_000_u16 * 2)
        .map(|first| (first, first + RTP_PORTS - 1))
        .find(|(first, last)| free(*first) && free(*first + 1) && free(*last))
        .with_context(|| format!("no free RTP ports on {ip}"))
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?)
}

fn reader(database: &str) -> Result<Reader> {
    Ok(runtime()?.block_on(Reader::open(database))?)
}

/// Shows the switch live until the time is over or Ctrl-C, and then until the callers are done.
fn watch(
    switch: &Switch,
    reader: &Reader,
    options: &Options,
    stop: &Arc<AtomicBool>,
    people: &std::thread::JoinHandle<Account>,
) -> Result<()> {
    let began = Instant::now();
    let runtime = runtime()?;
    runtime.block_on(async {
        let mut screen = screen::Screen::new(options.json);
        let mut interrupt = tokio::signal::unix::signal(tokio::signal::unix::SignalKind::interrupt())?;
        let mut interrupted = 0;
        while !people.is_finished() && interrupted < 2 {
            tokio::select! {
                _ = interrupt.recv() => {
                    interrupted += 1;
                    stop.store(true, Ordering::Relaxed);
                }
                () = tokio::time::sleep(Duration::from_millis(500)) => {}
            }
            if options.duration.is_some_and(|duration| began.elapsed() >= duration) {
                stop.store(true, Ordering::Relaxed);
            }
            screen.show(&switch.nudges, reader, stop.load(Ordering::Relaxed)).await?;
        }
        Ok(())
    })
}

/// Waits until the switch has written what it owes, and counts it.
fn settle(reader: &Reader, account: Account) -> Result<Outcome> {
    let runtime = runtime()?;
    let until = Instant::now() + LAST_RECORDS;
    loop {
        let (records, recorded) = runtime.block_on(async {
            let ended = reader.calls(u32::MAX, &CallFilter::default()).await?;
            let records = ended.iter().filter(|call| call.outcome != "open").count() as u64;
            let recordings = reader.recordings(u32::MAX, None).await?;
            let recorded = recordings.iter().filter(|recording| recording.fault.is_none()).count() as u64;
            Ok::<_, ledger::Error>((records, recorded))
        })?;
        let Account { offered, answered, abandoned, stuck } = account;
        if (records >= offered && recorded >= answered) || Instant::now() >= until {
            return Ok(Outcome { offered, answered, abandoned, recorded, records, stuck });
        }
        std::thread::sleep(Duration::from_millis(100));
    }
}

fn report(outcome: &Outcome, json: bool) -> Result<()> {
    if json {
        println!("{}", serde_json::to_string(outcome)?);
        return Ok(());
    }
    let Outcome { offered, answered, abandoned, recorded, records, stuck } = outcome;
    println!();
    println!("The callers counted {offered} calls: {answered} answered, {abandoned} abandoned, {stuck} stuck.");
    println!("The switch kept {records} records and {recorded} recordings.");
    Ok(())
}

/// A demo in which something was lost is a failure.
fn judge(outcome: &Outcome) -> Result<()> {
    anyhow::ensure!(outcome.stuck == 0, "{} calls never ended", outcome.stuck);
    anyhow::ensure!(
        outcome.records >= outcome.offered,
        "{} calls but only {} records",
        outcome.offered,
        outcome.records
    );
    Ok(())
}
