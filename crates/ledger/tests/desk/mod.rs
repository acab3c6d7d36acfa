//! What the tests of the account share: items, and a ledger with its writer on a thread of its own.
#![allow(dead_code)] // Each test binary uses a part of it.

use call::cdr::{By, CallEvent, CallEventKind, CallRecord, Entry, Outcome};
use ledger::{CallFilter, Health, Inlet, Item, Ledger, Reader, SideDoor, Start};
use node::{Happening, Record};
use sqlx::{ConnectOptions, Connection, Row};
use std::path::Path;
use std::str::FromStr;
use std::sync::mpsc;
use std::time::{Duration, Instant};
use terms::{
    AgentId, CallRef, CaptureId, Cause, ContactId, IdSource, LegId, Now, PhoneId, Pii, QueueId, Seq, TrunkId, Wall,
};

pub fn record(call: u64, outcome: Outcome) -> Box<CallRecord> {
    let ended = (outcome != Outcome::Open).then(|| Wall::from_millis(9_000 + call.cast_signed()));
    Box::new(CallRecord {
        call: CallRef(call),
        sip_call_id: format!("{call}@\"carrier\\'s\" \u{1f4de}"),
        source: sip::Source::Trunk(TrunkId::of("acme")),
        caller: Pii::from("+442079460001"),
        called: Pii::from("+442079460099"),
        started: Wall::from_millis(1_000 + call.cast_signed()),
        answered: ended.map(|_| Wall::from_millis(2_000)),
        connected: ended.map(|_| Wall::from_millis(3_000)),
        ended,
        outcome,
        status: None,
        cause: Cause::NORMAL,
        ended_by: By::Caller,
        queue: Some(QueueId::of("support")),
        contact: Some(ContactId(call)),
        agent: ended.map(|_| AgentId::of("alice")),
        phone: ended.map(|_| PhoneId::of("desk1")),
        trunk_out: ended.map(|_| TrunkId::of("beta")),
        waited_ms: 1_234,
        talked_ms: 5_678,
        held_ms: 9,
        capture: ended.map(|_| CaptureId(call)),
        digits: "1#".into(),
        joined: None,
        media: ended.map(|_| media::StreamTotals {
            packets_received: 50,
            packets_sent: 49,
            round_trip_us: Some(30),
            ..Default::default()
        }),
    })
}

/// Something that happened. Its number is that of its turn at the desk.
pub fn numbered(what: Happening) -> Item {
    Item::Happened(Record { seq: Seq::default(), at: Wall::from_millis(4_000), what })
}

/// Something of a call.
pub fn happened(entry: Entry) -> Item {
    numbered(Happening::Call(entry))
}

pub fn opened(call: u64) -> Item {
    happened(Entry::Opened(record(call, Outcome::Open)))
}

pub fn closed(call: u64) -> Item {
    happened(Entry::Closed(record(call, Outcome::Answered)))
}

pub fn event(call: u64, what: CallEventKind) -> CallEvent {
    let (queue, contact) = (Some(QueueId::of("support")), Some(ContactId(call)));
    let (at, call, segment) = (Wall::from_millis(4_000), Some(CallRef(call)), Some(0));
    CallEvent { at, call, queue, contact, segment, agent: None, what }
}

/// What a change of an agent's status is to the ledger: the journal's entry, and what the account makes of it.
pub fn agent_entry(sequence: u64, agent: &str, status: acd::Status) -> [Item; 2] {
    let changed =
        acd::Event::AgentChanged { agent: AgentId::of(agent), status, work: acd::Work::Idle, reachable: true };
    let entry = acd::Entry { sequence, now: Now::default(), what: acd::What::Decision(changed) };
    let mut events = vec![];
    acd::Fold::default().take(&entry, &mut |event| events.push(event));
    let event = events.pop().expect("it is told");
    [happened(Entry::Event(event)), numbered(Happening::Acd(Box::new(entry)))]
}

pub fn binding(key: &str, port: u16, expires_in_ms: i64) -> Item {
    let now = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap().as_millis();
    Item::Binding(Box::new(sip::BindingChange {
        phone: PhoneId::of("alice"),
        key: key.into(),
        contact: Pii::from("sip:alice@192.0.2.7:5062"),
        remote: ([192, 0, 2, 7], port).into(),
        transport: sip::Transport::Tcp,
        local: "[2001:db8::1]:5060".parse().unwrap(),
        q: 700,
        call_id: "reg@phone".into(),
        cseq: 4_000_000_000,
        expires: Wall::from_millis(i64::try_from(now).unwrap() + expires_in_ms),
    }))
}

/// A dialog with this leg was confirmed.
pub fn confirmed(leg: u64) -> Item {
    let party = || sip::KeptParty { display: None, uri: "sip:x@y".into() };
    let owed = Box::new(sip::Owed::Bye(sip::KeptDialog {
        call_id: format!("dialog {leg}"),
        local_tag: "l".into(),
        remote_tag: "r".into(),
        local: party(),
        remote: party(),
        seq: 1,
        routes: vec![],
        target: "sip:x@192.0.2.1".into(),
        peer: sip::Source::Trunk(TrunkId::of("acme")),
        transport: sip::Transport::Udp,
        to: "192.0.2.1:5060".parse().unwrap(),
        from: "192.0.2.2:5060".parse().unwrap(),
    }));
    Item::Dialog(sip::DialogChange::Begun { leg: LegId::inbound(leg), owed }, None)
}

/// It ended.
pub fn ended(leg: u64) -> Item {
    Item::Dialog(sip::DialogChange::Ended { leg: LegId::inbound(leg) }, None)
}

/// Another program that holds the database: nothing can be posted.
pub struct Intruder(tokio::runtime::Runtime, sqlx::SqliteConnection);

impl Intruder {
    pub fn enter(folder: &Path) -> Intruder {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let options = sqlx::sqlite::SqliteConnectOptions::from_str(&url(folder)).unwrap();
        let mut db = runtime.block_on(options.connect()).unwrap();
        runtime.block_on(sqlx::query("BEGIN IMMEDIATE").execute(&mut db)).unwrap();
        Intruder(runtime, db)
    }

    pub fn leave(mut self) {
        self.0.block_on(sqlx::query("ROLLBACK").execute(&mut self.1)).unwrap();
        self.0.block_on(self.1.close()).unwrap();
    }
}

/// A database is served by threads of the library's own, which end a moment after whoever asked them: until none has a
/// file of this folder open, it is not as a killed process leaves it.
pub fn nobody_has_open(folder: &Path) {
    let (folder, began) = (folder.canonicalize().unwrap(), Instant::now());
    let is_there = |entry: std::io::Result<std::fs::DirEntry>| {
        entry.and_then(|entry| std::fs::read_link(entry.path())).is_ok_and(|file| file.starts_with(&folder))
    };
    while std::fs::read_dir("/proc/self/fd").unwrap().any(is_there) {
        assert!(began.elapsed() < Duration::from_secs(20), "files of {} are open", folder.display());
        std::thread::sleep(Duration::from_millis(2));
    }
}

/// A ledger with its writer running on a thread of its own, as the switch has it.
pub struct Desk {
    pub inlet: Option<Inlet>,
    pub side: Option<SideDoor>,
    pub written: mpsc::Receiver<CallRef>,
    pub start: Start,
    pub reader: Reader,
    pub runtime: tokio::runtime::Runtime,
    numbers: IdSource,
    task: tokio::task::JoinHandle<()>,
}

/// The first column of what the account answers.
pub fn column(folder: &Path, sql: &'static str) -> Vec<String> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let options = sqlx::sqlite::SqliteConnectOptions::from_str(&url(folder)).unwrap();
        let mut db = sqlx::SqliteConnection::connect_with(&options).await.unwrap();
        sqlx::query(sql).fetch_all(&mut db).await.unwrap().iter().map(|row| row.get(0)).collect()
    })
}

pub fn url(folder: &Path) -> String {
    format!("sqlite:{}", folder.join("strowger.db").display())
}

impl Desk {
    pub fn open(folder: &Path) -> Desk {
        Desk::of(folder, 0)
    }

    /// The desk of another node.
    pub fn of(folder: &Path, node: u16) -> Desk {
        nobody_has_open(folder);
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
        let (mut ledger, start) = runtime.block_on(Ledger::open(&url(folder), node)).unwrap();
        let (tell, written) = mpsc::channel();
        let (inlet, side, writer) = ledger.writer(move |call| tell.send(call).unwrap_or_default()).unwrap();
        let task = runtime.spawn(async { writer.run().await.unwrap() });
        let reader = ledger.reader().clone();
        let numbers = IdSource::behind(start.incarnation, start.lost);
        Desk { inlet: Some(inlet), side: Some(side), written, start, reader, runtime, numbers, task }
    }

    /// What happened gets its number here, as in the switch it does in the node.
    pub fn push(&mut self, mut item: Item) {
        if let Item::Happened(record) = &mut item {
            record.seq = self.numbers.next_id().map(Seq::of).unwrap_or_default();
        }
        self.inlet.as_mut().unwrap().push(item).expect("room in the lane");
    }

    pub fn push_all(&mut self, items: impl IntoIterator<Item = Item>) {
        items.into_iter().for_each(|item| self.push(item));
    }

    pub fn health(&self) -> Health {
        self.inlet.as_ref().unwrap().health()
    }

    pub fn until(&self, what: &str, condition: impl Fn(&Health) -> bool) {
        let began = Instant::now();
        while !condition(&self.health()) {
            assert!(began.elapsed() < Duration::from_secs(20), "{what}: {:?}", self.health());
            std::thread::sleep(Duration::from_millis(2));
        }
    }

    /// Everything that was pushed is written down, in the database or not: a receipt's group has what came before it.
    pub fn written_down(&self) {
        let (receipt, received) = mpsc::channel();
        self.side.as_ref().unwrap().push_blocking(Item::Receipt(receipt)).unwrap();
        received.recv_timeout(Duration::from_secs(20)).expect("it is written down");
    }

    pub fn settle(&self) {
        self.until("everything is written", |health| health.backlog == 0);
    }

    pub fn calls(&self) -> Vec<ledger::CallRow> {
        self.runtime.block_on(self.reader.calls(100_000, &CallFilter::default())).unwrap()
    }

    pub fn story(&self, call: u64) -> ledger::Story {
        self.runtime.block_on(self.reader.story(CallRef(call))).unwrap()
    }

    /// An orderly end: what was pushed is written before it returns.
    pub fn close(mut self) {
        (self.inlet, self.side) = (None, None);
        self.runtime.block_on(self.task).unwrap();
    }

    /// The task is dropped where it stands.
    pub fn abort(self) {
        self.task.abort();
        let _ = self.runtime.block_on(self.task);
        self.runtime.shutdown_timeout(Duration::from_secs(5));
    }

    /// The next start, after this one died where it stood.
    pub fn die_and_open(self, folder: &Path) -> Desk {
        self.abort();
        Desk::open(folder)
    }
}
