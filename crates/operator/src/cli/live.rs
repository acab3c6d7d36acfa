//! `strowger status --live`: the status each second, as a picture on a terminal, one after the other elsewhere.

use super::client;
use crate::admin::status::Status;
use crate::admin::wire::Reply;
use crate::admin::{lines, table};
use crate::picture::{self, CallCells, Calls, Look, Picture, Row, Screen, Tone, Top};
use crate::signals::{Signals, Told};
use crate::style;
use control::View;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

/// How often it is shown.
const EVERY: Duration = Duration::from_secs(1);
const FOOT: &str = "each second; Ctrl-C ends this view, the switch goes on";

/// Shows it until Ctrl-C. A switch that does not answer for a while is waited for.
pub fn live(socket: &Path, calls: bool) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let shown = runtime.block_on(show(socket.to_owned(), calls));
    // A question that is still under way is not waited for.
    runtime.shutdown_background();
    shown
}

async fn show(socket: PathBuf, calls: bool) -> anyhow::Result<()> {
    let mut signals = Signals::new()?;
    // The first time, whoever asked is told and can go on; later, the switch may come back.
    let mut status = ask(&socket).await?;
    let mut screen = if picture::is_wanted() { Some(Screen::enter()?) } else { None };
    let mut fault: Option<String> = None;
    loop {
        let shown = match (&mut screen, &fault) {
            (Some(screen), _) => draw(screen, &status, fault.as_deref(), calls),
            (None, None) => say(&table::status(&status, calls, style::colours())),
            (None, Some(fault)) => say(&format!("{fault}\n")),
        };
        if shown.is_err() {
            return Ok(()); // Nobody looks any more.
        }
        let asked = async {
            tokio::time::sleep(EVERY).await;
            ask(&socket).await
        };
        tokio::select! {
            told = signals.next() => if told != Told::Resized {
                return Ok(());
            },
            asked = asked => match asked {
                Ok(seen) => (status, fault) = (seen, None),
                Err(error) => fault = Some(error.to_string()),
            },
        }
    }
}

async fn ask(socket: &Path) -> anyhow::Result<Box<Status>> {
    let socket = socket.to_owned();
    let asked = tokio::task::spawn_blocking(move || client::look(&socket, View::Status(())));
    match asked.await?? {
        Reply::Status(status) => Ok(status),
        _ => anyhow::bail!("{}", client::OTHER),
    }
}

fn say(text: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}")?;
    out.flush()
}

fn draw(screen: &mut Screen, status: &Status, fault: Option<&str>, calls: bool) -> std::io::Result<()> {
    let rows: Vec<CallCells> = status.running.iter().map(CallCells::from).collect();
    screen.draw(&Picture {
        title: "status",
        status,
        top: &|look, width| top(status, look, width),
        calls: calls.then_some(Calls { rows: &rows, latest: false }),
        foot: fault.map_or((FOOT, Tone::Faint), |fault| (fault, Tone::Bad)),
    })
}

/// The switch as a whole, as many facts to a line as fit.
fn top(status: &Status, look: Look, width: usize) -> Top {
    let room = width.saturating_sub(2);
    let mut lines = vec![String::new()];
    for fact in table::facts(status) {
        let last = lines.last().map_or(0, |line| line.chars().count());
        match lines.last_mut() {
            Some(line) if line.is_empty() => *line = fact,
            Some(line) if last + 3 + fact.chars().count() <= room => *line += &format!("   {fact}"),
            _ => lines.push(fact),
        }
    }
    lines.extend(lines::counters(status));
    let row = |line: &String| Row::new(look).left(line, room, Tone::Faint).line();
    let folded: Vec<String> = lines.iter().flat_map(|line| lines::fold(line, room, lines::FOLDED)).collect();
    Top { must: vec![], more: folded.iter().map(row).collect() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_refused_most_is_in_sight_in_a_small_terminal() {
        let refusals = [("no route", 7), ("wrong credentials", 4_000), ("too many calls", 30), ("no such user", 900)];
        let more = ["another's address", "bad contact", "interval too brief", "requirements at the limit"];
        let all = refusals.into_iter().chain(more.map(|why| (why, 1)));
        let status = Status {
            refusals: all.map(|(why, count)| (why.to_owned(), count)).collect(),
            streams: 12,
            ..Status::default()
        };
        let look = Look { colour: false, unicode: true };
        let lines: Vec<String> = top(&status, look, 80).more.iter().map(ToString::to_string).collect();
        let at = lines.iter().position(|line| line.contains("refused: wrong credentials 4000, no such user 900,"));
        let below = &lines[at.unwrap_or_else(|| panic!("{lines:#?}")) + 1];
        assert!(below.trim_end().ends_with(" more"), "{lines:#?}");
        assert!(lines.iter().all(|line| line.chars().count() <= 79 && !line.contains('\u{2026}')), "{lines:#?}");
    }
}
