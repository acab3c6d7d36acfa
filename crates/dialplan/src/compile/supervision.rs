//! `[supervision]`: what holds while somebody watches a conversation, and what may be played into one.

use super::number;
use crate::finding::Report;
use crate::scope::Scope;
use crate::sections::Supervision;
use crate::table::Table;

pub(super) fn read(table: Option<Table<'_>>, supervision: &mut Supervision, scope: &mut Scope, report: &mut Report) {
    let Some(mut table) = table else { return };
    supervision.tone = table.boolean("tone", report).unwrap_or(supervision.tone);
    supervision.display = number::name(&mut table, "display", report);
    supervision.record_whisper = table.boolean("record_whisper", report).unwrap_or(supervision.record_whisper);
    for file in table.strings("announcements", report).unwrap_or_default() {
        supervision.announcements.push(scope.prompt(&file, report));
    }
    table.finish(report);
}
