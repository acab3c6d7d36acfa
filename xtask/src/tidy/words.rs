//! Names that mean two things in telephony, or nothing at all, are not given to anything here.
//! Only what we name is looked at (items and files), so that prose and others' APIs stay free.

use super::Source;

/// Not used as a word of a name: see GLOSSARY.md.
const BANNED: &[&str] = &["channel", "channels", "manager", "helper", "helpers", "util", "utils", "misc"];

/// Where the next word is a name of ours.
const NAMING: &[&str] = &["fn", "struct", "enum", "trait", "type", "mod", "const", "static", "union"];

/// Names in this file that say too little.
pub fn broken(source: &Source) -> Vec<String> {
    let mut found = Vec::new();
    let path = &source.path;
    let stem = path.rsplit('/').next().unwrap_or_default().trim_end_matches(".rs");
    if bad(stem) {
        found.push(format!("{path}: the file name `{stem}` says too little: name what it does"));
    }
    for (number, line) in source.text.lines().enumerate() {
        // Every second piece between quotes is text, not a name.
        let unquoted: String = line.split('"').step_by(2).collect();
        let code = unquoted.split("//").next().unwrap_or_default();
        let mut words = code.split(|c: char| !(c.is_alphanumeric() || c == '_')).filter(|word| !word.is_empty());
        while let Some(word) = words.next() {
            if !NAMING.contains(&word) {
                continue;
            }
            let Some(name) = words.next() else { break };
            if bad(name) || (word == "fn" && name == "process") {
                found.push(format!("{path}:{}: the name `{name}` says too little: name what it does", number + 1));
            }
        }
    }
    found
}

/// Whether a snake_case or CamelCase name holds a banned word.
fn bad(name: &str) -> bool {
    let mut snake = String::new();
    for letter in name.chars() {
        if letter.is_uppercase() {
            snake.push('_');
        }
        snake.extend(letter.to_lowercase());
    }
    snake.split('_').any(|word| BANNED.contains(&word))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_split_into_words_and_prose_is_left_alone() {
        assert!(bad("CallManager") && bad("string_utils") && bad("helper"));
        assert!(!bad("Switchboard") && !bad("utility_bill"));
        let text = "//! A WAV file has channels; no helper here.\nlet spec = WavSpec { channels: 2 };\n";
        assert!(broken(&Source { path: "a/b.rs".into(), text: text.into() }).is_empty());
        let text = "//! X.\npub fn process(input: Input) {}\nmod utils;\n";
        assert_eq!(broken(&Source { path: "a/b.rs".into(), text: text.into() }).len(), 2);
    }
}
