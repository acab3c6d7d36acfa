//! What the operator and the supervisors did: reloads of the configuration, and changes at run time.

use crate::store::rows;
use crate::{Reader, Result};
use serde::{Deserialize, Serialize};
use sqlx::sqlite::SqliteRow;
use sqlx::{Row, SqliteConnection};
use std::collections::BTreeMap;
use std::sync::mpsc::Sender;
use terms::Wall;

/// The configuration was read again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reload {
    /// When.
    pub at: Wall,
    /// Who wanted it.
    pub asked: String,
    /// Whether it was taken.
    pub taken: bool,
    /// SHA-256 of the configuration that was in force.
    pub before: String,
    /// SHA-256 of the one that was read; empty when it was refused.
    pub after: String,
    /// What changed, or what was wrong.
    pub detail: String,
}

/// A change that was made at run time.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OverlayRow {
    /// Its number, chosen by whoever made it.
    pub id: i64,
    /// When.
    pub at: Wall,
    /// Who wanted it.
    pub asked: String,
    /// What, as JSON.
    pub change: String,
}

/// Some of both, in a group.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Changes {
    #[serde(deserialize_with = "crate::values::list")]
    reloads: Vec<(i64, Reload)>,
    overlay: BTreeMap<i64, Option<OverlayRow>>,
    #[serde(skip)]
    receipts: Vec<Sender<()>>,
}

#[derive(Serialize)]
struct ReloadLine<'a> {
    id: i64,
    #[serde(flatten)]
    reload: &'a Reload,
}

const RELOADS: &str = "INSERT INTO reloads (id, at, asked, taken, before, after, detail)
    SELECT value->>'id', value->>'at', value->>'asked', value->>'taken', value->>'before', value->>'after',
           value->>'detail'
    FROM json_each(?1) WHERE true ON CONFLICT (id) DO NOTHING";

const OVERLAY: &str = "INSERT INTO overlay (id, at, asked, change)
    SELECT value->>'id', value->>'at', value->>'asked', value->>'change' FROM json_each(?1) WHERE true
    ON CONFLICT (id) DO UPDATE SET at = excluded.at, asked = excluded.asked, change = excluded.change";

const DROPPED: &str = "DELETE FROM overlay WHERE id IN (SELECT value FROM json_each(?1))";

impl Changes {
    pub fn reload(&mut self, id: i64, reload: Reload) {
        self.reloads.push((id, reload));
    }

    pub fn overlay(&mut self, id: i64, row: Option<OverlayRow>) {
        self.overlay.insert(id, row);
    }

    pub fn receipt(&mut self, receipt: Sender<()>) {
        self.receipts.push(receipt);
    }

    pub fn renumber(&mut self) {
        self.reloads.iter_mut().for_each(|(id, _)| *id = crate::batch::renumbered(*id));
    }

    /// Takes what a later group has, the receipts too.
    pub fn merge(&mut self, later: Changes) {
        self.reloads.extend(later.reloads);
        self.overlay.extend(later.overlay);
        self.receipts.extend(later.receipts);
    }

    /// Whether nobody waits at the desk.
    pub fn is_empty(&self) -> bool {
        self.reloads.is_empty() && self.overlay.is_empty() && self.receipts.is_empty()
    }

    /// Who waits until everything that came before is on disk.
    pub fn take_receipts(&mut self) -> Vec<Sender<()>> {
        std::mem::take(&mut self.receipts)
    }

    pub async fn write(&self, db: &mut SqliteConnection) -> Result<()> {
        let reloads: Vec<_> = self.reloads.iter().map(|(id, reload)| ReloadLine { id: *id, reload }).collect();
        rows(db, RELOADS, &reloads).await?;
        rows(db, OVERLAY, &self.overlay.values().flatten().collect::<Vec<_>>()).await?;
        let dropped: Vec<i64> = self.overlay.iter().filter(|(_, row)| row.is_none()).map(|(id, _)| *id).collect();
        rows(db, DROPPED, &dropped).await
    }
}

/// What is laid over the configuration, in the order in which it was made.
pub(crate) async fn overlay(db: &mut SqliteConnection) -> Result<Vec<OverlayRow>> {
    let row = |row: &SqliteRow| {
        let at = Wall::from_millis(row.try_get("at")?);
        Ok(OverlayRow { id: row.try_get("id")?, at, asked: row.try_get("asked")?, change: row.try_get("change")? })
    };
    sqlx::query("SELECT * FROM overlay ORDER BY id").fetch_all(db).await?.iter().map(row).collect()
}

impl Reader {
    /// The newest reloads first, at most `limit`.
    pub async fn reloads(&self, limit: u32) -> Result<Vec<Reload>> {
        let row = |row: &SqliteRow| {
            Ok(Reload {
                at: Wall::from_millis(row.try_get("at")?),
                asked: row.try_get("asked")?,
                taken: row.try_get("taken")?,
                before: row.try_get("before")?,
                after: row.try_get("after")?,
                detail: row.try_get("detail")?,
            })
        };
        let sql = "SELECT * FROM reloads ORDER BY id DESC LIMIT ?1";
        sqlx::query(sql).bind(i64::from(limit)).fetch_all(self.pool()).await?.iter().map(row).collect()
    }
}
