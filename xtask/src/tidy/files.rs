//! What every source file owes its reader: an opening `//!`, and an end within reach.

use super::Source;

/// Longer than this is two files.
const LINES_MAX: usize = 600;

/// Files that may be longer, each with its reason.
const LONG: &[(&str, &str)] = &[];

/// Where unsafe code may live: the ring of `lane`, and the shell and the load harness that talk to the kernel.
const UNSAFE: &[&str] = &["crates/lane/", "crates/strowger/", "benches/src/kernel.rs", "benches/src/media/"];

/// What is wrong with this file.
pub fn broken(source: &Source) -> Vec<String> {
    let mut found = Vec::new();
    let path = &source.path;
    let opens = source.text.lines().find(|line| !line.trim().is_empty() && !line.starts_with("#!["));
    if !opens.is_some_and(|line| line.starts_with("//!")) {
        found.push(format!(
            "{path}:1: does not open with `//!` (what it is, which RFC section, what it leaves to others)"
        ));
    }
    let lines = source.text.lines().count();
    if lines > LINES_MAX && !LONG.iter().any(|(long, _)| long == path) {
        found.push(format!(
            "{path}:{lines}: longer than {LINES_MAX} lines: two files, or a reason in xtask/src/tidy/files.rs"
        ));
    }
    if !UNSAFE.iter().any(|room| path.starts_with(room)) && path != "xtask/src/tidy/files.rs" {
        for (number, line) in source.text.lines().enumerate() {
            if line.contains("allow(unsafe_code)") || line.contains("expect(unsafe_code)") {
                found.push(format!(
                    "{path}:{}: unsafe code belongs to `lane`, the shell and the harness alone",
                    number + 1
                ));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_never_ends_and_unsafe_code_in_a_core_are_found() {
        let text = format!("//! Long.\n{}", "\n".repeat(LINES_MAX));
        assert_eq!(broken(&Source { path: "crates/sip/src/a.rs".into(), text }).len(), 1);
        let text = "//! Bold.\n#![allow(unsafe_code)]\n".to_string();
        assert_eq!(broken(&Source { path: "crates/sip/src/a.rs".into(), text: text.clone() }).len(), 1);
        assert!(broken(&Source { path: "crates/lane/src/a.rs".into(), text }).is_empty());
    }
}
