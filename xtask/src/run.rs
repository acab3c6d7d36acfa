//! `test`, `sim` and `bench`: which cargo commands run, in which order, and what they are told.
//! The tests themselves know nothing of this file; `cargo test` alone runs them too.

use crate::{needs, tidy};
use anyhow::{Context, Result, bail, ensure};
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Instant;

/// What CI runs.
pub fn test(root: &Path, release: bool, no_install: bool, rest: &[String]) -> Result<()> {
    let begun = Instant::now();
    if !no_install {
        needs::install(&target(root))?;
    }
    tidy::check(root)?;
    let profile: &[&str] = if release { &["--release"] } else { &[] };
    if component("fmt") {
        cargo(root, &["fmt", "--all", "--check"], &[], &[]).context("`cargo fmt --all` puts this right")?;
    }
    // The end-to-end tests drive the real binary, which `cargo test` alone would not build.
    cargo(root, &["build", "--locked", "-p", "strowger"], profile, &[])?;
    let binary = target(root).join(if release { "release" } else { "debug" }).join("strowger");
    let set = &[("STROWGER_BIN", binary.as_os_str())];
    let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
    cargo(root, &["test", "--locked", "--workspace", "--exclude", "e2e"], &[profile, &rest].concat(), set)?;
    let end_to_end = [&["test", "--locked", "-p", "e2e"], profile, &rest].concat();
    cargo(root, &[&["build", "--locked", "-p", "e2e", "--tests"], profile].concat(), &[], &[])?;
    within(needs::room(), root, &end_to_end, &[], set)?;
    if component("clippy") {
        cargo(root, &["clippy", "--locked", "--workspace", "--all-targets", "--", "-D", "warnings"], &[], &[])?;
    }
    if component("deny") && root.join("deny.toml").exists() {
        cargo(root, &["deny", "--offline", "check", "bans", "sources"], &[], &[])?;
    }
    println!("all good in {} s", begun.elapsed().as_secs());
    Ok(())
}

/// The seed sweep: optimised, since it is bound by the processor alone.
pub fn sim(root: &Path, seeds: u64, from: u64) -> Result<()> {
    let (seeds, from) = (seeds.to_string(), from.to_string());
    let line = ["run", "--release", "-q", "-p", "sim", "--example", "sweep", "--", "--seeds", &seeds, "--from", &from];
    cargo(root, &line, &[], &[])
}

/// The load harness, optimised, and the switch that it measures. Nothing but its report goes to standard output.
pub fn bench(root: &Path, rest: &[String]) -> Result<()> {
    let built = ["build", "--release", "--quiet", "--locked", "-p", "strowger", "-p", "bench", "--bins"];
    let mut cargo = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    ensure!(cargo.args(built).current_dir(root).status()?.success(), "the harness or the switch does not build");
    let harness = target(root).join("release").join("bench");
    let raised = ["-c", "ulimit -n \"$(ulimit -Hn)\" 2>/dev/null; exec \"$@\"", "sh"];
    let status = Command::new("sh").args(raised).arg(harness).args(rest).status()?;
    // Its own error line says what was wrong.
    std::process::exit(status.code().unwrap_or(1));
}

/// Runs cargo on this machine as it is.
pub fn cargo(root: &Path, arguments: &[&str], more: &[&str], set: &[(&str, &OsStr)]) -> Result<()> {
    within(&[], root, arguments, more, set)
}

/// Runs cargo with the descriptor limit raised as far as it may be: the tests open a socket a leg,
/// and many machines begin at 1,024.
fn within(room: &[&str], root: &Path, arguments: &[&str], more: &[&str], set: &[(&str, &OsStr)]) -> Result<()> {
    let shown = format!("cargo {} {}", arguments.join(" "), more.join(" "));
    println!("--- {}", shown.trim_end());
    let mut command = Command::new(room.first().unwrap_or(&"sh"));
    if let Some((_, more)) = room.split_first() {
        command.args(more).arg("sh");
    }
    command.args(["-c", "ulimit -n \"$(ulimit -Hn)\" 2>/dev/null; exec \"$@\"", "sh"]);
    command.arg(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command.args(arguments).args(more).current_dir(root);
    command.envs(set.iter().copied());
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => bail!("`{}` failed", shown.trim_end()),
        Err(error) => bail!("`{}` could not start: {error}", shown.trim_end()),
    }
}

/// Whether cargo has this subcommand here.
fn component(name: &str) -> bool {
    let asked = Command::new("cargo").args([name, "--version"]).output();
    let there = asked.is_ok_and(|output| output.status.success());
    if !there {
        println!("--- cargo {name} is not here: left out");
    }
    there
}

/// Where cargo builds.
pub fn target(root: &Path) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), |folder| root.join(folder))
}
