//! `docs/account.md` is held against the database: every table, view and column, and its examples.
#![allow(clippy::unwrap_used)] // A test; clippy sees only the functions marked so.

mod desk;

use desk::{Desk, closed, url};
use ledger::{Item, Name};
use sqlx::{Connection, Row, SqliteConnection};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

fn page() -> String {
    std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/account.md")).unwrap()
}

/// The first word in back quotes of each row of the table below each heading like `## v_calls`.
fn documented(page: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut found = BTreeMap::<String, BTreeSet<String>>::new();
    let mut table = None;
    for line in page.lines() {
        if let Some(heading) = line.strip_prefix('#') {
            table = heading.trim_start_matches('#').trim().strip_prefix('`').and_then(|rest| rest.strip_suffix('`'));
            found.extend(table.map(|name| (name.to_owned(), BTreeSet::new())));
        } else if let (Some(name), Some(cell)) = (table, line.strip_prefix("| `")) {
            let columns = cell.split(" | ").next().unwrap_or_default().split('`').step_by(2).map(str::to_owned);
            found.entry(name.to_owned()).or_default().extend(columns.filter(|column| !column.is_empty()));
        }
    }
    found
}

#[test]
fn the_book_names_every_table_view_and_column_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let desk = Desk::open(folder.path());
    let there: BTreeMap<String, BTreeSet<String>> = desk.runtime.block_on(async {
        let mut db = SqliteConnection::connect(&url(folder.path())).await.unwrap();
        let sql = "SELECT master.name AS owner, columns.name AS name
            FROM sqlite_master AS master, pragma_table_info(master.name) AS columns
            WHERE master.type IN ('table', 'view') AND master.name NOT LIKE 'sqlite_%' AND master.name NOT LIKE '_sqlx_%'";
        let mut there = BTreeMap::<String, BTreeSet<String>>::new();
        for row in sqlx::query(sql).fetch_all(&mut db).await.unwrap() {
            there.entry(row.get("owner")).or_default().insert(row.get("name"));
        }
        there
    });
    assert!(there.len() > 12, "{there:?}");
    let documented = documented(&page());
    for (name, columns) in &there {
        let told = documented.get(name).unwrap_or_else(|| panic!("docs/account.md does not tell of {name}"));
        assert_eq!(columns, told, "{name}");
    }
    assert_eq!(documented.keys().collect::<Vec<_>>(), there.keys().collect::<Vec<_>>());
    desk.close();
}

#[test]
fn the_questions_of_the_book_are_answered_with_names() {
    let folder = tempfile::tempdir().unwrap();
    let mut desk = Desk::open(folder.path());
    let names =
        [Name::agent("alice"), Name::queue("support"), Name::trunk("acme"), Name::trunk("beta"), Name::phone("desk1")];
    names.into_iter().for_each(|name| desk.push(Item::Name(Box::new(name))));
    desk.push(closed(7));
    desk.settle();
    let page = page();
    let questions: Vec<&str> = page.split("```sql\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    assert!(questions.len() >= 3);
    desk.runtime.block_on(async {
        let mut db = SqliteConnection::connect(&url(folder.path())).await.unwrap();
        for question in questions {
            let asked = sqlx::raw_sql(sqlx::AssertSqlSafe(question.to_owned())).fetch_all(&mut db).await;
            asked.unwrap_or_else(|error| panic!("{question}: {error}"));
        }
        let row = sqlx::query("SELECT * FROM v_calls").fetch_one(&mut db).await.unwrap();
        let text = |column: &str| row.get::<Option<String>, _>(column);
        let names = ["call", "source", "queue", "agent", "phone", "trunk_out", "direction"].map(text);
        let wanted = ["c7", "acme", "support", "alice", "desk1", "beta", "transit"].map(|name| Some(name.to_owned()));
        assert_eq!((names, text("started")), (wanted, Some("1970-01-01 00:00:01.007".into())));
        assert_eq!((row.get::<i64, _>("talked_ms"), row.get::<i64, _>("held_ms")), (5_669, 9));
    });
    desk.close();
}
