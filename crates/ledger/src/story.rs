//! A contact through its calls and its stays in queues.

use crate::Result;
use crate::query::{CallFilter, CallRow, Reader};
use crate::row::unsigned;
use serde::Serialize;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use terms::{AgentId, CallRef, ContactId, Pii, QueueId, Wall};

/// A contact.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ContactRow {
    /// Its id, the same for all its stays.
    pub contact: ContactId,
    /// voice, video, callback, voicemail, chat, email, task.
    pub kind: Option<String>,
    /// The caller's number in its first call.
    pub customer: Option<Pii<String>>,
    /// When it came to its first queue.
    pub opened: Wall,
    /// The end of its last segment, unless that goes on.
    pub closed: Option<Wall>,
    /// How that ended.
    pub disposition: Option<String>,
}

/// One stay of a contact in a queue, and the conversation that came of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SegmentRow {
    /// Which of the contact's: 0 is the first.
    pub nth: u16,
    /// The queue.
    pub queue: Option<QueueId>,
    /// Its name.
    pub queue_name: Option<String>,
    /// The call that it had.
    pub call: Option<CallRef>,
    /// When it entered the queue.
    pub entered: Wall,
    /// The end of the wait.
    pub waited_until: Option<Wall>,
    /// The end of the conversation too, if there was one.
    pub over: Option<Wall>,
    /// How the wait ended: answered, abandoned, overflowed, taken_elsewhere, dropped, node_lost.
    pub how: Option<String>,
    /// Who took it.
    pub agent: Option<AgentId>,
    /// His name.
    pub agent_name: Option<String>,
    /// The wait.
    pub waited_ms: Option<u64>,
    /// How long the agent's phone rang.
    pub rang_ms: Option<u64>,
    /// In conversation, but for hold.
    pub talked_ms: Option<u64>,
    /// On hold.
    pub held_ms: Option<u64>,
    /// The after-call work that followed.
    pub wrapped_ms: Option<u64>,
}

/// A contact with all that belongs to it.
#[derive(Clone, Debug, PartialEq)]
pub struct ContactStory {
    /// The contact.
    pub contact: ContactRow,
    /// Its stays in queues, in order.
    pub segments: Vec<SegmentRow>,
    /// Its calls, the earliest first.
    pub calls: Vec<CallRow>,
}

/// It is closed once all its segments are over, as the last of them was.
const CONTACT: &str = "SELECT *,
        (SELECT iif(count(*) = count(over), max(over), NULL) FROM segments
         WHERE segments.contact = contacts.contact) AS closed,
        (SELECT iif(over IS NULL, NULL, how) FROM segments
         WHERE segments.contact = contacts.contact ORDER BY nth DESC LIMIT 1) AS disposition
    FROM contacts WHERE contact = (SELECT contact FROM segments WHERE call = ?1 ORDER BY entered, contact LIMIT 1)";

const SEGMENTS: &str = "SELECT segments.*, queues.name AS queue_name, agents.name AS agent_name FROM segments
    LEFT JOIN names AS queues ON queues.kind = 'queue' AND queues.id = segments.queue
    LEFT JOIN names AS agents ON agents.kind = 'agent' AND agents.id = segments.agent
    WHERE contact = ?1 ORDER BY nth";

impl Reader {
    /// The contact that this call carried, through all its calls; `None` when the call came to no queue, or when a version
    /// wrote it that kept no contacts.
    pub async fn story(&self, call: CallRef) -> Result<Option<ContactStory>> {
        let found = sqlx::query(CONTACT).bind(call.0.cast_signed()).fetch_optional(self.pool()).await?;
        let Some(contact) = found.as_ref().map(contact_row).transpose()? else { return Ok(None) };
        let rows = sqlx::query(SEGMENTS).bind(contact.contact.0.cast_signed()).fetch_all(self.pool()).await?;
        let segments = rows.iter().map(segment_row).collect::<sqlx::Result<Vec<_>>>()?;
        let mut calls: Vec<CallRow> = vec![];
        for call in segments.iter().filter_map(|segment| segment.call) {
            if calls.iter().all(|known| known.call != call) {
                calls.extend(self.calls(1, &CallFilter { call: Some(call), ..CallFilter::default() }).await?);
            }
        }
        calls.sort_by_key(|call| (call.started, call.call));
        Ok(Some(ContactStory { contact, segments, calls }))
    }
}

fn contact_row(row: &SqliteRow) -> sqlx::Result<ContactRow> {
    Ok(ContactRow {
        contact: ContactId(row.try_get::<i64, _>("contact")?.cast_unsigned()),
        kind: row.try_get("kind")?,
        customer: row.try_get::<Option<String>, _>("customer")?.map(Pii::new),
        opened: Wall::from_millis(row.try_get("opened")?),
        closed: row.try_get::<Option<i64>, _>("closed")?.map(Wall::from_millis),
        disposition: row.try_get("disposition")?,
    })
}

fn segment_row(row: &SqliteRow) -> sqlx::Result<SegmentRow> {
    let id = |column: &str| Ok::<_, sqlx::Error>(row.try_get::<Option<i64>, _>(column)?.map(i64::cast_unsigned));
    let ms = |column: &str| Ok::<_, sqlx::Error>(row.try_get::<Option<i64>, _>(column)?.map(unsigned));
    let wall = |column: &str| Ok::<_, sqlx::Error>(row.try_get::<Option<i64>, _>(column)?.map(Wall::from_millis));
    let held_ms = ms("held_ms")?;
    Ok(SegmentRow {
        nth: row.try_get("nth")?,
        queue: id("queue")?.map(QueueId),
        queue_name: row.try_get("queue_name")?,
        call: id("call")?.map(CallRef),
        entered: Wall::from_millis(row.try_get("entered")?),
        waited_until: wall("waited_until")?,
        over: wall("over")?,
        how: row.try_get("how")?,
        agent: id("agent")?.map(AgentId),
        agent_name: row.try_get("agent_name")?,
        waited_ms: ms("waited_ms")?,
        rang_ms: ms("rang_ms")?,
        talked_ms: ms("talked_ms")?.map(|talked_ms| talked_ms.saturating_sub(held_ms.unwrap_or(0))),
        held_ms,
        wrapped_ms: ms("wrapped_ms")?,
    })
}
