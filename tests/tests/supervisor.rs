//! A supervisor at his phone, on the wire: PJSIP plays a customer, an agent and him, each with a tone of his own, and at each
//! step only those hear him who are to; the recording has what all heard.

use anyhow::{Context, Result, ensure};
use e2e::pjsip::{Pjsip, python};
use e2e::place::Place;
use e2e::running::wait_for;
use e2e::sound::{Tone, read_wav, tones};
use e2e::stage::{PATIENCE, configuration, write_sounds};
use e2e::switch::Switch;
use serde_json::{Value, json};
use std::time::Duration;

const AGENT: Tone = Tone::new("agent", 450);
const SUPERVISOR: Tone = Tone::new("supervisor", 700);
const CUSTOMER: Tone = Tone::new("customer", 1_100);
const ALL: [Tone; 3] = [AGENT, SUPERVISOR, CUSTOMER];

const MORE: &str = r#"
[[phone]]
user = "carol"
password = "diamonds"
extension = "103"

[[route]]
from = "phone:carol"
to = "900"
go = "queue:support"
"#;

fn start(place: &Place, number: u8, user: &str, password: &str, tone: Tone) -> Result<Pjsip> {
    Pjsip::start(place, number, user, password, &tone.sound(), json!({}))
}

/// A customer talks to an agent, to whom a supervisor listens.
struct Floor {
    switch: Switch,
    agent: Pjsip,
    supervisor: Pjsip,
    customer: Pjsip,
    call: String,
    place: Place,
}

impl Floor {
    fn open(more: &str) -> Result<Floor> {
        let place = Place::take()?;
        write_sounds(&place)?;
        let bob = "user = \"bob\"\nsupervises = \"queue:support\"\n";
        let config = configuration(&place).replace("user = \"bob\"\n", bob);
        let switch = Switch::start(&place, &(config + MORE + more))?;
        let agent = start(&place, 0, "alice", "wonderland", AGENT)?;
        let supervisor = start(&place, 1, "bob", "builder", SUPERVISOR)?;
        let customer = start(&place, 2, "carol", "diamonds", CUSTOMER)?;
        customer.tell(&format!("dial sip:900@{}", place.switch()))?;
        agent.rings(1)?;
        agent.tell("answer 1")?;
        customer.hears_tones(1, &["agent"], &ALL)?;
        let status = switch.ask(&["status", "--calls", "--json"])?;
        let call = status["running"][0]["call"].as_str().with_context(|| format!("{status:#}"))?.to_owned();
        switch.tell(&["call", "listen", &call, "--at", "phone:bob", "--party", "phone:alice"])?;
        supervisor.rings(1)?;
        supervisor.tell("answer 1")?;
        Ok(Floor { switch, agent, supervisor, customer, call, place })
    }
}

#[test]
fn a_supervisor_is_heard_by_whom_his_mode_says_and_recorded_where_all_hear_him() -> Result<()> {
    if python()?.is_none() {
        return Ok(());
    }
    let Floor { switch, agent, supervisor, customer, call, place } = Floor::open("")?;
    let hear = |of_agent: &[&str], of_customer: &[&str]| -> Result<()> {
        supervisor.hears_tones(1, &["agent", "customer"], &ALL)?;
        agent.hears_tones(1, of_agent, &ALL)?;
        customer.hears_tones(1, of_customer, &ALL)
    };
    hear(&["customer"], &["agent"])?;
    supervisor.tell("keys 1 5")?;
    hear(&["supervisor", "customer"], &["agent"])?;
    let whispered = customer.records(1, 600)?;
    ensure!(tones(&whispered, &ALL) == ["agent"], "the customer heard {:?}", tones(&whispered, &ALL));
    switch.tell(&["call", "mode", &call, "barge"])?;
    hear(&["supervisor", "customer"], &["agent", "supervisor"])?;
    std::thread::sleep(Duration::from_millis(500));
    switch.tell(&["call", "mode", &call, "listen"])?;
    hear(&["customer"], &["agent"])?;
    // And by a code, without a command.
    supervisor.tell("hangup 1")?;
    supervisor.tell(&format!("dial sip:*90101@{}", place.switch()))?;
    supervisor.hears_tones(2, &["agent", "customer"], &ALL)?;
    customer.tell("hangup 1")?;
    supervisor.is_over(2)?;
    agent.is_over(1)?;

    // That of the supervisor has become the customer's.
    switch.ended_calls(2)?;
    let story = switch.ask(&["calls", "--json", "--call", &call])?;
    let modes = ["listen", "whisper", "barge", "listen", "listen"];
    recorded(&place, &story[0], &modes, &["barge"])?;
    switch.stop()
}

#[test]
fn where_it_is_wanted_a_whisper_is_recorded_and_whoever_is_watched_sees_that() -> Result<()> {
    if python()?.is_none() {
        return Ok(());
    }
    let wanted = "\n[supervision]\nrecord_whisper = true\ndisplay = \"observed\"\n";
    let Floor { switch, agent, supervisor, customer, call, place } = Floor::open(wanted)?;
    supervisor.hears_tones(1, &["agent", "customer"], &ALL)?;
    supervisor.tell("keys 1 5")?;
    agent.hears_tones(1, &["supervisor", "customer"], &ALL)?;
    customer.hears_tones(1, &["agent"], &ALL)?;
    std::thread::sleep(Duration::from_millis(700));
    supervisor.tell("hangup 1")?;
    supervisor.is_over(1)?;
    agent.hears_tones(1, &["customer"], &ALL)?;
    let shown = || {
        let updates = [agent.got("UPDATE"), agent.got("INVITE")].concat();
        let line = |message: &String| {
            let mut lines = message.lines();
            lines.find(|line| line.starts_with("P-Asserted-Identity")).map(str::to_owned)
        };
        updates.iter().filter_map(line).collect::<Vec<_>>()
    };
    wait_for("the agent's screen", PATIENCE, || shown().len() >= 2).with_context(|| format!("{:?}", shown()))?;
    let told = shown();
    ensure!(told.len() == 2 && told[0].contains("\"observed: support\""), "{told:?}");
    ensure!(told[1].contains("\"support\"") && !told[1].contains("observed"), "{told:?}");
    ensure!(!customer.log().contains("observed"), "that is not for the customer");
    customer.tell("hangup 1")?;
    agent.is_over(1)?;
    switch.ended_calls(1)?;
    let story = switch.ask(&["calls", "--json", "--call", &call])?;
    recorded(&place, &story[0], &["listen", "whisper"], &["whisper"])?;
    switch.stop()
}

#[test]
fn what_is_set_by_a_code_outlives_the_switch_and_is_listed_and_dropped() -> Result<()> {
    if python()?.is_none() {
        return Ok(());
    }
    let place = Place::take()?;
    write_sounds(&place)?;
    let switch = Switch::start(&place, &configuration(&place))?;
    let phone = start(&place, 0, "alice", "wonderland", AGENT)?;
    phone.tell(&format!("dial sip:*78@{}", place.switch()))?;
    phone.is_over(1)?;
    let config = switch.config().to_owned();
    switch.kill()?;
    let switch = Switch::start_again(&place, &config)?;
    let laid = switch.ask(&["overlay", "list", "--json"])?;
    ensure!(laid[0]["asked"] == "phone:alice" && laid[0]["text"] == "phone alice: dnd = true", "{laid:#}");
    switch.tell(&["overlay", "drop", &laid[0]["id"].to_string()])?;
    ensure!(switch.ask(&["overlay", "list", "--json"])? == Value::Array(vec![]));
    switch.stop()
}

/// The agent's side of the recording has the supervisor in some of his modes, and at no other time.
fn recorded(place: &Place, call: &Value, modes: &[&str], heard: &[&str]) -> Result<()> {
    let recording = &call["recordings"][0];
    let begun = recording["started"].as_i64().with_context(|| format!("{call:#}"))?;
    let file = recording["file"].as_str().context("a file")?;
    let tracks = read_wav(&place.folder().join("recordings").join(file))?;
    let watched = call["watched"].as_array().context("it was watched")?;
    let seen: Vec<_> = watched.iter().filter_map(|watch| watch["mode"].as_str()).collect();
    ensure!(seen == modes, "{watched:#?}");
    for watch in watched {
        ensure!(watch["who"] == "phone:bob" && watch["whom"] == "phone:alice", "{watch:#}");
        // A moment from each of its ends, since what is written is when it was decided.
        let place = |key: &str, more: i64| {
            let at = watch[key].as_i64().context("a time")? - begun + more;
            usize::try_from(at.max(0) * 8).context("a place")
        };
        let (from, to) = (place("since", 150)?, place("until", -100)?);
        let side = |track: usize| tracks.get(track).and_then(|track| track.get(from..to.min(track.len())));
        let (left, right) = side(0).zip(side(1)).with_context(|| format!("{from}..{to}"))?;
        ensure!(tones(left, &ALL) == ["customer"], "{watch:#}: {:?}", tones(left, &ALL));
        let is_heard = watch["mode"].as_str().is_some_and(|mode| heard.contains(&mode));
        let wanted: &[&str] = if is_heard { &["agent", "supervisor"] } else { &["agent"] };
        ensure!(tones(right, &ALL) == wanted, "{watch:#}: {:?}", tones(right, &ALL));
    }
    Ok(())
}
