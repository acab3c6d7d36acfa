//! The state of everything, as `strowger status` and the demonstration's screen show it. Its names are
//! those of `strowger status --json`: they may become more, and keep their meaning.

use super::distribution::Distribution;
use crate::style::harmless;
use dialplan::Plan;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fmt;

/// The state of a switch.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Status {
    /// Its version.
    pub version: String,
    /// Since its start.
    pub up_ms: u64,
    /// Which node it is.
    pub node: u16,
    /// How often this node has started.
    pub incarnation: u32,
    /// The number of the last that happened: all of this is as of then.
    pub as_of: String,
    /// Which configuration it runs by.
    pub plan: String,
    /// Whether it refuses new calls.
    pub draining: bool,
    /// Whether it refuses new calls, since it has no ids left for them.
    pub ids_spent: bool,
    /// Running calls.
    pub calls: usize,
    /// Calls that may run at once.
    pub calls_max: usize,
    /// Calls begun since the start.
    pub calls_total: u64,
    /// What was refused, by reason.
    pub refusals: BTreeMap<String, u64>,
    /// What call control was told and cannot be: nothing, unless there is a bug.
    pub astray: BTreeMap<String, u64>,
    /// From an INVITE to its answer, of ended calls.
    pub setups: Distribution,
    /// Who is parked, by slot.
    pub parked: Vec<ParkedLine>,
    /// Open RTP streams.
    pub streams: usize,
    /// Where it listens.
    pub listeners: Vec<ListenerLine>,
    /// Where the pages are; absent when they are not served.
    pub pages: Option<PagesLine>,
    /// The carriers, in the operator's order.
    pub trunks: Vec<TrunkLine>,
    /// The phones, all together.
    pub phones: PhonesLine,
    /// What the signalling core holds and has seen.
    pub sip: SipLine,
    /// The media workers, all together.
    pub media: MediaLine,
    /// The account.
    pub ledger: LedgerLine,
    /// Where recordings go; absent until it was looked at.
    pub disk: Option<DiskLine>,
    /// For how long the recorder has waited for the disk; absent while that is no time to speak of.
    pub recorder_stalled_ms: Option<u64>,
    /// Memory of the process.
    pub memory: MemoryLine,
    /// Descriptors of the process; absent until they were counted.
    pub descriptors: Option<DescriptorLine>,
    /// How the configuration was read again.
    pub reloads: ReloadLine,
    /// Changes made at run time that are laid over the configuration.
    pub overlay: usize,
    /// The queues, in the operator's order.
    pub queues: Vec<QueueLine>,
    /// The agents, all together.
    pub staff: StaffLine,
    /// The agents, in the operator's order.
    pub agents: Vec<AgentLine>,
    /// The running calls.
    pub running: Vec<CallLine>,
}

/// Where the switch listens.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ListenerLine {
    /// udp, tcp.
    pub transport: String,
    /// Address and port.
    pub address: String,
}

/// Where the pages are.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PagesLine {
    /// `https://192.0.2.10:8443`
    pub address: String,
    /// SHA-256 of the certificate; absent where nothing is encrypted.
    pub fingerprint: Option<String>,
    /// The day on which it ends; see `fingerprint`.
    pub until: Option<String>,
}

/// One carrier.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct TrunkLine {
    /// Its name.
    pub name: String,
    /// `up`, `full` when it carries as many calls as it may, `unreachable`, `unregistered`, `removed`.
    pub state: String,
    /// Whether it answers when it is asked; absent when it is not, or has not had the time to.
    pub reachable: Option<bool>,
    /// For how long it has been so.
    pub since_ms: Option<u64>,
    /// Whether it is registered with the carrier; absent when it does not register.
    pub registered: Option<bool>,
    /// For how long its registration has stood.
    pub registered_ms: Option<u64>,
    /// For how long it is still good.
    pub expires_ms: Option<u64>,
    /// What went wrong with its registration last, and how long ago; absent while it stands.
    pub failure: Option<String>,
    /// See `failure`.
    pub failure_ms: Option<u64>,
    /// Running calls that it brought.
    pub calls_in: usize,
    /// Running calls that it took.
    pub calls_out: usize,
    /// Calls that it may carry at once, both ways.
    pub calls_max: u32,
    /// Calls that it brought, since the start.
    pub in_total: u64,
    /// Of which ended.
    pub in_ended: u64,
    /// Of those that ended, how many somebody had answered; a conversation that goes on is not among them.
    pub in_ended_answered: u64,
    /// Removed from the configuration; what it carries may end.
    pub removed: bool,
}

/// The phones, all together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PhonesLine {
    /// In the configuration.
    pub configured: usize,
    /// That can be rung: registered, or at a fixed address.
    pub reachable: usize,
    /// Contacts bound by all of them.
    pub bindings: usize,
    /// The names of some that cannot be rung.
    pub missing: Vec<String>,
    /// What keeps some of them out, and what to do about it.
    pub hints: Vec<String>,
}

/// The signalling core.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SipLine {
    /// Transactions alive, both ways.
    pub transactions: usize,
    /// Dialogs alive.
    pub dialogs: usize,
    /// Legs alive.
    pub legs: usize,
    /// Streams (TCP) that are open.
    pub links: usize,
    /// Requests received, by method.
    pub received: BTreeMap<String, u64>,
    /// Datagrams and pieces of streams that were no message.
    pub garbage: u64,
    /// Wrong passwords, since the start.
    pub wrong_passwords: u64,
    /// Passwords not looked at, since there were too many wrong ones before; since the start.
    pub held_passwords: u64,
    /// Accounts of sources that wait now after too many wrong passwords.
    pub braked: usize,
    /// Keys of phones that watch somebody.
    pub subscriptions: usize,
    /// What they were told, in NOTIFYs, since the start.
    pub notified: u64,
}

/// The media workers, all together; counts since the start.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct MediaLine {
    /// How many there are.
    pub workers: usize,
    /// Packets that arrived, reports included.
    pub received: u64,
    /// Packets sent.
    pub sent: u64,
    /// Packets that the kernel did not take.
    pub unsent: u64,
    /// Packets refused, by reason.
    pub dropped: BTreeMap<String, u64>,
    /// Frames that the recorder had no room for: gaps in recordings.
    pub frames_dropped: u64,
    /// Of the packets that ended calls should have received from their callers, the share that never came (0 to 1).
    pub loss: Option<f64>,
}

/// The disk where recordings go.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct DiskLine {
    /// The recordings' folder.
    pub path: String,
    /// Bytes left for the switch.
    pub free_bytes: u64,
    /// Bytes that the disk has.
    pub total_bytes: u64,
    /// Bytes of recordings written since the start.
    pub recorded_bytes: u64,
    /// How long the rest lasts at the rate of the last 24 hours (or since the start); absent while nothing is recorded.
    pub days_left: Option<f64>,
    /// Since it was looked at: more than a few seconds say that the disk does not answer.
    pub seen_ms: u64,
}

/// Memory of the process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct MemoryLine {
    /// In use.
    pub used_bytes: u64,
    /// What the process may use; near it, new calls are refused.
    pub limit_bytes: u64,
}

/// Descriptors of the process.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DescriptorLine {
    /// In use.
    pub used: u64,
    /// As many may be open at once.
    pub limit: u64,
    /// So many more calls may begin: what they allow, and no more than `calls_max` does.
    pub calls_left: u64,
}

/// How the configuration was read again; counts since the start.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ReloadLine {
    /// Taken.
    pub taken: u64,
    /// Refused: the configuration in force stayed.
    pub refused: u64,
    /// When it last was either, in wall milliseconds since 1970.
    pub last_at: Option<i64>,
    /// Whether the last one was taken.
    pub last_taken: Option<bool>,
}

/// The account's state.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct LedgerLine {
    /// Items not in the database yet.
    pub backlog: usize,
    /// Items that the database was given since the start.
    pub written: u64,
    /// Items that may wait; at this many, new calls are refused.
    pub backlog_max: usize,
    /// Since the oldest came that is not on disk, in the daybook or the database; 0 when all is.
    pub lag_ms: u64,
    /// Commits of the database since the start.
    pub commits: u64,
    /// Attempts that failed since the start.
    pub failures: u64,
    /// Rows deleted, and recordings whose file was removed, since they had been kept for long enough; since the start.
    pub purged: u64,
    /// How long the last one took.
    pub commit_us: u64,
    /// Why the database cannot be written now.
    pub fault: Option<String>,
    /// Groups written down in the daybook since the start.
    pub entries: u64,
    /// How long the last one took, with its sync.
    pub entry_us: u64,
    /// Bytes in the daybook that are not in the database yet.
    pub daybook_bytes: u64,
    /// Since the oldest of them was written down; 0 when there is none.
    pub unposted_ms: u64,
    /// Why there is no daybook now: records go to the database at once.
    pub daybook_fault: Option<String>,
    /// Ended calls whose final record is not on disk yet.
    pub unwritten: usize,
}

/// One queue.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct QueueLine {
    /// Its name.
    pub name: String,
    /// Callers who wait, also those that an agent is being rung for.
    pub waiting: usize,
    /// The longest of their waits.
    pub longest_ms: u64,
    /// Contacts that wait without a call: tasks and their like.
    pub without_call: usize,
    /// The service level's threshold.
    pub within_ms: u64,
    /// Its target, from 0 to 1.
    pub target: f64,
    /// Since midnight, in the queue's time zone.
    pub today: FiguresLine,
    /// Of the present minute and the 29 before it.
    pub last_30_minutes: FiguresLine,
    /// Counts since the start of the switch.
    pub since_start: SinceStartLine,
    /// Closed by a supervisor: it takes no new callers.
    pub closed: bool,
    /// Removed from the configuration; those who wait in it are served.
    pub removed: bool,
    /// Agents of the queue who are logged in: the sum of the following, but for `away`.
    pub logged_in: usize,
    /// Who can be offered a contact now, or once they have rested after a missed one.
    pub ready: usize,
    /// Whose phone rings for an offer.
    pub ringing: usize,
    /// Who talk to a contact.
    pub talking: usize,
    /// Who are in after-call work.
    pub wrap_up: usize,
    /// Who are on a break.
    pub paused: usize,
    /// Who are ready, without a phone that could be rung.
    pub unreachable: usize,
    /// Who are ready, and in a call that no queue gave them.
    pub other_call: usize,
    /// At work and out of the queue's reach: `paused`, `unreachable` and `other_call`. Who is logged out is not away.
    pub away: usize,
}

/// How many of a queue's contacts there were, and what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CountsLine {
    /// Stays that began: who came to the queue, those that it did not let in among them.
    pub volume: u64,
    /// Of which came to no queue before.
    pub contacts: u64,
    /// Answered by an agent, also those who talk still.
    pub answered: u64,
    /// Of which within the threshold.
    pub answered_in_time: u64,
    /// Whose caller left.
    pub abandoned: u64,
    /// Of which within the threshold.
    pub abandoned_in_time: u64,
    /// Sent on by the queue.
    pub sent_on: u64,
}

/// What a queue's contacts add up to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct FiguresLine {
    /// How many there were.
    #[serde(flatten)]
    pub counts: CountsLine,
    /// Answered within the threshold / (answered + abandoned after it).
    pub service_level: Option<f64>,
    /// Abandoned / (answered + abandoned).
    pub abandoned_share: Option<f64>,
    /// Waits of the answered / answered.
    pub asa_ms: Option<u64>,
    /// The longest wait that ended.
    pub longest_ms: u64,
}

/// A queue's counts since the start of the switch: they only grow. In time is what was so by the threshold of its time.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SinceStartLine {
    /// How many there were.
    #[serde(flatten)]
    pub counts: CountsLine,
    /// How long the answered waited.
    pub waits: Distribution,
}

/// All agents together.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct StaffLine {
    /// In the configuration.
    pub configured: usize,
    /// Logged in.
    pub logged_in: usize,
    /// How many are in each state; see [`AgentLine::state`].
    pub states: BTreeMap<String, usize>,
    /// Those who are paused, by their reason.
    pub paused: BTreeMap<String, usize>,
}

/// One agent.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct AgentLine {
    /// His name.
    pub name: String,
    /// What he is in one word: ready, ringing, talking, wrap_up, paused, unreachable (ready, without a phone that could be
    /// rung), other_call (ready, in a call that no queue gave him), logged_out.
    pub state: String,
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
    /// For how long his status and work have been so.
    pub since_ms: u64,
}

/// One running call.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CallLine {
    /// Its reference in the account.
    pub call: String,
    /// Where it is: arriving, prompting, queueing, offering, talking, held, parked, meeting, ending.
    pub phase: String,
    /// The caller.
    pub caller: String,
    /// The number that was called.
    pub called: String,
    /// Its queue.
    pub queue: Option<String>,
    /// Its agent.
    pub agent: Option<String>,
    /// How long it has waited in queues; absent while it came to none.
    pub waited_ms: Option<u64>,
    /// Since the INVITE.
    pub age_ms: u64,
}

/// Somebody who is parked.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct ParkedLine {
    /// The number that fetches him.
    pub slot: u32,
    /// In which call.
    pub call: String,
    /// His number.
    pub number: String,
    /// The phone that parked him; absent where none did.
    pub by: Option<String>,
    /// For how long.
    pub parked_ms: u64,
}

impl fmt::Display for PagesLine {
    /// With what a browser that warns should be compared with.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pages at {}", self.address)?;
        let (Some(fingerprint), Some(until)) = (&self.fingerprint, &self.until) else { return Ok(()) };
        write!(f, ", their certificate (until {until}) has SHA-256 {fingerprint}")
    }
}

impl fmt::Display for ParkedLine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let by = self.by.as_ref().map_or_else(String::new, |by| format!(" by {by}"));
        write!(f, "parked in {}: {} for {} s{by}, call {}", self.slot, self.number, self.parked_ms / 1_000, self.call)
    }
}

impl ParkedLine {
    /// With the operator's names.
    pub fn of(plan: &Plan, line: &call::ParkedLine) -> ParkedLine {
        let phone = |id| plan.phone(id).map_or_else(|| format!("phone:{id}"), |phone| format!("phone:{}", phone.user));
        ParkedLine {
            slot: line.slot.0,
            call: line.call.to_string(),
            number: harmless(line.number.reveal()),
            by: line.by.map(phone),
            parked_ms: line.parked_ms,
        }
    }
}

impl CallLine {
    /// With the operator's names.
    pub fn of(plan: &Plan, line: &call::CallLine) -> CallLine {
        let queue = |id| plan.queue(id).map(|queue| queue.name.clone());
        let agent = |id| plan.agent(id).map(|agent| agent.name.clone());
        CallLine {
            call: line.call.to_string(),
            phase: line.phase.into(),
            // Who may open the socket may read the account, too: what is about people is hidden from logs alone.
            caller: harmless(line.caller.reveal()),
            called: harmless(line.called.reveal()),
            queue: line.queue.and_then(queue),
            agent: line.agent.and_then(agent),
            waited_ms: line.waited_ms,
            age_ms: line.age_ms,
        }
    }
}
