//! Every finding has its row in `docs/errors.md`, and every row there its finding; every reason for which call control
//! counts a refusal has one too.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

const PAGE: &str = include_str!("../../../docs/errors.md");

/// Every Rust file below a folder of this workspace.
fn sources(folder: &str, into: &mut Vec<PathBuf>) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(folder);
    let mut open = vec![folder];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).expect("a folder of ours") {
            let path = entry.expect("an entry").path();
            match path.is_dir() {
                true => open.push(path),
                false if path.extension().is_some_and(|ending| ending == "rs") => into.push(path),
                false => {}
            }
        }
    }
}

/// The first text of each call of these functions, where it looks like a code.
fn first_texts(folders: &[&str], calls: &[&str], looks_right: fn(&str) -> bool) -> BTreeSet<String> {
    let mut files = vec![];
    folders.iter().for_each(|folder| sources(folder, &mut files));
    let mut found = BTreeSet::new();
    for file in files {
        let text = std::fs::read_to_string(&file).expect("a file of ours");
        let own = text.split("#[cfg(test)]").next().unwrap_or_default();
        for (at, call) in calls.iter().flat_map(|call| own.match_indices(call)) {
            let arguments = own[at + call.len()..].split(';').next().unwrap_or_default();
            let first = arguments.split('"').nth(1).filter(|first| looks_right(first));
            found.extend(first.map(str::to_owned));
        }
    }
    found
}

fn is_code(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b == b'-')
}

/// What stands in backquotes in the first cell of each row of the tables from one heading to another.
fn rows(from: &str, to: &str) -> Vec<String> {
    let part = PAGE.split_once(from).expect("the heading").1;
    let part = if to.is_empty() { part } else { part.split_once(to).expect("the heading").0 };
    let cells = part.lines().filter_map(|line| line.strip_prefix("| `")?.split(" |").next());
    cells
        .flat_map(|cell| cell.split('`').step_by(2).map(str::to_owned).collect::<Vec<_>>())
        .filter(|word| !word.is_empty())
        .collect()
}

const REFUSED: &str = "## What callers and phones are refused with";

#[test]
fn every_finding_has_its_row_once_and_every_row_its_finding() {
    let calls = [".error(", ".warn(", "or_report(", "error_without_place(", "mistake("];
    let emitted = first_texts(&["dialplan/src", "operator/src", "strowger/src"], &calls, is_code);
    assert!(emitted.len() > 60, "{emitted:?}");
    let told = rows("## Reading the file", REFUSED);
    let set: BTreeSet<String> = told.iter().cloned().collect();
    assert_eq!(told.len(), set.len(), "a row is there twice: {told:?}");
    let missing: Vec<_> = emitted.difference(&set).collect();
    let dead: Vec<_> = set.difference(&emitted).collect();
    assert!(missing.is_empty() && dead.is_empty(), "without a row: {missing:?}; without a finding: {dead:?}");
}

/// The table of the console's problems: each kind begins with its name, its code and its status.
#[test]
fn every_problem_of_the_api_has_its_row_and_every_row_its_problem() {
    let table = include_str!("../../console/src/wire/problem.rs").split_once("kinds! {").expect("the table").1;
    let codes =
        table.lines().filter_map(|line| line.trim().split_once(" \"")?.1.split_once("\" ")).map(|(code, _)| code);
    let codes: BTreeSet<String> = codes.filter(|code| is_code(code)).map(str::to_owned).collect();
    assert!(codes.len() >= 8, "{codes:?}");
    let told: BTreeSet<String> = rows("## What the console's API answers", "").into_iter().collect();
    assert_eq!(told, codes);
}

#[test]
fn every_reason_of_call_control_has_its_row() {
    let mut counted =
        first_texts(&["call/src"], &["desk.count(", "Refusal::new(", "Refusal::node("], |text| !text.is_empty());
    assert!(counted.len() >= 5, "{counted:?}");
    // What a full node says, chosen in one place.
    counted.extend(
        ["draining", "calls at the limit", "memory at the limit", "ledger behind", "ids exhausted"].map(str::to_owned),
    );
    let told: BTreeSet<String> = rows(REFUSED, "").into_iter().collect();
    let missing: Vec<_> = counted.difference(&told).collect();
    assert!(missing.is_empty(), "without a row: {missing:?}");
}
