//! Phones that are pages, and where their sound comes in.

mod common;

use common::taken;

/// The codes of what is wrong.
fn wrong(text: &str) -> Vec<&'static str> {
    let findings = common::read(text).map_or_else(|findings| findings, |loaded| loaded.warnings);
    findings.iter().map(|finding| finding.code).collect()
}

const HEARD: &str = "[listen]\nudp = \"127.0.0.1:5060\"\npages = \"127.0.0.1:16000\"\n";
const ANNA: &str = "[[phone]]\nuser = \"anna\"\npage = true\n";

#[test]
fn a_page_is_a_phone_that_neither_registers_nor_stands_anywhere() {
    let plan = taken(&format!("{HEARD}{ANNA}[[agent]]\nname = \"anna\"\n")).plan;
    assert_eq!(plan.listen.pages, "127.0.0.1:16000".parse().ok());
    assert!(plan.phones[0].page && plan.phones[0].contact.is_none());
    assert_eq!(plan.agents[0].phones().collect::<Vec<_>>(), [plan.phones[0].id], "the phone of the same name");
    assert_eq!(wrong(&format!("{HEARD}{ANNA}")), [""; 0]);
    assert_eq!(wrong(&format!("{HEARD}{ANNA}contact = \"192.0.2.1\"\n")), ["page-is-device"]);
    assert_eq!(wrong(&format!("{HEARD}[[phone]]\nuser = \"anna\"\npage = false\n")), ["useless-phone"]);
}

#[test]
fn the_sound_of_pages_needs_a_port_of_its_own() {
    assert_eq!(wrong(ANNA), ["page-unheard"]);
    for port in ["5060", "16384", "32767"] {
        assert_eq!(wrong(&format!("{}{ANNA}", HEARD.replace("16000", port))), ["port-collision"], "{port}");
    }
    assert_eq!(wrong(&format!("{}{ANNA}", HEARD.replace("127.0.0.1:16000", "here"))), ["bad-address"]);
}
