//! `strowger status --live`: the status each second, as a picture on a terminal, one after the other elsewhere.

use crate::admin::status::Status;
use crate::admin::{Reply, Request, client, table};
use crate::picture::{self, CallCells, Calls, Look, Picture, Row, Screen, Tone};
use crate::signals::{Signals, Told};
use crate::style;
use ratatui_core::text::Line;
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
    let asked = tokio::task::spawn_blocking(move || client::request(&socket, &Request::Status(())));
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
fn top(status: &Status, look: Look, width: usize) -> Vec<Line<'static>> {
    let mut lines = vec![String::new()];
    for fact in table::facts(status) {
        let last = lines.last().map_or(0, |line| line.chars().count());
        match lines.last_mut() {
            Some(line) if line.is_empty() => *line = fact,
            Some(line) if last + 3 + fact.chars().count() + 2 <= width => *line += &format!("   {fact}"),
            _ => lines.push(fact),
        }
    }
    lines.extend(table::counters(status));
    lines.iter().map(|line| Row::new(look).left(line, width.saturating_sub(2), Tone::Faint).line()).collect()
}
