//! Pages that ask for the voice of a phone, before the pages' thread and a node. What the thread says of their connections
//! the test says.

use super::*;
use crate::clock::Clock;
use crate::shell::pages;
use call::Settings;
use node::Change;
use std::net::UdpSocket;
use terms::Incarnation;
use tokio::sync::{mpsc, oneshot};

const PLAN: &str = "[listen]\nudp = \"127.0.0.1:5060\"\npages = \"127.0.0.1:16000\"\n[[phone]]\nuser = \"anna\"\npage = true\n\
                    [[agent]]\nname = \"anna\"\n[[queue]]\nname = \"support\"\nagents = [\"anna\"]\n";
const NO_OFFER: &str = "v=0\r\n";

/// A desk: the voices, and the node behind them.
struct House {
    voices: Voices,
    node: Node,
    anna: PhoneId,
    clock: Clock,
}

impl House {
    fn open() -> House {
        let gate = UdpSocket::bind(("127.0.0.1", 0)).unwrap();
        let (here, clock) = (gate.local_addr().unwrap(), Clock::start());
        let (inlet, _thread) = pages::spawn(gate, here, clock, |_| {}).unwrap();
        let settings = Settings { incarnation: Incarnation::default(), workers: 1, calls_max: 8 };
        let mut node = Node::new(1, node::Beginning { settings, numbered: 0 });
        let plan = crate::plans::plan_of(PLAN);
        let anna = plan.phones[0].id;
        let change = Change { plan, sip: None, pins: None, prompts: None };
        node.handle_input(clock.now(), Input::Plan(Box::new(change)));
        House { voices: Voices::new(inlet, here.ip()), node, anna, clock }
    }

    fn ask(&mut self, wish: VoiceWish) {
        self.voices.ask(self.clock.now(), self.anna, wish, &mut self.node);
    }

    fn hear(&mut self, told: Told) {
        self.voices.hear(self.clock.now(), told, &mut self.node);
    }

    /// A page asks for the voice. Its offer is none, so that nothing but that is refused where it may have it.
    fn attach(&mut self, page: &Page, epoch: Option<u64>, take: bool) -> Result<Attached, NoVoice> {
        let (answer, answered) = oneshot::channel();
        let (page, offer) = (page.0.clone(), NO_OFFER.to_owned());
        self.ask(VoiceWish::Attach { epoch, take, offer, page, answer });
        answered.blocking_recv().expect("an answer")
    }

    fn resume(&mut self, page: &Page, epoch: u64) -> Result<(), NoVoice> {
        let (answer, answered) = oneshot::channel();
        self.ask(VoiceWish::Resume { epoch, page: page.0.clone(), answer });
        answered.blocking_recv().expect("an answer")
    }

    fn epoch(&self) -> u64 {
        self.voices.known[&self.anna].epoch
    }

    /// Whether the agent can be rung, as long after the last word as a page may take to load anew.
    fn is_there(&mut self) -> bool {
        let mut later = self.clock.now();
        later.mono += std::time::Duration::from_secs(4);
        self.node.handle_timeout(later);
        self.node.acd().inspect().agents[0].reachable
    }
}

/// A page's socket.
struct Page(mpsc::Sender<VoiceNews>, mpsc::Receiver<VoiceNews>);

impl Page {
    fn open() -> Page {
        let (tell, news) = mpsc::channel(4);
        Page(tell, news)
    }
}

/// What a page hears that may have the voice: its offer is read, and is none.
const MAY: Result<Attached, NoVoice> = Err(NoVoice::Unusable);

#[test]
fn a_page_has_a_voice_that_no_other_takes_without_asking_and_the_one_before_is_told() {
    let mut house = House::open();
    let (mut one, mut other) = (Page::open(), Page::open());
    assert_eq!(house.attach(&one, None, false), MAY);
    assert_eq!(house.attach(&one, Some(1), false), MAY, "it loads anew, or begins anew");
    assert_eq!(house.attach(&other, None, false), Err(NoVoice::Taken));
    assert!(one.1.try_recv().is_err(), "asking takes nothing");
    assert_eq!(house.attach(&other, None, true), MAY);
    assert_eq!(one.1.try_recv(), Ok(VoiceNews::Superseded));
    assert_eq!(house.attach(&one, Some(2), false), Err(NoVoice::Superseded), "it does not take it back by itself");
    assert_eq!(house.resume(&one, 2), Err(NoVoice::Superseded));
    assert!(other.1.try_recv().is_err());
    drop(other.1);
    assert_eq!(house.attach(&one, None, false), MAY, "nobody reads there any more");
}

#[test]
fn numbers_of_an_earlier_start_go_on_and_no_number_is_too_high() {
    let mut house = House::open();
    let page = Page::open();
    assert_eq!(house.resume(&page, 7), Err(NoVoice::Unknown));
    assert_eq!((house.attach(&page, Some(7), false), house.epoch()), (MAY, 8));
    assert_eq!((house.attach(&page, Some(u64::MAX), false), house.epoch()), (MAY, 9));
}

#[test]
fn a_page_is_there_while_it_can_talk_and_somebody_reads_what_it_is_told() {
    let mut house = House::open();
    let anna = house.anna;
    let (one, again) = (Page::open(), Page::open());
    assert_eq!(house.attach(&one, None, false), MAY);
    assert!(!house.is_there(), "it cannot talk yet");
    house.hear(Told::Up(anna, 1));
    assert!(house.is_there());
    house.hear(Told::Lost(anna, 1));
    assert!(!house.is_there());
    house.hear(Told::Found(anna, 1));
    assert!(house.is_there());
    assert_eq!(house.resume(&again, 1), Ok(()));
    drop(one.1);
    house.ask(VoiceWish::Left);
    assert!(house.is_there(), "the socket that is closed is not the one that it has now");
    drop(again.1);
    house.ask(VoiceWish::Left);
    assert!(!house.is_there());
    let new = Page::open();
    assert_eq!(house.resume(&new, 1), Ok(()));
    house.hear(Told::Up(anna, 1));
    house.ask(VoiceWish::Leave { epoch: 1 });
    assert!(!house.is_there() && !new.0.is_closed(), "of its own will, though it reads still");
    assert_eq!(house.resume(&new, 1), Ok(()));
    house.hear(Told::Up(anna, 1));
    assert!(house.is_there(), "its connection was there all the time");
    assert_eq!(house.attach(&new, Some(1), false), MAY);
    house.hear(Told::Up(anna, 1));
    assert!(!house.is_there(), "what the connection before does is nothing to the one that is wanted now");
}

#[test]
fn without_a_port_nobody_has_a_voice() {
    let mut house = House { voices: Voices::deaf(), ..House::open() };
    assert_eq!(house.attach(&Page::open(), None, false), Err(NoVoice::Unheard));
}
