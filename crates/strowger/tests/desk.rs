//! The operator's desk: the real binary on real files, its answers word for word. To read them again after a
//! change: `INSTA_UPDATE=always cargo test -p strowger --test desk`.

use serde_json::Value;
use std::path::Path;
use std::process::{Command, Output};

/// Runs `strowger` in `tests/desk`.
fn strowger(arguments: &[&str]) -> Output {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/desk");
    Command::new(env!("CARGO_BIN_EXE_strowger")).current_dir(folder).args(arguments).output().expect("the binary runs")
}

/// What it printed, with its exit code.
fn told(arguments: &[&str]) -> String {
    let output = strowger(arguments);
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    format!(
        "{}{}exit {}\n",
        text(&output.stdout),
        text(&output.stderr),
        output.status.code().expect("it ended by itself")
    )
}

fn json(arguments: &[&str]) -> Vec<Value> {
    let output = strowger(arguments);
    match serde_json::from_slice(&output.stdout) {
        Ok(Value::Array(values)) => values,
        other => panic!("{other:?} {}", String::from_utf8_lossy(&output.stderr)),
    }
}

fn route<'a>(rest: &[&'a str]) -> Vec<&'a str> {
    [&["route", "--config", "office.toml"], rest].concat()
}

const MAIN: [&str; 4] = ["--from", "+359888123456", "--to", "+442079460001"];

#[test]
fn a_call_in_the_hours_is_told_to_its_last_way_out() {
    insta::assert_snapshot!(told(&route(&[&MAIN[..], &["--at", "2026-12-23 10:30"]].concat())));
}

#[test]
fn a_call_on_a_holiday_is_told_with_the_rule_that_closes() {
    insta::assert_snapshot!(told(&route(&[&MAIN[..], &["--at", "2026-12-24 10:30"]].concat())));
}

#[test]
fn a_phone_calls_out_over_a_trunk_or_to_another_phone_or_nowhere() {
    let at = ["--at", "2026-12-23 10:30"];
    let calls = ["00359888123456", "reception", "999"]
        .map(|to| told(&route(&[&["--from", "101", "--to", to], &at[..]].concat())));
    insta::assert_snapshot!(calls.join("\n"));
}

#[test]
fn what_cannot_be_told_is_refused_with_what_to_write() {
    let asked: [&[&str]; 7] = [
        &["--trunk", "amce", "--from", "1", "--to", "+442079460001"],
        &["--trunk", "gamma", "--from", "1", "--to", "+442079460001"],
        &["--from", "1", "--to", "5"],
        &["--from", "door", "--to", "101"],
        &["--from", "101", "--to", "100", "--at", "2026-02-30 10:30"],
        &["--from", "101", "--to", "100", "--at", "soon"],
        &["--trunk", "acme", "--from", "1", "--to", "+15551234", "--at", "2026-12-23T10:30:00Z"],
    ];
    insta::assert_snapshot!(asked.map(|rest| told(&route(rest))).join("\n"));
}

#[test]
fn the_steps_of_a_call_are_a_json_array_for_programs() {
    let steps = json(&route(&[&MAIN[..], &["--json", "--at", "2026-12-24 10:30"]].concat()));
    for step in &steps {
        let keys: Vec<&str> = step.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(keys, ["file", "line", "rule", "step", "taken", "text"]);
    }
    let hours = steps.iter().find(|step| step["step"] == "hours").unwrap();
    assert_eq!((&hours["text"], &hours["file"]), (&"closed: 2026-12-24..26".into(), &"office.toml".into()));
    assert!(steps.iter().any(|step| step["taken"] == false && step["text"] == "comes after"));
}
