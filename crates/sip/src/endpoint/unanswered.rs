//! Challenges that nobody answers (RFC 3261 22.2, RFC 8760 2.6). Some devices give up at the first challenge that names
//! SHA-256, although MD5 stands beside it: who left three such challenges unanswered is offered MD5 alone, where MD5 may
//! be offered at all. What is counted here proves nothing about anybody, and is forgotten when there is no room.

use super::Endpoint;
use super::guard::claimed_user;
use super::receive::Incoming;
use crate::digest::Algorithm;
use crate::fingerprint::Fingerprint;
use crate::message::Method;
use crate::origin::Origin;
use smallvec::SmallVec;
use std::time::Duration;
use terms::Mono;

/// After so many the device is taken for one that cannot.
pub(super) const TOO_MANY: u32 = 3;
/// Who did not come back for so long begins anew; phones that fail try again after half an hour at the latest.
const FORGOTTEN: Duration = Duration::from_secs(2 * 3_600);

/// One account of one source that was challenged.
#[derive(Clone, Copy, Debug)]
pub(super) struct Unanswered {
    /// Who said that he is this.
    pub name: Fingerprint,
    /// Challenges in a row without an answer.
    pub count: u32,
    /// The last of them.
    pub last: Mono,
    /// MD5 alone was answered: nothing is wrong any more, and MD5 alone it stays.
    pub settled: bool,
}

impl Unanswered {
    fn new(name: Fingerprint, now: Mono) -> Unanswered {
        Unanswered { name, count: 0, last: now, settled: false }
    }

    fn is_over(&self, now: Mono) -> bool {
        now.since(self.last) >= FORGOTTEN
    }

    /// Whether this is a device that asks again and again.
    pub(super) fn troubles(&self, now: Mono) -> bool {
        self.count >= TOO_MANY && !self.settled && !self.is_over(now)
    }
}

impl Endpoint {
    /// The hashes that a challenge to this request names.
    pub(super) fn asks_for(&mut self, incoming: &Incoming, method: &Method, stale: bool) -> SmallVec<[Algorithm; 2]> {
        let user = claimed_user(&incoming.message, method).unwrap_or_default();
        let gave_up = self.leaves_unanswered(Origin::of(incoming.remote.ip()), &user, method, stale);
        let digests = self.directory.digests(&user, &self.keys);
        match gave_up && digests.contains(&Algorithm::Md5) {
            true => SmallVec::from_slice(&[Algorithm::Md5]),
            false => SmallVec::from_slice(digests),
        }
    }

    /// Counts one more challenge; whether there were too many before it.
    fn leaves_unanswered(&mut self, origin: Origin, user: &str, method: &Method, stale: bool) -> bool {
        let (key, now) = (self.keys.claim(origin, user), self.now.mono);
        if stale || !matches!(method, Method::Register | Method::Invite) {
            return self.unanswered.get(&key).is_some_and(|known| known.count >= TOO_MANY && !known.is_over(now));
        }
        let keys = &self.keys;
        let known = self.unanswered.touch(key, || Unanswered::new(keys.name(user), now));
        if known.is_over(now) {
            *known = Unanswered::new(known.name, now);
        }
        let before = known.count;
        known.last = now;
        if !known.settled {
            known.count = known.count.saturating_add(1);
        }
        before >= TOO_MANY
    }

    /// Somebody answered a challenge, rightly or not: he can.
    pub(super) fn challenge_answered(&mut self, incoming: &Incoming, method: &Method) {
        if self.unanswered.len() == 0 {
            return;
        }
        let user = claimed_user(&incoming.message, method).unwrap_or_default();
        let key = self.keys.claim(Origin::of(incoming.remote.ip()), &user);
        if let Some(known) = self.unanswered.remove(&key).filter(|known| known.count >= TOO_MANY) {
            let settled = Unanswered { last: self.now.mono, settled: true, ..known };
            self.unanswered.touch(key, || settled);
        }
    }
}
