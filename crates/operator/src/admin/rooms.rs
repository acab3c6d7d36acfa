//! The conference rooms as `strowger rooms` shows them.

use super::call::device;
use crate::style::harmless;
use call::At;
use dialplan::Plan;
use serde::{Deserialize, Serialize};
use terms::Wall;

/// A conference room.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct RoomView {
    /// Its name.
    pub name: String,
    /// What phones dial to get there.
    pub extension: Option<String>,
    /// The call in which they are; absent while nobody is there.
    pub call: Option<String>,
    /// Whether nobody but a host comes in.
    pub locked: bool,
    /// Whether they wait for a host.
    pub waits: bool,
    /// How many may be in it.
    pub most: u32,
    /// Removed from the configuration; those who are in it may go on.
    pub removed: bool,
    /// Who is in it, in the order in which they came.
    pub people: Vec<SeatView>,
}

/// Somebody in a conference room.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct SeatView {
    /// His leg.
    pub leg: String,
    /// His number, as the others are shown it.
    pub number: String,
    /// Where he is reached, such as `phone:alice` or `trunk:acme`.
    pub device: Option<String>,
    /// Whether he is a host.
    pub host: bool,
    /// Whether nobody hears him.
    pub muted: bool,
    /// Whether he has put the others on hold.
    pub holds: bool,
    /// Since he came.
    pub here_ms: u64,
}

/// The rooms of the configuration in their order, and those that it has no more and somebody is in.
pub fn lines(plan: &Plan, occupied: &[call::RoomLine], now: Wall) -> Vec<RoomView> {
    let configured = plan.rooms.iter().map(|room| {
        let there = occupied.iter().find(|line| line.room == room.id);
        let view = RoomView {
            name: room.name.clone(),
            extension: room.extension.clone(),
            most: room.most,
            ..RoomView::default()
        };
        there.map_or(view.clone(), |line| RoomView { most: room.most, ..filled(plan, (line, now), view) })
    });
    let gone = occupied.iter().filter(|line| plan.room(line.room).is_none()).map(|line| {
        filled(plan, (line, now), RoomView { name: line.room.to_string(), removed: true, ..RoomView::default() })
    });
    configured.chain(gone).collect()
}

fn whom(at: sip::Source) -> At {
    match at {
        sip::Source::Phone(phone) => At::Phone(phone),
        sip::Source::Trunk(trunk) => At::Trunk(trunk),
    }
}

fn filled(plan: &Plan, (line, now): (&call::RoomLine, Wall), view: RoomView) -> RoomView {
    let people = line.seats.iter().map(|seat| SeatView {
        leg: seat.leg.to_string(),
        // Who may open the socket may read the account, too.
        number: harmless(seat.number.reveal()),
        device: seat.at.map(|at| device(plan, whom(at))),
        host: seat.host,
        muted: seat.muted,
        holds: seat.holds,
        here_ms: now.ms_since(seat.since),
    });
    RoomView {
        call: Some(line.call.to_string()),
        locked: line.locked,
        waits: line.waits,
        most: line.most,
        people: people.collect(),
        ..view
    }
}
