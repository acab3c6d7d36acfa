//! `[[room]]`: where callers meet.

use super::{Named, password};
use crate::finding::Report;
use crate::scope::Scope;
use crate::secret::Secrets;
use crate::table::Table;
use crate::{Chime, Destination, Plan, Room};
use std::collections::BTreeMap;
use terms::{PhoneId, RoomId, limits};

/// What is written for a short tone, and for nothing.
const BEEP: &str = "beep";
const NOTHING: &str = "none";

/// The rooms, in the order in which they are written. The plan has its phones, agents and groups already.
pub(super) fn read(
    rooms: Vec<Named<'_>>,
    plan: &Plan,
    secrets: &mut Secrets,
    scope: &mut Scope,
    report: &mut Report,
) -> Vec<Room> {
    let groups = plan.groups.iter().filter_map(|group| Some((group.extension.clone()?, group.name.clone())));
    let mut taken: BTreeMap<String, String> = scope.extensions.clone().into_iter().chain(groups).collect();
    rooms.into_iter().map(|named| read_one(named, plan, &mut taken, secrets, scope, report)).collect()
}

fn read_one(
    named: Named<'_>,
    plan: &Plan,
    taken: &mut BTreeMap<String, String>,
    secrets: &mut Secrets,
    scope: &mut Scope,
    report: &mut Report,
) -> Room {
    let Named { name, mut table, .. } = named;
    let id = RoomId::of(&name.text);
    let extension = table.string("extension", report);
    let extension = extension.filter(|text| super::group::is_free(text, &name, taken, report)).map(|text| text.text);
    let (pin, host_pin) = (password(&mut table, "pin", report), password(&mut table, "host_pin", report));
    let (asked, hosted) = (pin.is_some(), host_pin.is_some());
    secrets.rooms.extend(pin.map(|secret| (id, secret)));
    secrets.hosts.extend(host_pin.map(|secret| (id, secret)));
    let hosts = hosts(&mut table, plan, scope, report);
    let waits = waits(&mut table, hosted || !hosts.is_empty(), report);
    let most = table.integer("most", 2..=limits::ROOM, report).unwrap_or(limits::ROOM);
    let mut sound = |key, report: &mut Report| table.string(key, report).map(|text| scope.prompt(&text, report));
    let (music, ask) = (sound("music", report), sound("ask", report));
    let (enter, leave) = (chime(&mut table, "enter", scope, report), chime(&mut table, "leave", scope, report));
    let muted = table.boolean("muted", report).unwrap_or(false);
    let record = table.boolean("record", report).unwrap_or(false);
    let place = report.place(table.at);
    table.finish(report);
    let (pin, host_pin, name) = (asked, hosted, name.text);
    Room { id, name, extension, pin, host_pin, hosts, waits, most, music, ask, enter, leave, muted, record, place }
}

/// The phones of those who are hosts.
fn hosts(table: &mut Table<'_>, plan: &Plan, scope: &mut Scope, report: &mut Report) -> Vec<PhoneId> {
    let mut hosts = Vec::new();
    for text in table.strings("hosts", report).iter().flatten() {
        match scope.destination(text, report) {
            None => {}
            Some(Destination::Phone(phone)) => hosts.push(phone),
            Some(Destination::Agent(agent)) => hosts.extend(plan.agent(agent).into_iter().flat_map(|one| one.phones())),
            Some(_) => {
                let message = format!("{:?} cannot be the host of a room", text.text);
                report.error(text.at, "no-host", message).help("a phone or an agent can, such as \"phone:alice\"");
            }
        }
    }
    hosts
}

/// Whether guests wait for a host; nobody can wait where there is none.
fn waits(table: &mut Table<'_>, hosted: bool, report: &mut Report) -> bool {
    let waits = table.boolean("wait", report);
    if waits == Some(true)
        && !hosted
        && let Some(value) = table.get("wait")
    {
        let message = "guests would wait for ever: the room has no host";
        report.error(value.at, "no-host", message).help("name `hosts`, or give it a `host_pin`");
    }
    waits.unwrap_or(hosted)
}

fn chime(table: &mut Table<'_>, key: &'static str, scope: &mut Scope, report: &mut Report) -> Chime {
    let Some(text) = table.string(key, report) else { return Chime::default() };
    match text.text.as_str() {
        BEEP => Chime::Beep,
        NOTHING => Chime::Nothing,
        _ => Chime::Sound(scope.prompt(&text, report)),
    }
}
