//! The requirement that relaxes with the wait.

use crate::world::*;
use acd::{Command, Setup};
use std::time::Duration;
use terms::{ContactId, Requirement, SkillId, Skills};

const ENGLISH: SkillId = SkillId(1);

/// English 5 or better at first, after 30 s 3 or better, after 60 s anyone; agents 1, 2, 3 have 6, 4, 0.
fn stepwise() -> Setup {
    let mut plan = setup(vec![queue(SUPPORT, &[1, 2, 3])]);
    plan.queues[0].requirements = vec![
        (secs(0), Requirement::AtLeast(ENGLISH, 5)),
        (secs(30), Requirement::AtLeast(ENGLISH, 3)),
        (secs(60), Requirement::Anyone),
    ];
    for (agent, level) in plan.agents.iter_mut().zip([6, 4, 0]) {
        agent.skills = Skills::from_iter([(ENGLISH, level)]);
    }
    plan
}

#[test]
fn each_step_opens_at_its_wait_to_agents_who_would_not_do_before() {
    let mut world = World::new(stepwise());
    world.log_in(2);
    world.enqueue(10);
    world.advance_by(secs(30) - Duration::from_micros(1));
    assert_eq!(world.offers(), []);
    world.advance_by(Duration::from_micros(1));
    assert_eq!(world.the_offer().2, 2);
}

#[test]
fn the_last_step_takes_anyone() {
    let mut world = World::new(stepwise());
    world.log_in(3);
    world.tell(enqueue_with(SUPPORT, 10, 300, false));
    world.advance(59);
    assert_eq!(world.offers(), [], "credit does not relax the requirement");
    world.advance(1);
    assert_eq!(world.the_offer().2, 3);
}

#[test]
fn a_step_that_begins_while_it_rings_holds_when_the_offer_fails() {
    let mut world = World::new(stepwise());
    world.log_in(1);
    world.advance(1);
    world.log_in(2);
    world.enqueue(10);
    world.advance(20);
    let offers = world.offers();
    assert_eq!(offers.len(), 1);
    world.advance(5);
    assert_eq!(world.offers().len(), 1, "agent 1 again, at 25 s");
    world.advance(20);
    assert_eq!(world.the_offer().2, 2, "at 45 s the second step has begun");
}

#[test]
fn a_contacts_own_requirement_stands_instead_of_all_steps() {
    let mut world = World::new(stepwise());
    world.log_in(3);
    world.tell(Command::Enqueue {
        contact: ContactId(10),
        queue: SUPPORT,
        credit: secs(0),
        emergency: false,
        requirement: Some(Requirement::AtLeast(ENGLISH, 4)),
    });
    world.advance(3_600);
    assert_eq!(world.offers(), []);
    world.log_in(2);
    assert_eq!(world.the_offer().2, 2);
}

#[test]
fn new_steps_count_for_those_who_wait_already() {
    let mut world = World::new(stepwise());
    world.log_in(3);
    world.enqueue(10);
    world.advance(20);
    let mut plan = stepwise();
    plan.queues[0].requirements = vec![(secs(0), Requirement::AtLeast(ENGLISH, 5)), (secs(25), Requirement::Anyone)];
    world.tell(Command::Reconfigure(plan.into()));
    assert_eq!(world.offers(), []);
    world.advance(5);
    assert_eq!(world.the_offer().2, 3);
}

#[test]
fn a_step_and_a_wrap_up_that_end_at_once_serve_the_contacts_in_order() {
    let spanish = SkillId(2);
    let mut plan = setup(vec![queue(SUPPORT, &[1, 2])]);
    plan.queues[0].requirements =
        vec![(secs(0), Requirement::AtLeast(ENGLISH, 5)), (secs(30), Requirement::AtLeast(ENGLISH, 3))];
    plan.agents[0].skills = Skills::from_iter([(ENGLISH, 4)]);
    plan.agents[1].skills = Skills::from_iter([(spanish, 9)]);
    let mut world = World::new(plan);
    world.log_in(1);
    world.log_in(2);
    let in_spanish = |contact| Command::Enqueue {
        contact: ContactId(contact),
        queue: SUPPORT,
        credit: secs(0),
        emergency: false,
        requirement: Some(Requirement::AtLeast(spanish, 5)),
    };
    world.tell(in_spanish(9));
    let (offer, ..) = world.the_offer();
    world.accept(offer);
    world.enqueue(10);
    world.tell(in_spanish(11));
    world.advance(20);
    world.finish(9);
    world.advance(10);
    let served: Vec<_> = world.offers().into_iter().map(|(_, contact, agent)| (contact, agent)).collect();
    assert_eq!(served, [(10, 1), (11, 2)]);
}
