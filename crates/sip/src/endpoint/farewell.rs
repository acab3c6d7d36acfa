//! The word that is owed to the peers of legs that died with an earlier process, so that no phone has to find out by
//! itself: BYE in confirmed dialogs (RFC 3261 15), CANCEL for our INVITEs that rang, and a final response to theirs.
//!
//! - They go out a few at a time, as ordinary transactions: timer E repeats them, timer F gives them up, quietly.
//!   A challenge is answered as in any leg; nothing else about them reaches call control.
//! - Datagrams go where the leg's messages went before. A stream died with the process: the phone's new one is taken
//!   where it has registered again, otherwise its contact is tried; when nobody answers there, the goodbye waits
//!   until the phone is back, for as long as [`limits::FAREWELL`].
//! - What it takes to take an INVITE back, or to refuse one, is in [`super::recall`].

use super::keep::Kept;
use super::leg::{Change, Leg, Peer, Phase};
use super::session::Life;
use super::{Due, Endpoint};
use crate::digest::Answerer;
use crate::face::{KeptDialog, Owed, Source, Transport};
use crate::registrar::Binding;
use smallvec::SmallVec;
use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::time::Duration;
use terms::{Cause, LegId, LinkId, Mono, PhoneId, limits};

/// How many go out at once.
const BURST: usize = 50;
/// And how long until the next ones: together 5,000 a second.
const PAUSE: Duration = Duration::from_millis(10);

/// Goodbyes that are still to be said.
#[derive(Debug, Default)]
pub(super) struct Farewells {
    /// As soon as possible.
    due: VecDeque<(i64, Owed)>,
    /// Once the phone is back, or never after this time.
    parked: BTreeMap<PhoneId, Vec<(Mono, i64, Owed)>>,
    /// What was kept of those that are under way over a stream.
    tried: BTreeMap<LegId, Owed>,
}

impl Farewells {
    /// How many are still to be said.
    pub(super) fn len(&self) -> usize {
        self.due.len() + self.parked.values().map(Vec::len).sum::<usize>()
    }
}

impl Endpoint {
    /// A leg from before a restart.
    pub(super) fn remember(&mut self, key: i64, owed: Owed) {
        self.farewells.due.push_back((key, owed));
        self.soon();
    }

    fn soon(&mut self) {
        self.deadlines.set(Due::Farewell, self.now.mono + PAUSE);
    }

    /// Says the next ones.
    pub(super) fn farewell_due(&mut self) {
        for _ in 0..BURST {
            let Some((key, owed)) = self.farewells.due.pop_front() else { break };
            match owed {
                Owed::Bye(dialog) => self.say_bye(key, dialog),
                Owed::Cancel(invite) => self.take_back(key, invite),
                Owed::Refusal(arrival) => self.refuse_late(key, &arrival),
            }
        }
        let overdue = self.give_up_parked();
        if !self.farewells.due.is_empty() {
            self.soon();
        } else if let Some(next) = overdue {
            self.deadlines.set(Due::Farewell, next);
        }
    }

    fn say_bye(&mut self, key: i64, kept: KeptDialog) {
        if self.dialogs.contains_key(&self.keys.dialog(&kept.call_id, &kept.local_tag)) {
            return self.let_go(LegId(0), Kept::Before(key));
        }
        let dialog = kept.revive();
        let contact = super::route::next_hop(&dialog).map(|(_, address)| address);
        let (remote, link) = self.way_back(kept.transport, kept.peer, contact, kept.to, kept.from);
        let leg = self.revived(key, kept.peer, kept.transport, remote, link);
        let (local_tag, call_id) = (kept.local_tag.clone(), kept.call_id.clone());
        let leg = Leg { local_tag, call_id, dialogs: SmallVec::from_elem(dialog, 1), chosen: Some(0), ..leg };
        let (transport, peer) = (kept.transport, kept.peer);
        let id = self.adopt(leg);
        self.may_be_parked(id, transport, peer, Owed::Bye(kept));
        self.send_bye(id, Some(Cause::TEMPORARY.into()));
    }

    /// The way that the leg's messages took, or what is most like it now.
    pub(super) fn way_back(
        &mut self,
        transport: Transport,
        peer: Source,
        contact: Option<SocketAddr>,
        to: SocketAddr,
        from: SocketAddr,
    ) -> (SocketAddr, Option<LinkId>) {
        match transport {
            Transport::Udp => (to, self.links.listener_at(from)),
            stream => self.stream_to(stream, peer, contact.unwrap_or(to)),
        }
    }

    /// Takes a leg in that call control has never heard of.
    pub(super) fn adopt(&mut self, leg: Leg) -> LegId {
        self.legs_received += 1;
        let id = LegId::inbound(self.legs_received);
        self.dialogs.insert(self.keys.dialog(&leg.call_id, &leg.local_tag), id);
        self.legs.insert(id, Box::new(leg));
        id
    }

    /// A phone whose stream is gone may come back with another.
    pub(super) fn may_be_parked(&mut self, id: LegId, transport: Transport, peer: Source, owed: Owed) {
        if transport.is_reliable() && matches!(peer, Source::Phone(_)) {
            self.farewells.tried.insert(id, owed);
        }
    }

    /// A stream to whoever it was: the phone's own, or a new one to where it said that it is.
    fn stream_to(&mut self, transport: Transport, peer: Source, contact: SocketAddr) -> (SocketAddr, Option<LinkId>) {
        if let Source::Phone(phone) = peer
            && let Some((remote, link)) = self.registrar.best(phone).and_then(own_stream)
        {
            return (remote, Some(link));
        }
        let link = self.path_to(transport, contact, None).map(|path| path.link);
        (contact, link)
    }

    /// A leg that is to hear one last word.
    pub(super) fn revived(
        &mut self,
        key: i64,
        peer: Source,
        transport: Transport,
        remote: SocketAddr,
        link: Option<LinkId>,
    ) -> Leg {
        let (peer, answerer) = match peer {
            Source::Phone(phone) => (Peer::Phone(phone), None),
            Source::Trunk(trunk) => {
                let credentials = self.directory.trunk(trunk).and_then(|peer| peer.credentials.clone());
                let answerer = credentials.map(|c| Answerer::new(&c.user, &c.password, self.tokens.next_u64()));
                (Peer::Trunk(trunk), answerer)
            }
        };
        Leg {
            peer,
            call_id: String::new(),
            local_tag: String::new(),
            phase: Phase::Up,
            dialogs: SmallVec::new(),
            chosen: None,
            contact: String::new(),
            transport,
            remote,
            link,
            // Call control has never heard of it, and shall not.
            told: true,
            device: None,
            reason: Some(Cause::TEMPORARY.into()),
            answerer,
            challenges: 0,
            change: Change::None,
            wanted: VecDeque::new(),
            glares: 0,
            repeat: None,
            ours: false,
            kept: Kept::Before(key),
            updates: false,
            takes_info: false,
            reliable: None,
            life: Life::default(),
            infos: None,
            refers: Vec::new(),
            referred: false,
            refers_out: false,
            focus: false,
            shown: None,
            news: false,
            source: remote.ip(),
        }
    }

    /// The last word of a leg could not be brought to the other side. True: it will be tried again.
    pub(super) fn park_farewell(&mut self, id: LegId) -> bool {
        let Some(owed) = self.farewells.tried.remove(&id) else { return false };
        let Some((Peer::Phone(phone), Kept::Before(key))) = self.legs.get(&id).map(|leg| (leg.peer, leg.kept)) else {
            return false;
        };
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.kept = Kept::No;
        }
        self.park(phone, key, owed);
        true
    }

    /// It waits until the phone is back, which it may be already.
    pub(super) fn park(&mut self, phone: PhoneId, key: i64, owed: Owed) {
        if self.registrar.best(phone).and_then(own_stream).is_some() {
            self.farewells.due.push_back((key, owed));
            return self.soon();
        }
        let until = self.now.mono + limits::FAREWELL;
        self.farewells.parked.entry(phone).or_default().push((until, key, owed));
        if !self.deadlines.is_set(Due::Farewell) {
            self.deadlines.set(Due::Farewell, until);
        }
    }

    /// The last word of a leg was answered, whatever the answer.
    pub(super) fn farewell_said(&mut self, id: LegId) {
        self.farewells.tried.remove(&id);
    }

    /// A phone registered: what waited for it may go.
    pub(super) fn phone_is_back(&mut self, phone: PhoneId) {
        if self.farewells.parked.is_empty() || self.registrar.best(phone).and_then(own_stream).is_none() {
            return;
        }
        let Some(parked) = self.farewells.parked.remove(&phone) else { return };
        self.farewells.due.extend(parked.into_iter().map(|(_, key, owed)| (key, owed)));
        self.soon();
    }

    /// Forgets those that waited too long; answers when to look again.
    fn give_up_parked(&mut self) -> Option<Mono> {
        let now = self.now.mono;
        let mut given_up = Vec::new();
        self.farewells.parked.retain(|_, waiting| {
            waiting.retain(|(until, key, _)| {
                let stays = *until > now;
                if !stays {
                    given_up.push(*key);
                }
                stays
            });
            !waiting.is_empty()
        });
        for key in given_up {
            self.let_go(LegId(0), Kept::Before(key));
        }
        self.farewells.parked.values().flatten().map(|(until, ..)| *until).min()
    }
}

/// The stream over which a phone registered with this process.
fn own_stream(binding: &Binding) -> Option<(SocketAddr, LinkId)> {
    let link = binding.link.filter(|_| binding.transport.is_reliable())?;
    Some((binding.remote, link))
}
