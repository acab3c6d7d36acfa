//! Where the pages are served, and how: `[console]` and `[tls]`.

mod common;

use common::taken;
use dialplan::{Certificate, Loaded, Sound, Sources, Tls};

/// A configuration whose certificate is so.
struct With(&'static str, Certificate);

impl Sources for With {
    fn read(&mut self, _: &str) -> Result<Vec<u8>, String> {
        Ok(self.0.into())
    }
    fn sound(&mut self, _: &str, _: &str) -> Sound {
        Sound::Fits
    }
    fn certificate(&mut self, certificate: &str, key: &str) -> Certificate {
        assert_eq!((certificate, key), ("chain.pem", "key.pem"));
        self.1.clone()
    }
}

const FILES: &str = "[tls]\ncertificate = \"chain.pem\"\nkey = \"key.pem\"\n";

/// The codes of what is found.
fn findings(text: &str) -> Vec<&'static str> {
    let found = common::read(text).map_or_else(|findings| findings, |loaded| loaded.warnings);
    found.iter().map(|finding| finding.code).collect()
}

/// Each finding with its line, and whether the configuration is taken.
fn judged(text: &'static str, certificate: Certificate) -> (Vec<(&'static str, u32)>, bool) {
    let loaded = dialplan::load(&mut With(text, certificate), "strowger.toml");
    let is_taken = loaded.is_ok();
    let found = loaded.map_or_else(|findings| findings, |Loaded { warnings, .. }| warnings);
    (found.iter().map(|finding| (finding.code, finding.line)).collect(), is_taken)
}

#[test]
fn what_is_served_to_others_without_encryption_is_refused_unless_it_is_said() {
    let console = |more: &str| findings(&format!("[console]\nlisten = \"0.0.0.0:8080\"\n{more}"));
    assert_eq!(console(""), ["plain-console"]);
    assert_eq!(console("plain_http = true\n"), ["open-console"], "agents cannot talk there");
    assert_eq!(console("plain_http = true\ntrusted_proxies = [\"192.0.2.0/24\"]\n"), Vec::<&str>::new());
    assert_eq!(console("[tls]\nself_made = true\n"), Vec::<&str>::new());
    assert_eq!(findings("[console]\nlisten = \"127.0.0.1:8080\"\n"), Vec::<&str>::new());
}

#[test]
fn a_certificate_has_a_key_or_is_made_here() {
    for halves in ["", "certificate = \"a\"\n", "key = \"a\"\n", "self_made = false\n"] {
        assert_eq!(findings(&format!("[tls]\n{halves}")), ["tls-halves"], "{halves}");
    }
    assert_eq!(findings(&format!("{FILES}self_made = true\n")), ["tls-halves"]);
    assert_eq!(taken("[tls]\nself_made = true\n").plan.tls, Some(Tls::SelfMade));
    assert_eq!(taken("").plan.tls, None);
}

#[test]
fn what_is_wrong_with_a_certificate_is_said_in_its_line() {
    let good = |days| Certificate::Good { days };
    assert_eq!(judged(FILES, good(22)), (vec![], true));
    for days in [21, 0, -400] {
        assert_eq!(judged(FILES, good(days)), (vec![("certificate-ends", 2)], true), "telephones go on");
    }
    assert_eq!(judged(FILES, Certificate::Bad("x".into())), (vec![("bad-certificate", 2)], false));
    assert_eq!(judged(FILES, Certificate::BadKey("x".into())), (vec![("bad-tls-key", 3)], false));
    assert_eq!(judged(FILES, Certificate::OpenKey("x".into(), "chmod".into())), (vec![("open-tls-key", 3)], true));
    assert_eq!(judged(FILES, Certificate::Unseen("x".into())), (vec![("unseen-tls-key", 3)], true));
}

#[test]
fn a_proxy_is_believed_by_its_address_and_nobody_is_by_everybodys() {
    let said = |text: &str| format!("[console]\ntrusted_proxies = [{text}]\n");
    let console = taken(&said("\"127.0.0.1\", \"10.1.0.0/16\", \"2001:db8::/32\"")).plan.console.clone();
    let trusts = |address: &str| console.trusts(address.parse().unwrap());
    assert!(trusts("127.0.0.1") && trusts("10.1.255.1") && trusts("2001:db8::1") && trusts("::ffff:10.1.0.1"));
    assert!(!trusts("127.0.0.2") && !trusts("10.2.0.1") && !trusts("2001:db9::1") && !trusts("::1"));
    assert_eq!(findings(&said("\"0.0.0.0/0\"")), ["every-proxy"]);
    assert_eq!(findings(&said("\"::/0\"")), ["every-proxy"]);
    assert_eq!(findings(&said("\"proxy.example\"")), ["bad-network"]);
}
