//! Feature codes: dialled, and pressed in a conversation with sound or by INFO. Keys that are none go on whole, in order,
//! and no later than they must.

use sim::scenario::{CAROL, NUMBER, PLAN, prompts, world};
use sim::{Conduct, Faults, World};
use std::time::Duration;
use terms::{AgentId, LegId};

const CARRIER: usize = sim::CARRIER;

fn ms(ms: u64) -> Duration {
    Duration::from_millis(ms)
}

/// The carrier talks to carol.
fn conversation(seed: u64) -> (World, LegId, (usize, LegId)) {
    let mut world = world(seed, Faults::default());
    world.agent("carol").conduct = Conduct::default();
    let leg = world.dial("+359888123456", CAROL);
    world.advance(ms(3_000));
    let carol = world.phone("carol");
    let theirs = world.agents[carol].current().expect("a call");
    (world, leg, (carol, theirs))
}

/// Presses these keys, one each 250 ms.
fn press(world: &mut World, (phone, leg): (usize, LegId), keys: &str, info: bool) {
    for key in keys.chars() {
        world.act(phone, |agent, now| match info {
            true => agent.press_by_info(now, leg, key),
            false => agent.press(leg, key),
        });
        world.advance(ms(250));
    }
}

/// What keys have come, with sound or by INFO.
fn keys(world: &World, (phone, leg): (usize, LegId)) -> String {
    let talk = &world.agents[phone].talks[&leg];
    format!("{}{}", talk.heard.keys, talk.infos)
}

/// Sooner or later these hear these, and nobody else anybody.
fn come_to_hear(world: &mut World, pairs: &[&str]) {
    let sorted = |mut heard: Vec<String>| {
        heard.sort();
        heard
    };
    let pairs = sorted(pairs.iter().map(|pair| (*pair).to_owned()).collect());
    let heard = (0..120).map(|_| sorted(world.heard())).any(|heard| heard == pairs);
    assert!(heard, "{pairs:?}, not {:?}\n{}", world.heard(), world.ladder);
}

fn end(mut world: World, leg: LegId) {
    world.act(CARRIER, |agent, now| agent.hang_up(now, leg));
    world.assert_quiescent();
}

#[test]
fn keys_that_are_no_code_go_on_in_order_once_that_is_known() {
    for (seed, info) in [(12, false), (12, true), (13, false), (13, true)] {
        let (mut world, leg, carol) = conversation(seed);
        press(&mut world, carol, "5", info);
        assert_eq!(keys(&world, (CARRIER, leg)), "5", "it begins no code");
        press(&mut world, carol, "*", info);
        world.advance(ms(1_000));
        assert_eq!(keys(&world, (CARRIER, leg)), "5", "it may be a code");
        world.advance(ms(600));
        assert_eq!(keys(&world, (CARRIER, leg)), "5*", "it has become none");
        press(&mut world, carol, "*88#12", info);
        world.advance(ms(400));
        assert_eq!(keys(&world, (CARRIER, leg)), "5**88#12", "info: {info}\n{}", world.ladder);
        world.advance(ms(2_000));
        press(&mut world, carol, "34", info);
        world.advance(ms(400));
        assert_eq!(keys(&world, (CARRIER, leg)), "5**88#1234");
        assert_eq!(keys(&world, carol), "");
        end(world, leg);
    }
}

#[test]
fn a_customer_has_no_codes() {
    let (mut world, leg, carol) = conversation(15);
    press(&mut world, (CARRIER, leg), "*0*2101#", false);
    world.advance(ms(1_000));
    assert_eq!(keys(&world, carol), "*0*2101#");
    end(world, leg);
}

#[test]
fn a_party_is_transferred_by_a_code_with_sound_or_by_info_and_nobody_hears_the_keys() {
    for (seed, info) in [(16, false), (17, true)] {
        let (mut world, leg, carol) = conversation(seed);
        press(&mut world, carol, "*2101", info);
        assert_eq!(world.heard(), ["carrier hears carol", "carol hears carrier"], "it is not complete");
        press(&mut world, carol, "#", info);
        come_to_hear(&mut world, &["carrier hears alice", "alice hears carrier"]);
        assert_eq!(keys(&world, (CARRIER, leg)), "");
        world.assert_wired_as_said();
        end(world, leg);
    }
}

#[test]
fn what_follows_a_code_is_complete_after_a_while_and_one_without_it_is_refused() {
    let (mut world, leg, carol) = conversation(18);
    press(&mut world, carol, "*2#", false);
    world.advance(ms(2_000));
    assert_eq!(world.heard(), ["carrier hears carol", "carol hears carrier"]);
    press(&mut world, carol, "*299999#", false);
    world.advance(ms(2_000));
    assert_eq!(world.heard(), ["carrier hears carol", "carol hears carrier"], "nobody has that number");
    press(&mut world, carol, "*2101", false);
    world.advance(ms(6_000));
    come_to_hear(&mut world, &["carrier hears alice", "alice hears carrier"]);
    assert_eq!(keys(&world, (CARRIER, leg)), "");
    end(world, leg);
}

#[test]
fn a_colleague_is_asked_gone_back_from_asked_again_and_left_with_the_customer_by_codes() {
    let (mut world, leg, carol) = conversation(20);
    press(&mut world, carol, "*3101#", false);
    come_to_hear(&mut world, &["carol hears alice", "alice hears carol", "carrier hears a sound"]);
    press(&mut world, carol, "*4", false);
    come_to_hear(&mut world, &["carrier hears carol", "carol hears carrier", "alice hears a sound"]);
    press(&mut world, carol, "*4", true);
    come_to_hear(&mut world, &["carol hears alice", "alice hears carol", "carrier hears a sound"]);
    press(&mut world, carol, "*1", false);
    come_to_hear(&mut world, &["carrier hears carol", "carol hears carrier"]);
    press(&mut world, carol, "*3101#", false);
    come_to_hear(&mut world, &["carol hears alice", "alice hears carol", "carrier hears a sound"]);
    press(&mut world, carol, "*5", false);
    come_to_hear(&mut world, &["carrier hears alice", "alice hears carrier"]);
    assert_eq!(keys(&world, (CARRIER, leg)), "");
    end(world, leg);
}

#[test]
fn codes_are_off_for_one_call_once_that_was_wished() {
    let (mut world, leg, carol) = conversation(22);
    press(&mut world, carol, "*9", false);
    world.advance(ms(1_000));
    press(&mut world, carol, "*0*2", false);
    press(&mut world, carol, "*9", true);
    assert_eq!(keys(&world, (CARRIER, leg)), "*0*2*9", "at once");
    end(world, leg);
    let (mut world, leg, carol) = conversation(23);
    press(&mut world, carol, "*0", true);
    world.advance(ms(1_000));
    assert!(world.agents[CARRIER].current() != Some(leg), "it is over: {}", world.ladder);
    world.assert_quiescent();
}

#[test]
fn an_agent_works_and_pauses_by_codes_that_are_dialled_and_a_stranger_does_not() {
    let mut world =
        World::new(25, &format!("{PLAN}\n[duty]\npauses = {{ 1 = \"lunch\" }}\n"), prompts(), Faults::default());
    world.advance(ms(2_000));
    let alice = world.phone("alice");
    let status = |world: &World| {
        let lines = world.node.acd().inspect_at(world.now().mono).agents;
        lines.into_iter().find(|line| line.agent == AgentId::of("alice")).expect("she is known").status
    };
    for (code, wanted) in [
        ("*52", acd::Status::NotReady(control::NO_REASON.into())),
        ("*53", acd::Status::LoggedOut),
        ("*51", acd::Status::Ready),
        ("*521", acd::Status::NotReady("lunch".into())),
        ("*51", acd::Status::Ready),
        ("*529", acd::Status::Ready),
    ] {
        world.act(alice, |agent, now| agent.dial(now, code));
        world.advance(ms(3_000));
        assert_eq!(status(&world), wanted, "{code}");
        assert_eq!(world.node.board().running(), 0, "it has ended\n{}", world.ladder);
    }
    world.dial("+359888123456", "*53");
    world.advance(ms(3_000));
    assert_eq!(status(&world), acd::Status::Ready, "a trunk dials no codes");
    let leg = world.dial("+359888123456", NUMBER);
    world.advance(ms(2_000));
    end(world, leg);
}

#[test]
fn an_agent_hears_in_words_what_became_of_his_code_and_ends_his_after_call_work_by_one() {
    let mut world = world(26, Faults::default());
    let alice = world.phone("alice");
    let leg = world.act(alice, |agent, now| agent.dial(now, "*54"));
    world.advance(ms(3_000));
    let heard = |world: &World, leg: LegId| world.agents[alice].talks[&leg].heard.sounds();
    let refused = heard(&world, leg);
    assert!((20..=32).contains(&refused), "a tone of a second: she does no after-call work: {refused}");
    world.agent("alice").conduct = Conduct { talk: Some(ms(500)), ..Conduct::default() };
    let customer = world.dial("+359888123456", NUMBER);
    world.advance(ms(1_500));
    world.act(CARRIER, |agent, _| agent.press(customer, '1'));
    let wraps =
        |world: &World| world.node.acd().agent(AgentId::of("alice")).is_some_and(|line| line.wrap_up_until.is_some());
    assert!(world.wait_until(ms(20_000), wraps), "{}", world.ladder);
    world.agent("alice").conduct = Conduct::default();
    let leg = world.act(alice, |agent, now| agent.dial(now, "*54"));
    world.advance(ms(300));
    assert!(!wraps(&world), "her after-call work is done before its time");
    world.advance(ms(2_500));
    let said = heard(&world, leg);
    assert!((55..=62).contains(&said), "a voice of 1.2 s: {said}");
    assert_eq!(world.node.board().running(), 0, "{}", world.ladder);
    world.assert_quiescent();
}
