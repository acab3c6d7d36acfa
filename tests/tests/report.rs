//! What `strowger report` says of real calls, and what the log says of them at its most talkative.

use anyhow::{Context, Result, ensure};
use e2e::baresip::{Account, Baresip};
use e2e::g711::Law;
use e2e::place::Place;
use e2e::sipp::{CALLER, Dial, Sipp};
use e2e::stage::{DIRECT, PATIENCE, configuration, write_sounds};
use e2e::switch::{Switch, ask};
use e2e::voice::Voice;
use serde_json::Value;
use std::path::Path;
use std::time::Duration;

fn pause(ms: u64) {
    std::thread::sleep(Duration::from_millis(ms));
}

/// Runs `strowger ARGUMENTS` on this configuration; what it prints.
fn printed(config: &Path, arguments: &[&str]) -> Result<String> {
    let output = ask(config, arguments)?;
    ensure!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    Ok(String::from_utf8(output.stdout)?)
}

fn report(config: &Path, arguments: &[&str]) -> Result<Value> {
    Ok(serde_json::from_str(&printed(config, &[&["report", "--json"], arguments].concat())?)?)
}

fn row<'v>(report: &'v Value, by: &str, name: &str) -> Result<&'v Value> {
    let rows = report["rows"].as_array().context("rows")?;
    rows.iter().find(|row| row[by] == name).with_context(|| format!("no {name} in {report:#}"))
}

/// One call that Alice answers and one whose caller leaves; the configuration, with the switch down again, and
/// everything that was logged.
fn two_calls(place: &Place) -> Result<(std::path::PathBuf, String)> {
    let sounds = write_sounds(place)?;
    let config = place.write("strowger.toml", &configuration(place))?;
    let switch = Switch::start_within(place, &config, &[("RUST_LOG", "trace")])?;
    let alice = Baresip::start(place, 0, &Account::new("alice", "wonderland"), &sounds.alice)?;
    alice.registered()?;
    let voice = Voice::open(place.carrier(), &sounds.caller, Law::A)?;
    let call = Sipp::dial(place, 0, switch.address(), &Dial::new(place, DIRECT, &voice))?;
    alice.event("CALL_INCOMING", 1)?;
    alice.command("accept", "")?;
    voice.wait_to_hear(&sounds.alice, PATIENCE)?;
    pause(1_500);
    call.hang_up()?;
    call.finish(PATIENCE)?;
    // Her after-call work takes a second.
    pause(1_300);
    switch.tell(&["agent", "pause", "alice", "--reason", "lunch"])?;
    let call = Sipp::dial(place, 1, switch.address(), &Dial::new(place, DIRECT, &voice))?;
    voice.wait_to_hear(&sounds.music, PATIENCE)?;
    call.hang_up()?;
    call.finish(PATIENCE)?;
    let records = switch.ended_calls(2)?;
    // The report and the records are two ways to the same figures.
    let report = report(&config, &[])?;
    let anyone = row(&report, "queue", "anyone")?;
    assert_eq!(anyone["service_level"]["threshold_ms"], 20_000, "{report:#}");
    assert_eq!(anyone["talk_ms"], records[0]["talked_ms"], "{report:#}\n{records:#?}");
    assert_eq!(anyone["asa_ms"]["numerator"], records[0]["waited_ms"]);
    let log = switch.log();
    switch.stop()?;
    Ok((config, log))
}

/// The same two calls, found by what their records have.
fn searched(config: &Path) -> Result<()> {
    let found = |search: &[&str]| {
        let calls: Vec<Value> = serde_json::from_str(&printed(config, &[&["calls", "--json"], search].concat())?)?;
        Ok::<_, anyhow::Error>(calls.len())
    };
    let number = format!("00{}", &CALLER[1..]);
    let searches: [(&[&str], usize); 7] = [
        (&["--number", &number, "--from", "yesterday"], 2),
        (&["--queue", "anyone", "--direction", "inbound"], 2),
        (&["--phone", "alice"], 1),
        (&["--agent", "alice", "--outcome", "answered"], 1),
        (&["--to", "yesterday"], 0),
        (&["--direction", "internal"], 0),
        (&["--number", "999999"], 0),
    ];
    for (search, wanted) in searches {
        assert_eq!(found(search)?, wanted, "{search:?}");
    }
    let csv = printed(config, &["calls", "--csv"])?;
    assert_eq!((csv.lines().count(), csv.matches(CALLER).count()), (3, 2), "{csv}");
    for (wrong, help) in [
        (["calls", "--call", "xyz"], "such as c100000001\n"),
        (["calls", "--queue", "suport"], "no queue \"suport\" in the account: did you mean \"support\"?\n"),
        (["calls", "--trunk", "nowhere"], "no trunk \"nowhere\" in the account: it has carrier\n"),
        (["report", "--queue", "suport"], "no queue \"suport\" in the account: did you mean \"support\"?\n"),
        (["calls", "--direction", "out"], "inbound, outbound, internal, transit\n"),
    ] {
        let said = String::from_utf8(ask(config, &wrong)?.stderr)?;
        assert!(said.ends_with(help), "{wrong:?}: {said}");
    }
    Ok(())
}

#[test]
fn real_calls_are_in_the_report_with_their_formulas_and_nobody_in_the_log() -> Result<()> {
    let place = Place::take()?;
    let (config, log) = two_calls(&place)?;
    assert!(log.contains("TRACE") && log.contains("a call begins") && log.contains("a call is over"), "a trace");
    for secret in [CALLER, &CALLER[1..], "888123456", DIRECT, &DIRECT[1..], "9460002", "wonderland", "builder"] {
        let line = log.lines().find(|line| line.contains(secret));
        assert!(line.is_none(), "{secret} is in the log: {line:?}");
    }
    let by_queue = report(&config, &[])?;
    let anyone = row(&by_queue, "queue", "anyone")?;
    for (figure, value) in [("volume", 2), ("answered", 1), ("abandoned", 1), ("handled", 1), ("overflowed", 0)] {
        assert_eq!(anyone[figure], value, "{figure} of {by_queue:#}");
    }
    assert_eq!(anyone["service_level"]["formula"], "SL3");
    assert_eq!(anyone["service_level"]["value"], 1.0, "who left after a moment does not count");
    assert!((800..1_500).contains(&anyone["wrap_up_ms"].as_u64().context("wrap-up")?), "{by_queue:#}");
    assert_eq!(row(&by_queue, "queue", "support")?["volume"], 0, "a quiet queue has a row");
    let strict = report(&config, &["--within", "0s", "--queue", "anyone"])?;
    assert_eq!(strict["total"]["service_level"]["denominator"], 2, "{strict:#}");
    let by_agent = report(&config, &["--by", "agent"])?;
    let alice = row(&by_agent, "agent", "alice")?;
    assert_eq!((&alice["answered"], &alice["offered"], &alice["missed"]), (&1.into(), &1.into(), &0.into()));
    let occupancy = &alice["occupancy"];
    let busy = alice["agents_talking_ms"].as_u64().zip(alice["agents_wrap_up_ms"].as_u64()).context("her time")?;
    assert_eq!(occupancy["numerator"], busy.0 + busy.1);
    assert!(occupancy["value"].as_f64().is_some_and(|share| share > 0.1 && share < 1.0), "{by_agent:#}");
    for by in ["hour", "day"] {
        let report = report(&config, &["--by", by, "--from", "yesterday"])?;
        assert_eq!(report["total"]["contacts"], 2, "{report:#}");
        let rows = report["rows"].as_array().context("rows")?;
        assert_eq!(rows.iter().filter_map(|row| row["answered"].as_u64()).sum::<u64>(), 1);
    }
    assert!(alice["agents_paused_by_reason_ms"]["lunch"].as_u64() > Some(0), "{by_agent:#}");
    assert!(alice["sessions"][0]["from_ms"].is_i64(), "when she logged in: {by_agent:#}");
    // All calls: these two came from the carrier to a queue, and one was answered at Alice's phone.
    let ways = report(&config, &["--by", "direction"])?;
    for (figure, value) in
        [("calls", 2), ("queued", 2), ("direct", 0), ("answered", 1), ("abandoned", 1), ("running", 0)]
    {
        assert_eq!(row(&ways, "direction", "inbound")?[figure], value, "{figure} of {ways:#}");
        assert_eq!(ways["totals"][0][figure], value, "{figure} of {ways:#}");
    }
    let phones = report(&config, &["--by", "phone"])?;
    let hers = row(&phones, "phone", "alice")?;
    assert_eq!((&hers["way"], &hers["calls"], &hers["talked_ms"]), (&"to".into(), &1.into(), &anyone["talk_ms"]));
    searched(&config)?;
    let text = printed(&config, &["report"])?;
    for words in ["SL3: answered within T / (answered + abandoned after T); T = 20 s", "ASA: ", "AHT: ", "anyone"] {
        assert!(text.contains(words), "{words:?} is not in\n{text}");
    }
    let csv = printed(&config, &["report", "--csv"])?;
    let lines: Vec<Vec<&str>> = csv.lines().map(|line| line.split(',').collect()).collect();
    assert_eq!((lines[0][0], lines[1][0], lines[3][0]), ("queue", "anyone", "total"), "{csv}");
    assert!(lines.iter().all(|line| line.len() == lines[0].len()), "{csv}");
    let wrong = ask(&config, &["report", "--from", "now", "--to", "yesterday"])?;
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("look at --from and --to"), "{wrong:?}");
    Ok(())
}
