//! `strowger reload`, `overlay`, `queue` and the run-time changes of `strowger agent`, as they are said on
//! the command line.

use super::client;
use crate::admin::overlay::OverlayLine;
use crate::admin::reloaded::short;
use crate::admin::table;
use crate::admin::wire::Reply;
use crate::terminal::{say, wall_time};
use anyhow::{Context as _, bail};
use clap::ValueEnum;
use control::{Change, Verb, View};
use std::path::Path;
use std::process::ExitCode;

/// What may be done with the overlay.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum OverlayVerb {
    /// Lists the changes with their numbers.
    List,
    /// Takes one change away, or all: then it is as the configuration says.
    Drop,
}

/// What may be done with a queue.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum QueueVerb {
    /// Takes no new callers; those who wait in it are served.
    Close,
    /// Takes callers again.
    Open,
    /// Gives it other settings: how long phones ring, time for notes, and so on.
    Set,
}

/// What may be done with a phone.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub enum PhoneVerb {
    /// Where its calls go instead, and when.
    Forward,
    /// Do not disturb: it does not ring.
    Dnd,
    /// Whether it rings while it is in a call.
    Waiting,
}

/// Reads the configuration again.
pub fn reload(socket: &Path, json: bool) -> anyhow::Result<ExitCode> {
    let outcome = match client::order(socket, Verb::Reload(()))? {
        Reply::Reload(outcome) => outcome,
        Reply::Done(words) | Reply::Refused(words) => bail!("{words}"),
        _ => bail!("{}", client::OTHER),
    };
    if json {
        say(&format!("{}\n", serde_json::to_string_pretty(&outcome)?))?;
    } else if outcome.taken {
        say(&format!("reloaded: new calls follow the configuration as it is now\n{}", outcome.text))?;
    } else {
        eprint!("{}", outcome.text);
    }
    Ok(if outcome.taken { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Lists the last reloads, the newest first, from the account.
pub fn history(database: &str, limit: u32, json: bool) -> anyhow::Result<()> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let reloads = runtime.block_on(async { ledger::Reader::open(database).await?.reloads(limit).await })?;
    if json {
        return say(&format!("{}\n", serde_json::to_string_pretty(&reloads)?));
    }
    let heads = [("at", false), ("by", false), ("", false), ("digest", false), ("", false)];
    let row = |reload: &ledger::Reload| {
        let digest = if reload.taken { &reload.after } else { &reload.before };
        vec![
            wall_time(reload.at.as_millis()),
            reload.asked.clone(),
            if reload.taken { "taken" } else { "REFUSED" }.into(),
            short(digest).into(),
            reload.detail.lines().next().unwrap_or_default().split_whitespace().collect::<Vec<_>>().join(" "),
        ]
    };
    say(&table::columns(&heads, &reloads.iter().map(row).collect::<Vec<_>>()))
}

/// Shows or drops run-time changes.
pub fn overlay(socket: &Path, verb: OverlayVerb, id: Option<&str>, json: bool) -> anyhow::Result<()> {
    match (verb, id) {
        (OverlayVerb::List, None) => list(socket, json),
        (OverlayVerb::List, Some(_)) => bail!("`overlay list` shows all of them"),
        (OverlayVerb::Drop, None) => bail!("which one? `strowger overlay drop ID`, or `drop all`"),
        (OverlayVerb::Drop, Some("all")) => client::ask(socket, Verb::OverlayDrop { id: None }),
        (OverlayVerb::Drop, Some(number)) => {
            let id = number.parse().with_context(|| format!("{number:?} is neither a number nor `all`"))?;
            client::ask(socket, Verb::OverlayDrop { id: Some(id) })
        }
    }
}

fn list(socket: &Path, json: bool) -> anyhow::Result<()> {
    match client::look(socket, View::Overlay(()))? {
        Reply::Overlay(lines) if json => say(&format!("{}\n", serde_json::to_string_pretty(&lines)?)),
        Reply::Overlay(lines) => say(&text(&lines)),
        Reply::Done(words) | Reply::Refused(words) => bail!("{words}"),
        _ => bail!("{}", client::OTHER),
    }
}

/// What is wanted of a queue.
pub fn queue(verb: QueueVerb, name: String, said: &[String], go: Option<String>) -> anyhow::Result<Verb> {
    if !matches!(verb, QueueVerb::Set) {
        anyhow::ensure!(said.is_empty(), "settings are given with set: strowger queue set {name} ring=15s");
    }
    match (verb, go) {
        (QueueVerb::Close, go) => Ok(Verb::Change(Change::Close { queue: name, go })),
        (QueueVerb::Open, None) => Ok(Verb::QueueOpen { name }),
        (QueueVerb::Set, None) => Ok(Verb::Changes(settings(&name, said)?)),
        (QueueVerb::Open, Some(_)) => bail!("--go says where callers of a closed queue go: an open one takes them"),
        (QueueVerb::Set, Some(_)) => bail!("--go is for closing a queue"),
    }
}

/// `ring=15s` and its like; the switch knows which are right.
fn settings(queue: &str, said: &[String]) -> anyhow::Result<Vec<Change>> {
    anyhow::ensure!(!said.is_empty(), "which setting? strowger queue set {queue} ring=15s");
    let wish = |text: &String| {
        let (key, value) =
            text.split_once('=').with_context(|| format!("{text:?}: write SETTING=VALUE, such as ring=15s"))?;
        let (key, value) = (key.trim().to_owned(), value.trim().to_owned());
        Ok(Change::Set { queue: queue.to_owned(), key, value })
    };
    said.iter().map(wish).collect()
}

/// What shall become of calls to a phone.
pub fn phone(verb: PhoneVerb, phone: &str, said: &[String]) -> anyhow::Result<Verb> {
    let change = |key: &str, value: &str| Change::Phone { phone: phone.into(), key: key.into(), value: value.into() };
    let switched = |key| match said {
        [word] if word == "on" || word == "off" => Ok(vec![change(key, if word == "on" { "true" } else { "false" })]),
        _ => bail!("on or off?"),
    };
    let changes = match verb {
        PhoneVerb::Dnd => switched("dnd")?,
        PhoneVerb::Waiting => switched("call_waiting")?,
        PhoneVerb::Forward => match said {
            [] => bail!("where to, and when? strowger phone forward {phone} busy=103"),
            [word] if word == "off" => {
                let whys = ["always", "busy", "no_answer", "unreachable"];
                whys.map(|why| change(&format!("forward.{why}"), "off")).into()
            }
            _ => said.iter().map(|text| one_forward(text, change)).collect::<anyhow::Result<_>>()?,
        },
    };
    Ok(Verb::Changes(changes))
}

fn one_forward(text: &str, change: impl Fn(&str, &str) -> Change) -> anyhow::Result<Change> {
    let (why, to) = text.split_once('=').with_context(|| format!("{text:?}: write WHEN=NUMBER, such as busy=103"))?;
    Ok(change(&format!("forward.{}", why.trim()), to.trim()))
}

/// Which queue an agent joins or leaves.
pub fn seat(agent: String, queues: &[String], tier: Option<u8>, joins: bool) -> anyhow::Result<Vec<Verb>> {
    anyhow::ensure!(!queues.is_empty(), "which queue? strowger agent join {agent} support");
    anyhow::ensure!(joins || tier.is_none(), "--tier is for joining a queue");
    let tier = tier.unwrap_or_else(Change::first_tier);
    let wish = |queue: &String| {
        let (agent, queue) = (agent.clone(), queue.clone());
        Verb::Change(if joins { Change::Join { agent, queue, tier } } else { Change::Leave { agent, queue } })
    };
    Ok(queues.iter().map(wish).collect())
}

/// `billing=7` and its like.
pub fn skills(agent: &str, said: &[String]) -> anyhow::Result<Vec<Verb>> {
    anyhow::ensure!(!said.is_empty(), "which skill? strowger agent skill {agent} billing=7");
    let wish = |text: &String| {
        let (skill, level) =
            text.split_once('=').with_context(|| format!("{text:?}: write SKILL=LEVEL, such as billing=7"))?;
        let level =
            level.trim().parse().with_context(|| format!("{level:?} is no level: from 0 (without it) to 10"))?;
        Ok(Verb::Change(Change::Skill { agent: agent.to_owned(), skill: skill.trim().to_owned(), level }))
    };
    said.iter().map(wish).collect()
}

fn text(lines: &[OverlayLine]) -> String {
    if lines.is_empty() {
        return "no run-time changes: everything is as the configuration says\n".into();
    }
    let heads =
        [("id", true), ("since", false), ("change", false), ("configuration", false), ("by", false), ("", false)];
    let row = |line: &OverlayLine| {
        vec![
            line.id.to_string(),
            wall_time(line.at),
            line.text.clone(),
            line.configured.clone().unwrap_or_default(),
            line.asked.clone(),
            line.without_effect.as_ref().map_or_else(String::new, |why| format!("without effect: {why}")),
        ]
    };
    table::columns(&heads, &lines.iter().map(row).collect::<Vec<_>>())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn skills_are_said_with_their_level() {
        let said = |text: &str| skills("alice", &[text.to_owned()]);
        let wish = Change::Skill { agent: "alice".into(), skill: "billing".into(), level: 7 };
        assert_eq!(said("billing=7").unwrap(), [Verb::Change(wish)]);
        for wrong in ["billing", "billing=", "billing=x", "billing=-1", "billing=300"] {
            assert!(said(wrong).is_err(), "{wrong}");
        }
        assert!(skills("alice", &[]).is_err());
    }

    #[test]
    fn settings_are_said_with_their_value_and_belong_to_set_alone() {
        let said = |verb, words: &[&str], go: Option<&str>| {
            let words: Vec<String> = words.iter().map(|word| (*word).to_owned()).collect();
            queue(verb, "support".into(), &words, go.map(str::to_owned))
        };
        let wish =
            |key: &str, value: &str| Change::Set { queue: "support".into(), key: key.into(), value: value.into() };
        let both = said(QueueVerb::Set, &["ring=15s", "wrap_up = 30s"], None).unwrap();
        assert_eq!(both, Verb::Changes(vec![wish("ring", "15s"), wish("wrap_up", "30s")]));
        assert!(said(QueueVerb::Set, &[], None).is_err(), "which setting?");
        assert!(said(QueueVerb::Set, &["ring"], None).is_err());
        assert!(said(QueueVerb::Set, &["ring=15s"], Some("hangup")).is_err());
        assert!(said(QueueVerb::Close, &["ring=15s"], None).is_err());
    }
}
