//! All that the account has of a customer, for himself: whole rows, as they stand.

use super::Forms;
use crate::{Reader, Result};
use serde_json::{Value, json};
use sqlx::{AssertSqlSafe, Row};
use terms::CallRef;

/// Numbers that are his alone: what another has too tells nothing of him.
const ALONE: &str = "SELECT number FROM customer_numbers AS mine WHERE customer = ?1 AND NOT EXISTS
    (SELECT 1 FROM customer_numbers AS others WHERE others.number = mine.number AND others.customer <> ?1)";

/// His calls: those he made, and those made to him, in whatever form his number was dialled.
const CALLS: &str = "SELECT call FROM calls WHERE customer = ?1
    OR caller IN (SELECT value FROM json_each(?2)) OR called IN (SELECT value FROM json_each(?2))";

/// Of which table what.
const TABLES: [(&str, &str); 12] = [
    ("customers", "customer = ?1"),
    ("customer_numbers", "customer = ?1"),
    ("notes", "customer = ?1"),
    ("calls", "call IN ({calls})"),
    ("contacts", "customer = ?1 OR contact IN (SELECT contact FROM segments WHERE call IN ({calls}))"),
    ("segments", "call IN ({calls}) OR contact IN (SELECT contact FROM contacts WHERE customer = ?1)"),
    ("legs", "call IN ({calls})"),
    ("moves", "call IN ({calls})"),
    ("events", "call IN ({calls})"),
    ("recordings", "call IN ({calls})"),
    ("messages", "call IN ({calls})"),
    ("message_marks", "capture IN (SELECT capture FROM messages WHERE call IN ({calls}))"),
];

impl Reader {
    /// His telephone numbers that nobody else has.
    pub async fn numbers_alone(&self, who: i64) -> Result<Vec<String>> {
        let rows = sqlx::query(ALONE).bind(who).fetch_all(self.pool()).await?;
        rows.iter().map(|row| Ok(row.try_get(0)?)).collect()
    }

    /// All of him as JSON; none where there is no such customer. `recordings` name their files below the recordings folder.
    pub async fn customer_export(&self, who: i64, forms: &Forms) -> Result<Option<Value>> {
        let mut all = serde_json::Map::new();
        let forms = serde_json::to_string(forms.all())?;
        for (table, of) in TABLES {
            let columns = sqlx::query("SELECT name FROM pragma_table_info(?1)").bind(table).fetch_all(self.pool());
            let pair =
                |row: &sqlx::sqlite::SqliteRow| row.try_get::<String, _>(0).map(|name| format!("'{name}', {name}"));
            let pairs = columns.await?.iter().map(pair).collect::<sqlx::Result<Vec<_>>>()?.join(", ");
            let of = of.replace("{calls}", CALLS);
            let sql = format!("SELECT coalesce(json_group_array(json_object({pairs})), '[]') FROM {table} WHERE {of}");
            let row = sqlx::query(AssertSqlSafe(sql)).bind(who).bind(&forms).fetch_one(self.pool()).await?;
            all.insert(table.to_owned(), serde_json::from_str(&row.try_get::<String, _>(0)?)?);
        }
        let nobody = all.get("customers").is_none_or(|rows| *rows == json!([]));
        Ok((!nobody).then_some(Value::Object(all)))
    }

    /// The calls of a customer, those made to him, too.
    pub async fn calls_of(&self, who: i64, forms: &Forms) -> Result<Vec<CallRef>> {
        let rows =
            sqlx::query(CALLS).bind(who).bind(serde_json::to_string(forms.all())?).fetch_all(self.pool()).await?;
        rows.iter().map(|row| Ok(CallRef(row.try_get::<i64, _>(0)?.cast_unsigned()))).collect()
    }
}
