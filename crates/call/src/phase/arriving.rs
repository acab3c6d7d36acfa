//! The INVITE is there. First the caller's stream needs a port; later, before anything is played to
//! him, our 200 needs its ACK.

use super::ending::{self, Exit};
use super::{Phase, exit_for, perform};
use crate::admission::UNUSABLE;
use crate::call::{Common, Fact};
use crate::cdr::By;
use crate::desk::Desk;
use dialplan::flow::Action;
use terms::Cause;

/// What the call waits for before it goes on.
pub(crate) enum Arriving {
    /// A port for the caller's stream.
    Port,
    /// The ACK; then this is done.
    Ack(Action),
}

impl Arriving {
    pub fn on(self, common: &mut Common, desk: &mut Desk<'_>, fact: Fact) -> Phase {
        match (self, &fact) {
            (Arriving::Port, Fact::Opened) => opened(common, desk),
            // RFC 3261 21.4.18: the node is not full, this port range is.
            (Arriving::Port, Fact::NoPort) => {
                desk.count("rtp ports exhausted");
                refuse(common, desk, 480, Cause::CONGESTION)
            }
            (Arriving::Ack(action), Fact::Established) => perform(common, desk, action),
            (phase, _) => match exit_for(&fact) {
                Some(exit) => ending::begin(common, desk, exit),
                None => Phase::Arriving(phase),
            },
        }
    }
}

/// Begins to walk the dial plan. The offer is answered once an answer is needed.
fn opened(common: &mut Common, desk: &mut Desk<'_>) -> Phase {
    if !common.caller.is_reached() {
        desk.count(UNUSABLE);
        return refuse(common, desk, 488, Cause::INCOMPATIBLE);
    }
    let action = common.cursor.action(&common.plan);
    perform(common, desk, action)
}

fn refuse(common: &mut Common, desk: &mut Desk<'_>, status: u16, cause: Cause) -> Phase {
    ending::begin(common, desk, Exit { cause, by: By::Switch, status: Some(status) })
}

/// Answers the caller; `action` follows his ACK.
pub(crate) fn await_ack(common: &mut Common, desk: &mut Desk<'_>, action: Action) -> Phase {
    common.answer_caller(desk);
    Phase::Arriving(Arriving::Ack(action))
}
