//! What the demo shows: the switch at a glance, twice a second, and how to call it with a real phone.

use super::centre::{GUEST, SHORT_NUMBER};
use crate::admin::status::Status;
use crate::admin::{AdminRequest, Reply, Request, table};
use crate::shell::signalling::Nudge;
use anyhow::Result;
use ledger::{CallFilter, Reader};
use std::fmt::Write as _;
use std::io::{IsTerminal, Write};
use std::net::{IpAddr, SocketAddr};
use tokio::sync::{mpsc, oneshot};

/// Ended calls shown.
const LAST_CALLS: u32 = 6;
/// Without a terminal, one picture for each so many.
const PLAIN_EVERY: u64 = 10;

/// How to call the demo with a real phone.
pub fn welcome(listen: SocketAddr, password: &str, primary: Option<IpAddr>) -> String {
    let mut text = format!(
        "Strowger is running a call centre at {listen} (UDP and TCP).\n\
         Call it yourself: put into a SIP phone\n\
         \x20   server {listen}   user {GUEST}   password {password}\n\
         and dial {SHORT_NUMBER}. Press 1 for support, 2 for sales.\n"
    );
    if listen.ip().is_loopback()
        && let Some(primary) = primary.filter(|primary| !primary.is_loopback())
    {
        let _ = writeln!(text, "For a phone on another machine: strowger demo --listen {primary}");
    }
    text.push_str("Ctrl-C ends it.\n\n");
    text
}

/// The live picture.
pub struct Screen {
    silent: bool,
    terminal: bool,
    shown: u64,
    lines: usize,
}

impl Screen {
    /// Silent, or on standard output: redrawn in place on a terminal, now and then elsewhere.
    pub fn new(silent: bool) -> Screen {
        Screen { silent, terminal: std::io::stdout().is_terminal(), shown: 0, lines: 0 }
    }

    /// Shows the present.
    pub async fn show(&mut self, nudges: &mpsc::UnboundedSender<Nudge>, reader: &Reader, closing: bool) -> Result<()> {
        self.shown += 1;
        if self.silent || (!self.terminal && self.shown % PLAIN_EVERY != 1) {
            return Ok(());
        }
        let Some(status) = ask(nudges).await else { return Ok(()) };
        let mut picture = table::status(&status, false);
        picture.push('\n');
        picture.push_str(&last_calls(reader).await?);
        if closing {
            picture.push_str("\nno new callers; waiting for the last ones\n");
        }
        self.draw(&picture)
    }

    fn draw(&mut self, picture: &str) -> Result<()> {
        let mut out = std::io::stdout().lock();
        if self.terminal && self.lines > 0 {
            // Up over the last picture, and clear what is below.
            write!(out, "\x1b[{}A\x1b[J", self.lines)?;
        }
        self.lines = picture.lines().count();
        writeln!(out, "{}", picture.trim_end_matches('\n'))?;
        out.flush()?;
        Ok(())
    }
}

async fn ask(nudges: &mpsc::UnboundedSender<Nudge>) -> Option<Box<Status>> {
    let (reply, answer) = oneshot::channel();
    let request = AdminRequest { what: Request::Status(()), reply };
    let _has_ended_already = nudges.send(Nudge::Admin(request));
    match answer.await {
        Ok(Reply::Status(status)) => Some(status),
        _ => None,
    }
}

/// The switch at a glance, its running calls too.
pub async fn glance(nudges: &mpsc::UnboundedSender<Nudge>) -> Option<String> {
    ask(nudges).await.map(|status| table::status(&status, true))
}

async fn last_calls(reader: &Reader) -> Result<String> {
    let calls = reader.calls(LAST_CALLS, &CallFilter::default()).await?;
    Ok(crate::calls::table(&calls))
}
