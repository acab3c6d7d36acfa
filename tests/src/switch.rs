//! The switch under test: the real binary, its configuration written into the test's folder, its log kept.
//! How it is asked (command line, shape of the answers) is known in this file alone.

use crate::place::Place;
use crate::running::{Running, tail, wait_for};
use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::OnceLock;
use std::time::Duration;

/// A switch that runs.
pub struct Switch {
    run: Running,
    config: PathBuf,
    address: SocketAddr,
}

impl Switch {
    /// Writes the configuration, starts the switch, and waits until it answers.
    pub fn start(place: &Place, config: &str) -> Result<Switch> {
        let config = place.write("strowger.toml", config)?;
        Switch::start_again(place, &config)
    }

    /// Starts it on a configuration that is there.
    pub fn start_again(place: &Place, config: &Path) -> Result<Switch> {
        Switch::start_limited(place, config, None)
    }

    /// The same with so many descriptors.
    pub fn start_limited(place: &Place, config: &Path, descriptors: Option<u32>) -> Result<Switch> {
        let command = match descriptors {
            None => Command::new(binary()?),
            Some(count) => {
                let mut command = Command::new("sh");
                command.args(["-c", &format!("ulimit -n {count} && exec \"$0\" \"$@\"")]).arg(binary()?);
                command
            }
        };
        Switch::start_by(place, config, command)
    }

    /// The same with more in its environment.
    pub fn start_within(place: &Place, config: &Path, environment: &[(&str, &str)]) -> Result<Switch> {
        let mut command = Command::new(binary()?);
        command.envs(environment.iter().copied());
        Switch::start_by(place, config, command)
    }

    fn start_by(place: &Place, config: &Path, mut command: Command) -> Result<Switch> {
        let log = (0..).map(|run| place.folder().join(format!("switch{run}.log"))).find(|path| !path.exists());
        command.current_dir(place.folder()).arg("run").arg("--config").arg(config);
        command.env("RUST_BACKTRACE", "1");
        let mut run = Running::start(&mut command, &log.context("a free name")?)?;
        let ready = wait_for("the switch", Duration::from_secs(20), || {
            !run.runs() || ask(config, &["status", "--json"]).is_ok_and(|output| output.status.success())
        });
        if ready.is_err() || !run.runs() {
            bail!("the switch did not come up:\n{}", tail(&run.output(), 40));
        }
        Ok(Switch { run, config: config.into(), address: SocketAddr::new(place.switch(), 5060) })
    }

    /// Where it listens, UDP and TCP.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its configuration file.
    pub fn config(&self) -> &Path {
        &self.config
    }

    /// Its process.
    pub fn pid(&self) -> u32 {
        self.run.pid()
    }

    /// What it has logged.
    pub fn log(&self) -> String {
        self.run.output()
    }

    /// Whether it runs still.
    pub fn runs(&mut self) -> bool {
        self.run.runs()
    }

    /// Runs `strowger` with these arguments on the same configuration; what it prints as JSON.
    pub fn ask(&self, arguments: &[&str]) -> Result<Value> {
        let output = ask(&self.config, arguments)?;
        let (text, errors) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        ensure!(output.status.success(), "strowger {arguments:?}: {} {errors}", output.status);
        serde_json::from_str(&text).with_context(|| format!("strowger {arguments:?} printed no JSON: {text}"))
    }

    /// Runs `strowger` with these arguments; it must go well.
    pub fn tell(&self, arguments: &[&str]) -> Result<()> {
        let output = ask(&self.config, arguments)?;
        ensure!(output.status.success(), "strowger {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        Ok(())
    }

    /// The status.
    pub fn status(&self) -> Result<Value> {
        self.ask(&["status", "--json"])
    }

    /// The account: one value a call, the oldest first.
    pub fn calls(&self) -> Result<Vec<Value>> {
        calls(&self.config)
    }

    /// Waits until the account holds so many ended calls.
    pub fn ended_calls(&self, count: usize) -> Result<Vec<Value>> {
        let mut last = vec![];
        wait_for(&format!("{count} ended calls in the account"), Duration::from_secs(10), || {
            last = self.calls().unwrap_or_default();
            last.iter().filter(|call| !call["ended"].is_null()).count() >= count
        })
        .with_context(|| format!("{last:#?}"))?;
        Ok(last)
    }

    /// Ctrl-C, and nothing more.
    pub fn interrupt(&self) -> Result<()> {
        self.run.signal("INT")
    }

    /// Waits for its end, which must be a good one.
    pub fn ended(mut self, limit: Duration) -> Result<()> {
        let status = self.run.wait(limit)?;
        self.check()?;
        ensure!(status.success(), "the switch ended with {status}:\n{}", tail(&self.log(), 30));
        Ok(())
    }

    /// Ctrl-C: it drains, ends well, and has not panicked.
    pub fn stop(self) -> Result<()> {
        self.check()?;
        self.interrupt()?;
        self.ended(Duration::from_secs(15))
    }

    /// kill -9.
    pub fn kill(mut self) -> Result<()> {
        self.run.signal("KILL")?;
        self.run.wait(Duration::from_secs(5)).map(|_| ())
    }

    /// Nothing has panicked so far.
    pub fn check(&self) -> Result<()> {
        let log = self.log();
        ensure!(!log.contains("panicked at"), "the switch panicked:\n{}", tail(&log, 60));
        Ok(())
    }
}

/// The memory of a process.
pub fn resident_kib(pid: u32) -> Result<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).context("VmRSS")?;
    Ok(line.trim().trim_end_matches("kB").trim().parse()?)
}

/// The account of a configuration, whether its switch runs or not.
pub fn calls(config: &Path) -> Result<Vec<Value>> {
    let output = ask(config, &["calls", "--json", "--limit", "100000"])?;
    let text = String::from_utf8_lossy(&output.stdout);
    ensure!(output.status.success(), "strowger calls: {}", String::from_utf8_lossy(&output.stderr));
    let mut calls: Vec<Value> = match serde_json::from_str(&text) {
        Ok(Value::Array(calls)) => calls,
        _ => text.lines().map(serde_json::from_str).collect::<Result<_, _>>().context(text.to_string())?,
    };
    calls.sort_by_key(|call| call["started"].as_u64());
    Ok(calls)
}

/// Runs `strowger ARGUMENTS --config X` to its end.
pub fn ask(config: &Path, arguments: &[&str]) -> Result<Output> {
    let mut command = Command::new(binary()?);
    command.args(arguments).arg("--config").arg(config);
    command.output().context("strowger")
}

/// Runs `strowger check X` to its end.
pub fn check(config: &Path) -> Result<Output> {
    Command::new(binary()?).arg("check").arg(config).output().context("strowger")
}

/// The binary: STROWGER_BIN, or what cargo builds now.
pub fn binary() -> Result<&'static Path> {
    static BINARY: OnceLock<Result<PathBuf, String>> = OnceLock::new();
    let found = BINARY.get_or_init(|| {
        if let Some(path) = std::env::var_os("STROWGER_BIN") {
            return Ok(path.into());
        }
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let built = Command::new(cargo)
            .args(["build", "--quiet", "-p", "strowger"])
            .current_dir(env!("CARGO_MANIFEST_DIR"))
            .status()
            .map_err(|error| error.to_string())?;
        // target/debug/deps/this -> target/debug/strowger
        let path = std::env::current_exe().map_err(|error| error.to_string())?;
        let folder = path.parent().and_then(Path::parent).ok_or("no target folder")?;
        if built.success() { Ok(folder.join("strowger")) } else { Err("strowger does not build".into()) }
    });
    found.as_deref().map_err(|error| anyhow::anyhow!("{error}"))
}
