//! `fresh`: does the README hold for a stranger? A bare Debian made by debootstrap, with git and a C compiler in
//! it and the Rust toolchain mounted in, takes a clone of what is committed and follows the README's commands.
//!
//! The mounts live in a namespace of their own and are gone with it, whatever happens.

use anyhow::{Context, Result, bail, ensure};
use std::path::{Path, PathBuf};
use std::process::Command;

const SUITE: &str = "bookworm";
/// What a stranger has beside Debian itself; debootstrap wants the certificates for cargo's registry.
const PACKAGES: &str = "ca-certificates,git,gcc,libc6-dev";

/// Where things are within the new machine.
const CLONE: &str = "/root/strowger";

/// What is done within the namespace, as root of the new machine. `$1` is its folder, `$2` the toolchain.
const MOUNTS: &str = r#"
set -e
mount --make-rprivate /
mkdir -p "$1/opt/rust"
mount -t proc proc "$1/proc"
mount --rbind /dev "$1/dev"
mount --bind "$2" "$1/opt/rust"
cp -L /etc/resolv.conf "$1/etc/resolv.conf"
# Whom this machine trusts: a network may read along under a certificate of its own.
cp -L /etc/ssl/certs/ca-certificates.crt "$1/etc/ssl/certs/"
ulimit -Sn 1024
exec chroot "$1" env -i HOME=/root CI=true TERM=dumb PATH=/opt/rust/bin:/usr/sbin:/usr/bin:/sbin:/bin sh -c "cd /root/strowger; $3"
"#;

/// The first command, which goes on until Ctrl-C: twenty seconds of calls, once it is built.
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

/// Follows the README in a new machine below `folder`.
pub fn fresh(root: &Path, folder: &Path) -> Result<()> {
    let commands = readme_commands(root)?;
    ensure!(
        commands.len() == 2,
        "README.md shows {} commands before its first chapter ends: {commands:?}",
        commands.len()
    );
    make(folder)?;
    clone(root, folder)?;
    println!("--- {}", commands[0]);
    let demo = DEMO.replace("$COMMAND", &commands[0]);
    within(folder, &demo)?;
    println!("--- {}", commands[1]);
    within(folder, &commands[1])?;
    println!("the README holds in a bare Debian {SUITE}");
    Ok(())
}

/// The commands under the README's first two headings, as they stand.
fn readme_commands(root: &Path) -> Result<Vec<String>> {
    let text = std::fs::read_to_string(root.join("README.md"))?;
    let chapters = text.split("\n## ").skip(1).take(2);
    Ok(chapters.flat_map(str::lines).filter_map(|line| line.strip_prefix("    ")).map(str::to_owned).collect())
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
