//! A customer is forgotten: what is written down of him goes, and his number out of all that stays, so that reports count
//! his calls as before. Then the account's files are looked through, byte by byte.
//!
//! Every table is gone through, whatever it is for: what a later version keeps is reached, too. In the place of a number
//! stands `erased`.

use super::{CustomerBook, Forms};
use crate::open::wall_ms;
use crate::{Error, Result, daybook};
use sqlx::sqlite::SqliteRow;
use sqlx::{AssertSqlSafe, Connection, Row, SqliteConnection};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Of his, so many rows are gone, and so many were rewritten.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Erased {
    /// Rows that are gone, by table.
    pub gone: BTreeMap<String, u64>,
    /// Rows in which a number stood, by table.
    pub rewritten: BTreeMap<String, u64>,
    /// In which forms it was looked for.
    pub forms: Forms,
}

/// What was found where, afterwards.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Proof {
    /// Each file of the account, how long it is, and how often a number of his stands in it.
    pub files: Vec<(PathBuf, u64, usize)>,
}

const CALLERS: &str = "UPDATE calls SET caller = 'erased', customer = NULL WHERE customer = ?1";
const CONTACTS: &str = "UPDATE contacts SET number = 'erased', customer = NULL WHERE customer = ?1";
const ROWS: [(&str, &str); 3] = [
    ("notes", "DELETE FROM notes WHERE customer = ?1"),
    ("customer_numbers", "DELETE FROM customer_numbers WHERE customer = ?1"),
    ("customers", "DELETE FROM customers WHERE customer = ?1"),
];
const COLUMNS: &str = "SELECT tables.name AS of, columns.name AS name FROM sqlite_master AS tables
    JOIN pragma_table_info(tables.name) AS columns
    WHERE tables.type = 'table' AND tables.name NOT LIKE '\\_sqlx\\_%' ESCAPE '\\' AND tables.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
    AND columns.type IN ('TEXT', 'BLOB')";

impl CustomerBook {
    /// Forgets him, in one transaction; none where there is no such customer. Recordings are their folder's affair.
    pub async fn erase(&mut self, who: i64, forms: Forms) -> Result<Option<Erased>> {
        let mut tx = self.db.begin_with("BEGIN IMMEDIATE").await?;
        let mut erased = Erased { forms, ..Erased::default() };
        for (table, sql) in [("calls", CALLERS), ("contacts", CONTACTS)] {
            let rows = sqlx::query(sql).bind(who).execute(&mut *tx).await?.rows_affected();
            *erased.rewritten.entry(table.to_owned()).or_default() += rows;
        }
        for (table, sql) in ROWS {
            let rows = sqlx::query(sql).bind(who).execute(&mut *tx).await?.rows_affected();
            erased.gone.insert(table.to_owned(), rows);
        }
        if erased.gone.get("customers") == Some(&0) {
            return Ok(None);
        }
        let columns = sqlx::query(COLUMNS).fetch_all(&mut *tx).await?;
        for column in &columns {
            let (table, column): (String, String) = (column.try_get("of")?, column.try_get("name")?);
            let rows = rewrite(&mut tx, &table, &column, &erased.forms).await?;
            *erased.rewritten.entry(table).or_default() += rows;
        }
        erased.rewritten.retain(|_, rows| *rows > 0);
        sqlx::query("UPDATE daybook SET erasures = erasures + 1").execute(&mut *tx).await?;
        tx.commit().await?;
        Ok(Some(erased))
    }

    /// Recordings whose files have been removed.
    pub async fn purged(&mut self, files: &[String]) -> Result<()> {
        let sql = "UPDATE recordings SET file = NULL, purged = ?1 WHERE file IN (SELECT value FROM json_each(?2))";
        sqlx::query(sql).bind(wall_ms()).bind(serde_json::to_string(files)?).execute(&mut self.db).await?;
        Ok(())
    }

    /// Gives back what is free in the database, and empties its log, so that nothing of before is left in either.
    pub async fn tidy(&mut self) -> Result<()> {
        sqlx::query("VACUUM").execute(&mut self.db).await?;
        sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").fetch_all(&mut self.db).await?;
        Ok(())
    }

    /// Whether a switch that ended has left something that only the next start posts (or one runs).
    pub fn is_unposted(&self) -> bool {
        daybook::paths(&self.file).iter().any(|path| path.exists())
    }

    /// Looks for his numbers in the account's files.
    pub fn prove(&self, forms: &Forms) -> Result<Proof> {
        let log = PathBuf::from(format!("{}-wal", self.file.display()));
        let [first, second] = daybook::paths(&self.file);
        let there = [self.file.clone(), log, first, second].into_iter().filter(|path| path.exists());
        let look = |path: PathBuf| look(&path, forms).map(|(bytes, found)| (path, bytes, found));
        Ok(Proof { files: there.map(look).collect::<Result<_>>()? })
    }
}

impl Proof {
    /// Whether no number of his was found.
    pub fn holds(&self) -> bool {
        self.files.iter().all(|(_, _, found)| *found == 0)
    }
}

fn look(path: &Path, forms: &Forms) -> Result<(u64, usize)> {
    let source = |source| Error::File { path: path.display().to_string(), source };
    let bytes = std::fs::read(path).map_err(source)?;
    Ok((bytes.len() as u64, forms.count(&bytes)))
}

/// The numbers go out of one column; of so many rows.
async fn rewrite(db: &mut SqliteConnection, table: &str, column: &str, forms: &Forms) -> Result<u64> {
    let mut rewritten = 0;
    for row in hits(db, table, column, forms).await? {
        let (text, kind): (Vec<u8>, String) = (row.try_get("text")?, row.try_get("kind")?);
        let Some((rest, _)) = forms.without(&text) else { continue };
        let key = if kind == "text" { "CAST(?1 AS TEXT)" } else { "?1" };
        let sql = format!("UPDATE OR REPLACE {table} SET {column} = {key} WHERE {column} = CAST(?2 AS {kind})");
        rewritten += sqlx::query(AssertSqlSafe(sql)).bind(rest).bind(text).execute(&mut *db).await?.rows_affected();
    }
    Ok(rewritten)
}

/// Each text of a column that may have one of them.
async fn hits(db: &mut SqliteConnection, table: &str, column: &str, forms: &Forms) -> Result<Vec<SqliteRow>> {
    let sql = format!(
        "SELECT DISTINCT CAST({column} AS BLOB) AS text, typeof({column}) AS kind FROM {table}
         WHERE EXISTS (SELECT 1 FROM json_each(?1) WHERE instr(CAST({column} AS BLOB), CAST(value AS BLOB)) > 0)"
    );
    let forms = serde_json::to_string(forms.all())?;
    Ok(sqlx::query(AssertSqlSafe(sql)).bind(forms).fetch_all(db).await?)
}
