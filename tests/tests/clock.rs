//! A wall clock that is set by an hour, forward and back, under a running process: libfaketime gives the process another
//! wall and leaves the monotonic clock alone. Nobody's wait, talk or registration is measured by the wall.

use anyhow::{Context, Result, ensure};
use e2e::baresip::{Account, Baresip};
use e2e::crowd::Crowd;
use e2e::place::Place;
use e2e::registrants::Registrants;
use e2e::stage::{DIRECT, PATIENCE, write_sounds};
use e2e::switch::Switch;
use serde_json::Value;
use std::path::PathBuf;
use std::time::{Duration, Instant};

const HOUR_MS: i64 = 3_600_000;

/// The library; `None` where it is not installed.
fn library() -> Option<PathBuf> {
    let folders = std::fs::read_dir("/usr/lib").ok()?.flatten().map(|entry| entry.path().join("faketime"));
    let found = folders.map(|folder| folder.join("libfaketimeMT.so.1")).find(|path| path.exists());
    if found.is_none() {
        eprintln!("SKIPPED: no libfaketime here to set a clock with (apt-get install faketime)");
    }
    found
}

/// A wall that the test sets.
struct Wall(PathBuf);

impl Wall {
    fn set(&self, offset: &str) -> Result<()> {
        // Read at any moment: never half written.
        let aside = self.0.with_extension("new");
        std::fs::write(&aside, format!("{offset}\n"))?;
        Ok(std::fs::rename(aside, &self.0)?)
    }
}

fn of<'c>(calls: &'c [Value], name: &str) -> Result<&'c Value> {
    calls.iter().find(|call| call["sip_call_id"] == name).with_context(|| format!("{name} in {calls:#?}"))
}

/// A length in the account is that of the test's own clock.
fn about(call: &Value, key: &str, real: Duration) -> Result<()> {
    let ms = call[key].as_u64().context("a length")?;
    let real = real.as_millis() as u64;
    ensure!(ms.abs_diff(real) < 1_000, "{key} is {ms} ms and was {real}: {call:#}");
    Ok(())
}

#[test]
fn a_wall_clock_that_is_set_an_hour_forward_and_back_moves_no_wait_no_talk_and_no_registration() -> Result<()> {
    let Some(library) = library() else { return Ok(()) };
    let place = Place::take()?;
    let sounds = write_sounds(&place)?;
    let mut crowd = Crowd::open(&place)?;
    // Whoever waits for half a minute is sent away: with a wall that jumps by an hour, too early if by that.
    let config = format!(
        r#"{}
[[phone]]
user = "desk{{1..3}}"
password = "a long one"

[[queue]]
name = "late"
agents = ["bob"]
wrap_up = "1s"
music = "music.wav"
overflow = [{{ when = "waited > 30s", go = "hangup" }}]

[[route]]
from = "trunk:carrier"
to = "9*"
go = "queue:late"
"#,
        crowd.configuration(&place)?
    );
    let config = place.write("strowger.toml", &config)?;
    let wall = Wall(place.folder().join("wall"));
    wall.set("+0s")?;
    let (library, path) = (library.display().to_string(), wall.0.display().to_string());
    let environment = [
        ("LD_PRELOAD", &library[..]),
        ("FAKETIME_TIMESTAMP_FILE", &path),
        ("FAKETIME_NO_CACHE", "1"),
        ("FAKETIME_DONT_FAKE_MONOTONIC", "1"),
        ("DONT_FAKE_MONOTONIC", "1"),
    ];
    let switch = Switch::start_within(&place, &config, &environment)?;

    switch.tell(&["agent", "pause", "bob", "--reason", "later"])?;
    let alice = Baresip::start(&place, 0, &Account::new("alice", "wonderland"), &sounds.alice)?;
    alice.registered()?;
    let mut desks = Registrants::open(&place, (1..=3).map(|nth| format!("desk{nth}")), "a long one")?;
    desks.register(PATIENCE)?;
    ensure!(desks.challenges == 3, "{} challenges", desks.challenges);
    let phones = |switch: &Switch| Ok::<_, anyhow::Error>(switch.status()?["phones"]["bindings"].clone());
    let bound = phones(&switch)?;

    crowd.dial_all("talks", 1, 50, |_| "70".into())?;
    let talking = Instant::now();
    crowd.dial("waits", "90")?;
    crowd.wait("music", PATIENCE, |crowd| crowd.established() == 2)?;
    let waiting = Instant::now();
    for offset in ["+3600s", "-3600s", "+0s"] {
        crowd.pump(Duration::from_millis(700))?;
        wall.set(offset)?;
        crowd.pump(Duration::from_millis(700))?;
        ensure!(crowd.calls.values().all(e2e::crowd::Call::is_up), "{offset}: a call was dropped");
        ensure!(phones(&switch)? == bound, "{offset}: a registration is gone: {} of {bound}", phones(&switch)?);
        // The nonces are good still: nobody is asked again.
        desks.register(PATIENCE)?;
        ensure!(desks.challenges == 3, "{offset}: challenged again");
        let late = switch.status()?["queues"].as_array().and_then(|queues| {
            queues.iter().find(|queue| queue["name"] == "late").and_then(|queue| queue["longest_ms"].as_u64())
        });
        ensure!(late.is_some_and(|ms| ms < 20_000), "{offset}: has waited {late:?}");
        // A new call is served, by whoever registered before.
        if offset == "+3600s" {
            crowd.dial("rings", DIRECT)?;
            crowd.pump(Duration::from_millis(500))?;
            alice.event("CALL_INCOMING", 1)?;
            alice.command("accept", "")?;
            crowd.pump(Duration::from_millis(500))?;
        }
    }
    // The agent whom the caller waited for comes.
    let account = Account { tcp: true, ..Account::new("bob", "builder") };
    let bob = Baresip::start(&place, 1, &account, &sounds.bob)?;
    bob.registered()?;
    switch.tell(&["agent", "ready", "bob"])?;
    bob.event("CALL_INCOMING", 1)?;
    let waited = waiting.elapsed();
    bob.command("accept", "")?;
    bob.event("CALL_ESTABLISHED", 1)?;
    let begun = Instant::now();
    crowd.pump(Duration::from_millis(500))?;
    wall.set("+3600s")?;
    crowd.pump(Duration::from_millis(1_500))?;
    ["waits", "rings", "talks0"].iter().try_for_each(|call| crowd.hang_up(call))?;
    let (served, talked) = (begun.elapsed(), talking.elapsed());
    crowd.wait("the end of all calls", PATIENCE, |crowd| crowd.calls.values().all(|call| call.over))?;

    let calls = switch.ended_calls(3)?;
    about(of(&calls, "talks0")?, "talked_ms", talked)?;
    let waits = of(&calls, "waits")?;
    about(waits, "waited_ms", waited)?;
    about(waits, "talked_ms", served)?;
    ensure!(calls.iter().all(|call| call["outcome"] == "answered" && call["cause"] == 16), "{calls:#?}");
    // The wall was another one, as the operator set it: the account says what it showed.
    let at = |call: &Value, key: &str| call[key].as_i64().context("a time");
    let moved = at(waits, "ended")? - at(waits, "started")?;
    ensure!((HOUR_MS..HOUR_MS + 60_000).contains(&moved), "the wall moved by {moved} ms: {waits:#}");
    switch.stop()
}
