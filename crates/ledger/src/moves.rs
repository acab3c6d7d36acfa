//! What transfers leave in the account: the legs that went on in other calls, the calls that became others, who pays for a
//! leg, and who is on which side of a recording. Few calls have any of it, so it stands apart from what each call writes.

use crate::insert::{Filling, Insert, Row};
use crate::legs::LegLine;
use crate::values::{Keyed, line};
use call::cdr::{LegRecord, LegRole, Recording};
use serde::{Deserialize, Serialize};
use sqlx::SqliteConnection;
use std::collections::BTreeMap;
use std::sync::LazyLock;
use terms::{CallRef, CaptureId, Told};

static MOVES: LazyLock<Insert> = LazyLock::new(|| {
    let columns = "call, nth, role, who_kind, who, agent, came, answered, until, to_call, to_nth";
    Insert::new("moves", columns, "ON CONFLICT (call, nth) DO NOTHING")
});
static MERGES: LazyLock<Insert> =
    LazyLock::new(|| Insert::new("merges", "call, into_call", "ON CONFLICT (call) DO NOTHING"));
static CHARGES: LazyLock<Insert> =
    LazyLock::new(|| Insert::new("charges", "call, nth, who_kind, who", "ON CONFLICT (call, nth) DO NOTHING"));
static TRACKS: LazyLock<Insert> = LazyLock::new(|| {
    Insert::new("tracks", "capture, nth, side, call, leg, since", "ON CONFLICT (capture, nth) DO NOTHING")
});

line! {
    /// A row of `moves`.
    pub(crate) struct MoveLine {
        call: i64,
        nth: u16,
        role: Told<LegRole>,
        who: sip::Source,
        agent: Option<i64>,
        came: i64,
        answered: Option<i64>,
        until: i64,
        to_call: i64,
        to_nth: u16,
    }
}

line! {
    /// A row of `tracks`.
    pub(crate) struct TrackLine {
        capture: i64,
        nth: u16,
        side: u8,
        call: i64,
        leg: Option<u16>,
        since: i64,
    }
}

/// What one group, or several, say of all this.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Moves {
    #[serde(with = "crate::values", skip_serializing_if = "BTreeMap::is_empty")]
    moves: BTreeMap<(CallRef, u16), MoveLine>,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    merges: BTreeMap<CallRef, CallRef>,
    #[serde(with = "crate::values", skip_serializing_if = "BTreeMap::is_empty")]
    tracks: BTreeMap<(CaptureId, u16), TrackLine>,
}

impl Moves {
    pub(crate) fn is_empty(&self) -> bool {
        self.moves.is_empty() && self.merges.is_empty() && self.tracks.is_empty()
    }

    /// A leg went on in another call, as its account so far says.
    pub(crate) fn add(&mut self, leg: &LegRecord) {
        if let Some(line) = MoveLine::of(leg) {
            self.moves.entry(line.key()).or_insert(line);
        }
    }

    /// A call became another one.
    pub(crate) fn merge_calls(&mut self, call: CallRef, into: CallRef) {
        self.merges.entry(call).or_insert(into);
    }

    /// A recording is complete.
    pub(crate) fn record(&mut self, recording: &Recording) {
        for (nth, track) in (0..).zip(&recording.tracks) {
            let line = TrackLine {
                capture: recording.capture.0.cast_signed(),
                nth,
                side: track.side,
                call: recording.call.0.cast_signed(),
                leg: track.leg,
                since: track.since.as_millis(),
            };
            self.tracks.entry(line.key()).or_insert(line);
        }
    }

    /// Takes what a later group says.
    pub(crate) fn merge(&mut self, later: Moves) {
        for (key, line) in later.moves {
            self.moves.entry(key).or_insert(line);
        }
        later.merges.into_iter().for_each(|(call, into)| self.merge_calls(call, into));
        for (key, line) in later.tracks {
            self.tracks.entry(key).or_insert(line);
        }
    }

    /// Writes the rows.
    pub(crate) async fn write(&self, db: &mut SqliteConnection) -> crate::Result<()> {
        let merges: Vec<MergeLine> = self.merges.iter().map(|(call, into)| MergeLine(*call, *into)).collect();
        MOVES.write(db, self.moves.values()).await?;
        MERGES.write(db, merges.iter()).await?;
        TRACKS.write(db, self.tracks.values()).await
    }
}

/// Writes who pays for these legs, where that is told of them.
pub(crate) async fn charge(db: &mut SqliteConnection, legs: impl Iterator<Item = &LegLine>) -> crate::Result<()> {
    let charges: Vec<ChargeLine> =
        legs.filter_map(|leg| Some(ChargeLine { leg: leg.key(), to: leg.charged_to()? })).collect();
    CHARGES.write(db, charges.iter()).await
}

impl MoveLine {
    fn of(leg: &LegRecord) -> Option<MoveLine> {
        let (last, before) = leg.moves.split_last()?;
        Some(MoveLine {
            call: last.call.0.cast_signed(),
            nth: last.nth,
            role: leg.role.into(),
            who: leg.who,
            agent: leg.agent.map(|id| id.0.cast_signed()),
            came: before.last().map_or(leg.invited, |earlier| earlier.until).as_millis(),
            answered: leg.answered.map(|at| at.as_millis()),
            until: last.until.as_millis(),
            to_call: leg.call.0.cast_signed(),
            to_nth: leg.nth,
        })
    }
}

/// A row of `merges`.
struct MergeLine(CallRef, CallRef);

/// A row of `charges`.
struct ChargeLine {
    leg: (CallRef, u16),
    to: sip::Source,
}

impl Row for MoveLine {
    fn fill(&self, statement: Filling) -> Filling {
        let (who_kind, who) = crate::calls::source(self.who);
        statement
            .bind(self.call)
            .bind(self.nth)
            .bind(self.role.word())
            .bind(who_kind)
            .bind(who)
            .bind(self.agent)
            .bind(self.came)
            .bind(self.answered)
            .bind(self.until)
            .bind(self.to_call)
            .bind(self.to_nth)
    }
}

impl Row for MergeLine {
    fn fill(&self, statement: Filling) -> Filling {
        statement.bind(self.0.0.cast_signed()).bind(self.1.0.cast_signed())
    }
}

impl Row for ChargeLine {
    fn fill(&self, statement: Filling) -> Filling {
        let (who_kind, who) = crate::calls::source(self.to);
        statement.bind(self.leg.0.0.cast_signed()).bind(self.leg.1).bind(who_kind).bind(who)
    }
}

impl Row for TrackLine {
    fn fill(&self, statement: Filling) -> Filling {
        statement.bind(self.capture).bind(self.nth).bind(self.side).bind(self.call).bind(self.leg).bind(self.since)
    }
}

impl Keyed for MoveLine {
    type Key = (CallRef, u16);
    fn key(&self) -> (CallRef, u16) {
        (CallRef(self.call.cast_unsigned()), self.nth)
    }
}

impl Keyed for TrackLine {
    type Key = (CaptureId, u16);
    fn key(&self) -> (CaptureId, u16) {
        (CaptureId(self.capture.cast_unsigned()), self.nth)
    }
}
