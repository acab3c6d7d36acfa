//! A status as a person reads it.

use crate::admin::status::{AgentLine, CallLine, QueueLine, Status};
use std::fmt::Write as _;

/// Columns with a head, each as wide as its widest cell; `true` aligns to the right.
pub fn columns(heads: &[(&str, bool)], rows: &[Vec<String>]) -> String {
    let widths: Vec<usize> = heads
        .iter()
        .enumerate()
        .map(|(at, (head, _))| {
            let cells = rows.iter().filter_map(|row| row.get(at)).map(|cell| cell.chars().count());
            cells.chain([head.chars().count()]).max().unwrap_or(0)
        })
        .collect();
    let head: Vec<String> = heads.iter().map(|(head, _)| (*head).to_owned()).collect();
    let mut out = String::new();
    for row in std::iter::once(&head).chain(rows) {
        let mut line = String::new();
        for ((cell, width), (_, right)) in row.iter().zip(&widths).zip(heads) {
            let pad = " ".repeat(width.saturating_sub(cell.chars().count()));
            let _ = if *right { write!(line, "{pad}{cell}  ") } else { write!(line, "{cell}{pad}  ") };
        }
        out.push_str(line.trim_end());
        out.push('\n');
    }
    out
}

/// `00:41`, `1:02:03`, `3d 04:12`.
pub fn clock(ms: u64) -> String {
    let seconds = ms / 1_000;
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours) {
        (0, 0) => format!("{minutes:02}:{:02}", seconds % 60),
        (0, _) => format!("{hours}:{minutes:02}:{:02}", seconds % 60),
        _ => format!("{days}d {hours:02}:{minutes:02}"),
    }
}

fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "-".into(), |share| format!("{:.1} %", share * 100.0))
}

/// The status at a glance; with the running calls, if wanted.
pub fn status(status: &Status, calls: bool) -> String {
    let mut out = head(status);
    if !status.queues.is_empty() {
        out.push('\n');
        out.push_str(&queues(&status.queues));
    }
    if !status.agents.is_empty() {
        out.push('\n');
        out.push_str(&agents(&status.agents));
    }
    if calls {
        out.push('\n');
        out.push_str(&running(&status.running));
    }
    out
}

/// The first lines: the switch as a whole.
pub fn head(status: &Status) -> String {
    let mut out = format!(
        "up {}   calls {} ({} since the start)   RTP {} streams   ledger {} behind",
        clock(status.up_ms),
        status.calls,
        status.calls_total,
        status.streams,
        status.ledger.backlog
    );
    if status.draining {
        out.push_str("   DRAINING: new calls are refused");
    }
    out.push('\n');
    if let Some(fault) = &status.ledger.fault {
        let _ = writeln!(out, "LEDGER CANNOT WRITE: {fault}");
    }
    if !status.refusals.is_empty() {
        let refused: Vec<String> = status.refusals.iter().map(|(why, count)| format!("{why} {count}")).collect();
        let _ = writeln!(out, "refused: {}", refused.join(", "));
    }
    out
}

/// The queues.
pub fn queues(queues: &[QueueLine]) -> String {
    let heads = [
        ("queue", false),
        ("waiting", true),
        ("longest", true),
        ("SL", true),
        ("within", true),
        ("answered", true),
        ("abandoned", true),
        ("ready", true),
        ("ringing", true),
        ("talking", true),
        ("wrap-up", true),
        ("away", true),
    ];
    let row = |queue: &QueueLine| {
        vec![
            queue.name.clone(),
            queue.waiting.to_string(),
            if queue.waiting == 0 { "-".into() } else { clock(queue.longest_ms) },
            percent(queue.service_level),
            format!("{} s", queue.within_ms / 1_000),
            queue.answered.to_string(),
            percent(queue.abandoned_share),
            queue.ready.to_string(),
            queue.ringing.to_string(),
            queue.talking.to_string(),
            queue.wrap_up.to_string(),
            queue.away.to_string(),
        ]
    };
    columns(&heads, &queues.iter().map(row).collect::<Vec<_>>())
}

/// The agents.
pub fn agents(agents: &[AgentLine]) -> String {
    let row = |agent: &AgentLine| {
        let since = if agent.status == "logged_out" { "-".into() } else { clock(agent.since_ms) };
        vec![agent.name.clone(), state(agent), since, remark(agent)]
    };
    let heads = [("agent", false), ("state", false), ("for", true), ("", false)];
    columns(&heads, &agents.iter().map(row).collect::<Vec<_>>())
}

/// What an agent is, in one or two words.
fn state(agent: &AgentLine) -> String {
    match (agent.work.as_str(), agent.status.as_str()) {
        ("talking", _) => "talking".into(),
        ("reserved", _) => "ringing".into(),
        ("wrap_up", _) => "wrap-up".into(),
        (_, "ready") => "ready".into(),
        (_, "not_ready") => format!("away ({})", agent.reason.as_deref().unwrap_or("no reason")),
        _ => "logged out".into(),
    }
}

/// What else must be known about him.
fn remark(agent: &AgentLine) -> String {
    let mut words = Vec::new();
    if agent.status != "logged_out" && !agent.reachable {
        words.push("no phone registered".to_owned());
    }
    if agent.engaged {
        words.push("in another call".to_owned());
    }
    if let Some(pending) = &agent.pending {
        words.push(format!("then {}", pending.replace('_', " ")));
    }
    words.join(", ")
}

/// The running calls.
pub fn running(calls: &[CallLine]) -> String {
    let heads = [
        ("call", false),
        ("phase", false),
        ("caller", false),
        ("called", false),
        ("queue", false),
        ("agent", false),
        ("age", true),
    ];
    let dash = |name: &Option<String>| name.clone().unwrap_or_else(|| "-".into());
    let row = |call: &CallLine| {
        vec![
            call.call.clone(),
            call.phase.clone(),
            call.caller.clone(),
            call.called.clone(),
            dash(&call.queue),
            dash(&call.agent),
            clock(call.age_ms),
        ]
    };
    columns(&heads, &calls.iter().map(row).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_as_on_a_clock() {
        assert_eq!(clock(41_999), "00:41");
        assert_eq!(clock(3_723_000), "1:02:03");
        assert_eq!(clock((3 * 86_400 + 4 * 3_600 + 12 * 60) * 1_000), "3d 04:12");
    }

    #[test]
    fn a_status_shows_what_is_wrong_first_and_every_queue_and_agent() {
        let mut seen = Status { up_ms: 61_000, calls: 3, calls_total: 9, draining: true, ..Status::default() };
        seen.ledger.fault = Some("disk full".into());
        seen.queues = vec![QueueLine {
            name: "support".into(),
            waiting: 2,
            longest_ms: 41_000,
            within_ms: 20_000,
            service_level: Some(0.862),
            ..QueueLine::default()
        }];
        let bob = AgentLine { name: "bob".into(), status: "ready".into(), since_ms: 5_000, ..AgentLine::default() };
        let lunch = Some("lunch".to_owned());
        let alice = AgentLine { name: "alice".into(), status: "not_ready".into(), reason: lunch, ..bob.clone() };
        seen.agents = vec![bob, AgentLine { reachable: true, ..alice }];
        let expected = "\
up 01:01   calls 3 (9 since the start)   RTP 0 streams   ledger 0 behind   DRAINING: new calls are refused
LEDGER CANNOT WRITE: disk full

queue    waiting  longest      SL  within  answered  abandoned  ready  ringing  talking  wrap-up  away
support        2    00:41  86.2 %    20 s         0          -      0        0        0        0     0

agent  state           for
bob    ready         00:05  no phone registered
alice  away (lunch)  00:05
";
        // The agent's name of the copy above is his own.
        seen.agents[1].name = "alice".into();
        assert_eq!(status(&seen, false), expected);
    }
}
