//! `strowger rooms` shows the conference rooms and who is in them; `strowger room` locks one, mutes somebody there, sends
//! him away, or has somebody rung into it.

use super::client;
use super::which::Switch;
use crate::admin::rooms::{RoomView, SeatView};
use crate::admin::table::{clock, columns};
use crate::admin::wire::Reply;
use crate::terminal::say;
use anyhow::bail;
use clap::Subcommand;
use control::{Verb, View};
use std::path::Path;

/// What may be done with a room.
#[derive(Debug, Subcommand)]
pub(super) enum RoomVerb {
    /// Nobody but a host comes in any more.
    Lock {
        /// Which room, by its name.
        room: String,
        #[command(flatten)]
        switch: Switch,
    },
    /// Whoever may comes in again.
    Unlock {
        /// Which room, by its name.
        room: String,
        #[command(flatten)]
        switch: Switch,
    },
    /// Nobody hears him.
    Mute {
        /// Which room, by its name.
        room: String,
        /// Whom: a leg such as l5, or a device such as phone:alice, as `rooms` has it.
        party: String,
        #[command(flatten)]
        switch: Switch,
    },
    /// The others hear him again.
    Unmute {
        /// Which room, by its name.
        room: String,
        /// Whom: a leg such as l5, or a device such as phone:alice, as `rooms` has it.
        party: String,
        #[command(flatten)]
        switch: Switch,
    },
    /// Rings somebody to come into a room in which somebody is, past its PIN and its lock.
    #[command(after_help = "\
Examples:
  strowger room invite daily phone:carol
  strowger room invite daily agent:bob
  strowger room invite daily +442079460001

A number is dialled as the phone of a host would dial it: one who is in the room, else the first of its `hosts`. Where a room
has no hosts, a number outside is trunk:NAME/NUMBER.")]
    Invite {
        /// Which room, by its name.
        room: String,
        /// Whom: phone:NAME, agent:NAME, group:NAME, or a number.
        target: String,
        #[command(flatten)]
        switch: Switch,
    },
    /// Lets go of him.
    Kick {
        /// Which room, by its name.
        room: String,
        /// Whom: a leg such as l5, or a device such as phone:alice, as `rooms` has it.
        party: String,
        #[command(flatten)]
        switch: Switch,
    },
}

/// Does it.
pub(super) fn room(verb: RoomVerb) -> anyhow::Result<()> {
    let (verb, switch) = match verb {
        RoomVerb::Lock { room, switch } => (Verb::Lock { room }, switch),
        RoomVerb::Unlock { room, switch } => (Verb::Unlock { room }, switch),
        RoomVerb::Mute { room, party, switch } => (Verb::Mute { room, party }, switch),
        RoomVerb::Unmute { room, party, switch } => (Verb::Unmute { room, party }, switch),
        RoomVerb::Invite { room, target, switch } => (Verb::RoomInvite { room, to: target }, switch),
        RoomVerb::Kick { room, party, switch } => (Verb::Kick { room, party }, switch),
    };
    client::ask(&switch.control()?, verb)
}

/// Asks for the rooms and prints them, all or one with who is in it.
pub(super) fn rooms(socket: &Path, name: Option<String>, json: bool) -> anyhow::Result<()> {
    let one = name.is_some();
    let rooms = match client::look(socket, View::Rooms { name })? {
        Reply::Rooms(rooms) => rooms,
        Reply::Done(words) | Reply::Refused(words) => bail!("{words}"),
        _ => bail!("{}", client::OTHER),
    };
    match (json, rooms.as_slice()) {
        (true, rooms) => say(&format!("{}\n", serde_json::to_string_pretty(rooms)?)),
        (false, [room]) if one => say(&roster(room)),
        (false, []) => say("no room is configured\n"),
        (false, rooms) => say(&list(rooms)),
    }
}

fn list(rooms: &[RoomView]) -> String {
    let heads = [("room", false), ("ext", false), ("in it", true), ("of", true), ("state", false), ("call", false)];
    let dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    let row = |room: &RoomView| {
        let (people, most) = (room.people.len().to_string(), room.most.to_string());
        vec![room.name.clone(), dash(&room.extension), people, most, state(room), dash(&room.call)]
    };
    columns(&heads, &rooms.iter().map(row).collect::<Vec<_>>())
}

fn state(room: &RoomView) -> String {
    let words = [(room.locked, "locked"), (room.waits, "waits for a host"), (room.removed, "removed")];
    let said: Vec<&str> = words.iter().filter(|(so, _)| *so).map(|(_, word)| *word).collect();
    match (said.as_slice(), room.people.is_empty()) {
        ([], true) => "empty".to_owned(),
        ([], false) => "open".to_owned(),
        (said, _) => said.join(", "),
    }
}

fn roster(room: &RoomView) -> String {
    let facts = format!("room {}  {}   {} of {}", room.name, state(room), room.people.len(), room.most);
    let facts = room.call.as_ref().map_or(facts.clone(), |call| format!("{facts}   call {call}"));
    if room.people.is_empty() {
        return format!("{facts}\n");
    }
    let heads = [("leg", false), ("device", false), ("number", false), ("", false), ("here for", true)];
    let row = |seat: &SeatView| {
        let words = [(seat.host, "host"), (seat.muted, "muted"), (seat.holds, "holds")];
        let said: Vec<&str> = words.iter().filter(|(so, _)| *so).map(|(_, word)| *word).collect();
        let device = seat.device.clone().unwrap_or_else(|| "-".to_owned());
        vec![seat.leg.clone(), device, seat.number.clone(), said.join(", "), clock(seat.here_ms)]
    };
    format!("{facts}\n{}", columns(&heads, &room.people.iter().map(row).collect::<Vec<_>>()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rooms_are_listed_and_one_is_shown_with_who_is_in_it() {
        let seat = |leg: &str, device: &str, number: &str| SeatView {
            leg: leg.into(),
            device: Some(device.into()),
            number: number.into(),
            here_ms: 65_000,
            ..SeatView::default()
        };
        let host = SeatView { host: true, ..seat("l2", "phone:alice", "101") };
        let guest = SeatView { muted: true, holds: true, ..seat("l4", "trunk:acme", "+359888123456") };
        let (call, extension) = (Some("c1000000003".to_owned()), Some("800".to_owned()));
        let people = vec![host, guest];
        let daily =
            RoomView { name: "daily".into(), extension, call, locked: true, most: 200, people, ..RoomView::default() };
        let empty = RoomView { name: "board".into(), most: 10, ..RoomView::default() };
        let expected = "\
room   ext  in it   of  state   call
daily  800      2  200  locked  c1000000003
board  -        0   10  empty   -
";
        assert_eq!(list(&[daily.clone(), empty.clone()]), expected);
        let expected = "\
room daily  locked   2 of 200   call c1000000003
leg  device       number                       here for
l2   phone:alice  101            host             01:05
l4   trunk:acme   +359888123456  muted, holds     01:05
";
        assert_eq!(roster(&daily), expected);
        assert_eq!(roster(&empty), "room board  empty   0 of 10\n");
    }
}
