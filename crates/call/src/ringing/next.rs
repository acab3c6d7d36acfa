//! Who is rung next, and when: by waves, whose members all have their ports and places before the first one is called.

use super::behalf::who_is;
use super::forward::{self, Next};
use super::whom::Device;
use super::{Aim, Attempt, Behalf, NO_ROOM, Ringing, Verdict};
use crate::desk::Desk;
use dialplan::flow::RingTarget;
use sip::Source;
use terms::{Cause, Mono, Rejection, limits};

impl Ringing {
    /// Rings whoever is due. All of a wave have their ports and places before the first one is called.
    pub fn go_on(&mut self, desk: &mut Desk<'_>, behalf: &mut Behalf<'_>) -> Verdict {
        let elapsed = desk.now.mono.since(self.since);
        loop {
            while let Some(wave) = self.waves.next(elapsed, self.attempts.is_empty()) {
                let until = wave.turn.map(|turn| desk.now.mono + turn);
                wave.to.iter().for_each(|one| self.open(desk, behalf, one, until));
            }
            self.invite(desk, behalf);
            if !self.attempts.is_empty() || self.awaits.is_some() {
                return Verdict::Waits;
            }
            if self.waves.is_empty() {
                match self.forward(desk, behalf) {
                    Next::Rings => continue,
                    Next::Goes(onward) => return Verdict::Onward(onward),
                    Next::Nowhere => {}
                }
                let heard = self.best.unwrap_or(Rejection::of(Cause::ABSENT));
                return Verdict::Lost { heard, rang_out: self.rang_out };
            }
        }
    }

    /// Takes what the devices of one whom the plan names need; where there is too little, so many are rung.
    fn open(&mut self, desk: &mut Desk<'_>, behalf: &Behalf<'_>, one: &RingTarget, until: Option<Mono>) {
        let until = until.or_else(|| self.patience(desk, one));
        if let Some(no) = self.barred(desk, behalf, one) {
            self.asked.push(one.clone());
            return self.say(no);
        }
        let member = u16::try_from(self.asked.len()).unwrap_or(u16::MAX);
        self.asked.push(one.clone());
        for (target, agent, consent) in behalf.devices(desk, one, self.waves.confirm, self.charge()) {
            if self.gone.contains(&target) {
                continue;
            }
            if self.attempts.len() >= limits::RINGING_LEGS {
                desk.count("too many ring at once");
                self.say(NO_ROOM);
                continue;
            }
            match behalf.open(desk, &target, agent, self.engages) {
                Some(leg) => {
                    let by_queue = matches!(self.aim, Aim::Offer { .. }) && matches!(who_is(&target), Source::Phone(_));
                    let answers_itself =
                        matches!(one, RingTarget::Intercom(_)) || (by_queue && behalf.answers_itself(desk, agent));
                    let consent = if by_queue { behalf.brief(consent) } else { consent };
                    let to = Device { target, agent, member, answers_itself, by_queue };
                    self.attempts.push(Attempt { leg, to, until, consent, redirects: 0 });
                }
                None => self.say(NO_ROOM),
            }
        }
    }

    /// Calls those who have their port, once it is known of each whether he gets one.
    fn invite(&mut self, desk: &mut Desk<'_>, behalf: &mut Behalf<'_>) {
        if self.attempts.iter().any(|attempt| attempt.leg.waits_for_its_port()) {
            return;
        }
        let mut hops_left = true;
        let Ringing { attempts, charge, onward, .. } = self;
        let charge = forward::charged(charge.as_deref(), onward.as_deref());
        let trail = onward.as_ref().map(|onward| &onward.trail);
        for attempt in attempts.iter_mut().filter(|attempt| attempt.leg.is_to_place()) {
            hops_left &= behalf.invite(desk, &mut attempt.leg, &attempt.to, charge, trail);
        }
        if !hops_left {
            let heard = Rejection::heard(483, None);
            self.say(heard);
            self.let_go(desk, behalf.left, heard.cause, |attempt| attempt.leg.is_to_place());
        }
    }

    /// When it has something to do by itself.
    pub fn deadline(&self) -> Option<Mono> {
        let wave = self.waves.due().map(|after| self.since + after);
        self.attempts.iter().map(|attempt| attempt.until).chain([wave, self.until]).flatten().min()
    }

    /// Who rang for as long as he may does not any more; whoever is next is rung.
    pub fn due(&mut self, desk: &mut Desk<'_>, behalf: &mut Behalf<'_>) -> Verdict {
        let now = desk.now.mono;
        if self.until.is_some_and(|until| until <= now) {
            self.let_go(desk, behalf.left, Cause::NO_ANSWER, |_| true);
            return Verdict::Lost { heard: Rejection::of(Cause::NO_ANSWER), rang_out: true };
        }
        let over = |attempt: &Attempt| attempt.until.is_some_and(|until| until <= now);
        if self.let_go(desk, behalf.left, Cause::NO_ANSWER, over) > 0 {
            self.say(Rejection::of(Cause::NO_ANSWER));
            self.rang_out = true;
        }
        self.go_on(desk, behalf)
    }
}
