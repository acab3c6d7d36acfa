//! The end of a call, which the rule of [`Call::is_over`] has said. Everything is let go of at once; the record is closed
//! when every core has said that the call is gone, or when a watchdog loses its patience.

use crate::call::Call;
use crate::cdr::{By, Entry, Outcome};
use crate::desk::Desk;
use crate::life::{Exit, Life, WATCHDOG};
use crate::verb::queue;
use terms::{Cause, Mono};

/// Lets go of everything.
pub(super) fn begin(call: &mut Call, desk: &mut Desk<'_>, exit: Exit) {
    let Exit { cause, by, status } = exit;
    call.hush(desk);
    queue::abandon(call, desk, by);
    while let Some(ringing) = call.ringings.pop() {
        call.cancel(desk, ringing, cause);
    }
    while let Some(party) = call.parties.pop() {
        call.dismiss(desk, party, cause, status);
    }
    if let Some(capture) = call.capture.take() {
        desk.media(call.worker, media::Command::EndCapture { capture: capture.id });
    }
    complete(call, desk, cause, by);
    call.life = Life::Ending { until: desk.now.mono + WATCHDOG };
}

pub(super) fn complete(call: &mut Call, desk: &Desk<'_>, cause: Cause, by: By) {
    let record = &mut call.record;
    record.ended = Some(desk.now.wall);
    record.cause = cause;
    record.ended_by = by;
    if record.outcome == Outcome::Open {
        record.outcome = match (record.connected, record.status) {
            (Some(_), _) => Outcome::Answered,
            (None, Some(_)) => Outcome::Failed,
            (None, None) => Outcome::Finished,
        };
    }
}

/// Closes the record once every core has forgotten the call, or will not be waited for any longer.
pub(super) fn close(call: &mut Call, desk: &mut Desk<'_>, until: Mono) {
    if !call.leaving.is_empty() {
        if desk.now.mono < until {
            return;
        }
        desk.count("watchdog: a core never let go of a call");
        call.leaving.drain(..).for_each(|mut leg| leg.give_up(desk));
    }
    desk.ledger(Entry::Closed(Box::new(call.record.clone())));
    call.life = Life::Gone;
}
