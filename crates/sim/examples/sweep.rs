//! Runs many worlds with random faults; prints the first seed that fails. `--seeds N [--from K]`.

use std::panic::catch_unwind;
use std::process::ExitCode;

fn number(name: &str, default: u64) -> u64 {
    let mut words = std::env::args().skip_while(|word| word != name).skip(1);
    words.next().and_then(|word| word.parse().ok()).unwrap_or(default)
}

fn main() -> ExitCode {
    let (from, count) = (number("--from", 0), number("--seeds", 100));
    for seed in from..from + count {
        if catch_unwind(|| sim::scenario::sweep(seed)).is_err() {
            eprintln!("seed {seed} fails; again with: cargo xtask sim --seeds 1 --from {seed}");
            return ExitCode::FAILURE;
        }
    }
    println!("{count} seeds from {from}: all quiescent, one record a call");
    ExitCode::SUCCESS
}
