//! The plan's queues and agents in the routing core's own words.

use acd::{AgentSetup, BackOff, Capacity, OverflowWhen, QueueSetup, Setup, Share, Status, Strategy};
use dialplan::Plan;
use std::time::Duration;

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
        strategy: match queue.strategy {
            dialplan::Strategy::LongestIdle => Strategy::LongestIdle,
            dialplan::Strategy::Linear => Strategy::Linear,
            dialplan::Strategy::RoundRobin => Strategy::RoundRobin,
            dialplan::Strategy::RingAll => Strategy::RingAll,
            dialplan::Strategy::Progressive => Strategy::Progressive,
        },
        delay: if queue.strategy == dialplan::Strategy::Progressive { queue.delay } else { Duration::ZERO },
        ring: queue.ring,
        wrap_up: queue.wrap_up,
        back_off: BackOff {
            no_answer: queue.back_off.no_answer,
            busy: queue.back_off.busy,
            declined: queue.back_off.declined,
            unreachable: queue.back_off.unreachable,
            misses_max: queue.back_off.misses_max,
        },
        length: queue.length,
        overflow: queue.overflow.iter().map(|(when, _)| overflow(when)).collect(),
        moves_absent: queue.overflow.iter().filter_map(moves).min(),
        interrupts_ring: queue.interrupts_ring,
    }
}

/// The wait after which a rule has a contact go to another queue. Where a rule leads to a flow, only a call can be led.
fn moves((when, to): &(dialplan::OverflowWhen, dialplan::Destination)) -> Option<Duration> {
    match (when, to) {
        (dialplan::OverflowWhen::Waited(wait), dialplan::Destination::Queue(_)) => Some(*wait),
        _ => None,
    }
}

pub(crate) fn overflow(when: &dialplan::OverflowWhen) -> OverflowWhen {
    match when {
        dialplan::OverflowWhen::Waited(wait) => OverflowWhen::Waited(*wait),
        dialplan::OverflowWhen::NoAgents(grace) => OverflowWhen::NoAgents(*grace),
        dialplan::OverflowWhen::Full => OverflowWhen::Full,
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
