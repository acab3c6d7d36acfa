//! An account that events are written into by hand, and a morning of them.
#![allow(dead_code)] // Each test binary uses a part of it.

use call::cdr::{By, CallEvent, CallEventKind};
use ledger::report::{Grouping, Question, Report};
use ledger::{Ledger, Reader};
use sqlx::{Connection, SqliteConnection};
use std::collections::BTreeMap;
use std::time::Duration;
use terms::{AgentId, ContactId, ContactKind, QueueId, Wall};

/// An account that events are written into as the writer does, but at given times.
pub struct Account {
    pub runtime: tokio::runtime::Runtime,
    pub db: SqliteConnection,
    pub reader: Reader,
    pub next: i64,
    pub ledger: Option<Ledger>,
    _folder: tempfile::TempDir,
}

impl Account {
    pub fn open() -> Account {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite:{}", folder.path().join("strowger.db").display());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let (ledger, _) = runtime.block_on(Ledger::open(&url, 0)).unwrap();
        let db = runtime.block_on(SqliteConnection::connect(&url)).unwrap();
        let reader = runtime.block_on(Reader::open(&url)).unwrap();
        Account { runtime, db, reader, next: 1 << 36, ledger: Some(ledger), _folder: folder }
    }

    pub fn sql(&mut self, sql: &'static str, bound: &str) {
        self.runtime.block_on(sqlx::query(sql).bind(bound).execute(&mut self.db)).unwrap();
    }

    pub fn write(&mut self, events: &[CallEvent]) {
        let mut lines = vec![];
        for event in events {
            let bits = |id: Option<u64>| id.map(u64::cast_signed);
            let what = serde_json::to_value(&event.what).unwrap();
            lines.push(serde_json::json!({
                "id": self.next, "at": event.at.as_millis(), "queue": bits(event.queue.map(|id| id.0)),
                "agent": bits(event.agent.map(|id| id.0)), "contact": bits(event.contact.map(|id| id.0)),
                "segment": event.segment, "kind": what["kind"], "what": what,
            }));
            self.next += 1;
        }
        let sql = "INSERT INTO events (id, at, queue, contact, segment, agent, kind, detail)
            SELECT value->>'id', value->>'at', value->>'queue', value->>'contact', value->>'segment', value->>'agent',
                value->>'kind', value->'what'
            FROM json_each(?1)";
        self.sql(sql, &serde_json::to_string(&lines).unwrap());
    }

    /// The switch died and was started again.
    pub fn restart(&mut self) {
        self.next = ((self.next >> 36) + 1) << 36;
    }

    pub fn report(&self, grouping: Grouping, edges: &[i64], queue: Option<&str>) -> Report {
        let question = Question {
            grouping,
            edges: edges.iter().map(|edge| Wall::from_millis(*edge)).collect(),
            queue: queue.map(QueueId::of),
            thresholds: BTreeMap::from([(QueueId::of("sales"), Duration::from_secs(10))]),
            otherwise: Duration::from_secs(20),
            now: Wall::from_millis(i64::MAX / 2),
        };
        self.runtime.block_on(self.reader.report(&question)).unwrap()
    }
}

pub fn event(at: i64, queue: Option<&str>, agent: Option<&str>, what: CallEventKind) -> CallEvent {
    CallEvent {
        at: Wall::from_millis(at),
        call: None,
        queue: queue.map(QueueId::of),
        contact: queue.map(|_| ContactId(1)),
        segment: queue.map(|_| 0),
        agent: agent.map(AgentId::of),
        what,
    }
}

pub fn state(at: i64, agent: &str, status: &str, work: &str, lasted_ms: Option<u64>) -> CallEvent {
    let reason = None;
    let (status, work, reachable) = (status.into(), work.into(), None);
    let what = CallEventKind::AgentState { status, reason, work, lasted_ms, reachable, wrapped_ms: None };
    event(at, None, Some(agent), what)
}

/// The same, with whether a phone of his can be rung.
pub fn reached(at: i64, status: &str, work: &str, is_reached: bool) -> CallEvent {
    let mut told = state(at, "alice", status, work, None);
    if let CallEventKind::AgentState { reachable, .. } = &mut told.what {
        *reachable = Some(is_reached);
    }
    told
}

pub fn entered(at: i64, queue: &str, again: bool) -> CallEvent {
    event(at, Some(queue), None, CallEventKind::Entered { position: 1, again, contact_kind: Default::default() })
}

pub fn connected(at: i64, queue: &str, agent: &str, waited_ms: u64) -> CallEvent {
    connected_after(0, at, queue, agent, waited_ms)
}

/// Connected after so long in other queues.
pub fn connected_after(before_ms: u64, at: i64, queue: &str, agent: &str, waited_ms: u64) -> CallEvent {
    event(
        at,
        Some(queue),
        Some(agent),
        CallEventKind::Connected { waited_ms, rang_ms: 0, before_ms, again: false, contact_kind: Default::default() },
    )
}

pub fn completed(at: i64, queue: &str, agent: &str, talked_ms: u64, held_ms: u64) -> CallEvent {
    event(
        at,
        Some(queue),
        Some(agent),
        CallEventKind::Completed { by: By::Caller, talked_ms, held_ms, contact_kind: Default::default() },
    )
}

pub fn abandoned(at: i64, queue: &str, waited_ms: u64) -> CallEvent {
    event(at, Some(queue), None, CallEventKind::Abandoned { waited_ms, before_ms: 0, contact_kind: Default::default() })
}

pub fn overflowed(at: i64, queue: &str, why: &str, waited_ms: u64) -> CallEvent {
    sent_on(at, queue, why, waited_ms, Some(why == "waited"))
}

pub fn sent_on(at: i64, queue: &str, why: &str, waited_ms: u64, let_in: Option<bool>) -> CallEvent {
    let (why, again, before_ms, contact_kind) = (why.into(), false, 0, ContactKind::Voice);
    let what = CallEventKind::Overflowed { why, waited_ms, again, before_ms, let_in, contact_kind };
    event(at, Some(queue), None, what)
}

/// One morning: two queues, two agents, times in seconds.
pub fn morning() -> Vec<CallEvent> {
    let mut events = vec![
        state(0, "alice", "ready", "idle", None),
        state(0, "bob", "not_ready", "idle", None),
        // Alice takes a call after 15 s, talks 60 s (10 s on hold), wraps up for 20 s.
        entered(100_000, "support", false),
        event(110_000, Some("support"), Some("alice"), CallEventKind::Offered { contact_kind: Default::default() }),
        state(110_000, "alice", "ready", "reserved", Some(110_000)),
        connected(115_000, "support", "alice", 15_000),
        state(115_000, "alice", "ready", "talking", Some(5_000)),
        completed(175_000, "support", "alice", 60_000, 10_000),
        state(175_000, "alice", "ready", "wrap_up", Some(60_000)),
        state(195_000, "alice", "ready", "idle", Some(20_000)),
        // One leaves at once, one after half a minute.
        entered(200_000, "support", false),
        abandoned(203_000, "support", 3_000),
        entered(210_000, "support", false),
        abandoned(240_000, "support", 30_000),
        // One is sent from sales to support and answered late by Bob, who comes back for it and goes again.
        entered(300_000, "sales", false),
        overflowed(345_000, "sales", "waited", 45_000),
        entered(345_000, "support", true),
        state(350_000, "bob", "ready", "idle", Some(350_000)),
        connected_after(45_000, 375_000, "support", "bob", 30_000),
        state(375_000, "bob", "ready", "talking", Some(25_000)),
        completed(395_000, "support", "bob", 20_000, 0),
        state(395_000, "bob", "logged_out", "idle", Some(20_000)),
        // Sales is full; and answers in 11 s, which is late there.
        overflowed(400_000, "sales", "full", 0),
        entered(410_000, "sales", false),
    ];
    events.push(event(
        415_000,
        Some("sales"),
        Some("alice"),
        CallEventKind::Offered { contact_kind: Default::default() },
    ));
    let why = "no_answer".into();
    events.push(event(
        418_000,
        Some("sales"),
        Some("alice"),
        CallEventKind::OfferFailed { why, rang_ms: 3_000, contact_kind: Default::default() },
    ));
    events.push(connected(421_000, "sales", "alice", 11_000));
    events.push(state(421_000, "alice", "ready", "talking", Some(226_000)));
    events
}

/// What follows the morning: the end of Alice's call, and of her after-call work.
pub fn afternoon() -> Vec<CallEvent> {
    vec![
        completed(521_000, "sales", "alice", 100_000, 0),
        state(521_000, "alice", "ready", "wrap_up", Some(100_000)),
        state(551_000, "alice", "not_ready", "idle", Some(30_000)),
    ]
}
