//! An agent's day at a telephone that is not his own, by its keys alone, and what the report says of it.

use anyhow::{Context, Result, ensure};
use e2e::pjsip::{Pjsip, python};
use e2e::place::Place;
use e2e::raw::{Raw, description};
use e2e::running::wait_for;
use e2e::sound::Sound;
use e2e::stage::{DIRECT, configuration, write_sounds};
use e2e::switch::Switch;
use serde_json::{Value, json};
use std::time::Duration;

/// Anna alone answers a queue, wherever she has logged in.
fn house(place: &Place) -> String {
    let plan = configuration(place).replace(
        "name = \"anyone\"\nagents = [\"alice\", \"bob\"]\nstrategy = \"linear\"\nring = \"8s\"\nwrap_up = \"1s\"",
        "name = \"anyone\"\nagents = [\"anna\"]\nring = \"8s\"\nwrap_up = \"1m\"\nnumber = \"7\"\n\
         dispositions = { 1 = \"call back\", 2 = \"sold\" }",
    );
    let anna = "[[agent]]\nname = \"anna\"\nnumber = \"4711\"\npin = \"1234\"\n\
         [duty]\npauses = { 1 = \"lunch\" }\n\
         [[route]]\nfrom = \"phone:*\"\nto = \"600\"\ngo = \"queue:anyone\"\n";
    format!("{plan}\n{anna}")
}

/// A telephone with its calls, of which the last one counts.
struct Desk<'a> {
    phone: &'a Pjsip,
    switch: String,
    calls: u32,
}

impl Desk<'_> {
    /// Dials a code, and whatever is asked for then; it is over once it is done.
    fn dial(&mut self, code: &str, asked: &[&str]) -> Result<()> {
        self.calls += 1;
        let call = self.calls;
        self.phone.tell(&format!("dial sip:{code}@{}", self.switch))?;
        self.phone.state(call, "confirmed")?;
        for keys in asked {
            std::thread::sleep(Duration::from_millis(700));
            self.phone.tell(&format!("keys {call} {keys}"))?;
            std::thread::sleep(Duration::from_millis(250 * keys.len() as u64));
        }
        self.phone.is_over(call).with_context(|| code.to_owned()).map(drop)
    }

    /// Answers a call that rings, and lets the two hear each other for a while.
    fn answer(&mut self) -> Result<u32> {
        self.calls += 1;
        let call = self.calls;
        let rings = self.phone.rings(call)?;
        ensure!(rings.to_string().contains("anyone"), "the display names the queue: {rings}");
        self.phone.tell(&format!("answer {call}"))?;
        self.phone.state(call, "confirmed")?;
        std::thread::sleep(Duration::from_millis(800));
        Ok(call)
    }
}

fn anna(switch: &Switch) -> Result<Value> {
    let report = switch.ask(&["report", "--by", "agent", "--json"])?;
    let rows = report["rows"].as_array().context("rows")?;
    rows.iter().find(|row| row["agent"] == "anna").cloned().with_context(|| format!("no anna in {report:#}"))
}

#[test]
fn a_day_by_keys_alone_stands_in_the_report() -> Result<()> {
    if python()?.is_none() {
        return Ok(());
    }
    let place = Place::take()?;
    write_sounds(&place)?;
    let switch = Switch::start(&place, &house(&place))?;
    let phone = Pjsip::start(&place, 0, "alice", "wonderland", &Sound::new("alice", 6.0), json!({}))?;
    let mut desk = Desk { phone: &phone, switch: place.switch().to_string(), calls: 0 };
    desk.dial("*50", &["4711#", "1234#"])?;

    let caller = Raw::open(place.carrier(), switch.address())?;
    let up = caller.invite(DIRECT, "customer", "", &description(place.carrier(), 9_000, "8"))?;
    caller.send(caller.within("ACK", DIRECT, "customer", &up).as_bytes())?;
    let first = desk.answer()?;
    // Back into the queue, by keys in the conversation.
    phone.tell(&format!("keys {first} *2600#"))?;
    phone.is_over(first)?;
    desk.dial("*551", &[])?;
    desk.dial("*521", &[])?;
    desk.dial("*54", &[])?;
    desk.dial("*567", &[])?;
    let second = desk.answer()?;
    phone.tell(&format!("hangup {second}"))?;
    phone.is_over(second)?;
    desk.dial("*552", &[])?;
    desk.dial("*53", &[])?;

    let counted = |row: &Value| row["dispositions"] == json!({"call back": 1, "sold": 1});
    wait_for("the report", Duration::from_secs(5), || anna(&switch).is_ok_and(|row| counted(&row)))?;
    let row = anna(&switch)?;
    ensure!(row["answered"] == 1 && row["offered"] == 2 && row["handled"] == 2, "{row:#}");
    ensure!(row["agents_paused_by_reason_ms"]["lunch"].as_u64() > Some(500), "{row:#}");
    ensure!(row["sessions"].as_array().is_some_and(|sessions| sessions.len() == 1), "{row:#}");
    let calls = switch.calls()?;
    ensure!(!Value::Array(calls).to_string().contains("1234"), "no PIN is in the account");
    ensure!(switch.ask(&["overlay", "list", "--json"])?.as_array().is_some_and(Vec::is_empty), "she is at no phone");
    ensure!(!switch.log().contains("1234"), "nor in the log");
    switch.stop()
}

#[test]
fn who_guesses_pins_of_agents_or_of_a_room_waits_is_shown_and_let_again() -> Result<()> {
    if python()?.is_none() {
        return Ok(());
    }
    let place = Place::take()?;
    write_sounds(&place)?;
    let board = "[[room]]\nname = \"board\"\nextension = \"801\"\npin = \"4711\"\n";
    let switch = Switch::start(&place, &format!("{}{board}", house(&place)))?;
    let phone = Pjsip::start(&place, 0, "alice", "wonderland", &Sound::new("alice", 6.0), json!({}))?;
    let mut desk = Desk { phone: &phone, switch: place.switch().to_string(), calls: 0 };
    desk.dial("801", &["9999#", "9999#", "9999#"])?;
    desk.dial("801", &["9999#", "9999#", "9999#"])?;
    for _ in 0..5 {
        desk.dial("*504711", &["9999#"])?;
    }
    let bans = switch.ask(&["bans", "--json"])?;
    let of = |ban: &Value| [&ban["source"], &ban["user"], &ban["pin"]].map(Value::to_string).join(" ");
    let lines = bans.as_array().context("bans")?;
    let mut seen: Vec<_> = lines.iter().filter(|ban| ban["wrong"].as_u64() > Some(3)).map(of).collect();
    seen.sort();
    let at_phone = [r#""phone:alice" "any agent" true"#, r#""phone:alice" "room:board" true"#];
    ensure!(seen == [&[r#""anybody" "agent:anna" true"#], &at_phone[..]].concat(), "{bans:#}");
    switch.tell(&["bans", "lift", "all"])?;
    ensure!(switch.ask(&["bans", "--json"])? == json!([]));
    desk.dial("*504711", &["1234#"])?;
    let seats = switch.ask(&["overlay", "list", "--json"])?;
    ensure!(seats.to_string().contains("anna"), "she is at the phone: {seats:#}");
    ensure!(!switch.log().contains("9999"), "what was typed is in no log");
    switch.stop()
}
