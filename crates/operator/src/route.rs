//! `strowger route`: what would happen to a call, by the configuration alone; no switch need be running.
//!
//! The decision and its explanation are the dial plan's own; here the words of the command line become an
//! arrival: who calls, what he calls, and what the clock on the wall says.

mod clock;

use crate::{files, terminal};
use anyhow::{Result, bail};
use clap::Args;
use dialplan::{Arrival, Loaded, Origin, Phone, Plan, Trunk};
use std::path::PathBuf;

/// Which call.
#[derive(Debug, Args)]
pub struct RouteArgs {
    /// The configuration.
    #[arg(long, value_name = "PATH", default_value = files::CONFIG)]
    pub config: PathBuf,
    /// Who calls: a number behind a trunk, or the user or extension of a phone.
    #[arg(long, value_name = "NUMBER", allow_hyphen_values = true)]
    pub from: String,
    /// The number that is called, as it arrives.
    #[arg(long, value_name = "NUMBER", allow_hyphen_values = true)]
    pub to: String,
    /// The trunk that brings the call. Without it: the phone that --from names, or else the only trunk that could bring it.
    #[arg(long, value_name = "NAME")]
    pub trunk: Option<String>,
    /// When: "2026-12-24 10:30" on the wall of the hours' time zone, 10:30 (today), an instant such as
    /// 2026-12-24T10:30:00+02:00, or now.
    #[arg(long, value_name = "TIME", default_value = "now")]
    pub at: String,
    /// The time zone of --at, where the hours do not all have the same.
    #[arg(long, value_name = "ZONE")]
    pub zone: Option<String>,
    /// Print a JSON array of steps: {step, rule, file, line, text, taken}.
    #[arg(long)]
    pub json: bool,
}

/// Prints what would happen.
pub fn route(args: &RouteArgs) -> Result<()> {
    let loaded = match files::load(&args.config) {
        Ok(loaded) => loaded,
        Err(findings) => bail!(
            "{}the switch would not take this configuration: there is nothing to explain",
            files::render(&args.config, &findings)
        ),
    };
    let origin = origin(&loaded, args)?;
    let moment = clock::moment(&args.at, args.zone.as_deref(), &loaded.plan)?;
    let arrival = Arrival { from: origin.0, caller: &args.from, called: &args.to };
    let (_, mut explanation) = loaded.plan.route(&arrival, moment.wall);
    if let (Some(why), Some(line)) = (origin.1, explanation.lines.first_mut()) {
        line.text.push_str(&format!(", {why}"));
    }
    explanation.lines.splice(0..0, moment.said);
    let text = match args.json {
        true => format!("{}\n", serde_json::to_string_pretty(&explanation.lines)?),
        false => explanation.to_string(),
    };
    terminal::say(&text)
}

/// Who calls, and how that was found out where it was not said.
fn origin(loaded: &Loaded, args: &RouteArgs) -> Result<(Origin, Option<&'static str>)> {
    let plan = &loaded.plan;
    if let Some(name) = &args.trunk {
        let bare = name.strip_prefix("trunk:").unwrap_or(name);
        return match plan.trunks.iter().find(|trunk| trunk.name == bare) {
            Some(trunk) => Ok((Origin::Trunk(trunk.id), None)),
            None => bail!("{}", unknown_trunk(bare, plan)),
        };
    }
    if let Some(phone) = phone(&args.from, plan) {
        if !loaded.secrets.phones.contains_key(&phone.id) {
            bail!(
                "phone {:?} has no password, so no call can come from it ({}:{})",
                phone.user,
                phone.place.file,
                phone.place.line
            );
        }
        return Ok((Origin::Phone(phone.id), None));
    }
    sole_trunk(plan, args)
}

/// The phone that a caller names: `phone:alice`, `alice` or `101`.
fn phone<'p>(from: &str, plan: &'p Plan) -> Option<&'p Phone> {
    plan.phone_dialled(from.strip_prefix("phone:").unwrap_or(from))
}

/// The trunk of a call for which none was named: the only one that brings calls, or the only one that may
/// call this number.
fn sole_trunk(plan: &Plan, args: &RouteArgs) -> Result<(Origin, Option<&'static str>)> {
    let bringing: Vec<&Trunk> = plan.trunks.iter().filter(|trunk| trunk.brings_calls()).collect();
    let may_call = |trunk: &&&Trunk| trunk.numbers.iter().any(|pattern| pattern.matches(&args.to));
    let fitting: Vec<&Trunk> = bringing.iter().filter(may_call).copied().collect();
    let said = |trunk: &Trunk, why| Ok((Origin::Trunk(trunk.id), Some(why)));
    match (bringing.as_slice(), fitting.as_slice()) {
        ([], _) => {
            bail!("{:?} is no phone of this configuration, and no trunk brings calls{}", args.from, phones(plan))
        }
        ([only], _) => said(only, "the only trunk that brings calls"),
        (_, [only]) => said(only, "the only trunk that may call this number"),
        (several, _) => {
            let names: Vec<String> = several.iter().map(|trunk| format!("--trunk {}", trunk.name)).collect();
            bail!("several trunks could bring this call: say which, {}", names.join(" or "))
        }
    }
}

fn unknown_trunk(name: &str, plan: &Plan) -> String {
    let names: Vec<&str> = plan.trunks.iter().map(|trunk| trunk.name.as_str()).collect();
    match (dialplan::nearest(name, names.iter().copied()), names.is_empty()) {
        (Some(near), _) => format!("there is no trunk {name:?}: did you mean {near:?}?"),
        (None, true) => format!("there is no trunk {name:?}: the configuration has none"),
        (None, false) => format!("there is no trunk {name:?}: the configuration has {}", names.join(", ")),
    }
}

/// Phones that could be meant, where there are few.
fn phones(plan: &Plan) -> String {
    let names: Vec<&str> = plan.phones.iter().map(|phone| phone.user.as_str()).collect();
    match names.len() {
        0 => String::new(),
        1..=6 => format!("; its phones are {}", names.join(", ")),
        count => format!("; it has {count} phones"),
    }
}
