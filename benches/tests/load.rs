//! The harness against the real switch, at a pace that any machine keeps: the report is whole, nothing fails,
//! the account has each call once; and each route of `config/bench.toml` leads where it says.

#![allow(clippy::unwrap_used, reason = "a test may fail where it stands")]

use bench::generator::calls::{Calls, Hang, Options};
use bench::generator::{Generator, Pace};
use bench::line::Wish;
use bench::stand::Stand;
use serde_json::Value;
use std::path::PathBuf;
use std::process::Command;
use std::sync::OnceLock;
use std::time::Duration;

/// The switch: named by `cargo xtask test`, or built here.
fn switch() -> PathBuf {
    static SWITCH: OnceLock<PathBuf> = OnceLock::new();
    let find = || {
        if let Some(path) = std::env::var_os("STROWGER_BIN") {
            return path.into();
        }
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let folder = env!("CARGO_MANIFEST_DIR");
        assert!(
            Command::new(cargo).args(["build", "-q", "-p", "strowger"]).current_dir(folder).status().unwrap().success()
        );
        PathBuf::from(env!("CARGO_BIN_EXE_bench")).with_file_name("strowger")
    };
    SWITCH.get_or_init(find).clone()
}

/// Runs the harness beside whatever else runs here; its report.
fn bench(line: &str) -> Value {
    let mut command = Command::new(env!("CARGO_BIN_EXE_bench"));
    command.args(line.split(' ')).args(["--json", "--beside", "--switch"]).arg(switch());
    let output = command.output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    let text = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "bench {line}: {errors}{text}");
    serde_json::from_str(&text).unwrap()
}

/// All of these keys are numbers above nothing.
fn positive(report: &Value, keys: &[&str]) {
    for key in keys {
        assert!(report[key].as_f64().is_some_and(|value| value > 0.0), "{key} in {report:#}");
    }
}

#[test]
fn watchers_are_told_of_a_queues_agents_and_its_calls_are_all_answered() {
    let report = bench("lamps --calls 20 --rate 10 --for 2s");
    positive(&report, &["units", "floor_ms_per_call", "p50_ms", "p99_ms_unwatched", "notify_bytes", "answer_bytes"]);
    assert_eq!((&report["failed"], &report["records"]), (&0.into(), &50.into()), "{report:#}");
}

#[test]
fn everybody_in_a_conference_is_sent_what_the_others_say() {
    let report = bench("conference --calls 12 --for 2s");
    positive(&report, &["rate", "cpu_us_per_packet", "floor_us_per_packet", "ratio"]);
    assert_eq!((&report["units"], &report["failed"]), (&12.into(), &0.into()), "{report:#}");
    let rate = report["rate"].as_f64().unwrap();
    assert!((550.0..650.0).contains(&rate), "12 people hear 50 packets a second each: {report:#}");
}

#[test]
fn a_run_of_calls_reports_every_figure_and_as_many_records_as_calls() {
    let report = bench("call --rate 20 --for 3s --hold 1s");
    positive(&report, &["rate", "cpu_ms_per_call", "floor_ms_per_call", "ratio", "p50_ms", "p99_ms"]);
    assert_eq!((&report["units"], &report["failed"]), (&60.into(), &0.into()), "{report:#}");
    // Twenty calls more were the warming up.
    assert_eq!(report["records"], 80, "{report:#}");
    assert!(report["retransmissions"].is_u64() && report["generator_late_ms"].is_number(), "{report:#}");
    assert!(report["machine"]["processor"].is_string() && report["commit"].is_string(), "{report:#}");
}

#[test]
fn a_run_of_registrations_reports_every_figure() {
    let report = bench("register --rate 30 --for 2s");
    positive(&report, &["rate", "cpu_ms_per_call", "floor_ms_per_call", "ratio", "p50_ms", "p99_ms"]);
    assert_eq!((&report["units"], &report["failed"]), (&60.into(), &0.into()), "{report:#}");
}

#[test]
fn a_run_through_the_queue_serves_every_caller() {
    let report = bench("queue --rate 20 --for 2s");
    positive(&report, &["cpu_ms_per_call", "floor_ms_per_call", "ratio"]);
    assert_eq!((&report["failed"], &report["records"]), (&0.into(), &60.into()), "{report:#}");
}

#[test]
fn an_agent_who_becomes_free_is_rung_again_while_callers_wait() {
    let report = bench("refill --calls 5 --rate 5 --for 2s");
    positive(&report, &["p50_ms", "p99_ms"]);
    assert_eq!((&report["failed"], &report["units"]), (&0.into(), &10.into()), "{report:#}");
    assert_eq!(report["records"], 65, "fifty talk, five wait, ten came: {report:#}");
}

#[test]
fn a_peer_that_is_not_there_is_said_with_the_way_to_get_it() {
    let nowhere = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_bench"));
    command.args(["call", "--rate", "5", "--for", "1s", "--beside", "--peer", "asterisk", "--peer-root"]);
    let output = command.arg(nowhere.path()).output().unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(!output.status.success() && errors.contains("apt-get install asterisk"), "{errors}");
}

/// Three calls on a route of `config/bench.toml` whose called side rings this long; their setup times.
fn dial(prefix: char, ring: Duration, look: impl FnOnce(&Stand)) -> Vec<f64> {
    let wish = Wish { beside: true, switch: Some(switch()), ..Wish::default() };
    let stand = Stand::take(&wish).unwrap();
    let mut server = stand.start_switch(&wish).unwrap();
    let (carrier, called) = ((stand.host(2), 5070).into(), (stand.host(3), 5080).into());
    let mut calls = Calls::new(Options {
        server: stand.server(),
        carrier,
        called,
        prefix,
        hang: Hang::Callee(600_000),
        ring: ring.as_micros() as u64,
        patience: 10_000_000,
        run: 7,
    });
    let mut generator = Generator::open(&[carrier, called], stand.server()).unwrap();
    let pace = Pace { first: 0, count: 3, rate: 20.0, patience: Duration::from_secs(10) };
    generator.drive(&mut calls, pace, |_| {}).unwrap();
    calls.close();
    server.check().unwrap();
    assert!(calls.tally.failures.is_empty(), "{:?}", calls.tally.failures);
    assert_eq!(calls.tally.connected, 3);
    let mut report = bench::report::Report::new("routes", "strowger");
    server.account().unwrap().compare(&mut report, 3, |caller| calls.outcome(caller)).unwrap();
    assert!(report.failures.is_empty(), "{report}");
    drop(server);
    look(&stand);
    std::mem::take(&mut calls.tally.setup_ms)
}

/// The recordings in the folder of a switch that has ended.
fn recordings(stand: &Stand) -> usize {
    fn below(folder: PathBuf) -> usize {
        let Ok(entries) = std::fs::read_dir(folder) else { return 0 };
        let each = |path: PathBuf| match path.is_dir() {
            true => below(path),
            false => usize::from(path.extension().is_some_and(|extension| extension == "wav")),
        };
        entries.flatten().map(|entry| each(entry.path())).sum()
    }
    below(stand.folder().join("recordings"))
}

const RING: Duration = Duration::from_millis(400);

#[test]
fn numbers_in_1_go_through_and_those_in_2_are_recorded_too() {
    let through = dial('1', RING, |stand| assert_eq!(recordings(stand), 0));
    assert!(through.iter().all(|took| *took >= 400.0), "{through:?}");
    let recorded = dial('2', RING, |stand| assert_eq!(recordings(stand), 3));
    assert!(recorded.iter().all(|took| *took >= 400.0), "{recorded:?}");
}

#[test]
fn numbers_in_3_are_answered_with_the_agent_and_those_in_4_at_once() {
    let ringing = dial('3', RING, |_| {});
    assert!(ringing.iter().all(|took| *took >= 400.0), "{ringing:?}");
    let answered = dial('4', RING, |_| {});
    assert!(answered.iter().all(|took| *took < 400.0), "{answered:?}");
}

#[test]
fn sound_is_relayed_and_recorded_between_the_right_legs_without_loss() {
    for mode in ["relay", "record"] {
        let report = bench(&format!("{mode} --calls 8 --for 2s"));
        positive(&report, &["rate", "cpu_us_per_packet", "floor_us_per_packet", "ratio", "p50_ms", "p99_ms"]);
        // Two legs of fifty packets a second each: 800, where the machine lets the generator keep its times.
        let rate = report["rate"].as_f64().unwrap();
        assert!((400.0..1_000.0).contains(&rate) && report["failed"] == 0, "{report:#}");
        assert!(report["loss_percent"].as_f64().is_some_and(|loss| loss < 1.0), "{report:#}");
        assert!(report["generator_late_ms"].is_number() && report["kib_per_call"].is_number(), "{report:#}");
    }
}
