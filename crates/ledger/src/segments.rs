//! Contacts and their segments, folded out of events as these are posted. A line says what the events of one posting say
//! of a segment; the table keeps what earlier ones said, so that postings taken together, one by one or once more leave
//! the same rows.

use crate::Result;
use crate::insert::{Filling, Insert, Row};
use crate::lines::{Columns, EventLine, ToldEvent};
use sqlx::SqliteConnection;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// What the postings that came before said stays, but for the begin, which the earliest knows best.
const SEGMENT_CONFLICT: &str = "ON CONFLICT (contact, nth) DO UPDATE SET entered = min(entered, excluded.entered), \
     queue = coalesce(excluded.queue, queue), call = coalesce(excluded.call, call), \
     waited_until = coalesce(excluded.waited_until, waited_until), over = coalesce(excluded.over, over), \
     how = coalesce(excluded.how, how), agent = coalesce(excluded.agent, agent), \
     waited_ms = coalesce(excluded.waited_ms, waited_ms), rang_ms = coalesce(excluded.rang_ms, rang_ms), \
     talked_ms = coalesce(excluded.talked_ms, talked_ms), held_ms = coalesce(excluded.held_ms, held_ms), \
     wrapped_ms = coalesce(excluded.wrapped_ms, wrapped_ms)";

static SEGMENTS: LazyLock<Insert> = LazyLock::new(|| {
    let columns = "contact, nth, queue, call, entered, waited_until, over, how, agent, waited_ms, rang_ms, \
        talked_ms, held_ms, wrapped_ms";
    Insert::new("segments", columns, SEGMENT_CONFLICT)
});

static CONTACTS: LazyLock<Insert> = LazyLock::new(|| {
    let conflict = "ON CONFLICT (contact) DO UPDATE SET kind = coalesce(kind, excluded.kind), \
        customer = coalesce(customer, excluded.customer), opened = min(opened, excluded.opened), \
        closed = excluded.closed, disposition = excluded.disposition";
    // It is closed once all its segments are over, as the last of them was.
    let row = "?, ?, (SELECT caller FROM calls WHERE calls.call = ?), ?, \
        (SELECT iif(count(*) = count(over), max(over), NULL) FROM segments WHERE segments.contact = ?), \
        (SELECT iif(over IS NULL, NULL, how) FROM segments WHERE segments.contact = ? ORDER BY nth DESC LIMIT 1)";
    Insert::of_rows("contacts", "contact, kind, customer, opened, closed, disposition", row, conflict)
});

/// A row of `segments`.
#[derive(Debug, Default)]
struct SegmentLine {
    contact: i64,
    nth: u16,
    queue: Option<i64>,
    call: Option<i64>,
    entered: i64,
    waited_until: Option<i64>,
    over: Option<i64>,
    how: Option<String>,
    agent: Option<i64>,
    waited_ms: Option<i64>,
    rang_ms: Option<i64>,
    talked_ms: Option<i64>,
    held_ms: Option<i64>,
    wrapped_ms: Option<i64>,
}

/// A row of `contacts`.
#[derive(Debug, Default)]
struct ContactLine {
    contact: i64,
    kind: Option<String>,
    call: Option<i64>,
    opened: i64,
}

/// What the events of one posting say.
#[derive(Debug, Default)]
pub(crate) struct Segments {
    segments: BTreeMap<(i64, u16), SegmentLine>,
    contacts: BTreeMap<i64, ContactLine>,
}

impl Segments {
    pub(crate) fn of(events: &[ToldEvent<'_>]) -> Segments {
        let mut said = Segments::default();
        events.iter().for_each(|event| said.take(event.line, &event.columns));
        said
    }

    fn take(&mut self, event: &EventLine, told: &Columns<'_>) {
        let (Some(contact), Some(nth)) = (event.contact, event.segment) else { return };
        // Where the first event of the segment is not in this posting, an earlier one told the begin.
        let begun = event.at - told.waited_ms.or(told.talked_ms).unwrap_or(0);
        let new = || SegmentLine { contact, nth, entered: begun, ..SegmentLine::default() };
        let line = self.segments.entry((contact, nth)).or_insert_with(new);
        line.entered = line.entered.min(begun);
        (line.queue, line.call) = (event.queue.or(line.queue), event.call.or(line.call));
        line.learn(event, told);
        let new = || ContactLine { contact, opened: begun, ..ContactLine::default() };
        let known = self.contacts.entry(contact).or_insert_with(new);
        if matches!(told.kind, "entered" | "overflowed") {
            known.kind.get_or_insert_with(|| told.contact_kind.unwrap_or("voice").to_owned());
        }
        (known.call, known.opened) = (known.call.or(event.call), known.opened.min(begun));
    }

    /// Writes the rows.
    pub(crate) async fn write(&self, db: &mut SqliteConnection) -> Result<()> {
        SEGMENTS.write(db, self.segments.values()).await?;
        CONTACTS.write(db, self.contacts.values()).await
    }
}

impl SegmentLine {
    fn learn(&mut self, event: &EventLine, told: &Columns<'_>) {
        match told.kind {
            "connected" => {
                self.wait_ends(event, told, "answered");
                (self.agent, self.rang_ms) = (event.agent, told.rang_ms);
            }
            "completed" => {
                (self.talked_ms, self.held_ms) = (told.talked_ms, told.held_ms);
                self.over = Some(event.at);
            }
            "taken_over" => {
                self.wait_ends(event, told, "handed_over");
                (self.agent, self.waited_ms) = (event.agent, Some(0));
            }
            "abandoned" | "overflowed" => {
                self.wait_ends(event, told, told.kind);
                self.over = Some(event.at);
            }
            "withdrawn" => {
                self.wait_ends(event, told, told.why.as_deref().unwrap_or_default());
                self.over = Some(event.at);
            }
            "agent_state" => self.wrapped_ms = told.wrapped_ms,
            _ => {}
        }
    }

    fn wait_ends(&mut self, event: &EventLine, told: &Columns<'_>, how: &str) {
        (self.waited_until, self.waited_ms) = (Some(event.at), told.waited_ms);
        self.how = Some(how.to_owned());
    }
}

impl Row for SegmentLine {
    fn fill(&self, statement: Filling) -> Filling {
        statement
            .bind(self.contact)
            .bind(self.nth)
            .bind(self.queue)
            .bind(self.call)
            .bind(self.entered)
            .bind(self.waited_until)
            .bind(self.over)
            .bind(self.how.clone())
            .bind(self.agent)
            .bind(self.waited_ms)
            .bind(self.rang_ms)
            .bind(self.talked_ms)
            .bind(self.held_ms)
            .bind(self.wrapped_ms)
    }
}

impl Row for ContactLine {
    fn fill(&self, statement: Filling) -> Filling {
        statement
            .bind(self.contact)
            .bind(self.kind.clone())
            .bind(self.call)
            .bind(self.opened)
            .bind(self.contact)
            .bind(self.contact)
    }
}
