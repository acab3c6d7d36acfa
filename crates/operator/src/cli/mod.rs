//! The command line: what may be said, and who does it. Each command's work is in its own file.

mod agent;
mod audit;
mod bans;
mod call;
mod calling;
pub mod client;
mod contacts;
mod customer;
mod events;
mod live;
mod messages;
mod phones;
mod reload;
mod rooms;
mod said;
mod token;
mod trace;
mod user;
mod which;

use crate::{calls, check, files, log, report, route, schema};
use bans::BansVerb;
use clap::Parser as _;
use control::Verb;
use said::{Cli, Command};
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Duration;

/// What the switch itself does: the command line only says so.
pub struct Doers {
    /// Runs it by a configuration: where to log instead, how much, and whether to reload by itself.
    pub run: fn(&Path, Option<PathBuf>, log::Wanted<'_>, bool) -> anyhow::Result<()>,
    /// Runs the demonstration.
    pub demo: fn(Demo) -> anyhow::Result<()>,
    /// Prints what a machine has room for, with the ports of a configuration.
    pub limits: fn(Option<&Path>) -> anyhow::Result<()>,
}

/// How the demonstration is run.
#[derive(Clone, Copy, Debug)]
pub struct Demo {
    /// How long callers come in; without it, until Ctrl-C.
    pub duration: Option<Duration>,
    /// Print the result as JSON at the end, and nothing live.
    pub json: bool,
    /// Where the switch listens; a phone elsewhere needs an address that it can reach.
    pub listen: Option<IpAddr>,
}

/// Parses the command line and does what it says.
pub fn main(doers: &Doers) -> ExitCode {
    let cli = Cli::parse();
    let wanted = log::Wanted { filter: cli.log.as_deref(), json: cli.log_json };
    let done = match cli.command {
        // It says where it logs in its configuration.
        Command::Run { config, log_file, watch } => {
            (doers.run)(&config, log_file, wanted, watch).map(|()| ExitCode::SUCCESS)
        }
        command => log::start(wanted).and_then(|()| dispatch(command, doers)),
    };
    done.unwrap_or_else(|error| {
        // One line: the outermost context first, each cause after it.
        eprintln!("strowger: {error:#}");
        ExitCode::FAILURE
    })
}

fn dispatch(command: Command, doers: &Doers) -> anyhow::Result<ExitCode> {
    match command {
        Command::Run { .. } => unreachable!("it begins to log by itself"),
        Command::Check { path, json } => return check::check(&path, json),
        Command::Route(args) => route::route(&args)?,
        Command::Limits { config } => (doers.limits)(config.as_deref())?,
        Command::Schema { reference } => schema::schema(reference)?,
        Command::Reload { json, history: Some(limit), switch } => {
            reload::history(&files::Places::find(switch.config.as_deref())?.database, limit, json)?;
        }
        Command::Reload { json, switch, .. } => return reload::reload(&switch.control()?, json),
        Command::Status { switch, calls, live: true, .. } => live::live(&switch.control()?, calls)?,
        Command::Status { switch, calls, json, .. } => client::status(&switch.control()?, calls, json)?,
        Command::Phones { phones: names, json, switch } => phones::phones(&switch.control()?, &names, json)?,
        Command::Bans { verb: BansVerb::Lift, source, switch, .. } => {
            client::ask(&switch.control()?, Verb::Lift { source: source.unwrap_or_default() })?;
        }
        Command::Bans { source: Some(source), .. } => {
            anyhow::bail!("bans list shows them all: strowger bans lift {source}, to end one")
        }
        Command::Bans { json, switch, .. } => bans::bans(&switch.control()?, json)?,
        Command::Call { verb } => call::call(verb)?,
        Command::Rooms { room, json, switch } => rooms::rooms(&switch.control()?, room, json)?,
        Command::Room { verb } => rooms::room(verb)?,
        Command::Events(args) => events::events(&args)?,
        Command::Calls(calls::CallsArgs { ladder: Some(call), account, .. }) => {
            trace::ladder(account.config.as_deref(), &call)?;
        }
        Command::Calls(args) => calls::calls(&args)?,
        Command::Trace(args) => trace::trace(&args)?,
        Command::Report(args) => report::report(&args)?,
        Command::Agent { wish, name, what, reason, tier, switch } => {
            for request in agent::requests(wish, name, &what, reason, tier)? {
                client::ask(&switch.control()?, request)?;
            }
        }
        Command::Queue { verb, name, what, go, switch } => {
            client::ask(&switch.control()?, reload::queue(verb, name, &what, go)?)?;
        }
        Command::Contact { verb, what, kind, subject, json, switch } => {
            let wanted = contacts::wanted(verb, &what, kind, subject)?;
            contacts::contact(&switch.control()?, wanted, json)?;
        }
        Command::Message { verb, what, json, switch } => {
            let wanted = messages::wanted(verb, what.as_deref())?;
            messages::message(&switch.control()?, wanted, json)?;
        }
        Command::User { verb, name, json, switch } => user::user(verb, name, json, &switch)?,
        Command::Audit(args) => audit::audit(&args)?,
        Command::Customer(args) => customer::customer(&args)?,
        Command::Token(args) => token::token(args)?,
        Command::Phone { verb, name, what, switch } => {
            client::ask(&switch.control()?, reload::phone(verb, &name, &what)?)?;
        }
        Command::Overlay { verb, id, json, switch } => {
            reload::overlay(&switch.control()?, verb, id.as_deref(), json)?;
        }
        Command::Drain { within, cancel, switch } => {
            let deadline_ms = within.map(|within| u64::try_from(within.as_millis()).unwrap_or(u64::MAX));
            client::ask(&switch.control()?, Verb::Drain { deadline_ms, cancel })?;
        }
        Command::Demo { duration, json, address: listen } => (doers.demo)(Demo { duration, json, listen })?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The arguments of `strowger calls`, as a test says them.
#[cfg(test)]
pub fn calls_args(words: &[&str]) -> calls::CallsArgs {
    match Cli::parse_from(["strowger", "calls"].iter().chain(words)).command {
        Command::Calls(args) => args,
        _ => unreachable!("it was asked for calls"),
    }
}

/// Whether a line as people write it is understood. What follows two spaces, a pipe or an arrow is not said.
#[cfg(test)]
pub fn understand(line: &str) -> Result<(), clap::Error> {
    let said = line.trim_start();
    let said = ["  ", " | ", " > "].iter().fold(said, |said, end| said.split(end).next().unwrap_or(said));
    let mut words: Vec<String> = vec![];
    let mut quoted = false;
    for piece in said.split('"') {
        if quoted {
            words.push(piece.to_owned());
        } else {
            words.extend(piece.split_whitespace().map(str::to_owned));
        }
        quoted = !quoted;
    }
    Cli::try_parse_from(words).map(|_| ())
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory as _;

    #[test]
    fn the_definitions_are_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_example_of_the_help_is_understood() {
        let mut examples = 0;
        let mut root = Cli::command();
        root.build();
        let helps: Vec<String> = std::iter::once(root.get_after_help())
            .chain(root.get_subcommands().map(|command| command.get_after_help()))
            .flatten()
            .map(ToString::to_string)
            .collect();
        for line in helps.iter().flat_map(|help| help.lines()) {
            if !line.trim_start().starts_with("strowger ") {
                continue;
            }
            if let Err(error) = understand(line) {
                panic!("`{line}`: {error}");
            }
            examples += 1;
        }
        assert!(examples >= 20, "{examples} examples");
    }
}
