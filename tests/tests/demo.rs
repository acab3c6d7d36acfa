//! `strowger demo`: the README's first command, for 20 seconds, counted by the callers themselves.

use anyhow::{Context, Result};
use e2e::place::Place;
use e2e::switch::binary;
use serde_json::Value;
use std::process::Command;

#[test]
fn the_demo_answers_or_loses_every_call_and_leaves_nothing_stuck() -> Result<()> {
    let place = Place::take()?;
    let mut command = Command::new(binary()?);
    command.args(["demo", "--for", "20s", "--json"]).current_dir(place.folder());
    let output = command.output()?;
    let (text, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{}: {errors}", output.status);
    assert!(!errors.contains("panicked"), "{errors}");
    let last = text.lines().rev().find(|line| line.trim_start().starts_with('{')).context("no JSON")?;
    let told: Value = serde_json::from_str(&text).or_else(|_| serde_json::from_str(last)).context(text.to_string())?;
    let count = |key: &str| told[key].as_u64().with_context(|| format!("no {key} in {told}"));
    assert!(count("offered")? >= 3, "{told}");
    assert_eq!(count("offered")?, count("answered")? + count("abandoned")?, "{told}");
    assert!(count("answered")? > 0 && count("recorded")? > 0, "{told}");
    assert_eq!(count("records")?, count("offered")?, "{told}");
    assert_eq!(count("stuck")?, 0, "{told}");
    Ok(())
}
