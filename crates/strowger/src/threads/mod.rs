//! Which thread runs which core, and what connects them: decided here and nowhere else.
//!
//! ```text
//! signalling   1      sip + call + acd (a `node::Node`), sockets and links, on a tokio runtime
//! media        n      one `media::Worker` each, epoll; n = cores - 1, at least 1
//! metrics      0..1   HTTP: metrics and health, on a tokio runtime
//! console      0..1   HTTP: pages, the API and the stream, on a tokio runtime
//! remover      1      removes recordings that have been kept for long enough
//! pages        0..1   the legs of pages in a browser: handshakes, and their sound to and from media
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
mod voices;

use crate::addresses::Listens;
use crate::admin::surroundings::{Lookout, Surroundings};
use crate::clock::Clock;
use crate::config::Configured;
use crate::front::{FrontDesk, Opening};
use crate::nudge::{Nudge, Overlaid};
use crate::pulse::Pulse;
use crate::reload::overlay::Overlay;
use crate::reload::{self, Office};
use crate::shell::busy::Busy;
use crate::shell::edge::Setting;
use crate::shell::salvage::{self, Salvage};
use crate::shell::signalling::{self, Wires};
use crate::trace::Trace;
use crate::{metrics, names, pages, past};
use account::Account;
use anyhow::{Result, anyhow};
use call::Settings;
use console::{Beginning, Link};
use dialplan::Plan;
use dialplan::login::Pins;
use ledger::{SideDoor, Start};
use node::Node;
use prepare::prepare;
use sockets::{Sockets, sound_address};
use sound::Sound;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;
use terms::Allowance;
use tls::{Believed, InUse};
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
    /// While these live, metrics and pages are served.
    served: [oneshot::Sender<()>; 2],
    /// Marked while the recorder waits for its disk.
    pub recorder: Arc<Busy>,
    /// Tells the salvage that the rest is for the next start.
    over: Arc<AtomicBool>,
    ledger_thread: JoinHandle<Result<()>>,
}

/// What there must be before any thread starts.
struct Ground {
    sockets: Sockets,
    listens: Listens,
    /// Where the workers receive sound.
    address: IpAddr,
    allowance: Allowance,
    clock: Clock,
    pulse: Pulse,
}

impl Ground {
    fn lay(plan: &Plan) -> Result<Ground> {
        let sockets = Sockets::bind(plan)?;
        let listens = sockets.addresses()?;
        let address = sound_address(plan, &listens)?;
        let (allowance, clock) = (crate::allowance::of_this_process(&plan.listen), Clock::start());
        Ok(Ground { sockets, listens, address, allowance, clock, pulse: Pulse::start(clock) })
    }
}

impl Switch {
    /// Starts every thread. The first error is what the operator reads.
    pub fn start(configured: Configured, watch_files: bool, link: Option<Link>) -> Result<Switch> {
        let certificate = InUse::new(configured.certificate.clone());
        let believed = Believed::new(configured.believed.clone());
        let origins = configured.plan.listen.origins.clone();
        let Ground { sockets, listens, address, allowance, clock, pulse } = Ground::lay(&configured.plan)?;
        let (nudges, nudge_queue) = mpsc::unbounded_channel();
        let (tell_written, written) = std::sync::mpsc::channel();
        let (Account { inlet, side_door, mut start }, ledger_thread) = account::open(&configured.places, tell_written)?;
        names::tell(&side_door, &configured.plan)?;
        let mut surroundings = Surroundings::default();
        surroundings.certificate = certificate.clone();
        let mut trace = Trace::start(&configured.plan.trace);
        let sound = sound::start(&configured, address, &allowance, clock, &mut surroundings)?;
        let Sound { media, recorder, recorded, threads: mut others } = sound;
        let node = configured.plan.storage.node;
        others.extend(trace.tell_homer(&configured.plan.trace, u32::from(node))?);
        let lookout = surroundings.watch(configured.places.recordings.clone(), recorded)?;
        let over = Arc::new(AtomicBool::new(false));
        others.push(salvage::spawn(salvage(&configured, &mut start, &side_door, &over))?);
        past::read(configured.places.database.clone(), clock.now().wall, start.incarnation, nudges.clone())?;
        let (database, listen) = (configured.places.database.clone(), configured.plan.listen.clone());
        let recordings = configured.places.recordings.clone();
        let recorder_busy = surroundings.recorder.clone();
        let calls_max = allowance.calls(0, 0);
        let settings = Settings { incarnation: start.incarnation, workers: media.len() as u16, calls_max };
        let inside =
            Inside { start, settings, clock, surroundings, listens: listens.clone(), believed: believed.clone() };
        let (node, desk, office) = inside.open(configured, watch_files, &nudges, &side_door)?;
        others.push(office);
        let (tell_drained, drained) = watch::channel(false);
        let (voices, pages_thread) = voices::start(&listen, sockets.pages, address, clock, &nudges)?;
        others.extend(pages_thread);
        let wires = Wires {
            udp: sockets.udp,
            tcp: sockets.tcp,
            edge: Setting {
                listeners: sockets.edge,
                certificate: certificate.clone(),
                believed: believed.clone(),
                origins,
            },
            media,
            recorder,
            ledger: inlet,
            written,
            nudges: nudge_queue,
            drained: tell_drained,
            clock,
            pulse: pulse.clone(),
            allowance,
            memory_bytes: crate::memory::limit_bytes(),
            recorder_busy: recorder_busy.clone(),
            trace,
            voices,
        };
        let signalling = spawn_signalling(node, desk, wires)?;
        let (metrics_stop, stop) = oneshot::channel();
        if let Some(listener) = sockets.metrics {
            metrics::spawn(listener, nudges.clone(), pulse.clone(), stop)?;
        }
        let (console_stop, stop) = oneshot::channel();
        if let Some(listener) = sockets.console {
            let beginning = Beginning { listener, database, account: side_door.clone(), recordings, link, certificate };
            pages::spawn(beginning, nudges.clone(), pulse.clone(), clock, stop)?;
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
            served: [metrics_stop, console_stop],
            recorder: recorder_busy,
            over,
            ledger_thread,
        })
    }

    /// Waits until every thread has ended, which they do one after the other once signalling has.
    pub fn join(self) -> Result<()> {
        let Switch { signalling, others, over, ledger_thread, nudges, ledger, pulse, served, .. } = self;
        signalling.join().map_err(|_| anyhow!("the signalling thread panicked; its last words are in the log"))??;
        pulse.retire();
        over.store(true, Ordering::Relaxed);
        // The pages have a way to the account, too, which ends with the last of them.
        drop((nudges, ledger, served));
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

/// What the cores, the front desk and the office begin with.
struct Inside {
    start: Start,
    settings: Settings,
    clock: Clock,
    surroundings: Surroundings,
    listens: Listens,
    believed: Believed,
}

impl Inside {
    /// Opens them; the office on a thread of its own.
    fn open(
        self,
        configured: Configured,
        watch: bool,
        nudges: &mpsc::UnboundedSender<Nudge>,
        ledger: &SideDoor,
    ) -> Result<(Node, FrontDesk, JoinHandle<()>)> {
        let Inside { mut start, settings, clock, surroundings, listens, believed } = self;
        let (incarnation, numbered) = (start.incarnation, start.lost);
        let overlay = Overlay::restored(std::mem::take(&mut start.overlay));
        let in_force = Arc::new(overlay.lay(&configured.plan));
        let overlaid = Overlaid { changes: overlay.len(), closed: overlay.closed(&configured.plan) };
        let node = Node::new(random()?, node::Beginning { settings, numbered });
        let node = prepare(node, &configured, &in_force, start, clock);
        let certificate = surroundings.certificate.clone();
        let pins = Pins::of(configured.passwords.agents.clone());
        let beginning = reload::Beginning {
            configured,
            overlay,
            in_force: in_force.clone(),
            watch,
            shown: (certificate, believed),
        };
        let (office, office_thread) = Office::open(beginning, nudges.clone(), ledger.clone(), clock)?;
        let started = clock.now().mono;
        let account = ledger.clone();
        let opening =
            Opening { plan: in_force, started, incarnation, surroundings, listens, overlaid, office, pins, account };
        Ok((node, FrontDesk::open(opening), office_thread))
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

fn random() -> Result<u64> {
    getrandom::u64().map_err(|error| anyhow!("the system gives no random numbers: {error}"))
}

/// How long running calls may go on after the first Ctrl-C.
pub const DRAIN: Duration = Duration::from_secs(30);
/// How long a switch that was told twice waits for the answers to its BYEs and for its last records.
pub const FAREWELL: Duration = Duration::from_secs(3);
