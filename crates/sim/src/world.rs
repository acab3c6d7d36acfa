//! The world: one switch, one carrier, some phones, a network between them, and one clock that only
//! moves when it is told to.

use crate::media::Media;
use crate::network::{Faults, Network};
use crate::trouble::Trouble;
use crate::{Conduct, Identity, Ladder, Packet, UserAgent, Watcher};
use call::cdr::Entry;
use dialplan::login::{Logins, Pins};
use media::PromptBook;
use media::codec::Codec;
use media::recording::Recorder;
use node::{Change, Happening, Input, Node, NotAttached, Output, PageInput, PageNews, Passwords, Record};
use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;
use terms::{AgentId, LegId, LinkId, Mono, Now, PhoneId, RoomId, Seq, TrunkId, Wall};

/// 2026-03-02 12:00:00 UTC, a Monday.
const WALL_ZERO: i64 = 1_772_452_800_000;
const SWITCH: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1)), 5060);
const LISTENER: LinkId = LinkId::accepted(0);
/// The world stops here when nothing ever becomes quiet.
const STEPS_MAX: u64 = 5_000_000;

/// Which user agent: 0 is the carrier, the phones follow in the order of the plan.
pub type PhoneIndex = usize;

/// The carrier's index.
pub const CARRIER: PhoneIndex = 0;

/// Everything there is.
pub struct World {
    /// The switch's signalling cores.
    pub node: Node,
    /// The switch's media.
    pub(crate) media: Media,
    /// The switch's recorder.
    pub recorder: Recorder,
    /// The carrier and the phones.
    pub agents: Vec<UserAgent>,
    /// Phones that watch others and call nobody.
    pub watchers: Vec<Watcher>,
    /// What lies between.
    pub network: Network,
    /// The calls as text.
    pub ladder: Ladder,
    /// What the ledger was told.
    pub ledger: Vec<Entry>,
    /// What the journal was told.
    pub journal: Vec<acd::Entry>,
    /// The number of the last thing that happened.
    last: Seq,
    /// Recordings by file name.
    pub files: BTreeMap<String, Vec<u8>>,
    /// How long a command or an event takes between the signalling thread and the media thread.
    pub media_delay: Duration,
    pub(crate) open_files: BTreeMap<terms::CaptureId, String>,
    now: Mono,
    names: BTreeMap<String, PhoneIndex>,
    seed: u64,
    pub(crate) plan: Arc<dialplan::Plan>,
    /// The same, as it was before anybody logged in anywhere.
    pub(crate) base: Arc<dialplan::Plan>,
    /// Who has logged in where.
    pub(crate) seats: Vec<(AgentId, PhoneId)>,
    pub(crate) logins: dialplan::login::Logins,
    prompts: Arc<PromptBook>,
    /// What pages were told.
    pub page_news: Vec<(PhoneId, PageNews)>,
    /// Packets to addresses that nobody of this world has.
    pub astray: Vec<Packet>,
    /// What happens to the process itself.
    pub(crate) trouble: Trouble,
}

/// What an agent does at his desk, beside his phone.
pub struct AgentDesk<'a> {
    world: &'a mut World,
    agent: AgentId,
}

impl AgentDesk<'_> {
    /// He takes contacts.
    pub fn ready(self) {
        self.set(acd::Status::Ready);
    }

    /// He takes none, for a reason.
    pub fn pause(self, reason: &str) {
        self.set(acd::Status::NotReady(reason.to_owned()));
    }

    /// He goes home.
    pub fn log_out(self) {
        self.set(acd::Status::LoggedOut);
    }

    fn set(self, status: acd::Status) {
        self.world.input(Input::SetStatus { agent: self.agent, status });
    }
}

/// What is typed at the door of every room that asks for a PIN, by a guest and by a host.
pub const GUEST_PIN: &str = "4711";
/// See [`GUEST_PIN`].
pub const HOST_PIN: &str = "0815";

struct SamePassword;

impl Passwords for SamePassword {
    fn phone(&self, _: PhoneId) -> Option<String> {
        Some("secret".into())
    }
    fn trunk(&self, _: TrunkId) -> Option<String> {
        None
    }
    fn room(&self, _: RoomId) -> Option<String> {
        Some(GUEST_PIN.into())
    }
    fn host(&self, _: RoomId) -> Option<String> {
        Some(HOST_PIN.into())
    }
}

impl World {
    /// A world with this configuration and these prompts. A trunk in it must name `10.0.0.2` as its
    /// peer; every phone registers, and every agent is as the plan says.
    pub fn new(seed: u64, toml: &str, prompts: PromptBook, faults: Faults) -> World {
        let loaded = dialplan::load(&mut dialplan::OneText(toml), "strowger.toml")
            .unwrap_or_else(|findings| panic!("the world's plan is wrong: {findings:#?}"));
        let mut world = World {
            node: World::new_node(seed, 1),
            media: Media::new(SWITCH.ip(), seed),
            recorder: Recorder::new(),
            agents: vec![],
            watchers: vec![],
            network: Network::new(seed, faults),
            ladder: Ladder::default(),
            ledger: vec![],
            journal: vec![],
            last: Seq::default(),
            files: BTreeMap::new(),
            media_delay: Duration::from_micros(300),
            open_files: BTreeMap::new(),
            page_news: vec![],
            astray: vec![],
            now: Mono::from_micros(1_000_000),
            names: BTreeMap::new(),
            seed,
            plan: loaded.plan.clone(),
            base: loaded.plan.clone(),
            seats: vec![],
            logins: Logins::new(Pins::of(loaded.secrets.agents.keys().map(|id| (*id, "1234".into())).collect())),
            prompts: Arc::new(prompts),
            trouble: Trouble::default(),
        };
        world.ladder.name(SWITCH, "switch");
        world.configure();
        world.add("carrier", None, &loaded.plan.listen.domain, vec![Codec::Pcma, Codec::Pcmu]);
        for phone in loaded.plan.phones.iter().filter(|phone| !phone.page) {
            world.add(&phone.user, Some("secret"), &loaded.plan.listen.domain, vec![Codec::Pcmu, Codec::Pcma]);
        }
        for phone in CARRIER + 1..world.agents.len() {
            let now = world.now();
            world.agents[phone].register(now);
        }
        world.flush();
        world
    }

    /// A new process: nothing of the old one is left.
    pub(crate) fn renew(&mut self, incarnation: u32) {
        let seed = self.seed ^ u64::from(incarnation) << 48;
        self.node = World::new_node(seed, incarnation);
        self.media = Media::new(SWITCH.ip(), seed);
        self.recorder = Recorder::new();
        self.open_files.clear();
    }

    /// What a process is told first.
    pub(crate) fn configure(&mut self) {
        let now = self.now();
        let opened =
            sip::Input::LinkOpened { link: LISTENER, transport: sip::Transport::Udp, local: SWITCH, remote: None };
        self.node.handle_input(now, Input::Sip(opened));
        self.take(Some(self.prompts.clone()));
    }

    fn take(&mut self, prompts: Option<Arc<PromptBook>>) {
        let sip = Some(Box::new(node::sip_config(&self.plan, &SamePassword)));
        let pins = Some(node::room_pins(&self.plan, &SamePassword));
        let change = Change { plan: self.plan.clone(), sip, pins, prompts };
        self.input(Input::Plan(Box::new(change)));
    }

    /// The operator reloads: a plan that is not right changes nothing, and false comes back.
    pub fn reload(&mut self, toml: &str, prompts: Option<PromptBook>) -> bool {
        let loaded = dialplan::load(&mut dialplan::OneText(toml), "strowger.toml");
        if let Ok(loaded) = &loaded {
            self.plan = loaded.plan.clone();
            let prompts = prompts.map(Arc::new);
            self.prompts = prompts.clone().unwrap_or_else(|| self.prompts.clone());
            self.take(prompts);
        }
        loaded.is_ok()
    }

    /// A supervisor changes something at run time: the plan of now with another word in it.
    pub fn lay(&mut self, change: impl FnOnce(&mut dialplan::Plan)) {
        let mut plan = (*self.plan).clone();
        change(&mut plan);
        self.plan = Arc::new(plan);
        let change = Change { plan: self.plan.clone(), sip: None, pins: None, prompts: None };
        self.input(Input::Plan(Box::new(change)));
    }

    /// One more device of a phone, which registers beside those that it has.
    pub fn add_device(&mut self, user: &str) -> PhoneIndex {
        let index = self.agents.len();
        let domain = self.plan.listen.domain.clone();
        self.add(user, Some("secret"), &domain, vec![Codec::Pcmu, Codec::Pcma]);
        self.ladder.name(self.agents[index].identity.sip, &format!("{user}{index}"));
        let now = self.now();
        self.agents[index].register(now);
        self.flush();
        index
    }

    /// One more device of a phone, which only watches others.
    pub fn add_watcher(&mut self, user: &str) -> usize {
        let index = self.watchers.len();
        let ip = IpAddr::V4(Ipv4Addr::new(10, 0, 1, 1 + index as u8));
        let sip = SocketAddr::new(ip, 5060);
        self.ladder.name(sip, &format!("{user}'s keys"));
        self.watchers.push(Watcher::new(Identity {
            user: user.to_owned(),
            password: Some("secret".into()),
            domain: self.plan.listen.domain.clone(),
            sip,
            rtp: SocketAddr::new(ip, 4000),
            switch: SWITCH,
            fingerprint: 0,
            codecs: vec![],
        }));
        index
    }

    /// A phone that watches does something now.
    pub fn let_watch<T>(&mut self, who: usize, what: impl FnOnce(&mut Watcher, Mono) -> T) -> T {
        let result = what(&mut self.watchers[who], self.now);
        self.flush();
        result
    }

    fn add(&mut self, user: &str, password: Option<&str>, domain: &str, codecs: Vec<Codec>) {
        let index = self.agents.len();
        let ip = IpAddr::V4(Ipv4Addr::new(10, 0, 0, 2 + index as u8));
        let identity = Identity {
            user: user.to_owned(),
            password: password.map(str::to_owned),
            domain: domain.to_owned(),
            sip: SocketAddr::new(ip, 5060),
            rtp: SocketAddr::new(ip, 4000),
            switch: SWITCH,
            fingerprint: 0x10 + index as u8,
            codecs,
        };
        self.ladder.name(identity.sip, user);
        self.names.entry(user.to_owned()).or_insert(index);
        let now = self.now();
        self.agents.push(UserAgent::new(now, 1_000 + index as u64, identity, Conduct::default()));
    }

    /// The time.
    pub fn now(&self) -> Now {
        let wall = WALL_ZERO + (self.now.as_micros() / 1_000) as i64 + self.trouble.wall_step_ms;
        Now { mono: self.now, wall: Wall::from_millis(wall) }
    }

    /// A phone by its user name.
    pub fn phone(&self, user: &str) -> PhoneIndex {
        *self.names.get(user).unwrap_or_else(|| panic!("no phone {user:?} in this world"))
    }

    /// A user agent, by its user name (`carrier` for the carrier).
    pub fn agent(&mut self, user: &str) -> &mut UserAgent {
        let index = self.phone(user);
        &mut self.agents[index]
    }

    /// The carrier brings a call.
    pub fn dial(&mut self, caller: &str, number: &str) -> LegId {
        self.act(CARRIER, |agent, now| agent.dial_as(now, caller, number))
    }

    /// A user agent does something now.
    pub fn act<T>(&mut self, who: PhoneIndex, what: impl FnOnce(&mut UserAgent, Now) -> T) -> T {
        let now = self.now();
        let result = what(&mut self.agents[who], now);
        self.flush();
        result
    }

    /// Somebody sends a packet to each RTP port that a stream has, and one to each RTCP port.
    pub fn spray(&mut self, from: SocketAddr, rtp: &[u8], rtcp: &[u8]) {
        for port in self.media.ports() {
            for (port, bytes) in [(port, rtp), (port + 1, rtcp)] {
                let to = SocketAddr::new(SWITCH.ip(), port);
                self.network.send(self.now, Packet { from, to, bytes: bytes.to_vec().into() }, false);
            }
        }
    }

    /// The desk of an agent of the call centre.
    pub fn desk(&mut self, agent: &str) -> AgentDesk<'_> {
        AgentDesk { agent: AgentId::of(agent), world: self }
    }

    /// The operator does something.
    pub fn input(&mut self, input: Input) {
        let now = self.now();
        self.node.handle_input(now, input);
        self.flush();
    }

    /// The plan in force.
    pub fn plan(&self) -> &dialplan::Plan {
        &self.plan
    }

    /// The operator begins a call for one of ours.
    pub fn dial_for(&mut self, dial: call::Dial) -> Result<terms::CallRef, &'static str> {
        let now = self.now();
        let begun = self.node.dial(now, dial);
        self.flush();
        begun
    }

    /// A page of this phone is opened, and its sound is at an address where nobody is.
    pub fn attach(&mut self, user: &str, epoch: u64) -> Result<(), NotAttached> {
        let (now, sound) = (self.now(), SocketAddr::new(IpAddr::V4(Ipv4Addr::new(10, 0, 3, 1)), 4_000));
        let attached = self.node.attach(now, PhoneId::of(user), epoch, sound);
        self.flush();
        attached
    }

    /// Something happens at the page of a phone.
    pub fn at_page(&mut self, user: &str, what: PageInput) {
        self.input(Input::Page(PhoneId::of(user), what));
    }

    /// Lets this much time pass.
    pub fn advance(&mut self, time: Duration) {
        let until = self.now + time;
        while let Some(next) = self.next_event().filter(|next| *next <= until) {
            self.now = self.now.max(next);
            self.fire();
        }
        self.now = until;
    }

    /// Lets time pass until `done`, at most `limit`; whether it came true.
    pub fn wait_until(&mut self, limit: Duration, mut done: impl FnMut(&World) -> bool) -> bool {
        let until = self.now + limit;
        for _ in 0..STEPS_MAX {
            if done(self) {
                return true;
            }
            let Some(next) = self.next_event().filter(|next| *next <= until) else { break };
            self.now = self.now.max(next);
            self.fire();
        }
        self.now = self.now.max(until);
        done(self)
    }

    fn next_event(&mut self) -> Option<Mono> {
        let watchers = self.watchers.iter().filter_map(Watcher::poll_timeout);
        let agents = self.agents.iter_mut().filter_map(UserAgent::poll_timeout).chain(watchers).min();
        if let Some(until) = self.trouble.stopped_until {
            return [agents, self.network.next(), Some(until)].into_iter().flatten().min();
        }
        let answers = self.trouble.answers.first_key_value().map(|((at, _), _)| *at);
        let switch = [self.node.poll_timeout(), self.media.next(), self.recorder.poll_timeout()];
        switch.into_iter().chain([agents, self.network.next(), answers]).flatten().min()
    }

    fn fire(&mut self) {
        let now = self.now();
        while let Some(packet) = self.network.receive(self.now) {
            self.deliver(packet);
            self.flush();
        }
        let due = |at: Option<Mono>| at.is_some_and(|at| at <= now.mono);
        self.fire_process();
        for agent in &mut self.agents {
            if due(agent.poll_timeout()) {
                agent.handle_timeout(now);
            }
        }
        self.watchers.iter_mut().for_each(|watcher| watcher.handle_timeout(now.mono));
        self.flush();
    }

    fn fire_process(&mut self) {
        let now = self.now();
        if self.trouble.stopped_until.is_some_and(|until| until > now.mono) {
            return;
        }
        if self.trouble.stopped_until.take().is_some() {
            while let Some(packet) = self.trouble.held.pop_front() {
                self.deliver(packet);
                self.flush();
            }
        }
        self.carry_lanes();
        let due = |at: Option<Mono>| at.is_some_and(|at| at <= now.mono);
        if due(self.node.poll_timeout()) {
            self.node.handle_timeout(now);
        }
        self.media.handle_timeout(now);
        if due(self.recorder.poll_timeout()) {
            self.recorder.handle_timeout(now);
        }
    }

    fn carry_lanes(&mut self) {
        let now = self.now();
        while let Some(entry) = self.trouble.answers.first_entry().filter(|entry| entry.key().0 <= now.mono) {
            let call = entry.remove();
            self.node.handle_input(now, Input::Written(call));
            self.flush();
        }
        self.carry_media();
    }

    fn deliver(&mut self, packet: Packet) {
        let now = self.now();
        let held = if packet.to.ip() == SWITCH.ip() { self.trouble.hold(packet) } else { Some(packet) };
        let Some(packet) = held else { return };
        if packet.to == SWITCH {
            let input = sip::Input::Received { link: LISTENER, remote: packet.from, bytes: packet.bytes };
            self.node.handle_input(now, Input::Sip(input));
        } else if packet.to.ip() == SWITCH.ip() {
            self.deliver_rtp(packet);
        } else if let Some(agent) =
            self.agents.iter_mut().find(|agent| agent.identity.sip == packet.to || agent.rtp_at() == packet.to)
        {
            agent.receive(now, packet);
        } else if let Some(watcher) = self.watchers.iter_mut().find(|watcher| watcher.address() == packet.to) {
            watcher.receive(now.mono, &packet);
        } else {
            self.astray.push(packet);
        }
    }

    /// Carries outputs until nobody has anything left to say at this instant.
    pub fn flush(&mut self) {
        loop {
            let mut quiet = true;
            while let Some(output) = self.node.poll_output() {
                quiet = false;
                self.obey_node(output);
            }
            self.flush_media(&mut quiet);
            self.flush_recorder(&mut quiet);
            for index in 0..self.agents.len() {
                while let Some(packet) = self.agents[index].poll_packet() {
                    quiet = false;
                    self.send(packet);
                }
            }
            while let Some(packet) = self.watchers.iter_mut().find_map(Watcher::poll_packet) {
                quiet = false;
                self.send(packet);
            }
            if quiet {
                return;
            }
        }
    }

    fn send(&mut self, packet: Packet) {
        let is_sip = packet.to == SWITCH || packet.from == SWITCH;
        if is_sip {
            self.ladder.note(self.now, &packet);
        }
        self.network.send(self.now, packet, is_sip);
    }

    fn obey_node(&mut self, output: Output) {
        let now = self.now();
        match output {
            Output::Sip(sip::Output::Transmit { remote, bytes, .. }) => {
                self.send(Packet { from: SWITCH, to: remote, bytes });
            }
            Output::Sip(sip::Output::Connect { link, .. }) => {
                let closed = sip::Input::LinkClosed { link };
                self.node.handle_input(now, Input::Sip(closed));
            }
            Output::Media { worker, command } => self.media.tell(self.now + self.media_delay, worker, command),
            Output::Happened(record) => self.write_down(record),
            Output::Dialog { change, leg } => self.trouble.keep(change, leg),
            Output::Keep(contact, kept) => self.trouble.keep_contact(contact, kept),
            Output::Sip(output) => self.trouble.note(output),
            Output::Page(phone, news) => self.page_news.push((phone, news)),
            Output::Said(said) => self.obey_code(&said),
            Output::Drained => {}
        }
    }

    /// Into the account: the numbers of a start follow each other.
    fn write_down(&mut self, record: Record) {
        let expected = Seq { n: self.last.n + 1, ..record.seq };
        let first = Seq { n: 1, ..record.seq };
        assert!(record.seq == if self.last.start == record.seq.start { expected } else { first }, "{record:?}");
        self.last = record.seq;
        match record.what {
            Happening::Call(entry) => {
                if let Entry::Closed(record) = &entry {
                    self.trouble.answer(self.now, record.call);
                }
                self.ledger.push(entry);
            }
            Happening::Acd(entry) => self.journal.push(*entry),
            Happening::Phone { .. } | Happening::Trunk { .. } | Happening::Plan { .. } | Happening::Command(_) => {}
        }
    }

    fn flush_recorder(&mut self, quiet: &mut bool) {
        use media::recording::Output;
        let now = self.now();
        while let Some(output) = self.recorder.poll_output() {
            *quiet = false;
            match output {
                Output::Open { capture, file_name } => {
                    self.files.insert(file_name.clone(), vec![]);
                    self.open_files.insert(capture, file_name);
                }
                Output::Write { capture, bytes } => self.file(capture).extend_from_slice(&bytes),
                Output::Patch { capture, header } => self.file(capture)[..header.len()].copy_from_slice(&header),
                Output::Silent { capture } => {
                    let event = media::Event::CaptureSilent { capture };
                    self.node.handle_input(now, Input::Media { worker: 0, event });
                }
                Output::Close { capture } => {
                    self.open_files.remove(&capture);
                }
                Output::Finished { capture, summary } => {
                    let event = media::Event::CaptureFinished { capture, summary: Box::new(summary) };
                    self.node.handle_input(now, Input::Media { worker: 0, event });
                }
            }
        }
    }

    fn file(&mut self, capture: terms::CaptureId) -> &mut Vec<u8> {
        let name = self.open_files.get(&capture).cloned().unwrap_or_default();
        self.files.entry(name).or_default()
    }
}
