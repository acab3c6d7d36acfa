//! What is to be seen of a leg: who is at its other end, what it has taken, and how far it is.

use super::state::State;
use super::{Leg, Nailed};
use crate::cdr::LegRecord;
use crate::claim::Claim;
use terms::Pii;

impl Leg {
    /// What it has taken.
    pub fn claim(&self) -> Option<Claim> {
        self.claim
    }

    /// Its stream has a port.
    pub fn is_open(&self) -> bool {
        self.talk.local.is_some()
    }

    /// Which of its call's legs it is, until it is gone.
    pub fn nth(&self) -> Option<u16> {
        self.record.as_deref().map(|record| record.nth)
    }

    /// Its Call-ID, once signalling has said so, until it is gone.
    pub fn call_id(&self) -> Option<&str> {
        self.record.as_deref().map(|record| record.sip_call_id.as_str())
    }

    /// The worker that has its stream.
    pub fn worker(&self) -> u16 {
        self.worker
    }

    /// What is known of it so far, for whoever keeps its dialog.
    pub fn so_far(&self) -> Option<Box<LegRecord>> {
        let mut record = self.record.clone()?;
        record.device = self.signals_from();
        Some(record)
    }

    /// Who is at its other end, from its INVITE until it is gone.
    pub fn who(&self) -> Option<sip::Source> {
        self.record.as_ref().map(|record| record.who)
    }

    /// The number that was dialled over a trunk to reach it.
    pub fn number(&self) -> Option<&Pii<String>> {
        self.record.as_ref()?.number.as_ref()
    }

    /// Its dialog is confirmed.
    pub fn is_up(&self) -> bool {
        self.state == State::Up
    }

    /// It is the standing call of an agent.
    pub fn nailed(&self) -> Option<Nailed> {
        self.nailed
    }

    /// Whoever lets go of it leaves it up.
    pub fn goes_home(&self) -> bool {
        self.nailed.is_some() && self.is_up()
    }

    /// One of ours whose worker has not said yet whether there is a port for it.
    pub fn waits_for_its_port(&self) -> bool {
        self.state == State::Opening && !self.is_open()
    }

    /// One of ours that has its port, and is to be placed.
    pub fn is_to_place(&self) -> bool {
        self.state == State::Opening && self.is_open()
    }

    /// It is heard before the answer.
    pub fn is_early(&self) -> bool {
        self.state == State::Early
    }

    /// It has heard how our sound comes to it.
    pub fn hears_us(&self) -> bool {
        matches!(self.state, State::Up | State::Early)
    }

    /// One of theirs that has no answer yet.
    pub fn is_unanswered(&self) -> bool {
        self.id.is_inbound() && matches!(self.state, State::Offered | State::Ringing | State::Early)
    }

    /// Its stream is there, or is being opened.
    pub fn has_stream(&self) -> bool {
        self.state.has_stream()
    }

    /// Nothing is left of it anywhere.
    pub fn is_gone(&self) -> bool {
        self.state == State::Gone
    }
}
