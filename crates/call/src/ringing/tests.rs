//! What a call hears before anybody answers, told by its own core: which session its stream is given, and what the caller
//! is told.

use crate::switchboard::{Settings, Switchboard};
use crate::{Input, Output};
use media::StreamEvent;
use sip::{Body, LegEvent, Source};
use std::net::SocketAddr;
use terms::{AgentId, ContactId, Incarnation, LegId, Now, OfferId, PhoneId, Pii, QueueId, StreamId, TrunkId, limits};

const CALLER: LegId = LegId::inbound(1);
const CALLEE: LegId = LegId::outbound(1);
/// The second who is rung.
const OTHER: LegId = LegId::outbound(2);
/// The streams in the order in which they are opened.
const RUNG: StreamId = StreamId(2);

const TOML: &str = "[[trunk]]\nname = \"acme\"\npeers = [\"192.0.2.1\"]\n[[phone]]\nuser = \"alice\"\ncontact = \"192.0.2.7\"\n\
            [[agent]]\nname = \"alice\"\nready = \"at start\"\n[[queue]]\nname = \"q\"\nagents = [\"alice\"]\n\
            [[route]]\nfrom = \"*\"\nto = \"1\"\ngo = \"phone:alice\"\n[[route]]\nfrom = \"*\"\nto = \"2\"\ngo = \"queue:q\"\n\
            [[route]]\nfrom = \"*\"\nto = \"3\"\ngo = \"intercom:alice\"\n\
            [[trunk]]\nname = \"narrow\"\npeers = [\"192.0.2.9\"]\ncalls_max = 1\n\
            [[group]]\nname = \"g\"\nmembers = [\"trunk:narrow/201\", \"phone:alice\", \"trunk:narrow/202\"]\n\
            [[route]]\nfrom = \"*\"\nto = \"4\"\ngo = \"group:g\"\n\
            [[queue]]\nname = \"quick\"\nagents = [\"alice\"]\nauto_answer = true\n\
            [[route]]\nfrom = \"*\"\nto = \"5\"\ngo = \"queue:quick\"\n\
            [[route]]\nfrom = \"*\"\nto = \"6\"\ngo = \"group:many\"\n";

/// With a group of more than may ring at a time.
fn toml() -> String {
    let many: Vec<String> = (0..limits::RINGING_LEGS + 2).map(|nth| format!("\"trunk:acme/{nth:03}\"")).collect();
    format!("{TOML}[[group]]\nname = \"many\"\nmembers = [{}]\n", many.join(", "))
}

fn sdp(port: u16, direction: &str) -> Option<Body> {
    let text = format!(
        "v=0\r\no=x 1 1 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\nm=audio {port} RTP/AVP 8\r\na={direction}\r\n"
    );
    Some(Body::sdp(text))
}

/// What came out.
#[derive(Default)]
struct Said {
    /// Statuses towards the caller.
    progress: Vec<u16>,
    /// The port to which each stream sends, and whether it receives, newest last.
    configured: Vec<(StreamId, u16, bool)>,
    /// Who was let go of.
    released: Vec<LegId>,
    answered: bool,
    /// Of each who is called, whether he is to answer by himself.
    called: Vec<bool>,
    /// Who was called.
    invited: Vec<LegId>,
    /// Who waits for an agent.
    queued: Option<(ContactId, QueueId)>,
}

struct Board(Switchboard);

impl Board {
    /// A call to this number, whose legs have their ports.
    fn with_call(called: &str) -> Board {
        let mut board = Board::ready();
        board.call(called);
        board
    }

    fn ready() -> Board {
        let settings = Settings { incarnation: Incarnation::new(0, 1), workers: 1, calls_max: limits::CALLS };
        let mut board = Board(Switchboard::new(settings));
        let loaded = dialplan::load(&mut dialplan::OneText(&toml()), "strowger.toml")
            .unwrap_or_else(|wrong| panic!("{wrong:?}"));
        let line = sip::BindingLine { id: sip::BindingId::FIXED, q: 1_000, transport: sip::Transport::Udp };
        let phone = PhoneId::of("alice");
        let devices = vec![sip::Bindings { phone, lines: vec![line], came: vec![], went: vec![] }];
        board.tell(Input::Plan { plan: loaded.plan, devices, pins: None });
        for port in [4_000, 4_002] {
            let local = SocketAddr::from(([192, 0, 2, 2], port));
            board.tell(Input::Media { worker: 0, event: media::Event::Spare { local } });
        }
        board
    }

    fn call(&mut self, called: &str) -> Said {
        let arrival = Box::new(sip::Arrival { called: Pii::from(called), body: sdp(5_000, "sendrecv"), ..arrival() });
        self.tell(Input::Sip(sip::Event::Invited { leg: CALLER, arrival }))
    }

    fn media(&mut self, stream: StreamId, event: StreamEvent) -> Said {
        self.tell(Input::Media { worker: 0, event: media::Event::Stream(stream, event) })
    }

    fn counted(&self) -> Vec<(String, u64)> {
        self.0.inspect(Now::default()).refusals.into_iter().collect()
    }

    fn tell(&mut self, input: Input) -> Said {
        self.0.handle_input(Now::default(), input);
        let mut said = Said::default();
        while let Some(output) = self.0.poll_output() {
            match output {
                Output::Sip(sip::Command::Progress { status, .. }) => said.progress.push(status),
                Output::Sip(sip::Command::Answer { .. }) => said.answered = true,
                Output::Sip(sip::Command::Invite { leg, extras, .. }) => {
                    said.invited.push(leg);
                    said.called.push(extras.is_some_and(|extras| extras.answers_itself));
                }
                Output::Acd(acd::Command::Enqueue { contact, queue, .. }) => said.queued = Some((contact, queue)),
                Output::Sip(sip::Command::Release { leg, .. }) => said.released.push(leg),
                Output::Media { command: media::Command::Configure { stream, settings }, .. } => {
                    said.configured.push((stream, settings.remote.port(), settings.receiving));
                }
                _ => {}
            }
        }
        said
    }

    fn hear(&mut self, event: LegEvent) -> Said {
        self.tell(Input::Sip(sip::Event::Leg(CALLEE, event)))
    }

    fn rings(&mut self, status: u16, early: u32, body: Option<Body>) -> Said {
        self.hear(LegEvent::Progress { remote: remote(), status, early, body })
    }

    fn answers(&mut self, early: u32, body: Option<Body>) -> Said {
        self.hear(LegEvent::Answered { remote: remote(), early, body })
    }

    /// The caller hears the one who is rung.
    fn is_heard(&self) -> bool {
        let level = |stream| self.0.hearing(stream).map(|(_, level)| level);
        level(StreamId(1)).zip(level(RUNG)).is_some_and(|(caller, rung)| caller.hears.meet(rung.speaks))
    }
}

fn remote() -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 7], 5_060))
}

fn arrival() -> sip::Arrival {
    sip::Arrival {
        source: Source::Trunk(TrunkId::of("acme")),
        caller: Pii::from("+359888123456"),
        caller_name: None,
        withheld: false,
        called: Pii::from("1"),
        call_id: "one@example".into(),
        max_forwards: 70,
        diversion: None,
        replaces: None,
        remote: SocketAddr::from(([192, 0, 2, 1], 5_060)),
        body: None,
    }
}

#[test]
fn an_announcement_that_only_sends_is_heard_before_the_answer() {
    let mut board = Board::with_call("1");
    let said = board.rings(183, 0, sdp(6_000, "sendonly"));
    assert!(said.progress == [183] && said.configured.contains(&(RUNG, 6_000, true)), "{:?}", said.configured);
    assert!(board.is_heard());
}

#[test]
fn the_sound_of_a_second_early_dialog_is_heard_and_each_has_an_answer_of_its_own() {
    let mut board = Board::with_call("1");
    assert_eq!(board.rings(183, 0, sdp(6_000, "sendrecv")).progress, [183]);
    let said = board.rings(183, 1, sdp(7_000, "sendrecv"));
    assert_eq!((said.progress, said.configured), (vec![], vec![(RUNG, 7_000, true)]));
    assert!(board.is_heard());
    // The one that is confirmed says nothing about its sound again: what it said early counts, not what was heard last.
    let said = board.answers(0, None);
    assert!(said.answered && said.configured.contains(&(RUNG, 6_000, true)), "{:?}", said.configured);
}

#[test]
fn an_answer_that_came_early_need_not_come_again_in_a_queue_as_elsewhere() {
    for called in ["1", "2"] {
        let mut board = Board::with_call(called);
        if called == "2" {
            let contact = terms::ContactId(Incarnation::new(0, 1).id(1).expect("the first contact"));
            let (queue, agent) = (terms::QueueId::of("q"), terms::AgentId::of("alice"));
            let mut acd = |event| board.tell(Input::Acd(acd::Event::Contact(contact, event)));
            acd(acd::ContactEvent::Queued { queue, segment: 1, position: 1 });
            let ring = std::time::Duration::from_secs(20);
            acd(acd::ContactEvent::Offered { offer: terms::OfferId(1), queue, segment: 1, agent, ring });
        }
        board.rings(183, 0, sdp(6_000, "sendrecv"));
        assert_eq!(board.is_heard(), called == "1", "who waits in a queue keeps its music");
        let said = board.answers(0, None);
        assert!(said.released.is_empty() && said.configured.len() <= 1, "{called}: {:?}", said.released);
        assert!(board.is_heard(), "{called}");
        let other = Board::with_call("1").answers(1, None);
        assert_eq!(other.released, [CALLEE], "nobody ever said anything about this one's sound");
    }
}

#[test]
fn a_183_without_a_session_that_fits_lets_the_caller_hear_ringing() {
    let unfit = Some(Body::sdp(
        "v=0\r\no=x 1 1 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\nm=audio 1 RTP/AVP 18\r\n",
    ));
    for (status, body) in [(183, None), (199, None), (183, unfit)] {
        let mut board = Board::with_call("1");
        assert_eq!(board.rings(status, 0, body).progress, [180], "{status}");
        assert!(!board.is_heard());
        assert_eq!(board.rings(183, 1, sdp(7_000, "sendrecv")).progress, [183], "and then somebody is heard");
    }
}

#[test]
fn an_offer_in_an_early_dialog_is_answered_in_that_dialog() {
    let mut board = Board::with_call("1");
    board.rings(183, 0, sdp(6_000, "sendrecv"));
    let offered = LegEvent::Offered { remote: remote(), early: Some(0), body: sdp(6_500, "sendrecv") };
    assert_eq!(board.hear(offered).configured, [(RUNG, 6_500, true)]);
    let said = board.answers(0, None);
    assert!(said.answered && said.released.is_empty());
}

#[test]
fn a_phone_that_is_called_by_intercom_is_to_answer_by_itself() {
    for (called, wanted) in [("1", false), ("3", true)] {
        assert_eq!(Board::ready().call(called).called, [wanted], "{called}");
    }
}

#[test]
fn nobody_is_called_before_it_is_known_of_each_whether_he_has_a_port() {
    // The narrow trunk takes one of its two: alice and he are to ring, and only he has a port at once.
    let mut board = Board::ready();
    let said = board.call("4");
    assert_eq!((said.invited, board.counted()), (vec![], vec![("trunk full".to_owned(), 1)]));
    let local = SocketAddr::from(([192, 0, 2, 2], 4_010));
    let said = board.media(StreamId(3), StreamEvent::Opened { local });
    assert_eq!(said.invited, [CALLEE, OTHER]);
}

#[test]
fn where_ports_run_out_so_many_ring_and_the_rest_are_counted() {
    let mut board = Board::ready();
    assert_eq!(board.call("4").invited, []);
    let said = board.media(StreamId(3), StreamEvent::OpenFailed);
    assert_eq!((said.invited, said.released), (vec![CALLEE], vec![]));
    assert_eq!(board.counted(), [("rtp ports exhausted".to_owned(), 1), ("trunk full".to_owned(), 1)]);
    // Who rings is rung on.
    assert_eq!(board.rings(180, 0, None).progress, [180]);
}

#[test]
fn a_queue_has_its_agents_phones_answer_by_themselves_where_it_wants_that() {
    for (called, wanted) in [("2", false), ("5", true)] {
        let mut board = Board::ready();
        let (contact, queue) = board.call(called).queued.expect("he waits");
        let (offer, agent, ring) = (OfferId(1), AgentId::of("alice"), std::time::Duration::from_secs(20));
        let offered = acd::ContactEvent::Offered { offer, queue, agent, ring, segment: 0 };
        let said = board.tell(Input::Acd(acd::Event::Contact(contact, offered)));
        assert_eq!(said.called, [wanted], "{called}");
    }
}

#[test]
fn of_more_than_may_ring_at_once_each_of_the_rest_is_counted_and_not_rung() {
    let board = Board::with_call("6");
    assert_eq!(board.counted(), [("too many ring at once".to_owned(), 2)]);
    // The caller, and those who ring.
    assert_eq!(board.0.inspect(Now::default()).streams, 1 + limits::RINGING_LEGS);
}
