//! Each message of the reference call lost, doubled and overtaken once; the caller gone at every step.

use sim::scenario::{NUMBER, reference_call, sweep, world, world_with_fault};
use sim::{Fault, Faults, Standing};
use std::time::Duration;

fn messages_of_the_reference_call() -> u64 {
    let mut world = world(7, Faults::default());
    let before = world.network.sip_messages;
    let seen = reference_call(&mut world);
    assert!(seen.both_heard, "{seen:?}\n{}", world.ladder);
    world.assert_quiescent();
    world.network.sip_messages - before
}

fn each_message_once(fault: Fault) {
    let count = messages_of_the_reference_call();
    assert_eq!(count, 13, "the messages of the ladder");
    for nth in 0..count {
        let mut world = world_with_fault(nth, fault);
        let seen = reference_call(&mut world);
        assert_eq!(seen.standing, Standing::Over, "message {nth} {fault:?}\n{}", world.ladder);
        assert!(seen.both_heard, "message {nth} {fault:?}: {seen:?}\n{}", world.ladder);
        world.assert_quiescent();
    }
}

#[test]
fn each_message_lost_once_changes_nothing_but_time() {
    each_message_once(Fault::Lost);
}

#[test]
fn each_message_doubled_once_changes_nothing() {
    each_message_once(Fault::Doubled);
}

#[test]
fn each_message_overtaken_once_changes_nothing() {
    each_message_once(Fault::Swapped);
}

#[test]
fn a_caller_who_leaves_at_any_moment_leaves_nothing_behind() {
    for step in 0..90 {
        let mut world = world(11, Faults::default());
        let carrier = world.phone("carrier");
        let leg = world.dial("+359888123456", NUMBER);
        world.advance(Duration::from_millis(step * 7));
        // The later steps are further apart: menu, queue, ringing, conversation.
        world.advance(Duration::from_millis(step.saturating_sub(10) * 150));
        world.act(carrier, |agent, now| agent.hang_up(now, leg));
        world.assert_quiescent();
    }
}

#[test]
fn random_faults_of_the_first_seeds_leave_nothing_behind() {
    for seed in 0..40 {
        sweep(seed);
    }
}
