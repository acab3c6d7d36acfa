//! `strowger call`: a running call looked into, ended, or with somebody sent on, put on hold, parked, asking somebody
//! else or taking him in.

use super::calling::{CallVerb, ModeWish};
use super::client;
use crate::admin::call::{CallView, PartyView};
use crate::admin::table::{clock, columns};
use crate::admin::wire::Reply;
use crate::terminal::say;
use anyhow::{Context as _, bail};
use control::{Verb, View};
use std::path::Path;
use terms::{CallRef, WatchMode, Word as _};

/// Does it, and prints what is seen or was done.
pub(super) fn call(verb: CallVerb) -> anyhow::Result<()> {
    match verb {
        CallVerb::Show { call, json, switch } => show(&switch.control()?, call, json),
        CallVerb::Hangup { call, switch } => client::ask(&switch.control()?, Verb::Hangup { call }),
        CallVerb::Transfer { call, target: to, party, switch } => {
            client::ask(&switch.control()?, Verb::Transfer { call, party, to })
        }
        CallVerb::Consult { call, target: to, party, switch } => {
            client::ask(&switch.control()?, Verb::Consult { call, party, to })
        }
        CallVerb::Dial { agent, phone, to, switch } => client::ask(&switch.control()?, Verb::Dial { agent, phone, to }),
        CallVerb::Park { call, slot, party, switch } => {
            client::ask(&switch.control()?, Verb::Park { call, party, slot })
        }
        CallVerb::Pickup { from, at, switch } => client::ask(&switch.control()?, Verb::Pickup { at, from }),
        CallVerb::Retrieve { slot, at, switch } => client::ask(&switch.control()?, Verb::Retrieve { slot, at }),
        CallVerb::Swap { call, switch } => client::ask(&switch.control()?, Verb::Swap { call }),
        CallVerb::Join { call, switch } => client::ask(&switch.control()?, Verb::Join { call }),
        CallVerb::Leave { call, party, switch } => client::ask(&switch.control()?, Verb::Leave { call, party }),
        CallVerb::Complete { call, switch } => client::ask(&switch.control()?, Verb::Complete { call }),
        CallVerb::Back { call, switch } => client::ask(&switch.control()?, Verb::Back { call }),
        CallVerb::Listen { call, at, mode, party, switch } => {
            let mode = watch_mode(mode).context("who listens may take over later: strowger call mode CALL takeover")?;
            client::ask(&switch.control()?, listen(call, at, party, mode)?)
        }
        CallVerb::Play { call, sound, to, switch } => {
            client::ask(&switch.control()?, Verb::Play { call, sound, to: Some(to).filter(|to| to != "all") })
        }
        CallVerb::Mode { call, mode, party, switch } => client::ask(
            &switch.control()?,
            match watch_mode(mode) {
                Some(mode) => Verb::Mode { call, party, mode },
                None => Verb::TakeOver { call, party },
            },
        ),
        CallVerb::Hold { call, party, off, switch } => client::ask(&switch.control()?, hold(call, party, off)),
    }
}

fn hold(call: CallRef, party: String, off: bool) -> Verb {
    let party = Some(party);
    if off { Verb::Resume { call, party } } else { Verb::Hold { call, party } }
}

/// To a call, or to whatever call somebody is in.
fn listen(what: String, at: String, party: Option<String>, mode: WatchMode) -> anyhow::Result<Verb> {
    match (what.parse(), party) {
        (Ok(call), party) => Ok(Verb::Listen { call, at, party, mode }),
        (Err(_), None) if what.contains(':') => Ok(Verb::Observe { whom: what, at, mode }),
        (Err(_), Some(_)) => bail!("--party is of a call: {what} is none"),
        (Err(_), None) => bail!("{what:?}: write a call as it is listed, agent:NAME or phone:NAME"),
    }
}

/// None: he takes over.
fn watch_mode(wish: ModeWish) -> Option<WatchMode> {
    match wish {
        ModeWish::Listen => Some(WatchMode::Listen),
        ModeWish::Whisper => Some(WatchMode::Whisper),
        ModeWish::Barge => Some(WatchMode::Barge),
        ModeWish::Takeover => None,
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
    let heads = ["leg", "side", "device", "state", "stance", "hears", "plays"].map(|head| (head, false));
    format!("{}\n{}", facts.join("   "), columns(&heads, &view.parties.iter().map(row).collect::<Vec<_>>()))
}

fn row(party: &PartyView) -> Vec<String> {
    let dash = |text: String| if text.is_empty() { "-".to_owned() } else { text };
    let holds = if party.holds { ", holds" } else { "" };
    vec![
        party.leg.clone(),
        party.side.word().to_owned(),
        dash(party.device.clone().unwrap_or_default()),
        format!("{}{holds}", party.state.word()),
        party.stance.word().to_owned(),
        dash(party.hears.join(" ")),
        dash(party.sound.clone().unwrap_or_default()),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admin::status::CallLine;
    use call::{Side, Standing, State};

    #[test]
    fn a_call_is_shown_with_who_hears_whom() {
        let party = |leg: &str, side, device: &str, hears: &str| PartyView {
            leg: leg.into(),
            side,
            device: Some(device.into()),
            state: State::Up,
            stance: Standing::Talking,
            hears: vec![hears.into()],
            ..PartyView::default()
        };
        let caller = PartyView { holds: true, hears: vec![], ..party("l2", Side::Caller, "trunk:acme", "") };
        let sound = Some("music/calm.wav".into());
        let callee = PartyView { sound, ..party("l5", Side::Callee, "phone:alice", "l2") };
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
leg  side    device       state      stance   hears  plays
l2   caller  trunk:acme   up, holds  talking  -      -
l5   callee  phone:alice  up         talking  l2     music/calm.wav
";
        assert_eq!(text(&view), expected);
    }
}
