//! Queues, agents and carriers.

use super::arrange::Block;
use super::look::Look;
use super::row::Row;
use crate::admin::status::{AgentLine, QueueLine, TrunkLine};
use crate::admin::table::{
    agent_pending, agent_state, agent_tone, clock, level_tone, percent, trunk_remark, trunk_tone, wait_tone,
};
use crate::style::Tone;

/// What a queue's row takes without its two bars, and what the counts of agents add.
const QUEUE: usize = 66;
const QUEUE_AGENTS: usize = 32;
/// As wide as every state of an agent that comes and goes by itself.
const STATE: usize = 8;
/// How wide a bar is: at least, and at most.
const BAR: (usize, usize) = (4, 30);
/// A row has room for the agents' counts and bars of this width.
const FINE_BAR: usize = 8;
/// Waiting contacts that fill a bar, at least.
const FEW: usize = 10;

/// The queues; none, no block.
pub fn queues(queues: &[QueueLine], look: Look, width: usize) -> Option<Block> {
    let with_agents = width >= QUEUE + QUEUE_AGENTS + 2 * FINE_BAR;
    let rest = width.saturating_sub(QUEUE + if with_agents { QUEUE_AGENTS } else { 0 });
    let bar = (rest / 2).clamp(BAR.0, BAR.1);
    let most = queues.iter().map(|queue| queue.waiting).max()?;
    let row = |queue| queue_row(queue, look, bar, full(most), with_agents).line();
    let faint = Tone::Faint;
    let mut head = Row::new(look).left("queue", 12, Tone::Strong).right("waiting", 8, faint).gap(bar + 1);
    head = head.right("longest", 8, faint).right("SL", bar + 10, faint);
    head = head.right("answered", 9, faint).right("abandoned", 10, faint).right("ready", 6, faint);
    if with_agents {
        head = head.right("ringing", 9, faint).right("talking", 8, faint).right("wrap-up", 8, faint);
        head = head.right("away", 6, faint);
    }
    let rows: Vec<_> = queues.iter().map(row).collect();
    Some(Block { head: head.line(), least: rows.len().min(3), rows, things: 1, latest: false })
}

/// How many waiting contacts fill a bar: a round number, so that it seldom changes.
fn full(most: usize) -> usize {
    let rounds = std::iter::successors(Some(FEW), |full| full.checked_mul(10)).flat_map(|ten| [ten, ten * 2, ten * 5]);
    rounds.into_iter().find(|full| *full >= most).unwrap_or(most)
}

#[allow(clippy::cast_precision_loss)] // A bar has a few cells.
fn queue_row(queue: &QueueLine, look: Look, bar: usize, full: usize, with_agents: bool) -> Row {
    let (waiting, late) = (queue.waiting, wait_tone(queue));
    let longest = if waiting == 0 { "-".into() } else { clock(queue.longest_ms) };
    let count = |count: usize, tone| if count == 0 { Tone::Faint } else { tone };
    let name = if queue.removed { Tone::Faint } else { Tone::Plain };
    let mut row = Row::new(look).left(&queue.name, 12, name).right(&waiting.to_string(), 8, late).gap(1);
    row = row.bar(waiting as f64 / full as f64, bar, late).right(&longest, 8, late);
    row = match (queue.removed, queue.closed) {
        (true, _) => row.gap(2).left("removed", bar + 8, Tone::Warn),
        (_, true) => row.gap(2).left("CLOSED", bar + 8, Tone::Warn),
        _ => {
            let level = queue.today.service_level;
            let (share, tone) = (level.unwrap_or(0.0), level_tone(level, queue.target));
            row.gap(2).bar(share, bar, tone).right(&percent(level), 8, tone)
        }
    };
    row = row.right(&queue.today.counts.answered.to_string(), 9, Tone::Plain);
    row = row.right(&percent(queue.today.abandoned_share), 10, Tone::Plain);
    row = row.right(&queue.ready.to_string(), 6, count(queue.ready, Tone::Good));
    if with_agents {
        row = row.right(&queue.ringing.to_string(), 9, count(queue.ringing, Tone::Warn));
        row = row.right(&queue.talking.to_string(), 8, count(queue.talking, Tone::Busy));
        row = row.right(&queue.wrap_up.to_string(), 8, count(queue.wrap_up, Tone::Plain));
        row = row.right(&queue.away.to_string(), 6, count(queue.away, Tone::Warn));
    }
    row
}

/// The agents, several in a row.
pub fn agents(agents: &[AgentLine], look: Look, width: usize) -> Option<Block> {
    let longest = agents.iter().map(|agent| agent.name.chars().count()).max()?;
    let words = agents.iter().map(|agent| words(agent).0.chars().count()).max()?;
    // States alone are short; a reason or a remark makes room for itself as long as there is one.
    let (name, state) = (longest.clamp(8, 16), if words <= STATE { STATE } else { words.clamp(12, 24) });
    let state = state.min(width.saturating_sub(name + 11)).max(STATE);
    let cell = name + state + 10;
    let columns = (width.saturating_sub(1) / cell).clamp(1, agents.len());
    let rows: Vec<_> = agents
        .chunks(columns)
        .map(|some| some.iter().fold(Row::new(look), |row, agent| agent_cell(row, agent, name, state)).line())
        .collect();
    let (head, tally) = (Row::new(look).left("agents", 9, Tone::Strong), tally(agents));
    let head = if head.width() + tally.len() <= width { head.text(&tally, Tone::Faint) } else { head };
    Some(Block { head: head.line(), least: rows.len().min(3), rows, things: columns, latest: false })
}

fn agent_cell(row: Row, agent: &AgentLine, name: usize, state: usize) -> Row {
    let (words, tone) = words(agent);
    let since = if agent.status == "logged_out" { String::new() } else { clock(agent.since_ms) };
    let row = row.mark(tone).gap(1).left(&agent.name, name, Tone::Plain).gap(1);
    row.left(&words, state, tone).right(&since, 6, Tone::Faint).gap(1)
}

/// How many do what.
fn tally(agents: &[AgentLine]) -> String {
    let states: [(&str, &[&str]); 5] = [
        ("ready", &["ready"]),
        ("ringing", &["ringing"]),
        ("talking", &["talking"]),
        ("wrap-up", &["wrap_up"]),
        ("away", &["paused", "unreachable", "other_call"]),
    ];
    let count = |of: &[&str]| agents.iter().filter(|agent| of.contains(&agent.state.as_str())).count();
    states.map(|(word, of)| format!("{} {word}", count(of))).join("  ")
}

/// What an agent does, or what keeps him from it, and how that looks.
fn words(agent: &AgentLine) -> (String, Tone) {
    let (state, tone) = (agent_state(agent), agent_tone(agent));
    match agent_pending(agent) {
        Some(pending) => (format!("{state}, {pending}"), tone),
        None => (state, tone),
    }
}

/// The carriers.
pub fn trunks(trunks: &[TrunkLine], look: Look, width: usize) -> Option<Block> {
    let remarks = width > 68;
    let faint = Tone::Faint;
    let mut head = Row::new(look).left("trunk", 13, Tone::Strong).right("in", 5, faint).right("out", 5, faint);
    head = head.right("of", 7, faint).gap(1).left("", 12, faint);
    let row = |trunk: &TrunkLine| {
        let tone = trunk_tone(trunk);
        let row = Row::new(look).mark(tone).gap(1).left(&trunk.name, 11, Tone::Plain);
        let row = row.right(&trunk.calls_in.to_string(), 5, Tone::Plain);
        let row = row.right(&trunk.calls_out.to_string(), 5, Tone::Plain);
        let row = row.right(&trunk.calls_max.to_string(), 7, faint).gap(1).left(&trunk.state, 12, tone);
        if remarks { row.text(&trunk_remark(trunk), faint).line() } else { row.line() }
    };
    let rows: Vec<_> = trunks.iter().map(row).collect();
    (!rows.is_empty()).then(|| Block { head: head.line(), least: rows.len().min(2), rows, things: 1, latest: false })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_bar_is_a_round_number_of_waiting_contacts() {
        assert_eq!([0, 10, 11, 21, 51, 700].map(full), [10, 10, 20, 50, 100, 1_000]);
    }
}
