//! What a supervisor sees.

use crate::world::*;
use acd::{Command, Status, Work};
use terms::{ContactId, Mono};

#[test]
fn the_snapshot_shows_queues_in_order_agents_offers_and_counters() {
    let mut world = World::staffed(queue(SUPPORT, &[1, 2]));
    world.pause(2);
    world.enqueue(10);
    world.advance(3);
    world.enqueue(11);
    world.tell(enqueue_with(SUPPORT, 12, 60, false));
    world.advance(4);
    let snapshot = world.inspect();
    let queue = &snapshot.queues[0];
    assert_eq!(world.waiting(SUPPORT), [12, 10, 11]);
    assert_eq!((queue.longest_wait_ms, queue.working, queue.unstaffed_since), (7_000, 1, None));
    assert_eq!((queue.waiting[0].age_ms, queue.waiting[0].credit_ms), (4_000, 60_000));
    let offer = &snapshot.offers[0];
    assert_eq!((offer.contact, offer.agent.0), (ContactId(10), 1));
    assert_eq!(offer.until.map(|until| until - offer.since), Some(secs(20)));
    assert_eq!(snapshot.agents[0].work, Work::Reserved(offer.offer));
    assert_eq!(snapshot.agents[0].since, offer.since);
    assert_eq!(snapshot.agents[1].status, Status::NotReady("lunch".to_owned()));
    assert_eq!((snapshot.counters.enqueued, snapshot.counters.offers), (3, 1));
}

#[test]
fn the_snapshot_can_be_written_as_json() {
    let mut world = World::staffed(queue(SUPPORT, &[1]));
    world.enqueue(10);
    world.tell(Command::Accepted { offer: terms::OfferId(1) });
    let json = serde_json::to_value(world.inspect()).expect("a snapshot can be written");
    assert_eq!(json["counters"]["stale"]["OfferEnded"], 1);
    assert_eq!(json["queues"][0]["waiting"][0]["contact"], 10);
}

#[test]
fn an_agent_is_since_then_what_he_is_and_reachability_does_not_count() {
    let mut world = World::staffed(queue(SUPPORT, &[1]));
    assert_eq!(world.line(1).since, Mono::ZERO);
    world.reachable(1, false);
    assert_eq!(world.line(1).since, Mono::ZERO);
    world.pause(1);
    assert_eq!(world.line(1).since, Mono::ZERO + secs(1));
}

#[test]
fn a_change_that_changes_nothing_is_not_told() {
    let mut world = World::staffed(queue(SUPPORT, &[1]));
    world.ready(1);
    world.reachable(1, true);
    assert_eq!(world.take(), []);
}

#[test]
fn what_lasts_is_told_as_of_the_moment_at_which_it_is_asked_for() {
    let mut world = World::new(setup(vec![queue(SUPPORT, &[1])]));
    world.log_in(1);
    world.enqueue(10);
    let (offer, ..) = world.the_offer();
    world.accept(offer);
    world.enqueue(11);
    world.sleep_by(secs(40));
    let seen = world.engine.inspect_at(world.now().mono);
    assert_eq!((seen.at, seen.queues[0].longest_wait_ms), (world.now().mono, 40_000));
    assert_eq!(seen.queues[0].waiting[0].age_ms, 40_000);
    assert_eq!(seen.at.since(seen.agents[0].since), secs(40));
    let before = world.engine.inspect_at(Mono::ZERO);
    assert_eq!(before, world.inspect(), "never before the last input");
}
