//! Calls whose final record is not written: they run, or died with the switch. What is known of them is what their
//! events and their legs tell.

use crate::query::{CallRow, Reader};
use crate::row::event;
use crate::{Error, Result};
use call::cdr::{CallEvent, CallEventKind};
use serde::Serialize;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};
use std::collections::BTreeMap;
use terms::{AgentId, CallRef, ContactId, IdSource, Incarnation, QueueId, Wall};

/// What the events of a call tell.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Known {
    queue: Option<QueueId>,
    contact: Option<ContactId>,
    agent: Option<AgentId>,
    connected: Option<Wall>,
    waited_ms: u64,
    talked_ms: u64,
    held_ms: u64,
    /// It waits since then.
    waits: Option<Wall>,
    /// It talks to its agent since then.
    talks: Option<Wall>,
}

impl Known {
    fn learn(&mut self, event: &CallEvent) {
        self.queue = event.queue.or(self.queue);
        self.contact = event.contact.or(self.contact);
        match &event.what {
            CallEventKind::Entered { .. } => self.waits = Some(event.at),
            CallEventKind::Connected { waited_ms, before_ms, .. } => {
                self.waited(before_ms + waited_ms);
                self.agent = event.agent;
                self.connected = self.connected.or(Some(event.at));
                self.talks = Some(event.at);
            }
            CallEventKind::Completed { talked_ms, held_ms, .. } => {
                self.talked_ms += talked_ms;
                self.held_ms += held_ms;
                self.talks = None;
            }
            CallEventKind::Abandoned { waited_ms, before_ms, .. }
            | CallEventKind::Overflowed { waited_ms, before_ms, .. } => self.waited(before_ms + waited_ms),
            CallEventKind::Withdrawn { waited_ms, before_ms, .. } => self.waited(before_ms + waited_ms),
            CallEventKind::TakenOver { .. } => {
                self.agent = event.agent;
                self.talks = Some(event.at);
            }
            CallEventKind::Offered { .. }
            | CallEventKind::Picked
            | CallEventKind::OfferFailed { .. }
            | CallEventKind::Disposed { .. }
            | CallEventKind::AgentState { .. } => {}
        }
    }

    fn waited(&mut self, all_ms: u64) {
        self.waited_ms = all_ms;
        self.waits = None;
    }

    /// What goes on counts until then.
    fn until(mut self, end: Wall) -> Known {
        self.waited_ms += self.waits.take().map_or(0, |since| end.ms_since(since));
        self.talked_ms += self.talks.take().map_or(0, |since| end.ms_since(since));
        self
    }
}

fn known(rows: &[SqliteRow]) -> Result<BTreeMap<CallRef, Known>> {
    let mut found = BTreeMap::<_, Known>::new();
    for row in rows {
        let event = event(row)?;
        if let Some(call) = event.call {
            found.entry(call).or_default().learn(&event);
        }
    }
    Ok(found)
}

/// The last sign of life of the switch that left calls open: it lived until then at least, and its calls with it. Events
/// of a node are in the order of their ids, which begin with its number.
const LAST_SIGN: &str = "SELECT max(
    coalesce((SELECT max((SELECT at FROM events WHERE id <= (node << 53 | 9007199254740991) AND id >= node << 53
                          ORDER BY id DESC LIMIT 1)) FROM node), 0),
    coalesce((SELECT max(max(started, coalesce(ended, 0))) FROM calls
              WHERE call >= (SELECT min(call) FROM calls WHERE outcome = 'open')), 0))";

const EVENTS_OF_THE_LOST: &str = "SELECT * FROM events WHERE call IN (SELECT call FROM calls WHERE outcome = 'open')
    ORDER BY id";

const CLOSE: &str = "UPDATE calls SET outcome = 'node_lost', cause = ?1, ended_by = 'switch',
        ended = max(?2, started, coalesce(answered, 0), coalesce(connected, 0),
            coalesce((SELECT max(at) FROM events WHERE events.call = calls.call), 0))
    WHERE outcome = 'open'";

const TELL: &str = "UPDATE calls SET queue = told.queue, contact = told.contact, agent = told.agent,
        connected = coalesce(calls.connected, told.connected),
        waited_ms = told.waited_ms, talked_ms = told.talked_ms, held_ms = told.held_ms
    FROM (SELECT value->>'call' AS call, value->>'queue' AS queue, value->>'contact' AS contact,
                 value->>'agent' AS agent, value->>'connected' AS connected, value->>'waited_ms' AS waited_ms,
                 value->>'talked_ms' AS talked_ms, value->>'held_ms' AS held_ms FROM json_each(?1)) AS told
    WHERE calls.call = told.call";

/// What the legs tell of the calls that died: that the caller was answered, and by whom in the end.
const TELL_LEGS: [&str; 2] = [
    "UPDATE calls SET answered = (SELECT answered FROM legs WHERE legs.call = calls.call AND nth = 0)
    WHERE outcome = 'node_lost' AND answered IS NULL AND call IN (SELECT call FROM dialogs WHERE call IS NOT NULL)",
    "UPDATE calls SET connected = coalesce(calls.connected, told.answered),
        phone = iif(told.who_kind = 'phone', told.who, NULL), trunk_out = iif(told.who_kind = 'trunk', told.who, NULL)
    FROM (SELECT call, who_kind, who, min(answered) AS answered FROM legs
          WHERE role = 'callee' AND answered IS NOT NULL AND how = 'node_lost'
          AND call IN (SELECT call FROM dialogs WHERE call IS NOT NULL) GROUP BY call) AS told
    WHERE calls.call = told.call AND calls.outcome = 'node_lost' AND calls.phone IS NULL AND calls.trunk_out IS NULL",
];

#[derive(Serialize)]
struct Told {
    call: i64,
    queue: Option<i64>,
    contact: Option<i64>,
    agent: Option<i64>,
    connected: Option<i64>,
    waited_ms: u64,
    talked_ms: u64,
    held_ms: u64,
}

impl Told {
    fn new((call, known): (CallRef, Known)) -> Told {
        Told {
            call: call.0.cast_signed(),
            queue: known.queue.map(|id| id.0.cast_signed()),
            contact: known.contact.map(|id| id.0.cast_signed()),
            agent: known.agent.map(|id| id.0.cast_signed()),
            connected: known.connected.map(Wall::as_millis),
            waited_ms: known.waited_ms,
            talked_ms: known.talked_ms,
            held_ms: known.held_ms,
        }
    }
}

/// Segments end with the switch that they were in: a wait then, a conversation too.
const CLOSE_SEGMENTS: &str = "UPDATE segments SET over = max(?1, entered, coalesce(waited_until, 0)),
        how = iif(waited_until IS NULL, 'node_lost', how), waited_until = coalesce(waited_until, max(?1, entered)),
        waited_ms = coalesce(waited_ms, max(?1, entered) - entered),
        talked_ms = iif(waited_until IS NULL, talked_ms, max(?1, waited_until) - waited_until)
    WHERE over IS NULL";

/// That they ended is what happens first in the start that finds them.
const TELL_OF_THEIR_END: &str = "INSERT INTO happenings (id, at, kind, subject)
    SELECT ?1 + lost.key, calls.ended, 'call_closed', calls.call
    FROM json_each(?2) AS lost JOIN calls ON calls.call = lost.value WHERE true ON CONFLICT (id) DO NOTHING";

/// Closes the calls that an earlier start left open, with what is known of them; how many there were. Their ends have the
/// first numbers of this start, where it has any.
pub(crate) async fn close_lost(db: &mut SqliteConnection, incarnation: Incarnation) -> Result<u64> {
    let open = sqlx::query("SELECT call FROM calls WHERE outcome = 'open' ORDER BY call").fetch_all(&mut *db).await?;
    let open = open.iter().map(|row| row.try_get(0)).collect::<sqlx::Result<Vec<i64>>>()?;
    let sign = Wall::from_millis(sqlx::query(LAST_SIGN).fetch_one(&mut *db).await?.try_get(0)?);
    let known = known(&sqlx::query(EVENTS_OF_THE_LOST).fetch_all(&mut *db).await?)?;
    let close = sqlx::query(CLOSE).bind(i64::from(terms::Cause::TEMPORARY.0)).bind(sign.as_millis());
    let lost = close.execute(&mut *db).await?.rows_affected();
    let told: Vec<Told> = known.into_iter().map(|(call, known)| Told::new((call, known.until(sign)))).collect();
    crate::store::rows(db, TELL, &told).await?;
    crate::legs::close_lost(db, sign).await?;
    for sql in TELL_LEGS {
        sqlx::query(sql).execute(&mut *db).await?;
    }
    sqlx::query(CLOSE_SEGMENTS).bind(sign.as_millis()).execute(&mut *db).await?;
    if let Some(first) = IdSource::new(incarnation).next_id() {
        let end = sqlx::query(TELL_OF_THEIR_END).bind(first.cast_signed()).bind(serde_json::to_string(&open)?);
        end.execute(&mut *db).await?;
    }
    Ok(lost)
}

impl Reader {
    /// Calls that run have the queue, the agent and the times that their events tell, until now.
    pub(crate) async fn tell_running(&self, rows: &mut [CallRow]) -> Result<()> {
        let open: Vec<i64> = open(rows).map(|row| row.call.0.cast_signed()).collect();
        if open.is_empty() {
            return Ok(());
        }
        let sql = "SELECT * FROM events WHERE call IN (SELECT value FROM json_each(?1)) ORDER BY id";
        let events = sqlx::query(sql).bind(serde_json::to_string(&open)?).fetch_all(self.pool()).await?;
        let (mut known, now) = (known(&events)?, self.present().await?);
        let legs = self.running_legs(&open).await?;
        for row in open_mut(rows) {
            if let Some(party) = legs.get(&row.call) {
                row.answered = row.answered.or(party.answered);
                row.connected = row.connected.or(party.connected);
                (row.phone, row.trunk_out) = (party.phone, party.trunk_out);
            }
            let Some(known) = known.remove(&row.call).map(|known| known.until(now)) else { continue };
            (row.queue, row.contact, row.agent) = (known.queue, known.contact, known.agent);
            row.connected = row.connected.or(known.connected);
            row.waited_ms = known.waited_ms;
            row.talked_ms = known.talked_ms.saturating_sub(known.held_ms);
            row.held_ms = known.held_ms;
        }
        let names = self.names().await?;
        for row in open_mut(rows) {
            row.queue_name = row.queue.and_then(|id| names.queues.get(&id)).cloned();
            row.agent_name = row.agent.and_then(|id| names.agents.get(&id)).cloned();
            row.phone_name = row.phone.and_then(|id| names.phones.get(&id)).cloned();
            row.trunk_out_name = row.trunk_out.and_then(|id| names.trunks.get(&id)).cloned();
        }
        Ok(())
    }

    /// Now; where no switch writes this account, when it was last heard of.
    async fn present(&self) -> Result<Wall> {
        if self.is_being_written() {
            return Ok(Wall::from_millis(crate::open::wall_ms()));
        }
        let sign = sqlx::query(LAST_SIGN).fetch_one(self.pool()).await.map_err(Error::from)?;
        Ok(Wall::from_millis(sign.try_get(0)?))
    }
}

fn open(rows: &[CallRow]) -> impl Iterator<Item = &CallRow> {
    rows.iter().filter(|row| row.outcome == "open")
}

fn open_mut(rows: &mut [CallRow]) -> impl Iterator<Item = &mut CallRow> {
    rows.iter_mut().filter(|row| row.outcome == "open")
}
