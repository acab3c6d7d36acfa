//! The pages, in Chromium, before the demo: they show what `strowger status` says, move, say when they are out of date, can be
//! used by everybody, and fit.

use anyhow::{Context, Result, ensure};
use e2e::browser::Browser;
use e2e::place::Place;
use e2e::running::{Running, wait_for};
use e2e::switch::{ask, binary};
use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// The board moves within so long.
const MOVES: Duration = Duration::from_secs(10);
const PATIENCE: Duration = Duration::from_secs(20);
/// The values of a board's tiles.
const VALUES: &str = "[...document.querySelectorAll('.value')].map((value) => value.textContent)";

/// A demo, its link and its configuration.
struct Demo {
    run: Running,
    link: String,
    config: PathBuf,
}

impl Demo {
    fn open(place: &Place) -> Result<Demo> {
        let folders = place.path("tmp/x")?.parent().context("a folder")?.to_owned();
        let mut command = Command::new(binary()?);
        command.arg("demo").current_dir(place.folder()).env("TMPDIR", &folders);
        let mut run = Running::start(&mut command, &place.path("demo.log")?)?;
        wait_for("the demo's welcome", PATIENCE, || run.output().contains("Ctrl-C ends it") || !run.runs())?;
        ensure!(run.runs(), "{}", run.output());
        let text = run.output();
        let word = |begin: &str| text.split_whitespace().find(|word| word.starts_with(begin)).map(str::to_owned);
        let config = text.split("--config ").nth(1).and_then(|rest| rest.lines().next()).context("no configuration")?;
        Ok(Demo { link: word("http://127.0.0.1:").context("no link")?, config: config.into(), run })
    }

    fn page(&self, path: &str) -> Result<String> {
        Ok(format!("{}{path}", self.link.split("/k/").next().context("an origin")?))
    }

    fn status(&self) -> Result<Value> {
        let output = ask(&self.config, &["status", "--json"])?;
        serde_json::from_slice(&output.stdout).with_context(|| String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

/// A demo and a browser that its link has let in; nothing where there is no browser.
fn both(place: &Place) -> Result<Option<(Demo, Browser)>> {
    let Some(mut browser) = Browser::start(place)? else { return Ok(None) };
    let demo = Demo::open(place)?;
    browser.begin((1280, 800), "light", "en-GB")?;
    ensure!(browser.go(&demo.link)? == 200, "the link does not let in");
    Ok(Some((demo, browser)))
}

/// The same of a queue or an agent, from the API and from the status: what both have.
fn same(api: &Value, status: &Value) -> Result<()> {
    for (key, value) in api.as_object().context("an object")? {
        match (key.as_str(), value) {
            // Times there, lengths here; sums that only boards need.
            // The status has them in other places, or not at all.
            ("since" | "longest_since" | "answered_wait_ms" | "queues" | "queue" | "wrap_up_until", _) => {}
            ("agents", Value::Object(staff)) => {
                for (state, count) in staff {
                    ensure!(status[state] == *count, "{state}: {api} {status}");
                }
            }
            (_, Value::Object(_)) => same(value, &status[key])?,
            // 0 and 0.0 are the same to a browser.
            (_, Value::Number(number)) => {
                ensure!(status[key].as_f64() == number.as_f64(), "{key}: {api} {status}");
            }
            _ => ensure!(status[key] == *value, "{key}: {api} {status}"),
        }
    }
    Ok(())
}

#[test]
fn the_demos_link_leads_to_a_board_that_moves_and_the_api_says_what_status_says() -> Result<()> {
    let place = Place::take()?;
    let Some((demo, mut browser)) = both(&place)? else { return Ok(()) };
    assert!(demo.link.len() <= 60, "{}", demo.link);
    let board = demo.page("/board/main")?;
    assert_eq!(browser.go(&board)?, 200);
    browser.until("document.body.dataset.fresh === 'live'", PATIENCE)?;
    let before = browser.look(VALUES)?;
    browser.until(&format!("JSON.stringify({VALUES}) !== '{before}'"), MOVES)?;
    // What the tiles say is what the API says at the same time.
    let waiting = "(async () => { const { items } = await (await fetch('/api/v1/boards')).json(); \
                   return items[0].figures.filter((figure) => ['waiting', 'ready', 'talking', 'abandoned'].includes(figure.show))\
                   .map((figure) => String(figure.value)); })()";
    let shown = format!("{VALUES}.filter((_, nth) => [0, 3, 4, 5].includes(nth))");
    let mut alike = false;
    for _ in 0..100 {
        let (api, page) = (browser.look(waiting)?, browser.look(&shown)?);
        if api == page {
            alike = true;
            break;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
    assert!(alike, "the tiles never say what the API says");
    assert_eq!(browser.errors()?, Vec::<Value>::new());

    // The same figures as of the same number.
    let both = "(async () => { const get = async (what) => (await fetch(`/api/v1/${what}`)).json(); \
                return [await get('queues'), await get('agents')]; })()";
    let mut compared = 0;
    for _ in 0..400 {
        let (api, status) = (browser.look(both)?, demo.status()?);
        let as_of = [&api[0]["as_of"], &api[1]["as_of"]];
        if as_of.iter().any(|of| **of != status["as_of"]) {
            continue;
        }
        for (list, name) in [(&api[0]["items"], "queues"), (&api[1]["items"], "agents")] {
            for item in list.as_array().context("a list")? {
                let lines = status[name].as_array().context("lines")?;
                let line = lines.iter().find(|line| line["name"] == item["name"]).context("it is in both")?;
                same(item, line)?;
            }
        }
        compared += 1;
        if compared == 5 {
            break;
        }
    }
    assert!(compared > 0, "never at the same number");
    Ok(())
}

#[test]
fn a_board_that_hears_nothing_turns_grey_with_its_age_and_comes_back() -> Result<()> {
    let place = Place::take()?;
    let Some((demo, mut browser)) = both(&place)? else { return Ok(()) };
    browser.go(&demo.page("/board/main")?)?;
    browser.until("document.body.dataset.fresh === 'live'", PATIENCE)?;
    demo.run.signal("STOP")?;
    browser.until("document.body.dataset.fresh === 'stale'", PATIENCE)?;
    let filter = browser.look("getComputedStyle(document.querySelector('.tiles')).filter")?;
    let said = browser.look("document.getElementById('fresh').textContent")?;
    demo.run.signal("CONT")?;
    assert_eq!(filter, "grayscale(1)");
    assert!(said.as_str().is_some_and(|said| said.contains(" old")), "{said}");
    browser.until("document.body.dataset.fresh === 'live'", PATIENCE)?;
    assert_eq!(browser.look("getComputedStyle(document.querySelector('.tiles')).filter")?, "none");
    Ok(())
}

#[test]
fn pages_fit_and_axe_finds_nothing_in_any_size_scheme_or_language() -> Result<()> {
    let place = Place::take()?;
    let Some((demo, mut browser)) = both(&place)? else { return Ok(()) };
    let shots = std::env::var_os("STROWGER_SHOTS").map(PathBuf::from);
    for (size, scheme, locale) in
        [((1280, 900), "light", "en-GB"), ((320, 700), "dark", "de-DE"), ((1920, 1080), "dark", "en-GB")]
    {
        browser.begin(size, scheme, locale)?;
        browser.go(&demo.link)?;
        for path in ["/", "/board/main", "/floor", "/calls", "/nothing"] {
            browser.go(&demo.page(path)?)?;
            if ["/board/main", "/floor"].contains(&path) {
                browser.until("document.body.dataset.fresh === 'live'", PATIENCE)?;
            }
            let found = browser.axe()?;
            assert!(found.is_empty(), "{path} {size:?} {scheme}: {found:#?}");
            let wide = browser.look("document.documentElement.scrollWidth - innerWidth")?;
            assert!(wide.as_i64().is_some_and(|wide| wide <= 0), "{path} {size:?} is {wide} too wide");
            if let Some(shots) = &shots {
                let name = format!("{}-{}-{scheme}.png", path.replace('/', "_"), size.0);
                browser.shot(&shots.join(name))?;
            }
        }
    }
    Ok(())
}

/// Elements whose text has no room, and that do not scroll.
const CLIPPED: &str = "[...document.querySelectorAll('body *')].filter((one) => one.clientWidth > 0 && \
    one.scrollWidth > one.clientWidth + 1 && !one.closest('.scroll, svg')).map((one) => one.outerHTML.slice(0, 120))";

#[test]
fn no_word_of_any_language_is_clipped_at_the_narrowest_and_at_the_usual_width() -> Result<()> {
    let place = Place::take()?;
    let Some((demo, mut browser)) = both(&place)? else { return Ok(()) };
    for locale in ["en-GB", "de-DE", "fr-FR", "es-ES", "bg-BG", "ro-RO", "ru-RU", "sl-SI"] {
        for width in [320, 1280] {
            browser.begin((width, 800), "light", locale)?;
            browser.go(&demo.link)?;
            assert_eq!(browser.look("document.documentElement.lang")?, locale[..2]);
            for path in ["/", "/board/main", "/floor", "/calls"] {
                browser.go(&demo.page(path)?)?;
                if !["/", "/calls"].contains(&path) {
                    browser.until("document.body.dataset.fresh === 'live'", PATIENCE)?;
                }
                let clipped = browser.look(CLIPPED)?;
                assert_eq!(clipped, Value::Array(vec![]), "{path} {locale} {width}");
                let wide = browser.look("document.documentElement.scrollWidth - innerWidth")?;
                assert!(wide.as_i64().is_some_and(|wide| wide <= 0), "{path} {locale} {width}: {wide} too wide");
            }
        }
    }
    Ok(())
}

#[test]
fn what_is_filtered_on_the_floor_stands_in_the_address() -> Result<()> {
    let place = Place::take()?;
    let Some((demo, mut browser)) = both(&place)? else { return Ok(()) };
    browser.go(&demo.page("/floor?queue=sales")?)?;
    let names = "[...document.querySelectorAll('#agents th')].map((name) => name.textContent)";
    browser.until(&format!("{names}.length === 10"), PATIENCE)?;
    assert_eq!(browser.look("document.querySelector('select[name=queue]').value")?, "sales");
    browser.write("input[name=name]", "AT")?;
    browser.until(&format!("{names}.join() === 'fatima'"), PATIENCE)?;
    assert_eq!(browser.look("location.search")?, "?name=AT&queue=sales");
    browser.choose("select[name=state]", "logged_out")?;
    browser.until("!document.getElementById('no-agents').hidden", PATIENCE)?;
    browser.go(&demo.page("/floor?name=chen")?)?;
    browser.until(&format!("{names}.join() === 'chen'"), PATIENCE)?;
    // Who has no cookie sees nothing of it.
    browser.begin((1280, 800), "light", "de-DE")?;
    assert_eq!(browser.go(&demo.page("/floor")?)?, 401);
    let said = browser.look("document.querySelector('h1').textContent")?;
    assert_eq!(said, "Sie sind nicht angemeldet");
    assert!(Path::new(&demo.config).exists());
    Ok(())
}

/// The page of the newest call that an agent took and that was recorded, once there is one.
fn recorded(demo: &Demo, browser: &mut Browser) -> Result<String> {
    let link = "[...document.querySelectorAll('tbody tr')].filter((row) => row.lastElementChild.textContent === 'yes' && \
                row.children[5].textContent !== '–').map((row) => row.querySelector('a').getAttribute('href'))[0] ?? ''";
    let mut path = String::new();
    let looks_again = || {
        let found = demo.page("/calls?outcome=answered&talked_from=3").and_then(|page| browser.go(&page));
        let link = found.and_then(|_| browser.look(link)).ok();
        link.and_then(|link| link.as_str().map(str::to_owned)).unwrap_or_default().clone_into(&mut path);
        !path.is_empty()
    };
    wait_for("a recorded call in the table", 6 * PATIENCE, looks_again)?;
    Ok(path)
}

#[test]
fn a_recorded_call_is_found_and_its_recording_plays_by_keyboard_from_where_one_likes() -> Result<()> {
    let place = Place::take()?;
    let Some((demo, mut browser)) = both(&place)? else { return Ok(()) };
    let path = recorded(&demo, &mut browser)?;
    let call = path.trim_start_matches("/calls/").to_owned();
    assert_eq!(browser.look("new URLSearchParams(location.search).get('outcome')")?, "answered");
    assert_eq!(browser.look("document.querySelector('select[name=outcome]').value")?, "answered");
    browser.go(&demo.page(&format!("{path}#t=2"))?)?;
    let audio = "document.querySelector('audio')";
    // The link leads to its second, and the waves of both sides are drawn.
    browser.until(
        &format!("{audio}.currentTime === 2 && document.querySelector('canvas').dataset.drawn === 'true'"),
        PATIENCE,
    )?;
    let inked = "[0, 1].map((side) => { const canvas = document.querySelector('canvas'); const half = canvas.height / 2; \
        const pixels = canvas.getContext('2d').getImageData(0, side * half, canvas.width, half).data; \
        return pixels.filter((value, at) => at % 4 === 3 && value > 0).length > canvas.width; })";
    browser.until(&format!("{inked}.every(Boolean)"), PATIENCE)?;
    // The server sends parts: what lies ahead can be sought before it has come.
    browser
        .until(&format!("{audio}.seekable.length === 1 && {audio}.seekable.end(0) === {audio}.duration"), PATIENCE)?;
    browser.look("document.querySelector('.wave').focus()")?;
    browser.press("Space")?;
    browser.until(&format!("!{audio}.paused && {audio}.currentTime > 2.5"), PATIENCE)?;
    assert_eq!(browser.look("document.querySelector('.play').ariaPressed")?, "true");
    browser.press("Space")?;
    browser
        .until(&format!("{audio}.paused && location.hash === `#t=${{Math.floor({audio}.currentTime)}}`"), PATIENCE)?;
    for (key, place) in
        [("Home", "0"), ("End", &format!("{audio}.duration")), ("ArrowLeft", &format!("{audio}.duration - 5"))]
    {
        browser.press(key)?;
        let told = "Number(document.querySelector('.wave').ariaValueNow)";
        browser.until(&format!("Math.abs({audio}.currentTime - Math.max(0, {place})) < 0.1"), PATIENCE)?;
        browser.until(&format!("{told} === Math.floor({audio}.currentTime)"), PATIENCE)?;
    }
    // A moment of the call leads to its place, and the speed is kept.
    browser.look("[...document.querySelectorAll('.jump')].find((one) => one.parentElement.textContent.includes('answered')).click()")?;
    let (after, begin) =
        ("document.querySelector('.jump').parentElement.parentElement", "document.querySelector('.player').dataset");
    let answered = format!(
        "(Date.parse({begin}.call) - Date.parse({begin}.started) + Number([...{after}.children].find((one) => \
         one.textContent.includes('answered')).dataset.after)) / 1000"
    );
    browser.until(&format!("Math.abs({audio}.currentTime - Math.max(0, {answered})) < 0.1"), PATIENCE)?;
    browser.choose("select.speed", "2")?;
    assert_eq!(browser.look(&format!("{audio}.playbackRate"))?, 2);
    browser.go(&demo.page(&path)?)?;
    browser.until(&format!("{audio}.playbackRate === 2"), PATIENCE)?;
    // A guest hears, and takes nothing away; that he has heard it is in the audit.
    assert_eq!(browser.look("document.querySelectorAll('a[download]').length")?, 0);
    let audit = ask(&demo.config, &["audit", "--by", "user:guest", "--json"])?;
    let audit = String::from_utf8(audit.stdout)?;
    let played: Vec<&str> = audit.lines().filter(|line| line.contains("recording_played")).collect();
    assert!(
        played.len() == 1 && played[0].contains(&format!("\"{call}\"")) && played[0].contains("127.0.0.1"),
        "{audit}"
    );
    let errors = browser.errors()?;
    assert!(errors.is_empty(), "{errors:?}");
    Ok(())
}

#[test]
fn the_page_of_a_call_fits_and_axe_finds_nothing() -> Result<()> {
    let place = Place::take()?;
    let Some((demo, mut browser)) = both(&place)? else { return Ok(()) };
    let path = recorded(&demo, &mut browser)?;
    let shots = std::env::var_os("STROWGER_SHOTS").map(PathBuf::from);
    for (size, scheme, locale) in
        [((1280, 1100), "light", "en-GB"), ((320, 700), "dark", "de-DE"), ((320, 700), "light", "bg-BG")]
    {
        browser.begin(size, scheme, locale)?;
        browser.go(&demo.link)?;
        browser.go(&demo.page(&path)?)?;
        browser.until("document.querySelector('canvas').dataset.drawn === 'true'", PATIENCE)?;
        let found = browser.axe()?;
        assert!(found.is_empty(), "{size:?} {scheme}: {found:#?}");
        assert_eq!(browser.look(CLIPPED)?, Value::Array(vec![]), "{size:?} {locale}");
        let wide = browser.look("document.documentElement.scrollWidth - innerWidth")?;
        assert!(wide.as_i64().is_some_and(|wide| wide <= 0), "{size:?} is {wide} too wide");
        if let Some(shots) = &shots {
            browser.shot(&shots.join(format!("_call-{}-{locale}.png", size.0)))?;
        }
    }
    Ok(())
}

/// What the page plays has a sound in it.
const SOUNDS: &str = "(async () => { const [track] = document.getElementById('heard').srcObject.getAudioTracks(); \
    const reader = new MediaStreamTrackProcessor({ track: track.clone() }).readable.getReader(); let [power, count] = [0, 0]; \
    while (count < 24000) { const { value } = await reader.read(); const samples = new Float32Array(value.numberOfFrames); \
      value.copyTo(samples, { planeIndex: 0, format: 'f32-planar' }); value.close(); count += samples.length; \
      power += samples.reduce((sum, sample) => sum + sample * sample, 0); } \
    await reader.cancel(); return power / count > 1e-5; })()";

#[test]
fn a_guest_sits_down_says_that_he_is_ready_and_talks_with_a_caller_from_the_page() -> Result<()> {
    let place = Place::take()?;
    let flags = ["--use-fake-ui-for-media-stream", "--use-fake-device-for-media-stream"].map(str::to_owned);
    let Some(mut browser) = Browser::with(&place, &flags)? else { return Ok(()) };
    let demo = Demo::open(&place)?;
    browser.begin((1280, 800), "light", "en-GB")?;
    ensure!(browser.go(&demo.link)? == 200, "the link does not let in");
    browser.go(&demo.page("/desk")?)?;
    browser.until("document.body.dataset.fresh === 'live'", PATIENCE)?;
    browser.click("#voice-do")?;
    browser.until("document.getElementById('voice').dataset.state === 'on'", PATIENCE)?;
    browser.click("#ready")?;
    let mode = "document.getElementById('frame').dataset.mode";
    browser.until(&format!("{mode} === 'offered'"), PATIENCE)?;
    browser.until("!document.getElementById('answer').disabled", PATIENCE)?;
    browser.press("F2")?;
    browser.until(&format!("{mode} === 'talking'"), PATIENCE)?;
    let begun = std::time::Instant::now();
    wait_for("the caller speaks", PATIENCE, || browser.look(SOUNDS).is_ok_and(|sounds| sounds == true))?;
    // He would have given up by now if he had not known that somebody is there.
    std::thread::sleep(Duration::from_secs(18).saturating_sub(begun.elapsed()));
    ensure!(browser.look(mode)? == "talking", "he has gone");
    browser.press("F9")?;
    browser.until(&format!("{mode} === 'wrap_up' || {mode} === 'idle'"), PATIENCE)?;
    let errors = browser.errors()?;
    ensure!(errors.is_empty(), "{errors:?}");
    Ok(())
}
