//! Chromium, told what to do through Node.

use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// The browser of Debian.
pub const CHROMIUM: &str = "/usr/bin/chromium";

/// One at a time: what is timed is not another one's work.
static ALONE: Mutex<()> = Mutex::new(());

pub struct Chromium {
    _alone: MutexGuard<'static, ()>,
    child: Child,
    /// Which tab the next orders are for.
    pub tab: usize,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

/// Where `cargo xtask test` has put playwright-core; none where it has not.
pub fn packages() -> Option<PathBuf> {
    // target/debug/deps/this
    let own = std::env::current_exe().expect("a path");
    let packages = own.ancestors().nth(3)?.join("node");
    if packages.join("node_modules/playwright-core").exists() && Path::new(CHROMIUM).exists() {
        return Some(packages);
    }
    assert!(std::env::var_os("CI").is_none(), "no {}: `cargo xtask test` installs it", packages.display());
    eprintln!("SKIPPED: Chromium or playwright-core is not here: `cargo xtask test` installs them");
    None
}

impl Chromium {
    /// Starts it with this sound in its microphone; `within` is a command that runs the browser somewhere else.
    pub fn start(packages: &Path, tone: &Path, within: Option<&Path>, flags: &[String]) -> Chromium {
        let alone = ALONE.lock().unwrap_or_else(PoisonError::into_inner);
        // Node from PyPI, where the machine's own is too old.
        let wheel = packages.join("python/bin/node");
        let mut command = Command::new(if wheel.exists() { wheel } else { "node".into() });
        command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/chromium/drive.mjs"));
        command.arg(packages).arg(within.unwrap_or(Path::new(CHROMIUM))).arg(tone).args(flags);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("Node");
        let (orders, answers) = (child.stdin.take().expect("piped"), child.stdout.take().expect("piped"));
        Chromium { _alone: alone, child, tab: 0, orders, answers: BufReader::new(answers) }
    }

    fn order(&mut self, mut order: Value) -> Value {
        order["tab"] = self.tab.into();
        writeln!(self.orders, "{order}").expect("Node lives");
        let mut line = String::new();
        self.answers.read_line(&mut line).expect("Node lives");
        let answer: Value = serde_json::from_str(&line).expect("an answer of JSON");
        assert!(answer["error"].is_null(), "{order}: {answer}");
        answer["told"].clone()
    }

    pub fn open(&mut self, url: &str) {
        self.order(json!({ "do": "open", "url": url }));
    }

    pub fn reload(&mut self) {
        self.order(json!({ "do": "reload" }));
    }

    pub fn click(&mut self, what: &str) {
        self.order(json!({ "do": "click", "what": what }));
    }

    /// Puts the browser to sleep, as a lid that is closed, or wakes it.
    pub fn sleeps(&self, sleeps: bool) {
        let signal = if sleeps { "-STOP" } else { "-CONT" };
        // Node itself stays awake.
        let ids: Vec<_> = descendants(self.child.id()).iter().map(u32::to_string).collect();
        // One of them may just have ended.
        let _ended_already = Command::new("kill").arg(signal).args(ids).stderr(Stdio::null()).status();
    }

    /// What an expression is in the page.
    pub fn ask(&mut self, script: &str) -> Value {
        self.order(json!({ "do": "ask", "script": script }))
    }

    /// Waits until an expression is true in the page.
    pub fn wait(&mut self, script: &str, limit: Duration) {
        let began = Instant::now();
        while self.ask(script) != Value::Bool(true) {
            if began.elapsed() > limit {
                let state = "JSON.stringify([window.proof?.events, window.proof?.leg.state, window.proof?.audio.paused, window.proof?.audio.readyState, window.proof?.audio.currentTime])";
                let (said, state) = (self.order(json!({ "do": "said" })), self.ask(state));
                panic!("not within {limit:?}: {script}; the page said {said} and is {state}");
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }
}

impl Drop for Chromium {
    fn drop(&mut self) {
        let _ended_already = self.child.kill();
        let _ended_already = self.child.wait();
    }
}

fn descendants(of: u32) -> Vec<u32> {
    let mut all = Vec::new();
    let mut next = vec![of];
    while let Some(pid) = next.pop() {
        let tasks = std::fs::read_dir(format!("/proc/{pid}/task")).into_iter().flatten().flatten();
        let children = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("children")).ok());
        let children: Vec<u32> = children.flat_map(|line| ids(&line)).collect();
        all.extend(&children);
        next.extend(children);
    }
    all
}

fn ids(line: &str) -> Vec<u32> {
    line.split_whitespace().filter_map(|id| id.parse().ok()).collect()
}
