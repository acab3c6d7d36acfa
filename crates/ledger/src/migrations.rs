//! The tables as they came to be, one step a file, embedded: an account of an earlier version is brought up to
//! this one when it is opened. A step that has been released is never changed, since its checksum is in each account.

use sqlx::SqlSafeStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};

/// Number, what it is about, and its statements.
const STEPS: &[(i64, &str, &str)] = &[
    (1, "account", include_str!("../migrations/0001_account.sql")),
    (20, "dialogs", include_str!("../migrations/0020_dialogs.sql")),
    (30, "reloads", include_str!("../migrations/0030_reloads.sql")),
    (40, "retention", include_str!("../migrations/0040_retention.sql")),
    (50, "daybook", include_str!("../migrations/0050_daybook.sql")),
    (70, "whole_calls", include_str!("../migrations/0070_whole_calls.sql")),
    (71, "views", include_str!("../migrations/0071_views.sql")),
    (72, "reachable", include_str!("../migrations/0072_reachable.sql")),
    (80, "nodes", include_str!("../migrations/0080_nodes.sql")),
    (90, "legs", include_str!("../migrations/0090_legs.sql")),
    (100, "segments", include_str!("../migrations/0100_segments.sql")),
    (101, "contacts", include_str!("../migrations/0101_contacts.sql")),
    (102, "setups", include_str!("../migrations/0102_setups.sql")),
    (110, "stream", include_str!("../migrations/0110_stream.sql")),
    (120, "pages", include_str!("../migrations/0120_pages.sql")),
    (121, "moves", include_str!("../migrations/0121_moves.sql")),
    (130, "setups_named", include_str!("../migrations/0130_setups_named.sql")),
    (131, "starts", include_str!("../migrations/0131_starts.sql")),
    (180, "forwards", include_str!("../migrations/0180_forwards.sql")),
    (210, "watches", include_str!("../migrations/0210_watches.sql")),
    (220, "dispositions", include_str!("../migrations/0220_dispositions.sql")),
    (240, "seats", include_str!("../migrations/0240_seats.sql")),
    (300, "access", include_str!("../migrations/0300_access.sql")),
    (310, "parked", include_str!("../migrations/0310_parked.sql")),
    (311, "kept_contacts", include_str!("../migrations/0311_kept_contacts.sql")),
    (320, "tokens", include_str!("../migrations/0320_tokens.sql")),
    (321, "sign_ins", include_str!("../migrations/0321_sign_ins.sql")),
    (330, "customers", include_str!("../migrations/0330_customers.sql")),
    (350, "messages", include_str!("../migrations/0350_messages.sql")),
    (370, "looks", include_str!("../migrations/0370_looks.sql")),
];

/// What brings an account up to date.
pub(crate) fn migrator() -> Migrator {
    migrator_of(STEPS.iter())
}

fn migrator_of<'a>(steps: impl Iterator<Item = &'a (i64, &'static str, &'static str)>) -> Migrator {
    let step = |&(number, about, sql): &(i64, &'static str, &'static str)| {
        Migration::new(number, about.into(), MigrationType::Simple, sql.into_sql_str(), false)
    };
    Migrator::with_migrations(steps.map(step).collect())
}

#[cfg(test)]
mod tests {
    use super::{STEPS, migrator, migrator_of};
    use sqlx::{Connection, Row as _, SqliteConnection};

    /// Steps that came after others with higher numbers had been used: they were made beside each other.
    const LATE: &[i64] = &[240, 330, 350];

    #[test]
    fn every_file_of_the_folder_is_a_step() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/migrations");
        let mut files: Vec<String> =
            std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        files.sort();
        let named: Vec<String> = STEPS.iter().map(|(number, about, _)| format!("{number:04}_{about}.sql")).collect();
        assert_eq!(named, files);
    }

    /// Tables, views and indexes, with their statements.
    async fn schema(db: &mut SqliteConnection) -> Vec<(String, Option<String>)> {
        let sql = "SELECT name, sql FROM sqlite_master WHERE name NOT LIKE '_sqlx_%' ORDER BY name";
        let rows = sqlx::query(sql).fetch_all(db).await.unwrap();
        rows.iter().map(|row| (row.get("name"), row.get("sql"))).collect()
    }

    #[test]
    fn an_account_that_has_higher_steps_gets_a_late_one_too() {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        runtime.block_on(async {
            let mut whole = SqliteConnection::connect("sqlite::memory:").await.unwrap();
            migrator().run(&mut whole).await.unwrap();
            let whole = schema(&mut whole).await;
            for late in LATE {
                let mut db = SqliteConnection::connect("sqlite::memory:").await.unwrap();
                migrator_of(STEPS.iter().filter(|(number, ..)| number != late)).run(&mut db).await.unwrap();
                assert_ne!(schema(&mut db).await, whole, "step {late} changes nothing");
                migrator().run(&mut db).await.unwrap();
                assert_eq!(schema(&mut db).await, whole, "step {late}");
            }
        });
    }
}
