//! What longest-idle counts as idleness (semantics 2.2).

use crate::world::*;
use acd::{Command, OfferFailure, Strategy};
use terms::AgentId;

#[test]
fn a_missed_offer_neither_rewards_nor_punishes() {
    let mut world = World::staffed(queue(SUPPORT, &[1, 2]));
    world.enqueue(10);
    let (_, _, first) = world.the_offer();
    world.advance(20);
    let (offer, _, second) = world.the_offer();
    assert_eq!((first, second), (1, 2));
    world.accept(offer);
    world.finish(10);
    world.advance(60);
    assert_eq!(world.serve(11), 1, "he has still been idle for longer");
}

/// Two of three have left their desks without pausing; the third, who would answer, is last by the strategy.
#[test]
fn who_missed_this_caller_comes_after_who_did_not_whatever_the_strategy() {
    for strategy in [Strategy::LongestIdle, Strategy::Linear, Strategy::RoundRobin] {
        let mut world = World::staffed(acd::QueueSetup { strategy, ..queue(SUPPORT, &[1, 2, 3]) });
        world.enqueue(10);
        world.advance(60);
        let rung: Vec<_> = world.offers().into_iter().map(|(_, _, agent)| agent).collect();
        assert_eq!(rung, [1, 2, 3, 1], "{strategy:?}: after all have missed him it begins anew");
    }
}

#[test]
fn who_missed_this_caller_comes_after_another_tier_too() {
    let mut tiers = queue(SUPPORT, &[1, 2]);
    tiers.agents[1].1 = 1;
    let mut world = World::staffed(tiers);
    world.enqueue(10);
    world.advance(20);
    assert_eq!(world.offers().into_iter().map(|(_, _, agent)| agent).collect::<Vec<_>>(), [1, 2]);
}

#[test]
fn every_way_to_miss_a_caller_counts_and_being_taken_away_does_not() {
    for why in [OfferFailure::NoAnswer, OfferFailure::Busy, OfferFailure::Declined, OfferFailure::Unreachable] {
        let mut world = World::staffed(queue(SUPPORT, &[1, 2]));
        world.enqueue(10);
        let (offer, _, first) = world.the_offer();
        world.fail(offer, why);
        world.advance(15);
        let (offer, _, second) = world.the_offer();
        world.status(2, acd::Status::NotReady("coffee".into()));
        world.fail(offer, OfferFailure::Busy);
        world.ready(2);
        world.advance(10);
        assert_eq!((first, second, world.the_offer().2), (1, 2, 1), "{why:?}: both missed him once");
    }
    let mut world = World::staffed(queue(SUPPORT, &[1, 2]));
    world.enqueue(10);
    world.tell(Command::Engaged { agent: AgentId(1), engaged: true });
    let _ = world.offers();
    world.tell(Command::Engaged { agent: AgentId(1), engaged: false });
    world.reachable(2, false);
    assert_eq!(world.the_offer().2, 1);
    world.reachable(2, true);
    world.reachable(1, false);
    world.reachable(1, true);
    assert_eq!(world.offers().last().map(|(_, _, agent)| *agent), Some(2));
}

#[test]
fn who_missed_one_caller_is_first_for_the_next() {
    let mut world = World::staffed(queue(SUPPORT, &[1, 2]));
    world.enqueue(10);
    world.advance(20);
    let (offer, ..) = world.offers()[1];
    world.accept(offer);
    world.advance(10);
    world.enqueue(11);
    assert_eq!(world.the_offer().2, 1);
}

#[test]
fn a_declined_offer_keeps_the_agent_first_once_he_is_rested() {
    let mut world = World::staffed(queue(SUPPORT, &[1, 2]));
    world.enqueue(10);
    let (offer, ..) = world.the_offer();
    world.fail(offer, OfferFailure::Declined);
    let (offer, _, second) = world.the_offer();
    assert_eq!(second, 2);
    world.accept(offer);
    world.finish(10);
    world.advance(10);
    assert_eq!(world.serve(11), 1);
}

#[test]
fn a_pause_stops_the_clock_and_keeps_what_was_earned() {
    let mut world = World::new(setup(vec![queue(SUPPORT, &[1, 2])]));
    world.log_in(1);
    world.advance(30);
    world.pause(1);
    world.advance(100);
    world.log_in(2);
    world.advance(20);
    world.ready(1);
    assert_eq!((world.line(1).idle_ms, world.line(2).idle_ms), (30_000, 20_000));
    assert_eq!(world.serve(10), 1);
    world.advance(5);
    world.pause(2);
    world.advance(100);
    world.ready(2);
    assert_eq!((world.line(1).idle_ms, world.line(2).idle_ms), (105_000, 25_000));
    assert_eq!(world.serve(11), 1);
}

#[test]
fn a_logout_takes_idleness_back_to_zero() {
    let mut world = World::new(setup(vec![queue(SUPPORT, &[1, 2])]));
    world.log_in(1);
    world.advance(100);
    world.log_in(2);
    world.advance(1);
    world.status(1, acd::Status::LoggedOut);
    world.ready(1);
    assert_eq!(world.serve(10), 2);
}

#[test]
fn idleness_counts_from_the_end_of_wrap_up_not_of_the_call() {
    let mut plan = setup(vec![queue(SUPPORT, &[1, 2])]);
    plan.agents[0].wrap_up = Some(secs(60));
    let mut world = World::new(plan);
    world.log_in(1);
    world.log_in(2);
    for contact in [10, 11] {
        world.enqueue(contact);
        let (offer, ..) = world.the_offer();
        world.accept(offer);
    }
    world.finish(10);
    world.advance(5);
    world.finish(11);
    world.advance(60);
    world.take();
    assert_eq!((world.line(1).idle_ms, world.line(2).idle_ms), (5_000, 50_000));
    assert_eq!(world.serve(12), 2);
}

#[test]
fn a_direct_call_and_a_lost_phone_cost_no_idleness() {
    let mut world = World::staffed(queue(SUPPORT, &[1, 2]));
    world.tell(Command::Engaged { agent: AgentId(1), engaged: true });
    world.advance(100);
    world.tell(Command::Engaged { agent: AgentId(1), engaged: false });
    world.reachable(1, false);
    world.reachable(1, true);
    assert_eq!(world.serve(10), 1);
}
