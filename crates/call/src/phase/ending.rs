//! The end is decided. Everything is let go of at once; the record is closed when every core has said
//! that the call is gone, or when a watchdog loses its patience.

use super::Phase;
use crate::call::Common;
use crate::cdr::{By, Entry, Outcome};
use crate::desk::Desk;
use crate::timers::{Timer, TimerTable};
use std::time::Duration;
use terms::Cause;

/// RFC 3261 17.1.2.2: a BYE gives up after 64*T1 = 32 s; a CANCEL may wait as long for its 487.
const WATCHDOG: Duration = Duration::from_secs(2 * 32 + 6);

/// How the call ends.
pub(crate) struct Exit {
    pub cause: Cause,
    pub by: By,
    /// The final status for a caller who was never answered; default: what the cause says.
    pub status: Option<u16>,
}

/// Waiting to be forgotten.
pub(crate) struct Ending {
    patience_until: terms::Mono,
}

/// Lets go of everything.
pub(crate) fn begin(common: &mut Common, desk: &mut Desk<'_>, exit: Exit) -> Phase {
    let Exit { cause, by, status } = exit;
    common.stop_ringing(desk, cause);
    common.part(desk, cause);
    end_caller(common, desk, cause, status);
    if let Some(capture) = common.capture.take() {
        desk.media(common.worker, media::Command::EndCapture { capture });
    }
    complete(common, desk, cause, by);
    common.timers = TimerTable::default();
    let patience_until = desk.now.mono + WATCHDOG;
    common.timers.set(Timer::End, patience_until);
    Ending { patience_until }.on(common, desk)
}

fn end_caller(common: &mut Common, desk: &mut Desk<'_>, cause: Cause, status: Option<u16>) {
    if !common.caller.is_unanswered() {
        return common.caller.release(desk, cause);
    }
    // A flow that simply ends before anybody answered is "temporarily unavailable" to the caller.
    let status = status.unwrap_or(if cause == Cause::NORMAL { 480 } else { cause.to_status() });
    common.record.status = Some(status);
    common.caller.refuse(desk, status, cause);
}

fn complete(common: &mut Common, desk: &mut Desk<'_>, cause: Cause, by: By) {
    let record = &mut common.record;
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

impl Ending {
    pub fn on(self, common: &mut Common, desk: &mut Desk<'_>) -> Phase {
        let settled = common.caller.is_gone() && common.parted.is_empty();
        let patience_over = desk.now.mono >= self.patience_until;
        if !settled && !patience_over {
            return Phase::Ending(self);
        }
        if !settled {
            desk.count("watchdog: a core never let go of a call");
            common.caller.give_up(desk);
            common.parted.drain(..).for_each(|mut leg| leg.give_up(desk));
        }
        common.timers.stop(Timer::End);
        desk.ledger(Entry::Closed(Box::new(common.record.clone())));
        Phase::Gone
    }
}
