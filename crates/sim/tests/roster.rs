//! Who is in a conference room, as its watchers are told it (RFC 4575).

use call::Verb;
use call::cdr::CallRecord;
use sim::World;
use sim::deeds::{faults, ms};
use sim::rooms::{LECTURE, world};
use std::collections::BTreeSet;

/// Who is in a room as a key knows it: everything that it was told at first, and what was new since (RFC 4575 4.6).
fn known(world: &World, key: usize) -> BTreeSet<String> {
    let (mut known, mut next) = (BTreeSet::new(), 0);
    for told in world.watchers[0].told(key).iter().filter(|told| !told.body.is_empty()) {
        let document = told.body.split_once("<conference-info").expect("a document").1;
        let of = |name: &str| {
            let rest = document.split_once(&format!(" {name}=\"")).map_or("", |(_, rest)| rest);
            rest.split('"').next().unwrap_or_default().to_owned()
        };
        let version: u32 = of("version").parse().expect("a version");
        let whole = of("state") == "full";
        assert!(whole || version == next, "version {version} after {next}, and it says only what is new");
        if whole {
            known.clear();
        }
        next = version + 1;
        for user in told.body.split("<user entity=\"sip:").skip(1) {
            let (name, rest) = user.split_once('@').expect("a URI");
            let gone = rest.split('>').next().is_some_and(|tag| tag.contains("deleted"));
            let muted = if rest.contains("muted-via-focus") { " muted" } else { "" };
            known.retain(|one: &String| one.split(' ').next() != Some(name));
            if !gone {
                known.insert(format!("{name}{muted}"));
            }
        }
    }
    known
}

#[test]
fn whatever_one_fault_does_a_host_ends_up_with_the_roster_as_it_is() {
    for (nth, fault) in faults(32) {
        let mut world = world(370);
        world.meet(nth, fault);
        world.add_watcher("alice");
        let key = world.let_watch(0, |keys, now| keys.watch(now, "804", "conference", 3_600));
        world.advance(ms(100));
        let bob = world.dials("bob", "804");
        world.advance(ms(1_500));
        let carol = world.dials("carol", "804");
        world.advance(ms(1_500));
        let party = world.leg_in("lecture", "bob");
        world.obey_in("lecture", Verb::Mute { party, on: false });
        world.advance(ms(6_000));
        assert_eq!(
            known(&world, key),
            ["bob", "carol muted"].map(str::to_owned).into(),
            "{nth} {fault:?}\n{}",
            world.ladder
        );
        world.hang_up(carol);
        world.advance(ms(6_000));
        assert_eq!(known(&world, key), BTreeSet::from(["bob".to_owned()]), "{nth} {fault:?}\n{}", world.ladder);
        let times: Vec<_> = world.watchers[0].told(key).iter().map(|told| told.at).collect();
        let apart = times.windows(2).filter(|two| two[1].since(two[0]) < ms(950)).count();
        assert!(apart <= 1, "at most once a second, but for one that is repeated: {times:?}");
        world.hang_up(bob);
        world.let_watch(0, |watcher, now| watcher.renew(now, key, 0));
        world.assert_quiescent();
    }
}

#[test]
fn a_guest_sees_who_is_there_for_as_long_as_he_is() {
    let mut world = world(372);
    world.add_watcher("bob");
    let early = world.let_watch(0, |keys, now| keys.watch(now, "800", "conference", 3_600));
    world.advance(ms(200));
    let (alice, bob) = (world.dials("alice", "800"), world.dials("bob", "800"));
    world.advance(ms(1_000));
    let key = world.let_watch(0, |keys, now| keys.watch(now, "room/daily", "conference", 3_600));
    world.advance(ms(500));
    assert_eq!(world.watchers[0].answered, [403, 200], "{}", world.ladder);
    assert!(world.watchers[0].told(early).is_empty());
    assert_eq!(known(&world, key), ["alice", "bob"].map(str::to_owned).into());
    world.hang_up(bob);
    world.advance(ms(3_000));
    let last = world.watchers[0].told(key).last().expect("he was told").state.clone();
    assert_eq!(last, "terminated;reason=noresource", "{}", world.ladder);
    world.hang_up(alice);
    world.assert_quiescent();
}

#[test]
fn who_withholds_his_number_is_anonymous_to_the_others_whoever_came_first() {
    for (seed, first) in [(374, true), (375, true), (376, false), (377, false)] {
        let mut world = world(seed);
        let carrier = world.phone("carrier");
        world.act(carrier, |agent, now| agent.withhold(now));
        world.add_watcher("alice");
        let key = world.let_watch(0, |keys, now| keys.watch(now, "804", "conference", 3_600));
        let early = (!first).then(|| world.dials("bob", "804"));
        world.advance(ms(1_500));
        let customer = (carrier, world.dial("+359888123456", LECTURE));
        world.advance(ms(1_500));
        let bob = early.unwrap_or_else(|| world.dials("bob", "804"));
        world.advance(ms(3_000));
        let line = world.room("lecture").expect("they are there");
        let mut numbers: Vec<&str> = line.seats.iter().map(|seat| seat.number.reveal().as_str()).collect();
        numbers.sort_unstable();
        assert_eq!(numbers, ["anonymous", "bob"], "{seed}: {}", world.ladder);
        let told: String = world.watchers[0].told(key).iter().map(|told| told.body.as_str()).collect();
        assert!(told.contains("anonymous") && !told.contains("359888123456"), "{seed}: {told}");
        world.hang_up(customer);
        world.hang_up(bob);
        world.let_watch(0, |watcher, now| watcher.renew(now, key, 0));
        world.assert_quiescent();
        let number = |record: &CallRecord| record.caller.reveal() == "+359888123456";
        assert!(world.records().iter().any(number), "the account knows it");
    }
}
