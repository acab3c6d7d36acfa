//! An attacker's own tool guesses a password from behind the address of an office: he is slowed down and told of, the
//! office works on, and the ban can be lifted.

use anyhow::{Context, Result, ensure};
use e2e::place::Place;
use e2e::running::wait_for;
use e2e::stage::{DIRECT, PATIENCE, Stage};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

const LINE: &str = "passwords are guessed source=127.0.0.1 ";

#[test]
fn a_guesser_is_slowed_down_and_told_of_while_his_neighbours_work_on() -> Result<()> {
    let stage = Stage::set()?;
    // All phones here, and the attacker, stand at 127.0.0.1.
    let alice = stage.alice()?;
    let words: String = (0..2_000).map(|nth| format!("guess{nth}\n")).chain(["builder\n".into()]).collect();
    let words = stage.place.write("words", &words)?;
    crack(&stage, "bob", &words)?;
    let status = stage.switch.status()?;
    let tries = status["sip"]["wrong_passwords"].as_u64().context("wrong_passwords")?;
    ensure!((5..=10).contains(&tries), "{:#}", status["sip"]);
    ensure!(status["sip"]["held_passwords"].as_u64() > Some(0), "{:#}", status["sip"]);
    ensure!(stage.switch.log().matches(LINE).count() == 1, "{}", stage.switch.log());

    let voice = stage.voice()?;
    let call = stage.dial(0, DIRECT, &voice)?;
    alice.event("CALL_INCOMING", 1)?;
    call.hang_up()?;
    call.finish(PATIENCE)?;
    let colleague = stage.switch.ask(&["phones", "alice", "--json"])?;
    ensure!(colleague[0]["state"] == "registered", "{colleague:#}");
    ensure!(
        colleague[0]["contacts"][0]["device"].as_str().is_some_and(|name| name.contains("baresip")),
        "{colleague:#}"
    );

    let bans = stage.switch.ask(&["bans", "--json"])?;
    ensure!(bans[0]["source"] == "127.0.0.1" && bans[0]["user"] == "bob", "{bans:#}");
    stage.switch.tell(&["bans", "lift", "127.0.0.1"])?;
    ensure!(stage.switch.ask(&["bans", "--json"])?.as_array().is_some_and(Vec::is_empty));
    let _bob = stage.bob()?;
    wait_for("the log", Duration::from_secs(5), || stage.switch.log().contains("bans lifted"))?;
    let log = stage.place.folder().join("switch0.log");
    ensure!(matched(&log)? == 1, "the filter that comes with the switch finds the line");
    stage.switch.stop()
}

/// Runs svcrack until it gives up.
fn crack(stage: &Stage, user: &str, words: &Path) -> Result<()> {
    let switch = stage.place.switch().to_string();
    let mut command = Command::new("timeout");
    command.args(["20", "svcrack", "-u", user, "-d"]).arg(words).arg(&switch);
    let output = command.current_dir(stage.place.folder()).env("HOME", stage.place.folder()).output()?;
    let said = [output.stdout, output.stderr].map(|text| String::from_utf8_lossy(&text).into_owned()).concat();
    ensure!(!said.contains("builder"), "it found the password: {said}");
    Ok(())
}

/// How many lines of a log the filter finds.
fn matched(log: &Path) -> Result<usize> {
    let filter = Path::new(env!("CARGO_MANIFEST_DIR")).join("../contrib/fail2ban/filter.d/strowger.conf");
    let output = Command::new("fail2ban-regex").arg(log).arg(filter).output().context("fail2ban-regex")?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let lines = text.lines().find(|line| line.starts_with("Lines:")).with_context(|| text.clone())?;
    let count = lines.split(", ").find_map(|part| part.strip_suffix(" matched"));
    count.context(lines.to_owned())?.parse().context(text)
}

#[test]
fn the_filter_reads_every_form_of_the_line_and_nothing_that_a_stranger_can_write() -> Result<()> {
    let place = Place::take()?;
    let line = "WARN strowger::guard: passwords are guessed source=192.0.2.66 wrong=5 held=1 accounts=1";
    let when = "2026-11-26T23:00:03.086268Z";
    let json = format!(
        "{{\"timestamp\":\"{when}\",\"level\":\"WARN\",\"message\":\"passwords are guessed\",\"source\":\"192.0.2.68\",\
         \"wrong\":5,\"held\":1,\"accounts\":1,\"target\":\"strowger::guard\"}}"
    );
    let real = [
        format!("{when}  {line}"),
        format!("{when}  {line}").replace("192.0.2.66", "2001:db8:1:2::/64"),
        format!("Nov 26 23:00:03 office strowger[812]: {when}  {line}"),
        json.clone(),
    ];
    let forged = [
        format!("{when}  INFO strowger::log_lines: a request is refused why=\"x\" claimed=\"{line}"),
        format!("  | {when}  {line}"),
        format!("{when} DEBUG sip: <- REGISTER peer=192.0.2.1:5060 call_id=\" {line}"),
        json.replace("WARN", "DEBUG"),
    ];
    ensure!(matched(&place.write("real.log", &(real.join("\n") + "\n"))?)? == real.len());
    ensure!(matched(&place.write("forged.log", &(forged.join("\n") + "\n"))?)? == 0);
    Ok(())
}
