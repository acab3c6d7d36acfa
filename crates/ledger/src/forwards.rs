//! Who has forwarded a call: a row for each forward, beside the leg to which it led.

use crate::insert::{Filling, Insert, Row};
use crate::legs::LegLine;
use crate::values::Keyed as _;
use call::cdr::ForwardedBy;
use sqlx::SqliteConnection;
use std::sync::LazyLock;
use terms::{CallRef, Word as _};

static FORWARDS: LazyLock<Insert> =
    LazyLock::new(|| Insert::new("forwards", "call, nth, step, phone, number, why", "ON CONFLICT DO NOTHING"));

/// A row of `forwards`.
struct ForwardLine<'a> {
    leg: (CallRef, u16),
    step: usize,
    by: &'a ForwardedBy,
}

/// Writes who has forwarded calls to these legs, where somebody has.
pub(crate) async fn write(db: &mut SqliteConnection, legs: impl Iterator<Item = &LegLine>) -> crate::Result<()> {
    let lines: Vec<ForwardLine<'_>> = legs.flat_map(of).collect();
    FORWARDS.write(db, lines.iter()).await
}

fn of(leg: &LegLine) -> impl Iterator<Item = ForwardLine<'_>> {
    leg.forwarded().iter().enumerate().map(|(step, by)| ForwardLine { leg: leg.key(), step, by })
}

impl Row for ForwardLine<'_> {
    fn fill(&self, statement: Filling) -> Filling {
        statement
            .bind(self.leg.0.0.cast_signed())
            .bind(self.leg.1)
            .bind(i64::try_from(self.step).unwrap_or(i64::MAX))
            .bind(self.by.phone.map(|id| id.0.cast_signed()))
            .bind(self.by.number.as_ref().map(|number| number.reveal().clone()))
            .bind(self.by.why.word())
    }
}
