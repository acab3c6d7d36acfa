//! Who works at the pages (`[[user]]`), what he may, and what he sees; teams of agents.

mod common;

use common::taken;
use control::{Actor, AgentWish, Deed, Role, Subject, Verb, may};
use dialplan::Plan;
use std::sync::Arc;
use terms::AgentId;

const HOUSE: &str = r#"
[[phone]]
user = "desk{1..3}"
contact = "192.0.2.{}"

[[agent]]
name = "alice"
team = "north"
devices = ["phone:desk1"]

[[agent]]
name = "bob"
team = "south"
devices = ["phone:desk2"]

[[agent]]
name = "zoe"
team = "north"
devices = ["phone:desk3"]

[[queue]]
name = "support"
agents = ["alice", "bob"]

[[queue]]
name = "sales"
agents = ["zoe"]

[[route]]
from = "*"
to = "500"
go = "queue:support"

[[route]]
from = "*"
to = "501"
go = "queue:sales"
"#;

fn plan(users: &str) -> Arc<Plan> {
    taken(&format!("{HOUSE}{users}")).plan
}

fn wrong(users: &str) -> Vec<&'static str> {
    common::read(&format!("{HOUSE}{users}")).unwrap_err().iter().map(|finding| finding.code).collect()
}

/// What a user sees, of queues, agents and phones.
fn seen(plan: &Plan, user: &str) -> String {
    let sight = plan.roles.sight(&Actor::User(user.into()));
    let queues = plan.queues.iter().filter(|queue| sight.queue(queue.id)).map(|queue| queue.name.as_str());
    let agents = plan.agents.iter().filter(|agent| sight.agent(agent.id)).map(|agent| agent.name.as_str());
    let phones = plan.phones.iter().filter(|phone| sight.phone(phone.id)).map(|phone| phone.user.as_str());
    queues.chain(agents).chain(phones).collect::<Vec<_>>().join(" ")
}

#[test]
fn an_agent_is_himself_at_his_phones_and_sees_his_queues() {
    let plan = plan("[[user]]\nname = \"alice\"\nroles = [\"agent\"]\n");
    assert_eq!(plan.users[0].agent, Some(AgentId::of("alice")), "the agent of his name");
    assert_eq!(seen(&plan, "alice"), "support alice bob desk1");
    let pause = |name: &str| Verb::Agent { name: name.into(), status: AgentWish::Pause, reason: None };
    let may = |name: &str| {
        let verb = pause(name);
        may(&plan.roles, &Actor::User("alice".into()), &verb, &Subject::of(&verb)).is_ok()
    };
    assert!(may("alice") && !may("bob"), "he sees bob, and does not set his status");
}

#[test]
fn a_supervisor_of_a_team_leads_its_agents_and_an_auditor_reads_everything() {
    let plan = plan(
        "[[user]]\nname = \"anna\"\nroles = [\"supervisor\"]\nsupervises = [\"team:north\"]\n\
         [[user]]\nname = \"ivan\"\nroles = [\"auditor\"]\n\
         [[user]]\nname = \"lead\"\nroles = [\"agent\", \"supervisor\"]\nagent = \"bob\"\nsupervises = \"queue:sales\"\n",
    );
    assert_eq!(seen(&plan, "anna"), "alice zoe desk1 desk3");
    assert_eq!(seen(&plan, "ivan"), "support sales alice bob zoe desk1 desk2 desk3");
    assert_eq!(
        seen(&plan, "lead"),
        "support sales alice bob zoe desk2 desk3",
        "who is two things sees what either sees"
    );
    let watched = |agent: &str| Subject { agents: vec![AgentId::of(agent)], ..Subject::WHOLE };
    let may =
        |user: &str, agent: &str| may(&plan.roles, &Actor::User(user.into()), Deed::Watch, &watched(agent)).is_ok();
    assert!(may("anna", "alice") && may("anna", "zoe") && !may("anna", "bob"));
    assert!(may("lead", "zoe") && !may("lead", "alice"), "a colleague is seen, and not listened to");
    assert!(!may("ivan", "alice"));
}

#[test]
fn an_owner_and_an_administrator_have_the_whole_switch() {
    let plan =
        plan("[[user]]\nname = \"root\"\nroles = \"owner\"\n[[user]]\nname = \"it\"\nroles = [\"administrator\"]\n");
    for user in ["root", "it"] {
        assert!(plan.roles.sight(&Actor::User(user.into())).is_everything());
    }
    let grants = plan.roles.of(&Actor::User("root".into()));
    assert_eq!(grants.iter().map(|grant| grant.role).collect::<Vec<_>>(), [Role::Owner]);
}

#[test]
fn a_phone_may_be_a_teams_supervisor_too() {
    let text = HOUSE.replace(
        "user = \"desk{1..3}\"",
        "user = \"chief\"\ncontact = \"192.0.2.9\"\nsupervises = \"team:south\"\n\n[[phone]]\nuser = \"desk{1..3}\"",
    );
    let plan = taken(&text).plan;
    let subject = |agent: &str| Subject { agents: vec![AgentId::of(agent)], ..Subject::WHOLE };
    let may = |agent: &str| may(&plan.roles, &Actor::Phone("chief".into()), Deed::Watch, &subject(agent)).is_ok();
    assert!(may("bob") && !may("alice"));
}

#[test]
fn what_cannot_be_is_told() {
    let user = |lines: &str| wrong(&format!("[[user]]\nname = \"anna\"\n{lines}\n"));
    assert_eq!(user(""), ["missing-key"], "who is nothing");
    assert_eq!(user("roles = []"), ["empty"]);
    assert_eq!(user("roles = [\"agnet\"]"), ["unknown-role"]);
    assert_eq!(user("roles = [\"auditor\", \"auditor\"]"), ["defined-twice"]);
    assert_eq!(user("roles = [\"agent\"]"), ["missing-key"], "no agent has his name");
    assert_eq!(user("roles = [\"agent\"]\nagent = \"alcie\""), ["unknown-name"]);
    assert_eq!(user("roles = [\"supervisor\"]"), ["missing-key"], "of whom");
    assert_eq!(user("roles = [\"supervisor\"]\nsupervises = \"team:nrth\""), ["unknown-name"]);
    assert_eq!(user("roles = [\"auditor\"]\nsupervises = \"all\""), ["role-missing"]);
    assert_eq!(user("roles = [\"auditor\"]\nagent = \"alice\""), ["role-missing"]);
    let twice = "[[user]]\nname = \"a\"\nroles = \"agent\"\nagent = \"alice\"\n[[user]]\nname = \"b\"\nroles = \"agent\"\nagent = \"alice\"\n";
    assert_eq!(wrong(twice), ["agent-twice"]);
    assert_eq!(
        wrong("[[user]]\nname = \"a\"\nroles = \"auditor\"\n[[user]]\nname = \"a\"\nroles = \"owner\"\n"),
        ["defined-twice"]
    );
}

#[test]
fn one_table_makes_a_user_of_each_agent_of_a_range() {
    let text = r#"
[[phone]]
user = "d{1..2}"
contact = "192.0.2.{}"

[[agent]]
name = "a{1..2}"
devices = ["phone:d{}"]

[[queue]]
name = "q"
agents = "all"

[[route]]
from = "*"
to = "5"
go = "queue:q"

[[user]]
name = "a{1..2}"
roles = ["agent"]
"#;
    let plan = taken(text).plan;
    let agents: Vec<_> = plan.users.iter().map(|user| (user.name.as_str(), user.agent)).collect();
    assert_eq!(agents, [("a1", Some(AgentId::of("a1"))), ("a2", Some(AgentId::of("a2")))]);
}
