//! Whose a datagram is, where all pages send to one port: by the name that a page asks for (ICE's username fragment, RFC
//! 8445 7.2.2), or by the address that it has proved to send from. An address counts as proved once the leg itself sends there: it
//! never answers to what does not carry the password.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use terms::limits::PAGE_ADDRESSES;

/// A leg, as its owner calls it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PageId(pub u64);

/// STUN's attribute USERNAME, and the length of its header (RFC 8489 14.3, 5).
const USERNAME: u16 = 0x0006;
const STUN_HEADER: usize = 20;
/// Attributes that are looked at for a name; browsers write it first or second.
const ATTRIBUTES: usize = 16;

/// What is known of the pages' names and addresses.
#[derive(Debug, Default)]
pub struct Gate {
    names: BTreeMap<String, PageId>,
    addresses: BTreeMap<SocketAddr, PageId>,
    pages: BTreeMap<PageId, Page>,
}

#[derive(Debug, Default)]
struct Page {
    name: String,
    /// The last learnt at the end.
    addresses: VecDeque<SocketAddr>,
}

impl Gate {
    /// A page's leg has this name from now on, and no other.
    pub fn name(&mut self, page: PageId, name: String) {
        let known = self.pages.entry(page).or_default();
        self.names.remove(&known.name);
        known.name.clone_from(&name);
        self.names.insert(name, page);
    }

    /// A page's leg sends to this address.
    pub fn sends(&mut self, page: PageId, to: SocketAddr) {
        if self.addresses.get(&to) == Some(&page) {
            return;
        }
        let Some(known) = self.pages.get_mut(&page) else { return };
        known.addresses.push_back(to);
        let oldest = if known.addresses.len() > PAGE_ADDRESSES { known.addresses.pop_front() } else { None };
        // Another page that was there before is there no more: one of them reloaded behind the same address and port.
        if let Some(former) = self.addresses.insert(to, page)
            && let Some(former) = self.pages.get_mut(&former)
        {
            former.addresses.retain(|address| *address != to);
        }
        if let Some(oldest) = oldest {
            self.addresses.remove(&oldest);
        }
    }

    /// A page's leg is gone.
    pub fn forget(&mut self, page: PageId) {
        let Some(known) = self.pages.remove(&page) else { return };
        self.names.remove(&known.name);
        for address in known.addresses {
            self.addresses.remove(&address);
        }
    }

    /// Whose a datagram is.
    pub fn whose(&self, from: SocketAddr, datagram: &[u8]) -> Option<PageId> {
        let named = asked_for(datagram).and_then(|name| self.names.get(name));
        named.or_else(|| self.addresses.get(&from)).copied()
    }
}

/// The name in a STUN message: what stands before the colon (RFC 8445 7.2.2).
fn asked_for(datagram: &[u8]) -> Option<&str> {
    let (header, mut rest) = datagram.split_first_chunk::<STUN_HEADER>()?;
    if header[0] > 1 {
        return None;
    }
    for _ in 0..ATTRIBUTES {
        let (&[t0, t1, l0, l1], body) = rest.split_first_chunk::<4>()?;
        let length = usize::from(u16::from_be_bytes([l0, l1]));
        if u16::from_be_bytes([t0, t1]) == USERNAME {
            let both = std::str::from_utf8(body.get(..length)?).ok()?;
            return both.split(':').next();
        }
        rest = body.get(length.next_multiple_of(4)..)?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(port: u16) -> SocketAddr {
        SocketAddr::from(([192, 0, 2, 1], port))
    }

    fn stun(name: &str) -> Vec<u8> {
        let mut message = vec![0; STUN_HEADER];
        message.extend([0x80, 0x22, 0, 3, b'x', b'y', b'z', 0]);
        message.extend(USERNAME.to_be_bytes());
        message.extend((name.len() as u16).to_be_bytes());
        message.extend(name.as_bytes());
        message
    }

    #[test]
    fn a_page_is_known_by_its_name_and_then_by_where_it_sends_from() {
        let mut gate = Gate::default();
        gate.name(PageId(1), "one".into());
        gate.name(PageId(2), "two".into());
        assert_eq!(gate.whose(at(9), &stun("two:else")), Some(PageId(2)));
        assert_eq!(gate.whose(at(9), &[0x80, 0]), None, "it has proved nothing yet");
        gate.sends(PageId(2), at(9));
        assert_eq!(gate.whose(at(9), &[0x80, 0]), Some(PageId(2)));
        assert_eq!(gate.whose(at(9), &stun("one:else")), Some(PageId(1)), "the name goes before the address");
        gate.name(PageId(2), "new".into());
        assert_eq!(gate.whose(at(8), &stun("two:else")), None);
        gate.forget(PageId(2));
        assert_eq!((gate.whose(at(9), &[0x80, 0]), gate.whose(at(8), &stun("new:else"))), (None, None));
    }

    #[test]
    fn an_address_is_the_last_ones_and_forgetting_the_one_before_leaves_it() {
        let mut gate = Gate::default();
        gate.name(PageId(1), "one".into());
        gate.name(PageId(2), "two".into());
        gate.sends(PageId(1), at(9));
        gate.sends(PageId(2), at(9));
        gate.forget(PageId(1));
        assert_eq!(gate.whose(at(9), &[0x80, 0]), Some(PageId(2)));
    }

    #[test]
    fn no_more_addresses_are_kept_than_the_limit_and_the_oldest_goes() {
        let mut gate = Gate::default();
        gate.name(PageId(1), "one".into());
        for port in 1..=PAGE_ADDRESSES as u16 + 1 {
            gate.sends(PageId(1), at(port));
        }
        assert_eq!(gate.addresses.len(), PAGE_ADDRESSES);
        assert_eq!((gate.whose(at(1), &[0x80]), gate.whose(at(2), &[0x80])), (None, Some(PageId(1))));
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_panic(bytes in proptest::collection::vec(proptest::prelude::any::<u8>(), 0..120), first in 0..2u8) {
            let mut bytes = bytes;
            if let Some(byte) = bytes.first_mut() {
                *byte = first;
            }
            asked_for(&bytes);
        }
    }
}
