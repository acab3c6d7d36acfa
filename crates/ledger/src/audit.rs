//! Who did what, as an auditor reads it: every command with its answer and what was before, which the stream has already; who
//! came to the pages, went, or did not get in; and who has looked at what of people ([`crate::Looked`]).

use crate::{Reader, Result};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};
use terms::{Seq, Wall};

/// Somebody came, went, or did not get in.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignIn {
    /// When.
    pub at: Wall,
    /// Who; empty where the name that was said is nobody's.
    pub user: String,
    /// `in`, `out`, `chosen`, `changed`, `ended` or `wrong`.
    pub what: String,
    /// From where.
    pub address: String,
    /// As the browser names itself.
    pub browser: String,
}

/// An entry.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct AuditEntry {
    /// When.
    pub at: Wall,
    /// The number of a command in the stream.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seq: Option<String>,
    /// Who: `user:anna`, `operator:0`; `user:` alone for a name that is nobody's.
    pub by: String,
    /// From where, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// What was wanted: the kind of a command, `sign_in`, or the word of a look.
    pub what: String,
    /// The rest of what was wanted. No secret, nor the hash of one, is in it.
    pub subject: Value,
    /// How it stood before, where a command changes a setting or a state.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub before: Option<String>,
    /// How it stood after that.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub after: Option<String>,
    /// `done` or `refused`.
    pub outcome: String,
    /// What was answered.
    pub words: String,
}

/// Which entries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuditFilter {
    /// Of this actor, such as `user:anna`.
    pub by: Option<String>,
    /// From this moment on.
    pub after: Option<Wall>,
    /// Before this moment.
    pub before: Option<Wall>,
}

const WRITE: &str = "INSERT INTO sign_ins (at, user, what, address, browser) VALUES (?1, ?2, ?3, ?4, ?5)
    ON CONFLICT DO NOTHING";
const READ: &str = "SELECT * FROM (
    SELECT at, id, detail ->> '$.by' AS by, NULL AS address, NULL AS look, detail FROM happenings WHERE kind = 'command'
    UNION ALL
    SELECT at, NULL, 'user:' || user, address, NULL, json_object('what', what, 'browser', browser) FROM sign_ins
    UNION ALL
    SELECT at, NULL, by, nullif(address, ''), what, subject FROM looks)
    WHERE at >= ?1 AND at < ?2 AND (?3 IS NULL OR by = ?3) ORDER BY at DESC, id DESC LIMIT ?4";
/// Of secrets the account has hashes, which are nobody's business.
const HIDDEN: &str = "proof";

pub(crate) async fn write(entry: &SignIn, db: &mut SqliteConnection) -> Result<()> {
    let SignIn { at, user, what, address, browser } = entry;
    let sql = sqlx::query(WRITE).bind(at.as_millis()).bind(user).bind(what).bind(address).bind(browser);
    sql.execute(db).await?;
    Ok(())
}

fn entry(row: &SqliteRow) -> Result<AuditEntry> {
    let at = Wall::from_millis(row.try_get("at")?);
    let (by, address): (Option<String>, Option<String>) = (row.try_get("by")?, row.try_get("address")?);
    let (id, detail): (Option<i64>, String) = (row.try_get("id")?, row.try_get("detail")?);
    let detail: Value = serde_json::from_str(&detail)?;
    let by = by.unwrap_or_default();
    if let Some(what) = row.try_get::<Option<String>, _>("look")? {
        let (outcome, words) = ("done".into(), String::new());
        return Ok(AuditEntry {
            at,
            seq: None,
            by,
            address,
            what,
            subject: detail,
            before: None,
            after: None,
            outcome,
            words,
        });
    }
    let Some(id) = id else {
        let said = detail["what"].as_str().unwrap_or_default().to_owned();
        let outcome = if said == "wrong" { "refused" } else { "done" }.to_owned();
        let subject = serde_json::json!({ "browser": detail["browser"] });
        return Ok(AuditEntry {
            at,
            seq: None,
            by,
            address,
            what: "sign_in".into(),
            subject,
            before: None,
            after: None,
            outcome,
            words: said,
        });
    };
    let (what, mut subject) = only(&detail["what"]);
    if let Some(subject) = subject.as_object_mut() {
        subject.remove(HIDDEN);
    }
    let (outcome, words) = only(&detail["reply"]);
    let words = words.as_str().unwrap_or_default().to_owned();
    let stood = |when: &str| detail[when].as_str().map(str::to_owned);
    Ok(AuditEntry {
        before: stood("before"),
        after: stood("after"),
        at,
        seq: Some(Seq::of(id.cast_unsigned()).to_string()),
        by,
        address,
        what,
        subject,
        outcome,
        words,
    })
}

/// The one key of an object, and what it has.
fn only(value: &Value) -> (String, Value) {
    match value.as_object().and_then(|object| object.iter().next()) {
        Some((key, inside)) => (key.clone(), inside.clone()),
        None => (value.as_str().unwrap_or_default().to_owned(), Value::Null),
    }
}

impl Reader {
    /// The entries, the newest first.
    pub async fn audit(&self, filter: &AuditFilter, limit: u32) -> Result<Vec<AuditEntry>> {
        let bound = |at: Option<Wall>, else_: i64| at.map_or(else_, Wall::as_millis);
        let sql = sqlx::query(READ).bind(bound(filter.after, i64::MIN)).bind(bound(filter.before, i64::MAX));
        let rows = sql.bind(&filter.by).bind(limit).fetch_all(self.pool()).await?;
        rows.iter().map(entry).collect()
    }
}
