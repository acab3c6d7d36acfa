//! MESSAGE between phones (RFC 3428): a text is passed to all devices of whoever it is for, and the first of them that takes
//! it answers for all. Whom a name means is for others to say. Nothing is kept for those who are not there.

use super::compose::{MAX_FORWARDS, sip_uri};
use super::leg::Peer;
use super::receive::Incoming;
use super::request::called_user;
use super::{Due, Endpoint};
use crate::face::{Source, Text, TextId, Transport, Watch};
use crate::message::{Address, Message, Method, Name};
use crate::registrar::BindingId;
use crate::transaction::key::ServerKey;
use crate::transaction::store::{Path, Purpose, TxId};
use bytes::Bytes;
use std::collections::BTreeMap;
use std::time::Duration;
use terms::{LegId, Mono, PhoneId, Pii, limits};

/// How long the devices of whoever it is for may take: seven sendings over UDP, and the sender still listens (timer F).
const ANSWER: Duration = Duration::from_secs(20);

/// A text on its way.
#[derive(Debug)]
struct Passed {
    /// The transaction of the sender.
    tx: TxId,
    /// What he sent.
    request: Box<Message>,
    /// Who he is.
    from: PhoneId,
    /// Devices that have not answered yet.
    open: usize,
    /// The best of the refusals.
    best: Option<u16>,
}

/// How much an account has sent lately.
#[derive(Clone, Copy, Debug)]
struct Pace {
    since: Mono,
    sent: u32,
}

/// All texts on their way.
#[derive(Debug, Default)]
pub(super) struct Texts {
    passed: BTreeMap<TextId, Passed>,
    paces: BTreeMap<PhoneId, Pace>,
    serial: u64,
}

impl Texts {
    /// How many are on their way.
    pub(super) fn len(&self) -> usize {
        self.passed.len()
    }

    /// Forgets how much these have sent.
    pub(super) fn forget(&mut self, gone: impl Fn(PhoneId) -> bool) {
        self.paces.retain(|phone, _| !gone(*phone));
    }

    /// One more of this account; false: it sends too many.
    fn paced(&mut self, from: PhoneId, now: Mono) -> bool {
        let pace = self.paces.entry(from).or_insert(Pace { since: now, sent: 0 });
        if now.since(pace.since) >= limits::TEXTS_SPAN {
            *pace = Pace { since: now, sent: 0 };
        }
        pace.sent += 1;
        pace.sent <= limits::TEXTS_PER_SPAN
    }
}

impl Endpoint {
    /// A MESSAGE arrived: outside of a call from whoever proved to be a phone, or within one.
    pub(super) fn texted(&mut self, incoming: &Incoming, key: ServerKey, source: Source, within: Option<LegId>) {
        let Source::Phone(from) = source else {
            return self.refuse_stateless(incoming, 403, "", "not a phone");
        };
        if let Err((status, why)) = self.check_text(from, incoming, within) {
            return self.refuse_stateless(incoming, status, "", why);
        }
        if self.texts.len() >= limits::TEXTS || !self.texts.paced(from, self.now.mono) {
            return self.refuse_overload(incoming, "too many texts");
        }
        let tx = self.accept(incoming, key);
        self.texts.serial += 1;
        let id = TextId(self.texts.serial);
        let request = Box::new(incoming.message.clone());
        self.texts.passed.insert(id, Passed { tx, request, from, open: 0, best: None });
        let to = Pii::new(called_user(&incoming.message));
        self.watch(Watch::Texted { text: id, from: Box::new(Text { from, to, within }) });
    }

    /// Within a call: it is for whoever is at the other end, and whoever sent it has proved who he is.
    pub(super) fn texted_within(&mut self, id: LegId, incoming: &Incoming, key: ServerKey) {
        let source = match self.legs.get(&id).filter(|leg| !leg.told).map(|leg| leg.peer) {
            Some(Peer::Phone(phone)) => Source::Phone(phone),
            Some(Peer::Trunk(trunk)) => Source::Trunk(trunk),
            None => return self.refuse_stateless(incoming, 481, "", "no dialog"),
        };
        self.texted(incoming, key, source, Some(id));
    }

    fn check_text(&self, from: PhoneId, incoming: &Incoming, within: Option<LegId>) -> Result<(), (u16, &'static str)> {
        let message = &incoming.message;
        let said = message.from().ok().and_then(|from| from.uri().ok()?.user().map(|user| user.into_owned()));
        let owns = self.directory.phone(from).is_some_and(|account| said.as_deref() == Some(account.user.as_str()));
        match () {
            () if !owns && within.is_none() => Err((403, "another's name")),
            () if message.max_forwards() == Some(0) => Err((483, "too many hops")),
            () if message.body().len() > limits::TEXT_BYTES => Err((413, "text too long")),
            () if !message.body().is_empty() && message.content_type().is_none() => Err((400, "malformed")),
            () => Ok(()),
        }
    }

    /// It is for this phone: each of its devices gets it.
    pub(super) fn pass_text(&mut self, id: TextId, to: PhoneId) {
        let devices: Vec<BindingId> = self.registrar.of(to).iter().filter(|b| b.usable()).map(|b| b.id).collect();
        let mut sent = 0;
        for device in devices {
            sent += usize::from(self.send_text(id, to, device).is_some());
        }
        sent += usize::from(self.send_to_fixed(id, to).is_some());
        if sent == 0 {
            // RFC 3428 7: nobody is there, and we keep none for later.
            return self.refuse_text(id, 480);
        }
        if let Some(passed) = self.texts.passed.get_mut(&id) {
            passed.open = sent;
            self.deadlines.set(Due::Text(id), self.now.mono + ANSWER);
        }
    }

    fn send_text(&mut self, id: TextId, to: PhoneId, device: BindingId) -> Option<TxId> {
        let binding = self.registrar.binding(to, device)?;
        let (transport, remote, link) = (binding.transport, binding.remote, binding.link);
        let uri = binding.contact.clone();
        let path = self.path_to(transport, remote, link)?;
        self.write_text(id, to, &uri, path)
    }

    fn send_to_fixed(&mut self, id: TextId, to: PhoneId) -> Option<TxId> {
        let account = self.directory.phone(to)?;
        let (transport, remote) = account.contact?;
        let uri = sip_uri(&account.user, &remote.to_string(), transport);
        let path = self.path_to(transport, remote, None)?;
        self.write_text(id, to, &uri, path)
    }

    fn write_text(&mut self, id: TextId, to: PhoneId, uri: &str, path: Path) -> Option<TxId> {
        let (tag, call_id, domain) = (self.tokens.tag(), self.tokens.call_id(), self.domain(path.link));
        let passed = self.texts.passed.get(&id)?;
        let hops = passed.request.max_forwards().unwrap_or(MAX_FORWARDS).saturating_sub(1);
        let display = passed.request.from().ok().and_then(|from| from.display().map(|name| name.into_owned()));
        let content_type = passed.request.header(Name::ContentType).map(|kind| kind.into_owned());
        let body = Bytes::copy_from_slice(&passed.request.body());
        let name = |phone| self.directory.phone(phone).map(|account| sip_uri(&account.user, &domain, Transport::Udp));
        let (from, to) = (name(passed.from)?, name(to)?);
        let (builder, branch) = self.open_request(&Method::Message, uri, path, hops);
        let builder = builder
            .header(Name::From, Address { display: display.as_deref(), uri: &from, tag: Some(&tag) })
            .header(Name::To, Address { display: None, uri: &to, tag: None })
            .header(Name::CallId, call_id)
            .header(Name::CSeq, "1 MESSAGE");
        let builder = self.product(builder, Name::UserAgent);
        let request = match content_type {
            Some(kind) => builder.body(&kind, body).build(),
            None => builder.build(),
        };
        Some(self.send_other(&Method::Message, branch, path, request, Purpose::Text(id)))
    }

    /// A device answered, or will not. The first that takes it answers for all; else the best refusal counts.
    pub(super) fn text_answered(&mut self, id: TextId, status: u16) {
        let Some(passed) = self.texts.passed.get_mut(&id) else { return };
        if status < 300 {
            return self.answer_text(id, status);
        }
        passed.open = passed.open.saturating_sub(1);
        let status = refusal(status);
        passed.best = Some(passed.best.map_or(status, |best| best.min(status)));
        if passed.open == 0 {
            let best = passed.best.unwrap_or(status);
            self.refuse_text(id, best);
        }
    }

    /// Its devices have had their time.
    pub(super) fn text_due(&mut self, id: TextId) {
        let best = self.texts.passed.get(&id).and_then(|passed| passed.best);
        self.refuse_text(id, best.unwrap_or(480));
    }

    /// It is for nobody, or nobody took it.
    pub(super) fn refuse_text(&mut self, id: TextId, status: u16) {
        self.answer_text(id, status.clamp(300, 699));
    }

    fn answer_text(&mut self, id: TextId, status: u16) {
        self.deadlines.cancel(Due::Text(id));
        let Some(passed) = self.texts.passed.remove(&id) else { return };
        let tag = self.tokens.tag();
        let response = self.open_response(&passed.request, status, "", &tag).build();
        self.respond(passed.tx, status, response);
    }
}

/// A device's refusal as the sender hears it. That nobody answered in time is no news to somebody whose own time is over
/// by then (RFC 4320 4), and whom the device asks for a password is us.
fn refusal(status: u16) -> u16 {
    match status {
        401 | 407 | 408 | 503 => 480,
        status => status,
    }
}
