//! A call is parked, and fetched, or comes back: whoever does it, and whatever becomes of it.

use call::cdr::{Entry, Unparked};
use call::{CallSheet, Side, Verb};
use dialplan::{Destination, Routed};
use sim::deeds::ms;
use sim::scenario::{CAROL, NUMBER, PLAN, prompts, world_of};
use sim::{Fault, Faults, PhoneIndex, Standing, Then, World};
use sip::Source;
use std::time::Duration;
use terms::{LegId, PhoneId, Slot};

const PARK: &str = "\n[park]\nslots = \"701-702\"\nmusic = \"music.wav\"\nreturn_after = \"20s\"\nring_back = \"5s\"\n";

/// What is always so while somebody is parked alone.
const ALONE: [&str; 1] = ["carrier hears a sound"];
const FETCHED: [&str; 2] = ["carrier hears alice", "alice hears carrier"];

fn plan(more: &str) -> String {
    PLAN.replace("calls_max = 50", "calls_max = 50\ntarget = \"10.0.0.2:5060\"") + PARK + more
}

fn world_with(more: &str) -> World {
    world_of(160, &plan(more), Faults::default())
}

/// The carrier brings a call to carol, and both talk.
fn talk(more: &str) -> World {
    let mut world = world_with(more);
    world.dial("+359888123456", CAROL);
    world.advance(ms(1_000));
    assert_eq!(world.heard(), ["carrier hears carol", "carol hears carrier"], "{}", world.ladder);
    world
}

/// Carol has parked him in the first slot.
fn parked(more: &str) -> World {
    let mut world = talk(more);
    world.refers("carol", "701");
    world.advance(ms(500));
    assert_eq!(slots(&world), [701], "{}", world.ladder);
    world
}

fn dial(world: &mut World, who: &str, number: &str) -> (PhoneIndex, LegId) {
    let phone = world.phone(who);
    let mut leg = None;
    world.act(phone, |agent, now| leg = Some(agent.dial(now, number)));
    (phone, leg.expect("it dials"))
}

fn slots(world: &World) -> Vec<u32> {
    world.node.board().inspect(world.now()).parked.iter().map(|line| line.slot.0).collect()
}

/// In which slot, by whom, and how it ended and with whom.
type Parking = (Option<u16>, Option<Source>, Option<(Unparked, Option<Source>)>);

/// What the account has of who was parked.
fn parkings(world: &World) -> Vec<Parking> {
    let told =
        world.ledger.iter().filter_map(|entry| if let Entry::Parked(parking) = entry { Some(parking) } else { None });
    told.map(|told| (told.nth, told.by, told.end.map(|end| (end.how, end.by)))).collect()
}

fn phone(user: &str) -> Option<Source> {
    Some(Source::Phone(PhoneId::of(user)))
}

fn sheet(world: &World) -> CallSheet {
    let now = world.now();
    let call = world.node.board().inspect(now).calls.first().expect("it runs").call;
    world.node.board().sheet(now, call).expect("it runs")
}

fn done(mut world: World) {
    for who in ["carrier", "alice", "bob", "carol"] {
        let phone = world.phone(who);
        if let Some(leg) = world.agents[phone].current() {
            world.act(phone, |agent, now| agent.hang_up(now, leg));
            world.advance(ms(1_000));
        }
    }
    world.assert_quiescent();
}

#[test]
fn who_is_parked_has_music_and_whoever_dials_the_slot_has_him() {
    let mut world = talk("");
    let carol = world.refers("carol", "701");
    assert_eq!(world.heard(), ALONE, "{}", world.ladder);
    assert_eq!(
        (world.agents[carol.0].talks[&carol.1].transfer.clone(), world.standing(carol)),
        (vec![202, 100, 200], Standing::Over)
    );
    let line = sheet(&world).line;
    assert_eq!((line.phase, slots(&world)), ("parked", vec![701]));
    let alice = dial(&mut world, "alice", "701");
    assert_eq!(world.heard(), FETCHED, "{}", world.ladder);
    assert_eq!((sheet(&world).line.call, slots(&world)), (line.call, vec![]), "it is the same call");
    let refused = dial(&mut world, "bob", "701");
    world.advance(ms(500));
    assert!(matches!(world.standing(refused), Standing::Refused(480)), "{:?}", world.standing(refused));
    assert_eq!(world.standing(alice), Standing::Up);
    let began = (Some(0), phone("carol"), None);
    assert_eq!(parkings(&world), [began, (began.0, began.1, Some((Unparked::Retrieved, phone("alice"))))]);
    done(world);
}

#[test]
fn the_next_free_slot_is_taken_and_a_taken_one_is_refused_and_leaves_the_conversation_as_it_was() {
    let more = "\n[[route]]\nfrom = \"phone:*\"\nto = \"700\"\ngo = \"park\"\n";
    let mut world = parked(more);
    world.dial("+359888123457", CAROL);
    world.advance(ms(1_000));
    let carol = world.refers("carol", "701");
    world.advance(ms(500));
    assert_eq!(world.agents[carol.0].talks[&carol.1].transfer, [486]);
    assert_eq!(world.standing(carol), Standing::Up);
    world.refers("carol", "700");
    world.advance(ms(500));
    assert_eq!((slots(&world), world.standing(carol)), (vec![701, 702], Standing::Over));
    world.dial("+359888123458", CAROL);
    world.advance(ms(1_000));
    let carol = world.refers("carol", "700");
    world.advance(ms(500));
    assert_eq!(
        (world.agents[carol.0].talks[&carol.1].transfer.as_slice(), world.standing(carol)),
        (&[486][..], Standing::Up)
    );
    let carrier = world.phone("carrier");
    while let Some(leg) = world.agents[carrier].current() {
        world.act(carrier, |agent, now| agent.hang_up(now, leg));
        world.advance(ms(1_000));
    }
    done(world);
}

#[test]
fn of_two_who_fetch_him_at_once_one_has_him() {
    let mut world = parked("");
    let (alice, bob) = (dial(&mut world, "alice", "701"), dial(&mut world, "bob", "701"));
    world.advance(ms(500));
    let stand = [world.standing(alice), world.standing(bob)];
    assert!(matches!(stand, [Standing::Up, Standing::Refused(480)]), "{stand:?}\n{}", world.ladder);
    assert_eq!(world.heard(), FETCHED, "{}", world.ladder);
    done(world);
}

#[test]
fn whoever_parked_him_is_rung_and_he_stays_with_his_music_until_somebody_has_him() {
    let mut world = parked("");
    world.conduct("carol", 60_000, Then::RingOn);
    world.advance(ms(20_500));
    assert!(world.agents[world.phone("carol")].current().is_some(), "she is rung\n{}", world.ladder);
    assert_eq!(slots(&world), [701]);
    world.advance(ms(6_000));
    assert_eq!(world.heard(), ALONE, "nobody took him: he stays\n{}", world.ladder);
    world.conduct("carol", 1_000, Then::Answer);
    world.advance(ms(20_000));
    assert_eq!(world.heard(), ["carrier hears carol", "carol hears carrier"], "{}", world.ladder);
    assert_eq!(slots(&world), []);
    assert_eq!(parkings(&world).last().map(|told| told.2), Some(Some((Unparked::Returned, phone("carol")))));
    done(world);
}

#[test]
fn he_is_fetched_while_whoever_parked_him_is_rung() {
    let mut world = parked("");
    world.conduct("carol", 60_000, Then::RingOn);
    world.advance(ms(20_500));
    let carol = world.own("carol");
    dial(&mut world, "alice", "701");
    assert_eq!(world.heard(), FETCHED, "{}", world.ladder);
    assert_eq!(world.standing(carol), Standing::Over, "she is rung no more");
    done(world);
}

#[test]
fn whoever_parked_him_and_is_not_there_any_more_or_does_not_take_him_sends_him_where_the_plan_says() {
    for (then, return_to) in
        [(Then::Refuse(486), ""), (Then::RingOn, ""), (Then::Refuse(603), "return_to = \"agent:bob\"\n")]
    {
        let plan = plan("").replace(
            "return_after = \"20s\"\n",
            &format!("return_after = \"20s\"\notherwise = \"queue:support\"\n{return_to}"),
        );
        let mut world = World::new(161, &plan, prompts(), Faults::default());
        let all = |world: &World| world.agents.iter().skip(1).all(|agent| agent.registered == Some(200));
        assert!(world.wait_until(Duration::from_secs(70), all));
        world.dial("+359888123456", CAROL);
        world.advance(ms(2_000));
        world.refers("carol", "701");
        world.conduct("carol", 60_000, then);
        world.conduct("bob", 1_000, then);
        world.advance(ms(30_000));
        assert_eq!((world.heard(), slots(&world)), (FETCHED.map(str::to_owned).to_vec(), vec![]), "{}", world.ladder);
        assert_eq!(parkings(&world).last().map(|told| told.2), Some(Some((Unparked::SentOn, None))));
        done(world);
    }
}

#[test]
fn a_caller_whom_his_flow_parks_is_answered_and_fetched() {
    let plan = plan("").replace("1 = \"queue:support\"", "1 = \"park:702\"");
    let mut world = World::new(162, &plan, prompts(), Faults::default());
    let all = |world: &World| world.agents.iter().skip(1).all(|agent| agent.registered == Some(200));
    assert!(world.wait_until(Duration::from_secs(70), all));
    let leg = world.dial("+359888123456", NUMBER);
    let carrier = world.phone("carrier");
    world.advance(ms(2_000));
    world.act(carrier, |agent, _| agent.press(leg, '1'));
    world.advance(ms(60_000));
    assert_eq!((world.heard(), slots(&world)), (ALONE.map(str::to_owned).to_vec(), vec![702]), "{}", world.ladder);
    dial(&mut world, "alice", "702");
    assert_eq!(world.heard(), FETCHED, "{}", world.ladder);
    done(world);
}

#[test]
fn an_agent_who_parks_his_customer_is_free_and_a_colleague_fetches_him() {
    let mut world = world_with("");
    let leg = world.dial("+359888123456", NUMBER);
    let carrier = world.phone("carrier");
    world.advance(ms(2_000));
    world.act(carrier, |agent, _| agent.press(leg, '1'));
    world.advance(ms(4_000));
    assert_eq!(world.heard(), FETCHED, "{}", world.ladder);
    world.refers("alice", "701");
    world.advance(ms(5_000));
    let idle = |world: &World, who: &str| {
        let agents = world.node.acd().inspect_at(world.now().mono).agents;
        let line = agents.into_iter().find(|line| line.agent == terms::AgentId::of(who)).expect("in the plan");
        (line.work, line.engaged)
    };
    assert_eq!(idle(&world, "alice"), (acd::Work::Idle, false));
    dial(&mut world, "bob", "701");
    assert_eq!(world.heard(), ["carrier hears bob", "bob hears carrier"], "{}", world.ladder);
    assert_eq!(idle(&world, "bob"), (acd::Work::Idle, true), "his phone is engaged, by no queue");
    done(world);
}

#[test]
fn a_command_parks_a_party_and_has_it_fetched_by_a_phone_that_is_rung() {
    for answers in [true, false] {
        let mut world = talk("");
        world.conduct("alice", 1_000, if answers { Then::Answer } else { Then::Refuse(486) });
        let before = sheet(&world);
        let call = before.line.call;
        let who = before.parties.iter().find(|line| line.side == Side::Caller).expect("who called").leg;
        let park = |slot| Verb::Park { party: who, slot: Slot(slot), by: None };
        let may = |world: &World, verb: &Verb| world.node.board().may(call, verb);
        assert_eq!(may(&world, &park(703)), Err("there is no such slot"));
        world.input(node::Input::Verb { call, verb: park(702) });
        assert_eq!((world.heard(), slots(&world)), (ALONE.map(str::to_owned).to_vec(), vec![702]), "{}", world.ladder);
        assert_eq!(may(&world, &Verb::Hold { party: who, on: false }), Err("it is parked"));
        let to = |destination| Verb::Retrieve { to: Routed { destination, record: false, route: None }, by: None };
        let alice = Destination::Phone(PhoneId::of("alice"));
        assert_eq!(may(&world, &to(Destination::Park(None))), Err("only who can be rung can fetch him"));
        world.input(node::Input::Verb { call, verb: to(alice.clone()) });
        world.advance(ms(100));
        assert_eq!(may(&world, &to(alice.clone())), Err("somebody is rung for him already"));
        world.advance(ms(2_000));
        match answers {
            true => assert_eq!(world.heard(), FETCHED, "{}", world.ladder),
            false => assert_eq!((world.heard(), slots(&world)), (ALONE.map(str::to_owned).to_vec(), vec![702])),
        }
        done(world);
    }
}

#[test]
fn a_slot_that_a_reload_takes_away_keeps_whoever_is_in_it() {
    let mut world = parked("");
    assert!(world.reload(PLAN, None));
    world.advance(ms(1_000));
    assert_eq!((world.heard(), slots(&world)), (ALONE.map(str::to_owned).to_vec(), vec![701]), "{}", world.ladder);
    dial(&mut world, "alice", "701");
    assert_eq!(world.heard(), FETCHED, "{}", world.ladder);
    let bob = dial(&mut world, "bob", "701");
    world.advance(ms(500));
    assert!(matches!(world.standing(bob), Standing::Refused(404)), "the number is nobody's now");
    done(world);
}

#[test]
fn whoever_hangs_up_at_any_moment_leaves_nothing_behind() {
    for (who, step) in ["carrier", "carol", "alice"].into_iter().flat_map(|who| (0..8).map(move |step| (who, step))) {
        let mut world = talk("");
        world.refers("carol", "701");
        world.advance(ms(step * step * 4));
        dial(&mut world, "alice", "701");
        world.advance(ms(step * 5));
        world.assert_wired_as_said();
        let phone = world.phone(who);
        if let Some(leg) = world.agents[phone].current() {
            world.act(phone, |agent, now| agent.hang_up(now, leg));
        }
        world.advance(ms(2_000));
        world.assert_wired_as_said();
        done(world);
    }
}

#[test]
fn every_single_fault_leaves_the_customer_with_somebody_and_nothing_behind() {
    for nth in 0..26 {
        for fault in [Fault::Lost, Fault::Doubled, Fault::Swapped] {
            let mut world = talk("");
            world.meet(nth, fault);
            world.refers("carol", "701");
            world.advance(ms(6_000));
            dial(&mut world, "alice", "701");
            world.advance(ms(6_000));
            assert_eq!(world.heard(), FETCHED, "{nth} {fault:?}\n{}", world.ladder);
            done(world);
        }
    }
}
