//! `strowger audit`: who did what, at the command line, at the pages and by keys, and who came to the pages.

use crate::account::Account;
use crate::admin::table;
use crate::style::harmless;
use crate::terminal::{say, wall_time};
use clap::Args;
use ledger::{AuditEntry, AuditFilter, Reader};
use std::fmt::Write as _;
use terms::Wall;

/// Letters of an answer that a line of the table has.
const WORDS: usize = 60;

/// What may be said to `strowger audit`.
#[derive(Debug, Args)]
pub struct AuditArgs {
    /// Of this user of the pages.
    #[arg(long, value_name = "NAME", conflicts_with = "by")]
    user: Option<String>,
    /// Of this actor, such as operator:0, agent:alice or phone:desk1.
    #[arg(long, value_name = "ACTOR")]
    by: Option<String>,
    /// From this day on, such as 2026-11-01.
    #[arg(long, value_name = "DATE", value_parser = super::token::day)]
    after: Option<Wall>,
    /// Before this day.
    #[arg(long, value_name = "DATE", value_parser = super::token::day)]
    before: Option<Wall>,
    /// So many, the newest first.
    #[arg(long, value_name = "N", default_value_t = 50)]
    limit: u32,
    /// Print a JSON object a line: {at, seq, by, address, what, subject, before, after, outcome, words}.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    account: Account,
}

/// Shows it.
pub fn audit(args: &AuditArgs) -> anyhow::Result<()> {
    let by = args.user.as_ref().map(|user| format!("user:{user}")).or_else(|| args.by.clone());
    let filter = AuditFilter { by, after: args.after, before: args.before };
    let (database, _) = args.account.find()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let read = async { anyhow::Ok(Reader::open(&database).await?.audit(&filter, args.limit).await?) };
    let entries = runtime.block_on(read)?;
    if args.json {
        let mut lines = String::new();
        for entry in &entries {
            let _ = writeln!(lines, "{}", serde_json::to_string(entry)?);
        }
        return say(&lines);
    }
    say(&text(&entries))
}

fn text(entries: &[AuditEntry]) -> String {
    if entries.is_empty() {
        return "nobody did anything\n".into();
    }
    let heads = [("when", false), ("who", false), ("from", false), ("what", false), ("", false), ("answer", false)];
    let row = |entry: &AuditEntry| {
        let words: String = entry.words.lines().next().unwrap_or_default().chars().take(WORDS).collect();
        let from = entry.address.clone().unwrap_or_else(|| "-".into());
        let (who, what) = (harmless(&entry.by), entry.what.clone());
        vec![wall_time(entry.at.as_millis()), who, from, what, entry.outcome.clone(), harmless(&words)]
    };
    table::columns(&heads, &entries.iter().map(row).collect::<Vec<_>>())
}
