//! Contacts that come by no call, as comma-separated values: columns of each kind, so that every report has the same ones.

use super::cells::decimal;
use ledger::report::{Others, Tally};
use terms::{ContactKind, Word as _};

/// What is told of each kind.
const FIGURES: [&str; 8] = ["came", "came_again", "taken", "taken_wait_s", "overflowed", "done", "work_s", "wrap_up_s"];

/// The kinds that are no calls.
fn kinds() -> impl Iterator<Item = ContactKind> {
    ContactKind::ALL.iter().copied().filter(|kind| !kind.is_call())
}

/// The heads, such as `task_came`.
pub(super) fn columns() -> Vec<String> {
    kinds().flat_map(|kind| FIGURES.map(|figure| format!("{}_{figure}", kind.word()))).collect()
}

/// A row of them.
pub(super) fn cells(tally: &Tally) -> impl Iterator<Item = String> {
    kinds().flat_map(|kind| {
        let of = tally.others.get(&kind).copied().unwrap_or_default();
        let Others { came, came_again, taken, taken_wait_ms, overflowed, done, work_ms, wrap_up_ms } = of;
        [
            came.to_string(),
            came_again.to_string(),
            taken.to_string(),
            decimal(taken_wait_ms),
            overflowed.to_string(),
            done.to_string(),
            decimal(work_ms),
            decimal(wrap_up_ms),
        ]
    })
}
