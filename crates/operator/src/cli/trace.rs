//! `strowger trace`: the messages that a switch has kept, as ladders; and `strowger calls --ladder`.

use super::client;
use super::which::Switch;
use crate::admin::trace::{Message, Traced};
use crate::admin::wire::Reply;
use crate::ladder::{Ladder, ladders};
use crate::style;
use crate::terminal::say;
use crate::{files, pcap};
use anyhow::{Context as _, bail};
use clap::Args;
use control::{Shown, TraceWish, View};
use jiff::tz::TimeZone;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;
use terms::CallRef;

/// How often a switch is asked for what is new.
const EVERY: Duration = Duration::from_millis(250);

/// What shall be seen.
#[derive(Debug, Args)]
pub(super) struct TraceArgs {
    /// Only calls with this number or user in a From, a To or a request line.
    #[arg(long, value_name = "NUMBER")]
    number: Option<String>,
    /// Only calls from this trunk, or out by it.
    #[arg(long, value_name = "NAME")]
    trunk: Option<String>,
    /// Only this call.
    #[arg(long, value_name = "CALL")]
    call: Option<CallRef>,
    /// Only what was answered with this status; 4 for all that begin so.
    #[arg(long, value_name = "STATUS")]
    status: Option<String>,
    /// Only what has a request of this method, such as REGISTER.
    #[arg(long, value_name = "METHOD")]
    method: Option<String>,
    /// The last so many ladders only.
    #[arg(long, value_name = "N", default_value_t = 20)]
    last: usize,
    /// Go on with what comes and goes, until Ctrl-C.
    #[arg(long, short, conflicts_with = "pcap")]
    follow: bool,
    /// Write the messages into this capture file, for tshark or Wireshark.
    #[arg(long, value_name = "FILE")]
    pcap: Option<PathBuf>,
    /// With bodies, but for keys of encrypted sound.
    #[arg(long)]
    bodies: bool,
    /// With numbers and names of people, but for proofs of passwords.
    #[arg(long)]
    numbers: bool,
    /// Print the messages themselves below each ladder.
    #[arg(long)]
    messages: bool,
    /// Print a JSON object {last, more, kept, messages: [{n, at, call, out, transport, local, remote, text}]}.
    #[arg(long, conflicts_with_all = ["follow", "pcap"])]
    json: bool,
    #[command(flatten)]
    switch: Switch,
}

impl TraceArgs {
    fn wish(&self, after: u64) -> TraceWish {
        TraceWish {
            after,
            call: self.call.map(Shown),
            number: self.number.clone(),
            trunk: self.trunk.clone(),
            status: self.status.clone(),
            method: self.method.clone(),
            bodies: self.bodies,
            numbers: self.numbers,
        }
    }
}

/// Shows them.
pub(super) fn trace(args: &TraceArgs) -> anyhow::Result<()> {
    let socket = args.switch.control()?;
    if args.follow {
        return follow(args, &socket);
    }
    let traced = ask(&socket, args.wish(0))?;
    if args.json {
        return say(&format!("{}\n", serde_json::to_string_pretty(&traced)?));
    }
    if traced.messages.is_empty() {
        return say("no such message is kept\n");
    }
    let mut found = ladders(&traced.messages);
    let left_out = found.len().saturating_sub(args.last);
    if let Some(path) = &args.pcap {
        std::fs::write(path, pcap::file(&traced.messages)).with_context(|| format!("{}", path.display()))?;
        return say(&format!("{} messages are in {}\n", traced.messages.len(), path.display()));
    }
    let shown: Vec<String> =
        found.drain(left_out..).map(|ladder| whole(&ladder, &traced.messages, args.messages)).collect();
    say(&shown.join("\n"))?;
    if left_out > 0 || traced.more {
        say(&format!(
            "\n{left_out} earlier ones are not shown: --last N shows more, --number, --trunk and others fewer\n"
        ))?;
    }
    Ok(())
}

/// The ladder of a call, while its messages are kept.
pub(super) fn ladder(config: Option<&Path>, call: &str) -> anyhow::Result<()> {
    let call: CallRef =
        call.parse().map_err(|_| anyhow::anyhow!("`{call}` is no call; one is written as c1000000003"))?;
    let socket = files::control(config).context("which switch?")?;
    let traced = ask(&socket, TraceWish { call: Some(Shown(call)), ..TraceWish::default() })?;
    if traced.messages.is_empty() {
        bail!("no message of {call} is kept any more: [trace] megabytes says how many are");
    }
    say(&ladders(&traced.messages).iter().map(|ladder| whole(ladder, &traced.messages, false)).collect::<String>())
}

fn ask(socket: &Path, wish: TraceWish) -> anyhow::Result<Box<Traced>> {
    match client::look(socket, View::Trace(wish))? {
        Reply::Trace(traced) if traced.kept => Ok(traced),
        Reply::Trace(_) => bail!("the switch keeps no messages: [trace] megabytes = 16 would have it do so"),
        Reply::Done(words) | Reply::Refused(words) => bail!("{words}"),
        _ => bail!("{}", client::OTHER),
    }
}

fn whole(ladder: &Ladder, messages: &[Message], with_messages: bool) -> String {
    let mut text = ladder.text(style::colours(), &TimeZone::system());
    if with_messages {
        messages.iter().filter(|message| ladder.has(message)).for_each(|message| text += &plain(message));
    }
    text
}

/// A message below its ladder, each line behind a bar.
fn plain(message: &Message) -> String {
    let way = if message.out { "->" } else { "<-" };
    let lines = message.text.seen();
    let lines = lines.lines().map(|line| format!("  | {}\n", style::harmless(line)));
    format!("\n{way} {}\n{}", message.remote, lines.collect::<String>())
}

/// Shows what is new, line by line, with a head where another call goes on.
fn follow(args: &TraceArgs, socket: &Path) -> anyhow::Result<()> {
    let (colours, zone) = (style::colours(), TimeZone::system());
    let mut after = ask(socket, args.wish(u64::MAX))?.last;
    let from = after;
    let (mut shown, mut current) = (BTreeSet::new(), String::new());
    loop {
        let traced = ask(socket, args.wish(after))?;
        after = traced.last;
        for ladder in ladders(&traced.messages) {
            for (nth, n) in ladder.numbers().enumerate().filter(|(_, n)| *n > from) {
                if !shown.insert(n) {
                    continue;
                }
                if current != ladder.title {
                    let gap = if current.is_empty() { "" } else { "\n" };
                    current.clone_from(&ladder.title);
                    say(&format!("{gap}{}", ladder.head(colours, &zone)))?;
                }
                say(&ladder.line(nth, colours))?;
            }
        }
        // What was shown long ago does not come again.
        while shown.len() > 100_000 {
            shown.pop_first();
        }
        std::thread::sleep(EVERY);
    }
}
