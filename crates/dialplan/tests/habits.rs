//! What somebody reads who writes what he is used to from another switch: `habits/*.txt` hold mistakes, each with
//! a part of the answer after `=>`; the snapshots hold each answer whole. To read them again after a change:
//! `INSTA_UPDATE=always cargo test -p dialplan --test habits`.

mod common;

use common::{one, read, seen};

const ASTERISK: &str = include_str!("habits/asterisk.txt");
const FREESWITCH: &str = include_str!("habits/freeswitch.txt");
const KAMAILIO: &str = include_str!("habits/kamailio.txt");

/// A mistake, what the answer must hold, and the text.
fn habits(file: &str) -> Vec<(&str, &str, &str)> {
    let entries = file.split("== ").skip(1);
    let parts = entries.map(|entry| {
        let (title, text) = entry.split_once('\n').expect("a title");
        let (name, answer) = title.split_once(" => ").unwrap_or_else(|| panic!("no answer: {title}"));
        (name, answer, text.trim_end())
    });
    parts.collect()
}

/// Every answer, as it is printed.
fn answers(file: &str) -> String {
    let all = habits(file).into_iter().map(|(name, _, text)| format!("== {name}\n{}\n", seen(&format!("{text}\n"))));
    all.collect()
}

#[test]
fn a_hundred_habits_of_other_switches_are_answered_with_what_to_write_here() {
    let all = [ASTERISK, FREESWITCH, KAMAILIO].map(habits).concat();
    assert!(all.len() >= 100, "{}", all.len());
    let mut wrong = Vec::new();
    for (name, answer, text) in all {
        let text = format!("{text}\n");
        let findings = match read(&text) {
            Ok(loaded) => loaded.warnings,
            Err(findings) => findings,
        };
        let said = |finding: &dialplan::Finding| {
            let parts = [Some(&finding.message), finding.help.as_ref(), finding.note.as_ref()];
            parts.into_iter().flatten().any(|part| part.contains(answer))
        };
        if !findings.iter().any(said) {
            wrong.push(format!("{name}: {answer}\n{}", dialplan::render(&findings, &mut one(&text))));
        }
    }
    assert!(wrong.is_empty(), "{} are not answered:\n\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn who_comes_from_asterisk_reads_this() {
    insta::assert_snapshot!(answers(ASTERISK));
}

#[test]
fn who_comes_from_freeswitch_reads_this() {
    insta::assert_snapshot!(answers(FREESWITCH));
}

#[test]
fn who_comes_from_kamailio_reads_this() {
    insta::assert_snapshot!(answers(KAMAILIO));
}
