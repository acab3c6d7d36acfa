//! Queues whose agents ring together for one caller: the first who answers has him, the others stop and have missed nothing.

use acd::Work;
use call::cdr::{CallEventKind, Entry, How, LegRecord};
use sim::deeds::{faults, ms};
use sim::scenario::{CAROL, PLAN, prompts};
use sim::{Faults, Standing, Then, World};
use std::time::Duration;
use terms::{AgentId, Cause, LegId};

const AGENTS: [&str; 3] = ["alice", "bob", "carol"];

/// The number of carol leads to a queue that alice, bob and carol serve as these keys say.
fn world(keys: &str) -> World {
    let queue = format!("agents = [\"alice\", \"bob\", \"carol\"]\n{keys}\n");
    let plan = PLAN
        .replace("agents = [\"alice\", \"bob\"]\nrequire = \"english >= 5\"\n", &queue)
        .replace("relax = [{ after = \"20s\", require = \"anyone\" }]\n", "")
        .replace("go = \"phone:carol\"", "go = \"queue:support\"")
        + "\n[[agent]]\nname = \"carol\"\ndevices = [\"phone:carol\"]\nready = true\n"
        + "\n[[phone]]\nuser = \"dave\"\npassword = \"secret\"\n";
    let mut world = World::new(64, &plan, prompts(), Faults::default());
    let all = |world: &World| world.agents.iter().skip(1).all(|agent| agent.registered == Some(200));
    assert!(world.wait_until(Duration::from_secs(70), all));
    AGENTS.iter().for_each(|who| world.conduct(who, 60_000, Then::RingOn));
    world.ladder.clear();
    world
}

fn ring_all() -> World {
    world("strategy = \"ring-all\"")
}

fn customer(world: &mut World) -> LegId {
    world.dial("+359888123456", CAROL)
}

fn up(world: &World) -> [usize; 3] {
    let up = |who| {
        let talks = world.agents[world.phone(who)].talks.values();
        talks.filter(|talk| talk.standing == Standing::Up).count()
    };
    AGENTS.map(up)
}

fn rings(world: &World) -> [bool; 3] {
    AGENTS.map(|who| world.agents[world.phone(who)].current().is_some())
}

fn hang_up(world: &mut World, leg: LegId) {
    let carrier = world.phone("carrier");
    world.act(carrier, |agent, now| agent.hang_up(now, leg));
    world.assert_quiescent();
}

/// What queues have of it: each event with its agent.
fn events(world: &World) -> Vec<String> {
    let told = world.ledger.iter().filter_map(|entry| {
        let Entry::Event(event) = entry else { return None };
        let who = AGENTS.into_iter().find(|name| event.agent == Some(AgentId::of(name))).unwrap_or("-");
        match &event.what {
            CallEventKind::AgentState { .. } => None,
            CallEventKind::OfferFailed { why, .. } => Some(format!("{who}: {}", why.word())),
            what => Some(format!("{who}: {}", what.word())),
        }
    });
    told.collect()
}

fn legs(world: &World) -> Vec<LegRecord> {
    let leg = |entry: &Entry| match entry {
        Entry::Leg(leg) => Some((**leg).clone()),
        _ => None,
    };
    world.ledger.iter().filter_map(leg).collect()
}

/// What each does, his misses in a row among it.
fn agents(world: &World) -> Vec<(Work, u32)> {
    let lines = world.node.acd().inspect_at(world.now().mono).agents;
    let line =
        |who: &str| lines.iter().find(|line| line.agent == AgentId::of(who)).map(|line| (line.work, line.misses));
    AGENTS.iter().filter_map(|who| line(who)).collect()
}

#[test]
fn all_ring_at_once_and_who_answers_first_has_the_caller() {
    let mut world = ring_all();
    world.conduct("bob", 3_000, Then::Answer);
    let (carrier, leg) = (world.phone("carrier"), customer(&mut world));
    world.advance(ms(1_500));
    assert_eq!(rings(&world), [true; 3], "{}", world.ladder);
    world.advance(ms(4_000));
    assert_eq!(up(&world), [0, 1, 0], "{}", world.ladder);
    let voice = world.agents[world.phone("bob")].identity.fingerprint;
    assert!(world.agents[carrier].talks[&leg].heard.voice(voice) > 50);
    for who in ["alice", "carol"] {
        let talk = world.agents[world.phone(who)].talks.values().next().expect("it rang");
        assert_eq!((talk.standing, talk.cause), (Standing::Over, Some(Cause::TAKEN_ELSEWHERE)), "no missed call");
    }
    let works = agents(&world);
    assert!(matches!(works[..], [(Work::Idle, 0), (Work::Talking(_), 0), (Work::Idle, 0)]), "{works:?}");
    hang_up(&mut world, leg);
    assert_eq!(
        events(&world),
        [
            "-: entered",
            "bob: offered",
            "carol: offered",
            "alice: offered",
            "bob: connected",
            "carol: answered_elsewhere",
            "alice: answered_elsewhere",
            "bob: completed",
        ]
    );
    let cancelled: Vec<_> = legs(&world).iter().filter(|leg| leg.how == How::Cancelled).map(|leg| leg.cause).collect();
    assert_eq!(cancelled, [Cause::TAKEN_ELSEWHERE, Cause::TAKEN_ELSEWHERE]);
}

#[test]
fn two_answers_at_once_leave_one_conversation() {
    for moment in 0..30 {
        let mut world = ring_all();
        world.conduct("alice", 500, Then::Answer);
        world.conduct("bob", 490 + moment * 2 / 3, Then::Answer);
        world.media_delay = ms(moment % 7);
        let leg = customer(&mut world);
        world.advance(ms(3_000));
        assert_eq!(up(&world).iter().sum::<usize>(), 1, "{moment}\n{}", world.ladder);
        let talks = agents(&world).iter().filter(|(work, _)| matches!(work, Work::Talking(_))).count();
        assert_eq!((talks, agents(&world).iter().map(|(_, misses)| misses).sum::<u32>()), (1, 0), "{moment}");
        world.assert_wired_as_said();
        hang_up(&mut world, leg);
        assert_eq!(events(&world).iter().filter(|event| event.ends_with("connected")).count(), 1);
    }
}

#[test]
fn a_caller_who_leaves_while_they_ring_leaves_nothing_behind() {
    for step in 0..30 {
        let mut world = ring_all();
        world.conduct("carol", 900, Then::Answer);
        let leg = customer(&mut world);
        world.advance(ms(step * 60));
        hang_up(&mut world, leg);
        assert!(agents(&world).iter().all(|(_, misses)| *misses == 0));
    }
}

#[test]
fn whatever_happens_to_one_message_one_of_them_has_the_caller() {
    for (nth, fault) in faults(26) {
        let mut world = ring_all();
        world.conduct("alice", 700, Then::Refuse(486));
        world.conduct("bob", 1_000, Then::Answer);
        world.meet(nth, fault);
        let (carrier, leg) = (world.phone("carrier"), customer(&mut world));
        let talks = |world: &World| up(world)[1] == 1 && world.agents[carrier].talks[&leg].standing == Standing::Up;
        assert!(world.wait_until(Duration::from_secs(30), talks), "{nth} {fault:?}\n{}", world.ladder);
        world.advance(ms(2_000));
        assert_eq!(up(&world), [0, 1, 0], "{nth} {fault:?}\n{}", world.ladder);
        hang_up(&mut world, leg);
    }
}

#[test]
fn one_leaves_and_the_others_ring_on() {
    let mut world = ring_all();
    world.conduct("alice", 1_000, Then::Refuse(603));
    world.conduct("bob", 2_000, Then::Refuse(486));
    world.conduct("carol", 5_000, Then::Answer);
    let leg = customer(&mut world);
    world.advance(ms(4_000));
    assert_eq!(rings(&world), [false, false, true], "{}", world.ladder);
    world.advance(ms(3_000));
    assert_eq!(up(&world), [0, 0, 1], "{}", world.ladder);
    hang_up(&mut world, leg);
}

#[test]
fn who_lets_it_ring_to_the_end_has_missed_it_and_all_are_rung_again() {
    let mut world = ring_all();
    let leg = customer(&mut world);
    world.advance(ms(12_000));
    assert_eq!(rings(&world), [false; 3], "{}", world.ladder);
    assert_eq!(agents(&world), [(Work::Idle, 1); 3]);
    world.advance(ms(5_000));
    assert_eq!(rings(&world), [true; 3], "after their rest\n{}", world.ladder);
    hang_up(&mut world, leg);
}

#[test]
fn of_two_callers_the_first_has_all_and_the_second_those_whom_he_does_not_need() {
    let mut world = ring_all();
    world.conduct("alice", 2_000, Then::Answer);
    let first = customer(&mut world);
    let second = world.dial("+359888123457", CAROL);
    world.advance(ms(1_000));
    assert_eq!(world.node.acd().inspect().offers.len(), 3);
    let one = world.node.acd().inspect().offers[0].contact;
    assert!(world.node.acd().inspect().offers.iter().all(|offer| offer.contact == one));
    world.conduct("bob", 1_000, Then::Answer);
    world.advance(ms(4_000));
    assert_eq!(up(&world), [1, 1, 0], "{}", world.ladder);
    let carrier = world.phone("carrier");
    world.act(carrier, |agent, now| agent.hang_up(now, first));
    hang_up(&mut world, second);
}

#[test]
fn one_more_rings_after_each_delay() {
    let mut world = world("strategy = \"progressive\"\ndelay = \"2s\"");
    world.conduct("carol", 5_000, Then::Answer);
    let leg = customer(&mut world);
    let mut seen = vec![];
    for _ in 0..4 {
        world.advance(ms(1_500));
        seen.push(rings(&world).iter().filter(|rings| **rings).count());
    }
    assert_eq!(seen, [1, 2, 3, 3], "{}", world.ladder);
    assert!(world.wait_until(Duration::from_secs(10), |world| up(world)[2] == 1), "{}", world.ladder);
    world.advance(ms(500));
    assert_eq!(rings(&world), [false, false, true], "{}", world.ladder);
    hang_up(&mut world, leg);
}

#[test]
fn an_agent_of_several_who_ring_picks_up_at_another_ones_phone() {
    let mut world = ring_all();
    let leg = customer(&mut world);
    world.advance(ms(1_500));
    let at = terms::PhoneId::of("alice");
    let (call, rung) = world.node.board().ringing_at(&[at]).expect("it rings there");
    let verb = call::Verb::PickUp { leg: rung, at: terms::PhoneId::of("bob") };
    world.conduct("bob", 500, Then::Answer);
    world.input(node::Input::Verb { call, verb });
    world.advance(ms(2_000));
    assert_eq!(up(&world), [0, 1, 0], "{}", world.ladder);
    let works = agents(&world);
    assert!(matches!(works[..], [(Work::Idle, 0), (Work::Talking(_), 0), (Work::Idle, 0)]), "{works:?}");
    hang_up(&mut world, leg);
}

#[test]
fn whoever_takes_it_at_another_ones_phone_and_is_no_agent_leaves_nobody_ringing() {
    let mut world = ring_all();
    let (carrier, leg) = (world.phone("carrier"), customer(&mut world));
    world.advance(ms(1_500));
    let (call, rung) = world.node.board().ringing_at(&[terms::PhoneId::of("alice")]).expect("it rings there");
    let verb = call::Verb::PickUp { leg: rung, at: terms::PhoneId::of("dave") };
    world.input(node::Input::Verb { call, verb });
    world.advance(ms(2_000));
    let voice = world.agent("dave").identity.fingerprint;
    assert!(world.agents[carrier].talks[&leg].heard.voice(voice) > 20, "{}", world.ladder);
    assert_eq!(rings(&world), [false; 3], "{}", world.ladder);
    let works = agents(&world);
    assert_eq!(works, [(Work::Idle, 0); 3]);
    hang_up(&mut world, leg);
}
