//! The Debian package, installed, started, asked and purged. What dpkg changes lies on layers over this
//! machine's folders that nobody else sees and that go away with the test.

use anyhow::{Context, Result, ensure};
use e2e::capture::is_root;
use e2e::http::get;
use e2e::raw::Raw;
use e2e::running::{Running, tail};
use e2e::switch::binary;
use std::os::unix::fs::MetadataExt;
use std::os::unix::net::UnixDatagram;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// What dpkg writes to gets a layer; /run and the network are new.
const ROOM: &str = r#"set -e
mount --make-rprivate /
mount -t tmpfs tmpfs "$1"
for folder in /usr /etc /var; do
    mkdir -p "$1$folder/upper" "$1$folder/work"
    mount -t overlay overlay -o "lowerdir=$folder,upperdir=$1$folder/upper,workdir=$1$folder/work" "$folder"
done
mount -t tmpfs tmpfs /run
ip link set lo up
shift
exec "$@"
"#;
/// Tells the test inside that it is there, and where the package is.
const PACKAGE: &str = "STROWGER_TEST_PACKAGE";

/// Runs a command; what it says.
fn said(command: &mut Command) -> Result<String> {
    let name = format!("{command:?}");
    let output = command.output().with_context(|| name.clone())?;
    let text = [output.stdout, output.stderr].concat();
    let text = String::from_utf8_lossy(&text).into_owned();
    ensure!(output.status.success(), "{name}: {}\n{text}", output.status);
    Ok(text)
}

fn room(layers: &Path) -> Command {
    let mut command = Command::new("unshare");
    command.args(["--mount", "--net", "--", "sh", "-c", ROOM, "sh"]).arg(layers);
    command
}

fn there(program: &str) -> bool {
    Command::new("sh")
        .args(["-c", &format!("command -v {program}")])
        .output()
        .is_ok_and(|output| output.status.success())
}

/// Why it cannot be tried here.
fn hindrance(layers: &Path) -> Option<String> {
    if let Some(program) = ["dpkg", "dpkg-deb", "unshare", "setpriv", "useradd", "ip"].iter().find(|name| !there(name))
    {
        return Some(format!("there is no {program}"));
    }
    if !is_root() {
        return Some("only root installs packages".into());
    }
    let user = "useradd --system --user-group strowger-probe && userdel strowger-probe";
    said(room(layers).args(["sh", "-c", user])).err().map(|error| format!("no layers over this machine: {error:#}"))
}

fn package(folder: &Path) -> Result<PathBuf> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut make = Command::new(cargo);
    make.current_dir(env!("CARGO_MANIFEST_DIR")).args(["run", "--quiet", "--locked", "-p", "xtask", "--", "deb"]);
    let made = said(make.arg("--binary").arg(binary()?).arg("--out").arg(folder).args(["--compression", "none"]))?;
    Ok(made.lines().last().context("a package")?.into())
}

#[test]
fn the_package_installs_starts_takes_sip_and_is_purged_without_a_trace() -> Result<()> {
    let folder = tempfile::Builder::new().prefix("strowger-e2e-").tempdir()?;
    let layers = folder.path().join("layers");
    std::fs::create_dir(&layers)?;
    if let Some(why) = hindrance(&layers) {
        eprintln!("SKIPPED: the package is not installed: {why}");
        return Ok(());
    }
    let was = Path::new("/usr/lib/systemd/system/strowger.service").exists();
    let package = package(folder.path())?;
    let mut inside = room(&layers);
    inside.arg(std::env::current_exe()?).args(["--exact", "inside", "--ignored", "--nocapture"]);
    let text = said(inside.env(PACKAGE, &package).current_dir(folder.path()))?;
    ensure!(text.contains("1 passed"), "{text}");
    println!("{text}");
    ensure!(!Path::new("/usr/lib/systemd/system/strowger.service").exists() || was, "the machine was changed");
    Ok(())
}

fn owner(path: &str) -> Result<(String, u32)> {
    let status = said(Command::new("stat").args(["-c", "%U:%G", path]))?;
    Ok((status.trim().to_owned(), std::fs::metadata(path)?.mode() & 0o7777))
}

#[test]
#[ignore = "runs within the test above, on layers over this machine"]
fn inside() -> Result<()> {
    let Some(package) = std::env::var_os(PACKAGE).map(PathBuf::from) else { return Ok(()) };
    said(Command::new("dpkg").args(["--force-depends", "-i"]).arg(&package))?;
    let unit = "/usr/lib/systemd/system/strowger.service";
    assert_eq!(owner("/var/lib/strowger")?, ("strowger:strowger".into(), 0o750));
    assert_eq!(owner("/etc/strowger/strowger.toml")?, ("root:strowger".into(), 0o640), "it names passwords");
    if there("systemd-analyze") {
        let said = said(Command::new("systemd-analyze").args(["verify", "--man=no", unit]))?;
        assert!(!said.contains("strowger"), "{said}");
    } else {
        eprintln!("SKIPPED: systemd-analyze is not here, the unit is not verified");
    }
    if there("logrotate") {
        said(Command::new("logrotate").args(["-d", "/etc/logrotate.d/strowger"]))?;
    } else {
        eprintln!("SKIPPED: logrotate is not here, its file is not tried");
    }
    let found = said(Command::new("strowger").args(["check", "/etc/strowger/strowger.toml"]))?;
    assert!(!found.contains("warning"), "{found}");
    started(unit)?;
    purged()
}

/// Starts what the unit starts, as the user whom it names, and asks it.
fn started(unit: &str) -> Result<()> {
    let text = std::fs::read_to_string(unit)?;
    let line = text.lines().find_map(|line| line.strip_prefix("ExecStart=")).context("ExecStart")?;
    said(Command::new("install").args(["-d", "-o", "strowger", "-g", "strowger", "/run/strowger"]))?;
    let told = UnixDatagram::bind("/run/strowger/notify")?;
    said(Command::new("chown").args(["strowger", "/run/strowger/notify"]))?;
    told.set_read_timeout(Some(Duration::from_secs(20)))?;
    let mut command = Command::new("setpriv");
    command.args(["--reuid", "strowger", "--regid", "strowger", "--clear-groups", "--no-new-privs"]);
    command.args(line.split(' ')).env("NOTIFY_SOCKET", "/run/strowger/notify").current_dir("/var/lib/strowger");
    let mut run = Running::start(&mut command, Path::new("/run/strowger.log"))?;
    let mut buffer = [0; 64];
    let heard = told.recv(&mut buffer).with_context(|| tail(&run.output(), 20))?;
    assert_eq!(&buffer[..heard], b"READY=1\n");
    Raw::open("127.0.0.1".parse()?, "127.0.0.1:5060".parse()?)?.alive("installed")?;
    assert_eq!(get("127.0.0.1:9464".parse()?, "/readyz")?, (200, "ok\n".into()));
    said(Command::new("strowger").args(["status", "--config", "/etc/strowger/strowger.toml"]))?;
    assert_eq!(owner("/var/lib/strowger/strowger.db")?, ("strowger:strowger".into(), 0o600));
    run.signal("TERM")?;
    let ended = run.wait(Duration::from_secs(10))?;
    ensure!(ended.success(), "{ended}:\n{}", tail(&run.output(), 20));
    Ok(())
}

fn purged() -> Result<()> {
    said(Command::new("dpkg").args(["--remove", "strowger"]))?;
    ensure!(Path::new("/var/lib/strowger/strowger.db").exists(), "removing keeps the account");
    said(Command::new("dpkg").args(["--purge", "strowger"]))?;
    for path in
        ["/usr/bin/strowger", "/etc/strowger", "/etc/logrotate.d/strowger", "/var/lib/strowger", "/var/log/strowger"]
    {
        ensure!(!Path::new(path).exists(), "{path} is left");
    }
    ensure!(!said(Command::new("getent").args(["passwd"]))?.contains("strowger"), "the user is left");
    Ok(())
}
