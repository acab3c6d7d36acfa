//! Which destination a call gets: the routes in written order, then the phones' own numbers.

use crate::pattern::Pattern;
use crate::{Destination, From, Plan, Route};
use terms::{PhoneId, TrunkId, Wall};

/// Who calls, after authentication.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A carrier.
    Trunk(TrunkId),
    /// A phone.
    Phone(PhoneId),
}

/// A call as the routes see it.
#[derive(Clone, Copy, Debug)]
pub struct Arrival<'a> {
    /// Who sent it.
    pub from: Origin,
    /// The caller's number or user.
    pub caller: &'a str,
    /// The number that was called.
    pub called: &'a str,
}

/// Where a call goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Routed {
    /// Where to.
    pub destination: Destination,
    /// Record the conversation.
    pub record: bool,
    /// The route's index in [`Plan::routes`]; none when a phone, a group, a room or a slot was dialled by its own number.
    pub route: Option<usize>,
}

/// How a route judges a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Verdict<'p> {
    /// It is for other callers.
    OtherCaller,
    /// The number does not fit.
    OtherNumber,
    /// It is closed, and the route says nothing for then.
    Closed,
    /// It takes the call to its `go`.
    Go(&'p Destination),
    /// It takes the call to its `otherwise`.
    Otherwise(&'p Destination),
}

impl Plan {
    /// Where a call goes, without the explanation: for the path of every call. Its numbers have been read already
    /// ([`crate::Trunk::called`]).
    pub fn decide(&self, arrival: &Arrival<'_>, wall: Wall) -> Option<Routed> {
        if !self.may_call(arrival) {
            return None;
        }
        let judged = self.routes.iter().enumerate().find_map(|(index, route)| match self.judge(route, arrival, wall) {
            Verdict::Go(destination) | Verdict::Otherwise(destination) => {
                Some(Routed { destination: destination.clone(), record: route.record, route: Some(index) })
            }
            Verdict::OtherCaller | Verdict::OtherNumber | Verdict::Closed => None,
        });
        judged.or_else(|| self.phone_to_phone(arrival))
    }

    /// Whether the trunk may call this number at all.
    pub(crate) fn may_call(&self, arrival: &Arrival<'_>) -> bool {
        let Origin::Trunk(id) = arrival.from else { return true };
        let Some(trunk) = self.trunk(id) else { return true };
        trunk.numbers.is_empty() || trunk.numbers.iter().any(|pattern| pattern.matches(arrival.called))
    }

    pub(crate) fn judge<'p>(&'p self, route: &'p Route, arrival: &Arrival<'_>, wall: Wall) -> Verdict<'p> {
        if !is_for(&route.from, arrival.from) {
            return Verdict::OtherCaller;
        }
        if !takes(route.to.as_ref(), arrival.called) {
            return Verdict::OtherNumber;
        }
        let hours = route.during.and_then(|id| self.hours_of(id));
        match (hours.is_none_or(|hours| hours.open_at(wall)), &route.otherwise) {
            (true, _) => Verdict::Go(&route.go),
            (false, Some(otherwise)) => Verdict::Otherwise(otherwise),
            (false, None) => Verdict::Closed,
        }
    }

    /// Whether a number leads anywhere, at whatever time, when a phone dials it.
    pub fn leads_somewhere(&self, phone: PhoneId, called: &str) -> bool {
        let from = Origin::Phone(phone);
        let routed = self.routes.iter().any(|route| is_for(&route.from, from) && takes(route.to.as_ref(), called));
        routed || self.phone_to_phone(&Arrival { from, caller: "", called }).is_some()
    }

    fn phone_to_phone(&self, arrival: &Arrival<'_>) -> Option<Routed> {
        let Origin::Phone(_) = arrival.from else { return None };
        let phone = self.phone_dialled(arrival.called).map(|phone| Destination::Phone(phone.id));
        let group = || self.group_dialled(arrival.called).map(|group| Destination::Group(group.id));
        let room = || self.room_dialled(arrival.called).map(|room| Destination::Room(room.id));
        let slot = || arrival.called.parse().ok().filter(|slot| self.park.has(*slot));
        let named = phone.or_else(group).or_else(room);
        let destination = named.or_else(|| slot().map(|slot| Destination::Park(Some(slot))))?;
        Some(Routed { destination, record: false, route: None })
    }
}

pub(crate) fn is_for(from: &From, origin: Origin) -> bool {
    match (from, origin) {
        (From::Anyone, _) | (From::AnyTrunk, Origin::Trunk(_)) | (From::AnyPhone, Origin::Phone(_)) => true,
        (From::Trunk(wanted), Origin::Trunk(trunk)) => *wanted == trunk,
        (From::Phone(wanted), Origin::Phone(phone)) => *wanted == phone,
        _ => false,
    }
}

fn takes(to: Option<&Pattern>, called: &str) -> bool {
    to.is_none_or(|pattern| pattern.matches(called))
}
