//! Calls: a row for each, from its begin on. What is told at the begin is less than what is told at the end, and most calls
//! outlive a posting.

use crate::insert::{Filling, Insert, Row};
use crate::lines::count;
use crate::values::{Keyed, line};
use call::cdr::{By, CallRecord, Outcome};
use std::sync::LazyLock;
use terms::{CallRef, Told};

const COLUMNS: &str = "call, sip_call_id, source_kind, source, caller, called, started, answered, connected, \
     ended, outcome, status, cause, ended_by, queue, contact, agent, waited_ms, talked_ms, held_ms, capture, digits, \
     packets_received, packets_sent, packets_lost, packets_dropped, jitter_us, round_trip_us, trunk_out, phone";

/// The first final record stands. `node_lost` gives way: whoever closes the call was alive after all.
const CONFLICT: &str = "ON CONFLICT (call) DO UPDATE SET sip_call_id = excluded.sip_call_id, answered = excluded.answered, \
     connected = excluded.connected, \
     ended = excluded.ended, outcome = excluded.outcome, status = excluded.status, cause = excluded.cause, \
     ended_by = excluded.ended_by, queue = excluded.queue, contact = excluded.contact, agent = excluded.agent, \
     waited_ms = excluded.waited_ms, talked_ms = excluded.talked_ms, held_ms = excluded.held_ms, \
     capture = excluded.capture, digits = excluded.digits, packets_received = excluded.packets_received, \
     packets_sent = excluded.packets_sent, packets_lost = excluded.packets_lost, \
     packets_dropped = excluded.packets_dropped, jitter_us = excluded.jitter_us, \
     round_trip_us = excluded.round_trip_us, trunk_out = excluded.trunk_out, phone = excluded.phone \
     WHERE calls.outcome IN ('open', 'node_lost')";

pub(crate) static CLOSED: LazyLock<Insert> = LazyLock::new(|| Insert::new("calls", COLUMNS, CONFLICT));

/// An opened call never overwrites one that is there: the row may already be the final one.
pub(crate) static OPENED: LazyLock<Insert> = LazyLock::new(|| {
    let columns = "call, sip_call_id, source_kind, source, caller, called, started, outcome, cause, ended_by, \
        waited_ms, talked_ms, held_ms, digits";
    let row = "?, ?, ?, ?, ?, ?, ?, 'open', 16, 'switch', 0, 0, 0, ''";
    Insert::of_rows("calls", columns, row, "ON CONFLICT (call) DO NOTHING")
});

line! {
    /// A row of `calls` whose call runs.
    pub(crate) struct OpenLine {
        call: i64,
        sip_call_id: String,
        source: sip::Source,
        caller: String,
        called: String,
        started: i64,
    }
}

line! {
    /// A row of `calls` whose call is over.
    pub(crate) struct CallLine {
        call: i64,
        sip_call_id: String,
        source: sip::Source,
        caller: String,
        called: String,
        started: i64,
        answered: Option<i64>,
        connected: Option<i64>,
        ended: Option<i64>,
        outcome: Told<Outcome>,
        status: Option<u16>,
        cause: u8,
        ended_by: Told<By>,
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
        trunk_out: Option<i64>,
        phone: Option<i64>,
    }
}

/// Whether the database is to be asked who called: somebody from outside, whose number may be in its international form.
fn may_have_a_customer(source: sip::Source, caller: &str) -> bool {
    matches!(source, sip::Source::Trunk(_)) && caller.starts_with('+')
}

impl OpenLine {
    pub(crate) fn call(&self) -> i64 {
        self.call
    }

    pub(crate) fn may_have_a_customer(&self) -> bool {
        may_have_a_customer(self.source, &self.caller)
    }
}

impl CallLine {
    pub(crate) fn call(&self) -> i64 {
        self.call
    }

    pub(crate) fn may_have_a_customer(&self) -> bool {
        may_have_a_customer(self.source, &self.caller)
    }
}

impl From<CallRecord> for OpenLine {
    fn from(record: CallRecord) -> OpenLine {
        OpenLine {
            call: record.call.0.cast_signed(),
            source: record.source,
            caller: record.caller.reveal().clone(),
            called: record.called.reveal().clone(),
            started: record.started.as_millis(),
            sip_call_id: record.sip_call_id,
        }
    }
}

impl Row for OpenLine {
    fn fill(&self, statement: Filling) -> Filling {
        let (source_kind, source) = source(self.source);
        statement
            .bind(self.call)
            .bind(self.sip_call_id.as_str())
            .bind(source_kind)
            .bind(source)
            .bind(self.caller.as_str())
            .bind(self.called.as_str())
            .bind(self.started)
    }
}

/// A source's two columns.
pub(crate) fn source(source: sip::Source) -> (&'static str, i64) {
    match source {
        sip::Source::Trunk(trunk) => ("trunk", trunk.0.cast_signed()),
        sip::Source::Phone(phone) => ("phone", phone.0.cast_signed()),
    }
}

impl From<CallRecord> for CallLine {
    fn from(record: CallRecord) -> CallLine {
        let media = |field: fn(&media::StreamTotals) -> u64| record.media.as_ref().map(|totals| count(field(totals)));
        CallLine {
            call: record.call.0.cast_signed(),
            source: record.source,
            caller: record.caller.reveal().clone(),
            called: record.called.reveal().clone(),
            started: record.started.as_millis(),
            answered: record.answered.map(|at| at.as_millis()),
            connected: record.connected.map(|at| at.as_millis()),
            ended: record.ended.map(|at| at.as_millis()),
            outcome: record.outcome.into(),
            status: record.status,
            cause: record.cause.0,
            ended_by: record.ended_by.into(),
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
            trunk_out: record.trunk_out.map(|id| id.0.cast_signed()),
            phone: record.phone.map(|id| id.0.cast_signed()),
            sip_call_id: record.sip_call_id,
            digits: record.digits,
        }
    }
}

impl Row for CallLine {
    fn fill(&self, statement: Filling) -> Filling {
        let (source_kind, source) = source(self.source);
        statement
            .bind(self.call)
            .bind(self.sip_call_id.as_str())
            .bind(source_kind)
            .bind(source)
            .bind(self.caller.as_str())
            .bind(self.called.as_str())
            .bind(self.started)
            .bind(self.answered)
            .bind(self.connected)
            .bind(self.ended)
            .bind(self.outcome.word())
            .bind(self.status)
            .bind(self.cause)
            .bind(self.ended_by.word())
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
            .bind(self.trunk_out)
            .bind(self.phone)
    }
}

impl Keyed for OpenLine {
    type Key = CallRef;
    fn key(&self) -> CallRef {
        CallRef(self.call.cast_unsigned())
    }
}

impl Keyed for CallLine {
    type Key = CallRef;
    fn key(&self) -> CallRef {
        CallRef(self.call.cast_unsigned())
    }
}
