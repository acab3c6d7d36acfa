//! Who may watch what, and who sees with whom: `[lamps]` of the plan in force.

use crate::resource::{Resource, serves};
use crate::roster::Roster;
use dialplan::{Audience, Plan};
use sip::Package;
use terms::{PhoneId, RoomId};

/// Whether a phone may watch something.
pub(crate) fn may_watch(plan: &Plan, by: PhoneId, package: Package, what: Resource) -> bool {
    let own = what == Resource::Phone(by);
    match package {
        // Where somebody is, and who writes to him, is his own business.
        Package::Reg | Package::MessageSummary => own,
        Package::Conference => false,
        Package::Dialog | Package::Presence => own || is_of(plan, plan.lamps.watch, by, what),
    }
}

/// Whether a phone may see who is in a room: while it is there itself, or is a host's.
pub(crate) fn may_see(plan: &Plan, by: PhoneId, room: RoomId, there: Option<&Roster>) -> bool {
    let host = plan.room(room).is_some_and(|room| room.hosts.contains(&by));
    host || there.is_some_and(|roster| roster.has(by))
}

/// Whether he also sees with whom it talks, and may take what rings there.
pub(crate) fn sees_far_party(plan: &Plan, by: PhoneId, what: Resource) -> bool {
    what == Resource::Phone(by) || is_of(plan, plan.lamps.far_party, by, what)
}

fn is_of(plan: &Plan, audience: Audience, by: PhoneId, what: Resource) -> bool {
    match (audience, what) {
        (Audience::Everybody, _) => true,
        (Audience::Nobody, _) => false,
        (Audience::Group, Resource::Queue(queue)) => serves(plan, queue, by),
        // Whoever can dial it finds out anyway.
        (Audience::Group, Resource::Slot(_) | Resource::Room(_)) => true,
        (Audience::Group, Resource::Group(_)) => what.phones(plan).contains(&by),
        (Audience::Group, what) => what.phones(plan).iter().any(|phone| *phone == by || plan.share_a_group(by, *phone)),
    }
}
