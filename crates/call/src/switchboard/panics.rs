//! A panic at any output of any step of a call: that call ends with one record, nothing of it is left anywhere, and the
//! others go on. The cores around the switchboard are played here, as simply as they can be.

use super::*;
use acd::ContactEvent;
use media::{Command, StreamEvent, StreamTotals};
use sip::{Body, EndedBy, LegEvent, Source};
use std::collections::VecDeque;
use std::net::SocketAddr;
use terms::{AgentId, ContactId, OfferId, PhoneId, Pii, QueueId, TrunkId};

struct Sources;

impl dialplan::Sources for Sources {
    fn read(&mut self, _: &str) -> Result<Vec<u8>, String> {
        let text = "[[trunk]]\nname = \"acme\"\npeers = [\"192.0.2.1\"]\n[[phone]]\nuser = \"alice\"\ncontact = \"192.0.2.7\"\n\
            [[phone]]\nuser = \"bob\"\ncontact = \"192.0.2.8\"\n[[agent]]\nname = \"alice\"\nready = \"at start\"\n\
            [[queue]]\nname = \"q\"\nagents = [\"alice\"]\nrecord = true\n[[group]]\nname = \"g\"\nmembers = [\"phone:alice\", \"phone:bob\"]\n\
            [[route]]\nfrom = \"*\"\nto = \"1\"\ngo = \"group:g\"\n[[route]]\nfrom = \"*\"\nto = \"2\"\ngo = \"queue:q\"\n";
        Ok(text.into())
    }
    fn sound(&mut self, _: &str, _: &str) -> dialplan::Sound {
        dialplan::Sound::Fits
    }
}

fn sdp() -> Option<Body> {
    let text = "v=0\r\no=x 1 1 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\nm=audio 5000 RTP/AVP 8\r\n";
    Some(Body::sdp(text))
}

fn remote() -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 7], 5_060))
}

/// The switchboard, and what the cores around it know.
struct Stage {
    board: Switchboard,
    now: Now,
    next: VecDeque<Input>,
    legs: BTreeSet<LegId>,
    streams: BTreeSet<StreamId>,
    offers: u64,
    account: Vec<Entry>,
}

impl Stage {
    fn new() -> Stage {
        let settings = Settings { incarnation: Incarnation::new(0, 1), workers: 1, calls_max: limits::CALLS };
        let mut stage = Stage {
            board: Switchboard::new(settings),
            now: Now::default(),
            next: VecDeque::new(),
            legs: BTreeSet::new(),
            streams: BTreeSet::new(),
            offers: 0,
            account: vec![],
        };
        let loaded = dialplan::load(&mut Sources, "strowger.toml").unwrap_or_else(|wrong| panic!("{wrong:?}"));
        let line = sip::BindingLine { id: sip::BindingId::FIXED, q: 1_000, transport: sip::Transport::Udp };
        let of = |user| sip::Bindings { phone: PhoneId::of(user), lines: vec![line], came: vec![], went: vec![] };
        stage.tell(Input::Plan { plan: loaded.plan, devices: vec![of("alice"), of("bob")] });
        stage
    }

    fn tell(&mut self, input: Input) {
        self.next.push_back(input);
        while let Some(input) = self.next.pop_front() {
            self.board.handle_input(self.now, input);
            while let Some(output) = self.board.poll_output() {
                self.obey(output);
            }
        }
    }

    fn leg(&mut self, leg: LegId, event: LegEvent) {
        self.next.push_back(Input::Sip(sip::Event::Leg(leg, event)));
    }

    fn stream(&mut self, stream: StreamId, event: StreamEvent) {
        self.next.push_back(Input::Media { worker: 0, event: media::Event::Stream(stream, event) });
    }

    fn contact(&mut self, contact: ContactId, event: ContactEvent) {
        self.next.push_back(Input::Acd(acd::Event::Contact(contact, event)));
    }

    fn obey(&mut self, output: Output) {
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

    fn obey_media(&mut self, command: Command) {
        match command {
            Command::Open { stream, .. } => {
                self.streams.insert(stream);
                let local = SocketAddr::from(([192, 0, 2, 2], 4_000 + 2 * stream.0 as u16));
                self.stream(stream, StreamEvent::Opened { local });
            }
            Command::Close { stream } if self.streams.remove(&stream) => {
                self.stream(stream, StreamEvent::Closed { totals: Box::<StreamTotals>::default() });
            }
            _ => {}
        }
    }

    fn enqueue(&mut self, contact: ContactId, queue: QueueId) {
        self.offers += 1;
        let (offer, ring) = (OfferId(self.offers), Duration::from_secs(20));
        self.contact(contact, ContactEvent::Queued { queue, segment: 0, position: 1 });
        let agent = AgentId::of("alice");
        self.contact(contact, ContactEvent::Offered { offer, queue, segment: 0, agent, ring });
    }

    fn arrive(&mut self, leg: LegId, called: &str) {
        self.arrive_from(Source::Trunk(TrunkId::of("acme")), leg, called, None);
    }

    fn arrive_from(&mut self, source: Source, leg: LegId, called: &str, replaces: Option<sip::Replaced>) {
        self.legs.insert(leg);
        let arrival = sip::Arrival {
            source,
            caller: Pii::from("+359888123456"),
            caller_name: None,
            withheld: false,
            called: Pii::from(called),
            call_id: "one@example".into(),
            max_forwards: 70,
            replaces,
            remote: remote(),
            body: sdp(),
        };
        self.tell(Input::Sip(sip::Event::Invited { leg, arrival: Box::new(arrival) }));
    }

    /// The last of those who are rung answers, but for these.
    fn answers(&mut self, others: &BTreeSet<LegId>) -> Option<LegId> {
        let leg = self.legs.iter().rfind(|leg| !leg.is_inbound() && !others.contains(leg)).copied()?;
        self.tell(Input::Sip(sip::Event::Leg(leg, LegEvent::Answered { remote: remote(), early: 0, body: sdp() })));
        Some(leg)
    }

    /// Who has answered wants to be replaced by bob.
    fn refers(&mut self, leg: LegId) {
        let by = PhoneId::of("alice");
        let wish = sip::Referral { refer: 7, to: Pii::from("bob"), replaces: None, by };
        self.tell(Input::Sip(sip::Event::Leg(leg, LegEvent::Referred(Box::new(wish)))));
    }

    fn hang_up(&mut self, leg: LegId) {
        if self.legs.remove(&leg) {
            self.tell(Input::Sip(sip::Event::Leg(leg, LegEvent::Ended { by: EndedBy::Peer, cause: None })));
        }
    }

    /// Time passes until nothing is due any more.
    fn wait(&mut self) {
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

/// A call, at each of whose outputs somebody panics so often: whether it ever came to that.
fn call(called: &str, at: u32, panics: u32) -> bool {
    let mut stage = Stage::new();
    let (other, leg) = (LegId::inbound(9), LegId::inbound(1));
    stage.arrive(other, "1");
    stage.answers(&BTreeSet::new());
    let kept = stage.legs.clone();
    stage.board.office.fuse = crate::desk::Fuse { outputs: at, panics };
    stage.arrive(leg, called);
    let first = stage.answers(&kept);
    if let Some(refer) = first {
        stage.refers(refer);
    }
    stage.answers(&kept);
    stage.hang_up(leg);
    let burnt = stage.board.office.fuse.panics == 0;
    stage.board.office.fuse.panics = 0;
    assert!(kept.iter().all(|leg| stage.legs.contains(leg)), "the other call goes on: {called} {at} {panics}");
    stage.hang_up(other);
    stage.wait();
    assert_one_account(&stage, &format!("{called}, {panics} panics from output {at} on"));
    burnt
}

/// Outputs of the switchboard itself, before one of the two calls is told anything: the 202.
const BETWEEN_CALLS: u32 = 1;

/// A phone connects the other sides of two of its calls, and at each output of that somebody panics so often.
fn merge(at: u32, panics: u32) -> bool {
    let mut stage = Stage::new();
    let [other, one, two] = [9, 1, 2].map(LegId::inbound);
    stage.arrive(other, "1");
    stage.answers(&BTreeSet::new());
    let kept = stage.legs.clone();
    stage.arrive(one, "2");
    let first = stage.answers(&kept).expect("alice is rung");
    let known = stage.legs.clone();
    stage.arrive(two, "1");
    let second = stage.answers(&known).expect("the group is rung");
    stage.board.office.fuse = crate::desk::Fuse { outputs: BETWEEN_CALLS + at, panics };
    let replaces = Some(sip::Replaced { leg: second, early: false });
    let wish = sip::Referral { refer: 7, to: Pii::from("bob"), replaces, by: PhoneId::of("alice") };
    stage.tell(Input::Sip(sip::Event::Leg(first, LegEvent::Referred(Box::new(wish)))));
    [one, two].into_iter().for_each(|leg| stage.hang_up(leg));
    let burnt = stage.board.office.fuse.panics == 0;
    stage.board.office.fuse.panics = 0;
    assert!(kept.iter().all(|leg| stage.legs.contains(leg)), "the other call goes on: {at} {panics}");
    stage.hang_up(other);
    stage.wait();
    assert!(stage.board.transit.is_empty() && stage.board.strays.is_empty(), "{panics} panics from output {at} on");
    assert_one_account(&stage, &format!("a merge, {panics} panics from output {at} on"));
    burnt
}

/// Another device of a phone takes the place of the one that talks, and at each output of that somebody panics so often.
fn take_over(at: u32, panics: u32) -> bool {
    let mut stage = Stage::new();
    let [other, one, taker] = [9, 1, 2].map(LegId::inbound);
    stage.arrive(other, "1");
    stage.answers(&BTreeSet::new());
    let kept = stage.legs.clone();
    stage.arrive(one, "2");
    let first = stage.answers(&kept).expect("alice is rung");
    stage.board.office.fuse = crate::desk::Fuse { outputs: at, panics };
    let replaces = Some(sip::Replaced { leg: first, early: false });
    stage.arrive_from(Source::Phone(PhoneId::of("alice")), taker, "1", replaces);
    let burnt = stage.board.office.fuse.panics == 0;
    stage.board.office.fuse.panics = 0;
    assert!(kept.iter().all(|leg| stage.legs.contains(leg)), "the other call goes on: {at} {panics}");
    [one, taker, other].into_iter().for_each(|leg| stage.hang_up(leg));
    stage.wait();
    assert_one_account(&stage, &format!("a place taken over, {panics} panics from output {at} on"));
    burnt
}

fn assert_one_account(stage: &Stage, what: &str) {
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

#[test]
fn a_panic_at_any_output_ends_that_call_alone_even_when_its_release_panics_too() {
    for called in ["1", "2"] {
        for panics in 1..=2 {
            let reached = (1..100).take_while(|at| call(called, *at, panics)).count();
            assert!(reached > 25, "{called}: only {reached} outputs");
        }
    }
}

#[test]
fn a_panic_while_two_calls_meet_loses_nobody() {
    for panics in 1..=2 {
        let reached = (1..100).take_while(|at| merge(*at, panics)).count();
        assert!(reached > 15, "only {reached} outputs");
    }
}

#[test]
fn a_panic_while_a_device_takes_a_place_loses_nobody() {
    for panics in 1..=2 {
        let reached = (1..100).take_while(|at| take_over(*at, panics)).count();
        assert!(reached > 5, "only {reached} outputs");
    }
}

#[test]
fn a_panic_in_what_judges_a_call_turns_that_one_away() {
    let refused = |at| {
        let mut stage = Stage::new();
        let (other, leg) = (LegId::inbound(9), LegId::inbound(1));
        stage.arrive(other, "1");
        stage.answers(&BTreeSet::new());
        let kept = stage.legs.clone();
        stage.board.office.fuse = crate::desk::Fuse { outputs: at, panics: 1 };
        stage.arrive(leg, "nobody");
        let burnt = stage.board.office.fuse.panics == 0;
        stage.board.office.fuse.panics = 0;
        assert_eq!(stage.legs, kept, "he is turned away, and the other call goes on: {at}");
        let counted = stage.board.inspect(stage.now).refusals.contains_key("panic in an admission");
        assert_eq!(counted, burnt, "{at}");
        stage.hang_up(other);
        stage.wait();
        assert_one_account(&stage, &format!("a panic at output {at} of a refusal"));
        burnt
    };
    assert_eq!((1..100).take_while(|at| refused(*at)).count(), 4, "the refusal, and the three entries of its account");
}
