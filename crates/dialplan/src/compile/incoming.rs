//! `forward`, `dnd` and `call_waiting` of a phone: what becomes of calls to it.

use crate::finding::Report;
use crate::table::{Str, Table};
use crate::{Forward, Incoming};
use std::ops::RangeInclusive;
use std::time::Duration;
use terms::limits;

/// How long a phone may ring before a call goes on.
pub(crate) const AFTER: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(300);

pub(super) fn read(table: &mut Table<'_>, report: &mut Report) -> Incoming {
    let mut incoming = Incoming::default();
    incoming.dnd = table.boolean("dnd", report).unwrap_or(incoming.dnd);
    incoming.call_waiting = table.boolean("call_waiting", report).unwrap_or(incoming.call_waiting);
    let Some(value) = table.get("forward") else { return incoming };
    match value.table("forward") {
        Some(inner) => forward(inner, &mut incoming.forward, report),
        None => value.wrong("forward", "a table such as { busy = \"103\", no_answer = \"103\" }", report),
    }
    incoming
}

fn forward(mut table: Table<'_>, forward: &mut Forward, report: &mut Report) {
    let mut to = |key| table.string(key, report).filter(|text| is_dialled(text, report)).map(|text| text.text);
    forward.always = to("always");
    forward.busy = to("busy");
    forward.no_answer = to("no_answer");
    forward.unreachable = to("unreachable");
    forward.after = table.duration("after", AFTER, report).unwrap_or(forward.after);
    table.finish(report);
}

/// Whether a phone could dial it.
fn is_dialled(text: &Str, report: &mut Report) -> bool {
    let Err(message) = dialled(&text.text) else { return true };
    report.error(text.at, "bad-forward", message).help("write what the phone would dial, such as \"103\"");
    false
}

/// A number or a user that a phone could dial; else what is wrong.
pub(crate) fn dialled(text: &str) -> Result<(), String> {
    let dialable = |byte: u8| byte.is_ascii_alphanumeric() || b"+*#_-.".contains(&byte);
    match !text.is_empty() && text.len() <= limits::DIALLED && text.bytes().all(dialable) {
        true => Ok(()),
        false => Err(format!("{text:?} cannot be dialled")),
    }
}
