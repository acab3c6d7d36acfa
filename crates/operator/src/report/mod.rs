//! `strowger report`: figures of queues, agents, hours and days, and of all calls by direction, trunk and phone, from the
//! account; the switch need not run.

mod agents;
pub mod cells;
mod others;
mod print;
pub mod times;
mod volumes;

use crate::account::Account;
use crate::names::known_in;
use crate::terminal;
use anyhow::Context as _;
use clap::{Args, ValueEnum};
use dialplan::Plan;
use jiff::{Timestamp, Zoned, tz::TimeZone};
use ledger::report::{CallGrouping, Grouping, Key, LoginSession, Question, Report, Tally};
use ledger::{Names, Reader};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;
use terms::{QueueId, Wall};

/// What is to be told.
#[derive(Debug, Args)]
pub struct ReportArgs {
    /// What a row is.
    #[arg(long, value_enum, default_value = "queue")]
    pub by: By,
    /// The begin: 2026-12-24, "2026-12-24 10:30", with an offset or Z if need be, today, yesterday. Without it,
    /// today; with `--by day`, the last seven days.
    #[arg(long, value_name = "TIME")]
    pub from: Option<String>,
    /// The end, written alike; a day alone is included. Without it, now.
    #[arg(long, value_name = "TIME")]
    pub to: Option<String>,
    /// This queue only.
    #[arg(long, value_name = "NAME")]
    pub queue: Option<String>,
    /// The service level's threshold T, such as 20s, instead of each queue's own.
    #[arg(long, value_name = "TIME", value_parser = terminal::duration)]
    pub within: Option<Duration>,
    /// The zone of hours and days, such as Europe/Sofia. Without it, that of `[office]`, or else this machine's (TZ).
    #[arg(long, value_name = "ZONE")]
    pub zone: Option<String>,
    /// Print one JSON object: every figure with its numerator and denominator; lengths in milliseconds.
    #[arg(long)]
    pub json: bool,
    /// Print comma-separated values, a row each and the total last.
    #[arg(long, conflicts_with = "json")]
    pub csv: bool,
    /// Whose account.
    #[command(flatten)]
    pub account: Account,
}

/// What a row is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum By {
    /// A queue.
    Queue,
    /// An agent.
    Agent,
    /// A team of agents, as the configuration has it now.
    Team,
    /// An hour by the clock on the wall.
    Hour,
    /// A day.
    Day,
    /// All calls: inbound, outbound, internal, transit.
    Direction,
    /// All calls over trunks: what each brought and took.
    Trunk,
    /// All calls of phones: what each made and answered.
    Phone,
}

impl By {
    fn word(self) -> &'static str {
        match self {
            By::Queue => "queue",
            By::Agent => "agent",
            By::Team => "team",
            By::Hour => "hour",
            By::Day => "day",
            By::Direction => "direction",
            By::Trunk => "trunk",
            By::Phone => "phone",
        }
    }

    /// Of all calls, not only of those that came to a queue.
    fn calls(self) -> Option<CallGrouping> {
        match self {
            By::Queue | By::Agent | By::Team | By::Hour | By::Day => None,
            By::Direction => Some(CallGrouping::Direction),
            By::Trunk => Some(CallGrouping::Trunk),
            By::Phone => Some(CallGrouping::Phone),
        }
    }
}

/// T of a queue that no configuration tells of.
const USUAL: Duration = Duration::from_secs(20);

/// The row of agents who are in no team.
const NO_TEAM: &str = "(no team)";

/// A finished report with what its readers need to know.
struct Page {
    by: By,
    from: Zoned,
    to: Zoned,
    queue: Option<String>,
    /// A name, its thresholds, its counts; in order.
    rows: Vec<(String, Option<Duration>, Tally)>,
    /// When agents logged in and out, by name.
    sessions: BTreeMap<String, Vec<LoginSession>>,
    total: Tally,
    /// Every threshold that counted.
    thresholds: Vec<Duration>,
}

/// Prints the report that the arguments ask for.
pub fn report(args: &ReportArgs) -> anyhow::Result<()> {
    let (url, plan) = args.account.find()?;
    let now = Timestamp::now().to_zoned(zone(args, plan.as_deref())?);
    let (from, to) = times::range(args, &now)?;
    let thresholds = thresholds(args, plan.as_deref());
    if let Some(grouping) = args.by.calls() {
        return volumes::report(args, grouping, &url, (from, to));
    }
    let edges = times::edges(args.by, &from, &to)?;
    let question = Question {
        grouping: match args.by {
            By::Queue => Grouping::Queue,
            By::Agent | By::Team => Grouping::Agent,
            _ => Grouping::Time,
        },
        edges: edges.iter().map(wall).collect(),
        queue: args.queue.as_deref().map(QueueId::of),
        thresholds: thresholds.iter().map(|(name, within)| (QueueId::of(name), *within)).collect(),
        otherwise: args.within.unwrap_or(USUAL),
        now: wall(&now),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let page = runtime.block_on(async {
        let reader = Reader::open(&url).await?;
        let (report, names) = (reader.report(&question).await?, reader.names().await?);
        known_queue(args, &thresholds, &names)?;
        anyhow::Ok(page(args, (from, to), &edges, &thresholds, report, &names))
    })?;
    let page = if args.by == By::Team { in_teams(page, plan.as_deref()) } else { page };
    terminal::say(&match (args.json, args.csv) {
        (true, _) => print::json(&page)?,
        (_, true) => print::csv(&page)?,
        _ => print::text(&page),
    })
}

/// A queue that neither the configuration nor the account has is a mistake, not an empty report.
fn known_queue(args: &ReportArgs, thresholds: &BTreeMap<String, Duration>, names: &Names) -> anyhow::Result<()> {
    let Some(queue) = &args.queue else { return Ok(()) };
    let there: BTreeSet<&str> = thresholds.keys().chain(names.queues.values()).map(String::as_str).collect();
    known_in("the account", "queue", queue, there.iter().copied()).map_err(anyhow::Error::msg)
}

/// The zone that is asked for, else that of the configuration, else that of this machine.
fn zone(args: &ReportArgs, plan: Option<&Plan>) -> anyhow::Result<TimeZone> {
    if let Some(name) = &args.zone {
        return TimeZone::get(name).with_context(|| format!("there is no zone \"{name}\": write Europe/Sofia"));
    }
    let office = plan.and_then(|plan| dialplan::hours::zone(plan.office.zone.as_deref()?).ok());
    Ok(office.unwrap_or_else(TimeZone::system))
}

fn wall(at: &Zoned) -> Wall {
    Wall::from_millis(at.timestamp().as_millisecond())
}

/// Each queue's T.
fn thresholds(args: &ReportArgs, plan: Option<&Plan>) -> BTreeMap<String, Duration> {
    let own = |queue: &dialplan::Queue| (queue.name.clone(), args.within.unwrap_or(queue.service_level));
    plan.into_iter().flat_map(|plan| &plan.queues).map(own).collect()
}

fn page(
    args: &ReportArgs,
    (from, to): (Zoned, Zoned),
    edges: &[Zoned],
    thresholds: &BTreeMap<String, Duration>,
    mut report: Report,
    names: &Names,
) -> Page {
    quiet_rows(args, edges.len(), thresholds, &mut report);
    let namer = Namer { args, edges, thresholds, names };
    let mut rows: Vec<_> = report.rows.into_iter().map(|(key, tally)| namer.row(key, tally)).collect();
    if matches!(args.by, By::Queue | By::Agent | By::Team) {
        rows.sort_by(|one, other| one.0.cmp(&other.0));
    }
    let sessions = report.sessions.into_iter().map(|(id, sessions)| (namer.agent(id), sessions)).collect();
    let (total, queue) = (report.total, args.queue.clone());
    Page { by: args.by, from, to, queue, rows, sessions, total, thresholds: all_thresholds(args, thresholds) }
}

/// The agents of a team in one row; who is in none, or is not in the configuration any more, is in the last one.
fn in_teams(page: Page, plan: Option<&Plan>) -> Page {
    let agents = || plan.into_iter().flat_map(|plan| &plan.agents);
    let team = |name: &str| agents().find(|agent| agent.name == name)?.team.clone();
    let mut teams: BTreeMap<String, Tally> =
        agents().filter_map(|agent| Some((agent.team.clone()?, Tally::default()))).collect();
    let mut without: Option<Tally> = None;
    for (name, _, tally) in &page.rows {
        let row = match team(name) {
            Some(team) => teams.entry(team).or_default(),
            None => without.get_or_insert_default(),
        };
        row.add(tally);
    }
    let rows = teams.into_iter().chain(without.map(|tally| (NO_TEAM.to_owned(), tally)));
    Page { rows: rows.map(|(name, tally)| (name, None, tally)).collect(), sessions: BTreeMap::new(), ..page }
}

/// A queue that had a quiet time has a row, and so has each hour.
fn quiet_rows(args: &ReportArgs, edges: usize, thresholds: &BTreeMap<String, Duration>, report: &mut Report) {
    let wanted = |name: &&String| args.queue.as_ref().is_none_or(|queue| queue == *name);
    let keys: Vec<Key> = match args.by {
        By::Queue => thresholds.keys().filter(wanted).map(|name| Key::Queue(QueueId::of(name))).collect(),
        By::Hour | By::Day => (0..edges.saturating_sub(1)).map(Key::Time).collect(),
        _ => vec![],
    };
    for key in keys {
        report.rows.entry(key).or_default();
    }
}

/// The T of all that is counted: each once, the shortest first.
fn all_thresholds(args: &ReportArgs, thresholds: &BTreeMap<String, Duration>) -> Vec<Duration> {
    let usual = args.within.unwrap_or(USUAL);
    let mut all: Vec<Duration> = match &args.queue {
        Some(queue) => vec![thresholds.get(queue).copied().unwrap_or(usual)],
        None if thresholds.is_empty() => vec![usual],
        None => thresholds.values().copied().collect(),
    };
    all.sort();
    all.dedup();
    all
}

/// Says rows as the operator calls them.
struct Namer<'a> {
    args: &'a ReportArgs,
    edges: &'a [Zoned],
    thresholds: &'a BTreeMap<String, Duration>,
    names: &'a Names,
}

impl Namer<'_> {
    /// A row: its name, its T where it is a queue's, and its figures.
    fn row(&self, key: Key, tally: Tally) -> (String, Option<Duration>, Tally) {
        match key {
            Key::Queue(id) => {
                let (name, within) = self.queue(id);
                (name, Some(within), tally)
            }
            Key::Agent(id) => (self.agent(id), None, tally),
            Key::Time(place) => (self.time(place), None, tally),
        }
    }

    fn queue(&self, id: QueueId) -> (String, Duration) {
        let planned = self.thresholds.iter().find(|(name, _)| QueueId::of(name) == id);
        let name = self.names.queues.get(&id).or(planned.map(|(name, _)| name));
        let within = planned.map(|(_, within)| *within).or(self.args.within).unwrap_or(USUAL);
        (name.cloned().unwrap_or_else(|| id.to_string()), within)
    }

    fn agent(&self, id: terms::AgentId) -> String {
        self.names.agents.get(&id).cloned().unwrap_or_else(|| id.to_string())
    }

    fn time(&self, place: usize) -> String {
        self.edges.get(place).map_or_else(String::new, |at| times::label(self.args.by, at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files;

    #[test]
    fn a_team_is_the_sum_of_its_agents_and_nobody_is_left_out() {
        let agents =
            [("anna", "team = \"north\""), ("boris", "team = \"north\""), ("clara", ""), ("dan", "team = \"south\"")];
        let agents = agents.map(|(name, team)| format!("[[agent]]\nname = \"{name}\"\n{team}\ndevices = []\n"));
        let plan = files::plan_of(&agents.concat());
        let at = Timestamp::UNIX_EPOCH.to_zoned(TimeZone::UTC);
        let row = |(name, answered): (&str, u64)| (name.to_owned(), None, Tally { answered, ..Tally::default() });
        let rows = [("anna", 1), ("boris", 2), ("clara", 4), ("gone", 8)].map(row).to_vec();
        let total = Tally { answered: 15, ..Tally::default() };
        let (sessions, thresholds) = (BTreeMap::new(), vec![]);
        let page = Page { by: By::Team, from: at.clone(), to: at, queue: None, rows, sessions, total, thresholds };
        let teams = in_teams(page, Some(&plan));
        let told: Vec<_> = teams.rows.iter().map(|(name, _, tally)| (name.as_str(), tally.answered)).collect();
        assert_eq!(told, [("north", 3), ("south", 0), (NO_TEAM, 12)], "a team that had a quiet time has a row");
    }
}
