//! A call that is over, as the API tells of it, and its story: stays in queues, legs, what happened, and what was recorded.

use super::{event, time};
use acd::CallEvent;
use ledger::{CallRow, Direction, LegRow, Names, RecordingRow, SegmentRow};
use serde::Serialize;
use utoipa::ToSchema;

/// A call that is over.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = Record)]
pub struct CallRecord {
    /// Its reference in the account.
    pub call: String,
    /// inbound, outbound, internal or transit.
    pub direction: &'static str,
    /// answered, abandoned, finished, failed, joined or node_lost.
    pub outcome: String,
    /// The caller's number.
    pub caller: String,
    /// The number that was called.
    pub called: String,
    /// The last queue that it came to.
    pub queue: Option<String>,
    /// The agent who took it.
    pub agent: Option<String>,
    /// When it came (RFC 3339, UTC).
    pub started: String,
    /// When the caller was answered.
    pub answered: Option<String>,
    /// When somebody heard him.
    pub connected: Option<String>,
    /// When it was over.
    pub ended: Option<String>,
    /// Who ended it: caller, callee or switch.
    pub ended_by: String,
    /// Q.850.
    pub cause: u16,
    /// The final SIP status, where it was never answered.
    pub status: Option<u16>,
    /// Time in queues.
    pub waited_ms: u64,
    /// Time in conversation, hold aside.
    pub talked_ms: u64,
    /// Time in conversation on hold.
    pub held_ms: u64,
    /// Its recording, whether it is still there or not.
    pub recording: Option<String>,
}

/// A page of them, the newest first.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Records {
    /// The calls.
    pub items: Vec<CallRecord>,
    /// What to give as `after` for the next page; absent on the last one.
    pub next: Option<String>,
}

/// All of one of them that its reader may see.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Story {
    /// The call.
    pub record: CallRecord,
    /// Its stays in queues, in order.
    pub segments: Vec<Segment>,
    /// Its legs, in order.
    pub legs: Vec<Leg>,
    /// What happened in its queues, in order.
    pub events: Vec<Moment>,
    /// Its recordings, in order.
    pub recordings: Vec<Recording>,
    /// Calls that belong to it: it went on in them, or came from them.
    pub related: Vec<CallRecord>,
}

/// A stay in a queue, and the conversation that came of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Segment {
    /// The queue.
    pub queue: Option<String>,
    /// When it entered the queue.
    pub entered: String,
    /// The end of the wait.
    pub waited_until: Option<String>,
    /// The end of the conversation too, where there was one.
    pub over: Option<String>,
    /// How the wait ended.
    pub how: Option<String>,
    /// Who took it.
    pub agent: Option<String>,
    /// The wait.
    pub waited_ms: Option<u64>,
    /// In conversation, hold aside.
    pub talked_ms: Option<u64>,
    /// On hold.
    pub held_ms: Option<u64>,
    /// The after-call work that followed.
    pub wrapped_ms: Option<u64>,
    /// What came of the conversation, as the agent has said.
    pub disposition: Option<String>,
}

/// A leg.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = RecordLeg)]
pub struct Leg {
    /// Which of the call's; 0 is the caller's.
    pub nth: u16,
    /// caller or callee.
    pub role: String,
    /// Who was at its other end: `trunk:` or `phone:` and the name. Absent where the reader does not see him.
    pub who: Option<String>,
    /// The agent on whose behalf it was rung.
    pub agent: Option<String>,
    /// When it began.
    pub invited: String,
    /// When it was answered.
    pub answered: Option<String>,
    /// Its end.
    pub ended: Option<String>,
    /// won, cancelled, lost, node_lost; moved, where it went on in another call.
    pub how: String,
    /// The final SIP status, where it was not answered.
    pub status: Option<u16>,
    /// How its sound was coded.
    pub codec: Option<String>,
    /// What passed through its stream.
    pub quality: Option<Quality>,
}

/// What passed through a stream.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
pub struct Quality {
    /// Packets that came.
    pub packets_received: u64,
    /// Packets that were sent.
    pub packets_sent: u64,
    /// Of those that should have come, how many did not, from 0 to 1.
    pub lost_share: f64,
    /// How unevenly they came.
    pub jitter_ms: f64,
    /// There and back, where the other end told it.
    pub round_trip_ms: Option<f64>,
}

/// Something that happened in a call.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Moment {
    /// When.
    pub at: String,
    /// So long after the call's begin.
    pub after_ms: i64,
    /// Its type, as in the stream.
    #[serde(rename = "type")]
    pub kind: String,
    /// The queue that it concerns.
    pub queue: Option<String>,
    /// The agent whom it concerns.
    pub agent: Option<String>,
    /// Why, or what came of it.
    pub why: Option<String>,
}

/// A recording.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, ToSchema)]
pub struct Recording {
    /// Its id.
    pub recording: String,
    /// When its timeline begins.
    pub started: String,
    /// Its length.
    pub duration_ms: u64,
    /// Silence written for lost sound.
    pub gap_ms: u64,
    /// Why it is incomplete, where it is.
    pub fault: Option<String>,
    /// When its file was removed, where it was.
    pub erased: Option<String>,
    /// Whether the reader may hear it.
    pub may_play: bool,
    /// Whether the reader may take it away as a file.
    pub may_save: bool,
}

impl From<&CallRow> for CallRecord {
    fn from(row: &CallRow) -> CallRecord {
        CallRecord {
            call: row.call.to_string(),
            direction: Direction::of(row.source, row.trunk_out.is_some()).word(),
            outcome: row.outcome.clone(),
            caller: row.caller.reveal().clone(),
            called: row.called.reveal().clone(),
            queue: named(row.queue_name.as_ref(), row.queue),
            agent: named(row.agent_name.as_ref(), row.agent),
            started: time(row.started),
            answered: row.answered.map(time),
            connected: row.connected.map(time),
            ended: row.ended.map(time),
            ended_by: row.ended_by.clone(),
            cause: u16::from(row.cause.0),
            status: row.status,
            waited_ms: row.waited_ms,
            talked_ms: row.talked_ms,
            held_ms: row.held_ms,
            recording: row.capture.map(|capture| capture.to_string()),
        }
    }
}

impl From<&SegmentRow> for Segment {
    fn from(row: &SegmentRow) -> Segment {
        Segment {
            queue: named(row.queue_name.as_ref(), row.queue),
            entered: time(row.entered),
            waited_until: row.waited_until.map(time),
            over: row.over.map(time),
            how: row.how.clone(),
            agent: named(row.agent_name.as_ref(), row.agent),
            waited_ms: row.waited_ms,
            talked_ms: row.talked_ms,
            held_ms: row.held_ms,
            wrapped_ms: row.wrapped_ms,
            disposition: row.disposition.clone(),
        }
    }
}

impl From<&LegRow> for Leg {
    fn from(row: &LegRow) -> Leg {
        Leg {
            nth: row.nth,
            role: row.role.clone(),
            who: Some(row.who.clone()),
            agent: row.agent.clone(),
            invited: time(row.invited),
            answered: row.answered.map(time),
            ended: row.ended.map(time),
            how: row.how.clone(),
            status: row.status,
            codec: row.codec.clone(),
            quality: Quality::of(row),
        }
    }
}

impl Quality {
    fn of(row: &LegRow) -> Option<Quality> {
        let totals = row.media.as_ref()?;
        let due = totals.packets_received + totals.packets_lost;
        let ms = |us: u64| us as f64 / 1_000.0;
        Some(Quality {
            packets_received: totals.packets_received,
            packets_sent: totals.packets_sent,
            lost_share: if due == 0 { 0.0 } else { totals.packets_lost as f64 / due as f64 },
            jitter_ms: ms(totals.jitter_us),
            round_trip_ms: totals.round_trip_us.map(ms),
        })
    }
}

impl Moment {
    /// Of an event of a call that began then. None of what is told elsewhere.
    pub fn of(event: &CallEvent, started: terms::Wall, names: &Names) -> Option<Moment> {
        let what = serde_json::to_value(&event.what).ok()?;
        let kind = event::type_of(what["kind"].as_str()?)?.to_owned();
        let why = ["why", "disposition"].iter().find_map(|key| what[*key].as_str()).map(str::to_owned);
        let queue = event.queue.map(|id| names.queues.get(&id).cloned().unwrap_or_else(|| id.to_string()));
        let agent = event.agent.map(|id| names.agents.get(&id).cloned().unwrap_or_else(|| id.to_string()));
        let after_ms = event.at.as_millis() - started.as_millis();
        Some(Moment { at: time(event.at), after_ms, kind, queue, agent, why })
    }
}

impl Recording {
    /// As somebody reads of it who may hear it, or not, and save it, or not.
    pub fn of(row: &RecordingRow, (may_play, may_save): (bool, bool)) -> Recording {
        Recording {
            recording: row.capture.to_string(),
            started: time(row.started),
            duration_ms: row.duration_ms,
            gap_ms: row.gap_ms,
            fault: row.fault.clone(),
            erased: row.purged.map(time),
            may_play: may_play && row.file.is_some(),
            may_save: may_save && row.file.is_some(),
        }
    }
}

/// The operator's name, or the id of what an older version has told no name of.
fn named<Id: ToString>(name: Option<&String>, id: Option<Id>) -> Option<String> {
    name.cloned().or_else(|| id.map(|id| id.to_string()))
}
