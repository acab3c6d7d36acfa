//! A supervisor at his phone, on the wire: PJSIP plays a customer, an agent and him, each with a tone of his own, and at each
//! step only those hear him who are to; the recording has what all heard.

use anyhow::{Context, Result, ensure};
use e2e::pjsip::{Pjsip, python};
use e2e::place::Place;
use e2e::sound::{Tone, read_wav, tones};
use e2e::stage::{configuration, write_sounds};
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

#[test]
fn a_supervisor_is_heard_by_whom_his_mode_says_and_recorded_where_all_hear_him() -> Result<()> {
    if python()?.is_none() {
        return Ok(());
    }
    let place = Place::take()?;
    write_sounds(&place)?;
    let config = configuration(&place).replace("user = \"bob\"\n", "user = \"bob\"\nsupervises = \"queue:support\"\n");
    let switch = Switch::start(&place, &(config + MORE))?;
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
    recorded(&place, &story[0])?;
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

/// The agent's side of the recording has the supervisor while he spoke to both, and at no other time.
fn recorded(place: &Place, call: &Value) -> Result<()> {
    let recording = &call["recordings"][0];
    let begun = recording["started"].as_i64().with_context(|| format!("{call:#}"))?;
    let file = recording["file"].as_str().context("a file")?;
    let tracks = read_wav(&place.folder().join("recordings").join(file))?;
    let watched = call["watched"].as_array().context("it was watched")?;
    let modes: Vec<_> = watched.iter().filter_map(|watch| watch["mode"].as_str()).collect();
    ensure!(modes == ["listen", "whisper", "barge", "listen", "listen"], "{watched:#?}");
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
        let wanted: &[&str] = if watch["mode"] == "barge" { &["agent", "supervisor"] } else { &["agent"] };
        ensure!(tones(right, &ALL) == wanted, "{watch:#}: {:?}", tones(right, &ALL));
    }
    Ok(())
}
