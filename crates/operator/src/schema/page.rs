//! The page `docs/reference.md`: every table with its keys, in the order in which an operator meets them.

use super::joined;
use dialplan::keys::{Absent, Key, Keys, Kind, ROOT};
use std::fmt::Write as _;

const INTRODUCTION: &str = "\
<!-- Made by `strowger schema --reference`; the texts are in crates/dialplan/src/keys. -->

# Every key

Each table of the configuration with its keys. How things are written (durations, references, numbers, hours,
requirements) is in [How a configuration is written](configuration.md); a file with every key in place is
[config/strowger.toml](../config/strowger.toml).

Editors know all of this too: with `#:schema ./strowger.schema.json` in the first line of a configuration, one
that reads JSON schemas for TOML (Visual Studio Code with Even Better TOML, or any with Taplo) completes keys,
shows these texts and underlines what cannot be. The schema is [config/strowger.schema.json](../config/strowger.schema.json);
`strowger schema` prints the one of the program that you run.
";

/// The whole page.
pub fn page() -> String {
    let mut page = INTRODUCTION.to_owned();
    let mut told = Vec::new();
    section(&ROOT, &mut page, &mut told);
    page
}

/// A table, and then those that its keys hold, unless they have been told already.
fn section(keys: &'static Keys, page: &mut String, told: &mut Vec<&'static str>) {
    if told.contains(&keys.title) {
        return;
    }
    told.push(keys.title);
    let _ = write!(page, "\n## {}\n\n{}\n\n", heading(keys.title), joined(keys.about));
    page.push_str("| key | what may be written | when left out | what it does |\n|---|---|---|---|\n");
    for key in keys.keys {
        let _ = writeln!(
            page,
            "| `{}` | {} | {} | {} |",
            key.name,
            cell(&written(key)),
            cell(&absent(key.absent)),
            cell(&joined(key.doc))
        );
    }
    for inner in keys.keys.iter().flat_map(|key| key.tables()) {
        section(inner, page, told);
    }
}

fn heading(title: &str) -> String {
    match title.strip_prefix("step: ") {
        Some(act) => format!("A step with `{act}`"),
        None => format!("`{title}`"),
    }
}

fn written(key: &Key) -> String {
    let words = |words: &[&str]| words.iter().map(|word| format!("`\"{word}\"`")).collect::<Vec<_>>().join(" or ");
    match key.kind {
        Kind::Text(example) => format!("a text, `\"{example}\"`"),
        Kind::Texts(example) => format!("a text or a list, `\"{example}\"`"),
        Kind::Word(all) => words(all),
        Kind::Words(all) => format!("a list of {}", words(all)),
        Kind::Duration => "a duration, `\"20s\"`".into(),
        Kind::Integer(least, most) => format!("a number from {least} to {most}"),
        Kind::Fraction => "a number from 0 to 1".into(),
        Kind::Boolean => "`true` or `false`".into(),
        Kind::Destination => "where a call is sent, `\"queue:support\"`".into(),
        Kind::Target => "a step, or where a call is sent".into(),
        Kind::Cause => "a word or a number, `\"busy\"`".into(),
        Kind::Levels => "a table, `{ english = 9, billing = 6 }`".into(),
        Kind::Digits => "a table, `{ 1 = \"queue:support\" }`".into(),
        Kind::Meanings(example) => format!("a table, `{{ 1 = \"{example}\" }}`"),
        Kind::Tiers => "a list of lists, `[[\"anna\"], [\"boris\", \"chen\"]]`".into(),
        Kind::Code => "keys, `\"*2\"`, or `false`".into(),
        Kind::Ready => "`false` or `\"at start\"`".into(),
        Kind::Password(_) => "a table, `{ file = \"secrets/alice\" }`".into(),
        Kind::One(keys) if keys.title.starts_with('[') => format!("a section, `{}`", keys.title),
        Kind::One(_) => "a table, `{ ... }`".into(),
        Kind::Many(keys) if keys.title.starts_with('[') => format!("sections, `{}`", keys.title),
        Kind::Many(_) => "a list of tables, `[{ ... }, { ... }]`".into(),
        Kind::Named(keys) | Kind::Flows(keys, _) => format!("sections, `{}`", keys.title),
    }
}

fn absent(absent: Absent) -> String {
    match absent {
        Absent::Value(value) => format!("`{value}`"),
        Absent::Words(words) => words.to_owned(),
        Absent::Needed => "**needed**".to_owned(),
    }
}

/// A text within a table of Markdown.
fn cell(text: &str) -> String {
    text.replace('|', "\\|")
}
