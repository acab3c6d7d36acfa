//! Placing a leg: where to, as whom, and over which link (RFC 3261 8.1, 13.2.1).

use super::compose::{ALLOW, SUPPORTED, host_text, sip_uri, with_body};
use super::keep::Kept;
use super::leg::{Change, Draft, Leg, LegTimer, Peer, Phase};
use super::links::Stage;
use super::{Due, Endpoint, extras};
use crate::dialog::Party;
use crate::digest::Answerer;
use crate::face::{BindingId, Body, Extras, LegEvent, PhoneAccount, Target, Transport};
use crate::message::{Address, Method, Name};
use crate::transaction::store::{ClientState, ClientTransaction, Path, Purpose};
use crate::transaction::{PATIENCE, invite_client};
use smallvec::SmallVec;
use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;
use terms::{Cause, LegId, LinkId, PhoneId, Pii, limits};

/// What call control wants.
pub(super) struct Wish {
    pub leg: LegId,
    pub target: Target,
    pub caller: Pii<String>,
    pub caller_name: Option<Pii<String>>,
    pub withheld: bool,
    pub max_forwards: u8,
    pub extras: Option<Box<Extras>>,
    pub body: Option<Body>,
    /// The value of Replaces.
    pub replaces: Option<String>,
}

/// What waits for a link.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Waiter {
    /// An INVITE.
    Leg(LegId),
    /// A REGISTER.
    Account(u64),
}

/// Where a leg goes.
struct Place {
    peer: Peer,
    /// Which device of the phone.
    device: Option<BindingId>,
    transport: Transport,
    remote: SocketAddr,
    link: Option<LinkId>,
    /// The Request-URI.
    uri: String,
    /// The URI in To.
    to: String,
    /// The host in From; absent: ours.
    domain: Option<String>,
    /// It is told who a caller is who withholds it.
    trusted: bool,
    answerer: Option<Answerer>,
}

impl Endpoint {
    /// The Call-ID of a leg that is not forgotten.
    pub fn call_id(&self, leg: LegId) -> Option<&str> {
        self.legs.get(&leg).map(|leg| leg.call_id.as_str())
    }

    pub(super) fn place(&mut self, wish: Wish) {
        let id = wish.leg;
        if self.legs.contains_key(&id) {
            return;
        }
        let full = self.legs.len() >= self.room.legs || self.transactions.len() >= self.room.transactions;
        let placed = if full { Err(503) } else { self.find_place(&wish.target) };
        let path = placed.and_then(|place| {
            let path = self.path_to(place.transport, place.remote, place.link).ok_or(503_u16)?;
            Ok((place, path))
        });
        match path {
            Ok((place, path)) => self.open_outbound(wish, place, path),
            Err(status) => {
                let cause = local_cause(status);
                self.leg_event(id, LegEvent::Refused { status, cause, to: None });
            }
        }
    }

    /// Where the target is; otherwise the status that says why nowhere.
    fn find_place(&mut self, target: &Target) -> Result<Place, u16> {
        match target {
            Target::Phone(phone) => self.find_phone(*phone, None),
            Target::Binding { phone, binding } => self.find_phone(*phone, Some(*binding)),
            Target::Trunk { trunk, number } => {
                let peer = self.directory.trunk(*trunk).ok_or(404_u16)?;
                let nowhere = if peer.host.is_some() { 503_u16 } else { 480 };
                let (transport, remote) = self.trunk_target(*trunk).ok_or(nowhere)?;
                if self.is_out_of_reach(*trunk) {
                    return Err(503);
                }
                let credentials = peer.credentials.clone();
                let host = peer.host.as_ref().map_or_else(|| remote.to_string(), host_of);
                let (domain, trusted) = (peer.host.as_ref().map(|host| host.name.clone()), peer.trusted);
                let answerer = credentials.map(|c| Answerer::new(&c.user, &c.password, self.tokens.next_u64()));
                Ok(Place {
                    peer: Peer::Trunk(*trunk),
                    device: None,
                    transport,
                    remote,
                    link: None,
                    uri: sip_uri(number.reveal(), &host, transport),
                    to: sip_uri(number.reveal(), &host, Transport::Udp),
                    domain,
                    trusted,
                    answerer,
                })
            }
        }
    }

    /// A device of a phone: this one, or the best.
    fn find_phone(&self, phone: PhoneId, device: Option<BindingId>) -> Result<Place, u16> {
        let account = self.directory.phone(phone).ok_or(404_u16)?;
        if let Some((transport, remote)) = account.contact {
            let uri = sip_uri(&account.user, &remote.to_string(), transport);
            return Ok(self.device_place(account, BindingId::FIXED, (transport, remote, None), uri));
        }
        let binding = match device {
            Some(id) => self.registrar.binding(phone, id).filter(|binding| binding.usable()),
            None => self.registrar.best(phone),
        };
        let binding = binding.ok_or(480_u16)?;
        let way = (binding.transport, binding.remote, binding.link);
        Ok(self.device_place(account, binding.id, way, binding.contact.clone()))
    }

    fn device_place(
        &self,
        account: &PhoneAccount,
        device: BindingId,
        (transport, remote, link): (Transport, SocketAddr, Option<LinkId>),
        uri: String,
    ) -> Place {
        let domain = &self.directory.config.realm;
        let host = match crate::message::Host::parse(domain) {
            Ok(_) => domain.clone(),
            Err(_) => host_text(remote),
        };
        let to = sip_uri(&account.user, &host, Transport::Udp);
        let (peer, device) = (Peer::Phone(account.id), Some(device));
        Place { peer, device, transport, remote, link, uri, to, domain: None, trusted: false, answerer: None }
    }

    fn open_outbound(&mut self, wish: Wish, place: Place, path: Path) {
        let domain = place.domain.unwrap_or_else(|| self.domain(path.link));
        let caller = wish.caller.reveal();
        let known = !caller.is_empty() && caller != "anonymous";
        let identity = || Party {
            display: wish.caller_name.as_ref().map(|name| name.reveal().clone()),
            uri: sip_uri(caller, &domain, Transport::Udp),
        };
        let shown = known && !wish.withheld;
        let from = match shown {
            true => identity(),
            // RFC 3323 4.1.1.3.
            false => Party { display: Some("Anonymous".into()), uri: "sip:anonymous@anonymous.invalid".into() },
        };
        let asserted = (known && place.trusted).then(identity);
        let private = wish.withheld && matches!(place.peer, Peer::Trunk(_));
        let seq = u32::try_from(self.tokens.next_u64() & 0xffff).unwrap_or(0) + 1;
        let user = if shown { caller.clone() } else { "anonymous".to_owned() };
        let draft = Box::new(Draft {
            uri: place.uri,
            from,
            asserted,
            private,
            to: Party { display: None, uri: place.to },
            user,
            replaces: wish.replaces,
            max_forwards: wish.max_forwards,
            extras: wish.extras,
            body: wish.body,
            seq,
        });
        let leg = Leg {
            peer: place.peer,
            call_id: self.tokens.call_id(),
            local_tag: self.tokens.tag(),
            phase: Phase::Waiting { draft },
            dialogs: SmallVec::new(),
            chosen: None,
            contact: String::new(),
            transport: place.transport,
            remote: path.remote,
            link: Some(path.link),
            told: false,
            device: place.device,
            reason: None,
            answerer: place.answerer,
            challenges: 0,
            change: Change::None,
            wanted: VecDeque::new(),
            glares: 0,
            repeat: None,
            ours: true,
            kept: Kept::No,
            updates: false,
            takes_info: false,
            reliable: None,
            life: self.fresh_life(),
            infos: None,
            refers: Vec::new(),
            referred: false,
            refers_out: false,
            focus: false,
            shown: None,
            news: false,
            source: path.remote.ip(),
        };
        self.dialogs.insert(self.keys.dialog(&leg.call_id, &leg.local_tag), wish.leg);
        self.legs.insert(wish.leg, Box::new(leg));
        match self.must_wait(path.link, Waiter::Leg(wish.leg)) {
            Some(true) => self.deadlines.set(Due::Leg(wish.leg, LegTimer::Connect), self.now.mono + PATIENCE),
            Some(false) => self.send_invite(wish.leg),
            None => self.invite_failed(wish.leg, 503, None),
        }
    }

    /// Whether a link is still being connected; then the waiter is noted. None: too many wait already.
    pub(super) fn must_wait(&mut self, link: LinkId, waiter: Waiter) -> Option<bool> {
        if !self.links.get(link).is_some_and(|link| matches!(link.stage, Stage::Connecting(_))) {
            return Some(false);
        }
        let waiting = self.waiting.entry(link).or_default();
        if waiting.len() >= limits::LINK_WAITING {
            return None;
        }
        waiting.push(waiter);
        Some(true)
    }

    /// Sends the INVITE of a leg: the first time, or again with credentials.
    pub(super) fn send_invite(&mut self, id: LegId) {
        self.deadlines.cancel(Due::Leg(id, LegTimer::Connect));
        let Some((path, credentials)) = self.prepare_invite(id) else { return };
        let branch = self.tokens.branch();
        let Some(request) = self.write_invite(id, path, &branch, &credentials) else { return };
        let tx = self.begin_client(ClientTransaction {
            key: self.keys.client(&branch, Method::Invite.as_str()),
            state: ClientState::Invite(invite_client::State::Calling),
            path,
            request,
            pause: Duration::ZERO,
            purpose: Purpose::Invite(id),
            acks: Vec::new(),
        });
        let Some(leg) = self.legs.get_mut(&id) else { return };
        if let Phase::Waiting { draft } | Phase::Placed { draft, .. } = std::mem::replace(&mut leg.phase, Phase::Up) {
            leg.phase = Phase::Placed { tx, draft, provisional: false, cancelled: false };
        }
    }

    /// What of it depends on the link that it takes; and our password, where it was asked for.
    fn prepare_invite(&mut self, id: LegId) -> Option<(Path, Vec<(Name, String)>)> {
        let leg = self.legs.get_mut(&id)?;
        let (Phase::Waiting { draft } | Phase::Placed { draft, .. }) = &leg.phase else { return None };
        let link = leg.link.unwrap_or(LinkId(0));
        let (transport, told) = self.links.told(link, self.directory.config.advertise);
        leg.contact = sip_uri(&draft.user, &told.to_string(), transport);
        if let Some(body) = &draft.body {
            leg.life.description = body.bytes.clone();
        }
        let credentials = match &mut leg.answerer {
            Some(answerer) => answerer.authorize(&Method::Invite, &draft.uri),
            None => Vec::new(),
        };
        let path = Path { link, remote: leg.remote, reliable: leg.transport.is_reliable() };
        Some((path, credentials))
    }

    fn write_invite(
        &self,
        id: LegId,
        path: Path,
        branch: &str,
        credentials: &[(Name, String)],
    ) -> Option<bytes::Bytes> {
        let leg = self.legs.get(&id)?;
        let (Phase::Waiting { draft } | Phase::Placed { draft, .. }) = &leg.phase else { return None };
        let builder = self.open_request_with(&Method::Invite, &draft.uri, path, draft.max_forwards, branch);
        let (from, to) = (&draft.from, &draft.to);
        let builder = builder
            .header(Name::From, Address { display: from.display.as_deref(), uri: &from.uri, tag: Some(&leg.local_tag) })
            .header(Name::To, Address { display: to.display.as_deref(), uri: &to.uri, tag: None })
            .header(Name::CallId, &leg.call_id)
            .header(Name::CSeq, format_args!("{} INVITE", draft.seq))
            .header(Name::Contact, leg.contact_value())
            .header(Name::Allow, ALLOW)
            .header(Name::Supported, SUPPORTED);
        let builder = leg.ask_session(builder);
        let mut builder = self.product(builder, Name::UserAgent);
        // RFC 3325 9.1: the carrier that we trust withholds it where Privacy says so.
        if let Some(Party { display, uri }) = &draft.asserted {
            let value = Address { display: display.as_deref(), uri, tag: None };
            builder = builder.header(Name::PAssertedIdentity, value);
        }
        if draft.private {
            builder = builder.header(Name::Privacy, "id");
        }
        if let Some(replaces) = &draft.replaces {
            builder = builder.header(Name::Replaces, replaces);
        }
        for (name, value) in credentials {
            builder = builder.header(*name, value);
        }
        if let Some(extras) = &draft.extras {
            builder = extras::write(builder, draft, extras);
        }
        Some(with_body(builder, draft.body.as_ref()).build())
    }
}

/// A carrier's name as a URI has it.
fn host_of(host: &crate::face::Host) -> String {
    match host.port {
        5_060 => host.name.clone(),
        port => format!("{}:{port}", host.name),
    }
}

/// Why a leg was not even sent, where the status alone would say something else.
fn local_cause(status: u16) -> Option<Cause> {
    match status {
        480 => Some(Cause::ABSENT),
        503 => Some(Cause::OUT_OF_ORDER),
        _ => None,
    }
}
