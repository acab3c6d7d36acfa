//! Somebody sends sound to all of the switch's ports, all the time: he is neither heard nor hears.

use sim::scenario::{CAROL, PLAN, prompts, reference_call_on, world};
use sim::{Faults, Standing, World};
use std::net::SocketAddr;
use std::time::Duration;

/// The byte that the stranger speaks in.
const VOICE: u8 = 0x77;

fn stranger() -> SocketAddr {
    "10.0.0.66:7000".parse().expect("an address")
}

/// What he sends at the n-th 20 ms, in either codec.
fn spray(world: &mut World, n: u16) {
    for payload_type in [0, 8] {
        let mut rtp = vec![0x80, payload_type];
        rtp.extend(n.to_be_bytes());
        rtp.extend((u32::from(n) * 160).to_be_bytes());
        rtp.extend([9; 4]);
        rtp.extend([VOICE; 160]);
        // RFC 3550 6.6: goodbye from nobody.
        world.spray(stranger(), &rtp, &[0x80, 201, 0, 1, 9, 9, 9, 9, 0x81, 203, 0, 1, 9, 9, 9, 9]);
    }
}

fn assert_unheard(world: &World) {
    assert!(world.astray.iter().all(|packet| packet.to.ip() != stranger().ip()), "nothing is sent to the stranger");
    let talks = world.agents.iter().flat_map(|agent| agent.talks.values());
    assert!(talks.map(|talk| talk.heard.voice(VOICE)).all(|heard| heard == 0), "nobody hears the stranger");
}

/// Lets the world go on under his packets.
fn advance(world: &mut World, n: &mut u16, ms: u16) {
    for _ in 0..ms / 20 {
        spray(world, *n);
        *n += 1;
        world.advance(Duration::from_millis(20));
    }
}

#[test]
fn a_stranger_is_kept_out_of_a_call_in_which_nobody_speaks() {
    let mut world = world(36, Faults::default());
    let (carrier, carol, mut n) = (world.phone("carrier"), world.phone("carol"), 0);
    let leg = world.dial("+359888123456", CAROL);
    for silent in [true, false, true, false] {
        world.agents[carrier].silent = silent;
        world.agents[carol].silent = silent;
        advance(&mut world, &mut n, 8_000);
    }
    let answer = world.agents[carol].identity.fingerprint;
    let heard = world.agents[carrier].talks[&leg].heard.voice(answer);
    assert!((795..=805).contains(&heard), "{heard} packets in sixteen seconds of speech");
    assert_unheard(&world);
}

#[test]
fn a_stranger_is_kept_out_of_a_call_before_its_first_packet_on_hold_and_after_it() {
    let mut world = world(31, Faults::default());
    let (carrier, carol, mut n) = (world.phone("carrier"), world.phone("carol"), 0);
    let leg = world.dial("+359888123456", CAROL);
    advance(&mut world, &mut n, 6_000);
    assert_eq!(world.agents[carrier].talks[&leg].standing, Standing::Up);
    let hers = world.agents[carol].current().expect("she talks");
    for hold in [true, false] {
        world.act(carol, |agent, now| agent.hold(now, hers, hold));
        advance(&mut world, &mut n, 8_000);
    }
    let (voice, answer) = (world.agents[carrier].identity.fingerprint, world.agents[carol].identity.fingerprint);
    let heard = |world: &World| {
        let caller = world.agents[carrier].talks[&leg].heard.voice(answer);
        (caller, world.agents[carol].talks[&hers].heard.voice(voice))
    };
    let before = heard(&world);
    advance(&mut world, &mut n, 2_000);
    let after = heard(&world);
    assert!(after.0 >= before.0 + 95 && after.1 >= before.1 + 95, "both hear each other: {before:?}, {after:?}");
    world.act(carrier, |agent, now| agent.hang_up(now, leg));
    advance(&mut world, &mut n, 1_000);
    assert_unheard(&world);
    world.assert_quiescent();
}

/// A call to carol under his packets; how many packets each heard of the other, the caller first.
fn call_to_carol(world: &mut World) -> (u64, u64) {
    let (carrier, carol, mut n) = (world.phone("carrier"), world.phone("carol"), 0);
    let leg = world.dial("+359888123456", CAROL);
    advance(world, &mut n, 8_000);
    let hers = *world.agents[carol].talks.keys().next().expect("it rang there");
    let (voice, answer) = (world.agents[carrier].identity.fingerprint, world.agents[carol].identity.fingerprint);
    world.act(carrier, |agent, now| agent.hang_up(now, leg));
    advance(world, &mut n, 1_000);
    let heard = world.agents[carrier].talks[&leg].heard.voice(answer);
    (heard, world.agents[carol].talks[&hers].heard.voice(voice))
}

#[test]
fn a_phone_behind_nat_is_heard_and_hears_while_a_stranger_sends() {
    let mut world = world(32, Faults::default());
    let carol = world.agent("carol");
    carol.identity.rtp = "192.168.1.20:4000".parse().expect("an address");
    carol.nat = Some(SocketAddr::new(carol.identity.sip.ip(), 31_337));
    let (heard, hers) = call_to_carol(&mut world);
    assert!(heard > 250 && hers > 250, "they hear each other: {heard}, {hers}");
    assert_unheard(&world);
}

#[test]
fn a_phone_that_names_another_host_than_it_signals_from_is_heard_and_hears_while_a_stranger_sends() {
    let mut world = world(34, Faults::default());
    world.agent("carol").identity.rtp = "10.0.1.5:4000".parse().expect("an address");
    let (heard, hers) = call_to_carol(&mut world);
    assert!(heard > 250 && hers > 250, "they hear each other: {heard}, {hers}");
    assert_unheard(&world);
}

/// A carrier whose sound comes from 10.0.9.9, while it wants to be sent to 10.0.0.2.
fn split_carrier(media: &str) -> (u64, u64) {
    let peers = "peers = [\"10.0.0.2\"]";
    let plan = PLAN.replacen(peers, &format!("{peers}\n{media}"), 1);
    let mut world = World::new(35, &plan, prompts(), Faults::default());
    world.agent("carrier").sends_from = Some("10.0.9.9:4000".parse().expect("an address"));
    let all = |world: &World| world.agents.iter().skip(1).all(|agent| agent.registered == Some(200));
    assert!(world.wait_until(Duration::from_secs(70), all));
    let heard = call_to_carol(&mut world);
    assert_unheard(&world);
    heard
}

#[test]
fn a_carrier_is_heard_from_the_networks_that_the_plan_names_and_sent_to_where_it_says() {
    let (heard, hers) = split_carrier("media = [\"10.0.9.0/24\"]");
    assert!(heard > 250 && hers > 250, "they hear each other: {heard}, {hers}");
    let (heard, hers) = split_carrier("");
    assert!(heard > 250 && hers == 0, "nothing speaks for that address: {heard}, {hers}");
}

#[test]
fn a_call_through_menu_and_queue_is_as_if_the_stranger_were_not_there() {
    let mut world = world(33, Faults::default());
    let mut n = 0;
    let leg = world.dial("+359888123456", sim::scenario::NUMBER);
    advance(&mut world, &mut n, 400);
    let seen = reference_call_on(&mut world, leg);
    assert!(seen.sounds && seen.both_heard, "{seen:?}");
    assert_unheard(&world);
}
