//! The account beside our own count: as many records as calls, each call once, each ended. It is read as an
//! operator reads it, with `strowger calls`.

use crate::report::Report;
use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

/// How long the last records may take to be written.
const PATIENCE: Duration = Duration::from_secs(10);

/// Where the account of a switch is found.
#[derive(Clone, Debug)]
pub struct Account {
    /// The switch's program.
    pub binary: PathBuf,
    /// Its configuration.
    pub config: PathBuf,
}

/// What is looked at of a record.
#[derive(Debug, Deserialize)]
struct Record {
    caller: String,
    ended: Option<serde_json::Value>,
    outcome: String,
}

impl Account {
    /// Compares it with our calls, by caller number, and puts every difference into the report. `known` says which
    /// outcome a caller's record must have, empty for any; none when we know of no such call.
    pub fn compare<'a>(&self, report: &mut Report, calls: u64, known: impl Fn(&str) -> Option<&'a str>) -> Result<()> {
        let records = self.ended(calls)?;
        report.records = Some(records.len() as u64);
        let mut seen: BTreeMap<&str, u64> = BTreeMap::new();
        for record in &records {
            *seen.entry(&record.caller).or_default() += 1;
            match known(&record.caller) {
                None => report.fail("a record of a call that was never made", 1),
                Some(_) if record.ended.is_none() => report.fail("a record that was never closed", 1),
                Some(outcome) if record.outcome != outcome && !outcome.is_empty() => {
                    report.fail(format!("recorded as {}", record.outcome), 1);
                }
                Some(_) => {}
            }
        }
        report.fail("a second record of one call", seen.values().map(|count| count - 1).sum());
        report.fail("no record", calls.saturating_sub(seen.len() as u64));
        Ok(())
    }

    /// Compares how many calls have each outcome, where it cannot be known which call had which.
    pub fn compare_outcomes(&self, report: &mut Report, expected: &[(&str, u64)]) -> Result<()> {
        let records = self.ended(expected.iter().map(|(_, count)| count).sum())?;
        report.records = Some(records.len() as u64);
        let callers: BTreeSet<&str> = records.iter().map(|record| record.caller.as_str()).collect();
        report.fail("a second record of one call", (records.len() - callers.len()) as u64);
        for (outcome, count) in expected {
            let alike = records.iter().filter(|record| record.outcome == *outcome && record.ended.is_some());
            let found = alike.count() as u64;
            report.fail(format!("{found} records say {outcome} instead of {count}"), found.abs_diff(*count));
        }
        Ok(())
    }

    /// All records, once as many have ended as there were calls, or after a while as they are.
    fn ended(&self, calls: u64) -> Result<Vec<Record>> {
        let begun = Instant::now();
        loop {
            let records = self.records()?;
            let ended = records.iter().filter(|record| record.ended.is_some()).count();
            if ended as u64 >= calls || begun.elapsed() > PATIENCE {
                return Ok(records);
            }
            std::thread::sleep(Duration::from_millis(200));
        }
    }

    fn records(&self) -> Result<Vec<Record>> {
        let mut command = Command::new(&self.binary);
        command.args(["calls", "--json", "--limit", &u32::MAX.to_string(), "--config"]).arg(&self.config);
        let output = command.output().context("reading the account")?;
        ensure!(output.status.success(), "strowger calls: {}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).context("strowger calls")
    }
}

/// The account of a switch with this configuration.
pub fn of(binary: &Path, config: &Path) -> Account {
    Account { binary: binary.into(), config: config.into() }
}
