//! A plan with conference rooms, and what can be seen of one.

use crate::deeds::{Own, ms};
use crate::scenario::{self, PLAN};
use crate::{Faults, World};
use call::{At, RoomLine, SeatLine, Verb};
use std::collections::BTreeSet;
use terms::{CallRef, LegId, RoomId};

/// Rooms of several kinds, and what leads there.
pub const ROOMS: &str = r#"
[[room]]
name = "daily"
extension = "800"
music = "welcome.wav"

[[room]]
name = "board"
extension = "801"
pin = "set aside"
host_pin = "set aside"
hosts = ["phone:alice"]

[[room]]
name = "two"
extension = "802"
most = 2

[[room]]
name = "hosted"
extension = "803"
host_pin = "set aside"
music = "music.wav"

[[room]]
name = "lecture"
extension = "804"
hosts = ["phone:alice"]
wait = false
muted = true
record = true
enter = "none"
leave = "music.wav"

[[route]]
from = "trunk:carrier"
to = "+442079460003"
go = "room:daily"

[[route]]
from = "trunk:carrier"
to = "+442079460004"
go = "flow:door"

[[route]]
from = "trunk:carrier"
to = "+442079460005"
go = "room:board"

[[route]]
from = "trunk:carrier"
to = "+442079460006"
go = "room:lecture"

[flow.door]
choose = { menu = "choose.wav", wait = "5s", keys = { 1 = "room:daily" }, no_input = "choose", no_match = "choose" }
"#;
/// The number that leads to the room for everybody.
pub const DAILY: &str = "+442079460003";
/// The number that leads to a menu, and from there to that room.
pub const DOOR: &str = "+442079460004";
/// The number that leads to the room with a PIN.
pub const BOARD: &str = "+442079460005";
/// The number that leads to the room in which guests come muted, and which is recorded.
pub const LECTURE: &str = "+442079460006";

/// A world with these rooms, everybody registered.
pub fn world(seed: u64) -> World {
    world_of(seed, &format!("{PLAN}{ROOMS}"))
}

/// The same with another plan.
pub fn world_of(seed: u64, plan: &str) -> World {
    scenario::world_of(seed, plan, Faults::default())
}

/// Each of them hears all others.
pub fn all_of(names: &[&str]) -> BTreeSet<String> {
    let pairs = names.iter().flat_map(|one| names.iter().map(move |other| (one, other)));
    pairs.filter(|(one, other)| one != other).map(|(one, other)| format!("{one} {other}")).collect()
}

impl World {
    /// A room, while somebody is in it.
    pub fn room(&self, room: &str) -> Option<RoomLine> {
        self.node.board().room(RoomId::of(room))
    }

    /// How many are in it.
    pub fn seats(&self, room: &str) -> usize {
        self.room(room).map_or(0, |line| line.seats.len())
    }

    /// The call that it is.
    pub fn room_call(&self, room: &str) -> CallRef {
        self.node.board().room_call(RoomId::of(room)).expect("somebody is there")
    }

    /// Who hears whom in it, as the state of its call says; the worker does as it says.
    pub fn hearing_in(&mut self, room: &str) -> BTreeSet<String> {
        self.advance(ms(600));
        self.assert_wired_as_said();
        let Some(call) = self.node.board().room_call(RoomId::of(room)) else { return BTreeSet::new() };
        let sheet = self.node.board().sheet(self.now(), call).expect("it runs");
        let of = |leg: LegId| {
            let line = sheet.parties.iter().find(|line| line.leg == leg).expect("he is in it");
            self.name(line.at)
        };
        let pairs = sheet.parties.iter().flat_map(|line| line.hears.iter().map(|other| (line.leg, *other)));
        pairs.map(|(one, other)| format!("{} {}", of(one), of(other))).collect()
    }

    /// Its call does what it can do.
    pub fn obey_in(&mut self, room: &str, verb: Verb) {
        let call = self.room_call(room);
        self.obey(call, verb);
    }

    /// The leg by which somebody is in it, as the switch names it.
    pub fn leg_in(&self, room: &str, who: &str) -> LegId {
        let line = self.room(room).expect("somebody is there");
        let at = |seat: &SeatLine| match seat.at? {
            sip::Source::Phone(phone) => Some(At::Phone(phone)),
            sip::Source::Trunk(trunk) => Some(At::Trunk(trunk)),
        };
        line.seats.iter().find(|seat| self.name(at(seat)) == who).expect("he is there").leg
    }

    fn name(&self, at: Option<At>) -> String {
        let Some(At::Phone(phone)) = at else { return "carrier".to_owned() };
        self.plan().phone(phone).expect("one of ours").user.clone()
    }

    /// Each of these hangs up, and nothing is left over.
    pub fn all_leave(&mut self, them: impl IntoIterator<Item = Own>) {
        them.into_iter().for_each(|one| self.hang_up(one));
        self.assert_quiescent();
    }
}
