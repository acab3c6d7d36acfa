//! The switch's media: one worker or three, as many as the seed says, their ports, and the lanes between them and the
//! signalling thread. Where a stream goes from one worker to another, what is sent to it meanwhile waits, as in a socket.

use crate::{Packet, World};
use media::{Command, Event, Output, Slot, StreamSnapshot, Verdict, Worker, WorkerConfig, recording};
use node::Input;
use std::collections::{BTreeMap, VecDeque};
use std::net::{IpAddr, SocketAddr};
use terms::{Mono, Now, StreamId};

/// The ports of each worker.
const PORTS: u16 = 1_000;
const FIRST_PORT: u16 = 20_000;

/// How many workers a world with this seed has.
pub(crate) fn workers_of(seed: u64) -> u16 {
    if seed / 4 % 2 == 1 { 1 } else { 3 }
}

/// Who has a port.
#[derive(Clone, Copy, Debug)]
struct Seat {
    worker: usize,
    stream: StreamId,
    slot: Slot,
}

/// All of it.
pub(crate) struct Media {
    address: IpAddr,
    workers: Vec<Worker>,
    seats: BTreeMap<u16, Seat>,
    /// What comes for streams that are between two workers, by port.
    shelf: BTreeMap<u16, VecDeque<Packet>>,
    /// What waited there for a stream that has arrived.
    waited: VecDeque<Packet>,
    down: VecDeque<(Mono, u16, Command)>,
    up: VecDeque<(Mono, u16, Event)>,
}

impl Media {
    /// Workers without streams. With an odd seed, they have port pairs open in advance.
    pub(crate) fn new(address: IpAddr, seed: u64) -> Media {
        let kept_pairs = if seed.is_multiple_of(2) { 0 } else { 6 };
        let worker = |nth: u16| {
            let ports = (FIRST_PORT + nth * PORTS, FIRST_PORT + nth * PORTS + PORTS - 1);
            Worker::new(WorkerConfig { address, ports, kept_pairs, seed: seed ^ u64::from(nth) << 32 })
        };
        Media {
            address,
            workers: (0..workers_of(seed)).map(worker).collect(),
            seats: BTreeMap::new(),
            shelf: BTreeMap::new(),
            waited: VecDeque::new(),
            down: VecDeque::new(),
            up: VecDeque::new(),
        }
    }

    /// When something happens here by itself.
    pub(crate) fn next(&self) -> Option<Mono> {
        let lanes = [self.down.front().map(|(at, ..)| *at), self.up.front().map(|(at, ..)| *at)];
        self.workers.iter().map(Worker::poll_timeout).chain(lanes).flatten().min()
    }

    pub(crate) fn handle_timeout(&mut self, now: Now) {
        let due = |worker: &&mut Worker| worker.poll_timeout().is_some_and(|at| at <= now.mono);
        self.workers.iter_mut().filter(due).for_each(|worker| worker.handle_timeout(now));
    }

    /// A command leaves the signalling thread.
    pub(crate) fn tell(&mut self, at: Mono, worker: u16, command: Command) {
        self.down.push_back((at, worker, command));
    }

    /// Commands that have not come to their worker yet.
    pub(crate) fn commands_underway(&self) -> impl Iterator<Item = &Command> {
        self.down.iter().map(|(.., command)| command)
    }

    /// Whether a worker has said something that call control has not heard yet.
    pub(crate) fn has_told(&self) -> bool {
        !self.up.is_empty()
    }

    /// The streams of all workers.
    pub(crate) fn streams(&self) -> Vec<StreamSnapshot> {
        self.workers.iter().flat_map(|worker| worker.inspect().streams).collect()
    }

    /// The worker and the stream that have a port.
    pub(crate) fn at(&self, port: u16) -> Option<(usize, StreamId)> {
        self.seats.get(&port).map(|seat| (seat.worker, seat.stream))
    }

    /// The ports that streams have.
    pub(crate) fn ports(&self) -> Vec<u16> {
        self.seats.keys().copied().collect()
    }

    fn address_of(&self, worker: usize, slot: Slot, rtcp: bool) -> SocketAddr {
        let has = |(_, seat): &(&u16, &Seat)| (seat.worker, seat.slot) == (worker, slot);
        let port = self.seats.iter().find(has).map_or(0, |(port, _)| *port);
        SocketAddr::new(self.address, port + u16::from(rtcp))
    }

    /// The packets that a worker wants sent.
    fn transmit(&mut self, worker: usize) -> Vec<Packet> {
        let mut sent = vec![];
        while let Some(packet) = self.workers[worker].poll_transmit() {
            sent.push((packet.slot, packet.rtcp, packet.to, packet.packet.to_vec()));
        }
        let addressed = sent.into_iter().map(|(slot, rtcp, to, bytes)| {
            let from = self.address_of(worker, slot, rtcp);
            Packet { from, to, bytes: bytes.into() }
        });
        addressed.collect()
    }

    /// Does what a worker asks of its shell; what is for the recorder comes back.
    fn obey(&mut self, now: Now, told_at: Mono, worker: usize, output: Output) -> Option<recording::Input> {
        match output {
            Output::Bind { stream, port } => self.seat(now, worker, stream, port),
            Output::TakeUp { stream, port } => {
                self.waited.extend(self.shelf.remove(&port).unwrap_or_default());
                self.seat(now, worker, stream, port);
            }
            Output::Unbind { stream, .. } => self.seats.retain(|_, seat| seat.stream != stream),
            Output::LayDown { stream } => {
                let port = self.seats.iter().find(|(_, seat)| seat.stream == stream).map(|(port, _)| *port);
                port.into_iter()
                    .for_each(|port| _ = (self.seats.remove(&port), self.shelf.insert(port, VecDeque::new())));
            }
            Output::GiveBack { port } => {
                let home = self.workers.iter_mut().find(|worker| worker.has_port(port));
                home.into_iter().for_each(|home| home.given_back(now, port));
            }
            // In every fourth one the old peer still sends.
            Output::Prepare { port } => self.workers[worker].prepared(now, port, port % 8 != 0),
            Output::ConnectSocket { .. } | Output::Stranger { .. } => {}
            Output::Event(event) => self.up.push_back((told_at, worker as u16, event)),
            Output::Recorder(input) => return Some(input),
        }
        None
    }

    fn seat(&mut self, now: Now, worker: usize, stream: StreamId, port: u16) {
        if let Some(slot) = self.workers[worker].slot(stream) {
            self.seats.insert(port, Seat { worker, stream, slot });
        }
        self.workers[worker].bound(now, stream, true);
    }
}

impl World {
    /// Carries what is due on the lanes, commands first; then what waited for streams that have arrived.
    pub(crate) fn carry_media(&mut self) {
        let now = self.now();
        while let Some((_, worker, command)) = self.media.down.pop_front_if(|(at, ..)| *at <= now.mono) {
            self.media.workers[usize::from(worker)].handle_input(now, command);
            self.flush();
        }
        while let Some(packet) = self.media.waited.pop_front() {
            self.deliver_rtp(packet);
        }
        while let Some((_, worker, event)) = self.media.up.pop_front_if(|(at, ..)| *at <= now.mono) {
            self.node.handle_input(now, Input::Media { worker, event });
            self.flush();
        }
    }

    /// A packet comes to one of the ports of sound.
    pub(crate) fn deliver_rtp(&mut self, packet: Packet) {
        let now = self.now();
        let (port, is_rtcp) = (packet.to.port() & !1, packet.to.port() & 1 == 1);
        if let Some(waiting) = self.media.shelf.get_mut(&port) {
            return waiting.push_back(packet);
        }
        let Some(Seat { worker, stream: speaker, slot }) = self.media.seats.get(&port).copied() else { return };
        if is_rtcp {
            let _refused = self.media.workers[worker].ingest_rtcp(now, slot, packet.from, &packet.bytes);
            return;
        }
        let mut bytes = packet.bytes.to_vec();
        let verdict = self.media.workers[worker].ingest(now, slot, packet.from, &mut bytes);
        if let Verdict::Forward { slot, to, start, end } = verdict {
            let from = self.media.address_of(worker, slot, false);
            if let Some((_, listener)) = self.media.at(from.port()) {
                self.assert_may_hear(listener, speaker);
            }
            let bytes = bytes[start..end].to_vec().into();
            self.network.send(now.mono, Packet { from, to, bytes }, false);
        }
    }

    /// Carries what the workers have to say.
    pub(crate) fn flush_media(&mut self, quiet: &mut bool) {
        let now = self.now();
        for worker in 0..self.media.workers.len() {
            for packet in self.media.transmit(worker) {
                *quiet = false;
                self.network.send(now.mono, packet, false);
            }
            while let Some(output) = self.media.workers[worker].poll_output() {
                *quiet = false;
                let recorded = self.media.obey(now, now.mono + self.media_delay, worker, output);
                recorded.into_iter().for_each(|input| self.recorder.handle_input(now, input));
            }
        }
    }
}
