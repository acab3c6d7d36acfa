//! Feature codes on the wire: three PJSIP phones, each with a tone of its own, park, fetch, pick up and watch by keys, with
//! their sound (RFC 4733) and with signalling (INFO), and at each step only those hear each other who are to.

use anyhow::{Result, ensure};
use e2e::pjsip::{Pjsip, python};
use e2e::place::Place;
use e2e::running::wait_for;
use e2e::sound::Tone;
use e2e::stage::{configuration, write_sounds};
use e2e::switch::Switch;
use serde_json::json;
use std::time::Duration;

const ALICE: Tone = Tone::new("alice", 450);
const BOB: Tone = Tone::new("bob", 700);
const CAROL: Tone = Tone::new("carol", 1_100);
const ALL: [Tone; 3] = [ALICE, BOB, CAROL];

/// Alice is an agent on her mobile, too, at an address of its own; it is a number outside.
fn mobile(place: &Place, more: &str) -> String {
    let trunk = format!(
        "[[trunk]]\nname = \"mobile\"\npeers = [\"{at}\"]\ntarget = \"{at}:5060\"\n\
         [[route]]\nfrom = \"phone:*\"\nto = \"600\"\ngo = \"queue:anyone\"\n",
        at = place.device(1)
    );
    let agent = "[[agent]]\nname = \"alice\"\n";
    let devices = "devices = [\"phone:alice\", \"trunk:mobile/+447700900123\"]\nconfirm = { ask = false }\n";
    configuration(place).replace(agent, &format!("{agent}{devices}{more}")) + &trunk + MORE
}

const MORE: &str = r#"
[[phone]]
user = "carol"
password = "diamonds"
extension = "103"

[park]
slots = "701-702"

[[group]]
name = "desks"
members = ["phone:alice", "phone:bob"]
"#;

/// A telephone, and how many calls it has had.
struct Desk {
    phone: Pjsip,
    calls: u32,
    switch: String,
}

impl Desk {
    fn dial(&mut self, number: &str) -> Result<()> {
        self.calls += 1;
        self.phone.tell(&format!("dial sip:{number}@{}", self.switch))
    }

    fn answer(&mut self) -> Result<()> {
        self.rings()?;
        self.phone.tell(&format!("answer {}", self.calls))
    }

    fn rings(&mut self) -> Result<()> {
        self.calls += 1;
        self.phone.rings(self.calls).map(drop)
    }

    /// Presses keys in its last call: `info` or `keys`.
    fn press(&self, how: &str, keys: &str) -> Result<()> {
        self.phone.tell(&format!("{how} {} {keys}", self.calls))
    }

    fn hears(&self, whom: &[&str]) -> Result<()> {
        self.phone.hears_tones(self.calls, whom, &ALL)
    }

    fn is_over(&self) -> Result<()> {
        self.phone.is_over(self.calls).map(drop)
    }

    fn hang_up(&self) -> Result<()> {
        self.phone.tell(&format!("hangup {}", self.calls))?;
        self.is_over()
    }
}

#[test]
fn codes_that_come_with_sound_or_by_info_park_fetch_pick_up_and_watch() -> Result<()> {
    if python()?.is_none() {
        return Ok(());
    }
    let place = Place::take()?;
    write_sounds(&place)?;
    let config = configuration(&place).replace("user = \"bob\"\n", "user = \"bob\"\nsupervises = \"phone:alice\"\n");
    let switch = Switch::start(&place, &(config + MORE))?;
    let desk = |number, user: &str, password: &str, tone: Tone| -> Result<Desk> {
        let phone = Pjsip::start(&place, number, user, password, &tone.sound(), json!({}))?;
        Ok(Desk { phone, calls: 0, switch: place.switch().to_string() })
    };
    let mut alice = desk(0, "alice", "wonderland", ALICE)?;
    let mut bob = desk(1, "bob", "builder", BOB)?;
    let mut carol = desk(2, "carol", "diamonds", CAROL)?;

    // Alice parks by INFO, bob fetches and parks with sound, alice fetches.
    carol.dial("101")?;
    alice.answer()?;
    alice.hears(&["carol"])?;
    alice.press("info", "*7")?;
    alice.is_over()?;
    bob.dial("701")?;
    bob.hears(&["carol"])?;
    bob.press("keys", "*7")?;
    bob.is_over()?;
    alice.dial("701")?;
    alice.hears(&["carol"])?;
    carol.hears(&["alice"])?;

    // Bob watches by a code; his keys say who hears him, whichever way they come, and nobody else hears those.
    bob.dial("*90101")?;
    bob.hears(&["alice", "carol"])?;
    alice.hears(&["carol"])?;
    for (how, key, by_alice, by_carol) in [
        ("info", "5", &["bob", "carol"][..], &["alice"][..]),
        ("keys", "6", &["bob", "carol"], &["alice", "bob"]),
        ("info", "4", &["carol"], &["alice"]),
        ("keys", "5", &["bob", "carol"], &["alice"]),
    ] {
        bob.press(how, key)?;
        alice.hears(by_alice)?;
        carol.hears(by_carol)?;
    }
    ensure!(alice.phone.count(&json!({"event": "key"})) + carol.phone.count(&json!({"event": "key"})) == 0);
    alice.hang_up()?;
    carol.is_over()?;
    bob.is_over()?;

    // Alice takes what rings at bob's: by the code alone, since they share a group, and by his extension.
    for code in ["*8", "*8102"] {
        carol.dial("102")?;
        bob.rings()?;
        alice.dial(code)?;
        alice.hears(&["carol"])?;
        bob.is_over()?;
        alice.hang_up()?;
        carol.is_over()?;
    }
    wait_for("all calls to end", Duration::from_secs(5), || {
        switch.ask(&["status", "--calls", "--json"]).is_ok_and(|status| status["running"] == json!([]))
    })?;
    switch.stop()
}

#[test]
fn an_agent_at_a_number_outside_has_codes_where_the_configuration_says_so() -> Result<()> {
    if python()?.is_none() {
        return Ok(());
    }
    for (coded, more) in [(true, "codes = true\n"), (false, "")] {
        let place = Place::take()?;
        write_sounds(&place)?;
        let switch = Switch::start(&place, &mobile(&place, more))?;
        let desk = |number, user: &str, password: &str, tone: Tone| -> Result<Desk> {
            let phone = Pjsip::start(&place, number, user, password, &tone.sound(), json!({}))?;
            Ok(Desk { phone, calls: 0, switch: place.switch().to_string() })
        };
        let mut bob = desk(0, "bob", "builder", BOB)?;
        let mut alice = desk(1, "+447700900123", "", ALICE)?;
        let mut carol = desk(2, "carol", "diamonds", CAROL)?;
        carol.dial("600")?;
        alice.answer()?;
        alice.hears(&["carol"])?;
        carol.hears(&["alice"])?;
        // To bob, by keys in the conversation: as sound, since an outside number may know no INFO.
        alice.press("keys", "*2102#")?;
        if coded {
            bob.answer()?;
            alice.is_over()?;
            carol.hears(&["bob"])?;
            bob.hears(&["carol"])?;
            ensure!(carol.phone.count(&json!({"event": "key"})) == 0, "the customer hears none of it");
        } else {
            for key in "*2102#".chars() {
                carol.phone.event(json!({"event": "key", "call": 1, "key": key.to_string()}))?;
            }
            carol.hears(&["alice"])?;
        }
        carol.hang_up()?;
        switch.ended_calls(1)?;
        switch.stop()?;
    }
    Ok(())
}
