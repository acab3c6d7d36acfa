//! `nightly`: the long versions of what the tests do briefly, and the count of what the cores take. Optimised, one after
//! the other, with the time of each; and last, README and manual in a bare Debian.

use crate::{fresh, instructions, needs, run};
use anyhow::{Context, Result};
use std::ffi::OsStr;
use std::path::Path;
use std::time::Instant;

/// Worlds of the simulator.
const SEEDS: u64 = 5_000;

/// One long run.
struct Errand {
    what: &'static str,
    /// Arguments of `cargo test -p e2e --release`.
    test: &'static [&'static str],
    set: (&'static str, &'static str),
}

const ERRANDS: &[Errand] = &[
    Errand { what: "50 deaths with 500 calls up", test: &["--test", "crash"], set: ("STROWGER_KILLS", "50") },
    Errand {
        what: "storage away, locked, slow and hanging for 60 s each",
        test: &["--test", "storage"],
        set: ("STROWGER_OUTAGE_S", "60"),
    },
    Errand { what: "the limits", test: &["--test", "limits"], set: ("STROWGER_NIGHTLY", "1") },
];

/// Runs everything; the first that fails ends it.
pub fn nightly(root: &Path, no_install: bool) -> Result<()> {
    if !no_install {
        needs::install(&run::target(root))?;
    }
    let begun = Instant::now();
    run::sim(root, SEEDS, 0).with_context(|| format!("{SEEDS} worlds"))?;
    println!("{SEEDS} worlds: {} s", begun.elapsed().as_secs());
    instructions::instructions(root, &[]).context("instructions of the cores")?;
    run::cargo(root, &["build", "--release", "--locked", "-p", "strowger"], &[], &[])?;
    let binary = run::target(root).join("release/strowger");
    for errand in ERRANDS {
        let since = Instant::now();
        let line = [&["test", "--release", "--locked", "-p", "e2e"], errand.test].concat();
        let (name, value) = errand.set;
        let set = [("STROWGER_BIN", binary.as_os_str()), (name, OsStr::new(value))];
        run::cargo(root, &line, &["--", "--nocapture"], &set).context(errand.what)?;
        println!("{}: {} s", errand.what, since.elapsed().as_secs());
    }
    match fresh::hindrance() {
        Some(why) => println!("SKIPPED: README and manual are not followed in a bare Debian: {why}"),
        None => fresh::fresh(root, Path::new(fresh::FOLDER)).context("README and manual in a bare Debian")?,
    }
    println!("a quiet night, {} s", begun.elapsed().as_secs());
    Ok(())
}
