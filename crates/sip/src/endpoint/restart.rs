//! What changes around the endpoint: links come and go, the operator reconfigures, bindings come back
//! from before a restart.

use super::links::Stage;
use super::outbound::Waiter;
use super::{Due, Endpoint};
use crate::digest::Challenger;
use crate::face::{BindingChange, Config, Output, RegistrationFailure, Transport};
use crate::transaction::store::Path;
use std::collections::BTreeSet;
use std::net::SocketAddr;
use terms::{LinkId, PhoneId, limits};

use super::directory::Directory;

impl Endpoint {
    pub(super) fn link_opened(
        &mut self,
        id: LinkId,
        transport: Transport,
        local: SocketAddr,
        remote: Option<SocketAddr>,
    ) {
        if self.links.get(id).is_none() && self.links.len() >= limits::LINKS && remote.is_some() {
            self.make_room(id);
        }
        let waiting = self.links.opened(id, transport, local, remote, self.now.mono);
        if let Some(remote) = self.links.get(id).and_then(|link| link.remote) {
            self.deadlines.set(Due::Link(id), self.now.mono + limits::LINK_IDLE);
            for bytes in waiting {
                self.transmit(Path { link: id, remote, reliable: true }, bytes);
            }
        }
        for waiter in self.waiting.remove(&id).unwrap_or_default() {
            match waiter {
                Waiter::Leg(leg) => self.send_invite(leg),
                Waiter::Account(account) => self.send_register(account),
            }
        }
    }

    /// Too many links: the longest silent one without a use goes, or the new one.
    fn make_room(&mut self, new: LinkId) {
        let idle = self.links.longest_silent(|id| !self.in_use(id));
        match idle {
            Some(idle) => self.close(idle),
            None => self.outputs.push_back(Output::Close { link: new }),
        }
    }

    pub(super) fn link_closed(&mut self, id: LinkId) {
        self.deadlines.cancel(Due::Link(id));
        let Some(link) = self.links.closed(id) else { return };
        let touched = self.registrar.link_closed(id);
        self.tell_bindings(&touched);
        for waiter in self.waiting.remove(&id).unwrap_or_default() {
            match waiter {
                Waiter::Leg(leg) => self.invite_failed(leg, 503, None),
                Waiter::Account(account) => self.registration_failed(account, RegistrationFailure::Unreachable, None),
            }
        }
        for tx in link.clients {
            self.client_lost(tx);
        }
    }

    /// Asks for the end of a link.
    pub(super) fn close(&mut self, id: LinkId) {
        let Some(link) = self.links.get_mut(id) else { return };
        if !matches!(link.stage, Stage::Closing) {
            link.stage = Stage::Closing;
            self.outputs.push_back(Output::Close { link: id });
        }
    }

    /// A stream was silent, or slow to finish a message.
    pub(super) fn link_fired(&mut self, id: LinkId) {
        let now = self.now.mono;
        let Some(link) = self.links.get(id) else { return };
        let slow = link.partial_since.is_some_and(|since| now.since(since) >= limits::MESSAGE_TIME);
        if slow {
            self.counts.refused("slow message");
            return self.close(id);
        }
        if link.decoder.is_broken() {
            return self.close(id);
        }
        let silent = now.since(link.heard) >= limits::LINK_IDLE;
        if silent && !self.in_use(id) {
            return self.close(id);
        }
        self.deadlines.set(Due::Link(id), now + limits::LINK_IDLE);
    }

    /// Whether a binding, a leg or a request of ours needs a link.
    fn in_use(&self, id: LinkId) -> bool {
        self.registrar.uses(id)
            || self.links.get(id).is_some_and(|link| !link.clients.is_empty())
            || self.legs.values().any(|leg| leg.link == Some(id))
            || self.notifier.uses(id)
    }

    pub(super) fn reconfigure(&mut self, config: Config) {
        let known = &self.directory.config;
        if config.realm != known.realm {
            self.challenger = Challenger::new(&config.realm, &self.tokens.next_u64().to_be_bytes());
        }
        let mut phones: BTreeSet<PhoneId> = self.directory.config.phones.iter().map(|phone| phone.id).collect();
        phones.extend(config.phones.iter().map(|phone| phone.id));
        self.directory = Directory::new(config);
        self.tell_reconfigured(&phones);
        let gone: Vec<PhoneId> = self.registrar.phones().filter(|p| self.directory.phone(*p).is_none()).collect();
        self.failures.retain(|phone, _| self.directory.phone(*phone).is_some());
        for phone in gone {
            let consequences = self.registrar.forget(phone);
            self.carry_out(consequences);
        }
        self.subscriptions_reconfigured();
        self.publications_reconfigured();
        self.lookups_reconfigured();
        self.accounts_reconfigured();
        self.probes_reconfigured();
    }

    pub(super) fn restore(&mut self, change: &BindingChange) {
        if self.directory.phone(change.phone).is_none() {
            return;
        }
        let link = self.links.listener_at(change.local);
        let consequences = self.registrar.restore(change, link, self.now);
        self.carry_out(consequences);
    }
}
