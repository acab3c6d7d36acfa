//! What happened in queues and to agents: a row each, under its number.

use crate::Result;
use crate::insert::{Filling, Insert, Row};
use crate::lines::count;
use crate::values;
use call::cdr::{CallEvent, CallEventKind};
use serde::Deserialize;
use std::sync::{LazyLock, OnceLock};
use terms::{AgentId, CallRef, ContactId, QueueId, Wall};

pub(crate) static EVENTS: LazyLock<Insert> = LazyLock::new(|| {
    let columns = "id, at, call, queue, contact, segment, agent, kind, waited_ms, rang_ms, talked_ms, detail";
    Insert::new("events", columns, "ON CONFLICT (id) DO NOTHING")
});

/// A row of `events`.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "Columns")]
pub(crate) struct EventLine {
    id: i64,
    pub event: CallEvent,
    /// What happened, as JSON: the daybook and the database want the same.
    detail: OnceLock<String>,
}

/// An event as older versions wrote it down, and as it stands in its row.
#[derive(Deserialize)]
struct Columns {
    id: i64,
    at: i64,
    call: Option<i64>,
    queue: Option<i64>,
    contact: Option<i64>,
    segment: Option<u16>,
    agent: Option<i64>,
    detail: String,
}

/// An event as the daybook has it: its number, then as in [`Columns`], and the event itself.
#[derive(Deserialize)]
struct Told(i64, i64, Option<i64>, Option<i64>, Option<i64>, Option<u16>, Option<i64>, CallEventKind);

impl From<Told> for EventLine {
    fn from(Told(id, at, call, queue, contact, segment, agent, what): Told) -> EventLine {
        let event = CallEvent {
            at: Wall::from_millis(at),
            call: call.map(|id| CallRef(id.cast_unsigned())),
            queue: queue.map(|id| QueueId(id.cast_unsigned())),
            contact: contact.map(|id| ContactId(id.cast_unsigned())),
            segment,
            agent: agent.map(|id| AgentId(id.cast_unsigned())),
            what,
        };
        EventLine::new(id, event)
    }
}

impl TryFrom<Columns> for EventLine {
    type Error = serde_json::Error;
    fn try_from(row: Columns) -> serde_json::Result<EventLine> {
        let Columns { id, at, call, queue, contact, segment, agent, detail } = row;
        let what = serde_json::from_str(&detail)?;
        Ok(EventLine { detail: detail.into(), ..Told(id, at, call, queue, contact, segment, agent, what).into() })
    }
}

impl EventLine {
    pub(crate) fn new(id: i64, event: CallEvent) -> EventLine {
        EventLine { id, event, detail: OnceLock::new() }
    }

    pub(crate) fn renumber(&mut self) {
        self.id = crate::batch::renumbered(self.id);
    }

    fn detail(&self) -> &str {
        let told = || serde_json::to_string(&self.event.what).expect("words and numbers are always JSON");
        self.detail.get_or_init(told)
    }

    /// As [`Told`].
    fn write_text(&self, to: &mut Vec<u8>) {
        let CallEvent { at, call, queue, contact, segment, agent, .. } = &self.event;
        let ids = (call.map(|id| id.0.cast_signed()), queue.map(|id| id.0.cast_signed()));
        let whose = (contact.map(|id| id.0.cast_signed()), segment, agent.map(|id| id.0.cast_signed()));
        let columns = (self.id, at.as_millis(), ids.0, ids.1, whose.0, whose.1, whose.2);
        serde_json::to_writer(&mut *to, &columns).expect("memory takes it");
        // The event takes the place of the closing bracket.
        to.pop();
        to.push(b',');
        to.extend_from_slice(self.detail().as_bytes());
        to.push(b']');
    }
}

/// Events as one line of JSON without its brackets.
pub(crate) fn write_text(events: &[EventLine], to: &mut Vec<u8>) {
    for (nth, event) in events.iter().enumerate() {
        if nth > 0 {
            to.push(b',');
        }
        event.write_text(to);
    }
}

/// Takes that line back.
pub(crate) fn read_text(text: &[u8]) -> Result<Vec<EventLine>> {
    let array = [b"[", text, b"]"].concat();
    let told: Vec<Told> = values::list(&mut serde_json::Deserializer::from_slice(&array))?;
    Ok(told.into_iter().map(EventLine::from).collect())
}

/// The lengths that columns of their own show: the wait, how long it rang, the conversation.
pub(crate) fn lengths(what: &CallEventKind) -> [Option<i64>; 3] {
    let [waited, rang, talked] = match what {
        CallEventKind::Connected { waited_ms, rang_ms, .. } => [Some(*waited_ms), Some(*rang_ms), None],
        CallEventKind::OfferFailed { rang_ms, .. } => [None, Some(*rang_ms), None],
        CallEventKind::Completed { talked_ms, .. } => [None, None, Some(*talked_ms)],
        CallEventKind::Abandoned { waited_ms, .. }
        | CallEventKind::Overflowed { waited_ms, .. }
        | CallEventKind::Withdrawn { waited_ms, .. } => [Some(*waited_ms), None, None],
        CallEventKind::Entered { .. }
        | CallEventKind::Picked
        | CallEventKind::Offered { .. }
        | CallEventKind::TakenOver { .. }
        | CallEventKind::Disposed { .. }
        | CallEventKind::AgentState { .. } => [None, None, None],
    };
    [waited, rang, talked].map(|ms| ms.map(count))
}

impl Row for EventLine {
    fn fill(&self, statement: Filling) -> Filling {
        let CallEvent { at, call, queue, contact, segment, agent, what } = &self.event;
        let [waited_ms, rang_ms, talked_ms] = lengths(what);
        statement
            .bind(self.id)
            .bind(at.as_millis())
            .bind(call.map(|id| id.0.cast_signed()))
            .bind(queue.map(|id| id.0.cast_signed()))
            .bind(contact.map(|id| id.0.cast_signed()))
            .bind(*segment)
            .bind(agent.map(|id| id.0.cast_signed()))
            .bind(what.word())
            .bind(waited_ms)
            .bind(rang_ms)
            .bind(talked_ms)
            .bind(self.detail())
    }
}
