//! Who was in which conference room, from when to when: a row for each seat, written when it is taken and again when it is
//! left.

use crate::insert::{Filling, Insert, Row};
use crate::values::{Keyed, line};
use crate::{Reader, Result};
use call::cdr::Seating;
use serde::Serialize;
use sqlx::Row as _;
use sqlx::sqlite::SqliteRow;
use std::sync::LazyLock;
use terms::{CallRef, Pii, Wall};

/// The first that is told of a seat stands, and its end is told once.
pub(crate) static SEATS: LazyLock<Insert> = LazyLock::new(|| {
    let columns = "call, nth, room, leg, who_kind, who, number, host, since, until";
    let conflict = "ON CONFLICT (call, nth) DO UPDATE SET until = excluded.until WHERE seats.until IS NULL";
    Insert::new("seats", columns, conflict)
});

line! {
    /// A row of `seats`.
    pub(crate) struct SeatLine {
        call: i64,
        nth: u16,
        room: i64,
        leg: Option<u16>,
        who: sip::Source,
        number: Pii<String>,
        host: bool,
        since: i64,
        until: Option<i64>,
    }
}

impl From<Seating> for SeatLine {
    fn from(seating: Seating) -> SeatLine {
        SeatLine {
            call: seating.call.0.cast_signed(),
            nth: seating.nth,
            room: seating.room.0.cast_signed(),
            leg: seating.leg,
            who: seating.who,
            number: seating.number,
            host: seating.host,
            since: seating.since.as_millis(),
            until: seating.until.map(Wall::as_millis),
        }
    }
}

impl SeatLine {
    /// More is known of it.
    pub(crate) fn learn(&mut self, later: &SeatLine) {
        self.until = self.until.or(later.until);
    }
}

impl Keyed for SeatLine {
    type Key = (CallRef, u16);
    fn key(&self) -> (CallRef, u16) {
        (CallRef(self.call.cast_unsigned()), self.nth)
    }
}

impl Row for SeatLine {
    fn fill(&self, statement: Filling) -> Filling {
        let (who_kind, who) = crate::calls::source(self.who);
        statement
            .bind(self.call)
            .bind(self.nth)
            .bind(self.room)
            .bind(self.leg)
            .bind(who_kind)
            .bind(who)
            .bind(self.number.reveal().clone())
            .bind(self.host)
            .bind(self.since)
            .bind(self.until)
    }
}

/// A seat that somebody had.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct SeatRow {
    /// The call that the room was.
    pub call: CallRef,
    /// Which of its seats.
    pub nth: u16,
    /// The room's name, or its id where no name was told.
    pub room: String,
    /// Which of the call's legs had it.
    pub leg: Option<u16>,
    /// Who: `phone:carol`, or the id where no name was told.
    pub who: String,
    /// By which number the others were shown him.
    pub number: Pii<String>,
    /// It was a host's.
    pub host: bool,
    /// Since when.
    pub since: Wall,
    /// Until when; absent while he is there.
    pub until: Option<Wall>,
}

/// Those of the call that the room was; and of one that went on there, those of its legs.
const OF_CALL: &str =
    "SELECT seats.call, seats.nth, seats.leg, number, host, since, coalesce(until, calls.ended) AS until,
        coalesce(rooms.name, printf('%x', seats.room)) AS room,
        seats.who_kind || ':' || coalesce(who.name, printf('%x', seats.who)) AS who
    FROM seats
    LEFT JOIN calls ON calls.call = seats.call
    LEFT JOIN names AS rooms ON rooms.kind = 'room' AND rooms.id = seats.room
    LEFT JOIN names AS who ON who.kind = seats.who_kind AND who.id = seats.who
    WHERE seats.call = ?1
        OR EXISTS (SELECT 1 FROM moves
            WHERE moves.call = ?1 AND moves.to_call = seats.call AND moves.to_nth = seats.leg)
    ORDER BY seats.call, seats.nth";

impl Reader {
    /// Who was in the room that a call was, or that its legs went on to, in the order in which they came.
    pub async fn seats(&self, call: CallRef) -> Result<Vec<SeatRow>> {
        let rows = sqlx::query(OF_CALL).bind(call.0.cast_signed()).fetch_all(self.pool()).await?;
        rows.iter().map(|row| seat_row(row).map_err(crate::Error::from)).collect()
    }
}

fn seat_row(row: &SqliteRow) -> sqlx::Result<SeatRow> {
    Ok(SeatRow {
        call: CallRef(row.try_get::<i64, _>("call")?.cast_unsigned()),
        nth: row.try_get("nth")?,
        room: row.try_get("room")?,
        leg: row.try_get("leg")?,
        who: row.try_get("who")?,
        number: Pii::new(row.try_get("number")?),
        host: row.try_get("host")?,
        since: Wall::from_millis(row.try_get("since")?),
        until: row.try_get::<Option<i64>, _>("until")?.map(Wall::from_millis),
    })
}
