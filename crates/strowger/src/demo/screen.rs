//! What the demo shows: how to call it with a real phone, and the switch at a glance. On a terminal a picture that
//! keeps its place; elsewhere plain lines, now and then.

use super::centre::{GUEST, SHORT_NUMBER};
use super::lately::Lately;
use crate::admin::status::Status;
use crate::admin::table;
use crate::admin::wire::Reply;
use crate::nudge::{Nudge, Request};
use crate::picture::{self, CallCells, Calls, Look, Picture, Row, Screen, Tone, Top};
use anyhow::Result;
use control::{Actor, View};
use ledger::Reader;
use ratatui_core::text::Line;
use std::fmt::Write as _;
use std::io::Write as _;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::time::{Duration, Instant};
use tokio::sync::mpsc;

/// The picture is drawn so often,
const EVERY: Duration = Duration::from_millis(500);
/// and plain lines are said so often.
const PLAINLY_EVERY: Duration = Duration::from_secs(5);
/// What the columns of its calls take, from the first one on.
const PLAIN_WIDTHS: [usize; 8] = [1, 8, 9, 16, 8, 8, 6, 6];
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
    /// To the pages.
    pub link: String,
    /// Of their certificate, where they have one.
    pub fingerprint: Option<String>,
    /// What the switch runs by.
    pub config: PathBuf,
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
        let Invitation { listen, password, link, fingerprint, .. } = self;
        let here = if fingerprint.is_none() { " on this machine" } else { "" };
        let compare = fingerprint.as_ref().map_or_else(String::new, |it| {
            format!("It warns of a certificate that nobody has signed: compare its SHA-256 fingerprint,\n    {it}\n")
        });
        let mut text = format!(
            "Strowger is running a call centre at {listen} (UDP and TCP).\n\
             Look at it in a browser{here}: {link}\n\
             {compare}\
             Call it yourself: put into a SIP phone\n\
             \x20   server {listen}   user {GUEST}   password {password}\n\
             and dial {SHORT_NUMBER}. Press 1 for support, 2 for sales. With baresip:\n\
             \x20   {}\n",
            self.command()
        );
        if let Some(primary) = self.elsewhere() {
            let _ = writeln!(text, "For phones and browsers on other machines: strowger demo --address {primary}");
        }
        let _ = writeln!(text, "Ask it as any switch: strowger status --config {}", self.config.display());
        text.push_str(
            "Ctrl-C ends it: no new calls, and running ones may go on for 30 s; a second one releases them.\n\n",
        );
        text
    }

    /// As lines of the picture: how to get in stays, whatever its size.
    fn lines(&self, look: Look, width: usize) -> Top {
        let listen = self.listen.to_string();
        let how = if width < WIDE { "server" } else { "Call it: server" };
        let words = [(how, listen.as_str()), ("user", GUEST), ("password", &self.password), ("number", SHORT_NUMBER)];
        let mut must = packed(look, width, &words);
        let pages = Row::new(look).text("Pages ", Tone::Faint).text(&self.link, Tone::Strong);
        let bare = Row::new(look).text(&self.link, Tone::Strong);
        must.splice(0..0, [pages, bare].into_iter().find(|row| row.width() <= width).map(Row::line));
        let command = Row::new(look).text(&self.command(), Tone::Strong);
        let account = Row::new(look).text(&self.account(), Tone::Strong);
        let named = Row::new(look).text(&self.account(), Tone::Strong).text("  for baresip's accounts", Tone::Faint);
        let mut more: Vec<Row> =
            [command, named, account].into_iter().find(|row| row.width() <= width).into_iter().collect();
        // As browsers write it, in two halves.
        let halves = self.fingerprint.as_ref().map(|fingerprint| fingerprint.split_at(fingerprint.len() / 2));
        for (name, half) in halves.iter().flat_map(|(first, rest)| [("SHA-256 ", first), ("        ", rest)]) {
            more.push(Row::new(look).text(name, Tone::Faint).text(half.trim_matches(':'), Tone::Strong));
        }
        let keys = Row::new(look).text("Press 1 for support, 2 for sales.", Tone::Faint);
        let elsewhere = self.elsewhere().map(|primary| format!("Phones elsewhere: demo --address {primary}"));
        match elsewhere {
            None => more.push(keys),
            Some(words) if keys.width() + 1 + words.len() <= width => {
                more.push(keys.gap(1).text(&words, Tone::Faint));
            }
            Some(words) => more.extend([keys, Row::new(look).text(&words, Tone::Faint)]),
        }
        Top { must, more: more.into_iter().filter(|row| row.width() <= width).map(Row::line).collect() }
    }
}

/// From this width on there is room for more words.
const WIDE: usize = 60;

/// Words with their values, as many to a line as fit.
fn packed(look: Look, width: usize, words: &[(&str, &str)]) -> Vec<Line<'static>> {
    let mut rows: Vec<Row> = vec![];
    for (name, value) in words {
        let length = name.len() + 1 + value.len();
        let row = match rows.pop() {
            Some(row) if row.width() + 2 + length <= width => row.gap(2),
            full => {
                rows.extend(full);
                Row::new(look)
            }
        };
        rows.push(row.text(&format!("{name} "), Tone::Faint).text(value, Tone::Strong));
    }
    rows.into_iter().map(Row::line).collect()
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
    let _ = writeln!(text, "\n{}", table::columns_at_least(&heads, &PLAIN_WIDTHS, &rows));
    if let Some(foot) = foot {
        let _ = writeln!(text, "{foot}\n");
    }
    text
}

async fn ask(nudges: &mpsc::UnboundedSender<Nudge>) -> Option<Box<Status>> {
    let (request, answer) = Request::new(Actor::Operator(None), View::Status(()).into());
    let _has_ended_already = nudges.send(Nudge::Asked(request));
    match answer.await {
        Ok(Reply::Status(status)) => Some(status),
        _ => None,
    }
}

/// The switch at a glance, its running calls too.
pub async fn glance(nudges: &mpsc::UnboundedSender<Nudge>) -> Option<String> {
    ask(nudges).await.map(|status| table::status(&status, true, false))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ratatui_core::buffer::Buffer;
    use ratatui_core::layout::Rect;

    /// The lines of the demo's picture before the first call, in this size.
    fn drawn(width: u16, height: u16, calls: &[CallCells]) -> Vec<String> {
        let invitation = Invitation {
            listen: SocketAddr::from(([192, 168, 100, 200], 35_060)),
            password: "abcd2345".into(),
            primary: None,
            link: format!("http://127.0.0.1:8080/k/{}", "a".repeat(26)),
            fingerprint: None,
            config: PathBuf::new(),
        };
        let (area, look) = (Rect::new(0, 0, width, height), Look { colour: false, unicode: true });
        let mut buffer = Buffer::empty(area);
        let picture = Picture {
            title: "demo",
            status: &Status::default(),
            top: &|look, width| invitation.lines(look, width),
            calls: Some(Calls { rows: calls, latest: true }),
            foot: ("Ctrl-C ends it", Tone::Faint),
        };
        picture::paint(&picture, look, area, &mut buffer);
        let line = |y| (0..width).map(|x| buffer[(x, y)].symbol()).collect::<String>().trim_end().to_owned();
        (0..height).map(line).collect()
    }

    const WAY_IN: [&str; 4] = ["server 192.168.100.200:35060", "user guest", "password abcd2345", "number 500"];

    #[test]
    fn the_way_in_is_in_sight_in_every_size_that_has_room_for_it() {
        for (width, height) in [(200, 60), (80, 24), (60, 12), (40, 10), (40, 8), (31, 6), (30, 5)] {
            let lines = drawn(width, height, &[]);
            for words in WAY_IN {
                assert!(lines.iter().any(|line| line.contains(words)), "{width}x{height} {words}: {lines:#?}");
            }
            let link = lines.iter().any(|line| line.contains("http://127.0.0.1:8080/k/aaaaaaaaaaaaaaaaaaaaaaaaaa"));
            assert_eq!(link, width >= 50, "{width}x{height}: {lines:#?}");
            assert!(!lines.iter().any(|line| line.contains("needed")), "{lines:#?}");
        }
    }

    #[test]
    fn a_terminal_without_room_for_the_way_in_says_how_much_it_takes() {
        for (width, height, room) in [(40, 2, "30x4"), (29, 3, "29x5"), (28, 10, "29x")] {
            let lines = drawn(width, height, &[]);
            let needed = format!("too small: {room}");
            assert!(lines.last().unwrap().contains(&needed), "{width}x{height} {room}: {lines:#?}");
        }
    }

    #[test]
    fn the_first_call_moves_no_column() {
        let call = CallCells {
            started: "12:00:00".into(),
            state: "abandoned".into(),
            caller: "+442079460001".into(),
            queue: Some("support".into()),
            agent: Some("fatima".into()),
            ..CallCells::default()
        };
        for (width, height) in [(80, 24), (120, 40)] {
            let heads = [&[][..], std::slice::from_ref(&call)]
                .map(|calls| drawn(width, height, calls).into_iter().find(|line| line.contains("last calls")).unwrap());
            assert_eq!(heads[0], heads[1]);
        }
        let heads = [&[][..], &[call]].map(|calls| {
            plain(&Status::default(), calls, None).lines().find(|line| line.contains("waited")).unwrap().to_owned()
        });
        assert_eq!(heads[0], heads[1]);
    }
}
