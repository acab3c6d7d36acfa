//! The answering side (RFC 3261 22.2, 22.3; RFC 7616 3.4; RFC 8760 2.4): credentials for somebody else's challenge.
//! How often to try is for the caller: once after a challenge, once more after `stale`.

use super::{Algorithm, AuthParams, Bound, ha1_md5, ha1_sha256, hex, joined, response};
use crate::message::{Message, Method, Name, Quoted};
use sha2::Sha256;

/// What became of a challenge.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Challenged {
    /// Taken: send the request again with `authorize`.
    Taken,
    /// The same nonce again and not stale: our password is wrong.
    Refused,
    /// No challenge that we can answer.
    Unsupported,
}

/// One challenge that we answer.
#[derive(Clone, Debug)]
struct Session {
    /// Where the answer goes: Authorization or Proxy-Authorization.
    header: Name,
    realm: String,
    nonce: String,
    opaque: Option<String>,
    algorithm: Algorithm,
    /// Whether the challenge named its algorithm (then so do we).
    named: bool,
    counted: bool,
    count: u32,
}

/// Answers challenges for one user.
#[derive(Clone)]
pub struct Answerer {
    user: String,
    password: String,
    seed: [u8; 32],
    drawn: u64,
    sessions: Vec<Session>,
}

/// Challenges answered side by side: one by the server, and one by each of a few proxies.
const SESSIONS: usize = 4;

impl Answerer {
    /// An answerer for a user; `seed` feeds the client nonces.
    pub fn new(user: &str, password: &str, seed: u64) -> Answerer {
        let seed = joined::<Sha256>(&[b"cnonce", &seed.to_be_bytes(), user.as_bytes()]);
        let seed = seed.as_slice().try_into().unwrap_or_default();
        Answerer { user: user.into(), password: password.into(), seed, drawn: 0, sessions: Vec::new() }
    }

    /// Takes the challenges of a 401 or 407. Of several for a realm, the strongest that we know.
    pub fn take(&mut self, response: &Message) -> Challenged {
        let www = self.take_from(response, Name::WwwAuthenticate, Name::Authorization);
        let proxy = self.take_from(response, Name::ProxyAuthenticate, Name::ProxyAuthorization);
        match (www, proxy) {
            (Challenged::Refused, _) | (_, Challenged::Refused) => Challenged::Refused,
            (Challenged::Taken, _) | (_, Challenged::Taken) => Challenged::Taken,
            _ => Challenged::Unsupported,
        }
    }

    fn take_from(&mut self, response: &Message, asked: Name, header: Name) -> Challenged {
        let mut best: Vec<(Session, bool)> = Vec::new();
        for params in response.raw(asked).filter_map(AuthParams::digest) {
            let Some(session) = Session::read(&params, header) else { continue };
            let stale = params.raw("stale").is_some_and(|stale| stale.eq_ignore_ascii_case("true"));
            match best.iter().position(|(other, _)| other.realm == session.realm) {
                Some(at) => {
                    if let Some(other) = best.get_mut(at).filter(|(other, _)| other.algorithm < session.algorithm) {
                        *other = (session, stale);
                    }
                }
                None if best.len() < SESSIONS => best.push((session, stale)),
                None => {}
            }
        }
        let mut outcome = Challenged::Unsupported;
        for (session, stale) in best {
            let known = self.sessions.iter().position(|s| s.header == header && s.realm == session.realm);
            if let Some(old) = known.and_then(|at| self.sessions.get(at))
                && old.nonce == session.nonce
                && old.count > 0
                && !stale
            {
                return Challenged::Refused;
            }
            if let Some(at) = known {
                self.sessions.remove(at);
            }
            self.sessions.push(session);
            outcome = Challenged::Taken;
        }
        let surplus = self.sessions.len().saturating_sub(SESSIONS);
        self.sessions.drain(..surplus);
        outcome
    }

    /// The header fields for a request: one for each challenge taken so far. Each call counts on.
    pub fn authorize(&mut self, method: &Method, uri: &str) -> Vec<(Name, String)> {
        let mut sessions = std::mem::take(&mut self.sessions);
        let fields = sessions.iter_mut().map(|session| (session.header, self.answer(session, method, uri))).collect();
        self.sessions = sessions;
        fields
    }

    fn cnonce(&mut self) -> String {
        self.drawn += 1;
        let hash = joined::<Sha256>(&[&self.seed, &self.drawn.to_be_bytes()]);
        hex(hash.get(..12).unwrap_or_default()).into_iter().map(char::from).collect()
    }

    fn answer(&mut self, session: &mut Session, method: &Method, uri: &str) -> String {
        session.count = session.count.saturating_add(1);
        let (nc, cnonce) = (format!("{:08x}", session.count), self.cnonce());
        // unq() keeps escapes, so HA1 of an escaped realm is of its plain text, as the server stores it.
        let ha1 = match session.algorithm {
            Algorithm::Md5 => hex(&ha1_md5(&self.user, &session.realm, &self.password)),
            Algorithm::Sha256 => hex(&ha1_sha256(&self.user, &session.realm, &self.password)),
        };
        let counted = session.counted.then_some((nc.as_str(), cnonce.as_str()));
        let bound = Bound { method: method.as_str(), uri, nonce: &session.nonce, counted };
        let answer: String = response(session.algorithm, &ha1, bound).into_iter().map(char::from).collect();
        let mut value = format!(
            "Digest username={}, realm={}, nonce=\"{}\", uri=\"{uri}\", response=\"{answer}\"",
            Quoted(&self.user),
            Quoted(&session.realm),
            session.nonce
        );
        if session.named {
            value.push_str(&format!(", algorithm={}", session.algorithm.as_str()));
        }
        if let Some(opaque) = &session.opaque {
            value.push_str(&format!(", opaque=\"{opaque}\""));
        }
        if session.counted {
            value.push_str(&format!(", qop=auth, nc={nc}, cnonce=\"{cnonce}\""));
        }
        value
    }
}

impl Session {
    /// A challenge that we can answer: a known algorithm, and qop absent or offering `auth`.
    fn read(params: &AuthParams<'_>, header: Name) -> Option<Session> {
        let counted = match params.lists("qop", "auth") {
            Some(false) => return None,
            offered => offered.is_some(),
        };
        Some(Session {
            header,
            realm: params.plain("realm")?.into_owned(),
            nonce: params.raw("nonce")?.to_owned(),
            opaque: params.raw("opaque").map(str::to_owned),
            algorithm: Algorithm::of(params.raw("algorithm"))?,
            named: params.raw("algorithm").is_some(),
            counted,
            count: 0,
        })
    }
}

impl std::fmt::Debug for Answerer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Answerer({})", self.user)
    }
}
