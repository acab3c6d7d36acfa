//! Many rows of one table by few statements, for the tables of which every call writes rows. A statement for each row
//! costs a message to the database's thread and back; one that takes the rows as JSON reads that text anew for each
//! column. So there is a statement for one row, for two, four and so on, each prepared once, with a place for each value.

use crate::Result;
use sqlx::sqlite::{Sqlite, SqliteArguments};
use sqlx::{SqliteConnection, query::Query};

/// A statement whose places are being filled.
pub(crate) type Filling = Query<'static, Sqlite, SqliteArguments>;

/// Rows of the longest statement: 2^this, less one doubling. SQLite takes 32,766 places.
const SIZES: usize = 7;

/// A line of a table.
pub(crate) trait Row {
    /// Fills the places of one row, in the order of the columns.
    fn fill(&self, statement: Filling) -> Filling;
}

impl<R: Row> Row for Box<R> {
    fn fill(&self, statement: Filling) -> Filling {
        (**self).fill(statement)
    }
}

/// The statements for one table; the first is for one row, and each next for twice as many.
pub(crate) struct Insert([String; SIZES]);

impl Insert {
    /// For these columns, with what is to be done where a row is there already.
    pub(crate) fn new(table: &str, columns: &str, conflict: &str) -> Insert {
        Insert::of_rows(table, columns, &vec!["?"; columns.split(',').count()].join(", "), conflict)
    }

    /// The same, where a row is more than a place for each column.
    pub(crate) fn of_rows(table: &str, columns: &str, row: &str, conflict: &str) -> Insert {
        let row = format!("({row})");
        Insert(std::array::from_fn(|size| {
            let rows = vec![row.as_str(); 1 << size].join(", ");
            format!("INSERT INTO {table} ({columns}) VALUES {rows} {conflict}")
        }))
    }

    /// Writes the rows.
    pub(crate) async fn write<'a, R: Row + 'a>(
        &'static self,
        db: &mut SqliteConnection,
        rows: impl ExactSizeIterator<Item = &'a R>,
    ) -> Result<()> {
        let mut rows = rows;
        while rows.len() > 0 {
            let size = (rows.len().ilog2() as usize).min(SIZES - 1);
            let Some(statement) = self.0.get(size) else { break };
            let filled = rows.by_ref().take(1 << size).fold(sqlx::query(statement.as_str()), |at, row| row.fill(at));
            filled.execute(&mut *db).await?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_statement_has_a_place_for_each_value() {
        let insert = Insert::new("t", "a, b, c", "DO NOTHING");
        assert_eq!(insert.0[0], "INSERT INTO t (a, b, c) VALUES (?, ?, ?) DO NOTHING");
        assert_eq!(insert.0[2].matches('?').count(), 12);
    }
}
