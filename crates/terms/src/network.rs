//! Networks, as operators write them: an address and how many of its bits count; and addresses that are good in one alone.

use std::net::IpAddr;

/// Whether `network/length` contains `address`.
pub fn covers(network: IpAddr, length: u8, address: IpAddr) -> bool {
    match (network, address) {
        (IpAddr::V4(a), IpAddr::V4(b)) => {
            let shift = 32_u32.saturating_sub(u32::from(length));
            u64::from(a.to_bits()) >> shift == u64::from(b.to_bits()) >> shift
        }
        (IpAddr::V6(a), IpAddr::V6(b)) => {
            let shift = 128_u32.saturating_sub(u32::from(length));
            a.to_bits().checked_shr(shift).unwrap_or(0) == b.to_bits().checked_shr(shift).unwrap_or(0)
        }
        _ => false,
    }
}

/// Whether an address means something else, or nothing, in another network (RFC 1918, 3927, 4193, 4291, 6598).
pub fn is_private(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let shared = matches!(v4.octets(), [100, 64..=127, _, _]);
            shared || v4.is_private() || v4.is_loopback() || v4.is_link_local() || v4.is_unspecified()
        }
        IpAddr::V6(v6) => v6.is_unique_local() || v6.is_unicast_link_local() || v6.is_loopback() || v6.is_unspecified(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_covers_what_begins_with_its_bits() {
        let covers =
            |network: &str, length, address: &str| covers(network.parse().unwrap(), length, address.parse().unwrap());
        assert!(covers("192.0.2.16", 28, "192.0.2.31") && !covers("192.0.2.16", 28, "192.0.2.32"));
        assert!(covers("192.0.2.7", 32, "192.0.2.7") && !covers("192.0.2.7", 32, "192.0.2.6"));
        assert!(covers("0.0.0.0", 0, "203.0.113.9") && !covers("0.0.0.0", 0, "2001:db8::1"));
        assert!(covers("2001:db8::", 32, "2001:db8:1::1") && !covers("2001:db8::", 32, "2001:db9::1"));
        assert!(covers("::", 0, "2001:db8::1"));
    }

    #[test]
    fn private_is_what_another_network_may_have_too() {
        let is_private = |address: &str| is_private(address.parse().unwrap());
        for inside in
            ["10.1.2.3", "100.64.0.1", "100.127.255.254", "169.254.1.1", "127.0.0.1", "fd00::1", "fe80::1", "::1"]
        {
            assert!(is_private(inside), "{inside}");
        }
        for outside in ["192.0.2.1", "100.63.255.255", "100.128.0.1", "172.32.0.1", "2001:db8::1"] {
            assert!(!is_private(outside), "{outside}");
        }
    }
}
