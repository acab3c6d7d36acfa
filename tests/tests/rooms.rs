//! A conference room between PJSIP phones: each hears the four others, and not himself; and what a host does there.

use anyhow::{Context, Result, ensure};
use e2e::crowd::Crowd;
use e2e::pjsip::{Pjsip, python};
use e2e::place::Place;
use e2e::running::wait_for;
use e2e::sipp::{Dial, Sipp};
use e2e::sound::{Sound, loudness};
use e2e::stage::{PATIENCE, configuration, write_sounds};
use e2e::switch::{Switch, ask};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use std::thread::{ScopedJoinHandle, scope};
use std::time::Duration;

/// Each with the tone that he speaks: none is an overtone of another.
const PEOPLE: [(&str, &str, f64); 5] = [
    ("alice", "wonderland", 440.0),
    ("bob", "builder", 610.0),
    ("carol", "diamonds", 830.0),
    ("dave", "diamonds", 1_130.0),
    ("erin", "diamonds", 1_490.0),
];

/// Beneath this it is what is left of a tone in a sum of others; a voice has 5,000.
const THERE: f64 = 2_000.0;
const NOT_THERE: f64 = 400.0;

fn house() -> String {
    let phone = |name: &str| format!("[[phone]]\nuser = \"{name}\"\npassword = \"diamonds\"\n");
    let phones = ["carol", "dave", "erin"].map(phone).concat();
    let room =
        "[[room]]\nname = \"daily\"\nextension = \"800\"\nhosts = [\"phone:alice\", \"phone:desk\"]\nwait = false\n";
    let desk = "[[phone]]\nuser = \"desk\"\npassword = \"secret\"\ndigest = \"MD5\"\n";
    format!("{phones}{desk}{room}enter = \"none\"\nleave = \"none\"\n")
}

/// The first so many of them, each with his tone.
fn phones(place: &Place, count: usize) -> Result<Vec<Pjsip>> {
    scope(|scope| {
        let start = |(number, (user, password, hertz)): (u8, (&'static str, &'static str, f64))| {
            scope.spawn(move || {
                let tone = Sound::tone(user, hertz, 10.0);
                Pjsip::start(place, number, user, password, &tone, json!({}))
            })
        };
        let started: Vec<_> = (0..).zip(PEOPLE).take(count).map(start).collect();
        started
            .into_iter()
            .map(|one| one.join().map_err(|_| anyhow::anyhow!("a phone's thread"))?)
            .collect::<Result<_>>()
    })
}

/// All of these dial the room.
fn meet(place: &Place, phones: &[Pjsip]) -> Result<()> {
    for phone in phones {
        phone.tell(&format!("dial sip:800@{}", place.switch()))?;
    }
    phones.iter().try_for_each(|phone| phone.state(1, "confirmed").map(|_| ()))
}

/// Who of the five is heard by each, in their order; by who is not there, nobody.
fn heard(phones: &[Pjsip], there: &[bool]) -> Result<Vec<Vec<&'static str>>> {
    let of = |phone: &Pjsip| -> Result<Vec<&'static str>> {
        let sound = phone.records(1, 1_000)?;
        // The first moment may be of before.
        let sound = sound.get(sound.len() / 4..).context("it heard nothing")?;
        let loud = PEOPLE.map(|(name, _, hertz)| (name, loudness(sound, hertz)));
        ensure!(loud.iter().all(|(_, loud)| !(NOT_THERE..THERE).contains(loud)), "{loud:?}");
        Ok(loud.iter().filter(|(_, loud)| *loud >= THERE).map(|(name, _)| *name).collect())
    };
    scope(|scope| {
        let all: Vec<Option<ScopedJoinHandle<'_, Result<Vec<&str>>>>> =
            phones.iter().zip(there).map(|(phone, there)| there.then(|| scope.spawn(move || of(phone)))).collect();
        let join = |one: Option<ScopedJoinHandle<'_, Result<Vec<&'static str>>>>| match one {
            Some(one) => one.join().map_err(|_| anyhow::anyhow!("a phone's thread"))?,
            None => Ok(vec![]),
        };
        all.into_iter().map(join).collect()
    })
}

fn all_but(without: &[&str]) -> Vec<&'static str> {
    PEOPLE.iter().map(|(name, ..)| *name).filter(|name| !without.contains(name)).collect()
}

#[test]
fn five_in_a_room_hear_the_four_others_each_and_not_themselves() -> Result<()> {
    if python()?.is_none() {
        return Ok(());
    }
    let place = Place::take()?;
    write_sounds(&place)?;
    let switch = Switch::start(&place, &(configuration(&place) + &house()))?;
    let phones = phones(&place, 5)?;
    meet(&place, &phones)?;
    let room =
        |of: &str| -> Result<serde_json::Value> { Ok(switch.ask(&["rooms", "daily", "--json"])?[0][of].clone()) };
    let there = |count: usize| {
        wait_for("all of them", PATIENCE, || {
            room("people").is_ok_and(|people| people.as_array().is_some_and(|people| people.len() == count))
        })
    };
    there(5)?;
    let expected: Vec<Vec<&str>> = PEOPLE.iter().map(|(name, ..)| all_but(&[name])).collect();
    assert_eq!(heard(&phones, &[true; 5])?, expected);

    // Bob is muted, and dave sent away.
    switch.tell(&["room", "mute", "daily", "phone:bob"])?;
    switch.tell(&["room", "kick", "daily", "phone:dave"])?;
    phones[3].is_over(1)?;
    let expected: Vec<Vec<&str>> = PEOPLE
        .iter()
        .map(|(name, ..)| if *name == "dave" { vec![] } else { all_but(&[name, "bob", "dave"]) })
        .collect();
    assert_eq!(heard(&phones, &[true, true, true, false, true])?, expected);
    let seats = room("people")?;
    let seats = seats.as_array().context("people")?;
    let of = |name: &str| seats.iter().find(|seat| seat["device"] == format!("phone:{name}")).context("a seat");
    ensure!(of("bob")?["muted"] == true && of("alice")?["host"] == true && of("carol")?["muted"] == false, "{seats:?}");

    // Locked: dave is told that it is busy.
    switch.tell(&["room", "lock", "daily"])?;
    phones[3].tell(&format!("dial sip:800@{}", place.switch()))?;
    ensure!(phones[3].is_over(2)?["status"] == 486);
    for (nth, phone) in phones.iter().enumerate().filter(|(nth, _)| *nth != 3) {
        phone.tell("hangup 1")?;
        phone.is_over(1).with_context(|| format!("phone {nth}"))?;
    }
    let calls = switch.ended_calls(6)?;
    let of = |outcome: &str| calls.iter().filter(|call| call["outcome"] == outcome).count();
    ensure!((of("answered"), of("joined"), of("failed")) == (1, 4, 1), "{calls:#?}");
    switch.stop()
}

/// Each hears these, and nobody else, before long; who hears nobody is not there.
fn ears(phones: &[Pjsip], wanted: &[&[&str]]) -> Result<()> {
    let mut last = vec![];
    let there: Vec<bool> = wanted.iter().map(|heard| !heard.is_empty()).collect();
    wait_for("the right ears", PATIENCE, || {
        last = heard(phones, &there).unwrap_or_default();
        last == wanted
    })
    .with_context(|| format!("{last:?}"))
}

#[test]
fn who_holds_the_room_is_out_of_the_mix_and_who_is_rung_for_his_seat_comes_in_for_him() -> Result<()> {
    if python()?.is_none() {
        return Ok(());
    }
    let place = Place::take()?;
    write_sounds(&place)?;
    let switch = Switch::start(&place, &(configuration(&place) + &house()))?;
    let phones = phones(&place, 4)?;
    meet(&place, &phones[..3])?;
    let there = |wanted: &[&[&str]]| ears(&phones, wanted);
    there(&[&["bob", "carol"], &["alice", "carol"], &["alice", "bob"], &[]])?;
    phones[1].tell("hold 1")?;
    there(&[&["carol"], &[], &["alice"], &[]])?;
    // A phone is silent from the moment at which it asks to hold.
    let holds = |seat: &Value| seat["holds"] == (seat["device"] == "phone:bob");
    wait_for("bob to hold", PATIENCE, || {
        let people = switch.ask(&["rooms", "daily", "--json"]).unwrap_or_default()[0]["people"].clone();
        people.as_array().is_some_and(|people| people.iter().all(holds))
    })?;
    phones[1].tell("resume 1")?;
    there(&[&["bob", "carol"], &["alice", "carol"], &["alice", "bob"], &[]])?;

    // Bob gives his seat to dave.
    phones[1].tell(&format!("blind 1 sip:dave@{}", place.switch()))?;
    phones[3].rings(1)?;
    phones[3].tell("answer 1")?;
    phones[1].event(json!({"event": "transfer", "status": 200, "final": true}))?;
    phones[1].is_over(1)?;
    there(&[&["carol", "dave"], &[], &["alice", "dave"], &["alice", "carol"]])?;
    let told = [phones[3].got("UPDATE"), phones[3].got("INVITE")].concat();
    let names_it = |message: &String| message.contains(">;isfocus") && message.contains("\"daily\" <sip:800@");
    ensure!(told.iter().any(names_it), "he has not dialled it, and his screen shows it: {told:#?}");
    for phone in [0, 2, 3] {
        phones[phone].tell("hangup 1")?;
        phones[phone].is_over(1)?;
    }
    let calls = switch.ended_calls(3)?;
    let of = |outcome: &str| calls.iter().filter(|call| call["outcome"] == outcome).count();
    ensure!((of("answered"), of("joined")) == (1, 2), "{calls:#?}");
    switch.stop()
}

#[test]
fn by_command_one_is_rung_into_a_room_and_one_is_sent_from_it_to_somebody_else() -> Result<()> {
    if python()?.is_none() {
        return Ok(());
    }
    let place = Place::take()?;
    write_sounds(&place)?;
    let switch = Switch::start(&place, &(configuration(&place) + &house()))?;
    let phones = phones(&place, 4)?;
    meet(&place, &phones[..2])?;
    let there = |wanted: &[&[&str]]| ears(&phones, wanted);
    switch.tell(&["room", "invite", "daily", "phone:carol"])?;
    phones[2].rings(1)?;
    let rung = phones[2].got("INVITE").concat();
    ensure!(rung.contains("\"daily\" <sip:800@"), "she sees which room it is: {rung}");
    phones[2].tell("answer 1")?;
    there(&[&["bob", "carol"], &["alice", "carol"], &["alice", "bob"], &[]])?;
    let room = switch.ask(&["rooms", "daily", "--json"])?[0]["call"].clone();
    let room = room.as_str().context("the room's call")?;
    switch.tell(&["call", "transfer", room, "phone:dave", "--party", "phone:bob"])?;
    phones[3].rings(1)?;
    phones[3].tell("answer 1")?;
    there(&[&["carol"], &["dave"], &["alice"], &["bob"]])?;
    for phone in &phones {
        phone.tell("hangup 1")?;
        phone.is_over(1)?;
    }
    let calls = switch.ended_calls(3)?;
    let of = |outcome: &str| calls.iter().filter(|call| call["outcome"] == outcome).count();
    ensure!((of("answered"), of("joined")) == (2, 1), "the room, bob's way there, and his way from there: {calls:#?}");
    switch.stop()
}

#[test]
fn the_contact_of_a_room_says_that_it_is_one_and_there_it_is_told_who_is_in_it() -> Result<()> {
    if python()?.is_none() {
        return Ok(());
    }
    let place = Place::take()?;
    write_sounds(&place)?;
    let switch = Switch::start(&place, &(configuration(&place) + &house()))?;
    let phones = phones(&place, 2)?;
    meet(&place, &phones)?;
    let answers = phones[0].got("SIP/2.0 200");
    let contact = answers.iter().flat_map(|answer| answer.lines()).find(|line| line.contains("isfocus"));
    let contact = contact.with_context(|| format!("{answers:#?}"))?;
    let focus = contact.strip_prefix("Contact: <sip:").and_then(|rest| rest.split('@').next()).context("a URI")?;
    ensure!(contact.ends_with(">;isfocus"), "{contact}");
    let desk = Sipp::dial(&place, 0, switch.address(), &Dial::key(focus, "conference", &place))?;
    wait_for("both of them", PATIENCE, || {
        let told = desk.messages();
        ["alice", "bob"].iter().all(|who| told.contains(&format!("<user entity=\"sip:{who}@")))
    })
    .with_context(|| desk.messages())?;
    phones[1].tell("hangup 1")?;
    phones[1].is_over(1)?;
    wait_for("that one has gone", PATIENCE, || desk.messages().contains("state=\"deleted\"/>"))?;
    desk.hang_up()?;
    desk.finish(PATIENCE).context("the key")?;
    phones[0].tell("hangup 1")?;
    phones[0].is_over(1)?;
    switch.stop()
}

/// So many callers are in the room when the switch is killed.
const CALLERS: usize = 12;
/// Everything is back within this time.
const BACK: Duration = Duration::from_secs(10);

#[test]
fn after_kill_9_in_the_middle_of_a_conference_each_call_has_its_record_which_names_the_room() -> Result<()> {
    let place = Place::take()?;
    write_sounds(&place)?;
    let mut crowd = Crowd::open(&place)?;
    let route = "[[route]]\nfrom = \"trunk:carrier\"\nto = \"9*\"\ngo = \"room:daily\"\nrecord = true\n";
    let switch = Switch::start(&place, &(crowd.configuration(&place)? + &house() + route))?;
    for nth in 0..CALLERS {
        crowd.dial(&format!("guest{nth}"), &format!("9{nth}"))?;
        crowd.pump(Duration::from_millis(20))?;
    }
    crowd.wait("all of them", PATIENCE, |crowd| crowd.established() == CALLERS)?;
    wait_for("all of them in the room", PATIENCE, || {
        let rooms = switch.ask(&["rooms", "daily", "--json"]).unwrap_or_default();
        rooms[0]["people"].as_array().is_some_and(|people| people.len() == CALLERS)
    })?;
    let config = switch.config().to_path_buf();
    // Old enough to be on disk: 20 ms are promised; a crowded machine stops whole processes for longer.
    crowd.pump(Duration::from_millis(1_000))?;
    switch.kill()?;
    let switch = Switch::start_again(&place, &config)?;
    crowd.wait("BYE for each", BACK, |crowd| crowd.calls.values().all(|call| call.byes > 0))?;
    let calls = switch.ask(&["calls", "--json", "--limit", "1000"])?;
    let calls = calls.as_array().context("calls")?;
    let ids: BTreeSet<&str> = calls.iter().filter_map(|call| call["sip_call_id"].as_str()).collect();
    ensure!((calls.len(), ids.len()) == (CALLERS, CALLERS), "{} records, {} calls", calls.len(), ids.len());
    let of = |outcome: &str| calls.iter().filter(|call| call["outcome"] == outcome).count();
    ensure!((of("node_lost"), of("joined")) == (1, CALLERS - 1), "{calls:#?}");
    for call in calls {
        let told = switch.ask(&["calls", "--json", "--call", call["call"].as_str().context("a call")?])?;
        let seats = told[0]["seats"].as_array().context("seats")?;
        let seated = if call["outcome"] == "joined" { 1 } else { CALLERS };
        ensure!(seats.len() == seated, "{told:#}");
        let whole = |seat: &Value| seat["room"] == "daily" && seat["since"].is_i64() && seat["until"].is_i64();
        ensure!(seats.iter().all(whole), "{told:#}");
    }
    let room = calls.iter().find(|call| call["outcome"] == "node_lost").context("the room's call")?;
    let story = ask(&config, &["calls", "--story", room["call"].as_str().context("a call")?])?;
    let story = String::from_utf8_lossy(&story.stdout);
    ensure!(story.matches("daily: trunk:carrier +359888123456").count() >= CALLERS, "{story}");
    switch.stop()
}

#[test]
fn after_kill_9_while_one_is_rung_into_a_room_and_one_sent_from_it_each_call_has_its_record() -> Result<()> {
    if python()?.is_none() {
        return Ok(());
    }
    for answered in [false, true] {
        let place = Place::take()?;
        write_sounds(&place)?;
        let switch = Switch::start(&place, &(configuration(&place) + &house()))?;
        let phones = phones(&place, 4)?;
        meet(&place, &phones[..2])?;
        ears(&phones, &[&["bob"], &["alice"]])?;
        switch.tell(&["room", "invite", "daily", "phone:carol"])?;
        let room = switch.ask(&["rooms", "daily", "--json"])?[0]["call"].clone();
        let room = room.as_str().context("the room's call")?;
        switch.tell(&["call", "transfer", room, "phone:dave", "--party", "phone:bob"])?;
        phones[2].rings(1)?;
        phones[3].rings(1)?;
        if answered {
            phones[2].tell("answer 1")?;
            phones[3].tell("answer 1")?;
            ears(&phones, &[&["carol"], &["dave"], &["alice"], &["bob"]])?;
        }
        let config = switch.config().to_path_buf();
        // Old enough to be on disk.
        std::thread::sleep(Duration::from_millis(1_000));
        switch.kill()?;
        let switch = Switch::start_again(&place, &config)?;
        for phone in &phones {
            phone.is_over(1)?;
        }
        let calls = switch.ask(&["calls", "--json", "--limit", "1000"])?;
        let calls = calls.as_array().context("calls")?;
        let ids: BTreeSet<&str> = calls.iter().filter_map(|call| call["call"].as_str()).collect();
        let of = |outcome: &str| calls.iter().filter(|call| call["outcome"] == outcome).count();
        ensure!((calls.len(), ids.len()) == (3, 3), "the room, bob's way there, his way from there: {calls:#?}");
        ensure!((of("node_lost"), of("joined")) == (2, 1), "{calls:#?}");
        let told = switch.ask(&["calls", "--json", "--call", room])?;
        let seats = told[0]["seats"].as_array().context("seats")?;
        let whole = |seat: &Value| seat["room"] == "daily" && seat["since"].is_i64() && seat["until"].is_i64();
        let who: BTreeSet<&str> = seats.iter().filter_map(|seat| seat["who"].as_str()).collect();
        let there =
            if answered { vec!["phone:alice", "phone:bob", "phone:carol"] } else { vec!["phone:alice", "phone:bob"] };
        ensure!(seats.iter().all(whole) && who == there.into_iter().collect(), "{told:#}");
        switch.stop()?;
    }
    Ok(())
}
