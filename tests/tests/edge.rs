//! SIP over TLS and by WebSockets, with phones, a carrier and a page that nobody here made: they register, call and are
//! called; a carrier who cannot prove his name gets nothing, nor does a page of another site; a handshake that fails is told.

use anyhow::{Context, Result, ensure};
use e2e::baresip::Baresip;
use e2e::browser::driver;
use e2e::openssl::{Authority, Shown};
use e2e::pjsip::{Pjsip, python};
use e2e::place::Place;
use e2e::running::{Running, wait_for};
use e2e::sound::Tone;
use e2e::stage::{PATIENCE, configuration, write_sounds};
use e2e::switch::{Switch, ask};
use serde_json::{Value, json};
use std::io::Write as _;
use std::net::TcpStream;
use std::path::Path;
use std::process::{ChildStdin, Command};
use xtask::node;

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

/// Pages with SIP.js, where there is a browser and the library.
fn pages(place: &Place) -> Result<Option<(Running, ChildStdin)>> {
    let Some((program, packages)) = driver()? else { return Ok(None) };
    let target = packages.parent().context("the target folder")?;
    if !node::has(target, node::SIP) {
        ensure!(std::env::var_os("CI").is_none(), "no SIP.js: `cargo xtask test` installs it");
        eprintln!("SKIPPED: no SIP.js here: `cargo xtask test` installs it");
        return Ok(None);
    }
    let switch = place.switch();
    let wishes = json!({
        "user": "bob", "password": "builder", "host": switch, "server": format!("wss://{switch}:8089"),
        "writes": format!("sip:101@{switch}"),
    });
    let mut command = Command::new(program);
    command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("sipjs/page.mjs"));
    command.arg(&packages).arg(node::CHROMIUM).arg(wishes.to_string()).env("HOME", place.folder());
    let errors = place.path("pages.log")?;
    let (run, orders, output) = Running::talking(&mut command, &errors)?;
    let told = place.path("pages.txt")?;
    std::thread::spawn(move || std::io::copy(&mut { output }, &mut std::fs::File::create(told)?));
    Ok(Some((run, orders)))
}

#[test]
fn a_page_over_a_secure_websocket_registers_is_written_to_writes_and_is_called() -> Result<()> {
    if python()?.is_none() {
        return Ok(());
    }
    let place = Place::take()?;
    write_sounds(&place)?;
    let authority = Authority::new(&place)?;
    let shown = authority.vouch("switch", &format!("IP:{}", place.switch()))?;
    let listen = format!("[listen]\nwss = \"{}:8089\"\norigins = [\"https://phone.example.org\"]\n", place.switch());
    let switch = Switch::start(&place, &secured(&place, &shown).replacen("[listen]\n", &listen, 1))?;
    let Some((_run, _orders)) = pages(&place)? else { return Ok(()) };
    let told = |what: &str| {
        let seen = || std::fs::read_to_string(place.folder().join("pages.txt")).unwrap_or_default();
        let errors = || std::fs::read_to_string(place.folder().join("pages.log")).unwrap_or_default();
        let is_there = || seen().lines().any(|line| line.contains(what));
        wait_for(what, PATIENCE, is_there).with_context(|| format!("{}{}{}", seen(), errors(), switch.log()))
    };
    told("turned away")?;
    ensure!(switch.log().contains("a page of \"https://evil.example\" may not"), "{}", switch.log());
    told("registered")?;
    let alice = Pjsip::start(&place, 0, "alice", "wonderland", &ALICE.sound(), json!({}))?;
    alice.tell(&format!("write sip:102@{} good morning", place.switch()))?;
    told("good morning")?;
    alice.event(json!({"event": "text", "text": "heard good morning"}))?;
    alice.tell(&format!("dial sip:102@{}", place.switch()))?;
    told("invited")?;
    let over = alice.is_over(1)?;
    ensure!(over["status"] == 486, "{over}");
    let to_page = passed(&switch)?.into_iter().filter(|(transport, _)| transport == "Wss").collect::<Vec<_>>();
    let requests = |method: &str| to_page.iter().filter(|(_, text)| text.starts_with(method)).count();
    ensure!(requests("INVITE ") == 1 && requests("MESSAGE ") >= 2 && requests("REGISTER ") >= 2, "{to_page:?}");
    switch.stop()
}
