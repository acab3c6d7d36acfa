//! Of people's calls somebody has looked at something, or listened to it, and changed nothing: no command, so no record of
//! the stream, but an entry of the audit. Whoever shows such a thing keeps the entry first ([`crate::Access::Looked`], by the
//! side door) and shows nothing where the account does not take it.

use crate::Result;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::SqliteConnection;
use terms::{Told, Wall, words};

/// An entry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Look {
    /// When.
    pub at: Wall,
    /// Who, as actors are written: `user:anna`, `operator:0`.
    pub by: String,
    /// What he did.
    pub what: Told<Looked>,
    /// From where; empty where it is not known.
    pub address: String,
    /// At what, such as `{"call":"c1000000003"}`.
    pub subject: Value,
}

/// What somebody did.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Looked {
    /// He saw SIP messages in clear.
    Messages,
    /// He played a recording.
    RecordingPlayed,
    /// He saved one.
    RecordingSaved,
    /// He took a list out of the account.
    Exported,
    /// He had a customer erased: no command of the switch, since the command line does it by itself.
    CustomerErased,
    /// He heard or read what somebody has left for others.
    MessagePlayed,
}

words! { Looked {
    Messages "messages", RecordingPlayed "recording_played", RecordingSaved "recording_saved", Exported "exported",
    CustomerErased "customer_erased", MessagePlayed "message_played",
} }

const WRITE: &str =
    "INSERT INTO looks (at, by, what, address, subject) VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING";

pub(crate) async fn write(look: &Look, db: &mut SqliteConnection) -> Result<()> {
    let sql = sqlx::query(WRITE).bind(look.at.as_millis()).bind(&look.by).bind(look.what.word());
    sql.bind(&look.address).bind(look.subject.to_string()).execute(db).await?;
    Ok(())
}
