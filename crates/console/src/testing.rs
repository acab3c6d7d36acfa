//! What the tests of this crate share: a plan, how everything stands by it, and records.

use crate::switch::{Answer, Feed, Receipt, Snapshot, Switch};
use call::cdr::{CallEvent, CallEventKind, Entry};
use dialplan::{Loaded, Plan, Sound, Sources};
use ledger::live::{Live, Today};
use node::{Happening, Record};
use std::collections::BTreeSet;
use std::sync::Arc;
use terms::{AgentId, CallRef, ContactId, Now, QueueId, Seq, Wall};

const PLAN: &str = r#"
[[agent]]
name = "anna"
devices = []

[[agent]]
name = "boris"
devices = []

[[queue]]
name = "support"
agents = ["anna", "boris"]
service_level = { within = "20s" }

[[queue]]
name = "sales"
agents = ["boris"]

[[board]]
name = "hall"
figures = [{ show = "waiting", warning = "1" }, { show = "longest_wait" }, { show = "ready", critical = "0" }]

[[board]]
name = "shop"
queues = ["sales"]
"#;

struct Text;

impl Sources for Text {
    fn read(&mut self, _: &str) -> Result<Vec<u8>, String> {
        Ok(PLAN.into())
    }

    fn sound(&mut self, _: &str, _: &str) -> Sound {
        Sound::Fits
    }
}

pub fn plan() -> Arc<Plan> {
    let Loaded { plan, .. } = dialplan::load(&mut Text, "strowger.toml").unwrap();
    plan
}

/// The moment at which the tests begin.
pub const BEGIN: Wall = Wall::from_millis(1_700_000_000_000);

pub fn after(ms: i64) -> Wall {
    Wall::from_millis(BEGIN.as_millis() + ms)
}

/// Nobody is there yet.
pub fn snapshot() -> Snapshot {
    let plan = plan();
    let mut figures = Today::new(&plan);
    figures.past(Live::default());
    let at = Now { wall: BEGIN, ..Now::default() };
    let acd = acd::Engine::new(1).inspect();
    Snapshot { as_of: seq(10), at, plan, acd, calls: vec![], figures, closed: BTreeSet::new() }
}

pub fn seq(n: u64) -> Seq {
    Seq { node: 0, start: 1, n }
}

pub fn record(n: u64, ms: i64, what: Happening) -> Record {
    Record { seq: seq(n), at: after(ms), what }
}

/// Something happens to the contact, and the call, of this number.
pub fn event(n: u64, ms: i64, of: u64, queue: &str, agent: Option<&str>, what: CallEventKind) -> Record {
    let event = CallEvent {
        at: after(ms),
        call: Some(CallRef(of)),
        queue: Some(QueueId::of(queue)),
        contact: Some(ContactId(of)),
        segment: Some(0),
        agent: agent.map(AgentId::of),
        what,
    };
    record(n, ms, Happening::Call(Entry::Event(event)))
}

pub fn entered() -> CallEventKind {
    CallEventKind::Entered { position: 1, again: false, contact_kind: terms::ContactKind::default() }
}

pub fn connected(waited_ms: u64) -> CallEventKind {
    CallEventKind::Connected { waited_ms, rang_ms: 0, before_ms: 0, again: false, contact_kind: Default::default() }
}

/// The routing core says something of an agent.
pub fn journal(n: u64, ms: i64, what: acd::What) -> Record {
    let now = Now { wall: after(ms), ..Now::default() };
    record(n, ms, Happening::Acd(Box::new(acd::Entry { sequence: n, now, what })))
}

pub fn agent(n: u64, ms: i64, agent: &str, status: acd::Status, work: acd::Work) -> Record {
    let agent = AgentId::of(agent);
    journal(n, ms, acd::What::Decision(acd::Event::AgentChanged { agent, status, work, reachable: true }))
}

/// A switch that never answers.
pub struct Mute;

impl Switch for Mute {
    fn snapshot(&self, _: Answer<Box<Snapshot>>) {}
    fn follow(&self, _: Answer<Result<Feed, String>>) {}
    fn look(&self, _: control::Actor, _: control::View, _: Answer<Result<serde_json::Value, crate::switch::Refusal>>) {}

    fn command(&self, _: control::Command, _: Answer<Receipt>) {}
    fn voice(&self, _: terms::PhoneId, _: crate::switch::VoiceWish) {}
    fn is_alive(&self) -> bool {
        true
    }
    fn now(&self) -> Now {
        Now { wall: BEGIN, ..Now::default() }
    }
}
