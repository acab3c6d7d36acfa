//! `strowger demo`: the real switch on embedded defaults, with a synthetic carrier and synthetic agents
//! around it, and room for a real phone.

mod centre;
mod crowd;
mod guests;
mod home;
mod lately;
mod screen;
mod sounds;

use crate::admin::socket::Control;
use crate::clock::Clock;
use crate::nudge::Nudge;
use crate::signals::{Signals, Told};
use crate::threads::{DRAIN, FAREWELL, Switch};
use crate::{addresses, config, descriptors, terminal};
use anyhow::{Context, Result};
use console::Link;
use crowd::{Account, Bell, Crowd};
use guests::Guests;
use home::Home;
use ledger::{CallFilter, Reader};
use operator::cli::Demo;
use screen::{Invitation, Show, Stage};
use serde::Serialize;
use std::net::{IpAddr, Ipv4Addr, SocketAddr, UdpSocket};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use tokio::runtime::Runtime;
use tokio::task::LocalSet;

/// The port that phones expect; another is found when it is taken.
const SIP_PORT: u16 = 5060;
/// The port that people expect pages on.
const PAGES_PORT: u16 = 8080;
/// How often another address is looked for.
const ATTEMPTS: u32 = 5;
/// RTP ports: two for each leg of some fifty calls, and as many that rest.
const RTP_PORTS: u16 = 2_000;
/// How long the switch may take for the last records after the callers are done.
const LAST_RECORDS: Duration = Duration::from_secs(5);

/// How often it is looked at whether something is to be done.
const TICK: Duration = Duration::from_millis(100);
/// By then, the last caller who was still let in has arrived.
const LAST_ARRIVAL: Duration = Duration::from_millis(250);

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
pub fn demo(options: Demo) -> Result<()> {
    descriptors::raise();
    let runtime = runtime()?;
    // Before anything is there to be left behind.
    let mut signals = runtime.block_on(async { Signals::new() })?;
    let home = Home::make()?;
    let passwords = centre::Passwords::new()?;
    centre::write_passwords(home.path(), &passwords)?;
    let opened = open(&runtime, &home, options.listen.unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST)))?;
    let Opened { mut switch, control, listen, database, link, fingerprint, config } = opened;
    let nudges = switch.nudges.clone();
    let serving = control.serve(Box::new(move |nudge| nudges.send(nudge).is_ok()));
    let bell = Arc::new(Bell::default());
    let guests = runtime.block_on(follow(&switch))?;
    let crowd = Crowd::new(Clock::start(), listen, &passwords, u64::from(std::process::id()), guests)?;
    let people = std::thread::Builder::new().name("people".into()).spawn({
        let bell = bell.clone();
        move || crowd.live(&bell)
    })?;
    let reader = runtime.block_on(Reader::open(&database))?;
    let (password, primary) = (passwords.guest.clone(), addresses::primary());
    let invitation = Invitation { listen, password, primary, link, fingerprint, config };
    let mut stage =
        StageHand { switch: &mut switch, bell: &bell, stage: Stage::Open, closing_told: None, cut_short: false };
    let watched = LocalSet::new().block_on(&runtime, async {
        tokio::select! {
            watched = watch(&mut stage, &mut signals, &reader, &options, invitation, &people) => watched,
            () = serving => Ok(()),
        }
    });
    let cut_short = stage.cut_short;
    bell.leave();
    let account = people.join().map_err(|_| anyhow::anyhow!("the demo's people panicked; the log says where"))?;
    watched?;
    let outcome = runtime.block_on(settle(&reader, account))?;
    if outcome.records < outcome.offered && !cut_short {
        // What the switch itself thinks of the calls that have no record.
        eprint!("{}", runtime.block_on(screen::glance(&switch.nudges)).unwrap_or_default());
    }
    let _has_ended_already = switch.nudges.send(Nudge::Stop);
    switch.join()?;
    report(&outcome, options.json)?;
    if cut_short { Ok(()) } else { judge(&outcome) }
}

/// The switch, and the ways to it.
struct Opened {
    switch: Switch,
    control: Control,
    listen: SocketAddr,
    database: String,
    /// To its pages.
    link: String,
    /// Of their certificate, where they have one.
    fingerprint: Option<String>,
    /// What it runs by.
    config: PathBuf,
}

/// Starts the switch.
fn open(runtime: &Runtime, home: &Home, ip: IpAddr) -> Result<Opened> {
    let mut attempts = 0;
    let token = centre::word(console::access::TOKEN)?;
    loop {
        let listen = free_address(ip)?;
        let pages = free_pages(ip)?;
        let (rtp, voices) = (free_rtp_ports(ip)?, free_voices(ip)?);
        let path = centre::write(home.path(), (listen, rtp), (pages, voices))?;
        let configured = config::load(&path)?;
        let database = configured.places.database.clone();
        let control = {
            let _inside = runtime.enter();
            Control::bind(&configured.places.control)?
        };
        let way_in = Link::new(token.clone(), pages.port());
        let fingerprint = configured.certificate.as_ref().map(|certificate| certificate.fingerprint.clone());
        let scheme = if fingerprint.is_some() { "https" } else { "http" };
        let link = format!("{scheme}://{}{}", reached_at(pages), way_in.path());
        match Switch::start(configured, false, Some(way_in)) {
            // Somebody took the address since it was looked at.
            Err(error) if attempts < ATTEMPTS && is_taken(&error) => attempts += 1,
            started => {
                return Ok(Opened { switch: started?, control, listen, database, link, fingerprint, config: path });
            }
        }
    }
}

fn is_taken(error: &anyhow::Error) -> bool {
    let cause = error.root_cause().downcast_ref::<std::io::Error>();
    cause.is_some_and(|cause| cause.kind() == std::io::ErrorKind::AddrInUse)
}

/// Who leads the demo to its end.
struct StageHand<'a> {
    switch: &'a mut Switch,
    bell: &'a Bell,
    stage: Stage,
    /// When the switch shall hear that it takes no more calls.
    closing_told: Option<Instant>,
    /// Calls were released before their time.
    cut_short: bool,
}

impl StageHand<'_> {
    /// No new callers. The switch hears of it when the last of them has arrived.
    fn close(&mut self) {
        self.bell.no_new_calls();
        self.stage = Stage::Closing(Instant::now() + DRAIN);
        self.closing_told = Some(Instant::now() + LAST_ARRIVAL);
    }

    /// Every call is released.
    fn release(&mut self) {
        self.bell.no_new_calls();
        self.cut_short = true;
        self.closing_told = None;
        self.stage = Stage::Leaving;
        self.drain(Duration::ZERO);
    }

    fn drain(&mut self, within: Duration) {
        let _has_ended_already = self.switch.nudges.send(Nudge::Drain(within));
    }

    fn told(&mut self, told: Told) {
        match (told, self.stage) {
            (Told::Resized, _) | (_, Stage::Leaving) => {}
            (Told::Interrupt, Stage::Open) => self.close(),
            _ => self.release(),
        }
    }

    fn turn(&mut self) {
        if self.closing_told.take_if(|at| *at <= Instant::now()).is_some() {
            self.drain(DRAIN);
        }
    }

    /// Nothing runs any more, or nothing goes on.
    fn is_over(&self) -> bool {
        let drained = self.stage != Stage::Open && self.closing_told.is_none() && *self.switch.drained.borrow();
        drained || self.switch.has_ended()
    }
}

/// Shows the switch live until the time is over or it is told to end, and then until the callers are done.
async fn watch(
    hand: &mut StageHand<'_>,
    signals: &mut Signals,
    reader: &Reader,
    options: &Demo,
    invitation: Invitation,
    people: &JoinHandle<Account>,
) -> Result<()> {
    let over = options.duration.map(|duration| Instant::now() + duration);
    let mut show = Show::begin(options.json, invitation)?;
    let mut tick = tokio::time::interval(TICK);
    let mut released = None;
    while !hand.is_over() && !people.is_finished() && released.is_none_or(|at: Instant| at.elapsed() < FAREWELL) {
        tokio::select! {
            told = signals.next() => {
                hand.told(told);
                if told == Told::Resized && show.draw(hand.stage).is_err() {
                    hand.told(Told::End);
                }
            }
            _ = tick.tick() => {}
        }
        if hand.stage == Stage::Open && over.is_some_and(|over| over <= Instant::now()) {
            hand.close();
        }
        hand.turn();
        if show.turn(&hand.switch.nudges, reader, hand.stage).await.is_err() {
            // `| head` has seen enough, or the terminal is gone.
            hand.told(Told::End);
        }
        if hand.stage == Stage::Leaving {
            released.get_or_insert_with(Instant::now);
        }
    }
    Ok(())
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

/// How others write an address that may stand for every one of this machine.
fn reached_at(address: SocketAddr) -> SocketAddr {
    let primary = addresses::primary().filter(|_| address.ip().is_unspecified());
    SocketAddr::new(primary.unwrap_or(address.ip()), address.port())
}

/// Where the pages are: where the switch is.
fn free_pages(ip: IpAddr) -> Result<SocketAddr> {
    let free = |port| std::net::TcpListener::bind((ip, port)).ok()?.local_addr().ok();
    std::iter::once(PAGES_PORT).chain([0; 16]).find_map(free).context("no free port for the pages")
}

/// Where their sound comes in.
fn free_voices(ip: IpAddr) -> Result<SocketAddr> {
    Ok(UdpSocket::bind((ip, 0))?.local_addr()?)
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

/// What the switch tells from now on.
async fn follow(switch: &Switch) -> Result<Guests> {
    let (reply, feed) = tokio::sync::oneshot::channel();
    let _has_ended = switch.nudges.send(Nudge::Follow(control::Actor::Operator(None), reply));
    let feed = feed.await.context("the switch has ended")?;
    Ok(Guests::new(feed.map_err(|words| anyhow::anyhow!(words))?))
}

fn runtime() -> Result<Runtime> {
    Ok(tokio::runtime::Builder::new_current_thread().enable_all().build()?)
}

/// Waits until the switch has written what it owes, and counts it.
async fn settle(reader: &Reader, account: Account) -> Result<Outcome> {
    let until = Instant::now() + LAST_RECORDS;
    loop {
        let ended = reader.calls(u32::MAX, &CallFilter::default()).await?;
        let records = ended.iter().filter(|call| call.outcome != "open").count() as u64;
        let recordings = reader.recordings(u32::MAX, None).await?;
        let recorded = recordings.iter().filter(|recording| recording.fault.is_none()).count() as u64;
        let Account { offered, answered, abandoned, stuck } = account;
        if (records >= offered && recorded >= answered) || Instant::now() >= until {
            return Ok(Outcome { offered, answered, abandoned, recorded, records, stuck });
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}

fn report(outcome: &Outcome, json: bool) -> Result<()> {
    if json {
        return terminal::say(&format!("{}\n", serde_json::to_string(outcome)?));
    }
    let Outcome { offered, answered, abandoned, recorded, records, stuck } = outcome;
    let _nobody_may_look_any_more = terminal::say(&format!(
        "\nThe callers counted {offered} calls: {answered} answered, {abandoned} abandoned, {stuck} stuck.\n\
         The switch kept {records} records and {recorded} recordings.\n"
    ));
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
