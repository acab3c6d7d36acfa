//! Strategies that ring several agents for one contact.

use crate::world::*;
use acd::{
    Command, ContactEvent, Engine, Event, Fold, OfferFailure, OverflowWhen, QueueSetup, Revocation, Status, Strategy,
    Verdict, Work,
};
use terms::{AgentId, ContactId, OfferId, Requirement, SkillId, Skills, limits};

fn ring_all(agents: &[u64]) -> QueueSetup {
    QueueSetup { strategy: Strategy::RingAll, ..queue(SUPPORT, agents) }
}

fn progressive(agents: &[u64]) -> QueueSetup {
    QueueSetup { strategy: Strategy::Progressive, delay: secs(5), ..queue(SUPPORT, agents) }
}

/// Whom the offers since the last time are for.
fn rung(world: &mut World) -> Vec<u64> {
    world.offers().into_iter().map(|(_, _, agent)| agent).collect()
}

/// What was taken back since the last time: agent, why, seconds of ringing.
fn revoked(world: &mut World) -> Vec<(u64, Revocation, u64)> {
    let revoked = |event| match event {
        Event::Contact(_, ContactEvent::OfferRevoked { agent, why, rang, .. }) => Some((agent.0, why, rang.as_secs())),
        _ => None,
    };
    world.take().into_iter().filter_map(revoked).collect()
}

#[test]
fn all_free_agents_ring_at_once_and_the_first_who_answers_has_the_caller() {
    let mut world = World::staffed(ring_all(&[1, 2, 3]));
    world.enqueue(10);
    let offers = world.offers();
    assert_eq!(
        offers.iter().map(|(_, contact, agent)| (*contact, *agent)).collect::<Vec<_>>(),
        [(10, 1), (10, 2), (10, 3)]
    );
    world.advance(4);
    world.take();
    world.accept(offers[1].0);
    assert_eq!(revoked(&mut world), [(1, Revocation::AnsweredElsewhere, 4), (3, Revocation::AnsweredElsewhere, 4)]);
    assert_eq!(world.work(2), Work::Talking(ContactId(10)));
    for agent in [1, 3] {
        let line = world.line(agent);
        assert_eq!((line.work, line.misses, line.resting_until), (Work::Idle, 0, None), "he has missed nothing");
    }
    // Two answers crossed: the later one is stale.
    world.accept(offers[0].0);
    assert_eq!((world.stale("OfferEnded"), world.work(1)), (1, Work::Idle));
    world.enqueue(11);
    assert_eq!(rung(&mut world), [1, 3], "both are there for the next");
}

#[test]
fn one_of_those_who_ring_leaves_and_the_others_ring_on() {
    let mut world = World::staffed(ring_all(&[1, 2, 3, 4]));
    world.enqueue(10);
    let offers = world.offers();
    world.advance(3);
    world.take();
    world.fail(offers[0].0, OfferFailure::Declined);
    world.reachable(2, false);
    world.fail(offers[2].0, OfferFailure::Busy);
    let live: Vec<OfferId> = world.inspect().offers.iter().map(|line| line.offer).collect();
    assert_eq!(live, [offers[3].0], "one goes after the other, the last rings on");
    assert_eq!(rung(&mut world), [0; 0]);
    // Whoever comes back while it rings is rung again, but for the one who refused it.
    world.reachable(2, true);
    assert_eq!(rung(&mut world), [2]);
    world.advance(10);
    assert_eq!(rung(&mut world), [3], "after his rest");
    assert_eq!(world.waiting(SUPPORT), [10]);
    let verdicts = world.engine.explain(ContactId(10));
    let of = |agent| verdicts.iter().find(|(id, _)| *id == AgentId(agent)).map(|(_, verdict)| verdict);
    assert!(matches!(of(1), Some(Verdict::Declined { .. })), "{verdicts:?}");
    assert!(matches!((of(2), of(4)), (Some(Verdict::Reserved(_)), Some(Verdict::Reserved(_)))), "{verdicts:?}");
}

#[test]
fn only_who_let_it_ring_to_the_end_has_missed_it() {
    let plan = QueueSetup { back_off: acd::BackOff { misses_max: 1, ..Default::default() }, ..ring_all(&[1, 2, 3]) };
    let mut world = World::staffed(plan);
    world.enqueue(10);
    world.advance(10);
    world.take();
    world.reachable(3, false);
    world.reachable(3, true);
    assert_eq!(rung(&mut world), [3], "he rings anew");
    world.advance(10);
    assert_eq!(revoked(&mut world), [(1, Revocation::RingTimeOver, 20), (2, Revocation::RingTimeOver, 20)]);
    let missed = Status::NotReady("missed".to_owned());
    assert_eq!((world.line(1).status, world.line(2).status), (missed.clone(), missed));
    assert_eq!((world.line(3).status, world.line(3).misses), (Status::Ready, 0));
}

#[test]
fn an_agent_who_becomes_free_while_it_rings_is_rung_too_before_he_is_for_the_next() {
    let mut world = World::new(setup(vec![ring_all(&[1, 2])]));
    world.log_in(1);
    world.enqueue(10);
    world.enqueue(11);
    let (first, ..) = world.the_offer();
    world.advance(7);
    world.log_in(2);
    assert_eq!(world.offers().into_iter().map(|(_, contact, agent)| (contact, agent)).collect::<Vec<_>>(), [(10, 2)]);
    world.accept(first);
    assert_eq!(world.offers().into_iter().map(|(_, contact, agent)| (contact, agent)).collect::<Vec<_>>(), [(11, 2)]);
}

#[test]
fn the_next_tier_rings_when_the_first_has_let_it_ring() {
    let mut plan = ring_all(&[1, 2, 3, 4]);
    plan.agents = [(1, 0), (2, 0), (3, 1), (4, 1)].map(|(agent, tier)| (AgentId(agent), tier)).to_vec();
    let mut world = World::staffed(plan);
    world.enqueue(10);
    assert_eq!(rung(&mut world), [1, 2]);
    world.advance(20);
    assert_eq!(rung(&mut world), [3, 4]);
    world.advance(5);
    assert_eq!(rung(&mut world), [1, 2], "after their rest they ring beside them");
}

#[test]
fn a_step_that_begins_while_it_rings_adds_those_who_do_now() {
    let english = SkillId(1);
    let mut plan = setup(vec![ring_all(&[1, 2, 3])]);
    plan.queues[0].requirements =
        vec![(secs(0), Requirement::AtLeast(english, 5)), (secs(8), Requirement::AtLeast(english, 3))];
    for (agent, level) in plan.agents.iter_mut().zip([6, 4, 0]) {
        agent.skills = Skills::from_iter([(english, level)]);
    }
    let mut world = World::new(plan);
    [1, 2, 3].into_iter().for_each(|agent| world.log_in(agent));
    world.enqueue(10);
    assert_eq!(rung(&mut world), [1]);
    world.advance(7);
    assert_eq!(rung(&mut world), [0; 0]);
    world.advance(1);
    assert_eq!(rung(&mut world), [2]);
    assert_eq!(world.inspect().offers.len(), 2);
}

#[test]
fn the_caller_who_hangs_up_stops_them_all_and_is_nobodys_miss() {
    let mut world = World::staffed(ring_all(&[1, 2, 3]));
    world.enqueue(10);
    world.advance(2);
    world.take();
    world.withdraw(10);
    assert_eq!(revoked(&mut world), [1, 2, 3].map(|agent| (agent, Revocation::ContactGone, 2)));
    assert!([1, 2, 3].iter().all(|agent| world.line(*agent).work == Work::Idle && world.line(*agent).misses == 0));
}

#[test]
fn a_caller_who_has_waited_long_enough_is_rung_for_by_nobody_else_and_goes_when_the_last_has_let_it_ring() {
    let rules = vec![OverflowWhen::Waited(secs(10))];
    let mut world = World::new(setup(vec![QueueSetup { overflow: rules, ..ring_all(&[1, 2]) }]));
    world.log_in(1);
    world.enqueue(10);
    assert_eq!(rung(&mut world), [1]);
    world.advance(12);
    world.log_in(2);
    assert_eq!(rung(&mut world), [0; 0]);
    world.advance(8);
    let gone = |event: &Event| matches!(event, Event::Contact(_, ContactEvent::Overflowed { .. }));
    assert!(world.take().iter().any(gone));
}

#[test]
fn one_more_rings_after_each_delay_and_those_before_ring_on() {
    let mut world = World::staffed(progressive(&[1, 2, 3]));
    world.enqueue(10);
    assert_eq!(rung(&mut world), [1], "idle for the longest time");
    world.advance(4);
    assert_eq!(rung(&mut world), [0; 0]);
    world.advance(1);
    assert_eq!(rung(&mut world), [2]);
    world.advance(5);
    assert_eq!(rung(&mut world), [3]);
    assert_eq!(world.inspect().offers.len(), 3);
    world.advance(10);
    assert_eq!(revoked(&mut world), [(1, Revocation::RingTimeOver, 20)], "each for the ring time of his own");
}

#[test]
fn when_nobody_rings_any_more_the_next_does_not_wait_for_the_delay() {
    let mut world = World::staffed(progressive(&[1, 2, 3]));
    world.enqueue(10);
    let (first, ..) = world.the_offer();
    world.advance(1);
    world.fail(first, OfferFailure::Busy);
    let (second, _, agent) = world.the_offer();
    assert_eq!(agent, 2);
    world.advance(5);
    let (third, _, agent) = world.the_offer();
    assert_eq!(agent, 3, "five seconds after the one before");
    world.fail(second, OfferFailure::Busy);
    assert_eq!(rung(&mut world), [0; 0], "one rings");
    world.accept(third);
    world.finish(10);
    world.advance(60);
    assert_eq!((rung(&mut world), world.engine.poll_timeout()), (vec![], None), "no delay runs on");
}

#[test]
fn an_agent_who_is_free_only_after_the_delay_is_rung_then() {
    let mut world = World::new(setup(vec![progressive(&[1, 2])]));
    world.log_in(1);
    world.enqueue(10);
    assert_eq!(rung(&mut world), [1]);
    world.advance(7);
    world.log_in(2);
    assert_eq!(rung(&mut world), [2], "since five seconds one more was to ring");
}

#[test]
fn a_new_strategy_holds_from_the_next_ring_on() {
    let mut world = World::new(setup(vec![ring_all(&[1, 2])]));
    world.log_in(1);
    world.enqueue(10);
    assert_eq!(rung(&mut world), [1]);
    world.tell(Command::Reconfigure(std::sync::Arc::new(setup(vec![queue(SUPPORT, &[1, 2])]))));
    world.log_in(2);
    assert_eq!(rung(&mut world), [0; 0]);
    world.advance(20);
    assert_eq!(rung(&mut world), [2]);
    world.tell(Command::Reconfigure(std::sync::Arc::new(setup(vec![progressive(&[1, 2])]))));
    world.advance(20);
    assert_eq!(rung(&mut world), [1]);
}

#[test]
fn the_account_has_an_offer_for_each_and_the_journal_replays() {
    let mut world = World::staffed(ring_all(&[1, 2, 3]));
    world.enqueue(10);
    let offers = world.offers();
    world.advance(4);
    world.fail(offers[2].0, OfferFailure::Declined);
    world.accept(offers[0].0);
    world.finish(10);
    let (mut fold, mut told) = (Fold::default(), vec![]);
    for entry in &world.journal {
        fold.take(entry, &mut |event| told.push(event));
    }
    let of_contact: Vec<_> = told
        .iter()
        .filter(|event| event.contact == Some(ContactId(10)) && event.what.word() != "agent_state")
        .map(|event| (event.what.word(), event.agent.map(|agent| agent.0)))
        .collect();
    assert_eq!(
        of_contact,
        [
            ("entered", None),
            ("offered", Some(1)),
            ("offered", Some(2)),
            ("offered", Some(3)),
            ("offer_failed", Some(3)),
            ("connected", Some(1)),
            ("offer_failed", Some(2)),
            ("completed", Some(1)),
        ]
    );
    assert!(Engine::replay(SEED, world.journal.clone()).is_ok());
}

#[test]
fn no_more_agents_ring_for_one_caller_than_the_limit_says_and_the_rest_are_free_for_the_next() {
    let agents: Vec<u64> = (1..=limits::RINGING_LEGS as u64 + 2).collect();
    for strategy in [Strategy::RingAll, Strategy::Progressive] {
        let mut world =
            World::staffed(QueueSetup { strategy, delay: secs(1), ring: secs(300), ..queue(SUPPORT, &agents) });
        world.enqueue(10);
        world.advance(agents.len() as u64 + 5);
        assert_eq!(rung(&mut world).len(), limits::RINGING_LEGS, "{strategy:?}");
        world.enqueue(11);
        assert_eq!(world.inspect().offers.iter().filter(|offer| offer.contact.0 == 10).count(), limits::RINGING_LEGS);
        assert!(world.inspect().offers.iter().any(|offer| offer.contact.0 == 11), "{strategy:?}");
    }
}
