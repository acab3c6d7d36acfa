//! Recordings: sent by parts to who may hear them, drawn as waves, and each hearing written down.
#![allow(clippy::unwrap_used)] // A test; clippy sees only the functions marked so.

#[path = "../../ledger/tests/desk/mod.rs"]
mod desk;
mod stand;

use call::cdr::{CallRecord, Entry, Outcome, Recording};
use console::access::proof;
use control::{Pass, Verb};
use desk::{happened, record};
use ledger::{AuditFilter, Item, Name};
use serde_json::Value;
use stand::{Made, Stand, until};
use std::io::Read as _;
use std::path::Path;
use terms::{CallRef, CaptureId, QueueId, Wall};

/// A second of two sides.
const FRAMES: usize = 8_000;

fn status(answer: &[u8]) -> String {
    String::from_utf8_lossy(answer).split(' ').nth(1).unwrap_or_default().to_owned()
}

/// Its head in small letters, and its body.
fn parted(answer: &[u8]) -> (String, &[u8]) {
    let at = answer.windows(4).position(|four| four == b"\r\n\r\n").unwrap();
    (String::from_utf8_lossy(&answer[..at]).to_lowercase(), &answer[at + 4..])
}

fn wav() -> Vec<u8> {
    let samples = (0..FRAMES).flat_map(|n| [if n < FRAMES / 2 { 12_800_i16 } else { 0 }, -2_560]);
    let data: Vec<u8> = samples.flat_map(i16::to_le_bytes).collect();
    let long = |n: usize| u32::try_from(n).unwrap().to_le_bytes();
    let mut wav = [b"RIFF", &long(36 + data.len())[..], b"WAVEfmt ", &long(16)].concat();
    wav.extend([1, 0, 2, 0].iter().chain(&long(8_000)).chain(&long(32_000)).chain(&[4, 0, 16, 0]).copied());
    [&wav, &b"data"[..], &long(data.len()), &data].concat()
}

fn closed(call: u64, queue: &str) -> Item {
    let queue = Some(QueueId::of(queue));
    let now = stand::now().wall;
    let of = CallRecord { queue, capture: Some(CaptureId(call)), started: now, ..*record(call, Outcome::Answered) };
    happened(Entry::Closed(Box::new(of)))
}

fn captured(call: u64, file: &str) -> Item {
    let summary = media::CaptureSummary { file: file.into(), duration_ms: 1_000, gap_ms: 0, fault: None };
    let (capture, call, started) = (CaptureId(call), CallRef(call), Wall::from_millis(2_000));
    happened(Entry::Captured(Box::new(Recording { capture, call, started, summary, tracks: vec![] })))
}

/// r1 of support is whole; r2's file is gone; r3 is not finished; r4 would be elsewhere.
fn open(folder: &Path) -> Stand {
    std::fs::create_dir_all(folder.join("recordings/2026-11-28")).unwrap();
    std::fs::write(folder.join("recordings/2026-11-28/r1.wav"), wav()).unwrap();
    std::fs::write(folder.join("secret.wav"), wav()).unwrap();
    let mut stand = Stand::made(folder, Made::default());
    stand.desk.push(Item::Name(Box::new(Name::queue("support"))));
    for (call, file) in [(1, "2026-11-28/r1.wav"), (2, "2026-11-28/r2.wav"), (4, "../secret.wav")] {
        stand.desk.push_all([closed(call, "support"), captured(call, file)]);
    }
    stand.desk.push(closed(3, "support"));
    for (name, role, queue) in
        [("all", "auditor", None), ("lead", "supervisor", None), ("sales", "auditor", Some("sales"))]
    {
        let queues = queue.into_iter().map(str::to_owned).collect();
        let pass = Pass { roles: vec![role.into()], queues, ..Pass::default() };
        stand.order(Verb::Token { name: name.into(), proof: proof(&format!("stw_{name}")), pass });
    }
    until("all is posted", || {
        status(&get(&stand, "sales", "/r1/sound", "")) == "404" && status(&get(&stand, "all", "/r3/sound", "")) == "409"
    });
    stand
}

fn get(stand: &Stand, token: &str, rest: &str, headers: &str) -> Vec<u8> {
    let headers = format!("Authorization: Bearer stw_{token}\r\nConnection: close\r\n{headers}");
    let mut answer = vec![];
    let _ = stand.send(&format!("GET /api/v1/recordings{rest}"), &headers).read_to_end(&mut answer);
    answer
}

/// Who has heard what, as the audit tells, the newest first.
fn heard(stand: &Stand) -> Vec<String> {
    let all = stand.desk.runtime.block_on(stand.desk.reader.audit(&AuditFilter::default(), 100)).unwrap();
    let heard = all.iter().filter(|entry| entry.what.starts_with("recording"));
    heard
        .map(|it| format!("{} {} {} {}", it.by, it.what, it.subject["recording"], it.address.as_deref().unwrap_or("-")))
        .collect()
}

#[test]
fn a_recording_is_sent_by_the_parts_that_a_player_asks_for() {
    let folder = tempfile::tempdir().unwrap();
    let stand = open(folder.path());
    let whole = wav();
    let answer = get(&stand, "all", "/r1/sound", "");
    let (head, body) = parted(&answer);
    assert!(head.starts_with("http/1.1 200 ") && head.contains("content-type: audio/wav"), "{head}");
    assert!(head.contains("accept-ranges: bytes") && head.contains("cache-control: no-store"), "{head}");
    assert!(!head.contains("content-disposition"), "{head}");
    assert_eq!(body, whole);
    for (range, part, said) in [
        ("bytes=0-43", 0..44, "bytes 0-43/32044"),
        ("bytes=32000-", 32_000..32_044, "bytes 32000-32043/32044"),
        ("bytes=-4", 32_040..32_044, "bytes 32040-32043/32044"),
    ] {
        let answer = get(&stand, "lead", "/r1/sound", &format!("Range: {range}\r\n"));
        let (head, body) = parted(&answer);
        assert!(head.starts_with("http/1.1 206 ") && head.contains(&format!("content-range: {said}")), "{head}");
        assert_eq!(body, &whole[part]);
    }
    let outside = get(&stand, "all", "/r1/sound", "Range: bytes=40000-\r\n");
    assert_eq!(status(&outside), "416");
    assert!(parted(&outside).0.contains("content-range: bytes */32044"));
    stand.close();
}

#[test]
fn who_hears_a_recording_and_who_takes_it_away_is_asked_apart_and_written_down() {
    let folder = tempfile::tempdir().unwrap();
    let stand = open(folder.path());
    assert_eq!(status(&get(&stand, "sales", "/r1/sound", "")), "404", "another queue's is not there");
    assert_eq!(status(&get(&stand, "sales", "/r1/peaks", "")), "404");
    assert_eq!(status(&stand.ask("GET /api/v1/recordings/r1/sound", "").into_bytes()), "401");
    assert_eq!(status(&get(&stand, "lead", "/r1/sound?download=1", "")), "403", "he hears it, and takes nothing away");
    assert_eq!(heard(&stand), [""; 0]);
    for range in ["bytes=0-", "bytes=100-200", "bytes=0-1"] {
        assert_eq!(status(&get(&stand, "lead", "/r1/sound", &format!("Range: {range}\r\n"))), "206");
    }
    let saved = get(&stand, "all", "/r1/sound?download=1", "");
    assert!(parted(&saved).0.contains("content-disposition: attachment; filename=\"c1-r1.wav\""));
    let lines =
        ["user:token:all recording_saved \"r1\" 127.0.0.1", "user:token:lead recording_played \"r1\" 127.0.0.1"];
    until("both are in the audit, and each once", || heard(&stand) == lines);
    stand.close();
}

#[test]
fn one_that_is_not_there_says_why_and_no_name_leads_out_of_the_folder() {
    let folder = tempfile::tempdir().unwrap();
    let stand = open(folder.path());
    for (recording, wanted, code) in [
        ("r2", "410", "recording-gone"),
        ("r3", "409", "recording-unfinished"),
        ("r4", "410", "recording-gone"),
        ("r9", "404", "not-found"),
        ("x", "404", "not-found"),
        ("..%2f..%2fsecret", "404", "not-found"),
    ] {
        for what in ["sound", "peaks"] {
            let answer = get(&stand, "all", &format!("/{recording}/{what}"), "");
            let (head, body) = parted(&answer);
            assert!(head.starts_with(&format!("http/1.1 {wanted} ")), "{recording} {what}: {head}");
            assert_eq!(serde_json::from_slice::<Value>(body).unwrap()["code"], code, "{recording} {what}");
        }
    }
    assert_eq!(heard(&stand), [""; 0], "nobody heard anything");
    let peaks: Value = serde_json::from_slice(parted(&get(&stand, "lead", "/r1/peaks", "")).1).unwrap();
    assert_eq!(peaks["duration_ms"], 1_000);
    let [caller, agent] = [0, 1].map(|side| &peaks["tracks"][side]);
    assert_eq!((&caller["high"][999], &caller["high"][1_000]), (&50.into(), &0.into()));
    assert_eq!((&agent["low"][0], &agent["low"][1_999]), (&(-10).into(), &(-10).into()));
    stand.close();
}
