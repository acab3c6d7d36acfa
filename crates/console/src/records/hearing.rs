//! Whoever hears a recording is written down: when it begins, and not with each part of it that a player asks for.

use crate::Console;
use crate::access::Viewer;
use crate::wire::problem::{Kind, Problem};
use ledger::{Access, Look, Looked};
use serde_json::json;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;
use terms::{CallRef, CaptureId, Mono};

/// What is asked for again within so long is the same hearing.
const PAUSE: Duration = Duration::from_secs(600);
/// Hearings that are remembered; past them one is written down twice.
const REMEMBERED: usize = 1_000;

/// Those that go on: who hears which, and when it was asked for last.
#[derive(Debug, Default)]
pub struct Hearings(Mutex<BTreeMap<(String, CaptureId), Mono>>);

impl Hearings {
    /// Whether it begins now.
    fn begins(&self, by: &str, recording: CaptureId, now: Mono) -> bool {
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.len() >= REMEMBERED {
            all.retain(|_, last| now.since(*last) < PAUSE);
        }
        if all.len() >= REMEMBERED {
            all.clear();
        }
        all.insert((by.to_owned(), recording), now).is_none_or(|last| now.since(last) >= PAUSE)
    }

    /// It was not written down: it has not begun.
    fn forget(&self, by: &str, recording: CaptureId) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&(by.to_owned(), recording));
    }
}

/// What somebody does with a recording.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    /// He plays it.
    Plays,
    /// He takes it away.
    Saves,
}

impl Console {
    /// Somebody is about to hear a recording: before he does, it is on its way to the account; where that takes nothing,
    /// nobody hears anything.
    pub async fn heard(
        &self,
        (viewer, address): (&Viewer, IpAddr),
        how: How,
        (recording, call): (CaptureId, CallRef),
    ) -> Result<(), Problem> {
        let (now, by) = (self.hub.switch.now(), viewer.actor().to_string());
        if how == How::Plays && !self.hearings.begins(&by, recording, now.mono) {
            return Ok(());
        }
        let what = if how == How::Plays { Looked::RecordingPlayed } else { Looked::RecordingSaved }.into();
        let subject = json!({ "recording": recording.to_string(), "call": call.to_string() });
        let look = Look { at: now.wall, by: by.clone(), what, address: address.to_string(), subject };
        let users = self.access.users.as_ref().ok_or(Kind::NOT_READY)?;
        if users.tell_surely(Access::Looked(look)).await {
            return Ok(());
        }
        self.hearings.forget(&by, recording);
        Err(Kind::NOT_READY.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_player_asks_for_by_parts_is_one_hearing_until_he_pauses() {
        let hearings = Hearings::default();
        let begins = |by: &str, recording, s| {
            hearings.begins(by, CaptureId(recording), Mono::default() + Duration::from_secs(s))
        };
        assert!(begins("anna", 1, 0) && !begins("anna", 1, 1) && !begins("anna", 1, 600));
        assert!(begins("boris", 1, 600) && begins("anna", 2, 600), "each hears each");
        assert!(begins("anna", 1, 1_200), "it was paused for ten minutes");
    }

    #[test]
    fn what_is_remembered_has_an_end() {
        let hearings = Hearings::default();
        for n in 0..10_000 {
            assert!(hearings.begins("anna", CaptureId(n), Mono::default()));
        }
        assert!(hearings.0.lock().unwrap().len() <= REMEMBERED);
    }
}
