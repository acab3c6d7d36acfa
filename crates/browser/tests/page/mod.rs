//! A page as the tests have it: a full ICE agent that offers one line of sound, on a wire and a clock of the test's. Between
//! it and the leg lies the same library, so what a browser does otherwise only a browser can show (`tests/tests/voice.rs`).

#![allow(dead_code, reason = "each test uses a part of it")]

use browser::{Identity, Ignored, Leg, Output};
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use str0m::change::{SdpAnswer, SdpPendingOffer};
use str0m::media::{Direction, MediaKind, Mid};
use str0m::net::{Protocol, Receive};
use str0m::rtp::RtpWrite;
use str0m::{Candidate, Event, Input, Rtc};
use terms::Mono;

/// Where the switch is reached.
pub fn switch() -> SocketAddr {
    SocketAddr::from(([192, 0, 2, 1], 3478))
}

/// What arrived at the page.
pub type Heard = (u8, u16, u32, Vec<u8>);

pub struct Page {
    pub rtc: Rtc,
    pub mid: Option<Mid>,
    pub up: bool,
    pub heard: Vec<Heard>,
    pub sent: VecDeque<(SocketAddr, Vec<u8>)>,
    /// Where it sends from.
    pub address: SocketAddr,
    /// Where the switch is, for it.
    towards: SocketAddr,
    pub timeout: Option<Instant>,
    pending: Option<SdpPendingOffer>,
    number: u64,
}

impl Page {
    pub fn new(start: Instant, address: SocketAddr) -> (Page, String) {
        Page::towards(start, address, switch())
    }

    pub fn towards(start: Instant, address: SocketAddr, towards: SocketAddr) -> (Page, String) {
        let rtc = Rtc::builder().set_rtp_mode(true).clear_codecs().enable_pcmu(true, false).build(start);
        let mut page = Page {
            rtc,
            mid: None,
            up: false,
            heard: Vec::new(),
            sent: VecDeque::new(),
            address,
            towards,
            timeout: None,
            pending: None,
            number: 1_000,
        };
        page.rtc.add_local_candidate(Candidate::host(address, Protocol::Udp).expect("an address"));
        let mut change = page.rtc.sdp_api();
        page.mid = Some(change.add_media(MediaKind::Audio, Direction::SendRecv, None, None, None));
        let (offer, pending) = change.apply().expect("a change");
        page.pending = Some(pending);
        (page, offer.to_sdp_string())
    }

    pub fn take_answer(&mut self, answer: &str) {
        let answer = SdpAnswer::from_sdp_string(answer).expect("an answer that can be read");
        let pending = self.pending.take().expect("an offer");
        self.rtc.sdp_api().accept_answer(pending, answer).expect("an answer that fits");
        self.timeout = None;
        // A restart has thrown away what it knew of its own addresses.
        self.rtc.add_local_candidate(Candidate::host(self.address, Protocol::Udp).expect("an address"));
    }

    /// Goes on from another address.
    pub fn moves(&mut self, address: SocketAddr) -> String {
        self.address = address;
        let mut change = self.rtc.sdp_api();
        change.ice_restart(false);
        let (offer, pending) = change.apply().expect("a change");
        self.pending = Some(pending);
        offer.to_sdp_string()
    }

    pub fn speak(&mut self, now: Instant, payload_type: u8, payload: &[u8]) {
        self.number += 1;
        let write = RtpWrite::new(payload_type.into(), self.number.into(), self.number as u32 * 160, now, payload);
        let mut api = self.rtc.direct_api();
        api.stream_tx_by_mid(self.mid.expect("a line"), None).expect("a stream").write_rtp(write);
        self.drive(now);
    }

    pub fn receive(&mut self, now: Instant, datagram: &[u8]) {
        let receive = Receive::new(Protocol::Udp, self.towards, self.address, datagram).expect("a datagram of ours");
        self.rtc.handle_input(Input::Receive(now, receive)).expect("taken");
        self.poll();
    }

    pub fn drive(&mut self, now: Instant) {
        self.rtc.handle_input(Input::Timeout(now)).expect("time goes on");
        self.poll();
    }

    fn poll(&mut self) {
        loop {
            match self.rtc.poll_output().expect("a page that works") {
                str0m::Output::Timeout(at) => return self.timeout = Some(at),
                str0m::Output::Transmit(out) => self.sent.push_back((out.source, out.contents.into())),
                str0m::Output::Event(Event::Connected) => self.up = true,
                str0m::Output::Event(Event::RtpPacket(p)) => {
                    let h = &p.header;
                    self.heard.push((*h.payload_type, h.sequence_number, h.timestamp, p.payload.to_vec()));
                }
                str0m::Output::Event(_) => {}
            }
        }
    }
}

/// What a leg did, in words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Told {
    Up,
    Found,
    Lost,
    Ended,
}

/// A page, a leg, and time.
pub struct World {
    pub origin: Instant,
    pub at: Duration,
    pub page: Page,
    pub leg: Leg,
    pub told: Vec<Told>,
    /// Plain RTP that came of the leg.
    pub sound: Vec<Vec<u8>>,
    pub ignored: Vec<Ignored>,
    /// Datagrams of the leg for addresses at which the page no longer is.
    pub astray: usize,
}

impl World {
    pub fn new() -> World {
        World::with(|offer| offer)
    }

    pub fn with(change: impl FnOnce(String) -> String) -> World {
        let origin = Instant::now();
        let identity = Identity::new(origin);
        let (mut page, offer) = Page::new(origin, SocketAddr::from(([198, 51, 100, 7], 50_000)));
        let (leg, answer) = Leg::answer(&identity, Mono::ZERO, switch(), &change(offer)).expect("taken");
        page.take_answer(&answer);
        let (told, sound, ignored) = Default::default();
        World { origin, at: Duration::ZERO, page, leg, told, sound, ignored, astray: 0 }
    }

    /// A world in which there is sound.
    pub fn up() -> World {
        let mut world = World::new();
        world.run(Duration::from_secs(2));
        assert!(world.page.up && world.leg.is_up(), "{:?}", world.told);
        world
    }

    pub fn now(&self) -> Mono {
        Mono::ZERO + self.at
    }

    pub fn instant(&self) -> Instant {
        self.origin + self.at
    }

    /// Lets time go on in steps of a millisecond.
    pub fn run(&mut self, long: Duration) {
        let end = self.at + long;
        while self.at < end {
            self.exchange();
            self.at += Duration::from_millis(1);
            if self.page.timeout.is_none_or(|at| at <= self.instant()) {
                self.page.drive(self.instant());
            }
            if self.leg.poll_timeout().is_some_and(|at| at <= self.now()) {
                self.leg.handle_timeout(self.now());
            }
        }
    }

    /// Carries what waits, both ways, until nothing does.
    pub fn exchange(&mut self) {
        loop {
            self.drain();
            let Some((source, datagram)) = self.page.sent.pop_front() else { return };
            if source != self.page.address {
                continue; // From a network that it has left.
            }
            if let Err(why) = self.leg.receive(self.now(), source, &datagram) {
                self.ignored.push(why);
            }
        }
    }

    pub fn drain(&mut self) {
        let at = self.instant();
        let World { page, leg, told, sound, astray, .. } = self;
        while let Some(output) = leg.poll() {
            match output {
                Output::Send { to, datagram } if to == page.address => page.receive(at, &datagram),
                Output::Send { .. } => *astray += 1,
                Output::Sound(packet) => sound.push(packet.to_vec()),
                Output::Up => told.push(Told::Up),
                Output::Found => told.push(Told::Found),
                Output::Lost => told.push(Told::Lost),
                Output::Ended => told.push(Told::Ended),
            }
        }
    }
}

/// Plain RTP as the media core writes it.
pub fn rtp(payload_type: u8, sequence: u16, time: u32, source: u32, payload: &[u8]) -> Vec<u8> {
    let mut packet = vec![0x80, payload_type];
    packet.extend(sequence.to_be_bytes());
    packet.extend(time.to_be_bytes());
    packet.extend(source.to_be_bytes());
    packet.extend(payload);
    packet
}
