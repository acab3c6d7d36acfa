//! The command line: what can be measured, and with which numbers.

use crate::report::Report;
use crate::{floor, lamps, media, micro, page, queueing, signalling};
use anyhow::{Result, bail};
use clap::{Args, Parser, Subcommand, ValueEnum};
use std::net::{Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

/// Puts the switch, or a peer of it, under load and says what a call costs.
///
/// The server runs on one core and the generator on another. Each run also measures its floor: a bare
/// echo (or forwarder) of the same messages at the same rate, on the server's core, before and after.
#[derive(Debug, Parser)]
#[command(name = "cargo xtask bench", bin_name = "cargo xtask bench")]
struct Line {
    #[command(subcommand)]
    mode: Mode,
}

/// What is measured.
#[derive(Debug, Subcommand)]
enum Mode {
    /// Calls through the switch, signalling only: INVITE to BYE on both sides.
    Call(Wish),
    /// Registrations: REGISTER, 401, REGISTER, 200.
    Register(Wish),
    /// Sound relayed between the two legs of each call.
    Relay(Wish),
    /// The same, recorded.
    Record(Wish),
    /// A hundred people in one room: three talk, the others have the noise of their lines.
    Conference(Wish),
    /// Calls through a queue of fifty agents, who answer at once.
    Queue(Wish),
    /// Hundreds of waiting callers: from an agent's BYE to the next INVITE at his phone.
    Refill(Wish),
    /// Telephones that watch the agents of a busy queue: what a NOTIFY costs, and what it does to calls.
    Lamps(Wish),
    /// Reading and writing messages, in the core alone (criterion).
    Parse(Wish),
    /// Finding an agent for a caller, in the core alone (criterion).
    Match(Wish),
    /// Every mode at several rates, and the page with tables and plots: docs/performance.md.
    All(Wish),
    /// The page again, from the figures of the last `all`.
    Page,
    /// The floor's own server (started by the harness itself).
    #[command(hide = true)]
    Echo {
        /// Where it listens.
        address: SocketAddr,
    },
    /// The floor under relayed sound (started by the harness itself).
    #[command(hide = true)]
    Forward {
        /// Where it is; those who send are beside it.
        server: Ipv4Addr,
        /// Between so many pairs of sockets.
        calls: usize,
        /// The file that says that they are open.
        ready: PathBuf,
    },
}

/// With which numbers.
#[derive(Clone, Debug, Default, Args)]
pub struct Wish {
    /// Calls or registrations begun each second.
    #[arg(long, value_name = "N")]
    pub rate: Option<f64>,
    /// Calls at the same time (relay, record), in the room (conference), or waiting (refill); telephones that watch (lamps).
    #[arg(long, value_name = "N")]
    pub calls: Option<u32>,
    /// How long load is put on.
    #[arg(long = "for", value_name = "TIME", value_parser = duration)]
    pub time: Option<Duration>,
    /// How long a call is held.
    #[arg(long, value_name = "TIME", value_parser = duration)]
    pub hold: Option<Duration>,
    /// Measure this program instead of the switch.
    #[arg(long, value_enum)]
    pub peer: Option<Peer>,
    /// Bring the same calls with SIPp too, and compare (call only).
    #[arg(long, value_enum)]
    pub with: Option<Other>,
    /// A folder that holds a Debian with the peer in it, to run it there (as root) instead of from PATH.
    #[arg(long, value_name = "FOLDER")]
    pub peer_root: Option<PathBuf>,
    /// Print one JSON object.
    #[arg(long)]
    pub json: bool,
    /// The switch to measure, instead of the one built here.
    #[arg(long, value_name = "PATH")]
    pub switch: Option<PathBuf>,
    /// Do not wait for other runs on this machine to end, and pin nothing: for tests, not for figures.
    #[arg(long)]
    pub beside: bool,
}

/// Another generator than ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Other {
    /// SIPp.
    Sipp,
}

/// A program to compare with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Peer {
    /// Asterisk with PJSIP: calls, registrations, sound, queues.
    Asterisk,
    /// Kamailio: registrations, and calls through a proxy that is no B2BUA.
    Kamailio,
    /// rtpengine in user space: sound only.
    Rtpengine,
}

impl Peer {
    /// What it is called on the command line and in reports.
    pub fn name(self) -> &'static str {
        match self {
            Peer::Asterisk => "asterisk",
            Peer::Kamailio => "kamailio",
            Peer::Rtpengine => "rtpengine",
        }
    }
}

/// `20s`, `500ms`, `2m`, `1h`.
fn duration(text: &str) -> Result<Duration, String> {
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let number: f64 = digits.parse().map_err(|_| format!("`{text}` is no time such as 20s, 500ms or 2m"))?;
    let unit = match &text[digits.len()..] {
        "ms" => 0.001,
        "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        other => return Err(format!("`{other}` is no unit of time: ms, s, m or h")),
    };
    Duration::try_from_secs_f64(number * unit).map_err(|error| error.to_string())
}

/// The whole program.
pub fn main() -> ExitCode {
    match obey(Line::parse().mode) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn obey(mode: Mode) -> Result<()> {
    let (wish, report) = match mode {
        Mode::Call(wish) => (wish.clone(), signalling::call(&wish)?),
        Mode::Register(wish) => (wish.clone(), signalling::register(&wish)?),
        Mode::Relay(wish) => (wish.clone(), media::run(&wish, false)?),
        Mode::Record(wish) => (wish.clone(), media::run(&wish, true)?),
        Mode::Conference(wish) => (wish.clone(), media::conference::run(&wish)?),
        Mode::Queue(wish) => (wish.clone(), queueing::queue(&wish)?),
        Mode::Refill(wish) => (wish.clone(), queueing::refill(&wish)?),
        Mode::Lamps(wish) => (wish.clone(), lamps::lamps(&wish)?),
        Mode::Parse(wish) => (wish, micro::run("parse")?),
        Mode::Match(wish) => (wish, micro::run("match")?),
        Mode::All(wish) => return page::measure(&wish),
        Mode::Page => return page::draw(),
        Mode::Echo { address } => return floor::serve(address),
        Mode::Forward { server, calls, ready } => {
            return media::floor::forward(media::generator::Places { server }, calls, &ready);
        }
    };
    say(&wish, &report)
}

/// Prints the report; a run with failures is one, whatever its figures.
fn say(wish: &Wish, report: &Report) -> Result<()> {
    if wish.json {
        println!("{}", serde_json::to_string_pretty(report)?);
    } else {
        print!("{report}");
    }
    if report.failed > 0 {
        bail!("{} of {} failed: the figures count for nothing", report.failed, report.units);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_with_their_unit() {
        assert_eq!(duration("500ms"), Ok(Duration::from_millis(500)));
        assert_eq!(duration("2m"), Ok(Duration::from_secs(120)));
        assert!(duration("20").is_err() && duration("s").is_err() && duration("-1s").is_err());
    }
}
