//! The media thread with real sockets on the loopback interface.

use super::*;
use media::codec::Codec;
use media::rtp::packet;
use media::{Groups, Hearing, PlayOutcome, Playing, PromptBook, Sound, StreamSettings, StreamTotals, Trust};
use std::net::UdpSocket;
use std::sync::Arc;
use terms::{CallRef, CaptureId, PlayId, PromptId, limits};

const PATIENCE: Duration = Duration::from_secs(10);

/// A media thread and both ends of its lanes.
struct Bench {
    commands: Sender<Command>,
    events: Receiver<Event>,
    frames: Receiver<recording::Input>,
    thread: JoinHandle<()>,
}

/// A peer: a socket pair of his own.
struct Peer {
    rtp: UdpSocket,
    rtcp: UdpSocket,
    /// Where the switch listens for him.
    switch: SocketAddr,
}

impl Bench {
    fn start(ports: (u16, u16)) -> Bench {
        Bench::keeping(0, ports)
    }

    /// A thread of which so many port pairs keep their sockets.
    fn keeping(kept_pairs: usize, ports: (u16, u16)) -> Bench {
        Bench::beside(kept_pairs, ports, Clock::start(), Arc::default())
    }

    /// A thread beside others with the same clock and shelf.
    fn beside(kept_pairs: usize, ports: (u16, u16), clock: Clock, shelf: Arc<Shelf>) -> Bench {
        let config = WorkerConfig { address: [127, 0, 0, 1].into(), ports, kept_pairs, seed: 1 };
        let (commands, command_lane) = lane::ring(64).expect("a lane");
        let (event_lane, events) = lane::ring(64).expect("a lane");
        let (frame_lane, frames) = lane::ring(1_024).expect("a lane");
        let lanes = Lanes { commands: command_lane, events: event_lane, frames: frame_lane };
        let shared = Shared { gauges: Arc::default(), shelf };
        let thread = spawn(config, [127, 0, 0, 1].into(), lanes, clock, shared).expect("a thread");
        Bench { commands, events, frames, thread }
    }

    fn command(&mut self, command: Command) {
        self.commands.push(command).expect("room");
    }

    /// What streams of the one call hear, and who hears them.
    fn levels(&mut self, levels: &[(StreamId, Hearing)]) {
        self.command(Command::Hearings { call: CallRef(1), levels: levels.into() });
    }

    fn event(&mut self) -> Event {
        let began = Instant::now();
        loop {
            if let Some(event) = self.events.pop() {
                return event;
            }
            assert!(began.elapsed() < PATIENCE, "no event");
            self.events.wait(Some(Duration::from_millis(100)));
        }
    }

    fn open(&mut self, stream: StreamId) -> SocketAddr {
        self.command(Command::Open { stream, call: CallRef(1), spare: None });
        match self.event() {
            Event::Stream(opened, StreamEvent::Opened { local }) if opened == stream => local,
            other => panic!("{other:?}"),
        }
    }

    /// A stream with a peer.
    fn peer(&mut self, stream: StreamId, codec: Codec) -> Peer {
        let switch = self.open(stream);
        self.peer_at(switch, stream, codec)
    }

    /// The pair that is told to be spare.
    fn spare(&mut self) -> SocketAddr {
        match self.event() {
            Event::Spare { local } => local,
            other => panic!("{other:?}"),
        }
    }

    fn peer_at(&mut self, switch: SocketAddr, stream: StreamId, codec: Codec) -> Peer {
        let bind = || UdpSocket::bind("127.0.0.1:0").expect("a socket");
        let peer = Peer { rtp: bind(), rtcp: bind(), switch };
        peer.rtp.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        peer.rtcp.set_read_timeout(Some(PATIENCE)).expect("a timeout");
        let settings = StreamSettings {
            remote: peer.rtp.local_addr().expect("bound"),
            remote_rtcp: peer.rtcp.local_addr().expect("bound"),
            send: codec.static_format(),
            receive: vec![codec.static_format()],
            send_events: None,
            receive_events: None,
            sending: true,
            receiving: true,
            packet_time: Duration::from_millis(20),
            trust: Trust::Named,
            keeps: media::KeySet::NONE,
        };
        self.command(Command::Configure { stream, settings: Box::new(settings) });
        peer
    }

    fn closed(&mut self, stream: StreamId) -> StreamTotals {
        self.command(Command::Close { stream });
        loop {
            if let Event::Stream(closed, StreamEvent::Closed { totals }) = self.event()
                && closed == stream
            {
                return *totals;
            }
        }
    }

    fn stop(self) {
        drop(self.commands);
        self.thread.join().expect("no panic");
    }
}

impl Peer {
    fn say(&self, sequence: u16, payload: &[u8]) {
        let codec = Codec::Pcmu.static_payload_type();
        let mut packet = packet::header(false, codec, sequence, u32::from(sequence) * 160, 0x5eed).to_vec();
        packet.extend(payload);
        self.rtp.send_to(&packet, self.switch).expect("sent");
    }

    fn hear(&self) -> (packet::Header, Vec<u8>) {
        let mut buffer = [0; 2_048];
        let (length, from) = self.rtp.recv_from(&mut buffer).expect("a packet in time");
        assert_eq!(from, self.switch, "symmetric RTP");
        let header = packet::parse(&buffer[..length]).expect("RTP");
        (header, buffer[header.start..header.end].to_vec())
    }
}

const ANN: StreamId = StreamId(1);
const BOB: StreamId = StreamId(2);
const FLOOR: Hearing = Hearing { hears: Groups::FLOOR, speaks: Groups::FLOOR, keeps_keys: false, sound: None };

fn plays(play: u64, prompt: PromptId) -> Hearing {
    let sound = Playing { play: PlayId(play), sound: Sound::Prompt(prompt), repeat: false, yields: false };
    Hearing { sound: Some(sound), ..Hearing::default() }
}

#[test]
fn two_peers_hear_each_other_through_real_sockets() {
    let mut bench = Bench::start((21_000, 21_039));
    let (ann, bob) = (bench.peer(ANN, Codec::Pcmu), bench.peer(BOB, Codec::Pcmu));
    bench.levels(&[(ANN, FLOOR), (BOB, FLOOR)]);
    let mut last: [Option<packet::Header>; 2] = [None, None];
    for n in 0..50u16 {
        ann.say(1_000 + n, &[n as u8; 160]);
        bob.say(60_000 + n, &[100 + n as u8; 160]);
        for (side, (peer, expected)) in [(&bob, n as u8), (&ann, 100 + n as u8)].into_iter().enumerate() {
            let (header, payload) = peer.hear();
            assert_eq!(payload, [expected; 160]);
            assert_ne!(header.ssrc, 0x5eed);
            if let Some(before) = last[side].replace(header) {
                assert_eq!(header.ssrc, before.ssrc);
                assert_eq!(header.sequence, before.sequence.wrapping_add(1));
                assert_eq!(header.timestamp, before.timestamp.wrapping_add(160));
                assert!(!header.marker);
            }
        }
    }
    for stream in [ANN, BOB] {
        let totals = bench.closed(stream);
        assert_eq!((totals.packets_received, totals.packets_sent, totals.packets_dropped), (50, 50, 0));
    }
    let mut goodbye = [0; 256];
    assert!(bob.rtcp.recv(&mut goodbye).is_ok(), "RTCP says goodbye");
    bench.stop();
}

#[test]
fn a_prompt_is_paced_by_the_clock_and_its_end_is_told() {
    let mut bench = Bench::start((21_040, 21_079));
    let id = PromptId::of("welcome");
    let mut book = PromptBook::builder();
    book.samples(id, &[1_000; 8_000]).expect("a second of sound");
    bench.command(Command::Prompts(Arc::new(book.build())));
    let ann = bench.peer(ANN, Codec::Pcma);
    bench.levels(&[(ANN, plays(1, id))]);
    let began = Instant::now();
    let late_ms: Vec<i64> = (0..50)
        .map(|n| {
            let (_, payload) = ann.hear();
            assert_eq!(payload, [Codec::Pcma.code(1_000); 160]);
            began.elapsed().as_millis() as i64 - 20 * n
        })
        .collect();
    // A crowded machine has any of them late, and none is hurried after it; the worker's own test has the exact times.
    let soonest = |late_ms: &[i64]| late_ms.iter().min().copied().unwrap_or(0);
    let (first, last) = (soonest(&late_ms[..12]), soonest(&late_ms[12..]));
    assert!(last >= first - 10, "faster than the clock: {late_ms:?}");
    let finished =
        matches!(bench.event(), Event::Stream(_, StreamEvent::PlayFinished { outcome: PlayOutcome::Completed, .. }));
    assert!(finished);
    bench.stop();
}

#[test]
fn a_stranger_is_not_heard_and_a_disconnected_socket_hears_everybody_again() {
    let mut bench = Bench::start((21_080, 21_119));
    let (ann, bob) = (bench.peer(ANN, Codec::Pcmu), bench.peer(BOB, Codec::Pcmu));
    bench.levels(&[(ANN, FLOOR), (BOB, FLOOR)]);
    ann.say(1, &[1; 160]);
    assert_eq!(bob.hear().1, [1; 160]);
    let stranger = Peer {
        rtp: UdpSocket::bind("127.0.0.1:0").expect("a socket"),
        rtcp: UdpSocket::bind("127.0.0.1:0").expect("a socket"),
        switch: ann.switch,
    };
    stranger.say(2, &[66; 160]);
    ann.say(2, &[2; 160]);
    assert_eq!(bob.hear().1, [2; 160]);
    // A new answer names the stranger's address: now he is the peer.
    let settings = StreamSettings {
        remote: stranger.rtp.local_addr().expect("bound"),
        remote_rtcp: stranger.rtcp.local_addr().expect("bound"),
        send: Codec::Pcmu.static_format(),
        receive: vec![Codec::Pcmu.static_format()],
        send_events: None,
        receive_events: None,
        sending: true,
        receiving: true,
        packet_time: Duration::from_millis(20),
        trust: Trust::Named,
        keeps: media::KeySet::NONE,
    };
    bench.command(Command::Configure { stream: ANN, settings: Box::new(settings) });
    std::thread::sleep(Duration::from_millis(50));
    stranger.say(3, &[67; 160]);
    assert_eq!(bob.hear().1, [67; 160]);
    bench.stop();
}

#[test]
fn what_a_stranger_sent_before_the_socket_was_connected_is_not_heard() {
    let mut bench = Bench::start((21_144, 21_163));
    let (ann, bob) = (bench.peer(ANN, Codec::Pcmu), bench.peer(BOB, Codec::Pcmu));
    bench.levels(&[(ANN, FLOOR), (BOB, FLOOR)]);
    let stranger = Peer {
        rtp: UdpSocket::bind("127.0.0.1:0").expect("a socket"),
        rtcp: UdpSocket::bind("127.0.0.1:0").expect("a socket"),
        switch: ann.switch,
    };
    // All of these wait behind the packet that latches, and connects, the socket.
    ann.say(1, &[1; 160]);
    (2..12).for_each(|sequence| stranger.say(sequence, &[66; 160]));
    assert_eq!(bob.hear().1, [1; 160]);
    std::thread::sleep(Duration::from_millis(50));
    ann.say(2, &[2; 160]);
    assert_eq!(bob.hear().1, [2; 160]);
    bench.stop();
}

#[test]
fn a_port_that_somebody_else_has_is_passed_over() {
    let _taken = UdpSocket::bind("127.0.0.1:21120").expect("free");
    let mut bench = Bench::start((21_120, 21_123));
    assert_eq!(bench.open(ANN).port(), 21_122);
    bench.command(Command::Open { stream: BOB, call: CallRef(1), spare: None });
    assert!(matches!(bench.event(), Event::Stream(BOB, StreamEvent::OpenFailed)));
    bench.stop();
}

#[test]
fn a_stopping_thread_ends_recordings_and_closes_streams() {
    let mut bench = Bench::start((21_124, 21_143));
    let ann = bench.peer(ANN, Codec::Pcmu);
    let capture = CaptureId(9);
    bench.command(Command::Capture { capture, call: CallRef(1), left: ANN, right: None });
    while !matches!(bench.frames.pop(), Some(recording::Input::Begin { .. })) {
        bench.frames.wait(Some(PATIENCE));
    }
    ann.say(1, &[7; 160]);
    while !matches!(bench.frames.pop(), Some(recording::Input::Frame { payload, .. }) if payload[..] == [7; 160]) {
        bench.frames.wait(Some(PATIENCE));
    }
    let Bench { commands, mut events, mut frames, thread } = bench;
    drop(commands);
    thread.join().expect("no panic");
    assert!(matches!(frames.pop(), Some(recording::Input::End { .. })));
    assert!(matches!(events.pop(), Some(Event::Stream(ANN, StreamEvent::Closed { .. }))));
}

#[test]
fn a_pair_that_kept_its_sockets_carries_the_next_stream_to_another_peer_without_a_question() {
    let mut bench = Bench::keeping(1, (24_600, 24_639));
    let first = bench.peer(StreamId(1), Codec::Pcmu);
    first.say(1, &[0x55; 160]);
    bench.closed(StreamId(1));
    let taken = UdpSocket::bind(first.switch).expect_err("its sockets are open still");
    assert_eq!(taken.kind(), io::ErrorKind::AddrInUse);
    first.say(2, &[0x55; 160]);
    let spare = bench.spare();
    assert_eq!(spare, first.switch);
    first.say(3, &[0x55; 160]);
    thread::sleep(4 * DOZE);
    let two = bench.peer(StreamId(3), Codec::Pcmu);
    bench.command(Command::Open { stream: StreamId(2), call: CallRef(1), spare: Some(spare.port()) });
    let one = bench.peer_at(spare, StreamId(2), Codec::Pcmu);
    bench.levels(&[(StreamId(2), FLOOR), (StreamId(3), FLOOR)]);
    // Sent while the commands wait, perhaps: they are obeyed first.
    one.say(7, &[0x2a; 160]);
    assert_eq!(two.hear().1, [0x2a; 160], "the first thing heard is of the new peer");
    assert_eq!(bench.closed(StreamId(2)).packets_received, 1);
    bench.stop();
}

#[test]
fn a_pair_to_which_somebody_still_sends_is_never_told_to_be_spare() {
    let mut bench = Bench::keeping(3, (24_640, 24_679));
    bench.spare();
    let first = bench.peer(StreamId(1), Codec::Pcmu);
    let other = bench.peer(StreamId(2), Codec::Pcmu);
    bench.closed(StreamId(1));
    bench.closed(StreamId(2));
    (1..20).for_each(|n| first.say(n, &[0x55; 160]));
    assert_eq!(bench.spare(), other.switch);
    UdpSocket::bind(first.switch).expect("closed");
    bench.command(Command::Open { stream: ANN, call: CallRef(1), spare: Some(first.switch.port()) });
    assert!(matches!(bench.event(), Event::Stream(ANN, StreamEvent::OpenFailed)), "it is not to be had by name either");
    bench.stop();
}

#[test]
fn pairs_are_opened_in_advance_and_where_one_is_used_another_follows() {
    let mut bench = Bench::keeping(2, (24_720, 24_759));
    let mut open = |n: u64| {
        let spare = bench.spare();
        bench.command(Command::Open { stream: StreamId(n), call: CallRef(1), spare: Some(spare.port()) });
        let peer = bench.peer_at(spare, StreamId(n), Codec::Pcmu);
        // The first one hears the newest.
        bench.levels(&[(StreamId(0), Hearing { hears: Groups::of(n as u8), ..FLOOR })]);
        bench.levels(&[(StreamId(n), Hearing { speaks: Groups::of(n as u8), ..Hearing::default() })]);
        peer
    };
    let ear = open(0);
    for n in 1..9 {
        open(n).say(1, &[n as u8; 160]);
        assert_eq!(ear.hear().1, [n as u8; 160]);
    }
    bench.stop();
}

#[test]
fn commands_that_nobody_rings_for_are_obeyed_soon() {
    let mut bench = Bench::start((24_680, 24_719));
    let ann = bench.peer(ANN, Codec::Pcmu);
    for round in 0..20 {
        thread::sleep(2 * DOZE);
        let levels = Box::new([(ANN, plays(round, PromptId::of("no")))]);
        bench.commands.put(Command::Hearings { call: CallRef(1), levels }).expect("room");
        let put = Instant::now();
        assert!(matches!(
            bench.event(),
            Event::Stream(_, StreamEvent::PlayFinished { outcome: PlayOutcome::Missing, .. })
        ));
        assert!(put.elapsed() < 20 * DOZE, "{:?}", put.elapsed());
    }
    drop(ann);
    bench.stop();
}

/// Two threads, and a stream of the first one's ports that goes to and fro between them while its peer speaks.
#[test]
fn a_stream_goes_from_thread_to_thread_and_nothing_that_is_said_meanwhile_is_lost_or_doubled() {
    let (clock, shelf) = (Clock::start(), Arc::new(Shelf::default()));
    let mut threads = [(24_760, 24_763), (24_764, 24_779)].map(|ports| Bench::beside(0, ports, clock, shelf.clone()));
    let guest = threads[0].peer(ANN, Codec::Pcmu);
    let hosts = [StreamId(2), StreamId(3)].map(|host| {
        let peer = threads[host.0 as usize - 2].peer(host, Codec::Pcmu);
        peer.rtp.set_read_timeout(Some(Duration::from_millis(300))).expect("a timeout");
        (host, peer)
    });
    threads[0].levels(&[(ANN, FLOOR), (hosts[0].0, FLOOR)]);
    // The socket is connected from the first packet on.
    guest.say(0, &[0; 160]);
    assert_eq!(hosts[0].1.hear().1, [0; 160]);
    let (mut said, mut last, mut reached) = (1u8, None, vec![]);
    for (from, to) in [(0, 1), (1, 0), (0, 1)] {
        threads[from].command(Command::Yield { stream: ANN });
        let say = |said: &mut u8| {
            guest.say(u16::from(*said), &[*said; 160]);
            *said += 1;
        };
        (0..3).for_each(|_| say(&mut said));
        let state = loop {
            if let Event::Stream(ANN, StreamEvent::Yielded { state }) = threads[from].event() {
                break state;
            }
        };
        (0..3).for_each(|_| say(&mut said));
        threads[to].command(Command::Adopt { call: CallRef(1), state });
        threads[to].levels(&[(ANN, FLOOR), (hosts[to].0, FLOOR)]);
        (0..3).for_each(|_| say(&mut said));
        for n in 0..5 {
            hosts[to].1.say(u16::from(said) * 10 + n, &[0x33; 160]);
            let header = guest.hear().0;
            if let Some((ssrc, sequence)) = last.replace((header.ssrc, header.sequence)) {
                assert_eq!((header.ssrc, header.sequence), (ssrc, u16::wrapping_add(sequence, 1)));
            }
        }
    }
    for (_, host) in &hosts {
        let mut buffer = [0; 2_048];
        while let Ok(length) = host.rtp.recv(&mut buffer) {
            reached.push(buffer[length - 1]);
        }
    }
    reached.sort_unstable();
    assert_eq!(reached, (1..said).collect::<Vec<_>>());
    let totals = threads[1].closed(ANN);
    assert_eq!((totals.packets_received, totals.packets_dropped), (u64::from(said), 0));
    assert_eq!(totals.packets_sent, 15);
    // Its sockets are closed, and its port has gone home: the first thread deals it out once it has rested.
    UdpSocket::bind(guest.switch).expect("closed");
    threads[0].command(Command::Open { stream: StreamId(9), call: CallRef(1), spare: None });
    assert!(matches!(threads[0].event(), Event::Stream(StreamId(9), StreamEvent::OpenFailed)));
    thread::sleep(limits::PORT_REST_LEAST);
    assert_eq!(threads[0].open(StreamId(10)), guest.switch);
    threads.into_iter().for_each(Bench::stop);
}
