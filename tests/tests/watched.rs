//! Who watches over the switch: Prometheus, a load balancer, systemd, logrotate.

use anyhow::{Context, Result, ensure};
use e2e::capture::is_root;
use e2e::frozen::Frozen;
use e2e::http::get;
use e2e::place::Place;
use e2e::raw::{Raw, description};
use e2e::running::wait_for;
use e2e::sipp::{Dial, Sipp};
use e2e::stage::{configuration, write_sounds};
use e2e::switch::Switch;
use serde_json::Value;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::os::unix::net::UnixDatagram;
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

fn pause(ms: u64) {
    std::thread::sleep(Duration::from_millis(ms));
}

/// The common configuration with metrics; where they are.
fn measured(place: &Place) -> Result<(String, SocketAddr)> {
    write_sounds(place)?;
    let address = SocketAddr::new(place.switch(), 9_464);
    Ok((format!("{}\n[metrics]\nlisten = \"{address}\"\n", configuration(place)), address))
}

/// A call to a number that no route knows: refused, and in the account.
fn failed_call(raw: &Raw, number: usize) -> Result<()> {
    let body = description("127.0.0.1".parse()?, 9_000, "8");
    let response = raw.invite("+442079469999", &format!("failed{number}"), "", &body)?;
    ensure!(response.status() == Some(404), "{}", response.start);
    Ok(())
}

/// Every name of a metric in a text.
fn names(text: &str) -> BTreeSet<String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '_');
    words.filter(|word| word.starts_with("strowger_") || word.starts_with("process_")).map(str::to_owned).collect()
}

#[test]
fn every_metric_of_the_dashboard_is_there_and_counts() -> Result<()> {
    let place = Place::take()?;
    let (config, address) = measured(&place)?;
    let switch = Switch::start(&place, &config)?;
    let raw = Raw::open(place.carrier(), switch.address())?;
    for number in 0..3 {
        failed_call(&raw, number)?;
    }
    // The disk is looked at a moment after the start, and an answer is good for a second.
    pause(1_200);
    let (status, text) = get(address, "/metrics")?;
    assert_eq!(status, 200);
    let here = names(&text);
    let dashboard = Path::new(env!("CARGO_MANIFEST_DIR")).join("../contrib/grafana/strowger.json");
    let dashboard: Value = serde_json::from_str(&std::fs::read_to_string(dashboard)?)?;
    let mut wanted = BTreeSet::new();
    for panel in dashboard["panels"].as_array().context("panels")? {
        for target in panel["targets"].as_array().into_iter().flatten() {
            wanted.extend(names(target["expr"].as_str().context("an expression")?));
        }
    }
    assert!(wanted.len() >= 20, "{wanted:?}");
    let missing: Vec<_> = wanted.difference(&here).collect();
    assert!(missing.is_empty(), "{missing:?} are not in\n{text}");
    for line in ["strowger_up 1", "strowger_calls_total 3", "strowger_refusals_total{reason=\"no route\"} 3"] {
        assert!(text.lines().any(|other| other == line), "{line} is not in\n{text}");
    }
    assert_eq!(get(address, "/readyz")?, (200, "ok\n".into()));
    let pid = switch.pid();
    Command::new("sh").args(["-c", &format!("kill -s INT {pid}")]).status()?;
    let mut switch = switch;
    wait_for("the end", Duration::from_secs(10), || !switch.runs())?;
    Ok(())
}

/// The value of a metric with these labels.
fn value(text: &str, sample: &str) -> Option<f64> {
    text.lines().find_map(|line| line.strip_prefix(sample)?.trim().parse().ok())
}

#[test]
fn a_wait_grows_while_nothing_else_happens_and_what_became_of_it_outlives_the_switch() -> Result<()> {
    let place = Place::take()?;
    let (config, address) = measured(&place)?;
    let switch = Switch::start(&place, &config)?;
    let direct = e2e::stage::DIRECT;
    let caller = Raw::open(place.carrier(), switch.address())?;
    let up = caller.invite(direct, "waits", "", &description(place.carrier(), 9_000, "8"))?;
    assert_eq!(up.status(), Some(200), "{}", up.start);
    caller.send(caller.within("ACK", direct, "waits", &up).as_bytes())?;
    let longest = || {
        let (_, text) = get(address, "/metrics")?;
        value(&text, "strowger_queue_longest_wait_seconds{queue=\"anyone\"}").context("a wait")
    };
    let begun = (Instant::now(), longest()?);
    pause(3_000);
    let grown = longest()? - begun.1;
    let passed = begun.0.elapsed().as_secs_f64();
    // An answer may be a second old.
    ensure!((passed - 1.2..passed + 1.2).contains(&grown), "it grew by {grown} s in {passed} s");
    caller.send(caller.within("BYE", direct, "waits", &up).as_bytes())?;
    switch.ended_calls(1)?;
    let queue = |switch: &Switch| -> Result<Value> {
        let status = switch.status()?;
        let mut queues = status["queues"].as_array().context("queues")?.iter();
        Ok(queues.find(|queue| queue["name"] == "anyone").context("the queue")?.clone())
    };
    let before = queue(&switch)?;
    for time in ["today", "last_30_minutes", "since_start"] {
        assert_eq!((&before[time]["contacts"], &before[time]["abandoned"]), (&1.into(), &1.into()), "{time}");
    }
    let config = switch.config().to_owned();
    switch.kill()?;
    let switch = Switch::start_again(&place, &config)?;
    let same = |switch: &Switch| queue(switch).is_ok_and(|now| now["today"] == before["today"]);
    wait_for("the figures of today", Duration::from_secs(5), || same(&switch))?;
    let after = queue(&switch)?;
    assert_eq!(after["last_30_minutes"], before["last_30_minutes"]);
    assert_eq!(after["since_start"]["contacts"], 0, "and this start has seen nobody");
    switch.stop()
}

#[test]
fn a_switch_that_drains_is_alive_and_not_ready() -> Result<()> {
    let place = Place::take()?;
    let (config, address) = measured(&place)?;
    let switch = Switch::start(&place, &config)?;
    let voice = Raw::open(place.carrier(), switch.address())?;
    let up = voice.invite(e2e::stage::DIRECT, "up", "", &description(place.carrier(), 9_000, "8"))?;
    assert_eq!(up.status(), Some(200), "{}", up.start);
    voice.send(voice.within("ACK", e2e::stage::DIRECT, "up", &up).as_bytes())?;
    switch.tell(&["drain"])?;
    let (status, why) = get(address, "/readyz")?;
    assert!(status == 503 && why.contains("draining"), "{status} {why}");
    assert_eq!(get(address, "/healthz")?.0, 200);
    switch.tell(&["drain", "--cancel"])?;
    wait_for("readiness", Duration::from_secs(5), || get(address, "/readyz").is_ok_and(|(status, _)| status == 200))?;
    voice.send(voice.within("BYE", e2e::stage::DIRECT, "up", &up).as_bytes())?;
    switch.stop()
}

#[test]
fn liveness_outlives_a_database_that_hangs_and_not_a_signalling_loop_that_does() -> Result<()> {
    let place = Place::take()?;
    let (config, address) = measured(&place)?;
    let switch = Switch::start(&place, &config)?;
    let raw = Raw::open(place.carrier(), switch.address())?;
    let ledger = Frozen::stop(switch.pid(), "ledger")?;
    for number in 0..5 {
        failed_call(&raw, number)?;
    }
    pause(6_000);
    assert_eq!(get(address, "/healthz")?, (200, "ok\n".into()));
    let (_, text) = get(address, "/metrics")?;
    let behind = text.lines().find_map(|line| line.strip_prefix("strowger_ledger_backlog "));
    assert!(behind.context("a backlog")?.parse::<u64>()? >= 5, "{text}");
    drop(ledger);
    assert_eq!(switch.ended_calls(5)?.len(), 5, "what waited is written");
    let loops = Frozen::stop(switch.pid(), "signalling")?;
    pause(5_500);
    let begun = Instant::now();
    let (status, why) = get(address, "/healthz")?;
    assert!(status == 503 && why.contains("has not turned for"), "{status} {why}");
    assert_eq!(get(address, "/readyz")?.0, 503);
    assert!(get(address, "/metrics")?.1.contains("\nstrowger_up 0\n"));
    assert!(begun.elapsed() < Duration::from_secs(2), "nobody waits for a loop that hangs");
    drop(loops);
    wait_for("life", Duration::from_secs(5), || get(address, "/healthz").is_ok_and(|(status, _)| status == 200))?;
    raw.alive("again")?;
    switch.stop()
}

/// A disk of two megabytes, unmounted in the end.
struct SmallDisk<'p>(&'p Path);

impl Drop for SmallDisk<'_> {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(self.0).status();
    }
}

#[test]
fn a_full_disk_makes_a_switch_unready_and_leaves_it_alive() -> Result<()> {
    let place = Place::take()?;
    let disk = place.folder().join("disk");
    std::fs::create_dir_all(&disk)?;
    let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=2m", "tmpfs"]).arg(&disk).status();
    if !is_root() || !mounted.is_ok_and(|status| status.success()) {
        eprintln!("SKIPPED: no right to mount the small disk that this test fills");
        return Ok(());
    }
    let _disk = SmallDisk(&disk);
    let (config, address) = measured(&place)?;
    let folder = place.folder().display().to_string();
    let config = config.replace(&format!("sqlite:{folder}/"), &format!("sqlite:{folder}/disk/"));
    let switch = Switch::start(&place, &config)?;
    let filler = disk.join("filler");
    // dd ends when the disk is full.
    Command::new("dd").args(["if=/dev/zero", "bs=1k", &format!("of={}", filler.display())]).output()?;
    let raw = Raw::open(place.carrier(), switch.address())?;
    let mut number = 0;
    wait_for("a ledger that cannot write", Duration::from_secs(10), || {
        number += 1;
        let _refused_in_the_end = failed_call(&raw, number);
        get(address, "/readyz").is_ok_and(|(status, why)| status == 503 && why.contains("the ledger cannot write"))
    })?;
    assert_eq!(get(address, "/healthz")?, (200, "ok\n".into()));
    assert!(get(address, "/metrics")?.1.contains("\nstrowger_ledger_fault 1\n"));
    std::fs::remove_file(filler)?;
    wait_for("readiness", Duration::from_secs(10), || get(address, "/readyz").is_ok_and(|(status, _)| status == 200))?;
    switch.stop()
}

/// What a service manager such as systemd hears, and when.
struct Systemd {
    socket: UnixDatagram,
    path: String,
}

impl Systemd {
    fn listen(place: &Place) -> Result<Systemd> {
        let path = place.folder().join("notify");
        let socket = UnixDatagram::bind(&path)?;
        Ok(Systemd { socket, path: path.display().to_string() })
    }

    /// Waits for this word; what came before it is passed over.
    fn hears(&self, word: &str, limit: Duration) -> Result<Instant> {
        let begun = Instant::now();
        let mut buffer = [0; 1_024];
        while let Some(left) = limit.checked_sub(begun.elapsed()).filter(|left| !left.is_zero()) {
            self.socket.set_read_timeout(Some(left))?;
            let Ok(length) = self.socket.recv(&mut buffer) else { continue };
            if String::from_utf8_lossy(&buffer[..length]).lines().any(|line| line == word) {
                return Ok(Instant::now());
            }
        }
        anyhow::bail!("{word} did not come within {limit:?}")
    }

    /// Forgets what was said.
    fn clear(&self) -> Result<()> {
        self.socket.set_nonblocking(true)?;
        while self.socket.recv(&mut [0; 1_024]).is_ok() {}
        self.socket.set_nonblocking(false)?;
        Ok(())
    }
}

#[test]
fn systemd_hears_that_it_is_ready_that_its_loop_turns_and_that_it_stops() -> Result<()> {
    let place = Place::take()?;
    write_sounds(&place)?;
    let systemd = Systemd::listen(&place)?;
    let config = place.write("strowger.toml", &configuration(&place))?;
    let environment = [("NOTIFY_SOCKET", systemd.path.as_str()), ("WATCHDOG_USEC", "1000000")];
    let switch = Switch::start_within(&place, &config, &environment)?;
    let second = Duration::from_secs(1);
    systemd.hears("READY=1", 10 * second)?;
    let pings: Vec<Instant> = (0..5).map(|_| systemd.hears("WATCHDOG=1", 3 * second)).collect::<Result<_>>()?;
    for pair in pings.windows(2) {
        let apart = pair[1] - pair[0];
        assert!((200..900).contains(&apart.as_millis()), "asked for one a second, so one each half: {apart:?}");
    }
    let frozen = Frozen::stop(switch.pid(), "signalling")?;
    pause(2_000);
    systemd.clear()?;
    assert!(systemd.hears("WATCHDOG=1", 2 * second).is_err(), "pinged though the loop hangs");
    drop(frozen);
    systemd.hears("WATCHDOG=1", 3 * second)?;
    let signal = |name: &str| Command::new("sh").args(["-c", &format!("kill -s {name} {}", switch.pid())]).status();
    signal("STOP")?;
    wait_for("every thread to stand", Duration::from_secs(5), || all_stand(switch.pid()))?;
    systemd.clear()?;
    assert!(systemd.hears("WATCHDOG=1", 2 * second).is_err(), "pinged though it is stopped");
    signal("CONT")?;
    systemd.hears("WATCHDOG=1", 3 * second)?;
    signal("TERM")?;
    systemd.hears("STOPPING=1", 3 * second)?;
    let mut switch = switch;
    wait_for("the end", Duration::from_secs(10), || !switch.runs())?;
    switch.check()
}

/// Whether all threads of a process are stopped: each is, once it comes back from what it asked of the kernel.
fn all_stand(process: u32) -> bool {
    let tasks = std::fs::read_dir(format!("/proc/{process}/task")).into_iter().flatten().flatten();
    let mut states = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("stat")).ok());
    states.all(|stat| stat.rsplit_once(')').is_some_and(|(_, rest)| rest.trim_start().starts_with('T')))
}

#[test]
fn a_log_that_is_moved_away_while_calls_run_loses_no_line() -> Result<()> {
    let place = Place::take()?;
    write_sounds(&place)?;
    let text = format!("{}\n[log]\nfile = \"calls.log\"\n", configuration(&place));
    let config = place.write("strowger.toml", &text)?;
    let switch = Switch::start_within(&place, &config, &[("RUST_LOG", "warn,strowger=debug")])?;
    let raw = Raw::open(place.carrier(), switch.address())?;
    let log = place.folder().join("calls.log");
    const CALLS: usize = 200;
    for number in 0..CALLS {
        failed_call(&raw, number)?;
        if number % 50 == 25 {
            std::fs::rename(&log, log.with_extension(format!("log.{number}")))?;
            Command::new("sh").args(["-c", &format!("kill -s USR1 {}", switch.pid())]).status()?;
            let mut extra = 1_000 * number;
            let fresh = wait_for("a new log", Duration::from_secs(5), || {
                // Another call each time: a line that went out before the signal was heard is in the old log.
                extra += 1;
                let _a_line_to_write = failed_call(&raw, extra);
                log.exists()
            });
            fresh?;
        }
    }
    let records = switch.ended_calls(CALLS)?;
    let calls: BTreeSet<&str> = records.iter().filter_map(|record| record["call"].as_str()).collect();
    switch.tell(&["status"])?;
    switch.stop()?;
    let mut files = vec![];
    let mut over: Vec<String> = vec![];
    for entry in std::fs::read_dir(place.folder())? {
        let path = entry?.path();
        if path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("calls.log")) {
            let text = std::fs::read_to_string(&path)?;
            let lines = text.lines().filter(|line| line.contains("a call is over"));
            over.extend(lines.filter_map(|line| Some(line.split("call=").nth(1)?.split(' ').next()?.to_owned())));
            files.push(path);
        }
    }
    assert_eq!(files.len(), 5, "{files:?}");
    let logged: BTreeSet<&str> = over.iter().map(String::as_str).collect();
    assert_eq!(logged.len(), over.len(), "a line is there twice");
    assert!(logged.is_superset(&calls), "{:?} are not in the log", calls.difference(&logged).collect::<Vec<_>>());
    Ok(())
}

#[test]
fn a_carrier_is_reachable_while_it_answers_probes_and_calls_pass_it_over_while_it_does_not() -> Result<()> {
    let place = Place::take()?;
    let (config, metrics) = measured(&place)?;
    let other = SocketAddr::new(place.stranger(), 5_070);
    let config = format!(
        "{config}\n[[trunk]]\nname = \"other\"\ntarget = \"{other}\"\nprobe = \"5s\"\n\n\
         [[route]]\nfrom = \"trunk:carrier\"\nto = \"8\"\ngo = \"flow:out\"\n\n\
         [flow.out]\nfirst = {{ ring = \"trunk:other\", wait = \"60s\", unreachable = \"queue:anyone\" }}\n"
    );
    // It answers one OPTIONS, and is gone.
    let carrier = Dial {
        scenario: "probed",
        number: "x",
        from: other.ip(),
        tcp: false,
        voice: None,
        payload_type: 8,
        words: &[],
    };
    let carrier = Sipp::dial(&place, 5, SocketAddr::new(place.switch(), 5_060), &carrier)?;
    let switch = Switch::start(&place, &config)?;
    let trunk = || -> Result<Value> {
        let status = switch.status()?;
        let all = status["trunks"].as_array().context("trunks")?;
        all.iter().find(|trunk| trunk["name"] == "other").cloned().context("the other trunk")
    };
    let is = |reachable: bool| trunk().is_ok_and(|trunk| trunk["reachable"] == reachable);
    wait_for("its answer", Duration::from_secs(10), || is(true))?;
    ensure!(trunk()?["state"] == "up", "{:#}", trunk()?);
    carrier.finish(Duration::from_secs(5))?;
    wait_for("its silence", Duration::from_secs(15), || is(false))?;
    let seen = trunk()?;
    ensure!(seen["state"] == "unreachable" && seen["since_ms"].as_u64() < Some(5_000), "{seen:#}");
    wait_for("the metrics", Duration::from_secs(5), || {
        let page = get(metrics, "/metrics").map(|(_, page)| page).unwrap_or_default();
        page.contains("strowger_trunk_reachable{trunk=\"other\"} 0\n")
    })?;
    ensure!(switch.log().contains("does not answer OPTIONS"), "{}", switch.log());
    let raw = Raw::open(place.carrier(), switch.address())?;
    let begun = Instant::now();
    let response = raw.invite("8", "over", "", &description(place.carrier(), 9_000, "8"))?;
    ensure!(response.status() == Some(200) && begun.elapsed() < Duration::from_secs(2), "{}", response.start);
    for method in ["ACK", "BYE"] {
        raw.send(raw.within(method, "8", "over", &response).as_bytes())?;
    }
    switch.ended_calls(1)?;
    switch.stop()
}
