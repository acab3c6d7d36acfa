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

mod account;
mod prepare;
mod sockets;
mod sound;

use crate::addresses::Listens;
use crate::admin::surroundings::{Lookout, Surroundings};
use crate::clock::Clock;
use crate::config::Configured;
use crate::front::{FrontDesk, Opening};
use crate::nudge::{Nudge, Overlaid};
use crate::pulse::Pulse;
use crate::reload::overlay::Overlay;
use crate::reload::{Beginning, Office};
use crate::shell::busy::Busy;
use crate::shell::salvage::{self, Salvage};
use crate::shell::signalling::{self, Wires};
use crate::{metrics, names, past};
use account::Account;
use anyhow::{Result, anyhow};
use call::Settings;
use ledger::{SideDoor, Start};
use node::Node;
use prepare::prepare;
use sockets::{Sockets, sound_address};
use sound::Sound;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use tokio::sync::{mpsc, oneshot, watch};

/// A running switch.
pub struct Switch {
    /// The way in for the operator, the agents and the ledger.
    pub nudges: mpsc::UnboundedSender<Nudge>,
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
        let (Account { inlet, side_door, mut start }, ledger_thread) = account::open(&configured.places, written)?;
        names::tell(&side_door, &plan)?;
        let allowance = crate::allowance::of_this_process(&plan.listen);
        let mut surroundings = Surroundings::default();
        let Sound { media, recorder, recorded, threads: mut others } =
            sound::start(&configured, address, &allowance, clock, &mut surroundings)?;
        let lookout = surroundings.watch(configured.places.recordings.clone(), recorded)?;
        let over = Arc::new(AtomicBool::new(false));
        others.push(salvage::spawn(salvage(&configured, &mut start, &side_door, &over))?);
        let busy = surroundings.recorder.clone();
        let (drained_sender, drained) = watch::channel(false);
        let workers = media.len();
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
        let beginning = node::Beginning { settings, numbered: start.lost };
        let overlay = Overlay::restored(std::mem::take(&mut start.overlay));
        let in_force = Arc::new(overlay.lay(&plan));
        let overlaid = Overlaid { changes: overlay.len(), closed: overlay.closed(&plan) };
        let node = prepare(Node::new(random()?, beginning), &configured, &in_force, start, clock);
        let beginning = Beginning { configured, overlay, in_force: in_force.clone(), watch: watch_files };
        let (office, office_thread) = Office::open(beginning, nudges.clone(), side_door.clone(), clock)?;
        others.push(office_thread);
        let started = clock.now().mono;
        let opening =
            Opening { plan: in_force, started, incarnation, surroundings, listens: listens.clone(), overlaid, office };
        let signalling = spawn_signalling(node, FrontDesk::open(opening), wires)?;
        past::read(database, clock.now().wall, incarnation, nudges.clone())?;
        let (metrics_stop, stop) = oneshot::channel();
        if let Some(listener) = sockets.metrics {
            metrics::spawn(listener, nudges.clone(), pulse.clone(), stop)?;
        }
        Ok(Switch {
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
        let Switch { signalling, others, over, ledger_thread, nudges, ledger, pulse, .. } = self;
        signalling.join().map_err(|_| anyhow!("the signalling thread panicked; its last words are in the log"))??;
        pulse.retire();
        over.store(true, Ordering::Relaxed);
        drop((nudges, ledger));
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

/// What is to be repaired of what a killed process left.
fn salvage(configured: &Configured, start: &mut Start, ledger: &SideDoor, over: &Arc<AtomicBool>) -> Salvage {
    Salvage {
        folder: configured.places.recordings.clone(),
        unfinished: std::mem::take(&mut start.unfinished),
        incarnation: start.incarnation,
        ledger: ledger.clone(),
        over: over.clone(),
    }
}

fn spawn_signalling(node: Node, desk: FrontDesk, wires: Wires) -> Result<JoinHandle<Result<()>>> {
    let thread = thread::Builder::new().name("signalling".into()).spawn(move || {
        crate::shell::poller::take_short_turns();
        let local = tokio::task::LocalSet::new();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
        runtime.block_on(local.run_until(signalling::run(node, desk, wires)))?;
        Ok(())
    })?;
    Ok(thread)
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
