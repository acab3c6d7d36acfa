//! Fault row 6: reloads under calls in every phase. What a call began with it keeps; who serves it is a
//! matter of now; a configuration that is wrong changes nothing.

use acd::{Command, What, Work};
use sim::deeds::ms;
use sim::scenario::{CAROL, NUMBER, PLAN, world};
use sim::{Faults, PhoneIndex, Standing, World};
use std::collections::BTreeMap;
use terms::{AgentId, GroupId, LegId, QueueId};

/// The plan without one of its tables.
fn without(text: &str, kind: &str, name: &str) -> String {
    let head = format!("[[{kind}]]\nname = \"{name}\"\n");
    let head = if kind == "phone" { head.replace("name", "user") } else { head };
    let from = text.find(&head).unwrap_or_else(|| panic!("{head:?} is not in the plan"));
    let length = text[from + 1..].find("\n[").map_or(text.len() - from, |length| length + 2);
    [&text[..from], &text[from + length..]].concat()
}

fn without_support() -> String {
    without(PLAN, "queue", "support").replace("queue:support", "phone:carol")
}

fn changed(from: &str, to: &str) -> String {
    let text = PLAN.replace(from, to);
    assert_ne!(text, PLAN, "{from:?} is not in the plan");
    text
}

/// A caller who has pressed 1 and waits in support.
fn waiting(world: &mut World) -> LegId {
    let leg = world.dial("+359888123456", NUMBER);
    let carrier = world.phone("carrier");
    world.advance(ms(1_500));
    world.act(carrier, |agent, _| agent.press(leg, '1'));
    world.advance(ms(1_000));
    leg
}

fn standing(world: &World, who: PhoneIndex, leg: LegId) -> Standing {
    world.agents[who].talks[&leg].standing
}

fn rings(world: &mut World, who: &str) -> bool {
    let phone = world.phone(who);
    world.wait_until(ms(2_000), |world| world.agents[phone].current().is_some())
}

fn hang_up(world: &mut World, leg: LegId) {
    let carrier = world.phone("carrier");
    world.act(carrier, |agent, now| agent.hang_up(now, leg));
}

fn work(world: &World, agent: &str) -> acd::AgentLine {
    let id = AgentId::of(agent);
    world.node.acd().inspect().agents.into_iter().find(|line| line.agent == id).expect("an agent of the plan")
}

#[test]
fn a_thousand_reloads_some_doubled_some_invalid_disturb_no_call() {
    let mut world = world(60, Faults::default());
    let carrier = world.phone("carrier");
    let good = [
        PLAN.to_owned(),
        changed("wrap_up = \"3s\"", "wrap_up = \"2s\""),
        without_support(),
        changed("skills = { english = 3 }", "skills = { english = 7 }"),
        changed(
            "overflow = [{ when = \"waited > 2m\", go = \"hangup:17\" }]",
            "overflow = [{ when = \"full\", go = \"hangup:17\" }, { when = \"waited > 3m\", go = \"phone:carol\" }]",
        ),
    ];
    let bad = [changed("queue:support\", 2", "queue:suport\", 2"), changed("[listen]", "[listen"), "x = 1".to_owned()];
    let (mut taken, mut talks, mut said_goodbye) = (0, BTreeMap::<LegId, u64>::new(), 0);
    for tick in 0..1_000_u64 {
        world.advance(ms(60));
        if tick % 40 == 0 && tick < 900 {
            let number = if tick % 160 == 0 { CAROL } else { NUMBER };
            talks.insert(world.dial(&format!("+3598881{tick:04}"), number), tick);
        }
        // Reloads come at every moment of a call: each call meets them at other places.
        if tick % 7 == 3 {
            assert!(!world.reload(&bad[(tick / 7) as usize % bad.len()], None));
        } else {
            let text = &good[(tick * 31 / 17) as usize % good.len()];
            for _ in 0..1 + u64::from(tick % 11 == 5) {
                assert!(world.reload(text, None));
                taken += 1;
            }
        }
        for (leg, began) in talks.clone() {
            let age = tick - began;
            let now = standing(&world, carrier, leg);
            assert!(matches!(now, Standing::Ringing | Standing::Up), "call of tick {began} at {tick}: {now:?}");
            if age == 25 {
                world.act(carrier, |agent, _| agent.press(leg, if began % 80 == 0 { '1' } else { '2' }));
            }
            let heard = &world.agents[carrier].talks[&leg].heard;
            let voices = ["alice", "bob", "carol"].map(|name| world.agents[world.phone(name)].identity.fingerprint);
            if voices.iter().any(|voice| heard.voice(*voice) >= 60) {
                hang_up(&mut world, leg);
                talks.remove(&leg);
                said_goodbye += 1;
            }
        }
    }
    assert!(said_goodbye > 12, "only {said_goodbye} callers were served");
    let reconfigured = |entry: &&acd::Entry| matches!(&entry.what, What::Input(Command::Reconfigure(_)));
    let journalled = world.journal.iter().filter(reconfigured).count();
    // One for the start; a few more when the last call of an older plan leaves a queue that is gone.
    assert!(journalled > taken && journalled <= taken + 1 + said_goodbye, "{journalled} of {taken}");
    for leg in talks.into_keys() {
        hang_up(&mut world, leg);
    }
    assert!(world.agents.iter().skip(1).all(|agent| agent.registered == Some(200)));
    world.assert_quiescent();
}

#[test]
fn a_caller_in_a_queue_that_is_removed_is_served_and_the_queue_goes_with_him() {
    let mut world = world(61, Faults::default());
    world.desk("alice").pause("lunch");
    let leg = waiting(&mut world);
    assert!(world.reload(&without_support(), None));
    world.advance(ms(3_000));
    let carrier = world.phone("carrier");
    assert_eq!(standing(&world, carrier, leg), Standing::Up, "he waits");
    world.desk("alice").ready();
    assert!(rings(&mut world, "alice"), "{}", world.ladder);
    world.advance(ms(3_000));
    assert!(matches!(work(&world, "alice").work, Work::Talking(_)));
    let queues = |world: &World| world.node.acd().inspect().queues.len();
    assert_eq!(queues(&world), 1);
    hang_up(&mut world, leg);
    world.assert_quiescent();
    assert_eq!(queues(&world), 0);
}

#[test]
fn an_agent_who_is_new_and_one_with_another_phone_serve_who_waited_before() {
    for plan in [
        changed("agents = [\"alice\", \"bob\"]", "agents = [\"alice\", \"bob\", \"carol\"]")
            + "\n[[agent]]\nname = \"carol\"\nskills = { english = 9 }\nready = true\n",
        changed(
            "devices = [\"phone:bob\"]\nskills = { english = 3 }",
            "devices = [\"phone:carol\"]\nskills = { english = 9 }",
        ),
    ] {
        let mut world = world(62, Faults::default());
        world.desk("alice").pause("lunch");
        let leg = waiting(&mut world);
        assert!(world.reload(&plan, None));
        assert!(rings(&mut world, "carol"), "{}", world.ladder);
        world.advance(ms(2_000));
        hang_up(&mut world, leg);
        world.assert_quiescent();
    }
}

#[test]
fn an_agent_who_is_removed_finishes_his_call() {
    let mut world = world(63, Faults::default());
    let leg = waiting(&mut world);
    world.advance(ms(2_000));
    let (carrier, alice) = (world.phone("carrier"), world.phone("alice"));
    assert!(matches!(work(&world, "alice").work, Work::Talking(_)));
    let gone = changed("agents = [\"alice\", \"bob\"]", "agents = [\"bob\"]");
    assert!(world.reload(&without(&gone, "agent", "alice"), None));
    world.advance(ms(3_000));
    assert_eq!(standing(&world, carrier, leg), Standing::Up);
    assert!(world.agents[alice].current().is_some());
    hang_up(&mut world, leg);
    world.assert_quiescent();
    assert!(world.node.acd().inspect().agents.iter().all(|line| line.agent != AgentId::of("alice")));
}

#[test]
fn a_phone_that_is_removed_in_a_call_talks_on_and_then_is_unknown() {
    let mut world = world(64, Faults::default());
    let leg = world.dial("+359888123456", CAROL);
    world.advance(ms(2_000));
    let carrier = world.phone("carrier");
    assert_eq!(standing(&world, carrier, leg), Standing::Up);
    let text = changed("go = \"phone:carol\"", "go = \"phone:bob\"").replace("phone:carol", "phone:bob");
    assert!(world.reload(&without(&text, "phone", "carol"), None));
    assert_eq!(world.node.sip().inspect().bindings, 2, "her registration is gone");
    let carol = world.phone("carol");
    let heard = |world: &World| {
        let voice = world.agents[carol].identity.fingerprint;
        world.agents[carrier].talks[&leg].heard.voice(voice)
    };
    let before = heard(&world);
    world.advance(ms(2_000));
    assert!(heard(&world) > before + 80, "they hear each other on");
    // She hangs up herself: her BYE is taken though nobody knows her any more.
    let hers = world.agents[carol].current().unwrap();
    world.act(carol, |agent, now| agent.hang_up(now, hers));
    world.assert_quiescent();
    assert_eq!(standing(&world, carrier, leg), Standing::Over);
}

#[test]
fn a_phone_that_changes_hands_in_a_call_leaves_nobody_engaged() {
    let mut world = world(65, Faults::default());
    let leg = world.dial("+359888123456", CAROL);
    world.advance(ms(2_000));
    // Carol's phone, in a call that no queue gave it, becomes bob's.
    assert!(world.reload(&changed("devices = [\"phone:bob\"]", "devices = [\"phone:carol\"]"), None));
    assert!(work(&world, "bob").engaged);
    hang_up(&mut world, leg);
    world.advance(ms(1_000));
    assert!(!work(&world, "bob").engaged);
    world.assert_quiescent();
}

#[test]
fn a_caller_who_waits_too_long_leaves_by_the_rule_that_he_came_with() {
    let mut world = world(66, Faults::default());
    world.desk("alice").pause("lunch");
    world.desk("bob").pause("lunch");
    let leg = waiting(&mut world);
    // In the new plan rule 0 is another one, and the wait has rule 1.
    let other =
        "overflow = [{ when = \"full\", go = \"phone:carol\" }, { when = \"waited > 10s\", go = \"phone:carol\" }]";
    assert!(world.reload(&changed("overflow = [{ when = \"waited > 2m\", go = \"hangup:17\" }]", other), None));
    let carrier = world.phone("carrier");
    assert!(world.wait_until(ms(30_000), |world| standing(world, carrier, leg) == Standing::Over), "{}", world.ladder);
    assert!(world.agent("carol").talks.is_empty(), "his own rule says busy");
    world.assert_quiescent();
}

#[test]
fn a_queue_whose_staff_is_exchanged_by_a_reload_is_never_deserted() {
    let staffed = "overflow = [{ when = \"no agents\", go = \"hangup:17\" }]";
    let before = changed("overflow = [{ when = \"waited > 2m\", go = \"hangup:17\" }]", staffed);
    let mut world = World::new(67, &before, sim::scenario::prompts(), Faults::default());
    world.advance(ms(5_000));
    // Alice's twenty seconds go by without an answer; bob may not serve yet.
    world.agent("alice").conduct.ring = ms(60_000);
    let leg = waiting(&mut world);
    let after = before.replace("agents = [\"alice\", \"bob\"]", "agents = [\"carol\"]")
        + "\n[[agent]]\nname = \"carol\"\nskills = { english = 9 }\nready = true\n";
    assert!(world.reload(&after, None));
    let carrier = world.phone("carrier");
    assert!(rings(&mut world, "carol") || standing(&world, carrier, leg) == Standing::Up, "{}", world.ladder);
    world.advance(ms(12_000));
    assert_eq!(standing(&world, carrier, leg), Standing::Up, "{}", world.ladder);
    hang_up(&mut world, leg);
    world.assert_quiescent();
    assert!(world.node.acd().inspect().queues.iter().any(|queue| queue.queue == QueueId::of("support")));
}

#[test]
fn a_ring_time_and_notes_that_are_laid_over_count_from_the_next_offer_and_the_next_notes() {
    let mut world = world(68, Faults::default());
    world.agent("alice").conduct.ring = ms(60_000);
    world.desk("bob").pause("lunch");
    let leg = waiting(&mut world);
    assert!(rings(&mut world, "alice"), "{}", world.ladder);
    world.lay(|plan| {
        plan.queues[0].set("ring", "3s").unwrap();
        plan.queues[0].set("wrap_up", "40s").unwrap();
    });
    let alice = world.phone("alice");
    let quiet = |world: &World| world.agents[alice].current().is_none();
    // The phone that rings was told ten seconds.
    world.advance(ms(6_000));
    assert!(!quiet(&world), "it rings on");
    assert!(world.wait_until(ms(5_000), quiet), "{}", world.ladder);
    // After the rest for a miss comes the next offer, and that one has three.
    assert!(world.wait_until(ms(10_000), |world| !quiet(world)), "{}", world.ladder);
    world.advance(ms(2_000));
    assert!(!quiet(&world));
    assert!(world.wait_until(ms(2_000), quiet), "{}", world.ladder);
    world.agent("alice").conduct.ring = ms(500);
    assert!(world.wait_until(ms(20_000), |world| matches!(work(world, "alice").work, Work::Talking(_))));
    hang_up(&mut world, leg);
    world.advance(ms(35_000));
    assert!(matches!(work(&world, "alice").work, Work::WrapUp), "{:?}", work(&world, "alice").work);
    world.advance(ms(10_000));
    assert!(matches!(work(&world, "alice").work, Work::Idle), "{:?}", work(&world, "alice").work);
    world.assert_quiescent();
}

#[test]
fn a_caller_is_transferred_to_the_group_of_that_name_whatever_a_reload_has_put_before_it() {
    let group = |name: &str, member: &str| format!("\n[[group]]\nname = \"{name}\"\nmembers = [\"phone:{member}\"]\n");
    for begins_with in [group("desk", "alice"), String::new()] {
        let mut world = world(61, Faults::default());
        assert!(world.reload(&(PLAN.to_owned() + &begins_with), None));
        let carrier = world.phone("carrier");
        let customer = world.dial("+359888123456", CAROL);
        world.advance(ms(2_000));
        let after = group("others", "bob") + &group("desk", "alice");
        assert!(world.reload(&(PLAN.to_owned() + &after), None));
        let call = world.hearing(carrier, customer).expect("it runs").0;
        let sheet = world.node.board().sheet(world.now(), call).expect("it runs");
        let party = sheet.parties.iter().find(|line| line.side == call::Side::Caller).expect("who called").leg;
        let destination = dialplan::Destination::Group(GroupId::of("desk"));
        let to = dialplan::Routed { destination, record: false, route: None };
        world.input(node::Input::Verb { call, verb: call::Verb::Transfer { party, to, by: None } });
        world.advance(ms(1_000));
        assert_eq!(world.heard(), ["carrier hears alice", "alice hears carrier"], "{}", world.ladder);
        hang_up(&mut world, customer);
        world.assert_quiescent();
    }
}
