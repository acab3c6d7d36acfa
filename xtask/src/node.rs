//! What the tests in a browser need of npm: a folder of its own in cargo's target folder, and one list of packages. The
//! browser is Debian's; Node too, where it is recent enough.

use std::path::{Path, PathBuf};

/// The packages, with the versions that the tests were written with. They are test tools: none is in the program.
pub const PACKAGES: &[&str] = &["playwright-core@1.65.1", "axe-core@4.14.1"];
/// The oldest Node that they run on.
pub const OLDEST: u32 = 20;
/// The browser.
pub const CHROMIUM: &str = "/usr/bin/chromium";

/// Where they are kept.
pub fn folder(target: &Path) -> PathBuf {
    target.join("node")
}

/// Whether the packages are there, in these versions.
pub fn is_here(target: &Path) -> bool {
    PACKAGES.iter().all(|package| {
        let (name, version) = package.split_once('@').unwrap_or((package, ""));
        let manifest = folder(target).join("node_modules").join(name).join("package.json");
        std::fs::read_to_string(manifest).is_ok_and(|text| text.contains(&format!("\"version\": \"{version}\"")))
    })
}

/// The major version that Node says it is.
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
    }
}
