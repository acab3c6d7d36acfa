//! The thread of the pages: one port at which all of them shake hands and send, their legs (`browser::Leg`), and for each a
//! socket on this machine at which its sound is plain RTP: to a media worker a page is a peer like any other. Nobody hears
//! a page but the stream that the node names, and only as long as it does: between calls what the microphone says ends here.

mod comfort;
mod voice;

#[cfg(test)]
#[path = "../pages_tests.rs"]
mod tests;

use super::poller::{Poller, Token};
use super::sockets::datagram;
use crate::clock::Clock;
use browser::{Agreed, Identity, Output, PageId, Pages, Refused};
use std::collections::BTreeMap;
use std::io::{self, Read as _, Write as _};
use std::net::{SocketAddr, UdpSocket};
use std::os::fd::AsFd;
use std::os::unix::net::UnixStream;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread::{self, JoinHandle};
use terms::PhoneId;
pub use voice::Sound;
use voice::Voice;

/// The longest datagram that is read.
const DATAGRAM: usize = 2_048;
/// Datagrams of the port taken before the others have their turn.
const BURST: usize = 64;
/// Of what is said in a page's place.
const SOURCE: u32 = 0x5354_5247;
/// How the switch calls packets of keys in its offers.
const KEYS: u8 = 101;

/// What the thread is told.
pub enum Ask {
    /// Here a phone's sound is plain RTP.
    Sound(PhoneId, Sound),
    /// A page's first offer, or that of the same page on another network; where the answer goes.
    Offer { phone: PhoneId, epoch: u64, again: bool, offer: String, answer: Answer },
    /// Who hears the page, and whom it hears; nobody.
    Hear(PhoneId, Option<SocketAddr>),
}

/// Takes the answer to an offer.
pub type Answer = Box<dyn FnOnce(Result<String, Refused>) + Send>;

/// What it tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Told {
    /// The page of this epoch can talk.
    Up(PhoneId, u64),
    /// The page of this epoch does not answer any more.
    Lost(PhoneId, u64),
    /// It answers again.
    Found(PhoneId, u64),
}

/// The way to the thread. It ends with this.
pub struct Inlet {
    asks: Sender<Ask>,
    bell: UnixStream,
}

impl Inlet {
    /// Tells it something.
    pub fn tell(&self, ask: Ask) {
        if self.asks.send(ask).is_ok() {
            // A bell that cannot ring has rung.
            let _rings_already = (&self.bell).write(&[0]);
        }
    }
}

/// Starts the thread at a bound socket; pages are told to send to `local`.
pub fn spawn(
    gate: UdpSocket,
    local: SocketAddr,
    clock: Clock,
    tell: impl Fn(Told) + Send + 'static,
) -> io::Result<(Inlet, JoinHandle<()>)> {
    gate.set_nonblocking(true)?;
    let (bell, ear) = UnixStream::pair()?;
    bell.set_nonblocking(true)?;
    ear.set_nonblocking(true)?;
    let poller = Poller::new()?;
    poller.watch(ear.as_fd(), Token::Doorbell)?;
    poller.watch(gate.as_fd(), Token::Port(0))?;
    let (asks, asked) = channel();
    let mut thread = Thread {
        gate,
        ear,
        asked,
        poller,
        clock,
        pages: Pages::new(Identity::new(clock.instant(terms::Mono::ZERO)), local),
        voices: BTreeMap::new(),
        places: Vec::new(),
        whose: BTreeMap::new(),
        next: 0,
        tell: Box::new(tell),
    };
    let join = thread::Builder::new().name("pages".into()).spawn(move || thread.run())?;
    Ok((Inlet { asks, bell }, join))
}

struct Thread {
    gate: UdpSocket,
    ear: UnixStream,
    asked: Receiver<Ask>,
    poller: Poller,
    clock: Clock,
    pages: Pages,
    voices: BTreeMap<PhoneId, Voice>,
    /// Whose a socket is, by its token.
    places: Vec<PhoneId>,
    /// Whose a leg is, and of which epoch.
    whose: BTreeMap<PageId, (PhoneId, u64)>,
    next: u64,
    tell: Box<dyn Fn(Told) + Send>,
}

impl Thread {
    fn run(&mut self) {
        let (mut ready, mut buffer) = (Vec::new(), [0; DATAGRAM]);
        loop {
            let comfort = self.voices.values().filter_map(Voice::due);
            let due = comfort.chain(self.pages.poll_timeout()).min().map(|at| at - self.clock.now().mono);
            if let Err(error) = self.poller.wait(&mut ready, due) {
                tracing::error!(%error, "waiting for pages failed");
                return;
            }
            for token in ready.drain(..) {
                match token {
                    Token::Port(_) => self.take(&mut buffer),
                    Token::Place(place) => self.say(place, &mut buffer),
                    Token::Doorbell => {}
                }
            }
            if !self.obey() {
                return;
            }
            let now = self.clock.now().mono;
            self.voices.values_mut().for_each(|voice| voice.comfort(now));
            while let Some(page) = self.pages.expired(now) {
                self.settle(page);
            }
        }
    }

    /// What was asked; false: nobody asks any more.
    fn obey(&mut self) -> bool {
        let mut rung = [0; 64];
        let open = !matches!(self.ear.read(&mut rung), Ok(0));
        while let Ok(ask) = self.asked.try_recv() {
            match ask {
                Ask::Sound(phone, sound) => self.sound(phone, sound),
                Ask::Offer { phone, epoch, again, offer, answer } => answer(self.offer(phone, epoch, again, &offer)),
                Ask::Hear(phone, to) => {
                    if let Some(voice) = self.voices.get_mut(&phone) {
                        voice.hears(self.clock.now().mono, to);
                    }
                }
            }
        }
        open
    }

    fn sound(&mut self, phone: PhoneId, sound: Sound) {
        let place = u32::try_from(self.places.len()).unwrap_or(u32::MAX);
        if let Err(error) = self.poller.watch(sound.rtp.as_fd(), Token::Place(place)) {
            tracing::error!(%error, "a page's sound cannot be heard");
        }
        self.places.push(phone);
        // Whatever a browser draws for a source, it is not this one but once in four thousand million times.
        let voice = Voice::new(self.clock.now().mono, place ^ SOURCE, sound);
        self.voices.insert(phone, voice);
    }

    fn offer(&mut self, phone: PhoneId, epoch: u64, again: bool, offer: &str) -> Result<String, Refused> {
        let now = self.clock.now().mono;
        let voice = self.voices.get(&phone).ok_or(Refused::Ended)?;
        if again {
            let page = voice.newest.filter(|page| self.whose.get(page) == Some(&(phone, epoch)));
            let page = page.ok_or(Refused::Ended)?;
            let answer = self.pages.again(now, page, offer)?;
            self.settle(page);
            return Ok(answer);
        }
        let (page, former, current) = (PageId(self.next), voice.newest, voice.current);
        let answer = self.pages.attach(now, page, offer)?;
        self.next += 1;
        self.whose.insert(page, (phone, epoch));
        if let Some(voice) = self.voices.get_mut(&phone) {
            voice.newest = Some(page);
        }
        // One that never came up is in nobody's way; the one that talks goes on until this one can.
        if let Some(former) = former.filter(|former| Some(*former) != current) {
            self.close(former);
        }
        self.settle(page);
        Ok(answer)
    }

    /// Datagrams of pages.
    fn take(&mut self, buffer: &mut [u8]) {
        let now = self.clock.now().mono;
        for _ in 0..BURST {
            let Some((length, from)) = datagram(&self.gate, buffer) else { return };
            let Some(bytes) = buffer.get(..length) else { return };
            if let Ok(page) = self.pages.receive(now, from, bytes) {
                self.settle(page);
            }
        }
    }

    /// What a page is to hear.
    fn say(&mut self, place: u32, buffer: &mut [u8]) {
        let Some(voice) = self.places.get(place as usize).and_then(|phone| self.voices.get(phone)) else { return };
        let now = self.clock.now().mono;
        for _ in 0..BURST {
            let Some((length, from)) = datagram(&voice.sound.rtp, buffer) else { return };
            let (Some(page), Some(packet)) = (voice.current, buffer.get_mut(..length)) else { continue };
            if voice.to != Some(from) {
                continue;
            }
            if let Some(agreed) = self.pages.agreed(page) {
                towards_page(packet, agreed);
            }
            let _not_while_it_is_away = self.pages.send(now, page, packet);
            settle(&mut self.pages, &self.gate, page, Some(voice));
        }
    }

    fn close(&mut self, page: PageId) {
        self.pages.close(self.clock.now().mono, page);
        self.settle(page);
        self.whose.remove(&page);
    }

    fn settle(&mut self, page: PageId) {
        let Some((phone, epoch)) = self.whose.get(&page).copied() else { return };
        let voice = self.voices.get(&phone);
        let speaks = voice.filter(|voice| voice.current == Some(page));
        let Happened { up, lost, found, spoke } = settle(&mut self.pages, &self.gate, page, speaks);
        let newest = voice.is_some_and(|voice| voice.newest == Some(page));
        if let Some((payload_type, voice)) = spoke.zip(self.voices.get_mut(&phone)) {
            voice.comfort.heard(self.clock.now().mono, payload_type);
        }
        if lost && newest {
            (self.tell)(Told::Lost(phone, epoch));
        }
        if found && newest {
            (self.tell)(Told::Found(phone, epoch));
        }
        if up && newest {
            (self.tell)(Told::Up(phone, epoch));
        }
        if up
            && newest
            && let Some(voice) = self.voices.get_mut(&phone)
            && let Some(former) = voice.current.replace(page).filter(|former| *former != page)
        {
            self.close(former);
        }
    }
}

#[derive(Default)]
struct Happened {
    up: bool,
    lost: bool,
    found: bool,
    /// In this payload type.
    spoke: Option<u8>,
}

/// Does what a leg asks for. Its sound goes to whoever hears it.
fn settle(pages: &mut Pages, gate: &UdpSocket, page: PageId, speaks: Option<&Voice>) -> Happened {
    let keys = pages.agreed(page).and_then(|agreed| agreed.keys);
    let mut happened = Happened::default();
    pages.settle(page, |output| match output {
        Output::Send { to, datagram } => drop(gate.send_to(&datagram, to)),
        Output::Sound(packet) => {
            if let Some(voice) = speaks {
                towards_switch(packet, keys);
                voice.speak(packet);
                happened.spoke = packet.get(1).map(|second| *second & 0x7f);
            }
        }
        Output::Up => happened.up = true,
        Output::Found => happened.found = true,
        Output::Lost | Output::Ended => happened.lost = true,
    });
    happened
}

/// Keys by the name that the page has for them.
fn towards_page(packet: &mut [u8], agreed: &Agreed) {
    if let Some(second) = packet.get_mut(1)
        && !agreed.codecs.iter().any(|(_, known)| *known == *second & 0x7f)
        && let Some(keys) = agreed.keys
    {
        *second = *second & 0x80 | keys;
    }
}

/// And by that which the switch has.
fn towards_switch(packet: &mut [u8], keys: Option<u8>) {
    if let Some(second) = packet.get_mut(1).filter(|second| Some(**second & 0x7f) == keys) {
        *second = *second & 0x80 | KEYS;
    }
}
