//! The requirement that relaxes with the wait.

use crate::world::*;
use acd::{Command, Setup, Stay};
use std::time::Duration;
use terms::limits::{REQUIREMENT_CLASSES, REQUIREMENT_STEPS};
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
        stay: Stay::default(),
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
        stay: Stay::default(),
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

fn enqueue_for(contact: u64, requirement: Requirement) -> Command {
    Command::Enqueue {
        contact: ContactId(contact),
        queue: SUPPORT,
        credit: secs(0),
        emergency: false,
        requirement: Some(requirement),
        stay: Stay::default(),
    }
}

fn long() -> Setup {
    let mut plan = stepwise();
    plan.queues[0].length = 10 * REQUIREMENT_CLASSES;
    plan
}

#[test]
fn a_requirement_that_would_be_one_too_many_waits_by_the_queues_own_and_is_counted() {
    let mut world = World::new(long());
    let strange = |nth: u64| Requirement::AtLeast(SkillId(1_000 + nth), 1);
    let most = REQUIREMENT_CLASSES as u64;
    for nth in 0..most {
        world.tell(enqueue_for(nth, strange(nth)));
    }
    assert_eq!(world.engine.inspect().counters.requirements_refused, 0);
    // One that waits already takes no more room; a new one waits as if it had none, and is served.
    world.tell(enqueue_for(most, strange(0)));
    world.tell(enqueue_for(most + 1, strange(most)));
    assert_eq!(world.engine.inspect().counters.requirements_refused, 1);
    world.log_in(3);
    world.advance(59);
    assert_eq!(world.offers(), []);
    world.advance(1);
    let (_, contact, agent) = world.the_offer();
    assert_eq!((contact, agent), (most + 1, 3), "the queue's last step takes anyone");
}

#[test]
fn a_contact_that_comes_back_to_a_queue_full_of_requirements_waits_by_the_queues_own() {
    let mut world = World::new(long());
    let strange = |nth: u64| Requirement::AtLeast(SkillId(1_000 + nth), 1);
    let most = REQUIREMENT_CLASSES as u64;
    world.tell(enqueue_for(most, strange(most)));
    world.tell(Command::Suspend { contact: ContactId(most), at_most: secs(600) });
    (0..most).for_each(|nth| world.tell(enqueue_for(nth, strange(nth))));
    world.advance(10);
    world.tell(Command::Resume { contact: ContactId(most) });
    assert_eq!(world.engine.inspect().counters.requirements_refused, 1);
    world.log_in(3);
    world.advance(50);
    assert_eq!(world.the_offer().1, most);
}

#[test]
fn a_queue_keeps_so_many_steps_and_the_last_of_them() {
    let mut plan = stepwise();
    let many = REQUIREMENT_STEPS as u64 * 2;
    plan.queues[0].requirements = (0..many).map(|nth| (secs(nth), Requirement::AtLeast(ENGLISH, 9))).collect();
    plan.queues[0].requirements.push((secs(many), Requirement::Anyone));
    let mut world = World::new(plan);
    world.log_in(3);
    world.enqueue(10);
    world.advance(many - 1);
    assert_eq!(world.offers(), []);
    world.advance(1);
    assert_eq!(world.the_offer().2, 3, "who would take anyone in the end still does");
}
