//! What follows from the tables of a call after each signal: whether it is over, what is told to the media worker, when
//! the office wakes it. Only what has changed is said, so that it may be asked for at any time.

use super::Call;
use super::end::{self, Life};
use crate::desk::Desk;
use crate::ringing::RingingId;
use crate::room::{self, Conversation, Stance};
use crate::verb::queue::millis;
use media::{Playing, Sound};
use smallvec::SmallVec;
use terms::{LegId, Mono};

/// What a call waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Timer {
    /// A party before a menu.
    Walk(LegId),
    /// Those who ring: the next of them, or the end of their time.
    Ring(RingingId),
    /// The cores, which are to forget the call.
    End,
}

impl Call {
    /// Draws the consequences.
    pub fn settle(&mut self, desk: &mut Desk<'_>) {
        self.converse(desk);
        if self.life == Life::Open
            && let Some(exit) = end::is_over(self)
        {
            end::begin(self, desk, exit);
        }
        self.engage(desk);
        if let Life::Ending { until } = self.life {
            end::close(self, desk, until);
        }
        self.tell_worker(desk);
        let next = self.deadlines().map(|(at, _)| at).min();
        desk.timers.change(self.id(), self.wakes, next);
        self.wakes = next;
    }

    /// A conversation begins, is held, or ends: it is what two have who are on the floor, or on hold there.
    pub fn converse(&mut self, desk: &mut Desk<'_>) {
        let floor = || self.parties.iter().filter(|party| matches!(party.stance, Stance::Floor | Stance::Waiting));
        let talks = floor().count() > 1;
        let held = floor().any(|party| party.leg.held || party.stance == Stance::Waiting);
        match &mut self.room.talk {
            Some(talk) if talks => talk.hold(desk.now.mono, held),
            None if talks => {
                self.room.talk = Some(Conversation::begin(desk.now.mono, held));
                let hold = self.plan.media.hold.map_or(Sound::Silence, Sound::Prompt);
                // It yields to what the one who holds sends by himself.
                self.room.hold = Some(Playing { yields: true, ..desk.ids.playing(hold, true) });
            }
            Some(_) => self.hush(desk),
            None => {}
        }
    }

    /// The conversation is over, if there is one: it goes into the account.
    pub fn hush(&mut self, desk: &Desk<'_>) {
        let Some(talk) = self.room.talk.take() else { return };
        let (talked, held) = talk.end(desk.now.mono);
        self.record.talked_ms += millis(talked);
        self.record.held_ms += millis(held);
        self.parties.iter_mut().filter_map(|party| party.contact.as_mut()).for_each(|contact| contact.held += held);
    }

    /// An agent is busy by the word of his queue while the conversation is that queue's; else by his phone being engaged.
    fn engage(&mut self, desk: &mut Desk<'_>) {
        let served = self.parties.iter().any(|party| party.contact.is_some_and(|contact| !contact.waits()));
        let plan = &self.plan;
        for party in self.parties.iter_mut().filter(|party| party.agent.is_some()) {
            party.leg.engage(desk, plan, !served);
        }
    }

    fn tell_worker(&mut self, desk: &mut Desk<'_>) {
        let (now, call) = (self.hearing(), self.id());
        if let Some(levels) = room::difference(&self.room.told, &now) {
            desk.media(self.worker, media::Command::Hearings { call, levels });
            self.room.told = now;
        }
    }

    /// Who hears whom, as the state of the call says it.
    pub fn hearing(&self) -> room::Levels {
        room::hearing(&room::present(self))
    }

    /// What it waits for, and until when.
    fn deadlines(&self) -> impl Iterator<Item = (Mono, Timer)> {
        let walks =
            self.parties.iter().filter_map(|party| Some((party.walk.as_ref()?.deadline()?, Timer::Walk(party.leg.id))));
        let rings = self.ringings.iter().filter_map(|ringing| Some((ringing.deadline()?, Timer::Ring(ringing.id))));
        let end = if let Life::Ending { until } = self.life { Some((until, Timer::End)) } else { None };
        walks.chain(rings).chain(end)
    }

    /// What is due by now.
    pub fn due(&self, now: Mono) -> SmallVec<[Timer; 2]> {
        self.deadlines().filter(|(at, _)| *at <= now).map(|(_, timer)| timer).collect()
    }
}
