//! An agent's own figures of today, by the formulas and from the account of `strowger report`.

use super::lists::json;
use crate::Console;
use crate::access::{About, Viewer, may_see};
use crate::wire::Statistics;
use crate::wire::problem::{Kind, Problem};
use axum::extract::{Extension, Path, State};
use axum::response::Response;
use jiff::tz::TimeZone;
use ledger::report::{Grouping, Key, Question};
use std::sync::Arc;
use std::time::Duration;
use terms::{AgentId, Wall};

pub async fn agent(
    State(console): State<Arc<Console>>,
    Extension(viewer): Extension<Viewer>,
    Path(name): Path<String>,
) -> Result<Response, Problem> {
    let id = AgentId::of(&name);
    let asked = console.hub.mirror(|mirror, now| {
        let plan = mirror.plan();
        let thresholds = plan.queues.iter().map(|queue| (queue.id, queue.service_level)).collect();
        plan.agent(id).map(|_| (thresholds, now))
    });
    let seen = may_see(&viewer, About { queue: None, agent: Some(&name) });
    let (thresholds, now) = asked.ok_or(Kind::NOT_READY)?.filter(|_| seen).ok_or(Kind::NOT_FOUND)?;
    let reader = console.hub.account.as_ref().ok_or(Kind::NOT_READY)?;
    let edges = vec![midnight(now, console.zone().as_deref()), now];
    let otherwise = Duration::from_secs(20);
    let question = Question { grouping: Grouping::Agent, edges, queue: None, thresholds, otherwise, now };
    let report = reader.report(&question).await.map_err(|_| Problem::from(Kind::NOT_READY))?;
    let own = report.rows.iter().find(|(key, _)| **key == Key::Agent(id));
    Ok(json(&own.map(|(_, tally)| Statistics::from(tally)).unwrap_or_default()))
}

/// When the day began.
fn midnight(now: Wall, zone: Option<&str>) -> Wall {
    let zone = zone.and_then(|zone| TimeZone::get(zone).ok()).unwrap_or(TimeZone::UTC);
    let at = jiff::Timestamp::from_millisecond(now.as_millis()).unwrap_or_default().to_zoned(zone);
    at.start_of_day().map_or(now, |day| Wall::from_millis(day.timestamp().as_millisecond()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_where_the_office_is() {
        let at = |text: &str| Wall::from_millis(text.parse::<jiff::Timestamp>().unwrap().as_millisecond());
        let now = at("2026-11-27T22:30:00Z");
        assert_eq!(midnight(now, Some("Europe/Sofia")), at("2026-11-27T22:00:00Z"));
        assert_eq!(midnight(now, Some("Europe/London")), at("2026-11-27T00:00:00Z"));
        assert_eq!(midnight(now, None), at("2026-11-27T00:00:00Z"));
    }
}
