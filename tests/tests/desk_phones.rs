//! What desk phones do within a call, with PJSIP at both ends: provisional answers confirmed, sessions kept alive and
//! changed, held and taken up again, and keys pressed both ways.

use anyhow::{Result, ensure};
use e2e::pjsip::{Pjsip, python};
use e2e::place::Place;
use e2e::sound::Sound;
use e2e::stage::{configuration, write_sounds};
use e2e::switch::Switch;
use serde_json::json;

/// RFC 3262, 3311, 3264, 4028, 4733, and keys by INFO.
#[test]
fn two_desk_phones_talk_hold_refresh_and_press_keys() -> Result<()> {
    if python()?.is_none() {
        return Ok(());
    }
    let place = Place::take()?;
    let prompts = write_sounds(&place)?;
    let config = configuration(&place) + "\n[sip]\nsession_expires = \"10m\"\nsession_min = \"2m\"\n";
    let switch = Switch::start(&place, &config)?;
    let [alice_says, bob_says] = ["alice", "bob"].map(|name| Sound::new(name, 12.0));
    let all = [&alice_says, &bob_says, &prompts.music];
    let strict = json!({ "prack": true, "timer": 120 });
    let alice = Pjsip::start(&place, 0, "alice", "wonderland", &alice_says, strict)?;
    let bob = Pjsip::start(&place, 1, "bob", "builder", &bob_says, json!({ "timer": 1_800 }))?;

    alice.tell(&format!("dial sip:102@{}", place.switch()))?;
    bob.rings(1)?;
    alice.state(1, "early")?;
    bob.tell("answer 1")?;
    alice.state(1, "confirmed")?;
    bob.state(1, "confirmed")?;
    alice.hears_only(1, &bob_says, &all)?;
    bob.hears_only(1, &alice_says, &all)?;
    // Alice takes no provisional answer that she cannot confirm, and asks for two minutes; the switch refreshes or has her do so.
    let answers = alice.got("SIP/2.0 ");
    let ringing = answers.iter().find(|answer| answer.starts_with("SIP/2.0 180")).expect("it rang");
    ensure!(ringing.contains("\r\nRSeq: ") && ringing.contains("100rel"), "{ringing}");
    ensure!(answers.iter().any(|answer| answer.contains("PRACK") && answer.starts_with("SIP/2.0 200")), "{answers:#?}");
    let answer = answers.iter().find(|answer| answer.contains("Session-Expires: ")).expect("a timer");
    ensure!(answer.contains("Session-Expires: 120;refresher="), "{answer}");

    let asked = bob.got("INVITE ").pop().expect("an INVITE");
    ensure!(asked.contains("\r\nSession-Expires: 600\r\n") && asked.contains("\r\nMin-SE: 120\r\n"), "{asked}");

    // A new offer by UPDATE, as PJSIP makes it, and one by re-INVITE.
    for order in ["update 1", "reinvite 1"] {
        alice.tell(order)?;
        alice.event(json!({"event": "media", "call": 1, "media": "active"}))?;
        alice.hears_only(1, &bob_says, &all)?;
        bob.hears_only(1, &alice_says, &all)?;
    }

    // Who holds hears nobody; who is held does not hear him.
    bob.tell("hold 1")?;
    bob.event(json!({"event": "media", "call": 1, "media": "held here"}))?;
    ensure!(bob.hears(1, &all, 800)?.is_empty(), "who holds hears nobody");
    let held = alice.hears(1, &all, 800)?;
    ensure!(!held.contains(&"bob".to_owned()), "{held:?}");
    bob.tell("resume 1")?;
    bob.event(json!({"event": "media", "call": 1, "media": "active"}))?;
    alice.hears_only(1, &bob_says, &all)?;
    bob.hears_only(1, &alice_says, &all)?;

    // Keys in the sound arrive as keys in the sound.
    for (from, to, digits) in [(&alice, &bob, "19*"), (&bob, &alice, "4#0")] {
        from.tell(&format!("keys 1 {digits}"))?;
        for key in digits.chars() {
            to.event(json!({"event": "key", "key": key.to_string(), "how": "rfc4733"}))?;
        }
    }
    bob.tell("hangup 1")?;
    alice.is_over(1)?;
    bob.is_over(1)?;
    // A reload holds for the next call.
    std::fs::write(switch.config(), config.replace("\"10m\"", "\"20m\""))?;
    switch.tell(&["reload"])?;
    alice.tell(&format!("dial sip:102@{}", place.switch()))?;
    bob.rings(2)?;
    let asked = bob.got("INVITE ").pop().expect("an INVITE");
    ensure!(asked.contains("\r\nSession-Expires: 1200\r\n"), "{asked}");
    bob.tell("busy 2")?;
    alice.is_over(2)?;
    let calls = switch.ended_calls(2)?;
    assert_eq!((&calls[0]["outcome"], &calls[0]["ended_by"]), (&"answered".into(), &"callee".into()), "{calls:#?}");
    switch.stop()
}
