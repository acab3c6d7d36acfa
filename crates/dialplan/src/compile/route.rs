//! `[[route]]`: which call goes where. Written order is trying order.

use super::{number, pattern};
use crate::finding::Report;
use crate::scope::{Names, Scope};
use crate::table::{Str, Table};
use crate::text::At;
use crate::toll::{Ways, toll};
use crate::{Destination, From, Place, Route, habits, nearest};
use terms::{HoursId, PhoneId, TrunkId};

/// The routes, and where the `go` and the `otherwise` of each stand.
pub(super) fn read(
    tables: Vec<Table<'_>>,
    ways: &Ways<'_>,
    scope: &mut Scope,
    report: &mut Report,
) -> (Vec<Route>, Vec<(Place, Place)>) {
    let mut routes: Vec<(Route, At)> = Vec::new();
    let mut places = Vec::new();
    // What a route does that could not be read is not known.
    let mut lost = false;
    for table in tables {
        let bars = |(route, _): &(Route, At)| matches!(route.go, Destination::HangUp(_)) && route.to.is_some();
        let ways = Ways { barred: lost || routes.iter().any(bars), ..*ways };
        let Some((route, at, parts)) = read_one(table, &ways, scope, report) else {
            lost = true;
            continue;
        };
        hidden(&route, at, &routes, report);
        routes.push((route, at));
        places.push(parts);
    }
    (routes.into_iter().map(|(route, _)| route).collect(), places)
}

fn read_one(
    mut table: Table<'_>,
    ways: &Ways<'_>,
    scope: &mut Scope,
    report: &mut Report,
) -> Option<(Route, At, (Place, Place))> {
    let from_text = table.needed("from", "from = \"trunk:NAME\", \"phone:*\", or \"*\" for anyone", report);
    let from = from_text.as_ref().and_then(|text| from(text, scope, report));
    let to_text = table.string("to", report);
    let to = to_text.as_ref().and_then(|text| pattern(text, report));
    let during_text = table.string("during", report);
    let during = during_text.as_ref().and_then(|text| during(text, scope, report));
    let go_text = table.needed("go", "go = \"flow:main\"", report);
    let go = go_text.as_ref().and_then(|text| scope.destination(text, report));
    let otherwise_text = table.string("otherwise", report);
    let otherwise = otherwise_text.as_ref().and_then(|text| scope.destination(text, report));
    if let Some(text) = otherwise_text.as_ref().filter(|_| !table.says("during", report)) {
        let finding = report.error(text.at, "no-hours", "`otherwise` is for outside the hours, and no hours are given");
        finding.help("add during = \"NAME\", or take `otherwise` out");
    }
    let (presented, rewrite) = (number::presented(&mut table, report), number::rewrite(&mut table, report));
    let record = table.boolean("record", report).unwrap_or(false);
    let (at, place) = (table.at, report.place(table.at));
    let (has_to, has_during) = (table.get("to").is_some(), table.get("during").is_some());
    table.finish(report);
    let (from, go) = (from?, go?);
    // What could not be read must not turn into "every number" or "always".
    if report.torn(at).next().is_some() || (to.is_none() && has_to) || (during.is_none() && has_during) {
        return None;
    }
    for (text, destination) in [(&go_text, Some(&go)), (&otherwise_text, otherwise.as_ref())] {
        if let (Some(text), Some(destination)) = (text, destination) {
            toll(text, &from, to.as_ref(), destination, ways, report);
        }
    }
    let part =
        |text: &Option<Str>, report: &Report| text.as_ref().map_or_else(|| place.clone(), |text| report.place(text.at));
    let parts = (part(&go_text, report), part(&otherwise_text, report));
    let route = Route { from, to, during, go, otherwise, presented, rewrite, record, place: place.clone() };
    if let Some(text) = &to_text {
        dead(&route, text, ways, report);
    }
    Some((route, at, parts))
}

fn from(text: &Str, scope: &mut Scope, report: &mut Report) -> Option<From> {
    match text.text.as_str() {
        "*" => return Some(From::Anyone),
        "trunk:*" => return Some(From::AnyTrunk),
        "phone:*" => return Some(From::AnyPhone),
        _ => {}
    }
    let usual = "write \"trunk:NAME\", \"trunk:*\", \"phone:NAME\", \"phone:*\", or \"*\" for anyone";
    let Some((kind, name)) = text.text.split_once(':') else {
        let message = format!("{:?} does not say who calls", text.text);
        let known =
            |names: &Names| names.find(&text.text).map(|_| format!("did you mean \"{}:{}\"?", names.kind, text.text));
        let help = known(&scope.trunks).or_else(|| known(&scope.phones)).or_else(|| habits::from(&text.text, scope));
        let help = help.unwrap_or_else(|| usual.to_owned());
        report.error(text.at, "no-kind", message).help(help);
        return None;
    };
    let names = match kind {
        "trunk" => &scope.trunks,
        "phone" => &scope.phones,
        _ => {
            let message = format!("calls do not come from a {kind:?}");
            let help = match nearest::of(kind, ["trunk", "phone"]) {
                Some(kind) => format!("did you mean \"{kind}:{name}\"?"),
                None => usual.to_owned(),
            };
            report.error(text.at, "unknown-kind", message).help(help);
            return None;
        }
    };
    if names.find(name).is_none() {
        names.unknown(name, text.at, &format!("{kind}:"), report);
        return None;
    }
    scope.used.insert((names.kind, name.to_owned()));
    Some(if kind == "trunk" { From::Trunk(TrunkId::of(name)) } else { From::Phone(PhoneId::of(name)) })
}

fn during(text: &Str, scope: &mut Scope, report: &mut Report) -> Option<HoursId> {
    let name = text.text.strip_prefix("hours:").unwrap_or(&text.text);
    let found = scope.hours.find(name);
    if found.is_none() {
        scope.hours.unknown(name, text.at, "", report);
    }
    scope.used.insert(("hours", name.to_owned()));
    found.map(|_| HoursId::of(name))
}

/// Warns when the trunk may not call any number of its route.
fn dead(route: &Route, to: &Str, ways: &Ways<'_>, report: &mut Report) {
    let (From::Trunk(id), Some(pattern), true) = (&route.from, &route.to, ways.known) else { return };
    let Some(trunk) = ways.trunks.iter().find(|trunk| trunk.id == *id) else { return };
    let refused = |number: &str| !trunk.numbers.iter().any(|pattern| pattern.matches(number));
    if !trunk.numbers.is_empty() && pattern.sole_number().is_some_and(|number| refused(&number)) {
        let numbers: Vec<String> = trunk.numbers.iter().map(ToString::to_string).collect();
        let message = format!("trunk {:?} may not call {pattern}: no call ever gets to this route", trunk.name);
        report.warn(to.at, "route-hidden", message).help(format!("its `numbers` are {}", numbers.join(", ")));
    }
}

/// Warns when an earlier route takes every call that this one would.
fn hidden(route: &Route, at: At, earlier: &[(Route, At)], report: &mut Report) {
    // Anyone is a trunk or a phone: each may be taken by another route.
    let halves = match route.from {
        From::Anyone => vec![From::Anyone, From::AnyTrunk, From::AnyPhone],
        _ => vec![route.from.clone()],
    };
    let taker = |from: &From| earlier.iter().find(|(other, _)| takes_all(other, route, from)).map(|(_, at)| *at);
    let takers: Vec<Option<At>> = halves.iter().map(taker).collect();
    let there = match takers.as_slice() {
        [Some(first), ..] => format!("the route in {} takes", report.where_is(*first, at)),
        [_, Some(one), Some(two)] => {
            format!("the routes in {} and {} take", report.where_is(*one, at), report.where_is(*two, at))
        }
        _ => return,
    };
    let finding = report.warn(at, "route-hidden", "no call ever gets to this route");
    finding.help(format!("{there} all of its calls")).note("routes are tried in the order in which they are written");
}

/// Whether an earlier route takes every call that a later one would take from these callers.
fn takes_all(other: &Route, route: &Route, from: &From) -> bool {
    from_covers(&other.from, from)
        && match (&other.to, &route.to) {
            (None, _) => true,
            (Some(theirs), Some(mine)) => theirs.covers(mine),
            (Some(theirs), None) => theirs.takes_all(),
        }
        && (other.during.is_none()
            || other.otherwise.is_some()
            || (other.during == route.during && route.otherwise.is_none()))
}

fn from_covers(wide: &From, narrow: &From) -> bool {
    wide == narrow
        || match wide {
            From::Anyone => true,
            From::AnyTrunk => matches!(narrow, From::Trunk(_)),
            From::AnyPhone => matches!(narrow, From::Phone(_)),
            From::Trunk(_) | From::Phone(_) => false,
        }
}
