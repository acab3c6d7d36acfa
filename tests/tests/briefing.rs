//! What an agent hears before he has a caller, on the wire: a whisper of the operator's, and how long the caller has waited, by
//! the voice that comes with the switch. A sound that is named and not there is told by `check`.

use anyhow::{Context, Result, ensure};
use e2e::pjsip::{Pjsip, python};
use e2e::place::Place;
use e2e::sound::Sound;
use e2e::stage::{configuration, write_sounds};
use e2e::switch::Switch;
use serde_json::json;
use std::path::Path;
use std::process::Command;

const MORE: &str = "\n[[route]]\nfrom = \"phone:bob\"\nto = \"600\"\ngo = \"queue:support\"\n";

#[test]
fn an_agent_hears_whisper_and_wait_before_the_caller_who_hears_his_music_until_then() -> Result<()> {
    if python()?.is_none() {
        return Ok(());
    }
    let place = Place::take()?;
    let sounds = write_sounds(&place)?;
    let config = configuration(&place).replace(
        "music = \"music.wav\"\nrecord = true",
        "music = \"music.wav\"\nwhisper = \"welcome.wav\"\ntell_wait = true",
    );
    let switch = Switch::start(&place, &(config + MORE))?;
    let voices = [Sound::new("alice", 12.0), Sound::new("bob", 12.0)];
    let agent = Pjsip::start(&place, 0, "alice", "wonderland", &voices[0], json!({}))?;
    let caller = Pjsip::start(&place, 1, "bob", "builder", &voices[1], json!({}))?;
    caller.tell(&format!("dial sip:600@{}", place.switch()))?;
    agent.rings(1)?;
    agent.tell("answer 1")?;
    agent.state(1, "confirmed")?;
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/sounds/agent-waited-0.wav");
    let waited = Sound::read("waited", &file)?;
    let all = [&sounds.greeting, &waited, &sounds.music, &voices[0], &voices[1]];
    let heard = agent.hears(1, &all, 4_500)?;
    ensure!(heard == ["greeting", "waited", "bob"], "{heard:?}");
    caller.hears_only(1, &voices[0], &all)?;
    caller.tell("hangup 1")?;
    agent.is_over(1)?;
    let call = switch.ended_calls(1)?[0]["call"].as_str().context("a call")?.to_owned();
    let told = switch.ask(&["calls", "--json", "--call", &call])?;
    let connected =
        told[0]["events"].as_array().and_then(|events| events.iter().find(|event| event["kind"] == "connected"));
    let rang = connected.and_then(|event| event["rang_ms"].as_u64()).with_context(|| format!("{told:#}"))?;
    ensure!(rang > 2_500, "it all counts as ringing: {rang} ms");
    switch.stop()
}

#[test]
fn a_sentence_of_ones_own_that_is_not_there_is_told_before_the_switch_runs() -> Result<()> {
    let place = Place::take()?;
    write_sounds(&place)?;
    let config = configuration(&place) + "\n[duty]\nwaited_2 = \"zwei-minuten.wav\"\n";
    let file = place.write("strowger.toml", &config)?;
    let check = || Command::new(e2e::switch::binary()?).arg("check").arg(&file).output().context("check");
    let said = check()?;
    let text = String::from_utf8_lossy(&said.stdout).into_owned() + &String::from_utf8_lossy(&said.stderr);
    ensure!(!said.status.success() && text.contains("no sound \"zwei-minuten.wav\""), "{text}");
    Sound::new("two", 1.0).write_wav(&place.path("sounds/zwei-minuten.wav")?)?;
    let said = check()?;
    ensure!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));
    Ok(())
}
