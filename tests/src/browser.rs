//! Chromium: `tests/console/browser.mjs` beside the test, told what to do and asked what it sees, line by line.

use crate::place::Place;
use crate::running::Running;
use anyhow::{Context, Result, bail, ensure};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{ChildStdin, ChildStdout, Command};
use std::time::Duration;
use xtask::node;

/// A browser that runs.
pub struct Browser {
    _run: Running,
    orders: ChildStdin,
    answers: BufReader<ChildStdout>,
}

/// Node, and where the packages are that drive the browser, if `cargo xtask test` has installed them. It always has in CI.
pub fn driver() -> Result<Option<(PathBuf, PathBuf)>> {
    // target/debug/deps/this
    let path = std::env::current_exe()?;
    let target = path.ancestors().nth(3).context("no target folder")?;
    if let Some(program) = node::program(target, "node").filter(|_| node::is_here(target)) {
        return Ok(Some((program, node::folder(target))));
    }
    ensure!(std::env::var_os("CI").is_none(), "no browser: `cargo xtask test` installs what drives it");
    eprintln!("SKIPPED: no browser here: `cargo xtask test` installs what drives it");
    Ok(None)
}

impl Browser {
    /// Starts one, where there is one.
    pub fn start(place: &Place) -> Result<Option<Browser>> {
        Browser::with(place, &[])
    }

    /// The same with flags of Chromium's.
    pub fn with(place: &Place, flags: &[String]) -> Result<Option<Browser>> {
        let Some((program, packages)) = driver()? else { return Ok(None) };
        let mut command = Command::new(program);
        command.arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("console/browser.mjs"));
        command.arg(packages).arg(node::CHROMIUM).args(flags).env("HOME", place.folder());
        let (run, orders, answers) = Running::talking(&mut command, &place.path("browser.log")?)?;
        Ok(Some(Browser { _run: run, orders, answers: BufReader::new(answers) }))
    }

    fn order(&mut self, order: Value) -> Result<Value> {
        writeln!(self.orders, "{order}")?;
        let mut line = String::new();
        self.answers.read_line(&mut line)?;
        let mut answer: Value = serde_json::from_str(&line).with_context(|| format!("{order}: {line:?}"))?;
        match answer.get("failed") {
            Some(why) => bail!("{order}: {why}"),
            None => Ok(answer["done"].take()),
        }
    }

    /// One that nobody has used before, of this size.
    pub fn begin(&mut self, (width, height): (u32, u32), scheme: &str, locale: &str) -> Result<()> {
        self.order(json!({ "order": "begin", "width": width, "height": height, "scheme": scheme, "locale": locale }))?;
        Ok(())
    }

    /// Opens a page; the status of the answer.
    pub fn go(&mut self, url: &str) -> Result<u64> {
        self.order(json!({ "order": "go", "url": url }))?.as_u64().context("a status")
    }

    /// From now on in this tab of the same browser; it is opened if there is none.
    pub fn tab(&mut self, nth: usize) -> Result<()> {
        self.order(json!({ "order": "tab", "nth": nth }))?;
        Ok(())
    }

    /// Clicks.
    pub fn click(&mut self, on: &str) -> Result<()> {
        self.order(json!({ "order": "click", "on": on }))?;
        Ok(())
    }

    /// Loads the page anew.
    pub fn reload(&mut self) -> Result<()> {
        self.order(json!({ "order": "reload" }))?;
        Ok(())
    }

    /// What an expression is, in the page.
    pub fn look(&mut self, what: &str) -> Result<Value> {
        self.order(json!({ "order": "look", "what": what }))
    }

    /// Waits until an expression is true.
    pub fn until(&mut self, what: &str, limit: Duration) -> Result<()> {
        self.order(json!({ "order": "until", "what": what, "ms": limit.as_millis() as u64 }))?;
        Ok(())
    }

    /// Types into a field.
    pub fn write(&mut self, into: &str, text: &str) -> Result<()> {
        self.order(json!({ "order": "type", "into": into, "text": text }))?;
        Ok(())
    }

    /// Presses a key, by what it is called on an English keyboard.
    pub fn press(&mut self, key: &str) -> Result<()> {
        self.order(json!({ "order": "press", "key": key }))?;
        Ok(())
    }

    /// Chooses from a list.
    pub fn choose(&mut self, of: &str, value: &str) -> Result<()> {
        self.order(json!({ "order": "choose", "of": of, "value": value }))?;
        Ok(())
    }

    /// Keeps what it looks like, for people to look at.
    pub fn shot(&mut self, path: &Path) -> Result<()> {
        self.order(json!({ "order": "shot", "path": path }))?;
        Ok(())
    }

    /// What axe finds by the WCAG, A and AA.
    pub fn axe(&mut self) -> Result<Vec<Value>> {
        Ok(self.order(json!({ "order": "axe" }))?.as_array().cloned().unwrap_or_default())
    }

    /// What went wrong in the page: errors of scripts, and what its policy kept it from.
    pub fn errors(&mut self) -> Result<Vec<Value>> {
        Ok(self.order(json!({ "order": "errors" }))?.as_array().cloned().unwrap_or_default())
    }
}
