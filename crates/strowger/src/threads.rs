//! Which thread runs which core, and what connects them: decided here and nowhere else.
//!
//! ```text
//! signalling   1      sip + call + acd (a `node::Node`), sockets and links, on a tokio runtime
//! media        n      one `media::Worker` each, epoll; n = cores - 1, at least 1
//! metrics      0..1   HTTP: metrics and health, on a tokio runtime
//! remover      1      removes recordings that have been kept for long enough
//! recorder     1      writes recordings
//! sealer       1      the recorder's: computes digests of finished recordings
//! resolver     0..n   looks up the name of a carrier, then ends
//! salvage      1      repairs what a killed process left, then ends
//! figures      1      reads what the account says of today, then ends
//! ledger       1      the daybook, and SQLite on a thread of its own; on a tokio runtime
//! office       1      reads configurations aside and keeps the run-time changes; hands over what is ready
//! lookout      1      looks at the disk and counts descriptors, every few seconds
//! ```
//!
//! | lane | items | when it is full |
//! |---|---|---|
//! | signalling -> media | commands | a bug: counted. Sized for every leg's few commands at once |
//! | media -> signalling | events | the worker keeps them and tries again |
//! | media -> recorder | frames | dropped, counted, a gap in the recording |
//! | signalling -> ledger | records | they wait in the signalling thread; new calls are refused |

use crate::addresses;
use crate::admin::figures;
use crate::admin::surroundings::{Lookout, Surroundings};
use crate::clock::Clock;
use crate::config::Configured;
use crate::desk::Desk;
use crate::files::Places;
use crate::metrics;
use crate::pulse::Pulse;
use crate::reload::overlay::Overlay;
use crate::reload::{Beginning, Errand, Office, View};
use crate::shell::busy::Busy;
use crate::shell::salvage::{self, Salvage};
use crate::shell::signalling::{self, MediaWires, Nudge, Wires};
use crate::shell::{media as media_shell, recorder, remover};
use anyhow::{Context, Result, anyhow};
use call::{Admin, Settings};
use dialplan::Plan;
use ledger::{Inlet, Item, Ledger, Name, Retention, SideDoor, Start};
use media::{Command, WorkerConfig};
use node::{Change, Input, Node};
use std::net::{IpAddr, SocketAddr, TcpListener, UdpSocket};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::SyncSender;
use std::thread::{self, JoinHandle};
use std::time::Duration;
use terms::{CallRef, limits};
use tokio::sync::{mpsc, oneshot, watch};

/// Commands for one worker: an opening, a configuration, a play and an edge for each leg, with room.
const COMMANDS: usize = 8 * limits::LEGS;
const EVENTS: usize = 4 * limits::LEGS;
/// Says that fewer frames than [`limits::RECORDER_FRAMES`] may wait: for a machine with little memory.
const FRAMES_VARIABLE: &str = "STROWGER_RECORDER_FRAMES";

/// A running switch.
pub struct Switch {
    /// The way in for the operator, the agents and the ledger.
    pub nudges: mpsc::UnboundedSender<Nudge>,
    /// The way in for reloads and run-time changes.
    pub office: SyncSender<Errand>,
    /// True when the drain is complete.
    pub drained: watch::Receiver<bool>,
    /// Where it listens.
    pub listens: Listens,
    /// Whether the signalling loop turns.
    pub pulse: Pulse,
    /// How the ledger is.
    pub ledger: SideDoor,
    signalling: JoinHandle<Result<()>>,
    others: Vec<JoinHandle<()>>,
    _lookout: Lookout,
    /// While this lives, metrics are served.
    _metrics: oneshot::Sender<()>,
    /// Marked while the recorder waits for its disk.
    pub recorder: Arc<Busy>,
    /// Tells the salvage that the rest is for the next start.
    over: Arc<AtomicBool>,
    ledger_thread: JoinHandle<Result<()>>,
}

/// Bound addresses.
#[derive(Clone, Debug, Default)]
pub struct Listens {
    /// UDP.
    pub udp: Vec<SocketAddr>,
    /// TCP.
    pub tcp: Vec<SocketAddr>,
}

/// Sockets are bound before any thread starts: a port that is taken is the operator's first surprise.
struct Sockets {
    udp: Vec<UdpSocket>,
    tcp: Vec<TcpListener>,
    metrics: Option<TcpListener>,
}

impl Sockets {
    fn bind(plan: &dialplan::Plan) -> Result<Sockets> {
        let udp = plan.listen.udp.iter().map(|address| bind_udp(*address)).collect::<Result<_>>()?;
        let tcp = plan.listen.tcp.iter().map(|address| bind_tcp(*address)).collect::<Result<_>>()?;
        let metrics = plan.metrics.listen.map(bind_metrics).transpose()?;
        Ok(Sockets { udp, tcp, metrics })
    }

    fn addresses(&self) -> Result<Listens> {
        let udp = self.udp.iter().map(UdpSocket::local_addr).collect::<std::io::Result<_>>()?;
        let tcp = self.tcp.iter().map(TcpListener::local_addr).collect::<std::io::Result<_>>()?;
        Ok(Listens { udp, tcp })
    }
}

/// The error, with what to do about it.
fn deaf(error: std::io::Error, what: &str, address: SocketAddr, key: &str) -> anyhow::Error {
    let said = addresses::why_not(what, address, key, &error);
    anyhow::Error::new(error).context(said)
}

fn bind_udp(address: SocketAddr) -> Result<UdpSocket> {
    let bound = UdpSocket::bind(address);
    let socket = bound.map_err(|error| deaf(error, "listen on udp", address, "[listen] udp"))?;
    socket.set_nonblocking(true)?;
    // A burst of a few thousand messages waits in the kernel instead of being lost.
    let _the_kernel_may_grant_less = socket2::SockRef::from(&socket).set_recv_buffer_size(4 << 20);
    Ok(socket)
}

fn bind_tcp(address: SocketAddr) -> Result<TcpListener> {
    let bound = TcpListener::bind(address);
    let listener = bound.map_err(|error| deaf(error, "listen on tcp", address, "[listen] tcp"))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

fn bind_metrics(address: SocketAddr) -> Result<TcpListener> {
    let bound = TcpListener::bind(address);
    let listener = bound.map_err(|error| deaf(error, "serve metrics on", address, "[metrics] listen"))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

impl Switch {
    /// Starts every thread. The first error is what the operator reads.
    pub fn start(configured: Configured, watch_files: bool) -> Result<Switch> {
        let plan = configured.plan.clone();
        let sockets = Sockets::bind(&plan)?;
        let listens = sockets.addresses()?;
        let address = sound_address(&plan, &listens)?;
        let clock = Clock::start();
        let pulse = Pulse::start(clock);
        let (nudges, nudge_queue) = mpsc::unbounded_channel();
        let (written, records) = std::sync::mpsc::channel();
        let (account, ledger_thread) = start_ledger(&configured.places, written)?;
        let Account { inlet, side_door, mut start } = account;
        tell_ledger(&side_door, &plan)?;
        let mut others = vec![];
        let allowance = crate::allowance::of_this_process(&plan.listen);
        let workers = workers(plan.listen.pairs());
        let told = plan.listen.advertise.unwrap_or(address);
        let mut surroundings = Surroundings::default();
        let recorded = Arc::new(AtomicU64::new(0));
        let (recorder_events, recorder) = lane::ring(EVENTS)?;
        let mut frames = vec![];
        let mut media = vec![];
        for worker in 0..workers {
            let (mut commands, command_lane) = lane::ring(COMMANDS)?;
            let (event_lane, events) = lane::ring(EVENTS)?;
            let (frame_lane, frame_queue) = lane::ring(frames_waiting())?;
            let _empty_lane = commands.push(Command::Prompts(configured.prompts.clone()));
            let ports = share(plan.listen.rtp, worker, workers);
            let kept_pairs = allowance.kept_pairs() / workers;
            let config = WorkerConfig { address: told, ports, kept_pairs, seed: random()? };
            let gauges = Arc::new(media_shell::Gauges::default());
            surroundings.workers.push(gauges.clone());
            others.push(media_shell::spawn(config, address, command_lane, event_lane, frame_lane, clock, gauges)?);
            frames.push(frame_queue);
            media.push(MediaWires { commands, urgent: false, events });
        }
        let recordings = configured.places.recordings.clone();
        let busy = surroundings.recorder.clone();
        others.push(recorder::spawn(
            recordings.clone(),
            frames,
            recorder_events,
            clock,
            recorded.clone(),
            busy.clone(),
        )?);
        let lookout = surroundings.watch(recordings, recorded)?;
        let over = Arc::new(AtomicBool::new(false));
        let salvage = Salvage {
            folder: configured.places.recordings.clone(),
            unfinished: std::mem::take(&mut start.unfinished),
            incarnation: start.incarnation,
            ledger: side_door.clone(),
            over: over.clone(),
        };
        others.push(salvage::spawn(salvage)?);
        let (drained_sender, drained) = watch::channel(false);
        let wires = Wires {
            udp: sockets.udp,
            tcp: sockets.tcp,
            media,
            recorder,
            ledger: inlet,
            written: records,
            nudges: nudge_queue,
            drained: drained_sender,
            clock,
            pulse: pulse.clone(),
            allowance,
            memory_bytes: crate::memory::limit_bytes(),
            recorder_busy: busy.clone(),
        };
        let incarnation = start.incarnation;
        let database = configured.places.database.clone();
        let settings = Settings { incarnation, workers: workers as u16, calls_max: allowance.calls(0, 0) };
        let overlay = Overlay::restored(std::mem::take(&mut start.overlay));
        let in_force = Arc::new(overlay.lay(&plan));
        let view = View { overlay: overlay.len(), closed: overlay.closed(&plan) };
        let node = prepare(Node::new(random()?, settings), &configured, &in_force, start, clock);
        let desk = Desk::new(&in_force, clock.now().mono, incarnation, surroundings, listens.clone(), view);
        let beginning = Beginning { configured, overlay, in_force, watch: watch_files };
        let (office, office_thread) = Office::open(beginning, nudges.clone(), side_door.clone(), clock)?;
        others.push(office_thread);
        let signalling = thread::Builder::new().name("signalling".into()).spawn(move || {
            crate::shell::poller::take_short_turns();
            let local = tokio::task::LocalSet::new();
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
            runtime.block_on(local.run_until(signalling::run(node, desk, wires)))?;
            Ok(())
        })?;
        figures::read_past(database, clock.now().wall, incarnation, nudges.clone())?;
        let (metrics_stop, stop) = oneshot::channel();
        if let Some(listener) = sockets.metrics {
            metrics::spawn(listener, nudges.clone(), pulse.clone(), stop)?;
        }
        Ok(Switch {
            office,
            nudges,
            drained,
            listens,
            pulse,
            ledger: side_door,
            signalling,
            others,
            _lookout: lookout,
            _metrics: metrics_stop,
            recorder: busy,
            over,
            ledger_thread,
        })
    }

    /// Waits until every thread has ended, which they do one after the other once signalling has.
    pub fn join(self) -> Result<()> {
        let Switch { signalling, others, over, ledger_thread, nudges, ledger, office, pulse, .. } = self;
        signalling.join().map_err(|_| anyhow!("the signalling thread panicked; its last words are in the log"))??;
        pulse.retire();
        over.store(true, Ordering::Relaxed);
        drop((nudges, ledger, office));
        for other in others {
            let name = other.thread().name().unwrap_or("unnamed").to_owned();
            other.join().map_err(|_| anyhow!("the thread `{name}` panicked; its last words are in the log"))?;
        }
        ledger_thread.join().map_err(|_| anyhow!("the ledger's thread panicked; its last words are in the log"))?
    }

    /// Whether the signalling thread has ended.
    pub fn has_ended(&self) -> bool {
        self.signalling.is_finished()
    }
}

fn frames_waiting() -> usize {
    let said = std::env::var(FRAMES_VARIABLE).ok().and_then(|text| text.trim().parse::<usize>().ok());
    said.unwrap_or(limits::RECORDER_FRAMES).clamp(1, limits::RECORDER_FRAMES)
}

/// What the node must know before its first message.
fn prepare(mut node: Node, configured: &Configured, plan: &Arc<Plan>, start: Start, clock: Clock) -> Node {
    let now = clock.now();
    let change = Change { plan: plan.clone(), sip: Some(Box::new(sip_config(configured))), prompts: None };
    node.handle_input(now, Input::Plan(Box::new(change)));
    for (agent, status) in start.statuses {
        node.handle_input(now, Input::Admin(Admin::SetStatus { agent, status }));
    }
    for binding in start.bindings {
        node.handle_input(now, Input::Sip(sip::Input::Restore(Box::new(binding))));
    }
    if !start.dialogs.is_empty() {
        tracing::warn!(
            dialogs = start.dialogs.len(),
            calls = start.lost,
            "calls died with an earlier start: their phones get BYE, those that rang CANCEL"
        );
    }
    for (key, owed) in start.dialogs {
        node.handle_input(now, Input::Sip(sip::Input::Farewell { key, owed: Box::new(owed) }));
    }
    node
}

/// What the signalling core must know of a configuration.
pub fn sip_config(configured: &Configured) -> sip::Config {
    let mut config = node::sip_config(&configured.plan, &configured.passwords);
    let listen = &configured.plan.listen;
    if listen.udp.iter().chain(&listen.tcp).any(|address| address.ip().is_unspecified()) {
        // A listener on every address says nothing about which one to tell.
        config.advertise = config.advertise.or_else(primary_address);
    }
    config
}

/// The ledger, open.
struct Account {
    inlet: Inlet,
    side_door: SideDoor,
    start: Start,
}

fn start_ledger(
    places: &Places,
    written: std::sync::mpsc::Sender<CallRef>,
) -> Result<(Account, JoinHandle<Result<()>>)> {
    let (opened, opening) = oneshot::channel();
    let (database, node) = (places.database.clone(), places.node);
    let remover = remover::spawn(places.recordings.clone())?;
    let thread = thread::Builder::new().name("ledger".into()).spawn(move || {
        // The database's own thread is started from this one.
        crate::shell::poller::work_in_batches();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(async move {
            let prepared = async {
                let (mut ledger, start) = Ledger::open(&database, node).await?;
                let (inlet, side_door, writer) = ledger.writer(move |call| {
                    let _signalling_has_ended = written.send(call);
                })?;
                Ok::<_, ledger::Error>((Account { inlet, side_door, start }, writer.with_remover(remover)))
            };
            match prepared.await {
                Ok((account, writer)) => {
                    let _starter_gave_up = opened.send(Ok(account));
                    Ok(writer.run().await?)
                }
                Err(error) => {
                    let _starter_gave_up = opened.send(Err(error));
                    Ok(())
                }
            }
        })
    })?;
    let account = opening.blocking_recv().map_err(|_| anyhow!("the ledger's thread panicked at its start"))?;
    Ok((account.with_context(|| format!("cannot open the ledger {}", places.database))?, thread))
}

/// What the ledger must know of a plan: what the operator calls the ids, and how long he keeps what.
pub fn tell_ledger(ledger: &SideDoor, plan: &dialplan::Plan) -> Result<()> {
    let agents = plan.agents.iter().map(|agent| Name::agent(&agent.name));
    let queues = plan.queues.iter().map(|queue| Name::queue(&queue.name));
    let trunks = plan.trunks.iter().map(|trunk| Name::trunk(&trunk.name));
    let phones = plan.phones.iter().map(|phone| Name::phone(&phone.user));
    for name in agents.chain(queues).chain(trunks).chain(phones) {
        ledger.push_blocking(Item::Name(Box::new(name))).map_err(|_| anyhow!("the ledger ended at its start"))?;
    }
    let keep = Retention { records: plan.storage.keep, recordings: plan.storage.keep_recordings };
    ledger.push_blocking(Item::Keep(keep)).map_err(|_| anyhow!("the ledger ended at its start"))
}

/// Pairs of ports that are worth a worker: a call stays with one, and may not find it short while others have some.
const PAIRS_PER_WORKER: usize = 64;

/// How many threads move sound: all cores but one, and fewer where there are few ports.
fn workers(pairs: usize) -> usize {
    let cores = thread::available_parallelism().map_or(1, std::num::NonZero::get);
    cores.saturating_sub(1).min(pairs / PAIRS_PER_WORKER).clamp(1, 64)
}

/// The address on which the workers receive sound. Peers are told another one where `advertise` says so.
fn sound_address(plan: &dialplan::Plan, listens: &Listens) -> Result<IpAddr> {
    let first = listens.udp.iter().chain(&listens.tcp).map(SocketAddr::ip).next();
    let said = plan.listen.rtp_address.or(first);
    let said = said.context("[listen] names no address: add udp = \"ADDRESS:5060\"")?;
    let address = if said.is_unspecified() { primary_address().unwrap_or(said) } else { said };
    let any_port = SocketAddr::new(address, 0);
    let bound = UdpSocket::bind(any_port);
    bound.map_err(|error| deaf(error, "receive sound on", any_port, "[listen] rtp_address"))?;
    Ok(address)
}

/// The address with which this machine reaches others. Connecting a UDP socket sends nothing.
pub fn primary_address() -> Option<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("192.0.2.1:9").ok()?;
    socket.local_addr().ok().map(|address| address.ip()).filter(|ip| !ip.is_unspecified())
}

/// A worker's share of the RTP ports; even at its start.
fn share((low, high): (u16, u16), worker: usize, workers: usize) -> (u16, u16) {
    let pairs = (u32::from(high) - u32::from(low)).div_ceil(2) / workers as u32;
    let first = u32::from(low) + 2 * pairs * worker as u32;
    (first as u16, (first + 2 * pairs - 1) as u16)
}

/// Raises the descriptor limit as far as the system lets us; each leg takes two.
#[allow(unsafe_code)] // getrlimit and setrlimit on a local struct; the standard library has no face for them
pub fn raise_descriptor_limit() -> u64 {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: `limit` is a valid, exclusive pointer for the length of each call.
    unsafe {
        if libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit) == 0 && limit.rlim_cur < limit.rlim_max {
            let raised = libc::rlimit { rlim_cur: limit.rlim_max, rlim_max: limit.rlim_max };
            if libc::setrlimit(libc::RLIMIT_NOFILE, &raised) == 0 {
                return raised.rlim_cur;
            }
        }
    }
    limit.rlim_cur
}

/// How many descriptors may be open at once.
#[allow(unsafe_code)] // getrlimit on a local struct; the standard library has no face for it
pub fn descriptor_limit() -> u64 {
    let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    // SAFETY: `limit` is a valid, exclusive pointer for the length of the call.
    let _zero_when_refused = unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit) };
    limit.rlim_cur
}

fn random() -> Result<u64> {
    getrandom::u64().map_err(|error| anyhow!("the system gives no random numbers: {error}"))
}

/// How long running calls may go on after the first Ctrl-C.
pub const DRAIN: Duration = Duration::from_secs(30);
/// How long a switch that was told twice waits for the answers to its BYEs and for its last records.
pub const FAREWELL: Duration = Duration::from_secs(3);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_workers_share_the_ports_without_overlap() {
        let shares: Vec<_> = (0..3).map(|worker| share((16_384, 32_767), worker, 3)).collect();
        assert!(shares.iter().all(|(low, high)| low % 2 == 0 && high > low));
        assert!(shares.windows(2).all(|pair| pair[0].1 < pair[1].0));
        assert!(shares[2].1 <= 32_767);
    }

    #[test]
    fn sound_is_received_where_the_switch_listens_and_not_at_the_address_that_it_advertises() {
        let mut plan = dialplan::Plan::default();
        plan.listen.advertise = "203.0.113.10".parse().ok();
        let listens = |udp: &str| Listens { udp: udp.parse().into_iter().collect(), tcp: vec![] };
        let here = sound_address(&plan, &listens("127.0.0.2:5060")).unwrap();
        assert_eq!(here, IpAddr::from([127, 0, 0, 2]));
        let everywhere = sound_address(&plan, &listens("0.0.0.0:5060")).unwrap();
        assert_ne!(everywhere, IpAddr::from([203, 0, 113, 10]));
        plan.listen.rtp_address = "127.0.0.3".parse().ok();
        let said = sound_address(&plan, &listens("127.0.0.2:5060")).unwrap();
        assert_eq!(said, IpAddr::from([127, 0, 0, 3]), "`rtp_address` is an address of this machine, too");
    }
}
