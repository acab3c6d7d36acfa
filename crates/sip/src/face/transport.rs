//! How bytes travel, and what follows from it for a message: its name in Via, its parameter in a URI, its port.
//! The links themselves are the endpoint's and the shell's.

use serde::{Deserialize, Serialize};

/// How bytes travel.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Transport {
    /// Datagrams.
    Udp,
    /// A stream, framed by Content-Length.
    Tcp,
}

impl Transport {
    /// Whether what is sent arrives or the link is known to be gone: nothing is sent twice (RFC 3261 17.1).
    pub const fn is_reliable(self) -> bool {
        match self {
            Transport::Udp => false,
            Transport::Tcp => true,
        }
    }

    /// Its name in Via (RFC 3261 20.42).
    pub const fn via(self) -> &'static str {
        match self {
            Transport::Udp => "UDP",
            Transport::Tcp => "TCP",
        }
    }

    /// What a SIP URI says of it: nothing, where it is what goes without saying.
    pub const fn uri_suffix(self) -> &'static str {
        match self {
            Transport::Udp => "",
            Transport::Tcp => ";transport=tcp",
        }
    }

    /// The port of a URI that names none (RFC 3261 19.1.2).
    pub const fn default_port(self) -> u16 {
        match self {
            Transport::Udp | Transport::Tcp => 5_060,
        }
    }

    /// Of the `transport` parameter of a SIP URI; none, when it is one that is not spoken here.
    pub fn of_uri(parameter: Option<&str>) -> Option<Transport> {
        match parameter {
            None => Some(Transport::Udp),
            Some(name) => [Transport::Udp, Transport::Tcp].into_iter().find(|t| name.eq_ignore_ascii_case(t.via())),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uri_that_tells_a_transport_is_read_as_that_transport() {
        for transport in [Transport::Udp, Transport::Tcp] {
            let told = transport.uri_suffix().strip_prefix(";transport=");
            assert_eq!(Transport::of_uri(told), Some(transport));
            assert_eq!(Transport::of_uri(Some(&transport.via().to_lowercase())), Some(transport));
        }
        assert_eq!(Transport::of_uri(Some("sctp")), None);
        assert_eq!(Transport::of_uri(Some("")), None);
    }
}
