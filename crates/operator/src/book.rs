//! The book in `docs/` says what is true: its configurations are taken, its commands are understood, its
//! links lead somewhere, and every error has its line.

use crate::cli;
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Every chapter, and the README, with its text.
fn chapters() -> Vec<(PathBuf, String)> {
    let docs = fs::read_dir(root().join("docs")).unwrap().map(|entry| entry.unwrap().path());
    let pages = docs.filter(|path| path.extension().is_some_and(|extension| extension == "md"));
    pages.chain([root().join("README.md")]).map(|path| (path.clone(), fs::read_to_string(path).unwrap())).collect()
}

/// The fenced blocks whose fence says exactly `kind`.
fn blocks<'t>(text: &'t str, kind: &str) -> Vec<&'t str> {
    let mut pieces = text.split("\n```");
    let mut found = vec![];
    pieces.next();
    while let Some(block) = pieces.next() {
        if let Some(body) = block.strip_prefix(kind).and_then(|rest| rest.strip_prefix('\n')) {
            found.push(body);
        }
        pieces.next();
    }
    found
}

#[test]
fn every_configuration_in_the_book_is_taken_without_a_finding() {
    let mut whole = 0;
    for (path, text) in chapters() {
        for block in blocks(&text, "toml") {
            let folder = tempfile::tempdir().unwrap();
            fs::create_dir(folder.path().join("sounds")).unwrap();
            for sound in block.split('"').filter(|word| word.ends_with(".wav")) {
                let spec = hound::WavSpec {
                    channels: 1,
                    sample_rate: 8_000,
                    bits_per_sample: 16,
                    sample_format: hound::SampleFormat::Int,
                };
                let mut wav = hound::WavWriter::create(folder.path().join("sounds").join(sound), spec).unwrap();
                (0..8_000).for_each(|_| wav.write_sample(0_i16).unwrap());
                wav.finalize().unwrap();
            }
            let config = folder.path().join("strowger.toml");
            fs::write(&config, block).unwrap();
            let findings = match crate::files::load(&config) {
                Ok(loaded) => loaded.warnings,
                Err(findings) => findings,
            };
            assert!(findings.is_empty(), "{}:\n{block}\n{}", path.display(), crate::files::render(&config, &findings));
            whole += 1;
        }
    }
    assert!(whole >= 5, "{whole} configurations");
}

#[test]
fn every_command_in_the_book_is_understood() {
    let mut commands = 0;
    for (path, text) in chapters() {
        for line in blocks(&text, "sh").into_iter().flat_map(str::lines) {
            let Some(said) = line.trim_start().strip_prefix("strowger ") else { continue };
            if let Err(error) = cli::understand(&format!("strowger {said}")) {
                panic!("{}: `{line}`: {error}", path.display());
            }
            commands += 1;
        }
    }
    assert!(commands >= 20, "{commands} commands");
}

#[test]
fn every_link_leads_somewhere_and_every_chapter_is_in_the_summary() {
    let docs = root().join("docs");
    let summary = fs::read_to_string(docs.join("SUMMARY.md")).unwrap();
    for (path, text) in chapters() {
        for target in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let file = target.split('#').next().unwrap_or_default();
            let near = path.parent().unwrap().join(file);
            assert!(target.contains("://") || file.is_empty() || near.exists(), "{}: {target}", path.display());
        }
        let name = path.file_name().unwrap().to_str().unwrap();
        let known = name == "SUMMARY.md" || name == "README.md" || summary.contains(&format!("]({name})"));
        assert!(known, "{name} is not in SUMMARY.md");
    }
}

/// The codes that the loader's source gives to its findings: the first text in each call that reports, and
/// every `bad-...`.
fn codes_of_the_loader(folder: &Path, into: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            codes_of_the_loader(&path, into);
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        for verb in [".error(", ".warn(", ".error_without_place("] {
            let calls = text.split(verb).skip(1).filter_map(|call| call.split(';').next()?.split('"').nth(1));
            into.extend(calls.filter(|word| is_code(word)).map(str::to_owned));
        }
        let texts = text.split('"').filter(|word| word.starts_with("bad-") && is_code(word));
        into.extend(texts.map(str::to_owned));
    }
}

fn is_code(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
}

#[test]
fn every_error_of_the_loader_has_its_line_in_the_book() {
    let mut said = BTreeSet::new();
    codes_of_the_loader(&root().join("crates/dialplan/src"), &mut said);
    assert!(said.len() >= 55, "only {} codes found in the source", said.len());
    let page = fs::read_to_string(root().join("docs/errors.md")).unwrap();
    let missing: Vec<_> = said.iter().filter(|code| !page.contains(&format!("\n| `{code}` |"))).collect();
    assert!(missing.is_empty(), "docs/errors.md does not explain {missing:?}");
}
