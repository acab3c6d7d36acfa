//! Somebody at a number outside has a call once he has pressed a key: his mailbox answers, too.

use call::cdr::{Entry, How, LegRecord};
use sim::scenario::{NUMBER, PLAN, prompts};
use sim::{Faults, Standing, Then, World};
use std::time::Duration;
use terms::{AgentId, Cause, LegId};

const MOBILE: &str = "+447700900123";

/// The carrier can be called: it plays the mobile.
fn world(plan: &str, more: &str) -> World {
    let plan = plan.replace("calls_max = 50\n", "calls_max = 50\ntarget = \"10.0.0.2:5060\"\n") + more;
    let mut world = World::new(62, &plan, prompts(), Faults::default());
    let all = |world: &World| world.agents.iter().skip(1).all(|agent| agent.registered == Some(200));
    assert!(world.wait_until(Duration::from_secs(70), all));
    world.ladder.clear();
    world
}

/// Bob and the mobile ring for a group; the mobile answers after a second, bob never.
fn team(keys: &str) -> World {
    let members = format!("members = [\"phone:bob\", \"trunk:carrier/{MOBILE}\"]");
    let mut world = world(PLAN, &format!("\n[[group]]\nname = \"team\"\nextension = \"200\"\n{members}\n{keys}\n"));
    world.conduct("bob", 60_000, Then::RingOn);
    world.conduct("carrier", 1_000, Then::Answer);
    world
}

/// Alice dials the group.
fn dials(world: &mut World) -> LegId {
    let alice = world.phone("alice");
    world.act(alice, |agent, now| agent.dial(now, "200"))
}

/// The mobile, if it rings or talks.
fn mobile(world: &World) -> Option<LegId> {
    world.agents[world.phone("carrier")].current()
}

fn presses(world: &mut World, key: char) {
    let carrier = world.phone("carrier");
    let leg = mobile(world).expect("the mobile has answered");
    world.act(carrier, |agent, _| agent.press(leg, key));
}

fn standing(world: &World, who: &str, leg: LegId) -> Standing {
    world.agents[world.phone(who)].talks[&leg].standing
}

/// How the last call of a phone stands.
fn last(world: &World, who: &str) -> Option<Standing> {
    world.agents[world.phone(who)].talks.values().last().map(|talk| talk.standing)
}

/// How many packets of one's voice another has heard in a call.
fn hears(world: &World, who: &str, leg: LegId, whom: &str) -> u64 {
    let voice = world.agents[world.phone(whom)].identity.fingerprint;
    world.agents[world.phone(who)].talks[&leg].heard.voice(voice)
}

fn ends(world: &mut World, leg: LegId) {
    let alice = world.phone("alice");
    world.act(alice, |agent, now| agent.hang_up(now, leg));
    world.assert_quiescent();
}

/// The legs of those who were rung.
fn legs(world: &World) -> Vec<LegRecord> {
    let leg = |entry: &Entry| match entry {
        Entry::Leg(leg) if leg.nth > 0 => Some((**leg).clone()),
        _ => None,
    };
    let mut legs: Vec<LegRecord> = world.ledger.iter().filter_map(leg).collect();
    legs.sort_by_key(|leg| (leg.call, leg.nth));
    legs.retain(|leg| leg.role == call::cdr::LegRole::Callee);
    legs
}

#[test]
fn who_presses_the_key_has_the_call_and_only_then_do_the_others_stop() {
    let mut world = team("");
    let leg = dials(&mut world);
    world.advance(Duration::from_secs(3));
    let asked = mobile(&world).unwrap();
    assert_eq!(standing(&world, "carrier", asked), Standing::Up, "{}", world.ladder);
    assert_eq!((standing(&world, "alice", leg), last(&world, "bob")), (Standing::Ringing, Some(Standing::Ringing)));
    let carrier = world.phone("carrier");
    assert!(world.agents[carrier].talks[&asked].heard.sounds() > 50, "he is asked");
    assert_eq!(hears(&world, "alice", leg, "carrier"), 0, "what he says before is not for her");
    presses(&mut world, '2');
    world.advance(Duration::from_secs(1));
    assert_eq!(standing(&world, "alice", leg), Standing::Ringing, "a slip");
    presses(&mut world, '1');
    world.advance(Duration::from_secs(2));
    assert_eq!((standing(&world, "alice", leg), last(&world, "bob")), (Standing::Up, Some(Standing::Over)));
    assert!(hears(&world, "alice", leg, "carrier") > 50 && hears(&world, "carrier", asked, "alice") > 50);
    world.assert_wired_as_said();
    ends(&mut world, leg);
    let hows: Vec<_> = legs(&world).iter().map(|leg| (leg.how, leg.cause)).collect();
    assert_eq!(hows, [(How::Cancelled, Cause::TAKEN_ELSEWHERE), (How::Won, Cause::NORMAL)]);
}

#[test]
fn a_mailbox_that_answers_first_leaves_the_call_to_the_desk_phone() {
    for (keys, bob_ms) in [("", 4_000), ("confirm = { within = \"3s\" }", 8_000)] {
        let mut world = team(keys);
        world.conduct("bob", bob_ms, Then::Answer);
        let leg = dials(&mut world);
        world.advance(Duration::from_millis(bob_ms + 2_000));
        assert_eq!((standing(&world, "alice", leg), mobile(&world)), (Standing::Up, None), "{}", world.ladder);
        assert!(hears(&world, "alice", leg, "bob") > 50);
        ends(&mut world, leg);
        let hows: Vec<_> = legs(&world).iter().map(|leg| leg.how).collect();
        let of_mailbox = if keys.is_empty() { How::Cancelled } else { How::Lost };
        assert_eq!(hows, [How::Won, of_mailbox], "{keys}");
    }
}

#[test]
fn who_presses_nothing_or_hangs_up_has_not_answered() {
    for talk in [None, Some(Duration::from_secs(2))] {
        let mut world = team("confirm = { within = \"5s\" }");
        world.agent("carrier").conduct.talk = talk;
        world.conduct("bob", 500, Then::Refuse(486));
        let leg = dials(&mut world);
        world.advance(Duration::from_secs(8));
        let Standing::Refused(status) = standing(&world, "alice", leg) else { panic!("{}", world.ladder) };
        assert!([408, 480, 486].contains(&status), "{status}");
        world.assert_quiescent();
        assert!(legs(&world).iter().all(|leg| leg.how == How::Lost));
    }
}

#[test]
fn where_no_key_is_asked_for_whoever_answers_has_the_call() {
    let mut world = team("confirm = { ask = false }");
    let leg = dials(&mut world);
    world.advance(Duration::from_secs(3));
    assert_eq!(standing(&world, "alice", leg), Standing::Up, "{}", world.ladder);
    ends(&mut world, leg);
}

#[test]
fn either_side_may_hang_up_at_any_moment_and_nothing_is_left() {
    for (who, step) in ["alice", "carrier"].into_iter().flat_map(|who| (0..30).map(move |step| (who, step))) {
        let mut world = team("confirm = { within = \"3s\" }");
        let leg = dials(&mut world);
        for moment in 0..=step {
            world.advance(Duration::from_millis(120));
            // In every other world he takes the call on the way.
            if step % 2 == 0 && moment == 14 {
                presses(&mut world, '1');
            }
        }
        let other = if who == "alice" { Some(leg) } else { mobile(&world) };
        let phone = world.phone(who);
        other.into_iter().for_each(|leg| world.act(phone, |agent, now| agent.hang_up(now, leg)));
        world.advance(Duration::from_secs(1));
        ends(&mut world, leg);
    }
}

#[test]
fn a_key_and_an_answer_at_once_leave_one_conversation() {
    for moment in 0..40 {
        let mut world = team("");
        world.conduct("bob", 2_000 + moment / 2, Then::Answer);
        world.media_delay = Duration::from_millis(moment % 7);
        let leg = dials(&mut world);
        world.advance(Duration::from_millis(1_900));
        presses(&mut world, '1');
        world.advance(Duration::from_secs(3));
        let talking =
            [last(&world, "bob"), last(&world, "carrier")].iter().filter(|one| **one == Some(Standing::Up)).count();
        assert_eq!((standing(&world, "alice", leg), talking), (Standing::Up, 1), "{moment}\n{}", world.ladder);
        world.assert_wired_as_said();
        ends(&mut world, leg);
        assert_eq!(legs(&world).iter().filter(|leg| leg.how == How::Won).count(), 1);
    }
}

#[test]
fn an_agent_takes_a_call_of_his_queue_on_his_mobile_and_misses_it_where_he_presses_nothing() {
    for takes in [true, false] {
        let devices = format!("[\"phone:alice\", \"trunk:carrier/{MOBILE}\"]");
        let mut world = world(&PLAN.replace("[\"phone:alice\"]", &devices), "");
        world.desk("bob").log_out();
        world.agents.iter_mut().for_each(|agent| agent.conduct.then = Then::RingOn);
        world.conduct("carrier", 1_000, Then::Answer);
        let (carrier, leg) = (world.phone("carrier"), world.dial("+359888123456", NUMBER));
        world.advance(Duration::from_millis(1_500));
        world.act(carrier, |agent, _| agent.press(leg, '1'));
        world.advance(Duration::from_secs(3));
        let asked = world.agents[carrier].talks.keys().copied().find(|other| *other != leg).expect("the mobile rings");
        if takes {
            world.act(carrier, |agent, _| agent.press(asked, '1'));
        }
        world.advance(Duration::from_secs(9));
        let talks = standing(&world, "carrier", asked) == Standing::Up;
        assert_eq!(talks, takes, "{}", world.ladder);
        world.act(carrier, |agent, now| agent.hang_up(now, leg));
        world.assert_quiescent();
        let of_mobile = legs(&world).into_iter().find(|leg| leg.number.is_some()).expect("its leg");
        assert_eq!((of_mobile.agent, of_mobile.how == How::Won), (Some(AgentId::of("alice")), takes));
    }
}

#[test]
fn an_agent_with_a_mobile_is_there_without_a_phone() {
    let devices = format!("[\"trunk:carrier/{MOBILE}\"]");
    let world = world(&PLAN.replace("[\"phone:alice\"]", &devices), "");
    let agents = world.node.acd().inspect().agents;
    assert!(agents.iter().any(|line| line.agent == AgentId::of("alice") && line.reachable));
}

/// Follow-me: bob's desk, his mobile with a key, and at last a colleague's phone, one after the other.
fn follow_me() -> World {
    let places = format!("members = [\"phone:bob\", \"trunk:carrier/{MOBILE}\", \"phone:carol\"]");
    let group = format!(
        "\n[[group]]\nname = \"bob\"\nextension = \"200\"\nstrategy = \"in-turn\"\nring = \"5s\"\n{places}\n\
         confirm = {{ key = \"1\", within = \"8s\" }}\n"
    );
    let mut world = world(PLAN, &group);
    world.conduct("bob", 60_000, Then::RingOn);
    world.conduct("carrier", 1_000, Then::Answer);
    world.conduct("carol", 500, Then::Answer);
    world
}

#[test]
fn each_place_of_follow_me_rings_after_the_one_before_and_the_mobile_has_the_call_by_its_key() {
    let mut world = follow_me();
    let leg = dials(&mut world);
    world.advance(Duration::from_secs(4));
    assert_eq!((last(&world, "bob"), mobile(&world)), (Some(Standing::Ringing), None), "{}", world.ladder);
    world.advance(Duration::from_secs(3));
    assert_eq!(last(&world, "bob"), Some(Standing::Over), "one after the other");
    assert_eq!(standing(&world, "alice", leg), Standing::Ringing, "the mobile has answered, and pressed nothing");
    presses(&mut world, '1');
    world.advance(Duration::from_secs(2));
    let taken = mobile(&world).expect("it has the call");
    assert!(hears(&world, "alice", leg, "carrier") > 20 && hears(&world, "carrier", taken, "alice") > 20);
    assert_eq!(last(&world, "carol"), None, "nobody else is tried");
    ends(&mut world, leg);
}

#[test]
fn a_mailbox_on_the_way_of_follow_me_does_not_end_it() {
    let mut world = follow_me();
    let leg = dials(&mut world);
    // The desk 5 s, the mailbox of the mobile until its time is over, then the colleague.
    world.advance(Duration::from_secs(5 + 10 + 3));
    assert_eq!((standing(&world, "alice", leg), mobile(&world)), (Standing::Up, None), "{}", world.ladder);
    assert!(hears(&world, "alice", leg, "carol") > 20);
    let mut hows: Vec<_> = vec![];
    ends(&mut world, leg);
    legs(&world).iter().for_each(|leg| hows.push(leg.how));
    assert_eq!((hows.len(), hows.last()), (3, Some(&How::Won)), "{hows:?}");
}
