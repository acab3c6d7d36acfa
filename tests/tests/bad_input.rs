//! What strangers, fools and attackers send to the real process: each gets the right answer, nothing
//! panics, and what runs goes on running.

use anyhow::{Context, Result};
use e2e::baresip::{Account, Baresip};
use e2e::proof::holds;
use e2e::raw::{Raw, description, over_tcp};
use e2e::sound::Sound;
use e2e::stage::{DIRECT, PATIENCE, Stage, Talk};
use e2e::voice::Voice;
use std::path::{Path, PathBuf};
use std::time::Duration;

fn pause(ms: u64) {
    std::thread::sleep(Duration::from_millis(ms));
}

#[test]
fn a_strangers_call_is_refused_and_leaves_no_record() -> Result<()> {
    let stage = Stage::set()?;
    let stranger = Raw::open(stage.place.stranger(), stage.switch.address())?;
    let body = description(stage.place.stranger(), 9_000, "0 8");
    for (call, number) in [("s1", DIRECT), ("s2", "101"), ("s3", "+15005550000")] {
        let status = stranger.invite(number, call, "", &body)?.status();
        assert!(matches!(status, Some(401 | 403 | 407)), "{number}: {status:?}");
    }
    pause(300);
    assert_eq!(stage.switch.calls()?.len(), 0);
    stage.switch.stop()
}

#[test]
fn a_wrong_password_and_an_unknown_user_get_the_same_answer() -> Result<()> {
    let mut stage = Stage::set()?;
    let mut answers = Vec::new();
    for (number, user) in [(0, "alice"), (1, "mallory")] {
        let phone = Baresip::start(&stage.place, number, &Account::new(user, "guessed"), &Sound::new("x", 1.0))?;
        phone.refused()?;
        // With what comes back compared word for word, but for what must differ.
        let log = phone.log();
        let lines = log.lines().skip_while(|line| !line.starts_with("SIP/2.0")).filter(|line| {
            let word = line.split([' ', ':']).next().unwrap_or("");
            ["SIP/2.0", "WWW-Authenticate", "Server", "Reason", "Warning", "Retry-After"].contains(&word)
        });
        let plain =
            lines.map(|line| line.split(',').filter(|part| !part.contains("nonce=")).collect::<Vec<_>>().join(","));
        answers.push(plain.take(4).collect::<Vec<_>>());
    }
    assert!(answers[0].iter().any(|line| line.contains("401") || line.contains("403")), "{answers:#?}");
    assert_eq!(answers[0], answers[1]);
    stage.wire()?;
    stage.switch.stop()
}

/// The messages of RFC 4475 and RFC 5118, as they are, at the real process.
#[test]
fn torture_messages_do_not_hurt_a_call_that_is_up() -> Result<()> {
    let stage = Stage::set()?;
    let voice = stage.voice()?;
    let call = stage.dial(0, DIRECT, &voice)?;
    voice.wait_to_hear(&stage.sounds.music, PATIENCE)?;
    let peers = [stage.place.stranger(), stage.place.carrier()];
    let mut files = Vec::new();
    for folder in ["rfc4475", "rfc5118"] {
        gather(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/sip/tests/torture").join(folder), &mut files)?;
    }
    assert!(files.len() >= 49, "{}", files.len());
    for (number, file) in files.iter().enumerate() {
        let bytes = std::fs::read(file)?;
        for address in peers {
            let raw = Raw::open(address, stage.switch.address())?;
            raw.send(&bytes)?;
            // Halves and fragments too.
            raw.send(&bytes[..bytes.len() / 2])?;
            raw.alive(&format!("alive{number}")).with_context(|| file.display().to_string())?;
        }
        over_tcp_quickly(&stage, &bytes)?;
    }
    stage.switch.check()?;
    voice.wait_to_hear(&stage.sounds.music, PATIENCE)?;
    call.hang_up()?;
    call.finish(PATIENCE)?;
    let calls = stage.switch.ended_calls(1)?;
    assert!(calls.iter().any(|call| call["outcome"] == "abandoned"), "{calls:#?}");
    stage.switch.stop()
}

/// Streams are closed at once: only that the switch bears it is asked.
fn over_tcp_quickly(stage: &Stage, bytes: &[u8]) -> Result<()> {
    use std::io::Write;
    let mut stream = std::net::TcpStream::connect(stage.switch.address())?;
    let _ = stream.write_all(bytes);
    Ok(())
}

fn gather(folder: &Path, files: &mut Vec<PathBuf>) -> Result<()> {
    for entry in std::fs::read_dir(folder).with_context(|| folder.display().to_string())? {
        let path = entry?.path();
        if path.is_dir() {
            gather(&path, files)?;
        } else if path.extension().is_none_or(|extension| extension != "md" && extension != "rs") {
            files.push(path);
        }
    }
    files.sort();
    Ok(())
}

#[test]
fn noise_on_a_stream_ends_that_stream_and_no_other() -> Result<()> {
    let stage = Stage::set()?;
    let bob = stage.bob()?;
    let endless = [b"INVITE sip:x SIP/2.0\r\nX: ".as_slice(), &vec![b'a'; 200_000]].concat();
    let long = b"OPTIONS sip:x SIP/2.0\r\nContent-Length: 99999999999\r\n\r\n".to_vec();
    let binary: Vec<u8> = (0..5_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 24) as u8).collect();
    for bytes in [endless, long, binary, b"\r\n\r\n\r\n\r\n".to_vec(), vec![0; 4_000]] {
        let _ = over_tcp(stage.switch.address(), &bytes)?;
    }
    stage.switch.check()?;
    let voice = stage.voice()?;
    let call = stage.dial(0, DIRECT, &voice)?;
    bob.event("CALL_INCOMING", 1)?;
    call.hang_up()?;
    call.finish(PATIENCE)?;
    stage.switch.stop()
}

#[test]
fn session_descriptions_without_sense_or_common_codec_are_refused() -> Result<()> {
    let mut stage = Stage::set()?;
    let carrier = stage.place.carrier();
    let raw = Raw::open(carrier, stage.switch.address())?;
    let line = "m=audio 9000 RTP/AVP 18\r\na=rtpmap:18 G729/8000\r\n";
    let unknown = description(carrier, 9_000, "18");
    let many = description(carrier, 9_000, "18") + &line.repeat(400);
    let video = description(carrier, 9_000, "0").replace("m=audio", "m=video");
    let torn = "v=0\r\no=- 1 1 IN IP4\r\nm=audio\r\n".to_string();
    let wild = description(carrier, 9_000, "0 8").replace("m=audio 9000", "m=audio 99999999");
    for (name, body) in [("unknown", unknown), ("many", many), ("video", video), ("torn", torn), ("wild", wild)] {
        let response = raw.invite(DIRECT, name, "", &body)?;
        let allowed: &[u16] = if matches!(name, "torn" | "wild") { &[400, 488] } else { &[488] };
        assert!(response.status().is_some_and(|status| allowed.contains(&status)), "{name}: {}", response.start);
    }
    let calls = stage.switch.ended_calls(5)?;
    assert!(calls.iter().all(|call| call["outcome"] == "failed"), "{calls:#?}");
    stage.wire()?;
    stage.switch.stop()
}

#[test]
fn sound_from_a_third_party_is_not_heard() -> Result<()> {
    let mut stage = Stage::set()?;
    let Talk { alice, voice, call } = stage.alice_talks()?;
    pause(500);
    let intruder = Sound::new("intruder", 10.0);
    let attack = Voice::open(stage.place.stranger(), &intruder, e2e::g711::Law::A)?;
    attack.talk_to(voice.received().from);
    pause(2_000);
    call.hang_up()?;
    call.finish(PATIENCE)?;
    assert_eq!(attack.received().packets.len(), 0, "the intruder is sent nothing");
    holds(&alice.heard()?[0], &stage.sounds.caller, &[&intruder], 2_000.0)?;
    stage.switch.ended_calls(1)?;
    stage.wire()?;
    stage.switch.stop()
}
