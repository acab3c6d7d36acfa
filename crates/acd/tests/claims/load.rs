//! How fast the matcher is with a long queue. `cargo test --release -- --nocapture load` prints the time that counts.

use crate::world::*;
use acd::{AgentSetup, Capacity, Command, ContactEvent, Engine, Event, Output, QueueSetup, Setup, Status};
use std::collections::VecDeque;
use std::sync::Arc;
use terms::{AgentId, ContactId, Mono, Now, OfferId, QueueId, Requirement, SkillId, Skills};

/// Five queues of 50 agents with ten skill profiles, each with three requirement steps.
fn plan() -> Setup {
    let skills = |agent: u64| Skills::from_iter((0..10).map(|skill| (SkillId(skill), ((agent + skill) % 10) as u8)));
    let agents = (0..50).map(|id| AgentSetup {
        id: AgentId(id),
        skills: skills(id),
        wrap_up: Some(secs(0)),
        initial: Status::Ready,
        capacity: Capacity::default(),
    });
    let queues = (0..5).map(|id| QueueSetup {
        agents: (0..50).map(|agent| (AgentId(agent), (agent % 2) as u8)).collect(),
        requirements: vec![
            (secs(0), Requirement::AtLeast(SkillId(id), 7)),
            (secs(30), Requirement::AtLeast(SkillId(id), 4)),
            (secs(60), Requirement::Anyone),
        ],
        length: 10_000,
        ..queue(QueueId(id), &[])
    });
    Setup { queues: queues.collect(), agents: agents.collect(), ..Setup::default() }
}

struct Load {
    engine: Engine,
    micros: u64,
    offered: VecDeque<(OfferId, ContactId)>,
}

impl Load {
    fn tell(&mut self, command: Command) {
        self.micros += 200;
        let now = Now { mono: Mono::from_micros(self.micros), ..Now::default() };
        self.engine.handle_input(now, command);
        while let Some(output) = self.engine.poll_output() {
            if let Output::Event(Event::Contact(contact, ContactEvent::Offered { offer, .. })) = output {
                self.offered.push_back((offer, contact));
            }
        }
    }
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a measurement of real time")]
fn ten_thousand_refills_of_a_queue_of_five_hundred_scan_nothing() {
    let mut load = Load { engine: Engine::new(SEED), micros: 0, offered: VecDeque::new() };
    load.tell(Command::Reconfigure(Arc::new(plan())));
    for agent in 0..50 {
        load.tell(Command::Reachable { agent: AgentId(agent), reachable: true });
    }
    let mut next = 0..;
    let mut contact = || ContactId(next.next().expect("without end"));
    for _ in 0..550 {
        let contact = contact();
        load.tell(enqueue(QueueId(contact.0 % 5), contact.0));
    }
    let begun = std::time::Instant::now();
    let refills = if cfg!(debug_assertions) { 1_000 } else { 10_000 };
    for _ in 0..refills {
        let (offer, served) = load.offered.pop_front().expect("an agent is always free for somebody");
        load.tell(Command::Accepted { offer });
        load.tell(finished(served));
        let contact = contact();
        load.tell(enqueue(QueueId(contact.0 % 5), contact.0));
    }
    let took = begun.elapsed();
    let waiting: usize = load.engine.inspect().queues.iter().map(|queue| queue.waiting.len()).sum();
    assert!(waiting >= 500, "{waiting}");
    println!("{refills} refills, {waiting} in line: {took:?}");
    // 0.13 s on two idle cores; the bound leaves room for a busy machine and still catches a scan of the line.
    assert!(cfg!(debug_assertions) || took < secs(5), "{took:?}");
}

/// So many agents are idle all the time, and contacts come one by one: how long that takes.
#[expect(clippy::disallowed_methods, reason = "a measurement of real time")]
fn one_by_one(agents: u64) -> std::time::Duration {
    let ids: Vec<u64> = (0..agents).collect();
    let mut plan = setup(vec![queue(SUPPORT, &ids)]);
    plan.queues[0].wrap_up = secs(0);
    plan.agents.iter_mut().for_each(|agent| agent.initial = Status::Ready);
    let mut load = Load { engine: Engine::new(SEED), micros: 0, offered: VecDeque::new() };
    load.tell(Command::Reconfigure(Arc::new(plan)));
    ids.iter().for_each(|agent| load.tell(Command::Reachable { agent: AgentId(*agent), reachable: true }));
    let begun = std::time::Instant::now();
    for contact in 0..500 {
        load.tell(enqueue(SUPPORT, contact));
        let (offer, served) = load.offered.pop_front().expect("everybody is idle");
        load.tell(Command::Accepted { offer });
        load.tell(finished(served));
    }
    begun.elapsed()
}

#[test]
fn a_thousand_idle_agents_are_not_looked_at_one_by_one() {
    let (few, many) = (one_by_one(10), one_by_one(1_500));
    println!("500 contacts: {few:?} with 10 idle agents, {many:?} with 1,500");
    // A look at each of them takes about thirty times as long.
    assert!(many < 8 * few, "{few:?} with 10, {many:?} with 1,500");
}
