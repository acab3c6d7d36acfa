//! Several who ring for one call, on phones nobody here made: two PJSIP devices and a baresip of one account, a colleague
//! beside them, groups of both, and a mobile behind a carrier.

use anyhow::{Context, Result, ensure};
use e2e::baresip::{Account, Baresip};
use e2e::pjsip::{Pjsip, python};
use e2e::place::Place;
use e2e::running::wait_for;
use e2e::sound::Sound;
use e2e::stage::{PATIENCE, configuration, write_sounds};
use e2e::switch::Switch;
use serde_json::{Value, json};
use std::path::Path;

const GROUPS: &str = r#"
[[phone]]
user = "carol"
password = "diamonds"
extension = "103"

[[group]]
name = "all"
extension = "200"
members = ["phone:alice", "phone:bob"]

[[group]]
name = "later"
extension = "201"
strategy = "staggered"
delay = "2s"
members = ["phone:bob", "phone:alice"]

[[group]]
name = "turns"
extension = "202"
strategy = "in-turn"
ring = "2s"
members = ["phone:alice", "phone:bob"]

[[group]]
name = "outside"
extension = "203"
members = ["phone:bob", "trunk:mobile/+447700900123"]

[[trunk]]
name = "mobile"
peers = ["MOBILE"]
target = "MOBILE:5060"
"#;

/// Two of PJSIP and a baresip are alice's, one is bob's; carol calls. The mobile is a carrier.
struct Office {
    desk: Pjsip,
    home: Pjsip,
    door: Baresip,
    bob: Pjsip,
    carol: Pjsip,
    mobile: Pjsip,
    sounds: [Sound; 5],
    switch: Switch,
    place: Place,
}

impl Office {
    fn open() -> Result<Option<Office>> {
        if python()?.is_none() {
            return Ok(None);
        }
        let place = Place::take()?;
        write_sounds(&place)?;
        let groups = GROUPS.replace("MOBILE", &place.device(4).to_string());
        let switch = Switch::start(&place, &(configuration(&place) + &groups))?;
        let sounds = ["desk", "home", "bob", "carol", "mobile"].map(|name| Sound::new(name, 12.0));
        let phone = |number, user, password, sound| Pjsip::start(&place, number, user, password, sound, json!({}));
        let desk = phone(0, "alice", "wonderland", &sounds[0])?;
        let home = phone(1, "alice", "wonderland", &sounds[1])?;
        let door = Baresip::start(&place, 0, &Account::new("alice", "wonderland"), &Sound::new("door", 12.0))?;
        door.registered()?;
        let bob = phone(2, "bob", "builder", &sounds[2])?;
        let carol = phone(3, "carol", "diamonds", &sounds[3])?;
        let mobile = phone(4, "+447700900123", "", &sounds[4])?;
        Ok(Some(Office { desk, home, door, bob, carol, mobile, sounds, switch, place }))
    }

    /// Carol dials; what her call is called.
    fn dials(&self, number: &str) -> Result<u32> {
        self.carol.tell(&format!("dial sip:{number}@{}", self.place.switch()))?;
        let call = self.carol.event(json!({"event": "dialled"}))?["call"].as_u64().context("a call")?;
        Ok(u32::try_from(call)?)
    }

    /// Carol hears who has answered, and he her; then she hangs up.
    fn talk_and_end(&self, call: u32, who: &Pjsip, his: u32, sound: usize) -> Result<()> {
        let all: Vec<&Sound> = self.sounds.iter().collect();
        self.carol.state(call, "confirmed")?;
        self.carol.hears_only(call, &self.sounds[sound], &all)?;
        who.hears_only(his, &self.sounds[3], &all)?;
        self.carol.tell(&format!("hangup {call}"))?;
        who.is_over(his)?;
        self.carol.is_over(call).map(|_| ())
    }

    /// The legs of the last call of so many that have ended: who, and how each came out, in the order of ringing.
    fn legs(&self, calls: usize) -> Result<Vec<(String, String)>> {
        let ended = self.switch.ended_calls(calls)?;
        let call = ended.last().context("a call")?["call"].as_str().context("its id")?.to_owned();
        let told = self.switch.ask(&["calls", "--json", "--call", &call])?;
        let legs = told[0]["legs"].as_array().with_context(|| format!("{told:#}"))?;
        let word = |leg: &Value, key: &str| leg[key].as_str().unwrap_or_default().to_owned();
        let called = legs.iter().filter(|leg| leg["role"] == "callee");
        let mut all: Vec<_> = called.map(|leg| (word(leg, "who"), word(leg, "how"))).collect();
        all.sort();
        Ok(all)
    }
}

fn words(legs: &[(&str, &str)]) -> Vec<(String, String)> {
    legs.iter().map(|(who, how)| ((*who).to_owned(), (*how).to_owned())).collect()
}

#[test]
fn all_devices_ring_one_has_the_call_and_the_others_keep_no_missed_call() -> Result<()> {
    let Some(office) = Office::open()? else { return Ok(()) };
    let Office { desk, home, door, bob, carol, mobile, .. } = &office;

    // All three devices of one account; one answers.
    let call = office.dials("101")?;
    desk.rings(1)?;
    home.rings(1)?;
    door.event("CALL_INCOMING", 1)?;
    home.tell("answer 1")?;
    home.state(1, "confirmed")?;
    desk.is_over(1)?;
    door.event("CALL_CLOSED", 1)?;
    office.talk_and_end(call, home, 1, 1)?;
    let cancel = desk.got("CANCEL ").pop().context("the desk was cancelled")?;
    // RFC 3326: answered elsewhere, so that no missed call stays on the screen.
    ensure!(cancel.contains("Reason: SIP;cause=200"), "{cancel}");
    assert_eq!(
        office.legs(1)?,
        words(&[("phone:alice", "cancelled"), ("phone:alice", "cancelled"), ("phone:alice", "won")])
    );

    // Two answer at once: one call is left.
    let call = office.dials("101")?;
    desk.rings(2)?;
    home.rings(2)?;
    desk.tell("answer 2")?;
    home.tell("answer 2")?;
    let over = |phone: &Pjsip| phone.count(&json!({"event": "state", "call": 2, "state": "disconnected"}));
    wait_for("the loser's end", PATIENCE, || over(desk) + over(home) == 1)?;
    let (winner, sound) = if over(desk) == 0 { (desk, 0) } else { (home, 1) };
    office.talk_and_end(call, winner, 2, sound)?;
    assert_eq!(office.legs(2)?.iter().filter(|(_, how)| how == "won").count(), 1);

    // A group at once: whoever is first, of all devices of all members.
    let call = office.dials("200")?;
    desk.rings(3)?;
    home.rings(3)?;
    bob.rings(1)?;
    door.event("CALL_INCOMING", 3)?;
    bob.tell("answer 1")?;
    desk.is_over(3)?;
    home.is_over(3)?;
    door.event("CALL_CLOSED", 3)?;
    office.talk_and_end(call, bob, 1, 2)?;

    // Staggered: the second begins later, and the first rings on.
    let call = office.dials("201")?;
    bob.rings(2)?;
    desk.rings(4)?;
    home.rings(4)?;
    let began =
        |phone: &Pjsip, call: u32| phone.times(&json!({"event": "incoming", "call": call})).pop().context("it rang");
    let later = began(desk, 4)?.duration_since(began(bob, 2)?);
    ensure!((1.8..3.5).contains(&later.as_secs_f64()), "{later:?}");
    bob.tell("answer 2")?;
    desk.is_over(4)?;
    home.is_over(4)?;
    office.talk_and_end(call, bob, 2, 2)?;

    // In turn: the first stops before the second begins.
    let call = office.dials("202")?;
    desk.rings(5)?;
    desk.is_over(5)?;
    bob.rings(3)?;
    bob.tell("answer 3")?;
    office.talk_and_end(call, bob, 3, 2)?;
    let legs = office.legs(5)?;
    assert_eq!(legs.last(), words(&[("phone:bob", "won")]).last(), "{legs:?}");

    // Outside a mailbox would answer, too: the mobile has the call once the key is pressed, and bob rings until then.
    let call = office.dials("203")?;
    bob.rings(4)?;
    mobile.rings(1)?;
    mobile.tell("answer 1")?;
    mobile.state(1, "confirmed")?;
    let voice = Path::new(env!("CARGO_MANIFEST_DIR")).join("../config/sounds/confirm.wav");
    let heard = mobile.hears(1, &[&Sound::read("confirm", &voice)?, &office.sounds[3]], 2_500)?;
    ensure!(heard == ["confirm"], "{heard:?}");
    let over =
        |phone: &Pjsip, call: u32, state: &str| phone.count(&json!({"event": "state", "call": call, "state": state}));
    assert_eq!((over(bob, 4, "disconnected"), over(carol, call, "confirmed")), (0, 0), "nobody has it yet");
    mobile.tell("keys 1 1")?;
    bob.is_over(4)?;
    office.talk_and_end(call, mobile, 1, 4)?;
    assert_eq!(office.legs(6)?, words(&[("phone:bob", "cancelled"), ("trunk:mobile", "won")]));
    office.switch.stop()
}
