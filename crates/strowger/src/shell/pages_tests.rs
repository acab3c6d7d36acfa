//! A page and a stream of the switch, both played by the test, with the thread between them.

use super::*;
use std::net::Ipv4Addr;
use std::sync::mpsc::Receiver;
use std::time::{Duration, Instant};
use str0m::change::SdpAnswer;
use str0m::media::{Direction, MediaKind, Mid};
use str0m::net::{Protocol, Receive};
use str0m::rtp::RtpWrite;
use str0m::{Candidate, Event, Input, Rtc};

const HERE: std::net::IpAddr = std::net::IpAddr::V4(Ipv4Addr::LOCALHOST);
const ANNA: PhoneId = PhoneId(7);
const LIMIT: Duration = Duration::from_secs(10);

/// The switch's side: the thread, and the stream of a call.
struct House {
    inlet: Inlet,
    told: Receiver<Told>,
    gate: SocketAddr,
    sound: SocketAddr,
    stream: UdpSocket,
}

impl House {
    fn open() -> House {
        let gate = UdpSocket::bind((HERE, 0)).unwrap();
        let local = gate.local_addr().unwrap();
        let (tell, told) = std::sync::mpsc::channel();
        let (inlet, _thread) = spawn(gate, local, Clock::start(), move |what| _ = tell.send(what)).unwrap();
        let sound = Sound::bind(HERE).unwrap();
        let at = sound.at();
        inlet.tell(Ask::Sound(ANNA, sound));
        let stream = UdpSocket::bind((HERE, 0)).unwrap();
        stream.set_nonblocking(true).unwrap();
        House { inlet, told, gate: local, sound: at, stream }
    }

    fn hear(&self, on: bool) {
        let to = on.then(|| self.stream.local_addr().unwrap());
        self.inlet.tell(Ask::Hear(ANNA, to));
        std::thread::sleep(Duration::from_millis(50));
    }

    fn offer(&self, epoch: u64, again: bool, offer: String) -> Result<String, Refused> {
        let (give, answered) = std::sync::mpsc::channel();
        let answer = Box::new(move |answer| _ = give.send(answer));
        self.inlet.tell(Ask::Offer { phone: ANNA, epoch, again, offer, answer });
        answered.recv_timeout(LIMIT).unwrap()
    }

    /// What the stream has heard: payload type and first octet of each packet.
    fn heard(&self) -> Vec<(u8, u8)> {
        let mut buffer = [0; 2_048];
        std::iter::from_fn(|| datagram(&self.stream, &mut buffer).map(|_| (buffer[1] & 0x7f, buffer[12]))).collect()
    }

    fn say(&self, number: u16, octet: u8) {
        let mut packet = vec![0x80, 0];
        packet.extend(number.to_be_bytes());
        packet.extend((u32::from(number) * 160).to_be_bytes());
        packet.extend([0, 0, 0, 9]);
        packet.extend([octet; 160]);
        self.stream.send_to(&packet, self.sound).unwrap();
    }
}

/// A browser.
struct Page {
    rtc: Rtc,
    socket: UdpSocket,
    mid: Mid,
    up: bool,
    heard: Vec<u8>,
    number: u64,
}

impl Page {
    fn attach(house: &House, epoch: u64) -> Page {
        let socket = UdpSocket::bind((HERE, 0)).unwrap();
        socket.set_read_timeout(Some(Duration::from_millis(2))).unwrap();
        let mut rtc = Rtc::builder().set_rtp_mode(true).clear_codecs().enable_pcmu(true, false).build(Instant::now());
        rtc.add_local_candidate(Candidate::host(socket.local_addr().unwrap(), Protocol::Udp).unwrap());
        let mut change = rtc.sdp_api();
        let mid = change.add_media(MediaKind::Audio, Direction::SendRecv, None, None, None);
        let (offer, pending) = change.apply().unwrap();
        let answer = house.offer(epoch, false, offer.to_sdp_string()).unwrap();
        assert!(answer.contains(&format!("127.0.0.1 {}", house.gate.port())), "{answer}");
        rtc.sdp_api().accept_answer(pending, SdpAnswer::from_sdp_string(&answer).unwrap()).unwrap();
        let mut page = Page { rtc, socket, mid, up: false, heard: vec![], number: 1_000 };
        page.run(|page| page.up);
        page
    }

    /// Goes on until that is true; whether it came true.
    fn run_for(&mut self, limit: Duration, mut done: impl FnMut(&mut Page) -> bool) -> bool {
        let (until, mut buffer) = (Instant::now() + limit, [0; 2_048]);
        while Instant::now() < until {
            self.drive();
            if done(self) {
                return true;
            }
            if let Ok((length, from)) = self.socket.recv_from(&mut buffer) {
                let local = self.socket.local_addr().unwrap();
                let receive = Receive::new(Protocol::Udp, from, local, &buffer[..length]).unwrap();
                self.rtc.handle_input(Input::Receive(Instant::now(), receive)).unwrap();
            }
            self.rtc.handle_input(Input::Timeout(Instant::now())).unwrap();
        }
        false
    }

    fn run(&mut self, done: impl FnMut(&mut Page) -> bool) {
        assert!(self.run_for(LIMIT, done), "it did not come true");
    }

    fn drive(&mut self) {
        loop {
            match self.rtc.poll_output().unwrap() {
                str0m::Output::Timeout(_) => return,
                str0m::Output::Transmit(transmit) => {
                    self.socket.send_to(&transmit.contents, transmit.destination).unwrap();
                }
                str0m::Output::Event(Event::Connected) => self.up = true,
                str0m::Output::Event(Event::RtpPacket(packet)) => self.heard.extend(packet.payload.first()),
                str0m::Output::Event(_) => {}
            }
        }
    }

    fn speak(&mut self, octet: u8) {
        self.number += 1;
        let time = (self.number * 160) as u32;
        let write = RtpWrite::new(0.into(), self.number.into(), time, Instant::now(), vec![octet; 160]);
        let mut api = self.rtc.direct_api();
        api.stream_tx_by_mid(self.mid, None).unwrap().write_rtp(write);
        self.drive();
    }
}

#[test]
fn sound_goes_both_ways_while_a_call_is_on_and_nowhere_before_and_after() {
    let house = House::open();
    let mut page = Page::attach(&house, 1);
    page.speak(0x11);
    house.say(1, 0x21);
    page.run_for(Duration::from_millis(200), |_| false);
    assert_eq!((house.heard(), page.heard.len()), (vec![], 0), "there is no call");
    house.hear(true);
    page.run(|page| {
        page.speak(0x12);
        house.heard().contains(&(0, 0x12))
    });
    let mut number = 10;
    page.run(|page| {
        number += 1;
        house.say(number, 0x22);
        page.heard.contains(&0x22)
    });
    assert!(!page.heard.contains(&0x21), "what came before the call is not kept");
    let stranger = UdpSocket::bind((HERE, 0)).unwrap();
    let mut packet = vec![0x80, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 8];
    packet.extend([0x66; 160]);
    stranger.send_to(&packet, house.sound).unwrap();
    house.hear(false);
    house.heard();
    page.speak(0x13);
    page.run_for(Duration::from_millis(200), |_| false);
    assert_eq!(house.heard(), [], "the call is over");
    assert!(!page.heard.contains(&0x66), "nobody else is heard");
}

#[test]
fn who_talks_to_a_page_that_is_away_hears_that_it_is_until_it_speaks_again() {
    let house = House::open();
    let mut page = Page::attach(&house, 1);
    house.hear(true);
    page.run(|page| {
        page.speak(0x11);
        house.heard().contains(&(0, 0x11))
    });
    let silent = Instant::now();
    let mut heard = vec![];
    page.run(|_| {
        heard.extend(house.heard());
        heard.iter().filter(|(_, code)| *code != 0x11).count() > 20
    });
    assert!(silent.elapsed() > Duration::from_millis(1_900), "a short silence is none");
    assert!(heard.iter().all(|(kind, _)| *kind == 0), "it is in the page's codec");
    page.speak(0x12);
    page.run(|_| house.heard().contains(&(0, 0x12)));
    page.run_for(Duration::from_millis(500), |_| false);
    assert_eq!(house.heard(), []);
}

#[test]
fn a_page_that_loads_anew_takes_the_call_over_once_it_can_talk() {
    let house = House::open();
    house.hear(true);
    let mut former = Page::attach(&house, 1);
    former.run(|page| {
        page.speak(0x11);
        house.heard().contains(&(0, 0x11))
    });
    let mut page = Page::attach(&house, 2);
    page.run(|page| {
        page.speak(0x12);
        house.heard().contains(&(0, 0x12))
    });
    let mut number = 10;
    page.run(|page| {
        number += 1;
        house.say(number, 0x22);
        page.heard.contains(&0x22)
    });
    let told: Vec<Told> = house.told.try_iter().collect();
    assert_eq!(told, [Told::Up(ANNA, 1), Told::Up(ANNA, 2)], "the former one's end is nobody's loss");
    assert_eq!(house.offer(1, true, "v=0\r\n".into()), Err(Refused::Ended), "it has no leg any more");
    assert!(house.offer(2, false, "nonsense".into()).is_err());
}
