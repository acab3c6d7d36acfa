//! What a trunk's table becomes.

mod common;

use common::{seen, taken};

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
