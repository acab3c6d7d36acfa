//! The routing core's journal in a group: turned into text as it comes, since the daybook and the database want the same.
//! Configurations stand beside it, each once by the hash of its text.

use crate::Result;
use acd::SetupHash;
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use sqlx::{Row as _, SqliteConnection};
use std::borrow::Cow;
use std::collections::BTreeMap;
use std::io::Write as _;
use terms::Incarnation;

/// Replaced by a longer run from the same place: a commit whose answer was lost may have held the beginning of it.
const WRITE: &str = "INSERT INTO journal (incarnation, first, last, version, entries, last_id)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6)
    ON CONFLICT (incarnation, first) DO UPDATE
    SET last = excluded.last, entries = excluded.entries, last_id = excluded.last_id
    WHERE excluded.last > journal.last";
/// With the number of the row that names it last, by which retention knows when nothing names it any more.
const SETUP: &str = "INSERT INTO setups (hash, setup, last_id) VALUES (?1, ?2, ?3)
    ON CONFLICT (hash) DO UPDATE SET last_id = excluded.last_id WHERE excluded.last_id > setups.last_id";
const LAST: &str = "SELECT last FROM journal WHERE incarnation = ?1 ORDER BY first DESC LIMIT 1";

/// A configuration's text, and the hash by which the journal names it.
fn hashed(setup: &acd::Setup) -> (SetupHash, String) {
    let text = serde_json::to_string(&setup.plan()).expect("words and numbers are always JSON");
    (SetupHash(Sha256::digest(text.as_bytes()).into()), text)
}

/// An entry as it is kept: a configuration by its hash.
pub(crate) fn as_kept(entry: &acd::Entry) -> Cow<'_, acd::Entry> {
    entry.setup().map_or(Cow::Borrowed(entry), |setup| Cow::Owned(entry.by_hash(hashed(setup).0)))
}

/// Entries in the order of their sequence.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Journal {
    first: u64,
    last: u64,
    /// The number of the last one; none where an older version wrote it.
    #[serde(skip_serializing_if = "Option::is_none")]
    last_id: Option<i64>,
    /// A JSON array without its brackets.
    #[serde(skip)]
    text: Vec<u8>,
    /// Texts of configurations that entries name, by hash.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    setups: BTreeMap<String, String>,
}

impl Journal {
    /// The next entry, with its number and its count among those of its start.
    pub(crate) fn add(&mut self, id: i64, n: u64, entry: &acd::Entry) {
        self.follow(entry.sequence, entry.sequence);
        let by_hash = entry.setup().map(|setup| entry.by_hash(self.keep(setup)));
        let entry = by_hash.as_ref().unwrap_or(entry);
        self.last_id = Some(id);
        write!(self.text, "{{\"n\":{n},").expect("memory takes it");
        let brace = self.text.len();
        serde_json::to_writer(&mut self.text, entry).expect("words and numbers are always JSON");
        // An entry is an object: what stands before it takes the place of its own brace.
        self.text.remove(brace);
    }

    /// Keeps a configuration's text, and says by which hash.
    fn keep(&mut self, setup: &acd::Setup) -> SetupHash {
        let (hash, text) = hashed(setup);
        self.setups.entry(hash.to_string()).or_insert(text);
        hash
    }

    /// Takes the entries of the next group.
    pub(crate) fn merge(&mut self, later: &Journal) {
        if !later.text.is_empty() {
            self.follow(later.first, later.last);
            self.last_id = later.last_id.or(self.last_id);
            self.text.extend_from_slice(&later.text);
        }
        self.setups.extend(later.setups.iter().map(|(hash, text)| (hash.clone(), text.clone())));
    }

    fn follow(&mut self, first: u64, last: u64) {
        match self.text.is_empty() {
            true => self.first = first,
            false => self.text.push(b','),
        }
        self.last = last;
    }

    pub(crate) fn text(&self) -> &[u8] {
        &self.text
    }

    pub(crate) fn set_text(&mut self, text: &[u8]) {
        self.text = text.to_vec();
    }

    fn array(&self) -> Vec<u8> {
        [b"[", self.text.as_slice(), b"]"].concat()
    }

    /// Writes them as one row.
    pub(crate) async fn write(&self, db: &mut SqliteConnection, incarnation: Incarnation) -> Result<()> {
        for (hash, text) in &self.setups {
            let named = self.last_id.unwrap_or(0);
            sqlx::query(SETUP).bind(hash.as_str()).bind(text.as_str()).bind(named).execute(&mut *db).await?;
        }
        if self.text.is_empty() {
            return Ok(());
        }
        sqlx::query(WRITE)
            .bind(i64::from(u32::from(incarnation)))
            .bind(self.first.cast_signed())
            .bind(self.last.cast_signed())
            .bind(env!("CARGO_PKG_VERSION"))
            .bind(self.array())
            .bind(self.last_id)
            .execute(db)
            .await?;
        Ok(())
    }

    /// Without the entries that the account has already. Groups that are posted anew may be cut otherwise than before.
    pub(crate) async fn news(&self, db: &mut SqliteConnection, incarnation: Incarnation) -> Result<Journal> {
        let known = sqlx::query(LAST).bind(i64::from(u32::from(incarnation))).fetch_optional(db).await?;
        let Some(known) = known.map(|row| row.try_get::<i64, _>(0)).transpose()? else { return Ok(self.clone()) };
        let mut news = Journal { setups: self.setups.clone(), ..Journal::default() };
        for entry in serde_json::from_slice::<Vec<serde_json::Value>>(&self.array())? {
            let sequence = entry.get("sequence").and_then(serde_json::Value::as_u64).unwrap_or(0);
            if sequence > known.cast_unsigned() {
                news.follow(sequence, sequence);
                news.last_id = self.last_id;
                serde_json::to_writer(&mut news.text, &entry)?;
            }
        }
        Ok(news)
    }
}
