//! `strowger call`: a running call looked into, or ended.

use super::client;
use crate::admin::call::{CallView, PartyView};
use crate::admin::table::{clock, columns};
use crate::admin::wire::Reply;
use crate::terminal::say;
use anyhow::bail;
use clap::ValueEnum;
use control::{Verb, View};
use std::path::Path;
use terms::CallRef;

/// What may be done with a running call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum CallVerb {
    /// Shows who is in it, and who hears whom.
    Show,
    /// Ends it.
    Hangup,
}

/// Does it, and prints what is seen or was done.
pub fn call(socket: &Path, verb: CallVerb, call: CallRef, json: bool) -> anyhow::Result<()> {
    match verb {
        CallVerb::Hangup if json => bail!("--json is for show"),
        CallVerb::Hangup => client::ask(socket, Verb::Hangup { call }),
        CallVerb::Show => show(socket, call, json),
    }
}

fn show(socket: &Path, call: CallRef, json: bool) -> anyhow::Result<()> {
    match client::look(socket, View::Call { call })? {
        Reply::Call(view) if json => say(&format!("{}\n", serde_json::to_string_pretty(&view)?)),
        Reply::Call(view) => say(&text(&view)),
        Reply::Done(words) | Reply::Refused(words) => bail!("{words}"),
        _ => bail!("{}", client::OTHER),
    }
}

fn text(view: &CallView) -> String {
    let mut facts = vec![format!("call {}  {}", view.line.call, view.line.phase)];
    facts.push(format!("from {} to {}", view.line.caller, view.line.called));
    facts.push(format!("{} old", clock(view.line.age_ms)));
    facts.extend(view.line.queue.as_ref().map(|queue| format!("queue {queue}")));
    facts.extend(view.line.waited_ms.map(|waited| format!("waited {}", clock(waited))));
    facts.extend(view.line.agent.as_ref().map(|agent| format!("agent {agent}")));
    facts.extend(view.recording.as_ref().map(|capture| format!("recording {capture}")));
    facts.extend((!view.answered).then(|| "not answered".to_owned()));
    facts.extend(view.due_ms.map(|due| format!("goes on by itself in {}", clock(due))));
    let heads =
        [("leg", false), ("side", false), ("device", false), ("state", false), ("hears", false), ("plays", false)];
    format!("{}\n{}", facts.join("   "), columns(&heads, &view.parties.iter().map(row).collect::<Vec<_>>()))
}

fn row(party: &PartyView) -> Vec<String> {
    let dash = |text: String| if text.is_empty() { "-".to_owned() } else { text };
    let holds = if party.holds { ", holds" } else { "" };
    vec![
        party.leg.clone(),
        party.side.clone(),
        dash(party.device.clone().unwrap_or_default()),
        format!("{}{holds}", party.state),
        dash(party.hears.join(" ")),
        dash(party.sound.clone().unwrap_or_default()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::status::CallLine;

    #[test]
    fn a_call_is_shown_with_who_hears_whom() {
        let party = |leg: &str, side: &str, device: &str, hears: &str| PartyView {
            leg: leg.into(),
            side: side.into(),
            device: Some(device.into()),
            state: "up".into(),
            hears: vec![hears.into()],
            ..PartyView::default()
        };
        let caller = PartyView { holds: true, hears: vec![], ..party("l2", "caller", "trunk:acme", "") };
        let callee = PartyView { sound: Some("music/calm.wav".into()), ..party("l5", "callee", "phone:alice", "l2") };
        let view = CallView {
            line: CallLine {
                call: "c1000000003".into(),
                phase: "held".into(),
                caller: "+359888123456".into(),
                called: "+442079460001".into(),
                queue: Some("support".into()),
                agent: Some("alice".into()),
                waited_ms: Some(12_000),
                age_ms: 70_000,
            },
            answered: true,
            parties: vec![caller, callee],
            ..CallView::default()
        };
        let expected = "\
call c1000000003  held   from +359888123456 to +442079460001   01:10 old   queue support   waited 00:12   agent alice
leg  side    device       state      hears  plays
l2   caller  trunk:acme   up, holds  -      -
l5   callee  phone:alice  up         l2     music/calm.wav
";
        assert_eq!(text(&view), expected);
    }
}
