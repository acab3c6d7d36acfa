//! What the end-to-end tests need from PyPI: each package in a Python environment of its own in cargo's target folder.

use std::path::{Path, PathBuf};

/// A package, and what it is for.
#[derive(Clone, Copy, Debug)]
pub struct Package {
    /// Its folder in cargo's target folder.
    pub folder: &'static str,
    /// As PyPI has it, with the version that the tests were written with.
    pub package: &'static str,
    /// What Python imports when it is there.
    pub module: &'static str,
    /// The Pythons for which it comes built.
    pub pythons: &'static str,
}

/// A desk phone's SIP stack.
pub const PJSIP: Package =
    Package { folder: "pjsip", package: "pjsua2-python==2.15.1.post1", module: "pjsua2", pythons: "3.8 to 3.12" };
/// Asks an API whatever its OpenAPI document allows, and what it does not.
pub const SCHEMATHESIS: Package = Package {
    folder: "schemathesis",
    package: "schemathesis==4.32.5",
    module: "schemathesis",
    pythons: "3.10 and later",
};
/// All of them.
pub const PACKAGES: &[Package] = &[PJSIP, SCHEMATHESIS];

impl Package {
    /// The environment's folder.
    pub fn folder(&self, target: &Path) -> PathBuf {
        target.join(self.folder)
    }

    /// A program of the environment: the Python that knows the package, or what came with it.
    pub fn program(&self, target: &Path, name: &str) -> PathBuf {
        self.folder(target).join("bin").join(name)
    }
}
