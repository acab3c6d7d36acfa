//! What the end-to-end tests need beside cargo: which programs, why, and how they come onto a Debian
//! machine, and others into cargo's target folder. Nothing is installed when everything is there, and nothing unasked on somebody's desk.

use anyhow::{Context, Result, bail};
use std::io::{BufRead, IsTerminal, Write};
use std::path::Path;
use std::process::Command;
use xtask::node;
use xtask::python::{self, Package};

/// A program that the tests call.
struct Need {
    program: &'static str,
    package: &'static str,
    why: &'static str,
}

const NEEDS: &[Need] = &[
    Need { program: "sipp", package: "sip-tester", why: "SIPp plays the carrier" },
    Need { program: "baresip", package: "baresip-core", why: "baresip plays the agents' phones" },
    Need { program: "tcpdump", package: "tcpdump", why: "captures the wire for the wire checker" },
    Need { program: "tshark", package: "tshark", why: "reads the captures that `strowger trace` writes" },
    Need { program: "sqlite3", package: "sqlite3", why: "locks the account's database as another program would" },
    Need { program: "svcrack", package: "sipvicious", why: "guesses passwords as attackers do" },
    Need {
        program: "fail2ban-regex",
        package: "fail2ban",
        why: "reads the log with the filter that comes with the switch",
    },
    Need { program: "ip", package: "iproute2", why: "gives a test a network of its own" },
    Need { program: "ps", package: "procps", why: "says whose process the switch is" },
    Need { program: "python3", package: "python3-venv", why: "runs PJSIP as a desk phone" },
    Need { program: "openssl", package: "openssl", why: "makes passwords, as the manual does" },
    Need { program: "curl", package: "curl", why: "opens the pages over https, and through a proxy" },
    Need { program: "nginx", package: "nginx-light", why: "stands before the pages, as the manual says" },
    Need { program: "sox", package: "sox", why: "makes prompts of recordings, as the manual does" },
    Need { program: "faketime", package: "faketime", why: "sets the clock of the process under test" },
    Need { program: "systemd-nspawn", package: "systemd-container", why: "boots a container for the package" },
    Need { program: "debootstrap", package: "debootstrap", why: "makes a bare Debian (`fresh`)" },
    Need { program: "chromium", package: "chromium", why: "opens the pages" },
    Need { program: "valgrind", package: "valgrind", why: "counts instructions (`bench instructions`)" },
];

/// How a package gets installed here.
#[derive(Debug, PartialEq, Eq)]
enum Way {
    /// As root.
    Direct,
    /// Through sudo; `asks` when it may ask for a password.
    Sudo { asks: bool },
}

/// Installs what is missing.
pub fn install(target: &Path) -> Result<()> {
    let missing: Vec<&Need> = NEEDS.iter().filter(|need| !is_here(need)).collect();
    if !missing.is_empty() {
        install_packages(&missing)?;
    }
    for tool in python::PACKAGES {
        install_package(target, *tool)?;
    }
    install_node(target)
}

/// Whether a program can be used. Debian's Python comes without what makes an environment of one's own.
fn is_here(need: &Need) -> bool {
    on_path(need.program)
        && (need.program != "python3" || succeeds(Command::new("python3").args(["-c", "import ensurepip"])))
}

fn succeeds(command: &mut Command) -> bool {
    let quiet = command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
    quiet.status().is_ok_and(|status| status.success())
}

/// A package of PyPI, once. Where it cannot be had, its tests are left out; in CI that is an error.
fn install_package(target: &Path, tool: Package) -> Result<()> {
    let Package { package, module, pythons, .. } = tool;
    let (folder, python) = (tool.folder(target), tool.program(target, "python"));
    if succeeds(Command::new(&python).args(["-c", &format!("import {module}")])) {
        return Ok(());
    }
    println!("--- {package} into {}", folder.display());
    if make_environment(&folder, package) {
        return Ok(());
    }
    let _ = std::fs::remove_dir_all(folder);
    let message = format!("{package} is not installed: `pip` says why (it is built for Python {pythons})");
    if in_ci() {
        bail!("{message}");
    }
    println!("--- {message}; the tests with it are left out");
    Ok(())
}

/// A Python environment with one package and what that needs; whether it came.
fn make_environment(folder: &Path, package: &str) -> bool {
    let made = Command::new("python3").args(["-m", "venv", "--clear"]).arg(folder).status();
    let fetch = ["-m", "pip", "install", "-q", "--disable-pip-version-check", "--only-binary", ":all:", package];
    made.is_ok_and(|status| status.success())
        && Command::new(folder.join("bin/python")).args(fetch).status().is_ok_and(|status| status.success())
}

/// What drives the browser comes from npm, once. Where it cannot be had, the tests in a browser are left out; in CI that is
/// an error.
fn install_node(target: &Path) -> Result<()> {
    if node::is_here(target) && node::has(target, node::SIP) {
        return Ok(());
    }
    let folder = node::folder(target);
    println!("--- {}, {} into {}", node::PACKAGES.join(", "), node::SIP, folder.display());
    std::fs::create_dir_all(&folder)?;
    if node::program(target, "npm").is_none() {
        install_own_node(target);
    }
    if let Some(program) = node::program(target, "npm") {
        let mut npm = Command::new(program);
        npm.current_dir(&folder).args(["install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", "."]);
        // npm is a script that looks for Node in the path.
        let path = std::env::var("PATH").unwrap_or_default();
        npm.env("PATH", format!("{}:{path}", node::environment(target).join("bin").display()));
        if npm.args(node::PACKAGES).arg(node::SIP).status().is_ok_and(|status| status.success())
            && node::is_here(target)
        {
            return Ok(());
        }
    }
    let message = "what drives the browser is not installed: `npm` or `pip` says why";
    if in_ci() {
        bail!("{message}");
    }
    println!("--- {message}; the tests in it are left out");
    Ok(())
}

/// Node from PyPI, for a system that has none, or one that is too old. Whether it came is seen when it is asked for.
fn install_own_node(target: &Path) {
    println!("--- {} into {}", node::NODE, node::environment(target).display());
    let _seen_next = make_environment(&node::environment(target), node::NODE);
}

fn in_ci() -> bool {
    std::env::var("CI").is_ok_and(|value| value == "true" || value == "1")
}

fn install_packages(missing: &[&Need]) -> Result<()> {
    let packages: Vec<&str> = missing.iter().map(|need| need.package).collect();
    println!("The end-to-end tests need programs that are not here:");
    for need in missing {
        println!("  {:<14} {}", need.package, need.why);
    }
    if !on_path("apt-get") {
        bail!("this machine has no apt-get: install {} by its own means and run this again", packages.join(", "));
    }
    let terminal = std::io::stdin().is_terminal();
    let way = way(is_root(), on_path("sudo"), terminal).with_context(|| {
        format!("neither root nor sudo here: ask somebody to run `apt-get install {}`", packages.join(" "))
    })?;
    if way != Way::Direct && !in_ci() && terminal && !agreed(&packages)? {
        bail!("not installed; `cargo xtask test --no-install` runs what can run without them");
    }
    let apt = |arguments: &[&str]| -> bool {
        let mut command = match way {
            Way::Direct => Command::new("apt-get"),
            Way::Sudo { asks } => {
                let mut command = Command::new("sudo");
                if !asks {
                    command.arg("-n");
                }
                command.args(["env", "DEBIAN_FRONTEND=noninteractive", "apt-get"]);
                command
            }
        };
        command.env("DEBIAN_FRONTEND", "noninteractive").args(arguments);
        command.status().is_ok_and(|status| status.success())
    };
    let mut wanted = vec!["install", "-y", "-q", "--no-install-recommends"];
    wanted.extend(&packages);
    // A fresh image has no package lists; a machine in use has them, and may be off line.
    if apt(&wanted) || (apt(&["update", "-q"]) && apt(&wanted)) {
        return Ok(());
    }
    bail!("`apt-get install {}` failed: see its output above", packages.join(" "))
}

/// Whether a program of this name can be found. /usr/sbin is looked at too: tcpdump lives there,
/// and a plain user's PATH does not hold it.
pub fn on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders: Vec<_> = std::env::split_paths(&path).collect();
    folders.extend(["/usr/sbin", "/usr/bin"].map(Into::into));
    folders.iter().any(|folder| folder.join(program).is_file())
}

/// The words before the end-to-end tests' own command. Capturing on `lo` and filling a small disk take
/// root; a plain user is root in name spaces of his own, with a loopback that is as good as the machine's.
pub fn room() -> &'static [&'static str] {
    const ROOM: &[&str] =
        &["unshare", "--map-root-user", "--net", "--mount", "sh", "-c", "ip link set lo up && exec \"$@\"", "sh"];
    if is_root() {
        return &[];
    }
    let mut tried = Command::new(ROOM[0]);
    tried.args(&ROOM[1..]).arg("true");
    tried.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
    if tried.status().is_ok_and(|status| status.success()) {
        return ROOM;
    }
    println!("--- no name space of one's own here: what takes root says so and is left out");
    &[]
}

fn way(root: bool, sudo: bool, terminal: bool) -> Option<Way> {
    match (root, sudo) {
        (true, _) => Some(Way::Direct),
        (false, true) => Some(Way::Sudo { asks: terminal }),
        (false, false) => None,
    }
}

/// Root by the owner of our own entry in /proc: no unsafe call for one number.
pub fn is_root() -> bool {
    use std::os::unix::fs::MetadataExt;
    Path::new("/proc/self").metadata().is_ok_and(|meta| meta.uid() == 0)
}

fn agreed(packages: &[&str]) -> Result<bool> {
    print!("Install {} with sudo apt-get? [Y/n] ", packages.join(", "));
    std::io::stdout().flush()?;
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "" | "y" | "yes"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn root_needs_no_sudo_and_a_plain_user_without_it_gets_no_way() {
        assert_eq!(way(true, false, false), Some(Way::Direct));
        assert_eq!(way(false, true, true), Some(Way::Sudo { asks: true }));
        assert_eq!(way(false, true, false), Some(Way::Sudo { asks: false }));
        assert_eq!(way(false, false, true), None);
    }

    #[test]
    fn a_program_is_found_by_name_only_where_it_is() {
        assert!(on_path("sh"));
        assert!(!on_path("surely-no-such-program"));
    }
}
