//! Work that has no call, by commands to the real process: it waits, is taken and done, stands in the report by its kind, and
//! outlives a `kill -9`.

use anyhow::{Context, Result, ensure};
use e2e::pjsip::{Pjsip, python};
use e2e::place::Place;
use e2e::running::wait_for;
use e2e::sound::Sound;
use e2e::stage::{configuration, write_sounds};
use e2e::switch::Switch;
use serde_json::{Value, json};
use std::time::Duration;

fn contacts(switch: &Switch) -> Result<Vec<Value>> {
    Ok(switch.ask(&["contact", "list", "--json"])?.as_array().context("a list")?.clone())
}

/// Each with its subject, and who has it.
fn lines(switch: &Switch) -> Result<Vec<(String, String, Value)>> {
    let word = |line: &Value, key: &str| line[key].as_str().unwrap_or_default().to_owned();
    Ok(contacts(switch)?
        .iter()
        .map(|line| (word(line, "contact"), word(line, "subject"), line["agent"].clone()))
        .collect())
}

#[test]
fn tasks_outlive_a_kill_and_are_taken_and_done_and_counted_by_their_kind() -> Result<()> {
    if python()?.is_none() {
        return Ok(());
    }
    let place = Place::take()?;
    write_sounds(&place)?;
    let switch = Switch::start(&place, &configuration(&place))?;
    let add = |switch: &Switch, subject: &str| {
        switch.tell(&["contact", "add", "support", "--kind", "task", "--subject", subject])
    };
    add(&switch, "write to Mr Smith")?;
    add(&switch, "count the chairs")?;
    let before = lines(&switch)?;
    ensure!(before.len() == 2 && before.iter().all(|(_, _, agent)| agent.is_null()), "{before:?}");
    let phone = Pjsip::start(&place, 0, "alice", "wonderland", &Sound::new("alice", 4.0), json!({}))?;
    let (first, second) = (before[0].0.clone(), before[1].0.clone());
    let offered = |switch: &Switch, id: &str| {
        let to = |line: &Value| line["contact"] == id && line["offered_to"] == json!(["alice"]);
        contacts(switch).is_ok_and(|lines| lines.iter().any(to))
    };
    wait_for("the offer of the first", Duration::from_secs(5), || offered(&switch, &first))?;
    switch.tell(&["contact", "take", &first, "alice"])?;

    // What she had and what waited is there again, by the same ids, and neither is lost.
    let config = switch.config().to_owned();
    // Her registration is written behind, by a tenth of a second.
    std::thread::sleep(Duration::from_millis(500));
    switch.kill()?;
    let switch = Switch::start_again(&place, &config)?;
    let after = lines(&switch)?;
    ensure!(after == before, "{after:?} instead of {before:?}");
    for (id, subject) in [(&first, "write to Mr Smith"), (&second, "count the chairs")] {
        wait_for(subject, Duration::from_secs(15), || offered(&switch, id))?;
        switch.tell(&["contact", "take", id, "alice"])?;
        switch.tell(&["contact", "done", id, "alice"])?;
    }
    ensure!(contacts(&switch)?.is_empty());
    let config = switch.config().to_owned();
    switch.stop()?;
    let switch = Switch::start_again(&place, &config)?;
    ensure!(contacts(&switch)?.is_empty(), "what is done does not come back");

    // Callers' figures have none of it.
    let report = switch.ask(&["report", "--by", "queue", "--json"])?;
    let total = &report["total"];
    ensure!(total["volume"] == 0 && total["answered"] == 0 && total["handled"] == 0, "{total:#}");
    let tasks = &total["others"]["task"];
    ensure!(tasks["came"] == 4 && tasks["came_again"] == 2 && tasks["taken"] == 3 && tasks["done"] == 2, "{tasks:#}");
    drop(phone);
    switch.stop()
}
