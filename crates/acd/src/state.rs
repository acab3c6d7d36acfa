//! What an agent is, in one word: his status, his work and his phones taken together, as status, wall boards and the
//! account's live figures name it.

use crate::face::{Status, Work};
use crate::snapshot::AgentLine;
use terms::words;

/// The word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum State {
    /// Can be offered a contact now, or once he has rested after a missed one.
    Ready,
    /// His phone rings for an offer.
    Ringing,
    /// Talks to a contact.
    Talking,
    /// In after-call work.
    WrapUp,
    /// On a break.
    Paused,
    /// Ready, without a phone that could be rung.
    Unreachable,
    /// Ready, in a call that no queue gave him.
    OtherCall,
    /// Not at work.
    LoggedOut,
}

words! { State {
    Ready "ready", Ringing "ringing", Talking "talking", WrapUp "wrap_up", Paused "paused", Unreachable "unreachable",
    OtherCall "other_call", LoggedOut "logged_out",
} }

impl State {
    /// Of somebody with this status and this work; `reachable` and `engaged` as [`AgentLine`] has them.
    pub fn of(status: &Status, work: Work, reachable: bool, engaged: bool) -> State {
        match (work, status) {
            (Work::Talking(_), _) => State::Talking,
            (Work::Reserved(_), _) => State::Ringing,
            (Work::WrapUp, _) => State::WrapUp,
            (Work::Idle, Status::LoggedOut) => State::LoggedOut,
            (Work::Idle, Status::NotReady(_)) => State::Paused,
            (Work::Idle, Status::Ready) if !reachable => State::Unreachable,
            (Work::Idle, Status::Ready) if engaged => State::OtherCall,
            (Work::Idle, Status::Ready) => State::Ready,
        }
    }
}

impl AgentLine {
    /// What he is.
    pub fn state(&self) -> State {
        State::of(&self.status, self.work, self.reachable, self.engaged)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use terms::{ContactId, OfferId, Word as _};

    #[test]
    fn what_he_does_comes_before_what_he_wants_and_a_phone_before_a_call() {
        let break_time = Status::NotReady("break".into());
        let of = |status: &Status, work, reachable, engaged| State::of(status, work, reachable, engaged).word();
        assert_eq!(of(&break_time, Work::Talking(ContactId(1)), true, true), "talking");
        assert_eq!(of(&Status::Ready, Work::Reserved(OfferId(1)), true, false), "ringing");
        assert_eq!(of(&Status::LoggedOut, Work::WrapUp, false, false), "wrap_up");
        assert_eq!(of(&break_time, Work::Idle, true, false), "paused");
        assert_eq!(of(&Status::Ready, Work::Idle, false, true), "unreachable");
        assert_eq!(of(&Status::Ready, Work::Idle, true, true), "other_call");
        assert_eq!(of(&Status::Ready, Work::Idle, true, false), "ready");
        assert_eq!(of(&Status::LoggedOut, Work::Idle, true, true), "logged_out");
    }
}
