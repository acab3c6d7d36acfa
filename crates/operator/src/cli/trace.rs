//! `strowger trace`: the messages that a switch has kept, as ladders; and `strowger calls --ladder`.

use super::client;
use super::which::Switch;
use crate::admin::trace::{Message, Traced};
use crate::admin::wire::Reply;
use crate::ladder::{Ladder, ladders};
use crate::signals::{Signals, Told};
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
/// Messages of which it is known that they were shown.
const SHOWN: usize = 100_000;

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

/// Shows what is new, line by line, with a head where another call goes on, until Ctrl-C.
fn follow(args: &TraceArgs, socket: &Path) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let mut tail = Tail::new(ask(socket, args.wish(u64::MAX))?.last);
    let followed = runtime.block_on(async {
        let mut signals = Signals::new()?;
        loop {
            let (wish, socket) = (args.wish(tail.after), socket.to_owned());
            let asked = tokio::task::spawn_blocking(move || ask(&socket, wish));
            tokio::select! {
                told = signals.next() => if told != Told::Resized {
                    return Ok(());
                },
                traced = asked => tail.show(&*traced??)?,
            }
            tokio::select! {
                told = signals.next() => if told != Told::Resized {
                    return Ok(());
                },
                () = tokio::time::sleep(EVERY) => {}
            }
        }
    });
    // A question that is still under way is not waited for.
    runtime.shutdown_background();
    followed
}

/// What was shown already.
struct Tail {
    /// Nothing before this is shown.
    from: u64,
    /// What was seen last.
    after: u64,
    shown: BTreeSet<u64>,
    /// The ladder that the last line was of.
    current: String,
}

impl Tail {
    fn new(from: u64) -> Tail {
        Tail { from, after: from, shown: BTreeSet::new(), current: String::new() }
    }

    fn show(&mut self, traced: &Traced) -> anyhow::Result<()> {
        say(&self.lines(traced, style::colours(), &TimeZone::system()))
    }

    /// What is new, each once.
    fn lines(&mut self, traced: &Traced, colours: bool, zone: &TimeZone) -> String {
        let mut out = String::new();
        self.after = traced.last;
        for ladder in ladders(&traced.messages) {
            for (nth, n) in ladder.numbers().enumerate() {
                if n <= self.from || !self.shown.insert(n) {
                    continue;
                }
                if self.current != ladder.title {
                    let gap = if self.current.is_empty() { "" } else { "\n" };
                    self.current.clone_from(&ladder.title);
                    out += &format!("{gap}{}", ladder.head(colours, zone));
                }
                out += &ladder.line(nth, colours);
            }
        }
        // What was shown long ago does not come again.
        while self.shown.len() > SHOWN {
            self.shown.pop_first();
        }
        out
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::trace::Text;

    fn message(n: u64, dialog: &str) -> Message {
        let text = format!("OPTIONS x SIP/2.0\r\nCall-ID: {dialog}\r\nCSeq: {n} OPTIONS\r\n\r\n");
        let local = "192.0.2.1:5060".parse().unwrap();
        let (transport, text) = (sip::Transport::Udp, Text::Told(text));
        Message {
            n,
            at: n as i64,
            call: None,
            out: false,
            transport,
            local,
            remote: local,
            text,
            dialog: 0,
            trunk: None,
        }
    }

    #[test]
    fn who_follows_sees_what_is_new_once_and_nothing_of_before() {
        let mut tail = Tail::new(1);
        let mut lines = |numbers: &[(u64, &str)]| {
            let messages: Vec<Message> = numbers.iter().map(|(n, dialog)| message(*n, dialog)).collect();
            let last = messages.iter().map(|message| message.n).max().unwrap_or(0);
            let text = tail.lines(&Traced { last, kept: true, more: false, messages }, false, &TimeZone::UTC);
            (text.matches(" OPTIONS ").count(), text.matches("1970").count())
        };
        assert_eq!(lines(&[(1, "a"), (2, "a")]), (1, 1), "what was there before is not shown");
        assert_eq!(lines(&[(1, "a"), (2, "a"), (3, "a")]), (1, 0), "the call goes on below its head");
        assert_eq!(lines(&[(3, "a"), (4, "b")]), (1, 1), "another has a head");
        assert_eq!(lines(&[(3, "a"), (4, "b")]), (0, 0));
    }
}
