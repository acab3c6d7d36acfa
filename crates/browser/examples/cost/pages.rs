//! The second process: pages, each with its plain peer.

#[path = "../../tests/page/mod.rs"]
pub mod page;

use page::{Page, rtp};
use std::io::BufRead;
use std::net::{SocketAddr, UdpSocket};
use std::sync::mpsc;
use std::time::{Duration, Instant};

struct Pair {
    near: UdpSocket,
    far: UdpSocket,
    page: Page,
    next: Instant,
    number: u16,
}

/// `count`, `legs` or `bare`, where pages send, where peers do.
pub fn run(arguments: &[String]) {
    let [count, kind, near, far] = arguments else { panic!("four arguments") };
    let (near, far): (SocketAddr, SocketAddr) = (near.parse().expect("an address"), far.parse().expect("an address"));
    let bare = kind == "bare";
    let socket = || {
        let socket = UdpSocket::bind("127.0.0.1:0").expect("a port");
        socket.set_nonblocking(true).expect("a socket that does not wait");
        socket
    };
    let start = Instant::now();
    let mut pairs = Vec::new();
    let mut offers = Vec::new();
    for _ in 0..count.parse().expect("how many pages") {
        let sockets = (socket(), socket());
        let place = |socket: &UdpSocket| socket.local_addr().expect("bound");
        println!("{} {}", place(&sockets.0), place(&sockets.1));
        let (page, offer) = Page::towards(start, place(&sockets.0), near);
        offers.push(offer);
        pairs.push(Pair { near: sockets.0, far: sockets.1, page, next: start, number: 0 });
    }
    if !bare {
        offers.iter().for_each(|offer| println!("{}", offer.replace("\r\n", "\u{1f}")));
    }
    let (told, lines) = mpsc::channel();
    std::thread::spawn(move || {
        std::io::stdin().lock().lines().map_while(Result::ok).try_for_each(|line| told.send(line))
    });
    let (mut answered, mut talks) = (0, false);
    loop {
        while let Ok(line) = lines.try_recv() {
            if line == "talk" {
                talks = true;
                // Spread over a packet's time, as people are.
                let (now, all) = (Instant::now(), pairs.len() as u32);
                for (place, pair) in pairs.iter_mut().enumerate() {
                    pair.next = now + Duration::from_millis(20) * place as u32 / all;
                }
                continue;
            }
            let pair: &mut Pair = &mut pairs[answered];
            pair.page.take_answer(&line.replace('\u{1f}', "\r\n"));
            answered += 1;
        }
        for pair in &mut pairs[..if bare { offers.len() } else { answered }] {
            pair.pass(bare, talks, near, far);
        }
        std::thread::sleep(Duration::from_millis(1));
    }
}

impl Pair {
    fn pass(&mut self, bare: bool, talks: bool, near: SocketAddr, far: SocketAddr) {
        let mut buffer = [0; 2_048];
        let now = Instant::now();
        while let Ok((length, _)) = self.near.recv_from(&mut buffer) {
            if !bare {
                self.page.receive(now, &buffer[..length]);
            }
        }
        while self.far.recv_from(&mut buffer).is_ok() {}
        if !bare && self.page.timeout.is_none_or(|at| at <= now) {
            self.page.drive(now);
        }
        while talks && self.next <= now {
            self.next += Duration::from_millis(20);
            self.number = self.number.wrapping_add(1);
            let packet = rtp(0, self.number, u32::from(self.number) * 160, 1, &[7; 160]);
            let _lost = self.far.send_to(&packet, far);
            match bare {
                true => drop(self.near.send_to(&packet, near)),
                false => self.page.speak(now, 0, &[7; 160]),
            }
        }
        while let Some((_, datagram)) = self.page.sent.pop_front() {
            let _lost = self.near.send_to(&datagram, near);
        }
        self.page.heard.clear();
    }
}
