//! An agent's call stands from log-in to log-out, with PJSIP telephones: two customers come over it, one after the other.

use anyhow::{Context, Result, ensure};
use e2e::pjsip::{Pjsip, python};
use e2e::place::Place;
use e2e::running::wait_for;
use e2e::sound::Tone;
use e2e::stage::{PATIENCE, configuration, write_sounds};
use e2e::switch::Switch;
use serde_json::json;
use std::time::Duration;

const ALICE: Tone = Tone::new("alice", 450);
const BOB: Tone = Tone::new("bob", 700);
const CAROL: Tone = Tone::new("carol", 1_100);
const ALL: [Tone; 3] = [ALICE, BOB, CAROL];

/// Anna alone answers a queue, over the call by which she has logged in at whichever phone.
fn house(place: &Place) -> String {
    let plan = configuration(place).replace(
        "name = \"anyone\"\nagents = [\"alice\", \"bob\"]\nstrategy = \"linear\"",
        "name = \"anyone\"\nagents = [\"anna\"]\nrecord = true\nzip = true",
    );
    let anna = "[[agent]]\nname = \"anna\"\nnumber = \"4711\"\npin = \"1234\"\nnailed_up = true\n";
    let carol = "[[phone]]\nuser = \"carol\"\npassword = \"diamonds\"\n";
    let route = "[[route]]\nfrom = \"phone:*\"\nto = \"600\"\ngo = \"queue:anyone\"\n";
    format!("{plan}\n{anna}{carol}{route}")
}

struct Scene {
    switch: Switch,
    anna: Pjsip,
    bob: Pjsip,
    carol: Pjsip,
    at: String,
    place: Place,
}

/// Anna has logged in by keys, and her call stands.
fn at_work() -> Result<Option<Scene>> {
    if python()?.is_none() {
        return Ok(None);
    }
    let place = Place::take()?;
    write_sounds(&place)?;
    let switch = Switch::start(&place, &house(&place))?;
    let phone = |number, user: &str, password: &str, tone: Tone| {
        Pjsip::start(&place, number, user, password, &tone.sound(), json!({}))
    };
    let anna = phone(0, "alice", "wonderland", ALICE)?;
    let (bob, carol) = (phone(1, "bob", "builder", BOB)?, phone(2, "carol", "diamonds", CAROL)?);
    let at = place.switch().to_string();
    anna.tell(&format!("dial sip:*50@{at}"))?;
    anna.state(1, "confirmed")?;
    for keys in ["4711#", "1234#"] {
        std::thread::sleep(Duration::from_millis(700));
        anna.tell(&format!("keys 1 {keys}"))?;
        std::thread::sleep(Duration::from_millis(1_300));
    }
    let ready = || {
        let status = switch.ask(&["status", "--json"]).unwrap_or_default();
        let agents = status["agents"].as_array().map_or(&[][..], Vec::as_slice);
        agents.iter().any(|agent| agent["name"] == "anna" && agent["state"] == "ready")
    };
    wait_for("anna to be ready", PATIENCE, ready).with_context(|| format!("{:#?}", switch.status()))?;
    Ok(Some(Scene { switch, anna, bob, carol, at, place }))
}

#[test]
fn two_customers_come_over_the_call_by_which_an_agent_has_logged_in() -> Result<()> {
    let Some(Scene { switch, anna, bob, carol, at, place: _place }) = at_work()? else { return Ok(()) };
    for (customer, tone) in [(&bob, "bob"), (&carol, "carol")] {
        customer.tell(&format!("dial sip:600@{at}"))?;
        anna.hears_tones(1, &[tone], &ALL).with_context(|| tone.to_owned())?;
        customer.hears_tones(1, &["alice"], &ALL)?;
        customer.tell("hangup 1")?;
        customer.is_over(1)?;
    }
    // Her after-call work is over; then she logs out by keys in her call, which ends with it.
    std::thread::sleep(Duration::from_millis(1_500));
    anna.tell("keys 1 *53")?;
    anna.is_over(1)?;
    ensure!(anna.count(&json!({"event": "incoming"})) == 0, "she was never rung");
    let calls = switch.ended_calls(3)?;
    let of = |outcome: &str| calls.iter().filter(|call| call["outcome"] == outcome).count();
    ensure!((of("answered"), of("finished")) == (2, 1), "{calls:#?}");
    for call in calls.iter().filter(|call| call["outcome"] == "answered") {
        ensure!(call["agent_name"] == "anna" && !call["recording"].is_null(), "{call:#}");
    }
    let report = switch.ask(&["report", "--by", "agent", "--json"])?;
    let row = report["rows"].as_array().and_then(|rows| rows.iter().find(|row| row["agent"] == "anna"));
    let row = row.context("anna in the report")?;
    ensure!(row["offered"] == 2 && row["answered"] == 2 && row["handled"] == 2, "{row:#}");
    ensure!(row["sessions"].as_array().is_some_and(|sessions| sessions.len() == 1), "{row:#}");
    switch.stop()
}

#[test]
fn after_kill_9_in_a_conversation_over_it_each_call_has_one_record_and_her_phone_is_let_go_of() -> Result<()> {
    let Some(Scene { switch, anna, bob, carol: _carol, at, place }) = at_work()? else { return Ok(()) };
    bob.tell(&format!("dial sip:600@{at}"))?;
    anna.hears_tones(1, &["bob"], &ALL)?;
    let config = switch.config().to_path_buf();
    // Old enough to be on disk.
    std::thread::sleep(Duration::from_millis(1_000));
    switch.kill()?;
    let switch = Switch::start_again(&place, &config)?;
    anna.is_over(1)?;
    bob.is_over(1)?;
    let calls = switch.ask(&["calls", "--json"])?;
    let calls = calls.as_array().context("calls")?;
    ensure!(calls.len() == 2 && calls.iter().all(|call| call["outcome"] == "node_lost"), "{calls:#?}");
    // She is at work as before, and is rung for another one; a switch that ends does not wait for that.
    anna.rings(2)?;
    switch.stop()
}
