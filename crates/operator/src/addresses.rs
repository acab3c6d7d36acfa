//! The addresses of this machine: which it has, which of them others reach, and where a switch listens.

use std::io::ErrorKind;
use std::net::{IpAddr, SocketAddr, UdpSocket};

/// All of them, each once.
pub fn of_this_machine() -> Vec<IpAddr> {
    let mut all: Vec<IpAddr> =
        if_addrs::get_if_addrs().unwrap_or_default().iter().map(if_addrs::Interface::ip).collect();
    all.sort();
    all.dedup();
    all
}

/// The address with which this machine reaches others. Connecting a UDP socket sends nothing.
pub fn primary() -> Option<IpAddr> {
    let socket = UdpSocket::bind("0.0.0.0:0").ok()?;
    socket.connect("192.0.2.1:9").ok()?;
    socket.local_addr().ok().map(|address| address.ip()).filter(|ip| !ip.is_unspecified())
}

/// Bound addresses.
#[derive(Clone, Debug, Default)]
pub struct Listens {
    /// UDP.
    pub udp: Vec<SocketAddr>,
    /// TCP.
    pub tcp: Vec<SocketAddr>,
    /// TLS and WebSockets.
    pub edge: Vec<(sip::Transport, SocketAddr)>,
    /// The pages.
    pub pages: Option<SocketAddr>,
}

/// Why nothing can be heard at an address, and what to do. `key` is where it is configured.
pub fn why_not(what: &str, address: SocketAddr, key: &str, error: &std::io::Error) -> String {
    let do_this = match error.kind() {
        ErrorKind::AddrNotAvailable => {
            let own = of_this_machine().iter().map(IpAddr::to_string).collect::<Vec<_>>().join(", ");
            format!("this machine does not have the address {}; it has {own}: change {key}", address.ip())
        }
        ErrorKind::PermissionDenied => {
            format!(
                "this user may not use port {}: take one above 1023 in {key}, or start it with CAP_NET_BIND_SERVICE",
                address.port()
            )
        }
        _ => format!("stop the program that has this address, or change {key}"),
    };
    format!("cannot {what} {address}: {do_this}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_that_this_machine_has_not_is_told_with_those_that_it_has() {
        assert!(of_this_machine().contains(&IpAddr::from([127, 0, 0, 1])));
        // RFC 5737: no machine has an address of a documentation network.
        let error = std::net::UdpSocket::bind("198.51.100.77:0").unwrap_err();
        let said = why_not("listen on udp", "198.51.100.77:5060".parse().unwrap(), "[listen] udp", &error);
        assert!(
            said.contains("does not have the address 198.51.100.77; it has") && said.contains("127.0.0.1"),
            "{said}"
        );
        let first = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = first.local_addr().unwrap();
        let error = std::net::UdpSocket::bind(address).unwrap_err();
        assert!(why_not("listen on udp", address, "[listen] udp", &error).contains("stop the program"));
    }
}
