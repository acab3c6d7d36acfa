//! What the demo shows: how to call it with a real phone, and the switch at a glance. On a terminal a picture that
//! keeps its place; elsewhere plain lines, now and then.

use super::centre::{GUEST, SHORT_NUMBER};
use super::lately::Lately;
use crate::admin::status::Status;
use crate::admin::{AdminRequest, Reply, Request, table};
use crate::picture::{self, CallCells, Calls, Look, Picture, Row, Screen, Tone};
use crate::shell::signalling::Nudge;
use anyhow::Result;
use ledger::Reader;
use ratatui_core::text::Line;
use std::fmt::Write as _;
use std::io::Write as _;
use std::net::{IpAddr, SocketAddr};
use std::time::{Duration, Instant};
use tokio::sync::{mpsc, oneshot};

/// The picture is drawn so often,
const EVERY: Duration = Duration::from_millis(500);
/// and plain lines are said so often.
const PLAINLY_EVERY: Duration = Duration::from_secs(5);
/// Calls that plain lines tell of.
const PLAIN_CALLS: usize = 6;
/// Lines of a picture that are for other things than calls.
const OTHER_LINES: usize = 16;

/// How a real phone gets in.
pub struct Invitation {
    /// Where the switch listens.
    pub listen: SocketAddr,
    /// The guest's password.
    pub password: String,
    /// This machine's address towards others.
    pub primary: Option<IpAddr>,
}

impl Invitation {
    /// Another address, for phones on other machines, where this one is for phones on this machine only.
    fn elsewhere(&self) -> Option<IpAddr> {
        self.primary.filter(|primary| self.listen.ip().is_loopback() && !primary.is_loopback())
    }

    /// Debian's baresip as an account line.
    fn account(&self) -> String {
        // 5060 is what a phone takes without being told.
        let address = match self.listen.port() {
            5060 if self.listen.is_ipv4() => self.listen.ip().to_string(),
            _ => self.listen.to_string(),
        };
        format!("<sip:{GUEST}@{address}>;auth_pass={}", self.password)
    }

    /// The same as one command that calls at once.
    fn command(&self) -> String {
        let number = match self.listen.port() {
            5060 => SHORT_NUMBER.to_owned(),
            _ => format!("sip:{SHORT_NUMBER}@{}", self.listen),
        };
        format!("baresip -e '/uanew {}' -e '/dial {number}'", self.account())
    }

    /// As plain lines.
    fn text(&self) -> String {
        let Invitation { listen, password, .. } = self;
        let mut text = format!(
            "Strowger is running a call centre at {listen} (UDP and TCP).\n\
             Call it yourself: put into a SIP phone\n\
             \x20   server {listen}   user {GUEST}   password {password}\n\
             and dial {SHORT_NUMBER}. Press 1 for support, 2 for sales. With baresip:\n\
             \x20   {}\n",
            self.command()
        );
        if let Some(primary) = self.elsewhere() {
            let _ = writeln!(text, "For a phone on another machine: strowger demo --listen {primary}");
        }
        text.push_str(
            "Ctrl-C ends it: no new calls, and running ones may go on for 30 s; a second one releases them.\n\n",
        );
        text
    }

    /// As lines of the picture.
    fn lines(&self, look: Look, width: usize) -> Vec<Line<'static>> {
        let word = |row: Row, name: &str, value: &str| row.text(name, Tone::Faint).text(value, Tone::Strong);
        let row = word(Row::new(look), "Call it: server ", &self.listen.to_string());
        let row = word(word(row, "  user ", GUEST), "  password ", &self.password);
        let first = word(row, "  number ", SHORT_NUMBER);
        let command = Row::new(look).text(&self.command(), Tone::Strong);
        let account = Row::new(look).text(&self.account(), Tone::Strong).text("  for baresip's accounts", Tone::Faint);
        let second = if command.width() <= width { command } else { account };
        let mut last = Row::new(look).text("Press 1 for support, 2 for sales.", Tone::Faint);
        if let Some(primary) = self.elsewhere() {
            last = last.text(&format!(" Phones elsewhere: demo --listen {primary}"), Tone::Faint);
        }
        [first, second, last].into_iter().map(Row::line).collect()
    }
}

/// How far the demo is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Callers come.
    Open,
    /// No more come; those who talk may go on until then.
    Closing(Instant),
    /// The last calls are being released.
    Leaving,
}

impl Stage {
    fn foot(self, calls: usize) -> (String, Tone) {
        match self {
            Stage::Open => {
                ("Ctrl-C ends it: no new calls, running ones may go on for 30 s; twice: at once".into(), Tone::Faint)
            }
            Stage::Closing(until) => {
                let seconds = until.saturating_duration_since(Instant::now()).as_secs();
                let words = format!("Closing: {calls} calls may go on for {seconds} s; Ctrl-C again releases them now");
                (words, Tone::Warn)
            }
            Stage::Leaving => ("Closing: the last calls are released".into(), Tone::Warn),
        }
    }
}

/// Where it is shown.
enum Way {
    Silent,
    Plain,
    Picture(Box<Screen>),
}

/// The live view.
pub struct Show {
    way: Way,
    invitation: Invitation,
    lately: Lately,
    seen: Option<(Box<Status>, Vec<CallCells>)>,
    due: Instant,
}

impl Show {
    /// Silent, as a picture on a terminal, or as plain lines elsewhere.
    pub fn begin(silent: bool, invitation: Invitation) -> Result<Show> {
        let way = match silent {
            true => Way::Silent,
            false if picture::is_wanted() => Way::Picture(Box::new(Screen::enter()?)),
            false => Way::Plain,
        };
        let show = Show { way, invitation, lately: Lately::default(), seen: None, due: Instant::now() };
        if let Way::Plain = show.way {
            say(&show.invitation.text())?;
        }
        Ok(show)
    }

    /// Shows the present, when it is time. An error says that nobody looks any more.
    pub async fn turn(&mut self, nudges: &mpsc::UnboundedSender<Nudge>, reader: &Reader, stage: Stage) -> Result<()> {
        let now = Instant::now();
        if matches!(self.way, Way::Silent) || now < self.due {
            return Ok(());
        }
        self.due = now + if let Way::Plain = self.way { PLAINLY_EVERY } else { EVERY };
        let Some(status) = ask(nudges).await else { return Ok(()) };
        let running = match &self.way {
            Way::Picture(screen) => screen.height().saturating_sub(OTHER_LINES) / 2,
            _ => PLAIN_CALLS / 2,
        };
        let calls = self.lately.calls(reader, &status, running.max(2)).await?;
        self.seen = Some((status, calls));
        self.draw(stage)
    }

    /// Shows what was seen last again: the terminal has another size.
    pub fn draw(&mut self, stage: Stage) -> Result<()> {
        let Some((status, calls)) = &self.seen else { return Ok(()) };
        let (foot, tone) = stage.foot(status.calls);
        match &mut self.way {
            Way::Silent => Ok(()),
            Way::Plain => Ok(say(&plain(status, calls, (stage != Stage::Open).then_some(foot.as_str())))?),
            Way::Picture(screen) => Ok(screen.draw(&Picture {
                title: "demo",
                status,
                top: &|look, width| self.invitation.lines(look, width),
                calls: Some(Calls { rows: calls, latest: true }),
                foot: (&foot, tone),
            })?),
        }
    }
}

fn say(text: &str) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// The status and the last calls as lines.
fn plain(status: &Status, calls: &[CallCells], foot: Option<&str>) -> String {
    let heads = [
        ("", false),
        ("started", false),
        ("state", false),
        ("caller", false),
        ("queue", false),
        ("agent", false),
        ("waited", true),
        ("length", true),
    ];
    let dash = |name: &Option<String>| name.clone().unwrap_or_else(|| "-".into());
    let row = |call: &CallCells| {
        vec![
            if call.own { ">".into() } else { String::new() },
            call.started.clone(),
            call.state.clone(),
            call.caller.clone(),
            dash(&call.queue),
            dash(&call.agent),
            call.waited_ms.map_or_else(|| "-".into(), table::clock),
            table::clock(call.length_ms),
        ]
    };
    let rows: Vec<Vec<String>> = calls.iter().take(PLAIN_CALLS).map(row).collect();
    let mut text = table::status(status, false, false);
    let _ = writeln!(text, "\n{}", table::columns(&heads, &rows));
    if let Some(foot) = foot {
        let _ = writeln!(text, "{foot}\n");
    }
    text
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
    ask(nudges).await.map(|status| table::status(&status, true, false))
}
