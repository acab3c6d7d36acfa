//! Who sent this? A carrier is known by its address; everybody else must prove to be a phone of ours
//! (RFC 3261 22). Nothing is kept for those who do not: challenges cost no memory.

use super::Endpoint;
use super::receive::Incoming;
use super::refuse::challenge_status;
use crate::digest::{Algorithm, Ha1, Known, Verdict};
use crate::face::{Noted, Output, Source};
use crate::message::{Builder, Message, Method, Name};
use crate::origin::Origin;
use crate::registrar::Binding;
use std::borrow::Cow;
use terms::PhoneId;

/// What somebody has proved.
pub(super) enum Proof {
    /// To be this phone.
    Phone(PhoneId),
    /// Nothing: he is to be challenged.
    None {
        /// What he proved, he proved too late.
        stale: bool,
    },
    /// Nothing, and he was told so.
    Refused,
}

impl Endpoint {
    /// The sender of a request outside of a dialog; none when it was challenged or refused.
    pub(super) fn identify(&mut self, incoming: &Incoming, method: &Method) -> Option<Source> {
        let message = &incoming.message;
        let (asked, _) = names(method);
        let address = incoming.remote.ip();
        let trunk = self.directory.trunk_at(address).or_else(|| self.registered_trunk(address, message));
        let trunk = trunk.filter(|_| !self.is_phone(incoming, method));
        if let Some(trunk) = trunk
            && !message.has(asked)
        {
            return Some(Source::Trunk(trunk));
        }
        match self.prove(incoming, method) {
            Proof::Phone(phone) => Some(Source::Phone(phone)),
            Proof::Refused => None,
            // A carrier may pass on credentials for somebody else's realm.
            Proof::None { stale: false } if trunk.is_some() => trunk.map(Source::Trunk),
            Proof::None { stale } => {
                self.challenge(incoming, method, stale);
                None
            }
        }
    }

    /// What the credentials of a request prove. Wrong ones are answered here.
    pub(super) fn prove(&mut self, incoming: &Incoming, method: &Method) -> Proof {
        let (asked, _) = names(method);
        let verdict = self.verify(incoming, method, asked);
        if verdict != Verdict::Missing {
            self.challenge_answered(incoming, method);
        }
        match verdict {
            Verdict::Ok { user } => match self.directory.user(&user) {
                Some(account) => Proof::Phone(account.id),
                None => Proof::Refused,
            },
            // A phone that does not exist and a password that is wrong look the same from outside.
            Verdict::Wrong { user } => {
                self.count_try(incoming, &user);
                self.refuse_stateless(incoming, 403, "", "wrong credentials");
                Proof::Refused
            }
            Verdict::Unfit => {
                self.refuse_stateless(incoming, 403, "", "unfit credentials");
                Proof::Refused
            }
            Verdict::Braked { user } => {
                self.hold(incoming, &user);
                Proof::Refused
            }
            Verdict::Missing => Proof::None { stale: false },
            Verdict::Stale | Verdict::Replayed => Proof::None { stale: true },
        }
    }

    fn verify(&mut self, incoming: &Incoming, method: &Method, asked: Name) -> Verdict {
        let message = &incoming.message;
        let Endpoint { directory, registrar, brake, keys, challenger, now, .. } = self;
        let lookup = |user: &str| {
            let account = directory.user(user);
            let bindings = account.map_or(&[][..], |account| registrar.of(account.id));
            // Who is registered from this very port proved himself there: a neighbour's guesses are not his.
            let proven = bindings.iter().any(|binding| binding.source == incoming.remote);
            let origin = Origin::of(incoming.remote.ip());
            Known {
                ha1: account.map(|account| Ha1 { md5: account.ha1_md5, sha256: account.ha1_sha256 }),
                digests: directory.digests(user, keys),
                braked: !proven && brake.pause(origin, user, reside(bindings, origin), now.mono).is_some(),
            }
        };
        challenger.verify(now.mono, incoming.remote.ip(), method, message.uri_raw(), message.raw(asked), lookup)
    }

    /// Whether a user has a binding that came from this source.
    fn is_resident(&self, origin: Origin, user: &str) -> bool {
        self.directory.user(user).is_some_and(|account| reside(self.registrar.of(account.id), origin))
    }

    fn count_try(&mut self, incoming: &Incoming, user: &str) {
        let origin = Origin::of(incoming.remote.ip());
        let resident = self.is_resident(origin, user);
        if let Some(guesses) = self.brake.tried(origin, user, resident, self.now) {
            self.note(Noted::Guesses(guesses));
        }
    }

    /// The password is not looked at: 503 says when it will be (RFC 3261 21.5.4), whoever asks.
    fn hold(&mut self, incoming: &Incoming, user: &str) {
        let (origin, now) = (Origin::of(incoming.remote.ip()), self.now.mono);
        let resident = self.is_resident(origin, user);
        let pause = self.brake.pause(origin, user, resident, now).unwrap_or_default();
        if let Some(guesses) = self.brake.held(origin, user, resident, now) {
            self.note(Noted::Guesses(guesses));
        }
        let seconds = pause.as_secs() + u64::from(pause.subsec_nanos() > 0);
        self.refuse_with(incoming, 503, "", "too many wrong passwords", |b| b.header(Name::RetryAfter, seconds));
    }

    /// Forgets the wrong passwords of a source, or of all.
    pub(super) fn lift(&mut self, origin: Option<Origin>) {
        self.brake.lift(origin);
    }

    pub(super) fn note(&mut self, noted: Noted) {
        self.outputs.push_back(Output::Noted(Box::new(noted)));
    }

    /// The phone that a request claims to be from.
    pub(super) fn claimed_phone(&self, message: &Message, method: &Method) -> Option<PhoneId> {
        self.directory.user(&claimed_user(message, method)?).map(|account| account.id)
    }

    /// A phone may share its address with a carrier (a laboratory, an address translator): who registers,
    /// or has registered from this very port, is asked for the password all the same.
    fn is_phone(&self, incoming: &Incoming, method: &Method) -> bool {
        *method == Method::Register
            || self.registrar.knows(incoming.remote)
            || self.directory.is_fixed_phone(incoming.remote)
    }

    pub(super) fn challenge(&mut self, incoming: &Incoming, method: &Method, stale: bool) {
        let (_, name) = names(method);
        let digests = self.asks_for(incoming, method, stale);
        let values = self.challenger.challenges(self.now.mono, incoming.remote.ip(), stale, &digests);
        let why = if stale { "stale credentials" } else { "no credentials" };
        self.answer_stateless(incoming, challenge_status(method), "", why, |builder| {
            challenged(builder, name, &values, &digests, incoming.message.as_bytes().len())
        });
    }
}

/// Whether one of these came from this source.
fn reside(bindings: &[Binding], origin: Origin) -> bool {
    bindings.iter().any(|binding| Origin::of(binding.source.ip()) == origin)
}

/// Adds challenges. A forged address gets hardly more than was sent in its name: where the request is too short for an
/// answer with all of them it gets one, which every phone can answer if there is such a one.
fn challenged(builder: Builder, name: Name, values: &[String], digests: &[Algorithm], asked: usize) -> Builder {
    const AROUND: usize = b": \r\n".len();
    let line = |value: &String| name.as_str().len() + AROUND + value.len();
    if builder.length() + values.iter().map(line).sum::<usize>() <= asked * 3 / 2 {
        return values.iter().fold(builder, |builder, value| builder.header(name, value));
    }
    let known = digests.iter().position(|digest| *digest == Algorithm::Md5).unwrap_or(0);
    values.get(known).into_iter().fold(builder, |builder, value| builder.header(name, value))
}

/// Who a request says that it is from: the address of record, or the caller.
pub(super) fn claimed_user<'a>(message: &'a Message, method: &Method) -> Option<Cow<'a, str>> {
    let address = if *method == Method::Register { message.to() } else { message.from() };
    address.ok()?.uri().ok()?.user()
}

/// Where the credentials stand, and where the challenge goes.
fn names(method: &Method) -> (Name, Name) {
    match challenge_status(method) {
        401 => (Name::Authorization, Name::WwwAuthenticate),
        _ => (Name::ProxyAuthorization, Name::ProxyAuthenticate),
    }
}
