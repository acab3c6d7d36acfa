//! House rules as checks: what `rustc` and `clippy` cannot hold. Each rule returns its findings as
//! `file:line: what is wrong`; the rules know nothing of one another.

mod arrows;
mod circles;
mod files;
mod words;

use anyhow::{Result, bail};
use std::path::{Path, PathBuf};

/// A source file, read once for all rules.
struct Source {
    /// Below the root, with `/`.
    path: String,
    text: String,
}

/// Checks everything; the findings are the error.
pub fn check(root: &Path) -> Result<()> {
    let found = findings(root)?;
    if found.is_empty() {
        println!("tidy: the house rules hold");
        return Ok(());
    }
    for line in &found {
        eprintln!("{line}");
    }
    bail!("{} house rule(s) broken", found.len())
}

fn findings(root: &Path) -> Result<Vec<String>> {
    let sources = sources(root)?;
    let mut found = arrows::broken(root)?;
    found.extend(circles::broken(&sources));
    for source in &sources {
        found.extend(files::broken(source));
        found.extend(words::broken(source));
    }
    found.sort();
    Ok(found)
}

fn sources(root: &Path) -> Result<Vec<Source>> {
    let mut paths = Vec::new();
    for folder in ["crates", "tests", "benches", "xtask"] {
        collect(&root.join(folder), &mut paths)?;
    }
    paths.sort();
    let mut sources = Vec::with_capacity(paths.len());
    for path in paths {
        let text = std::fs::read_to_string(&path)?;
        let path = path.strip_prefix(root).unwrap_or(&path).to_string_lossy().replace('\\', "/");
        sources.push(Source { path, text });
    }
    Ok(sources)
}

fn collect(folder: &Path, into: &mut Vec<PathBuf>) -> Result<()> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Ok(()) };
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() && name != "target" && !name.starts_with('.') {
            collect(&path, into)?;
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            into.push(path);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_house_rules_hold_here() {
        let found = findings(&crate::root()).unwrap();
        assert!(found.is_empty(), "\n{}", found.join("\n"));
    }

    #[test]
    fn a_core_that_reaches_for_another_a_bare_file_and_a_banned_word_are_all_found() {
        let house = tempfile::tempdir().unwrap();
        let sip = house.path().join("crates/sip");
        std::fs::create_dir_all(sip.join("src")).unwrap();
        let manifest = "[package]\nname = \"sip\"\n[dependencies]\nmedia = { workspace = true }\n";
        std::fs::write(sip.join("Cargo.toml"), manifest).unwrap();
        std::fs::write(sip.join("src/lib.rs"), "pub struct CallManager;\n").unwrap();
        let found = findings(house.path()).unwrap();
        assert_eq!(found.len(), 4, "{found:#?}");
        assert!(found.iter().any(|line| line.contains("`sip` must not depend on `media`")));
        assert!(found.iter().any(|line| line.contains("[lints] workspace = true")));
        assert!(found.iter().any(|line| line.contains("does not open with `//!`")));
        assert!(found.iter().any(|line| line.contains("`CallManager`")));
    }
}
