//! The side that is measured: legs on one port, or a bare forwarder in their place.

use browser::{Identity, Output, PageId, Pages};
use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, UdpSocket};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::time::{Duration, Instant};
use terms::Mono;

pub struct Stand {
    count: usize,
    pages: Option<Pages>,
    origin: Instant,
    /// Where pages send to, and where the plain peers do.
    near: UdpSocket,
    far: UdpSocket,
    /// By a page's number: its plain peer; the page's own address, where there are no legs.
    peers: Vec<(SocketAddr, SocketAddr)>,
    numbers: BTreeMap<SocketAddr, usize>,
    forwarded: u64,
    child: Child,
    to: ChildStdin,
    from: BufReader<ChildStdout>,
}

impl Stand {
    pub fn with_legs(count: usize, identity: Identity, origin: Instant) -> Stand {
        Stand::start(count, "legs", |near| Some(Pages::new(identity, near)), origin)
    }

    pub fn bare(count: usize) -> Stand {
        Stand::start(count, "bare", |_| None, Instant::now())
    }

    fn start(count: usize, kind: &str, pages: impl FnOnce(SocketAddr) -> Option<Pages>, origin: Instant) -> Stand {
        let socket = || {
            let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
            socket.set_nonblocking(true).expect("a socket that does not wait");
            socket
        };
        let (near, far) = (socket(), socket());
        let place = |socket: &UdpSocket| socket.local_addr().expect("bound");
        let mut child = Command::new(std::env::current_exe().expect("a path"))
            .args(["pages", &count.to_string(), kind, &place(&near).to_string(), &place(&far).to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("a second process");
        let (to, from) = (child.stdin.take().expect("piped"), child.stdout.take().expect("piped"));
        let mut from = BufReader::new(from);
        let mut peers = Vec::new();
        for _ in 0..count {
            let line = read(&mut from);
            let (page, peer) = line.split_once(' ').expect("two addresses");
            peers.push((page.parse().expect("an address"), peer.parse().expect("an address")));
        }
        let pages = pages(place(&near));
        let mut numbers = BTreeMap::new();
        for (number, (page, peer)) in peers.iter().enumerate() {
            numbers.insert(*page, number);
            numbers.insert(*peer, number);
        }
        Stand { count, pages, origin, near, far, peers, numbers, forwarded: 0, child, to, from }
    }

    fn now(&self) -> Mono {
        Mono::ZERO + self.origin.elapsed()
    }

    /// Answers every page's offer, and goes on until all are up.
    pub fn connect(&mut self) {
        // All offers first: whoever waits for room in a pipe reads nothing from the other one.
        let offers: Vec<_> = (0..self.count).map(|_| read(&mut self.from).replace('\u{1f}', "\r\n")).collect();
        for (number, offer) in offers.iter().enumerate() {
            let now = self.now();
            let pages = self.pages.as_mut().expect("there are legs");
            let answer = pages.attach(now, PageId(number as u64), offer).expect("an offer that can be taken");
            writeln!(self.to, "{}", answer.replace("\r\n", "\u{1f}")).expect("the pages live");
        }
        while !(0..self.count).all(|number| self.pages.as_ref().is_some_and(|pages| pages.is_up(PageId(number as u64))))
        {
            self.pass();
        }
        // What is left of the handshakes.
        let until = Instant::now() + Duration::from_millis(500);
        while Instant::now() < until {
            self.pass();
        }
    }

    /// Lets everybody talk; tells the microseconds of CPU for each packet that was handed on.
    pub fn talk(&mut self, window: Duration) -> f64 {
        writeln!(self.to, "talk").expect("the pages live");
        let warm = Instant::now() + Duration::from_secs(1);
        while Instant::now() < warm {
            self.pass();
        }
        let (began, forwarded, until) = (cpu(), self.forwarded, Instant::now() + window);
        while Instant::now() < until {
            self.pass();
        }
        let (used, packets) = (cpu() - began, self.forwarded - forwarded);
        let due = self.count as u64 * 100 * window.as_millis() as u64 / 1_000;
        if packets * 100 < due * 95 {
            println!("  {packets} of {due} packets came through: a busy machine");
        }
        used.as_secs_f64() * 1e6 / packets as f64
    }

    /// Everything that waits, and then a rest, as a media worker has it.
    fn pass(&mut self) {
        let mut buffer = [0; 2_048];
        let mut moved = 0;
        while let Ok((length, from)) = self.near.recv_from(&mut buffer) {
            self.hear_page(from, &buffer[..length]);
            moved += 1;
        }
        while let Ok((length, from)) = self.far.recv_from(&mut buffer) {
            self.hear_peer(from, &buffer[..length]);
            moved += 1;
        }
        let now = self.now();
        while let Some(page) = self.pages.as_mut().and_then(|pages| pages.expired(now)) {
            self.settle(page);
        }
        if moved < 32 {
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    fn hear_page(&mut self, from: SocketAddr, datagram: &[u8]) {
        let now = self.now();
        match &mut self.pages {
            Some(pages) => {
                if let Ok(page) = pages.receive(now, from, datagram) {
                    self.settle(page);
                }
            }
            None => {
                let Some(number) = self.numbers.get(&from) else { return };
                self.forwarded += u64::from(self.far.send_to(datagram, self.peers[*number].1).is_ok());
            }
        }
    }

    fn hear_peer(&mut self, from: SocketAddr, packet: &[u8]) {
        let (now, Some(number)) = (self.now(), self.numbers.get(&from).copied()) else { return };
        match &mut self.pages {
            Some(pages) => {
                let page = PageId(number as u64);
                let sent = pages.send(now, page, packet);
                self.forwarded += u64::from(sent.is_ok());
                self.settle(page);
            }
            None => self.forwarded += u64::from(self.near.send_to(packet, self.peers[number].0).is_ok()),
        }
    }

    fn settle(&mut self, page: PageId) {
        let Stand { pages: Some(pages), near, far, peers, forwarded, .. } = self else { return };
        pages.settle(page, |output| match output {
            Output::Send { to, datagram } => drop(near.send_to(&datagram, to)),
            Output::Sound(packet) => *forwarded += u64::from(far.send_to(packet, peers[page.0 as usize].1).is_ok()),
            _ => {}
        });
    }
}

impl Drop for Stand {
    fn drop(&mut self) {
        let _ended_already = self.child.kill();
        let _ended_already = self.child.wait();
    }
}

fn read(from: &mut impl BufRead) -> String {
    let mut line = String::new();
    from.read_line(&mut line).expect("the pages live");
    line.trim_end().into()
}

/// What this thread has had of the processor.
pub fn cpu() -> Duration {
    let stat = std::fs::read_to_string("/proc/thread-self/schedstat").expect("Linux");
    let nanos = stat.split(' ').next().and_then(|nanos| nanos.parse().ok()).expect("nanoseconds");
    Duration::from_nanos(nanos)
}

/// The memory of this process.
pub fn kib() -> u64 {
    let text = std::fs::read_to_string("/proc/self/smaps_rollup").expect("Linux");
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:")).expect("its share");
    line.split_whitespace().next().and_then(|kib| kib.parse().ok()).expect("KiB")
}
