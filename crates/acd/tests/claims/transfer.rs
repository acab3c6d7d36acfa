//! Contacts that go to an agent or a queue by somebody's word, and what the account makes of it.

use crate::world::*;
use acd::{CallEvent, CallEventKind, Command, ContactEvent, Event, Fold, Revocation, Work};
use std::time::Duration;
use terms::{AgentId, By, ContactId};

const CONTACT: ContactId = ContactId(10);

/// What happened to contacts, as the account has it: the segment, the agent, the kind.
fn told(world: &World) -> Vec<(u16, u64, &'static str)> {
    let (mut fold, mut events) = (Fold::default(), vec![]);
    world.journal.iter().for_each(|entry| fold.take(entry, &mut |event| events.push(event)));
    let line = |event: CallEvent| {
        let kind = match event.what {
            CallEventKind::Entered { .. } => "entered",
            CallEventKind::Picked => "picked",
            CallEventKind::Disposed { .. } => "disposed",
            CallEventKind::Offered { .. } => "offered",
            CallEventKind::OfferFailed { .. } => "failed",
            CallEventKind::Connected { again: false, .. } => "connected",
            CallEventKind::Connected { again: true, .. } => "connected again",
            CallEventKind::TakenOver { .. } => "taken over",
            CallEventKind::Completed { .. } => "completed",
            CallEventKind::Abandoned { .. } => "abandoned",
            CallEventKind::Overflowed { .. } => "overflowed",
            CallEventKind::Withdrawn { .. } => "withdrawn",
            CallEventKind::AgentState { .. } => return None,
        };
        Some((event.segment.unwrap_or(99), event.agent.map_or(0, |agent| agent.0), kind))
    };
    events.into_iter().filter_map(line).collect()
}

/// Agents 1, 2 and 3; the first talks to the contact.
fn talking() -> World {
    let mut world = World::staffed(queue(SUPPORT, &[1, 2, 3]));
    world.enqueue(10);
    let (offer, _, agent) = world.the_offer();
    assert_eq!(agent, 1);
    world.accept(offer);
    world.take();
    world
}

#[test]
fn who_picks_a_contact_is_rung_beside_whom_it_is_offered_to_and_the_first_answer_wins() {
    let mut world = World::staffed(queue(SUPPORT, &[1, 2]));
    world.enqueue(10);
    let (first, ..) = world.the_offer();
    world.tell(Command::Pick { contact: CONTACT, agent: AgentId(2) });
    let (second, contact, agent) = world.the_offer();
    assert_eq!((contact, agent, world.inspect().offers.len()), (10, 2, 2));
    world.accept(second);
    let gone = ContactEvent::OfferRevoked {
        offer: first,
        agent: AgentId(1),
        why: Revocation::AnsweredElsewhere,
        rang: Duration::ZERO,
    };
    assert_eq!(world.take()[0], Event::Contact(CONTACT, gone));
    assert_eq!((world.work(1), world.work(2), world.line(1).misses), (Work::Idle, Work::Talking(CONTACT), 0));
    world.accept(first);
    assert_eq!(world.stale("OfferEnded"), 1);
    let wanted = [(0, 0, "entered"), (0, 1, "offered"), (0, 2, "offered"), (0, 2, "connected"), (0, 1, "failed")];
    assert_eq!(told(&world), wanted);
}

#[test]
fn a_contact_with_two_offers_waits_again_when_both_have_failed() {
    let mut world = World::staffed(queue(SUPPORT, &[1, 2]));
    world.enqueue(10);
    let (first, ..) = world.the_offer();
    world.tell(Command::Pick { contact: CONTACT, agent: AgentId(2) });
    let (second, ..) = world.the_offer();
    world.fail(first, acd::OfferFailure::Busy);
    assert!(!world.engine.can_be_offered(CONTACT), "the other one rings");
    world.fail(second, acd::OfferFailure::Busy);
    assert!(world.engine.can_be_offered(CONTACT));
    world.withdraw(10);
    assert_eq!(world.inspect().offers, []);
}

#[test]
fn nobody_is_rung_by_a_pick_who_has_no_room_or_no_phone() {
    let mut world = talking();
    world.enqueue(11);
    let (offer, ..) = world.the_offer();
    world.reachable(3, false);
    for agent in [1, 3] {
        world.tell(Command::Pick { contact: ContactId(11), agent: AgentId(agent) });
    }
    world.tell(Command::Pick { contact: CONTACT, agent: AgentId(2) });
    assert_eq!((world.stale("CannotTake"), world.stale("NotWaiting")), (2, 1));
    world.accept(offer);
}

#[test]
fn a_conversation_that_goes_back_to_a_queue_is_over_and_the_next_segment_begins() {
    let mut world = talking();
    world.advance(30);
    world.tell(Command::Requeue { contact: CONTACT, queue: SUPPORT, credit: secs(60), held: Duration::ZERO });
    assert_eq!(world.work(1), Work::WrapUp);
    let (offer, contact, agent) = world.the_offer();
    assert_eq!((contact, agent), (10, 2));
    world.accept(offer);
    world.finish(10);
    let wanted = [
        (0, 0, "entered"),
        (0, 1, "offered"),
        (0, 1, "connected"),
        (0, 1, "completed"),
        (1, 0, "entered"),
        (1, 2, "offered"),
        (1, 2, "connected again"),
        (1, 2, "completed"),
    ];
    assert_eq!(told(&world), wanted);
    let counters = world.inspect().counters;
    assert_eq!((counters.enqueued, counters.answered, counters.finished), (2, 2, 2));
}

#[test]
fn a_contact_that_waits_goes_to_another_queue_with_what_it_has_waited() {
    let mut world = World::new(setup(vec![queue(SUPPORT, &[1]), queue(SALES, &[2])]));
    world.enqueue(10);
    world.advance(40);
    world.tell(Command::Requeue { contact: CONTACT, queue: SALES, credit: Duration::ZERO, held: Duration::ZERO });
    assert_eq!((world.waiting(SUPPORT), world.waiting(SALES)), (vec![], vec![10]));
    world.log_in(2);
    let (offer, ..) = world.the_offer();
    world.accept(offer);
    let (mut fold, mut waits) = (Fold::default(), vec![]);
    let mut tell = |event: CallEvent| match event.what {
        CallEventKind::Withdrawn { waited_ms, before_ms, .. } => waits.push((waited_ms, before_ms)),
        CallEventKind::Connected { waited_ms, before_ms, .. } => waits.push((waited_ms, before_ms)),
        _ => {}
    };
    world.journal.iter().for_each(|entry| fold.take(entry, &mut tell));
    assert_eq!(waits, [(40_000, 0), (0, 40_000)]);
}

#[test]
fn a_conversation_handed_over_is_a_segment_of_its_own_and_no_wait() {
    let mut world = talking();
    world.tell(Command::HandOver { contact: CONTACT, to: AgentId(3), joins: false, held: Duration::ZERO });
    assert_eq!((world.work(1), world.work(3)), (Work::WrapUp, Work::Talking(CONTACT)));
    world.finish(10);
    assert_eq!(world.work(3), Work::WrapUp);
    let wanted = [
        (0, 0, "entered"),
        (0, 1, "offered"),
        (0, 1, "connected"),
        (0, 1, "completed"),
        (1, 3, "taken over"),
        (1, 3, "completed"),
    ];
    assert_eq!(told(&world), wanted);
    let counters = world.inspect().counters;
    assert_eq!((counters.answered, counters.finished), (1, 1), "it was answered once");
}

#[test]
fn two_agents_talk_to_one_contact_and_either_may_leave() {
    let mut world = talking();
    let hand = |to, joins| Command::HandOver { contact: CONTACT, to: AgentId(to), joins, held: Duration::ZERO };
    world.tell(hand(2, true));
    assert_eq!((world.work(1), world.work(2)), (Work::Talking(CONTACT), Work::Talking(CONTACT)));
    assert_eq!(world.inspect().elsewhere[0].talking_to, [AgentId(1), AgentId(2)]);
    world.tell(hand(2, true));
    assert_eq!(world.stale("CannotTake"), 1, "he is there");
    world.tell(hand(2, false));
    assert_eq!((world.work(1), world.work(2)), (Work::WrapUp, Work::Talking(CONTACT)));
    world.finish(10);
    assert_eq!(world.work(2), Work::WrapUp);
    let ends = told(&world).split_off(3);
    assert_eq!(ends, [(1, 2, "taken over"), (0, 1, "completed"), (1, 2, "completed")]);
}

#[test]
fn who_is_rung_for_another_contact_is_let_go_of_when_he_takes_a_conversation_over() {
    let mut world = talking();
    world.enqueue(11);
    let (offer, _, agent) = world.the_offer();
    assert_eq!(agent, 2);
    world.tell(Command::HandOver { contact: CONTACT, to: AgentId(2), joins: false, held: Duration::ZERO });
    assert_eq!(world.work(2), Work::Talking(CONTACT));
    let revoked = |event: &Event| {
        let Event::Contact(ContactId(11), ContactEvent::OfferRevoked { offer: gone, why, .. }) = event else {
            return false;
        };
        (*gone, *why) == (offer, Revocation::AgentGone)
    };
    let events = world.take();
    assert!(events.iter().any(revoked), "{events:?}");
    let rung =
        |event: &Event| matches!(event, Event::Contact(ContactId(11), ContactEvent::Offered { agent: AgentId(3), .. }));
    assert!(events.iter().any(rung), "{events:?}");
}

#[test]
fn a_contact_that_a_colleague_answers_is_his_and_the_one_who_was_rung_has_missed_nothing() {
    let mut world = World::new(setup(vec![queue(SUPPORT, &[1]), queue(SALES, &[2])]));
    [1, 2].into_iter().for_each(|agent| world.log_in(agent));
    world.enqueue(10);
    let (offer, ..) = world.the_offer();
    world.advance(5);
    world.tell(Command::TakenBy { offer, agent: AgentId(9) });
    assert_eq!((world.stale("AgentUnknown"), world.work(1)), (1, Work::Reserved(offer)));
    world.tell(Command::TakenBy { offer, agent: AgentId(2) });
    assert_eq!((world.work(1), world.work(2), world.line(1).misses), (Work::Idle, Work::Talking(CONTACT), 0));
    world.tell(Command::TakenBy { offer, agent: AgentId(1) });
    world.accept(offer);
    assert_eq!(world.stale("OfferEnded"), 2, "it is over");
    world.finish(10);
    let wanted = [(0, 0, "entered"), (0, 1, "offered"), (0, 1, "failed"), (0, 2, "connected"), (0, 2, "completed")];
    assert_eq!(told(&world), wanted);
    assert_eq!((world.inspect().counters.answered, world.inspect().offers), (1, vec![]));
}

#[test]
fn whoever_is_rung_may_be_the_one_who_answers() {
    let mut world = World::staffed(queue(SUPPORT, &[1]));
    world.enqueue(10);
    let (offer, ..) = world.the_offer();
    world.tell(Command::TakenBy { offer, agent: AgentId(1) });
    assert_eq!(told(&world), [(0, 0, "entered"), (0, 1, "offered"), (0, 1, "connected")]);
}

#[test]
fn one_of_three_agents_leaves_and_the_others_have_it_on_each_in_his_segment() {
    let mut world = talking();
    for to in [2, 3] {
        world.tell(Command::HandOver { contact: CONTACT, to: AgentId(to), joins: true, held: Duration::ZERO });
    }
    world.advance(10);
    world.tell(Command::Leaves { contact: CONTACT, agent: AgentId(2), held: Duration::ZERO });
    world.tell(Command::Leaves { contact: CONTACT, agent: AgentId(2), held: Duration::ZERO });
    assert_eq!(
        (world.work(1), world.work(2), world.work(3)),
        (Work::Talking(CONTACT), Work::WrapUp, Work::Talking(CONTACT))
    );
    world.tell(Command::Leaves { contact: CONTACT, agent: AgentId(1), held: Duration::ZERO });
    // The last one does not leave a conversation: it ends.
    world.tell(Command::Leaves { contact: CONTACT, agent: AgentId(3), held: Duration::ZERO });
    assert_eq!((world.stale("NotTalking"), world.work(3)), (2, Work::Talking(CONTACT)));
    world.finish(10);
    let wanted = [
        (0, 0, "entered"),
        (0, 1, "offered"),
        (0, 1, "connected"),
        (1, 2, "taken over"),
        (2, 3, "taken over"),
        (1, 2, "completed"),
        (0, 1, "completed"),
        (2, 3, "completed"),
    ];
    assert_eq!(told(&world), wanted);
    assert_eq!(world.inspect().elsewhere, []);
}

/// How long each agent had the contact, and how long of that it was on hold.
fn lengths(world: &World) -> Vec<(u64, u64, u64)> {
    let mut events = vec![];
    let mut fold = Fold::default();
    world.journal.iter().for_each(|entry| fold.take(entry, &mut |event| events.push(event)));
    let line = |event: CallEvent| match event.what {
        CallEventKind::Completed { talked_ms, held_ms, .. } => {
            Some((event.agent.map_or(0, |agent| agent.0), talked_ms / 1_000, held_ms / 1_000))
        }
        _ => None,
    };
    events.into_iter().filter_map(line).collect()
}

#[test]
fn each_agent_has_the_time_on_hold_that_fell_into_his_part_of_the_conversation() {
    let mut world = talking();
    world.advance(20);
    // It was on hold for 5 s while the first was alone with it, for 7 s with two, and for 2 s with the last.
    world.tell(Command::HandOver { contact: CONTACT, to: AgentId(2), joins: true, held: secs(5) });
    world.advance(30);
    world.tell(Command::Leaves { contact: CONTACT, agent: AgentId(1), held: secs(12) });
    world.advance(10);
    world.tell(Command::HandOver { contact: CONTACT, to: AgentId(3), joins: false, held: secs(12) });
    world.advance(10);
    world.tell(Command::Finished { contact: CONTACT, by: By::Caller, held: secs(14) });
    assert_eq!(lengths(&world), [(1, 50, 12), (2, 40, 7), (3, 10, 2)]);
}

#[test]
fn the_time_on_hold_of_a_conversation_that_goes_back_to_a_queue_is_its_own() {
    let mut world = talking();
    world.advance(20);
    world.tell(Command::Requeue { contact: CONTACT, queue: SUPPORT, credit: Duration::ZERO, held: secs(6) });
    let (offer, ..) = world.the_offer();
    world.accept(offer);
    world.advance(9);
    world.tell(Command::Finished { contact: CONTACT, by: By::Caller, held: secs(4) });
    assert_eq!(lengths(&world), [(1, 20, 6), (2, 9, 4)]);
}

#[test]
fn who_is_preferred_is_served_before_those_who_came_earlier() {
    let mut world = World::staffed(queue(SUPPORT, &[1]));
    world.enqueue(10);
    let (offer, ..) = world.the_offer();
    for contact in [11, 12, 13] {
        world.enqueue(contact);
    }
    world.take();
    world.tell(Command::Prefer { contact: ContactId(10) });
    assert_eq!(world.stale("NotWaiting"), 1, "somebody is rung for it: there is nothing to gain");
    world.tell(Command::Prefer { contact: ContactId(13) });
    let ahead = |world: &World, contact| world.engine.position(ContactId(contact));
    assert_eq!([13, 11, 12].map(|contact| ahead(&world, contact)), [Some(1), Some(2), Some(3)]);
    world.accept(offer);
    world.tell(Command::Finished { contact: ContactId(10), by: By::Caller, held: Duration::ZERO });
    world.tell(Command::WrapUpDone { agent: AgentId(1) });
    let (_, contact, _) = world.the_offer();
    assert_eq!(contact, 13);
}
