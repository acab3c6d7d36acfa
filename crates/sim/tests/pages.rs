//! A page in a browser is a phone without SIP: an agent is rung there, and his call waits for him while it loads anew.

use node::{NotAttached, PageInput, PageNews};
use sim::scenario::{NUMBER, PLAN, world_of};
use sim::{Faults, Standing, World};
use std::time::Duration;
use terms::{AgentId, LegId, PhoneId};

/// Alice talks from a page, and nobody else serves the queue.
fn world(seed: u64) -> World {
    let page = "user = \"alice\"\npage = true\n";
    let plan = PLAN.replace("user = \"alice\"\npassword = \"secret\"\n", page);
    let plan = plan.replace("domain = \"strowger.test\"", "domain = \"strowger.test\"\npages = \"10.0.0.1:16000\"");
    let plan =
        plan.replace("agents = [\"alice\", \"bob\"]", "agents = [\"alice\"]").replace("wait = \"5s\"", "wait = \"1s\"");
    world_of(seed, &plan, Faults::default())
}

fn reachable(world: &World) -> bool {
    world.node.acd().agent(AgentId::of("alice")).expect("she is in the plan").reachable
}

/// The leg that rings at her page.
fn rings(world: &World) -> Option<LegId> {
    let legs = world.page_news.iter().rev().filter(|(phone, _)| *phone == PhoneId::of("alice"));
    legs.map(|(_, news)| if let PageNews::Rings { leg, .. } = news { Some(*leg) } else { None }).next().flatten()
}

/// A caller waits in the queue until her page rings.
fn rung(world: &mut World) -> (LegId, LegId) {
    world.attach("alice", 1).expect("she is the first");
    let caller = world.dial("+359888123456", NUMBER);
    assert!(world.wait_until(Duration::from_secs(20), |world| rings(world).is_some()), "{}", world.ladder);
    (caller, rings(world).expect("it rings"))
}

fn standing(world: &World, caller: LegId) -> Standing {
    world.agents[world.phone("carrier")].talks[&caller].standing
}

fn waiting(world: &World) -> usize {
    world.node.acd().inspect().queues.iter().map(|queue| queue.waiting.len()).sum()
}

#[test]
fn an_agent_at_a_page_is_rung_talks_and_hangs_up() {
    for seed in [300, 301, 304] {
        let mut world = world(seed);
        assert!(!reachable(&world), "nobody is there");
        let (caller, leg) = rung(&mut world);
        assert!(reachable(&world));
        world.at_page("alice", PageInput::Answer { leg });
        world.advance(Duration::from_secs(5));
        let talks = |(_, news): &(_, PageNews)| matches!(news, PageNews::Talks { to: Some(to), .. } if to.port() > 0);
        assert!(world.page_news.last().is_some_and(talks), "{:?}", world.page_news);
        assert_eq!((standing(&world, caller), waiting(&world)), (Standing::Up, 0));
        world.at_page("alice", PageInput::End { leg });
        world.advance(Duration::from_secs(1));
        assert_ne!(standing(&world, caller), Standing::Up);
        assert_eq!(world.page_news.last(), Some(&(PhoneId::of("alice"), PageNews::Quiet { leg })));
        world.assert_quiescent();
    }
}

#[test]
fn what_an_agent_declines_at_a_page_stays_in_the_queue() {
    let mut world = world(302);
    let (caller, leg) = rung(&mut world);
    world.at_page("alice", PageInput::End { leg });
    world.advance(Duration::from_secs(1));
    assert_eq!((standing(&world, caller), waiting(&world)), (Standing::Up, 1));
    world.hangs_up("carrier");
    world.assert_quiescent();
}

#[test]
fn the_caller_who_hangs_up_while_a_page_rings_silences_it() {
    let mut world = world(303);
    let (_, leg) = rung(&mut world);
    world.hangs_up("carrier");
    world.advance(Duration::from_secs(1));
    assert_eq!(world.page_news.last(), Some(&(PhoneId::of("alice"), PageNews::Quiet { leg })));
    world.assert_quiescent();
}

#[test]
fn a_call_waits_for_a_page_that_loads_anew_and_the_newest_page_has_it() {
    let mut world = world(305);
    let (caller, leg) = rung(&mut world);
    world.at_page("alice", PageInput::Answer { leg });
    world.advance(Duration::from_secs(3));
    world.at_page("alice", PageInput::Detached { epoch: 1 });
    world.advance(Duration::from_secs(20));
    assert_eq!((standing(&world, caller), reachable(&world)), (Standing::Up, false), "no other call comes meanwhile");
    world.attach("alice", 2).expect("it is newer");
    assert_eq!(world.attach("alice", 1), Err(NotAttached::Superseded));
    world.advance(Duration::from_secs(60));
    assert_eq!((standing(&world, caller), reachable(&world)), (Standing::Up, true));
    world.at_page("alice", PageInput::End { leg });
    world.assert_quiescent();
}

#[test]
fn after_thirty_seconds_without_a_page_its_call_is_over() {
    let mut world = world(306);
    let (caller, leg) = rung(&mut world);
    world.at_page("alice", PageInput::Answer { leg });
    world.advance(Duration::from_secs(3));
    world.at_page("alice", PageInput::Detached { epoch: 1 });
    world.advance(Duration::from_secs(29));
    assert_eq!(standing(&world, caller), Standing::Up);
    world.advance(Duration::from_secs(2));
    assert_ne!(standing(&world, caller), Standing::Up);
    world.assert_quiescent();
}

#[test]
fn a_page_talks_to_a_phone_and_its_lamp_shows_it() {
    let mut world = world(307);
    world.attach("alice", 1).expect("she is the first");
    let bob = world.phone("bob");
    let call = world.act(bob, |agent, now| agent.dial_as(now, "bob", "alice"));
    assert!(world.wait_until(Duration::from_secs(5), |world| rings(world).is_some()), "{}", world.ladder);
    let leg = rings(&world).expect("it rings");
    let keys = world.add_watcher("carol");
    let lamp = world.let_watch(keys, |watcher, now| watcher.watch(now, "alice", "dialog", 600));
    world.at_page("alice", PageInput::Answer { leg });
    world.advance(Duration::from_secs(4));
    assert_eq!(world.agents[bob].talks[&call].standing, Standing::Up);
    assert_eq!(world.watchers[keys].states(lamp).last().map(String::as_str), Some("confirmed"));
    world.act(bob, |agent, now| agent.hold(now, call, true));
    world.advance(Duration::from_secs(2));
    world.act(bob, |agent, now| agent.hang_up(now, call));
    world.advance(Duration::from_secs(2));
    assert_eq!(world.page_news.last(), Some(&(PhoneId::of("alice"), PageNews::Quiet { leg })));
}
