//! `[park]`: where calls are parked.

use super::or_report;
use crate::finding::Report;
use crate::scope::Scope;
use crate::sections::Park;
use crate::table::{Str, Table};
use crate::text::At;
use crate::value::Mistake;
use crate::{Destination, Plan};
use std::ops::RangeInclusive;
use std::time::Duration;
use terms::{Slot, limits};

const STAY: RangeInclusive<Duration> = Duration::from_secs(10)..=Duration::from_secs(24 * 3_600);
const RING: RangeInclusive<Duration> = Duration::from_secs(1)..=Duration::from_secs(300);

/// Reads it; where the slots stand comes back.
pub(super) fn read(table: Option<Table<'_>>, park: &mut Park, scope: &mut Scope, report: &mut Report) -> Option<At> {
    let mut table = table?;
    let slots = table.needed("slots", "slots = \"701-720\"", report);
    let at = slots.as_ref().map(|text| text.at);
    park.slots = slots.and_then(|text| or_report(range(&text.text), &text, "bad-slots", report));
    scope.slots.clone_from(&park.slots);
    park.music = table.string("music", report).map(|text| scope.prompt(&text, report));
    park.return_after = table.duration("return_after", STAY, report).unwrap_or(park.return_after);
    park.ring_back = table.duration("ring_back", RING, report).unwrap_or(park.ring_back);
    park.return_to = away(&mut table, "return_to", scope, report);
    park.otherwise = away(&mut table, "otherwise", scope, report);
    table.finish(report);
    at
}

/// Where somebody goes who is to be parked no more.
fn away(table: &mut Table<'_>, key: &'static str, scope: &mut Scope, report: &mut Report) -> Option<Destination> {
    let text: Str = table.string(key, report)?;
    let destination = scope.destination(&text, report)?;
    if matches!(destination, Destination::Park(_)) {
        let message = format!("{:?} is where he is", text.text);
        report.error(text.at, "park-again", message).help("name somebody who can take him, such as \"phone:alice\"");
        return None;
    }
    Some(destination)
}

/// `701-720`, or one slot.
fn range(text: &str) -> Result<RangeInclusive<u32>, Mistake> {
    let (first, last) = text.split_once('-').unwrap_or((text, text));
    let mistake = |message: String| Mistake::new(0..text.len(), message).help("write them like \"701-720\"");
    let slot = |text: &str| text.trim().parse::<Slot>().map(|slot| slot.0);
    let (Ok(from), Ok(to)) = (slot(first), slot(last)) else {
        return Err(mistake(format!("{text:?} are not numbers that can be dialled")));
    };
    if from > to {
        return Err(mistake(format!("{to} comes before {from}")));
    }
    if to - from >= limits::PARKING_SLOTS {
        return Err(mistake(format!("{text:?} are more than {} slots", limits::PARKING_SLOTS)));
    }
    Ok(from..=to)
}

/// A number is a phone's, a group's or a slot's.
pub(super) fn judge(plan: &Plan, at: Option<At>, report: &mut Report) {
    let Some(at) = at else { return };
    let phones = plan.phones.iter().flat_map(|phone| {
        phone.extension.iter().chain([&phone.user]).map(|number| (number, format!("phone:{}", phone.user)))
    });
    let groups =
        plan.groups.iter().filter_map(|group| Some((group.extension.as_ref()?, format!("group:{}", group.name))));
    let rooms = plan.rooms.iter().filter_map(|room| Some((room.extension.as_ref()?, format!("room:{}", room.name))));
    let groups = groups.chain(rooms);
    let taken = |number: &str| number.parse().is_ok_and(|slot| plan.park.has(slot));
    if let Some((number, whose)) = phones.chain(groups).find(|(number, _)| taken(number)) {
        let message = format!("{number} already rings {whose}");
        report.error(at, "extension-twice", message).help("choose slots that nobody is called by");
    }
}
