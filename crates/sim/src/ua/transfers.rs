//! What a phone does to have a call transferred, or to take one over.

use super::{SWITCH, UserAgent};
use media::sdp::Direction;
use sip::{Body, Command, Target};
use terms::{LegId, Now};

impl UserAgent {
    /// Has the other side connected with a number instead.
    pub fn refer(&mut self, now: Now, leg: LegId, to: &str) {
        self.command(now, Command::Refer { leg, to: to.into(), replaces: None, quiet: false });
    }

    /// The same, and it does not want to hear how that goes.
    pub fn refer_quietly(&mut self, now: Now, leg: LegId, to: &str) {
        self.command(now, Command::Refer { leg, to: to.into(), replaces: None, quiet: true });
    }

    /// Has the other side connected with that of another call of its own.
    pub fn refer_to(&mut self, now: Now, leg: LegId, other: LegId) {
        let to = self.identity.user.as_str().into();
        self.command(now, Command::Refer { leg, to, replaces: Some(other), quiet: false });
    }

    /// What names a call of its own to the switch, for Replaces.
    pub fn dialog(&self, leg: LegId) -> Option<String> {
        self.endpoint.replaces_value(leg)
    }

    /// Takes the place of another call's phone.
    pub fn take_over(&mut self, now: Now, number: &str, replaces: String) -> LegId {
        let (leg, body) = self.begin(now);
        let target = Target::Trunk { trunk: SWITCH, number: number.into() };
        let caller = self.identity.user.as_str().into();
        self.command(now, Command::TakeOver { leg, target, caller, replaces, body });
        leg
    }

    /// A call of its own, with an offer.
    pub(super) fn begin(&mut self, now: Now) -> (LegId, Option<Body>) {
        self.placed += 1;
        let leg = LegId::outbound(self.placed);
        let mut talk = self.talk(now, leg, None);
        let body = talk.negotiation.offer(self.identity.rtp, Direction::SendRecv).ok().map(|sdp| self.said(sdp));
        self.talks.insert(leg, talk);
        (leg, body)
    }
}
