//! The stand on which a run takes place: a /24 of loopback addresses and a folder of its own, the server's
//! core and the generator's, and the processes that are measured.
//!
//! 127.0.N.1 is the server, .2 the carrier that calls, .3 the called side (port 5080), .4 the phones that
//! register. N is 7, as `config/bench.toml` has it, or the next one that is free.

use crate::account::{self, Account};
use crate::gauge::Gauge;
use crate::kernel;
use crate::line::Wish;
use anyhow::{Context, Result, bail};
use std::fs::File;
use std::net::{Ipv4Addr, SocketAddr, UdpSocket};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// Where the server runs.
pub const SERVER_CORE: usize = 0;
/// Where the generator runs.
pub const GENERATOR_CORE: usize = 1;

/// How long a server may take to come up, or to go down.
const PATIENCE: Duration = Duration::from_secs(30);

/// The configuration that every run of the switch begins with.
const CONFIG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../config/bench.toml");

/// A place for one run.
pub struct Stand {
    net: u8,
    folder: tempfile::TempDir,
    pinned: bool,
    notes: Vec<String>,
    // Who has this socket has the addresses: the kernel gives it back however the run ends.
    _claim: UdpSocket,
    _turn: Option<File>,
}

impl Stand {
    /// Takes a place, after the runs before this one have ended, and puts this thread on the generator's core.
    pub fn take(wish: &Wish) -> Result<Stand> {
        let turn = if wish.beside { None } else { wait_for_turn()? };
        let (net, claim) = (7..=250)
            .find_map(|net| UdpSocket::bind((Ipv4Addr::new(127, 0, net, 254), 50_084)).ok().map(|claim| (net, claim)))
            .context("no free loopback addresses in 127.0.0.0/16")?;
        let folder = tempfile::Builder::new().prefix("strowger-bench-").tempdir()?;
        let mut notes = Vec::new();
        let mut pinned = false;
        if wish.beside {
            notes.push("runs beside others and is not pinned: its times are no figures".into());
        } else if let Err(error) = kernel::pin(GENERATOR_CORE) {
            notes.push(format!("server and generator share their cores ({error}): the times are no figures"));
        } else {
            pinned = true;
            if !kernel::go_first() {
                notes.push("not root, so other processes may come before server and generator".into());
            }
        }
        kernel::wake_sharply();
        Ok(Stand { net, folder, pinned, notes, _claim: claim, _turn: turn })
    }

    /// One of its addresses.
    pub fn host(&self, last: u8) -> Ipv4Addr {
        Ipv4Addr::new(127, 0, self.net, last)
    }

    /// Where the switch hears SIP.
    pub fn server(&self) -> SocketAddr {
        (self.host(1), 5060).into()
    }

    /// The folder, which goes away with the run.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// Whether server and generator each have a core of their own.
    pub fn pinned(&self) -> bool {
        self.pinned
    }

    /// What the reader of the report must know about this place.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// The text of a configuration made for 127.0.7.x, for this place.
    pub fn placed(&self, text: &str) -> String {
        text.replace("127.0.7.", &format!("127.0.{}.", self.net))
    }

    /// Starts the switch with `config/bench.toml`, and waits until it answers.
    pub fn start_switch(&self, wish: &Wish) -> Result<Server> {
        let binary = binary(wish)?;
        let config = self.folder().join("strowger.toml");
        let text = std::fs::read_to_string(CONFIG).with_context(|| format!("reading {CONFIG}"))?;
        std::fs::write(&config, self.placed(&text))?;
        // Each switch begins with an account of its own.
        for name in ["strowger.db", "strowger.db-wal", "strowger.db-shm"] {
            let _was_there_if_a_switch_was = std::fs::remove_file(self.folder().join(name));
        }
        let mut command = Command::new(&binary);
        command.args(["run", "--log", "warn", "--config"]).arg(&config).current_dir(self.folder());
        let mut server = self.start("strowger", &mut command)?;
        server.until("answer its control socket", || {
            let mut status = Command::new(&binary);
            status.args(["status", "--json", "--config"]).arg(&config).stdout(Stdio::null()).stderr(Stdio::null());
            status.status().is_ok_and(|status| status.success())
        })?;
        server.account = Some(account::of(&binary, &config));
        Ok(server)
    }

    /// Starts a program on the server's core, its output in a file of the folder.
    pub fn start(&self, name: &str, command: &mut Command) -> Result<Server> {
        let log = self.folder().join(format!("{name}.log"));
        let file = File::create(&log)?;
        command.stdin(Stdio::null()).stdout(file.try_clone()?).stderr(file);
        // What is started inherits the core of the thread that starts it.
        self.pin(SERVER_CORE)?;
        let child = command.spawn().with_context(|| format!("starting {:?}", command.get_program()));
        self.pin(GENERATOR_CORE)?;
        let child = child?;
        let gauge = Gauge::of(child.id());
        Ok(Server { name: name.into(), child, gauge, log, account: None, folder: None })
    }

    fn pin(&self, core: usize) -> Result<()> {
        if self.pinned {
            kernel::pin(core)?;
        }
        Ok(())
    }
}

/// One run at a time on a machine: they would measure one another.
fn wait_for_turn() -> Result<Option<File>> {
    let path = std::env::temp_dir().join("strowger-bench.lock");
    // Somebody else's file cannot be had; then whoever runs benches here must look after their order.
    let Ok(file) = File::options().create(true).append(true).open(&path) else { return Ok(None) };
    if file.try_lock().is_err() {
        eprintln!("waiting for another bench on this machine to end ({})", path.display());
        file.lock()?;
    }
    Ok(Some(file))
}

/// The switch's program: the one that was named, or the one beside ours.
fn binary(wish: &Wish) -> Result<PathBuf> {
    if let Some(path) = &wish.switch {
        return std::path::absolute(path).map_err(Into::into);
    }
    let beside = std::env::current_exe()?.with_file_name("strowger");
    if !beside.exists() {
        bail!("no switch at {}: `cargo build --release -p strowger`, or say --switch PATH", beside.display());
    }
    Ok(beside)
}

/// A process that is measured. It ends with this value.
pub struct Server {
    name: String,
    child: Child,
    gauge: Gauge,
    log: PathBuf,
    account: Option<Account>,
    folder: Option<PathBuf>,
}

impl Server {
    /// Its meter.
    pub fn gauge(&self) -> Gauge {
        self.gauge
    }

    /// The account, if it keeps one of ours.
    pub fn account(&self) -> Option<&Account> {
        self.account.as_ref()
    }

    /// Gives it a folder that is removed after its end.
    pub fn owns(&mut self, folder: PathBuf) {
        self.folder = Some(folder);
    }

    /// An error when it has died or panicked.
    pub fn check(&mut self) -> Result<()> {
        let ended = self.child.try_wait()?;
        let log = std::fs::read(&self.log).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        if ended.is_some() || log.contains("panicked at") {
            let from = log.len().saturating_sub(4_000);
            let last: String = log.chars().skip(log.get(..from).map_or(0, |start| start.chars().count())).collect();
            bail!("{} ended or panicked ({ended:?}):\n{last}", self.name);
        }
        Ok(())
    }

    /// Waits until it can do this.
    pub fn until(&mut self, what: &str, mut is_so: impl FnMut() -> bool) -> Result<()> {
        let begun = Instant::now();
        while !is_so() {
            self.check()?;
            if begun.elapsed() > PATIENCE {
                bail!("{} did not {what} within {} s", self.name, PATIENCE.as_secs());
            }
            std::thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.end();
        if let Some(folder) = &self.folder {
            let _left_for_whoever_cleans_up = std::fs::remove_dir_all(folder);
        }
    }
}

impl Server {
    fn end(&mut self) {
        kernel::interrupt(self.child.id(), libc::SIGTERM);
        let begun = Instant::now();
        while matches!(self.child.try_wait(), Ok(None)) {
            if begun.elapsed() > Duration::from_secs(5) {
                let _already_gone = self.child.kill();
                let _already_gone = self.child.wait();
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}
