//! Running calls, as far as the stream tells of them.

use super::{Mirror, before};
use crate::wire::Stage;
use call::CallLine;
use call::cdr::{CallEvent, CallEventKind, CallRecord, Parking};
use control::{Reply, Verb};
use node::Ordered;
use terms::{AgentId, CallRef, ContactId, Now, Pii, QueueId, Wall};

/// A running call.
#[derive(Clone, Debug)]
pub(super) struct Call {
    pub stage: Stage,
    pub caller: Pii<String>,
    pub called: Pii<String>,
    pub queue: Option<QueueId>,
    pub agent: Option<AgentId>,
    pub contact: Option<ContactId>,
    pub started: Wall,
    pub since: Wall,
    /// Somebody in it is on hold, by a command.
    pub held: bool,
    /// One of it asks somebody else, by a command.
    pub consulting: bool,
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
        let (held, consulting) = (line.phase == "held", false);
        Call {
            held,
            consulting,
            stage,
            caller,
            called,
            queue: line.queue,
            agent: line.agent,
            contact: line.contact,
            started,
            since: started,
            ringing,
        }
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
            contact: None,
            started: record.started,
            since: record.started,
            held: false,
            consulting: false,
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

    /// What was done to a call by a command, where nothing else tells it.
    pub(super) fn ordered(&mut self, ordered: &Ordered) {
        let done = matches!(ordered.reply, Reply::Done(_));
        let (id, held, consulting) = match &ordered.command.what {
            Verb::Hold { call, .. } if done => (*call, Some(true), None),
            Verb::Resume { call, .. } if done => (*call, Some(false), None),
            Verb::Consult { call, .. } if done => (*call, None, Some(true)),
            // Refused: there is nobody whom he asks any more.
            Verb::Back { call } | Verb::Swap { call } if !done => (*call, None, Some(false)),
            Verb::Join { call } | Verb::Complete { call } | Verb::Back { call } => (*call, Some(false), Some(false)),
            _ => return,
        };
        let Some(call) = self.calls.get_mut(&id) else { return };
        (call.held, call.consulting) = (held.unwrap_or(call.held), consulting.unwrap_or(call.consulting));
        self.changed.calls.insert(id);
    }

    /// What happens to a contact happens to its call.
    pub(super) fn follow_contact(&mut self, event: &CallEvent) {
        let Some((id, call)) = event.call.and_then(|id| Some((id, self.calls.get_mut(&id)?))) else { return };
        match event.what {
            CallEventKind::Entered { .. } => {
                (call.held, call.consulting, call.contact) = (false, false, event.contact);
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
                (call.held, call.consulting) = (false, false);
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
