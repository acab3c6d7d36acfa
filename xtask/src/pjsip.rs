//! Where PJSIP is kept for the end-to-end tests: a Python environment of its own in cargo's target folder.

use std::path::{Path, PathBuf};

/// The package, as PyPI has it.
pub const PACKAGE: &str = "pjsua2-python==2.15.1.post1";
/// The Pythons for which it comes built.
pub const PYTHONS: &str = "3.8 to 3.12";

/// The environment's folder.
pub fn folder(target: &Path) -> PathBuf {
    target.join("pjsip")
}

/// The Python that knows PJSIP.
pub fn python(target: &Path) -> PathBuf {
    folder(target).join("bin/python")
}
