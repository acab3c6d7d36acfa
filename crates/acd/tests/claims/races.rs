//! Two things that cross: each has one outcome (the table in the crate's documentation).

use crate::world::*;
use acd::{
    Command, ContactEvent, Engine, Event, OfferFailure, OverflowReason, OverflowWhen, QueueSetup, Revocation, Status,
    What, Withdrawal, Work,
};
use std::time::Duration;
use terms::{AgentId, ContactId, OfferId};

/// Agent 1 is reserved for contact 10.
fn ringing() -> (World, OfferId) {
    let mut world = World::staffed(queue(SUPPORT, &[1]));
    world.enqueue(10);
    let (offer, ..) = world.the_offer();
    (world, offer)
}

fn revoked(world: &mut World, offer: OfferId) -> Option<Revocation> {
    world.take().into_iter().find_map(|event| match event {
        Event::Contact(_, ContactEvent::OfferRevoked { offer: revoked, why, .. }) if revoked == offer => Some(why),
        _ => None,
    })
}

#[test]
fn abandon_crossing_answer_the_abandon_first_frees_the_agent_and_the_answer_is_stale() {
    let (mut world, offer) = ringing();
    world.withdraw(10);
    assert_eq!(revoked(&mut world, offer), Some(Revocation::ContactGone));
    world.accept(offer);
    assert_eq!((world.work(1), world.stale("OfferEnded")), (Work::Idle, 1));
    assert_eq!(world.take(), []);
}

#[test]
fn abandon_crossing_answer_the_answer_first_ends_a_conversation() {
    let (mut world, offer) = ringing();
    world.accept(offer);
    world.withdraw(10);
    assert_eq!(world.work(1), Work::WrapUp);
    world.finish(10);
    assert_eq!(world.stale("ContactUnknown"), 1, "whoever ends it second is stale");
    let counters = world.inspect().counters;
    assert_eq!((counters.answered, counters.finished, counters.withdrawn.len()), (1, 1, 0));
}

#[test]
fn answer_crossing_the_end_of_the_ring_time_is_stale_once_the_offer_is_revoked() {
    let (mut world, offer) = ringing();
    world.advance(20);
    assert_eq!(revoked(&mut world, offer), Some(Revocation::RingTimeOver));
    world.accept(offer);
    assert_eq!((world.stale("OfferEnded"), world.waiting(SUPPORT)), (1, vec![10]));
}

#[test]
fn answer_crossing_the_end_of_the_ring_time_wins_while_the_offer_lives() {
    let (mut world, offer) = ringing();
    world.sleep_by(secs(20) + Duration::from_millis(300));
    world.accept(offer);
    assert_eq!(world.work(1), Work::Talking(ContactId(10)));
    assert_eq!(world.inspect().counters.stale_total(), 0);
}

#[test]
fn any_other_command_after_the_ring_time_comes_after_the_miss() {
    let (mut world, offer) = ringing();
    world.sleep_by(secs(21));
    world.fail(offer, OfferFailure::Declined);
    assert_eq!(revoked(&mut world, offer), Some(Revocation::RingTimeOver));
    assert_eq!((world.stale("OfferEnded"), world.line(1).misses), (1, 1));
}

#[test]
fn press_1_crossing_withdrawal_the_callers_own_choice_came_first() {
    let (mut world, offer) = ringing();
    world.tell(Command::Withdraw { contact: ContactId(10), why: Withdrawal::TakenElsewhere });
    world.accept(offer);
    assert_eq!((world.work(1), world.stale("OfferEnded")), (Work::Idle, 1));
    assert_eq!(world.inspect().counters.withdrawn.get("TakenElsewhere"), Some(&1));
}

#[test]
fn a_stale_answer_to_an_older_offer_leaves_the_newer_one_alone() {
    let (mut world, old) = ringing();
    world.advance(20 + 5);
    let (new, contact, agent) = world.the_offer();
    assert_eq!((contact, agent), (10, 1));
    world.accept(old);
    world.fail(old, OfferFailure::Declined);
    assert_eq!((world.work(1), world.stale("OfferEnded")), (Work::Reserved(new), 2));
    world.accept(new);
    assert_eq!(world.work(1), Work::Talking(ContactId(10)));
}

#[test]
fn two_answers_to_one_offer_have_one_winner() {
    let (mut world, offer) = ringing();
    world.accept(offer);
    world.accept(offer);
    world.fail(offer, OfferFailure::Busy);
    assert_eq!((world.work(1), world.stale("OfferEnded")), (Work::Talking(ContactId(10)), 2));
    assert_eq!(world.inspect().counters.answered, 1);
}

#[test]
fn an_agent_who_pauses_while_reserved_is_paused_once_the_offer_fails() {
    let (mut world, offer) = ringing();
    world.pause(1);
    let lunch = Status::NotReady("lunch".to_owned());
    assert_eq!((world.line(1).status, world.line(1).pending), (Status::Ready, Some(lunch.clone())));
    assert_eq!(world.work(1), Work::Reserved(offer));
    world.fail(offer, OfferFailure::Declined);
    assert_eq!((world.line(1).status, world.line(1).pending), (lunch, None));
    world.advance(60);
    assert_eq!((world.offers(), world.waiting(SUPPORT)), (vec![], vec![10]));
}

#[test]
fn an_agent_who_pauses_while_reserved_and_answers_is_paused_once_the_call_is_over() {
    let (mut world, offer) = ringing();
    world.pause(1);
    world.accept(offer);
    assert_eq!(world.line(1).status, Status::Ready);
    world.finish(10);
    let line = world.line(1);
    assert_eq!((line.status, line.work), (Status::NotReady("lunch".to_owned()), Work::WrapUp));
    world.advance(10);
    world.enqueue(11);
    assert_eq!((world.work(1), world.offers()), (Work::Idle, vec![]));
}

#[test]
fn the_last_word_of_several_pending_changes_counts() {
    let (mut world, offer) = ringing();
    world.pause(1);
    world.ready(1);
    assert_eq!(world.line(1).pending, None);
    world.fail(offer, OfferFailure::Unreachable);
    assert_eq!(world.line(1).status, Status::Ready);
}

#[test]
fn an_agent_who_logs_out_while_talking_goes_at_the_end_without_wrap_up() {
    let (mut world, offer) = ringing();
    world.accept(offer);
    world.status(1, Status::LoggedOut);
    assert_eq!((world.line(1).status, world.work(1)), (Status::Ready, Work::Talking(ContactId(10))));
    world.finish(10);
    assert_eq!((world.line(1).status, world.work(1)), (Status::LoggedOut, Work::Idle));
}

#[test]
fn an_agent_who_logs_out_in_wrap_up_is_gone_at_once() {
    let (mut world, offer) = ringing();
    world.accept(offer);
    world.finish(10);
    world.status(1, Status::LoggedOut);
    assert_eq!((world.work(1), world.line(1).wrap_up_until), (Work::Idle, None));
}

#[test]
fn a_pause_crossing_the_last_miss_is_the_agents_own() {
    let mut strict = queue(SUPPORT, &[1]);
    strict.back_off.misses_max = 1;
    let mut world = World::staffed(strict);
    world.enqueue(10);
    world.pause(1);
    world.advance(20);
    assert_eq!(world.line(1).status, Status::NotReady("lunch".to_owned()));
}

#[test]
fn a_caller_in_a_menu_is_not_offered_and_keeps_his_place() {
    let mut world = World::new(setup(vec![queue(SUPPORT, &[1])]));
    world.enqueue(10);
    world.enqueue(11);
    world.tell(Command::Suspend { contact: ContactId(10), at_most: secs(60) });
    world.log_in(1);
    let (offer, contact, _) = world.the_offer();
    assert_eq!((contact, world.waiting(SUPPORT)), (11, vec![10, 11]));
    world.tell(Command::Resume { contact: ContactId(10) });
    world.fail(offer, OfferFailure::Busy);
    world.advance(10);
    assert_eq!(world.the_offer().1, 10);
}

#[test]
fn a_menu_crossing_an_offer_takes_the_offer_back() {
    let (mut world, offer) = ringing();
    world.tell(Command::Suspend { contact: ContactId(10), at_most: secs(60) });
    assert_eq!(revoked(&mut world, offer), Some(Revocation::ContactGone));
    assert_eq!((world.work(1), world.waiting(SUPPORT)), (Work::Idle, vec![10]));
    world.tell(Command::Resume { contact: ContactId(10) });
    assert_eq!(world.the_offer().1, 10);
    world.tell(Command::Resume { contact: ContactId(10) });
    assert_eq!(world.stale("NotWaiting"), 1);
}

#[test]
fn a_call_back_in_its_retry_delay_returns_to_its_place_by_itself() {
    let mut world = World::staffed(queue(SUPPORT, &[1]));
    world.pause(1);
    world.enqueue(10);
    world.tell(Command::Suspend { contact: ContactId(10), at_most: secs(300) });
    world.advance(1);
    world.enqueue(11);
    world.ready(1);
    assert_eq!(world.the_offer().1, 11);
    world.withdraw(11);
    world.advance(299);
    assert_eq!(world.the_offer().1, 10);
}

#[test]
fn a_suspended_contact_can_be_withdrawn_and_leaves_nothing_behind() {
    let mut world = World::staffed(queue(SUPPORT, &[1]));
    world.pause(1);
    world.enqueue(10);
    world.tell(Command::Suspend { contact: ContactId(10), at_most: secs(300) });
    world.withdraw(10);
    assert_eq!((world.waiting(SUPPORT), world.engine.poll_timeout()), (vec![], None));
}

#[test]
fn closing_time_crossing_an_offer_ends_it_and_an_answered_call_goes_on() {
    let (mut world, offer) = ringing();
    world.tell(Command::Withdraw { contact: ContactId(10), why: Withdrawal::TakenElsewhere });
    assert_eq!(revoked(&mut world, offer), Some(Revocation::ContactGone));
    world.enqueue(11);
    let (offer, ..) = world.the_offer();
    world.accept(offer);
    world.tell(Command::Reconfigure(setup(vec![]).into()));
    assert_eq!(world.work(1), Work::Talking(ContactId(11)));
}

#[test]
fn a_long_wait_crossing_an_offer_lets_it_ring_and_sends_the_contact_on_when_it_fails() {
    let mut patient = queue(SUPPORT, &[1, 2]);
    patient.overflow = vec![acd::OverflowWhen::Waited(secs(30))];
    let mut world = World::staffed(patient);
    world.enqueue(10);
    world.advance(20);
    assert_eq!(world.offers().len(), 2);
    world.advance(15);
    assert_eq!(world.take(), [], "agent 2 is being rung");
    world.advance(5);
    let (why, rule) = (OverflowReason::Waited, Some(acd::OverflowWhen::Waited(secs(30))));
    let sent_on = ContactEvent::Overflowed { queue: SUPPORT, why, rule, waited: secs(40), segment: 0 };
    assert!(world.take().contains(&Event::Contact(ContactId(10), sent_on)));
    assert_eq!(world.waiting(SUPPORT), [] as [u64; 0]);
}

#[test]
fn an_agent_free_at_the_very_instant_beats_the_rule_that_sends_the_contact_on() {
    let mut patient = queue(SUPPORT, &[1]);
    patient.overflow = vec![acd::OverflowWhen::Waited(secs(10))];
    let mut world = World::staffed(patient);
    world.enqueue(9);
    let (offer, ..) = world.the_offer();
    world.accept(offer);
    world.enqueue(10);
    world.finish(9);
    world.advance(10);
    assert_eq!(world.the_offer().1, 10);
}

#[test]
fn a_late_wake_up_still_serves_whom_a_prompt_one_would_have_served() {
    let mut patient = queue(SUPPORT, &[1]);
    patient.overflow = vec![acd::OverflowWhen::Waited(secs(12))];
    let mut world = World::staffed(patient);
    world.enqueue(9);
    let (offer, ..) = world.the_offer();
    world.accept(offer);
    world.enqueue(10);
    world.finish(9);
    world.sleep_by(secs(15));
    world.advance(0);
    assert_eq!(world.the_offer().1, 10);
}

#[test]
fn a_contact_named_twice_is_the_first_one() {
    let (mut world, offer) = ringing();
    world.enqueue(10);
    assert_eq!((world.stale("ContactKnown"), world.waiting(SUPPORT)), (1, vec![10]));
    world.accept(offer);
    world.enqueue(10);
    assert_eq!((world.stale("ContactKnown"), world.waiting(SUPPORT)), (2, vec![]));
}

#[test]
fn nonsense_is_counted_and_changes_nothing() {
    let (mut world, offer) = ringing();
    let before = world.inspect();
    world.finish(10);
    world.withdraw(99);
    world.finish(99);
    world.tell(Command::Suspend { contact: ContactId(99), at_most: secs(1) });
    world.tell(Command::Resume { contact: ContactId(10) });
    world.accept(OfferId(offer.0 + 1));
    world.fail(OfferId(0), OfferFailure::Busy);
    world.tell(Command::WrapUpDone { agent: AgentId(1) });
    world.tell(Command::WrapUpDone { agent: AgentId(99) });
    world.status(99, Status::Ready);
    world.reachable(99, true);
    world.tell(Command::Engaged { agent: AgentId(99), engaged: true });
    let after = world.inspect();
    assert_eq!((after.counters.stale_total(), world.take()), (12, vec![]));
    assert_eq!((after.agents, after.queues, after.offers), (before.agents, before.queues, before.offers));
}

#[test]
fn a_clock_that_goes_back_is_counted_and_stands_still() {
    let (mut world, offer) = ringing();
    world.engine.handle_timeout(terms::Now::default());
    assert_eq!(world.inspect().counters.clock_back, 1);
    assert_eq!(world.inspect().at, world.now().mono);
    world.advance(20);
    assert_eq!(revoked(&mut world, offer), Some(Revocation::RingTimeOver));
}

#[test]
fn the_end_of_time_and_the_longest_durations_neither_overflow_nor_ring_without_end() {
    let mut endless = queue(SUPPORT, &[1]);
    endless.ring = Duration::MAX;
    endless.wrap_up = Duration::MAX;
    endless.back_off = acd::BackOff { no_answer: Duration::ZERO, misses_max: 0, ..endless.back_off };
    endless.requirements = vec![(Duration::MAX, terms::Requirement::Anyone)];
    endless.overflow = vec![acd::OverflowWhen::Waited(Duration::MAX), acd::OverflowWhen::NoAgents(Duration::MAX)];
    let mut world = World::staffed(endless);
    world.sleep_by(Duration::MAX);
    world.tell(enqueue_with(SUPPORT, 10, u64::MAX, true));
    world.tell(Command::Suspend { contact: ContactId(10), at_most: Duration::MAX });
    world.tell(Command::Resume { contact: ContactId(10) });
    let offers = world.offers();
    assert_eq!(offers.len(), 2);
    world.engine.handle_timeout(world.now());
    world.accept(offers[1].0);
    world.finish(10);
    assert_eq!(world.work(1), Work::WrapUp);
}

#[test]
fn an_agent_who_goes_before_he_is_joined_leaves_the_contact_at_its_place() {
    let mut world = World::staffed(queue(SUPPORT, &[1, 2]));
    world.enqueue(10);
    world.advance(5);
    let (offer, _, agent) = world.the_offer();
    assert_eq!(agent, 1);
    world.enqueue(11);
    let (other, ..) = world.the_offer();
    world.fail(other, OfferFailure::Busy);
    world.tell(Command::Answered { offer });
    world.advance(2);
    world.fail(offer, OfferFailure::Declined);
    assert_eq!(world.waiting(SUPPORT), [10, 11]);
    assert_eq!(world.inspect().counters.answered, 0, "nobody was served");
    world.advance(20);
    let offers = world.offers();
    assert_eq!(offers.iter().map(|(_, contact, agent)| (*contact, *agent)).collect::<Vec<_>>(), [(10, 2), (11, 1)]);
    assert!(Engine::replay(SEED, world.journal.clone()).is_ok());
}

#[test]
fn who_has_answered_is_taken_from_by_nothing_until_he_is_joined() {
    let plan =
        QueueSetup { overflow: vec![OverflowWhen::Waited(secs(22))], interrupts_ring: true, ..queue(SUPPORT, &[1]) };
    let mut world = World::staffed(plan);
    world.enqueue(10);
    let (offer, ..) = world.the_offer();
    world.advance(19);
    world.tell(Command::Answered { offer });
    world.advance(10);
    world.reachable(1, false);
    world.tell(Command::Pick { contact: ContactId(10), agent: AgentId(1) });
    assert_eq!(world.inspect().offers.len(), 1, "neither the ring time, nor a rule, nor a lost phone");
    world.take();
    world.accept(offer);
    assert_eq!(world.work(1), Work::Talking(ContactId(10)));
    let rang = world.journal.iter().find_map(|entry| match entry.what {
        What::Served { rang, waited, .. } => Some((rang, waited)),
        _ => None,
    });
    assert_eq!(rang, Some((secs(19), secs(29))));
}

#[test]
fn whom_nobody_ever_joins_is_let_go_of_and_has_missed_nothing() {
    let mut world = World::staffed(queue(SUPPORT, &[1]));
    world.enqueue(10);
    let (offer, ..) = world.the_offer();
    world.tell(Command::Answered { offer });
    world.advance(39);
    assert_eq!(world.inspect().offers.len(), 1);
    world.advance(1);
    assert_eq!((world.line(1).misses, world.waiting(SUPPORT)), (0, vec![10]));
    world.tell(Command::Answered { offer });
    assert_eq!(world.stale("OfferEnded"), 1);
}

#[test]
fn of_several_who_ring_the_one_who_answers_frees_the_others_before_he_is_joined() {
    let ring_all = QueueSetup { strategy: acd::Strategy::RingAll, ..queue(SUPPORT, &[1, 2, 3]) };
    let mut world = World::staffed(ring_all);
    world.enqueue(10);
    let offers = world.offers();
    world.tell(Command::Answered { offer: offers[1].0 });
    world.enqueue(11);
    let free: Vec<_> = world.offers().into_iter().map(|(_, contact, agent)| (contact, agent)).collect();
    assert_eq!(free, [(11, 1), (11, 3)]);
    world.withdraw(10);
    assert_eq!(
        (world.work(2), world.line(2).misses),
        (Work::Reserved(world.offers()[0].0), 0),
        "and rings for the next"
    );
}
