//! The routing core: contacts, agents, queues and offers, without I/O.
//!
//! A single writer of agent and queue state, and a pure function of its inputs: the journal of inputs
//! replays to the same decisions.
//!
//! ```text
//! Command -> Engine::handle_input   (due timers, the command, one matching pass, timers that are due at once)
//! time    -> Engine::handle_timeout (due timers, one matching pass)
//!            Engine::poll_output -> Journal(entry), Event(event), ...   drain after each of the two
//!            Engine::poll_timeout -> when to call handle_timeout next
//! ```
//!
//! What happens where two things cross (each has a test in `tests/claims`, in `races`, `transfer` or `model::fleet`):
//!
//! | first | then | outcome |
//! |---|---|---|
//! | `Withdraw` | `Accepted` | the offer was revoked (`ContactGone`), the agent is free, the answer is stale |
//! | `Accepted` | `Withdraw` | it was answered: the conversation ends as with `Finished` |
//! | ring time over | `Accepted` | revoked once the engine has said so; an answer handed in before that wins, however late |
//! | offer ended | `Accepted`, `OfferFailed` | stale: counted, nothing else; a newer offer is untouched |
//! | one of a contact's offers is accepted | `Accepted` of another | the other was revoked (`AnsweredElsewhere`, no miss), its answer is stale |
//! | `Answered` | the offer fails, before `Accepted` | the agent went before they were joined: the contact waits again, at its place |
//! | `Answered` | ring time, a rule, a lost phone | nothing takes it from him |
//! | one of several offers fails | the others ring on | the contact waits again once the last has failed |
//! | an offer rings at him | `HandOver` to him | revoked (`AgentGone`) where he has no room for both; that contact goes to the next agent |
//! | `Reserve` is put out | contact or agent goes | given back (`Release`), nobody hears of it; `Reserved` is stale |
//! | `SetStatus` | offer or call ends | pending; applied as soon as the agent is neither reserved nor talking |
//! | `Suspend` | an agent is free | not offered, keeps its place; `Resume` or the time limit offers it |
//! | `Reconfigure` without the queue | offer fails | `Overflowed { Unknown }`; an accepted one is served to its end |
//! | `Waited` is due | offer is ringing | it rings on, a failure sends the contact on at once; with `interrupts_ring` it is revoked (`SentOn`) and the contact goes |

mod account;
mod agent;
mod answer;
mod capacity;
mod contact;
mod counters;
mod duty;
mod engine;
mod face;
mod fold;
mod free;
mod journal;
mod matcher;
mod offer;
mod overflow;
mod pickup;
mod position;
mod queue;
mod reconfigure;
mod setup;
mod snapshot;
mod staffing;
mod state;
mod stay;
mod strategy;
mod take;
mod timers;
mod together;
mod transfer;
mod verdict;
mod words;
mod written;

pub use account::{CallEvent, CallEventKind};
pub use capacity::{Capacity, Share};
pub use counters::Counters;
pub use engine::Engine;
pub use face::*;
pub use fold::Fold;
pub use journal::{Divergence, RULES};
pub use setup::SetupHash;
pub use snapshot::{AgentLine, ContactLine, OfferLine, QueueLine, Snapshot};
pub use state::State;
pub use verdict::Verdict;
pub use words::{OfferEnd, StatusKind, WorkKind};
