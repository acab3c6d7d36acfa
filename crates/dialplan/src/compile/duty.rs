//! `[duty]`, and words that a key stands for.

use super::flow::telephone_key;
use crate::duty::{Duty, VOICES};
use crate::finding::Report;
use crate::scope::Scope;
use crate::table::Table;

pub(super) fn read(table: Option<Table<'_>>, duty: &mut Duty, scope: &mut Scope, report: &mut Report) {
    let Some(mut table) = table else { return };
    duty.pauses = words(&mut table, "pauses", "{ 1 = \"lunch\" }", report);
    for spoken in &VOICES {
        let own = table.string(spoken.key, report).map(|path| scope.prompt(&path, report));
        duty.voices.extend(own.map(|prompt| (spoken.voice, prompt)));
    }
    table.finish(report);
}

/// Words by the digits that say them.
pub(super) fn words(
    table: &mut Table<'_>,
    key: &'static str,
    example: &str,
    report: &mut Report,
) -> Vec<(char, String)> {
    let Some(value) = table.get(key) else { return vec![] };
    let Some(inner) = value.table(key) else {
        value.wrong(key, &format!("a table such as {example}"), report);
        return vec![];
    };
    let mut words = Vec::new();
    for (key, value) in inner.entries() {
        let Some(text) = value.text(report) else {
            value.wrong(&key.text, "a text in quotes, such as \"lunch\"", report);
            continue;
        };
        let Some(digit) = telephone_key(&key.text).filter(char::is_ascii_digit) else {
            let message = format!("{:?} is not a digit of a telephone", key.text);
            report.error(key.at, "bad-key", message).help("the digits are 0 to 9, one at a time");
            continue;
        };
        if text.text.trim().is_empty() {
            report.error(text.at, "empty", format!("key {digit} stands for nothing")).help(format!("write {example}"));
        }
        words.push((digit, text.text.trim().to_owned()));
    }
    words
}
