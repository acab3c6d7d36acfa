//! The phones one by one, for the operator: where each is registered and with what device, and what keeps it out.

use super::Endpoint;
use super::compose::sip_uri;
use crate::brake::Ban;
use crate::face::{ContactSeen, PhoneSeen};
use crate::fingerprint::Fingerprint;
use crate::registrar::{Binding, BindingId};
use std::collections::BTreeMap;
use terms::PhoneId;

impl Endpoint {
    /// All phones, in the operator's order.
    pub fn phones(&self) -> Vec<PhoneSeen> {
        let asked = self.asked_in_vain();
        let see = |account: &crate::face::PhoneAccount| PhoneSeen {
            phone: account.id,
            user: account.user.clone(),
            fixed: account.contact,
            contacts: self.registrar.of(account.id).iter().map(contact).collect(),
            failure: self.failures.get(&account.id).copied(),
            unanswered: asked.get(&account.id).copied().unwrap_or(0),
        };
        self.directory.config.phones.iter().map(see).collect()
    }

    /// Where a phone is registered, by binding, with the seconds for which that is good; a fixed contact is good for ever.
    pub fn contacts(&self, phone: PhoneId) -> Vec<(BindingId, String, Option<u64>)> {
        let fixed = self.directory.phone(phone).and_then(|account| {
            let (transport, address) = account.contact?;
            Some((BindingId::FIXED, sip_uri(&account.user, &address.to_string(), transport), None))
        });
        let left = |binding: &Binding| binding.expires.since(self.now.mono).as_secs();
        let bound = self.registrar.of(phone).iter();
        fixed.into_iter().chain(bound.map(|one| (one.id, one.contact.clone(), Some(left(one))))).collect()
    }

    /// Whether a phone can be reached: registered, or at a fixed address.
    pub fn is_reachable(&self, phone: PhoneId) -> bool {
        self.reachable.contains_key(&phone)
    }

    /// Who waits after wrong passwords, or had to.
    pub fn bans(&self) -> Vec<Ban> {
        self.brake.bans(self.now.mono)
    }

    /// How often phones were challenged that never answer. Kept are fingerprints of the names that were claimed.
    pub fn asked_in_vain(&self) -> BTreeMap<PhoneId, u32> {
        let mut troubled: BTreeMap<Fingerprint, u32> = BTreeMap::new();
        for (_, known) in self.unanswered.iter().filter(|(_, known)| known.troubles(self.now.mono)) {
            let count = troubled.entry(known.name).or_default();
            *count = known.count.max(*count);
        }
        if troubled.is_empty() {
            return BTreeMap::new();
        }
        let phones = self.directory.config.phones.iter();
        phones.filter_map(|account| Some((account.id, *troubled.get(&self.keys.name(&account.user))?))).collect()
    }
}

fn contact(binding: &Binding) -> ContactSeen {
    ContactSeen {
        contact: binding.contact.clone(),
        device: binding.device.as_deref().unwrap_or_default().to_owned(),
        remote: binding.remote,
        transport: binding.transport,
        usable: binding.usable(),
        since: binding.since,
        expires: binding.expires_wall,
    }
}
