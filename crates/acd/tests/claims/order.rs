//! The order of contacts and of agents (semantics: one order over all queues; tier, strategy, id).

use crate::world::*;
use acd::{Command, Stay, Strategy};
use terms::{AgentId, ContactId, Requirement, SkillId, Skills};

#[test]
fn a_contact_and_an_agent_meet_whichever_comes_first() {
    let mut contact_first = World::new(setup(vec![queue(SUPPORT, &[1])]));
    contact_first.enqueue(10);
    contact_first.log_in(1);
    let mut agent_first = World::staffed(queue(SUPPORT, &[1]));
    agent_first.enqueue(10);
    let (_, contact, agent) = contact_first.the_offer();
    assert_eq!((contact, agent), (10, 1));
    let (_, contact, agent) = agent_first.the_offer();
    assert_eq!((contact, agent), (10, 1));
}

#[test]
fn emergencies_come_first_then_the_earlier_effective_time_then_the_earlier_entry() {
    let mut world = World::new(setup(vec![queue(SUPPORT, &[1, 2, 3, 4])]));
    world.enqueue(10);
    world.enqueue(11);
    world.advance(100);
    world.tell(enqueue_with(SUPPORT, 12, 60, false));
    world.tell(enqueue_with(SUPPORT, 13, 120, false));
    world.tell(enqueue_with(SUPPORT, 14, 0, true));
    assert_eq!(world.waiting(SUPPORT), [14, 13, 10, 11, 12]);
    world.take();
    for agent in [1, 2, 3, 4] {
        world.log_in(agent);
    }
    let served: Vec<_> = world.offers().into_iter().map(|(_, contact, agent)| (contact, agent)).collect();
    assert_eq!(served, [(14, 1), (13, 2), (10, 3), (11, 4)]);
}

#[test]
fn an_agent_of_two_queues_takes_the_contact_that_came_first_in_either() {
    let mut world = World::new(setup(vec![queue(SUPPORT, &[1]), queue(SALES, &[1])]));
    world.enqueue_in(SALES, 20);
    world.advance(1);
    world.enqueue_in(SUPPORT, 10);
    world.advance(1);
    world.enqueue_in(SALES, 21);
    let mut order = vec![];
    world.log_in(1);
    for _ in 0..3 {
        let (offer, contact, _) = world.the_offer();
        order.push(contact);
        world.accept(offer);
        world.finish(contact);
        world.advance(10);
    }
    assert_eq!(order, [20, 10, 21]);
}

#[test]
fn a_lower_tier_goes_first_however_long_the_others_are_idle() {
    let mut tiers = queue(SUPPORT, &[1, 2]);
    tiers.agents = vec![(AgentId(1), 2), (AgentId(2), 1)];
    let mut world = World::staffed(tiers);
    assert_eq!(world.serve(10), 2);
    world.advance(60);
    assert_eq!(world.serve(11), 2);
}

#[test]
fn linear_starts_from_the_top_each_time() {
    let mut linear = queue(SUPPORT, &[3, 1, 2]);
    linear.strategy = Strategy::Linear;
    let mut world = World::staffed(linear);
    assert_eq!([world.serve(10), world.serve(11)], [3, 3]);
    world.pause(3);
    assert_eq!(world.serve(12), 1);
}

#[test]
fn round_robin_goes_on_after_the_agent_offered_last_and_comes_around() {
    let mut round = queue(SUPPORT, &[3, 1, 2]);
    round.strategy = Strategy::RoundRobin;
    let mut world = World::staffed(round);
    assert_eq!([world.serve(10), world.serve(11), world.serve(12), world.serve(13)], [3, 1, 2, 3]);
    world.pause(1);
    assert_eq!(world.serve(14), 2, "an absent agent is passed over");
    world.ready(1);
    assert_eq!([world.serve(15), world.serve(16)], [3, 1], "and keeps his seat");
}

#[test]
fn longest_idle_is_the_one_whose_last_wrap_up_ended_first() {
    let mut world = World::staffed(queue(SUPPORT, &[1, 2, 3]));
    assert_eq!([world.serve(10), world.serve(11)], [1, 2]);
    world.advance(1);
    assert_eq!(world.serve(12), 3);
    world.advance(1);
    assert_eq!(world.serve(13), 1);
}

#[test]
fn agents_idle_for_the_same_time_are_taken_by_id() {
    let mut world = World::new(setup(vec![queue(SUPPORT, &[5, 4])]));
    world.log_in(5);
    world.log_in(4);
    world.enqueue(10);
    assert_eq!(world.the_offer().2, 4);
}

#[test]
fn a_first_contact_that_nobody_can_serve_does_not_hold_up_the_next() {
    let french = SkillId::of("french");
    let mut plan = setup(vec![queue(SUPPORT, &[1, 2])]);
    plan.agents[1].skills = Skills::from_iter([(french, 5)]);
    let mut world = World::new(plan);
    world.log_in(1);
    world.tell(Command::Enqueue {
        contact: ContactId(10),
        queue: SUPPORT,
        credit: secs(0),
        emergency: true,
        requirement: Some(Requirement::AtLeast(french, 5)),
        stay: Stay::default(),
    });
    world.enqueue(11);
    let (_, contact, agent) = world.the_offer();
    assert_eq!((contact, agent), (11, 1));
    world.log_in(2);
    let (_, contact, agent) = world.the_offer();
    assert_eq!((contact, agent), (10, 2));
}

#[test]
fn the_position_counts_those_ahead_who_want_the_same_agents() {
    let mut world =
        World::new(setup(vec![queue(SUPPORT, &[1, 2]), queue(SALES, &[2]), queue(terms::QueueId(3), &[9])]));
    world.enqueue_in(SUPPORT, 10);
    world.enqueue_in(SALES, 20);
    world.enqueue_in(terms::QueueId(3), 30);
    world.enqueue_in(SUPPORT, 11);
    world.tell(enqueue_with(SUPPORT, 12, 60, false));
    let position = |contact| world.engine.position(ContactId(contact));
    assert_eq!(position(30), Some(1), "nobody shares agent 9");
    assert_eq!(position(12), Some(1), "its credit puts it before those who came earlier");
    assert_eq!([position(10), position(20), position(11)], [Some(2), Some(3), Some(4)]);
    assert_eq!(position(99), None);
}
