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
    /// The same, encrypted; whoever answers has proved his name.
    Tls,
    /// The frames of a WebSocket, each of which is a message (RFC 7118).
    Ws,
    /// The same, encrypted.
    Wss,
}

/// How a message is found in what comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Framing {
    /// What comes at once is one message.
    Datagram,
    /// Content-Length tells where it ends.
    Stream,
    /// The shell has cut them already.
    Frame,
}

impl Transport {
    /// Every one of them.
    pub const ALL: [Transport; 5] = [Transport::Udp, Transport::Tcp, Transport::Tls, Transport::Ws, Transport::Wss];

    /// Whether what is sent arrives or the link is known to be gone: nothing is sent twice (RFC 3261 17.1).
    pub const fn is_reliable(self) -> bool {
        !matches!(self, Transport::Udp)
    }

    /// Whether nobody on the way reads it.
    pub const fn is_secure(self) -> bool {
        matches!(self, Transport::Tls | Transport::Wss)
    }

    /// How a message is found in what comes.
    pub const fn framing(self) -> Framing {
        match self {
            Transport::Udp => Framing::Datagram,
            Transport::Tcp | Transport::Tls => Framing::Stream,
            Transport::Ws | Transport::Wss => Framing::Frame,
        }
    }

    /// Whether whoever says in a Contact that he is there can be sent a request there: over TLS he would have to prove
    /// a name that nobody has told us, and a WebSocket is not opened towards a browser.
    pub const fn is_open(self) -> bool {
        matches!(self, Transport::Udp | Transport::Tcp)
    }

    /// Its name in Via (RFC 3261 20.42, RFC 7118 5.2).
    pub const fn via(self) -> &'static str {
        match self {
            Transport::Udp => "UDP",
            Transport::Tcp => "TCP",
            Transport::Tls => "TLS",
            Transport::Ws => "WS",
            Transport::Wss => "WSS",
        }
    }

    /// Its name, as it is kept and shown.
    pub const fn name(self) -> &'static str {
        match self {
            Transport::Udp => "udp",
            Transport::Tcp => "tcp",
            Transport::Tls => "tls",
            Transport::Ws => "ws",
            Transport::Wss => "wss",
        }
    }

    /// What [`Transport::name`] has named.
    pub fn named(name: &str) -> Option<Transport> {
        Transport::ALL.into_iter().find(|transport| transport.name() == name)
    }

    /// What a `sip:` URI says of it: nothing, where it is what goes without saying. Both kinds of WebSocket have one
    /// name there (RFC 7118 5.3): nobody calls a browser by it, since the link that is there is used.
    pub const fn uri_suffix(self) -> &'static str {
        match self {
            Transport::Udp => "",
            Transport::Tcp => ";transport=tcp",
            Transport::Tls => ";transport=tls",
            Transport::Ws | Transport::Wss => ";transport=ws",
        }
    }

    /// The port of a URI that names none (RFC 3261 19.1.2, RFC 7118 5.3).
    pub const fn default_port(self) -> u16 {
        match self {
            Transport::Udp | Transport::Tcp => 5_060,
            Transport::Tls => 5_061,
            Transport::Ws => 80,
            Transport::Wss => 443,
        }
    }

    /// Of the `transport` parameter of a `sip:` URI; none, when it is one that is not spoken here.
    pub fn of_uri(parameter: Option<&str>) -> Option<Transport> {
        match parameter {
            None => Some(Transport::Udp),
            Some(name) => Transport::ALL.into_iter().find(|transport| name.eq_ignore_ascii_case(transport.name())),
        }
    }

    /// Of that of a `sips:` URI: what carries it there must be secure (RFC 3261 26.2.2).
    pub fn of_secure_uri(parameter: Option<&str>) -> Option<Transport> {
        match parameter.map(|name| Transport::of_uri(Some(name))) {
            None | Some(Some(Transport::Tcp | Transport::Tls)) => Some(Transport::Tls),
            Some(Some(Transport::Ws | Transport::Wss)) => Some(Transport::Wss),
            Some(Some(Transport::Udp) | None) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_uri_that_tells_a_transport_is_read_as_that_transport() {
        for transport in Transport::ALL {
            let told = transport.uri_suffix().strip_prefix(";transport=");
            let read = if transport == Transport::Wss { Transport::Ws } else { transport };
            assert_eq!(Transport::of_uri(told), Some(read));
            assert_eq!(Transport::of_uri(Some(&transport.via().to_lowercase())), Some(transport));
            assert_eq!(Transport::named(transport.name()), Some(transport));
        }
        assert_eq!(Transport::of_uri(Some("sctp")), None);
        assert_eq!(Transport::of_uri(Some("")), None);
    }

    #[test]
    fn a_secure_uri_is_carried_by_what_is_secure_or_not_at_all() {
        for told in [None, Some("tcp"), Some("tls"), Some("ws"), Some("WSS"), Some("udp"), Some("sctp")] {
            let read = Transport::of_secure_uri(told);
            assert!(read.is_none_or(Transport::is_secure), "{told:?}: {read:?}");
            assert_eq!(read.is_none(), matches!(told, Some("udp" | "sctp")), "{told:?}");
        }
    }
}
