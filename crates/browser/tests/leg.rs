//! A page and its leg on a wire in memory: what is agreed on, sound both ways, another network, and the end.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "a test has a clock, sockets and files"
)]

mod page;

use browser::{Codec, Identity, Ignored, Leg, Refused};
use page::{Told, World, rtp, switch};
use std::time::{Duration, Instant};
use terms::Mono;

#[test]
fn an_offer_is_answered_by_an_ice_lite_agent_with_g711_and_our_address() {
    let (_, offer) = page::Page::new(Instant::now(), "198.51.100.7:50000".parse().unwrap());
    let (leg, answer) = Leg::answer(&Identity::new(Instant::now()), Mono::ZERO, switch(), &offer).unwrap();
    for line in ["a=ice-lite", "a=setup:", "a=fingerprint:sha-256 ", "a=rtcp-mux", "192.0.2.1 3478 typ host"] {
        assert!(answer.contains(line), "{line} is not in\n{answer}");
    }
    assert_eq!(leg.agreed().codecs, [(Codec::Pcmu, 0)]);
    assert!(leg.agreed().speaks && leg.agreed().hears);
}

#[test]
fn a_browsers_own_offer_agrees_on_both_laws_and_its_keys() {
    let offer = include_str!("page/chromium.sdp");
    let (leg, answer) = Leg::answer(&Identity::new(Instant::now()), Mono::ZERO, switch(), offer).unwrap();
    assert_eq!(leg.agreed().codecs, [(Codec::Pcma, 8), (Codec::Pcmu, 0)]);
    assert_eq!(leg.agreed().keys, Some(126));
    // Not anywhere: what is random in an answer has digits of its own.
    let media = answer.lines().find(|line| line.starts_with("m=")).unwrap();
    assert_eq!(media, "m=audio 9 UDP/TLS/RTP/SAVPF 8 0 126");
    assert!(!answer.contains("opus"), "{answer}");
}

#[test]
fn an_offer_without_g711_is_refused() {
    let offer = include_str!("page/chromium.sdp").replace("PCMU/8000", "X/8000").replace("PCMA/8000", "Y/8000");
    let refused = Leg::answer(&Identity::new(Instant::now()), Mono::ZERO, switch(), &offer).unwrap_err();
    assert_eq!(refused, Refused::NoCodec);
}

#[test]
fn sound_goes_both_ways_as_plain_rtp() {
    let mut world = World::up();
    assert_eq!(world.told, [Told::Up]);
    world.page.speak(world.instant(), 0, &[7; 160]);
    world.exchange();
    let [packet] = &world.sound[..] else { panic!("{} packets", world.sound.len()) };
    assert_eq!((packet[0], packet[1], &packet[12..]), (0x80, 0, &[7; 160][..]));
    let now = world.now();
    world.leg.send(now, &rtp(0, 5, 800, 9, &[3; 160])).unwrap();
    world.exchange();
    assert_eq!(world.page.heard, [(0, 5, 800, vec![3; 160])]);
}

#[test]
fn a_packet_that_was_not_agreed_on_or_comes_twice_is_not_sent() {
    let mut world = World::up();
    let now = world.now();
    assert_eq!(world.leg.send(now, &rtp(18, 5, 800, 9, &[3; 10])), Err(Ignored::NotAgreed));
    assert_eq!(world.leg.send(now, &[0x80, 0, 1]), Err(Ignored::Unreadable));
    world.leg.send(now, &rtp(0, 5, 800, 9, &[3; 160])).unwrap();
    assert_eq!(world.leg.send(now, &rtp(0, 5, 800, 9, &[4; 160])), Err(Ignored::Repeated));
    world.exchange();
    assert_eq!(world.page.heard.len(), 1);
}

#[test]
fn the_next_call_goes_on_in_the_same_line_of_sound() {
    let mut world = World::up();
    for (sequence, time, source) in [(60_000, 800, 1), (60_001, 960, 1), (17, 4_000_000_000, 2), (18, 4_000_000_160, 2)]
    {
        let now = world.now();
        world.leg.send(now, &rtp(0, sequence, time, source, &[3; 160])).unwrap();
        world.run(Duration::from_millis(20));
    }
    let numbers: Vec<_> = world.page.heard.iter().map(|(_, sequence, time, _)| (*sequence, *time)).collect();
    assert_eq!(numbers, [(60_000, 800), (60_001, 960), (60_002, 1_120), (60_003, 1_280)]);
}

#[test]
fn nothing_is_sent_to_a_page_that_has_not_proved_who_it_is() {
    let mut world = World::new();
    assert_eq!(world.leg.send(Mono::ZERO, &rtp(0, 1, 0, 1, &[1; 160])), Err(Ignored::Unconnected));
    world.drain();
    assert_eq!((world.astray, world.page.heard.len()), (0, 0));
}

#[test]
fn a_page_that_offers_again_from_another_network_is_heard_there_with_the_keys_it_had() {
    let mut world = World::up();
    let name = world.leg.name();
    let offer = world.page.moves("203.0.113.5:40000".parse().unwrap());
    let answer = world.leg.again(world.now(), &offer).unwrap();
    assert_ne!(world.leg.name(), name);
    world.page.take_answer(&answer);
    world.run(Duration::from_secs(1));
    world.page.speak(world.instant(), 0, &[8; 160]);
    world.exchange();
    assert_eq!(world.sound.last().map(|packet| packet[12]), Some(8));
    let now = world.now();
    world.leg.send(now, &rtp(0, 6, 960, 9, &[4; 160])).unwrap();
    world.exchange();
    assert_eq!(world.page.heard.last().map(|(.., payload)| payload[0]), Some(4));
    assert_eq!(world.leg.remote(), Some(world.page.address));
    assert_eq!(world.told.iter().filter(|told| **told == Told::Up).count(), 1, "one handshake: {:?}", world.told);
}

#[test]
fn another_connections_offer_does_not_go_on_with_a_leg() {
    let mut world = World::up();
    let (_, other) = page::Page::new(world.origin, "198.51.100.7:50001".parse().unwrap());
    assert_eq!(world.leg.again(world.now(), &other), Err(Refused::Another));
    let offer = include_str!("page/chromium.sdp");
    let (mut leg, _) = Leg::answer(&Identity::new(world.origin), Mono::ZERO, switch(), offer).unwrap();
    assert_eq!(leg.again(Mono::ZERO, &offer.replace("7B:8B:F0", "7B:8B:F1")), Err(Refused::Another));
    assert!(leg.again(Mono::ZERO, &offer.replace("Xk2p", "Xk2q")).is_ok());
    world.page.speak(world.instant(), 0, &[8; 160]);
    world.exchange();
    assert_eq!(world.sound.len(), 1, "the one that is there talks on");
}

#[test]
fn a_page_that_is_gone_is_lost_and_sent_nothing_and_one_that_comes_back_is_found() {
    let mut world = World::up();
    let now = world.now();
    world.leg.send(now, &rtp(0, 1, 0, 1, &[1; 160])).unwrap();
    world.exchange();
    let address = std::mem::replace(&mut world.page.address, "203.0.113.9:9".parse().unwrap());
    while world.told.len() < 2 {
        world.run(Duration::from_millis(100));
        assert!(world.at < Duration::from_secs(30), "{:?}", world.told);
    }
    assert_eq!(world.told, [Told::Up, Told::Lost]);
    let (now, before) = (world.now(), world.astray);
    assert_eq!(world.leg.send(now, &rtp(0, 2, 160, 1, &[1; 160])), Err(Ignored::Unconnected));
    world.run(Duration::from_secs(6));
    assert_eq!(world.astray, before, "no report either");
    // It has given up meanwhile, too, and asks anew.
    let offer = world.page.moves(address);
    let answer = world.leg.again(world.now(), &offer).unwrap();
    world.page.take_answer(&answer);
    world.run(Duration::from_secs(10));
    assert_eq!(world.told, [Told::Up, Told::Lost, Told::Found]);
    let now = world.now();
    world.leg.send(now, &rtp(0, 3, 320, 1, &[3; 160])).unwrap();
    world.exchange();
    assert_eq!(world.page.heard.last().map(|(.., payload)| payload[0]), Some(3));
}

#[test]
fn packets_wait_up_to_the_limit_for_an_owner_who_does_not_poll() {
    let mut world = World::up();
    let now = world.now();
    let mut send = |sequence: u16| world.leg.send(now, &rtp(0, sequence, u32::from(sequence) * 160, 1, &[1; 160]));
    let limit = terms::limits::PAGE_PACKETS_WAITING as u16;
    assert!((0..limit).all(|sequence| send(sequence).is_ok()));
    assert_eq!(send(limit), Err(Ignored::Full));
    world.exchange();
    assert_eq!(world.page.heard.len(), usize::from(limit));
    let now = world.now();
    assert!(world.leg.send(now, &rtp(0, limit, 0, 1, &[1; 160])).is_ok());
}

#[test]
fn a_leg_that_is_closed_says_so_once_and_asks_for_nothing_more() {
    let mut world = World::up();
    world.leg.close(world.now());
    world.drain();
    world.run(Duration::from_secs(3));
    assert_eq!(world.told, [Told::Up, Told::Ended]);
    assert_eq!(world.leg.poll_timeout(), None);
    let now = world.now();
    assert_eq!(world.leg.send(now, &rtp(0, 1, 0, 1, &[1; 160])), Err(Ignored::Unconnected));
    assert_eq!(world.leg.again(now, "v=0"), Err(Refused::Ended));
}

#[test]
fn a_page_with_another_certificate_than_its_offers_is_not_let_in() {
    let mut world = World::with(|offer| {
        let at = offer.find("a=fingerprint:sha-256 ").unwrap() + "a=fingerprint:sha-256 ".len();
        let other = if &offer[at..at + 2] == "00" { "01" } else { "00" };
        format!("{}{other}{}", &offer[..at], &offer[at + 2..])
    });
    world.run(Duration::from_secs(3));
    assert!(!world.leg.is_up());
    assert_eq!(world.told, [Told::Ended]);
}

#[test]
fn a_page_that_is_silent_between_calls_hardly_wakes_its_owner() {
    let mut world = World::up();
    let (mut woken, mut datagrams) = (0, 0);
    for _ in 0..60_000 {
        world.at += Duration::from_millis(1);
        if world.page.timeout.is_none_or(|at| at <= world.instant()) {
            world.page.drive(world.instant());
        }
        datagrams += world.page.sent.len();
        world.exchange();
        if world.leg.poll_timeout().is_some_and(|at| at <= world.now()) {
            woken += 1;
            world.leg.handle_timeout(world.now());
        }
    }
    println!("{woken} times in a minute, and {datagrams} datagrams");
    assert!(woken < 600, "{woken} times in a minute");
}
