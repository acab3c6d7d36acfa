//! The account of legs: who brought a call, who was rung for it, and what became of each.

use call::cdr::{How, LegRecord, LegRole};
use sim::scenario::{CAROL, reference_call, world};
use sim::{Conduct, Faults, Standing, Then, World};
use sip::Source;
use std::time::Duration;
use terms::{Cause, PhoneId, TrunkId};

fn to_carol(then: Then, before_hanging_up: Duration) -> Vec<LegRecord> {
    let mut world = world(50, Faults::default());
    world.agent("carol").conduct = Conduct { then, ..Conduct::default() };
    let (carrier, leg) = (world.phone("carrier"), world.dial("+359888123456", CAROL));
    world.advance(before_hanging_up);
    if matches!(world.agents[carrier].talks[&leg].standing, Standing::Up | Standing::Ringing) {
        world.act(carrier, |agent, now| agent.hang_up(now, leg));
    }
    world.assert_quiescent();
    world.leg_records()
}

#[test]
fn both_sides_of_a_conversation_are_told_with_their_totals() {
    let mut world = world(51, Faults::default());
    reference_call(&mut world);
    world.assert_quiescent();
    let legs = world.leg_records();
    let [caller, callee] = &legs[..] else { panic!("{legs:?}") };
    let (carrier, alice) = (Source::Trunk(TrunkId::of("carrier")), Source::Phone(PhoneId::of("alice")));
    assert_eq!((caller.role, caller.who, caller.how), (LegRole::Caller, carrier, How::Won));
    assert_eq!((callee.role, callee.who, callee.how), (LegRole::Callee, alice, How::Won));
    assert!(caller.answered < callee.answered && callee.rang < callee.answered, "{legs:?}");
    for leg in &legs {
        let media = leg.media.as_ref().expect("its stream was closed");
        assert!(media.packets_received > 200 && media.packets_sent > 200, "{leg:?}");
        assert_eq!((leg.codec.as_deref(), leg.status, leg.cause), (Some("PCMA"), None, Cause::NORMAL));
        assert!(leg.device.is_some() && !leg.sip_call_id.is_empty(), "{leg:?}");
    }
    assert_ne!(caller.sip_call_id, callee.sip_call_id);
}

#[test]
fn who_refused_rang_out_or_was_not_needed_is_told() {
    let legs = to_carol(Then::Refuse(486), Duration::from_secs(3));
    let told = |leg: &LegRecord| (leg.how, leg.status, leg.cause, leg.answered.is_some());
    assert_eq!(told(&legs[0]), (How::Lost, Some(486), Cause::BUSY, false), "the caller is refused");
    assert_eq!(told(&legs[1]), (How::Lost, Some(486), Cause::BUSY, false));
    let legs = to_carol(Then::RingOn, Duration::from_secs(70));
    assert_eq!(told(&legs[1]), (How::Lost, None, Cause::NO_ANSWER, false), "{legs:?}");
    let legs = to_carol(Then::RingOn, Duration::from_secs(3));
    assert_eq!((legs[0].how, legs[1].how), (How::Cancelled, How::Cancelled), "he thought better of it");
    let legs = to_carol(Then::AnswerMute, Duration::from_secs(3));
    assert_eq!(told(&legs[1]), (How::Lost, Some(488), Cause::INCOMPATIBLE, true), "an answer without sound");
}

#[test]
fn a_call_that_is_refused_at_the_door_has_its_leg_too() {
    let mut world = world(52, Faults::default());
    world.dial("+359888123456", "+440000000000");
    world.advance(Duration::from_secs(1));
    world.assert_quiescent();
    let legs = world.leg_records();
    assert_eq!((legs.len(), legs[0].how, legs[0].status), (1, How::Lost, Some(404)));
}

#[test]
fn legs_that_die_with_the_process_are_known_to_the_account() {
    let mut world = world(53, Faults::default());
    world.agent("carol").conduct = Conduct { then: Then::RingOn, ..Conduct::default() };
    world.dial("+359888123456", CAROL);
    world.advance(Duration::from_secs(2));
    let (bob, talks) = (world.phone("bob"), Duration::from_secs(5));
    world.agents[bob].conduct = Conduct::default();
    world.desk("alice").log_out();
    reference_until_talking(&mut world);
    world.advance(talks);
    world.crash(Duration::from_secs(1));
    world.advance(Duration::from_secs(2));
    let mut told: Vec<_> = world.lost_legs().iter().map(|leg| (leg.call, leg.nth, leg.answered.is_some())).collect();
    told.sort_unstable();
    let answered: Vec<bool> = told.iter().map(|(_, _, answered)| *answered).collect();
    assert_eq!(answered, [false, false, true, true], "{:?}", world.lost_legs());
    assert!(world.lost_legs().iter().all(|leg| leg.rang.is_some() || leg.answered.is_some()));
    world.assert_quiescent();
}

/// A caller from the queue and the agent who is left talk.
fn reference_until_talking(world: &mut World) {
    let (carrier, leg) = (world.phone("carrier"), world.dial("+359888123457", sim::scenario::NUMBER));
    world.advance(Duration::from_millis(1_500));
    world.act(carrier, |agent, _| agent.press(leg, '1'));
    let bob = world.phone("bob");
    let talks = |world: &World| world.agents[bob].talks.values().any(|talk| talk.answered.is_some());
    assert!(world.wait_until(Duration::from_secs(60), talks), "{}", world.ladder);
}
