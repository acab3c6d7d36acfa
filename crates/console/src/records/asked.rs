//! What somebody asks for who looks for calls, as it stands in an address: of the API and of the page alike. An empty value
//! is none, since a form sends the fields that nobody has filled.

use crate::wire::problem::{Kind, Problem};
use dialplan::Plan;
use jiff::civil::{Date, DateTime};
use jiff::tz::TimeZone;
use jiff::{Timestamp, Zoned};
use ledger::CallFilter;
use serde::Deserialize;
use std::collections::BTreeSet;
use std::time::Duration;
use terms::{AgentId, CallRef, QueueId, Wall, limits};

/// How calls that are over ended.
pub const OUTCOMES: [&str; 6] = ["answered", "abandoned", "finished", "failed", "joined", "node_lost"];
/// Calls of one answer, where nothing is said.
const USUAL: u32 = 100;

/// As it came.
#[derive(Clone, Debug, Default, Deserialize)]
pub struct Asked {
    /// Begun then or later.
    #[serde(default)]
    pub from: String,
    /// Begun before then.
    #[serde(default)]
    pub to: String,
    /// Digits of a number.
    #[serde(default)]
    pub number: String,
    /// Taken by this agent.
    #[serde(default)]
    pub agent: String,
    /// Taken by one of this team.
    #[serde(default)]
    pub team: String,
    /// Came through this queue.
    #[serde(default)]
    pub queue: String,
    /// Ended so.
    #[serde(default)]
    pub outcome: String,
    /// An agent has said this of it.
    #[serde(default)]
    pub disposition: String,
    /// Talked at least so many seconds.
    #[serde(default)]
    pub talked_from: String,
    /// Talked at most so many seconds.
    #[serde(default)]
    pub talked_to: String,
    /// Behind this one.
    #[serde(default)]
    pub after: String,
    /// At most so many.
    #[serde(default)]
    pub limit: String,
}

/// Which calls, and how many at most.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Which.
    pub filter: CallFilter,
    /// How many.
    pub limit: u32,
}

fn bad(detail: impl Into<String>) -> Problem {
    Problem::because(Kind::BAD_PARAMETER, detail)
}

/// What a field says, read by `read`; none where it is empty.
fn given<T>(text: &str, read: impl FnOnce(&str) -> Result<T, Problem>) -> Result<Option<T>, Problem> {
    let text = text.trim();
    if text.is_empty() { Ok(None) } else { read(text).map(Some) }
}

impl Asked {
    /// The question, field by field, but for which part of its answer is wanted.
    pub fn fields(&self) -> [(&'static str, &str); 10] {
        [
            ("from", &self.from),
            ("to", &self.to),
            ("number", &self.number),
            ("agent", &self.agent),
            ("team", &self.team),
            ("queue", &self.queue),
            ("outcome", &self.outcome),
            ("disposition", &self.disposition),
            ("talked_from", &self.talked_from),
            ("talked_to", &self.talked_to),
        ]
    }

    /// What is wanted, in the days of this zone, of the teams of this plan.
    pub fn read(&self, zone: &TimeZone, plan: &Plan) -> Result<Wanted, Problem> {
        let outcome = |text: &str| {
            let known = OUTCOMES.contains(&text).then(|| text.to_owned());
            known.ok_or_else(|| bad(format!("`outcome` is one of {}", OUTCOMES.join(", "))))
        };
        let digits = |text: &str| CallFilter::digits(text).ok_or_else(|| bad("`number` has no digit in it"));
        let (since, until) = (
            given(&self.from, |text| moment("from", text, zone, false))?,
            given(&self.to, |text| moment("to", text, zone, true))?,
        );
        let filter = CallFilter {
            since,
            until,
            number: given(&self.number, digits)?,
            agent: given(&self.agent, |name| Ok(AgentId::of(name)))?,
            agents: given(&self.team, |name| Ok(team(name, plan)))?,
            queue: given(&self.queue, |name| Ok(QueueId::of(name)))?,
            outcome: given(&self.outcome, outcome)?,
            disposition: given(&self.disposition, |word| Ok(word.to_owned()))?,
            talked_from: given(&self.talked_from, |text| seconds("talked_from", text))?,
            talked_to: given(&self.talked_to, |text| seconds("talked_to", text))?,
            behind: given(&self.after, behind)?,
            ..CallFilter::default()
        };
        Ok(Wanted { filter, limit: given(&self.limit, limit)?.unwrap_or(USUAL) })
    }
}

fn team(name: &str, plan: &Plan) -> BTreeSet<AgentId> {
    plan.agents.iter().filter(|agent| agent.team.as_deref() == Some(name)).map(|agent| agent.id).collect()
}

fn limit(text: &str) -> Result<u32, Problem> {
    let most = u32::try_from(limits::CONSOLE_PAGE).unwrap_or(u32::MAX);
    let limit = text.parse().ok().filter(|limit| (1..=most).contains(limit));
    limit.ok_or_else(|| bad(format!("`limit` is a number from 1 to {most}")))
}

fn seconds(name: &str, text: &str) -> Result<Duration, Problem> {
    let seconds = text.parse::<u32>().map(|seconds| Duration::from_secs(seconds.into()));
    seconds.map_err(|_| bad(format!("`{name}` is a number of seconds")))
}

/// A moment: RFC 3339; or a day, or a day and a time, by the clock of the zone. A day that ends something is in it.
fn moment(name: &str, text: &str, zone: &TimeZone, ends: bool) -> Result<Wall, Problem> {
    let wall = |at: Timestamp| Wall::from_millis(at.as_millisecond());
    if let Ok(at) = text.parse::<Timestamp>() {
        return Ok(wall(at));
    }
    let begin = |day: Date| day.to_zoned(zone.clone()).ok();
    let day = |day: Date| if ends { begin(day.tomorrow().ok()?) } else { begin(day) };
    let clock = |at: DateTime| at.to_zoned(zone.clone()).ok();
    let is_day = !text.contains(['T', ' ', ':']);
    let found = if is_day { text.parse().ok().and_then(day) } else { text.parse().ok().and_then(clock) };
    found.map(|at: Zoned| wall(at.timestamp())).ok_or_else(|| {
        bad(format!("`{name}` is a day such as 2026-11-28, or with a time such as 2026-11-28T09:30, or RFC 3339"))
    })
}

/// What stands behind a page of calls: where the last of them began, and which it was.
pub fn cursor(started: Wall, call: CallRef) -> String {
    format!("{}-{call}", started.as_millis())
}

fn behind(text: &str) -> Result<(Wall, CallRef), Problem> {
    let read = || {
        let (started, call) = text.rsplit_once('-')?;
        Some((Wall::from_millis(started.parse().ok()?), call.parse().ok()?))
    };
    read().ok_or_else(|| bad("`after` is `next` of the page before"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::plan;

    fn read(asked: Asked) -> Result<Wanted, Problem> {
        asked.read(&TimeZone::get("Europe/Sofia").unwrap(), &plan())
    }

    fn at(text: &str) -> Option<Wall> {
        Some(Wall::from_millis(text.parse::<Timestamp>().unwrap().as_millisecond()))
    }

    #[test]
    fn a_form_that_nobody_filled_asks_for_the_newest_calls() {
        assert_eq!(read(Asked::default()).unwrap(), Wanted { limit: USUAL, ..Wanted::default() });
    }

    #[test]
    fn a_day_is_the_offices_and_the_last_one_is_in() {
        let of = |from: &str, to: &str| {
            let filter = read(Asked { from: from.into(), to: to.into(), ..Asked::default() }).unwrap().filter;
            (filter.since, filter.until)
        };
        let day = of("2026-11-27", "2026-11-27");
        assert_eq!(day, (at("2026-11-26T22:00:00Z"), at("2026-11-27T22:00:00Z")));
        let change = of("2026-03-29", "2026-03-29");
        assert_eq!(change, (at("2026-03-28T22:00:00Z"), at("2026-03-29T21:00:00Z")), "23 hours long");
        assert_eq!(
            of("2026-11-27T09:30", " 2026-11-27 17:00 "),
            (at("2026-11-27T07:30:00Z"), at("2026-11-27T15:00:00Z"))
        );
        assert_eq!(of("2026-11-27T09:30:00Z", ""), (at("2026-11-27T09:30:00Z"), None));
    }

    #[test]
    fn everything_that_is_asked_for_is_in_the_filter() {
        let text = |text: &str| text.to_owned();
        let asked = Asked {
            number: text("+44 (20) 79"),
            agent: text("anna"),
            team: text("north"),
            queue: text("sales"),
            outcome: text("abandoned"),
            disposition: text("sold"),
            talked_from: text("5"),
            talked_to: text("60"),
            after: cursor(Wall::from_millis(7_000), CallRef(0x1c)),
            limit: text("7"),
            ..Asked::default()
        };
        let filter = CallFilter {
            number: Some(text("442079")),
            agent: Some(AgentId::of("anna")),
            agents: Some([].into()),
            queue: Some(QueueId::of("sales")),
            outcome: Some(text("abandoned")),
            disposition: Some(text("sold")),
            talked_from: Some(Duration::from_secs(5)),
            talked_to: Some(Duration::from_secs(60)),
            behind: Some((Wall::from_millis(7_000), CallRef(0x1c))),
            ..CallFilter::default()
        };
        assert_eq!(read(asked).unwrap(), Wanted { filter, limit: 7 });
    }

    #[test]
    fn what_cannot_be_read_is_named() {
        type Put = fn(&mut Asked, String);
        let cases: [(&str, &[&str], Put); 7] = [
            ("from", &["yesterday", "2026-02-30", "9:30", "2026-11-27T25:00"], |asked, text| asked.from = text),
            ("to", &["x"], |asked, text| asked.to = text),
            ("number", &["+", "( )"], |asked, text| asked.number = text),
            ("outcome", &["open", "lost"], |asked, text| asked.outcome = text),
            ("talked_from", &["-1", "1.5", "99999999999"], |asked, text| asked.talked_from = text),
            ("after", &["7", "7-", "-c1", "x-c1", "7-x"], |asked, text| asked.after = text),
            ("limit", &["0", "1001", "-1", "x"], |asked, text| asked.limit = text),
        ];
        for (name, texts, put) in cases {
            for text in texts {
                let mut asked = Asked::default();
                put(&mut asked, (*text).to_owned());
                let refused = read(asked).unwrap_err();
                assert!(
                    refused.status == 400 && refused.detail.contains(&format!("`{name}`")),
                    "{name} {text}: {refused:?}"
                );
            }
        }
    }
}
