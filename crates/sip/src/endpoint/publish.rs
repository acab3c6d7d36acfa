//! PUBLISH (RFC 3903 6): what a phone says of its user's presence, kept under a tag of ours until it expires. What it says
//! is for whoever makes the documents; here it only comes, is renewed, and goes.

use super::receive::Incoming;
use super::request::called_user;
use super::{Due, Endpoint};
use crate::face::{Body, Published, Source, Watch};
use crate::message::Name;
use crate::notifier::Package;
use crate::transaction::key::ServerKey;
use bytes::Bytes;
use std::collections::BTreeMap;
use std::time::Duration;
use terms::{PhoneId, limits};

/// What one device of a phone has published.
#[derive(Debug)]
pub(super) struct Publication {
    /// Its number, by which it is known outside.
    number: u64,
    /// The value of SIP-ETag, another one with each PUBLISH.
    tag: String,
}

/// All publications.
#[derive(Debug, Default)]
pub(super) struct Publications {
    of: BTreeMap<PhoneId, Vec<Publication>>,
    serial: u64,
}

impl Publications {
    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.of.values().map(Vec::len).sum()
    }

    fn of(&mut self, phone: PhoneId) -> &mut Vec<Publication> {
        self.of.entry(phone).or_default()
    }

    fn add(&mut self, phone: PhoneId, tag: String) -> u64 {
        self.serial += 1;
        let number = self.serial;
        self.of(phone).push(Publication { number, tag });
        number
    }

    fn remove(&mut self, phone: PhoneId, number: u64) -> bool {
        let of = self.of(phone);
        let before = of.len();
        of.retain(|known| known.number != number);
        let gone = of.len() < before;
        if of.is_empty() {
            self.of.remove(&phone);
        }
        gone
    }
}

impl Endpoint {
    /// A PUBLISH arrived, past authentication.
    pub(super) fn published(&mut self, incoming: &Incoming, key: ServerKey, source: Source) {
        let Source::Phone(phone) = source else {
            return self.refuse_stateless(incoming, 403, "", "not a phone");
        };
        let message = &incoming.message;
        if self.directory.phone(phone).is_none_or(|account| account.user != called_user(message)) {
            // RFC 3903 6 step 1.
            return self.refuse_stateless(incoming, 403, "", "another's presence");
        }
        if message.event().and_then(Package::of) != Some(Package::Presence) {
            return self.refuse_event(incoming);
        }
        let known = match self.publication(phone, incoming) {
            Ok(known) => known,
            Err(()) => return self.refuse_stateless(incoming, 412, "", "no such publication"),
        };
        let Some(life) = self.life_asked(incoming) else { return };
        if let Err((status, why)) = self.check_publication(phone, known.is_some(), incoming) {
            return self.refuse_publication(incoming, status, why);
        }
        let body = message.body();
        let body = (!body.is_empty()).then(|| Bytes::copy_from_slice(&body));
        self.take_publication(incoming, key, phone, known, life, body);
    }

    /// RFC 3903 6 step 3: the publication that is meant; an error where there is none.
    fn publication(&mut self, phone: PhoneId, incoming: &Incoming) -> Result<Option<u64>, ()> {
        let Some(tag) = incoming.message.header(Name::SipIfMatch) else { return Ok(None) };
        let known = self.publications.of.get(&phone).into_iter().flatten().find(|known| known.tag == tag.trim());
        known.map(|known| Some(known.number)).ok_or(())
    }

    fn check_publication(&self, phone: PhoneId, known: bool, incoming: &Incoming) -> Result<(), (u16, &'static str)> {
        let body = incoming.message.body();
        let held = self.publications.of.get(&phone).map_or(0, Vec::len);
        match () {
            // RFC 3903 4.1: the first one says something.
            () if body.is_empty() && !known => Err((400, "nothing published")),
            () if body.len() > limits::PUBLISHED_BYTES => Err((413, "too much published")),
            () if !known && held >= limits::PUBLICATIONS_PER_PHONE => {
                Err((403, "too many publications of one account"))
            }
            () if !body.is_empty()
                && !incoming.message.content_type().is_some_and(|kind| Package::Presence.fits([kind].into_iter())) =>
            {
                Err((415, "document not acceptable"))
            }
            () => Ok(()),
        }
    }

    fn refuse_publication(&mut self, incoming: &Incoming, status: u16, why: &'static str) {
        self.refuse_with(incoming, status, "", why, |builder| match status {
            415 => builder.header(Name::Accept, Package::Presence.content_type()),
            _ => builder,
        });
    }

    fn take_publication(
        &mut self,
        incoming: &Incoming,
        key: ServerKey,
        phone: PhoneId,
        known: Option<u64>,
        life: Duration,
        body: Option<Bytes>,
    ) {
        let tag = self.tokens.tag();
        let tx = self.accept(incoming, key);
        let to_tag = self.tokens.tag();
        let builder = self.open_response(&incoming.message, 200, "", &to_tag);
        let response = builder.header(Name::SipEtag, &tag).header(Name::Expires, life.as_secs()).build();
        self.respond(tx, 200, response);
        let number = match known {
            _ if life.is_zero() => return known.into_iter().for_each(|number| self.unpublish(phone, number)),
            Some(number) => number,
            None => self.publications.add(phone, tag.clone()),
        };
        // RFC 3903 6 step 6: each PUBLISH gives it another tag.
        let mut of = self.publications.of(phone).iter_mut();
        of.find(|publication| publication.number == number)
            .into_iter()
            .for_each(|publication| publication.tag = tag.clone());
        self.deadlines.set(Due::Publication(phone, number), self.now.mono + life);
        if let Some(bytes) = body {
            let body = Some(Body { content_type: Package::Presence.content_type().into(), bytes });
            self.watch(Watch::Published(Box::new(Published { phone, number, body })));
        }
    }

    /// A publication is over.
    pub(super) fn unpublish(&mut self, phone: PhoneId, number: u64) {
        self.deadlines.cancel(Due::Publication(phone, number));
        if self.publications.remove(phone, number) {
            self.watch(Watch::Published(Box::new(Published { phone, number, body: None })));
        }
    }

    /// Those of phones that are no longer known are over.
    pub(super) fn publications_reconfigured(&mut self) {
        let gone: Vec<(PhoneId, u64)> = self
            .publications
            .of
            .iter()
            .filter(|(phone, _)| self.directory.phone(**phone).is_none())
            .flat_map(|(phone, of)| of.iter().map(|publication| (*phone, publication.number)))
            .collect();
        gone.into_iter().for_each(|(phone, number)| self.unpublish(phone, number));
        self.texts.forget(|phone| self.directory.phone(phone).is_none());
    }
}
