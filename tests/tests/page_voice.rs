//! An agent talks from his page, in Chromium with a microphone that speaks a tone and without the flag that plays everything:
//! a PJSIP caller rings him, both hear each other, and go on doing so when the page loads anew, another tab takes the call
//! over, or its socket is cut. Without a microphone the page says so, and all else goes on.

use anyhow::{Context, Result, ensure};
use e2e::browser::Browser;
use e2e::http::Request;
use e2e::pjsip::{Pjsip, python};
use e2e::place::Place;
use e2e::running::wait_for;
use e2e::sound::{Sound, loudness};
use e2e::switch::{Switch, ask};
use serde_json::json;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering::SeqCst};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// What the microphone hears, and what the caller says.
const SPOKEN: f64 = 1_000.0;
const CALLER: f64 = 440.0;
/// A tone is there, or is not: what a browser's noise suppression leaves of it, and what is left of none.
const THERE: f64 = 300.0;
const NOT_THERE: f64 = 60.0;
const PATIENCE: Duration = Duration::from_secs(20);
const WORDS: &str = "four words of one's own";
const RATE: usize = 8_000;

fn config(place: &Place, pages: SocketAddr) -> String {
    let (switch, folder) = (place.switch(), place.folder().display());
    format!(
        r#"
[listen]
udp = "{switch}:5060"
rtp = "16384-16483"
pages = "{switch}:16000"
[console]
listen = "{pages}"
[storage]
database = "sqlite:{folder}/strowger.db"
recordings = "{folder}/recordings"
control = "{folder}/strowger.sock"
[[phone]]
user = "alice"
password = "wonderland"
digest = "MD5"
[[phone]]
user = "anna"
page = true
[[agent]]
name = "anna"
ready = "at start"
[[queue]]
name = "support"
agents = ["anna"]
ring = "30s"
wrap_up = "90s"
[[route]]
from = "*"
to = "500"
go = "queue:support"
[[user]]
name = "anna"
roles = ["agent"]
"#
    )
}

/// What the page hears, as a share of one tone's in half a second of it.
const SHARE: &str = "(async (hertz) => { \
    const [track] = document.getElementById('heard').srcObject.getAudioTracks(); \
    const reader = new MediaStreamTrackProcessor({ track: track.clone() }).readable.getReader(); \
    const heard = []; let rate = 48000; \
    while (heard.length < rate / 2) { const { value } = await reader.read(); rate = value.sampleRate; \
      const samples = new Float32Array(value.numberOfFrames); value.copyTo(samples, { planeIndex: 0, format: 'f32-planar' }); \
      heard.push(...samples); value.close(); } \
    await reader.cancel(); \
    let [re, im, all] = [0, 0, 0]; const end = Math.floor(heard.length / (rate / 20)) * (rate / 20); \
    for (let at = 0; at < end; at += 1) { const turn = (2 * Math.PI * hertz * at) / rate; \
      re += heard[at] * Math.cos(turn); im += heard[at] * Math.sin(turn); all += heard[at] ** 2; } \
    return all < 1e-3 ? 0 : (2 * (re * re + im * im)) / end / all; })";

/// Lets everything through to a port, or cuts what goes through and lets nothing.
struct Cut {
    address: SocketAddr,
    open: Arc<AtomicBool>,
    through: Arc<Mutex<Vec<TcpStream>>>,
}

impl Cut {
    fn before(to: SocketAddr) -> Result<Cut> {
        let listener = TcpListener::bind("127.0.0.1:0")?;
        let address = listener.local_addr()?;
        let (open, through) = (Arc::new(AtomicBool::new(true)), Arc::new(Mutex::new(Vec::new())));
        let (is_open, kept) = (open.clone(), through.clone());
        std::thread::spawn(move || {
            for one in listener.incoming().flatten().filter(|_| is_open.load(SeqCst)) {
                let Ok(other) = TcpStream::connect(to) else { continue };
                for (from, into) in [(&one, &other), (&other, &one)] {
                    let (Ok(from), Ok(into)) = (from.try_clone(), into.try_clone()) else { continue };
                    std::thread::spawn(move || pass(from, into));
                }
                kept.lock().unwrap_or_else(PoisonError::into_inner).extend([one, other]);
            }
        });
        Ok(Cut { address, open, through })
    }

    fn cut(&self) {
        self.open.store(false, SeqCst);
        for stream in self.through.lock().unwrap_or_else(PoisonError::into_inner).drain(..) {
            let _closed_already = stream.shutdown(std::net::Shutdown::Both);
        }
    }

    fn mend(&self) {
        self.open.store(true, SeqCst);
    }
}

fn pass(mut from: TcpStream, mut into: TcpStream) {
    let mut buffer = [0; 16_384];
    while let Ok(length @ 1..) = from.read(&mut buffer) {
        if into.write_all(buffer.get(..length).unwrap_or_default()).is_err() {
            break;
        }
    }
    let _closed_already = into.shutdown(std::net::Shutdown::Both);
}

/// A switch, a caller, and Anna at her desk.
struct House {
    switch: Switch,
    alice: Pjsip,
    browser: Browser,
    cut: Cut,
    calls: u32,
    place: Place,
}

/// None where there is no browser, or no PJSIP.
fn house(flags: &[&str]) -> Result<Option<House>> {
    if python()?.is_none() {
        return Ok(None);
    }
    let place = Place::take()?;
    let spoken = place.path("spoken.wav")?;
    Sound::tone("spoken", SPOKEN, 10.0).write_wav(&spoken)?;
    let speaks = format!("--use-file-for-fake-audio-capture={}", spoken.display());
    let flags: Vec<String> = flags
        .iter()
        .map(|flag| (*flag).to_owned())
        .chain(["--use-fake-device-for-media-stream".to_owned(), speaks])
        .collect();
    let Some(mut browser) = Browser::with(&place, &flags)? else { return Ok(None) };
    let pages = TcpListener::bind("127.0.0.1:0")?.local_addr()?;
    let switch = Switch::start(&place, &config(&place, pages))?;
    let cut = Cut::before(pages)?;
    let alice = Pjsip::start(&place, 1, "alice", "wonderland", &Sound::tone("alice", CALLER, 10.0), json!({}))?;
    browser.begin((1280, 800), "light", "en-GB")?;
    sit_down(&mut browser, &switch, pages, cut.address)?;
    Ok(Some(House { switch, alice, browser, cut, calls: 0, place }))
}

/// Anna comes in by her link, and opens her desk.
fn sit_down(browser: &mut Browser, switch: &Switch, pages: SocketAddr, by: SocketAddr) -> Result<()> {
    let said = ask(switch.config(), &["user", "invite", "anna"])?;
    let said = String::from_utf8(said.stdout)?;
    let path = said.split_whitespace().find_map(|word| word.find("/join/").and_then(|at| word.get(at..)));
    let path = path.with_context(|| said.clone())?;
    wait_for("the account tells of the link", PATIENCE, || {
        Request::get(path).send(pages).is_ok_and(|page| page.status == 200)
    })?;
    browser.go(&format!("http://{by}{path}"))?;
    browser.write("#password", WORDS)?;
    browser.write("#again", WORDS)?;
    browser.click("button[type=submit]")?;
    ensure!(browser.go(&format!("http://{by}/desk"))? == 200, "a desk");
    browser.until("document.body.dataset.fresh === 'live'", PATIENCE)
}

const VOICE: &str = "document.getElementById('voice').dataset.state";
const MODE: &str = "document.getElementById('frame').dataset.mode";

impl House {
    fn voice(&mut self, state: &str) -> Result<()> {
        self.browser.until(&format!("{VOICE} === '{state}'"), PATIENCE)
    }

    fn mode(&mut self, mode: &str) -> Result<()> {
        let so = self.browser.until(&format!("{MODE} === '{mode}'"), PATIENCE);
        so.or_else(|why| {
            let said = self.browser.look("document.getElementById('said').textContent")?;
            anyhow::bail!("{why}: {said}")
        })
    }

    fn starts(&mut self) -> Result<()> {
        self.browser.click("#voice-do")?;
        self.voice("on")?;
        wait_for("she can be rung", PATIENCE, || self.is_reachable().unwrap_or(false))
    }

    fn is_reachable(&self) -> Result<bool> {
        let status = self.switch.ask(&["status", "--json"])?;
        Ok(status["agents"][0]["state"] == "ready")
    }

    /// Alice rings, and Anna takes it by a key.
    fn talk(&mut self) -> Result<()> {
        self.calls += 1;
        self.alice.tell(&format!("dial sip:500@{}", self.place.switch()))?;
        self.mode("offered")?;
        self.browser.until("!document.getElementById('answer').disabled", PATIENCE)?;
        self.browser.press("F2")?;
        self.mode("talking")?;
        self.alice.state(self.calls, "confirmed")?;
        self.both_hear()
    }

    fn heard_by_alice(&self, ms: u64) -> Result<Vec<i16>> {
        self.alice.records(self.calls, ms)
    }

    fn both_hear(&mut self) -> Result<()> {
        let mut last = 0.0;
        wait_for("alice hears the page", PATIENCE, || {
            last = self.heard_by_alice(1_000).map_or(0.0, |sound| loudness(&sound, SPOKEN));
            last > THERE
        })
        .with_context(|| format!("{last}"))?;
        let mut share = 0.0;
        wait_for("the page hears alice", PATIENCE, || {
            share = self.browser.look(&format!("{SHARE}({CALLER})")).ok().and_then(|it| it.as_f64()).unwrap_or(0.0);
            share > 0.6
        })
        .with_context(|| format!("{share}"))?;
        let played = self.browser.look("!document.getElementById('heard').paused")?;
        ensure!(played == true, "it is decoded, and not played");
        Ok(())
    }

    fn alice_hears_nothing(&self) -> Result<()> {
        let mut last = f64::MAX;
        wait_for("alice hears nothing of the page", PATIENCE, || {
            last = self.heard_by_alice(1_000).map_or(f64::MAX, |sound| loudness(&sound, SPOKEN));
            last < NOT_THERE
        })
        .with_context(|| format!("{last}"))
    }

    fn ends(&mut self) -> Result<()> {
        self.browser.press("F9")?;
        self.mode("wrap_up")?;
        self.alice.is_over(self.calls)?;
        Ok(())
    }

    /// How long alice heard nothing of the page at a stretch while this was done.
    fn gap(&mut self, ms: u64, deed: impl FnOnce(&mut Browser) -> Result<()>) -> Result<Duration> {
        let (alice, calls, browser) = (&self.alice, self.calls, &mut self.browser);
        let sound = std::thread::scope(|scope| {
            let recorded = scope.spawn(move || alice.records(calls, ms));
            std::thread::sleep(Duration::from_millis(300));
            deed(browser)?;
            recorded.join().map_err(|_| anyhow::anyhow!("a thread"))?
        })?;
        let pieces = sound.chunks_exact(RATE / 50).map(|piece| loudness_of_piece(piece) < THERE);
        let (longest, _) =
            pieces.fold((0, 0), |(longest, now), gap| if gap { (longest.max(now + 1), now + 1) } else { (longest, 0) });
        Ok(Duration::from_millis(20 * longest))
    }
}

/// The tone's amplitude in 20 ms.
fn loudness_of_piece(piece: &[i16]) -> f64 {
    let turn = std::f64::consts::TAU * SPOKEN / RATE as f64;
    let (re, im) = piece.iter().enumerate().fold((0.0, 0.0), |(re, im), (n, sample)| {
        let (angle, sample) = (turn * n as f64, f64::from(*sample));
        (re + sample * angle.cos(), im + sample * angle.sin())
    });
    2.0 * f64::hypot(re, im) / piece.len() as f64
}

/// The browser asks nobody whether the page may hear.
const ALLOWED: &[&str] = &["--use-fake-ui-for-media-stream"];

#[test]
fn an_agent_takes_a_call_in_the_page_and_it_goes_on_while_the_page_loads_anew() -> Result<()> {
    let Some(mut house) = house(ALLOWED)? else { return Ok(()) };
    house.starts()?;
    ensure!(
        house.browser.look("document.getElementById('voice-is').textContent")? == "On. Nobody hears you between calls."
    );
    house.talk()?;
    house.browser.press("F8")?;
    house.alice_hears_nothing()?;
    house.browser.press("F8")?;
    house.both_hear()?;
    house.browser.press("F4")?;
    house.mode("held")?;
    house.alice_hears_nothing()?;
    house.browser.press("F4")?;
    house.mode("talking")?;
    house.both_hear()?;
    // A quarter of a second where the machine has nothing else to do.
    let gap = house.gap(13_000, Browser::reload)?;
    eprintln!("loaded anew: {} ms without sound", gap.as_millis());
    ensure!(gap > Duration::ZERO && gap < Duration::from_secs(4), "{gap:?}");
    house.voice("on")?;
    house.mode("talking")?;
    house.both_hear()?;
    house.ends()?;
    let errors = house.browser.errors()?;
    ensure!(errors.is_empty(), "{errors:?}");
    house.switch.stop()
}

#[test]
fn another_tab_takes_the_call_over_and_a_cut_socket_costs_no_sound() -> Result<()> {
    let Some(mut house) = house(ALLOWED)? else { return Ok(()) };
    house.starts()?;
    house.talk()?;
    house.browser.tab(1)?;
    let desk = format!("http://{}/desk", house.cut.address);
    house.browser.go(&desk)?;
    house.mode("talking")?;
    house.browser.click("#voice-do")?;
    house.voice("elsewhere")?;
    house.browser.click("#voice-do")?;
    house.voice("on")?;
    house.both_hear()?;
    house.browser.tab(0)?;
    house.voice("elsewhere")?;
    ensure!(house.browser.look("document.getElementById('heard').srcObject")?.is_null(), "and it is silent");
    house.browser.tab(1)?;
    let cut = &house.cut;
    cut.cut();
    house.browser.until("document.body.dataset.fresh === 'stale'", PATIENCE)?;
    house.both_hear()?;
    house.cut.mend();
    house.browser.until("document.body.dataset.fresh === 'live'", PATIENCE)?;
    house.both_hear()?;
    house.ends()?;
    house.switch.stop()
}

#[test]
fn a_page_that_may_not_hear_says_so_and_all_else_goes_on() -> Result<()> {
    let Some(mut house) = house(&["--use-fake-ui-for-media-stream=deny"])? else { return Ok(()) };
    house.browser.click("#voice-do")?;
    house.voice("denied")?;
    let said = house.browser.look("document.getElementById('voice-is').textContent")?;
    ensure!(said.as_str().is_some_and(|said| said.contains("Allow the microphone")), "{said}");
    ensure!(!house.is_reachable()?, "nobody is rung who cannot talk");
    house.browser.click("#pause")?;
    house.browser.click("#pauses button[data-key='0']")?;
    house.browser.until("document.getElementById('pause').getAttribute('aria-pressed') === 'true'", PATIENCE)?;
    house.switch.stop()
}
