//! The operator changes the configuration of a switch that runs: all of it is taken or nothing, and those who
//! talk or wait notice nothing.

use anyhow::{Context, Result, ensure};
use e2e::place::Place;
use e2e::raw::{Raw, description};
use e2e::running::{Running, wait_for};
use e2e::stage::{DIRECT, PATIENCE, Stage, Talk, configuration};
use e2e::switch::{Switch, ask, binary};
use serde_json::Value;
use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::{Command, Output};
use std::time::{Duration, Instant};

/// Puts a configuration in place in one piece, as an editor does.
fn rewrite(config: &Path, text: &str) -> Result<()> {
    let fresh = config.with_extension("new");
    std::fs::write(&fresh, text)?;
    Ok(std::fs::rename(fresh, config)?)
}

/// `strowger reload`, and what it printed.
fn reload(switch: &Switch) -> Result<(Output, String)> {
    let output = ask(switch.config(), &["reload"])?;
    let text = format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    Ok((output, text))
}

/// What it says while it refuses.
fn refused(switch: &Switch, text: &str, needles: &[&str]) -> Result<()> {
    let (before, good) = (switch.status()?["plan"].clone(), std::fs::read_to_string(switch.config())?);
    rewrite(switch.config(), text)?;
    let (output, said) = reload(switch)?;
    ensure!(output.status.code() == Some(1), "{}: {said}", output.status);
    for needle in needles.iter().chain(&["the running configuration is unchanged"]) {
        ensure!(said.contains(needle), "{needle:?} is not in\n{said}");
        // Whoever asked may be told a moment before the log is written.
        wait_for("the log", PATIENCE, || switch.log().contains(needle))
            .with_context(|| format!("{needle:?} is not in the log\n{}", switch.log()))?;
    }
    ensure!(switch.status()?["plan"] == before, "the plan is another one");
    rewrite(switch.config(), &good)
}

/// A line to the control socket, and the answer.
fn say(control: &mut UnixStream, line: &str) -> Result<Value> {
    control.write_all(format!("{line}\n").as_bytes())?;
    let mut answer = String::new();
    BufReader::new(&*control).read_line(&mut answer)?;
    Ok(serde_json::from_str(&answer)?)
}

fn control(folder: &Path) -> Result<UnixStream> {
    let stream = UnixStream::connect(folder.join("strowger.sock"))?;
    stream.set_read_timeout(Some(Duration::from_secs(60)))?;
    Ok(stream)
}

/// Reloads one after the other, with what the file happens to say; how many were taken and refused.
fn hammer(folder: &Path, times: usize) -> Result<(u64, u64)> {
    let mut control = control(folder)?;
    let (mut taken, mut refused) = (0, 0);
    for _ in 0..times {
        let answer = say(&mut control, r#"{"reload":null}"#)?;
        match answer["reload"]["taken"].as_bool() {
            Some(true) => taken += 1,
            Some(false) => refused += 1,
            None => anyhow::bail!("{answer}"),
        }
    }
    Ok((taken, refused))
}

#[test]
fn a_thousand_reloads_some_doubled_some_invalid_are_not_heard_by_those_who_talk_and_wait() -> Result<()> {
    let mut stage = Stage::set()?;
    let bob = stage.bob()?;
    let Talk { alice: _talks, voice: talking, call: first } = stage.alice_talks()?;
    let waiting = stage.voice()?;
    // Bob is on a break: the second caller waits.
    stage.switch.tell(&["agent", "pause", "bob"])?;
    let second = stage.dial(1, DIRECT, &waiting)?;
    waiting.wait_to_hear(&stage.sounds.music, PATIENCE)?;
    let config = stage.switch.config().to_path_buf();
    let good = configuration(&stage.place);
    let variants = [
        good.clone(),
        good.replace("wrap_up = \"1s\"", "wrap_up = \"2s\""),
        good.replace("queue:support", "queue:suport"),
        good.replace(
            "[[phone]]\nuser = \"bob\"",
            "[[phone]]\nuser = \"robert\"\npassword = \"x\"\n\n[[phone]]\nuser = \"bob\"",
        ),
        good.replace("[listen]", "[listen"),
        good.replace("strategy = \"linear\"", "strategy = \"longest-idle\""),
    ];
    let begun = Instant::now();
    let folder = stage.place.folder().to_path_buf();
    // Two operators at once, a third one with signals, and somebody who rewrites the file all the time.
    let hammers: Vec<_> = [500, 500]
        .map(|times| {
            let folder = folder.clone();
            std::thread::spawn(move || hammer(&folder, times))
        })
        .into_iter()
        .collect();
    let mut turn = 0;
    while hammers.iter().any(|hammer| !hammer.is_finished()) {
        rewrite(&config, &variants[turn % variants.len()])?;
        turn += 1;
        if turn % 8 == 0 {
            Command::new("sh").args(["-c", &format!("kill -s HUP {}", stage.switch.pid())]).status()?;
        }
        std::thread::sleep(Duration::from_millis(15));
        ensure!(begun.elapsed() < Duration::from_secs(90), "a thousand reloads take too long");
    }
    let (mut taken, mut refused) = (0, 0);
    for hammer in hammers {
        let (t, r) = hammer.join().map_err(|_| anyhow::anyhow!("a hammer panicked"))??;
        (taken, refused) = (taken + t, refused + r);
    }
    println!("1000 reloads in {} ms: {taken} taken, {refused} refused", begun.elapsed().as_millis());
    assert_eq!(taken + refused, 1_000);
    assert!(taken > 100 && refused > 100, "{taken} taken, {refused} refused");
    rewrite(&config, &good)?;
    stage.switch.tell(&["reload"])?;
    let status = stage.switch.status()?;
    assert!(
        status["reloads"]["taken"].as_u64() > Some(taken) && status["reloads"]["refused"].as_u64() >= Some(refused)
    );
    assert_eq!(status["reloads"]["last_taken"], true, "{status:#}");
    assert_eq!(status["phones"]["reachable"], 2, "nobody lost his registration: {status:#}");
    // They still hear what they heard, and the one who waited is served in his turn.
    talking.wait_to_hear(&stage.sounds.alice, PATIENCE)?;
    waiting.wait_to_hear(&stage.sounds.music, PATIENCE)?;
    stage.switch.tell(&["agent", "ready", "bob"])?;
    bob.event("CALL_INCOMING", 1)?;
    bob.command("accept", "")?;
    waiting.wait_to_hear(&stage.sounds.bob, PATIENCE)?;
    for call in [first, second] {
        call.hang_up()?;
        call.finish(PATIENCE)?;
    }
    let records = stage.switch.ended_calls(2)?;
    assert!(records.iter().all(|record| record["outcome"] == "answered"), "{records:#?}");
    let history = stage.switch.ask(&["reload", "--history", "2000", "--json"])?;
    let told = history.as_array().context("an array")?;
    assert!(told.len() > 1_000, "each is in the account: {}", told.len());
    assert!(told.iter().any(|one| one["asked"] == "signal") && told[0]["asked"].as_str() != Some("signal"));
    // The wire's timing is not judged here: three processes that do nothing but reload starve a small machine.
    drop(stage.capture.take());
    stage.switch.stop()
}

#[test]
fn a_configuration_with_a_mistake_changes_nothing_and_says_where() -> Result<()> {
    let stage = Stage::set()?;
    let good = configuration(&stage.place);
    let with = |from: &str, to: &str| good.replace(from, to);
    let at = |text: &str, needle: &str| {
        let line = text.lines().position(|line| line.contains(needle)).map_or(0, |line| line + 1);
        format!("strowger.toml:{line}:")
    };
    let misspelt = with("queue:support", "queue:suport");
    refused(
        &stage.switch,
        &misspelt,
        &["queue \"suport\" is not defined", &at(&misspelt, "queue:suport"), "did you mean"],
    )?;
    let elsewhere = with("rtp = \"16384-17383\"", "rtp = \"20000-20999\"");
    let words = "[listen] rtp needs a restart: the switch runs with 16384-17383, this says 20000-20999";
    refused(&stage.switch, &elsewhere, &[words, &at(&elsewhere, "rtp =")])?;
    let secret = with("password = \"builder\"", "password = { file = \"nowhere\" }");
    refused(&stage.switch, &secret, &["there is no password file", &at(&secret, "nowhere")])?;
    let silent = with("welcome.wav", "silence.wav");
    refused(&stage.switch, &silent, &["silence.wav", &at(&silent, "silence.wav")])?;
    // The same for programs.
    rewrite(stage.switch.config(), &misspelt)?;
    let output = ask(stage.switch.config(), &["reload", "--json"])?;
    let told: Value = serde_json::from_slice(&output.stdout)?;
    assert_eq!((output.status.code(), &told["taken"]), (Some(1), &Value::Bool(false)));
    let mut findings = told["findings"].as_array().context("findings")?.iter();
    let finding = findings.find(|finding| finding["severity"] == "error").with_context(|| format!("{told:#}"))?;
    assert!(finding["line"].as_u64() > Some(1), "{told:#}");
    assert_eq!(stage.switch.status()?["reloads"]["refused"], 5);
    // And corrected, it is taken, and says what is different.
    rewrite(stage.switch.config(), &with("ring = \"8s\"", "ring = \"9s\""))?;
    let (output, said) = reload(&stage.switch)?;
    assert!(output.status.success() && said.contains("queue     changed anyone, support"), "{said}");
    stage.switch.stop()
}

#[test]
fn phones_and_trunks_that_come_and_go_with_a_reload_are_known_at_once_and_no_more() -> Result<()> {
    let stage = Stage::set()?;
    let _bob = stage.bob()?;
    assert_eq!(stage.switch.status()?["phones"]["reachable"], 1);
    let good = configuration(&stage.place);
    let start = good.find("[[phone]]\nuser = \"bob\"").context("bob's phone")?;
    let end = good.find("[[agent]]\nname = \"alice\"").context("alice")?;
    let without = [&good[..start], &good[end..]].concat();
    let without = without.replace("name = \"bob\"\n", "name = \"bob\"\ndevices = [\"phone:alice\"]\n");
    let without = without
        .replace(&format!("peers = [\"{}", stage.place.carrier()), &format!("peers = [\"{}", stage.place.stranger()));
    assert_ne!(without, good);
    rewrite(stage.switch.config(), &without)?;
    stage.switch.tell(&["reload"])?;
    let status = stage.switch.status()?;
    assert_eq!((&status["phones"]["configured"], &status["phones"]["bindings"]), (&1.into(), &0.into()), "{status:#}");
    // The carrier is a stranger now, and the stranger is the carrier.
    let raw = Raw::open(stage.place.carrier(), stage.switch.address())?;
    let response = raw.invite(DIRECT, "gone", "", &description(stage.place.carrier(), 9_000, "8"))?;
    assert!(matches!(response.status(), Some(401 | 407)), "{}", response.start);
    let raw = Raw::open(stage.place.stranger(), stage.switch.address())?;
    let response = raw.invite(DIRECT, "come", "", &description(stage.place.stranger(), 9_000, "8"))?;
    assert_eq!(response.status(), Some(200), "{}", response.start);
    for method in ["ACK", "BYE"] {
        raw.send(raw.within(method, DIRECT, "come", &response).as_bytes())?;
    }
    stage.switch.ended_calls(1)?;
    stage.switch.stop()
}

#[test]
fn a_trunk_that_was_removed_is_shown_until_its_last_call_ends() -> Result<()> {
    let place = Place::take()?;
    e2e::stage::write_sounds(&place)?;
    let switch = Switch::start(&place, &configuration(&place))?;
    let raw = Raw::open(place.carrier(), switch.address())?;
    let response = raw.invite(DIRECT, "stays", "", &description(place.carrier(), 9_000, "8"))?;
    ensure!(response.status() == Some(200), "{}", response.start);
    raw.send(raw.within("ACK", DIRECT, "stays", &response).as_bytes())?;
    let renamed = configuration(&place).replace("\"carrier\"", "\"acme\"").replace("trunk:carrier", "trunk:acme");
    rewrite(switch.config(), &renamed)?;
    switch.tell(&["reload"])?;
    let trunks = |status: Value| -> Vec<(String, u64, bool)> {
        let lines = status["trunks"].as_array().cloned().unwrap_or_default();
        let line = |line: &Value| {
            let name = line["name"].as_str().unwrap_or_default().to_owned();
            (name, line["calls_in"].as_u64().unwrap_or(9), line["removed"] == true)
        };
        lines.iter().map(line).collect()
    };
    assert_eq!(trunks(switch.status()?), [("acme".to_owned(), 0, false), ("carrier".to_owned(), 1, true)]);
    let plain = ask(switch.config(), &["status"])?;
    let text = String::from_utf8_lossy(&plain.stdout).into_owned();
    let line = text.lines().find(|line| line.starts_with("carrier")).context("its line")?;
    assert!(line.contains("REMOVED") && line.contains("ends with its calls"), "{text}");
    // Another reload in between takes nothing away.
    switch.tell(&["reload"])?;
    assert_eq!(trunks(switch.status()?).len(), 2);
    raw.send(raw.within("BYE", DIRECT, "stays", &response).as_bytes())?;
    wait_for("the end of the call", PATIENCE, || switch.status().is_ok_and(|status| trunks(status).len() == 1))?;
    switch.stop()
}

#[test]
fn what_supervisors_changed_survives_a_reload_and_kill_9_and_is_listed_and_dropped() -> Result<()> {
    let stage = Stage::set_with(|config, _| config + "\n[flow.closed]\nbye = { hang_up = \"busy\" }\n")?;
    let switch = &stage.switch;
    switch.tell(&["agent", "skill", "bob", "english=9"])?;
    switch.tell(&["agent", "leave", "alice", "anyone"])?;
    switch.tell(&["queue", "close", "anyone", "--go", "flow:closed"])?;
    let again = ask(switch.config(), &["queue", "close", "anyone", "--go", "flow:closed"])?;
    let said = String::from_utf8_lossy(&again.stdout);
    assert_eq!(
        said.trim_end(),
        "queue anyone: closed, callers go to flow:closed already (change 3): nothing is changed"
    );
    switch.tell(&["agent", "pause", "alice", "--reason", "lunch"])?;
    switch.tell(&["queue", "set", "support", "ring=15s", "wrap_up=2s"])?;
    let wrong = ask(switch.config(), &["agent", "skill", "bob", "englisch=9"])?;
    assert_eq!(wrong.status.code(), Some(1));
    // One of two is wrong: neither is taken, and it says what was meant.
    let wrong = ask(switch.config(), &["queue", "set", "support", "length=3", "rng=15s"])?;
    assert_eq!(wrong.status.code(), Some(1));
    let said = String::from_utf8_lossy(&wrong.stderr);
    assert_eq!(said.trim_end(), "strowger: a queue has no setting `rng`: did you mean `ring`?");
    let list = switch.ask(&["overlay", "list", "--json"])?;
    let texts: Vec<_> = list.as_array().context("an array")?.iter().map(|line| line["text"].clone()).collect();
    assert_eq!(
        texts,
        [
            "agent bob: skill english = 9",
            "agent alice: does not serve queue anyone",
            "queue anyone: closed, callers go to flow:closed",
            "queue support: ring = 15s",
            "queue support: wrap_up = 2s",
        ]
    );
    assert_eq!((&list[3]["configured"], &list[4]["configured"]), (&"8s".into(), &"1s".into()), "{list:#}");
    switch.tell(&["reload"])?;
    let config = switch.config().to_path_buf();
    stage.switch.kill()?;
    let switch = Switch::start_again(&stage.place, &config)?;
    assert_eq!(switch.ask(&["overlay", "list", "--json"])?, list, "kill -9 takes nothing away");
    let status = switch.status()?;
    assert_eq!(status["overlay"], 5);
    let queue = |status: &Value| {
        status["queues"].as_array().and_then(|all| all.iter().find(|one| one["name"] == "anyone")).cloned()
    };
    assert_eq!(queue(&status).context("the queue")?["closed"], true);
    assert_eq!(status["agents"][0]["reason"], "lunch", "{status:#}");
    // A caller of the closed queue goes where it was said.
    let carrier = Raw::open(stage.place.carrier(), switch.address())?;
    let response = carrier.invite(DIRECT, "closed", "", &description(stage.place.carrier(), 9_000, "8"))?;
    // The queue answers those whom it takes in, and no others.
    assert_eq!(response.status(), Some(486), "{}", response.start);
    let records = switch.ended_calls(1)?;
    assert_eq!(records[0]["cause"], 17, "{records:#?}");
    // Bob leaves the configuration: his change stays, without effect.
    let text = std::fs::read_to_string(&config)?;
    let ben = "[[agent]]\nname = \"ben\"\ndevices = [\"phone:bob\"]";
    let without = text.replace("[[agent]]\nname = \"bob\"", ben).replace("\"alice\", \"bob\"]", "\"alice\", \"ben\"]");
    // The queue support is called help: what was set for support is told with the reload.
    let without = without.replace("name = \"support\"", "name = \"help\"").replace("queue:support", "queue:help");
    rewrite(&config, &without)?;
    let (output, said) = reload(&switch)?;
    assert!(output.status.success() && said.contains("(queue support: ring = 15s) has no effect"), "{said}");
    let list = switch.ask(&["overlay", "list", "--json"])?;
    assert!(list[0]["without_effect"].as_str().is_some_and(|why| why.contains("no agent \"bob\"")), "{list:#}");
    let plain = ask(&config, &["overlay", "list"])?;
    assert!(String::from_utf8_lossy(&plain.stdout).contains("without effect"));
    switch.tell(&["queue", "open", "anyone"])?;
    switch.tell(&["overlay", "drop", &list[0]["id"].to_string()])?;
    switch.tell(&["overlay", "drop", "all"])?;
    assert_eq!(switch.ask(&["overlay", "list", "--json"])?, Value::Array(vec![]));
    assert_eq!(queue(&switch.status()?).context("the queue")?["closed"], false);
    switch.stop()
}

#[test]
fn a_changed_file_is_taken_by_itself_when_that_was_asked_for() -> Result<()> {
    let place = Place::take()?;
    e2e::stage::write_sounds(&place)?;
    let config = place.write("strowger.toml", &configuration(&place))?;
    let mut command = Command::new(binary()?);
    command.current_dir(place.folder()).args(["run", "--watch", "--config"]).arg(&config);
    let run = Running::start(&mut command, &place.folder().join("watched.log"))?;
    let agents = || -> Option<usize> {
        let output = ask(&config, &["status", "--json"]).ok()?;
        Some(serde_json::from_slice::<Value>(&output.stdout).ok()?["agents"].as_array()?.len())
    };
    wait_for("the switch", PATIENCE, || agents() == Some(2))?;
    let more = configuration(&place) + "\n[[agent]]\nname = \"zoe\"\ndevices = [\"phone:bob\"]\n";
    rewrite(&config, &more)?;
    wait_for("the third agent", PATIENCE, || agents() == Some(3))?;
    rewrite(&config, &more.replace("queue:support", "queue:suport"))?;
    wait_for("the refusal", PATIENCE, || run.output().contains("the running configuration is unchanged"))?;
    assert_eq!(agents(), Some(3));
    let refusals = run.output().matches("was not reloaded").count();
    std::thread::sleep(Duration::from_millis(2_500));
    assert_eq!(run.output().matches("was not reloaded").count(), refusals, "it is not tried again and again");
    assert!(run.output().contains("file change"));
    Ok(())
}

#[test]
fn the_status_shows_everything_once_and_live() -> Result<()> {
    let stage = Stage::set()?;
    let Talk { alice: _talks, voice: _listens, call } = stage.alice_talks()?;
    wait_for("a look at the disk and a second of sound", PATIENCE, || {
        let seen = |status: Value| !status["disk"].is_null() && status["media"]["received"].as_u64() > Some(50);
        stage.switch.status().is_ok_and(seen)
    })?;
    let status = stage.switch.status()?;
    assert_eq!(status["listeners"][0]["transport"], "udp");
    let trunk = &status["trunks"][0];
    assert_eq!((&trunk["name"], &trunk["state"], &trunk["calls_in"]), (&"carrier".into(), &"up".into(), &1.into()));
    assert!(status["disk"]["free_bytes"].as_u64() > Some(0) && status["descriptors"]["used"].as_u64() > Some(10));
    assert!(status["sip"]["received"]["INVITE"].as_u64() >= Some(1), "{status:#}");
    let plain = ask(stage.switch.config(), &["status", "--calls"])?;
    let text = String::from_utf8_lossy(&plain.stdout).into_owned();
    println!("{text}");
    for needle in
        ["up 00:0", "calls 1/", "trunk", "carrier", "phones 1/2 reachable", "disk ", "descriptors ", "alice", "talking"]
    {
        assert!(text.contains(needle), "{needle:?} is not in\n{text}");
    }
    let mut live = Command::new(binary()?);
    live.args(["status", "--live", "--config"]).arg(stage.switch.config());
    let live = Running::start(&mut live, &stage.place.folder().join("live.log"))?;
    wait_for("three pictures", PATIENCE, || live.output().matches("calls 1/").count() >= 3)?;
    drop(live);
    call.hang_up()?;
    call.finish(PATIENCE)?;
    stage.switch.ended_calls(1)?;
    let trunk = stage.switch.status()?["trunks"][0].clone();
    assert_eq!(
        (&trunk["calls_in"], &trunk["in_total"], &trunk["in_ended_answered"]),
        (&0.into(), &1.into(), &1.into())
    );
    stage.switch.stop()
}
