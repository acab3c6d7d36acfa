//! What strangers, and pages that are not what they should be, send: offers and datagrams of every kind, damaged. Nothing of
//! it panics, nothing grows, and whoever talks goes on talking.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "a test has a clock, sockets and files"
)]

mod page;

use browser::{Identity, Leg, Output};
use page::{World, rtp, switch};
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use terms::Mono;

/// Numbers that look random and are the same each time.
struct Dice(u64);

impl Dice {
    fn roll(&mut self, below: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % below.max(1) as u64) as usize
    }

    /// The same bytes with some damage: changed, cut, doubled, put in, lengths that lie.
    fn damage(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut damaged = bytes.to_vec();
        for _ in 0..1 + self.roll(4) {
            let at = self.roll(damaged.len());
            match self.roll(6) {
                0 | 1 if !damaged.is_empty() => damaged[at] = self.roll(256) as u8,
                2 => damaged.truncate(at),
                3 => damaged.insert(at, [0, 0xff, b':', b'\n'][self.roll(4)]),
                4 if at + 1 < damaged.len() => (damaged[at], damaged[at + 1]) = (0xff, self.roll(256) as u8),
                _ => damaged.extend_from_within(at..(at + self.roll(64)).min(damaged.len())),
            }
        }
        damaged
    }

    /// The same lines with some left out, doubled, exchanged or damaged.
    fn shuffle(&mut self, text: &str) -> String {
        let mut lines: Vec<String> = text.lines().map(str::to_owned).collect();
        for _ in 0..1 + self.roll(3) {
            let (one, other) = (self.roll(lines.len()), self.roll(lines.len()));
            match self.roll(4) {
                0 if lines.len() > 1 => drop(lines.remove(one)),
                1 => lines.insert(other, lines[one].clone()),
                2 => lines.swap(one, other),
                _ => lines[one] = String::from_utf8_lossy(&self.damage(lines[one].as_bytes())).into_owned(),
            }
        }
        lines.join("\r\n") + "\r\n"
    }
}

/// Everything that a page sends in its first seconds: STUN, DTLS, SRTP, SRTCP.
fn recorded() -> Vec<Vec<u8>> {
    let mut world = World::new();
    let mut record = Vec::new();
    for round in 0..300 {
        world.run(Duration::from_millis(20));
        if round > 100 {
            world.page.speak(world.instant(), 0, &[round as u8; 160]);
        }
        record.extend(world.page.sent.iter().map(|(_, datagram)| datagram.clone()));
        world.exchange();
        world.at += Duration::from_millis(1);
        world.page.drive(world.instant());
        record.extend(world.page.sent.iter().map(|(_, datagram)| datagram.clone()));
    }
    record
}

/// What the process has in memory, in KiB.
fn resident() -> usize {
    let pages = std::fs::read_to_string("/proc/self/statm").expect("Linux");
    pages.split(' ').nth(1).and_then(|pages| pages.parse::<usize>().ok()).expect("a number") * 4
}

#[test]
fn no_offer_panics_and_what_is_answered_can_be_driven() {
    let identity = Identity::new(Instant::now());
    let offer = include_str!("page/chromium.sdp");
    let mut dice = Dice(0x5eed);
    let (mut taken, mut refused) = (0, 0);
    for _ in 0..3_000 {
        match Leg::answer(&identity, Mono::ZERO, switch(), &dice.shuffle(offer)) {
            Ok((mut leg, answer)) => {
                taken += 1;
                assert!(answer.starts_with("v=0"));
                leg.handle_timeout(Mono::from_micros(1_000));
                while leg.poll().is_some() {}
                let _taken_or_not = leg.again(Mono::from_micros(2_000), &dice.shuffle(offer));
                leg.handle_timeout(Mono::from_micros(3_000));
                while leg.poll().is_some() {}
            }
            Err(_) => refused += 1,
        }
    }
    assert!(taken > 300 && refused > 300, "{taken} taken, {refused} refused: the damage is too great or too small");
}

#[test]
fn damaged_datagrams_of_strangers_do_nothing_at_all() {
    let record = recorded();
    let mut world = World::up();
    let mut dice = Dice(7);
    let from: SocketAddr = "203.0.113.66:6666".parse().unwrap();
    for _ in 0..20_000 {
        let pick = dice.roll(record.len());
        let datagram = dice.damage(&record[pick]);
        assert!(world.leg.receive(world.now(), from, &datagram).is_err(), "{datagram:?}");
        while let Some(output) = world.leg.poll() {
            assert!(!matches!(output, Output::Send { to, .. } if to == from), "a stranger is answered");
        }
    }
    assert_sound(world);
}

#[test]
fn damaged_datagrams_from_the_pages_own_address_do_not_end_its_leg() {
    let record = recorded();
    let mut world = World::up();
    let mut dice = Dice(11);
    let mut ignored = 0;
    for _ in 0..20_000 {
        let pick = dice.roll(record.len());
        let datagram = dice.damage(&record[pick]);
        ignored += usize::from(world.leg.receive(world.now(), world.page.address, &datagram).is_err());
        // What the leg answers to that, the page never asked for.
        while world.leg.poll().is_some() {}
    }
    assert!(ignored > 0, "all that was damaged was taken");
    assert_sound(world);
}

#[test]
fn damage_in_the_midst_of_the_handshake_delays_it_and_no_more() {
    let record = recorded();
    for seed in 1..40 {
        let mut world = World::new();
        let mut dice = Dice(seed);
        for _ in 0..60 {
            for _ in 0..4 {
                let pick = dice.roll(record.len());
                let datagram = dice.damage(&record[pick]);
                let _ignored = world.leg.receive(world.now(), world.page.address, &datagram);
                world.drain();
            }
            world.run(Duration::from_millis(5));
        }
        world.run(Duration::from_secs(5));
        assert!(world.leg.is_up(), "seed {seed}: {:?}", world.told);
    }
}

#[test]
fn a_flood_of_anything_grows_nothing() {
    let record = recorded();
    let mut world = World::up();
    let mut dice = Dice(13);
    let mut flood = |world: &mut World, datagrams: usize| {
        for round in 0..datagrams {
            let pick = dice.roll(record.len());
            let damaged = dice.damage(&record[pick]);
            let port = dice.roll(60_000) as u16 + 1;
            let from = if round % 2 == 0 { world.page.address } else { SocketAddr::from(([203, 0, 113, 9], port)) };
            let _ignored = world.leg.receive(world.now(), from, &damaged);
            while world.leg.poll().is_some() {}
        }
    };
    flood(&mut world, 20_000);
    let before = resident();
    flood(&mut world, 60_000);
    let grown = resident().saturating_sub(before);
    assert!(grown < 2_048, "{grown} KiB more");
}

fn assert_sound(mut world: World) {
    world.run(Duration::from_millis(50));
    assert!(world.leg.is_up(), "{:?}", world.told);
    let heard = world.sound.len();
    world.page.speak(world.instant(), 0, &[77; 160]);
    world.exchange();
    assert!(world.sound.len() > heard && world.sound.last().is_some_and(|packet| packet[12] == 77));
    let now = world.now();
    world.leg.send(now, &rtp(0, 5, 800, 9, &[66; 160])).unwrap();
    world.exchange();
    assert_eq!(world.page.heard.last().map(|(.., payload)| payload[0]), Some(66));
}
