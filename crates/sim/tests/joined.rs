//! A caller who hears it ring until an agent answers: an agent who goes before the caller is through to him leaves the
//! caller at his place.

use call::cdr::{CallEventKind, Entry};
use sim::deeds::{faults, ms};
use sim::scenario::{CAROL, PLAN, prompts};
use sim::{Conduct, Fault, Faults, Standing, Then, World};
use std::time::Duration;
use terms::{AgentId, LegId};

/// The number of carol leads to a queue that answers nobody by itself: alice hangs up as soon as she has answered, bob talks.
fn world() -> World {
    let queue = "agents = [\"alice\", \"bob\"]\nstrategy = \"linear\"\nanswer = false\n";
    let plan = PLAN
        .replace("agents = [\"alice\", \"bob\"]\nrequire = \"english >= 5\"\n", queue)
        .replace("relax = [{ after = \"20s\", require = \"anyone\" }]\n", "")
        .replace("music = \"music.wav\"\n", "")
        .replace("go = \"phone:carol\"", "go = \"queue:support\"");
    let mut world = World::new(65, &plan, prompts(), Faults::default());
    let all = |world: &World| world.agents.iter().skip(1).all(|agent| agent.registered == Some(200));
    assert!(world.wait_until(Duration::from_secs(70), all));
    world.agent("alice").conduct = Conduct { ring: ms(400), talk: Some(ms(20)), ..Conduct::default() };
    world.agent("bob").conduct = Conduct { ring: ms(700), then: Then::Answer, ..Conduct::default() };
    world.ladder.clear();
    world
}

/// To the n-th message from here on this happens.
fn customer(world: &mut World, nth: u64, fault: Fault) -> LegId {
    world.meet(nth, fault);
    world.dial("+359888123456", CAROL)
}

fn up(world: &World, who: &str) -> bool {
    world.agents[world.phone(who)].talks.values().any(|talk| talk.standing == Standing::Up)
}

fn hang_up(world: &mut World, leg: LegId) {
    let carrier = world.phone("carrier");
    if world.agents[carrier].current() == Some(leg) {
        world.act(carrier, |agent, now| agent.hang_up(now, leg));
    }
    world.assert_quiescent();
}

fn events(world: &World) -> Vec<String> {
    let told = world.ledger.iter().filter_map(|entry| {
        let Entry::Event(event) = entry else { return None };
        let who = ["alice", "bob"].into_iter().find(|name| event.agent == Some(AgentId::of(name))).unwrap_or("-");
        match &event.what {
            CallEventKind::AgentState { .. } => None,
            CallEventKind::OfferFailed { why, .. } => Some(format!("{who}: {}", why.word())),
            what => Some(format!("{who}: {}", what.word())),
        }
    });
    told.collect()
}

/// Those messages whose loss keeps the caller's ACK away until alice is gone.
fn moments() -> Vec<u64> {
    let lost = |nth: &u64| {
        let mut world = world();
        let leg = customer(&mut world, *nth, Fault::Lost);
        let refused = has_gone(&mut world);
        hang_up(&mut world, leg);
        refused
    };
    (0..20).filter(lost).collect()
}

/// Alice has answered, and was gone before the caller was through to her.
fn has_gone(world: &mut World) -> bool {
    world.wait_until(ms(3_000), |world| events(world).contains(&"alice: declined".to_owned()))
}

#[test]
fn an_agent_who_hangs_up_before_the_caller_is_through_leaves_him_his_place() {
    let mut kept = 0;
    for nth in 0..30 {
        let mut world = world();
        world.desk("bob").log_out();
        let leg = customer(&mut world, nth, Fault::Lost);
        // Another one comes meanwhile, and is behind him.
        world.advance(ms(200));
        let other = world.dial("+359888123457", CAROL);
        let carrier = world.phone("carrier");
        if has_gone(&mut world) {
            kept += 1;
            world.desk("bob").ready();
            assert!(world.wait_until(ms(4_000), |world| up(world, "bob")), "{nth}\n{}", world.ladder);
            world.advance(ms(3_000));
            let voice = world.agents[world.phone("bob")].identity.fingerprint;
            assert_eq!(world.agents[carrier].talks[&leg].standing, Standing::Up, "{nth}\n{}", world.ladder);
            assert!(world.agents[carrier].talks[&leg].heard.voice(voice) > 50, "{nth}\n{}", world.ladder);
            world.assert_wired_as_said();
        }
        if world.agents[carrier].talks[&other].standing != Standing::Over {
            world.act(carrier, |agent, now| agent.hang_up(now, other));
        }
        hang_up(&mut world, leg);
    }
    assert!(kept > 0);
}

#[test]
fn whoever_goes_at_whatever_moment_is_in_the_account_once() {
    for (nth, fault) in faults(20) {
        let mut world = world();
        let leg = customer(&mut world, nth, fault);
        world.advance(ms(6_000));
        hang_up(&mut world, leg);
        let count = |what: &str| events(&world).iter().filter(|event| event.ends_with(what)).count();
        assert_eq!(count("connected"), count("completed"), "{nth} {fault:?} {:?}", events(&world));
        assert_eq!(count("entered"), 1);
        let ended = count("abandoned") + count("withdrawn") + usize::from(count("connected") > 0);
        assert_eq!(ended, 1, "{nth} {fault:?} {:?}", events(&world));
    }
}

#[test]
fn the_caller_who_hangs_up_before_he_is_through_has_given_up() {
    for nth in moments() {
        for step in 0..12 {
            let mut world = world();
            let leg = customer(&mut world, nth, Fault::Lost);
            world.advance(ms(380 + step * 40));
            hang_up(&mut world, leg);
            let count = |what: &str| events(&world).iter().filter(|event| event.ends_with(what)).count();
            assert_eq!(count("connected"), count("completed"), "{nth} {step} {:?}", events(&world));
        }
    }
}
