//! Rights and documents, with other cores that say what the test wants.

use crate::{Contact, Input, Lamps, Roster, Seat, Sight};
use dialplan::Plan;
use sip::{Body, Command, Handle, Line, LineState, Package, SubId, Subscriber, Text, TextId, Watch};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use terms::{AgentId, LegId, Mailbox, Mono, Now, PhoneId, Pii, QueueId, RoomId, Slot, Wall};

const PLAN: &str = r#"
[listen]
domain = "pbx.test"

[[phone]]
user = "alice"
password = "x"
extension = "101"

[[phone]]
user = "bob"
password = "x"
extension = "102"

[[phone]]
user = "carol"
password = "x"
extension = "103"

[[agent]]
name = "carol"

[[queue]]
name = "support"
agents = ["carol"]

[[group]]
name = "sales"
extension = "300"
members = ["phone:alice", "phone:bob"]
"#;

fn plan(more: &str) -> Arc<Plan> {
    let text = PLAN.to_owned() + more;
    dialplan::load(&mut dialplan::OneText(&text), "strowger.toml")
        .unwrap_or_else(|findings| panic!("{findings:#?}"))
        .plan
}

/// The other cores.
#[derive(Default)]
struct Others {
    lines: BTreeMap<LegId, Line>,
    waiting: usize,
    taken: Vec<Slot>,
    daily: Option<Roster>,
    mail: BTreeMap<Mailbox, (usize, usize)>,
}

impl Sight for Others {
    fn legs(&self) -> Vec<(LegId, PhoneId)> {
        self.lines.values().map(|line| (line.leg, line.phone)).collect()
    }
    fn facing(&self, leg: LegId) -> Option<PhoneId> {
        self.lines.get(&leg).map(|_| PhoneId::of("carol"))
    }
    fn is_taken(&self, slot: Slot) -> bool {
        self.taken.contains(&slot)
    }
    fn room(&self, _: RoomId) -> Option<Roster> {
        self.daily.clone()
    }
    fn line(&self, leg: LegId) -> Option<Line> {
        self.lines.get(&leg).cloned()
    }
    fn handle(&self, leg: LegId) -> Handle {
        Handle { call_id: format!("lamp-{:x}", leg.0), local_tag: "l".into(), remote_tag: "r".into() }
    }
    fn contacts(&self, phone: PhoneId) -> Vec<Contact> {
        let hostile = Contact { id: 7, uri: "sip:a@h;x=\"<&'>".into(), expires: Some(60) };
        if phone == PhoneId::of("alice") { vec![hostile] } else { vec![] }
    }
    fn agent(&self, _: AgentId) -> Option<acd::AgentLine> {
        None
    }
    fn mail(&self, mailbox: Mailbox) -> (usize, usize) {
        self.mail.get(&mailbox).copied().unwrap_or_default()
    }
    fn queue(&self, _: QueueId) -> Option<(usize, usize)> {
        Some((self.waiting, 1))
    }
}

/// The room with what is around it.
struct Stage {
    lamps: Lamps,
    others: Others,
    now: Mono,
    serial: u64,
}

impl Stage {
    fn new(more: &str) -> Stage {
        let mut stage =
            Stage { lamps: Lamps::default(), others: Others::default(), now: Mono::from_micros(9_000_000), serial: 0 };
        stage.input(Input::Plan(plan(more)));
        stage
    }

    fn clock(&self) -> Now {
        Now { mono: self.now, wall: Wall::from_millis(0) }
    }

    fn input(&mut self, input: Input) {
        self.lamps.handle_input(self.clock(), input, &self.others);
    }

    /// Somebody subscribes: his subscription, and the status or the document.
    fn subscribe(&mut self, by: &str, package: Package, name: &str) -> (SubId, Result<String, u16>) {
        self.serial += 1;
        let sub = SubId(self.serial);
        let subscriber =
            Box::new(Subscriber { by: PhoneId::of(by), package, resource: Pii::from(name), host: "pbx.test".into() });
        self.input(Input::Watch(Watch::Subscribed { sub, subscriber }));
        let answer = match self.lamps.poll_output() {
            Some(Command::Deny { status, .. }) => Err(status),
            Some(Command::Admit { body: Some(body), .. }) => Ok(text(body)),
            other => panic!("{other:?}"),
        };
        (sub, answer)
    }

    fn line(&mut self, number: u64, who: &str, state: Option<LineState>, far: &str) {
        let leg = LegId::outbound(number);
        match state {
            None => _ = self.others.lines.remove(&leg),
            Some(state) => {
                let (number, name) = (Pii::from(far), Some(Pii::from(far)));
                self.others.lines.insert(leg, Line { leg, phone: PhoneId::of(who), state, number, name });
            }
        }
        if self.lamps.are_watched() {
            self.input(Input::Leg(leg));
        }
    }

    /// What is told within this time.
    fn told(&mut self, within: Duration) -> Vec<(SubId, String)> {
        let until = self.now + within;
        let mut told = vec![];
        while let Some(due) = self.lamps.poll_timeout().filter(|due| *due <= until) {
            self.now = due;
            self.lamps.handle_timeout(self.clock(), &self.others);
            while let Some(command) = self.lamps.poll_output() {
                let Command::Notify { sub, body } = command else { panic!("{command:?}") };
                told.push((sub, text(body)));
            }
        }
        self.now = until;
        told
    }
}

fn text(body: Body) -> String {
    String::from_utf8(body.bytes.to_vec()).unwrap()
}

const SECOND: Duration = Duration::from_secs(1);

#[test]
fn who_may_watch_whom_is_as_the_plan_says() {
    use Package::{Dialog, MessageSummary, Presence, Reg};
    let mut table = String::new();
    for watch in ["everybody", "group", "nobody"] {
        let mut stage = Stage::new(&format!("[lamps]\nwatch = \"{watch}\"\n"));
        for name in ["101", "bob", "carol", "300", "agent/carol", "queue/support", "group/none", "404"] {
            let answer = |package| match stage.subscribe("alice", package, name).1 {
                Ok(_) => "yes".to_owned(),
                Err(status) => status.to_string(),
            };
            let row = [Dialog, Presence, Reg, MessageSummary].map(answer).join(" ");
            table.push_str(&format!("{watch} {name}: {row}\n"));
        }
    }
    assert_eq!(table, include_str!("snapshots/rights.txt"), "{table}");
}

#[test]
fn each_document_is_xml_whatever_stands_in_it_and_names_nobody_who_is_not_to_be_seen() {
    let hostile = "\"<x/>&amp;' \u{1}\u{fffe}%3C+49";
    for far in ["nobody", "everybody"] {
        let mut stage = Stage::new(&format!("[lamps]\nfar_party = \"{far}\"\n"));
        stage.line(1, "bob", Some(LineState::Early), hostile);
        let (_, document) = stage.subscribe("alice", Package::Dialog, "102");
        let document = document.unwrap();
        let xml = roxmltree::Document::parse(&document).unwrap_or_else(|error| panic!("{error}: {document}"));
        let identities =
            xml.descendants().filter(|node| node.has_tag_name(("urn:ietf:params:xml:ns:dialog-info", "identity")));
        let shown: Vec<_> = identities.filter_map(|node| node.attribute("display")).collect();
        let expected = hostile.replace(['\u{1}', '\u{fffe}'], " ");
        assert_eq!(shown, if far == "nobody" { vec![] } else { vec![expected.as_str()] }, "{document}");
        assert_eq!(document.contains("call-id=\"lamp-"), far != "nobody", "{document}");
        for (package, name) in [(Package::Presence, "102"), (Package::Reg, "alice")] {
            let document = stage.subscribe("alice", package, name).1.unwrap();
            assert!(roxmltree::Document::parse(&document).is_ok(), "{document}");
        }
    }
}

#[test]
fn what_changes_within_a_moment_is_told_once_and_what_changes_back_not_at_all() {
    let mut stage = Stage::new("");
    let (sub, first) = stage.subscribe("alice", Package::Dialog, "102");
    assert!(first.unwrap().contains("version=\"0\""));
    stage.told(2 * SECOND);
    stage.line(1, "bob", Some(LineState::Trying), "x");
    stage.line(1, "bob", Some(LineState::Early), "x");
    stage.line(1, "alice", Some(LineState::Early), "x");
    stage.line(1, "bob", Some(LineState::Early), "x");
    let told = stage.told(SECOND);
    assert_eq!(told.len(), 1);
    assert!(told[0].0 == sub && told[0].1.contains("early") && told[0].1.contains("version=\"1\""), "{told:?}");
    stage.line(1, "bob", None, "");
    stage.line(1, "bob", Some(LineState::Early), "x");
    assert!(stage.told(2 * SECOND).is_empty());
    stage.line(1, "bob", None, "");
    let told = stage.told(2 * SECOND);
    assert!(
        told[0].1.contains("terminated") && told[0].1.contains("version=\"2\""),
        "no version is left out: {told:?}"
    );
}

#[test]
fn five_hundred_are_told_in_slices_between_which_others_have_their_turn() {
    let mut stage = Stage::new("");
    (0..500).for_each(|_| _ = stage.subscribe("alice", Package::Dialog, "102"));
    stage.told(2 * SECOND);
    stage.line(1, "bob", Some(LineState::Early), "x");
    let (mut most, mut all) = (0, 0);
    while let Some(due) = stage.lamps.poll_timeout() {
        stage.now = due;
        stage.lamps.handle_timeout(stage.clock(), &stage.others);
        let slice = std::iter::from_fn(|| stage.lamps.poll_output()).count();
        (most, all) = (most.max(slice), all + slice);
    }
    assert_eq!((most, all), (crate::pace::SLICE, 500));
}

#[test]
fn while_nobody_watches_nothing_is_kept() {
    let mut stage = Stage::new("");
    stage.line(1, "bob", Some(LineState::Confirmed), "x");
    let (sub, document) = stage.subscribe("alice", Package::Dialog, "bob");
    assert!(document.unwrap().contains("confirmed"), "what runs already is seen");
    assert_eq!(stage.lamps.inspect().legs, 1);
    stage.input(Input::Watch(Watch::Unsubscribed { sub }));
    assert_eq!(stage.lamps.inspect(), crate::Snapshot::default());
    assert!(!stage.lamps.are_watched() && stage.lamps.poll_timeout().is_none());
}

#[test]
fn a_queue_blinks_while_somebody_waits() {
    let mut stage = Stage::new("");
    stage.subscribe("alice", Package::Dialog, "queue/support").1.unwrap();
    stage.told(2 * SECOND);
    stage.others.waiting = 2;
    stage.input(Input::Queues);
    assert!(stage.told(SECOND)[0].1.contains("early"));
}

#[test]
fn a_text_is_for_whom_it_names_and_within_a_call_for_the_other_end() {
    let mut stage = Stage::new("");
    stage.line(1, "alice", Some(LineState::Confirmed), "103");
    let mut to = |to: &str, within: Option<LegId>| {
        let from = Box::new(Text { from: PhoneId::of("alice"), to: Pii::from(to), within });
        stage.input(Input::Watch(Watch::Texted { text: TextId(1), from }));
        match stage.lamps.poll_output() {
            Some(Command::PassText { to, .. }) => Ok(to),
            Some(Command::RefuseText { status, .. }) => Err(status),
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(to("102", None), Ok(PhoneId::of("bob")));
    assert_eq!(to("300", None), Err(404), "a group reads nothing");
    assert_eq!(to("102", Some(LegId::outbound(1))), Ok(PhoneId::of("carol")));
    assert_eq!(to("102", Some(LegId::outbound(2))), Err(480), "nobody is at the other end");
}

#[test]
fn a_slots_lamp_is_lit_while_somebody_is_parked_there() {
    let mut stage = Stage::new("[lamps]\nwatch = \"group\"\n[park]\nslots = \"701-702\"\n");
    for name in ["703", "park/0701"] {
        assert_eq!(stage.subscribe("carol", Package::Dialog, name).1, Err(404), "{name}");
    }
    let named = ["701", "park/701"].map(|name| stage.subscribe("carol", Package::Dialog, name));
    assert!(named.iter().all(|(_, first)| first.as_ref().is_ok_and(|first| first.contains("<state>terminated<"))));
    stage.others.taken = vec![Slot(701)];
    stage.input(Input::Slot(Slot(702)));
    stage.input(Input::Slot(Slot(701)));
    let told = stage.told(SECOND);
    assert!(told.len() == 2 && told.iter().all(|(_, body)| body.contains("<state>confirmed<")), "{told:?}");
    stage.others.taken.clear();
    stage.input(Input::Slot(Slot(701)));
    assert_eq!(stage.told(SECOND).len(), 2);
}

/// Those with these legs are in the room: the first is alice, a host, the others come from outside.
fn roster(legs: impl IntoIterator<Item = u64>) -> Option<Roster> {
    let mut roster = Roster { most: 200, ..Roster::default() };
    for leg in legs {
        let phone = (leg == 0).then(|| PhoneId::of("alice"));
        let (number, host) = if leg == 0 { ("101".to_owned(), true) } else { (format!("+3598881{leg:05}"), false) };
        let seat = Seat { leg: LegId::inbound(leg), phone, host, muted: false, holds: false };
        roster.people.entry(number).or_default().push(seat);
    }
    (!roster.people.is_empty()).then_some(roster)
}

const DAILY: &str = "[[room]]\nname = \"daily\"\nextension = \"800\"\nhosts = [\"phone:bob\"]\n";

impl Stage {
    fn room(&mut self, legs: impl IntoIterator<Item = u64>) {
        self.others.daily = roster(legs);
        self.input(Input::Room(RoomId::of("daily")));
    }
}

/// The state, the version, and each user with his state; as XML.
fn people(document: &str) -> (String, String, Vec<String>) {
    let xml = roxmltree::Document::parse(document).unwrap_or_else(|error| panic!("{error}: {document}"));
    let root = xml.root_element();
    let of = |name: &str| root.attribute(name).unwrap_or_default().to_owned();
    let users = root.descendants().filter(|node| node.tag_name().name() == "user").map(|node| {
        let entity = node.attribute("entity").unwrap_or_default().to_owned();
        node.attribute("state").map_or(entity.clone(), |state| format!("{entity} {state}"))
    });
    (of("state"), of("version"), users.collect())
}

#[test]
fn who_is_in_a_room_is_told_whole_at_first_and_then_by_what_is_new() {
    let mut stage = Stage::new(DAILY);
    stage.room([0, 1]);
    let (sub, first) = stage.subscribe("alice", Package::Conference, "800");
    let (state, version, users) = people(&first.unwrap());
    assert_eq!((state.as_str(), version.as_str()), ("full", "0"));
    assert_eq!(users, ["sip:+359888100001@pbx.test", "sip:101@pbx.test"]);
    stage.told(2 * SECOND);
    stage.room([0, 1, 2]);
    stage.room([0, 2, 3]);
    let told = stage.told(SECOND);
    let [(told_to, document)] = &told[..] else { panic!("{told:?}") };
    assert_eq!(*told_to, sub);
    let (state, version, users) = people(document);
    assert_eq!((state.as_str(), version.as_str()), ("partial", "1"));
    let news = ["sip:+359888100002@pbx.test", "sip:+359888100003@pbx.test", "sip:+359888100001@pbx.test deleted"];
    assert_eq!(users, news, "{document}");
    assert!(document.contains("<user-count>3</user-count>"), "{document}");
    stage.room([0, 2, 4]);
    stage.room([0, 2, 3]);
    assert!(stage.told(2 * SECOND).is_empty(), "it is as it was");
    stage.input(Input::Watch(Watch::StateWanted { sub }));
    let Some(Command::Notify { body, .. }) = stage.lamps.poll_output() else { panic!("asked for") };
    let (state, version, users) = people(&text(body));
    assert_eq!((state.as_str(), version.as_str(), users.len()), ("full", "2", 3), "who missed something has it all");
}

#[test]
fn who_is_muted_or_holds_is_shown_so_and_a_lock_is_told() {
    let mut stage = Stage::new(DAILY);
    stage.room([0, 1]);
    stage.subscribe("bob", Package::Conference, "room/daily").1.unwrap();
    stage.told(2 * SECOND);
    let mut daily = roster([0, 1]).unwrap();
    daily.locked = true;
    daily.people.values_mut().flatten().for_each(|seat| (seat.muted, seat.holds) = (true, seat.host));
    stage.others.daily = Some(daily);
    stage.input(Input::Room(RoomId::of("daily")));
    let told = stage.told(SECOND);
    let document = &told[0].1;
    for words in ["<locked>true<", "<status>muted-via-focus<", "<status>on-hold<", "<entry>host<"] {
        assert!(document.contains(words), "{words}: {document}");
    }
}

#[test]
fn only_hosts_and_those_who_are_there_see_who_is_and_he_who_has_gone_no_longer_does() {
    let mut stage = Stage::new(DAILY);
    for who in ["alice", "carol"] {
        assert_eq!(stage.subscribe(who, Package::Conference, "800").1, Err(403), "{who}");
    }
    assert_eq!(stage.subscribe("alice", Package::Conference, "102").1, Err(403), "a phone is no room");
    let (host, empty) = stage.subscribe("bob", Package::Conference, "800");
    assert_eq!(people(&empty.unwrap()).2.len(), 0);
    stage.room([0, 1]);
    let (there, _) = stage.subscribe("alice", Package::Conference, "800");
    stage.told(2 * SECOND);
    stage.room([1]);
    let mut ended = vec![];
    let mut told = vec![];
    while let Some(due) = stage.lamps.poll_timeout() {
        stage.now = due;
        stage.lamps.handle_timeout(stage.clock(), &stage.others);
        while let Some(command) = stage.lamps.poll_output() {
            match command {
                Command::EndSubscription { sub } => ended.push(sub),
                Command::Notify { sub, body } => told.push((sub, text(body))),
                other => panic!("{other:?}"),
            }
        }
    }
    assert_eq!(ended, [there]);
    assert!(told.iter().all(|(sub, _)| *sub == host) && told.last().is_some_and(|(_, one)| one.contains("deleted")));
    for package in [Package::Dialog, Package::Presence] {
        assert!(stage.subscribe("carol", package, "800").1.is_ok(), "its lamp is anybody's");
    }
}

#[test]
fn what_a_room_was_while_nobody_watched_it_is_told_nobody_later() {
    let mut stage = Stage::new(DAILY);
    stage.others.daily = roster([1]);
    // He is denied: nobody watches, and nobody says that others have come.
    assert_eq!(stage.subscribe("alice", Package::Conference, "800").1, Err(403));
    assert!(!stage.lamps.are_watched());
    stage.others.daily = roster([0, 2]);
    let (_, first) = stage.subscribe("alice", Package::Conference, "800");
    assert_eq!(people(&first.unwrap()).2, ["sip:+359888100002@pbx.test", "sip:101@pbx.test"]);
}

#[test]
fn who_wants_to_be_told_everything_again_is_asked_again_whether_he_may() {
    let mut stage = Stage::new(DAILY);
    stage.room([0, 1]);
    let (sub, _) = stage.subscribe("alice", Package::Conference, "800");
    stage.room([1]);
    stage.input(Input::Watch(Watch::StateWanted { sub }));
    let told = stage.lamps.poll_output();
    assert!(matches!(told, Some(Command::EndSubscription { sub: ended }) if ended == sub), "{told:?}");
}

#[test]
fn two_hundred_in_a_room_and_their_watchers_are_told_in_documents_that_fit_and_once_a_second() {
    let mut stage = Stage::new(DAILY);
    stage.room(0..200);
    for _ in 0..200 {
        let first = stage.subscribe("alice", Package::Conference, "800").1.unwrap();
        assert!(first.len() < 60_000 && people(&first).2.len() == 200, "{}", first.len());
    }
    stage.told(2 * SECOND);
    let mut told = vec![];
    for more in 0..30 {
        stage.room(0..201 + more % 2);
        told.extend(stage.told(SECOND / 10));
    }
    told.extend(stage.told(2 * SECOND));
    assert!((200..=4 * 200).contains(&told.len()), "{} NOTIFYs in three seconds", told.len());
    assert!(told.iter().all(|(_, document)| document.len() < 1_000), "only what is new");
}
