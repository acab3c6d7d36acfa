//! What phones see of each other, on the wire: a key of a Yealink as SIPp plays it, and PJSIP as it comes with a buddy whom
//! it watches and writes to. Alice calls bob. And a key that watches a slot, in which he parks her.

use anyhow::{Context, Result, ensure};
use e2e::pjsip::{Pjsip, python};
use e2e::place::Place;
use e2e::running::wait_for;
use e2e::sipp::{Dial, Sipp};
use e2e::sound::Sound;
use e2e::stage::{PATIENCE, configuration, write_sounds};
use e2e::switch::Switch;
use serde_json::json;
use std::time::Duration;

const DESK: &str = "\n[[phone]]\nuser = \"desk\"\npassword = \"secret\"\ndigest = \"MD5\"\nextension = \"104\"\n";

/// The states in the dialog documents of these messages, each once for as long as it stood.
fn states(messages: &str) -> Vec<&str> {
    let documents = messages.split("<dialog-info").skip(1);
    let state = |document| Some(str::split_once(document, "<state>")?.1.split_once("</state>")?.0);
    let mut states: Vec<&str> = documents.filter_map(state).collect();
    states.dedup();
    states
}

#[test]
fn a_lamp_follows_a_call_and_a_buddy_is_seen_and_written_to() -> Result<()> {
    if python()?.is_none() {
        return Ok(());
    }
    let place = Place::take()?;
    write_sounds(&place)?;
    let switch = Switch::start(&place, &(configuration(&place) + DESK))?;
    let sounds = ["alice", "bob"].map(|name| Sound::new(name, 6.0));
    let alice = Pjsip::start(&place, 0, "alice", "wonderland", &sounds[0], json!({}))?;
    let bob = Pjsip::start(&place, 1, "bob", "builder", &sounds[1], json!({"publishes": true}))?;
    let key = Dial::key("102", "dialog", &place);
    let desk = Sipp::dial(&place, 0, switch.address(), &key)?;
    wait_for("the key's first NOTIFY", PATIENCE, || desk.messages().contains("</dialog-info>"))?;
    let buddy = format!("sip:102@{}", place.switch());
    alice.tell(&format!("watch {buddy}"))?;
    alice.event(json!({"event": "buddy", "state": "ACTIVE", "status": "Online"}))?;

    alice.tell(&format!("dial {buddy}"))?;
    bob.rings(1)?;
    std::thread::sleep(Duration::from_millis(1_200));
    bob.tell("answer 1")?;
    alice.state(1, "confirmed")?;
    alice.event(json!({"event": "buddy", "status": "On the phone"}))?;
    let status = switch.ask(&["status", "--json"])?;
    ensure!(status["sip"]["subscriptions"] == 2, "{status:#}");
    alice.tell(&format!("write {buddy} hello & <bob>"))?;
    bob.event(json!({"event": "text", "text": "hello & <bob>"}))?;
    alice.event(json!({"event": "written", "status": 200}))?;
    alice.tell("say 1 and within the call")?;
    bob.event(json!({"event": "text", "text": "and within the call"}))?;
    std::thread::sleep(Duration::from_millis(1_200));
    alice.tell("hangup 1")?;
    bob.is_over(1)?;
    std::thread::sleep(Duration::from_millis(1_500));
    let told = desk.messages();
    ensure!(told.contains(&format!("entity=\"{buddy}\"")), "{told}");
    let seen = states(&told);
    ensure!(seen == ["terminated", "early", "confirmed", "terminated"], "{seen:?}: {told}");
    ensure!(!told.contains("alice"), "with whom he talks is nobody's business: {told}");
    desk.hang_up()?;
    desk.finish(PATIENCE).context("the key")?;

    bob.tell("publish closed")?;
    alice.event(json!({"event": "buddy", "status": "Offline"}))?;
    switch.stop()
}

#[test]
fn a_phone_parks_a_call_by_a_transfer_and_fetches_it_and_the_slots_lamp_follows() -> Result<()> {
    if python()?.is_none() {
        return Ok(());
    }
    let place = Place::take()?;
    write_sounds(&place)?;
    let park = "\n[park]\nslots = \"701-702\"\nmusic = \"music.wav\"\n";
    let switch = Switch::start(&place, &(configuration(&place) + DESK + park))?;
    let sounds = ["alice", "bob"].map(|name| Sound::new(name, 6.0));
    let alice = Pjsip::start(&place, 0, "alice", "wonderland", &sounds[0], json!({}))?;
    let bob = Pjsip::start(&place, 1, "bob", "builder", &sounds[1], json!({}))?;
    let key = Dial::key("701", "dialog", &place);
    let desk = Sipp::dial(&place, 0, switch.address(), &key)?;
    wait_for("the key's first NOTIFY", PATIENCE, || desk.messages().contains("</dialog-info>"))?;
    alice.tell(&format!("dial sip:102@{}", place.switch()))?;
    bob.rings(1)?;
    bob.tell("answer 1")?;
    alice.state(1, "confirmed")?;
    bob.tell(&format!("blind 1 sip:701@{}", place.switch()))?;
    bob.event(json!({"event": "transfer", "status": 200, "final": true}))?;
    bob.is_over(1)?;
    let parked = switch.ask(&["status", "--json"])?["parked"].clone();
    ensure!(parked[0]["slot"] == 701 && parked[0]["by"] == "phone:bob", "{parked:#}");
    wait_for("the lamp", PATIENCE, || states(&desk.messages()).last() == Some(&"confirmed"))?;
    bob.tell(&format!("dial sip:701@{}", place.switch()))?;
    bob.state(2, "confirmed")?;
    let all: Vec<&Sound> = sounds.iter().collect();
    alice.hears_only(1, &sounds[1], &all)?;
    bob.hears_only(2, &sounds[0], &all)?;
    alice.tell("hangup 1")?;
    bob.is_over(2)?;
    wait_for("the lamp", PATIENCE, || states(&desk.messages()) == ["terminated", "confirmed", "terminated"])?;
    desk.hang_up()?;
    desk.finish(PATIENCE).context("the key")?;
    let calls = switch.ended_calls(1)?;
    ensure!(calls.len() == 1, "fetched in the same call: {calls:#?}");
    let told = switch.ask(&["calls", "--json", "--call", calls[0]["call"].as_str().unwrap_or_default()])?;
    let parked = &told[0]["parked"][0];
    ensure!(parked["how"] == "retrieved" && parked["taken_by"] == "phone:bob", "{told:#}");
    switch.stop()
}
