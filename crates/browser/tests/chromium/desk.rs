//! The other side of the page: a switch with one port for pages, and a desk phone that hears and says plain RTP in G.711.
//! It hums all the time, whether a page is there or not, as a caller goes on talking.

use browser::{Identity, Output, PageId, Pages};
use std::f64::consts::TAU;
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};
use terms::Mono;

const RATE: f64 = 8_000.0;
const PACKET: Duration = Duration::from_millis(20);

pub struct Desk {
    state: Arc<Mutex<State>>,
    over: Arc<AtomicBool>,
    deaf: AtomicBool,
    thread: Option<JoinHandle<()>>,
}

struct State {
    pages: Pages,
    socket: UdpSocket,
    origin: Instant,
    /// The page that has the leg: the newest that was up.
    current: Option<PageId>,
    /// What the phone heard: when, of which page, and the samples.
    heard: Vec<(Instant, PageId, Vec<i16>)>,
    /// What the phone talks, where it is not the first that was agreed on: a payload type.
    talks: Option<u8>,
    /// Packets of keys: the event, and whether it is an end.
    keys: Vec<(u8, bool)>,
    /// From where the page's sound came last.
    from: Option<SocketAddr>,
    ups: usize,
}

impl Desk {
    /// A switch at this address whose phone hums so many hertz.
    pub fn start(address: IpAddr, hertz: f64) -> Desk {
        let socket = UdpSocket::bind((address, 0)).expect("a port");
        socket.set_read_timeout(Some(Duration::from_millis(2))).expect("a socket");
        let origin = Instant::now();
        let pages = Pages::new(Identity::new(origin), socket.local_addr().expect("bound"));
        let ears = socket.try_clone().expect("a descriptor");
        let heard = Vec::new();
        let state =
            State { pages, socket, origin, current: None, heard, talks: None, keys: Vec::new(), from: None, ups: 0 };
        let (state, over) = (Arc::new(Mutex::new(state)), Arc::new(AtomicBool::new(false)));
        let (inner, ends) = (state.clone(), over.clone());
        let thread = std::thread::spawn(move || run(&inner, &ears, &ends, hertz));
        Desk { state, over, deaf: AtomicBool::new(false), thread: Some(thread) }
    }

    fn with<T>(&self, ask: impl FnOnce(&mut State) -> T) -> T {
        ask(&mut self.state.lock().expect("the thread lives"))
    }

    /// A page asks: `attach` or `restart`, with its epoch. None of one that is older than the one that has the leg.
    pub fn ask(&self, what: &str, epoch: u64, offer: &str) -> Option<String> {
        self.with(|state| {
            let (now, page) = (state.now(), PageId(epoch));
            if state.current.is_some_and(|current| page < current) {
                return None;
            }
            let answer = match what {
                "attach" => state.pages.attach(now, page, offer),
                _ => state.pages.again(now, page, offer),
            };
            state.settle(page);
            answer.map_err(|why| eprintln!("{what} {epoch}: {why}")).ok()
        })
    }

    /// Waits until the phone has heard a page for so long since then, and tells how much of that is this tone.
    pub fn hears(&self, since: Instant, hertz: f64, limit: Duration) -> f64 {
        let wanted = (RATE / 2.0) as usize;
        let until = Instant::now() + limit;
        loop {
            let samples: Vec<i16> = self.with(|state| {
                let late = state.heard.iter().filter(|(at, ..)| *at > since);
                late.flat_map(|(.., samples)| samples.iter().copied()).collect()
            });
            if samples.len() >= wanted {
                return share(&samples[samples.len() - wanted..], hertz);
            }
            assert!(Instant::now() < until, "only {} samples within {limit:?}", samples.len());
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    /// The longest time without sound since then.
    pub fn gap(&self, since: Instant) -> Duration {
        self.with(|state| {
            let late = state.heard.iter().map(|(at, ..)| *at).filter(|at| *at > since);
            let times: Vec<_> = std::iter::once(since).chain(late).collect();
            times.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or_default()
        })
    }

    /// Which page has the leg, from where it sends, and how many connections there have been.
    pub fn page(&self) -> (Option<u64>, Option<SocketAddr>, usize) {
        self.with(|state| (state.current.map(|page| page.0), state.from, state.ups))
    }

    /// The phone talks PCMU from now on, which is not what the page prefers.
    pub fn talks_pcmu(&self) {
        self.with(|state| state.talks = Some(0));
    }

    /// The keys that were pressed in the page, by their events, each told once, at its first end.
    pub fn keys(&self) -> Vec<u8> {
        self.with(|state| {
            let ends = state.keys.iter().scan(false, |ended, (event, end)| {
                let before = std::mem::replace(ended, *end);
                Some((*end && !before).then_some(*event))
            });
            ends.flatten().collect()
        })
    }

    /// Whether the page's questions are answered; its sound is another matter.
    pub fn answers(&self, answers: bool) {
        self.deaf.store(!answers, Relaxed);
    }

    /// Whether they are.
    pub fn is_deaf(&self) -> bool {
        self.deaf.load(Relaxed)
    }

    /// How many legs there are.
    pub fn legs(&self) -> usize {
        self.with(|state| state.pages.len())
    }
}

impl Drop for Desk {
    fn drop(&mut self) {
        self.over.store(true, Relaxed);
        if let Some(thread) = self.thread.take() {
            let _panicked_already = thread.join();
        }
    }
}

fn run(state: &Mutex<State>, ears: &UdpSocket, ends: &AtomicBool, hertz: f64) {
    // Both laws, beforehand: a second of whole waves.
    let hum = [0, 8].map(|law| -> Vec<u8> {
        let wave = (0..RATE as u32).map(|place| (8_000.0 * (TAU * hertz * f64::from(place) / RATE).sin()) as i16);
        wave.map(|sample| encode(law, sample)).collect()
    });
    let mut buffer = [0; 2_048];
    let mut next = Instant::now();
    let mut sequence = 0u16;
    while !ends.load(Relaxed) {
        let received = ears.recv_from(&mut buffer);
        let mut state = state.lock().expect("nobody panics with it");
        let now = state.now();
        if let Ok((length, from)) = received
            && let Ok(page) = state.pages.receive(now, from, &buffer[..length])
        {
            state.from = Some(from);
            state.settle(page);
        }
        while let Some(page) = state.pages.expired(now) {
            state.settle(page);
        }
        while next <= Instant::now() {
            // Who is late does not talk faster.
            next = (next + PACKET).max(Instant::now() - 4 * PACKET);
            sequence = sequence.wrapping_add(1);
            state.hum(now, sequence, &hum);
        }
    }
}

impl State {
    fn now(&self) -> Mono {
        Mono::ZERO + self.origin.elapsed()
    }

    fn hum(&mut self, now: Mono, sequence: u16, hum: &[Vec<u8>; 2]) {
        let Some(page) = self.current else { return };
        let law = self.talks.or_else(|| self.pages.agreed(page).map(|agreed| agreed.codecs[0].1)).unwrap_or(0);
        let start = usize::from(sequence % 50) * 160;
        let mut packet = vec![0x80, law];
        packet.extend(sequence.to_be_bytes());
        packet.extend((u32::from(sequence) * 160).to_be_bytes());
        packet.extend([0, 0, 0, 9]);
        packet.extend_from_slice(&hum[usize::from(law == 8)][start..start + 160]);
        let _not_while_it_is_away = self.pages.send(now, page, &packet);
        self.settle(page);
    }

    fn settle(&mut self, page: PageId) {
        let State { pages, socket, current, heard, keys, ups, .. } = self;
        let mut newest = None;
        let pressed = pages.agreed(page).and_then(|agreed| agreed.keys);
        pages.settle(page, |output| match output {
            Output::Send { to, datagram } => drop(socket.send_to(&datagram, to)),
            Output::Sound(packet) if Some(packet[1] & 0x7f) == pressed => {
                keys.push((packet[12], packet[13] & 0x80 != 0))
            }
            Output::Sound(packet) if *current == Some(page) => {
                let samples = packet[12..].iter().map(|byte| decode(packet[1] & 0x7f, *byte)).collect();
                heard.push((Instant::now(), page, samples));
            }
            Output::Up => newest = Some(page),
            _ => {}
        });
        if let Some(newest) = newest.filter(|newest| current.is_none_or(|current| current <= *newest)) {
            *ups += 1;
            let former = current.replace(newest).filter(|former| *former != newest);
            if let Some(former) = former {
                let now = self.now();
                self.pages.close(now, former);
                self.settle(former);
            }
        }
    }
}

/// How much of the power of a sound is this tone, taken by twentieths of a second: a packet that was lost is not held against
/// the next ones.
fn share(samples: &[i16], hertz: f64) -> f64 {
    let (mut tone, mut all) = (0.0, 0.0);
    for block in samples.chunks_exact(RATE as usize / 20) {
        let (mut re, mut im) = (0.0, 0.0);
        for (place, sample) in block.iter().enumerate() {
            let (sample, angle) = (f64::from(*sample), TAU * hertz * place as f64 / RATE);
            re += sample * angle.cos();
            im += sample * angle.sin();
            all += sample * sample;
        }
        tone += 2.0 * (re * re + im * im) / block.len() as f64;
    }
    if all == 0.0 { 0.0 } else { tone / all }
}

/// G.711 the long way round: the byte whose sample is nearest.
fn encode(law: u8, sample: i16) -> u8 {
    (0..=255u8).min_by_key(|byte| (i32::from(decode(law, *byte)) - i32::from(sample)).abs()).expect("256 of them")
}

fn decode(law: u8, byte: u8) -> i16 {
    if law == 0 {
        let byte = !byte;
        let size = (((i32::from(byte & 0x0f) << 3) + 0x84) << (byte >> 4 & 7)) - 0x84;
        return if byte & 0x80 != 0 { -size } else { size } as i16;
    }
    let byte = byte ^ 0x55;
    let (step, chord) = (i32::from(byte & 0x0f) << 4, byte >> 4 & 7);
    let size = if chord == 0 { step + 8 } else { (step + 0x108) << (chord - 1) };
    (if byte & 0x80 != 0 { size } else { -size }) as i16
}
