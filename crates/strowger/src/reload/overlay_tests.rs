//! The overlay, on plans read from text.

use super::*;
use terms::FlowId;

const TEXT: &str = r#"
[[phone]]
user = "alice"
password = "x"

[[phone]]
user = "bob"
password = "x"

[[agent]]
name = "alice"
skills = { english = 9, billing = 1 }

[[agent]]
name = "bob"

[[queue]]
name = "support"
agents = ["alice"]
require = "english >= 5 and not billing >= 9"
overflow = [{ when = "full", go = "hangup:17" }, { when = "waited > 5m", go = "hangup:34" }]

[[route]]
from = "*"
go = "queue:support"

[flow.closed]
bye = { hang_up = "normal" }
"#;

fn plan(text: &str) -> Plan {
    (*crate::plans::plan_of(text)).clone()
}

fn base() -> Plan {
    plan(TEXT)
}

fn skill(agent: &str, skill: &str, level: u8) -> Change {
    Change::Skill { agent: agent.into(), skill: skill.into(), level }
}

fn add(overlay: &mut Overlay, change: Change) -> i64 {
    overlay.add(&base(), Wall::from_millis(1_000_000), "a test", change).unwrap().0.id
}

#[test]
fn a_change_is_in_force_until_it_is_dropped_and_the_last_word_counts() {
    let base = base();
    let mut overlay = Overlay::default();
    add(&mut overlay, skill("bob", "billing", 3));
    let last = add(&mut overlay, skill("bob", "billing", 7));
    add(&mut overlay, Change::Join { agent: "bob".into(), queue: "support".into(), tier: 2 });
    assert_eq!(overlay.len(), 2, "the first is replaced");
    let laid = overlay.lay(&base);
    let bob = laid.agent(AgentId::of("bob")).unwrap();
    assert_eq!(bob.skills, [(SkillId::of("billing"), 7)]);
    assert_eq!(laid.queues[0].agents, [(AgentId::of("alice"), 1), (AgentId::of("bob"), 2)]);
    add(&mut overlay, Change::Leave { agent: "bob".into(), queue: "support".into() });
    assert_eq!(overlay.drop(Some(last)), [last]);
    let laid = overlay.lay(&base);
    assert_eq!((laid.queues[0].agents.len(), laid.agents[1].skills.len()), (1, 0));
    assert_eq!(overlay.drop(None).len(), 1);
    assert_eq!(overlay.lay(&base).queues[0].agents, base.queues[0].agents);
}

#[test]
fn a_number_never_comes_twice() {
    let mut overlay = Overlay::default();
    let first = add(&mut overlay, skill("bob", "billing", 3));
    let second = add(&mut overlay, skill("bob", "english", 3));
    assert!(second > first);
    overlay.drop(Some(first));
    assert!(add(&mut overlay, skill("bob", "billing", 4)) > second);
}

#[test]
fn a_closed_queue_sends_new_callers_where_it_was_said_and_is_open_again() {
    let base = base();
    let mut overlay = Overlay::default();
    add(&mut overlay, Change::Close { queue: "support".into(), go: Some("flow:closed".into()) });
    let laid = overlay.lay(&base);
    assert_eq!(laid.queues[0].length, 0);
    let full: Vec<_> = laid.queues[0].overflow.iter().filter(|(when, _)| *when == OverflowWhen::Full).collect();
    assert_eq!(full, [&(OverflowWhen::Full, Destination::Flow(FlowId::of("closed")))]);
    assert_eq!(laid.queues[0].overflow.len(), 2, "the rule of the wait stays");
    assert_eq!(overlay.closed(&base).len(), 1);
    assert_eq!(overlay.open("support").len(), 1);
    assert_eq!(overlay.lay(&base).queues[0].length, base.queues[0].length);
}

fn set(key: &str, value: &str) -> Change {
    Change::Set { queue: "support".into(), key: key.into(), value: value.into() }
}

#[test]
fn settings_of_a_queue_are_laid_one_by_one_and_say_what_the_file_says() {
    let base = base();
    let mut overlay = Overlay::default();
    add(&mut overlay, set("ring", "9s"));
    let ring = add(&mut overlay, set("ring", "15s"));
    add(&mut overlay, set("wrap_up", "30s"));
    let laid = overlay.lay(&base);
    let seconds = |queue: &dialplan::Queue| (queue.ring.as_secs(), queue.wrap_up.as_secs());
    assert_eq!((overlay.len(), seconds(&laid.queues[0])), (2, (15, 30)));
    let line = &overlay.lines(&base)[0];
    assert_eq!((line.text.as_str(), line.configured.as_deref()), ("queue support: ring = 15s", Some("20s")));
    overlay.drop(Some(ring));
    assert_eq!(seconds(&overlay.lay(&base).queues[0]), (20, 30));
}

#[test]
fn a_closed_queue_stays_closed_whatever_length_it_is_given() {
    let base = base();
    let mut overlay = Overlay::default();
    add(&mut overlay, Change::Close { queue: "support".into(), go: None });
    add(&mut overlay, set("length", "40"));
    assert_eq!(overlay.lay(&base).queues[0].length, 0);
    overlay.open("support");
    assert_eq!(overlay.lay(&base).queues[0].length, 40);
}

#[test]
fn what_makes_no_sense_is_refused_in_words() {
    let base = base();
    let refused = |change: Change| Overlay::default().add(&base, Wall::default(), "a test", change).unwrap_err();
    let close = |queue: &str, go: &str| Change::Close { queue: queue.into(), go: Some(go.into()) };
    for (change, words) in [
        (skill("carol", "billing", 3), "no agent \"carol\" in the configuration: it has alice, bob"),
        (skill("bob", "biling", 3), "no agent has, and no queue asks for, a skill \"biling\""),
        (skill("bob", "billing", 11), "levels go from 0 to 10, and 11 is more"),
        (close("sales", "hangup"), "no queue \"sales\" in the configuration: it has support"),
        (close("suport", "hangup"), "no queue \"suport\" in the configuration: did you mean \"support\"?"),
        (set("rng", "15s"), "a queue has no setting `rng`: did you mean `ring`?"),
        (set("ring", "15"), "`ring` wants a duration such as \"20s\", not a number: did you mean 15s?"),
        (close("support", "queue:support"), "it would go round in a circle"),
        (close("support", "closed"), "\"closed\" is no destination: write flow:NAME, queue:NAME, phone:NAME or hangup"),
        (close("support", "hangup:200"), "\"hangup:200\": a cause is a number from 1 to 127, such as hangup:17"),
    ] {
        assert_eq!(refused(change), words);
    }
}

#[test]
fn a_change_of_what_is_gone_stays_listed_without_effect_and_comes_back() {
    let mut overlay = Overlay::default();
    add(&mut overlay, skill("bob", "billing", 3));
    let without_bob = plan("[[phone]]\nuser = \"alice\"\npassword = \"x\"\n\n[[agent]]\nname = \"alice\"\n");
    add(&mut overlay, set("ring", "15s"));
    assert!(overlay.lay(&without_bob).agents[0].skills.is_empty());
    let gone = &overlay.lines(&without_bob)[1];
    assert_eq!(gone.without_effect.as_deref(), Some("no queue \"support\" in the configuration: it has none"));
    assert_eq!(gone.configured, None);
    overlay.drop(Some(gone.id));
    let line = &overlay.lines(&without_bob)[0];
    assert_eq!(line.without_effect.as_deref(), Some("no agent \"bob\" in the configuration: it has alice"));
    assert_eq!(overlay.lines(&base())[0].without_effect, None);
    let row = ledger::OverlayRow {
        id: line.id,
        at: Wall::from_millis(line.at),
        asked: line.asked.clone(),
        change: serde_json::to_string(&line.change).unwrap(),
    };
    assert_eq!(Overlay::restored(vec![row]).lines(&base()), overlay.lines(&base()));
}

#[test]
fn what_becomes_of_calls_to_a_phone_is_a_change_like_any_other() {
    let text = TEXT
        .replace("user = \"bob\"", "user = \"bob\"\nextension = \"102\"")
        .replace("from = \"*\"", "from = \"*\"\nto = \"500\"");
    let base = plan(&text);
    let phone = |key: &str, value: &str| Change::Phone { phone: "alice".into(), key: key.into(), value: value.into() };
    let mut overlay = Overlay::default();
    let mut lay = |key: &str, value: &str| {
        overlay
            .add(&base, Wall::from_millis(1), "a test", phone(key, value))
            .map(|(entry, replaced)| (entry.id, replaced))
    };
    assert_eq!(lay("dnd", "true"), Ok((1, vec![])));
    assert_eq!(lay("forward.busy", "102"), Ok((2, vec![])));
    assert_eq!(lay("forward.busy", "bob"), Ok((3, vec![2])));
    assert_eq!(lay("forward.after", "5s"), Ok((4, vec![])));
    for (key, value, wrong) in [
        ("dnd", "perhaps", "`dnd` is true or false, and not \"perhaps\""),
        ("forward.busy", "phone:bob", "\"phone:bob\" cannot be dialled: write what the phone would dial, such as 103"),
        ("forward.after", "1h", "`forward.after` is from 1s to 5m"),
        ("forward.always", "0", "alice reaches nobody at 0: no route leads there from it"),
        ("forwards", "0", "a phone has no setting `forwards`"),
    ] {
        let said = lay(key, value).unwrap_err();
        assert!(said.starts_with(wrong), "{key} = {value}: {said}");
    }
    let laid = overlay.lay(&base);
    let incoming = &laid.phones[0].incoming;
    assert_eq!((incoming.dnd, incoming.forward.busy.as_deref()), (true, Some("bob")));
    assert_eq!(incoming.forward.after, std::time::Duration::from_secs(5));
    let lines = overlay.lines(&base);
    assert_eq!(
        (lines[1].text.as_str(), lines[1].configured.as_deref()),
        ("phone alice: forward.busy = bob", Some("off"))
    );
    let told = cut_off(&phone("dnd", "true"), &laid);
    assert_eq!(told.as_deref(), Some("no queue offers a call meanwhile to alice"));
    assert_eq!(overlay.drop(Some(3)), [3]);
    assert_eq!(overlay.lay(&base).phones[0].incoming.forward.busy, None);
}
