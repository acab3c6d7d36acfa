//! A reload: what stays, what goes, and when.

use crate::world::*;
use acd::{Command, ContactEvent, Event, OfferFailure, OverflowReason, Setup, Status, Work};
use terms::{AgentId, ContactId};

fn reconfigure(world: &mut World, plan: Setup) {
    world.tell(Command::Reconfigure(plan.into()));
}

fn overflowed_unknown(world: &mut World) -> Vec<u64> {
    let sent = |event| match event {
        Event::Contact(id, ContactEvent::Overflowed { why: OverflowReason::Unknown, rule: None, .. }) => Some(id.0),
        _ => None,
    };
    world.take().into_iter().filter_map(sent).collect()
}

#[test]
fn the_same_plan_again_changes_nothing() {
    let mut world = World::staffed(queue(SUPPORT, &[1, 2]));
    world.enqueue(10);
    world.enqueue(11);
    world.enqueue(12);
    let (offer, ..) = world.offers()[0];
    world.accept(offer);
    let before = world.inspect();
    world.take();
    reconfigure(&mut world, setup(vec![queue(SUPPORT, &[1, 2])]));
    let after = world.inspect();
    assert_eq!(world.take(), []);
    assert_eq!((after.queues, after.agents, after.offers), (before.queues, before.agents, before.offers));
}

#[test]
fn what_was_set_at_run_time_survives_and_a_new_agent_begins_as_the_plan_says() {
    let mut world = World::staffed(queue(SUPPORT, &[1]));
    world.pause(1);
    world.take();
    let mut plan = setup(vec![queue(SUPPORT, &[1, 2])]);
    plan.agents[0].initial = Status::Ready;
    plan.agents[1].initial = Status::Ready;
    reconfigure(&mut world, plan);
    assert_eq!(world.line(1).status, Status::NotReady("lunch".to_owned()));
    assert_eq!((world.line(2).status, world.line(2).reachable), (Status::Ready, false));
    let (agent, status, work) = (AgentId(2), Status::Ready, Work::Idle);
    assert_eq!(world.take(), [Event::AgentChanged { agent, status, work, reachable: false }]);
}

#[test]
fn waiting_contacts_keep_their_order_and_a_new_agent_serves_them() {
    let mut world = World::new(setup(vec![queue(SUPPORT, &[1])]));
    world.enqueue(10);
    world.advance(5);
    world.tell(enqueue_with(SUPPORT, 11, 30, false));
    reconfigure(&mut world, setup(vec![queue(SUPPORT, &[2])]));
    assert_eq!(world.waiting(SUPPORT), [11, 10]);
    world.log_in(2);
    assert_eq!(world.the_offer().1, 11);
}

#[test]
fn a_deleted_queue_sends_on_those_who_wait_and_lets_those_who_talk_finish() {
    let mut world = World::staffed(queue(SUPPORT, &[1]));
    world.enqueue(10);
    let (offer, ..) = world.the_offer();
    world.accept(offer);
    world.enqueue(11);
    world.enqueue(12);
    let mut plan = setup(vec![queue(SALES, &[1])]);
    plan.agents[0].initial = Status::LoggedOut;
    reconfigure(&mut world, plan);
    assert_eq!(overflowed_unknown(&mut world), [11, 12]);
    assert_eq!(world.work(1), Work::Talking(ContactId(10)));
    world.finish(10);
    assert_eq!(world.work(1), Work::WrapUp, "the wrap-up is still the deleted queue's");
    world.advance(10);
    assert_eq!(world.work(1), Work::Idle);
}

#[test]
fn an_offer_of_a_deleted_queue_rings_on_and_its_failure_sends_the_contact_on() {
    let mut world = World::staffed(queue(SUPPORT, &[1]));
    world.enqueue(10);
    let (offer, ..) = world.the_offer();
    reconfigure(&mut world, setup(vec![queue(SALES, &[1])]));
    assert_eq!((world.take(), world.work(1)), (vec![], Work::Reserved(offer)));
    world.fail(offer, OfferFailure::Busy);
    assert_eq!(overflowed_unknown(&mut world), [10]);
    assert!(world.inspect().elsewhere.is_empty());
}

#[test]
fn an_offer_of_a_deleted_queue_can_still_be_answered() {
    let mut world = World::staffed(queue(SUPPORT, &[1]));
    world.enqueue(10);
    let (offer, ..) = world.the_offer();
    reconfigure(&mut world, setup(vec![queue(SALES, &[1])]));
    world.accept(offer);
    assert_eq!(world.work(1), Work::Talking(ContactId(10)));
}

#[test]
fn a_queue_that_was_away_for_a_moment_takes_back_whoever_was_being_offered() {
    let mut world = World::staffed(queue(SUPPORT, &[1]));
    world.enqueue(10);
    let (offer, ..) = world.the_offer();
    reconfigure(&mut world, setup(vec![queue(SALES, &[1])]));
    reconfigure(&mut world, setup(vec![queue(SUPPORT, &[1])]));
    world.fail(offer, OfferFailure::Busy);
    assert_eq!(world.waiting(SUPPORT), [10]);
    world.advance(10);
    assert_eq!(world.the_offer().1, 10);
}

#[test]
fn a_deleted_agent_finishes_his_call_and_goes() {
    let mut world = World::staffed(queue(SUPPORT, &[1]));
    world.enqueue(10);
    let (offer, ..) = world.the_offer();
    reconfigure(&mut world, setup(vec![queue(SUPPORT, &[2])]));
    assert_eq!(world.work(1), Work::Reserved(offer), "his phone rings: he may answer");
    world.accept(offer);
    assert!(world.line(1).leaving);
    world.take();
    world.finish(10);
    let (agent, status, work) = (AgentId(1), Status::LoggedOut, Work::Idle);
    assert_eq!(world.take(), [Event::AgentChanged { agent, status, work, reachable: true }]);
    assert_eq!(world.inspect().agents.len(), 1);
}

#[test]
fn a_deleted_agent_who_is_idle_or_in_wrap_up_goes_at_once() {
    let mut world = World::staffed(queue(SUPPORT, &[1, 2]));
    world.enqueue(10);
    let (offer, ..) = world.the_offer();
    world.accept(offer);
    world.finish(10);
    reconfigure(&mut world, setup(vec![queue(SUPPORT, &[])]));
    assert_eq!((world.inspect().agents.len(), world.engine.poll_timeout()), (0, None));
}

#[test]
fn a_deleted_agent_who_rests_leaves_no_timer() {
    let mut world = World::staffed(queue(SUPPORT, &[1]));
    world.enqueue(10);
    let (offer, ..) = world.the_offer();
    world.fail(offer, OfferFailure::Busy);
    reconfigure(&mut world, setup(vec![queue(SUPPORT, &[])]));
    assert_eq!((world.waiting(SUPPORT), world.engine.poll_timeout()), (vec![10], None));
}

#[test]
fn an_agent_deleted_while_talking_and_named_again_stays() {
    let mut world = World::staffed(queue(SUPPORT, &[1]));
    world.enqueue(10);
    let (offer, ..) = world.the_offer();
    world.accept(offer);
    reconfigure(&mut world, setup(vec![queue(SUPPORT, &[])]));
    reconfigure(&mut world, setup(vec![queue(SUPPORT, &[1])]));
    world.finish(10);
    world.advance(10);
    world.enqueue(11);
    assert_eq!(world.the_offer().2, 1);
}

#[test]
fn taking_the_last_agent_out_of_a_queue_starts_its_grace() {
    let mut short = queue(SUPPORT, &[1]);
    short.overflow = vec![acd::OverflowWhen::NoAgents(secs(10))];
    let mut world = World::staffed(short.clone());
    world.enqueue(9);
    let (offer, ..) = world.the_offer();
    world.accept(offer);
    world.enqueue(10);
    short.agents.clear();
    reconfigure(&mut world, setup(vec![short, queue(SALES, &[1])]));
    world.advance(9);
    assert_eq!(world.waiting(SUPPORT), [10]);
    world.advance(1);
    assert_eq!(world.waiting(SUPPORT), [] as [u64; 0]);
}

#[test]
fn a_thousand_reloads_drop_nobody() {
    let mut world = World::staffed(queue(SUPPORT, &[1, 2]));
    world.enqueue(10);
    world.enqueue(11);
    world.enqueue(12);
    for (offer, ..) in world.offers() {
        world.accept(offer);
    }
    world.take();
    for n in 0..1_000_u64 {
        let mut next = queue(SUPPORT, &[1, 2]);
        next.ring = secs(10 + n % 20);
        reconfigure(&mut world, setup(vec![next]));
    }
    assert_eq!((world.take(), world.waiting(SUPPORT)), (vec![], vec![12]));
    assert!(matches!((world.work(1), world.work(2)), (Work::Talking(_), Work::Talking(_))));
}
