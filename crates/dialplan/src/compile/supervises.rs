//! Whom somebody leads: a phone that is a supervisor's, and a user who is one.

use super::Named;
use crate::finding::Report;
use crate::scope::{self, Scope};
use crate::table::{Str, Table};
use crate::{Destination, Led, Supervises};

/// The teams that agents are in, before anybody names one.
pub(super) fn gather_teams(agents: &mut [Named<'_>], scope: &mut Scope, report: &Report) {
    for named in agents {
        let team = named.table.get("team").and_then(|value| value.text(report));
        scope.teams.extend(team.map(|text| text.text));
    }
}

/// The team of an agent.
pub(super) fn team(table: &mut Table<'_>, report: &mut Report) -> Option<String> {
    let team = table.string("team", report)?;
    scope::well_formed(&team.text, team.at, report).then_some(team.text)
}

/// Whom a table's owner leads.
pub(super) fn read(table: &mut Table<'_>, scope: &mut Scope, report: &mut Report) -> Supervises {
    let Some(texts) = table.strings("supervises", report) else { return Supervises::Nobody };
    if texts.iter().any(|text| text.text == "all") {
        return Supervises::Everybody;
    }
    Supervises::These(texts.iter().filter_map(|text| led(text, scope, report)).collect())
}

fn led(text: &Str, scope: &mut Scope, report: &mut Report) -> Option<Led> {
    if let Some(team) = text.text.strip_prefix("team:") {
        return scope.has_team(team, text, report).then(|| Led::Team(team.to_owned()));
    }
    match scope.destination(text, report)? {
        Destination::Queue(id) => Some(Led::Queue(id)),
        Destination::Agent(id) => Some(Led::Agent(id)),
        Destination::Phone(id) => Some(Led::Phone(id)),
        Destination::Group(id) => Some(Led::Group(id)),
        _ => {
            let message = format!("{:?} has no calls that somebody could listen to", text.text);
            let help = "name a queue, a team, an agent, a phone or a group, such as \"queue:support\", or \"all\"";
            report.error(text.at, "nobody-to-supervise", message).help(help);
            None
        }
    }
}
