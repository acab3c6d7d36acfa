//! `strowger demo`: the README's first command, as somebody at a terminal, a real phone and a script meet it.

use anyhow::{Context, Result, ensure};
use e2e::baresip::Baresip;
use e2e::place::Place;
use e2e::running::{Running, clock, wait_for};
use e2e::sound::{RATE, Run, Sound, listen};
use e2e::switch::{binary, calls};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// Somebody who starts it does not wait longer for the first caller to be answered, once it is built.
const FIRST_ANSWER_MS: i64 = 10_000;

const WELCOME: &str = "running a call centre";

/// A demo that leaves its files below this place.
fn demo(place: &Place, arguments: &[&str]) -> Result<Command> {
    let mut command = Command::new(binary()?);
    command.arg("demo").args(arguments).current_dir(place.folder()).env("TMPDIR", folders(place)?);
    Ok(command)
}

fn folders(place: &Place) -> Result<PathBuf> {
    Ok(place.path("tmp/x")?.parent().context("a folder")?.to_owned())
}

/// What is in there now.
fn left(place: &Place) -> Result<Vec<PathBuf>> {
    Ok(folders(place)?.read_dir()?.map(|entry| entry.map(|entry| entry.path())).collect::<Result<_, _>>()?)
}

fn open(place: &Place, log: &str) -> Result<Running> {
    let mut run = Running::start(&mut demo(place, &[])?, &place.path(log)?)?;
    wait_for("the demo's welcome", Duration::from_secs(15), || run.output().contains("Ctrl-C ends it") || !run.runs())?;
    ensure!(run.runs(), "{}", run.output());
    Ok(run)
}

#[test]
fn the_demo_answers_or_loses_every_call_and_leaves_nothing_stuck() -> Result<()> {
    let place = Place::take()?;
    let output = demo(&place, &["--for", "20s", "--json"])?.output()?;
    let (text, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success(), "{}: {errors}", output.status);
    assert!(!errors.contains("panicked"), "{errors}");
    let told: Value = serde_json::from_str(&text).context(text.to_string())?;
    let count = |key: &str| told[key].as_u64().with_context(|| format!("no {key} in {told}"));
    assert!(count("offered")? >= 3, "{told}");
    assert_eq!(count("offered")?, count("answered")? + count("abandoned")?, "{told}");
    assert!(count("answered")? > 0 && count("recorded")? > 0, "{told}");
    assert_eq!(count("records")?, count("offered")?, "{told}");
    assert_eq!(count("stuck")?, 0, "{told}");
    assert_eq!(left(&place)?, Vec::<PathBuf>::new());
    Ok(())
}

#[test]
fn a_phone_copied_from_the_screen_hears_everything_to_its_own_echo_and_two_interrupts_release_it() -> Result<()> {
    let place = Place::take()?;
    // One that was killed leaves its files to the next.
    let mut killed = open(&place, "killed.log")?;
    let old = left(&place)?;
    killed.signal("KILL")?;
    killed.wait(Duration::from_secs(5))?;
    assert_eq!((left(&place)?.len(), left(&place)?), (1, old.clone()));

    let begun = clock();
    let mut run = open(&place, "demo.log")?;
    let home = left(&place)?.pop().filter(|_| !old.is_empty()).context("no folder")?;
    assert!(left(&place)?.len() == 1 && !old.contains(&home), "{old:?} {home:?}");
    let text = run.output();
    let account = text.split("/uanew ").nth(1).and_then(|rest| rest.split('\'').next()).context("no account line")?;
    let dial = text.split("'/dial ").nth(1).and_then(|rest| rest.split('\'').next()).context("no number")?;
    let own = Sound::new("own", 60.0);
    let phone = Baresip::start_as(&place, 0, &format!("{account}\n"), &own)?;
    phone.registered()?;
    phone.command("dial", dial)?;
    phone.event("CALL_ESTABLISHED", 1)?;
    // The greeting, which takes four seconds, and some of the menu.
    std::thread::sleep(Duration::from_secs(6));
    phone.command("sndcode", "1")?;
    let log = place.path("demo.log")?;
    let said = || std::fs::read_to_string(&log).unwrap_or_default();
    let line_with = |words: &str| said().lines().any(|line| line.contains("guest (you)") && line.contains(words));
    wait_for("an agent for the guest", Duration::from_secs(45), || line_with("talking"))?;
    // His words, and then a few seconds of what the phone says.
    std::thread::sleep(Duration::from_secs(9));
    phone.command("hangup", "")?;
    account_has_it(&home.join("demo.toml"), begun)?;
    wait_for("the call in sight after its end", Duration::from_secs(8), || line_with("answered"))?;

    phone.command("dial", dial)?;
    phone.event("CALL_ESTABLISHED", 2)?;
    run.signal("INT")?;
    wait_for("what it says", Duration::from_secs(8), || said().contains("Ctrl-C again releases them now"))?;
    assert_eq!(phone.count("CALL_CLOSED"), 1, "the second call goes on");
    run.signal("INT")?;
    phone.event("CALL_CLOSED", 2)?;
    assert!(run.wait(Duration::from_secs(8))?.success(), "{}", run.output());
    assert_eq!(left(&place)?, Vec::<PathBuf>::new());
    heard_in_order(&phone.heard()?.swap_remove(0), &own)
}

/// The phone's call is told from others, and whole; and the first caller was answered soon after the start of the process.
fn account_has_it(config: &Path, begun: f64) -> Result<()> {
    let mut found = vec![];
    wait_for("the guest's call in the account", Duration::from_secs(5), || {
        found = calls(config).unwrap_or_default();
        found.iter().any(|call| call["source"] == "phone:guest" && !call["ended"].is_null())
    })?;
    let own = found.iter().find(|call| call["source"] == "phone:guest").context("no guest")?;
    let told = ["caller", "queue_name", "outcome", "digits"].map(|key| own[key].as_str().unwrap_or_default());
    assert_eq!(told, ["guest", "support", "answered", "1"], "{own}");
    assert!(own["agent_name"].is_string(), "{own}");
    let connected: Vec<i64> = found.iter().filter_map(|call| call["connected"].as_i64()).collect();
    let first = connected.iter().min().context("nobody")? - (begun * 1_000.0) as i64;
    assert!((0..FIRST_ANSWER_MS).contains(&first), "the first caller was answered {first} ms after the start");
    println!("the first caller was answered {first} ms after the start");
    Ok(())
}

/// Greeting, menu, music, an agent, and then the phone itself.
fn heard_in_order(heard: &[i16], own: &Sound) -> Result<()> {
    let sounds = Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/sounds");
    let files = ["welcome", "choose", "music/calm", "demo/agent-1-echo", "demo/agent-2-echo"];
    let known: Vec<Sound> =
        files.iter().map(|file| Sound::read(file, &sounds.join(format!("{file}.wav")))).collect::<Result<_>>()?;
    let runs = listen(heard, &known.iter().chain([own]).collect::<Vec<_>>());
    let of = |part: &str| {
        let found: Vec<&Run> = runs.iter().filter(|run| run.sound.contains(part)).collect();
        let (first, length) = (found.first().map(|run| run.at), found.iter().map(|run| run.len).sum::<usize>());
        first.map(|first| (first, length)).with_context(|| format!("no {part} in {runs:#?}"))
    };
    let (welcome, choose, music, agent, echo) = (of("welcome")?, of("choose")?, of("calm")?, of("echo")?, of("own")?);
    let order = [welcome.0, choose.0, music.0, agent.0, echo.0];
    assert!(order.is_sorted(), "{order:?} {runs:#?}");
    assert!(agent.1 > RATE, "a second of the agent's voice at least: {runs:#?}");
    assert!(echo.1 > 2 * RATE, "two seconds of the phone's own voice at least: {runs:#?}");
    Ok(())
}

#[test]
fn the_terminal_is_given_back_and_nothing_is_left_whatever_ends_the_demo() -> Result<()> {
    for (signals, size) in [(&["TERM"][..], "80 24"), (&["HUP"], "120 40"), (&["INT", "INT"], "200 60")] {
        let place = Place::take()?;
        let (width, height) = size.split_once(' ').context("two numbers")?;
        let pid = place.path("pid")?;
        let program = binary()?.display();
        // A terminal of its own: `script` is on every Debian.
        let inner = format!("stty cols {width} rows {height}; echo $$ > {}; exec {program} demo", pid.display());
        let mut command = Command::new("script");
        command.args(["-qefc", &inner, "/dev/null"]).current_dir(place.folder());
        command.env("TMPDIR", folders(&place)?).env("TERM", "xterm-256color").env("LC_ALL", "C.UTF-8");
        let mut run = Running::start(&mut command, &place.path("terminal.log")?)?;
        wait_for("the picture", Duration::from_secs(15), || run.output().contains("Ctrl-C ends it"))
            .with_context(|| run.output())?;
        if signals.len() > 1 {
            // With calls up, the first lets them go on.
            std::thread::sleep(Duration::from_secs(3));
        }
        for signal in signals {
            let done =
                Command::new("sh").arg("-c").arg(format!("kill -s {signal} $(cat {})", pid.display())).status()?;
            assert!(done.success());
            std::thread::sleep(Duration::from_millis(700));
        }
        let status = run.wait(Duration::from_secs(8))?;
        let text = run.output();
        let (entered, left_again) = (text.find("\x1b[?1049h"), text.rfind("\x1b[?1049l"));
        assert!(entered.is_some() && entered < left_again, "{signals:?} {text}");
        assert!(text.rfind("\x1b[?25h") > text.rfind("\x1b[?25l"), "the cursor is hidden: {text}");
        assert!(text.contains(&format!("\x1b[{height};2H")), "the last line is not at the foot of {size}: {text}");
        assert!(status.success() && !text.contains("panicked"), "{signals:?}: {status} {text}");
        assert_eq!(left(&place)?, Vec::<PathBuf>::new(), "{signals:?}");
    }
    Ok(())
}

#[test]
fn a_reader_that_has_seen_enough_ends_the_demo_without_a_word() -> Result<()> {
    let place = Place::take()?;
    let mut command = Command::new("bash");
    command.arg("-c").arg(format!("{} demo | head -n 3; exit ${{PIPESTATUS[0]}}", binary()?.display()));
    let output = command.env("TMPDIR", folders(&place)?).output()?;
    assert!(output.status.success(), "{output:?}");
    assert_eq!((String::from_utf8_lossy(&output.stderr).as_ref(), left(&place)?), ("", vec![]));
    assert!(String::from_utf8_lossy(&output.stdout).contains(WELCOME));
    Ok(())
}
