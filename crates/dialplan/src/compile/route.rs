//! `[[route]]`: which call goes where. Written order is trying order.

use super::or_report;
use crate::finding::Report;
use crate::pattern::Pattern;
use crate::scope::{Names, Scope};
use crate::source::At;
use crate::table::{Str, Table};
use crate::{Destination, From, Place, Route, nearest};
use terms::{PhoneId, TrunkId};

/// The routes, and where the `go` and the `otherwise` of each stand.
pub(super) fn read(
    tables: Vec<Table<'_>>,
    scope: &mut Scope,
    report: &mut Report,
) -> (Vec<Route>, Vec<(Place, Place)>) {
    let mut routes: Vec<(Route, At)> = Vec::new();
    let mut places = Vec::new();
    for table in tables {
        let Some((route, at, parts)) = read_one(table, scope, report) else { continue };
        hidden(&route, at, &routes, report);
        routes.push((route, at));
        places.push(parts);
    }
    (routes.into_iter().map(|(route, _)| route).collect(), places)
}

fn read_one(mut table: Table<'_>, scope: &mut Scope, report: &mut Report) -> Option<(Route, At, (Place, Place))> {
    let from_text = table.needed("from", "from = \"trunk:NAME\", \"phone:*\", or \"*\" for anyone", report);
    let from = from_text.as_ref().and_then(|text| from(text, scope, report));
    let to_text = table.string("to", report);
    let to = to_text.as_ref().and_then(|text| or_report(Pattern::read(&text.text), text, "bad-pattern", report));
    let during_text = table.string("during", report);
    let during = during_text.as_ref().and_then(|text| during(text, scope, report));
    let go_text = table.needed("go", "go = \"flow:main\"", report);
    let go = go_text.as_ref().and_then(|text| scope.destination(text, report));
    let otherwise_text = table.string("otherwise", report);
    let otherwise = otherwise_text.as_ref().and_then(|text| scope.destination(text, report));
    if let Some(text) = otherwise_text.as_ref().filter(|_| during_text.is_none()) {
        let finding = report.error(text.at, "no-hours", "`otherwise` is for outside the hours, and no hours are given");
        finding.help("add during = \"NAME\", or take `otherwise` out");
    }
    let record = table.boolean("record", report).unwrap_or(false);
    let (at, place) = (table.at, report.place(table.at));
    table.finish(report);
    let (from, go) = (from?, go?);
    // A pattern that could not be read must not turn into "every number".
    if to.is_none() && to_text.is_some() {
        return None;
    }
    for (text, destination) in [(&go_text, Some(&go)), (&otherwise_text, otherwise.as_ref())] {
        if let (Some(text), Some(destination)) = (text, destination) {
            toll(text, &from, to.is_some(), destination, report);
        }
    }
    let part =
        |text: &Option<Str>, report: &Report| text.as_ref().map_or_else(|| place.clone(), |text| report.place(text.at));
    let parts = (part(&go_text, report), part(&otherwise_text, report));
    Some((Route { from, to, during, go, otherwise, record, place: place.clone() }, at, parts))
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
        let help = known(&scope.trunks).or_else(|| known(&scope.phones)).unwrap_or_else(|| usual.to_owned());
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

fn during(text: &Str, scope: &Scope, report: &mut Report) -> Option<usize> {
    let name = text.text.strip_prefix("hours:").unwrap_or(&text.text);
    let found = scope.hours.find(name);
    if found.is_none() {
        scope.hours.unknown(name, text.at, "", report);
    }
    found
}

/// Toll safety: what strangers bring in over a trunk should not go out over a trunk unless one says so.
fn toll(text: &Str, from: &From, numbered: bool, destination: &Destination, report: &mut Report) {
    let Destination::Trunk(target, fixed) = destination else { return };
    let help = "name who may: from = \"phone:*\"";
    match from {
        From::Anyone | From::AnyTrunk if fixed.is_none() => {
            let message = "whoever calls in over a trunk can call out again at your cost";
            report.warn(text.at, "open-relay", message).help(help);
        }
        From::Trunk(source) if source == target && fixed.is_none() => {
            report
                .warn(text.at, "trunk-loop", "calls go back to the trunk that they came from")
                .help("send them elsewhere");
        }
        From::Trunk(_) if fixed.is_none() && !numbered => {
            let message = "every number that this trunk calls goes out again at your cost";
            report.warn(text.at, "open-relay", message).help("say which numbers: to = \"...\"");
        }
        _ => {}
    }
}

/// Warns when an earlier route takes every call that this one would.
fn hidden(route: &Route, at: At, earlier: &[(Route, At)], report: &mut Report) {
    let takes_all = |other: &Route| {
        from_covers(&other.from, &route.from)
            && match (&other.to, &route.to) {
                (None, _) => true,
                (Some(theirs), Some(mine)) => theirs.covers(mine),
                (Some(_), None) => false,
            }
            && (other.during.is_none()
                || other.otherwise.is_some()
                || (other.during == route.during && route.otherwise.is_none()))
    };
    if let Some((_, first)) = earlier.iter().find(|(other, _)| takes_all(other)) {
        let there = report.where_is(*first, at);
        let finding = report.warn(at, "route-hidden", "no call ever gets to this route");
        finding
            .help(format!("the route in {there} takes all of its calls"))
            .note("routes are tried in the order in which they are written");
    }
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
