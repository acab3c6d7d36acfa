//! Lines that are no TOML at all, by what they would be elsewhere.

/// What a line is, in one sentence, and what to write.
pub(crate) struct Foreign {
    pub message: &'static str,
    pub help: String,
    /// Whether the whole file is of that kind, so that it is said once.
    pub whole: bool,
}

/// What a line would be elsewhere.
pub(crate) fn line(line: &str) -> Option<Foreign> {
    let text = line.trim();
    let found = |message, help: &str, whole| Some(Foreign { message, help: help.into(), whole });
    let scripts =
        ["loadmodule", "modparam", "loadpath", "mpath", "if (", "if(", "} else", "switch(", "return;", "exit;"];
    let blocks = ["route", "request_route", "branch_route", "onreply_route", "failure_route", "event_route"];
    let begins = |words: &[&str]| words.iter().any(|word| text.starts_with(word));
    if text.starts_with('<') {
        return found("this is XML, and not TOML", "write [[phone]], then a line for each key: user = \"alice\"", true);
    }
    if begins(&[";", "//", "/*", "--", "%"]) {
        return found("this begins no comment", "a comment begins with `#`", false);
    }
    if begins(&blocks) && text.ends_with('{') {
        return found(
            "there are no route scripts here",
            "write a [[route]] for each kind of call: from, to and go",
            true,
        );
    }
    if let Some((key, _)) = text.strip_suffix(';').and_then(|text| text.split_once('=')).filter(|(key, _)| is_key(key))
    {
        let help = format!("end the line without it: {} = ...", key.trim());
        return Some(Foreign { message: "a line ends without `;`", help, whole: false });
    }
    if begins(&scripts) || text.ends_with(';') {
        return found(
            "there are no modules and no scripts here",
            "write [[route]] and [flow.NAME] tables, and leave this out",
            true,
        );
    }
    if let Some(header) = text.strip_prefix('[').and_then(|rest| rest.split_once("](")) {
        let help =
            format!("write [[phone]] and user = {:?}; user = \"desk{{01..20}}\" makes twenty of one table", header.0);
        return Some(Foreign { message: "there are no templates here", help, whole: false });
    }
    if let Some((key, value)) = text.split_once("=>") {
        return assignment("=>", key, value);
    }
    match text.split_once(':') {
        Some((key, value)) if is_key(key.trim_start_matches("- ")) && value.starts_with(' ') => {
            assignment(":", key.trim_start_matches("- "), value)
        }
        _ => None,
    }
}

fn assignment(sign: &str, key: &str, value: &str) -> Option<Foreign> {
    let (key, value) = (key.trim(), value.trim().trim_matches('"'));
    let message = if sign == ":" { "a key and its value have no `:` between them" } else { "there is no `=>` in TOML" };
    let shown = if is_secret(key) { "..." } else { value };
    is_key(key).then(|| Foreign {
        message,
        help: format!("write `=`, and a text in quotes: {key} = \"{shown}\""),
        whole: false,
    })
}

fn is_key(text: &str) -> bool {
    let text = text.trim();
    !text.is_empty() && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-')
}

fn is_secret(key: &str) -> bool {
    crate::secret::is_said(key)
}

/// Lines that are comments here and mean something elsewhere: their place, and what to write.
pub(crate) fn comments(text: &str) -> Vec<(std::ops::Range<usize>, String)> {
    let mut at = 0;
    let mut found = vec![];
    for line in text.split_inclusive('\n') {
        if let Some(help) = include(line.trim_end()) {
            found.push((at..at + line.trim_end().len(), help));
        }
        at += line.len();
    }
    found
}

/// `#include "phones.conf"`.
fn include(line: &str) -> Option<String> {
    let words = ["#include ", "#tryinclude ", "#exec ", "#!include ", "#!include_file ", "include_file "];
    let rest = words.iter().find_map(|word| line.strip_prefix(word))?.trim();
    let name = rest.trim_matches(['"', '<', '>', ' ', '\'']);
    let is_name = name.contains('.') && !name.contains(char::is_whitespace);
    let stem = name.rsplit_once('.').map_or(name, |(stem, _)| stem);
    is_name.then(|| format!("write include = [\"{stem}.toml\"] above the first table, and convert the file"))
}
