//! Several who ring for one call: the first that fits has it, the others stop, and nothing is left over.

use call::cdr::{Entry, How, LegRecord};
use sim::deeds::under_each_fault;
use sim::scenario::{CAROL, NUMBER, PLAN, prompts, world_of};
use sim::{Conduct, Faults, PhoneIndex, Standing, Then, World};
use std::time::Duration;
use terms::{AgentId, Cause, LegId, PhoneId};

/// A world in which the number of carol leads here, with more of the configuration.
fn world(go: &str, more: &str) -> World {
    let plan = PLAN.replace("go = \"phone:carol\"", &format!("go = {go:?}")) + more;
    world_of(60, &plan, Faults::default())
}

/// Alice, bob and carol ring for one call, as the keys say.
fn group(keys: &str) -> World {
    let members = r#"members = ["phone:alice", "phone:bob", "phone:carol"]"#;
    world("group:all", &format!("\n[[group]]\nname = \"all\"\nextension = \"200\"\n{members}\n{keys}\n"))
}

fn everybody(world: &mut World, then: Then) {
    ["alice", "bob", "carol"].iter().for_each(|who| world.conduct(who, 60_000, then));
}

/// When each was called first, in whole seconds after the call came; none: never.
fn called(world: &World, began: terms::Mono) -> [Option<u64>; 3] {
    ["alice", "bob", "carol"].map(|who| {
        let first = world.agents[world.phone(who)].talks.values().map(|talk| talk.began).min()?;
        Some(first.since(began).as_secs())
    })
}

fn hang_up(world: &mut World, leg: LegId) {
    let carrier = world.phone("carrier");
    world.act(carrier, |agent, now| agent.hang_up(now, leg));
    world.assert_quiescent();
}

fn up(world: &World, phone: PhoneIndex) -> usize {
    world.agents[phone].talks.values().filter(|talk| talk.standing == Standing::Up).count()
}

#[test]
fn a_group_rings_its_members_as_its_strategy_says() {
    for (keys, wanted) in [
        ("", [Some(0), Some(0), Some(0)]),
        ("strategy = \"staggered\"\ndelay = \"4s\"", [Some(0), Some(4), Some(8)]),
        ("strategy = \"in-turn\"\nring = \"5s\"", [Some(0), Some(5), Some(10)]),
    ] {
        let mut world = group(keys);
        everybody(&mut world, Then::RingOn);
        let (began, leg) = (world.now().mono, world.dial("+359888123456", CAROL));
        world.advance(Duration::from_secs(14));
        assert_eq!(called(&world, began), wanted, "{keys}\n{}", world.ladder);
        hang_up(&mut world, leg);
    }
    let later = "members = [\"phone:bob\"]\nlater = [{ ring = \"phone:alice\", after = \"3s\" }]";
    let mut world = world("group:two", &format!("\n[[group]]\nname = \"two\"\n{later}\n"));
    everybody(&mut world, Then::RingOn);
    let (began, leg) = (world.now().mono, world.dial("+359888123456", CAROL));
    world.advance(Duration::from_secs(6));
    assert_eq!(called(&world, began), [Some(3), Some(0), None]);
    hang_up(&mut world, leg);
}

#[test]
fn who_refuses_or_is_not_there_lets_the_next_one_ring_at_once() {
    let mut world = group("strategy = \"in-turn\"\nring = \"20s\"");
    world.conduct("alice", 1_000, Then::Refuse(486));
    world.conduct("bob", 1_000, Then::Refuse(603));
    world.conduct("carol", 1_000, Then::Answer);
    let leg = world.dial("+359888123456", CAROL);
    world.advance(Duration::from_secs(6));
    let carol = world.phone("carol");
    assert_eq!(up(&world, carol), 1, "{}", world.ladder);
    hang_up(&mut world, leg);
    let hows: Vec<_> = world.leg_records().iter().map(|leg| (leg.how, leg.status)).collect();
    assert_eq!(hows, [(How::Won, None), (How::Lost, Some(486)), (How::Lost, Some(603)), (How::Won, None)]);
}

#[test]
fn the_others_stop_ringing_and_keep_no_missed_call() {
    let mut world = group("");
    everybody(&mut world, Then::RingOn);
    world.conduct("bob", 2_000, Then::Answer);
    let (carrier, leg) = (world.phone("carrier"), world.dial("+359888123456", CAROL));
    world.advance(Duration::from_secs(4));
    let (alice, bob, carol) = (world.phone("alice"), world.phone("bob"), world.phone("carol"));
    assert_eq!([alice, bob, carol].map(|phone| up(&world, phone)), [0, 1, 0], "{}", world.ladder);
    for phone in [alice, carol] {
        let talk = world.agents[phone].talks.values().next().expect("it rang");
        assert_eq!((talk.standing, talk.cause), (Standing::Over, Some(Cause::TAKEN_ELSEWHERE)));
    }
    let voice = world.agents[bob].identity.fingerprint;
    assert!(world.agents[carrier].talks[&leg].heard.voice(voice) > 50);
    hang_up(&mut world, leg);
    let cancelled: Vec<_> =
        world.leg_records().iter().filter(|leg| leg.how == How::Cancelled).map(|leg| leg.cause).collect();
    assert_eq!(cancelled, [Cause::TAKEN_ELSEWHERE, Cause::TAKEN_ELSEWHERE]);
    let record = world.ledger.iter().find_map(|entry| match entry {
        Entry::Closed(record) => Some(record),
        _ => None,
    });
    assert_eq!(record.expect("the call is over").phone, Some(PhoneId::of("bob")));
}

#[test]
fn two_answers_at_once_leave_one_conversation() {
    for moment in 0..40 {
        let mut world = group("");
        everybody(&mut world, Then::RingOn);
        world.conduct("alice", 500, Then::Answer);
        world.conduct("bob", 490 + moment / 2, Then::Answer);
        world.media_delay = Duration::from_millis(moment % 7);
        let (carrier, leg) = (world.phone("carrier"), world.dial("+359888123456", CAROL));
        world.advance(Duration::from_secs(3));
        let (alice, bob) = (world.phone("alice"), world.phone("bob"));
        assert_eq!(up(&world, alice) + up(&world, bob), 1, "{moment}\n{}", world.ladder);
        assert_eq!(world.agents[carrier].talks[&leg].standing, Standing::Up);
        world.assert_wired_as_said();
        hang_up(&mut world, leg);
        assert_eq!(
            world.leg_records().iter().filter(|leg| leg.how == How::Won).count(),
            2,
            "the caller and one of them"
        );
    }
}

#[test]
fn a_caller_who_leaves_while_several_ring_leaves_nothing_behind() {
    for step in 0..30 {
        let mut world = group("strategy = \"staggered\"\ndelay = \"1s\"");
        everybody(&mut world, Then::RingOn);
        world.conduct("carol", 400, Then::Answer);
        let leg = world.dial("+359888123456", CAROL);
        world.advance(Duration::from_millis(step * 80));
        hang_up(&mut world, leg);
    }
}

#[test]
fn an_answer_without_sound_lets_the_others_ring_on() {
    let mut world = group("");
    everybody(&mut world, Then::RingOn);
    world.conduct("alice", 500, Then::AnswerMute);
    world.conduct("bob", 2_000, Then::Answer);
    let leg = world.dial("+359888123456", CAROL);
    world.advance(Duration::from_secs(4));
    let bob = world.phone("bob");
    assert_eq!(up(&world, bob), 1, "{}", world.ladder);
    hang_up(&mut world, leg);
    assert_eq!(world.leg_records()[1].status, Some(488));
}

#[test]
fn of_several_who_refuse_the_answer_that_says_most_is_told() {
    for (alice, bob, carol, told) in [(503, 404, 486, 486), (486, 603, 404, 603), (404, 404, 500, 404)] {
        let mut world = group("");
        for (who, ring_ms, status) in [("alice", 200, alice), ("bob", 300, bob), ("carol", 400, carol)] {
            world.conduct(who, ring_ms, Then::Refuse(status));
        }
        let (carrier, leg) = (world.phone("carrier"), world.dial("+359888123456", CAROL));
        world.advance(Duration::from_secs(2));
        assert_eq!(world.agents[carrier].talks[&leg].standing, Standing::Refused(told), "{}", world.ladder);
        world.assert_quiescent();
    }
}

#[test]
fn of_several_who_are_heard_before_they_answer_one_is_and_another_when_he_is_gone() {
    let mut world = group("");
    for (who, ring_ms, then) in [("alice", 2_000, Then::Refuse(486)), ("bob", 4_000, Then::Answer)] {
        world.agent(who).conduct =
            Conduct { ring: Duration::from_millis(ring_ms), early_media: true, then, ..Conduct::default() };
    }
    world.conduct("carol", 60_000, Then::RingOn);
    let (carrier, leg) = (world.phone("carrier"), world.dial("+359888123456", CAROL));
    let voices = ["alice", "bob"].map(|who| world.agents[world.phone(who)].identity.fingerprint);
    let heard = |world: &World| voices.map(|voice| world.agents[carrier].talks[&leg].heard.voice(voice));
    world.advance(Duration::from_millis(1_800));
    let [alice, bob] = heard(&world);
    assert!(alice > 60 && bob == 0, "{alice} {bob}\n{}", world.ladder);
    world.advance(Duration::from_millis(1_800));
    let [_, bob] = heard(&world);
    assert!(bob > 50, "{bob}\n{}", world.ladder);
    world.advance(Duration::from_secs(2));
    world.assert_wired_as_said();
    hang_up(&mut world, leg);
}

#[test]
fn a_phone_dials_a_group_by_its_number_and_is_not_rung_itself() {
    let mut world = group("");
    everybody(&mut world, Then::RingOn);
    world.conduct("bob", 500, Then::Answer);
    let alice = world.phone("alice");
    let leg = world.act(alice, |agent, now| agent.dial(now, "200"));
    world.advance(Duration::from_secs(3));
    assert_eq!(world.agents[alice].talks.len(), 1, "only her own call\n{}", world.ladder);
    assert_eq!(world.agents[alice].talks[&leg].standing, Standing::Up);
    world.act(alice, |agent, now| agent.hang_up(now, leg));
    world.assert_quiescent();
}

/// Whether alice is engaged for the routing core.
fn engaged(world: &World) -> bool {
    world.node.acd().inspect().agents.iter().any(|line| line.agent == AgentId::of("alice") && line.engaged)
}

#[test]
fn whether_a_phone_that_rings_for_a_group_is_engaged_is_a_key() {
    for (keys, rings) in [("", true), ("engages = false", false)] {
        let mut world = group(keys);
        everybody(&mut world, Then::RingOn);
        world.conduct("alice", 2_000, Then::Answer);
        let leg = world.dial("+359888123456", CAROL);
        world.advance(Duration::from_secs(1));
        assert_eq!(engaged(&world), rings, "{keys}");
        world.advance(Duration::from_secs(3));
        assert!(engaged(&world), "she talks: {keys}");
        hang_up(&mut world, leg);
        assert!(!engaged(&world));
    }
}

#[test]
fn all_devices_of_an_agent_ring_for_a_call_of_his_queue() {
    let mut world = World::new(
        61,
        &PLAN.replace(r#"["phone:alice"]"#, r#"["phone:alice", "phone:carol"]"#),
        prompts(),
        Faults::default(),
    );
    world.advance(Duration::from_secs(10));
    world.desk("bob").log_out();
    everybody(&mut world, Then::RingOn);
    world.conduct("carol", 1_500, Then::Answer);
    let (carrier, leg) = (world.phone("carrier"), world.dial("+359888123456", NUMBER));
    world.advance(Duration::from_millis(1_500));
    world.act(carrier, |agent, _| agent.press(leg, '1'));
    world.advance(Duration::from_secs(4));
    let (alice, carol) = (world.phone("alice"), world.phone("carol"));
    assert_eq!((world.agents[alice].talks.len(), up(&world, carol)), (1, 1), "{}", world.ladder);
    hang_up(&mut world, leg);
    assert!(world.leg_records()[1..].iter().all(|leg| leg.agent == Some(AgentId::of("alice"))));
}

/// Carol has two more devices; the number rings her phone.
fn three_devices() -> (World, [PhoneIndex; 3]) {
    let mut world = world("phone:carol", "");
    let devices = [world.phone("carol"), world.add_device("carol"), world.add_device("carol")];
    let all = |world: &World| world.agents.iter().skip(1).all(|agent| agent.registered == Some(200));
    assert!(world.wait_until(Duration::from_secs(70), all));
    for device in devices {
        world.agents[device].conduct.then = Then::RingOn;
    }
    world.ladder.clear();
    (world, devices)
}

#[test]
fn all_devices_of_a_phone_ring_and_a_dead_one_keeps_nobody_from_answering() {
    let (mut world, devices) = three_devices();
    world.agents[devices[2]].dead = true;
    world.agents[devices[1]].conduct = Conduct { ring: Duration::from_secs(2), ..Conduct::default() };
    let leg = world.dial("+359888123456", CAROL);
    world.advance(Duration::from_secs(1));
    let rings = |world: &World, device: usize| world.agents[device].current().is_some();
    assert!(rings(&world, devices[0]) && rings(&world, devices[1]), "{}", world.ladder);
    world.advance(Duration::from_secs(3));
    assert_eq!(devices.map(|device| up(&world, device)), [0, 1, 0], "{}", world.ladder);
    hang_up(&mut world, leg);
    assert_eq!(world.leg_records().len(), 4, "the caller, and each device");
}

#[test]
fn two_devices_that_answer_at_once_leave_one_conversation() {
    for moment in 0..40 {
        let (mut world, devices) = three_devices();
        for (device, ring_ms) in [(devices[0], 500), (devices[1], 490 + moment / 2)] {
            world.agents[device].conduct = Conduct { ring: Duration::from_millis(ring_ms), ..Conduct::default() };
        }
        let leg = world.dial("+359888123456", CAROL);
        world.advance(Duration::from_secs(3));
        let up = devices.map(|device| up(&world, device));
        assert_eq!(up.iter().sum::<usize>(), 1, "{moment}: {up:?}\n{}", world.ladder);
        hang_up(&mut world, leg);
    }
}

#[test]
fn who_declines_at_one_device_declines_at_all_of_them_and_busy_is_that_device_alone() {
    for (status, then) in [(603, Standing::Refused(603)), (486, Standing::Ringing)] {
        let (mut world, devices) = three_devices();
        world.agents[devices[1]].conduct.then = Then::Refuse(status);
        let (carrier, leg) = (world.phone("carrier"), world.dial("+359888123456", CAROL));
        world.advance(Duration::from_secs(2));
        assert_eq!(world.agents[carrier].talks[&leg].standing, then, "{}", world.ladder);
        if then == Standing::Ringing {
            world.act(carrier, |agent, now| agent.hang_up(now, leg));
        }
        world.assert_quiescent();
    }
}

#[test]
fn a_winner_who_goes_before_the_caller_is_joined_does_not_silence_the_others() {
    let mut world = group("");
    everybody(&mut world, Then::RingOn);
    let quick =
        Conduct { ring: Duration::from_millis(500), talk: Some(Duration::from_millis(20)), ..Conduct::default() };
    world.agent("alice").conduct = quick;
    world.conduct("bob", 3_000, Then::Answer);
    world.conduct("carol", 100, Then::Refuse(486));
    let (carrier, leg) = (world.phone("carrier"), world.dial("+359888123456", CAROL));
    let alice = world.phone("alice");
    let answered = |world: &World| world.agents[alice].talks.values().any(|talk| talk.answered.is_some());
    assert!(world.wait_until(Duration::from_secs(2), answered));
    // The caller's side does not hear our 200 for a while, and so says nothing to it.
    world.agents[carrier].dead = true;
    world.advance(Duration::from_millis(200));
    world.agents[carrier].dead = false;
    world.advance(Duration::from_secs(6));
    let (bob, carol) = (world.phone("bob"), world.phone("carol"));
    assert_eq!(world.agents[carrier].talks[&leg].standing, Standing::Up, "{}", world.ladder);
    assert_eq!([alice, bob, carol].map(|phone| up(&world, phone)), [0, 1, 0], "{}", world.ladder);
    assert_eq!((world.agents[alice].talks.len(), world.agents[carol].talks.len()), (1, 1), "neither is asked again");
    let voice = world.agents[bob].identity.fingerprint;
    assert!(world.agents[carrier].talks[&leg].heard.voice(voice) > 50);
    hang_up(&mut world, leg);
}

/// A call to a group of two, of whom bob answers, and three more messages to end it.
fn forked(world: &mut World) {
    everybody(world, Then::RingOn);
    world.conduct("bob", 700, Then::Answer);
    let (carrier, leg) = (world.phone("carrier"), world.dial("+359888123456", CAROL));
    let up = |world: &World| world.agents[carrier].talks[&leg].standing == Standing::Up;
    assert!(world.wait_until(Duration::from_secs(40), up), "{}", world.ladder);
    let voice = world.agents[world.phone("bob")].identity.fingerprint;
    let heard = |world: &World| world.agents[carrier].talks[&leg].heard.voice(voice) > 20;
    assert!(world.wait_until(Duration::from_secs(40), heard), "{}", world.ladder);
    hang_up(world, leg);
    let won = |leg: &&LegRecord| leg.how == How::Won;
    assert_eq!(world.leg_records().iter().filter(won).count(), 2, "{}", world.ladder);
}

#[test]
fn each_message_of_a_fork_lost_doubled_or_overtaken_once_changes_nothing_but_time() {
    let two = || world("group:two", "\n[[group]]\nname = \"two\"\nmembers = [\"phone:alice\", \"phone:bob\"]\n");
    let count = under_each_fault(two, forked);
    assert!((20..40).contains(&count), "{count}");
}
