//! A new call: an INVITE outside of any dialog, past authentication (RFC 3261 13.3).

use super::compose::body_of;
use super::keep::Kept;
use super::leg::{Change, Leg, Peer, Phase};
use super::receive::Incoming;
use super::reliable::Reliable;
use super::request::{called_user, check_session_body};
use super::update::takes;
use super::{Endpoint, extras};
use crate::dialog::Dialog;
use crate::face::{Arrival, Event, Source};
use crate::message::{Message, Method, NameAddr};
use crate::transaction::key::ServerKey;
use crate::transaction::store::TxId;
use smallvec::SmallVec;
use std::collections::VecDeque;
use terms::{LegId, Pii};

impl Endpoint {
    pub(super) fn invited(&mut self, incoming: &Incoming, key: ServerKey, source: Source) {
        if self.draining {
            return self.refuse_overload(incoming, "draining");
        }
        if self.legs.len() >= self.room.legs {
            return self.refuse_overload(incoming, "too many legs");
        }
        if let Err(status) = check_session_body(&incoming.message) {
            return match status {
                400 => self.refuse_stateless(incoming, 400, "Missing Content-Type", "malformed"),
                status => self.refuse_body(incoming, status),
            };
        }
        if self.is_too_brief(&incoming.message) {
            return self.refuse_interval(incoming);
        }
        let replaces = match self.replaces(&incoming.message, source) {
            Ok(replaces) => replaces,
            Err((status, why)) => return self.refuse_stateless(incoming, status, "", why),
        };
        let tag = self.tokens.tag();
        let first_seq = u32::try_from(self.tokens.next_u64() & 0xffff).unwrap_or(1);
        let dialog = match Dialog::from_request(&incoming.message, &tag, first_seq) {
            Ok(dialog) => dialog,
            Err(flaw) => return self.refuse_stateless(incoming, flaw.status, flaw.reason, "malformed"),
        };
        let tx = self.accept(incoming, key);
        self.trying(tx, &incoming.message);
        self.legs_received += 1;
        let leg = LegId::inbound(self.legs_received);
        if let Some(transaction) = self.transactions.server_mut(tx) {
            transaction.leg = Some(leg);
        }
        self.open_leg(leg, incoming, source, dialog, tx);
        let arrival = Box::new(Arrival { replaces, ..self.describe(incoming, source) });
        self.event(Event::Invited { leg, arrival });
    }

    /// RFC 3261 17.2.1: 100 stops the repeats.
    pub(super) fn trying(&mut self, tx: TxId, request: &Message) {
        let response = self.open_response(request, 100, "", "").build();
        self.respond(tx, 100, response);
    }

    fn open_leg(&mut self, id: LegId, incoming: &Incoming, source: Source, dialog: Dialog, tx: TxId) {
        let transport = self.links.get(incoming.link).map_or(crate::face::Transport::Udp, |link| link.transport);
        let contact = self.contact(incoming.link, &called_user(&incoming.message));
        let leg = Leg {
            peer: match source {
                Source::Trunk(trunk) => Peer::Trunk(trunk),
                Source::Phone(phone) => Peer::Phone(phone),
            },
            call_id: dialog.call_id.clone(),
            local_tag: dialog.local_tag.clone(),
            phase: Phase::Offered { tx, request: Box::new(incoming.message.clone()), progress: None },
            dialogs: SmallVec::from_elem(dialog, 1),
            chosen: Some(0),
            contact,
            transport,
            remote: incoming.remote,
            link: Some(incoming.link),
            told: false,
            device: None,
            reason: None,
            answerer: None,
            challenges: 0,
            change: Change::None,
            wanted: VecDeque::new(),
            glares: 0,
            repeat: None,
            ours: false,
            kept: Kept::No,
            updates: takes(&incoming.message, &Method::Update),
            takes_info: takes(&incoming.message, &Method::Info),
            reliable: Reliable::of(&incoming.message),
            life: self.fresh_life(),
            infos: None,
            refers: Vec::new(),
            referred: false,
            refers_out: false,
            focus: false,
            shown: None,
            news: false,
            source: incoming.remote.ip(),
        };
        let leg = match leg.peer {
            Peer::Phone(phone) => {
                let remote = self.listens_at(&leg, incoming);
                let target = leg.dialog().map_or("", |dialog| &dialog.target);
                let device = self.device_of(phone, incoming, target);
                Leg { remote, device, ..leg }
            }
            Peer::Trunk(_) => leg,
        };
        self.dialogs.insert(self.keys.dialog(&leg.call_id, &leg.local_tag), id);
        self.legs.insert(id, Box::new(leg));
    }

    pub(super) fn describe(&self, incoming: &Incoming, source: Source) -> Arrival {
        let message = &incoming.message;
        let (caller, caller_name) = self.caller(message, source);
        // RFC 3323 4.1.1.3: an anonymous From is a wish for privacy, too, unless it is said that there is none.
        let withheld = message.privacy().unwrap_or_else(|| message.from().is_ok_and(|from| is_anonymous(&from)));
        let through = match source {
            Source::Trunk(trunk) => self.called_through(trunk, message),
            Source::Phone(_) => None,
        };
        Arrival {
            source,
            caller,
            caller_name,
            withheld,
            called: Pii::new(through.unwrap_or_else(|| called_user(message))),
            call_id: message.call_id().to_owned(),
            max_forwards: message.max_forwards().unwrap_or(super::compose::MAX_FORWARDS),
            remote: incoming.remote,
            body: body_of(message),
            diversion: extras::read(message).map(Box::new),
            replaces: None,
        }
    }

    /// Who calls: a carrier asserts it (RFC 3325), a phone is whoever it proved to be.
    fn caller(&self, message: &Message, source: Source) -> (Pii<String>, Option<Pii<String>>) {
        let from = message.from().ok();
        match source {
            Source::Trunk(_) => {
                let asserted = message.p_asserted_identity().find_map(|identity| identity.ok());
                let address = asserted.or(from);
                (address.as_ref().map(user_of).unwrap_or_default(), address.as_ref().and_then(name_of))
            }
            Source::Phone(phone) => {
                let user = self.directory.phone(phone).map(|account| account.user.clone()).unwrap_or_default();
                (Pii::new(user), from.as_ref().and_then(name_of))
            }
        }
    }
}

fn is_anonymous(address: &NameAddr<'_>) -> bool {
    const NOWHERE: &str = "anonymous.invalid";
    let uri = address.uri_raw();
    let rest = uri.split_once(':').map_or("", |(_, rest)| rest);
    let (user, host) = rest.split_once('@').unwrap_or((rest, ""));
    user.eq_ignore_ascii_case("anonymous")
        || host.get(..NOWHERE.len()).is_some_and(|host| host.eq_ignore_ascii_case(NOWHERE))
}

fn user_of(address: &NameAddr<'_>) -> Pii<String> {
    let user = address.uri().ok().and_then(|uri| uri.subscriber().map(|user| user.into_owned()));
    Pii::new(user.unwrap_or_default())
}

fn name_of(address: &NameAddr<'_>) -> Option<Pii<String>> {
    address.display().map(|name| Pii::new(name.into_owned()))
}
