//! Registrations that we make with somebody else's registrar (RFC 3261 10.2), kept up until told otherwise: those of
//! synthetic phones by command, those of trunks by themselves. Whose calls a trunk's registration brings is in
//! [`super::standing`], where its name leads in [`super::lookup`].

use super::compose::sip_uri;
use super::outbound::Waiter;
use super::register::refresh_after;
use super::{Due, Endpoint};
use crate::digest::{Answerer, Challenged};
use crate::face::{Event, Registration, RegistrationFailure, Transport};
use crate::message::{Address, Contacts, Message, Method, Name};
use crate::transaction::store::{Path, Purpose, TxId};
use std::net::IpAddr;
use std::time::Duration;
use terms::{Mono, TrunkId};

/// The pause before a registration that failed is tried again: once, and then twice as long each time up to `LONGEST`.
const RETRY: (Duration, Duration) = (Duration::from_secs(20), Duration::from_secs(40));
/// The longest pause, whatever the registrar asks for.
const LONGEST: Duration = Duration::from_secs(900);
/// The pause before a trunk registers for the first time; it is over when its name has an address.
const BEGIN: (Duration, Duration) = (Duration::from_millis(50), Duration::from_millis(1_000));
/// So often in a row a registrar may want a longer life than was asked for.
const RAISES: u8 = 3;
/// A registrar that wants a longer life than this does not know what it says: an operator may say a day at the most.
const LONGEST_LIFE: Duration = Duration::from_secs(7 * 86_400);
/// So short is the pause while the registration still stands, at the least.
const SOON: Duration = Duration::from_secs(2);

/// A registration under way or standing.
pub(super) struct Account {
    pub(super) registration: Registration,
    call_id: String,
    tag: String,
    seq: u32,
    answerer: Answerer,
    challenges: u8,
    /// Whether it shall stand; otherwise it is being taken back.
    pub(super) wanted: bool,
    /// The life that we ask for; a 423 raises it.
    expires: Duration,
    /// How often it was raised since a registration was taken.
    raised: u8,
    /// The request under way.
    tx: Option<TxId>,
    pub(super) path: Option<Path>,
    /// Since when it stands without a gap, and until when.
    pub(super) stands: Option<(Mono, Mono)>,
    /// Whence calls come while it stands.
    pub(super) sources: Vec<IpAddr>,
    /// Failures in a row, the last of them, and when that was.
    failures: u32,
    pub(super) failure: Option<(RegistrationFailure, Mono)>,
}

impl Account {
    /// RFC 3261 10.2.8: asks for as long a life as the registrar wants; false, if that is no reason to ask at once.
    fn raise(&mut self, message: &Message) -> bool {
        let Some(min) = message.min_expires().map(|seconds| Duration::from_secs(u64::from(seconds))) else {
            return false;
        };
        let longer = min > self.expires && min <= LONGEST_LIFE && self.raised < RAISES;
        if longer {
            (self.expires, self.raised) = (min, self.raised + 1);
        }
        longer
    }
}

impl Endpoint {
    pub(super) fn begin_registration(&mut self, account: u64) {
        let Some(registration) = self.directory.registration(account).cloned() else { return };
        match self.accounts.get_mut(&account) {
            Some(known) => known.wanted = true,
            None => {
                let fresh = self.fresh_account(registration);
                self.accounts.insert(account, fresh);
            }
        }
        self.start_register(account);
    }

    fn fresh_account(&mut self, registration: Registration) -> Account {
        let credentials = &registration.credentials;
        Account {
            call_id: self.tokens.call_id(),
            tag: self.tokens.tag(),
            seq: 0,
            answerer: Answerer::new(&credentials.user, &credentials.password, self.tokens.next_u64()),
            challenges: 0,
            wanted: true,
            expires: registration.expires,
            raised: 0,
            tx: None,
            path: None,
            stands: None,
            sources: Vec::new(),
            failures: 0,
            failure: None,
            registration,
        }
    }

    pub(super) fn end_registration(&mut self, account: u64) {
        let Some(known) = self.accounts.get_mut(&account) else { return };
        known.wanted = false;
        self.start_register(account);
    }

    pub(super) fn account_due(&mut self, account: u64) {
        self.start_register(account);
    }

    /// Those that are no longer configured are taken back, those that are others now begin anew, and those of trunks
    /// begin by themselves.
    pub(super) fn accounts_reconfigured(&mut self) {
        let known: Vec<u64> =
            self.accounts.iter().filter(|(_, known)| known.wanted).map(|(account, _)| *account).collect();
        for account in known {
            let now = self.directory.registration(account);
            let same = now == self.accounts.get(&account).map(|known| &known.registration);
            match now {
                None => self.end_registration(account),
                Some(_) if same => {}
                Some(_) => {
                    self.forget_account(account);
                    self.begin_registration(account);
                }
            }
        }
        let of_trunks = self.directory.config.registrations.iter().filter(|one| one.trunk.is_some());
        let new: Vec<u64> =
            of_trunks.map(|one| one.account).filter(|account| !self.accounts.contains_key(account)).collect();
        for account in new {
            let Some(registration) = self.directory.registration(account).cloned() else { continue };
            let fresh = self.fresh_account(registration);
            self.accounts.insert(account, fresh);
            // The links may come up after us, and the registrars of many trunks need not hear of us at once.
            let pause = self.tokens.between(BEGIN.0, BEGIN.1);
            self.deadlines.set(Due::Account(account), self.now.mono + pause);
        }
    }

    /// Where the REGISTER goes.
    fn registrar(&self, registration: &Registration) -> Option<(Transport, std::net::SocketAddr)> {
        registration.registrar.or_else(|| self.trunk_target(registration.trunk?))
    }

    pub(super) fn start_register(&mut self, account: u64) {
        let Some(known) = self.accounts.get(&account) else { return };
        self.deadlines.cancel(Due::Account(account));
        let (wanted, trunk) = (known.path.map(|path| path.link), known.registration.trunk);
        let Some((transport, remote)) = self.registrar(&known.registration) else {
            trunk.into_iter().for_each(|trunk| self.look_up_soon(trunk));
            return self.registration_failed(account, RegistrationFailure::NoAddress, None);
        };
        let Some(path) = self.path_to(transport, remote, wanted) else {
            return self.registration_failed(account, RegistrationFailure::Unreachable, None);
        };
        if let Some(known) = self.accounts.get_mut(&account) {
            known.path = Some(path);
            known.challenges = 0;
        }
        match self.must_wait(path.link, Waiter::Account(account)) {
            Some(true) => {}
            Some(false) => self.send_register(account),
            None => self.registration_failed(account, RegistrationFailure::Unreachable, None),
        }
    }

    /// Writes and sends the REGISTER of an account.
    pub(super) fn send_register(&mut self, account: u64) {
        let Some(path) = self.accounts.get(&account).and_then(|known| known.path) else { return };
        let Some(mut known) = self.accounts.remove(&account) else { return };
        if let Some(old) = known.tx.take() {
            self.drop_client(old);
        }
        known.seq += 1;
        let registration = &known.registration;
        let uri = sip_uri("", &registration.domain, Transport::Udp);
        let aor = sip_uri(&registration.credentials.user, &registration.domain, Transport::Udp);
        let expires = if known.wanted { known.expires } else { Duration::ZERO };
        let contact = self.contact(path.link, &registration.credentials.user);
        let (builder, branch) = self.open_request(&Method::Register, &uri, path, super::compose::MAX_FORWARDS);
        let builder = builder
            .header(Name::From, Address { display: None, uri: &aor, tag: Some(&known.tag) })
            .header(Name::To, Address { display: None, uri: &aor, tag: None })
            .header(Name::CallId, &known.call_id)
            .header(Name::CSeq, format_args!("{} REGISTER", known.seq))
            .header(Name::Contact, format_args!("<{contact}>"))
            .header(Name::Expires, expires.as_secs());
        let mut builder = self.product(builder, Name::UserAgent);
        for (name, value) in known.answerer.authorize(&Method::Register, &uri) {
            builder = builder.header(name, value);
        }
        let purpose = Purpose::Register(account);
        known.tx = Some(self.send_other(&Method::Register, branch, path, builder.build(), purpose));
        self.accounts.insert(account, known);
    }

    /// The registrar answered.
    pub(super) fn registration_answered(&mut self, account: u64, status: u16, message: &Message) {
        let Some(known) = self.accounts.get_mut(&account) else { return };
        known.tx = None;
        let refused = RegistrationFailure::Refused(status);
        match status {
            200..=299 => self.registered(account, status, message),
            401 | 407 => {
                known.challenges += 1;
                if known.challenges <= 2 && known.answerer.take(message) == Challenged::Taken {
                    return self.send_register(account);
                }
                self.registration_failed(account, refused, None);
            }
            423 if known.raise(message) => self.send_register(account),
            423 => {
                // Whoever is never content is asked again later, for what the operator wants.
                (known.expires, known.raised) = (known.registration.expires, 0);
                self.registration_failed(account, refused, None);
            }
            _ => {
                let pause = message.retry_after().map(|after| after.delay);
                self.registration_failed(account, refused, pause);
            }
        }
    }

    fn registered(&mut self, account: u64, status: u16, message: &Message) {
        let now = self.now.mono;
        let Some(mut known) = self.accounts.remove(&account) else { return };
        self.event(Event::Registered { account, status });
        if !known.wanted {
            return self.forgotten(account, known);
        }
        let contact = known.path.map(|path| self.contact(path.link, &known.registration.credentials.user));
        let life = granted(message, contact.as_deref()).unwrap_or(known.expires);
        let stood = known.stands.filter(|(_, until)| *until > now);
        let at = known.path.map(|path| path.remote.ip());
        // Where it stood already, what a name says by now adds nobody.
        if stood.is_none() || at.is_none_or(|at| !known.sources.contains(&at)) {
            known.sources = known.registration.trunk.map(|trunk| self.addresses_of(trunk)).unwrap_or_default();
            known.sources.extend(at.filter(|at| !known.sources.contains(at)));
        }
        known.stands = Some((stood.map_or(now, |(since, _)| since), now + life));
        (known.challenges, known.failures, known.raised) = (0, 0, 0);
        self.accounts.insert(account, known);
        self.deadlines.set(Due::Account(account), now + refresh_after(life));
    }

    /// It failed: tried again later while it is wanted.
    pub(super) fn registration_failed(&mut self, account: u64, why: RegistrationFailure, asked: Option<Duration>) {
        let now = self.now.mono;
        let Some(known) = self.accounts.get_mut(&account) else { return };
        known.tx = None;
        known.failure = Some((why, now));
        known.failures = known.failures.saturating_add(1);
        let (wanted, trunk, failures) = (known.wanted, known.registration.trunk, known.failures);
        let stands = known.stands.filter(|(_, until)| *until > now);
        self.event(Event::Registered { account, status: why.status() });
        if !wanted {
            return self.forget_account(account);
        }
        if let Some(trunk) = trunk.filter(|_| why != RegistrationFailure::NoAddress) {
            self.try_next_address(trunk);
        }
        let factor = 1 << failures.saturating_sub(1).min(5);
        let pause = self.tokens.between((RETRY.0 * factor).min(LONGEST / 2), (RETRY.1 * factor).min(LONGEST));
        let pause = match stands {
            // A refresh that failed is tried again before the registration ends.
            Some((_, until)) => pause.min(until.since(now) / 2).max(SOON),
            None => pause,
        };
        let pause = pause.max(asked.unwrap_or_default().min(LONGEST));
        self.deadlines.set(Due::Account(account), now + pause);
    }

    /// The account of a trunk that waits for its next try may try now.
    pub(super) fn register_now(&mut self, trunk: TrunkId) {
        let now = self.now.mono;
        let waits = |known: &&Account| known.tx.is_none() && known.stands.is_none_or(|(_, until)| until <= now);
        let of_trunk = |known: &&Account| known.registration.trunk == Some(trunk);
        let account = self.accounts.values().filter(of_trunk).find(waits).map(|known| known.registration.account);
        account.into_iter().for_each(|account| self.start_register(account));
    }

    fn forget_account(&mut self, account: u64) {
        if let Some(known) = self.accounts.remove(&account) {
            self.forgotten(account, known);
        }
    }

    fn forgotten(&mut self, account: u64, known: Account) {
        self.deadlines.cancel(Due::Account(account));
        if let Some(tx) = known.tx {
            self.drop_client(tx);
        }
    }
}

/// The life that the registrar granted: that of our contact where it is listed, else the shortest, so that ours is among
/// them in time.
fn granted(message: &Message, ours: Option<&str>) -> Option<Duration> {
    let contacts = message.contacts().ok()?;
    let listed = match &contacts {
        Contacts::List(list) => {
            let own = list.iter().find(|contact| Some(contact.uri_raw()) == ours).and_then(|contact| contact.expires());
            own.or_else(|| list.iter().filter_map(|contact| contact.expires()).min())
        }
        Contacts::Star => None,
    };
    listed.or(message.expires()).filter(|seconds| *seconds > 0).map(|seconds| Duration::from_secs(u64::from(seconds)))
}
