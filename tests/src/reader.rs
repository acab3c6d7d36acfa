//! A reader of the manual at his shell: a folder, the switch that runs beside him, and a network that has the addresses
//! of the pages and nobody else in it.

use crate::running::{Running, tail, wait_for};
use crate::switch::binary;
use anyhow::{Context, Result, ensure};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// The network of the pages, with nobody else in it, and layers over what they write to. `$1` is a folder for those.
const NETWORK: &str = r#"set -e
mount --make-rprivate /
mount -t tmpfs tmpfs "$1"
for folder in /etc /var; do
    mkdir -p "$1$folder/upper" "$1$folder/work"
    mount -t overlay overlay -o "lowerdir=$folder,upperdir=$1$folder/upper,workdir=$1$folder/work" "$folder"
done
mount -t tmpfs tmpfs /run
mkdir -p /var/lib/strowger /run/strowger
rm -rf /etc/strowger
shift
ip link set lo up
for address in 192.168.1.10 192.0.2.1 198.51.100.1 203.0.113.10; do ip address add "$address/32" dev lo; done
exec "$@"
"#;

/// Set for what runs in that network.
const INSIDE: &str = "STROWGER_PAGES_NETWORK";

/// Does `inside` in that network, which is the test `name` of this very test program once more, and shows what it said.
pub fn in_the_pages_network(name: &str, inside: impl FnOnce() -> Result<()>) -> Result<()> {
    if std::env::var_os(INSIDE).is_some() {
        return inside();
    }
    let layers = tempfile::Builder::new().prefix("strowger-e2e-").tempdir()?;
    let mut again = Command::new("unshare");
    again.args(["--net", "--mount", "--", "sh", "-c", NETWORK, "sh"]).arg(layers.path()).arg(std::env::current_exe()?);
    let done = again.args(["--exact", name, "--nocapture"]).env(INSIDE, "yes").output()?;
    let said = String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned();
    ensure!(done.status.success() && said.contains("1 passed"), "{}", tail(&said, 60));
    println!("{said}");
    Ok(())
}

/// One reader at his shell.
pub struct Reader {
    folder: tempfile::TempDir,
    switch: Option<Running>,
    /// What holds for all commands after it: a umask.
    before: String,
    environment: Vec<(String, String)>,
    /// What happens once his switch has started.
    started: fn() -> Result<()>,
}

impl Reader {
    /// A reader in a new folder; where a package has its configuration is this folder, too.
    pub fn new(started: fn() -> Result<()>) -> Result<Reader> {
        let folder = tempfile::Builder::new().prefix("strowger-e2e-").tempdir()?;
        let packaged = Path::new("/etc/strowger");
        if packaged.is_symlink() {
            std::fs::remove_file(packaged)?;
        }
        std::os::unix::fs::symlink(folder.path(), packaged)?;
        Ok(Reader { folder, switch: None, before: String::new(), environment: vec![], started })
    }

    /// His folder.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// All that he starts from now on has this in its environment.
    pub fn set(&mut self, name: &str, value: &str) {
        self.environment.push((name.into(), value.into()));
    }

    /// What his switch has logged.
    pub fn log(&self) -> String {
        self.switch.as_ref().map(Running::output).unwrap_or_default()
    }

    /// He ends the switch that runs.
    pub fn ends(&mut self) {
        self.switch = None;
    }

    /// He types a line as it stands; what is said to it. A switch that shall run does so beside him until he ends it, and
    /// a question to one that does not run yet starts it.
    pub fn types(&mut self, text: &str) -> Result<String> {
        if text.starts_with("umask ") {
            let (mask, rest) = text.split_once("; ").unwrap_or((text, "true"));
            self.before = format!("{mask}; ");
            return self.asks(rest);
        }
        let Some(line) = text.strip_prefix("strowger ") else { return self.asks(text) };
        let alone = ["check", "run", "demo", "schema", "limits", "--version", "--help", "route"];
        let verb = line.split_whitespace().next().unwrap_or_default();
        if verb == "run" {
            return self.starts(text).map(|()| String::new());
        }
        if text.contains(" --live") || text.contains(" --follow") {
            // It goes on until Ctrl-C.
            return self.asks(&format!("timeout --preserve-status --signal INT 2 {text}"));
        }
        if !alone.contains(&verb) && self.switch.is_none() {
            self.starts("strowger run")?;
        }
        self.asks(text)
    }

    fn starts(&mut self, text: &str) -> Result<()> {
        self.switch = None;
        let log = self.folder.path().join("switch.log");
        let mut command = self.command(&format!("exec {text}"))?;
        let mut run = Running::start(&mut command, &log)?;
        let answers = |reader: &Reader| reader.asks("strowger status --json").is_ok();
        wait_for("the switch", Duration::from_secs(20), || !run.runs() || answers(self))?;
        ensure!(run.runs(), "{}", tail(&run.output(), 30));
        self.switch = Some(run);
        (self.started)()
    }

    /// Runs a line to its end.
    pub fn asks(&self, text: &str) -> Result<String> {
        let done = self.command(text)?.output()?;
        let said = String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned();
        ensure!(done.status.success(), "{}\n{said}", done.status);
        Ok(said)
    }

    fn command(&self, text: &str) -> Result<Command> {
        let folder = binary()?.parent().context("a folder")?.to_owned();
        let path = format!("{}:{}", folder.display(), std::env::var("PATH")?);
        let mut command = Command::new("sh");
        command.args(["-c", &format!("{}{text}", self.before)]).current_dir(self.folder.path()).env("PATH", path);
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        Ok(command)
    }
}
