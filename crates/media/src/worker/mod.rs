//! A media worker: the streams of many calls, without I/O. Both legs of a call live on one worker.
//!
//! The shell owns sockets and the clock. After each call into the worker it sends everything that
//! [`Worker::poll_transmit`] yields, then obeys everything from [`Worker::poll_output`]. In that order: a closing
//! stream says goodbye (RTCP) before its sockets go.
//!
//! A packet does not pass through queues: [`Worker::ingest`] rewrites it where it lies and says to whom it goes on.
//! Whose packets go to whom is settled when a level changes, in `room`. Who hears several voices hears their sum, which
//! `mixer` makes at the beat of the room from what [`Worker::ingest`] puts aside in each `voice`.

mod capture;
mod commands;
mod knock;
mod mixer;
mod moving;
mod outbox;
mod press;
mod quiet;
mod receive;
mod report;
mod room;
mod snapshot;
mod stream;
mod tick;
mod timers;
mod voice;

#[cfg(test)]
mod tests;

use crate::ports::Ports;
use crate::rng::Rng;
use crate::{Command, Event, Output, PromptBook, StreamEvent};
use bytes::BytesMut;
pub use moving::StreamState;
pub use outbox::Transmit;
use serde::{Deserialize, Serialize};
pub use snapshot::{Snapshot, StreamSnapshot};
use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
pub use stream::DropReason;
use stream::Stream;
use terms::{CallRef, CaptureId, Mono, Now, StreamId};
use timers::{Timer, Timers};

/// What a worker must know at its start.
#[derive(Clone, Debug)]
pub struct WorkerConfig {
    /// The address that peers are told, and on which the shell binds.
    pub address: IpAddr,
    /// The first and last UDP port that may be used, both included. A stream takes two.
    pub ports: (u16, u16),
    /// Port pairs whose sockets may be open while no stream has them.
    pub kept_pairs: usize,
    /// For SSRCs, first sequence numbers, the order of ports and the times of reports.
    pub seed: u64,
}

/// A stream's place in the worker, small and dense, for the shell's own tables. It is used again once the stream's
/// `Output::Unbind` was given.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Slot(pub u32);

/// What to do with a packet that came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Nothing: it was refused, and counted.
    Drop(DropReason),
    /// Nothing: it was heard, but it goes nowhere.
    Absorbed,
    /// Send on `packet[start..end]`, which was rewritten in place.
    Forward {
        /// From this stream's RTP socket.
        slot: Slot,
        /// To this peer, where the socket is not connected.
        to: SocketAddr,
        /// The first byte to send.
        start: usize,
        /// The byte after the last one.
        end: usize,
    },
}

/// The worker.
#[derive(Debug)]
pub struct Worker {
    address: IpAddr,
    rng: Rng,
    ports: Ports,
    /// When to open pairs in advance.
    restock: Option<Mono>,
    book: Arc<PromptBook>,
    streams: Vec<Option<Box<Stream>>>,
    vacant: Vec<u32>,
    names: BTreeMap<StreamId, u32>,
    rooms: BTreeMap<CallRef, room::Room>,
    generation: u32,
    captures: BTreeMap<CaptureId, capture::Capture>,
    timers: Timers,
    outbox: outbox::Outbox,
    /// Where copies for the recorder are put next.
    copies: BytesMut,
    outputs: VecDeque<Output>,
    gone: u64,
    open_failures: u64,
    mixer: mixer::Mixer,
}

impl Worker {
    /// A worker without streams.
    pub fn new(config: WorkerConfig) -> Worker {
        let mut rng = Rng::new(config.seed);
        let (low, high) = config.ports;
        Worker {
            address: config.address,
            ports: Ports::new(low, high, config.kept_pairs, &mut rng),
            rng,
            restock: Some(Mono::ZERO).filter(|_| config.kept_pairs > 0),
            book: Arc::default(),
            streams: Vec::new(),
            vacant: Vec::new(),
            names: BTreeMap::new(),
            rooms: BTreeMap::new(),
            generation: 0,
            captures: BTreeMap::new(),
            timers: Timers::default(),
            outbox: outbox::Outbox::default(),
            copies: BytesMut::new(),
            outputs: VecDeque::new(),
            gone: 0,
            open_failures: 0,
            mixer: mixer::Mixer::default(),
        }
    }

    /// Obeys call control.
    pub fn handle_input(&mut self, now: Now, command: Command) {
        self.obey(now, command);
        self.prune();
    }

    /// The next packet to send.
    pub fn poll_transmit(&mut self) -> Option<Transmit<'_>> {
        self.outbox.pop()
    }

    /// The next thing to do or to tell.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When `handle_timeout` must be called.
    pub fn poll_timeout(&self) -> Option<Mono> {
        let timer = self.timers.first().map(|(at, ..)| at);
        [timer, self.ports.rested_at(), self.restock].into_iter().flatten().min()
    }

    /// Does everything whose time has come.
    pub fn handle_timeout(&mut self, now: Now) {
        while let Some((at, slot, timer)) = self.timers.first()
            && at <= now.mono
        {
            self.timers.drop_first();
            let Some(stream) = self.stream_mut(slot) else { continue };
            if stream.deadlines.get(timer) != Some(at) {
                continue;
            }
            stream.deadlines.clear(timer);
            match timer {
                Timer::Tick => self.tick(now, slot, at),
                Timer::Report => self.report(now, slot),
                Timer::Knock => self.knock(now, slot),
                Timer::Quiet => self.listen_for(now, slot),
                Timer::Key => self.key_packet(slot, at),
                Timer::Beat => self.beat(now, slot, at),
            }
        }
        while let Some(port) = self.ports.rested(now.mono) {
            self.outputs.push_back(Output::Prepare { port });
        }
        self.restock(now);
        self.prune();
    }

    /// Where a stream is, for the shell's tables.
    pub fn slot(&self, stream: StreamId) -> Option<Slot> {
        self.names.get(&stream).copied().map(Slot)
    }

    /// Drops deadlines that no stream has any more from the head, so that `poll_timeout` tells the truth.
    fn prune(&mut self) {
        while let Some((at, slot, timer)) = self.timers.first() {
            if self.stream(slot).is_some_and(|s| s.deadlines.get(timer) == Some(at)) {
                break;
            }
            self.timers.drop_first();
        }
    }

    fn stream(&self, slot: u32) -> Option<&Stream> {
        self.streams.get(slot as usize)?.as_deref()
    }

    fn stream_mut(&mut self, slot: u32) -> Option<&mut Stream> {
        self.streams.get_mut(slot as usize)?.as_deref_mut()
    }

    fn named(&self, stream: StreamId) -> Option<(u32, &Stream)> {
        let slot = *self.names.get(&stream)?;
        Some((slot, self.stream(slot)?))
    }

    fn named_mut(&mut self, stream: StreamId) -> Option<(u32, &mut Stream)> {
        let slot = *self.names.get(&stream)?;
        Some((slot, self.stream_mut(slot)?))
    }

    fn arm(&mut self, slot: u32, timer: Timer, at: Mono) {
        if let Some(stream) = self.streams.get_mut(slot as usize).and_then(|s| s.as_deref_mut()) {
            self.timers.set(slot, &mut stream.deadlines, timer, at);
        }
    }

    /// Arms a deadline that need not be exact.
    fn arm_about(&mut self, slot: u32, timer: Timer, at: Mono) {
        if let Some(stream) = self.streams.get_mut(slot as usize).and_then(|s| s.as_deref_mut()) {
            self.timers.set_about(slot, &mut stream.deadlines, timer, at);
        }
    }

    fn tell(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }

    fn tell_of(&mut self, stream: StreamId, event: StreamEvent) {
        self.tell(Event::Stream(stream, event));
    }
}
