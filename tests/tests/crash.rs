//! kill -9 with calls up: what the next start finds, repairs and says.
//!
//! STROWGER_KILLS is how often (3; the nightly run says 50).

use anyhow::{Context, Result, ensure};
use e2e::crowd::Crowd;
use e2e::place::Place;
use e2e::raw::{Raw, description};
use e2e::running::wait_for;
use e2e::sound::{ms, read_wav};
use e2e::stage::{DIRECT, PATIENCE, Stage, Talk, configuration, write_sounds};
use e2e::switch::{Switch, ask};
use e2e::wire::sip::Message;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::time::{Duration, Instant};

/// Calls that are up when the switch is killed.
const CALLS: usize = 500;
/// Everything is back within this time.
const BACK: Duration = Duration::from_secs(10);

fn number(name: &str, default: usize) -> usize {
    std::env::var(name).ok().and_then(|text| text.parse().ok()).unwrap_or(default)
}

fn every_call(config: &Path) -> Result<Vec<Value>> {
    let output = ask(config, &["calls", "--json", "--limit", "1000000"])?;
    ensure!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8_lossy(&output.stdout);
    match serde_json::from_str(&text) {
        Ok(Value::Array(calls)) => Ok(calls),
        _ => Ok(text.lines().map(serde_json::from_str).collect::<Result<_, _>>()?),
    }
}

#[test]
fn after_kill_9_with_500_calls_every_leg_gets_bye_and_every_call_has_one_record() -> Result<()> {
    let place = Place::take()?;
    write_sounds(&place)?;
    let mut crowd = Crowd::open(&place)?;
    let mut switch = Switch::start(&place, &crowd.configuration(&place)?)?;
    let config = switch.config().to_path_buf();
    switch.tell(&["agent", "pause", "alice", "--reason", "lunch"])?;
    switch.tell(&["agent", "logout", "bob"])?;
    let (kills, wanted) = (number("STROWGER_KILLS", 3), number("STROWGER_CALLS", CALLS));
    // Recordings and the switch's own files share the descriptors with the calls.
    let room = switch.status()?["calls_max"].as_u64().context("calls_max")? as usize * 9 / 10;
    let calls = wanted.min(room);
    if calls < wanted {
        println!("ONLY {calls} calls instead of {wanted}: the descriptor limit here (`ulimit -Hn`) allows no more");
    }
    for kill in 0..kills {
        crowd.forget();
        crowd
            .dial_all(&format!("kill{kill}-"), calls, 250, |nth| format!("{}{nth:04}", if nth < 20 { 8 } else { 7 }))?;
        (0..20).try_for_each(|nth| crowd.talk(&format!("kill{kill}-{nth}")))?;
        // One call is over before: its phones hear nothing more of it.
        let first = format!("kill{kill}-{}", calls - 1);
        crowd.hang_up(&first)?;
        crowd.wait("the end of one call", PATIENCE, |crowd| crowd.calls[&first].over)?;
        // Old enough to be on disk: 20 ms are promised; a crowded machine stops whole processes for longer.
        crowd.pump(Duration::from_millis(1_500))?;
        switch.kill()?;
        crowd.pump(Duration::from_millis(100))?;
        let begun = Instant::now();
        switch = Switch::start_again(&place, &config)?;
        let agents = switch.status()?["agents"].clone();
        ensure!(agents[0]["status"] == "not_ready" && agents[0]["reason"] == "lunch", "{agents:#}");
        ensure!(agents[1]["status"] == "logged_out", "{agents:#}");
        crowd.wait("BYE at both sides of every call", BACK, |crowd| {
            crowd.calls.values().all(|call| call.byes > 0 || call.over)
                && crowd.rings.values().all(|ring| ring.byes > 0)
        })?;
        println!("kill {kill}: back, and BYE at both sides of {calls} calls, after {:?}", begun.elapsed());
        ensure!(begun.elapsed() < BACK, "{:?}", begun.elapsed());
        let twice = crowd.calls.values().map(|call| call.byes).chain(crowd.rings.values().map(|ring| ring.byes));
        println!("kill {kill}: {} BYEs came twice", twice.filter(|byes| *byes > 1).count());
        ensure!(crowd.calls[&first].byes == 0, "a call that had ended is disturbed");
        let records = every_call(&config)?;
        let mut outcomes: BTreeMap<&str, usize> = BTreeMap::new();
        for record in &records {
            *outcomes.entry(record["outcome"].as_str().unwrap_or_default()).or_default() += 1;
        }
        let ids: BTreeSet<&str> = records.iter().filter_map(|record| record["sip_call_id"].as_str()).collect();
        ensure!(records.len() == calls * (kill + 1) && ids.len() == records.len(), "{} records", records.len());
        ensure!(outcomes.get("node_lost") == Some(&((calls - 1) * (kill + 1))), "{outcomes:?}");
        recordings(&config, &place.folder().join("recordings"), &records, 20.min(calls) * (kill + 1))?;
    }
    // It serves on, and whoever hung up before the next death is left in peace.
    crowd.forget();
    crowd.dial_all("after", 20, 100, |nth| format!("7{nth}"))?;
    crowd.hang_up_all()?;
    crowd.pump(Duration::from_millis(500))?;
    switch.kill()?;
    switch = Switch::start_again(&place, &config)?;
    crowd.pump(Duration::from_millis(500))?;
    ensure!(crowd.calls.values().all(|call| call.byes == 0) && crowd.rings.values().all(|ring| ring.byes == 1));
    switch.stop()
}

/// So many recordings were made; each can be played, is in the account with what is wrong with it, and has the digest
/// of what is there.
fn recordings(config: &Path, folder: &Path, records: &[Value], count: usize) -> Result<()> {
    let mut made = vec![];
    wait_for("the recordings in the account", BACK, || {
        let records = every_call(config).unwrap_or_default();
        made = records.into_iter().filter(|record| record["recording"].is_string()).collect();
        made.len() >= count
    })
    .with_context(|| format!("{} of {count}", made.len()))?;
    ensure!(made.len() == count, "{} recordings of {count} in {} records", made.len(), records.len());
    for record in &made {
        let file = folder.join(record["recording"].as_str().context("a file")?);
        let bytes = std::fs::read(&file)?;
        let told = u32::from_le_bytes(bytes[40..44].try_into()?) as usize;
        ensure!(told + 44 == bytes.len(), "{}: the header says {told} of {}", file.display(), bytes.len() - 44);
        let length = ms(read_wav(&file)?[0].len());
        ensure!(length > 500.0, "{}: {length} ms", file.display());
    }
    for record in made.iter().rev().take(3) {
        let call = record["call"].as_str().context("a call")?;
        let mut told = Value::Null;
        wait_for("the digest of a salvaged recording", BACK, || {
            let output = ask(config, &["calls", "--json", "--call", call]).ok();
            told = output.and_then(|output| serde_json::from_slice(&output.stdout).ok()).unwrap_or_default();
            told[0]["recordings"][0]["sha256"].is_string()
        })
        .with_context(|| format!("{told:#}"))?;
        let recording = &told[0]["recordings"][0];
        ensure!(recording["fault"].as_str().is_some_and(|fault| fault.contains("cut off")), "{recording:#}");
        let file = folder.join(recording["file"].as_str().context("a file")?);
        let digest = std::process::Command::new("sha256sum").arg(&file).output()?;
        let digest = String::from_utf8_lossy(&digest.stdout).into_owned();
        ensure!(digest.starts_with(recording["sha256"].as_str().context("a digest")?), "{digest} {recording:#}");
    }
    Ok(())
}

#[test]
fn a_real_phone_hangs_up_by_itself_after_the_switch_died_and_is_still_registered() -> Result<()> {
    let stage = Stage::set()?;
    let Talk { alice, voice: _listens, call } = stage.alice_talks()?;
    let config = stage.switch.config().to_path_buf();
    let known = |call: &Value| call["connected"].is_number() && call["phone_name"].is_string();
    let talks = || every_call(&config).ok().filter(|calls| calls.first().is_some_and(known));
    wait_for("the running call in the account", BACK, || talks().is_some())?;
    let running = talks().context("it runs")?;
    ensure!(running[0]["answered"].is_number() && running[0]["phone_name"] == "alice", "{:#}", running[0]);
    stage.switch.kill()?;
    let switch = Switch::start_again(&stage.place, &config)?;
    let told = ask(&config, &["calls", "--json", "--call", running[0]["call"].as_str().context("a call")?])?;
    let told: Value = serde_json::from_slice(&told.stdout)?;
    let hows: Vec<_> = told[0]["legs"].as_array().context("legs")?.iter().map(|leg| &leg["how"]).collect();
    ensure!(hows == ["node_lost", "node_lost"] && told[0]["phone_name"] == "alice", "{told:#}");
    // SIPp ends well when the switch hangs up on it.
    call.finish(BACK)?;
    alice.event("CALL_CLOSED", 1)?;
    let again = stage_dial(&stage.place, &stage.sounds, &switch)?;
    alice.event("CALL_INCOMING", 2)?;
    again.hang_up()?;
    again.finish(PATIENCE)?;
    ensure!(alice.count("REGISTER_OK") <= 1, "alice registered again: the test proves nothing");
    switch.stop()
}

#[test]
fn real_phones_that_ring_when_the_switch_is_killed_stop_and_the_caller_may_try_elsewhere() -> Result<()> {
    let stage = Stage::set_with(|config, _| {
        config + "\n[[route]]\nfrom = \"trunk:carrier\"\nto = \"7\"\ngo = \"phone:bob\"\n"
    })?;
    // Alice over UDP, for a caller whom the queue has answered; bob over TCP, for one who hears ringback.
    let (alice, bob) = (stage.alice()?, stage.bob()?);
    stage.switch.tell(&["agent", "pause", "bob"])?;
    let carrier = stage.place.carrier();
    let waiting = Raw::open(carrier, stage.switch.address())?;
    let response = waiting.invite(DIRECT, "waiting", "", &description(carrier, 9_000, "8"))?;
    waiting.send(waiting.within("ACK", DIRECT, "waiting", &response).as_bytes())?;
    let calling = Raw::open(carrier, stage.switch.address())?;
    calling.send(calling.request("INVITE", "7", "calling", "", &description(carrier, 9_002, "8")).as_bytes())?;
    alice.event("CALL_INCOMING", 1)?;
    bob.event("CALL_INCOMING", 1)?;
    std::thread::sleep(Duration::from_millis(500));
    let config = stage.switch.config().to_path_buf();
    stage.switch.kill()?;
    let switch = Switch::start_again(&stage.place, &config)?;
    let begun = Instant::now();
    alice.event("CALL_CLOSED", 1)?;
    bob.event("CALL_CLOSED", 1)?;
    ensure!(begun.elapsed() < BACK, "they rang on for {:?}", begun.elapsed());
    let refusal = calling.last(BACK).context("nothing is said to the caller")?;
    ensure!(refusal.status() == Some(503), "{}", refusal.start);
    calling.send(calling.within("ACK", "7", "calling", &refusal).replace("z9hG4bKACK", "z9hG4bK").as_bytes())?;
    let bye = waiting.receive(BACK).context("no BYE for the caller in the queue")?;
    ensure!(bye.method() == "BYE", "{}", bye.start);
    let copy = |name: &str| format!("{name}: {}\r\n", bye.header(name).unwrap_or_default());
    let head: String = ["via", "from", "to", "call-id", "cseq"].into_iter().map(copy).collect();
    waiting.send(format!("SIP/2.0 200 OK\r\n{head}Content-Length: 0\r\n\r\n").as_bytes())?;
    // Nothing is owed to anybody any more: a third start has nothing to say.
    std::thread::sleep(Duration::from_millis(500));
    switch.kill()?;
    let switch = Switch::start_again(&stage.place, &config)?;
    ensure!(!switch.log().contains("their phones get BYE"), "{}", switch.log());
    switch.stop()
}

/// Reads one message from a stream; it carries no second one.
fn read_message(stream: &mut TcpStream) -> Result<Message> {
    let (here, there) = (stream.local_addr()?, stream.peer_addr()?);
    let mut bytes = vec![];
    let mut piece = [0; 4_096];
    loop {
        if let Some(message) = Message::parse(0.0, there, here, &bytes)
            && message.header("content-length").and_then(|length| length.parse().ok()) == Some(message.body.len())
        {
            return Ok(message);
        }
        let length = stream.read(&mut piece)?;
        ensure!(length > 0, "the stream ended");
        bytes.extend(&piece[..length]);
    }
}

#[test]
fn a_phone_whose_tcp_connection_died_with_the_switch_gets_bye_over_a_new_one() -> Result<()> {
    let place = Place::take()?;
    write_sounds(&place)?;
    let desk = TcpListener::bind((place.carrier(), 0))?;
    let here = desk.local_addr()?;
    let config = configuration(&place);
    let phone = format!("[[phone]]\nuser = \"desk\"\ncontact = \"tcp:{here}\"\n");
    let route = "[[route]]\nfrom = \"trunk:carrier\"\nto = \"7*\"\ngo = \"phone:desk\"\n";
    let switch = Switch::start(&place, &format!("{config}\n{phone}\n{route}"))?;
    let mut crowd = Crowd::open(&place)?;
    crowd.dial("one", "77")?;
    let (mut stream, _) = desk.accept()?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let invite = read_message(&mut stream)?;
    let copy = |name: &str| format!("{name}: {}\r\n", invite.header(name).unwrap_or_default());
    let body = description(here.ip(), 9_000, "8");
    let head: String = ["via", "from", "call-id", "cseq"].into_iter().map(copy).collect();
    let to = invite.header("to").context("To")?;
    let answer = format!(
        "SIP/2.0 200 OK\r\n{head}To: {to};tag=desk\r\nContact: <sip:desk@{here};transport=tcp>\r\n\
         Content-Type: application/sdp\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    );
    stream.write_all(answer.as_bytes())?;
    ensure!(read_message(&mut stream)?.method() == "ACK");
    crowd.wait("the caller's answer", PATIENCE, |crowd| crowd.established() == 1)?;
    crowd.pump(Duration::from_millis(500))?;
    let config = switch.config().to_path_buf();
    switch.kill()?;
    let switch = Switch::start_again(&place, &config)?;
    let (mut stream, _) = desk.accept()?;
    stream.set_read_timeout(Some(PATIENCE))?;
    let bye = read_message(&mut stream)?;
    ensure!(bye.method() == "BYE" && bye.call_id() == invite.call_id(), "{}", bye.start);
    ensure!(bye.tag("to") == Some("desk") && bye.tag("from") == invite.tag("from"), "{bye:?}");
    crowd.wait("BYE at the caller", BACK, |crowd| crowd.calls["one"].byes == 1)?;
    switch.stop()
}

fn stage_dial(place: &Place, sounds: &e2e::stage::Sounds, switch: &Switch) -> Result<e2e::sipp::Sipp> {
    let voice = e2e::voice::Voice::open(place.carrier(), &sounds.caller, e2e::g711::Law::A)?;
    e2e::sipp::Sipp::dial(place, 2, switch.address(), &e2e::sipp::Dial::new(place, DIRECT, &voice))
}
