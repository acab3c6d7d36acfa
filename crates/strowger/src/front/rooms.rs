//! What is wanted of a conference room: that it is locked, that somebody there is not heard, or goes. A room is its hosts'.

use super::FrontDesk;
use super::calls::{obeyed, party};
use crate::admin::rooms::lines;
use crate::admin::wire::Reply;
use crate::names;
use call::Verb;
use control::Subject;
use node::Node;
use terms::{CallRef, LegId, Now, PhoneId, RoomId};

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
