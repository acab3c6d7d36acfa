//! What README and manual show, tried as it stands: each block of TOML passes `check`, each `strowger` command runs, in
//! a network of its own that has the addresses of the pages. The first chapters have a test of their own, which calls, too
//! (`first_hour`); commands that build, install or measure are `xtask fresh`'s.

use anyhow::{Context, Result, ensure};
use e2e::capture::is_root;
use e2e::raw::{Raw, description};
use e2e::reader::{Reader, in_the_pages_network};
use e2e::switch::binary;
use std::path::Path;
use std::process::Command;
use xtask::pages::{Block, Page, WALKED, WRITTEN};
use xtask::runners::{Runner, runner};

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
            // The addresses are those of the network that the commands run in.
            let elsewhere = said.matches("(no-such-address)").count();
            ensure!(said.matches("warning:").count() == elsewhere, "{}:{line}: {said}", page.name);
            tried += 1;
        }
    }
    ensure!(tried >= 8, "only {tried} blocks of TOML were found");
    Ok(())
}

#[test]
fn every_command_of_the_manual_runs() -> Result<()> {
    if !is_root() {
        eprintln!("SKIPPED: only root makes a network with the addresses of the manual");
        return Ok(());
    }
    in_the_pages_network("every_command_of_the_manual_runs", run_every_command)
}

fn run_every_command() -> Result<()> {
    let mut tried = 0;
    for page in pages()?.into_iter().filter(|page| !WALKED.contains(&page.name.as_str())) {
        tried += follow(&page).with_context(|| page.name.clone())?;
    }
    ensure!(tried >= 40, "only {tried} commands were found");
    println!("{tried} commands");
    Ok(())
}

/// Does what a page says, in its order; how many commands of ours that were.
fn follow(page: &Page) -> Result<usize> {
    let mut reader = Reader::new(calls_to_look_at)?;
    let mut tried = 0;
    let makes_secrets = ["mkdir secrets", "mkdir -m 700 secrets"].iter().any(|how| page.text.contains(how));
    if !makes_secrets {
        furnish(reader.folder(), HOUSE, true)?;
    }
    for block in page.blocks() {
        match block {
            Block::Toml { text, .. } => {
                // Whoever copies the next configuration ends the switch that runs on the last one.
                reader.ends();
                furnish(reader.folder(), &whole(&text), !makes_secrets)?;
            }
            Block::Command { line, text } if runner(&text) == Some(Runner::Reader) => {
                reader.types(&text).with_context(|| format!("line {line}: {text}"))?;
                tried += usize::from(text.starts_with("strowger "));
            }
            Block::Command { .. } => {}
        }
    }
    Ok(tried)
}

/// Three calls, so that there is something to look at, and one that goes on where a queue takes it.
fn calls_to_look_at() -> Result<()> {
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
