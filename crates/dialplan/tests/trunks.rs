//! What a trunk's table becomes.

mod common;

use common::{seen, taken};
use dialplan::Transport;

fn media(line: &str) -> String {
    format!("[[trunk]]\nname = \"acme\"\ntarget = \"192.0.2.1\"\n{line}\n")
}

#[test]
fn the_networks_of_a_carriers_sound_are_read_and_may_be_none() {
    let read = |line: &str| {
        let plan = taken(&media(line)).plan;
        let networks = plan.trunks[0].media.clone();
        networks.map(|networks| networks.iter().map(|(net, length)| format!("{net}/{length}")).collect::<Vec<_>>())
    };
    assert_eq!(read(""), None);
    assert_eq!(read("media = []"), Some(vec![]));
    let both = "media = [\"198.51.100.0/24\", \"2001:db8::7\"]";
    assert_eq!(read(both), Some(vec!["198.51.100.0/24".to_owned(), "2001:db8::7/128".to_owned()]));
}

#[test]
fn a_network_that_is_none_is_refused_and_one_that_is_everything_is_warned_about() {
    assert!(seen(&media("media = [\"198.51.100.1/24\"]")).contains("did you mean \"198.51.100.0/24\""));
    let everybody = seen(&media("media = [\"0.0.0.0/0\"]"));
    assert!(everybody.contains("trunk \"acme\" takes sound from every address there is"), "{everybody}");
    assert!(everybody.contains("(open-media)"), "{everybody}");
}

#[test]
fn a_carrier_over_tls_is_at_5061_where_no_port_is_said_and_a_phone_is_found_there_only_once_it_registers() {
    let at = |target: &str| {
        let text = format!("[[trunk]]\nname = \"acme\"\ntarget = \"{target}\"\n");
        taken(&text).plan.trunks[0].target.map(|(transport, address)| (transport, address.to_string()))
    };
    assert_eq!(at("tls:192.0.2.1"), Some((Transport::Tls, "192.0.2.1:5061".into())));
    assert_eq!(at("tls:192.0.2.1:5060"), Some((Transport::Tls, "192.0.2.1:5060".into())));
    assert_eq!(at("tls:[2001:db8::1]:5071"), Some((Transport::Tls, "[2001:db8::1]:5071".into())));
    let named = taken("[[trunk]]\nname = \"acme\"\nhost = \"tls:sip.carrier.example\"\n").plan.trunks[0].host.clone();
    assert_eq!(named.map(|host| (host.transport, host.port)), Some((Transport::Tls, 5_061)));
    let phone = seen("[[phone]]\nuser = \"alice\"\ncontact = \"tls:192.0.2.7\"\n");
    assert!(phone.contains("not found over TLS") && phone.contains("(bad-address)"), "{phone}");
}
