//! What the tables of phones, routes and trunks say about numbers and names.

use super::or_report;
use crate::finding::Report;
use crate::table::{Str, Table};
use crate::value;
use crate::{Country, Form, Presented, Rewrite};

/// The longest number, and the longest piece of one.
const LONGEST: u32 = 32;
/// The longest name that is shown.
const NAME: usize = 64;

/// `number`, `caller_name` and `privacy`.
pub(super) fn presented(table: &mut Table<'_>, report: &mut Report) -> Presented {
    let number = table.string("number", report);
    let number = number.and_then(|text| or_report(value::number(&text.text), &text, "bad-number", report));
    let caller_name = name(table, "caller_name", report);
    let privacy = table.boolean("privacy", report).unwrap_or(false);
    Presented { number, caller_name, privacy }
}

/// What is shown on screens.
pub(super) fn name(table: &mut Table<'_>, key: &'static str, report: &mut Report) -> Option<String> {
    table.string(key, report).filter(|text| fits(text, report)).map(|text| text.text)
}

fn fits(name: &Str, report: &mut Report) -> bool {
    let fits = !name.text.trim().is_empty() && name.text.chars().count() <= NAME;
    let clean = !name.text.chars().any(char::is_control);
    if !fits || !clean {
        let message = format!("a name that is shown has from 1 to {NAME} characters on one line");
        report.error(name.at, "bad-name", message);
    }
    fits && clean
}

/// `strip` and `prefix`.
pub(super) fn rewrite(table: &mut Table<'_>, report: &mut Report) -> Rewrite {
    let strip = table.integer("strip", 0..=LONGEST, report).unwrap_or(0) as usize;
    Rewrite { strip, prefix: piece(table, "prefix", report).unwrap_or_default() }
}

/// `incoming = { ... }` and its like.
pub(super) fn rewrite_in(table: &mut Table<'_>, key: &'static str, report: &mut Report) -> Rewrite {
    let Some(value) = table.get(key) else { return Rewrite::default() };
    let Some(mut inner) = value.table("incoming and outgoing") else {
        value.wrong(key, "a table such as { strip = 1, prefix = \"9\" }", report);
        return Rewrite::default();
    };
    let rewrite = rewrite(&mut inner, report);
    inner.finish(report);
    rewrite
}

/// `country`, `national`, `international` and `form`.
pub(super) fn country(table: &mut Table<'_>, report: &mut Report) -> Option<Country> {
    let code = piece(table, "country", report).filter(|code| country_code(code, table, report));
    let national = piece(table, "national", report);
    let international = piece(table, "international", report);
    let form = table.string("form", report);
    let form = form.and_then(|text| or_report(value::form(&text.text), &text, "unknown-form", report));
    let lonely = ["national", "international", "form"].into_iter().find_map(|key| table.get(key));
    if let Some(value) = lonely.filter(|_| !table.says("country", report)) {
        let message = "how numbers are written says nothing without the country in which they are";
        report.error(value.at, "missing-key", message).help("add country = \"44\", with the code of yours");
    }
    Some(Country {
        code: code?,
        national: national.unwrap_or_else(|| "0".into()),
        international: international.unwrap_or_else(|| "00".into()),
        form: form.unwrap_or(Form::E164),
    })
}

fn country_code(code: &str, table: &mut Table<'_>, report: &mut Report) -> bool {
    let digits = code.bytes().all(|byte| byte.is_ascii_digit());
    let fits = digits && (1..=3).contains(&code.len()) && !code.starts_with('0');
    if !fits {
        let at = table.get("country").map_or(table.at, |value| value.at);
        let message = format!("{code:?} is not the code of a country");
        report.error(at, "bad-number", message).help("write it without + and 00, such as \"44\"");
    }
    fits
}

/// A piece of a number.
fn piece(table: &mut Table<'_>, key: &'static str, report: &mut Report) -> Option<String> {
    let text = table.string(key, report)?;
    let dialable = |byte: u8| byte.is_ascii_digit() || b"*#+".contains(&byte);
    if text.text.len() > LONGEST as usize || !text.text.bytes().all(dialable) {
        let message = format!("{:?} cannot be a part of a number", text.text);
        report.error(text.at, "bad-number", message).help("write digits, *, # and +");
        return None;
    }
    Some(text.text)
}
