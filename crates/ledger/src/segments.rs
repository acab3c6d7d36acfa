//! Contacts and their segments, folded out of events as these are posted. A line says what the events of one posting say
//! of a segment; the table keeps what earlier ones said, so that postings taken together, one by one or once more leave
//! the same rows.

use crate::Result;
use crate::events::{EventLine, lengths};
use crate::insert::{Filling, Insert, Row};
use crate::lines::count;
use call::cdr::{CallEvent, CallEventKind};
use sqlx::SqliteConnection;
use std::collections::BTreeMap;
use std::sync::LazyLock;
use terms::Word as _;

/// What the postings that came before said stays, but for what is known better now. Of the begin the first one knows all.
const SEGMENT_CONFLICT: &str = "ON CONFLICT (contact, nth) DO UPDATE SET waited_until = coalesce(excluded.waited_until, waited_until), over = coalesce(excluded.over, over), \
     how = coalesce(excluded.how, how), agent = coalesce(excluded.agent, agent), \
     waited_ms = coalesce(excluded.waited_ms, waited_ms), rang_ms = coalesce(excluded.rang_ms, rang_ms), \
     talked_ms = coalesce(excluded.talked_ms, talked_ms), held_ms = coalesce(excluded.held_ms, held_ms), \
     wrapped_ms = coalesce(excluded.wrapped_ms, wrapped_ms), \
     disposition = coalesce(excluded.disposition, disposition)";

static SEGMENTS: LazyLock<Insert> = LazyLock::new(|| {
    let columns = "contact, nth, queue, call, entered, waited_until, over, how, agent, waited_ms, rang_ms, \
        talked_ms, held_ms, wrapped_ms, disposition";
    Insert::new("segments", columns, SEGMENT_CONFLICT)
});

/// What comes first is told of its contact.
static CONTACTS: LazyLock<Insert> = LazyLock::new(|| {
    let conflict = "ON CONFLICT (contact) DO UPDATE SET kind = coalesce(kind, excluded.kind), \
        number = coalesce(number, excluded.number), customer = coalesce(customer, excluded.customer), \
        opened = min(opened, excluded.opened)";
    let row =
        "?, ?, (SELECT caller FROM calls WHERE calls.call = ?), (SELECT customer FROM calls WHERE calls.call = ?), ?";
    Insert::of_rows("contacts", "contact, kind, number, customer, opened", row, conflict)
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
    disposition: Option<String>,
}

/// A row of `contacts`.
#[derive(Debug)]
struct ContactLine {
    contact: i64,
    kind: &'static str,
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
    pub(crate) fn of(events: &[EventLine]) -> Segments {
        let mut said = Segments::default();
        events.iter().for_each(|line| said.take(&line.event));
        said
    }

    fn take(&mut self, event: &CallEvent) {
        let (Some(contact), Some(nth)) = (event.contact, event.segment) else { return };
        let contact = contact.0.cast_signed();
        // Where the first event of the segment is not in this posting, an earlier one told the begin.
        let [waited_ms, _, talked_ms] = lengths(&event.what);
        let begun = event.at.as_millis() - waited_ms.or(talked_ms).unwrap_or(0);
        let new = || SegmentLine::new(contact, nth, begun, event);
        self.segments.entry((contact, nth)).or_insert_with(new).learn(event);
        // A contact comes by its first segment, and a segment with one of these.
        if let CallEventKind::Entered { contact_kind, .. } | CallEventKind::Overflowed { contact_kind, .. } =
            &event.what
        {
            let call = event.call.map(|call| call.0.cast_signed());
            let new = || ContactLine { contact, kind: contact_kind.word(), call, opened: begun };
            let known = self.contacts.entry(contact).or_insert_with(new);
            (known.call, known.opened) = (known.call.or(call), known.opened.min(begun));
        }
    }

    /// Writes the rows.
    pub(crate) async fn write(&self, db: &mut SqliteConnection) -> Result<()> {
        SEGMENTS.write(db, self.segments.values()).await?;
        CONTACTS.write(db, self.contacts.values()).await
    }
}

impl SegmentLine {
    fn new(contact: i64, nth: u16, entered: i64, event: &CallEvent) -> SegmentLine {
        let queue = event.queue.map(|queue| queue.0.cast_signed());
        let call = event.call.map(|call| call.0.cast_signed());
        SegmentLine { contact, nth, queue, call, entered, ..SegmentLine::default() }
    }

    fn learn(&mut self, event: &CallEvent) {
        let agent = event.agent.map(|agent| agent.0.cast_signed());
        match &event.what {
            CallEventKind::Connected { rang_ms, .. } => {
                self.wait_ends(event, "answered");
                (self.agent, self.rang_ms) = (agent, Some(count(*rang_ms)));
            }
            CallEventKind::Completed { talked_ms, held_ms, .. } => {
                (self.talked_ms, self.held_ms) = (Some(count(*talked_ms)), Some(count(*held_ms)));
                self.over = Some(event.at.as_millis());
            }
            CallEventKind::TakenOver { .. } => {
                self.wait_ends(event, "handed_over");
                (self.agent, self.waited_ms) = (agent, Some(0));
            }
            CallEventKind::Abandoned { .. } | CallEventKind::Overflowed { .. } => {
                self.wait_ends(event, event.what.word());
                self.over = Some(event.at.as_millis());
            }
            CallEventKind::Withdrawn { why, .. } => {
                self.wait_ends(event, why.word());
                self.over = Some(event.at.as_millis());
            }
            CallEventKind::Disposed { disposition, .. } => self.disposition = Some(disposition.clone()),
            CallEventKind::AgentState { wrapped_ms, .. } => self.wrapped_ms = wrapped_ms.map(count),
            CallEventKind::Entered { .. }
            | CallEventKind::Picked
            | CallEventKind::Offered { .. }
            | CallEventKind::OfferFailed { .. } => {}
        }
    }

    fn wait_ends(&mut self, event: &CallEvent, how: &str) {
        (self.waited_until, self.waited_ms) = (Some(event.at.as_millis()), lengths(&event.what)[0]);
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
            .bind(self.how.as_deref())
            .bind(self.agent)
            .bind(self.waited_ms)
            .bind(self.rang_ms)
            .bind(self.talked_ms)
            .bind(self.held_ms)
            .bind(self.wrapped_ms)
            .bind(self.disposition.as_deref())
    }
}

impl Row for ContactLine {
    fn fill(&self, statement: Filling) -> Filling {
        statement.bind(self.contact).bind(self.kind).bind(self.call).bind(self.call).bind(self.opened)
    }
}
