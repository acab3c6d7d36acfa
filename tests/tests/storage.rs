//! Storage that goes away, is held by others, is slow or hangs, under a running switch: calls and their sound do not
//! notice, the account is complete afterwards, and the status says what is wrong while it is.
//!
//! STROWGER_OUTAGE_S is how long each outage lasts (3; the nightly run says 60).

use anyhow::{Context, Result, ensure};
use e2e::capture::is_root;
use e2e::crowd::Crowd;
use e2e::place::Place;
use e2e::proof::hears;
use e2e::running::wait_for;
use e2e::sound::{ms, read_wav};
use e2e::stage::{MAIN, PATIENCE, Stage, write_sounds};
use e2e::switch::{Switch, ask, resident_kib};
use std::collections::{BTreeMap, VecDeque};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Calls a second while the storage is away.
const RATE: u32 = 20;
/// An answer within this time feels like at once.
const SOON: Duration = Duration::from_millis(100);

fn outage() -> Duration {
    let seconds = std::env::var("STROWGER_OUTAGE_S").ok().and_then(|text| text.parse().ok());
    Duration::from_secs(seconds.unwrap_or(3))
}

/// Another program in the same database.
struct Intruder(Child);

impl Intruder {
    fn enter(database: &Path) -> Result<Option<Intruder>> {
        let child = Command::new("sqlite3").arg(database).stdin(Stdio::piped()).stdout(Stdio::null()).spawn();
        let Ok(child) = child else {
            eprintln!("SKIPPED: no sqlite3 here to lock the database with");
            return Ok(None);
        };
        Ok(Some(Intruder(child)))
    }

    fn say(&mut self, line: &str) -> Result<()> {
        let stdin = self.0.stdin.as_mut().context("its input")?;
        Ok(stdin.write_all(format!("{line}\n").as_bytes())?)
    }
}

impl Drop for Intruder {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// Calls come, last a second and go, for this long; what they saw.
fn traffic(
    crowd: &mut Crowd,
    prefix: &str,
    time: Duration,
    mut meanwhile: impl FnMut(Duration) -> Result<()>,
) -> Result<()> {
    let begun = Instant::now();
    let mut talking: VecDeque<(Instant, String)> = VecDeque::new();
    let mut count = 0;
    while begun.elapsed() < time || !talking.is_empty() {
        if begun.elapsed() < time {
            let name = format!("{prefix}{count}");
            crowd.dial(&name, &format!("7{count}"))?;
            talking.push_back((Instant::now(), name));
            count += 1;
        }
        meanwhile(begun.elapsed())?;
        while let Some((_, name)) = talking.pop_front_if(|(since, _)| since.elapsed() > Duration::from_secs(1)) {
            ensure!(crowd.calls[&name].status == Some(200), "{name}: {:?}", crowd.calls[&name].status);
            crowd.hang_up(&name)?;
        }
        crowd.pump(Duration::from_secs(1) / RATE)?;
    }
    crowd.wait("an answer to every BYE", PATIENCE, |crowd| {
        crowd.calls.iter().filter(|(name, _)| name.starts_with(prefix)).all(|(_, call)| call.over)
    })
}

/// The answers that came with this prefix were not later than without an outage.
fn prompt(crowd: &Crowd, prefix: &str, usual: Duration) -> Result<()> {
    let p99 = crowd.p99_of(prefix).context("calls")?;
    println!("{prefix}: p99 of the first answer {p99:?}, usually {usual:?}");
    // On a crowded machine the usual time is the yardstick.
    ensure!(p99 < SOON.max(usual * 3), "{prefix}: p99 {p99:?}, usually {usual:?}");
    Ok(())
}

#[test]
fn a_database_that_is_gone_locked_or_slow_costs_no_call_and_no_record() -> Result<()> {
    let place = Place::take()?;
    write_sounds(&place)?;
    let mut crowd = Crowd::open(&place)?;
    let switch = Switch::start(&place, &crowd.configuration(&place)?)?;
    let database = place.folder().join("strowger.db");
    let aside = place.folder().join("aside.db");
    crowd.dial_all("long", 20, 50, |nth| format!("7{nth}"))?;
    traffic(&mut crowd, "usual", Duration::from_secs(2), |_| Ok(()))?;
    let usual = crowd.p99_of("usual").context("calls")?;

    std::fs::rename(&database, &aside)?;
    traffic(&mut crowd, "gone", outage(), |_| Ok(()))?;
    let ledger = switch.status()?["ledger"].clone();
    std::fs::rename(&aside, &database)?;
    ensure!(ledger["fault"].as_str().is_some_and(|fault| fault.contains("is gone")), "the status says so: {ledger:#}");
    ensure!(ledger["backlog"].as_u64() > Some(0), "{ledger:#}");
    prompt(&crowd, "gone", usual)?;

    if let Some(mut intruder) = Intruder::enter(&database)? {
        // Its commands wait for the lock as the switch's do.
        intruder.say(".timeout 5000\nBEGIN IMMEDIATE;")?;
        traffic(&mut crowd, "locked", outage(), |_| Ok(()))?;
        let ledger = switch.status()?["ledger"].clone();
        intruder.say("ROLLBACK;")?;
        ensure!(ledger["fault"].as_str().is_some_and(|fault| fault.contains("locked")), "{ledger:#}");
        prompt(&crowd, "locked", usual)?;

        let mut holds = false;
        traffic(&mut crowd, "slow", outage(), |elapsed| {
            // Held for 400 of every 500 ms.
            let hold = elapsed.as_millis() % 500 < 400;
            if hold != std::mem::replace(&mut holds, hold) {
                intruder.say(if hold { "BEGIN IMMEDIATE;" } else { "ROLLBACK;" })?;
            }
            Ok(())
        })?;
        prompt(&crowd, "slow", usual)?;
    }

    ensure!(crowd.calls.iter().all(|(name, call)| !name.starts_with("long") || call.is_up()), "a call was dropped");
    crowd.hang_up_all()?;
    one_record_each(&switch, &crowd)?;
    let ledger = switch.status()?["ledger"].clone();
    ensure!(ledger["fault"].is_null(), "the fault is over: {ledger:#}");
    switch.stop()
}

/// A record for each call that was made, ended, once.
fn one_record_each(switch: &Switch, crowd: &Crowd) -> Result<()> {
    let mut records: BTreeMap<String, usize> = BTreeMap::new();
    wait_for("a record of every call, once", Duration::from_secs(20), || {
        records.clear();
        let output = ask(switch.config(), &["calls", "--json", "--limit", "1000000"]).ok();
        let rows: Vec<serde_json::Value> =
            output.and_then(|output| serde_json::from_slice(&output.stdout).ok()).unwrap_or_default();
        for row in rows.iter().filter(|row| !row["ended"].is_null() && row["outcome"] != "node_lost") {
            *records.entry(row["sip_call_id"].as_str().unwrap_or_default().into()).or_default() += 1;
        }
        records.len() == crowd.calls.len()
    })
    .with_context(|| format!("{} of {}", records.len(), crowd.calls.len()))?;
    ensure!(records.values().all(|count| *count == 1), "{records:?}");
    Ok(())
}

#[test]
fn calls_that_ended_while_the_database_was_away_have_their_records_after_kill_9() -> Result<()> {
    let place = Place::take()?;
    write_sounds(&place)?;
    let mut crowd = Crowd::open(&place)?;
    let switch = Switch::start(&place, &crowd.configuration(&place)?)?;
    let (database, aside) = (place.folder().join("strowger.db"), place.folder().join("aside.db"));
    std::fs::rename(&database, &aside)?;
    traffic(&mut crowd, "gone", Duration::from_secs(3), |_| Ok(()))?;
    // On disk as if the database were there, though it has nothing of it.
    wait_for("no call that waits for its record", PATIENCE, || {
        switch.status().is_ok_and(|status| status["calls"] == 0 && status["ledger"]["unwritten"] == 0)
    })?;
    let ledger = switch.status()?["ledger"].clone();
    ensure!(ledger["unposted_ms"].as_u64() > Some(2_000) && ledger["lag_ms"].as_u64() < Some(1_000), "{ledger:#}");
    let config = switch.config().to_owned();
    switch.kill()?;
    std::fs::rename(&aside, &database)?;
    let switch = Switch::start_again(&place, &config)?;
    one_record_each(&switch, &crowd)?;
    switch.stop()?;
    let left = std::fs::read_dir(place.folder())?.filter_map(Result::ok);
    let left: Vec<_> = left.filter(|file| file.file_name().to_string_lossy().contains("daybook")).collect();
    ensure!(left.is_empty(), "an orderly end leaves no daybook: {left:?}");
    Ok(())
}

/// A disk of its own that can be made to hang: an ext4 in a file, frozen.
struct Disk {
    at: PathBuf,
}

impl Disk {
    fn mount(place: &Place, at: &Path) -> Result<Option<Disk>> {
        let image = place.folder().join("disk.img");
        std::fs::File::create(&image)?.set_len(256 << 20)?;
        std::fs::create_dir_all(at)?;
        let done = |program: &str, arguments: &[&std::ffi::OsStr]| {
            let mut command = Command::new(program);
            command.args(arguments).stdout(Stdio::null()).stderr(Stdio::null());
            command.status().is_ok_and(|status| status.success())
        };
        let there = is_root()
            && done("mkfs.ext4", &["-q".as_ref(), image.as_os_str()])
            && done("mount", &["-o".as_ref(), "loop".as_ref(), image.as_os_str(), at.as_os_str()]);
        let disk = Disk { at: at.into() };
        if !there || !disk.freeze(true) {
            eprintln!("SKIPPED: no right to mount a disk here and to freeze it");
            return Ok(None);
        }
        disk.freeze(false);
        Ok(Some(disk))
    }

    fn freeze(&self, freeze: bool) -> bool {
        let flag = if freeze { "-f" } else { "-u" };
        let mut command = Command::new("fsfreeze");
        command.arg(flag).arg(&self.at).stderr(Stdio::null());
        command.status().is_ok_and(|status| status.success())
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        // A frozen disk would keep the switch for ever.
        self.freeze(false);
        let _ = Command::new("umount").arg("-l").arg(&self.at).stderr(Stdio::null()).status();
    }
}

#[test]
fn a_disk_that_hangs_while_recording_is_told_and_harms_neither_the_sound_nor_the_next_call() -> Result<()> {
    let stage = Stage::set()?;
    let folder = stage.place.folder().join("recordings");
    let Some(disk) = Disk::mount(&stage.place, &folder)? else { return stage.switch.stop() };
    let alice = stage.alice()?;
    let voice = stage.voice()?;
    let call = stage.dial(0, MAIN, &voice)?;
    voice.wait_to_hear(&stage.sounds.choose, PATIENCE)?;
    voice.press('1');
    alice.event("CALL_INCOMING", 1)?;
    alice.command("accept", "")?;
    voice.wait_to_hear(&stage.sounds.alice, PATIENCE)?;
    std::thread::sleep(Duration::from_millis(1_000));
    ensure!(disk.freeze(true), "it froze before");
    std::thread::sleep(outage().max(Duration::from_secs(4)));
    // Every sound since then came through, and the operator can know.
    voice.wait_to_hear(&stage.sounds.alice, Duration::from_secs(2))?;
    let status = stage.switch.status()?;
    let stalled = status["recorder_stalled_ms"].as_u64();
    ensure!(stalled > Some(1_000), "the status says that the disk hangs: {stalled:?}");
    wait_for("a line in the log", PATIENCE, || stage.switch.log().contains("recordings cannot be written"))?;
    call.hang_up()?;
    call.finish(PATIENCE)?;
    // The agent is free for the next one, whatever the disk does.
    let other = stage.voice()?;
    let again = stage.dial(1, e2e::stage::DIRECT, &other)?;
    alice.event("CALL_INCOMING", 2)?;
    again.hang_up()?;
    again.finish(PATIENCE)?;
    ensure!(disk.freeze(false), "it thaws");
    let records = stage.switch.ended_calls(2)?;
    hears(&voice.received(), &stage.sounds.all(), &["greeting", "choose", "music", "alice"])
        .or_else(|_| hears(&voice.received(), &stage.sounds.all(), &["greeting", "choose", "alice"]))?;
    let mut recorded = serde_json::Value::Null;
    wait_for("the recording in the account", PATIENCE, || {
        let found = stage.switch.calls().unwrap_or_default().into_iter().find(|record| record["recording"].is_string());
        recorded = found.unwrap_or_default();
        recorded.is_object()
    })
    .with_context(|| format!("{records:#?}"))?;
    let call = recorded["call"].as_str().context("a call")?;
    let told = stage.switch.ask(&["calls", "--json", "--call", call])?;
    let made = &told[0]["recordings"][0];
    let tracks = read_wav(&folder.join(made["file"].as_str().context("a file")?))?;
    // What waited while the disk hung is there, or the account says how much is not.
    let length = ms(tracks[0].len());
    println!("{length} ms recorded, gap {}, fault {}", made["gap_ms"], made["fault"]);
    ensure!(length > 4_000.0, "{made:#}");
    let status = stage.switch.status()?;
    ensure!(status["recorder_stalled_ms"].is_null(), "it is over: {}", status["recorder_stalled_ms"]);
    ensure!(status["calls"] == 0, "nothing is stuck");
    stage.switch.stop()
}

/// Longer than there is memory for: what does not fit is lost to the recordings, and said so there. Nothing else is lost.
#[test]
fn a_disk_that_hangs_for_longer_than_sound_can_wait_costs_the_recordings_a_gap_and_nothing_else() -> Result<()> {
    const CALLS: usize = 40;
    // A second of these calls; otherwise it takes the caller's side of 500 calls four seconds to fill it.
    let frames = 50 * CALLS;
    let place = Place::take()?;
    write_sounds(&place)?;
    let mut crowd = Crowd::open(&place)?;
    // Each worker has so much.
    let alone = crowd.configuration(&place)?.replace("workers = 3", "workers = 1");
    let config = place.write("strowger.toml", &alone)?;
    let folder = place.folder().join("recordings");
    let Some(disk) = Disk::mount(&place, &folder)? else { return Ok(()) };
    let less = frames.to_string();
    let switch = Switch::start_within(&place, &config, &[("STROWGER_RECORDER_FRAMES", &less)])?;
    crowd.dial_all("recorded", CALLS, 100, |nth| format!("8{nth}"))?;
    (0..CALLS).try_for_each(|nth| crowd.talk(&format!("recorded{nth}")))?;
    crowd.pump(Duration::from_secs(1))?;
    traffic(&mut crowd, "usual", Duration::from_secs(1), |_| Ok(()))?;
    let usual = crowd.p99_of("usual").context("calls")?;
    let before = switch.status()?["media"].clone();
    ensure!(before["frames_dropped"] == 0, "{before:#}");

    ensure!(disk.freeze(true), "it froze before");
    let hang = outage().max(Duration::from_secs(3));
    let begun = Instant::now();
    traffic(&mut crowd, "full", Duration::from_secs(2), |_| Ok(()))?;
    let (full, full_kib) = (switch.status()?["media"].clone(), resident_kib(switch.pid())?);
    traffic(&mut crowd, "hangs", hang, |_| Ok(()))?;
    let (after, after_kib) = (switch.status()?["media"].clone(), resident_kib(switch.pid())?);
    let hung = begun.elapsed();
    ensure!(disk.freeze(false), "it thaws");
    // Every packet went on to the other side, and no answer came later.
    let grown = |what: &str| Some(after[what].as_u64()? - full[what].as_u64()?);
    let (sent, dropped) = (grown("sent").context("sent")?, grown("frames_dropped").context("frames_dropped")?);
    println!("{sent} packets sent and {dropped} frames lost while it hung, {full_kib} KiB became {after_kib}");
    ensure!(dropped > 50 * CALLS as u64, "{after:#}");
    ensure!(sent >= dropped && after["unsent"] == before["unsent"], "{after:#}");
    prompt(&crowd, "hangs", usual)?;
    // What is lost takes no memory: some for the calls that came and went, and their records.
    ensure!(after_kib < full_kib + 8_192, "{full_kib} KiB became {after_kib}");

    ensure!(crowd.calls.iter().all(|(name, call)| !name.starts_with("recorded") || call.is_up()), "a call was dropped");
    crowd.pump(Duration::from_secs(1))?;
    crowd.hang_up_all()?;
    let mut made = vec![];
    wait_for("all recordings in the account", PATIENCE, || {
        let calls = switch.calls().unwrap_or_default();
        made = calls.into_iter().filter(|call| call["recording"].is_string()).collect();
        made.len() == CALLS
    })
    .with_context(|| format!("{} of {CALLS}", made.len()))?;
    for call in &made {
        let told = switch.ask(&["calls", "--json", "--call", call["call"].as_str().context("a call")?])?;
        let recording = &told[0]["recordings"][0];
        let (gap, length) = (recording["gap_ms"].as_u64().context("gap")?, recording["duration_ms"].as_u64());
        // All that is lost is told, and the time line is whole: what came after the hang is at its place.
        // What the crowd itself was too late to send (a packet in twenty at most) is no gap.
        let most = hung.as_millis() as u64;
        let least = (most - most / 20).saturating_sub(2_500);
        ensure!((least..most).contains(&gap), "hung {hung:?}: {recording:#}");
        ensure!(length > Some(hung.as_millis() as u64 + 1_500) && recording["fault"].is_null(), "{recording:#}");
    }
    let status = switch.status()?;
    ensure!(status["calls"] == 0 && status["recorder_stalled_ms"].is_null(), "nothing is stuck: {status:#}");
    switch.stop()
}
