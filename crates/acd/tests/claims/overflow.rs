//! When a queue sends contacts on, and by which rule (semantics 2.9).

use crate::world::*;
use acd::OverflowWhen::{Full, NoAgents, Waited};
use acd::{Command, ContactEvent, Event, OverflowReason, OverflowWhen, QueueSetup, Revocation, Status, Stay};
use terms::{AgentId, ContactId, ContactKind, QueueId, limits};

fn with(rules: &[OverflowWhen]) -> QueueSetup {
    QueueSetup { overflow: rules.to_vec(), ..queue(SUPPORT, &[1]) }
}

/// The contacts sent on since the last time: contact, reason, rule.
fn sent_on(world: &mut World) -> Vec<(u64, OverflowReason, Option<OverflowWhen>)> {
    let sent = |event| match event {
        Event::Contact(contact, ContactEvent::Overflowed { why, rule, .. }) => Some((contact.0, why, rule)),
        _ => None,
    };
    world.take().into_iter().filter_map(sent).collect()
}

#[test]
fn an_unknown_queue_sends_the_contact_on_at_once_and_keeps_nothing() {
    let mut world = World::staffed(with(&[]));
    world.enqueue_in(QueueId(99), 10);
    assert_eq!(sent_on(&mut world), [(10, OverflowReason::Unknown, None)]);
    world.withdraw(10);
    assert_eq!(world.stale("ContactUnknown"), 1);
}

#[test]
fn a_full_queue_refuses_the_next_and_names_the_rule_if_there_is_one() {
    for (rules, rule) in [(vec![Waited(secs(99)), Full], Some(Full)), (vec![], None)] {
        let mut world = World::new(setup(vec![QueueSetup { length: 2, ..with(&rules) }]));
        for contact in [10, 11, 12] {
            world.enqueue(contact);
        }
        assert_eq!(sent_on(&mut world), [(12, OverflowReason::Full, rule)]);
        world.withdraw(10);
        world.enqueue(13);
        assert_eq!(sent_on(&mut world), [], "one left, so one may come");
    }
}

#[test]
fn a_contact_being_offered_still_takes_up_room_and_an_answered_one_does_not() {
    let mut world = World::staffed(QueueSetup { length: 1, ..with(&[]) });
    world.enqueue(10);
    let (offer, ..) = world.the_offer();
    world.enqueue(11);
    assert_eq!(sent_on(&mut world).len(), 1);
    world.accept(offer);
    world.enqueue(12);
    assert_eq!(sent_on(&mut world), []);
}

#[test]
fn a_long_wait_counts_from_the_entry_without_the_credit() {
    let mut world = World::new(setup(vec![with(&[NoAgents(secs(999)), Waited(secs(60)), Waited(secs(90))])]));
    world.tell(enqueue_with(SUPPORT, 10, 300, false));
    world.advance(59);
    assert_eq!(sent_on(&mut world), []);
    world.advance(1);
    assert_eq!(sent_on(&mut world), [(10, OverflowReason::Waited, Some(Waited(secs(60))))]);
    assert_eq!(world.inspect().counters.overflowed.get("Waited"), Some(&1));
}

#[test]
fn without_grace_an_unstaffed_queue_refuses_at_entry_and_empties_when_the_last_agent_goes() {
    let mut world = World::new(setup(vec![with(&[NoAgents(secs(0))])]));
    world.enqueue(10);
    assert_eq!(world.take().len(), 1, "overflowed without ever being queued");
    world.log_in(1);
    world.enqueue(11);
    let (offer, ..) = world.the_offer();
    world.accept(offer);
    world.enqueue(12);
    assert_eq!(sent_on(&mut world), [], "a talking agent is at work");
    world.status(1, Status::LoggedOut);
    assert_eq!(sent_on(&mut world), [], "and until his call is over");
    world.finish(11);
    assert_eq!(sent_on(&mut world), [(12, OverflowReason::NoAgents, Some(NoAgents(secs(0))))]);
}

#[test]
fn a_gap_shorter_than_the_grace_does_not_empty_the_queue() {
    let mut world = World::staffed(with(&[NoAgents(secs(10))]));
    world.pause(1);
    world.enqueue(10);
    world.advance(5);
    world.tell(Command::Engaged { agent: terms::AgentId(1), engaged: true });
    world.ready(1);
    world.pause(1);
    world.advance(9);
    assert_eq!(sent_on(&mut world), []);
    world.advance(1);
    assert_eq!(sent_on(&mut world), [(10, OverflowReason::NoAgents, Some(NoAgents(secs(10))))]);
}

#[test]
fn a_contact_that_comes_into_an_unstaffed_queue_has_the_grace_too() {
    let mut world = World::new(setup(vec![with(&[NoAgents(secs(10))])]));
    world.advance(100);
    world.enqueue(10);
    world.advance(4);
    world.enqueue(11);
    world.advance(6);
    assert_eq!(sent_on(&mut world), [(10, OverflowReason::NoAgents, Some(NoAgents(secs(10))))]);
    world.advance(4);
    assert_eq!(sent_on(&mut world), [(11, OverflowReason::NoAgents, Some(NoAgents(secs(10))))]);
}

#[test]
fn a_queue_whose_agents_are_all_on_a_break_or_without_phone_is_empty() {
    for away in [|world: &mut World| world.pause(1), |world: &mut World| world.reachable(1, false)] {
        let mut world = World::staffed(with(&[NoAgents(secs(0))]));
        away(&mut world);
        world.enqueue(10);
        assert_eq!(sent_on(&mut world), [(10, OverflowReason::NoAgents, Some(NoAgents(secs(0))))]);
    }
}

#[test]
fn an_agent_in_a_direct_call_or_in_wrap_up_is_at_work() {
    let mut world = World::staffed(with(&[NoAgents(secs(0))]));
    world.tell(Command::Engaged { agent: terms::AgentId(1), engaged: true });
    world.enqueue(10);
    world.tell(Command::Engaged { agent: terms::AgentId(1), engaged: false });
    let (offer, ..) = world.the_offer();
    world.accept(offer);
    world.finish(10);
    world.enqueue(11);
    assert_eq!((sent_on(&mut world), world.waiting(SUPPORT)), (vec![], vec![11]));
}

#[test]
fn a_suspended_contact_is_sent_on_only_when_it_returns() {
    let mut world = World::new(setup(vec![with(&[Waited(secs(30))])]));
    world.enqueue(10);
    world.tell(Command::Suspend { contact: ContactId(10), at_most: secs(60) });
    world.advance(59);
    assert_eq!(sent_on(&mut world), []);
    world.advance(1);
    assert_eq!(sent_on(&mut world), [(10, OverflowReason::Waited, Some(Waited(secs(30))))]);
}

#[test]
fn a_contact_that_was_sent_on_may_come_again_as_a_new_stay() {
    let mut world = World::new(setup(vec![with(&[Waited(secs(5))]), queue(SALES, &[2])]));
    world.enqueue(10);
    world.advance(5);
    assert_eq!(sent_on(&mut world).len(), 1);
    world.enqueue_in(SALES, 10);
    assert_eq!((world.waiting(SALES), world.stale("ContactKnown")), (vec![10], 0));
}

#[test]
fn a_phone_that_rings_when_the_wait_is_over_rings_on_and_the_rule_acts_when_nobody_answered() {
    let mut world = World::staffed(with(&[Waited(secs(5))]));
    world.enqueue(10);
    world.advance(19);
    assert_eq!(sent_on(&mut world), []);
    world.advance(1);
    assert_eq!(sent_on(&mut world), [(10, OverflowReason::Waited, Some(Waited(secs(5))))]);
}

#[test]
fn a_queue_that_interrupts_rings_sends_on_at_the_very_moment_and_frees_the_agent_without_a_miss() {
    let mut world = World::staffed(QueueSetup { interrupts_ring: true, ..with(&[Waited(secs(5))]) });
    world.enqueue(10);
    let (offer, ..) = world.the_offer();
    world.advance_by(secs(5) - std::time::Duration::from_micros(1));
    assert_eq!(world.take(), []);
    world.advance_by(std::time::Duration::from_micros(1));
    let events = world.take();
    let (contact, agent, queue) = (ContactId(10), AgentId(1), SUPPORT);
    assert_eq!(
        events[0],
        Event::Contact(contact, ContactEvent::OfferRevoked { offer, agent, why: Revocation::SentOn, rang: secs(5) })
    );
    assert!(matches!(events[1], Event::AgentChanged { work: acd::Work::Idle, .. }), "{events:?}");
    let (rule, waited) = (Some(Waited(secs(5))), secs(5));
    let sent_on = ContactEvent::Overflowed { queue, why: OverflowReason::Waited, rule, waited, segment: 0 };
    assert_eq!(events[2], Event::Contact(contact, sent_on));
    assert_eq!((world.line(1).misses, world.line(1).resting_until), (0, None));
    world.enqueue(11);
    assert_eq!(world.the_offer().2, 1);
}

#[test]
fn no_phone_begins_to_ring_at_the_moment_at_which_the_caller_is_sent_on() {
    let mut world = World::new(setup(vec![QueueSetup { interrupts_ring: true, ..with(&[Waited(secs(5))]) }]));
    world.log_in(1);
    world.enqueue(9);
    let (offer, ..) = world.the_offer();
    world.advance(1);
    world.enqueue(10);
    world.accept(offer);
    world.finish(9);
    world.take();
    // The engine is woken too late: the wrap-up and the wait are both over.
    world.sleep_by(secs(30));
    world.advance(0);
    assert!(world.take().iter().all(|event| !matches!(event, Event::Contact(_, ContactEvent::Offered { .. }))));
}

#[test]
fn a_reload_that_lets_rules_interrupt_ends_a_ring_that_is_overdue() {
    let mut world = World::staffed(with(&[Waited(secs(5))]));
    world.enqueue(10);
    world.advance(10);
    assert_eq!(sent_on(&mut world), []);
    let interrupting = QueueSetup { interrupts_ring: true, ..with(&[Waited(secs(5))]) };
    world.tell(Command::Reconfigure(std::sync::Arc::new(setup(vec![interrupting]))));
    assert_eq!(sent_on(&mut world), [(10, OverflowReason::Waited, Some(Waited(secs(5))))]);
}

/// A flow leads a caller elsewhere; a task cannot be led, and nobody hangs on the line for it.
#[test]
fn a_contact_without_a_call_waits_on_where_a_caller_would_be_sent_on() {
    let mut world = World::new(setup(vec![with(&[NoAgents(secs(0)), Waited(secs(60))])]));
    world.tell(enqueue_of(SUPPORT, 10, ContactKind::Task));
    world.log_in(1);
    let (offer, contact, _) = world.the_offer();
    assert_eq!(contact, 10, "it was let in though nobody was there");
    world.advance(120);
    world.status(1, Status::LoggedOut);
    world.advance(3_600);
    assert_eq!((sent_on(&mut world), world.waiting(SUPPORT)), (vec![], vec![10]));
    world.accept(offer);
    assert_eq!(world.stale("OfferEnded"), 1);
    let mut full = World::new(setup(vec![QueueSetup { length: 1, ..with(&[]) }]));
    full.tell(enqueue_of(SUPPORT, 10, ContactKind::Task));
    full.tell(enqueue_of(SUPPORT, 11, ContactKind::Task));
    assert_eq!(sent_on(&mut full), [(11, OverflowReason::Full, None)]);
}

#[test]
fn a_contact_without_a_call_goes_to_another_queue_where_a_rule_says_so_and_no_further_after_so_many() {
    let rule = QueueSetup { moves_absent: Some(secs(90)), ..with(&[Waited(secs(60)), Waited(secs(90))]) };
    let mut world = World::new(setup(vec![rule]));
    world.tell(enqueue_of(SUPPORT, 10, ContactKind::Email));
    world.advance(89);
    assert_eq!(sent_on(&mut world), []);
    world.advance(1);
    assert_eq!(sent_on(&mut world), [(10, OverflowReason::Waited, Some(Waited(secs(90))))]);
    let stay = Stay { kind: ContactKind::Email, segment: limits::ABSENT_MOVES, ..Stay::default() };
    let mut last = enqueue(SUPPORT, 11);
    if let Command::Enqueue { stay: of, .. } = &mut last {
        *of = stay;
    }
    world.tell(last);
    world.advance(3_600);
    assert_eq!((sent_on(&mut world), world.waiting(SUPPORT)), (vec![], vec![11]));
}
