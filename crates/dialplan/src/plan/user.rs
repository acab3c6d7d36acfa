//! Who works at the pages.

use super::Place;
use crate::sections::Supervises;
use control::Role;
use terms::AgentId;

/// Somebody who logs in at the pages. His password is none of the plan's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// What he logs in with.
    pub name: String,
    /// What he is.
    pub roles: Vec<Role>,
    /// Which agent.
    pub agent: Option<AgentId>,
    /// Whom he leads.
    pub supervises: Supervises,
    /// Where it was written.
    pub place: Place,
}
