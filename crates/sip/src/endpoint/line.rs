//! The legs of phones as a lamp shows them (RFC 4235 3.7.1): what is going on, and with whom.

use super::Endpoint;
use super::leg::{Leg, Peer, Phase};
use crate::face::{Line, LineState};
use crate::message::Uri;
use terms::{LegId, Pii};

impl Endpoint {
    /// What a leg of a phone is doing; none: it is over, or no phone's.
    pub fn line(&self, id: LegId) -> Option<Line> {
        line(id, self.legs.get(&id)?)
    }

    /// Every leg of a phone.
    pub fn lines(&self) -> Vec<Line> {
        let mut lines: Vec<Line> = self.legs.iter().filter_map(|(id, leg)| line(*id, leg)).collect();
        lines.sort_unstable_by_key(|line| line.leg);
        lines
    }
}

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
