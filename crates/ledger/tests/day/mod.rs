//! Random days: how calls go and what agents do, told as call control tells it, and questions in SQL that nothing else asks.
#![allow(dead_code)] // Each test binary uses a part of it.

use super::desk::{Desk, happened, record};
use acd::StatusKind::{LoggedOut, NotReady, Ready};
use acd::WorkKind::{Idle, Reserved, Talking, WrapUp};
use call::cdr::{By, CallEvent, CallEventKind, CallRecord, Entry, Outcome};
use ledger::{Item, Name};
use proptest::prelude::*;
use sqlx::{Row, SqliteConnection};
use std::time::Duration;
use terms::{AgentId, CallRef, ContactId, PhoneId, QueueId, TrunkId, Wall};

pub const QUEUES: [&str; 3] = ["sales", "support", "billing"];
pub const AGENTS: [&str; 2] = ["alice", "bob"];
pub const PHONES: [&str; 3] = ["desk1", "desk2", "desk3"];
pub const TRUNKS: [&str; 2] = ["acme", "beta"];
/// What agents say of their conversations: nothing, the first, or the second instead of it.
pub const WORDS: [&str; 2] = ["sold", "call back"];
/// Seconds; other queues have 20.
pub const SALES_WITHIN: u64 = 10;
pub const DAY_MS: i64 = 86_400_000;

/// How a call of the day goes.
#[derive(Clone, Debug)]
pub struct Fate {
    /// Seconds after midnight.
    pub at: u32,
    from_trunk: bool,
    who: usize,
    /// Queues that send it on: which, why, after so many milliseconds.
    sent_on: Vec<(usize, u8, u16)>,
    /// The last queue, if there is one, and the wait in it.
    pub last: Option<(usize, u16)>,
    /// Who is rung by a call without a queue: a phone, or a trunk.
    to_trunk: bool,
    /// 0 answered, 1 left, 2 refused or released, 3 runs on, 4 answered and, where it came to no queue, made one with the
    /// call before it.
    end: u8,
    agent: usize,
    talk: u16,
    hold: u16,
}

pub fn fate() -> impl Strategy<Value = Fate> {
    let way = (0_u32..80_000, any::<bool>(), 0_usize..3, any::<bool>());
    let stays = (
        prop::collection::vec((0_usize..3, 0_u8..4, 1_u16..40_000), 0..3),
        prop::option::of((0_usize..3, 0_u16..40_000)),
    );
    let end = (0_u8..5, 0_usize..2, 1_u16..60_000, any::<u16>());
    (way, stays, end).prop_map(|((at, from_trunk, who, to_trunk), (sent_on, last), (end, agent, talk, hold))| {
        let sent_on = if last.is_some() { sent_on } else { vec![] };
        Fate { at, from_trunk, who, sent_on, last, to_trunk, end, agent, talk, hold: hold % (talk + 1) }
    })
}

/// Tells a call as call control does.
pub struct Teller {
    record: Box<CallRecord>,
    events: Vec<CallEvent>,
    now: i64,
    segments: u16,
    waited: u64,
}

impl Teller {
    fn note(&mut self, agent: Option<&str>, what: CallEventKind) {
        self.events.push(CallEvent {
            at: Wall::from_millis(self.now),
            call: Some(self.record.call),
            queue: self.record.queue,
            contact: self.record.contact,
            segment: self.segments.checked_sub(1),
            agent: agent.map(AgentId::of),
            what,
        });
    }

    fn stay(&mut self, queue: usize) -> bool {
        self.segments += 1;
        self.record.contact = Some(ContactId(self.record.call.0 * 16));
        self.record.queue.replace(QueueId::of(QUEUES[queue])).is_some()
    }

    fn left(&mut self, waited_ms: u64) {
        self.waited += waited_ms;
        self.record.waited_ms = self.waited;
    }

    fn send_on(&mut self, (queue, why, wait): (usize, u8, u16)) {
        let again = self.stay(queue);
        let (why, let_in) =
            [("full", false), ("no_agents", false), ("waited", true), ("no_agents", true)][usize::from(why)];
        let waited_ms = if let_in { u64::from(wait) } else { 0 };
        if let_in {
            self.note(None, CallEventKind::Entered { position: 1, again, contact_kind: Default::default() });
        }
        self.now += waited_ms.cast_signed();
        let (before_ms, let_in) = (self.waited, Some(let_in));
        self.note(
            None,
            CallEventKind::Overflowed {
                why: why.into(),
                waited_ms,
                again,
                before_ms,
                let_in,
                contact_kind: Default::default(),
            },
        );
        self.left(waited_ms);
    }
}

/// The events and the record of one call.
pub fn tell(call: u64, fate: &Fate) -> (Vec<CallEvent>, Box<CallRecord>) {
    let mut record = record(call, Outcome::Open);
    let start = DAY_MS + i64::from(fate.at) * 1_000;
    record.started = Wall::from_millis(start);
    (record.queue, record.contact, record.waited_ms, record.talked_ms, record.held_ms) = (None, None, 0, 0, 0);
    (record.answered, record.connected) = (None, None);
    if !fate.from_trunk {
        record.source = sip::Source::Phone(PhoneId::of(PHONES[fate.who]));
    }
    let mut teller = Teller { record, events: vec![], now: start + 1_000, segments: 0, waited: 0 };
    fate.sent_on.iter().for_each(|stay| teller.send_on(*stay));
    let agent = AGENTS[fate.agent];
    if let Some((queue, wait)) = fate.last {
        let again = teller.stay(queue);
        teller.note(None, CallEventKind::Entered { position: 1, again, contact_kind: Default::default() });
        let (waited_ms, before_ms) = (u64::from(wait), teller.waited);
        teller.now += i64::from(wait);
        match fate.end {
            0 | 4 => teller.note(
                Some(agent),
                CallEventKind::Connected {
                    waited_ms,
                    rang_ms: 5,
                    before_ms,
                    again: false,
                    contact_kind: Default::default(),
                },
            ),
            1 => teller.note(None, CallEventKind::Abandoned { waited_ms, before_ms, contact_kind: Default::default() }),
            _ => {}
        }
        if fate.end != 3 {
            teller.left(waited_ms);
        }
    } else if fate.to_trunk && fate.end != 3 {
        teller.record.trunk_out = Some(TrunkId::of(TRUNKS[fate.agent]));
    }
    let talks = matches!(fate.end, 0 | 4);
    if fate.last.is_some() || talks {
        teller.record.answered = Some(Wall::from_millis(start + 500));
    }
    let (talked_ms, held_ms) = (u64::from(fate.talk), u64::from(fate.hold));
    teller.record.outcome = match (fate.end, fate.last) {
        (4, None) if call > 1 => Outcome::Joined,
        (0 | 4, _) => Outcome::Answered,
        (1, Some(_)) => Outcome::Abandoned,
        (1, None) => Outcome::Finished,
        (2, _) => Outcome::Failed,
        _ => Outcome::Open,
    };
    teller.record.joined = (teller.record.outcome == Outcome::Joined).then(|| CallRef(call - 1));
    if talks {
        (teller.record.talked_ms, teller.record.held_ms) = (talked_ms, held_ms);
        teller.record.connected = Some(Wall::from_millis(teller.now));
        teller.now += i64::from(fate.talk);
        if fate.last.is_some() {
            teller.record.agent = Some(AgentId::of(agent));
            teller.note(
                Some(agent),
                CallEventKind::Completed { by: By::Caller, talked_ms, held_ms, contact_kind: Default::default() },
            );
            for (disposition, instead_of) in WORDS.iter().zip([None, Some(WORDS[0].to_owned())]).take(fate.who) {
                teller.note(Some(agent), CallEventKind::Disposed { disposition: (*disposition).into(), instead_of });
            }
        }
        if teller.record.trunk_out.is_none() {
            teller.record.phone = Some(PhoneId::of(PHONES[(fate.who + 1) % 3]));
        }
    }
    teller.record.ended = (fate.end != 3).then(|| Wall::from_millis(teller.now));
    (teller.events, teller.record)
}

/// What an agent does next, in the words of the account.
#[derive(Clone, Debug)]
pub struct Duty {
    agent: usize,
    /// Seconds after what he did before.
    after: u32,
    status: usize,
    work: usize,
    reason: bool,
    reachable: Option<bool>,
}

pub fn duty() -> impl Strategy<Value = Duty> {
    let words = (0_usize..2, 1_u32..20_000, 0_usize..4, 0_usize..6, any::<bool>(), any::<Option<bool>>());
    words.prop_map(|(agent, after, status, work, reason, reachable)| Duty {
        agent,
        after,
        status,
        work,
        reason,
        reachable,
    })
}

/// The events of what agents do, each from midnight on.
fn states(duties: &[Duty]) -> Vec<CallEvent> {
    let mut clocks = [DAY_MS; AGENTS.len()];
    let mut events = vec![];
    for duty in duties {
        let after_ms = i64::from(duty.after) * 1_000;
        clocks[duty.agent] += after_ms;
        // Idle comes more often than the rest.
        let work = [Idle, Idle, Idle, Reserved, Talking, WrapUp][duty.work].into();
        let status = [Ready, Ready, NotReady, LoggedOut][duty.status];
        let reason = (duty.reason && status == NotReady).then(|| "lunch".to_owned());
        let lasted_ms = Some(after_ms.cast_unsigned());
        let (status, reachable) = (status.into(), duty.reachable);
        let what = CallEventKind::AgentState { status, reason, work, lasted_ms, reachable, wrapped_ms: None };
        let (at, agent) = (Wall::from_millis(clocks[duty.agent]), Some(AgentId::of(AGENTS[duty.agent])));
        events.push(CallEvent { at, call: None, queue: None, contact: None, segment: None, agent, what });
    }
    events.retain(|event| event.at.as_millis() < 2 * DAY_MS);
    events
}

/// The whole day: calls as they begin and end, and all events in their order.
pub fn day(fates: &[Fate], duties: &[Duty]) -> Vec<Entry> {
    let (mut entries, mut events) = (vec![], states(duties));
    for (fate, call) in fates.iter().zip(1..) {
        let (told, record) = tell(call, fate);
        let opened = CallRecord { ended: None, outcome: Outcome::Open, ..*record.clone() };
        let opened = CallRecord { answered: None, connected: None, ..opened };
        let opened = CallRecord { queue: None, contact: None, agent: None, phone: None, trunk_out: None, ..opened };
        let opened = CallRecord { joined: None, waited_ms: 0, talked_ms: 0, held_ms: 0, ..opened };
        entries.push(Entry::Opened(Box::new(opened)));
        if record.outcome != Outcome::Open {
            entries.push(Entry::Closed(record));
        }
        events.extend(told);
    }
    events.sort_by_key(|event| event.at);
    entries.extend(events.into_iter().map(Entry::Event));
    entries
}

/// Writes the day down.
pub fn write(desk: &mut Desk, day: &[Entry]) {
    let names = AGENTS.map(Name::agent).into_iter().chain(QUEUES.map(Name::queue));
    let names = names.chain(PHONES.map(Name::phone)).chain(TRUNKS.map(Name::trunk));
    names.for_each(|name| desk.push(Item::Name(Box::new(name))));
    day.iter().for_each(|entry| desk.push(happened(entry.clone())));
    desk.settle();
}

pub fn within(queue: &str) -> Duration {
    Duration::from_secs(if queue == "sales" { SALES_WITHIN } else { 20 })
}

/// One row of numbers.
pub async fn numbers<const N: usize>(db: &mut SqliteConnection, sql: &str) -> [u64; N] {
    let row = sqlx::query(sqlx::AssertSqlSafe(sql.to_owned())).fetch_one(db).await.unwrap();
    std::array::from_fn(|n| row.get::<Option<i64>, _>(n).unwrap_or_default().cast_unsigned())
}

/// Stays in a queue: came, came again, answered, in time, abandoned, in time, sent on, waits of the answered, longest.
pub async fn stays(db: &mut SqliteConnection, queue: &str) -> [u64; 9] {
    let t = within(queue).as_millis();
    let sql = format!(
        "WITH ends AS (SELECT * FROM v_events WHERE queue = '{queue}' AND kind IN ('connected', 'abandoned', 'overflowed'))
         SELECT (SELECT count(DISTINCT contact << 16 | segment) FROM events JOIN names ON names.id = queue
                 WHERE name = '{queue}'),
            (SELECT count(DISTINCT contact << 16 | segment) FROM events AS here JOIN names ON names.id = queue
             WHERE name = '{queue}'
             AND EXISTS (SELECT 1 FROM events AS e WHERE e.contact = here.contact AND e.segment < here.segment)),
            sum(kind = 'connected'), sum(kind = 'connected' AND waited_ms <= {t}), sum(kind = 'abandoned'),
            sum(kind = 'abandoned' AND waited_ms <= {t}), sum(kind = 'overflowed'),
            sum(iif(kind = 'connected', waited_ms, 0)), max(waited_ms) FROM ends"
    );
    numbers(db, &sql).await
}
