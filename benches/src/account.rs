//! The account beside our own count: as many records as calls, each call once, each ended.

use crate::report::Report;
use anyhow::{Context, Result};
use ledger::{CallFilter, CallRow, Reader};
use std::collections::BTreeMap;
use std::path::Path;
use std::time::{Duration, Instant};

/// How long the last records may take to be written.
const PATIENCE: Duration = Duration::from_secs(10);

/// What a caller's number says of his call in our own count.
pub trait Known {
    /// The outcome that his record must have; none when we know of no such call.
    fn outcome(&self, caller: &str) -> Option<&'static str>;
}

impl<F: Fn(&str) -> Option<&'static str>> Known for F {
    fn outcome(&self, caller: &str) -> Option<&'static str> {
        self(caller)
    }
}

/// Compares the account with our calls, by caller number, and puts every difference into the report.
pub fn compare(report: &mut Report, database: &Path, calls: u64, known: impl Known) -> Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let rows = runtime.block_on(ended(database, calls))?;
    report.records = Some(rows.len() as u64);
    let mut seen: BTreeMap<&str, u32> = BTreeMap::new();
    for row in &rows {
        let caller = row.caller.reveal().as_str();
        *seen.entry(caller).or_default() += 1;
        match known.outcome(caller) {
            None => report.fail("a record of a call that was never made", 1),
            Some(_) if row.ended.is_none() => report.fail("a record that was never closed", 1),
            Some(outcome) if row.outcome != outcome => report.fail(format!("recorded as {}", row.outcome), 1),
            Some(_) => {}
        }
    }
    report.fail("a second record of one call", seen.values().map(|count| u64::from(count - 1)).sum());
    report.fail("no record", calls.saturating_sub(seen.len() as u64));
    Ok(())
}

/// All records, once as many have ended as there were calls, or after a while as they are.
async fn ended(database: &Path, calls: u64) -> Result<Vec<CallRow>> {
    let url = format!("sqlite:{}", database.display());
    let reader = Reader::open(&url).await.context("opening the account")?;
    let begun = Instant::now();
    loop {
        let outcomes = reader.outcomes().await?;
        let open = outcomes.get("open").copied().unwrap_or(0);
        let all: u64 = outcomes.values().sum();
        if (all >= calls && open == 0) || begun.elapsed() > PATIENCE {
            return Ok(reader.calls(u32::MAX, &CallFilter::default()).await?);
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
}
