//! The caller waits in a queue. The routing core decides; here he only hears music.

use super::{Phase, advance, ending, ending::Exit, exit_for, rung};
use crate::admission::SPENT;
use crate::call::{Common, Fact};
use crate::cdr::By;
use crate::desk::Desk;
use crate::succession;
use dialplan::flow::Outcome;
use media::{Playing, Sound, Tone};
use std::time::Duration;
use terms::{Cause, ContactId, ContactKind, Mono, Now, QueueId};

/// A contact in a queue.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Queueing {
    pub queue: QueueId,
    pub contact: ContactId,
    pub since: Mono,
    /// What the caller hears while he waits.
    pub music: Playing,
}

/// The caller enters a queue.
pub(crate) fn enter(common: &mut Common, desk: &mut Desk<'_>, queue: QueueId, credit: Duration) -> Phase {
    let Some(contact) = common.record.contact.or_else(|| desk.ids.contact()) else {
        desk.count(SPENT);
        return ending::begin(common, desk, Exit { cause: Cause::TEMPORARY, by: By::Switch, status: None });
    };
    desk.index.contacts.insert(contact, common.record.call);
    (common.record.queue, common.record.contact) = (Some(queue), Some(contact));
    let segment = common.segments;
    common.segments = common.segments.saturating_add(1);
    let before = Duration::from_millis(common.record.waited_ms);
    let stay = acd::Stay { kind: ContactKind::Voice, segment, before, call: Some(common.record.call) };
    desk.acd(acd::Command::Enqueue { contact, queue, credit, emergency: false, requirement: None, stay });
    let music = common.plan.queue(queue).and_then(|queue| queue.music);
    let music = desk.ids.playing(music.map_or(Sound::Tone(Tone::Ringback), Sound::Prompt), true);
    Phase::Queueing(Queueing { queue, contact, since: desk.now.mono, music })
}

impl Queueing {
    /// The queue has a place for the caller: now he is answered, and hears its music once his ACK is here.
    fn taken_in(&self, common: &mut Common, desk: &mut Desk<'_>) {
        let answers = common.plan.queue(self.queue).is_some_and(|queue| queue.answer);
        match answers {
            true => common.answer_caller(desk),
            false if !common.caller.is_up() => common.caller.ring_back(desk),
            false => {}
        }
    }

    pub fn waited_ms(&self, desk: &Desk<'_>) -> u64 {
        self.so_far_ms(desk.now)
    }

    pub fn so_far_ms(&self, now: Now) -> u64 {
        millis(now.mono.since(self.since))
    }

    /// The contact is in the queue no more.
    pub fn left(&self, common: &mut Common, desk: &mut Desk<'_>) {
        desk.index.contacts.remove(&self.contact);
        common.record.waited_ms += self.waited_ms(desk);
    }

    /// The caller, or the switch for him, gives up waiting.
    pub fn withdraw(&self, common: &mut Common, desk: &mut Desk<'_>, fact: &Fact) {
        let why = match fact {
            Fact::CallerGone(_) => {
                common.record.outcome = crate::cdr::Outcome::Abandoned;
                acd::Withdrawal::Abandoned
            }
            _ => acd::Withdrawal::Dropped,
        };
        desk.acd(acd::Command::Withdraw { contact: self.contact, why });
        self.left(common, desk);
    }

    pub fn on(self, common: &mut Common, desk: &mut Desk<'_>, fact: Fact) -> Phase {
        match fact {
            Fact::Queued => {
                self.taken_in(common, desk);
                Phase::Queueing(self)
            }
            Fact::Offered { offer, agent } => rung::offer(common, desk, self, offer, agent),
            Fact::Overflowed { why, rule } => self.overflow(common, desk, why, rule),
            _ => match exit_for(&fact) {
                Some(exit) => {
                    self.withdraw(common, desk, &fact);
                    ending::begin(common, desk, exit)
                }
                None => Phase::Queueing(self),
            },
        }
    }

    fn overflow(
        self,
        common: &mut Common,
        desk: &mut Desk<'_>,
        why: acd::OverflowReason,
        rule: Option<acd::OverflowWhen>,
    ) -> Phase {
        let rule = succession::own_rule(&common.plan, self.queue, why, rule);
        self.left(common, desk);
        advance(common, desk, Outcome::Overflow(rule))
    }
}

pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}
