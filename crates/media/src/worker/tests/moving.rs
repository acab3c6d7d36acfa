//! A stream that goes from one worker to another.

use super::*;
use crate::StreamState;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// The stream that moves.
const GUEST: u64 = 1;
/// Who is there at each of the two workers.
const HOSTS: [u64; 2] = [2, 3];

fn call(at: usize) -> CallRef {
    CallRef(10 + at as u64)
}

/// Two workers with the streams of a call each, and the guest's sockets between them.
struct Pair {
    benches: [Bench; 2],
    /// Which of them has the guest, unless he is on his way.
    at: Option<usize>,
    state: Option<StreamState>,
    /// What waits in his sockets meanwhile.
    waiting: Vec<Vec<u8>>,
}

fn bench(at: usize) -> Bench {
    let mut bench = Bench::new();
    let ports = [(10_000, 10_099), (20_000, 20_099)][at];
    let address = addr("192.0.2.100:0").ip();
    bench.worker = Worker::new(WorkerConfig { address, ports, kept_pairs: 0, seed: 7 + at as u64 });
    bench.command(Command::Open { stream: stream(HOSTS[at]), call: call(at), spare: None });
    bench.configure(HOSTS[at], settings(HOSTS[at], Codec::Pcmu));
    bench
}

impl Pair {
    /// The guest talks to the first host.
    fn new() -> Pair {
        let mut benches = [bench(0), bench(1)];
        benches[0].command(Command::Open { stream: stream(GUEST), call: call(0), spare: None });
        benches[0].configure(GUEST, settings(GUEST, Codec::Pcmu));
        let mut pair = Pair { benches, at: Some(0), state: None, waiting: vec![] };
        pair.join(0);
        pair
    }

    fn floor(&mut self, at: usize, streams: &[u64]) {
        let floor = Hearing { hears: Groups::FLOOR, speaks: Groups::FLOOR, ..Hearing::default() };
        let levels = streams.iter().map(|n| (stream(*n), floor)).collect();
        self.benches[at].command(Command::Hearings { call: call(at), levels });
    }

    fn join(&mut self, at: usize) {
        self.floor(at, &[GUEST, HOSTS[at]]);
    }

    fn leave(&mut self) {
        let Some(at) = self.at.take() else { return };
        let bench = &mut self.benches[at];
        let before = bench.outputs.len();
        bench.command(Command::Yield { stream: stream(GUEST) });
        let mut outputs = bench.outputs[before..].iter();
        assert!(matches!(outputs.next(), Some(Output::LayDown { stream }) if *stream == StreamId(GUEST)));
        let Some(Output::Event(Event::Stream(_, StreamEvent::Yielded { state }))) = outputs.next() else {
            panic!("not told: {:?}", bench.outputs)
        };
        self.state = Some(state.clone());
    }

    fn arrive(&mut self, at: usize) {
        let Some(state) = self.state.take() else { return };
        self.benches[at].command(Command::Adopt { call: call(at), state });
        self.at = Some(at);
        self.join(at);
        for packet in std::mem::take(&mut self.waiting) {
            self.benches[at].say(GUEST, packet);
        }
    }

    /// The guest says something: to whoever has his sockets.
    fn say(&mut self, packet: Vec<u8>) {
        match self.at {
            Some(at) => _ = self.benches[at].say(GUEST, packet),
            None => self.waiting.push(packet),
        }
    }

    fn advance(&mut self, ms: u64) {
        self.benches.iter_mut().for_each(|bench| bench.advance(ms));
    }

    /// What the guest was sent, by whichever worker, in the order of time.
    fn heard(&self) -> Vec<&Sent> {
        let mut heard: Vec<&Sent> = self.benches.iter().flat_map(|bench| bench.heard_by(GUEST)).collect();
        heard.sort_by_key(|sent| sent.at);
        heard
    }

    fn guest(&self) -> StreamSnapshot {
        let all = self.benches.iter().flat_map(|bench| bench.worker.inspect().streams);
        all.into_iter().find(|s| s.stream == stream(GUEST)).expect("somebody has him")
    }

    fn ports_at_rest(&self) -> [usize; 2] {
        [0, 1].map(|at| self.benches[at].worker.inspect().ports_resting)
    }
}

/// A packet that says which one it is.
fn numbered(sequence: u16, number: u32, ssrc: u32) -> Vec<u8> {
    let mut packet = rtp(0, sequence, number.wrapping_mul(160), ssrc);
    packet[12..16].copy_from_slice(&number.to_be_bytes());
    packet
}

fn number(sent: &Sent) -> u32 {
    u32::from_be_bytes(*sent.payload().first_chunk().expect("a number"))
}

#[derive(Clone, Copy, Debug)]
enum Step {
    /// The guest says so many packets, one each 20 ms.
    Say(u8),
    /// Both hosts do.
    Hosts(u8),
    /// His last packet comes again.
    Again,
    Leave,
    Arrive(usize),
    Wait(u16),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1u8..6).prop_map(Step::Say),
        4 => (1u8..6).prop_map(Step::Hosts),
        1 => Just(Step::Again),
        3 => Just(Step::Leave),
        3 => (0usize..2).prop_map(Step::Arrive),
        1 => (0u16..400).prop_map(Step::Wait),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn whatever_moves_when_nothing_is_lost_or_doubled_and_the_peer_hears_one_stream(
        steps in proptest::collection::vec(step(), 1..60),
    ) {
        let mut pair = Pair::new();
        let (mut said, mut again, mut of_hosts) = (0u32, 0u64, 0u16);
        for step in steps {
            match step {
                Step::Say(count) => for _ in 0..count {
                    pair.say(numbered(65_500u16.wrapping_add(said as u16), said, 9));
                    said += 1;
                    pair.advance(20);
                },
                Step::Hosts(count) => for _ in 0..count {
                    for (bench, host) in pair.benches.iter_mut().zip(HOSTS) {
                        bench.say(host, rtp(0, of_hosts, 160 * u32::from(of_hosts), 20 + host as u32));
                    }
                    of_hosts += 1;
                    pair.advance(20);
                },
                Step::Again => if let Some(last) = said.checked_sub(1) {
                    pair.say(numbered(65_500u16.wrapping_add(last as u16), last, 9));
                    again += 1;
                },
                Step::Leave => pair.leave(),
                Step::Arrive(at) => pair.arrive(at),
                Step::Wait(ms) => pair.advance(u64::from(ms)),
            }
        }
        pair.arrive(0);
        let totals = pair.guest().totals;
        prop_assert_eq!((totals.packets_received, totals.packets_lost), (u64::from(said), 0));
        prop_assert_eq!(totals.packets_dropped, again, "only what had been here before was refused");
        // Each of his packets reached one of the hosts, and one of them once.
        let hosts = (0..2).flat_map(|at| pair.benches[at].heard_by(HOSTS[at]));
        let mut reached: Vec<u32> = hosts.map(number).collect();
        reached.sort_unstable();
        prop_assert_eq!(reached, (0..said).collect::<Vec<_>>());
        let heard = pair.heard();
        prop_assert_eq!(totals.packets_sent, heard.len() as u64);
        for two in heard.windows(2) {
            let (a, b) = (two[0].header(), two[1].header());
            prop_assert_eq!((a.ssrc, a.sequence.wrapping_add(1)), (b.ssrc, b.sequence));
            prop_assert!((160..1 << 31).contains(&b.timestamp.wrapping_sub(a.timestamp)), "{:?} after {:?}", b, a);
        }
    }
}

#[test]
fn a_moved_stream_keeps_its_port_its_source_and_whom_it_believes() {
    let mut pair = Pair::new();
    let elsewhere = addr("192.0.2.1:9999");
    for n in 0..200u16 {
        pair.benches[0].packet(GUEST, elsewhere, rtp(0, n, 160 * u32::from(n), 9));
        pair.advance(20);
    }
    let before = pair.guest();
    assert_eq!((before.target, before.settled), (Some(elsewhere), true));
    pair.leave();
    pair.arrive(1);
    let after = pair.guest();
    assert_eq!((after.port, after.ssrc, after.heard_ssrc), (before.port, before.ssrc, before.heard_ssrc));
    assert_eq!((after.target, after.settled, after.totals), (before.target, true, before.totals));
    assert_eq!((after.call, after.hears), (call(1), Some(stream(HOSTS[1]))));
    let stranger = pair.benches[1].packet(GUEST, addr("198.51.100.9:4000"), rtp(0, 200, 32_000, 9));
    assert_eq!(stranger, Verdict::Drop(DropReason::WrongSource));
}

#[test]
fn a_key_that_is_held_while_its_stream_moves_is_told_once() {
    let mut pair = Pair::new();
    pair.say(key(5, 1, 160, 9, false, 160));
    pair.leave();
    pair.say(key(5, 2, 160, 9, false, 320));
    pair.arrive(1);
    pair.say(key(5, 3, 160, 9, true, 480));
    pair.say(key(6, 4, 1_600, 9, true, 480));
    assert_eq!([0, 1].map(|at| pair.benches[at].digits()), ["5", "6"]);
}

#[test]
fn a_key_that_is_being_sent_while_its_stream_moves_is_sent_to_its_end() {
    let mut pair = Pair::new();
    pair.benches[0].command(Command::Press { stream: stream(GUEST), key: '7' });
    pair.advance(50);
    pair.leave();
    pair.advance(50);
    pair.arrive(1);
    pair.advance(500);
    let sent: Vec<Vec<u8>> = pair.heard().iter().map(|sent| sent.payload().to_vec()).collect();
    assert_eq!((sent.len(), sent[7].as_slice()), (8, &[7, 0x8a, 3, 0x20][..]));
}

#[test]
fn between_two_workers_nobody_hears_the_stream_and_after_them_only_who_is_said_to() {
    let mut pair = Pair::new();
    pair.leave();
    pair.benches[0].say(HOSTS[0], rtp(0, 1, 160, 20));
    pair.advance(1_000);
    let state = pair.state.take().expect("on his way");
    pair.benches[1].command(Command::Adopt { call: call(1), state });
    pair.benches[1].say(GUEST, rtp(0, 1, 160, 9));
    pair.benches[1].say(HOSTS[1], rtp(0, 1, 160, 21));
    assert!(pair.heard().is_empty() && pair.benches[1].heard_by(HOSTS[1]).is_empty());
}

#[test]
fn a_sound_goes_on_at_the_next_worker_where_it_was() {
    let mut pair = Pair::new();
    let playing = Playing { play: PlayId(4), sound: Sound::Tone(Tone::Ringback), repeat: false, yields: false };
    let level = Hearing { sound: Some(playing), ..Hearing::default() };
    let levels = |at: usize| Command::Hearings { call: call(at), levels: [(stream(GUEST), level)].into() };
    pair.benches[0].command(levels(0));
    pair.advance(2_000);
    pair.leave();
    pair.advance(300);
    let state = pair.state.take().expect("on his way");
    pair.benches[1].command(Command::Adopt { call: call(1), state });
    pair.benches[1].command(levels(1));
    pair.advance(10_000);
    assert_eq!(pair.heard().len(), 250, "a second of tone and four of silence, once");
    assert_one_stream(&pair.heard(), &[0, pair.benches[0].heard_by(GUEST).len()]);
    assert_eq!(pair.benches[1].finished(), [(PlayId(4), PlayOutcome::Completed)]);
    assert!(pair.benches[0].finished().is_empty());
}

#[test]
fn a_recording_stays_with_its_call_and_goes_on_only_where_the_stream_comes_back_to_it() {
    let mut pair = Pair::new();
    let (capture, left, right) = (CaptureId(1), stream(GUEST), Some(stream(HOSTS[0])));
    pair.benches[0].command(Command::Capture { capture, call: call(0), left, right });
    let frames = |pair: &Pair| {
        let is_frame = |o: &&Output| matches!(o, Output::Recorder(crate::recording::Input::Frame { .. }));
        [0, 1].map(|at| pair.benches[at].outputs.iter().filter(is_frame).count())
    };
    let talk = |pair: &mut Pair, n: u16| pair.say(rtp(0, n, 160 * u32::from(n), 9));
    talk(&mut pair, 1);
    pair.leave();
    talk(&mut pair, 2);
    pair.arrive(1);
    talk(&mut pair, 3);
    assert_eq!(frames(&pair), [1, 0]);
    pair.leave();
    pair.arrive(0);
    talk(&mut pair, 4);
    assert_eq!(frames(&pair), [2, 0]);
    pair.leave();
    let state = pair.state.take().expect("on his way");
    pair.benches[0].command(Command::Adopt { call: call(1), state });
    pair.at = Some(0);
    talk(&mut pair, 5);
    assert_eq!(frames(&pair), [2, 0], "another call on the same worker");
}

#[test]
fn the_port_rests_at_the_worker_whose_range_it_is_of() {
    let mut pair = Pair::new();
    pair.leave();
    assert_eq!(pair.ports_at_rest(), [0, 0]);
    pair.arrive(1);
    let before = pair.benches[1].outputs.len();
    pair.benches[1].command(Command::Close { stream: stream(GUEST) });
    let [Output::Unbind { keep: false, .. }, Output::GiveBack { port }, Output::Event(_)] =
        pair.benches[1].outputs[before..]
    else {
        panic!("{:?}", &pair.benches[1].outputs[before..])
    };
    assert_eq!(pair.ports_at_rest(), [0, 0]);
    let now = pair.benches[0].now;
    assert!(pair.benches[0].worker.has_port(port));
    pair.benches[1].worker.given_back(now, port);
    pair.benches[0].worker.given_back(now, port);
    assert_eq!(pair.ports_at_rest(), [1, 0]);
}

#[test]
fn a_stream_whose_sockets_are_lost_on_the_way_is_told_to_have_failed_and_its_port_goes_home() {
    let mut pair = Pair::new();
    pair.leave();
    let state = pair.state.take().expect("on his way");
    let worker = &mut pair.benches[1].worker;
    worker.handle_input(pair.benches[0].now, Command::Adopt { call: call(1), state });
    worker.bound(pair.benches[0].now, stream(GUEST), false);
    let outputs: Vec<Output> = std::iter::from_fn(|| worker.poll_output()).collect();
    let [Output::TakeUp { .. }, Output::GiveBack { .. }, Output::Event(Event::Stream(_, StreamEvent::OpenFailed))] =
        outputs[..]
    else {
        panic!("{outputs:?}")
    };
    assert!(worker.slot(stream(GUEST)).is_none());
}

#[test]
fn who_is_not_there_is_not_given_up_and_who_is_there_is_not_adopted_twice() {
    let mut pair = Pair::new();
    pair.leave();
    let state = pair.state.clone().expect("on his way");
    let told = pair.benches[0].events().len();
    pair.benches[0].command(Command::Yield { stream: stream(GUEST) });
    assert_eq!(pair.benches[0].events().len(), told);
    assert_eq!(state.stream(), stream(GUEST));
    assert!(!format!("{state:?}").contains("digits"), "keys are no matter of a log");
    pair.arrive(1);
    pair.benches[1].command(Command::Adopt { call: call(1), state });
    let streams: Vec<StreamId> = pair.benches[1].worker.inspect().streams.iter().map(|s| s.stream).collect();
    let wanted: BTreeSet<StreamId> = [stream(GUEST), stream(HOSTS[1])].into();
    assert_eq!((streams.len(), streams.into_iter().collect::<BTreeSet<_>>()), (2, wanted));
}
