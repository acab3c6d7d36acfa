//! What the operator no longer wants to keep: a switch that runs removes recordings and deletes records by their age,
//! and says so. Nobody can wait for ninety days here, so the account is made older while the switch is down.

use anyhow::{Context, Result, ensure};
use e2e::crowd::Crowd;
use e2e::place::Place;
use e2e::running::wait_for;
use e2e::stage::{PATIENCE, write_sounds};
use e2e::switch::Switch;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Moves everything but the newest call into the past by so many days.
fn age(database: &Path, days: u32) -> Result<bool> {
    let ms = u64::from(days) * 86_400_000;
    let old = "WHERE call < (SELECT max(call) FROM calls)";
    let sql = format!(
        "UPDATE recordings SET started = started - {ms} {old}; UPDATE events SET at = at - {ms} {old};
         UPDATE calls SET started = started - {ms}, ended = ended - {ms} {old};"
    );
    match Command::new("sqlite3").arg(database).arg(sql).status() {
        Ok(status) => {
            ensure!(status.success(), "sqlite3: {status}");
            Ok(true)
        }
        Err(_) => {
            eprintln!("SKIPPED: no sqlite3 here to make the account older with");
            Ok(false)
        }
    }
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let inside = |folder: &Path| std::fs::read_dir(folder).into_iter().flatten().flatten().map(|entry| entry.path());
    inside(folder).flat_map(|day| inside(&day).collect::<Vec<_>>()).collect()
}

#[test]
fn old_recordings_and_then_old_records_go_and_the_new_ones_stay() -> Result<()> {
    let place = Place::take()?;
    write_sounds(&place)?;
    let mut crowd = Crowd::open(&place)?;
    let text = crowd.configuration(&place)?;
    let kept = |keys: &str| text.replacen("[storage]\n", &format!("[storage]\n{keys}\n"), 1);
    let recordings = place.folder().join("recordings");

    let switch = Switch::start(&place, &text)?;
    for name in ["old", "new"] {
        crowd.dial_all(name, 1, 50, |_| "80".into())?;
        crowd.talk(&format!("{name}0"))?;
        crowd.pump(Duration::from_millis(500))?;
        crowd.hang_up_all()?;
        crowd.forget();
    }
    switch.ended_calls(2)?;
    wait_for("both recordings", PATIENCE, || {
        files(&recordings).len() == 2
            && switch.calls().is_ok_and(|calls| calls.iter().all(|call| call["recording"].is_string()))
    })?;
    switch.stop()?;
    if !age(&place.folder().join("strowger.db"), 100)? {
        return Ok(());
    }

    // Nothing is said: everything stays.
    let switch = Switch::start(&place, &text)?;
    std::thread::sleep(Duration::from_millis(500));
    ensure!(files(&recordings).len() == 2 && switch.calls()?.len() == 2);

    // A reload is enough. The file goes, the record stays and says so.
    place.write("strowger.toml", &kept("keep_recordings = \"90d\""))?;
    switch.tell(&["reload"])?;
    wait_for("the old recording to go", PATIENCE, || {
        switch.calls().is_ok_and(|calls| calls.iter().any(|call| call["recording_purged"].is_u64()))
    })?;
    ensure!(files(&recordings).len() == 1, "{:?}", files(&recordings));
    let calls = switch.calls()?;
    let (old, new) = (calls.first().context("old")?, calls.last().context("new")?);
    ensure!(calls.len() == 2 && old["recording"].is_null() && new["recording"].is_string(), "{calls:#?}");
    let story = switch.ask(&["calls", "--json", "--call", old["call"].as_str().context("call")?])?;
    let recording = &story[0]["recordings"][0];
    ensure!(recording["file"].is_null() && recording["purged"].is_u64(), "{story:#}");
    ensure!(recording["sha256"].is_string() && recording["duration_ms"].as_u64() > Some(0), "{story:#}");

    place.write("strowger.toml", &kept("keep = \"95d\"\nkeep_recordings = \"90d\""))?;
    switch.tell(&["reload"])?;
    wait_for("the old record to go", PATIENCE, || switch.calls().is_ok_and(|calls| calls.len() == 1))?;
    ensure!(switch.calls()?[0]["recording"].is_string() && files(&recordings).len() == 1);
    ensure!(switch.status()?["ledger"]["purged"].as_u64() > Some(1), "the status counts them");
    switch.stop()
}
