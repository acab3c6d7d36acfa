//! Agents who take several contacts at once.

use crate::world::*;
use acd::{AgentSetup, Capacity, Command, Share, Stay, Verdict, Work};
use std::time::Duration;
use terms::ContactKind::{Chat, Email, Voice};
use terms::{AgentId, ContactId, ContactKind, OfferId};

fn share(kind: ContactKind, at_once: u8, interrupts: &[ContactKind]) -> Share {
    Share { kind, at_once, interrupts: interrupts.to_vec() }
}

/// Agent 1 takes three chats at once, and a call beside them; agent 2 says nothing.
fn world() -> World {
    let mut plan = setup(vec![queue(SUPPORT, &[1, 2])]);
    let capacity = Capacity(vec![share(Voice, 1, &[Chat]), share(Chat, 3, &[])]);
    plan.agents[0] = AgentSetup { capacity, ..agent(1) };
    World::new(plan)
}

fn enqueue_kind(contact: u64, kind: ContactKind) -> Command {
    let stay = Stay { kind, ..Stay::default() };
    let (contact, credit) = (ContactId(contact), Duration::ZERO);
    Command::Enqueue { contact, queue: SUPPORT, credit, emergency: false, requirement: None, stay }
}

/// Contacts of this kind come, and are taken by whom they are offered to.
fn come(world: &mut World, contacts: &[u64], kind: ContactKind) -> Vec<u64> {
    contacts.iter().for_each(|contact| world.tell(enqueue_kind(*contact, kind)));
    let offers = world.offers();
    offers.iter().for_each(|(offer, ..)| world.accept(*offer));
    offers.into_iter().map(|(_, contact, _)| contact).collect()
}

#[test]
fn an_agent_has_as_many_of_a_kind_as_he_may_and_a_call_beside_them() {
    let mut world = world();
    world.log_in(1);
    assert_eq!(come(&mut world, &[10, 11, 12, 13], Chat), [10, 11, 12]);
    assert_eq!(come(&mut world, &[20, 21], Voice), [20], "it interrupts the chats");
    assert_eq!(world.line(1).has, 4);
    let verdicts = world.engine.explain(ContactId(13));
    assert!(verdicts.contains(&(AgentId(1), Verdict::Talking(ContactId(10)))), "{verdicts:?}");
    // A call keeps chats away, also one that there would be room for.
    world.finish(10);
    world.tell(Command::WrapUpDone { agent: AgentId(1) });
    assert_eq!(world.offers(), []);
    world.finish(20);
    world.tell(Command::WrapUpDone { agent: AgentId(1) });
    let mut offered: Vec<_> = world.offers().into_iter().map(|(_, contact, agent)| (contact, agent)).collect();
    offered.sort_unstable();
    assert_eq!(offered, [(13, 1), (21, 1)], "now both can come");
}

#[test]
fn who_has_fewer_contacts_is_asked_first() {
    let mut world = world();
    world.log_in(1);
    assert_eq!(come(&mut world, &[10], Chat), [10]);
    world.log_in(2);
    world.tell(enqueue_kind(11, Chat));
    assert_eq!(world.the_offer().2, 2);
    world.tell(enqueue_kind(12, Chat));
    assert_eq!(world.the_offer().2, 1, "whom there is room at");
}

#[test]
fn a_kind_that_is_not_named_is_not_taken() {
    let mut world = world();
    world.log_in(1);
    world.tell(enqueue_kind(10, Email));
    assert_eq!(world.offers(), []);
    assert!(world.engine.explain(ContactId(10)).contains(&(AgentId(1), Verdict::OtherKind)));
    world.log_in(2);
    assert_eq!(world.the_offer().2, 2, "who says nothing takes one of whatever kind");
}

#[test]
fn a_break_waits_until_the_last_contact_is_gone_and_keeps_new_ones_away() {
    let mut world = world();
    world.log_in(1);
    assert_eq!(come(&mut world, &[10, 11], Chat), [10, 11]);
    world.pause(1);
    world.tell(enqueue_kind(12, Chat));
    assert_eq!(world.offers(), []);
    world.finish(10);
    assert!(world.line(1).pending.is_some(), "he talks to the other");
    world.finish(11);
    assert_eq!((world.line(1).pending, world.work(1)), (None, Work::WrapUp));
}

#[test]
fn after_call_work_of_several_contacts_ends_with_the_last() {
    let mut world = world();
    world.log_in(1);
    assert_eq!(come(&mut world, &[10, 11], Chat), [10, 11]);
    world.finish(10);
    world.advance(6);
    world.finish(11);
    world.advance(6);
    assert_eq!((world.work(1), world.line(1).has), (Work::WrapUp, 2));
    world.advance(4);
    assert_eq!((world.work(1), world.line(1).has), (Work::Idle, 0));
}

#[test]
fn a_lost_phone_takes_back_every_offer() {
    let mut world = world();
    world.log_in(1);
    [10, 11].into_iter().for_each(|contact| world.tell(enqueue_kind(contact, Chat)));
    let offers: Vec<OfferId> = world.offers().into_iter().map(|(offer, ..)| offer).collect();
    assert_eq!((offers.len(), world.line(1).has), (2, 2));
    world.reachable(1, false);
    assert_eq!((world.line(1).has, world.inspect().offers.len()), (0, 0));
    assert_eq!(world.waiting(SUPPORT), [10, 11]);
}
