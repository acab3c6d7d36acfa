//! Programs of Python packages that `cargo xtask test` installs into cargo's target folder.

use anyhow::{Context, Result, ensure};
use std::path::PathBuf;
use xtask::python::Package;

/// A program of a package, where it has been installed. It always has in CI; elsewhere its tests are left out.
pub fn program(of: &Package, name: &str) -> Result<Option<PathBuf>> {
    // target/debug/deps/this
    let path = std::env::current_exe()?;
    let program = of.program(path.ancestors().nth(3).context("no target folder")?, name);
    if program.exists() {
        return Ok(Some(program));
    }
    ensure!(std::env::var_os("CI").is_none(), "no {}: `cargo xtask test` installs it", program.display());
    eprintln!("SKIPPED: {} is not here: `cargo xtask test` installs it", of.package);
    Ok(None)
}
