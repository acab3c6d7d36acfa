//! `[transfer]`: what becomes of a caller whom a phone has transferred.

use crate::Transfer;
use crate::finding::Report;
use crate::scope::Scope;
use crate::table::Table;
use std::ops::RangeInclusive;
use std::time::Duration;

const RING: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(300);

pub(super) fn read(table: Option<Table<'_>>, transfer: &mut Transfer, scope: &mut Scope, report: &mut Report) {
    let Some(mut table) = table else { return };
    transfer.ring_back = table.duration("ring_back", RING, report).unwrap_or(transfer.ring_back);
    transfer.otherwise = table.string("otherwise", report).and_then(|text| scope.destination(&text, report));
    transfer.keep_wait = table.boolean("keep_wait", report).unwrap_or(transfer.keep_wait);
    table.finish(report);
}
