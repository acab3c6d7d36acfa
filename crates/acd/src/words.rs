//! The words of the routing core, each spelt here and nowhere else: of agents, and of why a contact was not served.
//! (The journal spells the same by the names of the variants.)

use crate::face::{OfferFailure, OverflowReason, Revocation, Status, Withdrawal, Work};
use terms::words;

/// An agent's status without its reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StatusKind {
    /// Not at work.
    LoggedOut,
    /// At work, not taking contacts.
    NotReady,
    /// Taking contacts.
    Ready,
}

/// What an agent is doing, whatever the contact.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WorkKind {
    /// Nothing.
    Idle,
    /// An offer holds him.
    Reserved,
    /// Talking.
    Talking,
    /// After-call work.
    WrapUp,
}

/// How an offer ended that no conversation followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OfferEnd {
    /// He let it ring.
    NoAnswer,
    /// His phone was busy.
    Busy,
    /// He refused it.
    Declined,
    /// His phone could not be reached.
    Unreachable,
    /// The caller left.
    CallerGone,
    /// A call of the agent's own, or the loss of his phone, took him away.
    AgentGone,
    /// The queue sent the contact on.
    SentOn,
    /// Another agent who was rung for it answered first.
    AnsweredElsewhere,
}

words! { StatusKind { LoggedOut "logged_out", NotReady "not_ready", Ready "ready", } }
words! { WorkKind { Idle "idle", Reserved "reserved", Talking "talking", WrapUp "wrap_up", } }
words! { OverflowReason { Full "full", Waited "waited", NoAgents "no_agents", Unknown "unknown_queue", } }
words! { Withdrawal { Abandoned "abandoned", TakenElsewhere "taken_elsewhere", Dropped "dropped", } }
words! { OfferEnd {
    NoAnswer "no_answer", Busy "busy", Declined "declined", Unreachable "unreachable",
    CallerGone "caller_gone", AgentGone "agent_gone", SentOn "sent_on",
    AnsweredElsewhere "answered_elsewhere",
} }

impl Status {
    /// Without the reason.
    pub fn kind(&self) -> StatusKind {
        match self {
            Status::LoggedOut => StatusKind::LoggedOut,
            Status::NotReady(_) => StatusKind::NotReady,
            Status::Ready => StatusKind::Ready,
        }
    }

    /// Why he is not ready.
    pub fn reason(&self) -> Option<&String> {
        match self {
            Status::NotReady(reason) => Some(reason),
            Status::LoggedOut | Status::Ready => None,
        }
    }
}

impl StatusKind {
    /// With its reason, if it has one.
    pub fn because(self, reason: Option<String>) -> Status {
        match self {
            StatusKind::LoggedOut => Status::LoggedOut,
            StatusKind::NotReady => Status::NotReady(reason.unwrap_or_default()),
            StatusKind::Ready => Status::Ready,
        }
    }
}

impl Work {
    /// Without the contact.
    pub fn kind(self) -> WorkKind {
        match self {
            Work::Idle => WorkKind::Idle,
            Work::Reserved(_) => WorkKind::Reserved,
            Work::Talking(_) => WorkKind::Talking,
            Work::WrapUp => WorkKind::WrapUp,
        }
    }
}

impl OfferEnd {
    /// Whether the agent missed it: he let it ring, refused it, or could not be reached. The engine judges by the same
    /// rule (see [`Revocation::failure`]).
    pub fn is_missed(self) -> bool {
        match self {
            OfferEnd::NoAnswer | OfferEnd::Busy | OfferEnd::Declined | OfferEnd::Unreachable => true,
            OfferEnd::CallerGone | OfferEnd::AgentGone | OfferEnd::SentOn | OfferEnd::AnsweredElsewhere => false,
        }
    }
}

impl From<OfferFailure> for OfferEnd {
    fn from(why: OfferFailure) -> OfferEnd {
        match why {
            OfferFailure::NoAnswer => OfferEnd::NoAnswer,
            OfferFailure::Busy => OfferEnd::Busy,
            OfferFailure::Declined => OfferEnd::Declined,
            OfferFailure::Unreachable => OfferEnd::Unreachable,
        }
    }
}

impl From<Revocation> for OfferEnd {
    fn from(why: Revocation) -> OfferEnd {
        match why {
            Revocation::RingTimeOver => OfferEnd::NoAnswer,
            Revocation::ContactGone => OfferEnd::CallerGone,
            Revocation::AgentGone => OfferEnd::AgentGone,
            Revocation::SentOn => OfferEnd::SentOn,
            Revocation::AnsweredElsewhere => OfferEnd::AnsweredElsewhere,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_offer_is_missed_exactly_when_the_engine_counts_it_so() {
        use Revocation::{AgentGone, AnsweredElsewhere, ContactGone, RingTimeOver, SentOn};
        for why in [RingTimeOver, ContactGone, AgentGone, SentOn, AnsweredElsewhere] {
            assert_eq!(OfferEnd::from(why).is_missed(), why.failure().is_some(), "{why:?}");
            assert!(why.failure().is_none_or(|failure| OfferEnd::from(failure) == why.into()), "{why:?}");
        }
    }
}
