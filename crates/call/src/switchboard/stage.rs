//! A switchboard whose neighbours are played, as simply as they can be.

use super::*;
use acd::ContactEvent;
use media::{Command, StreamEvent, StreamTotals};
use sip::{Body, EndedBy, LegEvent, Source};
use std::collections::VecDeque;
use std::net::SocketAddr;
use terms::limits;
use terms::{AgentId, ContactId, OfferId, PhoneId, Pii, QueueId, TrunkId};

const TOML: &str = "[[trunk]]\nname = \"acme\"\npeers = [\"192.0.2.1\"]\n[[phone]]\nuser = \"alice\"\ncontact = \"192.0.2.7\"\n\
            [[phone]]\nuser = \"bob\"\ncontact = \"192.0.2.8\"\n[[agent]]\nname = \"alice\"\nready = \"at start\"\n\
            [[queue]]\nname = \"q\"\nagents = [\"alice\"]\nrecord = true\n[[group]]\nname = \"g\"\nmembers = [\"phone:alice\", \"phone:bob\"]\n\
            [[room]]\nname = \"r\"\nrecord = true\n\
            [[route]]\nfrom = \"*\"\nto = \"1\"\ngo = \"group:g\"\n[[route]]\nfrom = \"*\"\nto = \"2\"\ngo = \"queue:q\"\n\
            [[route]]\nfrom = \"*\"\nto = \"3\"\ngo = \"room:r\"\n";

pub(super) fn sdp() -> Option<Body> {
    let text = "v=0\r\no=x 1 1 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\nm=audio 5000 RTP/AVP 8\r\n";
    Some(Body::sdp(text))
}

pub(super) fn remote() -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 7], 5_060))
}

/// The switchboard, and what the cores around it know.
pub(super) struct Stage {
    pub board: Switchboard,
    pub now: Now,
    pub next: VecDeque<Input>,
    pub legs: BTreeSet<LegId>,
    pub streams: BTreeSet<StreamId>,
    /// A stream that its worker was to give up, and has not yet.
    pub yielding: Option<StreamId>,
    /// Whose voices are recorded, left and right.
    pub recorded: [Option<StreamId>; 2],
    /// Who else is recorded on the right.
    pub guests: Vec<StreamId>,
    pub offers: u64,
    pub account: Vec<Entry>,
}

impl Stage {
    pub fn new() -> Stage {
        Stage::with_workers(1)
    }

    /// Alice is an agent with whom a call is to stand.
    pub fn nailed_up() -> Stage {
        Stage::of(1, &TOML.replace("ready = \"at start\"", "nailed_up = true"))
    }

    pub fn with_workers(workers: u16) -> Stage {
        Stage::of(workers, TOML)
    }

    fn of(workers: u16, toml: &str) -> Stage {
        let settings = Settings { incarnation: Incarnation::new(0, 1), workers, calls_max: limits::CALLS };
        let mut stage = Stage {
            board: Switchboard::new(settings),
            now: Now::default(),
            next: VecDeque::new(),
            legs: BTreeSet::new(),
            streams: BTreeSet::new(),
            yielding: None,
            recorded: [None; 2],
            guests: vec![],
            offers: 0,
            account: vec![],
        };
        let loaded =
            dialplan::load(&mut dialplan::OneText(toml), "strowger.toml").unwrap_or_else(|wrong| panic!("{wrong:?}"));
        let line = sip::BindingLine { id: sip::BindingId::FIXED, q: 1_000, transport: sip::Transport::Udp };
        let of = |user| sip::Bindings { phone: PhoneId::of(user), lines: vec![line], came: vec![], went: vec![] };
        stage.tell(Input::Plan { plan: loaded.plan, devices: vec![of("alice"), of("bob")], pins: None });
        stage
    }

    pub fn tell(&mut self, input: Input) {
        self.next.push_back(input);
        while let Some(input) = self.next.pop_front() {
            self.board.handle_input(self.now, input);
            while let Some(output) = self.board.poll_output() {
                self.obey(output);
            }
        }
    }

    pub fn leg(&mut self, leg: LegId, event: LegEvent) {
        self.next.push_back(Input::Sip(sip::Event::Leg(leg, event)));
    }

    pub fn stream(&mut self, stream: StreamId, event: StreamEvent) {
        self.next.push_back(Input::Media { worker: 0, event: media::Event::Stream(stream, event) });
    }

    pub fn contact(&mut self, contact: ContactId, event: ContactEvent) {
        self.next.push_back(Input::Acd(acd::Event::Contact(contact, event)));
    }

    pub fn obey(&mut self, output: Output) {
        use sip::Command::{Answer, Invite, Refuse, Release};
        match output {
            Output::Sip(Invite { leg, .. }) => {
                self.legs.insert(leg);
                self.leg(leg, LegEvent::Progress { remote: remote(), status: 180, early: 0, body: None });
            }
            Output::Sip(Answer { leg, .. }) => self.leg(leg, LegEvent::Established { body: None }),
            Output::Sip(Release { leg, .. } | Refuse { leg, .. }) if self.legs.remove(&leg) => {
                self.leg(leg, LegEvent::Ended { by: EndedBy::Us, cause: None });
            }
            Output::Media { command, .. } => self.obey_media(command),
            Output::Acd(acd::Command::Enqueue { contact, queue, .. }) => self.enqueue(contact, queue),
            Output::Ledger(entry) => {
                if let Entry::Closed(record) = &entry {
                    self.next.push_back(Input::Written(record.call));
                }
                self.account.push(entry);
            }
            _ => {}
        }
    }

    pub fn obey_media(&mut self, command: Command) {
        match command {
            Command::Open { stream, .. } => {
                self.streams.insert(stream);
                let local = SocketAddr::from(([192, 0, 2, 2], 4_000 + 2 * stream.0 as u16));
                self.stream(stream, StreamEvent::Opened { local });
            }
            Command::Capture { left, right, .. } => self.recorded = [Some(left), right],
            Command::CaptureLeft { left, .. } => self.recorded[0] = left,
            Command::CaptureRight { right, .. } => self.recorded[1] = right,
            Command::CaptureGuests { guests, .. } => self.guests = guests.into_vec(),
            Command::Yield { stream } => {
                self.streams.remove(&stream);
                self.yielding = Some(stream);
            }
            Command::Adopt { state, .. } => {
                self.streams.insert(state.stream());
            }
            Command::Close { stream } if self.streams.remove(&stream) => {
                self.stream(stream, StreamEvent::Closed { totals: Box::<StreamTotals>::default() });
            }
            _ => {}
        }
    }

    pub fn enqueue(&mut self, contact: ContactId, queue: QueueId) {
        self.offers += 1;
        let (offer, ring) = (OfferId(self.offers), Duration::from_secs(20));
        self.contact(contact, ContactEvent::Queued { queue, segment: 0, position: 1 });
        let agent = AgentId::of("alice");
        self.contact(contact, ContactEvent::Offered { offer, queue, segment: 0, agent, ring });
    }

    pub fn arrive(&mut self, leg: LegId, called: &str) {
        self.arrive_from(Source::Trunk(TrunkId::of("acme")), leg, called, None);
    }

    pub fn arrive_from(&mut self, source: Source, leg: LegId, called: &str, replaces: Option<sip::Replaced>) {
        self.legs.insert(leg);
        let arrival = sip::Arrival {
            source,
            caller: Pii::from("+359888123456"),
            caller_name: None,
            withheld: false,
            called: Pii::from(called),
            call_id: "one@example".into(),
            max_forwards: 70,
            diversion: None,
            replaces,
            remote: remote(),
            body: sdp(),
        };
        self.tell(Input::Sip(sip::Event::Invited { leg, arrival: Box::new(arrival) }));
    }

    /// The last of those who are rung answers, but for these.
    pub fn answers(&mut self, others: &BTreeSet<LegId>) -> Option<LegId> {
        let leg = self.legs.iter().rfind(|leg| !leg.is_inbound() && !others.contains(leg)).copied()?;
        self.tell(Input::Sip(sip::Event::Leg(leg, LegEvent::Answered { remote: remote(), early: 0, body: sdp() })));
        Some(leg)
    }

    /// Who has answered wants to be replaced by bob.
    pub fn refers(&mut self, leg: LegId) {
        let by = PhoneId::of("alice");
        let wish = sip::Referral { refer: 7, to: Pii::from("bob"), replaces: None, by };
        self.tell(Input::Sip(sip::Event::Leg(leg, LegEvent::Referred(Box::new(wish)))));
    }

    /// Alice wants the other sides of two of her calls connected.
    pub fn connects(&mut self, within: LegId, other: LegId) {
        let replaces = Some(sip::Replaced { leg: other, early: false });
        let wish = sip::Referral { refer: 7, to: Pii::from("bob"), replaces, by: PhoneId::of("alice") };
        self.tell(Input::Sip(sip::Event::Leg(within, LegEvent::Referred(Box::new(wish)))));
    }

    pub fn hang_up(&mut self, leg: LegId) {
        if self.legs.remove(&leg) {
            self.tell(Input::Sip(sip::Event::Leg(leg, LegEvent::Ended { by: EndedBy::Peer, cause: None })));
        }
    }

    /// Who talks with this leg asks bob.
    pub fn asks(&mut self, party: LegId) {
        let destination = dialplan::Destination::Phone(PhoneId::of("bob"));
        let to = dialplan::Routed { destination, record: false, route: None };
        self.verb(party, Verb::Consult { party, to, by: None });
    }

    /// Alice is ready; or she is not at work.
    pub fn works(&mut self, ready: bool) {
        self.tell(Input::Agent { agent: AgentId::of("alice"), ready, logged_out: !ready });
    }

    /// Somebody outside wants something of the call of this leg.
    pub fn verb(&mut self, leg: LegId, verb: Verb) {
        if let Some(call) = self.board.office.index.legs.get(&leg).copied() {
            self.tell(Input::Verb { call, verb });
        }
    }

    /// Somebody calls, and talks to who is rung: his leg, and theirs.
    pub fn talk(&mut self, leg: LegId, called: &str) -> LegId {
        let known = self.legs.clone();
        self.arrive(leg, called);
        self.answers(&known).expect("somebody is rung")
    }

    /// Time passes until nothing is due any more.
    pub fn wait(&mut self) {
        while let Some(at) = self.board.poll_timeout() {
            self.now.mono = self.now.mono.max(at);
            self.board.handle_timeout(self.now);
            while let Some(output) = self.board.poll_output() {
                self.obey(output);
            }
            while let Some(input) = self.next.pop_front() {
                self.tell(input);
            }
        }
    }
}

pub(super) fn assert_one_account(stage: &Stage, what: &str) {
    let count = |is: fn(&Entry) -> Option<CallRef>| {
        let mut calls = BTreeMap::<CallRef, u32>::new();
        stage.account.iter().filter_map(is).for_each(|call| *calls.entry(call).or_default() += 1);
        calls
    };
    let opened = count(|entry| if let Entry::Opened(record) = entry { Some(record.call) } else { None });
    let closed = count(|entry| if let Entry::Closed(record) = entry { Some(record.call) } else { None });
    assert!(stage.board.calls.is_empty() && stage.board.unwritten.is_empty(), "{what}");
    assert!(closed.values().all(|times| *times == 1), "{what}: {closed:?}");
    assert!(opened.keys().all(|call| closed.contains_key(call)), "{what}: {opened:?} {closed:?}");
    let index = &stage.board.office.index;
    assert!(index.legs.is_empty() && index.streams.is_empty() && index.contacts.is_empty(), "{what}: {index:?}");
    assert!(stage.board.office.usage.is_free() && stage.board.office.timers.is_empty(), "{what}");
    let legs = stage.legs.iter().filter(|leg| leg.is_inbound()).count();
    assert_eq!((legs, stage.streams.len()), (0, 0), "{what}: what the other cores still know");
}
