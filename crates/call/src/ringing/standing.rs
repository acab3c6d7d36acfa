//! An agent whose call stands is not rung: that call comes to the contact, and he hears what kind of call it is, if anything.

use super::confirm::Consent;
use super::whom::Device;
use super::{Attempt, Behalf, Ringing, Verdict};
use crate::desk::Desk;
use crate::leg::Leg;
use sip::{Source, Target};
use terms::{LegId, Pii};

impl Ringing {
    /// It is here, and up.
    pub fn stands(&mut self, desk: &mut Desk<'_>, behalf: &mut Behalf<'_>, leg: Leg) -> Verdict {
        self.awaits = None;
        let target = match leg.who() {
            Some(Source::Phone(phone)) => Target::Phone(phone),
            Some(Source::Trunk(trunk)) => Target::Trunk { trunk, number: Pii::new(String::new()) },
            None => {
                desk.astray("a standing call with nobody");
                Leg::leave(desk, behalf.left, leg, terms::Cause::NORMAL);
                return self.go_on(desk, behalf);
            }
        };
        let to = Device { target, agent: self.agent, member: 0, answers_itself: false, by_queue: true };
        let mut attempt = Attempt { leg, to, until: None, consent: behalf.brief(Consent::Answer), redirects: 0 };
        let now = desk.now;
        let had = attempt.consent.answered(desk, || behalf.waited(now));
        self.attempts.push(attempt);
        if had { self.won(desk, behalf, self.attempts.len() - 1) } else { Verdict::Waits }
    }

    /// It does not come.
    pub fn missed(&mut self, desk: &mut Desk<'_>, behalf: &mut Behalf<'_>, leg: LegId) -> Verdict {
        self.awaits.take_if(|awaited| *awaited == leg);
        self.go_on(desk, behalf)
    }
}
