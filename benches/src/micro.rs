//! The modes parse and match: criterion's benches of the cores, with what they found.

use crate::report::{Report, rounded};
use anyhow::{Context, Result, ensure};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::SystemTime;

/// Runs the benches whose names begin with this.
pub fn run(prefix: &str) -> Result<Report> {
    let begun = SystemTime::now();
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    cargo.args(["bench", "--quiet", "--locked", "-p", "bench", "--bench", "cores", "--", "--noplot"]);
    let status = cargo.arg(format!("^{prefix}:")).current_dir(env!("CARGO_MANIFEST_DIR"));
    // Criterion's own account goes where errors go: standard output is the report's.
    let status = status.stdout(Stdio::from(std::io::stderr())).status().context("starting cargo")?;
    ensure!(status.success(), "the benches ended with {status}");
    let mut report = Report::new(prefix, "strowger");
    for (name, ns) in found(&target()?.join("criterion"), begun)? {
        report.add(&format!("ns {name}"), rounded(ns));
        report.units += 1;
    }
    ensure!(report.units > 0, "no bench is called `{prefix}: ...`");
    Ok(report)
}

/// Where cargo builds: this program is in `target/release`.
fn target() -> Result<PathBuf> {
    let own = std::env::current_exe()?;
    Ok(own.ancestors().nth(2).context("the program is in target/release")?.into())
}

/// What criterion has written since then: each bench's name and the mean in nanoseconds.
fn found(folder: &Path, since: SystemTime) -> Result<Vec<(String, f64)>> {
    let mut all = Vec::new();
    for entry in std::fs::read_dir(folder).with_context(|| folder.display().to_string())?.flatten() {
        let new = entry.path().join("new");
        let estimates = new.join("estimates.json");
        if !estimates.metadata().and_then(|meta| meta.modified()).is_ok_and(|at| at >= since) {
            continue;
        }
        let read = |path: &Path| -> Result<Value> { Ok(serde_json::from_slice(&std::fs::read(path)?)?) };
        let benchmark = read(&new.join("benchmark.json"))?;
        let name = benchmark["full_id"].as_str().unwrap_or_default().to_owned();
        let mean = read(&estimates)?["mean"]["point_estimate"].as_f64();
        all.push((name, mean.context("criterion wrote no mean")?));
    }
    all.sort_by(|left, right| left.0.cmp(&right.0));
    Ok(all)
}
