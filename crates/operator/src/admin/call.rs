//! One running call, as `strowger call show` shows it.

use super::status::CallLine;
use call::{At, CallSheet, PartyLine as Party, Side, Standing, State};
use dialplan::Plan;
use media::Sound;
use serde::{Deserialize, Serialize};

/// A running call. Its names are those of `strowger call show --json`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct CallView {
    /// As the list of calls has it.
    #[serde(flatten)]
    pub line: CallLine,
    /// Whether the caller was answered.
    pub answered: bool,
    /// The recording that runs.
    pub recording: Option<String>,
    /// When the call does something by itself, if nothing happens until then.
    pub due_ms: Option<u64>,
    /// Who is in it.
    pub parties: Vec<PartyView>,
}

/// Somebody in a call.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct PartyView {
    /// His leg.
    pub leg: String,
    /// caller, callee, rung, leaving.
    pub side: Side,
    /// Where he is reached, such as `phone:alice` or `trunk:acme`.
    pub device: Option<String>,
    /// up, unanswered, or leaving.
    pub state: State,
    /// apart, talking, aside, or waiting: on hold, or being transferred.
    pub stance: Standing,
    /// Whether he has put the others on hold.
    pub holds: bool,
    /// The legs whose voices he hears.
    pub hears: Vec<String>,
    /// What is played to him: a sound's path, or ringback, busy and so on.
    pub sound: Option<String>,
}

impl CallView {
    /// With the operator's names.
    pub fn of(plan: &Plan, sheet: &CallSheet) -> CallView {
        CallView {
            line: CallLine::of(plan, &sheet.line),
            answered: sheet.answered,
            recording: sheet.recording.map(|capture| capture.to_string()),
            due_ms: sheet.due_ms,
            parties: sheet.parties.iter().map(|party| PartyView::of(plan, party)).collect(),
        }
    }
}

impl PartyView {
    fn of(plan: &Plan, party: &Party) -> PartyView {
        PartyView {
            leg: party.leg.to_string(),
            side: party.side,
            device: party.at.map(|at| device(plan, at)),
            state: party.state,
            stance: party.stance,
            holds: party.holds,
            hears: party.hears.iter().map(ToString::to_string).collect(),
            sound: party.sound.map(|sound| played(plan, sound)),
        }
    }
}

/// Such as `phone:alice` or `trunk:acme`.
pub(super) fn device(plan: &Plan, at: At) -> String {
    match at {
        At::Phone(id) => format!("phone:{}", plan.phone(id).map_or_else(|| id.to_string(), |phone| phone.user.clone())),
        At::Trunk(id) => format!("trunk:{}", plan.trunk(id).map_or_else(|| id.to_string(), |trunk| trunk.name.clone())),
    }
}

fn played(plan: &Plan, sound: Sound) -> String {
    match sound {
        Sound::Prompt(id) => plan.prompt(id).map_or_else(|| id.to_string(), |prompt| prompt.path.clone()),
        Sound::Silence => "silence".into(),
        Sound::Tone(tone) => format!("{tone:?}").to_lowercase(),
    }
}
