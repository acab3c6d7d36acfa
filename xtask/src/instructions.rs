//! `bench instructions`: what the sans-IO cores take for a call, a call that rings eight, a queue call, a registration, a
//! relayed packet and a NOTIFY with its answer, and the account for a queue call (its fold over the journal, and its intake), in instructions, counted by valgrind's callgrind. For the same program, compiler and C library the count is the
//! same to the instruction, however busy the machine is: so it is what tells whether something became slower.

use crate::run;
use anyhow::{Context, Result, bail, ensure};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// How much more than what is on record is too much.
const TOLERANCE_PERCENT: u64 = 3;
/// As many calls a call to one of eight may cost.
const FORK_OF_EIGHT: u64 = 5;

/// A kind of work.
struct Work {
    name: &'static str,
    /// The crate and its example that does it.
    program: Program,
    /// As many pieces in the shorter run, and in the longer one.
    pieces: (u64, u64),
    /// What there is in a piece of the example: a second of sound is a hundred packets.
    in_each: u64,
    /// Only what these functions and those below them do is counted.
    counted: &'static [&'static str],
}

/// A crate's example.
type Program = (&'static str, &'static str);

const CORES: Program = ("sim", "instructions");
const ACCOUNT: Program = ("ledger", "account_instructions");

const NODE: &[&str] = &["node::Node::handle_input", "node::Node::handle_timeout", "node::Node::poll_output"];
const INGEST: &[&str] = &["media::worker::receive::<impl media::worker::Worker>::ingest"];

const WORK: &[Work] = &[
    Work { name: "call", program: CORES, pieces: (10, 60), in_each: 1, counted: NODE },
    Work { name: "queue", program: CORES, pieces: (10, 60), in_each: 1, counted: NODE },
    Work { name: "fork", program: CORES, pieces: (10, 60), in_each: 1, counted: NODE },
    Work { name: "registration", program: CORES, pieces: (10, 110), in_each: 1, counted: NODE },
    Work { name: "packet", program: CORES, pieces: (5, 25), in_each: 100, counted: INGEST },
    Work { name: "notify", program: CORES, pieces: (2, 12), in_each: 300, counted: NODE },
    Work { name: "fold", program: ACCOUNT, pieces: (20, 120), in_each: 1, counted: &["account_instructions::fold"] },
    Work {
        name: "intake",
        program: ACCOUNT,
        pieces: (20, 120),
        in_each: 1,
        counted: &["account_instructions::intake"],
    },
];

/// Counts, prints, and compares with what is on record; `--record` puts these counts on record instead.
pub fn instructions(root: &Path, rest: &[String]) -> Result<()> {
    let record = match rest {
        [] => false,
        [one] if one == "--record" => true,
        _ => bail!("`bench instructions` knows one option: --record"),
    };
    for (package, example) in [CORES, ACCOUNT] {
        let build = ["build", "--release", "--quiet", "--locked", "-p", package, "--example", example];
        run::cargo(root, &build, &[], &[])?;
    }
    let programs = run::target(root).join("release/examples");
    let mut counts = BTreeMap::new();
    for work in WORK {
        counts.insert(work.name.to_owned(), count(&programs.join(work.program.1), work)?);
    }
    ensure!(counts["fork"] <= counts["call"] * FORK_OF_EIGHT, "a fork of eight costs more than {FORK_OF_EIGHT} calls");
    let file = file(root);
    if record {
        return std::fs::write(&file, serde_json::to_string_pretty(&counts)? + "\n")
            .context("the record was not written");
    }
    let known: BTreeMap<String, u64> = serde_json::from_slice(&std::fs::read(&file)?)?;
    let (table, worse) = compare(&counts, &known);
    print!("{table}");
    ensure!(!worse, "more than {TOLERANCE_PERCENT} % above {}", file.display());
    Ok(())
}

fn file(root: &Path) -> PathBuf {
    root.join("benches/instructions.json")
}

/// What one piece takes: a longer run less a shorter one.
fn count(program: &Path, work: &Work) -> Result<u64> {
    let (few, many) = work.pieces;
    let less = collected(program, work, few)?;
    let more = collected(program, work, many)?;
    ensure!(less > 0 && more > less, "callgrind counted nothing in {:?}: were they renamed?", work.counted);
    Ok((more - less) / ((many - few) * work.in_each))
}

fn collected(program: &Path, work: &Work, pieces: u64) -> Result<u64> {
    let mut valgrind = Command::new("valgrind");
    valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null", "--collect-atstart=no"]);
    valgrind.args(work.counted.iter().map(|function| format!("--toggle-collect={function}")));
    valgrind.arg(program).args([work.name, &pieces.to_string()]);
    let output = valgrind.output().context("valgrind is not here: `apt-get install valgrind`")?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "`{} {}` failed under valgrind:\n{said}", work.name, pieces);
    let total = said.lines().find_map(|line| line.split_once("Collected :")).context("callgrind told no count")?;
    Ok(total.1.trim().parse()?)
}

/// The table, and whether anything takes too much more.
fn compare(counts: &BTreeMap<String, u64>, known: &BTreeMap<String, u64>) -> (String, bool) {
    let mut table = format!("{:<14}{:>14}{:>14}{:>10}\n", "work", "instructions", "on record", "differs");
    let mut worse = false;
    for (name, count) in counts {
        let before = known.get(name).copied().unwrap_or(0);
        let percent = (*count as f64 / before as f64 - 1.0) * 100.0;
        // Something that is not on record has no excuse either.
        worse |= count * 100 > before * (100 + TOLERANCE_PERCENT);
        let _infallible = writeln!(table, "{name:<14}{count:>14}{before:>14}{percent:>+8.2} %");
    }
    (table, worse)
}

#[cfg(test)]
mod tests {
    use super::compare;
    use std::collections::BTreeMap;

    fn of(count: u64) -> BTreeMap<String, u64> {
        BTreeMap::from([("call".to_owned(), count)])
    }

    #[test]
    fn three_percent_more_is_too_much_and_less_is_never() {
        assert!(!compare(&of(1_030), &of(1_000)).1);
        assert!(compare(&of(1_031), &of(1_000)).1);
        assert!(!compare(&of(10), &of(1_000)).1);
        assert!(compare(&of(1_000), &BTreeMap::new()).1, "not on record");
    }
}
