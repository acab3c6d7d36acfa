//! How many calls there were, whether a queue took them or not: by direction, trunk and phone. A call counts where it
//! began, so the figures of adjacent times add up; one that runs is neither answered nor failed yet.

use super::tally::Ratio;
use crate::query::Reader;
use crate::row::unsigned;
use crate::{Direction, Result};
use serde::Serialize;
use sqlx::Row;
use sqlx::sqlite::SqliteRow;
use std::collections::BTreeMap;
use terms::{PhoneId, TrunkId, Wall};

/// What the rows are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CallGrouping {
    /// A row a direction.
    Direction,
    /// Two rows a trunk: what it brought and what it took.
    Trunk,
    /// Two rows a phone: what was answered at it and what it made.
    Phone,
}

/// Which way, seen from the switch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Way {
    /// Brought by the trunk; made by the phone.
    From,
    /// Sent out by the trunk; answered at the phone.
    To,
}

/// What a row is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CallKey {
    /// A direction.
    Direction(Direction),
    /// A trunk.
    Trunk(TrunkId, Way),
    /// A phone.
    Phone(PhoneId, Way),
}

impl CallKey {
    /// Its way; a direction is one itself.
    pub fn way(self) -> Option<Way> {
        match self {
            CallKey::Direction(_) => None,
            CallKey::Trunk(_, way) | CallKey::Phone(_, way) => Some(way),
        }
    }
}

/// The counts of one row.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Volume {
    /// Calls that began.
    pub calls: u64,
    /// Of which came to a queue.
    pub queued: u64,
    /// Of which somebody talked to the caller.
    pub answered: u64,
    /// Of which the caller left a queue.
    pub abandoned: u64,
    /// Of which ended before anybody was there.
    pub finished: u64,
    /// Of which were refused, or reached nobody.
    pub failed: u64,
    /// Of which the switch died under.
    pub node_lost: u64,
    /// Of which run.
    pub running: u64,
    /// Their waits in queues.
    pub waited_ms: u64,
    /// Their conversations, but for hold.
    pub talked_ms: u64,
    /// Their time on hold.
    pub held_ms: u64,
}

impl Volume {
    /// Calls that no queue took.
    pub fn direct(&self) -> u64 {
        self.calls - self.queued
    }

    /// Calls that ended, however they did.
    pub fn ended(&self) -> u64 {
        self.calls - self.running
    }

    /// ASR.
    pub fn answer_seizure(&self) -> Ratio {
        Ratio::new(self.answered, self.ended())
    }

    fn add(&mut self, group: &Group) {
        let Group { outcome, calls, queued, .. } = group;
        self.calls += calls;
        self.queued += queued;
        *match outcome.as_str() {
            "answered" => &mut self.answered,
            "abandoned" => &mut self.abandoned,
            "finished" => &mut self.finished,
            "failed" => &mut self.failed,
            "node_lost" => &mut self.node_lost,
            _ => &mut self.running,
        } += calls;
        self.waited_ms += group.waited_ms;
        self.talked_ms += group.talked_ms;
        self.held_ms += group.held_ms;
    }
}

/// A report of calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Calls {
    /// What there is to say, in order.
    pub rows: BTreeMap<CallKey, Volume>,
    /// All of it; by trunk and phone, for each way.
    pub totals: BTreeMap<Option<Way>, Volume>,
}

/// Calls that have everything in common that a report asks for.
struct Group {
    source: sip::Source,
    trunk_out: Option<TrunkId>,
    phone: Option<PhoneId>,
    outcome: String,
    calls: u64,
    queued: u64,
    waited_ms: u64,
    talked_ms: u64,
    held_ms: u64,
}

const GROUPS: &str = "SELECT source_kind, source, trunk_out, phone, outcome, count(*) AS calls,
        sum(queue IS NOT NULL OR outcome = 'open' AND EXISTS
            (SELECT 1 FROM events WHERE events.call = calls.call AND events.queue IS NOT NULL)) AS queued,
        sum(waited_ms) AS waited_ms, sum(max(talked_ms - held_ms, 0)) AS talked_ms, sum(held_ms) AS held_ms
    FROM calls WHERE started >= ?1 AND started < ?2 AND outcome <> 'joined'
    GROUP BY source_kind, source, trunk_out, phone, outcome";

fn group(row: &SqliteRow) -> Result<Group> {
    let id = |column| Ok::<_, sqlx::Error>(row.try_get::<Option<i64>, _>(column)?.map(i64::cast_unsigned));
    let count = |column| Ok::<_, sqlx::Error>(unsigned(row.try_get(column)?));
    let source = row.try_get::<i64, _>("source")?.cast_unsigned();
    Ok(Group {
        source: match row.try_get::<String, _>("source_kind")?.as_str() {
            "phone" => sip::Source::Phone(PhoneId(source)),
            _ => sip::Source::Trunk(TrunkId(source)),
        },
        trunk_out: id("trunk_out")?.map(TrunkId),
        phone: id("phone")?.map(PhoneId),
        outcome: row.try_get("outcome")?,
        calls: count("calls")?,
        queued: count("queued")?,
        waited_ms: count("waited_ms")?,
        talked_ms: count("talked_ms")?,
        held_ms: count("held_ms")?,
    })
}

impl Group {
    /// The rows that it counts in.
    fn keys(&self, grouping: CallGrouping) -> impl Iterator<Item = CallKey> {
        let keys = match grouping {
            CallGrouping::Direction => {
                [Some(CallKey::Direction(Direction::of(self.source, self.trunk_out.is_some()))), None]
            }
            CallGrouping::Trunk => {
                let from = match self.source {
                    sip::Source::Trunk(trunk) => Some(CallKey::Trunk(trunk, Way::From)),
                    sip::Source::Phone(_) => None,
                };
                [from, self.trunk_out.map(|trunk| CallKey::Trunk(trunk, Way::To))]
            }
            CallGrouping::Phone => {
                let from = match self.source {
                    sip::Source::Phone(phone) => Some(CallKey::Phone(phone, Way::From)),
                    sip::Source::Trunk(_) => None,
                };
                [from, self.phone.map(|phone| CallKey::Phone(phone, Way::To))]
            }
        };
        keys.into_iter().flatten()
    }
}

impl Reader {
    /// The calls that began in this time.
    pub async fn volumes(&self, grouping: CallGrouping, from: Wall, to: Wall) -> Result<Calls> {
        let asked = sqlx::query(GROUPS).bind(from.as_millis()).bind(to.as_millis());
        let mut calls = Calls::default();
        for row in &asked.fetch_all(self.pool()).await? {
            let group = group(row)?;
            for key in group.keys(grouping) {
                calls.rows.entry(key).or_default().add(&group);
                calls.totals.entry(key.way()).or_default().add(&group);
            }
        }
        Ok(calls)
    }
}
