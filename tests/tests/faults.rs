//! What runs out or breaks under a running switch: ports, disk, the process itself.

use anyhow::{Context, Result};
use e2e::capture::is_root;
use e2e::proof::{hears, holds};
use e2e::raw::{Raw, description};
use e2e::running::wait_for;
use e2e::sound::{ms, read_wav};
use e2e::stage::{DIRECT, MAIN, PATIENCE, Stage, Talk};
use e2e::switch::{Switch, calls};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

fn pause(ms: u64) {
    std::thread::sleep(Duration::from_millis(ms));
}

#[test]
fn a_killed_switch_keeps_one_record_of_each_call_and_works_after_its_restart() -> Result<()> {
    let stage = Stage::set()?;
    let Talk { alice: _talks, voice: _listens, call: talking } = stage.alice_talks()?;
    let other = stage.voice()?;
    let waiting = stage.dial(1, DIRECT, &other)?;
    other.wait_to_hear(&stage.sounds.music, PATIENCE)?;
    let mut ids = [talking.call_id(), waiting.call_id()];
    let config = stage.switch.config().to_path_buf();
    wait_for("both calls in the account", PATIENCE, || calls(&config).is_ok_and(|calls| calls.len() == 2))?;
    stage.switch.kill()?;
    drop((talking, waiting));
    let switch = Switch::start_again(&stage.place, &config)?;
    let records = calls(&config)?;
    let mut found: Vec<_> =
        records.iter().map(|record| record["sip_call_id"].as_str().unwrap_or_default().to_string()).collect();
    found.sort();
    ids.sort();
    assert_eq!(found, ids, "{records:#?}");
    assert!(records.iter().all(|record| record["outcome"] == "node_lost"), "{records:#?}");
    let voice = stage_voice(&stage.place, &stage.sounds)?;
    let call =
        e2e::sipp::Sipp::dial(&stage.place, 2, switch.address(), &e2e::sipp::Dial::new(&stage.place, DIRECT, &voice))?;
    voice.wait_to_hear(&stage.sounds.music, PATIENCE)?;
    call.hang_up()?;
    call.finish(PATIENCE)?;
    assert_eq!(switch.ended_calls(3)?.len(), 3);
    switch.stop()
}

fn stage_voice(place: &e2e::place::Place, sounds: &e2e::stage::Sounds) -> Result<e2e::voice::Voice> {
    e2e::voice::Voice::open(place.carrier(), &sounds.caller, e2e::g711::Law::A)
}

#[test]
fn when_rtp_ports_run_out_the_next_caller_is_refused_and_the_others_hear_on() -> Result<()> {
    let mut stage = Stage::set_with(|config, _| {
        config.replace("16384-17383", "16384-16391").replace("workers = 3", "workers = 1")
    })?;
    let (one, two) = (stage.voice()?, stage.voice()?);
    let first = stage.dial(0, DIRECT, &one)?;
    let second = stage.dial(1, DIRECT, &two)?;
    one.wait_to_hear(&stage.sounds.music, PATIENCE)?;
    two.wait_to_hear(&stage.sounds.music, PATIENCE)?;
    let third = Raw::open(stage.place.carrier(), stage.switch.address())?;
    let response = third.invite(DIRECT, "third", "", &description(stage.place.carrier(), 9_000, "8 0"))?;
    assert!(matches!(response.status(), Some(480 | 503)), "{}", response.start);
    pause(500);
    for (call, voice) in [(first, one), (second, two)] {
        hears(&voice.received(), &stage.sounds.all(), &["music"])?;
        call.hang_up()?;
        call.finish(PATIENCE)?;
    }
    let records = stage.switch.ended_calls(3)?;
    assert_eq!(records.iter().filter(|record| record["outcome"] == "failed").count(), 1, "{records:#?}");
    stage.wire()?;
    stage.switch.stop()
}

/// A small disk, unmounted in the end.
struct SmallDisk(PathBuf);

impl SmallDisk {
    fn mount(at: &Path) -> Result<Option<SmallDisk>> {
        if !is_root() {
            eprintln!("SKIPPED: only root may mount the small disk that this test fills");
            return Ok(None);
        }
        std::fs::create_dir_all(at)?;
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", "size=64k", "tmpfs"]).arg(at).status();
        if !mounted.is_ok_and(|status| status.success()) {
            eprintln!("SKIPPED: no right to mount a small disk here");
            return Ok(None);
        }
        Ok(Some(SmallDisk(at.into())))
    }
}

impl Drop for SmallDisk {
    fn drop(&mut self) {
        let _ = Command::new("umount").arg("-l").arg(&self.0).status();
    }
}

#[test]
fn a_full_disk_harms_the_recording_and_not_the_call() -> Result<()> {
    let stage = Stage::set()?;
    let folder = stage.place.folder().join("recordings");
    let Some(_disk) = SmallDisk::mount(&folder)? else { return stage.switch.stop() };
    let alice = stage.alice()?;
    let voice = stage.voice()?;
    let call = stage.dial(0, MAIN, &voice)?;
    voice.wait_to_hear(&stage.sounds.choose, PATIENCE)?;
    voice.press('1');
    alice.event("CALL_INCOMING", 1)?;
    pause(700);
    alice.command("accept", "")?;
    voice.wait_to_hear(&stage.sounds.alice, PATIENCE)?;
    // Stereo at 32 kB a second: full after two.
    pause(5_000);
    call.hang_up()?;
    call.finish(PATIENCE)?;
    let records = stage.switch.ended_calls(1)?;
    assert_eq!(records[0]["outcome"], "answered", "{records:#?}");
    hears(&voice.received(), &stage.sounds.all(), &["greeting", "choose", "music", "alice"])?;
    holds(&alice.heard()?[0], &stage.sounds.caller, &[], 4_500.0)?;
    stage.switch.check()?;
    // The account says what became of the recording, and what there is of it can be played.
    let told = stage.switch.ask(&["calls", "--json", "--call", records[0]["call"].as_str().context("a call")?])?;
    let made = &told[0]["recordings"][0];
    assert!(made["fault"].as_str().is_some_and(|fault| fault.contains("No space left")), "{told:#}");
    let tracks = read_wav(&folder.join(made["file"].as_str().context("a file")?))?;
    assert!(ms(tracks[0].len()) > 1_000.0, "{told:#}");
    // The next call works too.
    let again = stage.dial(1, DIRECT, &voice)?;
    alice.event("CALL_INCOMING", 2)?;
    again.hang_up()?;
    again.finish(PATIENCE)?;
    stage.switch.stop()
}

#[test]
fn ctrl_c_lets_the_running_call_finish() -> Result<()> {
    let stage = Stage::set()?;
    let voice = stage.voice()?;
    let call = stage.dial(0, DIRECT, &voice)?;
    voice.wait_to_hear(&stage.sounds.music, PATIENCE)?;
    let config = stage.switch.config().to_path_buf();
    Command::new("sh").args(["-c", &format!("kill -s INT {}", stage.switch.pid())]).status()?;
    pause(500);
    let late = Raw::open(stage.place.carrier(), stage.switch.address())?;
    let response = late.invite(DIRECT, "late", "", &description(stage.place.carrier(), 9_000, "8"))?;
    assert_eq!(response.status(), Some(503), "{}", response.start);
    voice.wait_to_hear(&stage.sounds.music, PATIENCE).context("the running call goes on")?;
    call.hang_up()?;
    call.finish(PATIENCE)?;
    let mut switch = stage.switch;
    wait_for("the end of the drain", PATIENCE, || !switch.runs())?;
    switch.check()?;
    assert!(calls(&config)?.iter().any(|record| record["outcome"] == "abandoned"));
    Ok(())
}
