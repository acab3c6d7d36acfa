//! `strowger user`: who works at the pages, how somebody gets in, and how he is locked out.

use super::client;
use super::which::Switch;
use crate::admin::table;
use crate::admin::wire::Reply;
use crate::files;
use crate::terminal::say;
use anyhow::{Context as _, bail, ensure};
use clap::ValueEnum;
use control::Verb;
use dialplan::{Led, Plan, Supervises, User};
use ledger::Reader;
use serde::Serialize;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use std::path::Path;
use terms::{Wall, Word as _};

/// What may be done with users.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum UserVerb {
    /// Shows them.
    List,
    /// Makes a link by which one chooses a password.
    Invite,
    /// Makes his password, links and sessions void.
    Lock,
}

/// Does it.
pub(super) fn user(verb: UserVerb, name: Option<String>, json: bool, switch: &Switch) -> anyhow::Result<()> {
    let named = |verb: &str| name.clone().with_context(|| format!("whom? strowger user {verb} NAME"));
    match verb {
        UserVerb::List => {
            ensure!(name.is_none(), "`user list` shows all of them");
            list(switch.config.as_deref(), json)
        }
        UserVerb::Invite => invite(&switch.control()?, named("invite")?, &pages(switch.config.as_deref())),
        UserVerb::Lock => client::ask(&switch.control()?, Verb::LockOut { user: named("lock")? }),
    }
}

/// The secret is made here, and printed here: the switch learns its hash alone.
fn invite(socket: &Path, user: String, pages: &str) -> anyhow::Result<()> {
    let mut secret = [0_u8; 16];
    getrandom::fill(&mut secret).map_err(|error| anyhow::anyhow!("the system gives no random numbers: {error}"))?;
    let secret = hex(&secret);
    let proof = hex(&Sha256::digest(secret.as_bytes()));
    match client::order(socket, Verb::Invite { user, proof })? {
        Reply::Done(words) => say(&format!("{words}:\n  {pages}/join/{secret}\n")),
        Reply::Refused(words) => bail!("{words}"),
        _ => bail!("{}", client::OTHER),
    }
}

/// Where the pages are, as far as the configuration tells.
pub(super) fn pages(config: Option<&Path>) -> String {
    let plan = files::Places::find_with_plan(config).map(|(_, plan)| plan);
    let (scheme, listen) = match plan {
        Ok(plan) => (if plan.tls.is_some() { "https" } else { "http" }, plan.console.listen),
        Err(_) => ("http", None),
    };
    listen.map_or_else(|| format!("{scheme}://ADDRESS-OF-THE-PAGES"), |listen| format!("{scheme}://{listen}"))
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// A user as he is shown.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Line {
    name: String,
    roles: Vec<&'static str>,
    agent: Option<String>,
    supervises: Vec<String>,
    /// When he chose his password.
    password: Option<Wall>,
    /// Browsers in which he is logged in.
    sessions: usize,
}

fn list(config: Option<&Path>, json: bool) -> anyhow::Result<()> {
    let (places, plan) = files::Places::find_with_plan(config)?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let lines = runtime.block_on(async {
        let reader = Reader::open(&places.database).await?;
        let (passwords, sessions) = (reader.passwords().await?, reader.sessions().await?);
        let passwords: BTreeMap<String, Wall> = passwords.into_iter().collect();
        let line = |user: &User| Line {
            password: passwords.get(&user.name).copied(),
            sessions: sessions.iter().filter(|session| session.user == user.name).count(),
            ..line(user, &plan)
        };
        anyhow::Ok(plan.users.iter().map(line).collect::<Vec<_>>())
    })?;
    match json {
        true => say(&format!("{}\n", serde_json::to_string_pretty(&lines)?)),
        false => say(&text(&lines)),
    }
}

/// As the configuration has him.
fn line(user: &User, plan: &Plan) -> Line {
    let agent = user.agent.and_then(|id| plan.agent(id)).map(|agent| agent.name.clone());
    let supervises = match &user.supervises {
        Supervises::Nobody => vec![],
        Supervises::Everybody => vec!["all".to_owned()],
        Supervises::These(led) => led.iter().filter_map(|one| named(one, plan)).collect(),
    };
    let roles = user.roles.iter().map(|role| role.word()).collect();
    Line { name: user.name.clone(), roles, agent, supervises, password: None, sessions: 0 }
}

fn named(led: &Led, plan: &Plan) -> Option<String> {
    Some(match led {
        Led::Queue(id) => format!("queue:{}", plan.queue(*id)?.name),
        Led::Team(name) => format!("team:{name}"),
        Led::Agent(id) => format!("agent:{}", plan.agent(*id)?.name),
        Led::Phone(id) => format!("phone:{}", plan.phone(*id)?.user),
        Led::Group(id) => format!("group:{}", plan.groups.iter().find(|group| group.id == *id)?.name),
    })
}

fn text(lines: &[Line]) -> String {
    if lines.is_empty() {
        return "nobody works at the pages: add [[user]] to the configuration\n".into();
    }
    let heads = [
        ("user", false),
        ("roles", false),
        ("agent", false),
        ("leads", false),
        ("password", false),
        ("sessions", true),
    ];
    let or_none = |text: String| if text.is_empty() { "-".to_owned() } else { text };
    let row = |line: &Line| {
        vec![
            line.name.clone(),
            line.roles.join(", "),
            line.agent.clone().unwrap_or_else(|| "-".into()),
            or_none(line.supervises.join(", ")),
            if line.password.is_some() { "chosen" } else { "none: invite him" }.to_owned(),
            line.sessions.to_string(),
        ]
    };
    table::columns(&heads, &lines.iter().map(row).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUSE: &str = "
[[phone]]
user = \"desk\"
contact = \"192.0.2.1\"
[[agent]]
name = \"anna\"
team = \"north\"
devices = [\"phone:desk\"]
[[queue]]
name = \"support\"
agents = \"all\"
[[route]]
from = \"*\"
to = \"500\"
go = \"queue:support\"
[[user]]
name = \"anna\"
roles = [\"agent\", \"supervisor\"]
supervises = [\"queue:support\", \"team:north\"]
[[user]]
name = \"ivan\"
roles = \"auditor\"
";

    #[test]
    fn users_are_shown_with_what_they_are_and_whether_they_can_log_in() {
        let plan = files::plan_of(HOUSE);
        let mut lines: Vec<Line> = plan.users.iter().map(|user| line(user, &plan)).collect();
        lines[0].password = Some(Wall::from_millis(1));
        lines[0].sessions = 2;
        let expected = "\
user  roles              agent  leads                      password          sessions
anna  agent, supervisor  anna   queue:support, team:north  chosen                   2
ivan  auditor            -      -                          none: invite him         0
";
        assert_eq!(text(&lines), expected);
        assert!(text(&[]).contains("[[user]]"));
    }
}
