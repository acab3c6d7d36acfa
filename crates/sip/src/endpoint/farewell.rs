//! BYE in the dialogs that died with an earlier process (RFC 3261 15), so that no phone has to find out by itself.
//!
//! - They go out a few at a time, as ordinary transactions: timer E repeats them, timer F gives them up, quietly.
//!   A challenge is answered as in any leg; nothing else about them reaches call control.
//! - Datagrams go where the leg's messages went before. A stream died with the process: the phone's new one is taken
//!   where it has registered again, otherwise its contact is tried; when nobody answers there, the goodbye waits
//!   until the phone is back, for as long as [`limits::FAREWELL`].
//! - An INVITE that had no final response is not kept. Its CANCEL would need the branch of that very transaction
//!   (RFC 3261 9.1), and a row for each ringing device costs more than it is worth: a caller's INVITE ends by its own
//!   timers, and a phone that is picked up after the crash gets no ACK, which ends its dialog (13.3.1.4).

use super::keep::Kept;
use super::leg::{Change, Leg, Peer, Phase};
use super::{Due, Endpoint};
use crate::digest::Answerer;
use crate::face::{KeptDialog, Source, Transport};
use crate::registrar::Binding;
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
    due: VecDeque<(i64, KeptDialog)>,
    /// Once the phone is back, or never after this time.
    parked: BTreeMap<PhoneId, Vec<(Mono, i64, KeptDialog)>>,
    /// What was kept of those whose BYE is under way over a stream.
    tried: BTreeMap<LegId, KeptDialog>,
}

impl Farewells {
    /// How many are still to be said.
    pub(super) fn len(&self) -> usize {
        self.due.len() + self.parked.values().map(Vec::len).sum::<usize>()
    }
}

impl Endpoint {
    /// A dialog from before a restart.
    pub(super) fn remember(&mut self, key: i64, dialog: KeptDialog) {
        self.farewells.due.push_back((key, dialog));
        self.soon();
    }

    fn soon(&mut self) {
        self.deadlines.set(Due::Farewell, self.now.mono + PAUSE);
    }

    /// Says the next ones.
    pub(super) fn farewell_due(&mut self) {
        for _ in 0..BURST {
            let Some((key, dialog)) = self.farewells.due.pop_front() else { break };
            self.say_farewell(key, dialog);
        }
        let overdue = self.give_up_parked();
        if !self.farewells.due.is_empty() {
            self.soon();
        } else if let Some(next) = overdue {
            self.deadlines.set(Due::Farewell, next);
        }
    }

    fn say_farewell(&mut self, key: i64, kept: KeptDialog) {
        if self.dialogs.contains_key(&self.keys.dialog(&kept.call_id, &kept.local_tag)) {
            return self.let_go(LegId(0), Kept::Before(key));
        }
        let (remote, link) = match kept.is_stream() {
            true => self.stream_to(&kept),
            false => (kept.to, self.links.listener_at(kept.from)),
        };
        self.legs_received += 1;
        let id = LegId::inbound(self.legs_received);
        let leg = self.revived(key, &kept, remote, link);
        self.dialogs.insert(self.keys.dialog(&leg.call_id, &leg.local_tag), id);
        self.legs.insert(id, Box::new(leg));
        if kept.is_stream() && matches!(kept.peer, Source::Phone(_)) {
            self.farewells.tried.insert(id, kept);
        }
        self.send_bye(id, Some(Cause::TEMPORARY));
    }

    /// A stream to whoever it was: the phone's own, or a new one to where it said that it is.
    fn stream_to(&mut self, kept: &KeptDialog) -> (SocketAddr, Option<LinkId>) {
        if let Source::Phone(phone) = kept.peer
            && let Some((remote, link)) = self.registrar.best(phone).and_then(own_stream)
        {
            return (remote, Some(link));
        }
        let remote = super::route::next_hop(&kept.revive()).map_or(kept.to, |(_, address)| address);
        let link = self.path_to(Transport::Tcp, remote, None).map(|path| path.link);
        (remote, link)
    }

    fn revived(&mut self, key: i64, kept: &KeptDialog, remote: SocketAddr, link: Option<LinkId>) -> Leg {
        let (peer, answerer) = match kept.peer {
            Source::Phone(phone) => (Peer::Phone(phone), None),
            Source::Trunk(trunk) => {
                let credentials = self.directory.trunk(trunk).and_then(|peer| peer.credentials.clone());
                let answerer = credentials.map(|c| Answerer::new(&c.user, &c.password, self.tokens.next_u64()));
                (Peer::Trunk(trunk), answerer)
            }
        };
        Leg {
            peer,
            call_id: kept.call_id.clone(),
            local_tag: kept.local_tag.clone(),
            phase: Phase::Up,
            dialog: Some(kept.revive()),
            contact: String::new(),
            transport: kept.transport,
            remote,
            link,
            // Call control has never heard of it, and shall not.
            told: true,
            cause: Some(Cause::TEMPORARY),
            answerer,
            challenges: 0,
            change: Change::None,
            wanted: VecDeque::new(),
            glares: 0,
            repeat: None,
            ours: false,
            kept: Kept::Before(key),
        }
    }

    /// The BYE of a leg could not be brought to the other side. True: it will be tried again.
    pub(super) fn park_farewell(&mut self, id: LegId) -> bool {
        let Some(kept) = self.farewells.tried.remove(&id) else { return false };
        let (Source::Phone(phone), Some(Kept::Before(key))) = (kept.peer, self.legs.get(&id).map(|leg| leg.kept))
        else {
            return false;
        };
        if let Some(leg) = self.legs.get_mut(&id) {
            leg.kept = Kept::No;
        }
        if self.registrar.best(phone).and_then(own_stream).is_some() {
            // It came back while we tried elsewhere.
            self.farewells.due.push_back((key, kept));
            self.soon();
            return true;
        }
        let until = self.now.mono + limits::FAREWELL;
        self.farewells.parked.entry(phone).or_default().push((until, key, kept));
        if !self.deadlines.is_set(Due::Farewell) {
            self.deadlines.set(Due::Farewell, until);
        }
        true
    }

    /// The BYE of a leg was answered, whatever the answer.
    pub(super) fn farewell_said(&mut self, id: LegId) {
        self.farewells.tried.remove(&id);
    }

    /// A phone registered: what waited for it may go.
    pub(super) fn phone_is_back(&mut self, phone: PhoneId) {
        if self.farewells.parked.is_empty() || self.registrar.best(phone).and_then(own_stream).is_none() {
            return;
        }
        let Some(parked) = self.farewells.parked.remove(&phone) else { return };
        self.farewells.due.extend(parked.into_iter().map(|(_, key, kept)| (key, kept)));
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
    let link = binding.link.filter(|_| binding.transport == Transport::Tcp)?;
    Some((binding.remote, link))
}
