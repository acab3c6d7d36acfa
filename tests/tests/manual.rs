//! What README and manual show, tried as it stands: each block of TOML passes `check`, each `strowger` command runs, in
//! a network of its own that has the addresses of the pages. Commands that build, install or measure are `xtask fresh`'s.

use anyhow::{Context, Result, ensure};
use e2e::capture::is_root;
use e2e::manual::{Block, Page};
use e2e::raw::{Raw, description};
use e2e::running::{Running, tail, wait_for};
use e2e::switch::binary;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

/// What the names on the pages stand for, where a page shows a piece or speaks of a switch that is there.
const HOUSE: &str = r#"
[listen]
udp = "192.168.1.10:5060"
domain = "office"

[[trunk]]
name = "acme"
peers = ["192.0.2.0/28"]
target = "192.0.2.1:5060"
numbers = ["+442079460000..0099"]

[[phone]]
user = "alice"
password = { file = "secrets/alice" }
extension = "101"

[[phone]]
user = "bob"
password = { file = "secrets/bob" }
extension = "102"

[[agent]]
name = "alice"
devices = ["phone:alice"]
skills = { english = 9, billing = 6 }

[[agent]]
name = "boris"
devices = ["phone:bob"]
skills = { english = 5 }

[[queue]]
name = "support"
agents = ["alice", "boris"]

[[queue]]
name = "sales"
agents = ["boris"]
overflow = [{ when = "waited > 5m", go = "flow:closed" }]

[[route]]
from = "trunk:acme"
to = "+442079460001"
go = "queue:support"

[[route]]
from = "trunk:acme"
to = "+442079460002"
go = "queue:sales"

[[route]]
from = "phone:*"
to = "+44*"
go = "trunk:acme"

[flow.closed]
say = { play = "sorry.wav" }
"#;

/// Commands of other programs that a page needs on its way.
const OURS_TO_RUN: [&str; 4] = ["mkdir ", "openssl ", "echo ", "install "];
/// Pages that are written by a program, or are about figures.
const WRITTEN: [&str; 3] = ["reference.md", "performance.md", "SUMMARY.md"];

fn pages() -> Result<Vec<Page>> {
    Ok(Page::all()?.into_iter().filter(|page| !WRITTEN.contains(&page.name.as_str())).collect())
}

/// A folder with every sound that this configuration names, and every secret unless the page says how they are made.
fn furnish(folder: &Path, toml: &str, secrets: bool) -> Result<()> {
    std::fs::write(folder.join("strowger.toml"), toml)?;
    std::fs::create_dir_all(folder.join("sounds"))?;
    if secrets {
        std::fs::create_dir_all(folder.join("secrets"))?;
    }
    for word in toml.split('"').skip(1).step_by(2) {
        if secrets && word.starts_with("secrets/") {
            for name in [word.to_owned(), word.replace("{}", "1"), word.replace("{}", "2")] {
                secret(&folder.join(name))?;
            }
        } else if word.ends_with(".wav") {
            let path = folder.join("sounds").join(word);
            std::fs::create_dir_all(path.parent().context("a folder")?)?;
            e2e::sound::Sound::new("manual", 0.5).write_wav(&path)?;
        }
    }
    Ok(())
}

fn secret(path: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt as _;
    std::fs::write(path, "long-and-random\n")?;
    Ok(std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?)
}

/// A piece stands below what it is a piece of; a table that it tells again is the piece's.
fn whole(piece: &str) -> String {
    if piece.contains("[listen]") {
        return piece.to_owned();
    }
    let told = |table: &str| piece.lines().any(|line| line.trim() == table);
    let kept = HOUSE.split("\n\n").filter(|table| !table.trim().lines().next().is_some_and(told));
    format!("{}\n\n{piece}", kept.collect::<Vec<_>>().join("\n\n"))
}

#[test]
fn every_configuration_of_the_manual_passes_its_check() -> Result<()> {
    let mut tried = 0;
    for page in pages()? {
        for block in page.blocks() {
            let Block::Toml { line, text } = block else { continue };
            let folder = tempfile::tempdir()?;
            furnish(folder.path(), &whole(&text), true)?;
            let done = Command::new(binary()?).args(["check", "strowger.toml"]).current_dir(folder.path()).output()?;
            let said = String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned();
            ensure!(done.status.success(), "{}:{line}: {said}", page.name);
            // The addresses of the pages are not this machine's, which is no fault of theirs.
            let (warnings, of_here) = (said.matches("warning: ").count(), said.matches("(no-such-address)").count());
            ensure!(warnings == of_here, "{}:{line}: {said}", page.name);
            tried += 1;
        }
    }
    ensure!(tried >= 8, "only {tried} blocks of TOML were found");
    Ok(())
}

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

#[test]
fn every_command_of_the_manual_runs() -> Result<()> {
    if !is_root() {
        eprintln!("SKIPPED: only root makes a network with the addresses of the manual");
        return Ok(());
    }
    let layers = tempfile::Builder::new().prefix("strowger-e2e-").tempdir()?;
    let mut inside = Command::new("unshare");
    inside.args(["--net", "--mount", "--", "sh", "-c", NETWORK, "sh"]).arg(layers.path()).arg(std::env::current_exe()?);
    let done = inside.args(["--exact", "inside", "--ignored", "--nocapture"]).output()?;
    let said = String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned();
    ensure!(done.status.success() && said.contains("1 passed"), "{}", tail(&said, 60));
    println!("{said}");
    Ok(())
}

#[test]
#[ignore = "runs within the test above, in a network with the addresses of the manual"]
fn inside() -> Result<()> {
    let mut tried = 0;
    for page in pages()? {
        tried += follow(&page).with_context(|| page.name.clone())?;
    }
    ensure!(tried >= 40, "only {tried} commands were found");
    println!("{tried} commands");
    Ok(())
}

/// One reader at his shell.
struct Reader {
    folder: tempfile::TempDir,
    switch: Option<Running>,
}

/// Does what a page says, in its order; how many commands of ours that were.
fn follow(page: &Page) -> Result<usize> {
    let mut reader = Reader { folder: tempfile::Builder::new().prefix("strowger-e2e-").tempdir()?, switch: None };
    let mut tried = 0;
    // Where a package has its configuration is this reader's folder, too.
    let packaged = Path::new("/etc/strowger");
    if packaged.is_symlink() {
        std::fs::remove_file(packaged)?;
    }
    std::os::unix::fs::symlink(reader.folder.path(), packaged)?;
    let makes_secrets = page.text.contains("mkdir -m 700 secrets");
    if !makes_secrets {
        furnish(reader.folder.path(), HOUSE, true)?;
    }
    for block in page.blocks() {
        match block {
            Block::Toml { text, .. } => {
                // Whoever copies the next configuration ends the switch that runs on the last one.
                reader.switch = None;
                furnish(reader.folder.path(), &whole(&text), !makes_secrets)?;
            }
            Block::Command { line, text } if text.starts_with("strowger ") => {
                reader.runs(&text).with_context(|| format!("line {line}: {text}"))?;
                tried += 1;
            }
            Block::Command { line, text } if OURS_TO_RUN.iter().any(|word| text.starts_with(word)) => {
                reader.shell(&text).with_context(|| format!("line {line}: {text}"))?;
            }
            Block::Command { .. } => {}
        }
    }
    Ok(tried)
}

impl Reader {
    /// A command of ours. A switch that shall run does so beside it until the page wants another configuration.
    fn runs(&mut self, text: &str) -> Result<()> {
        let alone = ["check", "run", "demo", "schema", "limits", "--version", "--help", "route"];
        let verb = text.split_whitespace().nth(1).unwrap_or_default();
        if verb == "run" {
            return self.start(text);
        }
        if !alone.contains(&verb) && self.switch.is_none() {
            self.start("strowger run")?;
        }
        self.shell(text)
    }

    fn start(&mut self, text: &str) -> Result<()> {
        self.switch = None;
        let log = self.folder.path().join("switch.log");
        let mut command = self.shell_command(&format!("exec {text}"))?;
        let mut run = Running::start(&mut command, &log)?;
        let asked = |reader: &Reader| reader.shell("strowger status --json").is_ok();
        wait_for("the switch", Duration::from_secs(20), || !run.runs() || asked(self))?;
        ensure!(run.runs(), "{}", tail(&run.output(), 30));
        self.switch = Some(run);
        // Three calls, so that there is something to look at, and one that goes on where a queue takes it.
        let carrier = Raw::open("192.0.2.1".parse()?, "192.168.1.10:5060".parse()?)?;
        for call in ["one", "two", "three"] {
            carrier.invite("+442079460099", call, "", "")?;
        }
        let sound = description("192.0.2.1".parse()?, 40_000, "8 0");
        let answer = carrier.invite("+442079460001", "four", "", &sound)?;
        if answer.status() == Some(200) {
            carrier.send(carrier.within("ACK", "+442079460001", "four", &answer).as_bytes())?;
        }
        Ok(())
    }

    fn shell_command(&self, text: &str) -> Result<Command> {
        let folder = binary()?.parent().context("a folder")?.to_owned();
        let path = format!("{}:{}", folder.display(), std::env::var("PATH")?);
        let mut command = Command::new("sh");
        command.args(["-c", text]).current_dir(self.folder.path()).env("PATH", path);
        Ok(command)
    }

    fn shell(&self, text: &str) -> Result<()> {
        let done = self.shell_command(text)?.output()?;
        let said = String::from_utf8_lossy(&[done.stdout, done.stderr].concat()).into_owned();
        ensure!(done.status.success(), "{}\n{said}", done.status);
        Ok(())
    }
}
