//! `cargo xtask`: the errands of this repository, in Rust so that they need nothing but cargo.
//! `test` is what CI runs; `bench` measures; `tidy` holds the house rules; `sim` looks for a seed that breaks the switch;
//! `fresh` follows README and manual as a stranger would, and `nightly` does all that takes long.

mod deb;
mod fresh;
mod instructions;
mod needs;
mod nightly;
mod run;
mod tidy;

use clap::{Parser, Subcommand};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// The errands of this repository.
#[derive(Parser)]
#[command(name = "cargo xtask", about)]
struct Line {
    #[command(subcommand)]
    errand: Errand,
}

#[derive(Subcommand)]
enum Errand {
    /// Install what the tests need, then build and run all tests, the lints and the house rules.
    Test {
        /// Build with optimisation: slower to start, for timing-sensitive work.
        #[arg(long)]
        release: bool,
        /// Install nothing; the tests say themselves what they miss.
        #[arg(long)]
        no_install: bool,
        /// Passed on to `cargo test`, for instance the name of one test.
        #[arg(last = true)]
        rest: Vec<String>,
    },
    /// Run the simulated switch under many seeds; a seed that fails is printed.
    Sim {
        /// How many seeds.
        #[arg(long, default_value_t = 200)]
        seeds: u64,
        /// The first one.
        #[arg(long, default_value_t = 0)]
        from: u64,
    },
    /// The long versions of the tests: 50 deaths, thousands of simulated worlds, outages of a minute; and last, `fresh`.
    Nightly {
        /// Install nothing; the tests say themselves what they miss.
        #[arg(long)]
        no_install: bool,
    },
    /// Put the switch or a peer under load, and say what a call costs: `cargo xtask bench --help`. `bench instructions`
    /// counts what the cores take, and compares it with what is on record.
    #[command(disable_help_flag = true)]
    Bench {
        /// Passed on to the harness.
        #[arg(trailing_var_arg = true, allow_hyphen_values = true)]
        rest: Vec<String>,
    },
    /// Follow README and manual in a bare Debian made by debootstrap: what builds, tests, measures and installs; as root.
    Fresh {
        /// Where the new machine is made; one that is there is used again.
        #[arg(long, default_value = fresh::FOLDER)]
        folder: PathBuf,
    },
    /// Make the Debian package, of what `cargo build --profile dist` left or of another binary.
    Deb {
        /// This binary instead of target/dist/strowger.
        #[arg(long)]
        binary: Option<PathBuf>,
        /// Where the package goes; target/debian without it.
        #[arg(long)]
        out: Option<PathBuf>,
        /// How it is compressed: xz, gzip, zstd or none.
        #[arg(long, default_value = "xz")]
        compression: String,
    },
    /// Check the house rules: arrows between crates, what files open with, their length, their words.
    Tidy,
}

/// The root of the repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().map_or_else(|| PathBuf::from("."), Path::to_path_buf)
}

fn deb(binary: Option<PathBuf>, out: Option<PathBuf>, compression: &str) -> anyhow::Result<()> {
    let target = run::target(&root());
    let binary = binary.map_or_else(|| deb::built(&target), Ok)?;
    let package = deb::make(&root(), &binary, &out.unwrap_or_else(|| target.join("debian")), compression)?;
    println!("{}", package.display());
    Ok(())
}

fn main() -> ExitCode {
    let done = match Line::parse().errand {
        Errand::Test { release, no_install, rest } => run::test(&root(), release, no_install, &rest),
        Errand::Sim { seeds, from } => run::sim(&root(), seeds, from),
        Errand::Nightly { no_install } => nightly::nightly(&root(), no_install),
        Errand::Bench { rest } => match rest.split_first() {
            Some((mode, rest)) if mode == "instructions" => instructions::instructions(&root(), rest),
            _ => run::bench(&root(), &rest),
        },
        Errand::Fresh { folder } => fresh::fresh(&root(), &folder),
        Errand::Deb { binary, out, compression } => deb(binary, out, &compression),
        Errand::Tidy => tidy::check(&root()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
