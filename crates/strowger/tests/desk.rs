//! The operator's desk: the real binary on real files, its answers word for word. To read them again after a
//! change: `INSTA_UPDATE=always cargo test -p strowger --test desk`.

use serde_json::Value;
use std::collections::BTreeSet;
use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt as _;
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

/// `strowger check` on one of the files in `doubts/`, in a folder of its own with these sounds.
fn doubts(name: &str, arguments: &[&str], sounds: &[(&str, u32, u16)]) -> Output {
    let folder = tempfile::tempdir().expect("a folder");
    let from = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/desk/doubts").join(name);
    std::fs::copy(from, folder.path().join(name)).expect("the file is there");
    for (sound, rate, sides) in sounds {
        let path = folder.path().join("sounds").join(sound);
        std::fs::create_dir_all(path.parent().expect("below the folder")).expect("a folder for sounds");
        let int = hound::SampleFormat::Int;
        let spec = hound::WavSpec { channels: *sides, sample_rate: *rate, bits_per_sample: 16, sample_format: int };
        let mut wav = hound::WavWriter::create(&path, spec).expect("a sound");
        (0..1_000 * *sides).for_each(|_| wav.write_sample(0_i16).expect("a sample"));
        wav.finalize().expect("a whole sound");
    }
    keep(
        folder.path(),
        "secrets",
        0o755,
        &[
            ("alice", 0o600, b"a-password\n"),
            ("empty", 0o600, b"\n"),
            ("wide", 0o600, b"\xff\xfea\0"),
            ("marked", 0o600, b"\xef\xbb\xbfa-password\r\n"),
            ("fred", 0o666, b"a-password\n"),
        ],
    );
    keep(folder.path(), "open", 0o777, &[("erin", 0o600, b"a-password\n")]);
    if let Ok(file) = std::fs::OpenOptions::new().write(true).open(folder.path().join("sounds/en/cut.wav")) {
        file.set_len(900).expect("cut");
        std::fs::write(folder.path().join("sounds/text.wav"), "no sound at all").expect("a text");
    }
    let arguments = [&["check", name], arguments].concat();
    Command::new(env!("CARGO_BIN_EXE_strowger")).current_dir(folder.path()).args(arguments).output().expect("it runs")
}

/// A folder of passwords, with the modes of it and of its files.
fn keep(folder: &Path, name: &str, mode: u32, files: &[(&str, u32, &[u8])]) {
    let folder = folder.join(name);
    std::fs::create_dir(&folder).expect("a folder for passwords");
    for (file, mode, bytes) in files {
        std::fs::write(folder.join(file), bytes).expect("a password");
        std::fs::set_permissions(folder.join(file), Permissions::from_mode(*mode)).expect("a mode");
    }
    std::fs::set_permissions(&folder, Permissions::from_mode(mode)).expect("a mode");
}

/// The same mistakes are told by `check` and at the start, with all others.
#[test]
fn passwords_that_are_missing_empty_or_open_are_told_with_everything_else() {
    let output = doubts("secrets.toml", &[], &[]);
    assert_eq!(output.status.code(), Some(1));
    insta::assert_snapshot!(text(&output));
}

fn text(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn queues_that_nobody_can_serve_or_leave_are_warned_about() {
    let output = doubts("queues.toml", &[], &[]);
    assert_eq!(output.status.code(), Some(0), "warnings are no errors");
    insta::assert_snapshot!(text(&output));
}

#[test]
fn routes_that_are_hidden_or_open_to_strangers_are_warned_about() {
    let output = doubts("routes.toml", &[], &[]);
    assert_eq!(output.status.code(), Some(0), "warnings are no errors");
    insta::assert_snapshot!(text(&output));
}

const SOUNDS: [(&str, u32, u16); 6] = [
    ("bg/welcome.wav", 8_000, 1),
    ("en/welcome.wav", 8_000, 1),
    ("beep.wav", 8_000, 1),
    ("music/studio.wav", 44_100, 2),
    ("en/odd-rate.wav", 12_345, 1),
    ("en/cut.wav", 8_000, 1),
];

#[test]
fn prompts_of_the_wrong_language_or_rate_are_told() {
    let output = doubts("sounds.toml", &[], &SOUNDS);
    assert_eq!(output.status.code(), Some(1), "what cannot be played is an error");
    insta::assert_snapshot!(text(&output));
}

#[test]
fn findings_are_a_json_array_of_six_keys_and_nothing_else() {
    for (name, sounds) in [("sounds.toml", &SOUNDS[..]), ("queues.toml", &[]), ("routes.toml", &[])] {
        let output = doubts(name, &["--json"], sounds);
        let findings: Vec<Value> = serde_json::from_slice(&output.stdout).expect("one array");
        assert!(!findings.is_empty());
        for finding in &findings {
            let keys: Vec<&str> = finding.as_object().expect("an object").keys().map(String::as_str).collect();
            assert_eq!(keys, ["column", "file", "help", "line", "message", "severity"]);
            assert!(finding["line"].as_u64() > Some(0) && finding["column"].as_u64() > Some(0), "{finding}");
            assert!(["error", "warning"].contains(&finding["severity"].as_str().expect("a word")), "{finding}");
        }
        let failed = findings.iter().any(|finding| finding["severity"] == "error");
        assert_eq!(output.status.code(), Some(i32::from(failed)));
    }
    let office = strowger(&["check", "--json", "office.toml"]);
    assert_eq!((text(&office).as_str(), office.status.code()), ("[]\n", Some(0)));
}

#[test]
fn offices_in_several_time_zones_ask_for_the_clock() {
    let call = |rest: &[&str]| {
        told(
            &[&["route", "--config", "zones.toml", "--from", "1", "--to", "2", "--at", "2026-12-23 16:30"], rest]
                .concat(),
        )
    };
    let zones: [&[&str]; 4] = [&[], &["--zone", "Sofia"], &["--zone", "Europe/London"], &["--zone", "Europe/Sofia"]];
    insta::assert_snapshot!(zones.map(call).join("\n"));
}

#[test]
fn every_mistake_is_told_at_once_with_what_was_probably_meant() {
    let output = doubts("mistakes.toml", &[], &SOUNDS);
    assert_eq!(output.status.code(), Some(1));
    insta::assert_snapshot!(text(&output));
}

#[test]
fn a_start_that_fails_leaves_nothing_behind() {
    let folder = tempfile::tempdir().unwrap();
    // A path of more than 108 letters is too long for a socket.
    let deep = folder.path().join("d".repeat(120));
    std::fs::create_dir(&deep).unwrap();
    let files = |folder: &Path| {
        let entries = std::fs::read_dir(folder).unwrap();
        entries.map(|entry| entry.unwrap().file_name()).collect::<BTreeSet<_>>()
    };
    let listen = "[listen]\nudp = \"127.0.0.1:0\"\n";
    let elsewhere = format!("{listen}rtp_address = \"192.0.2.77\"\n");
    for (name, folder, text, why) in [
        ("socket", deep.as_path(), listen, "storage.control"),
        ("sound", folder.path(), elsewhere.as_str(), "rtp_address"),
    ] {
        let config = folder.join(format!("{name}.toml"));
        std::fs::write(&config, text).unwrap();
        let before = files(folder);
        let told = told(&["run", "--config", config.to_str().unwrap()]);
        assert!(told.ends_with("exit 1\n") && told.contains(why), "{told}");
        assert_eq!(files(folder), before, "{told}");
    }
}
