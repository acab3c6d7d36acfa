//! The one vocabulary of what may be wanted of a running switch: who wants it ([`Actor`]), what shall be done ([`Verb`])
//! or looked at ([`View`]), to whom it is done ([`Subject`]), and who may ([`may`], [`may_order`]).
//!
//! Values only. The command line, the control socket, an agent's feature code and a page all speak it; the signalling
//! thread asks once, at its door, with the roles of the plan in force. The cores keep faces of their own.

mod actor;
mod change;
mod command;
mod deed;
mod pass;
mod replies;
mod rights;
mod sight;
mod subject;
mod trace;
mod verb;

pub use actor::{Actor, NoActor};
pub use change::Change;
pub use command::{Command, CommandId, NoCommandId, Reply};
pub use deed::Deed;
pub use pass::Pass;
pub use replies::{Known, Replies};
pub use rights::{Denied, Grant, Role, Roles, Scope, everywhere, may, may_order};
pub use sight::{Reached, Sight};
pub use subject::Subject;
pub use trace::{Shown, TraceWish};
pub use verb::{AgentWish, ContactWish, NO_REASON, Verb, View};
