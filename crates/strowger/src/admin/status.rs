//! The state of everything, as `strowger status` and the demonstration's screen show it: put together
//! from what the cores let see, with the operator's names. Numbers of callers are shortened here already.

use dialplan::{Plan, Queue};
use ledger::report::Meter;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::time::Duration;
use terms::{AgentId, QueueId};

/// The state of a switch.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Status {
    /// Its version.
    pub version: String,
    /// Since its start.
    pub up_ms: u64,
    /// How often this node has started.
    pub incarnation: u32,
    /// Which configuration it runs by.
    pub plan: String,
    /// Whether it refuses new calls.
    pub draining: bool,
    /// Running calls.
    pub calls: usize,
    /// Calls begun since the start.
    pub calls_total: u64,
    /// What was refused, by reason.
    pub refusals: BTreeMap<String, u64>,
    /// Open RTP streams.
    pub streams: usize,
    /// The account.
    pub ledger: LedgerLine,
    /// The queues, in the operator's order.
    pub queues: Vec<QueueLine>,
    /// The agents, in the operator's order.
    pub agents: Vec<AgentLine>,
    /// The running calls.
    pub running: Vec<CallLine>,
}

/// The account's state.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LedgerLine {
    /// Items not on disk yet.
    pub backlog: usize,
    /// Items written since the start.
    pub written: u64,
    /// How long the last group took.
    pub commit_us: u64,
    /// Why it cannot write now.
    pub fault: Option<String>,
    /// Ended calls whose final record is not on disk yet.
    pub unwritten: usize,
}

/// One queue.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct QueueLine {
    /// Its name.
    pub name: String,
    /// Contacts that wait, also those that an agent is being rung for.
    pub waiting: usize,
    /// The longest of their waits.
    pub longest_ms: u64,
    /// The service level's threshold.
    pub within_ms: u64,
    /// Its target, from 0 to 1.
    pub target: f64,
    /// Answered within the threshold / (answered + abandoned after it); since the start.
    pub service_level: Option<f64>,
    /// Since the start.
    pub answered: u64,
    /// Since the start.
    pub abandoned: u64,
    /// Of those who were answered or left.
    pub abandoned_share: Option<f64>,
    /// Sent on by overflow rules, since the start.
    pub overflowed: u64,
    /// Agents who can be offered a contact now.
    pub ready: usize,
    /// Agents whose phone rings for an offer.
    pub ringing: usize,
    /// Agents who talk.
    pub talking: usize,
    /// Agents in after-call work.
    pub wrap_up: usize,
    /// Agents at work who cannot take a contact: paused, out of reach, or in another call.
    pub away: usize,
}

/// One agent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AgentLine {
    /// His name.
    pub name: String,
    /// ready, not_ready, logged_out.
    pub status: String,
    /// Why he is not ready.
    pub reason: Option<String>,
    /// idle, reserved, talking, wrap_up.
    pub work: String,
    /// The status that waits until he is free.
    pub pending: Option<String>,
    /// Whether a device of his can be rung.
    pub reachable: bool,
    /// In a call that no queue gave him.
    pub engaged: bool,
    /// Since when it is so.
    pub since_ms: u64,
}

/// One running call.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CallLine {
    /// Its reference in the account.
    pub call: String,
    /// Where it is.
    pub phase: String,
    /// The caller, shortened.
    pub caller: String,
    /// The number that was called, shortened.
    pub called: String,
    /// Its queue.
    pub queue: Option<String>,
    /// Its agent.
    pub agent: Option<String>,
    /// Since the INVITE.
    pub age_ms: u64,
}

/// What a status is made of.
#[derive(Debug)]
pub struct Sources<'a> {
    /// The plan in force.
    pub plan: &'a Plan,
    /// From call control.
    pub calls: &'a call::Snapshot,
    /// From the routing core.
    pub acd: &'a acd::Snapshot,
    /// Each queue's counts since the start.
    pub meters: &'a BTreeMap<QueueId, Meter>,
    /// From the account's writer.
    pub ledger: ledger::Health,
    /// Open RTP streams.
    pub streams: usize,
    /// Since the start.
    pub up: Duration,
    /// How often this node has started.
    pub incarnation: u32,
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

impl Status {
    /// Puts the state together.
    pub fn of(from: &Sources<'_>) -> Status {
        let by_id: BTreeMap<AgentId, &acd::AgentLine> =
            from.acd.agents.iter().map(|agent| (agent.agent, agent)).collect();
        Status {
            version: env!("CARGO_PKG_VERSION").into(),
            up_ms: millis(from.up),
            incarnation: from.incarnation,
            plan: from.plan.content_hash.clone(),
            draining: from.calls.draining,
            calls: from.calls.calls.len(),
            calls_total: from.calls.calls_total,
            refusals: from.calls.refusals.clone(),
            streams: from.streams,
            ledger: LedgerLine {
                backlog: from.ledger.backlog,
                written: from.ledger.written,
                commit_us: from.ledger.commit_us,
                fault: from.ledger.fault.clone(),
                unwritten: from.calls.unwritten,
            },
            queues: from.plan.queues.iter().map(|queue| queue_line(from, queue, &by_id)).collect(),
            agents: from.plan.agents.iter().map(|agent| agent_line(from, agent, &by_id)).collect(),
            running: from.calls.calls.iter().map(|line| call_line(from.plan, line)).collect(),
        }
    }
}

fn queue_line(from: &Sources<'_>, queue: &Queue, agents: &BTreeMap<AgentId, &acd::AgentLine>) -> QueueLine {
    let seen = from.acd.queues.iter().find(|line| line.queue == queue.id);
    let fresh = Meter::new(queue.service_level);
    let meter = from.meters.get(&queue.id).unwrap_or(&fresh);
    let mut line = QueueLine {
        name: queue.name.clone(),
        waiting: seen.map_or(0, |line| line.waiting.len()),
        longest_ms: seen.map_or(0, |line| line.longest_wait_ms),
        within_ms: millis(queue.service_level),
        target: queue.service_target,
        service_level: meter.service_level(),
        answered: meter.answered,
        abandoned: meter.abandoned,
        abandoned_share: meter.abandoned_share(),
        overflowed: meter.overflowed,
        ..QueueLine::default()
    };
    for agent in queue.agents.iter().filter_map(|(id, _)| agents.get(id)) {
        let count = match (agent.work, &agent.status) {
            (acd::Work::Talking(_), _) => &mut line.talking,
            (acd::Work::Reserved(_), _) => &mut line.ringing,
            (acd::Work::WrapUp, _) => &mut line.wrap_up,
            (acd::Work::Idle, acd::Status::LoggedOut) => continue,
            (acd::Work::Idle, acd::Status::Ready) if agent.reachable && !agent.engaged => &mut line.ready,
            (acd::Work::Idle, _) => &mut line.away,
        };
        *count += 1;
    }
    line
}

/// A status as one word, and the reason.
fn status_words(status: &acd::Status) -> (&'static str, Option<String>) {
    match status {
        acd::Status::Ready => ("ready", None),
        acd::Status::NotReady(reason) => ("not_ready", Some(reason.clone())),
        acd::Status::LoggedOut => ("logged_out", None),
    }
}

fn agent_line(from: &Sources<'_>, agent: &dialplan::Agent, agents: &BTreeMap<AgentId, &acd::AgentLine>) -> AgentLine {
    let mut line = AgentLine { name: agent.name.clone(), status: "logged_out".into(), ..AgentLine::default() };
    let Some(seen) = agents.get(&agent.id) else { return line };
    let (status, reason) = status_words(&seen.status);
    line.status = status.into();
    line.reason = reason;
    line.pending = seen.pending.as_ref().map(|status| status_words(status).0.into());
    line.work = match seen.work {
        acd::Work::Idle => "idle",
        acd::Work::Reserved(_) => "reserved",
        acd::Work::Talking(_) => "talking",
        acd::Work::WrapUp => "wrap_up",
    }
    .into();
    line.reachable = seen.reachable;
    line.engaged = seen.engaged;
    line.since_ms = millis(from.acd.at.since(seen.since));
    line
}

fn call_line(plan: &Plan, line: &call::CallLine) -> CallLine {
    let queue = |id| plan.queues.iter().find(|queue| queue.id == id).map(|queue| queue.name.clone());
    let agent = |id| plan.agents.iter().find(|agent| agent.id == id).map(|agent| agent.name.clone());
    CallLine {
        call: line.call.to_string(),
        phase: line.phase.into(),
        caller: line.caller.to_string(),
        called: line.called.to_string(),
        queue: line.queue.and_then(queue),
        agent: line.agent.and_then(agent),
        age_ms: line.age_ms,
    }
}
