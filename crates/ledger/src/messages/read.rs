//! The messages that the account has, for whoever asks.

use crate::row::unsigned;
use crate::{Reader, Result};
use serde::Serialize;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use terms::{CallRef, CaptureId, Pii, Wall};

/// Which messages.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct MessageFilter {
    /// Of these mailboxes (`queue:support`); absent: of all.
    pub mailboxes: Option<Vec<String>>,
    /// Those with which somebody is done as well.
    pub all: bool,
    /// This one alone.
    pub message: Option<CaptureId>,
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct MessageRow {
    /// Its name, which is that of its recording.
    pub message: CaptureId,
    /// The call in which it was left.
    pub call: CallRef,
    /// Where it lies: `queue:support`.
    pub mailbox: String,
    /// Who left it.
    pub number: Pii<String>,
    /// When he began to speak.
    pub since: Wall,
    /// How long it is; absent where the switch died while he spoke, and nothing was found.
    pub length_ms: Option<u64>,
    /// Its sound, below the recordings folder, while it is there.
    pub file: Option<String>,
    /// Who has heard it first.
    pub heard: Option<Marked>,
    /// Who is done with it.
    pub done: Option<Marked>,
    /// Who has deleted it.
    pub deleted: Option<Marked>,
}

/// What somebody has done with a message.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Marked {
    /// When.
    pub at: Wall,
    /// Who.
    pub by: String,
}

const MESSAGES: &str = "SELECT messages.capture, messages.call, number, since, coalesce(names.name, printf('%x', box)) AS box,
        box_kind, coalesce(until - since, duration_ms) AS length_ms, file, heard.at AS heard_at, heard.by AS heard_by,
        done.at AS done_at, done.by AS done_by, deleted.at AS deleted_at, deleted.by AS deleted_by
    FROM messages
    LEFT JOIN recordings ON recordings.capture = messages.capture
    LEFT JOIN names ON names.kind = box_kind AND names.id = box
    LEFT JOIN message_marks AS heard ON heard.capture = messages.capture AND heard.what = 'heard'
    LEFT JOIN message_marks AS done ON done.capture = messages.capture AND done.what = 'done'
    LEFT JOIN message_marks AS deleted ON deleted.capture = messages.capture AND deleted.what = 'deleted'
    WHERE NOT dropped AND (?2 OR (done.at IS NULL AND deleted.at IS NULL))
        AND (?3 IS NULL OR box_kind || ':' || coalesce(names.name, printf('%x', box)) IN (SELECT value FROM json_each(?3)))
        AND (?4 IS NULL OR messages.capture = ?4)
    ORDER BY since DESC, messages.capture DESC LIMIT ?1";

impl Reader {
    /// Messages, the newest first.
    pub async fn messages(&self, most: u32, filter: &MessageFilter) -> Result<Vec<MessageRow>> {
        let mailboxes = filter.mailboxes.as_ref().map(serde_json::to_string).transpose()?;
        let rows = sqlx::query(MESSAGES)
            .bind(most)
            .bind(filter.all)
            .bind(mailboxes)
            .bind(filter.message.map(|message| message.0.cast_signed()))
            .fetch_all(self.pool())
            .await?;
        Ok(rows.iter().map(message_row).collect::<sqlx::Result<_>>()?)
    }
}

fn message_row(row: &SqliteRow) -> sqlx::Result<MessageRow> {
    let marked = |at: &str, by: &str| -> sqlx::Result<Option<Marked>> {
        let Some(at) = row.try_get::<Option<i64>, _>(at)? else { return Ok(None) };
        Ok(Some(Marked { at: Wall::from_millis(at), by: row.try_get(by)? }))
    };
    let kind: String = row.try_get("box_kind")?;
    Ok(MessageRow {
        message: CaptureId(row.try_get::<i64, _>("capture")?.cast_unsigned()),
        call: CallRef(row.try_get::<i64, _>("call")?.cast_unsigned()),
        mailbox: format!("{kind}:{}", row.try_get::<String, _>("box")?),
        number: Pii::new(row.try_get("number")?),
        since: Wall::from_millis(row.try_get("since")?),
        length_ms: row.try_get::<Option<i64>, _>("length_ms")?.map(unsigned),
        file: row.try_get("file")?,
        heard: marked("heard_at", "heard_by")?,
        done: marked("done_at", "done_by")?,
        deleted: marked("deleted_at", "deleted_by")?,
    })
}
