//! One group commit: what arrived together, sorted by table. Tables of which every call writes rows take them as
//! values ([`crate::insert`]); for the others SQLite's `json_each` turns a whole array into rows in one statement.
//!
//! A batch is built once and kept until it is committed: each retry writes the very same rows.

use crate::desk::Desk;
use crate::insert::{Filling, Row};
use crate::item::{Item, Name, NameKind};
use acd::{Event, Status, What};
use call::cdr::{CallEvent, CallRecord, Entry, Outcome, Party, Recording};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use terms::{AgentId, CallRef, CaptureId, PhoneId};

/// The rows of one group commit.
#[derive(Debug, Default)]
pub(crate) struct Batch {
    pub opened: BTreeMap<CallRef, CallLine>,
    pub closed: BTreeMap<CallRef, CallLine>,
    pub events: Vec<EventLine>,
    pub recordings: BTreeMap<CaptureId, RecordingLine>,
    pub salvaged: Vec<RecordingLine>,
    pub sealed: BTreeMap<CaptureId, SealLine>,
    pub journal: Vec<acd::Entry>,
    pub agents: BTreeMap<AgentId, AgentLine>,
    pub bindings: BTreeMap<(PhoneId, String), sip::BindingChange>,
    pub names: BTreeMap<(NameKind, i64), Name>,
    pub dialogs: crate::dialogs::Dialogs,
    /// The start that this group belongs to.
    pub incarnation: u32,
    pub desk: Desk,
    pub keep: Option<crate::Retention>,
    pub items: usize,
}

/// A row of `calls`.
#[derive(Debug)]
pub(crate) struct CallLine {
    call: i64,
    sip_call_id: String,
    source_kind: &'static str,
    source: i64,
    caller: String,
    called: String,
    started: i64,
    answered: Option<i64>,
    connected: Option<i64>,
    ended: Option<i64>,
    outcome: Outcome,
    status: Option<u16>,
    cause: u8,
    ended_by: Party,
    queue: Option<i64>,
    contact: Option<i64>,
    agent: Option<i64>,
    waited_ms: i64,
    talked_ms: i64,
    held_ms: i64,
    capture: Option<i64>,
    digits: String,
    packets_received: Option<i64>,
    packets_sent: Option<i64>,
    packets_lost: Option<i64>,
    packets_dropped: Option<i64>,
    jitter_us: Option<i64>,
    round_trip_us: Option<i64>,
}

/// A length or a count as a column; no real one is cut.
fn count(n: u64) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

impl From<CallRecord> for CallLine {
    fn from(record: CallRecord) -> CallLine {
        let (source_kind, source) = match record.source {
            sip::Source::Trunk(trunk) => ("trunk", trunk.0),
            sip::Source::Phone(phone) => ("phone", phone.0),
        };
        let media = |field: fn(&media::StreamTotals) -> u64| record.media.as_ref().map(|totals| count(field(totals)));
        CallLine {
            call: record.call.0.cast_signed(),
            source_kind,
            source: source.cast_signed(),
            caller: record.caller.reveal().clone(),
            called: record.called.reveal().clone(),
            started: record.started.as_millis(),
            answered: record.answered.map(|at| at.as_millis()),
            connected: record.connected.map(|at| at.as_millis()),
            ended: record.ended.map(|at| at.as_millis()),
            outcome: record.outcome,
            status: record.status,
            cause: record.cause.0,
            ended_by: record.ended_by,
            queue: record.queue.map(|id| id.0.cast_signed()),
            contact: record.contact.map(|id| id.0.cast_signed()),
            agent: record.agent.map(|id| id.0.cast_signed()),
            waited_ms: count(record.waited_ms),
            talked_ms: count(record.talked_ms),
            held_ms: count(record.held_ms),
            capture: record.capture.map(|id| id.0.cast_signed()),
            packets_received: media(|m| m.packets_received),
            packets_sent: media(|m| m.packets_sent),
            packets_lost: media(|m| m.packets_lost),
            packets_dropped: media(|m| m.packets_dropped),
            jitter_us: media(|m| m.jitter_us),
            round_trip_us: record.media.as_ref().and_then(|totals| totals.round_trip_us).map(count),
            sip_call_id: record.sip_call_id,
            digits: record.digits,
        }
    }
}

impl Row for CallLine {
    fn fill(&self, statement: Filling) -> Filling {
        statement
            .bind(self.call)
            .bind(self.sip_call_id.as_str())
            .bind(self.source_kind)
            .bind(self.source)
            .bind(self.caller.as_str())
            .bind(self.called.as_str())
            .bind(self.started)
            .bind(self.answered)
            .bind(self.connected)
            .bind(self.ended)
            .bind(outcome_word(self.outcome))
            .bind(self.status)
            .bind(self.cause)
            .bind(party_word(self.ended_by))
            .bind(self.queue)
            .bind(self.contact)
            .bind(self.agent)
            .bind(self.waited_ms)
            .bind(self.talked_ms)
            .bind(self.held_ms)
            .bind(self.capture)
            .bind(self.digits.as_str())
            .bind(self.packets_received)
            .bind(self.packets_sent)
            .bind(self.packets_lost)
            .bind(self.packets_dropped)
            .bind(self.jitter_us)
            .bind(self.round_trip_us)
    }
}

fn outcome_word(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Open => "open",
        Outcome::Answered => "answered",
        Outcome::Abandoned => "abandoned",
        Outcome::Finished => "finished",
        Outcome::Failed => "failed",
    }
}

fn party_word(party: Party) -> &'static str {
    match party {
        Party::Caller => "caller",
        Party::Callee => "callee",
        Party::Switch => "switch",
    }
}

/// A row of `events`.
#[derive(Debug)]
pub(crate) struct EventLine {
    id: i64,
    at: i64,
    call: Option<i64>,
    queue: Option<i64>,
    contact: Option<i64>,
    agent: Option<i64>,
    /// The event as JSON; what columns of their own take out of it is picked out when the row is written.
    detail: String,
}

/// What columns of their own show of an event.
#[derive(Default, Deserialize)]
struct Columns<'a> {
    #[serde(borrow)]
    kind: &'a str,
    waited_ms: Option<i64>,
    rang_ms: Option<i64>,
    talked_ms: Option<i64>,
}

impl EventLine {
    fn new(id: i64, event: CallEvent) -> EventLine {
        EventLine {
            id,
            at: event.at.as_millis(),
            call: event.call.map(|id| id.0.cast_signed()),
            queue: event.queue.map(|id| id.0.cast_signed()),
            contact: event.contact.map(|id| id.0.cast_signed()),
            agent: event.agent.map(|id| id.0.cast_signed()),
            detail: serde_json::to_string(&event.what).expect("words and numbers are always JSON"),
        }
    }
}

impl Row for EventLine {
    fn fill(&self, statement: Filling) -> Filling {
        let columns: Columns<'_> = serde_json::from_str(&self.detail).unwrap_or_default();
        statement
            .bind(self.id)
            .bind(self.at)
            .bind(self.call)
            .bind(self.queue)
            .bind(self.contact)
            .bind(self.agent)
            .bind(columns.kind)
            .bind(columns.waited_ms)
            .bind(columns.rang_ms)
            .bind(columns.talked_ms)
            .bind(self.detail.as_str())
    }
}

/// A row of `recordings`, but for the hash.
#[derive(Debug, Serialize)]
pub(crate) struct RecordingLine {
    capture: i64,
    call: i64,
    started: i64,
    file: String,
    duration_ms: i64,
    gap_ms: i64,
    fault: Option<String>,
}

impl From<Recording> for RecordingLine {
    fn from(recording: Recording) -> RecordingLine {
        RecordingLine {
            capture: recording.capture.0.cast_signed(),
            call: recording.call.0.cast_signed(),
            started: recording.started.as_millis(),
            file: recording.summary.file,
            duration_ms: count(recording.summary.duration_ms),
            gap_ms: count(recording.summary.gap_ms),
            fault: recording.summary.fault,
        }
    }
}

/// The hash of a recording.
#[derive(Debug, Serialize)]
pub(crate) struct SealLine {
    capture: i64,
    sha256: String,
}

/// A row of `agents`.
#[derive(Debug, Serialize)]
pub(crate) struct AgentLine {
    agent: i64,
    status: &'static str,
    reason: Option<String>,
    since: i64,
}

/// A row of `bindings`.
impl Row for sip::BindingChange {
    fn fill(&self, statement: Filling) -> Filling {
        let transport = match self.transport {
            sip::Transport::Udp => "udp",
            sip::Transport::Tcp => "tcp",
        };
        statement
            .bind(self.phone.0.cast_signed())
            .bind(self.key.as_str())
            .bind(self.contact.reveal().as_str())
            .bind(self.remote.to_string())
            .bind(transport)
            .bind(self.local.to_string())
            .bind(self.q)
            .bind(self.call_id.as_str())
            .bind(self.cseq)
            .bind(self.expires.as_millis())
    }
}

impl Batch {
    /// Sorts an item into its table. `event_id` is used up by an event or a reload, and by nothing else.
    pub(crate) fn add(&mut self, item: Item, event_id: &mut i64) {
        self.items += 1;
        match item {
            Item::Call(Entry::Opened(record)) => {
                if !self.closed.contains_key(&record.call) {
                    self.opened.insert(record.call, CallLine::from(*record));
                }
            }
            Item::Call(Entry::Closed(record)) => {
                // A call that began and ended within one group is one row.
                self.opened.remove(&record.call);
                self.closed.entry(record.call).or_insert_with(|| CallLine::from(*record));
            }
            Item::Call(Entry::Event(event)) => {
                self.events.push(EventLine::new(*event_id, event));
                *event_id += 1;
            }
            Item::Call(Entry::Captured(recording)) => {
                self.recordings.insert(recording.capture, RecordingLine::from(*recording));
            }
            Item::Journal(entry) => self.journal(*entry),
            Item::Binding(change) => {
                self.bindings.insert((change.phone, change.key.clone()), *change);
            }
            Item::Salvaged(recording) => self.salvaged.push(RecordingLine::from(*recording)),
            Item::Dialog(change) => self.dialogs.add(change, self.incarnation),
            Item::Sealed { capture, sha256 } => {
                let sha256 = sha256.iter().map(|byte| format!("{byte:02x}")).collect();
                self.sealed.insert(capture, SealLine { capture: capture.0.cast_signed(), sha256 });
            }
            Item::Name(name) => {
                self.names.insert((name.kind, name.id), *name);
            }
            Item::Reload(reload) => {
                self.desk.reload(*event_id, *reload);
                *event_id += 1;
            }
            Item::Overlay(id, row) => self.desk.overlay(id, row.map(|row| *row)),
            Item::Keep(keep) => self.keep = Some(keep),
            Item::Receipt(receipt) => self.desk.receipt(receipt),
        }
    }

    fn journal(&mut self, entry: acd::Entry) {
        if let What::Decision(Event::AgentChanged { agent, status, .. }) = &entry.what {
            let (status, reason) = match status {
                Status::LoggedOut => ("logged_out", None),
                Status::NotReady(reason) => ("not_ready", Some(reason.clone())),
                Status::Ready => ("ready", None),
            };
            let since = entry.now.wall.as_millis();
            self.agents.insert(*agent, AgentLine { agent: agent.0.cast_signed(), status, reason, since });
        }
        self.journal.push(entry);
    }

    /// The calls whose final record is in this group.
    pub(crate) fn closed_calls(&self) -> impl Iterator<Item = CallRef> {
        self.closed.keys().copied()
    }
}
