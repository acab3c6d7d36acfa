//! Calls, running and ended.

use super::Calls;
use super::arrange::Block;
use super::look::Look;
use super::row::Row;
use crate::admin::status::CallLine;
use crate::admin::table::{clock, phase};
use crate::style::Tone;
use ratatui_core::text::Line;

/// What a row takes without the moment of its begin, and with the number that was called and longer names.
const NARROW: usize = 65;
const STARTED: usize = 10;
const CALLED: usize = 30;
/// Of the latest calls, so many are shown before agents and carriers get more room than they need.
const LEAST: usize = 6;

/// One call, ready to be shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CallCells {
    /// It is the reader's own.
    pub own: bool,
    /// It is not over yet.
    pub runs: bool,
    /// When it began, as the clock on the wall showed it; not shown of calls that all run.
    pub started: String,
    /// Where it is, or how it ended.
    pub state: String,
    /// How that looks.
    pub tone: Tone,
    /// Who called.
    pub caller: String,
    /// What was called.
    pub called: String,
    /// The queue that it came to.
    pub queue: Option<String>,
    /// Who took it.
    pub agent: Option<String>,
    /// How long it waited.
    pub waited_ms: Option<u64>,
    /// How long it is, or was.
    pub length_ms: u64,
}

impl From<&CallLine> for CallCells {
    fn from(line: &CallLine) -> CallCells {
        let (state, tone) = phase(&line.phase);
        CallCells {
            runs: true,
            state: state.into(),
            tone,
            caller: line.caller.clone(),
            called: line.called.clone(),
            queue: line.queue.clone(),
            agent: line.agent.clone(),
            waited_ms: line.waited_ms,
            length_ms: line.age_ms,
            ..CallCells::default()
        }
    }
}

/// How the outcome of an ended call looks.
pub fn outcome(outcome: &str) -> Tone {
    match outcome {
        "answered" => Tone::Good,
        "abandoned" => Tone::Warn,
        "failed" | "node_lost" => Tone::Bad,
        _ => Tone::Faint,
    }
}

/// The calls.
pub fn block(calls: &Calls<'_>, look: Look, width: usize) -> Block {
    let timed = calls.latest && width > NARROW + STARTED;
    let called = width > NARROW + STARTED + CALLED;
    let name = if called { 14 } else { 10 };
    let faint = Tone::Faint;
    let title = if calls.latest { "last calls" } else { "calls" };
    let mut head = Row::new(look).left(title, if timed { 12 } else { 2 + title.len() }, Tone::Strong);
    head = head.left("", if timed { 11 } else { 11 - title.len() }, faint).left("caller", 16, faint);
    if called {
        head = head.left("called", 16, faint);
    }
    head = head.left("queue", name + 1, faint).left("agent", name, faint);
    head = head.right("waited", 7, faint).right("length", 8, faint);
    let mut rows: Vec<_> = calls.rows.iter().map(|call| row(call, look, (timed, called, name)).line()).collect();
    if calls.latest {
        // They have the rest of the picture from the beginning: nothing moves when they become more.
        rows.resize(rows.len().max(usize::from(u8::MAX)), Line::default());
    }
    let least = if calls.latest { LEAST } else { 3 };
    Block { head: head.line(), least, rows, things: 1, latest: calls.latest }
}

fn row(call: &CallCells, look: Look, (timed, called, name): (bool, bool, usize)) -> Row {
    let (plain, faint) = if call.own { (Tone::Own, Tone::Own) } else { (Tone::Plain, Tone::Faint) };
    let mut row = Row::new(look).left(if call.own { look.arrow() } else { "" }, 2, Tone::Own);
    if timed {
        row = row.left(&call.started, STARTED, faint);
    }
    row = row.left(&call.state, 10, call.tone).gap(1).left(&call.caller, 15, plain).gap(1);
    if called {
        row = row.left(&call.called, 15, faint).gap(1);
    }
    let cell = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".into());
    let tone = |text: &Option<String>| if text.is_some() { plain } else { faint };
    row = row.left(&cell(&call.queue), name, tone(&call.queue)).gap(1);
    row = row.left(&cell(&call.agent), name, tone(&call.agent));
    let waited = call.waited_ms.map_or_else(|| "-".into(), clock);
    row.right(&waited, 7, plain).right(&clock(call.length_ms), 8, plain)
}
