//! Both sides of a call hold at once, and one holds just as the switch has something to tell it: whoever holds last is
//! obeyed, and nobody is left on hold.

use media::codec::Codec;
use sim::scenario::{CAROL, world};
use sim::{Fault, Faults, PhoneIndex, Standing, World};
use std::time::Duration;
use terms::LegId;

const SECOND: Duration = Duration::from_secs(1);
/// All that an offer, its repetitions and the pause after a 491 may take.
const SETTLED: Duration = Duration::from_secs(8);
const BOTH: [&str; 2] = ["carrier hears carol", "carol hears carrier"];

/// A customer talks to carol: the two ends of it.
fn talk(seed: u64) -> (World, [(PhoneIndex, LegId); 2]) {
    let mut world = world(seed, Faults::default());
    // What is transcoded cannot be told by its fingerprint.
    world.agents.iter_mut().for_each(|agent| agent.identity.codecs = vec![Codec::Pcma, Codec::Pcmu]);
    let (carrier, carol) = (world.phone("carrier"), world.phone("carol"));
    let customer = world.dial("+359888123456", CAROL);
    world.advance(2 * SECOND);
    let hers = world.agents[carol].current().expect("the customer talks to carol");
    assert_eq!(world.heard(), BOTH, "{}", world.ladder);
    (world, [(carrier, customer), (carol, hers)])
}

/// All of them at the same moment.
fn hold(world: &mut World, ends: [(PhoneIndex, LegId); 2], on: bool) {
    for (who, leg) in ends {
        world.act(who, |agent, now| agent.hold(now, leg, on));
    }
}

fn end(mut world: World, (who, leg): (PhoneIndex, LegId)) {
    world.act(who, |agent, now| agent.hang_up(now, leg));
    world.assert_quiescent();
}

#[test]
fn two_who_hold_each_other_at_the_same_moment_hear_nothing_and_both_are_back_after_it() {
    let faults = (0..10).flat_map(|nth| [Fault::Lost, Fault::Doubled, Fault::Swapped].map(|fault| Some((nth, fault))));
    for fault in std::iter::once(None).chain(faults) {
        let (mut world, ends) = talk(110);
        world.network.faults.at = fault.map(|(nth, fault)| (world.network.sip_messages + nth, fault));
        hold(&mut world, ends, true);
        world.advance(SETTLED);
        assert_eq!(world.heard(), [""; 0], "{fault:?}: both hold\n{}", world.ladder);
        hold(&mut world, ends, false);
        world.advance(SETTLED);
        assert_eq!(world.heard(), BOTH, "{fault:?}\n{}", world.ladder);
        world.assert_wired_as_said();
        end(world, ends[0]);
    }
}

/// Bob's offer and the switch's UPDATE were on their way, unanswered, at the same time.
fn crossed(ladder: &str) -> bool {
    let lines: Vec<String> = ladder.lines().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect();
    let place = |text: &str| lines.iter().position(|line| line == text);
    let offer = place("bob -> switch INVITE +sdp").zip(place("switch -> bob 200 (INVITE) +sdp"));
    let news = place("switch -> bob UPDATE").zip(place("bob -> switch 200 (UPDATE)"));
    offer.zip(news).is_some_and(|((offer, answered), (news, taken))| offer < taken && news < answered)
}

#[test]
fn who_holds_as_the_switch_tells_it_of_its_new_peer_is_obeyed_and_the_news_arrives_all_the_same() {
    let mut met = 0;
    for moment in (0..30).map(|nth| Duration::from_millis(4 * nth)) {
        let (mut world, [customer, (carol, first)]) = talk(111);
        let bob = world.phone("bob");
        let second = world.act(carol, |agent, now| agent.dial(now, "102"));
        world.advance(2 * SECOND);
        let his = world.agents[bob].current().expect("carol talks to bob");
        world.act(carol, |agent, now| agent.refer_to(now, first, second));
        world.advance(moment);
        world.act(bob, |agent, now| agent.hold(now, his, true));
        world.advance(SETTLED);
        let ladder = world.ladder.to_string();
        met += usize::from(crossed(&ladder));
        let told = &world.agents[carol].talks[&first].transfer;
        assert_eq!(told.last(), Some(&200), "{moment:?}\n{ladder}");
        assert!(world.heard().iter().all(|line| !line.starts_with("bob")), "{moment:?}: he holds\n{ladder}");
        world.act(bob, |agent, now| agent.hold(now, his, false));
        world.advance(SETTLED);
        assert_eq!(world.heard(), ["carrier hears bob", "bob hears carrier"], "{moment:?}\n{ladder}");
        assert_eq!(world.agents[bob].talks[&his].standing, Standing::Up);
        end(world, customer);
    }
    assert!(met > 0, "no two of them met");
}
