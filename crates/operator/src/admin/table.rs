//! A status as a person reads it.

use crate::admin::lines::{USUAL_WIDTH, counters, fold, side_by_side};
use crate::admin::phones;
use crate::admin::status::{
    AgentLine, CallLine, DescriptorLine, DiskLine, LedgerLine, MediaLine, QueueLine, SipLine, StaffLine, Status,
    TrunkLine,
};
use crate::style::{self, Tone, paint};
use control::NO_REASON;
use std::fmt::Write as _;

/// From how much below its target on a service level is bad.
const FAR: f64 = 0.15;
/// A disk that was not seen for so long does not answer.
const DISK_SILENT_MS: u64 = 20_000;

/// Columns with a head, each as wide as its widest cell; `true` aligns to the right.
pub fn columns(heads: &[(&str, bool)], rows: &[Vec<String>]) -> String {
    columns_at_least(heads, &[], rows)
}

/// The same for a table that is shown again and again: columns of at least these widths stay where they are.
pub fn columns_at_least(heads: &[(&str, bool)], least: &[usize], rows: &[Vec<String>]) -> String {
    let widths: Vec<usize> = heads
        .iter()
        .enumerate()
        .map(|(at, (head, _))| {
            let cells = rows.iter().filter_map(|row| row.get(at)).map(|cell| style::width(cell));
            cells.chain([head.chars().count()]).chain(least.get(at).copied()).max().unwrap_or(0)
        })
        .collect();
    let head: Vec<String> = heads.iter().map(|(head, _)| (*head).to_owned()).collect();
    let mut out = String::new();
    for row in std::iter::once(&head).chain(rows) {
        let mut line = String::new();
        for ((cell, width), (_, right)) in row.iter().zip(&widths).zip(heads) {
            let pad = " ".repeat(width.saturating_sub(style::width(cell)));
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

/// A share in percent.
pub fn percent(share: Option<f64>) -> String {
    share.map_or_else(|| "-".into(), |share| format!("{:.1} %", share * 100.0))
}

/// An average of milliseconds, in whole seconds as people say them.
pub fn length(ms: Option<u64>) -> String {
    ms.map_or_else(|| "-".into(), |ms| clock(ms.saturating_add(500)))
}

/// The status at a glance; with the running calls and in colours, if wanted.
pub fn status(status: &Status, calls: bool, colours: bool) -> String {
    let mut out = head(status, colours);
    if !status.trunks.is_empty() {
        out.push('\n');
        out.push_str(&trunks(&status.trunks, colours));
    }
    if !status.queues.is_empty() {
        out.push('\n');
        out.push_str(&queues(&status.queues, colours));
    }
    if !status.agents.is_empty() {
        out.push('\n');
        out.push_str(&staff(&status.staff));
        out.push_str(&agents(&status.agents, colours));
    }
    if calls {
        out.push('\n');
        out.push_str(&running(&status.running, colours));
    }
    out
}

/// The first lines: the switch as a whole.
fn head(status: &Status, colours: bool) -> String {
    let mut first = vec![
        format!("up {}", clock(status.up_ms)),
        format!("calls {}/{} ({} since the start)", status.calls, status.calls_max, status.calls_total),
    ];
    first.extend(work(status));
    let bad = |text: String| paint(&text, Tone::Bad, colours);
    first.extend(status.draining.then(|| bad("DRAINING: new calls are refused".to_owned())));
    let lines = side_by_side(&first, "   ").into_iter().chain(side_by_side(&around(status), "   "));
    let more = notices(status).into_iter().map(bad).chain(status.parked.iter().map(ToString::to_string));
    // What does not fit beside each other stands below.
    let counted = counters(status).into_iter().flat_map(|line| fold(&line, USUAL_WIDTH, usize::MAX));
    lines.chain(more).chain(counted).map(|line| line + "\n").collect()
}

/// The switch as a whole, in parts.
pub fn facts(status: &Status) -> Vec<String> {
    let mut facts = work(status);
    facts.extend(around(status));
    facts
}

/// Streams, account, disk.
fn work(status: &Status) -> Vec<String> {
    let loss = status.media.loss.map_or_else(String::new, |loss| format!(", loss {:.2} %", loss * 100.0));
    let mut parts = vec![
        format!("RTP {} streams{}{loss}", status.streams, moved_by(&status.media)),
        format!("journal {}", behind(&status.ledger)),
    ];
    parts.extend(signalling(&status.sip));
    parts.extend(status.disk.as_ref().map(|disk| format!("disk {}", room(disk))));
    parts
}

/// What the signalling core has under way, when it has anything.
fn signalling(sip: &SipLine) -> Option<String> {
    let SipLine { transactions, dialogs, links, .. } = sip;
    let any = transactions + dialogs + links > 0;
    any.then(|| format!("SIP {transactions} transactions, {dialogs} dialogs, {links} streams"))
}

/// How many workers they are dealt to.
fn moved_by(media: &MediaLine) -> String {
    let s = if media.workers == 1 { "" } else { "s" };
    if media.workers == 0 { String::new() } else { format!(" on {} worker{s}", media.workers) }
}

/// What somebody should look at, a line each.
pub fn notices(status: &Status) -> Vec<String> {
    let mut out = vec![];
    if let Some(fault) = &status.ledger.fault {
        out.push(format!("THE DATABASE CANNOT BE WRITTEN ({} wait): {fault}", status.ledger.backlog));
    }
    if let Some(fault) = &status.ledger.daybook_fault {
        out.push(format!("NO DAYBOOK, records go to the database at once: {fault}"));
    }
    if status.ids_spent {
        out.push(
            "NO IDS ARE LEFT, calls are refused: give it the next free number ([storage] node) and restart it".into(),
        );
    }
    if status.reloads.last_taken == Some(false) {
        out.push("LAST RELOAD REFUSED: the configuration before it is in force; the log says what was wrong".into());
    }
    if status.sip.braked > 0 {
        out.push(format!("PASSWORDS ARE GUESSED, {} wait: strowger bans", status.sip.braked));
    }
    out
}

/// Listeners, phones, descriptors, memory; what is not known is left out.
fn around(status: &Status) -> Vec<String> {
    let mut parts = Vec::new();
    if !status.listeners.is_empty() {
        let addresses = status.listeners.iter().map(|line| format!("{} {}", line.transport, line.address));
        parts.push(format!("listens on {}", addresses.collect::<Vec<_>>().join(", ")));
    }
    parts.extend(status.pages.as_ref().map(ToString::to_string));
    if status.phones.configured > 0 {
        let missing = status.phones.configured.saturating_sub(status.phones.reachable);
        let names = match status.phones.missing.is_empty() {
            true => String::new(),
            false => format!(", missing: {}", phones::some(&status.phones.missing, missing)),
        };
        parts.push(format!("phones {}/{} reachable{names}", status.phones.reachable, status.phones.configured));
    }
    let watching = status.sip.subscriptions;
    parts.extend((watching > 0).then(|| format!("{watching} keys watch somebody")));
    if let Some(waited_ms) = status.recorder_stalled_ms {
        parts.push(format!("RECORDINGS WAIT for their disk since {} s", waited_ms / 1_000));
    }
    if let Some(DescriptorLine { used, limit, calls_left }) = status.descriptors {
        parts.push(format!("descriptors {used}/{limit}, good for {calls_left} more calls"));
    }
    if status.memory.limit_bytes > 0 {
        parts.push(format!("memory {}/{} MiB", status.memory.used_bytes >> 20, status.memory.limit_bytes >> 20));
    }
    if status.overlay > 0 {
        parts.push(format!("{} run-time changes", status.overlay));
    }
    parts
}

/// How far the account is behind.
fn behind(ledger: &LedgerLine) -> String {
    let (lag_ms, unposted_s) = (ledger.lag_ms, ledger.unposted_ms / 1_000);
    match (lag_ms, ledger.backlog) {
        (_, 0) => "on disk".into(),
        (0, _) if unposted_s == 0 => "on disk".into(),
        (0, backlog) => format!("on disk, {backlog} wait for the database since {unposted_s} s"),
        (_, backlog) => format!("{lag_ms} ms ({backlog}) behind"),
    }
}

/// What the disk has left: in days of recordings where that is known, else in bytes.
fn room(disk: &DiskLine) -> String {
    let silent = if disk.seen_ms > DISK_SILENT_MS { ", DOES NOT ANSWER" } else { "" };
    match disk.days_left {
        Some(days) if days < 1.0 => format!("{:.0} HOURS of recordings{silent}", days * 24.0),
        Some(days) if days < 3_650.0 => format!("{days:.0} days of recordings{silent}"),
        _ => format!("{} free{silent}", bytes(disk.free_bytes)),
    }
}

/// `38.2 GB`.
#[allow(clippy::cast_precision_loss)] // Three digits are shown.
pub fn bytes(count: u64) -> String {
    let units = ["bytes", "kB", "MB", "GB", "TB"];
    let mut value = count as f64;
    let mut unit = 0;
    while value >= 1_000.0 && unit + 1 < units.len() {
        value /= 1_000.0;
        unit += 1;
    }
    if unit == 0 { format!("{count} bytes") } else { format!("{value:.1} {}", units[unit]) }
}

/// What else must be known about a carrier.
pub fn trunk_remark(trunk: &TrunkLine) -> String {
    match (trunk.removed, trunk.reachable, trunk.since_ms) {
        (true, ..) => "removed: ends with its calls".into(),
        (_, Some(true), Some(ms)) => format!("reachable for {}", clock(ms)),
        (_, Some(false), Some(ms)) => format!("no answer for {}", clock(ms)),
        _ => registration_remark(trunk),
    }
}

fn registration_remark(trunk: &TrunkLine) -> String {
    match (trunk.registered_ms, trunk.expires_ms, &trunk.failure, trunk.failure_ms) {
        (Some(since), Some(left), ..) => format!("registered for {}, good for {}", clock(since), clock(left)),
        (_, _, Some(failure), Some(ago)) => format!("not registered: {failure}, {} ago", clock(ago)),
        _ if trunk.registered == Some(false) => "not registered yet".into(),
        _ => String::new(),
    }
}

/// How a carrier's state looks.
pub fn trunk_tone(trunk: &TrunkLine) -> Tone {
    match trunk.state.as_str() {
        "up" => Tone::Good,
        "full" | "removed" => Tone::Warn,
        _ => Tone::Bad,
    }
}

/// The carriers.
fn trunks(trunks: &[TrunkLine], colours: bool) -> String {
    let heads = [
        ("trunk", false),
        ("state", false),
        ("in", true),
        ("out", true),
        ("of", true),
        ("brought", true),
        ("ASR of ended", true),
        ("", false),
    ];
    #[allow(clippy::cast_precision_loss)] // Counts of calls stay far below 2^53.
    let row = |trunk: &TrunkLine| {
        let asr = (trunk.in_ended > 0).then(|| trunk.in_ended_answered as f64 / trunk.in_ended as f64);
        let state = if trunk.state == "up" { trunk.state.clone() } else { trunk.state.to_uppercase() };
        vec![
            trunk.name.clone(),
            paint(&state, trunk_tone(trunk), colours),
            trunk.calls_in.to_string(),
            trunk.calls_out.to_string(),
            trunk.calls_max.to_string(),
            trunk.in_total.to_string(),
            percent(asr),
            trunk_remark(trunk),
        ]
    };
    columns(&heads, &trunks.iter().map(row).collect::<Vec<_>>())
}

/// The queues at this moment, and what they did today.
fn queues(queues: &[QueueLine], colours: bool) -> String {
    format!("{}\n{}", present(queues, colours), today(queues, colours))
}

/// How the wait of a queue looks: it is fine until the threshold of the service level.
pub fn wait_tone(queue: &QueueLine) -> Tone {
    match (queue.waiting, queue.longest_ms) {
        (0, _) => Tone::Faint,
        (_, longest) if longest <= queue.within_ms => Tone::Good,
        (_, longest) if longest <= 3 * queue.within_ms => Tone::Warn,
        _ => Tone::Bad,
    }
}

/// How a service level looks beside its target.
pub fn level_tone(level: Option<f64>, target: f64) -> Tone {
    match level {
        None => Tone::Faint,
        Some(level) if level >= target => Tone::Good,
        Some(level) if level >= target - FAR => Tone::Warn,
        Some(_) => Tone::Bad,
    }
}

fn present(queues: &[QueueLine], colours: bool) -> String {
    let heads = [
        ("queue", false),
        ("waiting", true),
        ("longest", true),
        ("logged in", true),
        ("ready", true),
        ("ringing", true),
        ("talking", true),
        ("wrap-up", true),
        ("away", true),
        ("", false),
    ];
    let remark = |queue: &QueueLine| {
        let state = match (queue.removed, queue.closed) {
            (true, _) => "removed: serves who waits".to_owned(),
            (_, true) => paint("CLOSED", Tone::Warn, colours),
            _ => String::new(),
        };
        let others = (queue.without_call > 0).then(|| format!("{} without a call", queue.without_call));
        let said = [Some(state).filter(|state| !state.is_empty()), others];
        said.into_iter().flatten().collect::<Vec<_>>().join(", ")
    };
    let row = |queue: &QueueLine| {
        vec![
            queue.name.clone(),
            queue.waiting.to_string(),
            if queue.waiting == 0 { "-".into() } else { paint(&clock(queue.longest_ms), wait_tone(queue), colours) },
            queue.logged_in.to_string(),
            queue.ready.to_string(),
            queue.ringing.to_string(),
            queue.talking.to_string(),
            queue.wrap_up.to_string(),
            queue.away.to_string(),
            remark(queue),
        ]
    };
    columns(&heads, &queues.iter().map(row).collect::<Vec<_>>())
}

fn today(queues: &[QueueLine], colours: bool) -> String {
    let heads = [
        ("today", false),
        ("volume", true),
        ("contacts", true),
        ("answered", true),
        ("abandoned", true),
        ("sent on", true),
        ("ASA", true),
        ("within", true),
        ("SL", true),
        ("SL of 30 min", true),
    ];
    let level =
        |level: Option<f64>, target| paint(&percent(level), level_tone(level, target), colours && level.is_some());
    let row = |queue: &QueueLine| {
        let figures = &queue.today;
        vec![
            queue.name.clone(),
            figures.counts.volume.to_string(),
            figures.counts.contacts.to_string(),
            figures.counts.answered.to_string(),
            figures.counts.abandoned.to_string(),
            figures.counts.sent_on.to_string(),
            length(figures.asa_ms),
            format!("{} s", queue.within_ms / 1_000),
            level(figures.service_level, queue.target),
            level(queue.last_30_minutes.service_level, queue.target),
        ]
    };
    let there: Vec<_> = queues.iter().filter(|queue| !queue.removed).map(row).collect();
    columns(&heads, &there)
}

/// Who is there, and what they do.
fn staff(staff: &StaffLine) -> String {
    let mut parts = Vec::new();
    for (state, words) in STATES {
        let count = staff.states.get(state).copied().unwrap_or(0);
        match (count, state) {
            (0, _) | (_, "logged_out") => {}
            (_, "paused") => parts.push(format!("{count} {words} ({})", reasons(staff))),
            _ => parts.push(format!("{count} {words}")),
        }
    }
    let colon = if parts.is_empty() { "" } else { ": " };
    format!("{} of {} agents logged in{colon}{}\n", staff.logged_in, staff.configured, parts.join(", "))
}

fn reasons(staff: &StaffLine) -> String {
    staff.paused.iter().map(|(reason, count)| format!("{reason} {count}")).collect::<Vec<_>>().join(", ")
}

/// What an agent can be, in the words of the status and in ours.
const STATES: [(&str, &str); 8] = [
    ("ready", "ready"),
    ("ringing", "ringing"),
    ("talking", "talking"),
    ("wrap_up", "in wrap-up"),
    ("paused", "paused"),
    ("unreachable", "without a phone"),
    ("other_call", "in another call"),
    ("logged_out", "logged out"),
];

/// The agents.
fn agents(agents: &[AgentLine], colours: bool) -> String {
    let row = |agent: &AgentLine| {
        let since = if agent.status == "logged_out" { "-".into() } else { clock(agent.since_ms) };
        vec![agent.name.clone(), paint(&agent_state(agent), agent_tone(agent), colours), since, remark(agent)]
    };
    let heads = [("agent", false), ("state", false), ("for", true), ("", false)];
    columns(&heads, &agents.iter().map(row).collect::<Vec<_>>())
}

/// How an agent's state looks.
pub fn agent_tone(agent: &AgentLine) -> Tone {
    match agent.state.as_str() {
        "ready" => Tone::Good,
        "talking" => Tone::Busy,
        "wrap_up" => Tone::Plain,
        "logged_out" => Tone::Faint,
        "unreachable" => Tone::Bad,
        _ => Tone::Warn,
    }
}

/// What an agent is, in a few words.
pub fn agent_state(agent: &AgentLine) -> String {
    match (agent.state.as_str(), &agent.reason) {
        ("paused", Some(reason)) if reason != NO_REASON => format!("paused ({reason})"),
        ("unreachable", _) => "no phone".into(),
        ("wrap_up", _) => "wrap-up".into(),
        (state, _) => STATES.iter().find(|(word, _)| *word == state).map_or(state, |(_, words)| words).to_owned(),
    }
}

/// What else must be known about him.
fn remark(agent: &AgentLine) -> String {
    let mut words = Vec::new();
    if !agent.reachable && !["logged_out", "unreachable"].contains(&agent.state.as_str()) {
        words.push("no phone registered".to_owned());
    }
    if agent.engaged && agent.state != "other_call" {
        words.push("in another call".to_owned());
    }
    words.extend(agent_pending(agent));
    words.join(", ")
}

/// What he will be as soon as he is free.
pub fn agent_pending(agent: &AgentLine) -> Option<String> {
    let status = agent.pending.as_deref()?;
    Some(format!("then {}", if status == "not_ready" { "paused".into() } else { status.replace('_', " ") }))
}

/// A running call's phase in a word, and how it looks.
pub fn phase(phase: &str) -> (&str, Tone) {
    match phase {
        "prompting" => ("menu", Tone::Faint),
        "queueing" => ("waiting", Tone::Warn),
        "offering" | "ringing" => ("ringing", Tone::Warn),
        "talking" => ("talking", Tone::Busy),
        other => (other, Tone::Faint),
    }
}

/// The running calls.
fn running(calls: &[CallLine], colours: bool) -> String {
    let heads = [
        ("call", false),
        ("phase", false),
        ("caller", false),
        ("called", false),
        ("queue", false),
        ("agent", false),
        ("waited", true),
        ("age", true),
    ];
    let dash = |name: &Option<String>| name.clone().unwrap_or_else(|| "-".into());
    let row = |call: &CallLine| {
        vec![
            call.call.clone(),
            paint(&call.phase, phase(&call.phase).1, colours),
            call.caller.clone(),
            call.called.clone(),
            dash(&call.queue),
            dash(&call.agent),
            call.waited_ms.map_or_else(|| "-".into(), clock),
            clock(call.age_ms),
        ]
    };
    columns(&heads, &calls.iter().map(row).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::status::{CountsLine, FiguresLine};

    #[test]
    fn lengths_are_read_as_on_a_clock() {
        assert_eq!(clock(41_999), "00:41");
        assert_eq!(clock(3_723_000), "1:02:03");
        assert_eq!(clock((3 * 86_400 + 4 * 3_600 + 12 * 60) * 1_000), "3d 04:12");
    }

    #[test]
    fn a_status_shows_what_is_wrong_first_and_every_queue_and_agent() {
        let mut seen =
            Status { up_ms: 61_000, calls: 3, calls_max: 10, calls_total: 9, draining: true, ..Status::default() };
        seen.ledger.fault = Some("disk full".into());
        seen.queues = vec![QueueLine {
            name: "support".into(),
            waiting: 2,
            longest_ms: 41_000,
            within_ms: 20_000,
            today: FiguresLine {
                counts: CountsLine { volume: 9, contacts: 8, ..CountsLine::default() },
                asa_ms: Some(3_600),
                service_level: Some(0.862),
                ..FiguresLine::default()
            },
            logged_in: 2,
            away: 1,
            ..QueueLine::default()
        }];
        let bob = AgentLine {
            name: "bob".into(),
            state: "unreachable".into(),
            status: "ready".into(),
            since_ms: 5_000,
            ..AgentLine::default()
        };
        let alice =
            AgentLine { name: "alice".into(), state: "paused".into(), status: "not_ready".into(), ..bob.clone() };
        let (lunch, pause) = (Some("lunch".to_owned()), Some("pause".to_owned()));
        seen.agents = vec![
            bob,
            AgentLine { reason: lunch, reachable: true, ..alice.clone() },
            AgentLine { name: "carol".into(), reason: pause, reachable: true, ..alice },
        ];
        seen.staff = StaffLine {
            configured: 4,
            logged_in: 3,
            states: [("unreachable", 1), ("paused", 2), ("logged_out", 1)].map(|(state, n)| (state.into(), n)).into(),
            paused: [("lunch", 1), ("pause", 1)].map(|(reason, n)| (reason.into(), n)).into(),
        };
        let expected = "\
up 01:01   calls 3/10 (9 since the start)   RTP 0 streams   journal on disk
DRAINING: new calls are refused
THE DATABASE CANNOT BE WRITTEN (0 wait): disk full

queue    waiting  longest  logged in  ready  ringing  talking  wrap-up  away
support        2    00:41          2      0        0        0        0     1

today    volume  contacts  answered  abandoned  sent on    ASA  within      SL  SL of 30 min
support       9         8         0          0        0  00:04    20 s  86.2 %             -

3 of 4 agents logged in: 2 paused (lunch 1, pause 1), 1 without a phone
agent  state             for
bob    no phone        00:05
alice  paused (lunch)  00:05
carol  paused          00:05
";
        assert_eq!(status(&seen, false, false), expected);
        let coloured = status(&seen, false, true);
        for painted in ["\x1b[1m\x1b[31mno phone\x1b[0m        00:05", "\x1b[33mpaused (lunch)\x1b[0m  00:05"] {
            assert!(coloured.contains(painted), "{coloured:?}");
        }
        seen.trunks = [("up", "acme"), ("unreachable", "beta")]
            .map(|(state, name)| TrunkLine { state: state.into(), name: name.into(), ..TrunkLine::default() })
            .into();
        let coloured = status(&seen, false, true);
        for painted in ["\x1b[32mup\x1b[0m         ", "\x1b[1m\x1b[31mUNREACHABLE\x1b[0m  "] {
            assert!(coloured.contains(painted), "{coloured:?}");
        }
        assert!(!status(&seen, true, false).contains('\x1b'));
    }

    #[test]
    fn colours_say_how_urgent_it_is() {
        let queue = |waiting, longest_ms| QueueLine { waiting, longest_ms, within_ms: 20_000, ..QueueLine::default() };
        assert_eq!(wait_tone(&queue(0, 0)), Tone::Faint);
        assert_eq!([20_000, 20_001, 61_000].map(|ms| wait_tone(&queue(1, ms))), [Tone::Good, Tone::Warn, Tone::Bad]);
        let levels = [Some(0.8), Some(0.7), Some(0.6), None].map(|share| level_tone(share, 0.8));
        assert_eq!(levels, [Tone::Good, Tone::Warn, Tone::Bad, Tone::Faint]);
    }
}
