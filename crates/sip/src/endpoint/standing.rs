//! What a trunk's registration is good for while it stands: calls from the address of the registrar are the trunk's, by
//! the number that we gave as our contact where several trunks stand at one address.

use super::Endpoint;
use super::account::Account;
use super::request::called_user;
use crate::face::RegistrationFailure;
use crate::message::Message;
use serde::Serialize;
use std::net::{IpAddr, SocketAddr};
use terms::{Mono, TrunkId};

/// How the registration of a trunk is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Registered {
    /// Of which trunk.
    pub trunk: TrunkId,
    /// Since when it stands, and until when; absent: it does not.
    pub stands: Option<(Mono, Mono)>,
    /// Where.
    pub at: Option<SocketAddr>,
    /// What went wrong last, and when.
    pub failure: Option<(RegistrationFailure, Mono)>,
}

impl Endpoint {
    fn standing(&self) -> impl Iterator<Item = (TrunkId, &Account)> {
        let now = self.now.mono;
        self.accounts.values().filter_map(move |known| {
            known.stands.filter(|(_, until)| known.wanted && *until > now)?;
            Some((known.registration.trunk?, known))
        })
    }

    /// The trunk that is registered at an address; of several the one whose contact is asked for.
    pub(super) fn registered_trunk(&self, address: IpAddr, message: &Message) -> Option<TrunkId> {
        if self.accounts.is_empty() {
            return None;
        }
        let address = address.to_canonical();
        let here =
            || self.standing().filter(|(_, known)| known.sources.iter().any(|source| source.to_canonical() == address));
        let asked = called_user(message);
        let by_number = here().find(|(_, known)| known.registration.credentials.user == asked);
        let only = || here().next().filter(|_| here().nth(1).is_none());
        by_number.or_else(only).map(|(trunk, _)| trunk)
    }

    /// The number that a call from a registered trunk asks for: a registrar sends it to our contact, and says in To
    /// who was called.
    pub(super) fn called_through(&self, trunk: TrunkId, message: &Message) -> Option<String> {
        let known = self.accounts.get(&trunk.0)?;
        if called_user(message) != known.registration.credentials.user {
            return None;
        }
        let to = message.to().ok()?;
        let user = to.uri().ok()?.user()?.into_owned();
        (!user.is_empty()).then_some(user)
    }

    /// The address at which a trunk is registered.
    pub(super) fn registered_at(&self, trunk: TrunkId) -> Option<IpAddr> {
        let (_, known) = self.standing().find(|(one, _)| *one == trunk)?;
        known.path.map(|path| path.remote.ip())
    }

    /// Whether the registrar of a trunk speaks from this address.
    pub(super) fn is_registrar_of(&self, trunk: TrunkId, address: IpAddr) -> bool {
        let address = address.to_canonical();
        let known = self.standing().find(|(one, _)| *one == trunk);
        known.is_some_and(|(_, known)| known.sources.iter().any(|source| source.to_canonical() == address))
    }

    /// How the registrations of trunks are.
    pub(super) fn registrations(&self) -> Vec<Registered> {
        let now = self.now.mono;
        let one = |known: &Account| {
            Some(Registered {
                trunk: known.registration.trunk?,
                stands: known.stands.filter(|(_, until)| *until > now),
                at: known.path.map(|path| path.remote),
                failure: known.failure,
            })
        };
        self.accounts.values().filter_map(one).collect()
    }
}
