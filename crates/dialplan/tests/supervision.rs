//! Whose calls a phone may hear (`supervises`), and what holds while somebody does (`[supervision]`).

mod common;

use common::taken;
use control::{Actor, Deed, Scope, Subject, may};
use dialplan::{Led, Supervises};
use terms::{AgentId, PhoneId, PromptId, QueueId};

const HOUSE: &str = r#"
[[phone]]
user = "alice"
contact = "192.0.2.1"

[[phone]]
user = "bob"
contact = "192.0.2.2"

[[agent]]
name = "anna"
devices = ["phone:alice"]

[[queue]]
name = "support"
agents = ["anna"]

[[group]]
name = "sales"
members = ["agent:anna", "phone:bob"]

[[route]]
from = "*"
to = "500"
go = "queue:support"

[[phone]]
user = "chief"
contact = "192.0.2.3"
"#;

fn supervises(text: &str) -> dialplan::Plan {
    (*taken(&format!("{HOUSE}supervises = {text}\n")).plan).clone()
}

/// Whom the chief may hear: the queue, anna by herself, bob by himself.
fn hears(text: &str) -> [bool; 3] {
    let plan = supervises(text);
    let subjects = [
        Subject { queues: vec![QueueId::of("support")], ..Subject::WHOLE },
        Subject { agents: vec![AgentId::of("anna")], phones: vec![PhoneId::of("alice")], ..Subject::WHOLE },
        Subject { phones: vec![PhoneId::of("bob")], ..Subject::WHOLE },
    ];
    subjects.map(|subject| may(&plan.roles, &Actor::Phone("chief".into()), Deed::Watch, &subject).is_ok())
}

#[test]
fn a_phone_hears_those_whom_it_supervises() {
    assert_eq!(hears("\"queue:support\""), [true, true, false], "a queue with those who serve it");
    assert_eq!(hears("[\"agent:anna\"]"), [false, true, false]);
    assert_eq!(hears("[\"phone:bob\"]"), [false, false, true]);
    assert_eq!(hears("[\"group:sales\"]"), [false, true, true]);
    assert_eq!(hears("\"all\""), [true; 3]);
    assert_eq!(hears("[]"), [false; 3]);
    let plan = (*taken(HOUSE).plan).clone();
    assert!(plan.roles.supervisors.is_empty(), "nobody else");
    let plan = supervises("[\"queue:support\", \"phone:bob\"]");
    let named = [Led::Queue(QueueId::of("support")), Led::Phone(PhoneId::of("bob"))];
    assert_eq!(plan.phones.last().map(|phone| &phone.supervises), Some(&Supervises::These(named.into())));
    assert_eq!(supervises("\"all\"").roles.supervisors[&PhoneId::of("chief")], Scope::All);
}

#[test]
fn what_has_no_calls_cannot_be_supervised() {
    let wrong = |text: &str| {
        let found = common::read(&format!("{HOUSE}supervises = {text}\n[flow.a]\nb = {{ hang_up = 16 }}\n"));
        let findings = found.map_or_else(|findings| findings, |loaded| loaded.warnings);
        findings.iter().map(|finding| finding.code).filter(|code| *code != "unused").collect::<Vec<_>>()
    };
    assert_eq!(wrong("\"flow:a\""), ["nobody-to-supervise"]);
    assert_eq!(wrong("\"hangup\""), ["nobody-to-supervise"]);
    assert_eq!(wrong("\"queue:suport\""), ["unknown-name"]);
}

#[test]
fn what_holds_while_somebody_watches_is_said_once() {
    let plan =
        taken(&format!("{HOUSE}[supervision]\ntone = true\ndisplay = \"seen\"\nannouncements = [\"notice.wav\"]\n"))
            .plan;
    assert!(plan.supervision.tone && !plan.supervision.record_whisper);
    assert_eq!(plan.supervision.display.as_deref(), Some("seen"));
    assert_eq!(plan.supervision.announcements, [PromptId::of("notice.wav")]);
    assert!(plan.prompts.iter().any(|prompt| prompt.path == "notice.wav"), "it is read like any other");
    assert_eq!(taken(HOUSE).plan.supervision, dialplan::Supervision::default());
}
