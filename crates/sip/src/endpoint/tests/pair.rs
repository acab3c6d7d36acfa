//! Two endpoints back to back under a virtual clock, with a wire that can lose, double, delay and split.

use crate::digest::{ha1_md5, ha1_sha256};
use crate::endpoint::{Endpoint, Snapshot};
use crate::face::*;
use crate::message::Message;
use bytes::Bytes;
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Duration;
use terms::{LegId, LinkId, Mono, Now, PhoneId, Pii, TrunkId, Wall};

/// The switch.
pub const S: usize = 0;
/// The other side: a carrier, or a phone.
pub const U: usize = 1;

/// One way, in the virtual network.
pub const LATENCY: Duration = Duration::from_millis(10);

/// What happens to one packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    Lose,
    Double,
    /// Arrives this much later.
    Late(Duration),
}

/// One thing on its way.
#[derive(Clone, Debug)]
enum Cargo {
    Datagram {
        from: SocketAddr,
        to: SocketAddr,
        bytes: Bytes,
    },
    /// Bytes of the stream whose link at `end` has this id.
    Stream {
        end: usize,
        link: LinkId,
        bytes: Bytes,
    },
    Opened {
        end: usize,
        link: LinkId,
        local: SocketAddr,
        remote: SocketAddr,
    },
    Closed {
        end: usize,
        link: LinkId,
    },
}

/// One endpoint with what came out of it.
pub struct End {
    pub endpoint: Endpoint,
    pub address: SocketAddr,
    pub events: Vec<Event>,
    pub bindings: Vec<BindingChange>,
    /// What the operator is told.
    pub noted: Vec<Noted>,
    /// What is owed to its peers, as the ledger has it.
    pub kept: BTreeMap<LegId, Owed>,
    /// Goodbyes that are over, by the ledger's names.
    pub parted: Vec<i64>,
    pub placed: u64,
}

/// The world of two.
pub struct Pair {
    pub now: Mono,
    pub ends: [End; 2],
    wire: BTreeMap<(Mono, u64), Cargo>,
    serial: u64,
    /// Datagrams sent so far between the two.
    pub sent: usize,
    pub faults: BTreeMap<usize, Fault>,
    /// Further faults, by chance.
    pub chaos: Option<Dice>,
    /// The first line of every datagram between the two, with its sender.
    pub ladder: Vec<String>,
    /// What went to addresses that are neither of the two.
    pub outside: Vec<(SocketAddr, Message)>,
    /// The other end of each stream link.
    peers: BTreeMap<(usize, LinkId), (usize, LinkId)>,
    accepted: u64,
    /// Streams are cut into pieces of this size.
    pub piece: usize,
    /// Whether the switch knows the other side as a carrier.
    carrier: bool,
    /// Streams cannot be connected.
    pub refuse_streams: bool,
    /// Names that are to be looked up.
    pub names: Vec<(TrunkId, String)>,
    /// What a process that died left with its ledger.
    pub left: Vec<Owed>,
    pub closed: BTreeSet<(usize, LinkId)>,
    /// What call control says would become of a call.
    pub outlook: u16,
}

pub const TRUNK: TrunkId = TrunkId::of("carrier");
pub const REALM: &str = "switch.example";

/// A key for an INFO.
pub fn dtmf(text: &'static str) -> Body {
    Body { content_type: "application/dtmf".into(), bytes: Bytes::from_static(text.as_bytes()) }
}

pub fn phone(user: &str) -> PhoneAccount {
    PhoneAccount {
        id: PhoneId::of(user),
        user: user.into(),
        ha1_md5: ha1_md5(user, REALM, "secret"),
        ha1_sha256: ha1_sha256(user, REALM, "secret"),
        contact: None,
        digests: Vec::new(),
    }
}

pub fn switch_config(carrier: Option<SocketAddr>) -> Config {
    let trunks = carrier.map(|address| TrunkPeer {
        id: TRUNK,
        peers: vec![(address.ip(), 32)],
        target: Some((Transport::Udp, address)),
        credentials: None,
        probe: None,
        host: None,
        trusted: false,
    });
    Config {
        realm: REALM.into(),
        product: "Switch".into(),
        trunks: trunks.into_iter().collect(),
        phones: vec![phone("alice"), phone("bob")],
        ..Config::default()
    }
}

pub fn ua_config(switch: SocketAddr, transport: Transport) -> Config {
    let credentials = Credentials { user: "alice".into(), password: "secret".into() };
    Config {
        realm: REALM.into(),
        product: "Phone".into(),
        trunks: vec![TrunkPeer {
            id: TRUNK,
            peers: vec![(switch.ip(), 32)],
            target: Some((transport, switch)),
            credentials: Some(credentials.clone()),
            probe: None,
            host: None,
            trusted: false,
        }],
        registrations: vec![Registration {
            account: 1,
            registrar: Some((transport, switch)),
            trunk: None,
            domain: REALM.into(),
            credentials,
            expires: Duration::from_secs(600),
        }],
        ..Config::default()
    }
}

fn end(seed: u64, address: &str) -> End {
    let address = address.parse().unwrap();
    let endpoint = Endpoint::new(seed);
    End {
        endpoint,
        address,
        events: Vec::new(),
        bindings: Vec::new(),
        noted: Vec::new(),
        kept: BTreeMap::new(),
        parted: Vec::new(),
        placed: 0,
    }
}

impl End {
    fn keep(&mut self, change: DialogChange) {
        match change {
            DialogChange::Begun { leg, owed } => assert!(self.kept.insert(leg, *owed).is_none(), "begun twice"),
            DialogChange::Moved { leg, owed } => assert!(self.kept.insert(leg, *owed).is_some(), "never begun"),
            DialogChange::Ended { leg } => assert!(self.kept.remove(&leg).is_some(), "ended twice, or never begun"),
            DialogChange::Parted { key } => self.parted.push(key),
        }
    }
}

impl Pair {
    /// A switch that knows the other side as a carrier.
    pub fn with_carrier() -> Pair {
        Pair::new(true, Transport::Udp)
    }

    /// A switch that knows the other side as nobody: it must register or prove itself.
    pub fn with_phone(transport: Transport) -> Pair {
        Pair::new(false, transport)
    }

    fn new(carrier: bool, transport: Transport) -> Pair {
        let ends = [end(1, "192.0.2.1:5060"), end(2, "192.0.2.2:5060")];
        let mut pair = Pair {
            now: Mono::from_micros(1_000_000),
            ends,
            wire: BTreeMap::new(),
            serial: 0,
            sent: 0,
            faults: BTreeMap::new(),
            chaos: None,
            ladder: Vec::new(),
            outside: Vec::new(),
            peers: BTreeMap::new(),
            accepted: 0,
            piece: usize::MAX,
            carrier,
            refuse_streams: false,
            names: Vec::new(),
            left: Vec::new(),
            closed: BTreeSet::new(),
            outlook: 200,
        };
        let (s, u) = (pair.ends[S].address, pair.ends[U].address);
        for (end, local) in [(S, s), (U, u)] {
            pair.input(end, Input::LinkOpened { link: UDP, transport: Transport::Udp, local, remote: None });
        }
        pair.input(S, Input::Reconfigure(Box::new(switch_config(carrier.then_some(u)))));
        pair.input(U, Input::Reconfigure(Box::new(ua_config(s, transport))));
        pair
    }

    pub fn clock(&self) -> Now {
        let ms = i64::try_from(self.now.as_micros() / 1_000).unwrap();
        Now { mono: self.now, wall: Wall::from_millis(1_700_000_000_000 + ms) }
    }

    pub fn input(&mut self, end: usize, input: Input) {
        let now = self.clock();
        self.ends[end].endpoint.handle_input(now, input);
        self.drain(end);
    }

    /// kill -9, and a new process with the same configuration; its streams are gone.
    pub fn crash(&mut self, end: usize) {
        for link in self.streams(end) {
            self.hang_up(end, link);
        }
        let other = self.ends[1 - end].address;
        let old = &mut self.ends[end];
        old.endpoint = Endpoint::new(1_000 + old.placed);
        old.events.clear();
        self.left = std::mem::take(&mut old.kept).into_values().collect();
        let local = old.address;
        let config =
            if end == S { switch_config(self.carrier.then_some(other)) } else { ua_config(other, Transport::Udp) };
        self.input(end, Input::LinkOpened { link: UDP, transport: Transport::Udp, local, remote: None });
        self.input(end, Input::Reconfigure(Box::new(config)));
    }

    /// The new process is told what the ledger has, under the names 0, 1, ...
    pub fn say_farewell(&mut self, end: usize) {
        for (key, owed) in self.left.clone().into_iter().enumerate() {
            self.input(end, Input::Farewell { key: key as i64, owed: Box::new(owed) });
        }
    }

    pub fn command(&mut self, end: usize, command: Command) {
        self.input(end, Input::Command(command));
    }

    /// Gives the switch a datagram from an address of nobody.
    pub fn inject(&mut self, from: &str, text: &str) {
        let bytes = Bytes::from(text.replace('\n', "\r\n"));
        self.input(S, Input::Received { link: UDP, remote: from.parse().unwrap(), bytes });
    }

    fn ship(&mut self, delay: Duration, cargo: Cargo) {
        self.serial += 1;
        self.wire.insert((self.now + delay, self.serial), cargo);
    }

    fn drain(&mut self, end: usize) {
        while let Some(output) = self.ends[end].endpoint.poll_output() {
            match output {
                Output::Event(Event::Queried { query, .. }) => {
                    self.command(end, Command::AnswerQuery { query, status: self.outlook });
                }
                Output::Event(event) => self.ends[end].events.push(event),
                Output::Binding(change) => self.ends[end].bindings.push(*change),
                Output::Dialog(change) => self.ends[end].keep(change),
                Output::Transmit { link, remote, bytes } => self.transmit(end, link, remote, bytes),
                Output::Connect { link, remote, .. } => self.connect(end, link, remote),
                Output::Close { link } => self.hang_up(end, link),
                Output::Noted(noted) => self.ends[end].noted.push(*noted),
                Output::Resolve { trunk, name } => self.names.push((trunk, name)),
                Output::Watch(_) => {}
            }
        }
    }

    fn transmit(&mut self, end: usize, link: LinkId, remote: SocketAddr, bytes: Bytes) {
        if let Some((other, peer)) = self.peers.get(&(end, link)).copied() {
            self.note(end, &bytes);
            for piece in bytes.chunks(self.piece.min(bytes.len())) {
                let bytes = Bytes::copy_from_slice(piece);
                self.ship(LATENCY, Cargo::Stream { end: other, link: peer, bytes });
            }
            return;
        }
        let from = self.ends[end].address;
        if link != UDP || remote != self.ends[1 - end].address {
            self.outside.extend(Message::parse(bytes).ok().map(|message| (remote, message)));
            return;
        }
        self.note(end, &bytes);
        let number = self.sent;
        self.sent += 1;
        let cargo = Cargo::Datagram { from, to: remote, bytes };
        let chance = self.chaos.as_mut().and_then(Dice::fault);
        match self.faults.get(&number).copied().or(chance) {
            Some(Fault::Lose) => {}
            Some(Fault::Double) => {
                self.ship(LATENCY, cargo.clone());
                self.ship(LATENCY * 2, cargo);
            }
            Some(Fault::Late(late)) => self.ship(LATENCY + late, cargo),
            None => self.ship(LATENCY, cargo),
        }
    }

    fn note(&mut self, end: usize, bytes: &Bytes) {
        let text = String::from_utf8_lossy(bytes);
        let line = text.lines().next().unwrap_or_default();
        let line = match line.strip_prefix("SIP/2.0 ") {
            Some(status) => {
                let message = Message::parse(bytes.clone()).unwrap();
                format!("{} {}", status, message.cseq().unwrap().method)
            }
            None => line.split(' ').next().unwrap_or_default().to_owned(),
        };
        let arrow = if end == S { "<-" } else { "->" };
        self.ladder.push(format!("{arrow} {line}"));
    }

    fn connect(&mut self, end: usize, link: LinkId, remote: SocketAddr) {
        let other = 1 - end;
        if self.refuse_streams || remote != self.ends[other].address {
            return self.ship(LATENCY, Cargo::Closed { end, link });
        }
        self.accepted += 1;
        let peer = LinkId::accepted(1_000 + self.accepted);
        let port = 40_000 + u16::try_from(self.accepted).unwrap();
        let local = SocketAddr::new(self.ends[end].address.ip(), port);
        self.peers.insert((end, link), (other, peer));
        self.peers.insert((other, peer), (end, link));
        self.ship(LATENCY, Cargo::Opened { end: other, link: peer, local: remote, remote: local });
        self.ship(LATENCY * 2, Cargo::Opened { end, link, local, remote });
    }

    /// Ends a stream from one side; the other hears of it.
    pub fn hang_up(&mut self, end: usize, link: LinkId) {
        self.closed.insert((end, link));
        self.ship(Duration::ZERO, Cargo::Closed { end, link });
        if let Some((other, peer)) = self.peers.remove(&(end, link)) {
            self.peers.remove(&(other, peer));
            self.ship(LATENCY, Cargo::Closed { end: other, link: peer });
        }
    }

    /// The stream links at an end.
    pub fn streams(&self, end: usize) -> Vec<LinkId> {
        self.peers.keys().filter(|(at, _)| *at == end).map(|(_, link)| *link).collect()
    }

    fn deliver(&mut self, cargo: Cargo) {
        match cargo {
            Cargo::Datagram { from, to, bytes } => {
                let end = self.ends.iter().position(|end| end.address == to).unwrap();
                self.input(end, Input::Received { link: UDP, remote: from, bytes });
            }
            Cargo::Stream { end, link, bytes } => {
                let Some((other, _)) = self.peers.get(&(end, link)) else { return };
                let remote = self.ends[*other].address;
                self.input(end, Input::Received { link, remote, bytes });
            }
            Cargo::Opened { end, link, local, remote } => {
                let remote = Some(remote);
                self.input(end, Input::LinkOpened { link, transport: Transport::Tcp, local, remote });
            }
            Cargo::Closed { end, link } => self.input(end, Input::LinkClosed { link }),
        }
    }

    /// Lets time pass.
    pub fn advance(&mut self, time: Duration) {
        let until = self.now + time;
        loop {
            let arrival = self.wire.keys().next().map(|(when, _)| *when);
            let timer = (0..2).filter_map(|end| self.ends[end].endpoint.poll_timeout()).min();
            let Some(next) = [arrival, timer].into_iter().flatten().min().filter(|next| *next <= until) else { break };
            self.now = self.now.max(next);
            if arrival.is_some_and(|arrival| arrival <= self.now) {
                let (_, cargo) = self.wire.pop_first().unwrap();
                self.deliver(cargo);
            } else {
                for end in 0..2 {
                    let now = self.clock();
                    self.ends[end].endpoint.handle_timeout(now);
                    self.drain(end);
                }
            }
        }
        self.now = until;
    }

    /// Lets what is on its way arrive.
    pub fn settle(&mut self) {
        self.advance(Duration::from_millis(300));
    }

    /// Places a call to the other end and answers its leg.
    pub fn dial(&mut self, end: usize) -> LegId {
        self.dial_with(end, Some(Body::sdp("offer")))
    }

    pub fn dial_with(&mut self, end: usize, body: Option<Body>) -> LegId {
        let target = Target::Trunk { trunk: TRUNK, number: Pii::from("+4420") };
        self.dial_to(end, target, body)
    }

    pub fn dial_to(&mut self, end: usize, target: Target, body: Option<Body>) -> LegId {
        self.ends[end].placed += 1;
        let leg = LegId::outbound(self.ends[end].placed);
        let invite = Command::Invite {
            leg,
            target,
            caller: Pii::from("100"),
            caller_name: Some(Pii::from("Caller \"C\"")),
            withheld: false,
            extras: None,
            max_forwards: 70,
            body,
        };
        self.command(end, invite);
        leg
    }

    /// The leg of the last call that arrived.
    pub fn arrived(&self, end: usize) -> LegId {
        self.arrival(end).0
    }

    pub fn arrival(&self, end: usize) -> (LegId, Arrival) {
        let invited = |event: &Event| match event {
            Event::Invited { leg, arrival } => Some((*leg, (**arrival).clone())),
            _ => None,
        };
        self.ends[end].events.iter().rev().find_map(invited).expect("a call arrived")
    }

    /// Short names of the events since the last look.
    pub fn heard(&mut self, end: usize) -> Vec<String> {
        std::mem::take(&mut self.ends[end].events).iter().map(short).collect()
    }

    pub fn inspect(&self, end: usize) -> Snapshot {
        self.ends[end].endpoint.inspect()
    }

    /// A call from `from`, answered; both legs.
    pub fn call(&mut self, from: usize) -> (LegId, LegId) {
        let caller = self.dial(from);
        self.settle();
        let called = self.arrived(1 - from);
        self.command(1 - from, Command::Answer { leg: called, body: Some(Body::sdp("answer")) });
        self.settle();
        (caller, called)
    }

    /// Nothing is left once all timers have run out: no transaction, leg, dialog; no timer but those of
    /// bindings, links and registrations that stand.
    pub fn assert_quiescent(&mut self) {
        self.advance(Duration::from_secs(70));
        for end in 0..2 {
            let left = self.inspect(end);
            let name = if end == S { "switch" } else { "other side" };
            assert_eq!(left.server_transactions + left.client_transactions, 0, "{name}: {left:?}\n{:#?}", self.ladder);
            assert_eq!(left.legs + left.closing + left.dialogs, 0, "{name}: {left:?}\n{:#?}", self.ladder);
            let standing = left.bindings + left.streams + left.registrations;
            assert_eq!(left.deadlines, standing, "{name}: {left:?}");
        }
    }
}

/// Chance that repeats itself (splitmix64).
#[derive(Clone, Debug)]
pub struct Dice(pub u64);

impl Dice {
    /// A number below `sides`.
    pub fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((z ^ (z >> 31)) % u64::try_from(sides).unwrap()).unwrap()
    }

    fn fault(&mut self) -> Option<Fault> {
        match self.roll(20) {
            0..=2 => Some(Fault::Lose),
            3..=4 => Some(Fault::Double),
            5..=8 => Some(Fault::Late(Duration::from_millis(u64::try_from(self.roll(1_500)).unwrap()))),
            _ => None,
        }
    }
}

pub const UDP: LinkId = LinkId::accepted(1);

/// An event in a word or two.
pub fn short(event: &Event) -> String {
    match event {
        Event::Invited { arrival, .. } => format!("invited{}", text(&arrival.body)),
        Event::Leg(_, what) => short_of_leg(what),
        Event::Queried { arrival, .. } => format!("queried {}", arrival.called.reveal()),
        Event::Bindings(news) => format!("reachable {}", !news.lines.is_empty()),
        Event::Reconfigured(news) => {
            let came = news.iter().filter(|one| !one.lines.is_empty()).count();
            format!("reconfigured, {came} came, {} went", news.len() - came)
        }
        Event::Registered { status, .. } => format!("registered {status}"),
        Event::TrunkReachable { reachable, .. } => format!("trunk reachable {reachable}"),
    }
}

fn short_of_leg(what: &LegEvent) -> String {
    match what {
        LegEvent::Progress { status, early, body, .. } => format!("progress {status} #{early}{}", text(body)),
        LegEvent::Answered { early, body, .. } => format!("answered #{early}{}", text(body)),
        LegEvent::Established { body } => format!("established{}", text(body)),
        LegEvent::Refused { status, .. } => format!("refused {status}"),
        LegEvent::Ended { by, .. } => format!("ended {by:?}"),
        LegEvent::Offered { body, .. } => format!("offered{}", text(body)),
        LegEvent::OfferAnswered { body } => format!("offer answered{}", text(body)),
        LegEvent::OfferRefused { status } => format!("offer refused {status}"),
        LegEvent::Referred(referral) => format!("referred to {}", referral.to.reveal()),
        LegEvent::ReferAnswered { status } => format!("refer answered {status}"),
        LegEvent::ReferTold { status } => format!("refer told {status}"),
        LegEvent::InfoReceived { body } => format!("info [{}]", String::from_utf8_lossy(&body.bytes)),
    }
}

fn text(body: &Option<Body>) -> String {
    body.as_ref().map_or_else(String::new, |body| format!(" [{}]", String::from_utf8_lossy(&body.bytes)))
}
