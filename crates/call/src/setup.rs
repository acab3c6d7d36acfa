//! The plan's queues and agents in the routing core's own words.

use acd::{AgentSetup, Capacity, QueueSetup, Setup, Share, Status};
use dialplan::Plan;
use std::time::Duration;
use terms::Strategy;

/// What the routing core must know of a plan.
pub fn acd_setup(plan: &Plan) -> Setup {
    Setup {
        queues: plan.queues.iter().map(queue).collect(),
        agents: plan.agents.iter().map(agent).collect(),
        ..Setup::default()
    }
}

pub(crate) fn queue(queue: &dialplan::Queue) -> QueueSetup {
    QueueSetup {
        id: queue.id,
        agents: queue.agents.clone(),
        requirements: queue.requirements.clone(),
        strategy: queue.strategy,
        delay: if queue.strategy == Strategy::Progressive { queue.delay } else { Duration::ZERO },
        ring: queue.ring,
        wrap_up: queue.wrap_up,
        back_off: queue.back_off,
        length: queue.length,
        overflow: queue.overflow.iter().map(|(when, _)| *when).collect(),
        interrupts_ring: queue.interrupts_ring,
    }
}

fn agent(agent: &dialplan::Agent) -> AgentSetup {
    AgentSetup {
        id: agent.id,
        skills: agent.skills.iter().copied().collect(),
        wrap_up: agent.wrap_up,
        initial: if agent.ready_at_start { Status::Ready } else { Status::LoggedOut },
        capacity: Capacity(agent.capacity.iter().map(share).collect()),
    }
}

fn share(share: &dialplan::Share) -> Share {
    Share { kind: share.kind, at_once: share.at_once, interrupts: share.beside.clone() }
}
