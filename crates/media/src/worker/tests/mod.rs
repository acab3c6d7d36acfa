//! Scenarios for the worker, in virtual time.

mod capture;
mod invariants;
mod latching;
mod levels;
mod mixer;
mod moving;
mod press;
mod quiet;
mod relay;
mod reports;
mod sounds;
mod streams;

use super::*;
use crate::codec::{Codec, Format};
use crate::rtp::packet;
use crate::{Groups, Hearing, KeySet, PlayOutcome, Playing, Sound, StreamSettings, Tone, Trust};
use std::time::Duration;
use terms::{CallRef, PlayId, Wall};

/// What the worker sent or forwarded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Sent {
    pub(super) at: Mono,
    pub(super) stream: StreamId,
    pub(super) rtcp: bool,
    pub(super) to: SocketAddr,
    pub(super) packet: Vec<u8>,
}

impl Sent {
    pub(super) fn header(&self) -> packet::Header {
        packet::parse(&self.packet).expect("RTP")
    }
    pub(super) fn payload(&self) -> &[u8] {
        let header = self.header();
        &self.packet[header.start..header.end]
    }
}

/// A worker with a clock, whose sockets always bind, and everything that came out of it.
pub(super) struct Bench {
    pub(super) worker: Worker,
    pub(super) now: Now,
    pub(super) sent: Vec<Sent>,
    pub(super) outputs: Vec<Output>,
    /// What was said of each stream's hearing last.
    levels: BTreeMap<u64, Hearing>,
}

pub(super) fn stream(n: u64) -> StreamId {
    StreamId(n)
}

pub(super) fn addr(text: &str) -> SocketAddr {
    text.parse().expect("an address")
}

/// The signalled address of the n-th peer.
pub(super) fn peer(n: u64) -> SocketAddr {
    addr(&format!("192.0.2.{n}:4000"))
}

pub(super) fn settings(n: u64, codec: Codec) -> StreamSettings {
    let format = Format { codec, payload_type: codec.static_payload_type() };
    StreamSettings {
        remote: peer(n),
        remote_rtcp: addr(&format!("192.0.2.{n}:4001")),
        send: format,
        receive: vec![format],
        send_events: Some(101),
        receive_events: Some(101),
        sending: true,
        receiving: true,
        packet_time: Duration::from_millis(20),
        trust: Trust::Device { via: peer(n).ip() },
        keeps: KeySet::NONE,
    }
}

/// A packet of a peer: 160 octets of 0x55.
pub(super) fn rtp(payload_type: u8, sequence: u16, timestamp: u32, ssrc: u32) -> Vec<u8> {
    let mut packet = packet::header(false, payload_type, sequence, timestamp, ssrc).to_vec();
    packet.extend([0x55; 160]);
    packet
}

/// A packet of a key.
pub(super) fn key(code: u8, sequence: u16, timestamp: u32, ssrc: u32, end: bool, duration: u16) -> Vec<u8> {
    let mut packet = packet::header(false, 101, sequence, timestamp, ssrc).to_vec();
    packet.extend([code, u8::from(end) << 7 | 10]);
    packet.extend(duration.to_be_bytes());
    packet
}

impl Bench {
    pub(super) fn new() -> Bench {
        let address = addr("192.0.2.100:0").ip();
        let worker = Worker::new(WorkerConfig { address, ports: (10_000, 10_099), kept_pairs: 0, seed: 7 });
        let now = Now { mono: Mono::from_micros(1_001_000), wall: Wall::from_millis(1_795_000_000_000) };
        Bench { worker, now, sent: Vec::new(), outputs: Vec::new(), levels: BTreeMap::new() }
    }

    /// Two peers, 1 with PCMU and 2 with `codec`, who hear each other.
    pub(super) fn bridged(codec: Codec) -> Bench {
        let mut bench = Bench::new();
        bench.ready(1, settings(1, Codec::Pcmu));
        bench.ready(2, settings(2, codec));
        bench.hear(1, 2);
        bench.hear(2, 1);
        bench
    }

    pub(super) fn ready(&mut self, n: u64, settings: StreamSettings) {
        self.command(Command::Open { stream: stream(n), call: CallRef(1), spare: None });
        self.configure(n, settings);
    }

    pub(super) fn configure(&mut self, n: u64, settings: StreamSettings) {
        self.command(Command::Configure { stream: stream(n), settings: Box::new(settings) });
    }

    /// `listener` hears `speaker`, and nobody else and no sound. Each speaks to a group of his own.
    pub(super) fn hear(&mut self, listener: u64, speaker: u64) {
        self.level(speaker, |_| {});
        self.level(listener, |level| (level.hears, level.sound) = (Groups::of(speaker as u8), None));
    }

    pub(super) fn unhear(&mut self, listener: u64) {
        self.level(listener, |level| level.hears = Groups::NONE);
    }

    pub(super) fn play(&mut self, n: u64, play: u64, sound: Sound, repeat: bool) {
        self.level(n, |level| level.sound = Some(Playing { play: PlayId(play), sound, repeat, yields: false }));
    }

    /// `listener` hears `speaker`, and a tone that yields to him.
    pub(super) fn hear_over(&mut self, listener: u64, speaker: u64, play: u64) {
        self.level(speaker, |_| {});
        let sound = Playing { play: PlayId(play), sound: Sound::Tone(Tone::Busy), repeat: true, yields: true };
        self.level(listener, |level| (level.hears, level.sound) = (Groups::of(speaker as u8), Some(sound)));
    }

    pub(super) fn silence(&mut self, n: u64) {
        self.level(n, |level| level.sound = None);
    }

    fn level(&mut self, n: u64, change: impl FnOnce(&mut Hearing)) {
        let own = Hearing { speaks: Groups::of(n as u8), ..Hearing::default() };
        let level = self.levels.entry(n).or_insert(own);
        change(level);
        let levels = [(stream(n), *level)];
        self.levels(&levels);
    }

    pub(super) fn levels(&mut self, levels: &[(StreamId, Hearing)]) {
        self.command(Command::Hearings { call: CallRef(1), levels: levels.into() });
    }

    pub(super) fn command(&mut self, command: Command) {
        self.worker.handle_input(self.now, command);
        self.settle();
    }

    /// A packet from the n-th peer's signalled address.
    pub(super) fn say(&mut self, n: u64, packet: Vec<u8>) -> Verdict {
        self.packet(n, peer(n), packet)
    }

    pub(super) fn packet(&mut self, n: u64, from: SocketAddr, mut packet: Vec<u8>) -> Verdict {
        let slot = self.worker.slot(stream(n)).unwrap_or(Slot(u32::MAX));
        let verdict = self.worker.ingest(self.now, slot, from, &mut packet);
        if let Verdict::Forward { slot, to, start, end } = verdict {
            self.note(slot, false, to, packet[start..end].to_vec());
        }
        self.settle();
        verdict
    }

    fn note(&mut self, slot: Slot, rtcp: bool, to: SocketAddr, packet: Vec<u8>) {
        let stream = self.worker.stream(slot.0).map_or(StreamId(0), |s| s.id);
        self.sent.push(Sent { at: self.now.mono, stream, rtcp, to, packet });
    }

    fn settle(&mut self) {
        while let Some(Transmit { slot, rtcp, to, packet }) = self.worker.poll_transmit() {
            let packet = packet.to_vec();
            self.note(slot, rtcp, to, packet);
        }
        while let Some(output) = self.worker.poll_output() {
            if let Output::Bind { stream, .. } | Output::TakeUp { stream, .. } = output {
                self.worker.bound(self.now, stream, true);
            }
            self.outputs.push(output);
        }
    }

    /// Lets time pass without stopping at deadlines: a shell that was held up.
    pub(super) fn stall(&mut self, ms: u64) {
        self.now.mono += Duration::from_millis(ms);
        self.now.wall = Wall::from_millis(self.now.wall.as_millis() + ms as i64);
    }

    /// Lets time pass, with every deadline met.
    pub(super) fn advance(&mut self, ms: u64) {
        let (end, wall) = (self.now.mono + Duration::from_millis(ms), self.now.wall.as_millis() + ms as i64);
        while let Some(at) = self.worker.poll_timeout().filter(|at| *at <= end) {
            self.now.mono = self.now.mono.max(at);
            self.now.wall = Wall::from_millis(wall - (end - self.now.mono).as_millis() as i64);
            self.worker.handle_timeout(self.now);
            self.settle();
        }
        self.now = Now { mono: end, wall: Wall::from_millis(wall) };
    }

    /// The RTP that a stream's peer was sent.
    pub(super) fn heard_by(&self, n: u64) -> Vec<&Sent> {
        self.sent.iter().filter(|sent| sent.stream == stream(n) && !sent.rtcp).collect()
    }

    pub(super) fn events(&self) -> Vec<&Event> {
        self.outputs.iter().filter_map(|o| if let Output::Event(event) = o { Some(event) } else { None }).collect()
    }

    pub(super) fn digits(&self) -> String {
        self.events()
            .iter()
            .filter_map(
                |e| if let Event::Stream(_, StreamEvent::Digit { digit, .. }) = e { Some(*digit) } else { None },
            )
            .collect()
    }

    /// The keys that were told, and whether they are kept.
    pub(super) fn kept(&self) -> Vec<(char, bool)> {
        let of = |e: &&Event| match e {
            Event::Stream(_, StreamEvent::Digit { digit, kept }) => Some((*digit, *kept)),
            _ => None,
        };
        self.events().iter().filter_map(of).collect()
    }

    pub(super) fn finished(&self) -> Vec<(PlayId, PlayOutcome)> {
        let of = |e: &&Event| match e {
            Event::Stream(_, StreamEvent::PlayFinished { play, outcome }) => Some((*play, *outcome)),
            _ => None,
        };
        self.events().iter().filter_map(of).collect()
    }

    /// The strangers who were named: where from, and who was expected.
    pub(super) fn strangers(&self) -> Vec<(SocketAddr, Option<SocketAddr>)> {
        let of = |o: &Output| match o {
            Output::Stranger { from, expected, .. } => Some((*from, *expected)),
            _ => None,
        };
        self.outputs.iter().filter_map(of).collect()
    }

    pub(super) fn connects(&self) -> Vec<(StreamId, Option<SocketAddr>)> {
        let of = |o: &Output| match o {
            Output::ConnectSocket { stream, remote } => Some((*stream, *remote)),
            _ => None,
        };
        self.outputs.iter().filter_map(of).collect()
    }
}

/// One source, numbers that grow by one, timestamps that grow by whole packets, markers at these places only.
pub(super) fn assert_one_stream(sent: &[&Sent], markers: &[usize]) {
    for (n, pair) in sent.windows(2).enumerate() {
        let (a, b) = (pair[0].header(), pair[1].header());
        assert_eq!(a.ssrc, b.ssrc, "packet {}", n + 1);
        assert_eq!(a.sequence.wrapping_add(1), b.sequence, "packet {}", n + 1);
        let step = b.timestamp.wrapping_sub(a.timestamp);
        assert!((160..1 << 31).contains(&step) && step.is_multiple_of(160), "packet {}: {step}", n + 1);
    }
    let marked: Vec<usize> = sent.iter().enumerate().filter(|(_, s)| s.header().marker).map(|(n, _)| n).collect();
    assert_eq!(marked, markers);
}
