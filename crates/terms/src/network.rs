//! Networks, as operators write them: an address and how many of its bits count.

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
}
