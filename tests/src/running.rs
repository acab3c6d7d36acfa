//! Programs that run beside a test: output into a file, signals, and an end with the test, whatever
//! becomes of it.

use anyhow::{Context, Result, bail};
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A program that was started.
pub struct Running {
    name: String,
    child: Child,
    output: PathBuf,
}

impl Running {
    /// Starts a program with its output and errors in this file.
    pub fn start(command: &mut Command, output: &Path) -> Result<Running> {
        let name = command.get_program().to_string_lossy().into_owned();
        let file = File::create(output).with_context(|| output.display().to_string())?;
        let child =
            command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file).spawn().with_context(|| {
                format!("{name} could not be started: `cargo xtask test` installs what the tests need")
            })?;
        Ok(Running { name, child, output: output.into() })
    }

    /// Starts a program that is spoken to, with its errors in this file.
    pub fn talking(command: &mut Command, errors: &Path) -> Result<(Running, ChildStdin, ChildStdout)> {
        let name = command.get_program().to_string_lossy().into_owned();
        let file = File::create(errors).with_context(|| errors.display().to_string())?;
        let spoken = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(file).spawn();
        let mut child = spoken.with_context(|| format!("{name} could not be started"))?;
        let (stdin, stdout) = (child.stdin.take().context("its input")?, child.stdout.take().context("its output")?);
        Ok((Running { name, child, output: errors.into() }, stdin, stdout))
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.child.id()
    }

    /// What it has written so far.
    pub fn output(&self) -> String {
        std::fs::read(&self.output).map(|bytes| String::from_utf8_lossy(&bytes).into_owned()).unwrap_or_default()
    }

    /// Whether it runs still.
    pub fn runs(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Sends a signal by name: INT, TERM, KILL.
    pub fn signal(&self, name: &str) -> Result<()> {
        let done = Command::new("sh").args(["-c", &format!("kill -s {name} {}", self.pid())]).status()?;
        anyhow::ensure!(done.success(), "{} is not there any more", self.name);
        Ok(())
    }

    /// Waits for its end.
    pub fn wait(&mut self, limit: Duration) -> Result<ExitStatus> {
        let mut status = None;
        wait_for(&format!("the end of {}", self.name), limit, || {
            status = self.child.try_wait().ok().flatten();
            status.is_some()
        })
        .with_context(|| tail(&self.output(), 40))?;
        status.context("it has ended")
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.runs() {
            let _ = self.child.kill();
        }
        let _ = self.child.wait();
    }
}

/// Asks again and again until it is so.
pub fn wait_for(what: &str, limit: Duration, mut is_so: impl FnMut() -> bool) -> Result<()> {
    let begun = Instant::now();
    while !is_so() {
        if begun.elapsed() > limit {
            bail!("waited {} s in vain for {what}", limit.as_secs_f32());
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(())
}

/// The last lines of a text.
pub fn tail(text: &str, lines: usize) -> String {
    let all: Vec<&str> = text.lines().collect();
    all[all.len().saturating_sub(lines)..].join("\n")
}

/// The time of day as captures tell it: seconds since 1970.
pub fn clock() -> f64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0.0, |since| since.as_secs_f64())
}
