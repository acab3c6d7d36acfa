//! The Debian package under a systemd that runs: a container that boots this machine's own Debian, on a layer over
//! its files that goes away with the test. apt installs the package, systemd starts the unit as its user, reloads
//! it, starts it again after a kill -9, and lets go of it; then the same is set up by hand, as the manual says.

use anyhow::{Context, Result, ensure};
use e2e::capture::is_root;
use e2e::switch::binary;
use std::path::Path;
use std::process::Command;
use xtask::runners::{Runner, commands};

/// `$1` is a folder for the layers and for what the container and this test share.
const BOOT: &str = r#"set -e
mount --make-rprivate /
mount -t tmpfs tmpfs "$1/layers"
mkdir "$1/layers/upper" "$1/layers/work" "$1/layers/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$1/layers/upper,workdir=$1/layers/work" "$1/layers/root"
cp "$1/probe.service" "$1/layers/root/etc/systemd/system/"
exec timeout 120 systemd-nspawn --quiet --register=no --keep-unit --private-network --machine="$2" \
    --directory="$1/layers/root" --bind="$1:/probe" --console=pipe --boot systemd.unit=probe.service
"#;

const PROBE: &str = "[Unit]
Requires=basic.target
After=basic.target
[Service]
Type=oneshot
ExecStart=/bin/sh -x /probe/probe.sh
StandardOutput=append:/probe/said
StandardError=append:/probe/said
ExecStopPost=/bin/systemctl poweroff --force --force
";

/// What an administrator does, each with what must be true after it.
const SCRIPT: &str = r#"set -e
export DEBIAN_FRONTEND=noninteractive
settled() { for i in $(seq 100); do if "$@"; then return 0; fi; sleep 0.1; done; return 1; }
active() { [ "$(systemctl is-active strowger)" = active ]; }
main() { systemctl show -p MainPID --value strowger; }
strowger() { /usr/bin/strowger "$@" --config /etc/strowger/strowger.toml; }

ip link set lo up
cd /probe
printf 'APT::Get::Assume-Yes "true";\nAPT::Install-Recommends "false";\n' > /etc/apt/apt.conf.d/99probe
@INSTALL@
settled active
[ "$(systemctl is-enabled strowger)" = enabled ]
[ "$(ps -o user= -p "$(main)")" = strowger ]
strowger status

install -d -o root -g strowger -m 0750 /etc/strowger/secrets
echo correct-horse > /etc/strowger/secrets/alice
chown root:strowger /etc/strowger/secrets/alice
chmod 0640 /etc/strowger/secrets/alice
printf '\n[[phone]]\nuser = "alice"\npassword = { file = "secrets/alice" }\n' >> /etc/strowger/strowger.toml
strowger=$(main)
systemctl reload strowger
reloaded() { strowger status | grep -q 'phones *0/1'; }
settled reloaded
[ "$(main)" = "$strowger" ]

kill -9 "$strowger"
again() { active && [ "$(main)" != "$strowger" ]; }
settled again
strowger status
[ "$(stat -c %U:%a /var/lib/strowger/strowger.db)" = strowger:600 ]

systemctl stop strowger
[ "$(systemctl is-active strowger)" = inactive ]
journalctl -q --no-pager -u strowger | tail -n 5
apt-get purge -y -q strowger
[ ! -e /var/lib/strowger ] && [ ! -e /usr/bin/strowger ]
! getent passwd strowger

cp strowger /usr/bin/
install -d /etc/strowger /backup
cp contrib/debian/strowger.toml /etc/strowger/
# Debian's own jail wants a log that not every machine has.
touch /var/log/auth.log
@BY_HAND@
settled active
[ "$(systemctl is-enabled strowger)" = enabled ]
[ "$(ps -o user= -p "$(main)")" = strowger ]
strowger status
sqlite3 /backup/strowger.db 'select count(*) from calls'
fail2ban-client -d | grep -q "'add', 'strowger'"
echo true to the last line
"#;

fn said(command: &mut Command) -> Result<String> {
    let name = format!("{command:?}");
    let output = command.output().with_context(|| name.clone())?;
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    ensure!(output.status.success(), "{name}: {}\n{text}", output.status);
    Ok(text)
}

fn package(folder: &Path) -> Result<()> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut make = Command::new(cargo);
    make.current_dir(env!("CARGO_MANIFEST_DIR")).args(["run", "--quiet", "--locked", "-p", "xtask", "--", "deb"]);
    let made = said(make.arg("--binary").arg(binary()?).arg("--out").arg(folder).args(["--compression", "none"]))?;
    ensure!(made.trim_end().ends_with(".deb"), "no package: {made}");
    Ok(())
}

/// What an administrator does, with the manual's own commands.
fn script() -> Result<String> {
    let commands = commands(Runner::Booted)?;
    let (install, by_hand): (Vec<&String>, Vec<_>) = commands.iter().partition(|command| command.starts_with("apt "));
    // One page has a word for what the other has a star for.
    let install = install.first().context("no page installs the package")?.replace("VERSION_ARCHITECTURE", "*");
    let by_hand: Vec<&str> = by_hand.into_iter().map(String::as_str).collect();
    Ok(SCRIPT.replace("@INSTALL@", &install).replace("@BY_HAND@", &by_hand.join("\n")))
}

/// Why it cannot be tried here.
fn hindrance() -> Option<&'static str> {
    let there = |path: &str| Path::new(path).exists();
    if !is_root() {
        return Some("only root boots a container");
    }
    if !there("/usr/bin/systemd-nspawn") || !there("/usr/bin/apt-get") {
        return Some("systemd-container or apt is not here");
    }
    if !there("/sys/fs/cgroup/cgroup.procs") && !there("/sys/fs/cgroup/systemd") {
        return Some("there are no control groups here");
    }
    (!there("/lib/systemd/systemd")).then_some("this machine has no systemd to boot")
}

#[test]
fn apt_installs_it_systemd_runs_it_and_so_it_does_when_set_up_by_hand_as_the_manual_says() -> Result<()> {
    if let Some(why) = hindrance() {
        eprintln!("SKIPPED: nothing is booted: {why}");
        return Ok(());
    }
    let folder = tempfile::Builder::new().prefix("strowger-e2e-").tempdir()?;
    std::fs::create_dir(folder.path().join("layers"))?;
    package(folder.path())?;
    std::fs::write(folder.path().join("probe.service"), PROBE)?;
    std::fs::write(folder.path().join("probe.sh"), script()?)?;
    std::fs::copy(binary()?, folder.path().join("strowger"))?;
    let contrib = Path::new(env!("CARGO_MANIFEST_DIR")).join("../contrib");
    said(Command::new("cp").arg("-r").arg(contrib).arg(folder.path()))?;
    let machine = format!("strowger-{}", std::process::id());
    let mut boot = Command::new("unshare");
    boot.args(["--mount", "--", "sh", "-c", BOOT, "sh"]).arg(folder.path()).arg(machine);
    // How the container ends says nothing: what the probe wrote does.
    let ended = boot.output()?;
    let said = std::fs::read_to_string(folder.path().join("said")).with_context(|| {
        format!("nothing booted: {}", String::from_utf8_lossy(&[ended.stdout, ended.stderr].concat()))
    })?;
    ensure!(said.lines().any(|line| line == "true to the last line"), "{said}");
    Ok(())
}
