//! A phone that watches others: it subscribes with its password, repeats what gets lost, answers NOTIFYs, and keeps what
//! it was told. It calls nobody.

use crate::{Identity, Packet};
use bytes::Bytes;
use sip::digest::Answerer;
use sip::message::{Builder, Message, Method, Name};
use std::collections::VecDeque;
use std::time::Duration;
use terms::Mono;

/// The pause between two sendings of a request that is not answered.
const REPEAT: Duration = Duration::from_millis(500);

/// What it was told once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Told {
    /// When.
    pub at: Mono,
    /// The value of Subscription-State.
    pub state: String,
    /// The document.
    pub body: String,
}

/// One key of it.
#[derive(Debug)]
struct Watch {
    name: String,
    event: String,
    call_id: String,
    /// The switch's tag, once it has answered.
    tag: Option<String>,
    seq: u32,
    expires: u32,
    /// The request that waits for its answer, and when it is sent again.
    out: Option<(Bytes, Mono)>,
    told: Vec<Told>,
    /// CSeq of the last NOTIFY: an older one that comes late is answered and left alone.
    heard: u32,
}

/// The phone.
#[derive(Debug)]
pub struct Watcher {
    identity: Identity,
    answerer: Answerer,
    watches: Vec<Watch>,
    packets: VecDeque<Packet>,
    serial: u32,
    /// It answers nothing any more.
    pub vanished: bool,
    /// The final statuses of its SUBSCRIBEs.
    pub answered: Vec<u16>,
}

impl Watcher {
    /// A phone with this user and password.
    pub fn new(identity: Identity) -> Watcher {
        let password = identity.password.clone().unwrap_or_default();
        let answerer = Answerer::new(&identity.user, &password, 7);
        Watcher {
            answerer,
            identity,
            watches: vec![],
            packets: VecDeque::new(),
            serial: 0,
            vanished: false,
            answered: vec![],
        }
    }

    /// Where it is.
    pub fn address(&self) -> std::net::SocketAddr {
        self.identity.sip
    }

    /// Begins to watch somebody: the number of the key.
    pub fn watch(&mut self, now: Mono, name: &str, event: &str, expires: u32) -> usize {
        let key = self.watches.len();
        self.watches.push(Watch {
            name: name.to_owned(),
            event: event.to_owned(),
            call_id: format!("w{key}-{}", self.identity.user),
            tag: None,
            seq: 0,
            expires,
            out: None,
            told: vec![],
            heard: 0,
        });
        self.ask(now, key);
        key
    }

    /// Renews, or with zero ends, what a key watches.
    pub fn renew(&mut self, now: Mono, key: usize, expires: u32) {
        self.watches[key].expires = expires;
        self.ask(now, key);
    }

    /// What a key was told.
    pub fn told(&self, key: usize) -> &[Told] {
        &self.watches[key].told
    }

    /// The states of the calls in what a key was told, each once for as long as it stood.
    pub fn states(&self, key: usize) -> Vec<String> {
        let state = |told: &Told| {
            let rest = told.body.split_once("<state>").map_or("", |(_, rest)| rest);
            rest.split_once("</state>").map_or("", |(state, _)| state).to_owned()
        };
        let mut states: Vec<String> = self.watches[key].told.iter().map(state).collect();
        states.dedup();
        states
    }

    fn ask(&mut self, now: Mono, key: usize) {
        self.serial += 1;
        let Watcher { identity, answerer, serial, .. } = self;
        let watch = &mut self.watches[key];
        watch.seq += 1;
        let (host, user, domain) = (identity.sip, &identity.user, &identity.domain);
        let uri = format!("sip:{}@{domain}", watch.name);
        let tag = watch.tag.as_ref().map(|tag| format!(";tag={tag}")).unwrap_or_default();
        let builder = Builder::request(&Method::Subscribe, &uri)
            .header(Name::Via, format_args!("SIP/2.0/UDP {host};branch=z9hG4bKw{serial};rport"))
            .header(Name::MaxForwards, 70_u32)
            .header(Name::From, format_args!("<sip:{user}@{domain}>;tag=w{key}"))
            .header(Name::To, format_args!("<{uri}>{tag}"))
            .header(Name::CallId, &watch.call_id)
            .header(Name::CSeq, format_args!("{} SUBSCRIBE", watch.seq))
            .header(Name::Contact, format_args!("<sip:{user}@{host}>"))
            .header(Name::Event, &watch.event)
            .header(Name::Expires, watch.expires);
        let proofs = answerer.authorize(&Method::Subscribe, &uri);
        let request = proofs.into_iter().fold(builder, |builder, (name, value)| builder.header(name, value)).build();
        watch.out = Some((request.clone(), now + REPEAT));
        self.send(request);
    }

    fn send(&mut self, bytes: Bytes) {
        self.packets.push_back(Packet { from: self.identity.sip, to: self.identity.switch, bytes });
    }

    /// Something arrived.
    pub fn receive(&mut self, now: Mono, packet: &Packet) {
        let Ok(message) = Message::parse(packet.bytes.clone()) else { return };
        let key = self.watches.iter().position(|watch| watch.call_id == message.call_id());
        match (message.status(), key) {
            _ if self.vanished => {}
            (Some(status), Some(key)) if status >= 200 => self.heard(now, key, status, &message),
            (None, key) => self.notified(now, key, &message),
            _ => {}
        }
    }

    fn heard(&mut self, now: Mono, key: usize, status: u16, message: &Message) {
        let watch = &mut self.watches[key];
        if message.cseq().is_ok_and(|cseq| cseq.number != watch.seq) || watch.out.take().is_none() {
            return;
        }
        match status {
            401 => {
                self.answerer.take(message);
                self.ask(now, key);
            }
            481 => {
                // RFC 6665 4.1.2.2: it begins anew.
                self.answered.push(status);
                watch.tag = None;
                watch.heard = 0;
                watch.call_id.push('x');
                self.ask(now, key);
            }
            status => {
                watch.tag = message.to().ok().and_then(|to| to.tag().map(str::to_owned));
                self.answered.push(status);
            }
        }
    }

    fn notified(&mut self, now: Mono, key: Option<usize>, message: &Message) {
        let status = if key.is_some() { 200 } else { 481 };
        self.send(Builder::response(message, status, "").to_tag("w").build());
        let (Some(key), Ok(cseq)) = (key, message.cseq()) else { return };
        let watch = &mut self.watches[key];
        if cseq.number <= watch.heard {
            return;
        }
        watch.heard = cseq.number;
        let text = |name| message.header(name).map(|value| value.into_owned()).unwrap_or_default();
        let state = text(Name::SubscriptionState);
        if state.starts_with("terminated") {
            watch.tag = None;
        }
        let body = String::from_utf8_lossy(&message.body()).into_owned();
        watch.told.push(Told { at: now, state, body });
    }

    /// What is to be sent.
    pub fn poll_packet(&mut self) -> Option<Packet> {
        self.packets.pop_front()
    }

    /// When something is to be sent again.
    pub fn poll_timeout(&self) -> Option<Mono> {
        self.watches.iter().filter_map(|watch| watch.out.as_ref().map(|(_, at)| *at)).min()
    }

    /// Sends again what was not answered.
    pub fn handle_timeout(&mut self, now: Mono) {
        let mut again = vec![];
        for (bytes, at) in self.watches.iter_mut().filter_map(|watch| watch.out.as_mut()).filter(|(_, at)| *at <= now) {
            *at = now + REPEAT;
            again.push(bytes.clone());
        }
        again.into_iter().for_each(|bytes| self.send(bytes));
    }
}
