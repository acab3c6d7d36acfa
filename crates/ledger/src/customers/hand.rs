//! What people change: names, fields, notes, and who is whom.

use super::{FIELDS, NAME_LETTERS, NOTE_LETTERS, folded};
use crate::looks::{self, Look};
use crate::open::wall_ms;
use crate::{Error, Reader, Result};
use sqlx::sqlite::{SqliteConnectOptions, SqliteSynchronous};
use sqlx::{Connection, Row, SqliteConnection};
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;
use terms::{CallRef, ContactId};

/// How long it waits for the switch's own writing.
const PATIENCE: Duration = Duration::from_secs(10);

/// The account, open for changes of customers.
#[derive(Debug)]
pub struct CustomerBook {
    pub(super) db: SqliteConnection,
    pub(super) file: PathBuf,
}

/// What is to be different.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CustomerChange {
    /// His name.
    pub name: Option<String>,
    /// Fields; an empty text takes one away.
    pub fields: BTreeMap<String, String>,
}

/// A note to write.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewNote {
    /// Who: `user:anna`.
    pub author: String,
    /// What.
    pub text: String,
    /// In which contact.
    pub contact: Option<ContactId>,
}

/// What became of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Changed {
    /// It was made; the version or the note that there is now.
    Done(i64),
    /// There is no such customer.
    Nobody,
    /// Somebody else has changed him since: this is his version now.
    Meanwhile(i64),
    /// A text is empty or too long, or there are too many fields.
    TooMuch,
}

const KNOWN: &str = "SELECT name, fields, version FROM customers WHERE customer = ?1";
const CHANGE: &str = "UPDATE customers SET name = ?2, fields = ?3, folded = ?4, version = version + 1
    WHERE customer = ?1 RETURNING version";
const NOTE: &str = "INSERT INTO notes (customer, contact, at, author, text)
    SELECT customer, ?2, ?3, ?4, ?5 FROM customers WHERE customer = ?1 RETURNING note";
/// In this order: what he has goes over, then he does.
const MERGE: [&str; 6] = [
    "UPDATE OR IGNORE customer_numbers SET customer = ?1 WHERE customer = ?2",
    "DELETE FROM customer_numbers WHERE customer = ?2",
    "UPDATE notes SET customer = ?1 WHERE customer = ?2",
    "UPDATE calls SET customer = ?1 WHERE customer = ?2",
    "UPDATE contacts SET customer = ?1 WHERE customer = ?2",
    "UPDATE customers SET created = min(created, (SELECT created FROM customers WHERE customer = ?2)),
        seen = max(seen, (SELECT seen FROM customers WHERE customer = ?2)) WHERE customer = ?1",
];
const GONE: &str = "DELETE FROM customers WHERE customer = ?1";
/// Somebody of several with this number, or another whom an agent has made of him.
const PICK: [&str; 2] = [
    "UPDATE calls SET customer = ?1 WHERE call = ?2",
    "UPDATE contacts SET customer = ?1 WHERE contact IN (SELECT contact FROM segments WHERE call = ?2)",
];

impl CustomerBook {
    /// Opens it beside the switch that writes the account, or while none does.
    pub async fn open(reader: &Reader) -> Result<CustomerBook> {
        let nowhere = || Error::Missing { path: "memory".into() };
        let file = reader.file.clone().ok_or_else(nowhere)?;
        let options = SqliteConnectOptions::new().filename(&file).create_if_missing(false).busy_timeout(PATIENCE);
        let options = options.synchronous(SqliteSynchronous::Full).pragma("secure_delete", "ON");
        Ok(CustomerBook { db: SqliteConnection::connect_with(&options).await?, file })
    }

    /// Changes name and fields; with a version, only if he still has it.
    pub async fn change(&mut self, who: i64, change: &CustomerChange, version: Option<i64>) -> Result<Changed> {
        let mut tx = self.db.begin_with("BEGIN IMMEDIATE").await?;
        let Some(row) = sqlx::query(KNOWN).bind(who).fetch_optional(&mut *tx).await? else {
            return Ok(Changed::Nobody);
        };
        let (known, mut fields) = (row.try_get::<String, _>("name")?, fields_of(&row)?);
        let now: i64 = row.try_get("version")?;
        if version.is_some_and(|version| version != now) {
            return Ok(Changed::Meanwhile(now));
        }
        for (field, text) in &change.fields {
            match text.trim() {
                "" => drop(fields.remove(field)),
                text => drop(fields.insert(field.clone(), text.to_owned())),
            }
        }
        let name = change.name.as_deref().unwrap_or(&known).trim();
        let long = |text: &str| text.chars().count() > NAME_LETTERS;
        if long(name) || fields.len() > FIELDS || fields.iter().any(|(field, text)| long(field) || long(text)) {
            return Ok(Changed::TooMuch);
        }
        let version = say(&mut tx, who, name, &fields).await?;
        tx.commit().await?;
        Ok(Changed::Done(version))
    }

    /// Writes a note down.
    pub async fn note(&mut self, who: i64, note: &NewNote) -> Result<Changed> {
        let text = note.text.trim();
        if text.is_empty() || text.chars().count() > NOTE_LETTERS {
            return Ok(Changed::TooMuch);
        }
        let contact = note.contact.map(|contact| contact.0.cast_signed());
        let sql = sqlx::query(NOTE).bind(who).bind(contact).bind(wall_ms()).bind(&note.author).bind(text);
        let written = sql.fetch_optional(&mut self.db).await?;
        written.map_or(Ok(Changed::Nobody), |row| Ok(Changed::Done(row.try_get(0)?)))
    }

    /// Makes one of two: what `from` has is `into`'s, whose name and fields stand before his.
    pub async fn merge(&mut self, into: i64, from: i64) -> Result<Changed> {
        let mut tx = self.db.begin_with("BEGIN IMMEDIATE").await?;
        let mut both = vec![];
        for who in [into, from] {
            both.extend(sqlx::query(KNOWN).bind(who).fetch_optional(&mut *tx).await?);
        }
        let [first, second] = both.as_slice() else { return Ok(Changed::Nobody) };
        if into == from {
            return Ok(Changed::Nobody);
        }
        let mut fields = fields_of(second)?;
        fields.extend(fields_of(first)?);
        let names: [String; 2] = [first.try_get("name")?, second.try_get("name")?];
        let name = names.into_iter().find(|name| !name.is_empty()).unwrap_or_default();
        for sql in MERGE {
            sqlx::query(sql).bind(into).bind(from).execute(&mut *tx).await?;
        }
        let version = say(&mut tx, into, &name, &fields).await?;
        sqlx::query(GONE).bind(from).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(Changed::Done(version))
    }

    /// Of several with his number it was this one.
    pub async fn pick(&mut self, who: i64, call: CallRef) -> Result<Changed> {
        let mut tx = self.db.begin_with("BEGIN IMMEDIATE").await?;
        let Some(row) = sqlx::query(KNOWN).bind(who).fetch_optional(&mut *tx).await? else {
            return Ok(Changed::Nobody);
        };
        for sql in PICK {
            sqlx::query(sql).bind(who).bind(call.0.cast_signed()).execute(&mut *tx).await?;
        }
        tx.commit().await?;
        Ok(Changed::Done(row.try_get("version")?))
    }

    /// Keeps an entry of the audit: somebody has looked at all that there is of a customer, or has him erased.
    pub async fn keep_look(&mut self, look: &Look) -> Result<()> {
        looks::write(look, &mut self.db).await
    }

    /// Makes another customer with this number; whoever had it has it, too.
    pub async fn add(&mut self, name: &str, number: &str) -> Result<i64> {
        let mut tx = self.db.begin_with("BEGIN IMMEDIATE").await?;
        let made = "INSERT INTO customers (name, folded, created, seen) VALUES (?1, ?2, ?3, ?3) RETURNING customer";
        let row = sqlx::query(made).bind(name).bind(folded(name)).bind(wall_ms()).fetch_one(&mut *tx).await?;
        let customer: i64 = row.try_get(0)?;
        let has = "INSERT INTO customer_numbers (number, customer) VALUES (?1, ?2)";
        sqlx::query(has).bind(number).bind(customer).execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(customer)
    }
}

/// Name, fields and what the search finds him by; his version then.
async fn say(db: &mut SqliteConnection, who: i64, name: &str, fields: &BTreeMap<String, String>) -> Result<i64> {
    let all = std::iter::once(name).chain(fields.values().map(String::as_str)).collect::<Vec<_>>().join("\n");
    let sql = sqlx::query(CHANGE).bind(who).bind(name).bind(serde_json::to_string(fields)?).bind(folded(&all));
    Ok(sql.fetch_one(db).await?.try_get(0)?)
}

pub(super) fn fields_of(row: &sqlx::sqlite::SqliteRow) -> Result<BTreeMap<String, String>> {
    serde_json::from_str(&row.try_get::<String, _>("fields")?).map_err(Error::from)
}
