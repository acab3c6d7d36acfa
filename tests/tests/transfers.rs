//! Transfers as desk phones ask for them: one scenario of SIPp for each habit, named after a phone that has it, and PJSIP
//! as it comes. Carol calls; whoever is called hands her on to bob.

use anyhow::{Context, Result, ensure};
use e2e::pjsip::{Pjsip, python};
use e2e::place::Place;
use e2e::sipp::{Dial, Sipp};
use e2e::sound::Sound;
use e2e::stage::{PATIENCE, configuration, write_sounds};
use e2e::switch::{Switch, calls};
use serde_json::{Value, json};

/// A desk phone at a fixed address, which SIPp plays, and carol.
fn phones(place: &Place) -> String {
    format!(
        r#"
[[phone]]
user = "carol"
password = "diamonds"
extension = "103"

[[phone]]
user = "desk"
password = "secret"
digest = "MD5"
extension = "104"
contact = "{}:5060"
"#,
        place.device(9)
    )
}

struct Office {
    alice: Pjsip,
    bob: Pjsip,
    carol: Pjsip,
    sounds: [Sound; 3],
    switch: Switch,
    place: Place,
}

impl Office {
    fn open() -> Result<Option<Office>> {
        Office::with("")
    }

    /// With more in its configuration.
    fn with(more: &str) -> Result<Option<Office>> {
        if python()?.is_none() {
            return Ok(None);
        }
        let place = Place::take()?;
        write_sounds(&place)?;
        let switch = Switch::start(&place, &(configuration(&place) + &phones(&place) + more))?;
        let sounds = ["alice", "bob", "carol"].map(|name| Sound::new(name, 12.0));
        let phone = |number, user, password, sound| Pjsip::start(&place, number, user, password, sound, json!({}));
        let alice = phone(0, "alice", "wonderland", &sounds[0])?;
        let bob = phone(1, "bob", "builder", &sounds[1])?;
        let carol = phone(2, "carol", "diamonds", &sounds[2])?;
        Ok(Some(Office { alice, bob, carol, sounds, switch, place }))
    }

    /// One dials; what his call is called.
    fn dials(&self, who: &Pjsip, number: &str) -> Result<u32> {
        who.tell(&format!("dial sip:{number}@{}", self.place.switch()))?;
        Ok(u32::try_from(who.event(json!({"event": "dialled"}))?["call"].as_u64().context("a call")?)?)
    }

    /// Carol and bob hear each other and nobody else; then she hangs up, and nothing is left.
    fn talk_and_end(&self, carols: u32, bobs: u32) -> Result<()> {
        let all: Vec<&Sound> = self.sounds.iter().collect();
        self.carol.hears_only(carols, &self.sounds[1], &all)?;
        self.bob.hears_only(bobs, &self.sounds[2], &all)?;
        self.carol.tell(&format!("hangup {carols}"))?;
        self.bob.is_over(bobs)?;
        self.carol.is_over(carols).map(|_| ())
    }

    /// Carol calls alice, who answers; this is the nth call of both. What the switch calls it.
    fn alice_talks(&self, nth: u32) -> Result<String> {
        assert_eq!(self.dials(&self.carol, "101")?, nth);
        self.alice.rings(nth)?;
        self.alice.tell(&format!("answer {nth}"))?;
        self.carol.state(nth, "confirmed")?;
        let status = self.switch.ask(&["status", "--calls", "--json"])?;
        Ok(status["running"][0]["call"].as_str().with_context(|| format!("{status:#}"))?.to_owned())
    }

    /// kill -9, and a new start: these are hung up, and the account has this call once, with so many legs, all of them ended.
    fn dies(self, call: &str, legs: usize, over: &[(&str, u32)]) -> Result<Office> {
        std::thread::sleep(std::time::Duration::from_millis(300));
        let config = self.switch.config().to_path_buf();
        self.switch.kill()?;
        let switch = Switch::start_again(&self.place, &config)?;
        let office = Office { switch, ..self };
        for (who, nth) in over {
            let phone = [("alice", &office.alice), ("bob", &office.bob), ("carol", &office.carol)];
            let (_, phone) = phone.into_iter().find(|(name, _)| name == who).context("a phone")?;
            phone.is_over(*nth).with_context(|| format!("{who} in {call}"))?;
        }
        let told = office.switch.ask(&["calls", "--json", "--call", call])?;
        ensure!(told.as_array().is_some_and(|records| records.len() == 1), "{told:#}");
        ensure!(told[0]["outcome"] == "node_lost", "{told:#}");
        let ended = told[0]["legs"].as_array().context("legs")?.iter().filter(|leg| !leg["ended"].is_null());
        assert_eq!(ended.count(), legs, "{told:#}");
        Ok(office)
    }

    /// A call through a desk phone of this habit: when bob rings he answers, and talks to carol. What the phone sent and got.
    fn habit(&self, phone: &str, carols: u32, bobs: u32) -> Result<String> {
        let dial = Dial {
            scenario: phone,
            number: "102",
            from: self.place.device(9),
            tcp: false,
            voice: None,
            payload_type: 8,
            words: &[],
        };
        let desk = Sipp::dial(&self.place, 0, self.switch.address(), &dial)?;
        assert_eq!(self.dials(&self.carol, "104")?, carols);
        self.bob.rings(bobs)?;
        // One who transfers to a phone that rings has had the time to do so.
        std::thread::sleep(std::time::Duration::from_millis(if phone == "polycom" { 1_500 } else { 200 }));
        self.bob.tell(&format!("answer {bobs}"))?;
        self.bob.state(bobs, "confirmed")?;
        self.talk_and_end(carols, bobs).with_context(|| format!("{phone}\n{}", desk.messages()))?;
        let told = desk.messages();
        desk.finish(PATIENCE).with_context(|| format!("{phone}\n{told}"))?;
        Ok(told)
    }
}

#[test]
fn a_desk_phone_of_any_habit_hands_a_call_on() -> Result<()> {
    let Some(office) = Office::open()? else { return Ok(()) };
    for (nth, phone) in (1..).zip(["yealink", "grandstream", "snom", "cisco_spa", "polycom"]) {
        let told = office.habit(phone, nth, nth)?;
        ensure!(
            phone == "grandstream" || told.contains("\r\n\r\nSIP/2.0 200 OK"),
            "{phone} is told how it went: {told}"
        );
    }
    office.switch.stop()
}

#[test]
fn a_number_is_dialled_for_an_agent_who_rings_first() -> Result<()> {
    let Some(office) = Office::open()? else { return Ok(()) };
    let Office { alice, carol, switch, .. } = &office;
    switch.tell(&["call", "dial", "--agent", "alice", "--to", "103"])?;
    alice.rings(1)?;
    alice.tell("answer 1")?;
    carol.rings(1)?;
    carol.tell("answer 1")?;
    let all: Vec<&Sound> = office.sounds.iter().collect();
    alice.hears_only(1, &office.sounds[2], &all)?;
    carol.hears_only(1, &office.sounds[0], &all)?;
    ensure!(switch.tell(&["call", "dial", "--agent", "alice", "--to", "102"]).is_err(), "she has a call");
    alice.tell("hangup 1")?;
    carol.is_over(1)?;
    let shown = alice.got("INVITE").concat();
    ensure!(shown.contains("\"carol\" <sip:103@"), "she sees whom she will get: {shown}");
    let call = switch.ended_calls(1)?.remove(0);
    ensure!(call["agent_name"] == "alice" && call["caller"] == "alice" && call["called"] == "103", "{call}");
    ensure!(call["outcome"] == "answered" && call["sip_call_id"] != "", "{call}");
    office.switch.stop()
}

#[test]
fn pjsip_hands_a_call_on_blind_and_after_asking_and_a_death_on_the_way_frees_everybody() -> Result<()> {
    let Some(office) = Office::open()? else { return Ok(()) };
    let Office { alice, bob, carol, switch, .. } = &office;

    // Blind: bob takes it, and alice is told so.
    let call = office.dials(carol, "101")?;
    alice.rings(1)?;
    alice.tell("answer 1")?;
    carol.state(call, "confirmed")?;
    alice.tell(&format!("blind 1 sip:102@{}", office.place.switch()))?;
    bob.rings(1)?;
    bob.tell("answer 1")?;
    alice.event(json!({"event": "transfer", "status": 200, "final": true}))?;
    alice.is_over(1)?;
    office.talk_and_end(call, 1)?;

    // Blind, and bob is busy: alice has carol back.
    let call = office.dials(carol, "101")?;
    alice.rings(2)?;
    alice.tell("answer 2")?;
    carol.state(call, "confirmed")?;
    alice.tell(&format!("blind 2 sip:102@{}", office.place.switch()))?;
    bob.rings(2)?;
    bob.tell("busy 2")?;
    alice.event(json!({"event": "transfer", "status": 486, "final": true}))?;
    let all: Vec<&Sound> = office.sounds.iter().collect();
    carol.hears_only(call, &office.sounds[0], &all)?;

    // Asked first: alice calls bob, and joins the two.
    alice.tell("hold 2")?;
    alice.event(json!({"event": "media", "call": 2, "media": "held here"}))?;
    assert_eq!(office.dials(alice, "102")?, 3);
    bob.rings(3)?;
    bob.tell("answer 3")?;
    alice.state(3, "confirmed")?;
    alice.tell("attended 2 3")?;
    alice.event(json!({"event": "transfer", "status": 200, "final": true}))?;
    office.talk_and_end(call, 3)?;

    // By command: carol is held, taken back, and sent on to bob.
    switch.ended_calls(3)?;
    let call = office.dials(carol, "101")?;
    alice.rings(4)?;
    alice.tell("answer 4")?;
    carol.state(call, "confirmed")?;
    let status = switch.ask(&["status", "--calls", "--json"])?;
    let id = status["running"][0]["call"].as_str().with_context(|| format!("{status:#}"))?;
    switch.tell(&["call", "hold", id, "phone:carol"])?;
    let shown = switch.ask(&["call", "show", id, "--json"])?;
    ensure!(shown.to_string().contains("waiting"), "{shown:#}");
    switch.tell(&["call", "hold", id, "phone:carol", "--off"])?;
    carol.hears_only(call, &office.sounds[0], &all)?;
    switch.tell(&["call", "transfer", id, "phone:bob", "--party", "phone:carol"])?;
    bob.rings(4)?;
    bob.tell("answer 4")?;
    alice.is_over(4)?;
    office.talk_and_end(call, 4)?;

    // By command, too: alice asks bob, goes to and fro, and leaves him to carol.
    switch.ended_calls(4)?;
    let call = office.dials(carol, "101")?;
    alice.rings(5)?;
    alice.tell("answer 5")?;
    carol.state(call, "confirmed")?;
    let status = switch.ask(&["status", "--calls", "--json"])?;
    let id = status["running"][0]["call"].as_str().with_context(|| format!("{status:#}"))?;
    switch.tell(&["call", "consult", id, "phone:bob", "--party", "phone:alice"])?;
    bob.rings(5)?;
    bob.tell("answer 5")?;
    bob.hears_only(5, &office.sounds[0], &all)?;
    switch.tell(&["call", "swap", id])?;
    carol.hears_only(call, &office.sounds[0], &all)?;
    alice.tell("hangup 5")?;
    office.talk_and_end(call, 5)?;

    // kill -9 while bob rings for a transfer: all are hung up, and each call and leg has its record.
    switch.ended_calls(5)?;
    let call = office.dials(carol, "101")?;
    alice.rings(6)?;
    alice.tell("answer 6")?;
    carol.state(call, "confirmed")?;
    alice.tell(&format!("blind 6 sip:102@{}", office.place.switch()))?;
    bob.rings(6)?;
    std::thread::sleep(std::time::Duration::from_millis(300));
    let config = switch.config().to_path_buf();
    let Office { alice, bob: _bob, carol, switch, place, .. } = office;
    switch.kill()?;
    let switch = Switch::start_again(&place, &config)?;
    carol.is_over(call)?;
    alice.is_over(6)?;
    let records = calls(&config)?;
    let last: &Value = records.last().context("a call")?;
    assert_eq!(last["outcome"], "node_lost", "{records:#?}");
    let told = switch.ask(&["calls", "--json", "--call", last["call"].as_str().context("its id")?])?;
    let legs = told[0]["legs"].as_array().context("legs")?;
    assert_eq!(legs.iter().filter(|leg| !leg["ended"].is_null()).count(), legs.len(), "{told:#}");
    ensure!(legs.len() >= 2, "{told:#}");
    switch.stop()
}

#[test]
fn a_death_while_one_is_asked_while_three_talk_and_while_one_is_parked_ends_every_leg() -> Result<()> {
    let park = "\n[park]\nslots = \"701-702\"\nmusic = \"music.wav\"\n";
    let Some(office) = Office::with(park)? else { return Ok(()) };
    let call = office.alice_talks(1)?;
    office.switch.tell(&["call", "consult", &call, "phone:bob", "--party", "phone:alice"])?;
    office.bob.rings(1)?;
    office.bob.tell("answer 1")?;
    office.bob.hears_only(1, &office.sounds[0], &office.sounds.iter().collect::<Vec<_>>())?;
    let office = office.dies(&call, 3, &[("alice", 1), ("bob", 1), ("carol", 1)])?;

    let call = office.alice_talks(2)?;
    office.switch.tell(&["call", "consult", &call, "phone:bob", "--party", "phone:alice"])?;
    office.bob.rings(2)?;
    office.bob.tell("answer 2")?;
    office.bob.hears_only(2, &office.sounds[0], &office.sounds.iter().collect::<Vec<_>>())?;
    office.switch.tell(&["call", "join", &call])?;
    let office = office.dies(&call, 3, &[("alice", 2), ("bob", 2), ("carol", 2)])?;

    let call = office.alice_talks(3)?;
    office.switch.tell(&["call", "park", &call, "--party", "phone:carol"])?;
    office.alice.is_over(3)?;
    let office = office.dies(&call, 2, &[("carol", 3)])?;
    ensure!(office.switch.ask(&["status", "--json"])?["parked"] == json!([]), "the slot is free again");
    office.switch.stop()
}

#[test]
fn a_phone_asks_and_hands_on_by_codes_pressed_as_sound_and_as_info_and_other_keys_reach_the_other() -> Result<()> {
    let Some(office) = Office::open()? else { return Ok(()) };
    let Office { alice, bob, carol, .. } = &office;
    let all: Vec<&Sound> = office.sounds.iter().collect();
    for (nth, way) in [(1, "keys"), (2, "info")] {
        office.alice_talks(nth)?;
        // No code: she gets it whole, a moment later.
        alice.tell(&format!("{way} {nth} 4*#"))?;
        for key in ["4", "*", "#"] {
            carol.event(json!({"event": "key", "call": nth, "key": key})).with_context(|| format!("{way} {key}"))?;
        }
        alice.tell(&format!("{way} {nth} *3102#"))?;
        bob.rings(nth)?;
        bob.tell(&format!("answer {nth}"))?;
        bob.hears_only(nth, &office.sounds[0], &all).with_context(|| way.to_owned())?;
        alice.tell(&format!("{way} {nth} *5"))?;
        alice.is_over(nth)?;
        office.talk_and_end(nth, nth)?;
        assert_eq!(carol.count(&json!({"event": "key", "call": nth})), 3, "nobody hears a code: {way}");
        office.switch.ended_calls(nth as usize)?;
    }
    office.switch.stop()
}
