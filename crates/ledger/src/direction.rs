//! Which way a call goes, seen from the office.

use serde::Serialize;

/// The word of a row of `calls`, as SQL; the view `v_calls` says the same.
pub(crate) const DIRECTION: &str = "(CASE WHEN calls.source_kind = 'trunk'
    THEN iif(calls.trunk_out IS NULL, 'inbound', 'transit')
    ELSE iif(calls.trunk_out IS NULL, 'internal', 'outbound') END)";

/// Which way a call goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// A trunk brought it.
    Inbound,
    /// A phone made it, and it was sent out by a trunk.
    Outbound,
    /// A phone made it, and it was sent out by none.
    Internal,
    /// A trunk brought it, and it was sent out by a trunk.
    Transit,
}

impl Direction {
    /// All of them.
    pub const ALL: [Direction; 4] = [Direction::Inbound, Direction::Outbound, Direction::Internal, Direction::Transit];

    /// Of a call that came from there and was sent out by a trunk, or not.
    pub fn of(source: sip::Source, sent_out: bool) -> Direction {
        match (source, sent_out) {
            (sip::Source::Trunk(_), false) => Direction::Inbound,
            (sip::Source::Trunk(_), true) => Direction::Transit,
            (sip::Source::Phone(_), false) => Direction::Internal,
            (sip::Source::Phone(_), true) => Direction::Outbound,
        }
    }

    /// As it is written.
    pub fn word(self) -> &'static str {
        match self {
            Direction::Inbound => "inbound",
            Direction::Outbound => "outbound",
            Direction::Internal => "internal",
            Direction::Transit => "transit",
        }
    }
}
