//! The asking side (RFC 3261 22.1, 22.4; RFC 7616 3.3, 3.4.6, 5.12): nonces that nobody can forge, and the check.
//!
//! A nonce carries its birth and a keyed hash of that and of the address that it was given to, so a flood of
//! unauthenticated requests costs no memory: only nonces that were used with the right password are remembered, for
//! their counts. The birth is counted from a secret moment: a nonce tells neither since when nor how much we work.

use super::{Algorithm, AuthParams, Bound, hex, joined, response};
use crate::message::{Method, Quoted, Uri};
use crate::origin::Origin;
use sha2::Sha256;
use siphasher::sip::SipHasher24;
use std::collections::BTreeMap;
use std::hash::Hasher;
use std::net::IpAddr;
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
    /// The nonce is too old, not ours, or was given to another address: challenge with `stale=true`. Whether the
    /// password is right was not looked at, so that nobody learns it without a nonce that was given to him.
    Stale,
    /// Wrong password or unknown user, with a good nonce: a try. One answer for both.
    Wrong {
        /// The user name that was claimed.
        user: String,
    },
    /// Not what we asked for. The answer is the same as to a wrong password, but no password was tried.
    Unfit,
    /// With a good nonce, but this count was used before: challenge with `stale=true`. The password was not looked at.
    Replayed,
    /// With a good nonce, but this user must wait: the password was not looked at.
    Braked {
        /// The user name that was claimed.
        user: String,
    },
}

/// What is known of the user that a request claims to be.
#[derive(Clone, Copy)]
pub struct Known<'a> {
    /// His password, if there is such a user.
    pub ha1: Option<Ha1>,
    /// The hashes that he may answer with.
    pub digests: &'a [Algorithm],
    /// Whether he must wait before another password is looked at.
    pub braked: bool,
}

/// What challenges offer unless somebody says otherwise. RFC 8760 2.4: the one that we like best stands first.
pub const USUAL: &[Algorithm] = &[Algorithm::Sha256, Algorithm::Md5];

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

    /// Whether a count could be taken.
    fn would_take(mut self, count: u32) -> bool {
        self.take(count)
    }
}

/// Challenges requests and checks their credentials, for one realm.
pub struct Challenger {
    realm: String,
    secret: [u8; 32],
    /// The key of the nonces' hash.
    key: [u8; 16],
    /// The secret moment from which births are counted, in microseconds before zero.
    offset: u64,
    /// The birth of the last nonce: no two have the same.
    last: u64,
    /// How many used nonces are remembered: `limits::NONCES`.
    memory: usize,
    used: BTreeMap<u64, Counts>,
    /// Nonces born up to then that are not in `used` were forgotten.
    forgotten: u64,
}

/// A nonce: its birth and a keyed hash, 8 bytes each, six bits a letter: it stands in every challenge twice.
const NONCE_LETTERS: usize = (2 * 64_usize).div_ceil(6);
/// RFC 4648 5: letters that need no escape wherever they are written.
const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
/// A secret moment lies so far back at most: what is added to it does not overflow.
const OFFSET_MASK: u64 = u64::MAX >> 2;

impl Challenger {
    /// A challenger for `realm`. `seed` must come from a secret source: who knows it can forge nonces
    /// (though not passwords).
    pub fn new(realm: &str, seed: &[u8]) -> Challenger {
        let derived = |purpose: &[u8]| -> [u8; 32] {
            joined::<Sha256>(&[purpose, realm.as_bytes(), seed]).as_slice().try_into().unwrap_or_default()
        };
        let key = derived(b"nonce").first_chunk().copied().unwrap_or_default();
        let offset = derived(b"offset").first_chunk().copied().unwrap_or_default();
        Challenger {
            realm: realm.into(),
            secret: derived(b"nobody"),
            key,
            offset: u64::from_be_bytes(offset) & OFFSET_MASK,
            last: 0,
            memory: limits::NONCES,
            used: BTreeMap::new(),
            forgotten: 0,
        }
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

    /// The values of WWW-Authenticate (401) or Proxy-Authenticate (407), one header field for each of these hashes, in
    /// this order. Only requests from `source` can be answered with them. They are as short as they can be: what is sent
    /// to a forged address should be hardly more than what was sent in its name.
    pub fn challenges(&mut self, now: Mono, source: IpAddr, stale: bool, digests: &[Algorithm]) -> Vec<String> {
        self.last = self.birth(now).max(self.last.saturating_add(1));
        let nonce = self.nonce(self.last, source);
        let stale = if stale { ",stale=true" } else { "" };
        let realm = Quoted(&self.realm);
        let value = |algorithm: &Algorithm| {
            let algorithm = algorithm.as_str();
            format!("Digest realm={realm},nonce=\"{nonce}\",algorithm={algorithm},qop=\"auth\"{stale}")
        };
        digests.iter().map(value).collect()
    }

    /// A moment as nonces tell it.
    fn birth(&self, now: Mono) -> u64 {
        self.offset.saturating_add(now.as_micros())
    }

    fn nonce(&self, born: u64, source: IpAddr) -> String {
        let mut hasher = SipHasher24::new_with_key(&self.key);
        hasher.write_u64(born);
        // An office's IPv6 addresses change within their /64.
        hasher.write(&Origin::of(source).octets());
        written(u128::from(born) << 64 | u128::from(hasher.finish()))
    }

    /// The birth of a nonce of ours that is still good, and was given to `source`.
    fn good_nonce(&self, now: Mono, source: IpAddr, nonce: &str) -> Option<u64> {
        let born = u64::try_from(read(nonce)? >> 64).ok()?;
        let ours = same(self.nonce(born, source).as_bytes(), nonce.as_bytes());
        let life = u64::try_from(limits::NONCE_LIFE.as_micros()).unwrap_or(u64::MAX);
        let young = self.birth(now).saturating_sub(born) <= life;
        let known = born > self.forgotten || self.used.contains_key(&born);
        (ours && young && known).then_some(born)
    }

    /// Checks the Authorization (or Proxy-Authorization) values of a request that came from `source`. `lookup` knows
    /// the users, and is asked only once the nonce is known to be good; an unknown one costs the same work and gets the
    /// same answer as a wrong password.
    pub fn verify<'a, 'k>(
        &mut self,
        now: Mono,
        source: IpAddr,
        method: &Method,
        uri: &str,
        values: impl Iterator<Item = &'a [u8]>,
        lookup: impl FnOnce(&str) -> Known<'k>,
    ) -> Verdict {
        // RFC 3261 22.2, 22.3: credentials for several realms may stand side by side.
        let ours = |params: &AuthParams<'_>| params.plain("realm").is_some_and(|realm| realm == self.realm);
        let Some(params) = values.filter_map(AuthParams::digest).find(ours) else {
            return Verdict::Missing;
        };
        let Some(claim) = Claim::read(&params) else {
            return Verdict::Unfit;
        };
        let Some(nonce) = self.good_nonce(now, source, claim.nonce) else {
            return Verdict::Stale;
        };
        if !self.is_unused(nonce, claim.count) {
            return Verdict::Replayed;
        }
        let known = lookup(&claim.user);
        if !known.digests.contains(&claim.algorithm) {
            return Verdict::Unfit;
        }
        if known.braked {
            return Verdict::Braked { user: claim.user };
        }
        if !(self.is_right(&claim, method, known.ha1) & binds(claim.uri, uri)) {
            return Verdict::Wrong { user: claim.user };
        }
        self.count(nonce, claim.count);
        Verdict::Ok { user: claim.user }
    }

    fn is_right(&self, claim: &Claim<'_>, method: &Method, found: Option<Ha1>) -> bool {
        // Both are always worked out, so that the time does not tell who exists.
        let nobody = self.nobody(&claim.user);
        let known = found.is_some();
        let ha1 = found.unwrap_or(nobody);
        let ha1 = match claim.algorithm {
            Algorithm::Md5 => hex(&ha1.md5),
            Algorithm::Sha256 => hex(&ha1.sha256),
        };
        let bound = Bound { method: method.as_str(), uri: claim.uri, nonce: claim.nonce, counted: claim.counted };
        let right = same(&response(claim.algorithm, &ha1, bound), claim.response.to_ascii_lowercase().as_bytes());
        right & known
    }

    /// The HA1 of a user that does not exist: as costly as a real one, and right for no password.
    fn nobody(&self, user: &str) -> Ha1 {
        let sha256: [u8; 32] =
            joined::<Sha256>(&[b"nobody", &self.secret, user.as_bytes()]).as_slice().try_into().unwrap_or_default();
        let md5 = sha256.get(..16).and_then(|half| half.try_into().ok()).unwrap_or_default();
        Ha1 { md5, sha256 }
    }

    /// RFC 7616 3.4: nc never comes twice. Without qop there is no nc: such a nonce serves once.
    fn is_unused(&self, nonce: u64, count: Option<u32>) -> bool {
        match (self.used.get(&nonce), count) {
            (Some(counts), Some(count)) => counts.would_take(count),
            (Some(_), None) => false,
            (None, _) => true,
        }
    }

    /// Notes that a count was used.
    fn count(&mut self, nonce: u64, count: Option<u32>) {
        let fresh = match (self.used.get_mut(&nonce), count) {
            (Some(counts), Some(count)) => {
                counts.take(count);
                return;
            }
            (_, Some(count)) => Counts { highest: count, seen: 1 },
            (_, None) => Counts { highest: u32::MAX, seen: u64::MAX },
        };
        while self.used.len() >= self.memory
            && let Some((oldest, _)) = self.used.pop_first()
        {
            self.forgotten = self.forgotten.max(oldest);
        }
        self.used.insert(nonce, fresh);
    }
}

/// A nonce as it is written.
fn written(nonce: u128) -> String {
    let letter = |at: usize| LETTERS.get((nonce >> (6 * at)) as usize & 63).copied().unwrap_or(b'A');
    (0..NONCE_LETTERS).rev().map(|at| char::from(letter(at))).collect()
}

/// What was written so, if it was.
fn read(nonce: &str) -> Option<u128> {
    let value = |letter: u8| {
        Some(match letter {
            b'A'..=b'Z' => letter - b'A',
            b'a'..=b'z' => letter - b'a' + 26,
            b'0'..=b'9' => letter - b'0' + 52,
            b'-' => 62,
            b'_' => 63,
            _ => return None,
        })
    };
    let read = || nonce.bytes().try_fold(0_u128, |before, letter| Some(before << 6 | u128::from(value(letter)?)));
    (nonce.len() == NONCE_LETTERS).then(read).flatten()
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
    fn read(params: &AuthParams<'a>) -> Option<Claim<'a>> {
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
