//! SIP over TLS, with phones and a carrier that nobody here made: they register, call and are called; a carrier who cannot
//! prove his name gets nothing; a handshake that fails is told.

use anyhow::{Context, Result, ensure};
use e2e::baresip::Baresip;
use e2e::openssl::{Authority, Shown};
use e2e::pjsip::{Pjsip, python};
use e2e::place::Place;
use e2e::running::wait_for;
use e2e::sound::Tone;
use e2e::stage::{PATIENCE, configuration, write_sounds};
use e2e::switch::{Switch, ask};
use serde_json::{Value, json};
use std::io::Write as _;
use std::net::TcpStream;
use std::process::Command;

const ALICE: Tone = Tone::new("alice", 450);
const BOB: Tone = Tone::new("bob", 700);

/// The common configuration with SIP over TLS beside it.
fn secured(place: &Place, shown: &Shown) -> String {
    let switch = place.switch();
    let listen = format!("[listen]\ntls = \"{switch}:5061\"\n");
    let config = configuration(place).replacen("[listen]\n", &listen, 1);
    let (certificate, key) = (shown.certificate.display(), shown.key.display());
    format!("{config}\n[tls]\ncertificate = \"{certificate}\"\nkey = \"{key}\"\n")
}

/// What passed, as `strowger trace` has it: over which transport, and the text.
fn passed(switch: &Switch) -> Result<Vec<(String, String)>> {
    let seen = switch.ask(&["trace", "--last", "500", "--json"])?;
    let messages = seen["messages"].as_array().context("messages")?;
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    Ok(messages.iter().map(|message| (text(&message["transport"]), text(&message["text"]))).collect())
}

#[test]
fn phones_over_tls_register_and_call_each_other_and_the_wire_says_so() -> Result<()> {
    if python()?.is_none() {
        return Ok(());
    }
    let place = Place::take()?;
    write_sounds(&place)?;
    let authority = Authority::new(&place)?;
    let shown = authority.vouch("switch", &format!("IP:{}", place.switch()))?;
    let switch = Switch::start(&place, &secured(&place, &shown))?;
    let line = format!(
        "<sip:alice@{}:5061;transport=tls>;auth_user=alice;auth_pass=wonderland;regint=60;answermode=manual\n",
        place.switch()
    );
    let alice = Baresip::start_as(&place, 0, &line, &ALICE.sound())?;
    alice.registered()?;
    let tls = json!({ "tls": { "authority": authority.file } });
    let bob = Pjsip::start(&place, 0, "bob", "builder", &BOB.sound(), tls)?;
    let status = switch.status()?;
    ensure!(status["registered"] == 2 || status.to_string().contains("\"tls\""), "{status}");

    bob.tell(&format!("dial sip:101@{}:5061;transport=tls", place.switch()))?;
    alice.event("CALL_INCOMING", 1)?;
    alice.command("accept", "")?;
    bob.state(1, "confirmed")?;
    bob.hears_tones(1, &["alice"], &[ALICE, BOB])?;
    bob.tell("hangup 1")?;
    bob.is_over(1)?;
    alice.event("CALL_CLOSED", 1)?;

    alice.command("dial", &format!("sip:102@{}:5061;transport=tls", place.switch()))?;
    bob.state(2, "incoming")?;
    bob.tell("answer 2")?;
    bob.hears_tones(2, &["alice"], &[ALICE, BOB])?;
    bob.tell("hangup 2")?;
    alice.event("CALL_CLOSED", 2)?;

    let passed = passed(&switch)?;
    ensure!(passed.len() > 20 && passed.iter().all(|(transport, _)| transport == "Tls"), "{passed:?}");
    let invites = || passed.iter().filter(|(_, text)| text.starts_with("INVITE "));
    ensure!(invites().all(|(_, text)| text.contains("SIP/2.0/TLS ")), "{passed:?}");
    ensure!(invites().all(|(_, text)| text.to_lowercase().contains("transport=tls")), "{passed:?}");
    switch.stop()
}

/// PJSIP as a carrier who shows this.
fn carrier(place: &Place, nth: u8, shown: &Shown) -> Result<Pjsip> {
    let tls = json!({ "tls": { "certificate": shown.certificate, "key": shown.key } });
    Pjsip::start(place, nth, "carrier", "", &BOB.sound(), tls)
}

#[test]
fn a_carrier_over_tls_is_called_if_it_proves_its_name_and_gets_nothing_if_it_does_not() -> Result<()> {
    if python()?.is_none() {
        return Ok(());
    }
    let place = Place::take()?;
    write_sounds(&place)?;
    let authority = Authority::new(&place)?;
    let shown = authority.vouch("switch", &format!("IP:{}", place.switch()))?;
    let right = carrier(&place, 5, &authority.vouch("right", "DNS:sip.right.example")?)?;
    let wrong = carrier(&place, 6, &authority.vouch("wrong", "DNS:sip.right.example")?)?;
    let (right_at, wrong_at) = (place.device(5), place.device(6));
    let more = format!(
        r#"
[sip]
authorities = "authority.pem"

[[trunk]]
name = "right"
target = "tls:{right_at}"
host = "sip.right.example"
country = "44"

[[trunk]]
name = "wrong"
target = "tls:{wrong_at}"
host = "sip.wrong.example"
country = "44"

[[route]]
from = "phone:alice"
to = "+441"
go = "trunk:right"

[[route]]
from = "phone:alice"
to = "+442"
go = "trunk:wrong"
"#
    );
    let switch = Switch::start(&place, &(secured(&place, &shown) + &more))?;
    let tls = json!({ "tls": { "authority": authority.file } });
    let alice = Pjsip::start(&place, 0, "alice", "wonderland", &ALICE.sound(), tls)?;
    alice.tell(&format!("dial sip:+441@{}:5061;transport=tls", place.switch()))?;
    right.state(1, "incoming")?;
    right.tell("answer 1")?;
    alice.state(1, "confirmed")?;
    right.hears_tones(1, &["alice"], &[ALICE, BOB])?;
    right.tell("hangup 1")?;
    right.is_over(1)?;
    alice.is_over(1)?;
    alice.tell(&format!("dial sip:+442@{}:5061;transport=tls", place.switch()))?;
    alice.is_over(2)?;
    ensure!(wrong.count(&json!({"event": "state"})) == 0, "not a word of SIP:\n{}", wrong.log());
    ensure!(!wrong.log().contains("INVITE sip"), "{}", wrong.log());
    let log = switch.log();
    ensure!(log.contains("sip.wrong.example") && log.contains("no connection over TLS"), "{log}");
    switch.stop()
}

#[test]
fn a_handshake_that_fails_is_told_with_what_was_offered_and_counted() -> Result<()> {
    let place = Place::take()?;
    write_sounds(&place)?;
    let authority = Authority::new(&place)?;
    let shown = authority.vouch("switch", &format!("IP:{}", place.switch()))?;
    let switch = Switch::start(&place, &secured(&place, &shown))?;
    let old = format!("openssl s_client -connect {}:5061 -tls1_1 -cipher ALL:@SECLEVEL=0 </dev/null", place.switch());
    Command::new("sh").args(["-c", &old]).output().context("openssl")?;
    TcpStream::connect((place.switch(), 5061))?.write_all(b"OPTIONS sip:a SIP/2.0\r\n\r\n")?;
    wait_for("who speaks no TLS in the log", PATIENCE, || switch.log().contains("offered: no TLS"))?;
    wait_for("the failure in the log", PATIENCE, || switch.log().contains("offered: TLS 1.1"))?;
    let status = String::from_utf8_lossy(&ask(switch.config(), &["status", "--json"])?.stdout).into_owned();
    ensure!(status.contains("handshakes failed"), "{status}");
    switch.stop()
}
