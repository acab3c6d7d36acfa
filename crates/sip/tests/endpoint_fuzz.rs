//! Hostile peers against the whole endpoint: torture messages, mutated calls and mutated echoes of its own
//! messages, over datagrams and streams, while call control answers, refuses and releases at random.
//! It never panics, sends only well-formed messages, ends each leg once, and forgets everything in the end.

mod dice;

use bytes::Bytes;
use dice::Dice;
use sip::digest::{ha1_md5, ha1_sha256};
use sip::message::{Framed, Message, StreamDecoder};
use sip::{
    Body, Command, Config, Endpoint, Event, Input, LegEvent, Output, PhoneAccount, Snapshot, Target, Transport,
    TrunkPeer, Watch,
};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Duration;
use terms::{Cause, LegId, LinkId, Mono, Now, PhoneId, TrunkId, Wall};

const REALM: &str = "switch.example";
const UDP: LinkId = LinkId::accepted(1);
/// Unoptimised code gets fewer.
const ROUNDS: usize = if cfg!(debug_assertions) { 6_000 } else { 150_000 };

struct World {
    endpoint: Endpoint,
    dice: Dice,
    now: Mono,
    carrier: SocketAddr,
    stranger: SocketAddr,
    /// Legs that live, as the events told.
    legs: BTreeSet<LegId>,
    ended: BTreeSet<LegId>,
    placed: u64,
    links: u64,
    streams: BTreeMap<LinkId, StreamDecoder>,
    closed: Vec<LinkId>,
    /// What the endpoint said last, for echoes.
    said: Vec<Bytes>,
    sent: usize,
}

fn config(carrier: SocketAddr) -> Config {
    let phone = |user: &str| PhoneAccount {
        id: PhoneId::of(user),
        user: user.into(),
        ha1_md5: ha1_md5(user, REALM, "secret"),
        ha1_sha256: ha1_sha256(user, REALM, "secret"),
        contact: None,
        digests: vec![],
    };
    let trunk = TrunkPeer {
        id: TrunkId::of("carrier"),
        peers: vec![(carrier.ip(), 32)],
        target: Some((Transport::Udp, carrier)),
        credentials: None,
        probe: None,
        host: None,
        trusted: false,
    };
    Config {
        realm: REALM.into(),
        product: "Switch".into(),
        trunks: vec![trunk],
        phones: vec![phone("alice")],
        ..Config::default()
    }
}

fn well_formed(message: &Message) {
    // These say that the request was broken, and mirror what was broken in it.
    if let Some(400 | 413 | 416 | 501 | 505 | 513) = message.status() {
        return;
    }
    let verdict = message.validate().map_err(|flaw| flaw.status);
    // 416: a peer whose Contact has a scheme that nobody knows is asked for by that name.
    assert!(matches!(verdict, Ok(()) | Err(416)), "{verdict:?} {}", message.as_bytes().escape_ascii());
}

impl World {
    fn new(seed: u64) -> World {
        let address = |text: &str| text.parse().expect("an address");
        let mut world = World {
            endpoint: Endpoint::new(seed),
            dice: Dice(seed),
            now: Mono::from_micros(1),
            carrier: address("198.51.100.1:5060"),
            stranger: address("203.0.113.66:5060"),
            legs: BTreeSet::new(),
            ended: BTreeSet::new(),
            placed: 0,
            links: 1,
            streams: BTreeMap::new(),
            closed: Vec::new(),
            said: Vec::new(),
            sent: 0,
        };
        world.input(Input::Reconfigure(Box::new(config(world.carrier))));
        let local = address("192.0.2.1:5060");
        world.input(Input::LinkOpened { link: UDP, transport: Transport::Udp, local, remote: None });
        world
    }

    fn clock(&self) -> Now {
        let ms = i64::try_from(self.now.as_micros() / 1_000).expect("small");
        Now { mono: self.now, wall: Wall::from_millis(1_800_000_000_000 + ms) }
    }

    fn input(&mut self, input: Input) {
        self.endpoint.handle_input(self.clock(), input);
        self.drain();
        // The shell's part of the contract: whatever is closed is reported so.
        while let Some(link) = self.closed.pop() {
            self.endpoint.handle_input(self.clock(), Input::LinkClosed { link });
            self.drain();
        }
    }

    fn advance(&mut self, time: Duration) {
        let until = self.now + time;
        while let Some(due) = self.endpoint.poll_timeout().filter(|due| *due <= until) {
            self.now = self.now.max(due);
            self.endpoint.handle_timeout(self.clock());
            self.drain();
        }
        self.now = until;
    }

    fn drain(&mut self) {
        while let Some(output) = self.endpoint.poll_output() {
            match output {
                Output::Transmit { link, bytes, .. } => self.transmitted(link, &bytes),
                Output::Event(Event::Queried { query, .. }) => {
                    let status = if query % 2 == 0 { 200 } else { 404 };
                    let answer = Input::Command(Command::AnswerQuery { query, status });
                    self.endpoint.handle_input(self.clock(), answer);
                }
                Output::Event(event) => self.event(&event),
                Output::Watch(watch) => self.watch(&watch),
                Output::Connect { link, .. } => drop(self.streams.insert(link, StreamDecoder::new())),
                Output::Close { link } => {
                    self.streams.remove(&link);
                    self.closed.push(link);
                }
                Output::Binding(_) | Output::Dialog(_) | Output::Noted(_) | Output::Resolve { .. } => {}
            }
        }
    }

    /// What the room of the lamps would say.
    fn watch(&mut self, watch: &Watch) {
        let body = Body { content_type: "application/dialog-info+xml".into(), bytes: Bytes::from_static(b"<x/>") };
        let command = match *watch {
            Watch::Subscribed { sub, .. } if sub.0 % 4 == 0 => Command::Deny { sub, status: 404 },
            Watch::Subscribed { sub, .. } => Command::Admit { sub, body: Some(body) },
            Watch::StateWanted { sub } => Command::Notify { sub, body },
            Watch::Texted { text, ref from } => Command::PassText { text, to: from.from },
            Watch::Unsubscribed { .. } | Watch::Published(_) => return,
        };
        self.endpoint.handle_input(self.clock(), Input::Command(command));
    }

    fn transmitted(&mut self, link: LinkId, bytes: &Bytes) {
        self.sent += 1;
        match self.streams.get_mut(&link) {
            None => well_formed(&Message::parse(bytes.clone()).expect("our datagram frames")),
            Some(decoder) => {
                decoder.push(bytes);
                while let Some(framed) = decoder.poll() {
                    match framed {
                        Framed::Message(message) => well_formed(&message),
                        Framed::Ping => {}
                        Framed::Malformed(malformed) | Framed::Broken(malformed) => {
                            panic!("our stream breaks: {malformed}")
                        }
                    }
                }
            }
        }
        if self.said.len() >= 64 {
            let at = self.dice.roll(64);
            self.said.swap_remove(at);
        }
        self.said.push(bytes.clone());
    }

    fn event(&mut self, event: &Event) {
        let (leg, begins, ends) = match event {
            Event::Invited { leg, .. } => (*leg, true, false),
            Event::Leg(leg, what) => (*leg, false, matches!(what, LegEvent::Refused { .. } | LegEvent::Ended { .. })),
            Event::Queried { .. }
            | Event::Bindings(_)
            | Event::Reconfigured(_)
            | Event::Registered { .. }
            | Event::TrunkReachable { .. } => return,
        };
        assert!(!self.ended.contains(&leg), "an event names a leg that has ended: {event:?}");
        assert_eq!(self.legs.contains(&leg), !begins, "{event:?}");
        if begins {
            self.legs.insert(leg);
        }
        if ends {
            self.legs.remove(&leg);
            self.ended.insert(leg);
        }
    }

    /// Something that a peer sends: a torture message, a mutated call, or a mutated echo.
    fn attack(&mut self) -> Vec<u8> {
        let n = self.dice.roll(40);
        match self.dice.roll(10) {
            0 => self.dice.mutated(),
            1..=3 if !self.said.is_empty() => {
                let at = self.dice.roll(self.said.len());
                let echo = self.said.get(at).cloned().unwrap_or_default();
                let reply = reply_to(&echo, &mut self.dice);
                let faults = self.dice.roll(2);
                if faults == 0 { reply } else { self.dice.mutate(reply, 2) }
            }
            _ => {
                let text = request(n, &mut self.dice, &self.said);
                if self.dice.roll(3) == 0 { self.dice.mutate(text, 3) } else { text }
            }
        }
    }

    /// Something that call control does.
    fn command(&mut self) {
        let legs: Vec<LegId> = self.legs.iter().copied().collect();
        let leg = legs.get(self.dice.roll(legs.len())).copied();
        let body = (self.dice.roll(3) > 0).then(|| Body::sdp("v=0\r\n"));
        let command = match (self.dice.roll(14), leg) {
            (0 | 1, _) | (_, None) => {
                self.placed += 1;
                let leg = LegId::outbound(self.placed);
                self.legs.insert(leg);
                let trunk = Target::Trunk { trunk: TrunkId::of("carrier"), number: "100".into() };
                let target = if self.dice.roll(4) == 0 { Target::Phone(PhoneId::of("alice")) } else { trunk };
                Command::Invite {
                    leg,
                    target,
                    caller: "2\" <00>".into(),
                    caller_name: None,
                    withheld: false,
                    extras: None,
                    max_forwards: 9,
                    body,
                }
            }
            (2, Some(leg)) => Command::Progress { leg, status: 180, body },
            (3..=5, Some(leg)) => Command::Answer { leg, body },
            (6, Some(leg)) => Command::Refuse { leg, status: 486, cause: Some(Cause::BUSY), retry_after: None },
            (7, Some(leg)) => Command::Release { leg, reason: Cause::NORMAL.into() },
            (8, Some(leg)) => Command::Offer { leg, body },
            (9, Some(leg)) => Command::AnswerOffer { leg, body },
            (12, Some(leg)) => Command::AcceptRefer { leg, refer: 1 },
            (13, Some(leg)) => Command::TellRefer { leg, refer: 1, status: 200 },
            (10, Some(leg)) => Command::Acknowledge { leg, body: Body::sdp("v=0\r\n") },
            (_, Some(leg)) => {
                Command::Info { leg, body: Body { content_type: "application/dtmf".into(), bytes: "x".into() } }
            }
        };
        self.input(Input::Command(command));
    }

    fn receive(&mut self) {
        let bytes = self.attack();
        let remote = if self.dice.roll(4) == 0 { self.stranger } else { self.carrier };
        let streams: Vec<LinkId> = self.streams.keys().copied().collect();
        match streams.get(self.dice.roll(streams.len() * 3)).copied() {
            Some(link) => {
                for piece in bytes.chunks(1 + self.dice.roll(900)) {
                    self.input(Input::Received { link, remote, bytes: Bytes::copy_from_slice(piece) });
                }
            }
            None => self.input(Input::Received { link: UDP, remote, bytes: bytes.into() }),
        }
    }

    fn stream(&mut self) {
        let known: Vec<LinkId> = self.streams.keys().copied().collect();
        if known.len() < 4 {
            self.links += 1;
            let link = LinkId::accepted(self.links);
            self.streams.insert(link, StreamDecoder::new());
            let (local, remote) = ("192.0.2.1:5060".parse().expect("an address"), Some(self.carrier));
            self.input(Input::LinkOpened { link, transport: Transport::Tcp, local, remote });
        } else if let Some(link) = known.get(self.dice.roll(known.len())).copied() {
            self.streams.remove(&link);
            self.input(Input::LinkClosed { link });
        }
    }

    fn run(&mut self, rounds: usize) {
        for _ in 0..rounds {
            match self.dice.roll(24) {
                0..=3 => self.command(),
                4 => self.stream(),
                5..=7 => {
                    let ms = [1, 40, 500, 4_000].get(self.dice.roll(4)).copied().unwrap_or(1);
                    self.advance(Duration::from_millis(ms));
                }
                _ => self.receive(),
            }
        }
    }

    /// Releases what still lives and waits until every timer has run out.
    fn end(&mut self) -> Snapshot {
        for leg in self.legs.clone() {
            self.input(Input::Command(Command::Release { leg, reason: Cause::NORMAL.into() }));
        }
        for link in self.streams.keys().copied().collect::<Vec<_>>() {
            self.input(Input::LinkClosed { link });
        }
        self.advance(Duration::from_secs(4_000));
        self.endpoint.inspect()
    }
}

/// A request of a small set of calls, so that they meet one another.
fn request(call: usize, dice: &mut Dice, said: &[Bytes]) -> Vec<u8> {
    const METHODS: [&str; 12] = [
        "INVITE", "INVITE", "INVITE", "ACK", "BYE", "CANCEL", "INFO", "OPTIONS", "REGISTER", "UPDATE", "PRACK", "REFER",
    ];
    let method = METHODS.get(dice.roll(METHODS.len())).copied().unwrap_or("INVITE");
    // With some luck the To tag is one that the endpoint gave out for this call.
    let call_id = format!("call-{call}");
    let tag = said.iter().rev().find_map(|bytes| {
        let message = Message::parse(bytes.clone()).ok().filter(|m| m.call_id() == call_id)?;
        let tag = message.to().ok()?.tag()?.to_owned();
        Some(tag)
    });
    let tag = tag.filter(|_| method != "INVITE" || dice.roll(2) == 0).map(|t| format!(";tag={t}")).unwrap_or_default();
    let (branch, cseq) = (dice.roll(6), 1 + dice.roll(4));
    let body = if dice.roll(2) == 0 { "v=0\r\n" } else { "" };
    let more = [
        "Require: 100rel\r\n",
        "Supported: timer\r\nSession-Expires: 90\r\n",
        "Refer-To: <sip:200@switch.example>\r\nRAck: 1 1 INVITE\r\n",
        "",
    ];
    let more = more.get(dice.roll(more.len())).copied().unwrap_or_default();
    let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
    format!(
        "{method} sip:100@switch.example SIP/2.0\r\nVia: SIP/2.0/UDP 198.51.100.1;branch=z9hG4bK{call}-{branch};rport\r\n\
         Max-Forwards: 70\r\nFrom: <sip:1@carrier.example>;tag=c{call}\r\nTo: <sip:100@switch.example>{tag}\r\n\
         Call-ID: {call_id}\r\nCSeq: {cseq} {method}\r\nContact: <sip:1@198.51.100.1>\r\n{more}{kind}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .into_bytes()
}

/// A response to what the endpoint asked, or what it said itself.
fn reply_to(echo: &Bytes, dice: &mut Dice) -> Vec<u8> {
    const STATUSES: [u16; 9] = [100, 180, 183, 200, 200, 401, 486, 491, 503];
    match Message::parse(echo.clone()) {
        Ok(message) if message.is_request() => {
            let status = STATUSES.get(dice.roll(STATUSES.len())).copied().unwrap_or(200);
            let contact = "<sip:them@198.51.100.1;transport=udp>";
            let tag = format!("t{}", dice.roll(3));
            let builder = sip::message::Builder::response(&message, status, "").to_tag(&tag);
            builder.header(sip::message::Name::Contact, contact).build().to_vec()
        }
        _ => echo.to_vec(),
    }
}

#[test]
fn an_endpoint_under_attack_stays_correct_and_forgets_everything() {
    for seed in 1..=4 {
        let mut world = World::new(seed);
        world.run(ROUNDS / 4);
        let busy = world.endpoint.inspect();
        assert!(world.sent > ROUNDS / 20 && world.ended.len() > ROUNDS / 200, "the attack is lame: {busy:?}");
        let quiet = world.end();
        assert!(world.legs.is_empty(), "legs that never ended: {:?}", world.legs);
        let left = [quiet.server_transactions, quiet.client_transactions, quiet.legs, quiet.closing, quiet.dialogs];
        assert_eq!(left, [0; 5], "seed {seed}: {quiet:?}");
        assert_eq!((quiet.bindings, quiet.links, quiet.deadlines), (0, 1, 0), "seed {seed}: {quiet:?}");
    }
}
