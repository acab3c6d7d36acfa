//! Where a phone is: at the address of its Contact (RFC 3261 10.3, 12.1.1), unless an address translator stands
//! between us; then only the way that its own request took is known to work (RFC 3581, RFC 5626 1).
//! Names are not looked up here.

use crate::face::Transport;
use crate::message::{Scheme, Uri};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use terms::is_private;

/// The address that a URI names, when it names one that a request can be sent to.
pub(crate) fn address_of(uri: &Uri<'_>) -> Option<(Transport, SocketAddr)> {
    let ip = uri.host()?.ip()?;
    if !is_somebody(ip) {
        return None;
    }
    let transport = match uri.scheme() {
        Scheme::Sip => Transport::of_uri(uri.param("transport").as_deref())?,
        Scheme::Sips => Transport::of_secure_uri(uri.param("transport").as_deref())?,
        _ => return None,
    };
    Some((transport, SocketAddr::new(ip, uri.port().unwrap_or(transport.default_port()))))
}

/// Where to send what is meant for a phone whose datagram came from `source` with this Contact. `asked`: whether it
/// asked for the port that it was seen from (RFC 3581), as whoever expects a translator does.
pub(crate) fn reach(contact: &Uri<'_>, source: SocketAddr, asked: bool) -> (Transport, SocketAddr) {
    match address_of(contact).filter(|(transport, _)| transport.is_open()) {
        Some((transport, own)) if own.is_ipv4() == source.is_ipv4() && !is_translated(own.ip(), source.ip(), asked) => {
            (transport, own)
        }
        _ => (Transport::Udp, source),
    }
}

fn is_translated(own: IpAddr, source: IpAddr, asked: bool) -> bool {
    own != source && (asked || is_private(own))
}

/// Whether an address can be one host's.
pub(crate) fn is_somebody(ip: IpAddr) -> bool {
    !ip.is_unspecified() && !ip.is_multicast() && ip != Ipv4Addr::BROADCAST
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reached(contact: &str, source: &str, asked: bool) -> String {
        let (transport, remote) = reach(&Uri::parse(contact).unwrap(), source.parse().unwrap(), asked);
        format!("{transport:?} {remote}")
    }

    #[test]
    fn a_phone_is_where_its_contact_says_unless_a_translator_is_seen() {
        for (contact, source, asked, expected) in [
            ("sip:a@192.0.2.7:5070", "192.0.2.7:31000", false, "Udp 192.0.2.7:5070"),
            ("sip:a@192.0.2.7", "192.0.2.7:31000", true, "Udp 192.0.2.7:5060"),
            ("sip:a@192.0.2.7:5070;transport=TCP", "192.0.2.7:5060", true, "Tcp 192.0.2.7:5070"),
            ("sip:a@198.51.100.9:5070", "192.0.2.7:5060", false, "Udp 198.51.100.9:5070"),
            ("sip:a@198.51.100.9:5070", "192.0.2.7:5060", true, "Udp 192.0.2.7:5060"),
            ("sip:a@192.168.1.5:5070", "192.0.2.7:31000", false, "Udp 192.0.2.7:31000"),
            ("sip:a@100.72.1.5;transport=tcp", "192.0.2.7:31000", false, "Udp 192.0.2.7:31000"),
            ("sip:a@10.0.0.5:5070", "10.0.0.5:31000", true, "Udp 10.0.0.5:5070"),
            ("sip:a@[fd00::5]:5070", "[2001:db8::7]:5060", false, "Udp [2001:db8::7]:5060"),
            ("sip:a@[2001:db8::7]:5070", "[2001:db8::7]:9", false, "Udp [2001:db8::7]:5070"),
            ("sip:a@198.51.100.9", "[2001:db8::7]:5060", false, "Udp [2001:db8::7]:5060"),
            ("sip:a@phone.example", "192.0.2.7:31000", false, "Udp 192.0.2.7:31000"),
            ("sip:a@0.0.0.0", "192.0.2.7:31000", false, "Udp 192.0.2.7:31000"),
            ("sip:a@224.0.1.75", "192.0.2.7:31000", false, "Udp 192.0.2.7:31000"),
            ("sip:a@255.255.255.255", "192.0.2.7:31000", false, "Udp 192.0.2.7:31000"),
            ("sip:a@192.0.2.7:5070;transport=ws", "192.0.2.7:31000", false, "Udp 192.0.2.7:31000"),
            ("sips:a@192.0.2.7:5070", "192.0.2.7:31000", false, "Udp 192.0.2.7:31000"),
        ] {
            assert_eq!(reached(contact, source, asked), expected, "{contact} from {source}, rport {asked}");
        }
    }
}
