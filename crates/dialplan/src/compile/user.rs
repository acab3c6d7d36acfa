//! `[[user]]`: who works at the pages, and what he is.

use super::{Named, supervises};
use crate::finding::Report;
use crate::scope::Scope;
use crate::table::{Str, Table};
use crate::{User, nearest};
use control::Role;
use std::collections::BTreeMap;
use terms::{AgentId, Word as _};

pub(super) fn read(users: Vec<Named<'_>>, scope: &mut Scope, report: &mut Report) -> Vec<User> {
    let mut agents: BTreeMap<AgentId, String> = BTreeMap::new();
    let mut all = Vec::new();
    for named in users {
        let at = named.table.at;
        let user = read_one(named, scope, report);
        let other = user.agent.and_then(|agent| agents.insert(agent, user.name.clone()));
        if let Some(other) = other.filter(|other| *other != user.name) {
            let message = format!("user {:?} is an agent whom user {other:?} is already", user.name);
            report.error(at, "agent-twice", message).help("let each agent be one user");
        }
        all.push(user);
    }
    all
}

fn read_one(named: Named<'_>, scope: &mut Scope, report: &mut Report) -> User {
    let title = named.title("user");
    let Named { name, mut table, .. } = named;
    let roles = roles(&mut table, report);
    let is = |role| roles.contains(&role);
    let agent = if is(Role::Agent) { agent(&mut table, &name, &title, scope, report) } else { None };
    let supervises = supervises::read(&mut table, scope, report);
    if is(Role::Supervisor) && !table.says("supervises", report) {
        let message = format!("{title} is a supervisor of nobody");
        report.error(table.at, "missing-key", message).help("add supervises = [\"queue:support\"], or \"all\"");
    }
    for (key, role) in [("agent", Role::Agent), ("supervises", Role::Supervisor)] {
        if !roles.is_empty() && !is(role) && table.says(key, report) {
            let message = format!("{title} has `{key}`, and not the role {:?}", role.word());
            report.error(table.at, "role-missing", message).help(format!("add {:?} to its roles", role.word()));
        }
    }
    let place = report.place(table.at);
    table.finish(report);
    User { name: name.text, roles, agent, supervises, place }
}

fn roles(table: &mut Table<'_>, report: &mut Report) -> Vec<Role> {
    let Some(words) = table.strings("roles", report) else {
        table.missing("roles", "roles = [\"agent\"]", report);
        return Vec::new();
    };
    let mut roles = Vec::new();
    for word in &words {
        match Role::of_word(&word.text) {
            Some(role) if roles.contains(&role) => {
                report.error(word.at, "defined-twice", format!("{:?} is named twice", word.text)).help("take one out");
            }
            Some(role) => roles.push(role),
            None => {
                let known: Vec<&str> = Role::ALL.iter().map(|role| role.word()).collect();
                let help = match nearest::of(&word.text, known.iter().copied()) {
                    Some(near) => format!("did you mean {near:?}?"),
                    None => format!("it is one of {}", known.join(", ")),
                };
                report.error(word.at, "unknown-role", format!("{:?} is not a role", word.text)).help(help);
            }
        }
    }
    if words.is_empty() {
        report.error(table.at, "empty", "who is nothing may nothing").help("write roles = [\"agent\"]");
    }
    roles
}

/// Which agent he is: the one that is named, or the one of his name.
fn agent(table: &mut Table<'_>, name: &Str, title: &str, scope: &mut Scope, report: &mut Report) -> Option<AgentId> {
    let said = table.string("agent", report);
    let meant = said.as_ref().unwrap_or(name);
    if scope.agents.find(&meant.text).is_some() {
        return Some(AgentId::of(&meant.text));
    }
    match &said {
        Some(text) => _ = scope.agents.unknown(&text.text, text.at, "", report),
        None if table.says("agent", report) || scope.agents.incomplete => {}
        None => {
            let message = format!("{title} is an agent, and there is no agent of that name");
            report.error(name.at, "missing-key", message).help("say which agent: agent = \"alice\"");
        }
    }
    None
}
