//! Puts a [`Status`] together from what the cores and threads let see, with the operator's names.

use super::Former;
use crate::addresses::Listens;
use crate::admin::distribution::Distribution;
use crate::admin::status::{
    AgentLine, CallLine, CountsLine, DescriptorLine, FiguresLine, LedgerLine, ListenerLine, MediaLine, MemoryLine,
    PagesLine, ParkedLine, PhonesLine, QueueLine, ReloadLine, SinceStartLine, SipLine, StaffLine, Status, TrunkLine,
};
use crate::admin::surroundings::Surroundings;
use crate::admin::tally::Tally;
use crate::nudge::Overlaid;
use acd::State;
use dialplan::{Plan, Queue};
use ledger::live::Today;
use ledger::report::Tally as Counts;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::time::Duration;
use terms::{AgentId, Incarnation, Now, Seq, Word as _, limits};

/// What a status is made of.
#[derive(Debug)]
pub struct Sources<'a> {
    /// The plan in force.
    pub plan: &'a Plan,
    /// From call control.
    pub calls: &'a call::Snapshot,
    /// From the routing core.
    pub acd: &'a acd::Snapshot,
    /// From the signalling core.
    pub sip: sip::Snapshot,
    /// Each queue's figures.
    pub figures: &'a Today,
    /// What ended calls add up to.
    pub tally: &'a Tally,
    /// From the other threads, and about the machine.
    pub surroundings: &'a Surroundings,
    /// Where it listens.
    pub listens: &'a Listens,
    /// How often the configuration was read again.
    pub reloads: ReloadLine,
    /// Run-time changes.
    pub overlaid: &'a Overlaid,
    /// What is no longer in the plan.
    pub former: &'a Former,
    /// From the account's writer.
    pub ledger: ledger::Health,
    /// Open RTP streams.
    pub streams: usize,
    /// The time of all this.
    pub now: Now,
    /// The number of the last that happened.
    pub as_of: Seq,
    /// Since the start.
    pub up: Duration,
    /// Which start of which node this is.
    pub incarnation: Incarnation,
}

fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// Puts the state together.
pub fn status(from: &Sources<'_>) -> Status {
    let by_id: BTreeMap<AgentId, &acd::AgentLine> = from.acd.agents.iter().map(|agent| (agent.agent, agent)).collect();
    let agents: Vec<AgentLine> = from.plan.agents.iter().map(|agent| agent_line(from, agent, &by_id)).collect();
    Status {
        version: env!("CARGO_PKG_VERSION").into(),
        up_ms: millis(from.up),
        node: from.incarnation.node(),
        incarnation: from.incarnation.start(),
        as_of: from.as_of.to_string(),
        plan: from.plan.content_hash.clone(),
        draining: from.calls.draining,
        ids_spent: from.calls.ids_spent,
        calls: from.calls.calls.len(),
        calls_max: from.calls.calls_max,
        calls_total: from.calls.calls_total,
        refusals: from.calls.refusals.clone(),
        astray: from.calls.astray.iter().map(|(what, count)| ((*what).to_owned(), *count)).collect(),
        setups: from.tally.setups.clone(),
        parked: from.calls.parked.iter().map(|line| ParkedLine::of(from.plan, line)).collect(),
        streams: from.streams,
        listeners: listeners(from.listens),
        pages: from.listens.pages.map(|address| pages(address, from.surroundings.certificate.get())),
        trunks: from.plan.trunks.iter().map(|trunk| trunk_line(from, trunk)).chain(former_trunks(from)).collect(),
        phones: phones(from),
        sip: signalling(&from.sip),
        media: MediaLine { loss: from.tally.loss(), ..from.surroundings.media() },
        ledger: account(&from.ledger, from.calls.unwritten),
        disk: from.surroundings.disk(),
        recorder_stalled_ms: from.surroundings.recorder.stalled_ms(),
        memory: MemoryLine {
            used_bytes: crate::memory::used_bytes().unwrap_or(0),
            limit_bytes: crate::memory::limit_bytes(),
        },
        descriptors: from.surroundings.descriptors().map(|line| with_limit(line, from.calls)),
        reloads: from.reloads.clone(),
        overlay: from.overlaid.changes,
        queues: queues(from, &by_id),
        staff: staff(&agents),
        agents,
        running: from.calls.calls.iter().map(|line| CallLine::of(from.plan, line)).collect(),
    }
}

fn phones(from: &Sources<'_>) -> PhonesLine {
    PhonesLine {
        configured: from.plan.phones.len(),
        reachable: from.sip.reachable,
        bindings: from.sip.bindings,
        ..PhonesLine::default()
    }
}

fn signalling(sip: &sip::Snapshot) -> SipLine {
    SipLine {
        transactions: sip.server_transactions + sip.client_transactions,
        dialogs: sip.dialogs,
        legs: sip.legs + sip.closing,
        links: sip.streams,
        received: sip.received.clone(),
        garbage: sip.garbage,
        wrong_passwords: sip.wrong_passwords,
        held_passwords: sip.held_passwords,
        braked: sip.braked,
        subscriptions: sip.subscriptions,
        notified: sip.notified,
    }
}

/// `unwritten`: calls that are over and wait for the account.
fn account(ledger: &ledger::Health, unwritten: usize) -> LedgerLine {
    LedgerLine {
        backlog: ledger.backlog,
        backlog_max: limits::LEDGER_BACKLOG,
        lag_ms: ledger.lag_ms,
        written: ledger.written,
        commits: ledger.commits,
        failures: ledger.failures,
        purged: ledger.purged,
        commit_us: ledger.commit_us,
        fault: ledger.fault.clone(),
        entries: ledger.entries,
        entry_us: ledger.entry_us,
        daybook_bytes: ledger.daybook_bytes,
        unposted_ms: ledger.unposted_ms,
        daybook_fault: ledger.daybook_fault.clone(),
        unwritten,
    }
}

/// Those of the plan, and those that are left of an earlier one.
fn queues(from: &Sources<'_>, by_id: &BTreeMap<AgentId, &acd::AgentLine>) -> Vec<QueueLine> {
    let known = from.plan.queues.iter().map(|queue| queue_line(from, queue, by_id));
    known.chain(former_queues(from)).collect()
}

/// How many more calls may begin is the least of what descriptors and the limit of calls allow.
fn with_limit(line: DescriptorLine, calls: &call::Snapshot) -> DescriptorLine {
    let left = calls.calls_max.saturating_sub(calls.calls.len()) as u64;
    DescriptorLine { calls_left: line.calls_left.min(left), ..line }
}

fn listeners(listens: &Listens) -> Vec<ListenerLine> {
    let line = |transport: &str, address: &SocketAddr| ListenerLine {
        transport: transport.into(),
        address: address.to_string(),
    };
    let udp = listens.udp.iter().map(|address| line("udp", address));
    let edge = listens.edge.iter().map(|(transport, address)| line(transport.name(), address));
    udp.chain(listens.tcp.iter().map(|address| line("tcp", address))).chain(edge).collect()
}

fn pages(address: SocketAddr, certificate: Option<tls::Certificate>) -> PagesLine {
    let scheme = if certificate.is_some() { "https" } else { "http" };
    let until = certificate.as_ref().and_then(|it| jiff::Timestamp::from_second(it.until).ok());
    PagesLine {
        address: format!("{scheme}://{address}"),
        fingerprint: certificate.map(|it| it.fingerprint),
        until: until.map(|until| until.strftime("%Y-%m-%d").to_string()),
    }
}

fn trunk_line(from: &Sources<'_>, trunk: &dialplan::Trunk) -> TrunkLine {
    let in_use = from.calls.trunks.get(&trunk.id).copied().unwrap_or_default();
    let tally = from.tally.trunks.get(&trunk.id).copied().unwrap_or_default();
    let full = in_use.incoming + in_use.outgoing >= trunk.calls_max as usize;
    let probed = from.sip.probes.iter().find(|probed| probed.trunk == trunk.id);
    let reachable = probed.and_then(|probed| probed.reachable);
    let registration = from.sip.registered.iter().find(|one| one.trunk == trunk.id);
    let stands = registration.and_then(|one| one.stands);
    let failure = registration.filter(|_| stands.is_none()).and_then(|one| one.failure);
    TrunkLine {
        name: trunk.name.clone(),
        state: match (reachable, full) {
            (Some(false), _) => "unreachable",
            _ if trunk.register.is_some() && stands.is_none() => "unregistered",
            (_, true) => "full",
            _ => "up",
        }
        .into(),
        reachable,
        since_ms: probed.filter(|_| reachable.is_some()).map(|probed| millis(from.now.mono.since(probed.since))),
        registered: trunk.register.map(|_| stands.is_some()),
        registered_ms: stands.map(|(since, _)| millis(from.now.mono.since(since))),
        expires_ms: stands.map(|(_, until)| millis(until.since(from.now.mono))),
        failure: failure.map(|(why, _)| why.to_string()),
        failure_ms: failure.map(|(_, at)| millis(from.now.mono.since(at))),
        calls_in: in_use.incoming,
        calls_out: in_use.outgoing,
        calls_max: trunk.calls_max,
        in_total: tally.calls,
        in_ended: tally.ended,
        in_ended_answered: tally.answered,
        removed: false,
    }
}

/// Carriers that were removed while calls run over them.
fn former_trunks<'a>(from: &'a Sources<'_>) -> impl Iterator<Item = TrunkLine> + 'a {
    let carries = from.former.trunks.values().filter(|trunk| from.calls.trunks.contains_key(&trunk.id));
    carries.map(|trunk| TrunkLine { state: "removed".into(), removed: true, ..trunk_line(from, trunk) })
}

/// Queues that were removed while somebody waits in them.
fn former_queues<'a>(from: &'a Sources<'_>) -> impl Iterator<Item = QueueLine> + 'a {
    let waits = from.acd.queues.iter().filter(|line| !line.waiting.is_empty());
    waits.filter_map(|line| {
        let name = from.former.queues.get(&line.queue).filter(|_| from.plan.queue(line.queue).is_none())?.clone();
        let Waiting { callers: waiting, longest_ms, without_call } = Waiting::of(line);
        Some(QueueLine { name, waiting, longest_ms, without_call, removed: true, ..QueueLine::default() })
    })
}

/// Who and what waits in a queue. Only a caller hangs on the line: it is his wait that is too long.
#[derive(Default)]
struct Waiting {
    callers: usize,
    longest_ms: u64,
    without_call: usize,
}

impl Waiting {
    fn of(line: &acd::QueueLine) -> Waiting {
        let mut all = Waiting::default();
        for contact in &line.waiting {
            if contact.kind.is_call() {
                all.callers += 1;
                all.longest_ms = all.longest_ms.max(contact.age_ms);
            } else {
                all.without_call += 1;
            }
        }
        all
    }
}

fn queue_line(from: &Sources<'_>, queue: &Queue, agents: &BTreeMap<AgentId, &acd::AgentLine>) -> QueueLine {
    let seen = from.acd.queues.iter().find(|line| line.queue == queue.id);
    let there = seen.map(Waiting::of).unwrap_or_default();
    let figures = from.figures.of(queue.id, from.now.wall);
    let waits = from.tally.waits.get(&queue.id).cloned().unwrap_or_else(Distribution::waits);
    let mut line = QueueLine {
        name: queue.name.clone(),
        waiting: there.callers,
        longest_ms: there.longest_ms,
        without_call: there.without_call,
        within_ms: millis(queue.service_level),
        target: queue.service_target,
        today: figures_line(&figures.today),
        last_30_minutes: figures_line(&figures.last_30_minutes),
        since_start: SinceStartLine { counts: counts_line(&from.figures.since_start(queue.id)), waits },
        closed: from.overlaid.closed.contains(&queue.id),
        ..QueueLine::default()
    };
    for agent in queue.agents.iter().filter_map(|(id, _)| agents.get(id)) {
        let count = match agent.state() {
            State::Ready => &mut line.ready,
            State::Ringing => &mut line.ringing,
            State::Talking => &mut line.talking,
            State::WrapUp => &mut line.wrap_up,
            State::Paused => &mut line.paused,
            State::Unreachable => &mut line.unreachable,
            State::OtherCall => &mut line.other_call,
            State::LoggedOut => continue,
        };
        *count += 1;
        line.logged_in += 1;
    }
    line.away = line.paused + line.unreachable + line.other_call;
    line
}

fn figures_line(counts: &Counts) -> FiguresLine {
    FiguresLine {
        counts: counts_line(counts),
        service_level: counts.service_level().value,
        abandoned_share: counts.abandoned_share().value,
        asa_ms: counts.answered_wait_ms.checked_div(counts.answered),
        longest_ms: counts.longest_wait_ms,
    }
}

fn counts_line(counts: &Counts) -> CountsLine {
    CountsLine {
        volume: counts.came,
        contacts: counts.contacts(),
        answered: counts.answered,
        answered_in_time: counts.answered_in_time,
        abandoned: counts.abandoned,
        abandoned_in_time: counts.abandoned_in_time,
        sent_on: counts.overflowed,
    }
}

/// Who does what, of all agents.
fn staff(agents: &[AgentLine]) -> StaffLine {
    let mut staff = StaffLine { configured: agents.len(), ..StaffLine::default() };
    staff.states = State::ALL.iter().map(|state| (state.word().to_owned(), 0)).collect();
    for agent in agents {
        *staff.states.entry(agent.state.clone()).or_default() += 1;
        staff.logged_in += usize::from(agent.state != State::LoggedOut.word());
        if agent.state == State::Paused.word() {
            *staff.paused.entry(agent.reason.clone().unwrap_or_default()).or_default() += 1;
        }
    }
    staff
}

fn agent_line(from: &Sources<'_>, agent: &dialplan::Agent, agents: &BTreeMap<AgentId, &acd::AgentLine>) -> AgentLine {
    let out = || State::LoggedOut.word().to_owned();
    let mut line = AgentLine { name: agent.name.clone(), state: out(), status: out(), ..AgentLine::default() };
    let Some(seen) = agents.get(&agent.id) else { return line };
    line.state = seen.state().word().into();
    line.status = seen.status.kind().word().into();
    line.reason = seen.status.reason().cloned();
    line.pending = seen.pending.as_ref().map(|status| status.kind().word().into());
    line.work = seen.work.kind().word().into();
    line.reachable = seen.reachable;
    line.engaged = seen.engaged;
    line.since_ms = millis(from.acd.at.since(seen.since));
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptors_promise_no_more_calls_than_may_run() {
        let line = DescriptorLine { used: 100, limit: 20_000, calls_left: 4_958 };
        let left = |calls_max| with_limit(line, &call::Snapshot { calls_max, ..call::Snapshot::default() }).calls_left;
        assert_eq!((left(4_096), left(10_000)), (4_096, 4_958));
    }
}
