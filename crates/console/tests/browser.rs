//! Pages in Chromium while the switch is started again: a board that stays open comes back by itself, and a reader of events
//! has each of them once.
#![allow(clippy::unwrap_used)] // A test; clippy sees only the functions marked so.

#[path = "../../ledger/tests/desk/mod.rs"]
mod desk;
mod stand;

use acd::{Status, Work};
use call::cdr::{CallEvent, CallEventKind, Entry};
use control::{AgentWish, Verb};
use node::Happening;
use serde_json::{Value, json};
use stand::{Made, Stand, TOKEN};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use terms::{AgentId, CallRef, ContactId, Now, OfferId, QueueId, Wall};

/// `tests/console/browser.mjs`, which the end-to-end tests drive too.
struct Browser(Child, ChildStdin, BufReader<ChildStdout>);

impl Browser {
    /// None where `cargo xtask test` has not installed what drives it.
    fn start() -> Option<Browser> {
        let exe = std::env::current_exe().unwrap();
        let packages = exe.ancestors().nth(3).unwrap().join("node");
        let chromium = Path::new("/usr/bin/chromium");
        if !packages.join("node_modules/playwright-core").exists() || !chromium.exists() {
            assert!(std::env::var_os("CI").is_none(), "no browser: `cargo xtask test` installs what drives it");
            eprintln!("SKIPPED: no browser here: `cargo xtask test` installs what drives it");
            return None;
        }
        let driver = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/console/browser.mjs");
        let own = packages.join("python/bin/node");
        let mut command = Command::new(if own.exists() { own } else { "node".into() });
        command.arg(driver).arg(packages).arg(chromium).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let (orders, answers) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        Some(Browser(child, orders, BufReader::new(answers)))
    }

    fn order(&mut self, order: Value) -> Value {
        writeln!(self.1, "{order}").unwrap();
        let mut line = String::new();
        self.2.read_line(&mut line).unwrap();
        let answer: Value = serde_json::from_str(&line).unwrap();
        assert!(answer.get("failed").is_none(), "{order}: {answer}");
        answer["done"].clone()
    }

    fn look(&mut self, what: &str) -> Value {
        self.order(json!({ "order": "look", "what": what }))
    }

    fn until(&mut self, what: &str) {
        self.order(json!({ "order": "until", "what": what, "ms": 30_000 }));
    }
}

impl Drop for Browser {
    fn drop(&mut self) {
        let _gone_already = self.0.kill();
        let _ended = self.0.wait();
    }
}

fn plan(stand: &mut Stand, times: usize) {
    (0..times).for_each(|n| _ = stand.happen(Happening::Plan { hash: n.to_string() }));
}

#[test]
fn an_open_page_comes_back_after_a_restart_without_loading_anew_and_its_events_are_each_there_once() {
    let Some(mut browser) = Browser::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut stand = Stand::open(folder.path(), 0);
    let origin = format!("http://{}", stand.address);
    browser.order(json!({ "order": "begin", "width": 800, "height": 600 }));
    browser.order(json!({ "order": "go", "url": format!("{origin}/k/{TOKEN}") }));
    browser.order(json!({ "order": "go", "url": format!("{origin}/board/main") }));
    browser.until("document.body.dataset.fresh === 'live'");
    browser.look(
        "(() => { window.read = []; window.events = new EventSource('/api/v1/events?after=0'); \
         window.events.addEventListener('config.applied', (event) => window.read.push(event.lastEventId)); })()",
    );
    plan(&mut stand, 3);
    browser.until("window.read.length === 3");
    let port = stand.address.port();
    stand.close();
    browser.until("document.body.dataset.fresh === 'stale'");
    let mut stand = Stand::open(folder.path(), port);
    plan(&mut stand, 2);
    browser.until("document.body.dataset.fresh === 'live'");
    browser.until("window.read.length >= 5");
    assert_eq!(browser.look("window.read"), json!(["0-1-1", "0-1-2", "0-1-3", "0-2-1", "0-2-2"]));
    stand.close();
}

const DESK: &str = r#"
[duty]
pauses = { 1 = "lunch", 2 = "training" }
[[agent]]
name = "alice"
devices = []
[[agent]]
name = "boris"
devices = []
[[queue]]
name = "support"
agents = ["alice", "boris"]
wrap_up = "90s"
dispositions = { 1 = "sold", 2 = "call again" }
[[user]]
name = "guest"
roles = ["supervisor"]
supervises = "all"
"#;

/// What the routing core says of alice.
fn alice(stand: &mut Stand, status: Status, work: Work) {
    let agent = AgentId::of("alice");
    let what = acd::What::Decision(acd::Event::AgentChanged { agent, status, work, reachable: true });
    let now = Now { wall: wall(), ..Now::default() };
    stand.happen(Happening::Acd(Box::new(acd::Entry { sequence: 1, now, what })));
}

fn wall() -> Wall {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap();
    Wall::from_millis(i64::try_from(since.as_millis()).unwrap())
}

/// Something happens to the call.
fn call(stand: &mut Stand, what: CallEventKind) {
    let queue = Some(QueueId::of("support"));
    let agent = (!matches!(what, CallEventKind::Entered { .. })).then(|| AgentId::of("alice"));
    let (call, contact) = (Some(CallRef(0x1000_0000_0003)), Some(ContactId(7)));
    let event = CallEvent { at: wall(), call, queue, contact, segment: Some(0), agent, what };
    stand.happen(Happening::Call(Entry::Event(event)));
}

/// Where the frame's buttons are.
const BOXES: &str = "JSON.stringify([...document.querySelectorAll('.buttons button')].map((button) => { \
                     const { x, y, width, height } = button.getBoundingClientRect(); return [x, y, width, height]; }))";

fn mode(browser: &mut Browser, mode: &str) -> Value {
    browser.until(&format!("document.getElementById('frame').dataset.mode === '{mode}'"));
    browser.look(BOXES)
}

fn press(browser: &mut Browser, key: &str) {
    browser.order(json!({ "order": "press", "key": key }));
}

/// A caller comes.
fn record(of: CallRef) -> call::cdr::CallRecord {
    let record = json!({ "call": of, "sip_call_id": "x", "source": { "Phone": 1 }, "caller": "+4930123456", "called": "500",
        "started": wall(), "answered": null, "connected": null, "ended": null, "outcome": "open", "status": null,
        "cause": 16, "ended_by": "switch", "queue": null, "contact": null, "agent": null, "phone": null,
        "trunk_out": null, "waited_ms": 0, "talked_ms": 0, "held_ms": 0, "capture": null, "digits": "", "media": null });
    serde_json::from_value(record).unwrap()
}

/// The switch has done it, and tells.
fn ordered(what: Verb) -> Happening {
    let command = control::Command { id: None, by: control::Actor::User("guest".into()), what };
    Happening::Command(Box::new(node::Ordered {
        command,
        reply: control::Reply::Done("so be it".into()),
        before: None,
        after: None,
    }))
}

/// The one command that was sent since.
fn wanted(stand: &Stand) -> Verb {
    let mut all = vec![];
    stand::until("a command", || {
        all.extend(stand.commands());
        !all.is_empty()
    });
    assert_eq!(all.len(), 1, "{all:?}");
    all.remove(0).what
}

/// A page that loaded anew asks for its voice, and its socket opens meanwhile; the questions that the switch is asked.
const TWO_QUESTIONS: &str = "(async () => {
    const file = performance.getEntriesByType('resource').find((one) => one.name.endsWith('voice/signal.js'));
    const { Signal } = await import(file.name);
    const live = new EventTarget(), asked = [];
    live.send = ({ ask, epoch, id }) => {
        asked.push([ask, epoch]);
        setTimeout(() => live.dispatchEvent(new CustomEvent('voice', { detail: { id, epoch: 2 } })));
        return true;
    };
    const signal = Object.assign(new Signal(live), { epoch: 1 });
    await Promise.all([signal.attach({ sdp: '' }), signal.resume()]);
    return asked;
})()";

/// A name as somebody may write one.
const NASTY: &str = "<img src=x onerror=alert(1)> <b>M\u{fc}ller</b>";

#[test]
fn an_agent_works_by_keyboard_from_ready_to_wrap_up_and_no_button_moves() {
    let Some(mut browser) = Browser::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let made = Made { link: true, plan: Some(DESK), ..Made::default() };
    let mut stand = Stand::made(folder.path(), made);
    let origin = format!("http://{}", stand.address);
    browser.order(json!({ "order": "begin", "width": 1280, "height": 800 }));
    browser.order(json!({ "order": "go", "url": format!("{origin}/k/{TOKEN}") }));
    browser.order(json!({ "order": "go", "url": format!("{origin}/desk") }));
    browser.until("document.body.dataset.fresh === 'live'");
    browser.until("document.querySelector('#queues li') !== null");
    browser.look(
        "(() => { window.shift = []; new PerformanceObserver((list) => { for (const one of list.getEntries()) window.shift.push( \
         ...one.sources.map(({ node }) => node?.id || node?.className || node?.parentElement?.outerHTML || 'gone')); }) \
         .observe({ type: 'layout-shift' }); })()",
    );
    let idle = mode(&mut browser, "idle");

    browser.look("document.getElementById('ready').focus()");
    press(&mut browser, "Enter");
    let name = || "alice".to_owned();
    assert_eq!(wanted(&stand), Verb::Agent { name: name(), status: AgentWish::Ready, reason: None });
    assert_eq!(
        browser.look(
            "document.getElementById('state').dataset.state ?? document.querySelector('#state span').dataset.state"
        ),
        json!("logged_out"),
        "pressed is not done"
    );
    alice(&mut stand, Status::Ready, Work::Idle);
    browser.until("document.querySelector('#state span').dataset.state === 'ready'");

    browser.look("document.getElementById('pause').focus()");
    press(&mut browser, "Enter");
    press(&mut browser, "1");
    let reason = Some("lunch".to_owned());
    assert_eq!(wanted(&stand), Verb::Agent { name: name(), status: AgentWish::Pause, reason });

    stand.desk.settle();
    stand.desk.runtime.block_on(async {
        let mut book = ledger::customers::CustomerBook::open(&stand.desk.reader).await.unwrap();
        book.add(NASTY, "+4930123456").await.unwrap();
    });
    let opened = CallRef(0x1000_0000_0003);
    stand.happen(Happening::Call(Entry::Opened(Box::new(record(opened)))));
    call(&mut stand, CallEventKind::Entered { position: 1, again: false, contact_kind: Default::default() });
    alice(&mut stand, Status::Ready, Work::Reserved(OfferId(1)));
    call(&mut stand, CallEventKind::Offered { contact_kind: Default::default() });
    let offered = mode(&mut browser, "offered");
    assert_eq!(browser.look("document.getElementById('who').textContent"), json!("+4930123456"));
    assert_eq!(browser.look("document.getElementById('hint').textContent"), json!("Lift the handset."));
    // Whoever calls is known by his number, and whatever his name is, it is a name.
    browser.until(&format!("document.querySelector('#customer h2')?.textContent === {}", json!(NASTY)));
    assert_eq!(browser.look("document.querySelectorAll('#customer :is(img, script, b)').length"), json!(0));

    alice(&mut stand, Status::Ready, Work::Talking(ContactId(7)));
    let connected = CallEventKind::Connected {
        waited_ms: 1,
        rang_ms: 0,
        before_ms: 0,
        again: false,
        contact_kind: Default::default(),
    };
    call(&mut stand, connected);
    let talking = mode(&mut browser, "talking");
    press(&mut browser, "F4");
    let hold = wanted(&stand);
    assert_eq!(hold, Verb::Hold { call: opened, party: None });
    assert_eq!(mode(&mut browser, "talking"), talking, "pressed is not done");
    stand.happen(ordered(hold));
    let held = mode(&mut browser, "held");
    press(&mut browser, "F4");
    let resume = wanted(&stand);
    assert_eq!(resume, Verb::Resume { call: opened, party: None });
    stand.happen(ordered(resume));
    mode(&mut browser, "talking");

    browser.look("document.getElementById('transfer').focus()");
    press(&mut browser, "Enter");
    browser.order(json!({ "order": "type", "into": "#whom input", "text": "agent:boris" }));
    press(&mut browser, "Enter");
    assert_eq!(wanted(&stand), Verb::Transfer { call: opened, party: None, to: "agent:boris".into() });
    press(&mut browser, "F9");
    assert_eq!(wanted(&stand), Verb::Hangup { call: opened });

    let kind = Default::default();
    call(
        &mut stand,
        CallEventKind::Completed { talked_ms: 5_000, held_ms: 0, by: terms::By::Caller, contact_kind: kind },
    );
    let asked = browser.look(TWO_QUESTIONS);
    assert_eq!(
        asked,
        json!([["voice.attach", 1], ["voice.resume", 2]]),
        "the second is of the page that the first made it"
    );
    // That the call is over may be told a moment before what she does now: his card stays.
    mode(&mut browser, "idle");
    assert_eq!(browser.look("document.querySelectorAll('#customer textarea').length"), json!(1));
    alice(&mut stand, Status::Ready, Work::WrapUp);
    let wrap_up = mode(&mut browser, "wrap_up");
    // The account is a moment behind what the stream tells; the figures do not wait for what happens next.
    browser.until("document.querySelector('[data-figure=\"handled\"]').textContent === '1'");
    browser.until("document.getElementById('timer').textContent.startsWith('1:')");
    // His card stays for the after-call work; what is typed into it is no key of the desk.
    browser.order(json!({ "order": "type", "into": "#customer textarea", "text": "<b>2</b> is wanted" }));
    browser.look("document.querySelector('#customer form button').click()");
    browser.until("document.querySelector('#customer li p')?.textContent === '<b>2</b> is wanted'");
    assert_eq!(stand.commands(), []);
    browser.look("document.activeElement.blur()");
    press(&mut browser, "2");
    assert_eq!(wanted(&stand), Verb::Dispose { agent: name(), disposition: "call again".into() });
    press(&mut browser, "0");
    assert_eq!(wanted(&stand), Verb::Agent { name: name(), status: AgentWish::Done, reason: None });
    for (other, mode) in [(offered, "offered"), (talking, "talking"), (held, "held"), (wrap_up, "wrap_up")] {
        assert_eq!(other, idle, "{mode}: a button has moved");
    }
    if let Some(to) = std::env::var_os("STROWGER_SHOTS") {
        browser.order(json!({ "order": "shot", "path": Path::new(&to).join("desk.png") }));
    }
    assert_eq!(browser.look("window.shift"), json!([]), "something has moved");
    assert_eq!(browser.order(json!({ "order": "axe" })), json!([]));
    assert_eq!(browser.order(json!({ "order": "errors" })), json!([]));
    fits_everywhere(&mut browser, &origin);
    stand.close();
}

/// In each language, on a narrow and a wide screen, nothing is wider than the page, and no button clips its words.
fn fits_everywhere(browser: &mut Browser, origin: &str) {
    let clipped = "JSON.stringify([...document.querySelectorAll('button:not(dialog *)')].filter((one) => \
                   one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1).map((one) => one.textContent))";
    for locale in ["en-GB", "de", "fr", "es", "bg", "ro", "ru", "sl"] {
        for width in [320, 1280] {
            browser.order(json!({ "order": "begin", "width": width, "height": 800, "locale": locale }));
            browser.order(json!({ "order": "go", "url": format!("{origin}/k/{TOKEN}") }));
            browser.order(json!({ "order": "go", "url": format!("{origin}/desk") }));
            browser.until("document.body.dataset.fresh === 'live'");
            let wide = browser.look("document.documentElement.scrollWidth - document.documentElement.clientWidth");
            assert_eq!(wide, json!(0), "{locale} {width}");
            assert_eq!(browser.look(clipped), json!("[]"), "{locale} {width}");
        }
    }
}

/// What a page must show as text.
const MARKUP: &str = "<img src=x onerror=alert(1)>";

const FLOOR: &str = r#"
[duty]
pauses = { 1 = "lunch" }
[[phone]]
user = "carol"
contact = "127.0.0.1:5070"
[[agent]]
name = "alice"
team = "north"
devices = []
[[agent]]
name = "boris"
devices = []
[[queue]]
name = "support"
agents = ["alice"]
[[queue]]
name = "sales"
agents = ["boris"]
[[user]]
name = "guest"
roles = ["supervisor"]
supervises = "all"
"#;

/// Opens the dialog of the row of this name.
fn open_row(browser: &mut Browser, table: &str, name: &str) {
    let found = format!("[...document.querySelectorAll('#{table} .open')].find((one) => one.textContent === '{name}')");
    browser.until(&format!("{found} !== undefined"));
    browser.look(&format!("{found}.focus()"));
    press(browser, "Enter");
    browser.until("document.querySelector('dialog[open]') !== null");
}

/// Presses a button by keyboard, as soon as it can be pressed.
fn enter(browser: &mut Browser, what: &str) {
    browser.until(&format!("document.querySelector('{what}')?.disabled === false"));
    browser.look(&format!("document.querySelector('{what}').focus()"));
    press(browser, "Enter");
}

fn click(browser: &mut Browser, what: &str) {
    browser.until(&format!("document.querySelector('{what}')?.disabled === false"));
    browser.look(&format!("document.querySelector('{what}').click()"));
}

#[test]
fn a_supervisor_forces_a_state_moves_agents_and_callers_and_listens_by_keyboard() {
    let Some(mut browser) = Browser::start() else { return };
    let folder = tempfile::tempdir().unwrap();
    let mut stand = Stand::made(folder.path(), Made { link: true, plan: Some(FLOOR), ..Made::default() });
    let origin = format!("http://{}", stand.address);
    browser.order(json!({ "order": "begin", "width": 1280, "height": 800 }));
    browser.order(json!({ "order": "go", "url": format!("{origin}/k/{TOKEN}") }));
    browser.order(json!({ "order": "go", "url": format!("{origin}/floor?team=north") }));
    browser.until("document.body.dataset.fresh === 'live'");
    browser.until("document.querySelectorAll('#agents tr').length === 1");

    open_row(&mut browser, "agents", "alice");
    browser.order(json!({ "order": "type", "into": "#force input", "text": MARKUP }));
    enter(&mut browser, "#force [value=not_ready]");
    let (name, why) = (|| "alice".to_owned(), || Some(MARKUP.to_owned()));
    let forced = Verb::Agent { name: name(), status: AgentWish::Pause, reason: why() };
    assert_eq!(wanted(&stand), forced);
    stand.happen(ordered(forced));
    browser.until("document.querySelector('#agents tr').title.includes('<img src=x')");

    open_row(&mut browser, "agents", "alice");
    browser.until("document.querySelectorAll('#given li').length === 1");
    if let Some(to) = std::env::var_os("STROWGER_SHOTS") {
        browser.order(json!({ "order": "shot", "path": Path::new(&to).join("floor-agent.png") }));
    }
    assert_eq!(browser.order(json!({ "order": "axe" })), json!([]));
    browser.look("document.querySelector('#join select').value = 'sales'");
    enter(&mut browser, "#join button");
    let given = wanted(&stand);
    let Verb::Assign { agent, changes, mark } = given else { panic!("{given:?}") };
    let join = control::Change::Join { agent: name(), queue: "sales".into(), tier: 1 };
    assert!((agent, changes) == (name(), vec![join]) && mark.len() == 16, "{mark}");
    press(&mut browser, "Escape");

    let opened = CallRef(0x1000_0000_0003);
    stand.happen(Happening::Call(Entry::Opened(Box::new(record(opened)))));
    call(&mut stand, CallEventKind::Entered { position: 1, again: false, contact_kind: Default::default() });
    open_row(&mut browser, "calls", "+4930123456");
    click(&mut browser, "#prefer");
    assert_eq!(wanted(&stand), Verb::Prefer { contact: ContactId(7) });
    browser.look("document.querySelector('#move select').value = 'sales'");
    click(&mut browser, "#move button");
    assert_eq!(wanted(&stand), Verb::Transfer { call: opened, party: None, to: "queue:sales".into() });

    let connected = CallEventKind::Connected {
        waited_ms: 1,
        rang_ms: 0,
        before_ms: 0,
        again: false,
        contact_kind: Default::default(),
    };
    call(&mut stand, connected);
    browser.until("!document.getElementById('talks').hidden");
    browser.order(json!({ "order": "type", "into": "#at", "text": "phone:carol" }));
    if let Some(to) = std::env::var_os("STROWGER_SHOTS") {
        browser.order(json!({ "order": "shot", "path": Path::new(&to).join("floor-call.png") }));
    }
    assert_eq!(browser.order(json!({ "order": "axe" })), json!([]));
    click(&mut browser, "[data-watch=listen]");
    let mode = terms::WatchMode::Listen;
    assert_eq!(wanted(&stand), Verb::Listen { call: opened, at: "phone:carol".into(), party: None, mode });
    press(&mut browser, "Escape");
    watches(&mut stand, opened, 0, mode, true);
    browser.until("!document.getElementById('watching').hidden");
    browser.until("document.querySelector('[data-mode=listen]').getAttribute('aria-pressed') === 'true'");
    click(&mut browser, "[data-mode=whisper]");
    let (party, mode) = (|| Some("phone:carol".to_owned()), terms::WatchMode::Whisper);
    assert_eq!(wanted(&stand), Verb::Mode { call: opened, party: party(), mode });
    click(&mut browser, "#take-over");
    assert_eq!(wanted(&stand), Verb::TakeOver { call: opened, party: party() });
    click(&mut browser, "#stop");
    assert_eq!(wanted(&stand), Verb::Leave { call: opened, party: "phone:carol".into() });
    if let Some(to) = std::env::var_os("STROWGER_SHOTS") {
        browser.order(json!({ "order": "shot", "path": Path::new(&to).join("floor.png") }));
    }
    assert_eq!(browser.order(json!({ "order": "axe" })), json!([]));
    watches(&mut stand, opened, 0, terms::WatchMode::Listen, false);
    browser.until("document.getElementById('watching').hidden");

    click(&mut browser, "[data-door=sales]");
    assert_eq!(wanted(&stand), Verb::Change(control::Change::Close { queue: "sales".into(), go: None }));
    assert_eq!(browser.order(json!({ "order": "errors" })), json!([]));
    // He himself is told who wanted it, and why, as text.
    browser.order(json!({ "order": "go", "url": format!("{origin}/desk") }));
    browser.until("document.querySelector('#state .forced')?.textContent.includes('guest: <img src=x')");
    assert_eq!(browser.order(json!({ "order": "errors" })), json!([]));
    the_floor_fits_everywhere(&mut browser, &origin);
    stand.close();
}

/// Somebody watches alice, or no more.
fn watches(stand: &mut Stand, call: CallRef, nth: u16, mode: terms::WatchMode, goes_on: bool) {
    let carol = sip::Source::Phone(terms::PhoneId::of("carol"));
    let (since, until) = (wall(), (!goes_on).then(wall));
    let (leg, of_leg, agent) = (Some(4), Some(2), Some(AgentId::of("alice")));
    let watching = call::cdr::Watching { call, nth, leg, who: carol, of_leg, whom: carol, agent, mode, since, until };
    stand.happen(Happening::Call(Entry::Watched(Box::new(watching))));
}

/// In each language, on a narrow and a wide screen, with its dialogs open: nothing is wider than the page or clipped.
fn the_floor_fits_everywhere(browser: &mut Browser, origin: &str) {
    let clipped = "JSON.stringify([...document.querySelectorAll('button')].filter((one) => one.checkVisibility() && \
                   (one.scrollWidth > one.clientWidth + 1 || one.scrollHeight > one.clientHeight + 1)).map((one) => one.textContent))";
    for locale in ["en-GB", "de", "fr", "es", "bg", "ro", "ru", "sl"] {
        for width in [320, 1280] {
            browser.order(json!({ "order": "begin", "width": width, "height": 800, "locale": locale }));
            browser.order(json!({ "order": "go", "url": format!("{origin}/k/{TOKEN}") }));
            browser.order(json!({ "order": "go", "url": format!("{origin}/floor") }));
            browser.until("document.body.dataset.fresh === 'live'");
            for dialog in ["agent", "call"] {
                open_row(browser, &format!("{dialog}s"), if dialog == "agent" { "alice" } else { "+4930123456" });
                let wide = browser.look(&format!(
                    "Math.max(document.documentElement.scrollWidth - document.documentElement.clientWidth, \
                     document.getElementById('{dialog}').scrollWidth - document.getElementById('{dialog}').clientWidth)"
                ));
                assert_eq!(wide, json!(0), "{locale} {width} {dialog}");
                assert_eq!(browser.look(clipped), json!("[]"), "{locale} {width} {dialog}");
                press(browser, "Escape");
            }
        }
    }
}
