//! `strowger events`: what happened, and what happens, each with its number.

mod follower;

use super::client;
use crate::account::Account;
use crate::admin::wire::{self, Asked, Following, Reply};
use crate::files;
use crate::signals::{Signals, Told};
use crate::style::harmless;
use crate::terminal::wall_time;
use anyhow::{Context as _, bail};
use clap::Args;
use control::View;
use follower::{Follower, Turn};
use ledger::Reader;
use ledger::stream::{Line, Missing};
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::pin::pin;
use std::time::Duration;
use terms::Seq;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::net::UnixStream;
use tokio::time::sleep;

/// How often the account is asked again for what it is about to have.
const SOON: Duration = Duration::from_millis(50);
/// How often a switch that is away is looked for, and the account with it.
const AWAY: Duration = Duration::from_millis(500);
/// Lines before now that are shown when nobody says from where.
const LATELY: u64 = 20;

/// What may be said to `strowger events`.
#[derive(Debug, Args)]
pub struct EventsArgs {
    /// Go on with what happens, until Ctrl-C.
    #[arg(long)]
    follow: bool,
    /// Begin behind the one with this number; 0 for all that the account has. Without it: the last twenty.
    #[arg(long, value_name = "SEQ", value_parser = after)]
    after: Option<After>,
    /// Print a JSON object a line: {seq, at, kind, data}, and missing where lines before it were deleted.
    #[arg(long)]
    json: bool,
    /// The control socket of the switch that is followed. Without it, the one that the configuration names.
    #[arg(long, value_name = "PATH")]
    socket: Option<PathBuf>,
    /// Whose account.
    #[command(flatten)]
    account: Account,
}

/// Where to begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum After {
    /// At the first of all.
    Nothing,
    /// Behind this one.
    Number(Seq),
}

fn after(text: &str) -> Result<After, String> {
    match text {
        "0" => Ok(After::Nothing),
        _ => text.parse().map(After::Number).map_err(|error: terms::NoSeq| format!("{error}, or 0")),
    }
}

/// Prints what happened; with --follow, what happens too. A reader that has seen enough is no fault.
pub fn events(args: &EventsArgs) -> anyhow::Result<()> {
    match tell(args) {
        Err(error) if error.is::<NobodyReads>() => Ok(()),
        told => told,
    }
}

fn tell(args: &EventsArgs) -> anyhow::Result<()> {
    let (url, _) = args.account.find()?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async {
        let reader = Reader::open(&url).await?;
        let mut follower = Follower::new(begin(args.after, &reader).await?);
        let mut printer = Printer { json: args.json, names: BTreeMap::new() };
        if !args.follow {
            return catch_up(&mut follower, &reader, &mut printer).await;
        }
        let socket = match &args.socket {
            Some(socket) => socket.clone(),
            None => files::control(args.account.config.as_deref()).context("which switch? say --socket")?,
        };
        let mut signals = Signals::new()?;
        let following = pin!(follow(&socket, &reader, follower, printer));
        tokio::select! {
            told = following => told,
            () = until_told(&mut signals) => Ok(()),
        }
    })
}

async fn until_told(signals: &mut Signals) {
    while signals.next().await == Told::Resized {}
}

async fn begin(after: Option<After>, reader: &Reader) -> anyhow::Result<Option<Seq>> {
    Ok(match after {
        Some(After::Nothing) => None,
        Some(After::Number(seq)) => Some(seq),
        None => reader.last_of_stream().await?.map(|last| Seq { n: last.n.saturating_sub(LATELY), ..last }),
    })
}

async fn catch_up(follower: &mut Follower, reader: &Reader, printer: &mut Printer) -> anyhow::Result<()> {
    loop {
        let lines = follower.catch_up(reader).await?;
        if lines.is_empty() {
            return Ok(());
        }
        printer.print(&lines, reader).await?;
    }
}

/// Prints without an end: a switch that goes away is waited for, and what its account has meanwhile is read.
async fn follow(socket: &Path, reader: &Reader, mut follower: Follower, mut printer: Printer) -> anyhow::Result<()> {
    loop {
        catch_up(&mut follower, reader, &mut printer).await?;
        match connect(socket).await? {
            Some((mut live, last)) => {
                // What happened since the account was read and before the switch began to tell.
                while follower.is_behind(last) {
                    sleep(SOON).await;
                    catch_up(&mut follower, reader, &mut printer).await?;
                }
                while_it_runs(&mut live, reader, &mut follower, &mut printer).await?;
            }
            None => sleep(AWAY).await,
        }
    }
}

type Live = Lines<BufReader<UnixStream>>;

/// What is told live, and the number of the last that happened before; none while no switch is there.
async fn connect(socket: &Path) -> anyhow::Result<Option<(Live, Seq)>> {
    let Ok(mut stream) = UnixStream::connect(socket).await else { return Ok(None) };
    let question = wire::write(&Asked { id: None, what: View::Events(()).into() })?;
    if stream.write_all(question.as_bytes()).await.is_err() {
        return Ok(None);
    }
    let mut lines = BufReader::new(stream).lines();
    let Ok(Some(first)) = lines.next_line().await else { return Ok(None) };
    match (serde_json::from_str::<Following>(&first), serde_json::from_str(&first)) {
        (Ok(Following { after }), _) => Ok(Some((lines, after))),
        (Err(_), Ok(Reply::Refused(words))) => bail!("{words}"),
        (Err(_), _) => bail!("{}", client::OTHER),
    }
}

async fn while_it_runs(
    live: &mut Live,
    reader: &Reader,
    follower: &mut Follower,
    printer: &mut Printer,
) -> anyhow::Result<()> {
    while let Ok(Some(text)) = live.next_line().await {
        let line: Line = serde_json::from_str(&text).context("the switch tells what is not understood")?;
        // What lies between is posted within a quarter of a second, or as soon as the database can be written.
        loop {
            match follower.turn(line.seq) {
                Turn::Now => printer.print(std::slice::from_ref(&line), reader).await?,
                Turn::Known => {}
                Turn::Later => {
                    sleep(SOON).await;
                    let lines = follower.catch_up(reader).await?;
                    printer.print(&lines, reader).await?;
                    continue;
                }
            }
            break;
        }
    }
    Ok(())
}

/// Whoever read what is printed has gone.
#[derive(Debug, thiserror::Error)]
#[error("nobody reads any more")]
struct NobodyReads;

/// Prints lines, with names for ids.
struct Printer {
    json: bool,
    /// What the operator calls an id; what has no name is called as it is.
    names: BTreeMap<String, String>,
}

/// A line for programs, with what the operator calls the ids in it.
#[derive(Serialize)]
struct Named<'a> {
    #[serde(flatten)]
    line: &'a Line,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    names: BTreeMap<&'a str, &'a str>,
}

/// What in a line is an id with a name.
const NAMED: [&str; 8] = ["queue", "agent", "phone", "trunk", "trunk_out", "source", "who", "room"];

impl Printer {
    async fn print(&mut self, lines: &[Line], reader: &Reader) -> anyhow::Result<()> {
        if lines.iter().flat_map(ids).any(|id| !self.names.contains_key(id)) {
            self.learn(lines, reader).await?;
        }
        let mut text = String::new();
        for line in lines {
            if let Some(missing) = line.missing.filter(|_| !self.json) {
                writeln!(text, "{}", gone(missing))?;
            }
            match self.json {
                true => writeln!(text, "{}", serde_json::to_string(&self.named(line))?)?,
                false => writeln!(text, "{}", self.words(line))?,
            }
        }
        match std::io::stdout().write_all(text.as_bytes()) {
            Err(error) if error.kind() == ErrorKind::BrokenPipe => Err(NobodyReads.into()),
            written => written.context("standard output"),
        }
    }

    async fn learn(&mut self, lines: &[Line], reader: &Reader) -> anyhow::Result<()> {
        let names = reader.names().await?;
        self.names.extend(names.agents.into_iter().map(|(id, name)| (id.to_string(), name)));
        self.names.extend(names.queues.into_iter().map(|(id, name)| (id.to_string(), name)));
        self.names.extend(names.trunks.into_iter().map(|(id, name)| (id.to_string(), name)));
        self.names.extend(names.phones.into_iter().map(|(id, name)| (id.to_string(), name)));
        self.names.extend(names.rooms.into_iter().map(|(id, name)| (id.to_string(), name)));
        for id in lines.iter().flat_map(ids) {
            self.names.entry(id.to_owned()).or_insert_with(|| id.to_owned());
        }
        Ok(())
    }

    fn named<'a>(&'a self, line: &'a Line) -> Named<'a> {
        let name = |id: &'a str| Some((id, self.names.get(id).map(String::as_str).filter(|name| *name != id)?));
        Named { line, names: ids(line).filter_map(name).collect() }
    }

    /// Time, number, kind, and what there is to say.
    fn words(&self, line: &Line) -> String {
        let mut text = format!("{}  {}  {}", wall_time(line.at.as_millis()), line.seq, line.kind);
        for (key, value) in line.data.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null()) {
            let said = match value {
                Value::String(id) if NAMED.contains(&key.as_str()) => self.names.get(id).unwrap_or(id).clone(),
                Value::String(said) => said.clone(),
                other => other.to_string(),
            };
            let _ = write!(text, "  {key}={}", harmless(&said));
        }
        text
    }
}

/// What was deleted before a line.
fn gone(Missing { lines, or_more }: Missing) -> String {
    let (more, s) = (if or_more { " or more" } else { "" }, if lines == 1 { "" } else { "s" });
    format!("-- {lines}{more} line{s} missing here: deleted from the account ([storage] keep)")
}

fn ids(line: &Line) -> impl Iterator<Item = &str> {
    NAMED.iter().filter_map(|key| line.data.get(key)?.as_str())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whoever_has_a_name_is_told_by_it() {
        let names = BTreeMap::from([("phone-1".to_owned(), "alice".to_owned())]);
        let data = serde_json::json!({ "who": "phone-1", "source": "phone-2", "how": "won" });
        let line = Line {
            seq: "0-1-4".parse().unwrap(),
            at: terms::Wall::from_millis(0),
            kind: "leg_gone".into(),
            data,
            missing: None,
        };
        let printer = Printer { json: false, names };
        assert!(printer.words(&line).ends_with("0-1-4  leg_gone  how=won  source=phone-2  who=alice"));
        assert_eq!(printer.named(&line).names, BTreeMap::from([("phone-1", "alice")]));
    }
    #[test]
    fn who_reads_is_told_how_much_was_deleted() {
        let missing = |lines, or_more| gone(Missing { lines, or_more });
        assert!(missing(120, false).starts_with("-- 120 lines missing here: deleted"));
        assert!(missing(1, false).starts_with("-- 1 line missing"));
        assert!(missing(9, true).starts_with("-- 9 or more lines missing"));
    }
}
