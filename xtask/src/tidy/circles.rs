//! Files of a crate that know each other in a circle: none of them can be read, tested or moved without the others. Where
//! there is none, there is none to be; the crates that still have some are listed.

use super::Source;
use std::collections::{BTreeMap, BTreeSet};

/// Crates whose circles are one thing told in several files: a type by its deeds, a face and what it carries.
const KNOWN: &[&str] = &["acd", "ledger", "media", "sim", "sip"];

/// The files of one crate by their path in it, and whom each names.
type Arrows<'a> = BTreeMap<String, (&'a str, BTreeSet<String>)>;

/// Every circle.
pub fn broken(sources: &[Source]) -> Vec<String> {
    let mut crates: BTreeMap<&str, Vec<(&str, &Source)>> = BTreeMap::new();
    for source in sources {
        let within = source.path.strip_prefix("crates/").and_then(|path| path.split_once("/src/"));
        if let Some((name, file)) = within.filter(|(name, file)| !KNOWN.contains(name) && !is_test(file)) {
            crates.entry(name).or_default().push((file, source));
        }
    }
    crates.values().flat_map(|files| circles(&arrows(files))).collect()
}

fn is_test(file: &str) -> bool {
    file.split('/').any(|part| part == "tests" || part == "tests.rs" || part.ends_with("_tests.rs"))
}

fn arrows<'a>(files: &[(&'a str, &'a Source)]) -> Arrows<'a> {
    let mut all: Arrows<'a> =
        files.iter().map(|(file, source)| (module(file), (source.path.as_str(), BTreeSet::new()))).collect();
    for (file, source) in files {
        let of = module(file);
        let named = named(&source.text, &of).into_iter().filter_map(|path| nearest(&all, &path));
        let named: BTreeSet<String> = named.filter(|other| *other != of).collect();
        all.entry(of).and_modify(|(_, to)| *to = named);
    }
    all
}

/// `call/end.rs` is `call::end`; the root of the crate is nothing.
fn module(file: &str) -> String {
    let path = file.trim_end_matches(".rs");
    let path = if matches!(path, "lib" | "main") { "" } else { path.strip_suffix("/mod").unwrap_or(path) };
    path.replace('/', "::")
}

/// The file in which something of this path is: that of its longest beginning. The root is no file to be in a circle with:
/// it names all the others.
fn nearest(all: &Arrows<'_>, path: &str) -> Option<String> {
    let parts: Vec<&str> = path.split("::").collect();
    (1..=parts.len()).rev().map(|length| parts[..length].join("::")).find(|path| all.contains_key(path))
}

/// The paths within its own crate that a file names, from the crate's root.
fn named(text: &str, of: &str) -> Vec<String> {
    let text = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let code: Vec<&str> = text.lines().map(|line| line.split("//").next().unwrap_or_default()).collect();
    let code = code.join(" ");
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::").chain(code.match_indices("super::")) {
        let starts = !code[..at].ends_with(|last: char| last.is_alphanumeric() || last == '_' || last == ':');
        if starts {
            expand("", &code[at..], &mut found);
        }
    }
    found.iter().filter_map(|path| absolute(path, of)).collect()
}

/// `a::{b, c::{d, e}}` is `a::b`, `a::c::d`, `a::c::e`; what follows is another matter. How far it was read comes back.
fn expand(before: &str, text: &str, into: &mut Vec<String>) -> usize {
    let is_path = |letter: char| letter.is_alphanumeric() || letter == '_' || letter == ':';
    let length = text.find(|letter: char| !is_path(letter)).unwrap_or(text.len());
    let path = format!("{before}{}", &text[..length]);
    if !(path.ends_with("::") && text[length..].starts_with('{')) {
        into.push(path);
        return length;
    }
    let mut at = length + 1;
    while let Some(next) = text[at..].chars().next() {
        at += match next {
            '}' => return at + 1,
            next if is_path(next) => expand(&path, &text[at..], into),
            next => next.len_utf8(),
        };
    }
    at
}

fn absolute(path: &str, of: &str) -> Option<String> {
    if let Some(path) = path.strip_prefix("crate::") {
        return Some(path.to_owned());
    }
    let (mut base, mut path) = (of, path);
    while let Some(rest) = path.strip_prefix("super::") {
        base = base.rsplit_once("::").map_or("", |(above, _)| above);
        path = rest;
    }
    Some(if base.is_empty() { path.to_owned() } else { format!("{base}::{path}") })
}

/// Who can be reached from himself, told once a circle.
fn circles(arrows: &Arrows<'_>) -> Vec<String> {
    let reach: BTreeMap<&str, BTreeSet<&str>> = arrows.keys().map(|of| (of.as_str(), reached(arrows, of))).collect();
    let mut told = BTreeSet::new();
    let mut found = Vec::new();
    for (of, others) in reach.iter().filter(|(of, others)| others.contains(*of)) {
        let circle: Vec<&str> = others.iter().filter(|other| reach[*other].contains(of)).copied().collect();
        if told.insert(circle.clone()) {
            found.push(format!("{}:1: files know each other in a circle: {}", arrows[*of].0, circle.join(", ")));
        }
    }
    found
}

fn reached<'a>(arrows: &'a Arrows<'_>, of: &'a str) -> BTreeSet<&'a str> {
    let (mut all, mut next) = (BTreeSet::new(), vec![of]);
    while let Some((_, to)) = next.pop().and_then(|of| arrows.get(of)) {
        next.extend(to.iter().map(String::as_str).filter(|other| all.insert(*other)));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    fn source(path: &str, text: &str) -> Source {
        Source { path: path.into(), text: text.into() }
    }

    #[test]
    fn two_files_that_name_each_other_are_a_circle_and_who_names_both_is_not_in_it() {
        let found = broken(&[
            source("crates/lane/src/lib.rs", "mod a; mod b; use a::A;"),
            source("crates/lane/src/a.rs", "use crate::{c, b::{B, D}}; // crate::e"),
            source("crates/lane/src/b/mod.rs", "fn f() { let _ = super::a::A; }"),
            source("crates/lane/src/c.rs", "fn f() {}\n#[cfg(test)]\nmod tests { use crate::e::E; }"),
            source("crates/lane/src/e.rs", "use crate::{a::A, c::C};"),
            source("crates/lane/src/e/tests.rs", "use crate::c; use super::E;"),
        ]);
        assert_eq!(found, ["crates/lane/src/a.rs:1: files know each other in a circle: a, b"]);
    }

    #[test]
    fn a_longer_circle_is_told_once() {
        let found = broken(&[
            source("crates/lane/src/a.rs", "use crate::b::B;"),
            source("crates/lane/src/b.rs", "use crate::d::c::C;"),
            source("crates/lane/src/d/c.rs", "use super::super::a::A;"),
        ]);
        assert_eq!(found.len(), 1, "{found:?}");
        assert!(found[0].ends_with("a, b, d::c"), "{found:?}");
    }
}
