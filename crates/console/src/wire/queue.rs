//! A queue, as the API tells of it.

use ledger::report::Tally;
use serde::Serialize;
use utoipa::ToSchema;

/// A queue. Its figures are those of `strowger status --json`.
#[derive(Clone, Debug, PartialEq, Serialize, ToSchema)]
#[schema(as = Queue)]
pub struct QueueState {
    /// Its name in the configuration.
    pub name: String,
    /// Contacts that wait, also those that an agent is being rung for.
    pub waiting: usize,
    /// Since when the one that has waited longest waits (RFC 3339, UTC); absent while nobody does.
    pub longest_since: Option<String>,
    /// Closed by a supervisor: it takes no new callers.
    pub closed: bool,
    /// The service level's threshold.
    pub within_ms: u64,
    /// The service level's target, from 0 to 1.
    pub target: f64,
    /// Its agents who are logged in.
    pub agents: Staff,
    /// Since midnight, in the queue's time zone.
    pub today: Figures,
    /// Of the present minute and the 29 before it.
    pub last_30_minutes: Figures,
}

/// How many of a queue's agents do what.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ToSchema)]
pub struct Staff {
    /// All who are logged in.
    pub logged_in: usize,
    /// Who can be offered a contact.
    pub ready: usize,
    /// Whose phone rings for an offer.
    pub ringing: usize,
    /// Who talk to a contact.
    pub talking: usize,
    /// Who are in after-call work.
    pub wrap_up: usize,
    /// Who are on a break.
    pub paused: usize,
    /// Who are ready, without a phone that could be rung.
    pub unreachable: usize,
    /// Who are ready, in a call that no queue gave them.
    pub other_call: usize,
}

/// What a queue's contacts add up to.
#[derive(Clone, Debug, Default, PartialEq, Serialize, ToSchema)]
pub struct Figures {
    /// Stays that began.
    pub volume: u64,
    /// Of which came to no queue before.
    pub contacts: u64,
    /// Answered by an agent.
    pub answered: u64,
    /// Of which within the threshold.
    pub answered_in_time: u64,
    /// Whose caller left.
    pub abandoned: u64,
    /// Of which within the threshold.
    pub abandoned_in_time: u64,
    /// Sent on by the queue.
    pub sent_on: u64,
    /// Answered within the threshold / (answered + abandoned after it); absent while there is nothing to divide by.
    pub service_level: Option<f64>,
    /// Abandoned / (answered + abandoned).
    pub abandoned_share: Option<f64>,
    /// The answered's average wait.
    pub asa_ms: Option<u64>,
    /// The waits of the answered, together: boards add them up.
    pub answered_wait_ms: u64,
    /// The longest wait that ended.
    pub longest_ms: u64,
}

impl From<&Tally> for Figures {
    fn from(tally: &Tally) -> Figures {
        Figures {
            volume: tally.came,
            contacts: tally.contacts(),
            answered: tally.answered,
            answered_in_time: tally.answered_in_time,
            abandoned: tally.abandoned,
            abandoned_in_time: tally.abandoned_in_time,
            sent_on: tally.overflowed,
            service_level: tally.service_level().value,
            abandoned_share: tally.abandoned_share().value,
            asa_ms: tally.answered_wait_ms.checked_div(tally.answered),
            answered_wait_ms: tally.answered_wait_ms,
            longest_ms: tally.longest_wait_ms,
        }
    }
}
