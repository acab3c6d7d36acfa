//! A media thread: one `media::Worker`, its sockets, and an epoll loop around them.
//!
//! Each stream has an RTP and an RTCP socket. Once a stream has latched for good, its RTP socket is connected, so that the
//! kernel drops strangers and sends need no address. Nobody counts these strangers: the refused packets that are counted
//! are those of other streams, and reports. What waited in the socket when it was connected may still be theirs,
//! so the source of each packet is looked at. A packet is received into one buffer, rewritten there and sent on; nothing
//! is copied or allocated for it.
//!
//! After a pass with little to do the thread sleeps for [`COALESCE`], so that the packets of many streams share one
//! wake-up (a wake-up costs more than a packet); a pass with much to do is followed by the next one at once. Times of
//! sounds come from the worker's absolute deadlines, met to the millisecond.
//!
//! Commands and events are never lost: events wait here when their lane is full. Audio frames for the recorder are.
//! While there are streams the thread looks for commands every [`DOZE`], and sooner when packets come: nobody wakes it for
//! a command that can wait so long, and that is all but those who want an answer. What was agreed before a packet was sent
//! is still in force when it comes, since commands go first.

use super::kept::{Kept, watch};
use super::places::Places;
use super::poller::{Poller, Token};
use super::shelf::Shelf;
use super::sockets::{Sockets, datagram, send};
use crate::clock::Clock;
use lane::{Receiver, Sender};
use media::{
    Command, DropReason, Event, Output, Slot, StreamEvent, Transmit, Verdict, Worker, WorkerConfig, recording,
};
use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::net::{IpAddr, SocketAddr};
use std::os::fd::AsFd;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};
use terms::{CaptureId, Now, StreamId};

/// How long packets gather before the thread looks again, when it has little to do.
const COALESCE: Duration = Duration::from_millis(2);
/// A pass that moved this many packets is followed by the next one without sleep.
const BUSY: usize = 32;
/// How long commands wait where nothing else wakes the thread.
const DOZE: Duration = Duration::from_millis(5);
/// Commands obeyed before packets have their turn.
const COMMANDS: usize = 64;
/// How soon a full lane is tried again.
const RETRY: Duration = Duration::from_millis(5);
/// How long a stopping thread waits for room in its lanes.
const PARTING: Duration = Duration::from_secs(2);
/// The longest datagram that is read; audio packets have a few hundred bytes.
const DATAGRAM: usize = 2_048;

/// The lanes of a media thread.
pub struct Lanes {
    /// Down, from signalling.
    pub commands: Receiver<Command>,
    /// Up to it.
    pub events: Sender<Event>,
    /// To the recorder.
    pub frames: Sender<recording::Input>,
}

/// What media threads share with each other and with those who look at them.
#[derive(Clone, Debug, Default)]
pub struct Shared {
    /// What this one counts.
    pub gauges: Arc<Gauges>,
    /// What lies between it and the others: one shelf for all.
    pub shelf: Arc<Shelf>,
}

/// Starts a media thread. It ends when the sender of its commands is gone, after it has closed every stream and
/// ended every recording.
pub fn spawn(
    config: WorkerConfig,
    address: IpAddr,
    lanes: Lanes,
    clock: Clock,
    shared: Shared,
) -> io::Result<JoinHandle<()>> {
    let mut shell = Shell::new(config, address, lanes, clock, shared)?;
    thread::Builder::new().name("media".into()).spawn(move || shell.run())
}

/// What happened, for the log.
#[derive(Debug, Default)]
struct Counts {
    received: u64,
    sent: u64,
    unsent: u64,
    frames_dropped: u64,
    wake_ups: u64,
    dropped: [u64; DropReason::ALL.len()],
}

/// The same for other threads to look at; brought up to date after each pass.
#[derive(Debug, Default)]
pub struct Gauges {
    /// Packets that arrived.
    pub received: AtomicU64,
    /// Packets sent.
    pub sent: AtomicU64,
    /// Packets that the kernel did not take.
    pub unsent: AtomicU64,
    /// Frames that the recorder had no room for.
    pub frames_dropped: AtomicU64,
    dropped: [AtomicU64; DropReason::ALL.len()],
}

impl Gauges {
    /// Packets refused, by reason; reasons that never came are left out.
    pub fn dropped(&self) -> impl Iterator<Item = (DropReason, u64)> {
        let counts = self.dropped.iter().map(|count| count.load(Relaxed));
        DropReason::ALL.into_iter().zip(counts).filter(|(_, count)| *count > 0)
    }

    fn show(&self, counts: &Counts) {
        self.received.store(counts.received, Relaxed);
        self.sent.store(counts.sent, Relaxed);
        self.unsent.store(counts.unsent, Relaxed);
        self.frames_dropped.store(counts.frames_dropped, Relaxed);
        self.dropped.iter().zip(counts.dropped).for_each(|(gauge, count)| gauge.store(count, Relaxed));
    }
}

/// Whose frames were lost: recording, side, stream.
type LostOf = (CaptureId, u8, StreamId);

struct Shell {
    worker: Worker,
    address: IpAddr,
    poller: Poller,
    /// By slot.
    sockets: Vec<Option<Sockets>>,
    slots: BTreeMap<StreamId, (Slot, u16)>,
    places: Places,
    kept: Kept,
    commands: Receiver<Command>,
    events: Sender<Event>,
    events_waiting: VecDeque<Event>,
    frames: Sender<recording::Input>,
    frames_waiting: VecDeque<recording::Input>,
    /// The source, and the samples that found no room since the recorder was told last.
    frames_lost: BTreeMap<LostOf, (u32, u64)>,
    clock: Clock,
    counts: Counts,
    shared: Shared,
}

impl Shell {
    fn new(config: WorkerConfig, address: IpAddr, lanes: Lanes, clock: Clock, shared: Shared) -> io::Result<Shell> {
        let (poller, Lanes { commands, events, frames }) = (Poller::new()?, lanes);
        poller.watch(commands.doorbell(), Token::Doorbell)?;
        Ok(Shell {
            address,
            worker: Worker::new(config),
            poller,
            sockets: Vec::new(),
            slots: BTreeMap::new(),
            places: Places::default(),
            kept: Kept::default(),
            commands,
            events,
            events_waiting: VecDeque::new(),
            frames,
            frames_waiting: VecDeque::new(),
            frames_lost: BTreeMap::new(),
            clock,
            counts: Counts::default(),
            shared,
        })
    }

    fn run(&mut self) {
        let mut ready = Vec::new();
        let mut buffer = [0; DATAGRAM];
        while !self.commands.is_closed() {
            self.wait(&mut ready);
            // Commands first: what was agreed before a packet was sent is in force when the packet comes.
            let obeyed = self.obey();
            let before = self.counts.received;
            // One look at the clock is enough for a pass: it is shorter than what a sleep hides anyway.
            let now = self.clock.now();
            for token in ready.drain(..) {
                match token {
                    Token::Doorbell => {}
                    Token::Port(port) => self.hear(now, port, &mut buffer),
                    Token::Place(_) => {}
                }
            }
            self.expire();
            self.push_waiting();
            self.shared.gauges.show(&self.counts);
            let moved = (self.counts.received - before) as usize;
            if moved > 0 && moved < BUSY && obeyed < COMMANDS {
                thread::sleep(COALESCE.min(self.until_deadline().unwrap_or(COALESCE)));
            }
        }
        self.stop();
    }

    /// Waits for packets, commands or the next deadline.
    fn wait(&mut self, ready: &mut Vec<Token>) {
        let (rests, longest) = match self.slots.is_empty() {
            true => (self.commands.prepare_to_sleep(), None),
            false => (self.commands.prepare_to_doze(), Some(DOZE)),
        };
        let retry = self.has_waiting().then_some(RETRY);
        let timeout = match rests {
            true => [longest, retry, self.until_deadline()].into_iter().flatten().min(),
            false => Some(Duration::ZERO),
        };
        if let Err(error) = self.poller.wait(ready, timeout) {
            tracing::error!(%error, "waiting for packets failed");
            thread::sleep(RETRY);
        }
        self.counts.wake_ups += 1;
        self.commands.awake();
    }

    fn until_deadline(&self) -> Option<Duration> {
        self.worker.poll_timeout().map(|at| at - self.clock.now().mono)
    }

    fn obey(&mut self) -> usize {
        self.take_back();
        for obeyed in 0..COMMANDS {
            let Some(command) = self.commands.pop() else { return obeyed };
            let now = self.clock.now();
            self.worker.handle_input(now, command);
            self.settle(now);
        }
        COMMANDS
    }

    fn expire(&mut self) {
        let now = self.clock.now();
        if self.worker.poll_timeout().is_some_and(|at| at <= now.mono) {
            self.worker.handle_timeout(now);
            self.settle(now);
        }
    }

    /// Takes what has arrived at a port, for whoever has it now.
    fn hear(&mut self, now: Now, port: u16, buffer: &mut [u8]) {
        match self.places.get(port) {
            Some(slot) if port & 1 == 0 => self.receive(now, slot, buffer),
            Some(slot) => self.receive_report(now, slot, buffer),
            None => self.kept.hear(port),
        }
    }

    /// Takes one packet. What else waits in the socket is there in the next pass: to look for it now would cost a system
    /// call a packet, nearly always in vain.
    fn receive(&mut self, now: Now, slot: u32, buffer: &mut [u8]) {
        let Some(Some(pair)) = self.sockets.get(slot as usize) else { return };
        let Some((length, from)) = datagram(&pair.rtp, buffer) else { return };
        self.counts.received += 1;
        let packet = buffer.get_mut(..length).unwrap_or_default();
        match self.worker.ingest(now, Slot(slot), from, packet) {
            Verdict::Forward { slot, to, start, end } => {
                let sent = packet.get(start..end).is_some_and(|packet| send(&self.sockets, slot, false, to, packet));
                self.counts.note(sent);
            }
            Verdict::Drop(reason) => self.counts.refuse(reason),
            Verdict::Absorbed => {}
        }
        self.settle(now);
    }

    fn receive_report(&mut self, now: Now, slot: u32, buffer: &mut [u8]) {
        let Some(Some(pair)) = self.sockets.get(slot as usize) else { return };
        let Some((length, from)) = datagram(&pair.rtcp, buffer) else { return };
        self.counts.received += 1;
        if let Err(reason) = self.worker.ingest_rtcp(now, Slot(slot), from, buffer.get(..length).unwrap_or_default()) {
            self.counts.refuse(reason);
        }
        self.settle(now);
    }

    /// Does what the worker asks: packets first, since a stream says goodbye before its sockets go.
    fn settle(&mut self, now: Now) {
        loop {
            while let Some(Transmit { slot, rtcp, to, packet }) = self.worker.poll_transmit() {
                self.counts.note(send(&self.sockets, slot, rtcp, to, packet));
            }
            let Some(output) = self.worker.poll_output() else { return };
            match output {
                Output::Bind { stream, port } => {
                    let bound = self.bind(stream, port);
                    if let Err(error) = &bound {
                        tracing::warn!(%error, port, "cannot bind an RTP port");
                    }
                    self.worker.bound(now, stream, bound.is_ok());
                }
                Output::Unbind { stream, keep } => self.unbind(stream, keep),
                Output::LayDown { stream } => self.lay_down(stream),
                Output::TakeUp { stream, port } => {
                    let taken = self.take_up(stream, port);
                    if let Err(error) = &taken {
                        tracing::warn!(%error, port, "a stream came without its sockets: a call loses a side");
                    }
                    self.worker.bound(now, stream, taken.is_ok());
                }
                Output::GiveBack { port } => self.shared.shelf.give_back(port),
                Output::Prepare { port } => {
                    let prepared = self.kept.prepare(&self.poller, self.address, port);
                    self.worker.prepared(now, port, prepared.is_ok());
                }
                Output::ConnectSocket { stream, remote } => self.connect(stream, remote),
                Output::Stranger { call, from, expected, .. } => {
                    let expected = expected.map_or_else(|| "nobody".to_owned(), |expected| expected.to_string());
                    tracing::info!(%call, %from, %expected, "sound from elsewhere is refused");
                }
                Output::Event(event) => {
                    if let Event::Stream(stream, StreamEvent::OpenFailed) = &event {
                        tracing::warn!(
                            ?stream,
                            "no RTP port is free: a call is refused or loses a side; see [listen] rtp"
                        );
                    }
                    self.events_waiting.push_back(event);
                }
                Output::Recorder(input) => self.record(input),
            }
        }
    }

    fn bind(&mut self, stream: StreamId, port: u16) -> io::Result<()> {
        let Some(slot) = self.worker.slot(stream) else { return Ok(()) };
        let pair = match self.kept.take(port) {
            Some(pair) => pair,
            None => self.watched(port, Sockets::bind(self.address, port)?)?,
        };
        self.seat(stream, slot, port, pair);
        Ok(())
    }

    fn watched(&self, port: u16, pair: Sockets) -> io::Result<Sockets> {
        watch(&self.poller, port, &pair)?;
        Ok(pair)
    }

    fn seat(&mut self, stream: StreamId, slot: Slot, port: u16, pair: Sockets) {
        let place = slot.0 as usize;
        if self.sockets.len() <= place {
            self.sockets.resize_with(place + 1, || None);
        }
        if let Some(free) = self.sockets.get_mut(place) {
            *free = Some(pair);
        }
        self.places.set(port, slot);
        self.slots.insert(stream, (slot, port));
    }

    /// Another thread goes on with a stream: what has arrived, and is not read yet, goes with its sockets.
    fn lay_down(&mut self, stream: StreamId) {
        let Some((slot, port)) = self.slots.remove(&stream) else { return };
        self.places.clear(port);
        let Some(pair) = self.sockets.get_mut(slot.0 as usize).and_then(Option::take) else { return };
        let forgotten = self.poller.forget(pair.rtp.as_fd()).and_then(|()| self.poller.forget(pair.rtcp.as_fd()));
        if let Err(error) = forgotten {
            tracing::warn!(%error, port, "a stream that goes to another thread is still watched by this one");
        }
        self.shared.shelf.lay_down(port, pair);
    }

    fn take_up(&mut self, stream: StreamId, port: u16) -> io::Result<()> {
        let Some(slot) = self.worker.slot(stream) else { return Ok(()) };
        let pair = self.shared.shelf.take_up(port).ok_or(io::ErrorKind::NotFound)?;
        let pair = self.watched(port, pair)?;
        self.seat(stream, slot, port, pair);
        Ok(())
    }

    /// Ports of this worker whose streams were closed elsewhere.
    fn take_back(&mut self) {
        let home = self.shared.shelf.take_back(|port| self.worker.has_port(port));
        for port in home {
            self.worker.given_back(self.clock.now(), port);
        }
    }

    fn unbind(&mut self, stream: StreamId, keep: bool) {
        let Some((slot, port)) = self.slots.remove(&stream) else { return };
        self.places.clear(port);
        let pair = self.sockets.get_mut(slot.0 as usize).and_then(Option::take);
        if let Some(pair) = pair.filter(|_| keep) {
            self.kept.put(port, pair);
        }
    }

    fn connect(&mut self, stream: StreamId, remote: Option<SocketAddr>) {
        let slot = self.slots.get(&stream).map(|(slot, _)| slot.0 as usize);
        let Some(Some(pair)) = slot.and_then(|slot| self.sockets.get_mut(slot)) else { return };
        if let Err(error) = pair.connect(remote) {
            // Not fatal: the worker checks each source anyway.
            tracing::warn!(%error, ?remote, "cannot connect an RTP socket");
        }
    }

    /// Frames are dropped when the recorder does not keep up; the recorder writes silence and reports the gap. What waits
    /// goes first: no frame overtakes its recording's beginning, or what was lost before it.
    fn record(&mut self, input: recording::Input) {
        if !self.frames_waiting.is_empty() || !self.frames_lost.is_empty() {
            self.push_frames();
        }
        if !self.frames_waiting.is_empty() || !self.frames_lost.is_empty() {
            return self.keep(input);
        }
        if let Err(input) = self.frames.push(input) {
            self.keep(input);
        }
    }

    /// Of a frame that finds no room its length is kept, of anything else all.
    fn keep(&mut self, input: recording::Input) {
        match input {
            recording::Input::Frame { capture, channel, stream, ssrc, payload, .. } => {
                self.counts.frames_dropped += 1;
                let lost = self.frames_lost.entry((capture, channel, stream)).or_default();
                *lost = (ssrc, lost.1 + payload.len() as u64);
            }
            recording::Input::End { capture, .. } => {
                let first = (capture, 0, StreamId(0));
                let last = (capture, u8::MAX, StreamId(u64::MAX));
                let of_it: Vec<_> = self.frames_lost.range(first..=last).map(|(key, lost)| (*key, *lost)).collect();
                for (key, lost) in of_it {
                    self.frames_lost.remove(&key);
                    self.frames_waiting.push_back(lost_input(key, lost));
                }
                self.frames_waiting.push_back(input);
            }
            other => self.frames_waiting.push_back(other),
        }
    }

    fn push_frames(&mut self) {
        if self.frames.is_closed() {
            self.frames_lost.clear();
        }
        put_all(&mut self.frames, &mut self.frames_waiting);
        self.frames.ring();
        while self.frames_waiting.is_empty()
            && let Some((key, lost)) = self.frames_lost.pop_first()
        {
            if self.frames.push(lost_input(key, lost)).is_err() {
                self.frames_lost.insert(key, lost);
                return;
            }
        }
    }

    fn has_waiting(&self) -> bool {
        !self.events_waiting.is_empty() || !self.frames_waiting.is_empty() || !self.frames_lost.is_empty()
    }

    fn push_waiting(&mut self) {
        // A spare pair is there for whoever wants one: nobody is woken to hear of it.
        let rings = self.events_waiting.iter().any(|event| !matches!(event, Event::Spare { .. }));
        put_all(&mut self.events, &mut self.events_waiting);
        if rings {
            self.events.ring();
        }
        self.push_frames();
    }

    /// The switch stops: every stream is closed and every recording ended, and whoever still listens is told.
    fn stop(&mut self) {
        let now = self.clock.now();
        self.worker.finish(now);
        self.settle(now);
        let began = Instant::now();
        self.push_waiting();
        while self.has_waiting() && began.elapsed() < PARTING {
            thread::sleep(RETRY);
            self.push_waiting();
        }
        tracing::debug!(counts = ?self.counts, "a media thread ends");
    }
}

impl Counts {
    fn note(&mut self, sent: bool) {
        *(if sent { &mut self.sent } else { &mut self.unsent }) += 1;
    }

    fn refuse(&mut self, reason: DropReason) {
        if let Some(count) = self.dropped.get_mut(reason as usize) {
            *count += 1;
        }
    }
}

fn lost_input((capture, channel, stream): LostOf, (ssrc, samples): (u32, u64)) -> recording::Input {
    recording::Input::Lost { capture, channel, stream, ssrc, samples }
}

/// Moves what fits into a lane, without ringing; what nobody will ever take is dropped.
fn put_all<T>(lane: &mut Sender<T>, waiting: &mut VecDeque<T>) {
    if lane.is_closed() {
        waiting.clear();
    }
    while let Some(item) = waiting.pop_front() {
        if let Err(item) = lane.put(item) {
            return waiting.push_front(item);
        }
    }
}

#[cfg(test)]
#[path = "media_tests.rs"]
mod tests;
