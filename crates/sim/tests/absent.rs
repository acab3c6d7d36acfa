//! Contacts that nobody's leg holds: they wait in queues and are offered as calls are, beside calls where an agent has room.

use acd::Work;
use call::AbsentWish::{Done, Drop, Refuse, Take};
use call::cdr::{CallEventKind, Entry};
use sim::scenario::{PLAN, reference_call, world_of};
use sim::{Faults, World};
use std::time::Duration;
use terms::{AgentId, ContactId, ContactKind, QueueId};

/// Alice takes two tasks at once, and a call beside them; only she serves the queue.
fn world() -> World {
    let capacity = "capacity = [{ kind = \"voice\", beside = [\"task\"] }, { kind = \"task\", at_once = 2 }]";
    let plan = PLAN
        .replace("skills = { english = 9, billing = 6 }", &format!("skills = {{ english = 9 }}\n{capacity}"))
        .replace("agents = [\"alice\", \"bob\"]", "agents = [\"alice\"]");
    world_of(67, &plan, Faults::default())
}

fn alice() -> AgentId {
    AgentId::of("alice")
}

fn add(world: &mut World) -> ContactId {
    let now = world.now();
    let added = world.node.add_absent(now, QueueId::of("support"), ContactKind::Task, "write to Mr Smith".into());
    world.advance(Duration::from_millis(10));
    added.expect("there is such a queue")
}

fn wish(world: &mut World, contact: ContactId, wish: call::AbsentWish) -> Result<(), &'static str> {
    let now = world.now();
    let done = world.node.absent(now, contact, wish);
    world.advance(Duration::from_millis(10));
    done
}

fn events(world: &World, contact: ContactId) -> Vec<&'static str> {
    let told = world.ledger.iter().filter_map(|entry| match entry {
        Entry::Event(event) if event.contact == Some(contact) && event.call.is_none() => Some(&event.what),
        _ => None,
    });
    told.filter(|what| !matches!(what, CallEventKind::AgentState { .. })).map(CallEventKind::word).collect()
}

#[test]
fn a_task_waits_is_offered_taken_and_done_and_stands_in_the_account() {
    let mut world = world();
    let task = add(&mut world);
    let line = |world: &World| world.node.board().absents().find(|one| one.contact == task);
    assert_eq!(line(&world).map(|one| (one.offered_to, one.agent)), Some((vec![alice()], None)));
    assert_eq!(wish(&mut world, task, Take(AgentId::of("bob"))), Err("it is not offered to that agent"));
    assert_eq!(wish(&mut world, task, Done(alice())), Err("that agent does not serve it"));
    assert_eq!(wish(&mut world, task, Take(alice())), Ok(()));
    assert_eq!(line(&world).map(|one| (one.offered_to, one.agent)), Some((vec![], Some(alice()))));
    assert_eq!(wish(&mut world, task, Drop), Err("an agent serves it: it is done when he is"));
    world.advance(Duration::from_secs(40));
    assert_eq!(wish(&mut world, task, Done(alice())), Ok(()));
    assert_eq!(wish(&mut world, task, Done(alice())), Err("there is no such contact"));
    world.advance(Duration::from_secs(10));
    assert_eq!(events(&world, task), ["entered", "offered", "connected", "completed"]);
    world.assert_quiescent();
}

#[test]
fn who_has_tasks_has_calls_beside_them_as_far_as_there_is_room() {
    let mut world = world();
    let tasks: Vec<ContactId> = (0..3).map(|_| add(&mut world)).collect();
    for task in &tasks[..2] {
        assert_eq!(wish(&mut world, *task, Take(alice())), Ok(()));
    }
    assert_eq!(wish(&mut world, tasks[2], Take(alice())), Err("it is not offered to that agent"), "she has two");
    let seen = reference_call(&mut world);
    assert!(seen.both_heard, "{}", world.ladder);
    assert_eq!(wish(&mut world, tasks[0], Done(alice())), Ok(()));
    world.advance(Duration::from_secs(10));
    assert_eq!(wish(&mut world, tasks[2], Take(alice())), Ok(()), "her after-call work is over");
    for task in &tasks[1..] {
        assert_eq!(wish(&mut world, *task, Done(alice())), Ok(()));
    }
    world.advance(Duration::from_secs(10));
    world.assert_quiescent();
}

#[test]
fn who_does_not_take_it_has_missed_or_refused_it_and_it_keeps_its_place() {
    let mut world = world();
    let task = add(&mut world);
    assert_eq!(wish(&mut world, task, Refuse(alice())), Ok(()));
    let offers = |world: &World| world.node.acd().inspect().offers.len();
    assert_eq!(offers(&world), 0);
    world.advance(Duration::from_secs(11));
    assert_eq!(offers(&world), 1, "there is nobody else");
    world.advance(Duration::from_secs(11));
    let line = |world: &World| world.node.acd().agent(alice()).expect("she is in the plan");
    assert_eq!((line(&world).work, line(&world).misses), (Work::Idle, 1));
    assert_eq!(wish(&mut world, task, Drop), Ok(()));
    assert_eq!(world.node.board().absents().count(), 0);
    world.advance(Duration::from_secs(60));
    assert_eq!(events(&world, task), ["entered", "offered", "offer_failed", "offered", "offer_failed", "withdrawn"]);
    world.assert_quiescent();
}

#[test]
fn one_that_its_queue_sends_on_is_gone_and_a_queue_that_is_not_there_takes_none() {
    let mut world = world();
    world.desk("alice").log_out();
    let task = add(&mut world);
    world.advance(Duration::from_secs(121));
    assert_eq!((events(&world, task), world.node.board().absents().count()), (vec!["entered", "overflowed"], 0));
    let now = world.now();
    let nowhere = world.node.add_absent(now, QueueId::of("nowhere"), ContactKind::Task, "".into());
    assert_eq!(nowhere, Err("no such queue"));
}
