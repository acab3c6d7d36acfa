//! The registrar's memory: which contacts each phone has bound, over which link, until when (RFC 3261 10.3,
//! RFC 5626 and 5627 as far as they name instances). It reads no message and sends none; authentication
//! happens before it is asked.

mod binding;
mod update;

pub(crate) use binding::Binding;
pub use binding::{BindingId, BindingLine};
pub(crate) use update::{Asked, Verdict, Wish, Wishes};

use crate::face::{BindingChange, Transport};
use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::time::Duration;
use terms::{LinkId, Mono, Now, PhoneId, limits};

/// What a change of the bindings means to others.
#[derive(Debug, Default)]
pub(crate) struct Consequences {
    /// For the ledger.
    pub changes: Vec<BindingChange>,
    /// Phones whose bindings changed: their reachability may have.
    pub touched: BTreeSet<PhoneId>,
    /// Deadlines to set.
    pub deadlines: Vec<(PhoneId, BindingId, Mono)>,
    /// Deadlines to forget.
    pub forgotten: Vec<(PhoneId, BindingId)>,
    /// Devices that are elsewhere now, with where they were.
    pub moved: Vec<(PhoneId, BindingId, SocketAddr)>,
    /// Bindings whose phone may have been restarted, or may be another: only asking tells.
    pub doubted: Vec<(PhoneId, BindingId)>,
}

/// All bindings.
#[derive(Default)]
pub(crate) struct Registrar {
    phones: BTreeMap<PhoneId, Vec<Binding>>,
    by_link: BTreeMap<LinkId, BTreeSet<PhoneId>>,
    by_source: BTreeMap<SocketAddr, usize>,
    serial: u64,
    count: usize,
}

impl Registrar {
    /// How many bindings there are.
    pub(crate) fn len(&self) -> usize {
        self.count
    }

    /// The bindings of a phone.
    pub(crate) fn of(&self, phone: PhoneId) -> &[Binding] {
        self.phones.get(&phone).map_or(&[], Vec::as_slice)
    }

    /// The binding to try first: usable, highest preference, most recently renewed.
    pub(crate) fn best(&self, phone: PhoneId) -> Option<&Binding> {
        self.of(phone).iter().filter(|b| b.usable()).max_by_key(|b| (b.q, b.renewed))
    }

    /// Whether a phone registered from this address.
    pub(crate) fn knows(&self, source: SocketAddr) -> bool {
        self.by_source.contains_key(&source)
    }

    /// A binding.
    pub(crate) fn binding(&self, phone: PhoneId, id: BindingId) -> Option<&Binding> {
        self.of(phone).iter().find(|binding| binding.id == id)
    }

    /// Whether a binding of anybody came over this stream.
    pub(crate) fn uses(&self, link: LinkId) -> bool {
        self.by_link.contains_key(&link)
    }

    /// The phones with a binding over this stream.
    pub(crate) fn phones(&self) -> impl Iterator<Item = PhoneId> {
        self.phones.keys().copied()
    }

    /// A stream is gone: what was bound over it can no longer be reached, but keeps its place until it
    /// expires or the phone comes back.
    pub(crate) fn link_closed(&mut self, link: LinkId) -> BTreeSet<PhoneId> {
        let touched = self.by_link.remove(&link).unwrap_or_default();
        for phone in &touched {
            for binding in self.phones.get_mut(phone).into_iter().flatten() {
                if binding.link == Some(link) {
                    binding.link = None;
                }
            }
        }
        touched
    }

    /// A binding's life is over, or nobody is there.
    pub(crate) fn expired(&mut self, phone: PhoneId, id: BindingId) -> Consequences {
        let mut consequences = Consequences::default();
        self.remove(phone, |binding| binding.id == id, &mut consequences);
        consequences
    }

    /// A phone is no longer known.
    pub(crate) fn forget(&mut self, phone: PhoneId) -> Consequences {
        let mut consequences = Consequences::default();
        self.remove(phone, |_| true, &mut consequences);
        consequences
    }

    /// Takes back a binding from before a restart. `link` is the listener for datagrams; a stream does not
    /// survive, so its binding waits for the phone.
    pub(crate) fn restore(&mut self, change: &BindingChange, link: Option<LinkId>, now: Now) -> Consequences {
        let mut consequences = Consequences::default();
        let left_ms = change.expires.as_millis().saturating_sub(now.wall.as_millis());
        let Ok(left_ms) = u64::try_from(left_ms) else { return consequences };
        let known = self.of(change.phone);
        if left_ms == 0 || known.len() >= limits::BINDINGS_PER_PHONE || known.iter().any(|b| b.key == change.key) {
            return consequences;
        }
        let id = BindingId(self.next());
        let expires = now.mono + Duration::from_millis(left_ms);
        let binding =
            Binding::restored(id, change, link.filter(|_| change.transport == Transport::Udp), expires, now.wall);
        self.insert(change.phone, binding, &mut consequences);
        consequences
    }

    fn next(&mut self) -> u64 {
        self.serial += 1;
        self.serial
    }

    fn insert(&mut self, phone: PhoneId, binding: Binding, consequences: &mut Consequences) {
        consequences.deadlines.push((phone, binding.id, binding.expires));
        consequences.touched.insert(phone);
        if let (true, Some(link)) = (binding.came.is_reliable(), binding.link) {
            self.by_link.entry(link).or_default().insert(phone);
        }
        *self.by_source.entry(binding.source).or_default() += 1;
        self.phones.entry(phone).or_default().push(binding);
        self.count += 1;
    }

    fn remove(&mut self, phone: PhoneId, goes: impl Fn(&Binding) -> bool, consequences: &mut Consequences) {
        let Some(bindings) = self.phones.get_mut(&phone) else { return };
        let before = bindings.len();
        let mut links = BTreeSet::new();
        let mut sources = Vec::new();
        bindings.retain(|binding| {
            if !goes(binding) {
                return true;
            }
            consequences.changes.push(binding.removal(phone));
            consequences.forgotten.push((phone, binding.id));
            links.extend(binding.link);
            sources.push(binding.source);
            false
        });
        consequences.touched.insert(phone);
        self.count = self.count.saturating_sub(before - bindings.len());
        for link in links {
            let still = bindings.iter().any(|b| b.link == Some(link));
            if !still && let Some(phones) = self.by_link.get_mut(&link) {
                phones.remove(&phone);
                if phones.is_empty() {
                    self.by_link.remove(&link);
                }
            }
        }
        if bindings.is_empty() {
            self.phones.remove(&phone);
        }
        for source in sources {
            if let Some(count) = self.by_source.get_mut(&source) {
                *count -= 1;
                if *count == 0 {
                    self.by_source.remove(&source);
                }
            }
        }
    }
}
