//! Where requests come from, as far as those who send them cannot choose it freely: an IPv4 address, or the /64 of an
//! IPv6 address, within which a host takes any address that it likes (RFC 4291 2.5.4, RFC 8981).

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};

/// A source that is counted and braked as one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin(IpAddr);

impl Origin {
    /// The source that an address belongs to. An IPv4 address in IPv6's clothes is itself.
    pub fn of(address: IpAddr) -> Origin {
        match address.to_canonical() {
            IpAddr::V4(address) => Origin(address.into()),
            IpAddr::V6(address) => Origin(Ipv6Addr::from_bits(address.to_bits() & (u128::MAX << 64)).into()),
        }
    }

    /// For a fingerprint.
    pub(crate) fn octets(self) -> [u8; 16] {
        match self.0 {
            IpAddr::V4(address) => address.to_ipv6_mapped().octets(),
            IpAddr::V6(network) => network.octets(),
        }
    }
}

/// `192.0.2.66`, `2001:db8:1:2::/64`.
impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            IpAddr::V4(address) => write!(f, "{address}"),
            IpAddr::V6(network) => write!(f, "{network}/64"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(address: &str) -> Origin {
        Origin::of(address.parse().unwrap())
    }

    #[test]
    fn a_host_that_changes_its_address_within_a_64_stays_the_same_source() {
        assert_eq!(of("2001:db8:1:2::1"), of("2001:db8:1:2:ffff:eeee:dddd:cccc"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
        assert_eq!(of("2001:db8:1:2::1").to_string(), "2001:db8:1:2::/64");
        assert_eq!(of("192.0.2.1").to_string(), "192.0.2.1");
    }
}
