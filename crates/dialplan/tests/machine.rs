//! What files, folders and the machine say of a configuration stands among the other findings, by line.

mod common;

use common::{Map, one, seen, seen_in};
use dialplan::{Kept, load};

const MACHINE: &str = include_str!("findings/machine.toml");

fn machine() -> Map {
    let mut map = one(MACHINE);
    map.addresses = vec![[127, 0, 0, 1].into(), [10, 0, 0, 5].into()];
    let unreadable = Kept::Unreadable("it is not UTF-8 text".into());
    let open = Kept::Open("everybody on this machine can read it".into(), "chmod 600 secrets/open".into());
    for (name, kept) in [
        ("ACME_PASSWORD", Kept::Missing),
        ("secrets/alice", Kept::Missing),
        ("secrets/empty", Kept::Empty),
        ("secrets/open", open),
        ("secrets/hidden", Kept::Unseen("this user may not read it".into())),
        ("secrets/binary", unreadable),
        ("secrets/desk1", Kept::Missing),
        ("secrets/desk2", Kept::Missing),
        ("secrets/desk3", Kept::Missing),
    ] {
        map.kept.insert(name.into(), kept);
    }
    map
}

#[test]
fn passwords_addresses_and_ports_are_told_with_everything_else() {
    insta::assert_snapshot!(seen_in(&mut machine()));
}

#[test]
fn findings_stand_in_the_order_of_the_lines_whatever_their_weight() {
    for text in [MACHINE, include_str!("findings/values.toml"), include_str!("findings/doubts.toml")] {
        let mut map = Map { files: one(text).files, ..machine() };
        let findings = match load(&mut map, "strowger.toml") {
            Ok(loaded) => loaded.warnings,
            Err(findings) => findings,
        };
        let lines: Vec<u32> = findings.iter().map(|finding| finding.line).collect();
        assert!(lines.len() > 5 && lines.is_sorted(), "{lines:?}");
    }
}

#[test]
fn a_byte_order_mark_is_no_part_of_the_first_line() {
    let text = "\u{feff}[listen]\nupd = \"0.0.0.0:5060\"\n";
    assert_eq!(seen(text), seen(text.trim_start_matches('\u{feff}')));
    let first = "\u{feff}listen = 5\n";
    assert_eq!(seen(first), seen(first.trim_start_matches('\u{feff}')));
    let mut map = one("");
    let wide: Vec<u8> = "[listen]\r\n".encode_utf16().flat_map(u16::to_le_bytes).collect();
    map.files.insert("strowger.toml".into(), [vec![0xff, 0xfe], wide].concat());
    assert!(seen_in(&mut map).contains("it is UTF-16; save it as UTF-8"), "{}", seen_in(&mut map));
}

#[test]
fn a_number_out_of_range_is_told_with_the_nearest_that_is_not() {
    let queue = |line: &str| seen(&format!("[[queue]]\nname = \"a\"\nagents = []\n{line}\n"));
    for (line, nearest) in [
        ("length = 0", "the nearest is 1\n"),
        ("length = 99999999999999999999999", "the nearest is 10000\n"),
        ("length = -5", "the nearest is 1\n"),
        ("ring = \"10m\"", "the nearest is \"5m\""),
        ("ring = \"0s\"", "the nearest is \"1s\""),
        ("ring = 20000", "did you mean \"20s\"?"),
        ("ring = \"20000\"", "did you mean \"20s\"?"),
        ("wrap_up = \"90\"", "did you mean \"90s\"?"),
        ("service_level = { target = 80 }", "did you mean 0.8?"),
        ("service_level = { target = -1 }", "the nearest is 0\n"),
    ] {
        let said = queue(line);
        assert!(said.contains(nearest), "{line}: {said}");
    }
}

#[test]
fn phones_that_may_call_every_number_are_told_unless_some_are_refused_first() {
    let rest = "[[trunk]]\nname = \"acme\"\ntarget = \"192.0.2.1\"\n";
    let all = "[[route]]\nfrom = \"phone:*\"\ngo = \"trunk:acme\"\n";
    let some = "[[route]]\nfrom = \"phone:*\"\nto = \"0xxxxxxx\"\ngo = \"trunk:acme\"\n";
    let bar = "[[route]]\nfrom = \"phone:*\"\nto = \"00*\"\ngo = \"hangup:rejected\"\n";
    assert!(seen(&format!("{rest}{all}")).contains("(every-number)"));
    for text in [format!("{rest}{some}"), format!("{rest}{bar}{all}")] {
        assert!(!seen(&text).contains("(every-number)"), "{}", seen(&text));
    }
}

#[test]
fn what_is_encrypted_needs_a_certificate_and_a_port_of_its_own() {
    let with = |listen: &str, more: &str| seen(&format!("[listen]\n{listen}\n{more}"));
    let certificate = "[tls]\nself_made = true\n";
    for key in ["tls", "wss"] {
        let line = format!("{key} = \"127.0.0.1:5061\"");
        assert!(with(&line, "").contains("(no-certificate)"), "{key}");
        assert!(!with(&line, certificate).contains("error"), "{key}");
    }
    assert!(!with("ws = \"127.0.0.1:8088\"", "").contains("no-certificate"));
    let twice = with("tcp = \"127.0.0.1:5061\"\ntls = \"127.0.0.1:5061\"", certificate);
    assert!(
        twice.contains("TCP, TLS and WebSockets share their ports") && twice.contains("(port-collision)"),
        "{twice}"
    );
    let nowhere = with("udp = []\nws = []", "");
    assert!(nowhere.contains("(no-listener)"), "{nowhere}");
}

#[test]
fn an_origin_is_what_a_browser_says() {
    let with = |origin: &str| seen(&format!("[listen]\nws = \"127.0.0.1:8088\"\norigins = [\"{origin}\"]\n"));
    for origin in ["https://phone.example.org", "http://localhost:3000", "https://Phone.example.org/", "https://[::1]"]
    {
        assert!(!with(origin).contains("bad-origin"), "{origin}");
    }
    for origin in ["phone.example.org", "*", "https://", "https://phone.example.org/path", "wss://phone.example.org"] {
        assert!(with(origin).contains("(bad-origin)"), "{origin}");
    }
}
