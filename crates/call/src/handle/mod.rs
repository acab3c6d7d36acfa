//! How a call is told something: a signal is read ([`learn`], which changes nothing), whoever's leg it is about takes it
//! ([`party`]), the phase draws its conclusion, and [`Call::settle`] says what follows from the new state.

pub(crate) mod keys;
mod learn;
mod party;

use crate::call::{Call, Fact, Signal};
use crate::desk::Desk;
use crate::phase::{self, Phase};
use crate::room;
use learn::{Learnt, learn};

impl Call {
    /// Tells the call; it moves to its next phase.
    pub fn handle(&mut self, desk: &mut Desk<'_>, signal: Signal) {
        match learn(&self.common, signal) {
            Learnt::Leg(whose, leg, fact) => {
                let fact = party::take(&mut self.common, desk, (whose, leg), fact);
                fact.into_iter().for_each(|fact| self.step(desk, fact));
            }
            Learnt::Fact(fact) => self.step(desk, fact),
            Learnt::Due => self.due(desk),
            Learnt::Nothing => {}
        }
        self.settle(desk);
    }

    fn step(&mut self, desk: &mut Desk<'_>, fact: Fact) {
        let phase = std::mem::replace(&mut self.phase, Phase::Gone);
        self.phase = phase::step(phase, &mut self.common, desk, fact);
    }

    /// Does all that is due.
    fn due(&mut self, desk: &mut Desk<'_>) {
        self.wakes = None;
        while let Some(timer) = self.common.timers.pop(desk.now.mono) {
            self.step(desk, Fact::Due(timer));
        }
        let wave = self.common.ringing.as_ref().and_then(|ringing| ringing.deadline());
        if wave.is_some_and(|at| at <= desk.now.mono) {
            self.step(desk, Fact::WaveDue);
        }
    }

    /// Draws the consequences: tells the media worker what has changed in who hears whom, and the office when it is to
    /// wake the call.
    pub fn settle(&mut self, desk: &mut Desk<'_>) {
        let (now, call) = (self.hearing(), self.common.record.call);
        if let Some(levels) = room::difference(&self.told, &now) {
            desk.media(self.common.worker, media::Command::Hearings { call, levels });
            self.told = now;
        }
        let wave = self.common.ringing.as_ref().and_then(|ringing| ringing.deadline());
        let next = [self.common.timers.next(), wave].into_iter().flatten().min();
        desk.timers.change(call, self.wakes, next);
        self.wakes = next;
    }
}
