//! SUBSCRIBE as it arrives (RFC 6665 4.2.1): whose it is, to what, for how long. Whether there is such a thing, and whether
//! he may watch it, is decided by whoever makes the documents.

use super::Endpoint;
use super::receive::Incoming;
use super::request::called_user;
use crate::dialog::Dialog;
use crate::face::{Body, Source, Subscriber, Transport, Watch};
use crate::message::{Message, Method, Name, Uri};
use crate::notifier::state::{Event as Step, State};
use crate::notifier::{NoRoom, Package, Reason, SubId, SubWay, Subscription};
use crate::transaction::key::ServerKey;
use crate::transaction::store::TxId;
use std::time::Duration;
use terms::{PhoneId, Pii};

impl Endpoint {
    /// Outside of a dialog: one begins, or the state is fetched.
    pub(super) fn subscribed(&mut self, incoming: &Incoming, key: ServerKey, source: Source) {
        let Source::Phone(by) = source else {
            return self.refuse_stateless(incoming, 403, "", "not a phone");
        };
        let Some((package, granted)) = self.read_subscribe(incoming) else { return };
        match self.notifier.room_for(by) {
            Err(NoRoom::Account) => {
                return self.refuse_stateless(incoming, 403, "", "too many subscriptions of one account");
            }
            Err(NoRoom::Switch) => return self.refuse_overload(incoming, "too many subscriptions"),
            Ok(()) => {}
        }
        if incoming.message.contacts().map_or(true, |contacts| contacts.first().is_none()) {
            return self.refuse_stateless(incoming, 400, "Missing Contact", "malformed");
        }
        let tag = self.tokens.tag();
        let dialog = match Dialog::from_request(&incoming.message, &tag, 0) {
            Ok(dialog) => dialog,
            Err(flaw) => return self.refuse_stateless(incoming, flaw.status, flaw.reason, "malformed"),
        };
        let resource = Pii::new(called_user(&incoming.message));
        let host = incoming.message.uri().ok().and_then(|uri| uri.host().map(|host| host.to_string()));
        let id = self.open_subscription(incoming, key, by, package, granted, dialog);
        self.watch(Watch::Subscribed {
            sub: id,
            subscriber: Box::new(Subscriber { by, package, resource, host: host.unwrap_or_default() }),
        });
    }

    /// What is subscribed to and for how long; none: it was refused.
    fn read_subscribe(&mut self, incoming: &Incoming) -> Option<(Package, Duration)> {
        let message = &incoming.message;
        let Some(package) = message.event().and_then(Package::of) else {
            self.refuse_event(incoming);
            return None;
        };
        if message.has(Name::Accept) && !package.fits(message.accept()) {
            self.refuse_with(incoming, 406, "", "document not acceptable", |builder| {
                builder.header(Name::Accept, package.content_type())
            });
            return None;
        }
        Some((package, self.life_asked(incoming)?))
    }

    /// RFC 6665 4.2.1.1: how long it may live, never longer than was asked for; none: it was refused.
    pub(super) fn life_asked(&mut self, incoming: &Incoming) -> Option<Duration> {
        let asked = incoming.message.expires().map(|seconds| Duration::from_secs(seconds.into()));
        let granted = asked.unwrap_or(Package::LIFE).min(Package::LIFE);
        if !granted.is_zero() && granted < Package::LEAST {
            self.refuse_with(incoming, 423, "", "interval too brief", |builder| {
                builder.header(Name::MinExpires, Package::LEAST.as_secs())
            });
            return None;
        }
        Some(granted)
    }

    /// RFC 6665 7.2.1: 489 names what there is.
    pub(super) fn refuse_event(&mut self, incoming: &Incoming) {
        self.refuse_with(incoming, 489, "", "unknown event package", |builder| {
            builder.header(Name::AllowEvents, Package::NAMES)
        });
    }

    fn open_subscription(
        &mut self,
        incoming: &Incoming,
        key: ServerKey,
        by: PhoneId,
        package: Package,
        granted: Duration,
        dialog: Dialog,
    ) -> SubId {
        let tx = self.accept(incoming, key);
        let contact = self.contact(incoming.link, &called_user(&incoming.message));
        let dialog_key = self.keys.dialog(&dialog.call_id, &dialog.local_tag);
        let way = self.sub_way(by, incoming, &dialog.target);
        self.notifier.add(
            dialog_key,
            Subscription {
                state: State::Asked,
                by,
                package,
                event: event_value(&incoming.message, package),
                dialog,
                contact: format!("<{contact}>"),
                way,
                open: Some((tx, Box::new(incoming.message.clone()))),
                granted,
                expires: self.now.mono + granted,
                waiting: None,
                out: 0,
                reason: Reason::Timeout,
            },
        )
    }

    /// Where the phone listens that sent this SUBSCRIBE.
    fn sub_way(&self, by: PhoneId, incoming: &Incoming, target: &str) -> SubWay {
        let (transport, remote) = match Uri::parse(target) {
            Ok(uri) => self.phone_at(&uri, incoming),
            Err(_) => (self.links.get(incoming.link).map_or(Transport::Udp, |link| link.transport), incoming.remote),
        };
        SubWay { link: incoming.link, transport, remote, device: self.device_of(by, incoming, target) }
    }

    /// It may be: 200, and the state at once (RFC 6665 4.2.1.2).
    pub(super) fn admit(&mut self, id: SubId, body: Option<Body>) {
        let Some(known) = self.notifier.get_mut(id) else { return };
        let Some((tx, request)) = known.open.take() else { return };
        known.expires = self.now.mono + known.granted;
        let step = if known.granted.is_zero() { Step::AdmittedOnce } else { Step::Admitted };
        self.answer_subscribe(id, tx, &request);
        self.step_subscription(id, step, body);
    }

    /// It may not be.
    pub(super) fn deny(&mut self, id: SubId, status: u16) {
        let Some(known) = self.notifier.get_mut(id) else { return };
        let Some((tx, request)) = known.open.take() else { return };
        let tag = known.dialog.local_tag.clone();
        let status = status.clamp(300, 699);
        self.counts.refused("not to be watched");
        let response = self.open_response(&request, status, "", &tag).build();
        self.respond(tx, status, response);
        self.step_subscription(id, Step::Refused, None);
    }

    fn answer_subscribe(&mut self, id: SubId, tx: TxId, request: &Message) {
        let Some(known) = self.notifier.get(id) else { return };
        let builder = self.open_response(request, 200, "", &known.dialog.local_tag);
        let response = builder
            .header(Name::Contact, &known.contact)
            .header(Name::Expires, known.granted.as_secs())
            .header(Name::AllowEvents, Package::NAMES)
            .build();
        self.respond(tx, 200, response);
    }

    /// A request in a dialog that is no leg's: a SUBSCRIBE that renews or ends a subscription, or nothing of ours. A phone
    /// that is told 481 subscribes anew (RFC 6665 4.1.2.2), as all do after a restart.
    pub(super) fn within_subscription(&mut self, incoming: &Incoming, method: &Method, key: ServerKey) {
        let Some(id) = self.find_subscription(&incoming.message) else {
            return self.refuse_stateless(incoming, 481, "", "no dialog");
        };
        let Some(known) = self.notifier.get(id) else { return };
        let (by, package) = (known.by, known.package);
        if *method != Method::Subscribe {
            return self.refuse_method(incoming);
        }
        if !self.is_proved(by, incoming, method) {
            return;
        }
        match self.read_subscribe(incoming) {
            Some((asked, granted)) if asked == package => self.renew(id, incoming, key, granted),
            // RFC 6665 4.5.2: a dialog is one subscription's.
            Some(_) => self.refuse_event(incoming),
            None => {}
        }
    }

    /// The subscription that a request belongs to, unless it is over.
    fn find_subscription(&self, message: &Message) -> Option<SubId> {
        let (from, to) = (message.from().ok()?, message.to().ok()?);
        let key = self.keys.dialog(message.call_id(), to.tag()?);
        let id = self.notifier.of_dialog(&key, from.tag().unwrap_or_default())?;
        let over = |state| matches!(state, State::Asked | State::Leaving | State::Last | State::Gone);
        self.notifier.get(id).filter(|known| !over(known.state)).map(|_| id)
    }

    fn renew(&mut self, id: SubId, incoming: &Incoming, key: ServerKey, granted: Duration) {
        let seq = incoming.message.cseq().map(|cseq| cseq.number).unwrap_or_default();
        let (now, by) = (self.now.mono, self.notifier.get(id).map(|known| known.by));
        let Some(known) = self.notifier.get_mut(id) else { return };
        if !known.dialog.take_seq(seq) {
            // RFC 3261 12.2.2: out of order.
            return self.refuse_stateless(incoming, 500, "CSeq too low", "cseq too low");
        }
        known.dialog.refresh_target(&incoming.message);
        known.granted = granted;
        known.expires = now + granted;
        let target = known.dialog.target.clone();
        let way = by.map(|by| self.sub_way(by, incoming, &target));
        if let (Some(known), Some(way)) = (self.notifier.get_mut(id), way) {
            known.way = way;
        }
        let tx = self.accept(incoming, key);
        self.answer_subscribe(id, tx, &incoming.message);
        self.step_subscription(id, if granted.is_zero() { Step::Left } else { Step::Renewed }, None);
    }
}

/// Event as its NOTIFYs repeat it: with the `id` that older phones tell their subscriptions apart by (RFC 3265 7.2.1).
fn event_value(message: &Message, package: Package) -> String {
    match message.event_id() {
        Some(id) => format!("{};id={id}", package.name()),
        None => package.name().to_owned(),
    }
}
