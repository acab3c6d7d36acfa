//! How many descriptors this process may have open at once.

use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

/// Raises the descriptor limit as far as the system lets us; each leg takes two.
pub fn raise() -> u64 {
    let Rlimit { maximum, .. } = getrlimit(Resource::Nofile);
    let _as_it_was_when_refused = setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum });
    limit()
}

/// How many descriptors may be open at once.
pub fn limit() -> u64 {
    // None: as many as one likes.
    getrlimit(Resource::Nofile).current.unwrap_or(u64::MAX)
}
