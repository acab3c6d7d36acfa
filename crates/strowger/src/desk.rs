//! The operator's desk: what `status` shows, gathered from the cores, with names instead of ids.

use crate::shell::signalling::Counters;
use crate::threads::Listens;
use call::cdr::{CallEvent, CallRecord, Outcome};
use dialplan::Plan;
use ledger::{Health, report::Meter};
use node::Node;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::Arc;
use terms::{AgentId, Mono, Now, QueueId};

/// Ended calls that the desk remembers.
const LAST: usize = 12;

/// The state of the switch at one moment. Durations are in milliseconds.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Status {
    /// The version of the switch.
    pub version: String,
    /// Since its start.
    pub up_ms: u64,
    /// Listening UDP addresses.
    pub udp: Vec<SocketAddr>,
    /// Listening TCP addresses.
    pub tcp: Vec<SocketAddr>,
    /// Whether new calls are refused.
    pub draining: bool,
    /// Calls since the start.
    pub calls_total: u64,
    /// Running calls.
    pub calls: Vec<CallStatus>,
    /// Ended calls, the newest first.
    pub last_calls: Vec<EndedStatus>,
    /// Queues in the order of the plan.
    pub queues: Vec<QueueStatus>,
    /// Agents in the order of the plan.
    pub agents: Vec<AgentStatus>,
    /// Phones that can be rung.
    pub phones_reachable: usize,
    /// Phones in the plan.
    pub phones: usize,
    /// Requests and calls refused since the start, by reason.
    pub refusals: BTreeMap<String, u64>,
    /// Entries not yet on disk, and why not when that is the ledger's fault.
    pub ledger_backlog: usize,
    /// See `ledger_backlog`.
    pub ledger_fault: Option<String>,
    /// How long the ledger's last commit took, in microseconds.
    pub ledger_commit_us: u64,
    /// What the shell had to refuse or lose, by name.
    pub shell: BTreeMap<String, u64>,
}

/// A running call.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct CallStatus {
    /// Its reference.
    pub call: String,
    /// arriving, prompting, queueing, offering, talking, ending.
    pub phase: String,
    /// The caller, all but the last digits hidden.
    pub caller: String,
    /// The called number, hidden likewise.
    pub called: String,
    /// The queue that it came to.
    pub queue: Option<String>,
    /// The agent who is offered it or talks.
    pub agent: Option<String>,
    /// Since the INVITE.
    pub age_ms: u64,
}

/// An ended call.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct EndedStatus {
    /// Its reference.
    pub call: String,
    /// The caller, all but the last digits hidden.
    pub caller: String,
    /// answered, abandoned, finished, failed.
    pub outcome: Outcome,
    /// The last queue.
    pub queue: Option<String>,
    /// The agent.
    pub agent: Option<String>,
    /// Its wait in queues.
    pub waited_ms: u64,
    /// Its conversation.
    pub talked_ms: u64,
}

/// A queue.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct QueueStatus {
    /// Its name.
    pub name: String,
    /// Contacts in it.
    pub waiting: usize,
    /// The longest of their waits.
    pub longest_wait_ms: u64,
    /// SL3 since the start: answered within T / (answered + abandoned after T).
    pub service_level: Option<f64>,
    /// T.
    pub service_level_within_ms: u64,
    /// Answered since the start.
    pub answered: u64,
    /// Abandoned since the start.
    pub abandoned: u64,
    /// Its agents: ready and idle.
    pub ready: usize,
    /// Ringing.
    pub ringing: usize,
    /// Talking.
    pub talking: usize,
    /// In wrap-up.
    pub wrap_up: usize,
    /// Logged out, not ready, or without a reachable device.
    pub away: usize,
}

/// An agent.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AgentStatus {
    /// His name.
    pub name: String,
    /// ready, not_ready, logged_out.
    pub status: String,
    /// Why not ready.
    pub reason: Option<String>,
    /// idle, ringing, talking, wrap_up.
    pub work: String,
    /// Since the last change.
    pub since_ms: u64,
    /// Whether a device of his can be rung.
    pub reachable: bool,
}

/// The desk.
pub struct Desk {
    plan: Arc<Plan>,
    listens: Listens,
    started: Option<Mono>,
    meters: BTreeMap<QueueId, Meter>,
    last: VecDeque<EndedStatus>,
}

impl Desk {
    /// A desk for a switch that has just started.
    pub fn new(plan: &Arc<Plan>, listens: Listens) -> Desk {
        let meters = plan.queues.iter().map(|queue| (queue.id, Meter::new(queue.service_level))).collect();
        Desk { plan: plan.clone(), listens, started: None, meters, last: VecDeque::new() }
    }

    /// Something happened in a queue.
    pub fn observe(&mut self, event: &CallEvent) {
        if let Some(meter) = event.queue.and_then(|queue| self.meters.get_mut(&queue)) {
            meter.count(&event.what);
        }
    }

    /// A call ended.
    pub fn observe_end(&mut self, record: &CallRecord) {
        self.last.truncate(LAST - 1);
        self.last.push_front(EndedStatus {
            call: record.call.to_string(),
            caller: record.caller.to_string(),
            outcome: record.outcome,
            queue: record.queue.map(|queue| self.queue_name(queue)),
            agent: record.agent.map(|agent| self.agent_name(agent)),
            waited_ms: record.waited_ms,
            talked_ms: record.talked_ms,
        });
    }

    fn queue_name(&self, id: QueueId) -> String {
        self.plan.queues.iter().find(|queue| queue.id == id).map_or_else(|| id.to_string(), |queue| queue.name.clone())
    }

    fn agent_name(&self, id: AgentId) -> String {
        self.plan.agents.iter().find(|agent| agent.id == id).map_or_else(|| id.to_string(), |agent| agent.name.clone())
    }

    /// Everything, now.
    pub fn status(&mut self, now: Now, node: &Node, health: &Health, shell: &Counters) -> Status {
        let started = *self.started.get_or_insert(now.mono);
        let board = node.board().inspect(now);
        let sip = node.sip().inspect();
        let acd = node.acd().inspect();
        let mut refusals = sip.refusals;
        for (reason, count) in board.refusals {
            *refusals.entry(reason).or_insert(0) += count;
        }
        Status {
            version: env!("CARGO_PKG_VERSION").into(),
            up_ms: millis(now.mono, started),
            udp: self.listens.udp.clone(),
            tcp: self.listens.tcp.clone(),
            draining: board.draining,
            calls_total: board.calls_total,
            calls: board.calls.iter().map(|line| self.call(line)).collect(),
            last_calls: self.last.iter().cloned().collect(),
            queues: self.plan.queues.iter().map(|queue| self.queue(queue, &acd)).collect(),
            agents: acd.agents.iter().map(|agent| self.agent(now, agent)).collect(),
            phones_reachable: sip.reachable,
            phones: self.plan.phones.len(),
            refusals,
            ledger_backlog: health.backlog,
            ledger_fault: health.fault.clone(),
            ledger_commit_us: health.commit_us,
            shell: shell.named(),
        }
    }

    fn call(&self, line: &call::CallLine) -> CallStatus {
        CallStatus {
            call: line.call.to_string(),
            phase: line.phase.into(),
            caller: line.caller.to_string(),
            called: line.called.to_string(),
            queue: line.queue.map(|queue| self.queue_name(queue)),
            agent: line.agent.map(|agent| self.agent_name(agent)),
            age_ms: line.age_ms,
        }
    }

    fn queue(&self, queue: &dialplan::Queue, acd: &acd::Snapshot) -> QueueStatus {
        let line = acd.queues.iter().find(|line| line.queue == queue.id);
        let meter = self.meters.get(&queue.id);
        let mut status = QueueStatus {
            name: queue.name.clone(),
            waiting: line.map_or(0, |line| line.waiting.len()),
            longest_wait_ms: line.map_or(0, |line| line.longest_wait_ms),
            service_level: meter.and_then(Meter::service_level),
            service_level_within_ms: u64::try_from(queue.service_level.as_millis()).unwrap_or(u64::MAX),
            answered: meter.map_or(0, |meter| meter.answered),
            abandoned: meter.map_or(0, |meter| meter.abandoned),
            ready: 0,
            ringing: 0,
            talking: 0,
            wrap_up: 0,
            away: 0,
        };
        for agent in acd.agents.iter().filter(|agent| queue.agents.iter().any(|(id, _)| *id == agent.agent)) {
            *match agent.work {
                acd::Work::Reserved(_) => &mut status.ringing,
                acd::Work::Talking(_) => &mut status.talking,
                acd::Work::WrapUp => &mut status.wrap_up,
                acd::Work::Idle if agent.status == acd::Status::Ready && agent.reachable => &mut status.ready,
                acd::Work::Idle => &mut status.away,
            } += 1;
        }
        status
    }

    fn agent(&self, now: Now, line: &acd::AgentLine) -> AgentStatus {
        let (status, reason) = match &line.status {
            acd::Status::LoggedOut => ("logged_out", None),
            acd::Status::NotReady(reason) => ("not_ready", Some(reason.clone())),
            acd::Status::Ready => ("ready", None),
        };
        let work = match line.work {
            acd::Work::Idle if line.engaged => "engaged",
            acd::Work::Idle => "idle",
            acd::Work::Reserved(_) => "ringing",
            acd::Work::Talking(_) => "talking",
            acd::Work::WrapUp => "wrap_up",
        };
        AgentStatus {
            name: self.agent_name(line.agent),
            status: status.into(),
            reason,
            work: work.into(),
            since_ms: millis(now.mono, line.since),
            reachable: line.reachable,
        }
    }
}

fn millis(now: Mono, since: Mono) -> u64 {
    u64::try_from(now.since(since).as_millis()).unwrap_or(u64::MAX)
}
