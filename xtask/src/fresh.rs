//! `fresh`: do README and manual hold for a stranger? A bare Debian made by debootstrap, with git and a C compiler in
//! it and the Rust toolchain mounted in, takes a clone of what is committed and follows the commands that build, test,
//! measure and install ([`xtask::runners`]), those of the README first.
//!
//! The mounts live in a namespace of their own and are gone with it, whatever happens.

use crate::needs;
use anyhow::{Context, Result, bail, ensure};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;
use xtask::runners::{Runner, commands};

/// Where the new machine is made unless the line says otherwise.
pub const FOLDER: &str = "/var/tmp/strowger-fresh";
const SUITE: &str = "bookworm";
/// What a stranger has beside Debian itself; debootstrap wants the certificates for cargo's registry.
const PACKAGES: &str = "ca-certificates,git,gcc,libc6-dev";

/// Where things are within the new machine.
const CLONE: &str = "/root/strowger";
/// What the pages write in capitals, and a stranger replaces.
const REPLACED: &[(&str, &str)] = &[("ADDRESS", "127.0.0.1")];

/// What is done within the namespace, as root of the new machine. `$1` is its folder, `$2` the toolchain.
const MOUNTS: &str = r#"
set -e
mount --make-rprivate /
# A root that is a mount of its own, as machines have it: tests make namespaces below it, and boot containers.
mount --rbind "$1" "$1"
mkdir -p "$1/opt/rust"
mount -t proc proc "$1/proc"
mount --rbind /sys "$1/sys"
mount --rbind /dev "$1/dev"
mount --bind "$2" "$1/opt/rust"
cp -L /etc/resolv.conf "$1/etc/resolv.conf"
# Whom this machine trusts: a network may read along under a certificate of its own.
cp -L /etc/ssl/certs/ca-certificates.crt "$1/etc/ssl/certs/"
ulimit -Sn 1024
exec chroot "$1" env -i HOME=/root CI=true TERM=dumb PATH=/opt/rust/bin:/usr/sbin:/usr/bin:/sbin:/bin bash -c "cd /root/strowger; $3"
"#;

/// The demo, which goes on until Ctrl-C: twenty seconds of calls, once it is built.
const DEMO: &str = r#"
setsid $COMMAND > /root/demo.txt 2>&1 & demo=$!
for second in $(seq 1800); do
    kill -0 $demo 2>/dev/null || { cat /root/demo.txt; echo 'the demo ended by itself'; exit 1; }
    if grep -q 'running a call centre' /root/demo.txt; then break; fi
    sleep 1
done
sleep 20
kill -INT -$demo
wait $demo || { cat /root/demo.txt; exit 1; }
tail -n 25 /root/demo.txt
grep -Eq 'The callers counted [1-9].* 0 stuck' /root/demo.txt
"#;

/// Follows the pages in a new machine below `folder`.
pub fn fresh(root: &Path, folder: &Path) -> Result<()> {
    let begun = Instant::now();
    let commands = commands(Runner::Fresh)?;
    make(folder)?;
    clone(root, folder)?;
    for command in &commands {
        println!("--- {command}");
        within(folder, &script(command)).with_context(|| command.clone())?;
    }
    // What a command of the pages makes anew is what is committed.
    within(folder, "git diff --exit-code")?;
    println!("{} commands hold in a bare Debian {SUITE}, {} s", commands.len(), begun.elapsed().as_secs());
    Ok(())
}

/// Why this machine cannot make another one.
pub fn hindrance() -> Option<&'static str> {
    if !needs::is_root() {
        return Some("only root makes a bare Debian");
    }
    (!needs::on_path("debootstrap")).then_some("debootstrap is not here")
}

/// What a stranger does with a line of a page. Who is root there needs no sudo.
fn script(command: &str) -> String {
    let mut line = command.to_owned();
    for (told, meant) in REPLACED {
        line = line.replace(told, meant);
    }
    let line = line.strip_prefix("sudo ").unwrap_or(&line);
    if line.contains(" -- demo") { DEMO.replace("$COMMAND", line) } else { line.to_owned() }
}

fn make(folder: &Path) -> Result<()> {
    if folder.join("usr/bin/gcc").exists() {
        return Ok(());
    }
    println!("--- debootstrap {SUITE} into {}", folder.display());
    let include = format!("--include={PACKAGES}");
    let made = Command::new("debootstrap").args(["--variant=minbase", &include, SUITE]).arg(folder).status();
    ensure!(made.context("debootstrap is not here: apt-get install debootstrap")?.success(), "debootstrap failed");
    Ok(())
}

fn clone(root: &Path, folder: &Path) -> Result<()> {
    let to = folder.join(CLONE.trim_start_matches('/'));
    if to.exists() {
        std::fs::remove_dir_all(&to)?;
    }
    let done = Command::new("git").args(["clone", "-q", "--no-hardlinks"]).arg(root).arg(&to).status()?;
    ensure!(done.success(), "git clone failed");
    Ok(())
}

fn within(folder: &Path, script: &str) -> Result<()> {
    let mut command = Command::new("unshare");
    command.args(["--mount", "--pid", "--fork", "--kill-child", "sh", "-c", MOUNTS, "sh"]);
    command.arg(folder).arg(toolchain()?).arg(script);
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => bail!("it does not hold: see above (this errand needs root)"),
        Err(error) => bail!("unshare could not start: {error}"),
    }
}

/// The folder of the toolchain that runs this.
fn toolchain() -> Result<PathBuf> {
    let said = Command::new("rustc").args(["--print", "sysroot"]).output().context("rustc")?;
    Ok(PathBuf::from(String::from_utf8(said.stdout)?.trim()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stranger_types_what_stands_there_with_nothing_left_to_fill_in() {
        for command in commands(Runner::Fresh).unwrap() {
            let script = script(&command);
            let typed =
                script.lines().find(|line| line.contains("cargo ") || line.contains("install ")).expect(&command);
            let capitals = |word: &str| word.len() > 3 && word.chars().all(|letter| letter.is_ascii_uppercase());
            assert!(!typed.split_whitespace().any(capitals), "{typed}");
        }
        assert_eq!(script("sudo install a b"), "install a b");
        assert!(
            script("cargo run --release -- demo --listen ADDRESS")
                .contains("setsid cargo run --release -- demo --listen 127.0.0.1 >")
        );
        assert_eq!(script("cargo xtask bench call --rate 1000"), "cargo xtask bench call --rate 1000");
    }
}
