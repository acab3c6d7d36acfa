//! Registrations that we make with somebody else's registrar (RFC 3261 10.2), kept up until told otherwise.

use super::compose::sip_uri;
use super::outbound::Waiter;
use super::register::refresh_after;
use super::{Due, Endpoint};
use crate::digest::{Answerer, Challenged};
use crate::face::{Event, Registration, Transport};
use crate::message::{Address, Message, Method, Name};
use crate::transaction::store::{Path, Purpose, TxId};
use std::time::Duration;

/// The pause before a registration that failed is tried again.
const RETRY: (Duration, Duration) = (Duration::from_secs(20), Duration::from_secs(40));

/// A registration under way or standing.
pub(super) struct Account {
    call_id: String,
    tag: String,
    seq: u32,
    answerer: Answerer,
    challenges: u8,
    /// Whether it shall stand; otherwise it is being taken back.
    wanted: bool,
    /// The life that we ask for; a 423 raises it.
    expires: Duration,
    /// The request under way.
    tx: Option<TxId>,
    path: Option<Path>,
}

impl Endpoint {
    pub(super) fn begin_registration(&mut self, account: u32) {
        let Some(registration) = self.directory.registration(account).cloned() else { return };
        let credentials = &registration.credentials;
        if let Some(known) = self.accounts.get_mut(&account) {
            known.wanted = true;
        } else {
            let seed = self.tokens.next_u64();
            let fresh = Account {
                call_id: self.tokens.call_id(),
                tag: self.tokens.tag(),
                seq: 0,
                answerer: Answerer::new(&credentials.user, &credentials.password, seed),
                challenges: 0,
                wanted: true,
                expires: registration.expires,
                tx: None,
                path: None,
            };
            self.accounts.insert(account, fresh);
        }
        self.start_register(account, &registration);
    }

    pub(super) fn end_registration(&mut self, account: u32) {
        let Some(known) = self.accounts.get_mut(&account) else { return };
        known.wanted = false;
        match self.directory.registration(account).cloned() {
            Some(registration) => self.start_register(account, &registration),
            None => self.forget_account(account),
        }
    }

    pub(super) fn account_due(&mut self, account: u32) {
        match self.directory.registration(account).cloned() {
            Some(registration) => self.start_register(account, &registration),
            None => self.forget_account(account),
        }
    }

    /// Accounts that are no longer configured are dropped; the registrar forgets them in time.
    pub(super) fn accounts_reconfigured(&mut self) {
        let gone: Vec<u32> =
            self.accounts.keys().copied().filter(|a| self.directory.registration(*a).is_none()).collect();
        for account in gone {
            self.forget_account(account);
        }
    }

    fn start_register(&mut self, account: u32, registration: &Registration) {
        let (transport, remote) = registration.registrar;
        let wanted = self.accounts.get(&account).and_then(|known| known.path).map(|path| path.link);
        let Some(path) = self.path_to(transport, remote, wanted) else {
            return self.registration_failed(account, 503);
        };
        if let Some(known) = self.accounts.get_mut(&account) {
            known.path = Some(path);
            known.challenges = 0;
        }
        match self.must_wait(path.link, Waiter::Account(account)) {
            Some(true) => {}
            Some(false) => self.send_register(account),
            None => self.registration_failed(account, 503),
        }
    }

    /// Writes and sends the REGISTER of an account.
    pub(super) fn send_register(&mut self, account: u32) {
        let Some(registration) = self.directory.registration(account).cloned() else { return };
        let Some(mut known) = self.accounts.remove(&account) else { return };
        if let Some(old) = known.tx.take() {
            self.drop_client(old);
        }
        let Some(path) = known.path else { return };
        known.seq += 1;
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
    pub(super) fn registration_answered(&mut self, account: u32, status: u16, message: &Message) {
        let Some(known) = self.accounts.get_mut(&account) else { return };
        known.tx = None;
        match status {
            200..=299 => {
                known.challenges = 0;
                let granted = granted(message).unwrap_or(known.expires);
                if !known.wanted {
                    self.event(Event::Registered { account, status });
                    return self.forget_account(account);
                }
                self.deadlines.set(Due::Account(account), self.now.mono + refresh_after(granted));
                self.event(Event::Registered { account, status });
            }
            401 | 407 => {
                known.challenges += 1;
                if known.challenges <= 2 && known.answerer.take(message) == Challenged::Taken {
                    return self.send_register(account);
                }
                self.registration_failed(account, status);
            }
            423 => {
                // RFC 3261 10.2.8.
                let min = message.min_expires().map(|seconds| Duration::from_secs(u64::from(seconds)));
                match min.filter(|min| *min > known.expires) {
                    Some(min) => {
                        known.expires = min;
                        self.send_register(account);
                    }
                    None => self.registration_failed(account, status),
                }
            }
            _ => self.registration_failed(account, status),
        }
    }

    /// It failed: tried again later while it is wanted.
    pub(super) fn registration_failed(&mut self, account: u32, status: u16) {
        let Some(known) = self.accounts.get_mut(&account) else { return };
        known.tx = None;
        let wanted = known.wanted;
        self.event(Event::Registered { account, status });
        if wanted {
            let pause = self.tokens.between(RETRY.0, RETRY.1);
            self.deadlines.set(Due::Account(account), self.now.mono + pause);
        } else {
            self.forget_account(account);
        }
    }

    fn forget_account(&mut self, account: u32) {
        self.deadlines.cancel(Due::Account(account));
        if let Some(known) = self.accounts.remove(&account)
            && let Some(tx) = known.tx
        {
            self.drop_client(tx);
        }
    }
}

/// The life that the registrar granted: the shortest that it lists, so that ours is among them in time.
fn granted(message: &Message) -> Option<Duration> {
    let contacts = message.contacts().ok()?;
    let listed = match &contacts {
        crate::message::Contacts::List(list) => list.iter().filter_map(|contact| contact.expires()).min(),
        crate::message::Contacts::Star => None,
    };
    listed.or(message.expires()).map(|seconds| Duration::from_secs(u64::from(seconds)))
}
