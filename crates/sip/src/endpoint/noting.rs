//! What the operator's log is told of requests that were refused: the first of a kind from a source at once, then one
//! line a minute with the count. A flood costs a look into a bounded table.

use super::Endpoint;
use super::guard::claimed_user;
use super::receive::Incoming;
use crate::face::{Failure, Noted, Refusal};
use crate::message::Method;
use crate::origin::Origin;
use std::time::Duration;
use terms::{Mono, Pii};

/// How often the same is told.
const AGAIN: Duration = Duration::from_secs(60);

/// Refusals of one kind and source.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    when: Mono,
    since: u64,
}

impl Endpoint {
    /// A request was refused.
    pub(super) fn note_refusal(&mut self, incoming: &Incoming, status: u16, why: &'static str) {
        let Some(method) = incoming.message.method() else { return };
        if *method == Method::Register {
            self.note_failure(incoming, status, why);
        }
        let Some(times) = self.times(Origin::of(incoming.remote.ip()), why) else { return };
        let refusal = Refusal {
            method: super::request::counted(method),
            remote: incoming.remote,
            claimed: Pii::new(claimed_user(&incoming.message, method).unwrap_or_default().into_owned()),
            phone: self.claimed_phone(&incoming.message, method),
            status,
            why,
            times,
        };
        self.note(Noted::Refused(refusal));
    }

    /// How often this happened since it was told, if it is to be told now.
    fn times(&mut self, origin: Origin, why: &'static str) -> Option<u64> {
        let (key, now) = (self.keys.refusal(origin, why), self.now.mono);
        let mut first = false;
        let told = self.told.touch(key, || {
            first = true;
            Told { when: now, since: 0 }
        });
        told.since += 1;
        if !first && now.since(told.when) < AGAIN {
            return None;
        }
        told.when = now;
        Some(std::mem::take(&mut told.since))
    }

    /// The last registration of a phone of ours that did not work out.
    fn note_failure(&mut self, incoming: &Incoming, status: u16, why: &'static str) {
        let Some(phone) = self.claimed_phone(&incoming.message, &Method::Register) else { return };
        let same = self.failures.get(&phone).filter(|failure| failure.why == why);
        let times = same.map_or(0, |failure| failure.times).saturating_add(1);
        self.failures.insert(phone, Failure { at: self.now.wall, remote: incoming.remote, status, why, times });
    }
}
