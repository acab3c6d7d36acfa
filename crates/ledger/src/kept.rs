//! Contacts without a call that are in queues or with agents: a row each for as long as that is so, for the next start.

use crate::Result;
use crate::insert::{Filling, Insert, Row};
use crate::lines::count;
use crate::row::unsigned;
use call::cdr::KeptContact;
use serde::{Deserialize, Serialize};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};
use std::collections::BTreeMap;
use std::sync::LazyLock;
use terms::{ContactId, ContactKind, Pii, QueueId, Wall, Word as _};

static KEPT: LazyLock<Insert> = LazyLock::new(|| {
    let columns = "contact, queue, kind, subject, segment, before_ms, entered";
    let conflict = "ON CONFLICT (contact) DO UPDATE SET queue = excluded.queue, kind = excluded.kind, \
        subject = excluded.subject, segment = excluded.segment, before_ms = excluded.before_ms, entered = excluded.entered";
    Insert::new("kept_contacts", columns, conflict)
});

const OVER: &str = "DELETE FROM kept_contacts WHERE contact IN (SELECT value FROM json_each(?1))";

/// What became of some of them in a group: the last word of each.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Kept(BTreeMap<i64, Option<KeptContact>>);

impl Kept {
    pub fn add(&mut self, contact: ContactId, kept: Option<KeptContact>) {
        self.0.insert(contact.0.cast_signed(), kept);
    }

    /// Takes what a later group has.
    pub fn merge(&mut self, later: Kept) {
        self.0.extend(later.0);
    }

    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    pub async fn write(&self, db: &mut SqliteConnection) -> Result<()> {
        let kept: Vec<&KeptContact> = self.0.values().flatten().collect();
        KEPT.write(db, kept.into_iter()).await?;
        let over: Vec<i64> = self.0.iter().filter(|(_, kept)| kept.is_none()).map(|(contact, _)| *contact).collect();
        crate::store::rows(db, OVER, &over).await
    }
}

impl Row for KeptContact {
    fn fill(&self, statement: Filling) -> Filling {
        statement
            .bind(self.contact.0.cast_signed())
            .bind(self.queue.0.cast_signed())
            .bind(self.kind.word())
            .bind(self.subject.reveal().clone())
            .bind(self.segment)
            .bind(count(self.before_ms))
            .bind(self.entered.as_millis())
    }
}

/// All that earlier starts left, the one that has waited for the longest time first. What a later version calls a kind that
/// is not known here is a task.
pub(crate) async fn kept(db: &mut SqliteConnection) -> Result<Vec<KeptContact>> {
    let row = |row: &SqliteRow| {
        Ok(KeptContact {
            contact: ContactId(row.try_get::<i64, _>("contact")?.cast_unsigned()),
            queue: QueueId(row.try_get::<i64, _>("queue")?.cast_unsigned()),
            kind: ContactKind::of_word(row.try_get::<&str, _>("kind")?).unwrap_or(ContactKind::Task),
            subject: Pii::new(row.try_get("subject")?),
            segment: row.try_get("segment")?,
            before_ms: unsigned(row.try_get("before_ms")?),
            entered: Wall::from_millis(row.try_get("entered")?),
        })
    };
    let rows = sqlx::query("SELECT * FROM kept_contacts ORDER BY entered - before_ms, contact").fetch_all(db).await?;
    rows.iter().map(row).collect()
}
