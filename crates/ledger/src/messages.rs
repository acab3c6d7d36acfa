//! Messages that callers have left, and what became of them: a row for each when he begins to speak, completed when he has,
//! and one for each thing that was done with it.

mod read;

use crate::Result;
use crate::insert::{Filling, Insert, Row};
use crate::row::unsigned;
use crate::values::{self, Keyed, line};
use call::Lying;
use call::cdr::{Mark, Message, MessageMark};
pub use read::{Marked, MessageFilter, MessageRow};
use serde::{Deserialize, Serialize};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row as _, SqliteConnection};
use std::collections::BTreeMap;
use std::sync::LazyLock;
use terms::{CallRef, CaptureId, Mailbox, Pii, Wall, Word as _};

/// Its end is told once.
static MESSAGES: LazyLock<Insert> = LazyLock::new(|| {
    let columns = "capture, call, box_kind, box, who_kind, who, number, since, until, dropped";
    let conflict = "ON CONFLICT (capture) DO UPDATE SET until = excluded.until, dropped = excluded.dropped
        WHERE messages.until IS NULL";
    Insert::new("messages", columns, conflict)
});
/// The first time stands.
static MARKS: LazyLock<Insert> =
    LazyLock::new(|| Insert::new("message_marks", "capture, what, at, by", "ON CONFLICT DO NOTHING"));

line! {
    /// A row of `messages`.
    pub(crate) struct MessageLine {
        capture: i64,
        call: i64,
        mailbox: Mailbox,
        who: sip::Source,
        number: Pii<String>,
        since: i64,
        until: Option<i64>,
        dropped: bool,
    }
}

line! {
    /// A row of `message_marks`.
    pub(crate) struct MarkLine {
        capture: i64,
        what: Mark,
        at: i64,
        by: String,
    }
}

impl From<Message> for MessageLine {
    fn from(message: Message) -> MessageLine {
        MessageLine {
            capture: message.capture.0.cast_signed(),
            call: message.call.0.cast_signed(),
            mailbox: message.mailbox,
            who: message.who,
            number: message.number,
            since: message.since.as_millis(),
            until: message.until.map(Wall::as_millis),
            dropped: message.dropped,
        }
    }
}

impl From<MessageMark> for MarkLine {
    fn from(mark: MessageMark) -> MarkLine {
        MarkLine { capture: mark.capture.0.cast_signed(), what: mark.what, at: mark.at.as_millis(), by: mark.by }
    }
}

impl Keyed for MessageLine {
    type Key = CaptureId;
    fn key(&self) -> CaptureId {
        CaptureId(self.capture.cast_unsigned())
    }
}

impl Keyed for MarkLine {
    type Key = (CaptureId, Mark);
    fn key(&self) -> (CaptureId, Mark) {
        (CaptureId(self.capture.cast_unsigned()), self.what)
    }
}

impl Row for MessageLine {
    fn fill(&self, statement: Filling) -> Filling {
        let (who_kind, who) = crate::calls::source(self.who);
        statement
            .bind(self.capture)
            .bind(self.call)
            .bind(self.mailbox.kind())
            .bind(self.mailbox.owner().cast_signed())
            .bind(who_kind)
            .bind(who)
            .bind(self.number.reveal().clone())
            .bind(self.since)
            .bind(self.until)
            .bind(self.dropped)
    }
}

impl Row for MarkLine {
    fn fill(&self, statement: Filling) -> Filling {
        statement.bind(self.capture).bind(self.what.word()).bind(self.at).bind(self.by.clone())
    }
}

/// What a group has of messages.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(crate) struct Messages {
    #[serde(default, with = "values", skip_serializing_if = "BTreeMap::is_empty")]
    lines: BTreeMap<CaptureId, MessageLine>,
    #[serde(default, with = "values", skip_serializing_if = "BTreeMap::is_empty")]
    marks: BTreeMap<(CaptureId, Mark), MarkLine>,
}

impl Messages {
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty() && self.marks.is_empty()
    }

    /// What was told first stands, and so does its first end, as they do in the table.
    pub fn add(&mut self, line: MessageLine) {
        let learn = |known: &mut MessageLine| {
            if known.until.is_none() {
                (known.until, known.dropped) = (line.until, line.dropped);
            }
        };
        self.lines.entry(line.key()).and_modify(learn).or_insert(line);
    }

    pub fn mark(&mut self, line: MarkLine) {
        self.marks.entry(line.key()).or_insert(line);
    }

    pub fn merge(&mut self, later: Messages) {
        later.lines.into_values().for_each(|line| self.add(line));
        later.marks.into_values().for_each(|line| self.mark(line));
    }

    pub async fn write(&self, db: &mut SqliteConnection) -> Result<()> {
        MESSAGES.write(db, self.lines.values()).await?;
        MARKS.write(db, self.marks.values()).await
    }
}

/// Those that lie in their mailboxes: nobody is done with them, and their sound is there. Whether one that was cut off has a
/// sound is found out later.
const LYING: &str = "SELECT messages.capture, messages.call, box_kind, box, number, since,
        coalesce(until - since, recordings.duration_ms, 0) AS length_ms,
        EXISTS (SELECT 1 FROM message_marks AS heard
            WHERE heard.capture = messages.capture AND heard.what = 'heard') AS heard
    FROM messages
    LEFT JOIN recordings ON recordings.capture = messages.capture
    WHERE NOT dropped AND recordings.purged IS NULL
        AND NOT EXISTS (SELECT 1 FROM message_marks AS over
            WHERE over.capture = messages.capture AND over.what IN ('done', 'deleted'))
    ORDER BY since, messages.capture";

/// All that earlier starts left, the oldest first.
pub(crate) async fn lying(db: &mut SqliteConnection) -> Result<Vec<(Mailbox, Lying)>> {
    let row = |row: &SqliteRow| -> sqlx::Result<Option<(Mailbox, Lying)>> {
        let owner = row.try_get::<i64, _>("box")?.cast_unsigned();
        let Some(mailbox) = Mailbox::of(row.try_get("box_kind")?, owner) else { return Ok(None) };
        let lying = Lying {
            capture: CaptureId(row.try_get::<i64, _>("capture")?.cast_unsigned()),
            call: CallRef(row.try_get::<i64, _>("call")?.cast_unsigned()),
            number: Pii::new(row.try_get("number")?),
            since: Wall::from_millis(row.try_get("since")?),
            length_ms: unsigned(row.try_get("length_ms")?),
            heard: row.try_get("heard")?,
        };
        Ok(Some((mailbox, lying)))
    };
    let rows = sqlx::query(LYING).fetch_all(db).await?;
    Ok(rows.iter().filter_map(|found| row(found).transpose()).collect::<sqlx::Result<_>>()?)
}
