//! Blind transfer (RFC 3515, RFC 5589 6): whoever wants it, wherever it goes, and whatever becomes of it.

use call::cdr::{CallEventKind, Entry, LegRecord};
use sim::deeds::faults;
use sim::scenario::{CAROL, NUMBER, PLAN, world_of};
use sim::{Faults, Standing, Then, World};
use sip::Source;
use std::time::Duration;
use terms::{AgentId, Cause, PhoneId};

const MORE: &str = r#"
[[route]]
from = "phone:*"
to = "200"
go = "queue:support"

[[route]]
from = "phone:*"
to = "201"
go = "agent:bob"

[[route]]
from = "phone:*"
to = "202"
go = "flow:main"

[[route]]
from = "phone:carol"
to = "09"
go = "trunk:carrier"

[[route]]
from = "phone:*"
to = "203"
go = "hangup:21"
"#;

fn world() -> World {
    world_with("")
}

fn world_with(more: &str) -> World {
    let plan = PLAN.replace("calls_max = 50", "calls_max = 50\ntarget = \"10.0.0.2:5060\"") + MORE + more;
    world_of(62, &plan, Faults::default())
}

/// The carrier brings a call to carol, and both talk.
fn outside_call(world: &mut World) {
    world.dial("+359888123456", CAROL);
    world.advance(Duration::from_secs(1));
    assert_eq!(world.heard(), ["carrier hears carol", "carol hears carrier"], "{}", world.ladder);
}

/// Alice calls carol, and both talk.
fn inside_call(world: &mut World) {
    let alice = world.phone("alice");
    world.act(alice, |agent, now| agent.dial(now, "103"));
    world.advance(Duration::from_secs(1));
    assert_eq!(world.heard(), ["alice hears carol", "carol hears alice"], "{}", world.ladder);
}

/// The carrier brings a call to the queue, and alice takes it.
fn queue_call(world: &mut World) {
    let leg = world.dial("+359888123456", NUMBER);
    world.advance(Duration::from_millis(300));
    let carrier = world.phone("carrier");
    for _ in 0..3 {
        world.act(carrier, |agent, _| agent.press(leg, '1'));
        world.advance(Duration::from_millis(400));
    }
    world.advance(Duration::from_secs(3));
    assert_eq!(world.heard(), ["carrier hears alice", "alice hears carrier"], "{}", world.ladder);
}

fn legs(world: &World) -> Vec<&LegRecord> {
    fn leg(entry: &Entry) -> Option<&LegRecord> {
        if let Entry::Leg(leg) = entry { Some(leg) } else { None }
    }
    let mut legs: Vec<&LegRecord> = world.ledger.iter().filter_map(leg).collect();
    legs.sort_by_key(|leg| (leg.call, leg.nth));
    legs
}

fn work(world: &World, agent: &str) -> acd::Work {
    let lines = world.node.acd().inspect().agents;
    lines.into_iter().find(|line| line.agent == AgentId::of(agent)).expect("he is in the plan").work
}

/// What queues and agents did, in the order in which it happened: the ends of conversations and what led to them.
fn events(world: &World) -> Vec<(&'static str, Option<AgentId>)> {
    let event = |entry: &Entry| {
        let Entry::Event(event) = entry else { return None };
        let what = match event.what {
            CallEventKind::Connected { .. } => "connected",
            CallEventKind::Completed { .. } => "completed",
            CallEventKind::TakenOver { .. } => "taken over",
            CallEventKind::Abandoned { .. } => "abandoned",
            _ => return None,
        };
        Some((what, event.agent))
    };
    world.ledger.iter().filter_map(event).collect()
}

#[test]
fn the_callee_transfers_a_caller_from_outside_and_the_new_one_sees_who_calls() {
    let mut world = world();
    outside_call(&mut world);
    world.conduct("alice", 2_000, Then::Answer);
    let carol = world.refers("carol", "101");
    assert_eq!(world.heard(), ["carrier hears a sound"], "it rings for him\n{}", world.ladder);
    assert_eq!(world.told(carol), [202, 100, 180]);
    let (alice, leg) = world.own("alice");
    assert_eq!(
        world.agents[alice].talks[&leg].caller.as_ref().map(|number| number.reveal().as_str()),
        Some("+359888123456")
    );
    world.advance(Duration::from_secs(1));
    assert_eq!(world.heard(), ["carrier hears alice", "alice hears carrier"], "{}", world.ladder);
    assert_eq!(world.told(carol), [202, 100, 180, 200]);
    assert_eq!(world.standing(carol), Standing::Over);
    world.hangs_up("carrier");
    world.assert_quiescent();
    let charged: Vec<_> = legs(&world).iter().map(|leg| leg.charged_to).collect();
    assert_eq!(charged, [None, None, Some(Source::Phone(PhoneId::of("carol")))]);
}

#[test]
fn the_caller_transfers_the_callee_who_is_shown_as_the_caller_then() {
    let mut world = world();
    inside_call(&mut world);
    let alice = world.refers("alice", "102");
    world.advance(Duration::from_secs(1));
    assert_eq!(world.heard(), ["bob hears carol", "carol hears bob"], "{}", world.ladder);
    let (bob, leg) = world.own("bob");
    assert_eq!(world.agents[bob].talks[&leg].caller.as_ref().map(|number| number.reveal().as_str()), Some("103"));
    assert_eq!((world.told(alice), world.standing(alice)), (&[202, 100, 180, 200][..], Standing::Over));
    world.hangs_up("bob");
    world.assert_quiescent();
}

#[test]
fn an_agent_who_transfers_does_his_after_call_work_and_the_recording_goes_along() {
    let mut world = world();
    queue_call(&mut world);
    world.refers("alice", "103");
    world.advance(Duration::from_secs(1));
    assert_eq!(world.heard(), ["carrier hears carol", "carol hears carrier"], "{}", world.ladder);
    assert!(matches!(work(&world, "alice"), acd::Work::Idle | acd::Work::WrapUp), "{}", world.ladder);
    world.hangs_up("carol");
    world.assert_quiescent();
    let alice = Some(AgentId::of("alice"));
    assert_eq!(events(&world), [("connected", alice), ("completed", alice)]);
    let captures: Vec<_> = world.ledger.iter().filter(|entry| matches!(entry, Entry::Captured(_))).collect();
    assert_eq!(captures.len(), 1);
}

#[test]
fn a_conversation_of_a_queue_is_handed_over_to_the_agent_to_whom_it_is_transferred() {
    let mut world = world();
    queue_call(&mut world);
    world.refers("alice", "201");
    world.advance(Duration::from_secs(1));
    assert_eq!(world.heard(), ["carrier hears bob", "bob hears carrier"], "{}", world.ladder);
    assert!(matches!(work(&world, "bob"), acd::Work::Talking(_)), "{:?}", work(&world, "bob"));
    assert!(!matches!(work(&world, "alice"), acd::Work::Talking(_)));
    world.hangs_up("carrier");
    world.advance(Duration::from_millis(100));
    assert_eq!(work(&world, "bob"), acd::Work::WrapUp);
    world.assert_quiescent();
    let [alice, bob] = ["alice", "bob"].map(|name| Some(AgentId::of(name)));
    assert_eq!(events(&world), [("connected", alice), ("completed", alice), ("taken over", bob), ("completed", bob)]);
}

#[test]
fn a_transfer_to_a_queue_or_a_flow_frees_who_wanted_it_at_once() {
    for (to, keys) in [("200", ""), ("202", "1")] {
        let mut world = world();
        queue_call(&mut world);
        world.conduct("alice", 2_000, Then::Answer);
        let alice = world.refers("alice", to);
        world.advance(Duration::from_millis(500));
        assert_eq!((world.told(alice), world.standing(alice)), (&[202, 100, 200][..], Standing::Over), "{to}");
        if keys.is_empty() {
            assert_eq!(world.heard(), ["carrier hears a sound"], "{to}\n{}", world.ladder);
        }
        let (carrier, leg) = world.own("carrier");
        keys.chars().for_each(|key| world.act(carrier, |agent, _| agent.press(leg, key)));
        let again = |world: &World| world.agents[world.phone("alice")].talks.len() == 2;
        assert!(world.wait_until(Duration::from_secs(10), again), "{to}: she is offered it again\n{}", world.ladder);
        world.advance(Duration::from_secs(3));
        assert_eq!(world.heard(), ["carrier hears alice", "alice hears carrier"], "{to}\n{}", world.ladder);
        world.hangs_up("carrier");
        world.assert_quiescent();
        let alice = Some(AgentId::of("alice"));
        let twice = [("connected", alice), ("completed", alice), ("connected", alice), ("completed", alice)];
        assert_eq!(events(&world), twice, "{to}");
    }
}

#[test]
fn a_transfer_over_the_trunk_has_the_rights_of_who_wants_it() {
    let mut world = world();
    inside_call(&mut world);
    let alice = world.refers("alice", "09");
    world.advance(Duration::from_secs(1));
    assert_eq!(world.told(alice), [404], "her phone may not dial that");
    assert_eq!(world.heard(), ["alice hears carol", "carol hears alice"]);
    world.refers("carol", "09");
    world.advance(Duration::from_secs(1));
    assert_eq!(world.heard(), ["carrier hears alice", "alice hears carrier"], "{}", world.ladder);
    world.hangs_up("alice");
    world.assert_quiescent();
    assert_eq!(legs(&world)[2].charged_to, Some(Source::Phone(PhoneId::of("carol"))));
}

#[test]
fn what_cannot_be_transferred_is_refused_and_goes_on() {
    let mut world = world();
    outside_call(&mut world);
    let carol = world.refers("carol", "nobody");
    world.advance(Duration::from_millis(200));
    world.refers("carol", "203");
    let carrier = world.refers("carrier", "101");
    world.advance(Duration::from_millis(200));
    assert_eq!((world.told(carol), world.told(carrier)), (&[404, 603][..], &[403][..]));
    assert_eq!(world.heard(), ["carrier hears carol", "carol hears carrier"], "{}", world.ladder);
    world.hangs_up("carol");
    world.assert_quiescent();
    let alice = world.phone("alice");
    world.act(alice, |agent, now| agent.dial(now, "202"));
    world.advance(Duration::from_millis(500));
    let alice = world.refers("alice", "103");
    world.advance(Duration::from_millis(200));
    assert_eq!(world.told(alice), [603], "nobody is there but a prompt");
    world.hangs_up("alice");
    world.assert_quiescent();
}

#[test]
fn a_target_who_does_not_take_it_leaves_the_two_together() {
    for (then, status) in [(Then::Refuse(486), 486), (Then::Refuse(603), 603), (Then::Vanish, 408)] {
        let mut world = world();
        queue_call(&mut world);
        world.conduct("carol", 1_000, then);
        let alice = world.refers("alice", "103");
        let over = |world: &World| world.told(alice).last() == Some(&status);
        assert!(world.wait_until(Duration::from_secs(40), over), "{:?}\n{}", world.told(alice), world.ladder);
        assert_eq!(world.heard(), ["carrier hears alice", "alice hears carrier"], "{}", world.ladder);
        assert!(matches!(work(&world, "alice"), acd::Work::Talking(_)));
        world.conduct("carol", 1_000, Then::Answer);
        world.refers("alice", "103");
        let (phone, leg) = alice;
        world.act(phone, |agent, now| agent.refer(now, leg, "102"));
        world.advance(Duration::from_secs(2));
        assert!(world.told(alice).contains(&491), "one after the other: {:?}", world.told(alice));
        assert_eq!(world.heard(), ["carrier hears carol", "carol hears carrier"], "{}", world.ladder);
        world.hangs_up("carol");
        world.assert_quiescent();
    }
}

#[test]
fn who_wants_no_news_of_his_transfer_gets_none_and_it_happens_all_the_same() {
    for (then, hearers) in [
        (Then::Answer, ["carrier hears bob", "bob hears carrier"]),
        (Then::Refuse(486), ["carrier hears carol", "carol hears carrier"]),
    ] {
        let mut world = world();
        outside_call(&mut world);
        world.conduct("bob", 1_000, then);
        let carol = world.own("carol");
        world.act(carol.0, |agent, now| agent.refer_quietly(now, carol.1, "102"));
        world.advance(Duration::from_secs(3));
        assert_eq!(world.told(carol), [202], "RFC 4488: no NOTIFY\n{}", world.ladder);
        assert!(!world.ladder.to_string().contains("NOTIFY"), "{}", world.ladder);
        assert_eq!(world.heard(), hearers, "{then:?}");
        world.hangs_up("carrier");
        world.assert_quiescent();
    }
}

#[test]
fn a_second_transfer_in_the_same_dialog_is_told_of_by_its_number_and_succeeds_after_the_first_failed() {
    let mut world = world();
    outside_call(&mut world);
    world.conduct("bob", 1_000, Then::Refuse(486));
    let carol = world.refers("carol", "102");
    world.advance(Duration::from_secs(3));
    assert_eq!(world.told(carol), [202, 100, 180, 486], "{}", world.ladder);
    world.refers("carol", "101");
    world.advance(Duration::from_secs(3));
    assert_eq!(world.told(carol), [202, 100, 180, 486, 202, 100, 180, 200], "{}", world.ladder);
    assert_eq!(world.heard(), ["carrier hears alice", "alice hears carrier"], "{}", world.ladder);
    world.hangs_up("carrier");
    world.assert_quiescent();
}

#[test]
fn who_hangs_up_after_his_wish_has_the_transfer_go_on() {
    for then in [Then::Answer, Then::Refuse(486)] {
        let mut world = world();
        queue_call(&mut world);
        world.conduct("carol", 2_000, then);
        world.refers("alice", "103");
        world.advance(Duration::from_millis(50));
        world.hangs_up("alice");
        assert_eq!(world.heard(), ["carrier hears a sound"], "{}", world.ladder);
        assert!(!matches!(work(&world, "alice"), acd::Work::Talking(_)), "she has left");
        let who = if then == Then::Answer { "carol" } else { "alice" };
        world.advance(Duration::from_secs(4));
        assert_eq!(world.heard(), [format!("carrier hears {who}"), format!("{who} hears carrier")], "{}", world.ladder);
        world.hangs_up("carrier");
        world.assert_quiescent();
    }
}

#[test]
fn a_party_whom_nobody_takes_back_is_told_why() {
    let mut world = world();
    outside_call(&mut world);
    world.conduct("alice", 1_000, Then::Refuse(486));
    world.conduct("carol", 1_000, Then::RingOn);
    let carrier = world.own("carrier");
    world.refers("carol", "101");
    world.advance(Duration::from_millis(50));
    world.hangs_up("carol");
    world.advance(Duration::from_secs(5));
    assert_eq!(world.heard(), ["carrier hears a sound"], "carol is rung\n{}", world.ladder);
    world.advance(Duration::from_secs(30));
    let talk = &world.agents[carrier.0].talks[&carrier.1];
    assert_eq!((talk.standing, talk.cause), (Standing::Over, Some(Cause::BUSY)), "{}", world.ladder);
    world.assert_quiescent();
}

#[test]
fn a_party_who_hangs_up_while_it_is_transferred_ends_it_for_all() {
    let mut world = world();
    outside_call(&mut world);
    world.conduct("alice", 5_000, Then::Answer);
    let carol = world.refers("carol", "101");
    world.advance(Duration::from_secs(1));
    let alice = world.own("alice");
    world.hangs_up("carrier");
    world.assert_quiescent();
    assert_eq!((world.told(carol), world.standing(alice)), (&[202, 100, 180, 487][..], Standing::Over));
}

/// Alice has the caller of a queue connected with carol, and they hear each other.
fn transferred(world: &mut World) {
    world.conduct("carol", 700, Then::Answer);
    world.refers("alice", "103");
    let (carrier, leg) = world.own("carrier");
    let voice = world.agents[world.phone("carol")].identity.fingerprint;
    let heard = |world: &World| world.agents[carrier].talks[&leg].heard.voice(voice) > 20;
    assert!(world.wait_until(Duration::from_secs(60), heard), "{}", world.ladder);
    world.assert_wired_as_said();
    world.act(carrier, |agent, now| agent.hang_up(now, leg));
    world.assert_quiescent();
    let alice = Some(AgentId::of("alice"));
    assert_eq!(events(world), [("connected", alice), ("completed", alice)], "{}", world.ladder);
}

#[test]
fn each_message_of_a_transfer_lost_doubled_or_overtaken_once_changes_nothing_but_time() {
    let mut calm = world();
    queue_call(&mut calm);
    let before = calm.network.sip_messages;
    transferred(&mut calm);
    let count = calm.network.sip_messages - before;
    assert!((18..40).contains(&count), "{count}\n{}", calm.ladder);
    for (nth, fault) in faults(count) {
        let mut world = world();
        queue_call(&mut world);
        world.meet(nth, fault);
        transferred(&mut world);
    }
}

#[test]
fn whoever_hangs_up_at_any_moment_of_a_transfer_leaves_nothing_behind() {
    for (then, who, step) in [Then::Answer, Then::Refuse(486)]
        .into_iter()
        .flat_map(|then| ["carrier", "alice", "carol"].map(|who| (then, who)))
        .flat_map(|(then, who)| (0..9).map(move |step| (then, who, step)))
    {
        let mut world = world();
        queue_call(&mut world);
        world.conduct("carol", 300, then);
        world.refers("alice", "103");
        world.advance(Duration::from_millis(step * step * 12));
        world.assert_wired_as_said();
        let phone = world.phone(who);
        if let Some(leg) = world.agents[phone].current() {
            world.act(phone, |agent, now| agent.hang_up(now, leg));
        }
        world.advance(Duration::from_secs(3));
        world.assert_wired_as_said();
        if let Some(leg) = world.agents[0].current() {
            world.act(0, |agent, now| agent.hang_up(now, leg));
        }
        world.assert_quiescent();
    }
}

#[test]
fn of_two_who_want_each_other_transferred_at_once_one_has_it() {
    let mut world = world();
    inside_call(&mut world);
    let (alice, carol) = (world.refers("alice", "102"), world.refers("carol", "102"));
    world.advance(Duration::from_secs(2));
    assert_eq!((world.told(alice).last(), world.told(carol)), (Some(&200), &[491][..]), "{}", world.ladder);
    assert_eq!(world.heard(), ["bob hears carol", "carol hears bob"], "{}", world.ladder);
    world.hangs_up("carol");
    world.assert_quiescent();
}

#[test]
fn a_party_whom_nobody_takes_back_goes_where_the_plan_says() {
    let more = "\n[transfer]\nring_back = \"5s\"\notherwise = \"queue:support\"\n";
    let mut world = world_with(more);
    outside_call(&mut world);
    world.conduct("bob", 1_000, Then::Refuse(486));
    world.conduct("carol", 1_000, Then::RingOn);
    world.refers("carol", "102");
    world.advance(Duration::from_millis(50));
    world.hangs_up("carol");
    world.advance(Duration::from_secs(8));
    assert_eq!(world.heard(), ["carrier hears alice", "alice hears carrier"], "{}", world.ladder);
    world.hangs_up("alice");
    world.assert_quiescent();
}

#[test]
fn the_wait_before_a_transfer_counts_in_the_queue_if_the_plan_says_so() {
    for keeps in [false, true] {
        let mut world = world_with(&format!("\n[transfer]\nkeep_wait = {keeps}\n"));
        world.conduct("alice", 1_500, Then::Answer);
        queue_call(&mut world);
        world.refers("alice", "200");
        world.advance(Duration::from_millis(500));
        let credit = world.journal.iter().find_map(|entry| match entry.what {
            acd::What::Input(acd::Command::Requeue { credit, .. }) => Some(credit),
            _ => None,
        });
        let credit = credit.expect("the next of its stays begins");
        assert_eq!(credit > Duration::from_millis(1_400), keeps, "{credit:?}");
        world.hangs_up("carrier");
        world.assert_quiescent();
    }
}

#[test]
fn a_command_puts_a_party_on_hold_takes_it_back_and_transfers_it() {
    let mut world = world();
    outside_call(&mut world);
    let (carrier, theirs) = world.own("carrier");
    let call = world.hearing(carrier, theirs).expect("it runs").0;
    let now = world.now();
    let sheet = world.node.board().sheet(now, call).expect("it runs");
    let party = sheet.parties.iter().find(|line| line.side == call::Side::Caller).expect("who called").leg;
    let hold = |on| call::Verb::Hold { party, on };
    assert_eq!(world.node.board().may(call, &hold(false)), Err("not on hold"));
    world.input(node::Input::Verb { call, verb: hold(true) });
    assert!(world.heard().iter().all(|pair| !pair.ends_with("hears carol") && !pair.ends_with("hears carrier")));
    assert_eq!(world.node.board().may(call, &hold(true)), Err("on hold already"));
    world.input(node::Input::Verb { call, verb: hold(false) });
    assert_eq!(world.heard(), ["carrier hears carol", "carol hears carrier"], "{}", world.ladder);
    let destination = dialplan::Destination::Phone(PhoneId::of("alice"));
    let to = dialplan::Routed { destination, record: false, route: None };
    world.input(node::Input::Verb { call, verb: call::Verb::Transfer { party, to, by: None } });
    world.advance(Duration::from_secs(1));
    assert_eq!(world.heard(), ["carrier hears alice", "alice hears carrier"], "{}", world.ladder);
    world.hangs_up("alice");
    world.assert_quiescent();
}
