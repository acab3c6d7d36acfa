//! A supervisor dials a code with the extension of another phone, and is in its call, as he is: he listens, whispers or speaks
//! to both, if that phone is one of those whom his own supervises. Whatever goes wrong, the call that he wanted to hear goes on.

use call::cdr::{Entry, Outcome};
use sim::deeds::{faults, ms};
use sim::scenario::{NUMBER, PLAN, world_of};
use sim::{CARRIER, Faults, World};
use terms::{CallRef, LegId, WatchMode};

const TALK: [&str; 2] = ["carrier hears alice", "alice hears carrier"];

fn sorted(pairs: impl IntoIterator<Item = impl Into<String>>) -> Vec<String> {
    let mut pairs: Vec<String> = pairs.into_iter().map(Into::into).collect();
    pairs.sort();
    pairs
}

/// Sooner or later these hear these, and nobody else anybody.
fn come_to_hear(world: &mut World, pairs: &[&str]) {
    let pairs = sorted(pairs.iter().copied());
    let heard = (0..160).any(|_| sorted(world.heard()) == pairs);
    assert!(heard, "{pairs:?}, not {:?}\n{}", sorted(world.heard()), world.ladder);
}

/// What is heard while carol watches alice.
fn watched(mode: WatchMode) -> Vec<&'static str> {
    let mut pairs = vec!["carrier hears alice", "alice hears carrier", "carol hears carrier", "carol hears alice"];
    pairs.extend((mode != WatchMode::Listen).then_some("alice hears carol"));
    pairs.extend((mode == WatchMode::Barge).then_some("carrier hears carol"));
    pairs
}

/// A customer has come through the queue to alice. Carol and bob have the phones of supervisors, for those who serve it.
fn served(seed: u64) -> (World, LegId) {
    let mut plan = PLAN.to_owned();
    for extension in ["102", "103"] {
        let line = format!("extension = \"{extension}\"\n");
        plan = plan.replace(&line, &format!("{line}supervises = [\"queue:support\"]\n"));
    }
    let mut world = world_of(seed, &plan, Faults::default());
    let leg = world.dial("+359888123456", NUMBER);
    world.advance(ms(2_000));
    world.act(CARRIER, |agent, _| agent.press(leg, '1'));
    world.advance(ms(4_000));
    assert_eq!(world.heard(), TALK, "{}", world.ladder);
    (world, leg)
}

fn dial(world: &mut World, who: &str, code: &str) -> LegId {
    let phone = world.phone(who);
    world.act(phone, |agent, now| agent.dial(now, code))
}

fn hang_up(world: &mut World, who: &str) {
    let phone = world.phone(who);
    if let Some(leg) = world.agents[phone].current() {
        world.act(phone, |agent, now| agent.hang_up(now, leg));
    }
}

/// How the calls went that are over, and into which one each went that became another.
fn ends(world: &World) -> Vec<(Outcome, Option<CallRef>)> {
    let closed =
        |entry: &Entry| if let Entry::Closed(record) = entry { Some((record.outcome, record.joined)) } else { None };
    world.ledger.iter().filter_map(closed).collect()
}

#[test]
fn who_dials_a_code_is_in_the_call_of_the_phone_behind_it() {
    for (seed, (code, mode)) in (300..).zip([
        ("*90101", WatchMode::Listen),
        ("*91*101#", WatchMode::Whisper),
        ("*92101#", WatchMode::Barge),
        ("*90alice", WatchMode::Listen),
        ("*91101", WatchMode::Whisper),
        ("*92101", WatchMode::Barge),
    ]) {
        let (mut world, leg) = served(seed);
        let call = world.node.board().inspect(world.now()).calls[0].call;
        let own = dial(&mut world, "carol", code);
        come_to_hear(&mut world, &watched(mode));
        assert_eq!(world.node.board().running(), 1, "her own call has become that one");
        assert_eq!(ends(&world), [(Outcome::Joined, Some(call))]);
        let carol = world.phone("carol");
        world.act(carol, |agent, _| agent.press(own, '6'));
        come_to_hear(&mut world, &watched(WatchMode::Barge));
        world.act(carol, |agent, _| agent.press(own, '4'));
        come_to_hear(&mut world, &watched(WatchMode::Listen));
        world.assert_wired_as_said();
        hang_up(&mut world, "carol");
        come_to_hear(&mut world, &TALK);
        world.act(CARRIER, |agent, now| agent.hang_up(now, leg));
        world.assert_quiescent();
    }
}

#[test]
fn who_may_not_or_finds_nobody_there_hears_that_and_the_call_goes_on() {
    // Alice supervises nobody; whom carol does not supervise is not hers to hear; at 102 nobody talks, and 999 is nobody's.
    for (who, code) in [("carol", "*90102"), ("carol", "*90999"), ("carol", "*90"), ("carol", "*90103")] {
        let (mut world, leg) = served(310);
        dial(&mut world, who, code);
        world.advance(ms(4_000));
        assert_eq!(world.heard(), TALK, "{code}");
        assert_eq!(world.node.board().running(), 1, "{code}: that call is over\n{}", world.ladder);
        world.act(CARRIER, |agent, now| agent.hang_up(now, leg));
        world.assert_quiescent();
    }
    let plan = PLAN.replace("extension = \"103\"\n", "extension = \"103\"\nsupervises = \"phone:bob\"\n");
    let mut world = world_of(311, &plan, Faults::default());
    let leg = world.dial("+359888123456", NUMBER);
    world.advance(ms(2_000));
    world.act(CARRIER, |agent, _| agent.press(leg, '1'));
    come_to_hear(&mut world, &TALK);
    for who in ["carol", "bob"] {
        dial(&mut world, who, "*90101");
        world.advance(ms(4_000));
        assert_eq!(world.heard(), TALK, "{who} may not\n{}", world.ladder);
    }
    world.act(CARRIER, |agent, now| agent.hang_up(now, leg));
    world.assert_quiescent();
}

#[test]
fn whom_one_watches_must_be_his_own_since_a_key_lets_him_whisper_to_that_one() {
    let plan = PLAN.replace("extension = \"103\"\n", "extension = \"103\"\nsupervises = \"agent:alice\"\n");
    // So quiet that their sum is one.
    let plan = plan.replace("password = \"secret\"\n", "password = \"secret\"\ncodecs = [\"PCMA\"]\n");
    let mut world = world_of(312, &plan, Faults::default());
    // Alice talks to a colleague who is none of carol's.
    dial(&mut world, "alice", "102");
    world.advance(ms(4_000));
    let talk = ["alice hears bob", "bob hears alice"];
    come_to_hear(&mut world, &talk);
    dial(&mut world, "carol", "*90102");
    world.advance(ms(4_000));
    assert_eq!(sorted(world.heard()), talk, "bob is not hers\n{}", world.ladder);
    let own = dial(&mut world, "carol", "*90101");
    come_to_hear(&mut world, &["alice hears bob", "bob hears alice", "carol hears alice", "carol hears bob"]);
    let carol = world.phone("carol");
    world.act(carol, |agent, _| agent.press(own, '5'));
    let whispers = ["alice hears bob", "bob hears alice", "carol hears alice", "carol hears bob", "alice hears carol"];
    come_to_hear(&mut world, &whispers);
    hang_up(&mut world, "alice");
    world.assert_quiescent();
}

#[test]
fn two_supervisors_who_dial_at_once_both_hear_it_or_hear_that_they_cannot() {
    for seed in 320..326 {
        let (mut world, leg) = served(seed);
        dial(&mut world, "carol", "*90101");
        dial(&mut world, "bob", "*91101");
        world.advance(ms(4_000));
        world.assert_wired_as_said();
        let heard = sorted(world.heard());
        let each = ["carol", "bob"].map(|who| heard.contains(&format!("{who} hears carrier")));
        assert!(each.contains(&true), "one of them at least: {heard:?}\n{}", world.ladder);
        assert_eq!(heard.contains(&"alice hears bob".to_owned()), each[1], "{heard:?}");
        assert!(!heard.iter().any(|pair| pair == "alice hears carol" || pair.starts_with("carrier hears bob")));
        world.act(CARRIER, |agent, now| agent.hang_up(now, leg));
        world.assert_quiescent();
    }
}

#[test]
fn each_message_lost_doubled_or_overtaken_once_changes_nothing_but_time() {
    let watched_once = |world: &mut World, leg: LegId| {
        dial(world, "carol", "*91101");
        come_to_hear(world, &watched(WatchMode::Whisper));
        hang_up(world, "carol");
        come_to_hear(world, &TALK);
        world.act(CARRIER, |agent, now| agent.hang_up(now, leg));
        world.assert_quiescent();
    };
    for seed in [330] {
        let (mut calm, leg) = served(seed);
        let before = calm.network.sip_messages;
        watched_once(&mut calm, leg);
        let count = calm.network.sip_messages - before;
        assert!((8..24).contains(&count), "{count}\n{}", calm.ladder);
        let all = faults(count);
        for (nth, fault) in all {
            let (mut world, leg) = served(seed);
            world.meet(nth, fault);
            watched_once(&mut world, leg);
        }
    }
}

#[test]
fn whoever_hangs_up_at_any_moment_leaves_nothing_behind() {
    for seed in [340, 344] {
        for (who, step) in ["carrier", "alice", "carol"].into_iter().flat_map(|who| (0..9).map(move |step| (who, step)))
        {
            let (mut world, _) = served(seed);
            dial(&mut world, "carol", "*90101");
            world.advance(ms(step * step * 8));
            world.assert_wired_as_said();
            hang_up(&mut world, who);
            world.advance(ms(3_000));
            world.assert_wired_as_said();
            ["carrier", "carol"].into_iter().for_each(|who| hang_up(&mut world, who));
            world.assert_quiescent();
        }
    }
}
