//! The calls that the demo shows: one's own first, then some that run, then those that ended last.

use super::centre::GUEST;
use crate::admin::status::{CallLine, Status};
use crate::admin::table::phase;
use crate::picture::{CallCells, outcome};
use crate::terminal;
use anyhow::Result;
use ledger::{CallFilter, CallRow, Reader};
use sip::Source;
use terms::{CallRef, PhoneId};

/// Calls that are looked at.
const LATEST: u32 = 80;
/// Calls of one's own that stay in sight.
const OWN: usize = 2;

/// Knows which calls are one's own, for as long as the demo runs.
#[derive(Debug, Default)]
pub struct Lately {
    own: Vec<CallRef>,
}

impl Lately {
    /// The calls to be shown, at most so many that run.
    pub async fn calls(&mut self, reader: &Reader, status: &Status, running: usize) -> Result<Vec<CallCells>> {
        let mut rows = reader.calls(LATEST, &CallFilter::default()).await?;
        // References grow: the newest stay, however often an older one is seen again.
        self.own.extend(rows.iter().filter(|row| is_own(row)).map(|row| row.call));
        self.own.sort();
        self.own.dedup();
        self.own.drain(..self.own.len().saturating_sub(OWN));
        for call in
            self.own.iter().filter(|call| rows.iter().all(|row| row.call != **call)).copied().collect::<Vec<_>>()
        {
            rows.extend(reader.calls(1, &CallFilter { call: Some(call), ..CallFilter::default() }).await?);
        }
        let mut cells = vec![];
        for row in pick(&rows, &self.own, status, running) {
            cells.push(cells_of(row, line_of(row, status), status));
        }
        Ok(cells)
    }
}

fn is_own(row: &CallRow) -> bool {
    row.source == Source::Phone(PhoneId::of(GUEST))
}

fn line_of<'a>(row: &CallRow, status: &'a Status) -> Option<&'a CallLine> {
    let call = row.call.to_string();
    status.running.iter().find(|line| line.call == call)
}

/// Which, in their order: a row that stays, stays where it is as far as may be.
fn pick<'a>(rows: &'a [CallRow], own: &[CallRef], status: &Status, running: usize) -> Vec<&'a CallRow> {
    let is_own = |row: &&CallRow| own.contains(&row.call);
    let mut own: Vec<&CallRow> = rows.iter().filter(is_own).collect();
    own.sort_by_key(|row| std::cmp::Reverse(row.started));
    let others = || rows.iter().filter(|row| !is_own(row));
    // The oldest first: the next one comes below them.
    let mut runs: Vec<&CallRow> =
        others().filter(|row| row.ended.is_none() && line_of(row, status).is_some()).collect();
    runs.sort_by_key(|row| row.started);
    runs.truncate(running);
    let mut ended: Vec<&CallRow> = others().filter(|row| row.ended.is_some()).collect();
    ended.sort_by_key(|row| std::cmp::Reverse(row.ended));
    own.into_iter().chain(runs).chain(ended).collect()
}

fn cells_of(row: &CallRow, line: Option<&CallLine>, status: &Status) -> CallCells {
    let own = is_own(row);
    let (state, tone) = match line.filter(|_| row.ended.is_none()) {
        Some(line) => phase(&line.phase),
        None => (row.outcome.as_str(), outcome(&row.outcome)),
    };
    let started = terminal::wall_time(row.started.as_millis());
    let caller = row.caller.reveal();
    let named = |names: Option<&String>, seen: Option<&String>| names.or(seen).cloned();
    CallCells {
        own,
        runs: line.is_some() && row.ended.is_none(),
        started: started.split(' ').next_back().unwrap_or_default().to_owned(),
        state: state.to_owned(),
        tone,
        caller: if own { format!("{caller} (you)") } else { caller.clone() },
        called: row.called.reveal().clone(),
        queue: named(row.queue_name.as_ref(), line.and_then(|line| line.queue.as_ref())),
        agent: named(row.agent_name.as_ref(), line.and_then(|line| line.agent.as_ref())),
        waited_ms: line.map_or_else(|| row.queue.map(|_| row.waited_ms), |line| line.waited_ms),
        length_ms: match (row.ended, line) {
            (Some(ended), _) => ended.ms_since(row.started),
            (None, line) => line.map_or(0, |line| line.age_ms),
        }
        .min(status.up_ms),
    }
}
