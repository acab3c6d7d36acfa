//! How a call began: what stays true of it, whoever is in it later.

use crate::trail::Trail;
use terms::{LegId, Mono, Pii};

/// How a call began.
pub(crate) struct Origin {
    /// The leg that brought it.
    pub leg: LegId,
    pub at: Mono,
    pub name: Option<Pii<String>>,
    /// Its caller wants his number and name withheld.
    pub withheld: bool,
    /// The route that took it, in its own plan.
    pub route: Option<usize>,
    pub max_forwards: u8,
    /// The route wants conversations recorded.
    pub recorded: bool,
    /// How it has been forwarded, if it was.
    pub trail: Option<Box<Trail>>,
}
