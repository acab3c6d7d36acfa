//! What the cores take for one piece of work, without I/O: parse, print, route, match, mix, forward.
//! `cargo bench -p bench`, or `cargo bench -p bench -- parse`.

use acd::{Command, ContactEvent, Engine, Event, Output};
use bytes::Bytes;
use criterion::{Criterion, criterion_group, criterion_main};
use dialplan::{Arrival, Loaded, OneText, Origin, Plan};
use media::codec::Codec;
use media::rtp::packet;
use media::{Slot, StreamSettings, Verdict, Worker, WorkerConfig};
use sip::message::{Builder, Message, Name};
use std::collections::VecDeque;
use std::hint::black_box;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use terms::{CallRef, ContactId, Mono, Now, OfferId, StreamId, Wall};

/// An INVITE as a carrier sends it, with a session description.
const INVITE: &str = "INVITE sip:100042@127.0.7.1:5060 SIP/2.0\r\n\
    Via: SIP/2.0/UDP 127.0.7.2:5070;branch=z9hG4bK-524287-1---7a1c5f0d21b4e911;rport\r\n\
    Max-Forwards: 70\r\n\
    Contact: <sip:carrier@127.0.7.2:5070;transport=udp>\r\n\
    To: <sip:100042@127.0.7.1>\r\n\
    From: \"A caller\" <sip:+442079460123@127.0.7.2>;tag=9fxced76sl\r\n\
    Call-ID: 3848276298220188511@127.0.7.2\r\n\
    CSeq: 1 INVITE\r\n\
    Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, UPDATE, PRACK, INFO\r\n\
    Supported: timer, 100rel, replaces\r\n\
    User-Agent: carrier/4.2\r\n\
    Content-Type: application/sdp\r\n\
    Content-Length: 172\r\n\r\n\
    v=0\r\no=- 20518 1 IN IP4 127.0.7.2\r\ns=-\r\nc=IN IP4 127.0.7.2\r\nt=0 0\r\n\
    m=audio 40000 RTP/AVP 8 0 101\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-16\r\na=ptime:20\r\na=sendrecv\r\n";

fn invite() -> Bytes {
    let (head, body) = INVITE.split_once("\r\n\r\n").expect("a blank line");
    let head = head.replace("Content-Length: 172", &format!("Content-Length: {}", body.len()));
    Bytes::from(format!("{head}\r\n\r\n{body}"))
}

fn signalling(c: &mut Criterion) {
    let bytes = invite();
    c.bench_function("parse: an INVITE with SDP", |b| b.iter(|| Message::parse(black_box(bytes.clone()))));
    let message = Message::parse(bytes).expect("well-formed");
    c.bench_function("print: its 180", |b| {
        b.iter(|| {
            let response = Builder::response(black_box(&message), 180, "").to_tag("a1b2c3");
            response.header(Name::Contact, "<sip:127.0.7.1:5060>").build()
        });
    });
    let body = message.body();
    c.bench_function("parse: its SDP", |b| b.iter(|| media::sdp::parse(black_box(&body))));
}

fn plan() -> Arc<Plan> {
    let text = include_str!("../../config/bench.toml");
    let Ok(Loaded { plan, .. }) = dialplan::load(&mut OneText(text), "bench.toml") else {
        panic!("config/bench.toml has an error")
    };
    plan
}

fn routing(c: &mut Criterion) {
    let plan = plan();
    let trunk = plan.trunks.first().expect("the caller's trunk").id;
    let arrival = Arrival { from: Origin::Trunk(trunk), caller: "+442079460123", called: "400042" };
    assert!(plan.decide(&arrival, Wall::default()).is_some(), "the last of the four routes");
    c.bench_function("route: the last of four routes", |b| {
        b.iter(|| plan.decide(black_box(&arrival), Wall::default()))
    });
}

/// Callers who wait for fifty agents, each of whom talks and is free again.
struct Centre {
    engine: Engine,
    plan: Arc<Plan>,
    now_us: u64,
    contacts: u64,
    offers: VecDeque<(OfferId, ContactId)>,
}

impl Centre {
    fn new(waiting: u64) -> Centre {
        let plan = plan();
        let mut centre = Centre { engine: Engine::new(7), plan, now_us: 1, contacts: 0, offers: VecDeque::new() };
        let setup = call::acd_setup(&centre.plan);
        let agents: Vec<_> = setup.agents.iter().map(|agent| agent.id).collect();
        centre.say(Command::Reconfigure(Arc::new(setup)));
        for agent in agents {
            centre.say(Command::Reachable { agent, reachable: true });
        }
        (0..waiting).for_each(|_| centre.enqueue());
        centre
    }

    fn say(&mut self, command: Command) {
        self.now_us += 10;
        let now = Now { mono: Mono::from_micros(self.now_us), wall: Wall::default() };
        self.engine.handle_input(now, command);
        while let Some(output) = self.engine.poll_output() {
            if let Output::Event(Event::Contact(contact, ContactEvent::Offered { offer, .. })) = output {
                self.offers.push_back((offer, contact));
            }
        }
    }

    fn enqueue(&mut self) {
        self.contacts += 1;
        let queue = self.plan.queues.last().expect("a queue").id;
        let contact = ContactId(self.contacts);
        let credit = Duration::ZERO;
        let stay = acd::Stay::default();
        self.say(Command::Enqueue { contact, queue, credit, emergency: false, requirement: None, stay });
    }

    /// One contact's way: an agent accepts, talks, is free, and is offered the next; another caller comes.
    fn serve_one(&mut self) {
        let (offer, contact) = self.offers.pop_front().expect("somebody is always offered");
        self.say(Command::Accepted { offer });
        self.say(Command::Finished { contact, by: terms::By::Caller, held: Duration::ZERO });
        self.enqueue();
    }
}

fn matching(c: &mut Criterion) {
    for waiting in [50, 500, 5_000] {
        let mut centre = Centre::new(waiting);
        c.bench_function(&format!("match: one contact served, {waiting} callers, 50 agents"), |b| {
            b.iter(|| centre.serve_one());
        });
    }
}

/// A worker that forwards between two streams.
fn relay() -> (Worker, Slot, SocketAddr) {
    let address: SocketAddr = ([127, 0, 7, 1], 0).into();
    let config = WorkerConfig { address: address.ip(), ports: (20_000, 20_100), kept_pairs: 0, seed: 7 };
    let mut worker = Worker::new(config);
    let peer = SocketAddr::from(([127, 0, 7, 2], 40_000));
    for stream in [StreamId(1), StreamId(2)] {
        worker.handle_input(Now::default(), media::Command::Open { stream, call: CallRef(1), spare: None });
        worker.bound(Now::default(), stream, true);
        let format = Codec::Pcmu.static_format();
        let settings = StreamSettings {
            remote: peer,
            remote_rtcp: peer,
            send: format,
            receive: vec![format],
            send_events: None,
            receive_events: None,
            sending: true,
            receiving: true,
            packet_time: Duration::from_millis(20),
            trust: media::Trust::Named,
            keeps: media::KeySet::NONE,
        };
        worker.handle_input(Now::default(), media::Command::Configure { stream, settings: Box::new(settings) });
    }
    let (listener, speaker) = (StreamId(2), StreamId(1));
    let group = media::Groups::FLOOR;
    let floor = media::Hearing { hears: group, speaks: group, keeps_keys: false, sound: None };
    let levels = Box::new([(listener, floor), (speaker, floor)]);
    worker.handle_input(Now::default(), media::Command::Hearings { call: CallRef(1), levels });
    while worker.poll_output().is_some() {}
    let slot = worker.slot(speaker).expect("open");
    (worker, slot, peer)
}

fn sound(c: &mut Criterion) {
    let (mut worker, slot, peer) = relay();
    let mut number = 0u32;
    c.bench_function("forward: one RTP packet, without its sockets", |b| {
        b.iter(|| {
            number += 1;
            let mut bytes = [0xff; packet::HEADER_BYTES + 160];
            let header = packet::header(false, 0, number as u16, number.wrapping_mul(160), 7);
            bytes[..packet::HEADER_BYTES].copy_from_slice(&header);
            let now = Now { mono: Mono::from_micros(u64::from(number) * 20_000), wall: Wall::default() };
            let verdict = worker.ingest(now, slot, peer, &mut bytes);
            assert!(matches!(verdict, Verdict::Forward { .. }));
            while worker.poll_output().is_some() {}
        });
    });
    let coded = [[0x55; 160], [0x2a; 160]];
    let (mut voices, mut sum, mut out) = ([[0; 160]; 2], [0; 160], [0; 160]);
    c.bench_function("mix: two of 20 ms, decoded, added, coded", |b| {
        b.iter(|| {
            for (codes, samples) in black_box(&coded).iter().zip(&mut voices) {
                Codec::Pcmu.decode(codes, samples);
            }
            media::codec::mix(voices.iter().map(<[i16; 160]>::as_slice), &mut sum);
            Codec::Pcmu.encode(&sum, &mut out)
        });
    });
}

criterion_group!(cores, signalling, routing, matching, sound);
criterion_main!(cores);
