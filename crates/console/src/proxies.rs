//! Proxies that speak for others: from the addresses that the configuration trusts, and from nowhere else, it is believed
//! who asks and whether he does so over https. Everybody else can write what he likes into these headers.

use crate::Console;
use crate::serve::Peer;
use axum::extract::{Request, State};
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::Response;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

/// From here on a request comes from whoever asked the proxy.
pub async fn see_through(State(console): State<Arc<Console>>, mut request: Request, next: Next) -> Response {
    if let Some(peer) = request.extensions().get::<Peer>().copied() {
        let trusts = |address| console.hub.mirror(|mirror, _| mirror.plan().console.trusts(address)).unwrap_or(false);
        let peer = behind(peer, request.headers(), trusts);
        request.extensions_mut().insert(peer);
    }
    next.run(request).await
}

/// Whom a trusted proxy speaks for: the last address that no trusted one has added.
fn behind(peer: Peer, headers: &HeaderMap, trusts: impl Fn(IpAddr) -> bool) -> Peer {
    if !trusts(peer.address) {
        return peer;
    }
    let secure = match last(headers, "x-forwarded-proto") {
        Some(scheme) => scheme.eq_ignore_ascii_case("https"),
        None => peer.secure,
    };
    let (mut address, mut hops) = (peer.address, all(headers, "x-forwarded-for"));
    while trusts(address) {
        // What cannot be read was written by nobody who is trusted.
        let Some(hop) = hops.pop().and_then(address_of) else { break };
        address = hop;
    }
    Peer { address, secure, known: secure }
}

fn all<'h>(headers: &'h HeaderMap, name: &str) -> Vec<&'h str> {
    let lines = headers.get_all(name).iter().map(|value| value.to_str().unwrap_or("?"));
    lines.flat_map(|line| line.split(',')).map(str::trim).collect()
}

fn last<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    all(headers, name).pop()
}

/// An address, as some proxies write it with its port.
fn address_of(text: &str) -> Option<IpAddr> {
    let bare = text.strip_prefix('[').and_then(|text| text.strip_suffix(']')).unwrap_or(text);
    let with_port = || text.parse::<SocketAddr>().map(|address| address.ip());
    bare.parse().or_else(|_| with_port()).ok().map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(from: &str, lines: &[(&'static str, &str)]) -> (String, bool) {
        let headers = lines.iter().map(|(name, value)| (name.parse().unwrap(), value.parse().unwrap()));
        let headers: HeaderMap = headers.collect::<Vec<(axum::http::HeaderName, _)>>().into_iter().fold(
            HeaderMap::new(),
            |mut all, (name, value)| {
                all.append(name, value);
                all
            },
        );
        let peer = Peer { address: from.parse().unwrap(), secure: false, known: false };
        let trusted = ["10.0.0.1", "10.0.0.2"].map(|address| address.parse::<IpAddr>().unwrap());
        let peer = behind(peer, &headers, |address| trusted.contains(&address));
        (peer.address.to_string(), peer.secure)
    }

    #[test]
    fn only_a_trusted_proxy_says_who_asks_and_what_stood_there_before_it_is_not_believed() {
        let forwarded = "x-forwarded-for";
        let https = ("x-forwarded-proto", "https");
        assert_eq!(seen("192.0.2.9", &[(forwarded, "198.51.100.1"), https]), ("192.0.2.9".into(), false));
        assert_eq!(seen("10.0.0.1", &[(forwarded, "198.51.100.1"), https]), ("198.51.100.1".into(), true));
        assert_eq!(seen("10.0.0.1", &[(forwarded, "127.0.0.1, 198.51.100.1")]), ("198.51.100.1".into(), false));
        assert_eq!(seen("10.0.0.1", &[(forwarded, "6.6.6.6, 198.51.100.1, 10.0.0.2")]).0, "198.51.100.1");
        assert_eq!(seen("10.0.0.1", &[(forwarded, "6.6.6.6"), (forwarded, "198.51.100.1")]).0, "198.51.100.1");
        assert_eq!(seen("10.0.0.1", &[]).0, "10.0.0.1");
        assert_eq!(seen("10.0.0.1", &[("x-forwarded-proto", "https, http")]), ("10.0.0.1".into(), false));
    }

    #[test]
    fn what_cannot_be_read_is_nobody_and_addresses_come_in_all_their_forms() {
        let of = |text: &str| seen("10.0.0.1", &[("x-forwarded-for", text)]).0;
        for odd in ["", "unknown", "evil.example", "198.51.100.1; DROP", "6.6.6.6, ", ","] {
            assert_eq!(of(odd), "10.0.0.1", "{odd:?}");
        }
        assert_eq!(of("198.51.100.1:4711"), "198.51.100.1");
        assert_eq!((of("[2001:db8::1]:4711"), of("[2001:db8::1]")), ("2001:db8::1".into(), "2001:db8::1".into()));
        assert_eq!(of("::ffff:198.51.100.1"), "198.51.100.1");
    }
}
