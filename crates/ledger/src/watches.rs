//! Who has watched whom in a call, when and how: a row for each stretch, written when it begins and again when it is over.

use crate::insert::{Filling, Insert, Row};
use crate::values::{Keyed, line};
use crate::{Reader, Result};
use call::cdr::Watching;
use serde::Serialize;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use std::sync::LazyLock;
use terms::{CallRef, Told, Wall, WatchMode};

/// The first that is told of a stretch stands, and its end is told once.
pub(crate) static WATCHES: LazyLock<Insert> = LazyLock::new(|| {
    let columns = "call, nth, leg, who_kind, who, of_leg, whom_kind, whom, agent, mode, since, until";
    let conflict = "ON CONFLICT (call, nth) DO UPDATE SET until = excluded.until WHERE watches.until IS NULL";
    Insert::new("watches", columns, conflict)
});

line! {
    /// A row of `watches`.
    pub(crate) struct WatchLine {
        call: i64,
        nth: u16,
        leg: Option<u16>,
        who: sip::Source,
        of_leg: Option<u16>,
        whom: sip::Source,
        agent: Option<i64>,
        mode: Told<WatchMode>,
        since: i64,
        until: Option<i64>,
    }
}

impl From<Watching> for WatchLine {
    fn from(watching: Watching) -> WatchLine {
        WatchLine {
            call: watching.call.0.cast_signed(),
            nth: watching.nth,
            leg: watching.leg,
            who: watching.who,
            of_leg: watching.of_leg,
            whom: watching.whom,
            agent: watching.agent.map(|id| id.0.cast_signed()),
            mode: watching.mode.into(),
            since: watching.since.as_millis(),
            until: watching.until.map(Wall::as_millis),
        }
    }
}

impl WatchLine {
    /// More is known of it.
    pub(crate) fn learn(&mut self, later: &WatchLine) {
        self.until = self.until.or(later.until);
    }
}

impl Keyed for WatchLine {
    type Key = (CallRef, u16);
    fn key(&self) -> (CallRef, u16) {
        (CallRef(self.call.cast_unsigned()), self.nth)
    }
}

impl Row for WatchLine {
    fn fill(&self, statement: Filling) -> Filling {
        let ((who_kind, who), (whom_kind, whom)) = (crate::calls::source(self.who), crate::calls::source(self.whom));
        statement
            .bind(self.call)
            .bind(self.nth)
            .bind(self.leg)
            .bind(who_kind)
            .bind(who)
            .bind(self.of_leg)
            .bind(whom_kind)
            .bind(whom)
            .bind(self.agent)
            .bind(self.mode.word())
            .bind(self.since)
            .bind(self.until)
    }
}

/// A stretch in which somebody watched.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WatchRow {
    /// Which of the call's stretches.
    pub nth: u16,
    /// Which of the call's legs watches.
    pub leg: Option<u16>,
    /// Who watches: `phone:carol`, or the id where no name was told.
    pub who: String,
    /// Which of the call's legs is watched.
    pub of_leg: Option<u16>,
    /// Who is watched.
    pub whom: String,
    /// The agent who speaks there.
    pub agent: Option<String>,
    /// listen, whisper, barge.
    pub mode: String,
    /// Since when.
    pub since: Wall,
    /// Until when; absent while it goes on.
    pub until: Option<Wall>,
}

const OF_CALL: &str = "SELECT watches.nth, leg, of_leg, mode, since, coalesce(until, calls.ended) AS until,
        who_kind || ':' || coalesce(who.name, printf('%x', watches.who)) AS who,
        whom_kind || ':' || coalesce(whom.name, printf('%x', watches.whom)) AS whom,
        coalesce(agents.name, nullif(printf('%x', watches.agent), '0')) AS agent
    FROM watches
    LEFT JOIN calls ON calls.call = watches.call
    LEFT JOIN names AS who ON who.kind = watches.who_kind AND who.id = watches.who
    LEFT JOIN names AS whom ON whom.kind = watches.whom_kind AND whom.id = watches.whom
    LEFT JOIN names AS agents ON agents.kind = 'agent' AND agents.id = watches.agent
    WHERE watches.call = ?1 ORDER BY watches.nth";

impl Reader {
    /// Who has watched whom in a call, in the order in which it began.
    pub async fn watches(&self, call: CallRef) -> Result<Vec<WatchRow>> {
        let rows = sqlx::query(OF_CALL).bind(call.0.cast_signed()).fetch_all(self.pool()).await?;
        rows.iter().map(|row| watch_row(row).map_err(crate::Error::from)).collect()
    }
}

fn watch_row(row: &SqliteRow) -> sqlx::Result<WatchRow> {
    Ok(WatchRow {
        nth: row.try_get("nth")?,
        leg: row.try_get("leg")?,
        who: row.try_get("who")?,
        of_leg: row.try_get("of_leg")?,
        whom: row.try_get("whom")?,
        agent: row.try_get("agent")?,
        mode: row.try_get("mode")?,
        since: Wall::from_millis(row.try_get("since")?),
        until: row.try_get::<Option<i64>, _>("until")?.map(Wall::from_millis),
    })
}
