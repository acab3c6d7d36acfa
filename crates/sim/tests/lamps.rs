//! Lamps: what phones see of each other, through loss, restarts, reloads and crowds.

use sim::scenario::{CAROL, NUMBER, PLAN, prompts, world_of};
use sim::{Conduct, Fault, Faults, Then, World};
use std::time::Duration;

const GROUPS: &str = "\n[[group]]\nname = \"sales\"\nextension = \"300\"\nmembers = [\"phone:bob\", \"phone:carol\"]\n";

fn world_with(more: &str) -> World {
    let plan = PLAN.to_owned() + GROUPS + more;
    world_of(63, &plan, Faults::default())
}

/// Alice's keys watch this.
fn watching(world: &mut World, name: &str, event: &str) -> usize {
    if world.watchers.is_empty() {
        world.add_watcher("alice");
    }
    let key = world.let_watch(0, |keys, now| keys.watch(now, name, event, 3_600));
    world.advance(Duration::from_millis(100));
    key
}

fn conduct(world: &mut World, who: &str, ring: Duration, then: Then) {
    world.agent(who).conduct = Conduct { ring, then, ..Conduct::default() };
}

/// A call from outside for carol, who rings three seconds, talks for three, and is hung up on.
fn call_for_carol(world: &mut World) {
    conduct(world, "carol", Duration::from_secs(3), Then::Answer);
    let leg = world.dial("+359888123456", CAROL);
    world.advance(Duration::from_secs(6));
    let carrier = world.phone("carrier");
    world.act(carrier, |agent, now| agent.hang_up(now, leg));
    world.advance(Duration::from_secs(3));
}

fn end(world: &mut World, keys: &[usize]) {
    for key in keys {
        world.let_watch(0, |watcher, now| watcher.renew(now, *key, 0));
    }
    world.assert_quiescent();
}

fn last(world: &World, key: usize) -> String {
    world.watchers[0].told(key).last().map(|told| told.body.clone()).unwrap_or_default()
}

#[test]
fn a_lamp_follows_a_colleagues_call_and_hides_with_whom() {
    let mut world = world_with("");
    let key = watching(&mut world, "103", "dialog");
    call_for_carol(&mut world);
    let keys = &world.watchers[0];
    assert_eq!(keys.answered, [200]);
    assert_eq!(keys.states(key), ["terminated", "early", "confirmed", "terminated"], "{}", world.ladder);
    let all: String = keys.told(key).iter().map(|told| told.body.as_str()).collect();
    assert!(all.contains("direction=\"recipient\"") && !all.contains("888123456"), "{all}");
    let versions: Vec<bool> = (0..4).map(|n| keys.told(key)[n].body.contains(&format!("version=\"{n}\""))).collect();
    assert_eq!(versions, [true; 4], "each document counts on");
    let times: Vec<_> = keys.told(key).iter().map(|told| told.at).collect();
    assert!(times.windows(2).all(|two| two[1].since(two[0]) >= Duration::from_millis(950)), "{times:?}");
    end(&mut world, &[key]);
}

#[test]
fn whoever_may_see_with_whom_sees_it() {
    let mut world = world_with("[lamps]\nfar_party = \"everybody\"\n");
    let key = watching(&mut world, "carol", "dialog");
    call_for_carol(&mut world);
    let rings = world.watchers[0].told(key).iter().find(|told| told.body.contains("early")).expect("it rang");
    assert!(rings.body.contains("359888123456") && rings.body.contains(" call-id=\"lamp-"), "{}", rings.body);
    assert!(!last(&world, key).contains("lamp-"));
    end(&mut world, &[key]);
}

#[test]
fn a_group_blinks_for_each_of_its_phones_an_agent_for_his_offer_and_a_queue_while_somebody_waits() {
    let mut world = world_with("");
    let keys = ["300", "agent/alice", "queue/support"].map(|name| watching(&mut world, name, "dialog"));
    conduct(&mut world, "alice", Duration::from_secs(4), Then::Answer);
    let leg = world.dial("+359888123456", NUMBER);
    world.advance(Duration::from_millis(300));
    let carrier = world.phone("carrier");
    for _ in 0..3 {
        world.act(carrier, |agent, _| agent.press(leg, '1'));
        world.advance(Duration::from_millis(400));
    }
    world.advance(Duration::from_secs(8));
    world.act(carrier, |agent, now| agent.hang_up(now, leg));
    world.advance(Duration::from_secs(10));
    call_for_carol(&mut world);
    let states = |key: usize| world.watchers[0].states(key);
    assert_eq!(states(keys[0]), ["terminated", "early", "confirmed", "terminated"], "{}", world.ladder);
    assert_eq!(states(keys[1]), ["terminated", "early", "confirmed", "terminated"], "{}", world.ladder);
    assert_eq!(states(keys[2]), ["terminated", "early", "terminated"], "{}", world.ladder);
    world.desk("alice").pause("lunch");
    world.advance(Duration::from_secs(2));
    assert!(last(&world, keys[1]).contains("confirmed"), "an agent on a break takes nothing");
    end(&mut world, &keys);
}

#[test]
fn who_may_not_watch_is_told_so_by_the_plan_in_force() {
    let mut world = world_with("[lamps]\nwatch = \"group\"\n");
    let refused = watching(&mut world, "103", "dialog");
    watching(&mut world, "999", "dialog");
    watching(&mut world, "103", "reg");
    let own = ["dialog", "presence", "reg", "message-summary"].map(|event| watching(&mut world, "101", event));
    assert_eq!(world.watchers[0].answered, [403, 404, 403, 200, 200, 200, 200]);
    assert!(world.watchers[0].told(refused).is_empty());
    assert!(last(&world, own[1]).contains("<basic>open</basic>"));
    assert!(last(&world, own[2]).contains("<uri>sip:alice@10.0.0."), "{}", last(&world, own[2]));
    assert!(last(&world, own[3]).contains("Messages-Waiting: no"));
    end(&mut world, &own);
}

#[test]
fn a_reload_keeps_what_may_still_be_watched_and_ends_the_rest() {
    let mut world = world_with("");
    let (own, other) = (watching(&mut world, "101", "dialog"), watching(&mut world, "103", "dialog"));
    assert!(world.reload(&(PLAN.to_owned() + "[lamps]\nwatch = \"nobody\"\n"), None));
    world.advance(Duration::from_secs(2));
    let keys = &world.watchers[0];
    assert_eq!(keys.told(other).last().unwrap().state, "terminated;reason=noresource");
    assert!(keys.told(own).last().unwrap().state.starts_with("active"));
    end(&mut world, &[own]);
}

#[test]
fn after_a_restart_a_phone_subscribes_anew_and_sees_what_is() {
    let mut world = world_with("");
    let key = watching(&mut world, "103", "dialog");
    world.crash(Duration::from_millis(500));
    world.advance(Duration::from_secs(2));
    world.let_watch(0, |keys, now| keys.renew(now, key, 600));
    world.advance(Duration::from_secs(1));
    assert_eq!(world.watchers[0].answered, [200, 481, 200]);
    call_for_carol(&mut world);
    assert_eq!(world.watchers[0].states(key), ["terminated", "early", "confirmed", "terminated"]);
    end(&mut world, &[key]);
}

#[test]
fn whoever_vanishes_or_does_not_renew_leaves_nothing_behind() {
    let mut world = world_with("");
    let key = watching(&mut world, "103", "dialog");
    world.let_watch(0, |keys, now| keys.renew(now, key, 60));
    watching(&mut world, "102", "dialog");
    world.let_watch(0, |keys, _| keys.vanished = true);
    call_for_carol(&mut world);
    world.advance(Duration::from_secs(40));
    assert_eq!(world.node.lamps().inspect().watchers, 1, "nobody took what carol's lamp told");
    world.advance(Duration::from_secs(3_700));
    world.assert_quiescent();
}

#[test]
fn whatever_one_fault_does_the_lamp_ends_up_right() {
    for fault in [Fault::Lost, Fault::Doubled, Fault::Swapped] {
        for nth in 0..40 {
            let mut world = world_with("");
            world.meet(nth, fault);
            let key = watching(&mut world, "103", "dialog");
            conduct(&mut world, "carol", Duration::from_secs(3), Then::Answer);
            let leg = world.dial("+359888123456", CAROL);
            world.advance(Duration::from_secs(8));
            assert!(last(&world, key).contains("confirmed"), "{fault:?} of {nth}\n{}", world.ladder);
            let carrier = world.phone("carrier");
            world.act(carrier, |agent, now| agent.hang_up(now, leg));
            world.advance(Duration::from_secs(5));
            assert!(last(&world, key).contains("terminated"), "{fault:?} of {nth}\n{}", world.ladder);
            end(&mut world, &[key]);
        }
    }
}

#[test]
fn in_a_bad_network_every_lamp_ends_up_right() {
    for seed in 0..6 {
        let plan = PLAN.to_owned() + GROUPS;
        let mut world = World::new(200 + seed, &plan, prompts(), Faults::default());
        world.advance(Duration::from_secs(5));
        world.network.faults.random_permille = 100;
        let keys: Vec<usize> =
            ["103", "300", "102", "agent/bob"].map(|name| watching(&mut world, name, "dialog")).into();
        for _ in 0..3 {
            call_for_carol(&mut world);
        }
        world.network.faults.random_permille = 0;
        world.advance(Duration::from_secs(60));
        for key in &keys {
            // Whoever took none of seven NOTIFYs has to subscribe anew.
            let gone = world.node.lamps().inspect().watchers < keys.len();
            assert!(gone || last(&world, *key).contains("terminated"), "{seed} {key}: {}", last(&world, *key));
        }
        end(&mut world, &keys);
    }
}

#[test]
fn five_hundred_watchers_of_one_phone_are_told_within_a_moment_and_a_call_in_between_does_not_wait() {
    let mut world = world_with("");
    world.add_watcher("alice");
    world.add_watcher("bob");
    for number in 0..250 {
        for keys in 0..2 {
            world.let_watch(keys, |keys, now| keys.watch(now, "103", "dialog", 3_600));
        }
        if number % 10 == 0 {
            world.advance(Duration::from_millis(50));
        }
    }
    world.advance(Duration::from_secs(2));
    assert_eq!(world.node.lamps().inspect().watchers, 500);
    conduct(&mut world, "carol", Duration::from_secs(3), Then::Answer);
    let before = world.node.sip().inspect().notified;
    let leg = world.dial("+359888123456", CAROL);
    world.advance(Duration::from_millis(400));
    assert_eq!(world.node.sip().inspect().notified - before, 500, "one each, in slices");
    world.advance(Duration::from_secs(5));
    for keys in 0..2 {
        for key in 0..250 {
            assert_eq!(world.watchers[keys].states(key), ["terminated", "early", "confirmed"]);
        }
    }
    let carrier = world.phone("carrier");
    world.act(carrier, |agent, now| agent.hang_up(now, leg));
    world.advance(Duration::from_secs(3));
    for keys in 0..2 {
        for key in 0..250 {
            world.let_watch(keys, |watcher, now| watcher.renew(now, key, 0));
        }
        world.advance(Duration::from_secs(1));
    }
    world.assert_quiescent();
}
