//! Chromium and a desk phone: sound both ways, a page that is loaded anew in mid-call without a click, and another network.
//! Needs Node, playwright-core and Chromium, which `cargo xtask test` brings; the network needs root.

#![allow(
    clippy::disallowed_methods,
    clippy::disallowed_types,
    clippy::unwrap_used,
    reason = "a test has a clock, sockets and files"
)]

#[path = "chromium/desk.rs"]
mod desk;
#[path = "chromium/drive.rs"]
mod drive;
#[path = "chromium/http.rs"]
mod http;
#[path = "chromium/network.rs"]
mod network;

use desk::Desk;
use drive::{CHROMIUM, Chromium, packages};
use network::Network;
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// What the page's microphone hears, and what the phone hums.
const SPOKEN: f64 = 1_000.0;
const HUMMED: f64 = 440.0;
const PATIENCE: Duration = Duration::from_secs(20);

/// A second of a tone, which Chromium plays into its microphone over and over.
fn tone(folder: &Path) -> PathBuf {
    let path = folder.join("tone.wav");
    let samples: Vec<u8> = (0..48_000)
        .flat_map(|place| {
            let angle = std::f64::consts::TAU * SPOKEN * f64::from(place) / 48_000.0;
            ((12_000.0 * angle.sin()) as i16).to_le_bytes()
        })
        .collect();
    let mut wav = b"RIFF".to_vec();
    wav.extend((36 + samples.len() as u32).to_le_bytes());
    wav.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0\x80\xbb\0\0\0\x77\x01\0\x02\0\x10\0data");
    wav.extend((samples.len() as u32).to_le_bytes());
    wav.extend(samples);
    std::fs::write(&path, wav).expect("a file");
    path
}

fn assert_sound_both_ways(desk: &Desk, chromium: &mut Chromium, since: Instant) {
    let share = desk.hears(since, SPOKEN, PATIENCE);
    assert!(share > 0.7, "of what the phone hears, {share:.2} is the page's tone");
    let share = chromium.ask(&format!("proof.share({HUMMED})")).as_f64().expect("a number");
    assert!(share > 0.7, "of what the page hears, {share:.2} is the phone's tone");
    assert_eq!(chromium.ask("proof.audio.paused"), false, "it is decoded, and not played");
    assert_eq!(chromium.ask("proof.events.includes('blocked')"), false);
}

/// A desk on this machine, and a page of its.
struct Stage {
    desk: Arc<Desk>,
    chromium: Chromium,
    url: String,
    _folder: tempfile::TempDir,
}

impl Stage {
    fn set() -> Option<Stage> {
        Stage::with(&[])
    }

    fn with(flags: &[String]) -> Option<Stage> {
        let packages = packages()?;
        let folder = tempfile::tempdir().expect("a folder");
        let here: IpAddr = [127, 0, 0, 1].into();
        let desk = Arc::new(Desk::start(here, HUMMED));
        let url = format!("http://{}/", http::serve(here, desk.clone()));
        let chromium = Chromium::start(&packages, &tone(folder.path()), None, flags);
        Some(Stage { desk, chromium, url, _folder: folder })
    }

    /// The same with a page that has sound both ways.
    fn talking() -> Option<Stage> {
        let mut stage = Stage::set()?;
        stage.chromium.open(&stage.url);
        stage.assert_talks();
        Some(stage)
    }

    fn assert_talks(&mut self) {
        self.chromium.wait(UP, PATIENCE);
        assert_sound_both_ways(&self.desk, &mut self.chromium, Instant::now());
    }
}

const UP: &str = "window.proof?.events.at(-1) === 'up'";

#[test]
fn sound_goes_both_ways_and_again_after_each_reload_without_a_click() {
    let Some(mut stage) = Stage::talking() else { return };
    for round in 2..=6 {
        let since = Instant::now();
        stage.chromium.reload();
        stage.chromium.wait(UP, PATIENCE);
        stage.chromium.wait("proof.audio.currentTime > 0 && !proof.audio.paused", PATIENCE);
        stage.assert_talks();
        let gap = stage.desk.gap(since);
        eprintln!("reload {round}: {} ms without sound", gap.as_millis());
        assert!(gap < Duration::from_secs(4), "{gap:?}");
        assert_eq!(
            (stage.desk.page().0, stage.desk.legs()),
            (Some(round), 1),
            "the newest has it, the others have none"
        );
    }
}

#[test]
fn the_newest_tab_has_the_leg_and_the_one_before_lets_go_and_may_take_it_back() {
    let Some(mut stage) = Stage::talking() else { return };
    for (newest, former, epoch) in [(1, 0, 2), (0, 1, 3)] {
        stage.chromium.tab = newest;
        stage.chromium.open(&stage.url);
        stage.assert_talks();
        assert_eq!((stage.desk.page().0, stage.desk.legs()), (Some(epoch), 1));
        stage.chromium.tab = former;
        stage.chromium.wait("proof.events.at(-1) === 'superseded'", PATIENCE);
        assert_eq!(stage.chromium.ask("proof.audio.srcObject"), serde_json::Value::Null, "and it is silent");
    }
}

#[test]
fn sound_goes_on_while_nobody_answers_the_pages_questions() {
    let Some(mut stage) = Stage::talking() else { return };
    let since = Instant::now();
    stage.desk.answers(false);
    std::thread::sleep(Duration::from_secs(4));
    stage.assert_talks();
    stage.desk.answers(true);
    let gap = stage.desk.gap(since);
    assert!(gap < Duration::from_secs(1), "{gap:?}");
    assert_eq!(stage.desk.page().2, 1, "one handshake");
}

#[test]
fn a_browser_that_slept_longer_than_its_consent_lasts_talks_again_by_itself() {
    let Some(mut stage) = Stage::talking() else { return };
    stage.chromium.sleeps(true);
    std::thread::sleep(Duration::from_secs(17));
    stage.chromium.sleeps(false);
    let woken = Instant::now();
    assert!(stage.desk.hears(woken, SPOKEN, PATIENCE) > 0.7);
    eprintln!("woken: heard for half a second after {} ms", woken.elapsed().as_millis());
    stage.assert_talks();
    assert_eq!(stage.desk.page().0, Some(1), "the same page");
}

#[test]
fn keys_of_the_page_come_as_telephone_events_and_it_understands_the_other_law() {
    let Some(mut stage) = Stage::talking() else { return };
    stage.desk.talks_pcmu();
    stage.chromium.ask("proof.leg.press('59#')");
    let began = Instant::now();
    while stage.desk.keys() != [5, 9, 11] {
        assert!(began.elapsed() < PATIENCE, "{:?}", stage.desk.keys());
        std::thread::sleep(Duration::from_millis(20));
    }
    stage.assert_talks();
}

#[test]
fn a_muted_page_sends_silence_and_one_whose_microphone_went_speaks_into_the_next() {
    let Some(mut stage) = Stage::talking() else { return };
    stage.chromium.ask("proof.microphone.muted = true");
    std::thread::sleep(Duration::from_millis(300));
    let share = stage.desk.hears(Instant::now(), SPOKEN, PATIENCE);
    assert!(share < 0.1, "packets come, and {share:.2} of them is what it speaks");
    stage.chromium.ask("proof.microphone.muted = false");
    std::thread::sleep(Duration::from_millis(300));
    assert!(stage.desk.hears(Instant::now(), SPOKEN, PATIENCE) > 0.7);

    // As the browser tells it when a headset is pulled out.
    stage.chromium.ask("proof.former = proof.microphone.track; proof.former.stop()");
    stage.chromium.ask("proof.former.dispatchEvent(new Event('ended'))");
    stage.chromium.wait("proof.microphone.alive && proof.microphone.track !== proof.former", PATIENCE);
    std::thread::sleep(Duration::from_millis(300));
    stage.assert_talks();
    assert_eq!(stage.desk.page().2, 1, "without another offer");
}

#[test]
fn a_page_that_is_denied_the_microphone_says_so_and_has_its_leg_all_the_same() {
    let Some(mut stage) = Stage::with(&["--use-fake-ui-for-media-stream=deny".into()]) else { return };
    stage.chromium.open(&stage.url);
    stage.chromium.wait("window.proof?.events.includes('denied') && proof.events.includes('up')", PATIENCE);
    assert_eq!(stage.desk.page().0, Some(1));
}

#[test]
fn one_tab_holds_the_voice_until_it_goes_or_another_takes_it() {
    let Some(mut stage) = Stage::talking() else { return };
    let holds = "proof.holdVoice({ lost: () => proof.events.push('lost voice') }).then((release) => release !== null)";
    assert_eq!(stage.chromium.ask(holds), true);
    stage.chromium.tab = 1;
    stage.chromium.open(&stage.url);
    stage.chromium.wait(UP, PATIENCE);
    assert_eq!(stage.chromium.ask(holds), false, "the other one has it");
    assert_eq!(stage.chromium.ask("proof.holdVoice({ steal: true }).then((release) => release !== null)"), true);
    stage.chromium.tab = 0;
    stage.chromium.wait("proof.events.includes('lost voice')", PATIENCE);
    stage.chromium.ask("void proof.voiceIsFree().then(() => proof.events.push('free'))");
    stage.chromium.tab = 1;
    stage.chromium.reload();
    stage.chromium.tab = 0;
    stage.chromium.wait("proof.events.includes('free')", PATIENCE);
}

#[test]
fn a_page_on_another_network_is_heard_again_by_the_same_leg() {
    let Some((packages, network)) = packages().and_then(|packages| Some((packages, Network::take()?))) else { return };
    let folder = tempfile::tempdir().expect("a folder");
    let desk = Arc::new(Desk::start(network.here(), HUMMED));
    let place = http::serve(network.here(), desk.clone());
    let within = network.program(folder.path(), CHROMIUM);
    // Elsewhere than on this machine a page gets a microphone over https only, or by this flag.
    let secure = format!("--unsafely-treat-insecure-origin-as-secure=http://{place}");
    let mut chromium = Chromium::start(&packages, &tone(folder.path()), Some(&within), &[secure]);
    chromium.open(&format!("http://{place}/"));
    chromium.wait(UP, PATIENCE);
    assert_sound_both_ways(&desk, &mut chromium, Instant::now());
    let (_, before, _) = desk.page();

    let since = Instant::now();
    network.moves(2, 3);
    while desk.page().1 == before {
        assert!(since.elapsed() < PATIENCE, "nothing comes from the other network");
        std::thread::sleep(Duration::from_millis(20));
    }
    chromium.wait(UP, PATIENCE);
    assert_sound_both_ways(&desk, &mut chromium, Instant::now());
    let gap = desk.gap(since);
    eprintln!("another network: {} ms without sound", gap.as_millis());
    assert!(gap < Duration::from_secs(5), "{gap:?}");
    assert_eq!((desk.page().0, desk.page().2), (Some(1), 1), "the same leg, with the keys that it had");
}

#[test]
fn a_page_without_a_microphone_listens_after_a_click_where_the_browser_wants_one() {
    let Some(Stage { mut chromium, url, desk: _desk, _folder }) = Stage::set() else { return };
    chromium.open(&format!("{url}?listen"));
    // Chromium is not always of the same mind: where sound comes before it asks, it plays.
    const PLAYS: &str = "window.proof?.audio.currentTime > 0 && !proof.audio.paused";
    chromium.wait(&format!("window.proof?.events.includes('blocked') || ({PLAYS})"), PATIENCE);
    if chromium.ask("proof.events.includes('blocked')") == true {
        assert_eq!(chromium.ask("proof.audio.paused"), true);
        chromium.click("body");
    }
    chromium.wait(PLAYS, PATIENCE);
    let share = chromium.ask(&format!("proof.share({HUMMED})")).as_f64().expect("a number");
    assert!(share > 0.7, "of what the page hears, {share:.2} is the phone's tone");
    assert_eq!(chromium.ask("proof.microphone.track"), serde_json::Value::Null, "it was not asked for");
}
