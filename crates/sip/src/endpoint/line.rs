//! The legs of phones as a lamp shows them (RFC 4235 3.7.1): what is going on, and with whom.

use super::Endpoint;
use super::leg::{Leg, Peer, Phase};
use crate::face::{Handle, Line, LineState};
use crate::message::{Replaces, Uri};
use terms::{LegId, PhoneId, Pii};

impl Endpoint {
    /// What a leg of a phone is doing; none: it is over, or no phone's.
    pub fn line(&self, id: LegId) -> Option<Line> {
        line(id, self.legs.get(&id)?)
    }

    /// Every leg of a phone, with whose it is.
    pub fn phone_legs(&self) -> Vec<(LegId, PhoneId)> {
        let whose = |leg: &Leg| match leg.peer {
            Peer::Phone(phone) if state(leg).is_some() => Some(phone),
            _ => None,
        };
        let legs = self.legs.iter().filter_map(|(id, leg)| Some((*id, whose(leg)?)));
        let mut legs: Vec<(LegId, PhoneId)> = legs.collect();
        legs.sort_unstable();
        legs
    }

    /// What names a leg to whoever may take its call: made of its number and a secret, and kept nowhere.
    pub fn handle(&self, id: LegId) -> Handle {
        let number = format!("{:x}", id.0);
        let print = self.keys.handle(&number).to_string();
        let (local, remote) = print.split_at(print.len() / 2);
        Handle { call_id: format!("{HANDLE}{number}"), local_tag: local.to_owned(), remote_tag: remote.to_owned() }
    }

    /// The leg that a handle of ours names. Phones write the tags either way round.
    pub(super) fn by_handle(&self, replaces: &Replaces<'_>) -> Option<LegId> {
        let number = replaces.call_id.strip_prefix(HANDLE)?;
        let id = LegId(u64::from_str_radix(number, 16).ok()?);
        let Handle { local_tag, remote_tag, .. } = self.handle(id);
        let ours = [&*local_tag, &*remote_tag];
        let theirs = [&*replaces.to_tag, &*replaces.from_tag];
        (theirs == ours || theirs == [ours[1], ours[0]]).then_some(id)
    }
}

/// What a handle begins with.
const HANDLE: &str = "lamp-";

fn line(id: LegId, leg: &Leg) -> Option<Line> {
    let Peer::Phone(phone) = leg.peer else { return None };
    let state = state(leg)?;
    let (number, name) = far_side(leg);
    Some(Line { leg: id, phone, state, number: Pii::new(number), name: name.map(Pii::new) })
}

fn state(leg: &Leg) -> Option<LineState> {
    if leg.told {
        return None;
    }
    match &leg.phase {
        Phase::Waiting { .. } | Phase::Offered { progress: None, .. } => Some(LineState::Trying),
        Phase::Placed { .. } if leg.dialogs.is_empty() => Some(LineState::Trying),
        Phase::Placed { .. } | Phase::Offered { .. } => Some(LineState::Early),
        Phase::Answered | Phase::Owing { .. } | Phase::Up => Some(LineState::Confirmed),
        Phase::Closing | Phase::Lingering => None,
    }
}

/// Who is at the other end, as the phone itself was told.
fn far_side(leg: &Leg) -> (String, Option<String>) {
    let shown = leg.shown.as_deref();
    let party = match (&leg.phase, leg.dialog().or(leg.dialogs.first())) {
        (_, Some(dialog)) => shown.or(Some(&dialog.local)),
        (Phase::Waiting { draft } | Phase::Placed { draft, .. }, None) => shown.or(Some(&draft.from)),
        (_, None) => shown,
    };
    let number = party.map(|party| subscriber(&party.uri)).unwrap_or_default();
    (number, party.and_then(|party| party.display.clone()))
}

fn subscriber(uri: &str) -> String {
    Uri::parse(uri).ok().and_then(|uri| uri.subscriber().map(|user| user.into_owned())).unwrap_or_default()
}
