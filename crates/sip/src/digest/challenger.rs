//! The asking side (RFC 3261 22.1, 22.4; RFC 7616 3.3, 3.4.6, 5.12): nonces that nobody can forge, and the check.
//!
//! A nonce carries its birth and a keyed hash, so a flood of unauthenticated requests costs no memory:
//! only nonces that were used with the right password are remembered, for their counts.

use super::{Algorithm, AuthParams, Bound, hex, joined, response};
use crate::message::{Method, Quoted, Uri};
use sha2::Sha256;
use std::collections::BTreeMap;
use terms::{Mono, limits};

/// What is kept of a password: its hash with user and realm, under both algorithms.
#[derive(Clone, Copy)]
pub struct Ha1 {
    /// MD5(user:realm:password).
    pub md5: [u8; 16],
    /// SHA-256(user:realm:password).
    pub sha256: [u8; 32],
}

/// What a request's credentials are worth.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// Right and fresh.
    Ok {
        /// The user name that was proven.
        user: String,
    },
    /// None for our realm.
    Missing,
    /// Right, but the nonce is too old or not ours: challenge with `stale=true`.
    Stale,
    /// Wrong password, unknown user, or not what we asked for. One answer for all of these.
    Wrong,
    /// Right, but this nonce count was used before: challenge with `stale=true`.
    Replayed,
}

impl Verdict {
    /// Whether the next challenge may say that the password was right.
    pub fn is_stale(&self) -> bool {
        matches!(self, Verdict::Stale | Verdict::Replayed)
    }
}

/// The counts used with one nonce: the highest, and which of the 64 below it.
#[derive(Clone, Copy, Debug)]
struct Counts {
    highest: u32,
    seen: u64,
}

impl Counts {
    /// Notes a count; false when it was used before, or is too far behind to know. Datagrams overtake
    /// one another, so a count may come late, but never twice.
    fn take(&mut self, count: u32) -> bool {
        if count > self.highest {
            let ahead = count - self.highest;
            self.seen = self.seen.checked_shl(ahead).unwrap_or(0) | 1;
            self.highest = count;
            return true;
        }
        let bit = 1_u64.checked_shl(self.highest - count).unwrap_or(0);
        let fresh = bit != 0 && self.seen & bit == 0;
        self.seen |= bit;
        fresh
    }
}

/// Challenges requests and checks their credentials, for one realm.
pub struct Challenger {
    realm: String,
    secret: [u8; 32],
    opaque: String,
    algorithms: Vec<Algorithm>,
    issued: u64,
    /// How many used nonces are remembered: `limits::NONCES`.
    memory: usize,
    used: BTreeMap<u64, Counts>,
    /// Nonces up to this number that are not in `used` were forgotten.
    forgotten: u64,
}

/// A nonce: number and birth (8 bytes each) and 16 bytes of keyed hash, in hex.
const NONCE_HEX: usize = 2 * (8 + 8 + 16);

impl Challenger {
    /// A challenger for `realm`. `seed` must come from a secret source: who knows it can forge nonces
    /// (though not passwords).
    pub fn new(realm: &str, seed: &[u8]) -> Challenger {
        let secret: [u8; 32] = joined::<Sha256>(&[b"nonce", seed]).as_slice().try_into().unwrap_or_default();
        let opaque = joined::<Sha256>(&[b"opaque", &secret]);
        let opaque = hex(opaque.get(..8).unwrap_or_default()).into_iter().map(char::from).collect();
        Challenger {
            realm: realm.into(),
            secret,
            opaque,
            // RFC 8760 2.4: the one we like best stands first.
            algorithms: vec![Algorithm::Sha256, Algorithm::Md5],
            issued: 0,
            memory: limits::NONCES,
            used: BTreeMap::new(),
            forgotten: 0,
        }
    }

    /// Offers and accepts only these, the one we like best first.
    pub fn with_algorithms(mut self, algorithms: &[Algorithm]) -> Challenger {
        self.algorithms = algorithms.to_vec();
        self
    }

    /// Remembers the counts of fewer nonces than `limits::NONCES`.
    pub fn with_memory(mut self, nonces: usize) -> Challenger {
        self.memory = nonces.clamp(1, limits::NONCES);
        self
    }

    /// The realm.
    pub fn realm(&self) -> &str {
        &self.realm
    }

    /// Nonces remembered for their counts.
    pub fn remembered(&self) -> usize {
        self.used.len()
    }

    /// The values of WWW-Authenticate (401) or Proxy-Authenticate (407), one header field each, in this order.
    pub fn challenges(&mut self, now: Mono, stale: bool) -> Vec<String> {
        self.issued += 1;
        let nonce = self.nonce(self.issued, now);
        let stale = if stale { ", stale=true" } else { "" };
        let (realm, opaque) = (Quoted(&self.realm), &self.opaque);
        let value = |algorithm: &Algorithm| {
            let algorithm = algorithm.as_str();
            format!(
                "Digest realm={realm}, nonce=\"{nonce}\", opaque=\"{opaque}\", algorithm={algorithm}, qop=\"auth\"{stale}"
            )
        };
        self.algorithms.iter().map(value).collect()
    }

    fn nonce(&self, number: u64, born: Mono) -> String {
        let (number, born) = (number.to_be_bytes(), born.as_micros().to_be_bytes());
        let mac = joined::<Sha256>(&[&self.secret, &number, &born, self.realm.as_bytes()]);
        let mac = mac.get(..16).unwrap_or_default();
        hex(&[&number[..], &born[..], mac].concat()).into_iter().map(char::from).collect()
    }

    /// The number of a nonce of ours that is still good.
    fn good_nonce(&self, now: Mono, nonce: &str) -> Option<u64> {
        if nonce.len() != NONCE_HEX {
            return None;
        }
        let number = u64::from_str_radix(nonce.get(..16)?, 16).ok()?;
        let born = Mono::from_micros(u64::from_str_radix(nonce.get(16..32)?, 16).ok()?);
        let ours = same(self.nonce(number, born).as_bytes(), nonce.as_bytes());
        let young = born <= now && now.since(born) <= limits::NONCE_LIFE;
        let known = number > self.forgotten || self.used.contains_key(&number);
        (ours && young && known).then_some(number)
    }

    /// Checks the Authorization (or Proxy-Authorization) values of a request. `lookup` knows the users;
    /// an unknown one costs the same work and gets the same answer as a wrong password.
    pub fn verify<'a>(
        &mut self,
        now: Mono,
        method: &Method,
        uri: &str,
        values: impl Iterator<Item = &'a [u8]>,
        lookup: impl FnOnce(&str) -> Option<Ha1>,
    ) -> Verdict {
        // RFC 3261 22.2, 22.3: credentials for several realms may stand side by side.
        let ours = |params: &AuthParams<'_>| params.plain("realm").is_some_and(|realm| realm == self.realm);
        let Some(params) = values.filter_map(AuthParams::digest).find(ours) else {
            return Verdict::Missing;
        };
        let Some(claim) = Claim::read(params) else {
            return Verdict::Wrong;
        };
        // Both are always worked out, so that the time does not tell who exists.
        let (found, nobody) = (lookup(&claim.user), self.nobody(&claim.user));
        let known = found.is_some();
        let ha1 = found.unwrap_or(nobody);
        let ha1 = match claim.algorithm {
            Algorithm::Md5 => hex(&ha1.md5),
            Algorithm::Sha256 => hex(&ha1.sha256),
        };
        let bound = Bound { method: method.as_str(), uri: claim.uri, nonce: claim.nonce, counted: claim.counted };
        let right = same(&response(claim.algorithm, &ha1, bound), claim.response.to_ascii_lowercase().as_bytes());
        let offered = self.algorithms.contains(&claim.algorithm);
        if !(right & known & offered && binds(claim.uri, uri)) {
            return Verdict::Wrong;
        }
        let Some(number) = self.good_nonce(now, claim.nonce) else {
            return Verdict::Stale;
        };
        match self.count(number, claim.count) {
            true => Verdict::Ok { user: claim.user },
            false => Verdict::Replayed,
        }
    }

    /// The HA1 of a user that does not exist: as costly as a real one, and right for no password.
    fn nobody(&self, user: &str) -> Ha1 {
        let sha256: [u8; 32] =
            joined::<Sha256>(&[b"nobody", &self.secret, user.as_bytes()]).as_slice().try_into().unwrap_or_default();
        let md5 = sha256.get(..16).and_then(|half| half.try_into().ok()).unwrap_or_default();
        Ha1 { md5, sha256 }
    }

    /// RFC 7616 3.4: nc never comes twice. Without qop there is no nc: such a nonce serves once.
    fn count(&mut self, number: u64, count: Option<u32>) -> bool {
        let fresh = match (self.used.get_mut(&number), count) {
            (Some(counts), Some(count)) => return counts.take(count),
            (Some(_), None) => return false,
            (None, Some(count)) => Counts { highest: count, seen: 1 },
            (None, None) => Counts { highest: u32::MAX, seen: u64::MAX },
        };
        while self.used.len() >= self.memory
            && let Some((oldest, _)) = self.used.pop_first()
        {
            self.forgotten = self.forgotten.max(oldest);
        }
        self.used.insert(number, fresh);
        true
    }
}

/// What a request claims.
struct Claim<'a> {
    user: String,
    algorithm: Algorithm,
    uri: &'a str,
    nonce: &'a str,
    response: &'a str,
    counted: Option<(&'a str, &'a str)>,
    count: Option<u32>,
}

impl<'a> Claim<'a> {
    fn read(params: AuthParams<'a>) -> Option<Claim<'a>> {
        let (counted, count) = match params.raw("qop") {
            Some(qop) if qop.eq_ignore_ascii_case("auth") => {
                let (nc, cnonce) = (params.raw("nc")?, params.raw("cnonce")?);
                let count = u32::from_str_radix(nc, 16).ok().filter(|&n| n > 0 && nc.len() == 8)?;
                (Some((nc, cnonce)), Some(count))
            }
            Some(_) => return None,
            None => (None, None),
        };
        Some(Claim {
            user: params.plain("username")?.into_owned(),
            algorithm: Algorithm::of(params.raw("algorithm"))?,
            uri: params.raw("uri")?,
            nonce: params.raw("nonce")?,
            response: params.raw("response")?,
            counted,
            count,
        })
    }
}

/// RFC 7616 3.4.6: the digest's URI must be the request's. Proxies and simple clients change host, port
/// and parameters on the way; the user part says what the password was given for, so where the digest
/// names one it must be the same.
fn binds(signed: &str, requested: &str) -> bool {
    match (Uri::parse(signed), Uri::parse(requested)) {
        (Ok(signed), Ok(requested)) => signed.user_raw().is_none() || signed.user() == requested.user(),
        _ => signed == requested,
    }
}

/// Whether two byte strings are the same, in a time that does not tell where they differ.
fn same(a: &[u8], b: &[u8]) -> bool {
    let difference = a.iter().zip(b).fold(0, |acc, (x, y)| std::hint::black_box(acc | (x ^ y)));
    a.len() == b.len() && difference == 0
}
