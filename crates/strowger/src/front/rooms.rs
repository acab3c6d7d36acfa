//! What is wanted of a conference room: that it is locked, that somebody there is not heard, goes, or is sent elsewhere; that
//! somebody is rung into it. A room is its hosts', and a number is dialled with the rights of one of them.

use super::FrontDesk;
use super::calls::{customer, obeyed, party, routed};
use crate::admin::rooms::lines;
use crate::admin::wire::Reply;
use crate::names;
use call::Verb;
use control::Subject;
use dialplan::Routed;
use node::Node;
use sip::Source;
use terms::{CallRef, LegId, Now, PhoneId, Pii, RoomId};

impl FrontDesk {
    /// The rooms, or one.
    pub(super) fn show_rooms(&self, now: Now, name: Option<&str>, node: &Node) -> Reply {
        let mut rooms = lines(&self.plan, &node.board().inspect(now).rooms, now.wall);
        if let Some(name) = name {
            if let Err(words) = self.known(name) {
                return Reply::Refused(words);
            }
            rooms.retain(|room| room.name == name);
        }
        Reply::Rooms(rooms)
    }

    /// Locks it, or opens it again.
    pub(super) fn lock(&self, now: Now, node: &mut Node, room: &str, on: bool) -> Reply {
        let done = self.meeting(room, node).and_then(|call| {
            obeyed(now, node, call, Verb::Lock { on })?;
            Ok(format!("room {room} is {}", if on { "locked" } else { "open" }))
        });
        done.map_or_else(Reply::Refused, Reply::Done)
    }

    /// Mutes somebody, or lets him be heard.
    pub(super) fn mute(&self, now: Now, node: &mut Node, (room, who): (&str, &str), on: bool) -> Reply {
        let done = self.seat(now, room, who, node).and_then(|(call, party)| {
            obeyed(now, node, call, Verb::Mute { party, on })?;
            Ok(format!("{party} of room {room} is {}", if on { "muted" } else { "heard" }))
        });
        done.map_or_else(Reply::Refused, Reply::Done)
    }

    /// Sends somebody away.
    pub(super) fn kick(&self, now: Now, node: &mut Node, (room, who): (&str, &str)) -> Reply {
        let done = self.seat(now, room, who, node).and_then(|(call, party)| {
            obeyed(now, node, call, Verb::Kick { party })?;
            Ok(format!("{party} has left room {room}"))
        });
        done.map_or_else(Reply::Refused, Reply::Done)
    }

    /// Has somebody rung into it.
    pub(super) fn invite_to(&self, now: Now, node: &mut Node, room: &str, to: &str) -> Reply {
        let done = self.meeting(room, node).and_then(|call| {
            let by = self.dials_for(RoomId::of(room), node);
            let (to, called) = self.way(now, RoomId::of(room), by, to)?;
            obeyed(now, node, call, Verb::Invite { to, by, called: Pii::new(called.clone()) })?;
            Ok(format!("{called} is rung for room {room}"))
        });
        done.map_or_else(Reply::Refused, Reply::Done)
    }

    /// Has one who is in a room go somewhere else.
    pub(super) fn send_away(
        &self,
        now: Now,
        node: &mut Node,
        (call, room): (CallRef, RoomId),
        (who, to): (Option<&str>, &str),
    ) -> Result<String, String> {
        let sheet = self.sheet(now, node, call)?;
        let one = customer(&self.plan, &sheet, who)?.leg;
        let by = self.dials_for(room, node);
        let (to, called) = self.way(now, room, by, to)?;
        obeyed(now, node, call, Verb::Away { party: one, to, by, called: Pii::new(called.clone()) })?;
        Ok(format!("{one} of call {call} goes to {called}"))
    }

    /// With whose rights a number is dialled: a host's who is there, or the first one's.
    fn dials_for(&self, room: RoomId, node: &Node) -> Option<PhoneId> {
        let hosts = self.plan.room(room).map(|room| room.hosts.as_slice()).unwrap_or_default();
        let there = node.board().room(room).map(|line| line.seats).unwrap_or_default();
        let at = |phone: &PhoneId| there.iter().any(|seat| seat.at == Some(Source::Phone(*phone)));
        hosts.iter().copied().find(at).or(hosts.first().copied())
    }

    /// Where that leads, and what it is called. Whoever runs a room by the rights of its hosts cannot go past them.
    fn way(&self, now: Now, room: RoomId, by: Option<PhoneId>, to: &str) -> Result<(Routed, String), String> {
        if self.plan.room(room).is_some_and(|room| !room.hosts.is_empty()) && to.starts_with("trunk:") {
            return Err("write the number as a host of the room would dial it".into());
        }
        routed(&self.plan, by, to, now.wall).map(|(routed, _)| (routed, to.to_owned()))
    }

    /// Whose a room is: the phones of its hosts, and the agents who are rung there.
    pub(super) fn whose_room(&self, room: RoomId) -> Subject {
        let phones: Vec<PhoneId> = self.plan.room(room).map(|room| room.hosts.clone()).unwrap_or_default();
        let agents = phones.iter().flat_map(|phone| self.plan.agents_at(*phone)).map(|agent| agent.id).collect();
        Subject { queues: vec![], agents, phones }
    }

    fn known(&self, room: &str) -> Result<(), String> {
        names::known("room", room, self.plan.rooms.iter().map(|room| room.name.as_str()))
    }

    /// The call that a room is.
    fn meeting(&self, room: &str, node: &Node) -> Result<CallRef, String> {
        self.known(room)?;
        node.board().room_call(RoomId::of(room)).ok_or_else(|| format!("nobody is in room {room}"))
    }

    fn seat(&self, now: Now, room: &str, who: &str, node: &Node) -> Result<(CallRef, LegId), String> {
        let call = self.meeting(room, node)?;
        let sheet = self.sheet(now, node, call)?;
        Ok((call, party(&self.plan, &sheet, who)?.leg))
    }
}
