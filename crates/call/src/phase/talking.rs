//! The caller talks to somebody: both hear each other, unless one is on hold.

use super::queueing::{Queueing, millis};
use super::rung::{Aim, Rung};
use super::{Phase, ending, exit_for, rung};
use crate::admission::SPENT;
use crate::call::{Common, Fact};
use crate::cdr::By;
use crate::desk::Desk;
use crate::ringing::behalf::who_is;
use crate::ringing::{Attempt, Rest};
use ending::Exit;
use media::{Playing, Sound};
use sip::Source;
use std::time::Duration;
use terms::{AgentId, Cause, Mono, OfferId};

/// A conversation.
pub(crate) struct Talking {
    contact: Option<(Queueing, OfferId)>,
    pub agent: Option<AgentId>,
    since: Mono,
    held_since: Option<Mono>,
    /// How long it was on hold, but for the present time.
    held_ms: u64,
    /// Who else could be rung, until the caller's ACK joins the two: for whom, and whom.
    rest: Option<Box<(Rung, Rest)>>,
}

/// Joins the two, answers the caller if nobody has, and begins the recording.
pub(crate) fn begin(common: &mut Common, desk: &mut Desk<'_>, rung: Rung, winner: Attempt) -> Phase {
    let rest = common.ringing.take().and_then(|ringing| ringing.rest(&winner.to.target));
    let rest = rest.filter(|_| rung.lets_hear() && !common.caller.is_up());
    let Rung { aim, agent } = rung;
    let agent = winner.to.agent.or(agent);
    common.callee = Some(winner.leg);
    let mut phase = Talking { contact: None, agent, since: desk.now.mono, held_since: None, held_ms: 0, rest: None };
    phase.rest = rest.map(|rest| Box::new((rung, rest)));
    common.answer_caller(desk);
    common.record.connected.get_or_insert(desk.now.wall);
    common.record.agent = agent.or(common.record.agent);
    (common.record.phone, common.record.trunk_out) = match who_is(&winner.to.target) {
        Source::Phone(phone) => (Some(phone), None),
        Source::Trunk(trunk) => (None, Some(trunk)),
    };
    let record = match aim {
        Aim::Offer { waiting, offer } => {
            desk.acd(acd::Command::Accepted { offer });
            common.record.waited_ms += waiting.waited_ms(desk);
            phase.contact = Some((waiting, offer));
            common.plan.queue(waiting.queue).is_some_and(|queue| queue.record)
        }
        Aim::Step { record, .. } => record,
    };
    if record || common.recorded {
        capture(common, desk);
    }
    Phase::Talking(phase)
}

/// Begins the recording, or puts the new callee into the one that runs.
fn capture(common: &mut Common, desk: &mut Desk<'_>) {
    let right = common.callee.as_ref().map(|leg| leg.stream);
    if let Some(capture) = common.capture {
        desk.media(common.worker, media::Command::CaptureRight { capture, right });
        return;
    }
    let Some(capture) = desk.ids.capture() else { return desk.count(SPENT) };
    let call = common.record.call;
    desk.index.captures.insert(capture, (call, desk.now.wall));
    common.capture = Some(capture);
    common.record.capture = Some(capture);
    desk.media(common.worker, media::Command::Capture { capture, call, left: common.caller.stream, right });
}

impl Talking {
    /// One of the two has the other on hold.
    pub fn is_held(&self) -> bool {
        self.held_since.is_some()
    }

    /// What either hears while the other does not listen: the music of the queue, but no ringback.
    pub fn comfort(&self) -> Option<Playing> {
        let (waiting, _) = self.contact?;
        Some(waiting.music).filter(|music| matches!(music.sound, Sound::Prompt(_)))
    }

    pub fn on(mut self, common: &mut Common, desk: &mut Desk<'_>, fact: Fact) -> Phase {
        match &fact {
            Fact::HoldChanged => {
                self.hold_changed(common, desk);
                Phase::Talking(self)
            }
            Fact::Established => {
                self.rest = None;
                Phase::Talking(self)
            }
            Fact::CalleeGone(cause) => {
                if let Some(rest) = self.rest.take() {
                    (common.record.phone, common.record.trunk_out) = (None, None);
                    return rung::again(common, desk, rest.0, rest.1);
                }
                self.completed(common, desk, By::Callee);
                let exit = Exit { cause: cause.unwrap_or(Cause::NORMAL), by: By::Callee, status: None };
                ending::begin(common, desk, exit)
            }
            Fact::Revoked { offer, .. } if self.contact.is_some_and(|(_, ours)| ours == *offer) => {
                self.revoked(common, desk)
            }
            _ => match exit_for(&fact) {
                Some(exit) => {
                    self.completed(common, desk, exit.by);
                    ending::begin(common, desk, exit)
                }
                None => Phase::Talking(self),
            },
        }
    }

    fn hold_changed(&mut self, common: &mut Common, desk: &mut Desk<'_>) {
        let held = common.caller.held || common.callee.as_ref().is_some_and(|leg| leg.held);
        match (held, self.held_since) {
            (true, None) => self.held_since = Some(desk.now.mono),
            (false, Some(since)) => {
                self.held_ms += millis(desk.now.mono.since(since));
                self.held_since = None;
            }
            _ => {}
        }
    }

    /// The answer crossed the end of the ring time: the routing core has given the agent back, so the
    /// agent's leg is released and the caller keeps his place.
    fn revoked(self, common: &mut Common, desk: &mut Desk<'_>) -> Phase {
        let Some((waiting, _)) = self.contact else { return Phase::Talking(self) };
        common.part(desk, Cause::NORMAL);
        common.record.waited_ms = common.record.waited_ms.saturating_sub(waiting.waited_ms(desk));
        common.record.phone = None;
        Phase::Queueing(waiting)
    }

    fn completed(&mut self, common: &mut Common, desk: &mut Desk<'_>, by: By) {
        let talked_ms = millis(desk.now.mono.since(self.since));
        common.record.talked_ms += talked_ms;
        if let Some(since) = self.held_since.take() {
            self.held_ms += millis(desk.now.mono.since(since));
        }
        common.record.held_ms += self.held_ms;
        if let Some((waiting, _)) = self.contact.take() {
            desk.index.contacts.remove(&waiting.contact);
            let held = Duration::from_millis(self.held_ms);
            desk.acd(acd::Command::Finished { contact: waiting.contact, by, held });
        }
    }
}
