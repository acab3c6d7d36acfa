//! The plan's queues and agents in the routing core's own words.

use acd::{AgentSetup, Capacity, QueueSetup, Setup, Share, Status};
use dialplan::Plan;
use std::time::Duration;
use terms::{OverflowWhen, Strategy};

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
        moves_absent: queue.overflow.iter().filter_map(moves).min(),
        interrupts_ring: queue.interrupts_ring,
    }
}

/// The wait after which a rule has a contact go to another queue. Where a rule leads to a flow, only a call can be led.
fn moves((when, to): &(OverflowWhen, dialplan::Destination)) -> Option<Duration> {
    match (when, to) {
        (OverflowWhen::Waited(wait), dialplan::Destination::Queue(_)) => Some(*wait),
        _ => None,
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
