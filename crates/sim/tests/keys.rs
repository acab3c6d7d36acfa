//! Keys in a conversation: they reach the far side as it takes them, whichever way they came, and each once.

use sim::scenario::{CAROL, NUMBER, world};
use sim::{Conduct, Faults, World};
use std::time::Duration;
use terms::LegId;

const CARRIER: usize = sim::CARRIER;

/// The carrier talks to carol; who knows no telephone-event is named.
fn conversation(seed: u64, deaf: &[&str]) -> (World, LegId, (usize, LegId)) {
    let mut world = world(seed, Faults::default());
    world.agent("carol").conduct = Conduct::default();
    for who in deaf {
        world.agent(who).deaf_to_keys = true;
    }
    let leg = world.dial("+359888123456", CAROL);
    world.advance(Duration::from_secs(3));
    let carol = world.phone("carol");
    let theirs = world.agents[carol].current().expect("a call");
    (world, leg, (carol, theirs))
}

/// Keys that came with the sound, and by INFO.
fn keys(world: &World, (phone, leg): (usize, LegId)) -> (&str, &str) {
    let talk = &world.agents[phone].talks[&leg];
    (&talk.heard.keys, &talk.infos)
}

fn end(mut world: World, leg: LegId) {
    world.act(CARRIER, |agent, now| agent.hang_up(now, leg));
    world.assert_quiescent();
}

#[test]
fn a_key_reaches_the_far_side_as_it_takes_keys_whichever_way_it_came() {
    // How it is pressed, whether the far side knows telephone-event, and what arrives there.
    for (info, deaf, expected) in
        [(false, false, ("59#", "")), (true, false, ("59#", "")), (false, true, ("", "59#")), (true, true, ("", "59#"))]
    {
        for from_carrier in [true, false] {
            let far = if from_carrier { "carol" } else { "carrier" };
            let deaf: Vec<&str> = Some(far).filter(|_| deaf).into_iter().collect();
            let (mut world, leg, carol) = conversation(12, &deaf);
            let carrier = (CARRIER, leg);
            let (near, far) = if from_carrier { (carrier, carol) } else { (carol, carrier) };
            for key in "59#".chars() {
                world.act(near.0, |agent, now| match info {
                    true => agent.press_by_info(now, near.1, key),
                    false => agent.press(near.1, key),
                });
                world.advance(Duration::from_millis(400));
            }
            let what = format!("by INFO: {info}, knows no telephone-event: {deaf:?}, from the carrier: {from_carrier}");
            assert_eq!(keys(&world, far), expected, "{what}\n{}", world.ladder);
            assert_eq!(keys(&world, near), ("", ""), "{what}");
            end(world, leg);
        }
    }
}

#[test]
fn a_key_that_a_phone_sends_both_ways_arrives_once() {
    let (mut world, leg, carol) = conversation(13, &[]);
    for key in "7788".chars() {
        world.act(carol.0, |agent, _| agent.press(carol.1, key));
        world.advance(Duration::from_millis(120));
        world.act(carol.0, |agent, now| agent.press_by_info(now, carol.1, key));
        world.advance(Duration::from_millis(300));
    }
    assert_eq!(keys(&world, (CARRIER, leg)), ("7788", ""));
    end(world, leg);
}

#[test]
fn keys_that_a_menu_takes_stay_there_and_those_of_the_conversation_go_on() {
    let mut world = world(14, Faults::default());
    let leg = world.dial("+359888123456", NUMBER);
    world.advance(Duration::from_millis(1_700));
    world.act(CARRIER, |agent, now| agent.press_by_info(now, leg, '2'));
    world.advance(Duration::from_secs(3));
    let carol = world.phone("carol");
    let theirs = world.agents[carol].current().expect("the menu took the key");
    assert_eq!(keys(&world, (carol, theirs)), ("", ""));
    world.act(CARRIER, |agent, now| agent.press_by_info(now, leg, '4'));
    world.advance(Duration::from_secs(1));
    assert_eq!(keys(&world, (carol, theirs)), ("4", ""));
    end(world, leg);
}

#[test]
fn who_holds_gets_no_keys_and_a_burst_of_them_arrives_whole() {
    let (mut world, leg, carol) = conversation(16, &[]);
    world.act(carol.0, |agent, now| agent.hold(now, carol.1, true));
    world.advance(Duration::from_millis(200));
    world.act(CARRIER, |agent, now| agent.press_by_info(now, leg, '1'));
    world.advance(Duration::from_secs(1));
    assert_eq!(keys(&world, carol), ("", ""));
    world.act(carol.0, |agent, now| agent.hold(now, carol.1, false));
    world.advance(Duration::from_millis(200));
    "0123456789*#".chars().for_each(|key| world.act(CARRIER, |agent, now| agent.press_by_info(now, leg, key)));
    world.advance(Duration::from_secs(4));
    assert_eq!(keys(&world, carol), ("0123456789*#", ""));
    end(world, leg);
}
