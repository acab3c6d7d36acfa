//! Who is not offered a contact, and why (semantics 2.3).

use crate::world::*;
use acd::{Command, OfferFailure, Status, Stay, Verdict, Work};
use terms::{AgentId, ContactId, SkillId, Skills};

/// What contact 10 sees of agent 1.
fn verdict(world: &World) -> Verdict {
    let lines = world.engine.explain(ContactId(10));
    lines.into_iter().find(|(agent, _)| *agent == AgentId(1)).expect("agent 1 is in the queue").1
}

#[test]
fn each_thing_that_keeps_an_agent_away_is_named_and_lifting_it_brings_the_offer() {
    let mut world = World::new(setup(vec![queue(SUPPORT, &[1])]));
    world.enqueue(10);
    assert_eq!(verdict(&world), Verdict::LoggedOut);
    world.pause(1);
    assert_eq!(verdict(&world), Verdict::NotReady("lunch".to_owned()));
    world.ready(1);
    assert_eq!(verdict(&world), Verdict::Unreachable);
    world.tell(Command::Engaged { agent: AgentId(1), engaged: true });
    world.reachable(1, true);
    assert_eq!(verdict(&world), Verdict::Engaged);
    assert_eq!(world.offers(), []);
    world.tell(Command::Engaged { agent: AgentId(1), engaged: false });
    let (offer, contact, agent) = world.the_offer();
    assert_eq!((contact, agent, verdict(&world)), (10, 1, Verdict::Reserved(offer)));
}

#[test]
fn a_talking_agent_and_one_in_wrap_up_are_not_offered() {
    let mut world = World::staffed(queue(SUPPORT, &[1]));
    world.enqueue(9);
    let (offer, ..) = world.the_offer();
    world.accept(offer);
    world.enqueue(10);
    assert_eq!(verdict(&world), Verdict::Talking(ContactId(9)));
    world.finish(9);
    assert_eq!(verdict(&world), Verdict::WrapUp);
    world.advance_by(secs(10) - std::time::Duration::from_micros(1));
    assert_eq!(world.offers(), []);
    world.advance_by(std::time::Duration::from_micros(1));
    assert_eq!(world.the_offer().1, 10);
}

#[test]
fn an_agent_who_lacks_the_skill_is_not_offered_until_the_plan_gives_it_to_him() {
    let french = SkillId::of("french");
    let mut plan = setup(vec![queue(SUPPORT, &[1])]);
    plan.queues[0].requirements = vec![(secs(0), terms::Requirement::AtLeast(french, 4))];
    let mut world = World::new(plan.clone());
    world.log_in(1);
    world.enqueue(10);
    assert_eq!((verdict(&world), world.offers()), (Verdict::LacksSkill, vec![]));
    plan.agents[0].skills = Skills::from_iter([(french, 4)]);
    world.tell(Command::Reconfigure(plan.into()));
    assert_eq!(world.the_offer().1, 10);
}

#[test]
fn an_agent_of_another_queue_is_never_asked() {
    let mut world = World::new(setup(vec![queue(SUPPORT, &[1]), queue(SALES, &[2])]));
    world.log_in(2);
    world.enqueue(10);
    assert_eq!(world.offers(), []);
    assert_eq!(world.engine.explain(ContactId(10)), [(AgentId(1), Verdict::LoggedOut)]);
}

#[test]
fn explain_lists_the_eligible_first_in_the_order_of_their_turns() {
    let mut world = World::staffed(queue(SUPPORT, &[1, 2, 3]));
    world.pause(1);
    world.tell(Command::Enqueue {
        contact: ContactId(10),
        queue: SUPPORT,
        credit: secs(0),
        emergency: false,
        requirement: None,
        stay: Stay::default(),
    });
    let (offer, _, agent) = world.the_offer();
    assert_eq!(agent, 2);
    world.enqueue(11);
    let (second, ..) = world.the_offer();
    world.ready(1);
    world.tell(Command::Suspend { contact: ContactId(10), at_most: secs(60) });
    let lines = world.engine.explain(ContactId(10));
    assert_eq!(lines[0], (AgentId(1), Verdict::Eligible));
    assert_eq!(lines[1], (AgentId(2), Verdict::Eligible));
    assert_eq!(lines[2], (AgentId(3), Verdict::Reserved(second)));
    assert_eq!(world.stale("OfferEnded"), 0);
    world.accept(offer);
    assert_eq!(world.stale("OfferEnded"), 1);
}

#[test]
fn a_declined_contact_goes_to_the_others_and_returns_to_the_one_who_declined_only_later() {
    let mut world = World::staffed(queue(SUPPORT, &[1, 2]));
    world.enqueue(9);
    let (busy, _, two) = world.the_offer();
    assert_eq!(two, 1);
    world.accept(busy);
    world.enqueue(10);
    let (offer, _, agent) = world.the_offer();
    assert_eq!(agent, 2);
    world.fail(offer, OfferFailure::Declined);
    world.advance(29);
    assert_eq!(world.offers(), [], "agent 1 is talking, but at work: agent 2 is not asked again");
    world.enqueue(11);
    assert_eq!(world.the_offer().1, 11, "another contact may go to him");
    world.tell(Command::Withdraw { contact: ContactId(11), why: acd::Withdrawal::Abandoned });
    world.advance(1);
    assert_eq!(world.the_offer().2, 2, "after half a minute he is");
}

#[test]
fn the_only_agent_is_asked_again_after_his_rest_although_he_declined() {
    let mut world = World::staffed(queue(SUPPORT, &[1]));
    world.enqueue(10);
    let (offer, ..) = world.the_offer();
    world.fail(offer, OfferFailure::Declined);
    assert!(matches!(verdict(&world), Verdict::Resting { .. }));
    world.advance(9);
    assert_eq!(world.offers(), []);
    world.advance(1);
    assert_eq!(world.the_offer().2, 1);
}

#[test]
fn one_who_declined_is_asked_again_at_once_when_the_last_other_agent_leaves() {
    let mut world = World::staffed(queue(SUPPORT, &[1, 2]));
    world.enqueue(9);
    let (busy, ..) = world.the_offer();
    world.accept(busy);
    world.enqueue(10);
    let (offer, ..) = world.the_offer();
    world.fail(offer, OfferFailure::Declined);
    world.advance(15);
    assert_eq!(world.offers(), []);
    world.reachable(1, false);
    assert_eq!(world.the_offer().2, 2);
}

#[test]
fn when_all_have_declined_all_are_asked_again() {
    let mut world = World::staffed(queue(SUPPORT, &[1, 2]));
    world.enqueue(10);
    for _ in 0..2 {
        let (offer, ..) = world.the_offer();
        world.fail(offer, OfferFailure::Declined);
    }
    world.advance(10);
    assert_eq!(world.offers().len(), 1);
}

#[test]
fn an_agent_who_loses_his_phone_is_not_offered_until_it_is_back_in_each_state() {
    let mut world = World::staffed(queue(SUPPORT, &[1]));
    world.reachable(1, false);
    world.enqueue(10);
    assert_eq!(world.offers(), []);
    world.reachable(1, true);
    let (offer, ..) = world.the_offer();
    world.reachable(1, false);
    assert_eq!((world.work(1), world.waiting(SUPPORT)), (Work::Idle, vec![10]));
    world.accept(offer);
    assert_eq!(world.stale("OfferEnded"), 1);
    world.reachable(1, true);
    let (offer, ..) = world.the_offer();
    world.accept(offer);
    world.reachable(1, false);
    assert_eq!(world.work(1), Work::Talking(ContactId(10)), "the call itself is not the engine's to end");
    world.finish(10);
    world.advance(10);
    world.enqueue(11);
    assert_eq!(world.offers(), []);
    assert_eq!(world.line(1).status, Status::Ready);
}
