//! REGISTER as it arrives (RFC 3261 10.3): whose it is, what it says, and the answer. The bindings
//! themselves are the registrar's.

use super::Endpoint;
use super::receive::Incoming;
use crate::face::{Source, Transport};
use crate::message::{Contacts, Flaw, Message, Name, NameAddr, Scheme, Uri};
use crate::registrar::{Asked, Verdict, Wish, Wishes};
use crate::transaction::key::ServerKey;
use std::time::{Duration, UNIX_EPOCH};
use terms::{PhoneId, Wall, limits};

impl Endpoint {
    pub(super) fn register(&mut self, incoming: &Incoming, key: ServerKey, source: Source) {
        let Source::Phone(phone) = source else {
            return self.refuse_stateless(incoming, 403, "", "not a phone");
        };
        if !self.owns(phone, &incoming.message) {
            // RFC 3261 10.3 step 4: proven, but not allowed for this address of record.
            return self.refuse_stateless(incoming, 403, "", "another's address");
        }
        let asked = match self.read_register(incoming, phone) {
            Ok(asked) => asked,
            Err(flaw) => return self.refuse_stateless(incoming, flaw.status, flaw.reason, "bad contact"),
        };
        let life = self.directory.config.expires;
        let tokens = &mut self.tokens;
        let jitter = |limit: u8| u8::try_from(tokens.next_u64() % (u64::from(limit) + 1)).unwrap_or(0);
        match self.registrar.update(&asked, &life, self.now, jitter) {
            Verdict::TooBrief => {
                let min = life.min.as_secs();
                self.refuse_with(incoming, 423, "", "interval too brief", |b| b.header(Name::MinExpires, min));
            }
            Verdict::OutOfOrder => self.refuse_stateless(incoming, 500, "REGISTER out of order", "cseq too low"),
            Verdict::Done(consequences) => {
                if let Some(failure) = self.failures.get_mut(&phone) {
                    failure.times = 0;
                }
                self.carry_out(consequences);
                self.answer_register(incoming, key, phone);
                self.phone_is_back(phone);
            }
        }
    }

    fn answer_register(&mut self, incoming: &Incoming, key: ServerKey, phone: PhoneId) {
        let tx = self.accept(incoming, key);
        let tag = self.tokens.tag();
        // RFC 3261 10.3 step 8.
        let date = date(self.now.wall);
        let mut builder = self.open_response(&incoming.message, 200, "", &tag).header(Name::Date, date);
        for binding in self.registrar.of(phone) {
            let left = binding.expires.since(self.now.mono).as_secs();
            let q = f32::from(binding.q) / 1_000.0;
            builder = builder.header(Name::Contact, format_args!("<{}>;q={q};expires={left}", binding.contact));
        }
        let response = builder.build();
        self.respond(tx, 200, response);
    }

    /// Whether To names the phone that the credentials proved.
    fn owns(&self, phone: PhoneId, message: &Message) -> bool {
        let user = self.directory.phone(phone).map(|account| account.user.as_str());
        let named = message.to().ok().and_then(|to| to.uri().ok()).and_then(|uri| uri.user());
        matches!((user, named), (Some(user), Some(named)) if user == named)
    }

    fn read_register(&self, incoming: &Incoming, phone: PhoneId) -> Result<Asked, Flaw> {
        let message = &incoming.message;
        let link = self.links.get(incoming.link);
        let local = link.map_or(incoming.remote, |link| link.local);
        Ok(Asked {
            phone,
            wishes: self.wishes(incoming)?,
            expires: message.expires(),
            call_id: message.call_id().to_owned(),
            cseq: message.cseq()?.number,
            link: incoming.link,
            transport: link.map_or(Transport::Udp, |link| link.transport),
            remote: incoming.remote,
            local,
            device: device(message),
        })
    }

    /// What the Contact fields ask for.
    fn wishes(&self, incoming: &Incoming) -> Result<Wishes, Flaw> {
        let message = &incoming.message;
        match message.contacts()? {
            // RFC 3261 10.2.2: `*` goes with Expires 0 alone.
            Contacts::Star if message.expires() == Some(0) => Ok(Wishes::RemoveAll),
            Contacts::Star => Err(Flaw::bad("Contact: * without Expires: 0")),
            Contacts::List(list) if list.is_empty() => Ok(Wishes::Query),
            Contacts::List(list) if list.len() > limits::BINDINGS_PER_PHONE => Err(Flaw::bad("Too many contacts")),
            Contacts::List(list) => {
                list.iter().map(|address| self.wish(address, incoming)).collect::<Result<_, _>>().map(Wishes::Contacts)
            }
        }
    }

    fn wish(&self, address: &NameAddr<'_>, incoming: &Incoming) -> Result<Wish, Flaw> {
        let uri = address.uri()?;
        if !matches!(uri.scheme(), Scheme::Sip | Scheme::Sips) {
            return Err(Flaw::bad("Contact is not a SIP URI"));
        }
        if uri.as_str().len() > limits::CONTACT_BYTES {
            return Err(Flaw::bad("Contact too long"));
        }
        let params = address.params();
        let instance = params.unquoted("+sip.instance").filter(|instance| is_instance(instance));
        let flow = instance.as_deref().zip(params.get("reg-id"));
        Ok(Wish {
            contact: without_headers(&uri).to_owned(),
            key: flow.map_or_else(|| plain_key(&uri), |(instance, id)| format!("{instance};{id}")),
            flow: flow.is_some(),
            instance: instance.map(|instance| instance.into_owned()),
            place: self.phone_at(&uri, incoming),
            q: address.q(),
            expires: address.expires(),
        })
    }
}

/// What a phone calls itself, as far as it is kept.
fn device(message: &Message) -> Option<Box<str>> {
    let name = message.header(Name::UserAgent)?;
    let end = name.floor_char_boundary(limits::USER_AGENT_BYTES);
    name.get(..end).map(Into::into)
}

/// The time as RFC 3261 20.17 writes it: the form of RFC 1123, in GMT.
fn date(now: Wall) -> String {
    // The last second of the year 9999.
    const LAST: u64 = 253_402_300_799;
    let seconds = u64::try_from(now.as_millis() / 1_000).unwrap_or(0).min(LAST);
    httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds))
}

/// RFC 5626 4.1: a URN in `<>`, of a length that is kept.
fn is_instance(text: &str) -> bool {
    text.starts_with('<') && text.ends_with('>') && text.len() <= limits::CONTACT_BYTES
}

/// RFC 3261 19.1.4, as far as a key can say it: scheme and host in lower case, the rest as it is.
fn plain_key(uri: &Uri<'_>) -> String {
    let scheme = if uri.scheme() == Scheme::Sips { "sips" } else { "sip" };
    let user = uri.user_raw().unwrap_or_default();
    let host = uri.host().map(|host| host.to_string().to_ascii_lowercase()).unwrap_or_default();
    let port = uri.port().map(|port| format!(":{port}")).unwrap_or_default();
    let params = String::from_utf8_lossy(uri.params().as_bytes()).into_owned();
    format!("{scheme}:{user}@{host}{port};{params}")
}

/// RFC 3261 19.1.5: header fields in a contact are a wish for requests to it; none of them is ours to grant.
fn without_headers<'a>(uri: &Uri<'a>) -> &'a str {
    match uri.headers() {
        Some(_) => uri.as_str().rsplit_once('?').map_or(uri.as_str(), |(bare, _)| bare),
        None => uri.as_str(),
    }
}

/// How long before its end a registration of ours is repeated.
pub(super) fn refresh_after(granted: Duration) -> Duration {
    // A fifth of the time is enough for all of timer F unless the life is very short.
    granted.mul_f32(0.8).max(Duration::from_secs(1))
}
