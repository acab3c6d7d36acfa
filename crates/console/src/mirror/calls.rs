//! Running calls, as far as the stream tells of them.

use super::{Mirror, before};
use crate::wire::Stage;
use call::CallLine;
use call::cdr::{CallEvent, CallEventKind, CallRecord, Parking};
use terms::{AgentId, CallRef, Now, Pii, QueueId, Wall};

/// A running call.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub stage: Stage,
    pub caller: Pii<String>,
    pub called: Pii<String>,
    pub queue: Option<QueueId>,
    pub agent: Option<AgentId>,
    pub started: Wall,
    pub since: Wall,
    /// Agents who are rung for it.
    ringing: u32,
}

impl Call {
    pub fn seen(line: &CallLine, at: Now) -> Call {
        let started = before(at, line.age_ms);
        let stage = match line.phase {
            "queueing" => Stage::Queued,
            "offering" => Stage::Offered,
            "talking" | "held" if line.agent.is_some() => Stage::Talking,
            "parked" => Stage::Parked,
            _ => Stage::Open,
        };
        let ringing = u32::from(stage == Stage::Offered);
        let (caller, called) = (line.caller.clone(), line.called.clone());
        Call { stage, caller, called, queue: line.queue, agent: line.agent, started, since: started, ringing }
    }

    fn is_now(&mut self, stage: Stage, at: Wall) {
        if self.stage != stage {
            (self.stage, self.since) = (stage, at);
        }
    }
}

impl Mirror {
    pub(super) fn opened(&mut self, record: &CallRecord) {
        let call = Call {
            stage: Stage::Open,
            caller: record.caller.clone(),
            called: record.called.clone(),
            queue: None,
            agent: None,
            started: record.started,
            since: record.started,
            ringing: 0,
        };
        self.calls.insert(record.call, call);
        self.changed.calls.insert(record.call);
    }

    pub(super) fn closed(&mut self, call: CallRef) {
        let last = self.call_state(call);
        if self.calls.remove(&call).is_some() {
            self.changed.calls.remove(&call);
            self.changed.ended.extend(last);
        }
    }

    pub(super) fn parked(&mut self, parking: &Parking) {
        let Some(call) = self.calls.get_mut(&parking.call) else { return };
        match parking.end {
            None => call.is_now(Stage::Parked, parking.since),
            Some(end) => call.is_now(if call.agent.is_some() { Stage::Talking } else { Stage::Open }, end.at),
        }
        self.changed.calls.insert(parking.call);
    }

    /// What happens to a contact happens to its call.
    pub(super) fn follow_contact(&mut self, event: &CallEvent) {
        let Some((id, call)) = event.call.and_then(|id| Some((id, self.calls.get_mut(&id)?))) else { return };
        match event.what {
            CallEventKind::Entered { .. } => {
                (call.queue, call.agent, call.ringing) = (event.queue, None, 0);
                call.is_now(Stage::Queued, event.at);
            }
            CallEventKind::Offered { .. } => {
                (call.agent, call.ringing) = (event.agent, call.ringing + 1);
                call.is_now(Stage::Offered, event.at);
            }
            CallEventKind::OfferFailed { .. } => {
                call.ringing = call.ringing.saturating_sub(1);
                if call.ringing == 0 && call.stage == Stage::Offered {
                    call.agent = None;
                    call.is_now(Stage::Queued, event.at);
                }
            }
            CallEventKind::Connected { .. } | CallEventKind::TakenOver { .. } => {
                call.agent = event.agent;
                call.is_now(Stage::Talking, event.at);
            }
            CallEventKind::Completed { .. } if call.agent != event.agent => return, // One of several has left.
            CallEventKind::Completed { .. }
            | CallEventKind::Abandoned { .. }
            | CallEventKind::Withdrawn { .. }
            | CallEventKind::Overflowed { .. } => {
                call.agent = None;
                call.is_now(Stage::Open, event.at);
            }
            CallEventKind::Picked | CallEventKind::Disposed { .. } | CallEventKind::AgentState { .. } => return,
        }
        self.changed.calls.insert(id);
    }
}
