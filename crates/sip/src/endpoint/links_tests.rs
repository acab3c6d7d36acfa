//! Which link a message takes at the edge: who proved what, and what others are told.

use super::*;

const CARRIER: &str = "192.0.2.9:5061";
const OURS: &str = "192.0.2.1:5061";

fn at(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn way(links: &Links, remote: &str, wanted: Option<LinkId>, of: &[&str]) -> Way {
    links.way(Transport::Tls, at(remote), wanted, &names(of))
}

#[test]
fn a_connection_over_tls_is_used_again_only_where_its_certificate_fits() {
    let mut links = Links::default();
    let now = Mono::from_micros(1);
    assert_eq!(way(&links, CARRIER, None, &[]), Way::Nowhere, "nobody is called of whom nothing can be asked");
    assert_eq!(way(&links, CARRIER, None, &["a.example"]), Way::Connect);
    let id = links.dial(Transport::Tls, at(CARRIER), names(&["a.example"]), now);
    links.opened(id, Transport::Tls, at("192.0.2.1:40000"), Some(at(CARRIER)), now);
    assert_eq!(way(&links, CARRIER, None, &["a.example"]), Way::Link(id));
    assert_eq!(way(&links, CARRIER, None, &["b.example"]), Way::Connect);
    assert_eq!(way(&links, CARRIER, Some(id), &["a.example", "b.example"]), Way::Connect, "even if it is asked for");
    assert_eq!(links.way(Transport::Tcp, at(CARRIER), None, &[]), Way::Connect, "it is no connection of another kind");
}

#[test]
fn whoever_came_over_tls_has_proved_no_name_and_is_answered_on_his_own_link() {
    let mut links = Links::default();
    let came = LinkId::accepted(7);
    links.opened(came, Transport::Tls, at(OURS), Some(at(CARRIER)), Mono::from_micros(1));
    assert_eq!(
        way(&links, CARRIER, None, &["a.example"]),
        Way::Connect,
        "a stranger at that address is not the carrier"
    );
    assert_eq!(way(&links, CARRIER, Some(came), &["a.example"]), Way::Link(came), "a call that came by it ends by it");
    assert_eq!(way(&links, CARRIER, None, &[]), Way::Link(came), "a phone is reached by the link that it made");
    links.closed(came);
    assert_eq!(way(&links, CARRIER, None, &[]), Way::Nowhere);
}

#[test]
fn a_websocket_is_never_opened_towards_anybody() {
    let mut links = Links::default();
    let page = at("192.0.2.7:50000");
    for transport in [Transport::Ws, Transport::Wss] {
        assert_eq!(links.way(transport, page, None, &names(&["a.example"])), Way::Nowhere);
    }
    let came = LinkId::accepted(7);
    links.opened(came, Transport::Wss, at("192.0.2.1:8089"), Some(page), Mono::from_micros(1));
    assert_eq!(links.way(Transport::Wss, page, None, &[]), Way::Link(came));
    assert_eq!(links.way(Transport::Ws, page, None, &[]), Way::Nowhere);
}

#[test]
fn a_carrier_is_told_where_links_like_his_are_accepted() {
    let now = Mono::from_micros(1);
    let told = |listening: &[(Transport, &str)], local: &str| {
        let mut links = Links::default();
        links.opened(LinkId::accepted(0), Transport::Udp, at("192.0.2.1:5060"), None, now);
        listening.iter().for_each(|(transport, local)| links.listening(*transport, at(local)));
        let id = links.dial(Transport::Tls, at(CARRIER), names(&["a.example"]), now);
        links.opened(id, Transport::Tls, at(local), Some(at(CARRIER)), now);
        links.told(id, None).1.to_string()
    };
    let both = [(Transport::Tcp, "192.0.2.1:5070"), (Transport::Tls, "0.0.0.0:5061")];
    assert_eq!(told(&both, "192.0.2.1:40000"), "192.0.2.1:5061");
    let elsewhere = [(Transport::Tls, "192.0.2.2:5062"), (Transport::Tls, "192.0.2.1:5063")];
    assert_eq!(told(&elsewhere, "192.0.2.1:40000"), "192.0.2.1:5063", "the one of that address");
    assert_eq!(told(&elsewhere, "192.0.2.3:40000"), "192.0.2.2:5062", "nobody listens at the address of the link");
    assert_eq!(told(&[(Transport::Tls, "[::]:5061")], "192.0.2.1:40000"), "192.0.2.1:5060", "of another family");
}
