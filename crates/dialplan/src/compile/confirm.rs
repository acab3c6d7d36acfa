//! `confirm` of an agent and of a group: what somebody at an outside number must do to take a call.

use crate::finding::Report;
use crate::scope::Scope;
use crate::table::Table;
use crate::{Confirm, nearest};
use std::ops::RangeInclusive;
use std::time::Duration;

/// How long somebody may take who has the telephone at his ear by now.
const WITHIN: RangeInclusive<Duration> = Duration::from_secs(3)..=Duration::from_secs(60);
const KEYS: [&str; 12] = ["0", "1", "2", "3", "4", "5", "6", "7", "8", "9", "*", "#"];

/// None: whoever answers has the call.
pub(super) fn read(table: &mut Table<'_>, scope: &mut Scope, report: &mut Report) -> Option<Confirm> {
    let mut confirm = Confirm::default();
    let Some(value) = table.get("confirm") else { return Some(confirm) };
    let Some(mut inner) = value.table("confirm") else {
        value.wrong("confirm", "a table such as { key = \"1\", within = \"15s\" }", report);
        if let (Some(asks), Some(finding)) = (value.value.as_bool(), report.last()) {
            finding.help(format!("did you mean {{ ask = {asks} }}?"));
        }
        return Some(confirm);
    };
    let asks = inner.boolean("ask", report).unwrap_or(true);
    if let Some(path) = inner.string("play", report) {
        confirm.prompt = scope.prompt(&path, report);
    }
    if let Some(text) = inner.string("key", report) {
        match text.text.chars().next().filter(|_| KEYS.contains(&text.text.as_str())) {
            Some(key) => confirm.key = key,
            None => {
                let message = format!("{:?} is not a key of a telephone", text.text);
                report.error(text.at, "bad-key", message).help(format!("it is one of {}", nearest::list(&KEYS)));
            }
        }
    }
    confirm.within = inner.duration("within", WITHIN, report).unwrap_or(confirm.within);
    inner.finish(report);
    asks.then_some(confirm)
}
