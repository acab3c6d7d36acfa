//! Pages in Chromium while the switch is started again: a board that stays open comes back by itself, and a reader of events
//! has each of them once.
#![allow(clippy::unwrap_used)] // A test; clippy sees only the functions marked so.

#[path = "../../ledger/tests/desk/mod.rs"]
mod desk;
mod stand;

use node::Happening;
use serde_json::{Value, json};
use stand::{Stand, TOKEN};
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::Path;
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

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
