//! The signalling thread: signalling, call control and routing on one tokio runtime, one thread, one loop.
//!
//! The loop drains every source, lets the node speak, and only then sleeps (after a moment in which messages may
//! gather, when many come): on its sockets, the
//! doorbells of the lanes from media and recorder, the links, the ledger, the admin and the next timer.

use super::behind::Behind;
use super::busy::Busy;
use super::carrier::LinkEvent;
use super::datagrams::{BATCH, Inbox, Outbox};
use super::edge::Setting;
use super::links::Links;
use super::pace::Pace;
use super::resolver::{Answer, Resolver};
use super::voices::Voices;
use super::wire_log;
use crate::clock::Clock;
use crate::front::{FrontDesk, Shell};
use crate::memory;
use crate::nudge::{Nudge, Request};
use crate::pulse::Pulse;
use crate::trace::Trace;
use bytes::Bytes;
use ledger::{Inlet, Item};
use node::{Input, Node, Output};
use std::net::{SocketAddr, TcpListener as StdTcpListener, UdpSocket as StdUdpSocket};
use std::os::fd::{AsFd, OwnedFd};
use std::sync::Arc;
use std::sync::atomic::Ordering::Relaxed;
use std::task::{Context, Poll};
use std::time::Duration;
use terms::{Allowance, CallRef, LinkId, Now};
use tokio::io::Interest;
use tokio::io::unix::AsyncFd;
use tokio::net::{TcpListener, UdpSocket};
use tokio::sync::{mpsc, watch};

/// Pieces taken from the stream links before the others have their turn.
const BURST: usize = 64;
/// How long the loop sleeps when nothing is due.
const IDLE: Duration = Duration::from_secs(1);
/// The same while calls are being drained: the last records that reach the disk end the drain.
const IDLE_DRAINING: Duration = Duration::from_millis(20);

/// The lanes to and from one media worker.
pub struct MediaWires {
    /// Down.
    pub commands: lane::Sender<media::Command>,
    /// Somebody waits for an answer to one of those that were put there.
    pub urgent: bool,
    /// Up.
    pub events: lane::Receiver<media::Event>,
}

/// Everything that the thread is connected to.
pub struct Wires {
    /// Bound UDP sockets.
    pub udp: Vec<StdUdpSocket>,
    /// Bound TCP listeners.
    pub tcp: Vec<StdTcpListener>,
    /// Bound listeners for TLS and WebSockets, and what is shown there.
    pub edge: Setting,
    /// One for each media worker.
    pub media: Vec<MediaWires>,
    /// Finished recordings.
    pub recorder: lane::Receiver<media::Event>,
    /// The durable lane to the ledger.
    pub ledger: Inlet,
    /// The calls whose records are on disk. Nobody is woken for them: each turn takes what is there.
    pub written: std::sync::mpsc::Receiver<CallRef>,
    /// From the admin and the others.
    pub nudges: mpsc::UnboundedReceiver<Nudge>,
    /// Becomes true when the drain is complete.
    pub drained: watch::Sender<bool>,
    /// The time.
    pub clock: Clock,
    /// What this process may use.
    pub allowance: Allowance,
    /// How much memory it may use, in bytes.
    pub memory_bytes: u64,
    /// What can be seen of the recorder.
    pub recorder_busy: Arc<Busy>,
    /// Where messages are kept for those who look.
    pub trace: Trace,
    /// Beats with each turn.
    pub pulse: Pulse,
    /// The voices of pages.
    pub voices: Voices,
}

/// A doorbell in the runtime's poll set.
fn watch_bell(bell: OwnedFd) -> std::io::Result<AsyncFd<OwnedFd>> {
    // Deprecated since some types give a descriptor that they do not own; `OwnedFd` owns its own until it is dropped.
    #[allow(deprecated)]
    AsyncFd::with_interest(bell, Interest::READABLE)
}

/// A UDP socket of ours.
struct Listener {
    link: LinkId,
    socket: UdpSocket,
    outbox: Outbox,
}

/// The thread's state.
struct Thread {
    node: Node,
    desk: FrontDesk,
    udp: Vec<Listener>,
    inbox: Inbox,
    pace: Pace,
    links: Links,
    resolver: Resolver,
    link_events: mpsc::Receiver<LinkEvent>,
    /// What woke the loop, taken before the rest of its queue.
    link_event: Option<LinkEvent>,
    media: Vec<MediaWires>,
    recorder: lane::Receiver<media::Event>,
    bells: Vec<AsyncFd<OwnedFd>>,
    ledger: Inlet,
    behind: Behind,
    /// Entries that found the ledger's lane full; new calls are refused meanwhile.
    ledger_overdue: std::collections::VecDeque<Item>,
    ledger_full: bool,
    written: std::sync::mpsc::Receiver<CallRef>,
    nudges: mpsc::UnboundedReceiver<Nudge>,
    nudge: Option<Nudge>,
    drained: watch::Sender<bool>,
    draining: bool,
    clock: Clock,
    pulse: Pulse,
    counters: Counters,
    allowance: Allowance,
    memory: memory::Watch,
    recorder_busy: Arc<Busy>,
    trace: Trace,
    voices: Voices,
}

/// What the shell itself had to refuse or lose.
#[derive(Clone, Debug, Default)]
pub struct Counters {
    /// Datagrams that the kernel had no room for; the transaction repeats them.
    pub udp_send_failed: u64,
    /// Writes to a link that is gone.
    pub link_write_failed: u64,
    /// Commands that found a media lane full: a bug, counted.
    pub media_lane_full: u64,
}

impl Counters {
    /// By name, for people.
    fn named(&self, links_refused: u64, edge: [u64; 3], untold: u64) -> [(&'static str, u64); 8] {
        let [refused, failed, unopened] = edge;
        [
            ("links at the limit", links_refused),
            ("handshakes at the limit", refused),
            ("handshakes failed", failed),
            ("websockets refused", unopened),
            ("untold to homer", untold),
            ("udp send failed", self.udp_send_failed),
            ("link write failed", self.link_write_failed),
            ("media lane full", self.media_lane_full),
        ]
    }
}

/// Runs the loop until it is told to stop.
pub async fn run(node: Node, desk: FrontDesk, wires: Wires) -> std::io::Result<()> {
    let Wires {
        udp,
        tcp,
        edge,
        media,
        recorder,
        ledger,
        written,
        nudges,
        drained,
        clock,
        pulse,
        allowance,
        memory_bytes,
        recorder_busy,
        trace,
        voices,
    } = wires;
    let (mut links, link_events) = Links::new(udp.len() as u64, allowance.links(0, 0));
    let edges = edge.addresses()?;
    links.open_edge(edge)?;
    let mut bells = vec![];
    for lane in media.iter().map(|wires| &wires.events).chain([&recorder]) {
        bells.push(watch_bell(lane.doorbell().try_clone_to_owned()?)?);
    }
    let mut thread = Thread {
        node,
        desk,
        udp: vec![],
        inbox: Inbox::new(),
        pace: Pace::default(),
        links,
        resolver: Resolver::new(),
        link_events,
        link_event: None,
        media,
        recorder,
        bells,
        ledger,
        behind: Behind::default(),
        ledger_overdue: Default::default(),
        ledger_full: false,
        written,
        nudges,
        nudge: None,
        drained,
        draining: false,
        clock,
        pulse,
        counters: Counters::default(),
        allowance,
        memory: memory::Watch::new(memory_bytes),
        recorder_busy,
        trace,
        voices,
    };
    for (nth, socket) in udp.into_iter().enumerate() {
        thread.open_udp(LinkId::accepted(nth as u64), UdpSocket::from_std(socket)?)?;
    }
    for listener in tcp {
        thread.sip(sip::Input::Listening { transport: sip::Transport::Tcp, local: listener.local_addr()? });
        thread.links.listen(TcpListener::from_std(listener)?);
    }
    for (transport, local) in edges {
        thread.sip(sip::Input::Listening { transport, local });
    }
    while thread.turn().await {}
    let calls = thread.node.board().inspect(thread.clock.now()).calls_total;
    tracing::info!(calls, "signalling has ended; the account is being written");
    Ok(())
}

impl Thread {
    /// Calls, links and recordings share the descriptors: what one takes, the others no longer have.
    fn make_room(&mut self) {
        let recordings = self.recorder_busy.files.load(Relaxed);
        let links = self.links.len() + self.links.coming() + self.voices.descriptors();
        self.node.make_room(self.allowance.calls(links, recordings));
        let links = self.allowance.links(self.node.board().running(), recordings);
        // Links may keep a part of a message each.
        self.links.make_room(if self.memory.is_full() { 0 } else { links });
    }

    fn look_at_memory(&mut self) {
        let now = self.clock.now();
        if let Some(full) = self.memory.look(now.mono) {
            match full {
                true => tracing::error!("the memory is at its limit: new calls and connections are refused"),
                false => tracing::warn!("there is memory again: calls and connections are taken"),
            }
            self.node.handle_input(now, Input::MemoryFull(full));
        }
    }

    fn open_udp(&mut self, link: LinkId, socket: UdpSocket) -> std::io::Result<()> {
        let (transport, local) = (sip::Transport::Udp, socket.local_addr()?);
        let opened = sip::Input::LinkOpened { link, transport, local, remote: None };
        self.trace.opened(link, transport, local);
        self.udp.push(Listener { link, socket, outbox: Outbox::default() });
        self.sip(opened);
        Ok(())
    }

    /// One turn: take everything that is there, do what is due, sleep. False: the thread is to end.
    async fn turn(&mut self) -> bool {
        self.look_at_memory();
        self.make_room();
        let goes_on = self.drain();
        let now = self.clock.now();
        self.pulse.beat(now.mono);
        if self.node.poll_timeout().is_some_and(|due| due <= now.mono) {
            self.node.handle_timeout(now);
        }
        self.flush();
        self.write_behind(now, goes_on);
        self.attend_ledger();
        if goes_on {
            if let Some(rest) = self.pace.rest(now.mono) {
                std::thread::sleep(rest);
            }
            if self.may_sleep() {
                self.sleep().await;
            }
        }
        self.media.iter_mut().for_each(|wires| wires.events.awake());
        self.recorder.awake();
        goes_on
    }

    fn drain(&mut self) -> bool {
        self.drain_udp();
        for _ in 0..BURST {
            let Some(event) = self.link_event.take().or_else(|| self.link_events.try_recv().ok()) else { break };
            self.handle_link(event);
        }
        while let Some(found) = self.resolver.answer() {
            let Answer { trunk, name, addresses } = found;
            self.sip(sip::Input::Resolved { trunk, name, addresses });
        }
        for worker in 0..self.media.len() {
            while let Some(event) = self.media[worker].events.pop() {
                self.input(Input::Media { worker: worker as u16, event });
            }
        }
        while let Some(event) = self.recorder.pop() {
            self.seal(&event);
            self.input(Input::Media { worker: 0, event });
        }
        while let Ok(call) = self.written.try_recv() {
            self.input(Input::Written(call));
        }
        while let Some(nudge) = self.nudge.take().or_else(|| self.nudges.try_recv().ok()) {
            match nudge {
                Nudge::Asked(request) => self.ask(request),
                Nudge::Follow(by, reply) => {
                    let _hung_up = reply.send(self.desk.follow(&by, &self.node));
                }
                Nudge::Mirrored(reply) => {
                    let seen = self.desk.mirrored(self.clock.now(), &self.node);
                    let _hung_up = reply.send(Box::new(seen));
                }
                Nudge::Answered(request, reply) => {
                    let now = self.clock.now();
                    self.desk.done(now, request, reply, &mut self.node);
                }
                Nudge::Voice(phone, wish) => {
                    let now = self.clock.now();
                    self.voices.ask(now, phone, wish, &mut self.node);
                }
                Nudge::Page(told) => {
                    let now = self.clock.now();
                    self.voices.hear(now, told, &mut self.node);
                }
                Nudge::Drain(deadline) => {
                    self.draining = true;
                    self.input(Input::Drain { deadline: Some(deadline) });
                }
                Nudge::Past(past) => self.desk.past(*past),
                Nudge::Swap(swap) => {
                    let now = self.clock.now();
                    self.desk.swap(now, *swap, &mut self.node);
                    self.flush();
                }
                Nudge::Stop => return false,
            }
        }
        true
    }

    fn drain_udp(&mut self) {
        for nth in 0..self.udp.len() {
            let Listener { link, socket, .. } = &self.udp[nth];
            let link = *link;
            let mut count = 0;
            // ECONNREFUSED from an earlier send and its like: weather.
            let _what_came_is_counted = socket.try_io(Interest::READABLE, || {
                count = self.inbox.receive(socket.as_fd())?;
                // Fewer than fit: there is no more, which the runtime learns by this name.
                if count < BATCH { Err(std::io::ErrorKind::WouldBlock.into()) } else { Ok(()) }
            });
            for nth in 0..count {
                let Some((remote, bytes)) = self.inbox.get(nth) else { continue };
                wire_log::heard(remote, bytes);
                let bytes = Bytes::copy_from_slice(bytes);
                self.trace.heard(self.clock.now().wall, link, remote, &bytes);
                self.sip(sip::Input::Received { link, remote, bytes });
            }
            self.pace.took(count);
        }
    }

    fn handle_link(&mut self, event: LinkEvent) {
        match event {
            LinkEvent::Opened { link, transport, local, remote } => {
                let remote = Some(remote);
                self.trace.opened(link, transport, local);
                self.sip(sip::Input::LinkOpened { link, transport, local, remote });
            }
            LinkEvent::Read { link, remote, bytes } => {
                wire_log::heard(remote, &bytes);
                self.trace.heard(self.clock.now().wall, link, remote, &bytes);
                self.sip(sip::Input::Received { link, remote, bytes });
            }
            LinkEvent::Closed { link } => {
                // What its last requests were answered must be handed over before.
                self.flush();
                self.links.forget(link);
                self.trace.closed(link);
                self.sip(sip::Input::LinkClosed { link });
            }
        }
    }

    fn sip(&mut self, input: sip::Input) {
        self.input(Input::Sip(input));
    }

    fn input(&mut self, input: Input) {
        let now = self.clock.now();
        self.node.handle_input(now, input);
    }

    /// Does what the node asks.
    fn flush(&mut self) {
        while let Some(output) = self.node.poll_output() {
            if let Output::Dialog { leg: Some(leg), .. } = &output {
                self.trace.belongs(leg);
            }
            match output {
                Output::Sip(output) => self.obey_sip(output),
                Output::Media { worker, command } => self.command(worker, command),
                Output::Happened(record) => {
                    self.desk.observe(&record);
                    self.trace.observe(&record);
                    self.record(Item::Happened(record));
                }
                // Without its row a leg ends as it would with an older switch; the rows that are there must go.
                Output::Dialog { change: sip::DialogChange::Begun { .. }, .. } if self.ledger_full => {}
                Output::Dialog { change, leg } => self.record(Item::Dialog(change, leg)),
                Output::Keep(contact, kept) => self.record(Item::Contact(contact, kept)),
                Output::Page(phone, news) => self.voices.tell(phone, &news),
                Output::Said(said) => self.desk.said(self.clock.now(), *said, &mut self.node),
                Output::Drained => {
                    let _nobody_waits = self.drained.send(true);
                }
            }
        }
        for Listener { socket, outbox, .. } in &mut self.udp {
            self.counters.udp_send_failed += outbox.flush(socket.as_fd());
        }
        // One ring for all: on a shared core each would let the media thread in, and that for one command.
        for MediaWires { commands, urgent, .. } in &mut self.media {
            match std::mem::take(urgent) {
                true => commands.ring_urgently(),
                false => commands.ring(),
            }
        }
    }

    fn obey_sip(&mut self, output: sip::Output) {
        match output {
            sip::Output::Transmit { link, remote, bytes } => self.transmit(link, remote, bytes),
            sip::Output::Connect { link, transport, remote, names } => {
                self.links.connect(link, transport, remote, names);
            }
            sip::Output::Close { link } => self.links.close(link),
            sip::Output::Resolve { trunk, name } => self.resolver.ask(trunk, name),
            // Written behind: while the ledger is full the phone's next refresh has to do.
            sip::Output::Binding(_) if self.ledger_full => {}
            sip::Output::Binding(change) => self.behind.note(self.clock.now().mono, change),
            sip::Output::Noted(noted) => self.desk.noted(&noted),
            // The node keeps these to itself, and tells of dialogs.
            sip::Output::Dialog(_) | sip::Output::Event(_) | sip::Output::Watch(_) => {}
        }
    }

    fn transmit(&mut self, link: LinkId, remote: SocketAddr, bytes: Bytes) {
        wire_log::sent(remote, &bytes);
        self.trace.sent(self.clock.now().wall, link, remote, &bytes);
        if let Some(listener) = self.udp.iter_mut().find(|listener| listener.link == link) {
            listener.outbox.push(remote, bytes);
        } else {
            self.counters.link_write_failed += u64::from(!self.links.write(link, bytes));
        }
    }

    fn command(&mut self, worker: u16, command: media::Command) {
        let Some(wires) = self.media.get_mut(worker as usize) else { return };
        wires.urgent |= matches!(command, media::Command::Open { spare: None, .. } | media::Command::Yield { .. });
        self.counters.media_lane_full += u64::from(wires.commands.put(command).is_err());
    }

    /// Durable: what finds the lane full waits here, in order, and admission is closed meanwhile.
    fn record(&mut self, item: Item) {
        self.ledger_overdue.push_back(item);
        self.hand_over();
    }

    /// Hands the bindings over that have waited long enough; at the end all.
    fn write_behind(&mut self, now: Now, goes_on: bool) {
        if !goes_on {
            self.behind.take_all().into_values().for_each(|change| self.record(Item::Binding(change)));
        }
        self.behind.take(now.mono).for_each(|change| self.record(Item::Binding(change)));
    }

    fn hand_over(&mut self) {
        while let Some(item) = self.ledger_overdue.pop_front() {
            if let Err(back) = self.ledger.push(item) {
                self.ledger_overdue.push_front(back);
                return;
            }
        }
    }

    /// Tries what is overdue again, and tells call control when the ledger became full or is no longer.
    fn attend_ledger(&mut self) {
        self.hand_over();
        let full = !self.ledger_overdue.is_empty();
        if full != self.ledger_full {
            self.ledger_full = full;
            self.input(Input::LedgerFull(full));
        }
    }

    fn seal(&mut self, event: &media::Event) {
        if let media::Event::CaptureSealed { capture, sha256 } = event {
            self.record(Item::Sealed { capture: *capture, sha256: *sha256 });
        }
    }

    fn ask(&mut self, request: Request) {
        let now = self.clock.now();
        let counters = self.counters.named(self.links.refused(), self.links.edge_counts(), self.trace.untold());
        let shell = Shell { ledger: self.ledger.health(), counters: &counters, trace: &self.trace };
        self.desk.ask(now, request, &mut self.node, &shell);
    }

    fn may_sleep(&mut self) -> bool {
        let quiet = self.media.iter_mut().all(|wires| wires.events.prepare_to_sleep());
        quiet && self.recorder.prepare_to_sleep()
    }

    async fn sleep(&mut self) {
        let now: Now = self.clock.now();
        let idle = if self.draining { IDLE_DRAINING } else { IDLE };
        let idle = self.clock.instant(now.mono + idle);
        let due = self.node.poll_timeout().into_iter().chain(self.behind.due()).min();
        let due = due.map_or(idle, |due| self.clock.instant(due).min(idle));
        let timer = tokio::time::sleep_until(due.into());
        tokio::pin!(timer);
        let Thread { udp, links, resolver, link_events, link_event, bells, nudges, nudge, .. } = self;
        std::future::poll_fn(|cx| {
            let mut woken = timer.as_mut().poll(cx).is_ready();
            woken |= udp.iter().any(|listener| listener.socket.poll_recv_ready(cx).is_ready());
            woken |= bells.iter().any(|bell| rung(bell, cx));
            woken |= links.poll_accept(cx);
            woken |= resolver.poll(cx);
            if let Poll::Ready(Some(event)) = link_events.poll_recv(cx) {
                woken = true;
                *link_event = Some(event);
            }
            if let Poll::Ready(Some(taken)) = nudges.poll_recv(cx) {
                woken = true;
                *nudge = Some(taken);
            }
            if woken { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
}

/// Whether the bell was rung; `Receiver::awake` silences it.
fn rung(bell: &AsyncFd<OwnedFd>, cx: &mut Context<'_>) -> bool {
    match bell.poll_read_ready(cx) {
        Poll::Ready(Ok(mut guard)) => {
            guard.clear_ready();
            true
        }
        Poll::Ready(Err(_)) | Poll::Pending => false,
    }
}
