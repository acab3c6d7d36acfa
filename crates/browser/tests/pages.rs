//! Many pages at one port: each is heard as itself, a leg goes from one owner to another in mid-sentence, and what is over is gone.

#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "a test has a clock")]

mod page;

use browser::{Identity, Ignored, Output, PageId, Pages, Refused};
use page::{Page, rtp, switch};
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use terms::Mono;

/// A port, and its pages.
struct Port {
    origin: Instant,
    at: Duration,
    legs: Pages,
    pages: Vec<Page>,
    /// Of whom, and the first byte of the sound.
    sound: Vec<(PageId, u8)>,
    ended: Vec<PageId>,
}

fn address(page: usize) -> SocketAddr {
    SocketAddr::from(([198, 51, 100, 7], 50_000 + page as u16))
}

impl Port {
    /// So many pages with their legs; page n has the id n.
    fn with(count: usize) -> Port {
        let origin = Instant::now();
        let legs = Pages::new(Identity::new(origin), switch());
        let (pages, sound, ended) = Default::default();
        let mut port = Port { origin, at: Duration::ZERO, legs, pages, sound, ended };
        for number in 0..count {
            let (mut page, offer) = Page::new(origin, address(number));
            page.take_answer(&port.legs.attach(Mono::ZERO, PageId(number as u64), &offer).unwrap());
            port.pages.push(page);
        }
        port.run(Duration::from_secs(2));
        assert!((0..count).all(|number| port.legs.is_up(PageId(number as u64))));
        port
    }

    fn now(&self) -> Mono {
        Mono::ZERO + self.at
    }

    fn run(&mut self, long: Duration) {
        let end = self.at + long;
        while self.at < end {
            self.at += Duration::from_millis(1);
            let instant = self.origin + self.at;
            self.pages
                .iter_mut()
                .filter(|page| page.timeout.is_none_or(|at| at <= instant))
                .for_each(|page| page.drive(instant));
            while let Some(page) = self.legs.expired(self.now()) {
                self.settle(page);
            }
            self.exchange();
        }
    }

    fn exchange(&mut self) {
        while let Some((from, datagram)) = self.pages.iter_mut().find_map(|page| page.sent.pop_front()) {
            if let Ok(page) = self.legs.receive(self.now(), from, &datagram) {
                self.settle(page);
            }
        }
    }

    fn settle(&mut self, page: PageId) {
        let (instant, Port { legs, pages, sound, ended, .. }) = (self.origin + self.at, self);
        legs.settle(page, |output| match output {
            Output::Send { to, datagram } => {
                pages.iter_mut().filter(|page| page.address == to).for_each(|page| page.receive(instant, &datagram));
            }
            Output::Sound(packet) => sound.push((page, packet[12])),
            Output::Ended => ended.push(page),
            _ => {}
        });
    }

    fn speak(&mut self, page: usize, byte: u8) {
        let instant = self.origin + self.at;
        self.pages[page].speak(instant, 0, &[byte; 160]);
        self.exchange();
    }
}

#[test]
fn each_page_is_heard_as_itself_and_hears_what_is_for_it() {
    let mut port = Port::with(3);
    for page in [2, 0, 1] {
        port.speak(page, page as u8 + 1);
    }
    assert_eq!(port.sound, [(PageId(2), 3), (PageId(0), 1), (PageId(1), 2)]);
    let now = port.now();
    port.legs.send(now, PageId(1), &rtp(0, 1, 0, 1, &[9; 160])).unwrap();
    port.settle(PageId(1));
    assert_eq!(port.pages.iter().map(|page| page.heard.len()).collect::<Vec<_>>(), [0, 1, 0]);
}

#[test]
fn a_leg_goes_on_with_another_owner_and_comes_back() {
    let mut port = Port::with(2);
    let mut others = Pages::new(Identity::new(port.origin), switch());
    port.speak(0, 1);
    for byte in [2, 3] {
        let leg = port.legs.take(PageId(0)).expect("it is here");
        others.put(PageId(0), leg);
        std::mem::swap(&mut port.legs, &mut others);
        port.speak(0, byte);
        port.speak(1, 99);
        assert!(port.legs.poll_timeout().is_some(), "its timers have come along");
        // Home again.
        let leg = port.legs.take(PageId(0)).expect("it is there");
        others.put(PageId(0), leg);
        std::mem::swap(&mut port.legs, &mut others);
        port.run(Duration::from_millis(20));
    }
    port.speak(0, 4);
    port.speak(1, 5);
    assert_eq!(port.sound, [(PageId(0), 1), (PageId(0), 2), (PageId(0), 3), (PageId(0), 4), (PageId(1), 5)]);
}

#[test]
fn a_leg_that_is_closed_is_gone_with_its_name_and_addresses() {
    let mut port = Port::with(2);
    port.legs.close(port.now(), PageId(0));
    port.settle(PageId(0));
    port.run(Duration::from_secs(1));
    assert_eq!((port.ended.as_slice(), port.legs.len()), (&[PageId(0)][..], 1));
    assert_eq!(port.legs.receive(port.now(), address(0), &[0x80, 0, 1, 2]), Err(Ignored::Stranger));
    assert_eq!(port.legs.again(port.now(), PageId(0), "v=0"), Err(Refused::Ended));
}

#[test]
fn an_offer_that_cannot_be_taken_leaves_the_leg_that_is_there() {
    let mut port = Port::with(1);
    assert_eq!(port.legs.attach(port.now(), PageId(0), "v=0\r\n"), Err(Refused::NotOneSound));
    port.speak(0, 7);
    assert_eq!(port.sound, [(PageId(0), 7)]);
}
