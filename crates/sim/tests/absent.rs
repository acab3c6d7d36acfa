//! Contacts that nobody's leg holds: they wait in queues and are offered as calls are, beside calls where an agent has room.

use acd::Status;
use call::AbsentWish::{Done, Drop, Refuse, Take};
use call::cdr::{CallEventKind, Entry};
use node::Input;
use sim::scenario::{PLAN, reference_call, world_of as world_by};
use sim::{Faults, World};
use std::time::Duration;
use terms::{AgentId, ContactId, ContactKind, QueueId};

/// Alice takes two tasks at once, and a call beside them; only she serves the queue.
fn world() -> World {
    world_of(&text())
}

fn text() -> String {
    let capacity = "capacity = [{ kind = \"voice\", beside = [\"task\"] }, { kind = \"task\", at_once = 2 }]";
    PLAN.replace("skills = { english = 9, billing = 6 }", &format!("skills = {{ english = 9 }}\n{capacity}"))
        .replace("agents = [\"alice\", \"bob\"]", "agents = [\"alice\"]")
}

fn world_of(plan: &str) -> World {
    world_by(67, plan, Faults::default())
}

fn alice() -> AgentId {
    AgentId::of("alice")
}

fn add(world: &mut World) -> ContactId {
    let now = world.now();
    let added = world.node.add_absent(now, QueueId::of("support"), ContactKind::Task, "write to Mr Smith".into());
    world.flush();
    world.advance(Duration::from_millis(10));
    added.expect("there is such a queue")
}

fn wish(world: &mut World, contact: ContactId, wish: call::AbsentWish) -> Result<(), &'static str> {
    let now = world.now();
    let done = world.node.absent(now, contact, wish);
    world.flush();
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
fn who_lets_it_lie_or_refuses_it_has_missed_nothing_and_it_keeps_its_place() {
    let mut world = world();
    let task = add(&mut world);
    assert_eq!(wish(&mut world, task, Refuse(alice())), Ok(()));
    let offers = |world: &World| world.node.acd().inspect().offers.len();
    assert_eq!(offers(&world), 0);
    world.advance(Duration::from_secs(11));
    assert_eq!(offers(&world), 1, "there is nobody else");
    // Three times as long as it takes a caller to have her taken for away.
    world.advance(Duration::from_secs(3 * (10 + 5) + 11));
    let line = |world: &World| world.node.acd().agent(alice()).expect("she is in the plan");
    assert_eq!((line(&world).status, line(&world).misses), (Status::Ready, 0));
    world.advance(Duration::from_secs(10));
    let offered = events(&world, task).iter().filter(|what| **what == "offered").count();
    assert!(offered > 4, "it goes on: {offered}");
    assert_eq!(wish(&mut world, task, Drop), Ok(()));
    assert_eq!(world.node.board().absents().count(), 0);
    world.advance(Duration::from_secs(60));
    assert_eq!(events(&world, task).last(), Some(&"withdrawn"));
    world.assert_quiescent();
}

#[test]
fn one_stays_where_a_caller_would_be_sent_to_a_flow_and_a_queue_that_is_not_there_takes_none() {
    let mut world = world();
    world.desk("alice").log_out();
    let task = add(&mut world);
    world.advance(Duration::from_secs(3_600));
    assert_eq!((events(&world, task), world.node.board().absents().count()), (vec!["entered"], 1));
    let now = world.now();
    let nowhere = world.node.add_absent(now, QueueId::of("nowhere"), ContactKind::Task, "".into());
    assert_eq!(nowhere, Err("no such queue"));
}

#[test]
fn one_goes_to_another_queue_where_a_rule_says_so_with_all_that_it_has_waited() {
    let rule = "overflow = [{ when = \"waited > 2m\", go = \"queue:second\" }]";
    let second = "[[queue]]\nname = \"second\"\nagents = [\"bob\"]\n\n[[route]]";
    let text = text().replace("overflow = [{ when = \"waited > 2m\", go = \"hangup:17\" }]", rule);
    let mut world = world_of(&text.replacen("[[route]]", second, 1));
    world.desk("alice").log_out();
    let task = add(&mut world);
    world.advance(Duration::from_secs(121));
    let line = world.node.board().absents().find(|one| one.contact == task).expect("it is there");
    assert_eq!((line.queue, line.offered_to), (QueueId::of("second"), vec![AgentId::of("bob")]));
    assert_eq!(events(&world, task), ["entered", "overflowed", "entered", "offered"]);
    assert_eq!(wish(&mut world, task, Take(AgentId::of("bob"))), Ok(()));
    let waits: Vec<_> = world
        .ledger
        .iter()
        .filter_map(|entry| match entry {
            Entry::Event(event) => match &event.what {
                CallEventKind::Connected { before_ms, contact_kind, .. } => {
                    Some((event.segment, before_ms / 1_000, *contact_kind))
                }
                _ => None,
            },
            _ => None,
        })
        .collect();
    assert_eq!(waits, [(Some(1), 120, ContactKind::Task)]);
    assert_eq!(wish(&mut world, task, Done(AgentId::of("bob"))), Ok(()));
    world.advance(Duration::from_secs(60));
    world.assert_quiescent();
}

#[test]
fn what_an_agent_had_who_was_taken_out_of_the_configuration_can_be_dropped_and_he_is_gone() {
    let mut world = world();
    let task = add(&mut world);
    assert_eq!(wish(&mut world, task, Take(alice())), Ok(()));
    let head = "[[agent]]\nname = \"alice\"";
    let text = text();
    let from = text.find(head).expect("she is in the plan");
    let to = from + text[from + 2..].find("\n[").expect("something follows") + 3;
    let without = [&text[..from], &text[to..]].concat().replace("agents = [\"alice\"]", "agents = [\"bob\"]");
    assert!(world.reload(&without, None));
    world.advance(Duration::from_secs(1));
    let known = |world: &World| world.node.acd().agent(alice()).is_some();
    assert!(known(&world), "she has it still");
    assert_eq!(wish(&mut world, task, Drop), Ok(()));
    world.advance(Duration::from_secs(1));
    assert_eq!((known(&world), world.node.board().absents().count()), (false, 0));
    assert_eq!(events(&world, task), ["entered", "offered", "connected", "completed"]);
    assert_eq!(wish(&mut world, task, Drop), Err("there is no such contact"));
    world.assert_quiescent();
}

#[test]
fn a_switch_that_drains_or_cannot_write_takes_no_new_one() {
    let mut world = world();
    let before = add(&mut world);
    world.input(Input::Drain { deadline: Some(Duration::from_secs(60)) });
    let now = world.now();
    let new = world.node.add_absent(now, QueueId::of("support"), ContactKind::Task, "".into());
    assert_eq!(new, Err("the switch takes no new work: it is about to stop"));
    assert_eq!(wish(&mut world, before, Take(alice())), Ok(()));
    assert_eq!(wish(&mut world, before, Done(alice())), Ok(()));
    world.input(Input::Drain { deadline: None });
    world.input(Input::LedgerFull(true));
    let now = world.now();
    let unkept = world.node.add_absent(now, QueueId::of("support"), ContactKind::Task, "".into());
    assert_eq!(unkept, Err("the switch takes no new work: the account takes no entries"));
    world.input(Input::LedgerFull(false));
    add(&mut world);
}

/// Whatever dies with the process, the work is there still: what waited waits on, at its place, and what an agent had is
/// offered again.
#[test]
fn after_a_death_each_stands_in_its_queue_again_where_it_stood() {
    let mut world = world();
    world.desk("alice").pause("lunch");
    let tasks: Vec<ContactId> = (0..4)
        .map(|_| {
            world.advance(Duration::from_secs(20));
            add(&mut world)
        })
        .collect();
    world.desk("alice").ready();
    world.advance(Duration::from_millis(100));
    assert_eq!(wish(&mut world, tasks[0], Take(alice())), Ok(()));
    assert_eq!(wish(&mut world, tasks[1], Take(alice())), Ok(()));
    assert_eq!(wish(&mut world, tasks[1], Done(alice())), Ok(()));
    assert_eq!(wish(&mut world, tasks[3], Drop), Ok(()));
    world.desk("alice").pause("lunch");
    for down in [300, 60_000] {
        world.crash(Duration::from_millis(down));
        world.advance(Duration::from_secs(1));
        let there: Vec<_> = world.node.board().absents().map(|one| (one.contact, one.agent)).collect();
        assert_eq!(there, [(tasks[0], None), (tasks[2], None)]);
    }
    // One that comes now stands behind them.
    let new = add(&mut world);
    let lines = world.node.acd().inspect().queues;
    let line = lines.iter().find(|line| line.queue == QueueId::of("support")).expect("the queue is there");
    let waiting: Vec<ContactId> = line.waiting.iter().map(|contact| contact.contact).collect();
    assert_eq!(waiting, [tasks[0], tasks[2], new]);
    world.desk("alice").ready();
    world.advance(Duration::from_millis(100));
    for task in [tasks[0], tasks[2]] {
        assert_eq!(wish(&mut world, task, Take(alice())), Ok(()));
    }
    let before: Vec<_> = world
        .ledger
        .iter()
        .filter_map(|entry| match entry {
            Entry::Event(event) => match &event.what {
                CallEventKind::Connected { before_ms, .. } => Some((event.contact?, event.segment?, before_ms / 1_000)),
                _ => None,
            },
            _ => None,
        })
        .collect();
    let (first, third) = (before[before.len() - 2], before[before.len() - 1]);
    assert_eq!((first.0, first.1, third.0, third.1), (tasks[0], 2, tasks[2], 2), "each death begins a segment");
    assert!(first.2 >= 100 && third.2 >= 60, "with all that it has waited: {before:?}");
    for task in [tasks[0], tasks[2], new] {
        let _taken = wish(&mut world, task, Take(alice()));
        assert_eq!(wish(&mut world, task, Done(alice())), Ok(()));
        world.advance(Duration::from_secs(5));
    }
    world.crash(Duration::from_millis(300));
    assert_eq!(world.node.board().absents().count(), 0, "what is done is over");
}
