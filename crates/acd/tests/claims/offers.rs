//! The life of an offer: one agent, one contact, one end, and what the agent does afterwards.

use crate::world::*;
use acd::{Command, ContactEvent, Event, OfferFailure, Revocation, Status, Work};
use std::time::Duration;
use terms::{AgentId, ContactId, ContactKind};

#[test]
fn an_offer_reserves_its_agent_and_an_answer_makes_him_talk() {
    let mut world = World::staffed(queue(SUPPORT, &[1]));
    world.enqueue(10);
    let (offer, ..) = world.the_offer();
    assert_eq!(world.work(1), Work::Reserved(offer));
    world.accept(offer);
    assert_eq!(world.work(1), Work::Talking(ContactId(10)));
    assert_eq!(world.waiting(SUPPORT), [] as [u64; 0]);
    world.finish(10);
    assert_eq!(world.work(1), Work::WrapUp);
    world.advance(10);
    assert_eq!(world.work(1), Work::Idle);
    let counters = world.inspect().counters;
    assert_eq!((counters.offers, counters.answered, counters.finished, counters.stale_total()), (1, 1, 1, 0));
}

#[test]
fn the_ring_time_over_is_a_miss_and_the_contact_goes_to_the_next_agent() {
    let mut world = World::staffed(queue(SUPPORT, &[1, 2]));
    world.enqueue(10);
    let (offer, ..) = world.the_offer();
    world.advance(20);
    let events = world.take();
    let (contact, agent) = (ContactId(10), AgentId(1));
    assert_eq!(
        events[0],
        Event::Contact(
            contact,
            ContactEvent::OfferRevoked { offer, agent, why: Revocation::RingTimeOver, rang: secs(20) }
        )
    );
    assert!(matches!(events[1], Event::AgentChanged { agent: AgentId(1), work: Work::Idle, .. }), "{events:?}");
    let next = matches!(events[2], Event::Contact(ContactId(10), ContactEvent::Offered { agent: AgentId(2), .. }));
    assert!(next, "{events:?}");
    assert_eq!(world.line(1).misses, 1);
}

#[test]
fn each_failure_has_its_own_rest() {
    let rests = [
        (OfferFailure::NoAnswer, 5),
        (OfferFailure::Busy, 10),
        (OfferFailure::Declined, 10),
        (OfferFailure::Unreachable, 5),
    ];
    for (why, rest) in rests {
        let mut world = World::staffed(queue(SUPPORT, &[1]));
        world.enqueue(10);
        let (offer, ..) = world.the_offer();
        world.fail(offer, why);
        assert_eq!(world.waiting(SUPPORT), [10], "{why:?}");
        world.advance_by(secs(rest) - Duration::from_micros(1));
        assert_eq!(world.offers(), [], "{why:?}");
        world.advance_by(Duration::from_micros(1));
        assert_eq!(world.the_offer().1, 10, "{why:?}");
    }
}

#[test]
fn too_many_misses_in_a_row_make_the_agent_not_ready() {
    let mut world = World::staffed(queue(SUPPORT, &[1]));
    world.enqueue(10);
    world.advance(20 + 5 + 20 + 5 + 20);
    assert_eq!(world.line(1).status, Status::NotReady("missed".to_owned()));
    assert_eq!(world.inspect().counters.missed_out, 1);
    let last = world.take().pop();
    let missed = Status::NotReady("missed".to_owned());
    let (agent, work) = (AgentId(1), Work::Idle);
    assert_eq!(last, Some(Event::AgentChanged { agent, status: missed, work, reachable: true }));
    world.ready(1);
    world.advance(5);
    assert_eq!((world.offers().len(), world.line(1).misses), (1, 0));
}

#[test]
fn an_answer_in_between_ends_the_row_of_misses() {
    let mut world = World::staffed(queue(SUPPORT, &[1]));
    world.enqueue(10);
    world.advance(20 + 5 + 20 + 5);
    let (offer, ..) = world.offers()[2];
    world.accept(offer);
    world.finish(10);
    world.advance(10);
    world.enqueue(11);
    world.advance(20);
    assert_eq!((world.line(1).misses, world.line(1).status), (1, Status::Ready));
}

#[test]
fn a_contact_whose_offer_failed_keeps_its_place() {
    let mut world = World::staffed(queue(SUPPORT, &[1]));
    world.enqueue(10);
    world.enqueue(11);
    let (offer, contact, _) = world.the_offer();
    assert_eq!(contact, 10);
    world.fail(offer, OfferFailure::Busy);
    assert_eq!(world.waiting(SUPPORT), [10, 11]);
    world.advance(10);
    assert_eq!(world.the_offer().1, 10);
}

#[test]
fn an_abandoned_caller_releases_the_reserved_agent_without_a_rest() {
    let mut world = World::staffed(queue(SUPPORT, &[1]));
    world.enqueue(10);
    let (offer, ..) = world.the_offer();
    world.enqueue(11);
    world.take();
    world.withdraw(10);
    let events = world.take();
    let (contact, agent) = (ContactId(10), AgentId(1));
    assert_eq!(
        events[0],
        Event::Contact(
            contact,
            ContactEvent::OfferRevoked { offer, agent, why: Revocation::ContactGone, rang: secs(0) }
        )
    );
    let next = |event: &Event| matches!(event, Event::Contact(ContactId(11), ContactEvent::Offered { .. }));
    assert!(events.iter().any(next));
    assert_eq!((world.line(1).misses, world.line(1).resting_until), (0, None));
}

#[test]
fn a_direct_call_takes_the_reserved_agent_away_without_fault() {
    let mut world = World::staffed(queue(SUPPORT, &[1]));
    world.enqueue(10);
    let (offer, ..) = world.the_offer();
    world.tell(Command::Engaged { agent: AgentId(1), engaged: true });
    let (contact, agent) = (ContactId(10), AgentId(1));
    let taken_back = ContactEvent::OfferRevoked { offer, agent, why: Revocation::AgentGone, rang: secs(0) };
    assert_eq!(world.take()[0], Event::Contact(contact, taken_back));
    world.tell(Command::Engaged { agent: AgentId(1), engaged: false });
    assert_eq!(world.the_offer().1, 10);
    assert_eq!(world.line(1).misses, 0);
}

#[test]
fn the_agents_own_wrap_up_stands_instead_of_the_queues_and_zero_is_none() {
    let mut plan = setup(vec![queue(SUPPORT, &[1])]);
    plan.agents[0].wrap_up = Some(Duration::ZERO);
    let mut world = World::new(plan);
    world.log_in(1);
    world.enqueue(10);
    world.enqueue(11);
    let (offer, ..) = world.the_offer();
    world.accept(offer);
    world.finish(10);
    assert_eq!(world.the_offer().1, 11);
}

#[test]
fn wrap_ups_of_several_agents_in_several_queues_each_end_on_their_own_time() {
    let mut long = queue(SALES, &[1, 2]);
    long.wrap_up = secs(30);
    let mut world = World::new(setup(vec![queue(SUPPORT, &[1, 2]), long]));
    world.log_in(1);
    world.log_in(2);
    world.enqueue_in(SALES, 20);
    world.enqueue_in(SUPPORT, 10);
    for (offer, ..) in world.offers() {
        world.accept(offer);
    }
    world.finish(20);
    world.advance(5);
    world.finish(10);
    world.advance(10);
    assert_eq!((world.work(1), world.work(2)), (Work::WrapUp, Work::Idle));
    world.advance(15);
    assert_eq!(world.work(1), Work::Idle);
}

#[test]
fn wrap_up_done_early_brings_the_next_contact_at_once() {
    let mut world = World::staffed(queue(SUPPORT, &[1]));
    world.serve(10);
    world.enqueue(11);
    assert_eq!(world.the_offer().1, 11);
    world.tell(Command::WrapUpDone { agent: AgentId(1) });
    assert_eq!(world.stale("NotInWrapUp"), 1);
}

#[test]
fn a_queue_without_ring_time_does_not_offer_without_end() {
    let mut hasty = queue(SUPPORT, &[1]);
    hasty.ring = Duration::ZERO;
    hasty.back_off = acd::BackOff { no_answer: Duration::ZERO, misses_max: 0, ..hasty.back_off };
    let mut world = World::staffed(hasty);
    world.enqueue(10);
    world.advance(10);
    assert_eq!(world.offers().len(), 11, "one a second");
}

/// Nobody is on the line for a task: who lets it lie rests as after any other, but is at his desk as far as anybody knows.
#[test]
fn a_contact_without_a_call_that_is_left_lying_goes_round_and_makes_nobody_not_ready() {
    for (kind, status, misses) in [
        (ContactKind::Voice, Status::NotReady("missed".to_owned()), 0),
        (ContactKind::Video, Status::NotReady("missed".to_owned()), 0),
        (ContactKind::Callback, Status::Ready, 0),
        (ContactKind::Chat, Status::Ready, 0),
        (ContactKind::Task, Status::Ready, 0),
    ] {
        let mut world = World::staffed(queue(SUPPORT, &[1]));
        world.tell(enqueue_of(SUPPORT, 10, kind));
        world.advance(20 + 5 + 20 + 5 + 20);
        let line = world.line(1);
        assert_eq!((line.status, line.misses), (status, misses), "{kind:?}");
    }
    let mut world = World::staffed(queue(SUPPORT, &[1, 2]));
    world.tell(enqueue_of(SUPPORT, 10, ContactKind::Task));
    world.advance(21);
    let agents: Vec<u64> = world.offers().into_iter().map(|(_, _, agent)| agent).collect();
    assert_eq!(agents, [1, 2], "it goes to the next one");
    assert_eq!(world.line(1).resting_until, Some(world.now().mono + secs(4)));
}
