//! `[codes]`: what telephones have done by keys.

use super::or_report;
use crate::codes::{Codes, Moment, ROWS, Row, Takes};
use crate::finding::Report;
use crate::pattern::Pattern;
use crate::route::{Origin, is_for};
use crate::table::{Str, Table};
use crate::text::At;
use crate::value::Mistake;
use crate::{Plan, Route};

/// Keys of a code at most.
const LENGTH_MAX: usize = 8;

/// Numbers that somebody may dial for his life, wherever he is.
const EMERGENCY: &[&str] = &["112", "911", "999", "110", "118", "119", "000", "111", "108", "100", "101", "102", "103"];

/// A code that is on, and where it was written; those that nobody wrote stand at the section, or nowhere.
pub(super) struct Written {
    row: Row,
    keys: String,
    at: Option<At>,
}

/// Those that are on.
pub(super) fn read(table: Option<Table<'_>>, report: &mut Report) -> Vec<Written> {
    let unsaid = |row: &Row| Written { row: *row, keys: row.keys.to_owned(), at: None };
    let Some(mut table) = table else { return ROWS.iter().map(unsaid).collect() };
    let codes = ROWS.iter().filter_map(|row| match table.get(row.name) {
        None => Some(unsaid(row)),
        Some(value) if value.value.as_bool() == Some(false) => None,
        Some(value) => {
            let Some(text) = value.text(report) else {
                value.wrong(row.name, "keys such as \"*2\", or false", report);
                return None;
            };
            let keys = or_report(keys(&text), &text, "bad-code", report)?;
            Some(Written { row: *row, keys, at: Some(text.at) })
        }
    });
    let codes = codes.collect();
    table.finish(report);
    codes
}

fn keys(text: &Str) -> Result<String, Mistake> {
    let fits = |byte: u8| byte.is_ascii_digit() || b"*#".contains(&byte);
    let Str { text, .. } = text;
    if text.is_empty() || text.len() > LENGTH_MAX || !text.bytes().all(fits) {
        let mistake = Mistake::new(0..text.len(), format!("{text:?} are not the keys of a code"));
        return Err(mistake.help("write up to eight of 0 to 9, * and #, such as \"*2\"; or false for none"));
    }
    Ok(text.clone())
}

/// The plan's codes, once what they could be taken for is known.
pub(super) fn check(codes: Vec<Written>, plan: &Plan, report: &mut Report) -> Codes {
    for (nth, code) in codes.iter().enumerate() {
        let others = codes.iter().take(nth).chain(codes.iter().skip(nth + 1));
        others.for_each(|other| begins_another(code, other, report));
        if let Some(at) = code.at {
            taken(code, at, plan, report);
        }
    }
    // A code that nobody has written yields to a number that somebody has.
    let yields = |code: &Written| code.at.is_none() && code.row.moment == Moment::Before && is_number(code, plan);
    Codes::of(codes.into_iter().filter(|code| !yields(code)).map(|code| (code.row, code.keys)))
}

fn is_number(code: &Written, plan: &Plan) -> bool {
    extension(&code.keys, plan).is_some() || route_of(code, plan).is_some()
}

/// How a code may be dialled that is followed by a digit at most.
fn forms(code: &Written) -> Vec<String> {
    let digits = if code.row.takes == Takes::Digit { "0123456789" } else { "" };
    let follows = std::iter::once(String::new()).chain(digits.chars().map(String::from));
    let written = follows.flat_map(|rest| ["", "*"].map(|star| format!("{}{star}{rest}", code.keys)));
    written.flat_map(|dialled| [format!("{dialled}#"), dialled]).collect()
}

/// The extension that a code would hide, and whose it is.
fn extension<'p>(keys: &str, plan: &'p Plan) -> Option<(&'p str, &'p str)> {
    let phones = plan.phones.iter().map(|phone| (&phone.extension, &phone.user));
    let groups = plan.groups.iter().map(|group| (&group.extension, &group.name));
    let rooms = plan.rooms.iter().map(|room| (&room.extension, &room.name));
    let mut all =
        phones.chain(groups).chain(rooms).filter_map(|(number, name)| Some((number.as_deref()?, name.as_str())));
    all.find(|(number, _)| number.starts_with(keys))
}

/// Of two where one begins the other, that is told once: at the one that was written, or written later.
fn begins_another(code: &Written, other: &Written, report: &mut Report) {
    let Some(at) = code.at.filter(|at| other.at.is_none_or(|there| there < *at)) else { return };
    let clash = code.keys.starts_with(&other.keys) || other.keys.starts_with(&code.keys);
    if code.row.moment != other.row.moment || !clash {
        return;
    }
    let (name, keys) = (other.row.name, &other.keys);
    let message = match code.keys == *keys {
        true => format!("{:?} is the code of `{name}` already", code.keys),
        false => {
            format!("{:?} and {keys:?}, the code of `{name}`, begin alike: it cannot be told which is meant", code.keys)
        }
    };
    let finding = report.error(at, "codes-alike", message);
    finding.help(format!("choose other keys, or turn one off: {name} = false"));
}

/// What else could be meant by the keys of a code that is dialled.
fn taken(code: &Written, at: At, plan: &Plan, report: &mut Report) {
    let keys = &code.keys;
    if let Some(number) = emergency(code) {
        let message = match number == keys {
            true => format!("{keys:?} is the number of an emergency service somewhere"),
            false => format!("{keys:?} begins {number}, the number of an emergency service somewhere"),
        };
        report.error(at, "code-is-emergency", message).help("begin a code with * or #");
        return;
    }
    if code.row.moment == Moment::During {
        return;
    }
    if let Some((number, name)) = extension(keys, plan) {
        let message =
            format!("{keys:?} is, or begins, {number:?}, the extension of {name:?}, which could not be dialled");
        report.error(at, "code-is-extension", message).help("begin a code with * or #, and an extension with a digit");
    }
    if let Some(route) = route_of(code, plan) {
        let pattern = route.to.as_ref().map(ToString::to_string).unwrap_or_default();
        let message = format!("phones that dial {keys:?} have the code, and not the route of {pattern:?}");
        let there = format!("{}:{}", route.place.file, route.place.line);
        report.warn(at, "code-hides-route", message).help(format!("the route is in {there}: change one of them"));
    }
}

/// The number of an emergency service that would be taken for a code.
fn emergency(code: &Written) -> Option<&'static str> {
    let alone = Codes::of([(code.row, code.keys.clone())]);
    EMERGENCY.iter().copied().find(|number| alone.dialled(number).is_some())
}

/// The first route of phones that is for numbers which would be taken for a code, on purpose, and not for whatever is dialled.
fn route_of<'p>(code: &Written, plan: &'p Plan) -> Option<&'p Route> {
    let forms = forms(code);
    let would_take = |pattern: &Pattern| match code.row.takes {
        Takes::Number => pattern.may_begin(&code.keys),
        Takes::Nothing | Takes::Digit => forms.iter().any(|dialled| pattern.matches(dialled)),
    };
    let phones = |route: &Route| plan.phones.iter().any(|phone| is_for(&route.from, Origin::Phone(phone.id)));
    let meant = |route: &Route| route.to.as_ref().is_some_and(|to| !to.takes_all() && would_take(to));
    plan.routes.iter().find(|route| meant(route) && phones(route))
}
