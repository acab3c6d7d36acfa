//! What a call was about: the calls that belong together, since their parties were transferred or since one contact went
//! through them, and the contacts that they carried, each through its stays in queues.

use crate::Result;
use crate::query::{CallFilter, CallRow, Reader};
use crate::row::unsigned;
use serde::Serialize;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use std::collections::BTreeSet;
use terms::{AgentId, CallRef, ContactId, Pii, QueueId, Wall};

/// A contact.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ContactRow {
    /// Its id, the same for all its stays.
    pub contact: ContactId,
    /// voice, video, callback, voicemail, chat, email, task.
    pub kind: Option<String>,
    /// The caller's number in its first call.
    pub number: Option<Pii<String>>,
    /// Who it was, as far as it is known.
    pub customer: Option<i64>,
    /// When it came to its first queue.
    pub opened: Wall,
    /// The end of its last segment, unless that goes on.
    pub closed: Option<Wall>,
    /// How that ended; joined, when it was connected with another contact and that one went on.
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
    /// What came of the conversation, as the agent has said.
    pub disposition: Option<String>,
}

/// A contact with all that belongs to it.
#[derive(Clone, Debug, PartialEq)]
pub struct ContactStory {
    /// The contact.
    pub contact: ContactRow,
    /// Its stays in queues, in order.
    pub segments: Vec<SegmentRow>,
}

/// All that belongs to a call.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Story {
    /// The contacts, the earliest first; none where no queue had anything to do with it.
    pub contacts: Vec<ContactStory>,
    /// The calls, the earliest first.
    pub calls: Vec<CallRow>,
}

/// Calls of one story; more are left out.
const CALLS: usize = 256;

/// Calls that belong to this one: somebody went from one to the other, one became the other, or both carried one contact.
const NEXT: &str = "SELECT to_call FROM moves WHERE call = ?1 UNION SELECT call FROM moves WHERE to_call = ?1
    UNION SELECT into_call FROM merges WHERE call = ?1 UNION SELECT call FROM merges WHERE into_call = ?1
    UNION SELECT there.call FROM segments AS here JOIN segments AS there ON there.contact = here.contact
        WHERE here.call = ?1 AND there.call IS NOT NULL";

/// It is closed once all its segments are over, as the last of them was; or it ended with its call, when that became another
/// call which carried another contact.
const CONTACTS: &str = "SELECT *,
        (SELECT iif(count(*) = count(over), max(over), NULL) FROM segments
         WHERE segments.contact = contacts.contact) AS closed,
        (SELECT CASE WHEN over IS NULL THEN NULL
             WHEN EXISTS (SELECT 1 FROM merges JOIN calls ON calls.call = merges.into_call
                 WHERE merges.call = segments.call AND calls.contact <> segments.contact) THEN 'joined'
             ELSE how END
         FROM segments WHERE segments.contact = contacts.contact ORDER BY nth DESC LIMIT 1) AS disposition
    FROM contacts WHERE contact IN (SELECT contact FROM segments WHERE call IN (SELECT value FROM json_each(?1)))
    ORDER BY opened, contact";

const SEGMENTS: &str = "SELECT segments.*, queues.name AS queue_name, agents.name AS agent_name FROM segments
    LEFT JOIN names AS queues ON queues.kind = 'queue' AND queues.id = segments.queue
    LEFT JOIN names AS agents ON agents.kind = 'agent' AND agents.id = segments.agent
    WHERE contact = ?1 ORDER BY nth";

impl Reader {
    /// What this call was about, whichever of its calls it is; nothing where there is no such call.
    pub async fn story(&self, call: CallRef) -> Result<Story> {
        let chain = self.chain(call).await?;
        let (ids, mut calls) = (chain.iter().map(|call| call.0.cast_signed()).collect::<Vec<_>>(), vec![]);
        for call in chain {
            calls.extend(self.calls(1, &CallFilter { call: Some(call), ..CallFilter::default() }).await?);
        }
        calls.sort_by_key(|call| (call.started, call.call));
        let mut contacts = vec![];
        for row in sqlx::query(CONTACTS).bind(serde_json::to_string(&ids)?).fetch_all(self.pool()).await? {
            let contact = contact_row(&row)?;
            let rows = sqlx::query(SEGMENTS).bind(contact.contact.0.cast_signed()).fetch_all(self.pool()).await?;
            let segments = rows.iter().map(segment_row).collect::<sqlx::Result<_>>()?;
            contacts.push(ContactStory { contact, segments });
        }
        Ok(Story { contacts, calls })
    }

    /// This call and all that belong to it, however many transfers lie between.
    async fn chain(&self, call: CallRef) -> Result<BTreeSet<CallRef>> {
        let (mut chain, mut next) = (BTreeSet::from([call]), vec![call]);
        while let Some(call) = next.pop()
            && chain.len() < CALLS
        {
            for row in sqlx::query(NEXT).bind(call.0.cast_signed()).fetch_all(self.pool()).await? {
                let found = CallRef(row.try_get::<i64, _>(0)?.cast_unsigned());
                if chain.insert(found) {
                    next.push(found);
                }
            }
        }
        Ok(chain)
    }
}

fn contact_row(row: &SqliteRow) -> sqlx::Result<ContactRow> {
    Ok(ContactRow {
        contact: ContactId(row.try_get::<i64, _>("contact")?.cast_unsigned()),
        kind: row.try_get("kind")?,
        number: row.try_get::<Option<String>, _>("number")?.map(Pii::new),
        customer: row.try_get("customer")?,
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
        disposition: row.try_get("disposition")?,
    })
}
