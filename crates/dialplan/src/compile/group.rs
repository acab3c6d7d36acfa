//! `[[group]]`: several who ring for one call.

use super::{Named, or_report};
use crate::finding::Report;
use crate::flow::{RingTarget, ring_target};
use crate::scope::Scope;
use crate::table::{Str, Table};
use crate::text::At;
use crate::value::Mistake;
use crate::{Group, GroupMember, GroupOrder, nearest};
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use std::time::Duration;
use terms::{GroupId, limits};

/// How long one of them may ring by himself.
const TURN: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(300);
/// How much later the next one may begin.
const LATER: RangeInclusive<Duration> = Duration::ZERO..=Duration::from_secs(300);
/// The strategies, as they are written.
pub(crate) const STRATEGIES: [(&str, GroupOrder); 4] = [
    ("at-once", GroupOrder::AtOnce),
    ("in-turn", GroupOrder::InTurn),
    ("staggered", GroupOrder::Staggered),
    ("random", GroupOrder::Random),
];

/// The groups, in the order in which they are written. `extensions` are taken by phones.
pub(super) fn read(
    groups: Vec<Named<'_>>,
    extensions: &mut BTreeMap<String, String>,
    scope: &mut Scope,
    report: &mut Report,
) -> Vec<Group> {
    groups.into_iter().map(|named| read_one(named, extensions, scope, report)).collect()
}

fn read_one(
    named: Named<'_>,
    extensions: &mut BTreeMap<String, String>,
    scope: &mut Scope,
    report: &mut Report,
) -> Group {
    let title = named.title("group");
    let Named { name, mut table, .. } = named;
    let order = table.string("strategy", report).and_then(|text| strategy(&text, report)).unwrap_or_default();
    let turn = table.duration("ring", TURN, report).unwrap_or(Duration::from_secs(20));
    let delay = table.duration("delay", LATER, report).unwrap_or(Duration::from_secs(10));
    let members = members(&mut table, &title, (order, delay), scope, report);
    let engages = table.boolean("engages", report).unwrap_or(true);
    let confirm = super::confirm::read(&mut table, scope, report);
    let extension = table.string("extension", report);
    let extension = extension.filter(|text| is_free(text, &name, extensions, report)).map(|text| text.text);
    let place = report.place(table.at);
    table.finish(report);
    let id = GroupId::of(&name.text);
    Group { id, name: name.text, extension, members, order, turn, engages, confirm, place }
}

fn strategy(text: &Str, report: &mut Report) -> Option<GroupOrder> {
    let words = STRATEGIES.map(|(word, _)| word);
    let found = STRATEGIES.iter().find(|(word, _)| *word == text.text.replace('_', "-"));
    let wrong = || {
        let mistake = Mistake::new(0..text.text.len(), format!("{:?} is not a strategy of a group", text.text));
        match nearest::of(&text.text, words) {
            Some(near) => mistake.help(format!("did you mean {near:?}?")),
            None => mistake.help(format!("it is {}", nearest::list(&words))),
        }
    };
    or_report(found.map(|(_, order)| *order).ok_or_else(wrong), text, "unknown-strategy", report)
}

/// Who is rung, and how long after the call came.
fn members(
    table: &mut Table<'_>,
    title: &str,
    (order, delay): (GroupOrder, Duration),
    scope: &mut Scope,
    report: &mut Report,
) -> Vec<GroupMember> {
    let said = table.strings("members", report);
    if said.is_none() && !table.says("members", report) {
        table.missing("members", "members = [\"phone:alice\", \"phone:bob\"]", report);
    }
    let step = if order == GroupOrder::Staggered { delay } else { Duration::ZERO };
    let mut members = Vec::new();
    let mut after = Duration::ZERO;
    for text in said.iter().flatten() {
        member(text, text.at, after, scope, &mut members, report);
        after += step;
    }
    for mut later in table.tables("later", "this one of `later`", "{ ring = \"phone:bob\", after = \"10s\" }", report) {
        let after = later.duration("after", LATER, report).unwrap_or(delay);
        if let Some(text) = later.needed("ring", "ring = \"phone:bob\"", report) {
            if matches!(order, GroupOrder::InTurn | GroupOrder::Random) {
                let message = "who is rung in turn is not rung at a time of his own";
                report.error(text.at, "later-in-turn", message).help("put it among the members");
            }
            member(&text, text.at, after, scope, &mut members, report);
        }
        later.finish(report);
    }
    if members.is_empty() && said.as_ref().is_some_and(Vec::is_empty) {
        report.warn(table.at, "empty-group", format!("{title} has no members")).note("no call can ring it");
    }
    if members.len() > limits::RINGING_LEGS {
        let message = format!("{title} has {} members, and {} can ring at once", members.len(), limits::RINGING_LEGS);
        report.warn(table.at, "too-many-members", message).help("make a queue of them");
    }
    members
}

fn member(text: &Str, at: At, after: Duration, scope: &mut Scope, members: &mut Vec<GroupMember>, report: &mut Report) {
    let Some(destination) = scope.destination(text, report) else { return };
    match ring_target(&destination) {
        Some(target) if members.iter().any(|known| known.target == target) => {
            report.error(at, "defined-twice", format!("{:?} is named twice", text.text)).help("take one out");
        }
        Some(target) if !matches!(target, RingTarget::Group(_)) => members.push(GroupMember { target, after }),
        _ => {
            let message = format!("{:?} cannot be rung", text.text);
            report.error(at, "cannot-ring", message).help("a phone, an agent or a trunk can");
        }
    }
}

/// Whether nobody else is reached by that number.
pub(super) fn is_free(text: &Str, name: &Str, taken: &mut BTreeMap<String, String>, report: &mut Report) -> bool {
    let digits = text.text.strip_prefix('+').unwrap_or(&text.text);
    let dialable = |b: u8| b.is_ascii_digit() || b == b'*' || b == b'#';
    if digits.is_empty() || digits.len() > 32 || !digits.bytes().all(dialable) {
        let message = format!("{:?} is not a number that can be dialled", text.text);
        report.error(text.at, "bad-extension", message).help("write digits, such as \"200\"");
        return false;
    }
    if let Some(other) = taken.get(&text.text) {
        let message = format!("extension {:?} already rings {other:?}", text.text);
        report.error(text.at, "extension-twice", message).help("choose another");
        return false;
    }
    taken.insert(text.text.clone(), name.text.clone());
    true
}
